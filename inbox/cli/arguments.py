"""The words of the command line, and which function each command runs. Imports nothing heavy: help, version and
usage errors come at once."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from inbox import __version__

Run = Callable[[argparse.Namespace], int]


def _lazy(module: str, function: str) -> Run:
    """The function, found when it is run."""

    def run(arguments: argparse.Namespace) -> int:
        found: Run = getattr(importlib.import_module(f"inbox.cli.{module}"), function)
        return found(arguments)

    return run


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="inbox",
        description="One queue for everything people write to you on Facebook and X, most urgent first.",
        epilog="`inbox` alone opens the screen; `inbox demo` shows it without any account.",
        parents=[_common(argparse.SUPPRESS)],
    )
    top.add_argument("--version", action="version", version=f"inbox {__version__}")
    top.set_defaults(run=_lazy("screen", "open_screen"), config=None, data=None, debug=False, verbose=False)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for add in (_demo, _looking, _replying, _triage, _running, _about):
        add(commands)
    return top


def _common(default: object) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", default=default, help="the config to use")
    common.add_argument("--data", type=Path, metavar="DIR", default=default, help="the folder of the inbox")
    common.add_argument(
        "--debug", action="store_true", default=default, help="show where an error comes from"
    )
    common.add_argument("--verbose", action="store_true", default=default, help="write more into the log")
    return common


Commands = argparse._SubParsersAction  # the only name argparse has for it


def _add(
    commands: Commands[argparse.ArgumentParser], name: str, help_: str, run: Run
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", parents=[_common(argparse.SUPPRESS)]
    )
    command.set_defaults(run=run)
    return command


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, the public interface")


def _demo(commands: Commands[argparse.ArgumentParser]) -> None:
    demo = _add(
        commands, "demo", "the inbox on simulated platforms, no account needed", _lazy("screen", "demo")
    )
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="another day with another number")
    demo.add_argument("--conversations", type=_positive, default=None, metavar="N", help="how many there are")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="how fast time runs")


def _looking(commands: Commands[argparse.ArgumentParser]) -> None:
    queue = _add(commands, "queue", "the queue as the screen shows it", _lazy("look", "queue"))
    queue.add_argument(
        "--view", default="waiting", metavar="V", help="waiting, mine, all, ... (default: waiting)"
    )
    queue.add_argument(
        "--filter", default="", metavar="F", help='such as "is:breached from:anna -tag:refund"'
    )
    queue.add_argument("--limit", type=_positive, default=None, metavar="N", help="no more than N")
    _json(queue)
    show = _add(commands, "show", "one conversation", _lazy("look", "show"))
    show.add_argument("conversation", metavar="CONVERSATION")
    _json(show)
    search = _add(commands, "search", "messages of all times, newest first", _lazy("look", "search"))
    search.add_argument("query", metavar="QUERY")
    search.add_argument("--limit", type=_positive, default=50, metavar="N")
    _json(search)
    accounts = _add(commands, "accounts", "how each account does", _lazy("look", "accounts"))
    _json(accounts)


def _replying(commands: Commands[argparse.ArgumentParser]) -> None:
    reply = _add(commands, "reply", "put a reply into the outbox", _lazy("act", "reply"))
    reply.add_argument("conversation", metavar="CONVERSATION")
    reply.add_argument("--text", required=True, metavar="T", help="the reply; - reads standard input")
    reply.add_argument("--private", action="store_true", help="answer a public comment privately")
    reply.add_argument("--wait", action="store_true", help="deliver it now and wait for the outcome")
    _json(reply)
    outbox = _add(commands, "outbox", "replies that have not left, or need a word", _lazy("act", "outbox"))
    outbox.add_argument(
        "action",
        nargs="?",
        choices=("retry", "cancel", "sent"),
        default=None,
        help="retry: send it (again); cancel: drop it; sent: it is on the platform",
    )
    outbox.add_argument("item", nargs="?", metavar="ITEM")
    _json(outbox)


def _triage(commands: Commands[argparse.ArgumentParser]) -> None:
    for name, help_ in (
        ("resolve", "end the wait and file conversations"),
        ("reopen", "take a resolve, snooze or spam mark back"),
        ("spam", "mark conversations as spam"),
    ):
        _many(_add(commands, name, help_, _lazy("act", name)))
    snooze = _add(
        commands, "snooze", "hide conversations until a time or a new message", _lazy("act", "snooze")
    )
    _many(snooze)
    snooze.add_argument("--until", required=True, metavar="WHEN", help='"+3h", "mon 9", "tomorrow", RFC 3339')
    assign = _add(commands, "assign", "give conversations to somebody", _lazy("act", "assign"))
    _many(assign)
    assign.add_argument("--to", required=True, metavar="AGENT", help="- for nobody")
    tag = _add(commands, "tag", "add and remove tags", _lazy("act", "tag"))
    _many(tag)
    tag.add_argument("--add", action="append", default=[], metavar="T")
    tag.add_argument("--remove", action="append", default=[], metavar="T")
    priority = _add(commands, "priority", "set the priority", _lazy("act", "priority"))
    # Conversations first, the level last: argparse gives the last word to the last positional.
    _many(priority)
    priority.add_argument("priority", choices=("low", "normal", "high", "urgent"))
    note = _add(commands, "note", "a note for colleagues", _lazy("act", "note"))
    note.add_argument("conversation", metavar="CONVERSATION")
    note.add_argument("--text", required=True, metavar="T", help="- reads standard input")


def _many(command: argparse.ArgumentParser) -> None:
    command.add_argument("conversations", nargs="+", metavar="CONVERSATION")


def _running(commands: Commands[argparse.ArgumentParser]) -> None:
    sync = _add(commands, "sync", "read all accounts and deliver the outbox", _lazy("run", "sync"))
    sync.add_argument("--once", action="store_true", help="once, then stop")
    _json(sync)
    login = _add(commands, "login", "store a token in the system keyring", _lazy("run", "login"))
    login.add_argument("account", metavar="ACCOUNT")
    login.add_argument("--token", required=True, choices=("-",), help="- reads it from standard input")
    logout = _add(commands, "logout", "remove a token from the system keyring", _lazy("run", "logout"))
    logout.add_argument("account", metavar="ACCOUNT")


def _about(commands: Commands[argparse.ArgumentParser]) -> None:
    _add(commands, "init", "write a commented config", _lazy("run", "init"))
    check = _add(
        commands, "check", "look at config, store, keyring, time zone and accounts", _lazy("run", "check")
    )
    _json(check)
    _add(commands, "keys", "the key table", _lazy("run", "keys"))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1 on")
    return number


def _speed(text: str) -> float:
    number = float(text)
    if not 0 < number <= 10_000:
        raise argparse.ArgumentTypeError("a number above 0, at most 10000")
    return number
