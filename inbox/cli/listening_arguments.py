"""The words of the commands about what is said about us."""

from __future__ import annotations

import argparse
from collections.abc import Callable

KINDS = ("negative", "urgent", "praise", "question", "complaint", "idea")
"""As in `domain.listening.hints`, which is not loaded for the words of a command."""
Run = Callable[[argparse.Namespace], int]
Add = Callable[[str, str, Run], argparse.ArgumentParser]


def add(
    command: Add, lazy: Callable[[str, str], Run], json: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the commands. `command` adds one by name, help and what it runs; `json` gives it the option `--json`."""
    surges = command(
        "surges",
        "when more was written than usual, or suddenly about one thing",
        lazy("listening_commands", "surges"),
    )
    surges.add_argument(
        "--since", metavar="D", default=None, help="a date, or 7d (default: 30d; with --replay: all)"
    )
    surges.add_argument("--check", action="store_true", help="exit status 5 while one runs")
    _replay(surges)
    surges.add_argument(
        "--sensitivity",
        choices=("early", "normal", "calm"),
        default=None,
        help="how soon a surge of the replay is told",
    )
    json(surges)
    topics = command(
        "topics",
        "what people write about now and did not before",
        lazy("listening_commands", "topics"),
    )
    topics.add_argument("--since", metavar="D", default="1d", help="a date, or 7d (default: 1d)")
    topics.add_argument("--at", metavar="INSTANT", default=None, help="with --replay: as of then")
    _replay(topics)
    json(topics)
    groups = command(
        "groups", "messages that say nearly the same, by size", lazy("listening_commands", "groups")
    )
    groups.add_argument("--filter", default="", metavar="F", help="only conversations that fit this filter")
    _replay(groups)
    json(groups)
    hint = command(
        "hint",
        "tone and kind of what a customer wrote, where they are sure",
        lazy("listening_commands", "hint"),
    )
    hint.add_argument("conversation", nargs="?", metavar="CONVERSATION")
    hint.add_argument(
        "--no", metavar="KIND", choices=KINDS, default=None, help="say that this hint is wrong here"
    )
    _replay(hint)
    json(hint)


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--replay",
        metavar="FILE",
        default=None,
        help="read messages as JSON lines instead of the store; - reads standard input",
    )
