"""Start other programs: editor, browser, multiplexer. They get an environment without tokens, all of them.

Nothing else in this program starts one (a test of the house says so).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from inbox.redact import holds_known

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


def run_in_front(command: Sequence[str]) -> None:
    """Run a program that has the terminal until it ends. Raises OSError, Failed."""
    subprocess.run(command, check=True, env=environment())


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
