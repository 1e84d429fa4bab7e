"""Start other programs: editor, browser, multiplexer. They get an environment without tokens, all of them.

Nothing else in this program starts one (a test of the house says so).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from inbox.system.redact import holds_known

HANDED_ON = {"INBOX_CONFIG", "INBOX_DATA", "INBOX_MODE"}
"""Of ours, what a program that calls `inbox` itself may need."""
NEVER = {"CREDENTIALS_DIRECTORY", "PGPASSWORD"}
"""Of others: where systemd puts our tokens and the passphrase of the token file; the password of a team's database."""

Failed = subprocess.SubprocessError
"""What `run_in_front` raises for a program that was started and ended in trouble."""

_BROWSER = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
BROWSER_PATIENCE = 20.0
"""Seconds until a browser that neither opens nor fails is left alone. `webbrowser` gives each it knows five."""


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment (default: of this process) without what opens an account: our own variables, and whatever holds a
    value that is known as a secret. Secrets of other programs are theirs: an editor may need its own."""
    return {
        name: value
        for name, value in (os.environ if env is None else env).items()
        if _harmless(name.upper(), value)
    }


def _harmless(name: str, value: str) -> bool:
    if name.startswith("INBOX_"):
        return name in HANDED_ON
    return name not in NEVER and not holds_known(value)


class Ended(Failed):
    """The program in front was ended by `end_front`: what it had saved by then is there."""


_front: list[subprocess.Popen[bytes]] = []
_ended: list[subprocess.Popen[bytes]] = []
_asked = [0]
"""How often `end_front` was called: perhaps while a program was being started."""


def run_in_front(command: Sequence[str]) -> None:
    """Run a program that has the terminal until it ends. Raises OSError, Failed; Ended after `end_front`.

    Ctrl+C and Ctrl+\\ are that program's alone meanwhile: a terminal sends them to both.
    """
    before = _asked[0]
    with _interrupts_left_to_it(), subprocess.Popen(command, env=environment()) as process:
        _front.append(process)
        try:
            if _asked[0] != before and process not in _ended:
                _end(process)
            status = process.wait()
        except BaseException:  # a signal ends us: it would be left alone with the terminal
            process.terminate()
            raise
        finally:
            _front.remove(process)
    if process in _ended:
        _ended.remove(process)
        raise Ended
    if status:
        raise subprocess.CalledProcessError(status, command)


def end_front() -> None:
    """Ask the program in front to end, where there is one. Callable from a signal handler."""
    _asked[0] += 1
    for process in _front:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    _ended.append(process)
    process.terminate()


@contextmanager
def _interrupts_left_to_it() -> Iterator[None]:
    """A handler that does nothing, rather than none at all: that one the started program would inherit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT") if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def output_of(command: Sequence[str], patience: float = 2.0) -> str | None:
    """What a program says within `patience` seconds; None where it cannot be started, fails or takes longer."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=True, env=environment()
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None
    return done.stdout


def open_browser(link: str) -> bool:
    """Hand a checked link to the person's browser; blocks until that has it. False: there is none.

    In a Python of its own, for `webbrowser` starts browsers with the environment of its process.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BROWSER, link],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=BROWSER_PATIENCE,
            check=False,
            env=environment(),
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return done.returncode == 0
