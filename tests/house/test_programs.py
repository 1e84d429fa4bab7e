"""Programs that are started from here get no token: through the environment, or in any other way."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from inbox.system import programs
from inbox.system.redact import known

ROOT = Path(__file__).resolve().parents[2]

STARTERS = {"subprocess", "webbrowser", "multiprocessing", "pty", "pexpect"}
STARTING = {
    "system",
    "popen",
    "startfile",
    "fork",
    "forkpty",
    "create_subprocess_exec",
    "create_subprocess_shell",
}
"""Of `os` and `asyncio`; with `exec*` and `spawn*`."""
SECRETS = {
    "INBOX_TOKEN_ACME_X": "canary-token",
    "INBOX_SECRET_ACME_X": "canary-secret",
    "INBOX_HOOK_SECRET_ACME": "canary-hook",
    "INBOX_VERIFY_ACME": "canary-verify",
    "INBOX_VAULT_PASSPHRASE": "canary-passphrase",
    "inbox_token_acme_x": "canary-lower-case",
    "CREDENTIALS_DIRECTORY": "/run/credentials/canary",
    "PGPASSWORD": "canary-database",
    "MY_COPY": "Bearer canary-known-value",
}
HARMLESS = {
    "PATH": "/usr/bin:/bin",
    "LANG": "de_DE.UTF-8",
    "EDITOR": "vi",
    "INBOX_CONFIG": "/c",
    "INBOX_DATA": "/d",
}


def starts(path: Path) -> list[str]:
    """What a module uses that starts programs."""
    found = list[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in STARTERS]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in STARTERS:
            found.append(node.module or "")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            started = node.attr in STARTING or node.attr.startswith(("exec", "spawn", "posix_spawn"))
            if node.value.id in ("os", "asyncio") and started:
                found.append(f"{node.value.id}.{node.attr}")
    return found


def test_one_module_starts_programs() -> None:
    """Whoever starts one elsewhere hands on every token of the environment; R10 was such a place."""
    inside = {path.relative_to(ROOT).as_posix(): starts(path) for path in (ROOT / "inbox").rglob("*.py")}
    assert {name: found for name, found in inside.items() if found} == {
        "inbox/system/programs.py": ["subprocess"],
        # the tests that authors of platforms run: no part of the program
        "inbox/platform_kit/contract_suite.py": ["subprocess"],
    }
    tree = ast.parse((ROOT / "inbox" / "system" / "programs.py").read_text("utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("run", "Popen")
    ]
    assert calls
    for call in calls:
        given = next(word.value for word in call.keywords if word.arg == "env")
        assert ast.unparse(given) == "environment()"


def test_secrets_are_left_out_and_the_rest_is_handed_on() -> None:
    known("canary-known-value")
    assert programs.environment({**SECRETS, **HARMLESS}) == HARMLESS


@pytest.fixture
def full_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    known("canary-known-value")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


DUMP = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([dict(os.environ), sys.argv]))"


def test_every_way_of_starting_one_is_clean(
    full_of_secrets: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real processes: an editor, a question to tmux, the browser."""
    programs.run_in_front([sys.executable, "-c", DUMP, str(tmp_path / "editor")])
    assert programs.output_of([sys.executable, "-c", DUMP, str(tmp_path / "asked")], 30) == ""
    browser = tmp_path / "browser.py"
    browser.write_text(
        f"#!{sys.executable}\n{DUMP.replace('sys.argv[1]', repr(str(tmp_path / 'browser')))}\n"
    )
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    assert programs.open_browser("https://x.example/a?b=c;d'e$(f)")
    for name in ("editor", "asked", "browser"):
        env, argv = json.loads((tmp_path / name).read_text())
        assert "canary" not in json.dumps(env)
        assert "PATH" in env
    assert argv[-1] == "https://x.example/a?b=c;d'e$(f)", "in one piece, through no shell"


def test_what_cannot_be_started_is_said_by_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.output_of(["/no/such/program"]) is None
    assert programs.output_of([sys.executable, "-c", "raise SystemExit(3)"], 30) is None
    monkeypatch.setenv("BROWSER", "/no/such/browser")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert isinstance(programs.open_browser("https://x.example"), bool)
