"""Questions to the person in front of the terminal."""

from __future__ import annotations

import sys

from inbox.cli import UsageError
from inbox.language import tr


def typed(word: str) -> bool:
    """Whether the person in front of the terminal typed the word. Raises UsageError where there is nobody."""
    if not sys.stdin.isatty():
        raise UsageError(f"this asks for the word `{word}` on a terminal; scripts say --yes")
    return input(tr("Type {word} to go on: ", word=word)).strip() == word
