"""Questions to the person in front of the terminal. What is asked goes to standard error; scripts read the other."""

from __future__ import annotations

import sys

from inbox.domain.text import clean
from inbox.errors import UsageError
from inbox.wording.language import tr


def somebody_answers() -> bool:
    """Whether a person sits there: what is asked is seen, and what is typed arrives."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def say(text: str) -> None:
    """Print a line on standard error."""
    print(clean(text), file=sys.stderr, flush=True)


def asked(question: str, default: str = "") -> str:
    """The answer to a question, `default` for Enter alone. Raises UsageError where standard input has ended."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    print(clean(shown), end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise UsageError(
            "standard input has ended; answer, or give the settings as options (inbox init --help)"
        )
    return line.strip() or default


def agreed(question: str) -> bool:
    """Whether the person says yes, or presses Enter alone."""
    return asked(question, tr("yes"))[:1].lower() in ("y", tr("yes")[:1])


def typed(word: str) -> bool:
    """Whether the person in front of the terminal typed the word. Raises UsageError where there is nobody."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"this asks for the word `{word}` on a terminal; scripts say --yes")
    return input(tr("Type {word} to go on: ", word=word)).strip() == word
