"""The keyrings that machines really have, each in a process of its own (FAULTS.md, F89).

Debian: apt install dbus gnome-keyring. What is missing is skipped with a reason; nothing is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are the keyrings of Linux")
PROGRAM = Path(__file__).with_name("real_keyring.py")
UNLOCK = (
    'printf %s "$PASSWORD" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'
)


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def plain_text_installed() -> bool:
    """keyring would choose it before it says that there is none."""
    return (
        importlib.util.find_spec("keyrings") is not None
        and importlib.util.find_spec("keyrings.alt") is not None
    )


only_systems_own = pytest.mark.skipif(plain_text_installed(), reason="keyrings.alt is installed")


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    """A user of its own: no bus, no keyring, no settings."""
    run = home / "run"
    run.mkdir(mode=0o700)
    kept = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ
    }
    places = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "share"),
        "XDG_CONFIG_HOME": str(home / "settings"),
    }
    return {**kept, **places, "XDG_RUNTIME_DIR": str(run)}


def run(env: dict[str, str], *words: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the process printed; whatever happens, no token is among what it wrote."""
    done = subprocess.run(
        [*before, sys.executable, str(PROGRAM), *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def in_session(env: dict[str, str], password: str, *words: str) -> dict[str, Any]:
    """Under a bus of its own, with a keyring daemon that is given this password."""
    before = ("dbus-run-session", "--", "bash", "-c", UNLOCK, "unlock")
    return run({**env, "PASSWORD": password}, *words, before=before)


def test_a_secret_service_keeps_a_whole_sign_in(env: dict[str, str]) -> None:
    """GNOME's, over a private session bus: what a desktop, and `dbus-run-session` on a server, have."""
    needs("dbus-run-session", "gnome-keyring-daemon")
    got = in_session(env, "pw")
    assert {name: got.get(name) for name in ("same", "forgotten", "left")} == {
        "same": True,
        "forgotten": True,
        "left": False,
    }
    assert "Secret" in got["name"]


def test_a_keyring_that_stays_locked_is_told(env: dict[str, str]) -> None:
    """The password of another day: the prompt for it cannot appear on a server."""
    needs("dbus-run-session", "gnome-keyring-daemon")
    assert in_session(env, "pw", "keep") == {"same": True}
    got = in_session(env, "another", "read")
    assert got["code"] == "locked"
    assert "INBOX_TOKEN_ACME_X" in got["next"]


@only_systems_own
def test_a_bus_without_a_keyring_is_told(env: dict[str, str]) -> None:
    needs("dbus-run-session")
    hidden = {**env, "XDG_DATA_DIRS": env["HOME"]}  # no service is started on demand
    assert run(hidden, before=("dbus-run-session", "--"))["code"] == "missing"


@only_systems_own
def test_no_bus_is_told(env: dict[str, str]) -> None:
    """ssh, cron, containers."""
    got = run(env)
    assert got["code"] == "no-bus"
    assert "dbus-run-session" in got["next"]


@only_systems_own
def test_a_bus_that_is_gone_is_told(env: dict[str, str]) -> None:
    """tmux outlives the desktop it was started in."""
    assert run({**env, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={env['HOME']}/gone"})["code"] == "missing"


def test_the_null_back_end_is_refused(env: dict[str, str]) -> None:
    """keyring says that it stored the token, and loses it."""
    assert run({**env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})["code"] == "null"


def test_a_back_end_that_is_not_there_is_told(env: dict[str, str]) -> None:
    assert run({**env, "PYTHON_KEYRING_BACKEND": "no.such.Keyring"})["code"] == "not-installed"


def test_an_installed_plain_text_file_is_refused(env: dict[str, str]) -> None:
    """keyring chooses it by itself where it is installed (jaraco/keyring 117, 370)."""
    if not plain_text_installed():
        pytest.skip("keyrings.alt is not installed")
    got = run(env)
    assert got["code"] == "plain-text"
    assert not list(Path(env["HOME"]).rglob("keyring_pass.cfg"))


def test_a_plain_text_file_of_any_name_is_refused(env: dict[str, str]) -> None:
    """A back end of one's own making, found the way keyring finds them."""
    module = Path(env["HOME"]) / "handmade.py"
    module.write_text(
        "import pathlib\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, user): return None\n"
        "    def set_password(self, service, user, value): pathlib.Path('told').write_text(value)\n"
        "    def delete_password(self, service, user): pass\n"
    )
    path = os.pathsep.join(filter(None, (env["HOME"], env.get("PYTHONPATH"))))
    got = run({**env, "PYTHONPATH": path, "PYTHON_KEYRING_BACKEND": "handmade.Keyring"})
    assert got["code"] == "untrusted"
    assert "handmade" in got["said"]
