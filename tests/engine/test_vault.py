"""Tokens: read where they belong, refused everywhere else, and told in words when that does not work."""

from __future__ import annotations

import copy
import logging
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.pretty import pretty_repr

from inbox.accounts.vault import SystemVault, VaultError
from inbox.errors import PlatformError
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn
from inbox.system import logs, redact

TOKEN = "canary-Q7x-token-value"


def backend(module: str, **methods: Any) -> Any:
    """A keyring back end as if it came from `module`, holding secrets in a dict."""
    kept: dict[tuple[str, str], str] = {}
    members: dict[str, Any] = {
        "get_password": lambda self, service, user: kept.get((service, user)),
        "set_password": lambda self, service, user, secret: kept.update({(service, user): secret}),
        "delete_password": lambda self, service, user: kept.pop((service, user)),
        "name": module.rpartition(".")[2],
        "__module__": module,
    }
    return type("Keyring", (), members | methods)()


SECRET_SERVICE = "keyring.backends.SecretService"


def vault(keyring: Any = None, *, env: dict[str, str] | None = None, patience: float = 10) -> SystemVault:
    def opened() -> Any:
        if isinstance(keyring, Exception):
            raise keyring
        return keyring

    return SystemVault(env or {}, patience=patience, open_keyring=opened)


def trouble(call: Callable[[], object]) -> VaultError:
    with pytest.raises(VaultError) as caught:
        call()
    error = caught.value
    assert "INBOX_TOKEN_" in error.next_step, "there is always the environment"
    assert TOKEN not in f"{error!r} {error} {error.next_step} {error.__cause__!r} {error.__context__!r}"
    return error


def test_the_environment_comes_before_the_keyring_and_does_not_open_it() -> None:
    """CI and containers have no keyring; nothing may wait for one there."""
    got = vault(AssertionError("opened"), env={"INBOX_TOKEN_ACME_X": f" {TOKEN}\n"}).token("acme-x")
    assert got is not None
    assert (got.reveal(), got.source) == (TOKEN, "environment")


def test_an_empty_variable_is_no_token() -> None:
    assert vault(backend(SECRET_SERVICE), env={"INBOX_TOKEN_ACME_X": " "}).token("acme-x") is None


@pytest.mark.parametrize("system", ["macOS", "Windows", "SecretService", "libsecret", "kwallet"])
def test_the_systems_own_keyrings_store_read_and_forget(system: str) -> None:
    it = vault(backend(f"keyring.backends.{system}"))
    assert it.token("acme-x") is None
    it.put("acme-x", Secret(TOKEN))
    got = it.token("acme-x")
    assert got is not None
    assert (got.reveal(), got.source) == (TOKEN, "keyring")
    assert it.token("acme-page") is None
    assert it.forget("acme-x") is True
    assert it.forget("acme-x") is False
    assert it.token("acme-x") is None


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("keyring.backends.null", "null"),
        ("keyrings.alt.file", "plain-text"),
        ("keyrings.alt.Windows", "plain-text"),
        ("keyrings.efile.backend", "untrusted"),
        ("keyring.backends.SecretServiceX", "untrusted"),
    ],
)
def test_f89_a_keyring_that_loses_or_shows_secrets_is_refused_before_it_gets_one(
    module: str, code: str
) -> None:
    """keyring takes these silently where they are installed."""

    def touched(*_: object) -> None:
        raise AssertionError("touched")

    it = vault(backend(module, get_password=touched, set_password=touched))
    for call in (lambda: it.put("a", Secret(TOKEN)), lambda: it.token("a")):
        error = trouble(call)
        assert error.code == code
        assert (module in error.message) is (code != "null")


def test_of_a_chain_only_trusted_members_are_used() -> None:
    """A chain writes to the next member when the first does not want: that may be the plain file."""
    plain, own = backend("keyrings.alt.file"), backend(SECRET_SERVICE)
    chain = backend("keyring.backends.chainer", backends=[plain, own])
    vault(chain).put("a", Secret(TOKEN))
    assert own.get_password("inbox", "a") == TOKEN
    assert plain.get_password("inbox", "a") is None


