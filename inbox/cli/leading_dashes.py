"""Values that begin with a dash: `--filter -tag:refund`, `--text "-5 % for you"`, `inbox search -tag:refund`.

argparse takes every such word for an option, and `-has:file` even for `-h`. Here the options of the command decide: a
word that is none of them is a value.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

QUERY = "query"
"""The name of the positional argument that takes filter words, negated ones among them."""
DASHED = (QUERY, "value")
"""Positional arguments that may begin with a dash: filter words, and the value of a setting, such as `-1`."""


class Parser(argparse.ArgumentParser):
    """An argument parser, also of each command, that takes values as they were typed."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # argparse's own overloads
        """Parse as argparse does, after values that begin with a dash were joined to their options."""
        words = None if args is None else joined(self, list(args))
        return super().parse_known_args(words, namespace)


def joined(command: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """`words` of one command in a form that argparse reads as meant: `--filter=-tag:x`, query words behind `--`.

    `command` must be the parser the words are for, not the one above it. What follows `--` stays as it is.
    """
    options = command._option_string_actions
    asks = any(action.dest in DASHED and not action.option_strings for action in command._actions)
    kept: list[str] = []
    query: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            query += words[at:]
            break
        action = options.get(word)
        if action is not None and action.nargs is None and at < len(words) and _dashed(words[at], options):
            kept.append(f"{word}={words[at]}" if word.startswith("--") else f"{word}{words[at]}")
            at += 1
        elif action is not None and action.nargs is None:
            kept += words[at - 1 : at + 1]
            at += 1
        elif asks and not word.startswith("--") and (not word.startswith("-") or _dashed(word, options)):
            query.append(word)
        else:
            kept.append(word)
    return [*kept, "--", *query] if query else kept


def _dashed(word: str, options: dict[str, argparse.Action]) -> bool:
    """Whether a word begins with a dash and is no option: "-" alone means standard input."""
    return len(word) > 1 and word[0] == "-" and word != "--" and word.partition("=")[0] not in options
