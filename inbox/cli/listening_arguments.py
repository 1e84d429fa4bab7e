"""The words of the commands about what is said about us."""

from __future__ import annotations

import argparse
from collections.abc import Callable

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


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--replay",
        metavar="FILE",
        default=None,
        help="read messages as JSON lines instead of the store; - reads standard input",
    )