def test_a_chain_without_a_trusted_member_is_refused() -> None:
    chain = backend("keyring.backends.chainer", backends=[backend("keyrings.alt.file")])
    assert trouble(lambda: vault(chain).token("a")).code == "plain-text"
    empty = backend("keyring.backends.chainer", backends=[])
    assert (
        trouble(lambda: vault(empty, env={"DBUS_SESSION_BUS_ADDRESS": "unix:x"}).token("a")).code == "missing"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keyrings are spoken to over a bus")
def test_no_bus_and_no_keyring_are_told_apart(tmp_path: Path) -> None:
    """Over ssh the first is usual, and its mend is another one."""
    none = backend("keyring.backends.fail")
    assert trouble(lambda: vault(none).token("a")).code == "no-bus"
    assert (
        trouble(lambda: vault(none, env={"DBUS_SESSION_BUS_ADDRESS": "unix:x"}).token("a")).code == "missing"
    )
    (tmp_path / "bus").touch()
    assert trouble(lambda: vault(none, env={"XDG_RUNTIME_DIR": str(tmp_path)}).token("a")).code == "missing"


def raising(error: Exception) -> Any:
    def refuse(*_: object) -> None:
        raise error

    return backend(SECRET_SERVICE, get_password=refuse, set_password=refuse, delete_password=refuse)


def test_a_locked_keyring_is_told() -> None:
    from keyring.errors import KeyringLocked

    error = trouble(lambda: vault(raising(KeyringLocked(f"locked {TOKEN}"))).token("a"))
    assert error.code == "locked"


def test_a_back_end_that_is_not_installed_is_told() -> None:
    """PYTHON_KEYRING_BACKEND with a typing mistake gives a bare ModuleNotFoundError."""
    assert trouble(lambda: vault(ModuleNotFoundError("no module x")).token("a")).code == "not-installed"


@pytest.mark.parametrize("error", [OSError(5, TOKEN), ValueError(TOKEN), EOFError(TOKEN)])
def test_whatever_a_back_end_raises_becomes_one_clear_sentence(error: Exception) -> None:
    told = trouble(lambda: vault(raising(error)).put("acme-x", Secret(TOKEN)))
    assert told.code == "failed"
    assert type(error).__name__ in told.message
    assert "INBOX_TOKEN_ACME_X" in told.next_step
    assert isinstance(told, PlatformError), "the engine shows it like any other trouble of this account"


def test_a_keyring_that_swallows_what_it_is_given_is_caught_at_once() -> None:
    """Better at sign-in than at the next start."""
    swallowing = backend(SECRET_SERVICE, set_password=lambda *_: None)
    assert trouble(lambda: vault(swallowing).put("a", Secret(TOKEN))).code == "lost"


def test_a_secret_too_long_for_windows_is_told_and_not_cut() -> None:
    keyring = backend("keyring.backends.Windows")
    assert trouble(lambda: vault(keyring).put("a", Secret("x" * 1281))).code == "too-long"
    assert keyring.get_password("inbox", "a") is None
    vault(keyring).put("a", Secret("x" * 1280))


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_keyring_that_does_not_answer_costs_its_time_limit_and_no_more(gate: threading.Event) -> None:
    """An unlock window behind the terminal may stay open for hours."""
    slow = backend(SECRET_SERVICE, get_password=lambda *_: gate.wait(60) and TOKEN)
    it = vault(slow, patience=0.05)
    assert trouble(lambda: it.token("a")).code == "slow"
    assert trouble(lambda: it.token("b")).code == "slow"
    keyring_threads = [t for t in threading.enumerate() if t.name == "inbox-keyring" and t.is_alive()]
    assert all(thread.daemon for thread in keyring_threads), "it must not keep the program from ending"


def test_after_the_window_is_answered_the_token_is_there(gate: threading.Event) -> None:
    slow = backend(SECRET_SERVICE, get_password=lambda *_: gate.wait(60) and TOKEN)
    it = vault(slow, patience=0.05)
    trouble(lambda: it.token("a"))
    gate.set()
    it = vault(slow)
    got = it.token("a")
    assert got is not None
    assert got.reveal() == TOKEN


def test_what_was_read_or_stored_is_hidden_in_logs_from_then_on() -> None:
    vault(backend(SECRET_SERVICE)).put("a", Secret("stored-unremarkable-words"))
    vault(env={"INBOX_TOKEN_A": "read-unremarkable-words"}).token("a")
    assert redact.redact("x stored-unremarkable-words read-unremarkable-words") == "x *** ***"


# -- redaction and the log file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canaryabcdef",
        "authorization: Basic canaryabcdef==",
        "{'Authorization': 'Bearer canaryabcdef'}",
        "(b'Authorization', b'OAuth canaryabcdef')",
        "GET https://graph.facebook.com/me?access_token=canary&fields=id",
        "https://127.0.0.1:8123/callback?state=canary1&code=canary2",
        "redirect=https%3A%2F%2Fx%3Faccess_token%3Dcanary1",
        '{"refresh_token": "canary", "client_secret":"canary"}',
        "code_verifier=canary&appsecret_proof=canary",
        "token EAABcanary0123456789canary",
        "http://user:canary@proxy.example:3128",
        "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.canarycanary",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    got = redact.redact(text)
    assert "canary" not in got
    assert "***" in got


@pytest.mark.parametrize(
    "text",
    [
        "acme-x: token: expired, sign in again",
        "read 20 of https://api.x.com/2/users/1234567890/mentions?max_results=100",
        "the bearer of bad news",
        "conversation acme-x:mentions:1985432109876543210:1234567890",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact.redact(text) == text


def test_known_values_are_hidden_in_every_form_they_travel_in() -> None:
    import base64
    from urllib.parse import quote

    secret = "known ünd/wild+value"
    redact.known(secret)
    coded = base64.b64encode(secret.encode()).decode()
    for form in (secret, quote(secret, safe=""), coded, coded.rstrip("=")):
        assert redact.redact(f"a {form} z") == "a *** z"


def test_both_tokens_of_a_pair_are_hidden() -> None:
    redact.known(
        '{"access_token": "firsthalf-one", "refresh_token": "secondhalf-two", "scope": "tweet.read"}'
    )
    assert redact.redact("firsthalf-one secondhalf-two tweet.read") == "*** *** tweet.read"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    root, levels = logging.getLogger(), logging.getLogger().level
    yield logs.configure(tmp_path, verbose=True)
    for handler in [h for h in root.handlers if isinstance(h, logs.PrivateFile)]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(levels)


def test_a_secret_shows_itself_in_no_form() -> None:
    """Not in a text, not on Rich's way into a traceback, and nothing that writes records can write it."""
    secret = Secret(TOKEN)
    signed_in = SignIn(access=secret)
    for shown in (str(secret), repr(secret), f"{secret}", repr(signed_in), pretty_repr(signed_in)):
        assert TOKEN not in shown
    for write in (pickle.dumps, copy.deepcopy, msgspec.json.encode, msgspec.to_builtins):
        for thing in (secret, signed_in):
            with pytest.raises(TypeError):
                write(thing)
    assert secret == Secret(TOKEN) != Secret(TOKEN + "x")
    assert hash(secret) == hash(Secret(TOKEN))


def test_a_secret_in_a_traceback_does_not_reach_the_log(log: Path) -> None:
    """A filter would not see it: the traceback is made by the formatter."""
    try:
        raise ValueError("GET https://x.example/?access_token=canary0 failed")
    except ValueError:
        logging.getLogger("inbox.test").exception("reading failed")
    text = log.read_text()
    assert "reading failed" in text
    assert "ValueError" in text
    assert "canary" not in text


def test_one_event_is_one_line_whatever_stands_in_it(log: Path) -> None:
    """A customer's line end must not forge an entry, nor an escape sequence steer a terminal."""
    logging.getLogger("inbox.test").info("one\nERROR two\x1b[2J\u202e %s", "\ud800")
    (line,) = log.read_text().splitlines()
    assert r"one\nERROR two\x1b[2J\u202e \ud800" in line
    assert line[10] == "T"
    assert " INFO inbox.test: " in line


def test_the_log_is_for_its_owner_only_also_after_it_has_turned_over(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handler,) = [h for h in logging.getLogger().handlers if isinstance(h, logs.PrivateFile)]
    monkeypatch.setattr(handler, "maxBytes", 200)
    for number in range(20):
        logging.getLogger("inbox.test").info("line %d", number)
    kept = sorted(log.parent.glob("inbox.log*"))
    assert len(kept) == logs.KEPT + 1
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_the_network_library_tells_no_headers_even_when_verbose(log: Path) -> None:
    logging.getLogger("httpcore.http11").debug("send_request_headers.started request=<Authorization>")
    logging.getLogger("httpx").info("HTTP Request: GET https://x.example")
    assert log.read_text() == ""


def test_configuring_twice_writes_each_line_once(log: Path) -> None:
    logs.configure(log.parent)
    logging.getLogger("inbox.test").warning("once")
    assert log.read_text().count("once") == 1


def test_a_log_that_cannot_be_written_stays_silent(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The default prints the record and its arguments over the screen."""
    (handler,) = [h for h in logging.getLogger().handlers if isinstance(h, logs.PrivateFile)]

    class Full:
        def write(self, _: str) -> None:
            raise OSError(28, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    stream, handler.stream = handler.stream, Full()  # type: ignore[assignment]
    logging.getLogger("inbox.test").warning("lost")
    handler.stream = stream
    assert capfd.readouterr() == ("", "")


PROGRAM = "from inbox.cli import main; raise SystemExit(main())"


def test_a_broken_keyring_is_not_touched_by_what_needs_no_token(tmp_path: Path) -> None:
    """`queue` and `show` work on what is stored; a keyring that hangs or is missing must not cost them anything."""
    import os
    import subprocess

    config = tmp_path / "config.toml"
    config.write_text('[[accounts]]\nname = "acme-x"\nplatform = "twitter"\n')
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM,
            "--config",
            config,
            "--data",
            tmp_path / "data",
            "queue",
            "--json",
        ],
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "no.such.Keyring"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
