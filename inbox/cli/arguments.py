"""The words of the command line, and which function each command runs. Imports nothing heavy: help, version and
usage errors come at once."""

from __future__ import annotations

import argparse
import functools
import importlib
from collections.abc import Callable
from pathlib import Path

from inbox import __version__
from inbox.cli import listening_arguments
from inbox.cli.leading_dashes import QUERY
from inbox.cli.usage import UsageParser, empty
from inbox.domain.kinds import Deed, Priority
from inbox.wording.language import spoken, tr

Run = Callable[[argparse.Namespace], int]

PHRASES = {
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "the following arguments are required: %s": "missing: %s",
    "one of the arguments %s is required": "one of these is missing: %s",
    "expected one argument": "needs a value",
    "ignored explicit argument %r": "takes no value, and got %r",
    "not allowed with argument %s": "does not go together with %s",
}
"""What argparse says, and what we say instead."""


def _lazy(module: str, function: str) -> Run:
    """The function, found when it is run."""

    def run(arguments: argparse.Namespace) -> int:
        found: Run = getattr(importlib.import_module(f"inbox.cli.{module}"), function)
        return found(arguments)

    return run


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, in the language that is spoken."""
    argparse._ = _phrase  # type: ignore[attr-defined]  # gettext would look on the disk for each word of each parser
    top: argparse.ArgumentParser = UsageParser(
        prog="inbox",
        description="One queue for everything people write to you on Facebook and X, most urgent first.",
        epilog="`inbox` alone opens the screen; `inbox demo` shows it without any account.",
        parents=[_common(argparse.SUPPRESS)],
    )
    top.add_argument("--version", action="version", version=f"inbox {__version__}")
    top.add_argument(
        "--plain", action="store_true", help="plain lines instead of a screen, for screen readers"
    )
    top.set_defaults(
        run=_lazy("screen", "open_screen"),
        config=None,
        data=None,
        debug=False,
        debug_insecure=False,
        verbose=False,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for add in (
        _demo,
        _looking,
        _listening,
        _replying,
        _triage,
        _people,
        _running,
        _keeping,
        _setting_up,
        _about,
    ):
        add(commands)
    if spoken() != "en":
        _translate(top)
    return top


def _phrase(text: str) -> str:
    """Return a sentence of argparse in our words and in the language that is spoken."""
    return tr(PHRASES.get(text, text))


def _translate(command: argparse.ArgumentParser) -> None:
    """Everything a parser says, its commands' too."""
    command.description, command.epilog = tr(command.description or ""), tr(command.epilog or "")
    for group in command._action_groups:
        group.title = tr(group.title or "")
    for action in command._actions:
        action.help = tr(action.help) if action.help else action.help
        if isinstance(action, Commands):
            for listed, each in zip(action._choices_actions, action.choices.values(), strict=True):
                _translate(each)
                listed.help = tr(listed.help or "")
                each.description = _sentence(listed.help)


def _common(default: object) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=_path, metavar="FILE", default=default, help="the config to use")
    common.add_argument("--data", type=_path, metavar="DIR", default=default, help="the folder of the inbox")
    common.add_argument(
        "--debug", action="store_true", default=default, help="show where an error comes from"
    )
    common.add_argument(
        "--debug-insecure",
        action="store_true",
        default=default,
        help="run although the environment would give secrets away (TEXTUAL_LOG, SSLKEYLOGFILE)",
    )
    common.add_argument("--verbose", action="store_true", default=default, help="write more into the log")
    return common


@functools.cache  # one for all commands: every parser looks for translations on the disk
def _shared(language: str) -> argparse.ArgumentParser:
    """Not for the program itself: its `set_defaults` would change these options for every command."""
    return _common(argparse.SUPPRESS)


Commands = argparse._SubParsersAction  # the only name argparse has for it


def _add(
    commands: Commands[argparse.ArgumentParser], name: str, help_: str, run: Run
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help_, description=_sentence(help_), parents=[_shared(spoken())]
    )
    command.set_defaults(run=run)
    return command


def _sentence(help_: str) -> str:
    return f"{help_[0].upper()}{help_[1:]}."


JSON = "print JSON, the public interface"


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help=JSON)


def _json_or_ids(command: argparse.ArgumentParser) -> None:
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=JSON)
    form.add_argument("--ids", action="store_true", help="print ids alone, one a line")


def _demo(commands: Commands[argparse.ArgumentParser]) -> None:
    demo = _add(
        commands, "demo", "the inbox on simulated platforms, no account needed", _lazy("screen", "demo")
    )
    demo.add_argument("--seed", type=_seed, default=1, metavar="N", help="another day with another number")
    demo.add_argument("--conversations", type=_positive, default=None, metavar="N", help="how many there are")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="how fast time runs")
    # Before the command it means the same; argparse.SUPPRESS keeps what was said there.
    demo.add_argument(
        "--plain",
        action="store_true",
        default=argparse.SUPPRESS,
        help="plain lines instead of a screen, for screen readers",
    )


def _looking(commands: Commands[argparse.ArgumentParser]) -> None:
    queue = _add(commands, "queue", "the queue as the screen shows it", _lazy("queue_commands", "queue"))
    queue.add_argument(
        "--view", default="waiting", metavar="V", help="waiting, mine, all, ... (default: waiting)"
    )
    queue.add_argument("--filter", default="", metavar="F", help='such as "is:overdue from:anna -tag:refund"')
    queue.add_argument("--limit", type=_positive, default=None, metavar="N", help="no more than N")
    _json_or_ids(queue)
    show = _add(commands, "show", "one conversation", _lazy("queue_commands", "show"))
    show.add_argument("conversation", metavar="CONVERSATION")
    _json(show)
    search = _add(
        commands, "search", "messages of all times, newest first", _lazy("queue_commands", "search")
    )
    search.add_argument(
        QUERY,
        metavar="QUERY",
        nargs="+",
        action=_Words,
        help='such as "lost parcel" from:anna -tag:refund',
    )
    search.add_argument("--limit", type=_positive, default=50, metavar="N")
    _json_or_ids(search)
    stats = _add(commands, "stats", "how well people were answered", _lazy("status_commands", "stats"))
    stats.add_argument(
        "--since",
        metavar="D",
        default=None,
        help="a date, or 7d for today and the six days before (default: 7d)",
    )
    stats.add_argument(
        "--target", metavar="T", default=None, help="judge every wait by one target instead, such as 1h"
    )
    _json(stats)
    accounts = _add(commands, "accounts", "the status of each account", _lazy("status_commands", "accounts"))
    accounts.add_argument(
        "--forget-gaps", metavar="ACCOUNT", default=None, help="you have seen what is missing there"
    )
    _json(accounts)


def _listening(commands: Commands[argparse.ArgumentParser]) -> None:
    listening_arguments.add(functools.partial(_add, commands), _lazy, _json)


def _replying(commands: Commands[argparse.ArgumentParser]) -> None:
    reply = _add(commands, "reply", "put a reply in the outbox", _lazy("reply_commands", "reply"))
    reply.add_argument("conversation", metavar="CONVERSATION")
    reply.add_argument("--text", required=True, metavar="T", help="the reply; - reads standard input")
    reply.add_argument("--private", action="store_true", help="answer a public comment privately")
    reply.add_argument(
        "--attach",
        action="append",
        default=[],
        metavar="FILE",
        help="send a file along; more than once for more",
    )
    reply.add_argument(
        "--describe",
        action="append",
        default=[],
        metavar="T",
        help="what the file shows, for people who cannot see it; one for each --attach, in order",
    )
    reply.add_argument(
        "--split", action="store_true", help="send what is too long as numbered parts, one under the other"
    )
    reply.add_argument("--anyway", action="store_true", help="although a colleague answers too")
    reply.add_argument("--wait", action="store_true", help="deliver it now and wait for the outcome")
    _json(reply)
    do = _add(
        commands, "do", "hide, like or delete a message, or block a person", _lazy("reply_commands", "do")
    )
    do.add_argument("conversation", metavar="CONVERSATION")
    do.add_argument("deed", choices=[*(deed.value for deed in Deed), "automatic", "not-automatic"])
    do.add_argument(
        "--message", metavar="ID", default=None, help="which one; without it the newest it can be done to"
    )
    do.add_argument("--wait", action="store_true", help="do it now and wait for the outcome")
    _json(do)
    outbox = _add(
        commands,
        "outbox",
        "replies that have not been sent, or need a decision",
        _lazy("reply_commands", "outbox"),
    )
    outbox.add_argument(
        "action",
        nargs="?",
        choices=("retry", "cancel", "sent"),
        default=None,
        help="retry: send it (again); cancel: drop it; sent: it is on the platform",
    )
    outbox.add_argument("item", nargs="?", metavar="ITEM")
    _json_or_ids(outbox)


def _triage(commands: Commands[argparse.ArgumentParser]) -> None:
    for name, help_ in (
        ("resolve", "end the wait and file conversations"),
        ("reopen", "take a resolve, snooze or spam mark back"),
        ("spam", "mark conversations as spam"),
    ):
        _many(_add(commands, name, help_, _lazy("triage_commands", name)))
    snooze = _add(
        commands,
        "snooze",
        "hide conversations until a time or a new message",
        _lazy("triage_commands", "snooze"),
    )
    _many(snooze)
    snooze.add_argument(
        "--until",
        required=True,
        metavar="WHEN",
        help='"+3h", "mon 9", "tomorrow", RFC 3339; or "reply": until the customer writes',
    )
    snooze.add_argument(
        "--through-thanks", action="store_true", help="a message that only thanks does not wake it"
    )
    assign = _add(commands, "assign", "give conversations to somebody", _lazy("triage_commands", "assign"))
    _many(assign)
    assign.add_argument("--to", required=True, metavar="AGENT", help="- for nobody")
    assign.add_argument("--new", action="store_true", help="the name of a colleague who is new here")
    tag = _add(commands, "tag", "add and remove tags", _lazy("triage_commands", "tag"))
    _many(tag)
    tag.add_argument("--add", action="append", default=[], metavar="T")
    tag.add_argument("--remove", action="append", default=[], metavar="T")
    tag.add_argument(
        "--person", action="store_true", help="tag the person: it holds in every conversation with them"
    )
    priority = _add(commands, "priority", "set the priority", _lazy("triage_commands", "priority"))
    # Conversations first, the level last: argparse gives the last word to the last positional.
    _many(priority)
    priority.add_argument("priority", choices=[priority.value for priority in Priority])
    note = _add(commands, "note", "a note for colleagues", _lazy("triage_commands", "note"))
    note.add_argument("conversation", metavar="CONVERSATION")
    note.add_argument("--text", required=True, metavar="T", help="- reads standard input")
    undo = _add(
        commands,
        "undo",
        "take back your last step, of an earlier run too, within a day",
        _lazy("triage_commands", "undo"),
    )
    undo.add_argument("--list", action="store_true", help="only say what can be taken back, newest first")
    _json(undo)


def _people(commands: Commands[argparse.ArgumentParser]) -> None:
    join = _add(
        commands, "join", "say that two contacts are the same person", _lazy("triage_commands", "join")
    )
    join.add_argument("conversation", metavar="CONVERSATION")
    join.add_argument("contact", metavar="CONTACT", help="another conversation, @handle, or platform:id")
    part = _add(commands, "part", "say that they are two persons after all", _lazy("triage_commands", "part"))
    part.add_argument("conversation", metavar="CONVERSATION")
    part.add_argument("contact", metavar="CONTACT", help="as `inbox show` names it: platform:id")


def _many(command: argparse.ArgumentParser) -> None:
    command.add_argument("conversations", nargs="+", metavar="CONVERSATION")


def _running(commands: Commands[argparse.ArgumentParser]) -> None:
    sync = _add(commands, "sync", "read all accounts and deliver the outbox", _lazy("sync", "sync"))
    sync.add_argument("--once", action="store_true", help="once, then stop")
    _json(sync)
    login = _add(commands, "login", "sign an account in", _lazy("login", "login"))
    login.add_argument("account", metavar="ACCOUNT")
    way = login.add_mutually_exclusive_group()
    way.add_argument(
        "--paste",
        action="store_const",
        const="paste",
        dest="way",
        help="the browser runs on another machine: paste the address it ends on (usual over ssh)",
    )
    way.add_argument(
        "--device",
        action="store_const",
        const="device",
        dest="way",
        help="type a code on another device instead (Facebook)",
    )
    way.add_argument("--token", choices=("-",), help="- stores a token read from standard input as it is")
    way.add_argument(
        "--stream", action="store_true", help="store the app's bearer token for X's activity stream"
    )
    login.add_argument(
        "--app-secret", action="store_true", help="ask for the secret of the app (X: confidential apps)"
    )
    logout = _add(
        commands, "logout", "withdraw a sign-in on the platform and forget it", _lazy("login", "logout")
    )
    logout.add_argument("account", metavar="ACCOUNT")


def _keeping(commands: Commands[argparse.ArgumentParser]) -> None:
    export = _add(
        commands, "export", "everything, or one person, as JSON Lines", _lazy("privacy_commands", "export")
    )
    export.add_argument("--contact", metavar="C", help="a conversation, @handle, or platform:id")
    erase = _add(
        commands, "erase", "remove one person or one message for good", _lazy("privacy_commands", "erase")
    )
    whom = erase.add_mutually_exclusive_group(required=True)
    whom.add_argument("--contact", metavar="C", help="a conversation, @handle, or platform:id")
    whom.add_argument("--message", metavar="ID", help="one message, by its id in `inbox show C --json`")
    erase.add_argument("--yes", action="store_true", help="do it without asking, for scripts")
    _json(_add(commands, "backup", "write a backup now and read it back", _lazy("backup_commands", "backup")))
    restore = _add(
        commands, "restore", "list the backups, or go back to one", _lazy("backup_commands", "restore")
    )
    restore.add_argument("backup", nargs="?", metavar="BACKUP", help="its name in the list")
    restore.add_argument("--empty", action="store_true", help="begin an empty store; the present one is kept")
    restore.add_argument("--yes", action="store_true", help="do it without asking, for scripts")
    _json(restore)


def _setting_up(commands: Commands[argparse.ArgumentParser]) -> None:
    init = _add(
        commands,
        "init",
        "write a commented config; asks on a terminal, or takes these",
        _lazy("init", "init"),
    )
    init.add_argument("--agent", metavar="NAME", help="who works here")
    init.add_argument("--timezone", metavar="ZONE", help='such as "Europe/Berlin"')
    init.add_argument("--hours", metavar="FROM-TO", help='when somebody is there, such as "07:00-23:00"')
    init.add_argument("--x", metavar="ACCOUNT", help="your name for an X account")
    init.add_argument("--x-client-id", metavar="ID", help="the OAuth 2.0 client id of its app")
    init.add_argument("--facebook", metavar="ACCOUNT", help="your name for a Facebook Page")
    init.add_argument("--facebook-app-id", metavar="ID", help="the id of its app")
    init.add_argument(
        "--page-id", metavar="NUMBER", help="the number of the Page; without it: the one you choose"
    )
    init.add_argument(
        "--vault",
        choices=("keyring", "file"),
        help="where tokens are kept: the system's keyring, or an encrypted file",
    )
    config = _add(
        commands, "config", "look at the config, or change one setting", _lazy("help_commands", "config")
    )
    actions = config.add_subparsers(title="commands", metavar="COMMAND")
    _add(actions, "path", "where it is, or would be", _lazy("config_commands", "path"))
    _json(_add(actions, "show", "every setting that is in force", _lazy("config_commands", "show")))
    get = _add(actions, "get", "one setting that is in force", _lazy("config_commands", "get"))
    get.add_argument("key", metavar="KEY", help="such as service.timezone or accounts.acme-x.client_id")
    _json(get)
    set_ = _add(
        actions, "set", "write one setting, checked first; comments stay", _lazy("config_commands", "set_")
    )
    set_.add_argument("key", metavar="KEY")
    set_.add_argument(
        "value", metavar="VALUE", help="a text needs no quotes; a list is written as in the file"
    )
    _add(actions, "edit", "open it in $EDITOR; checked before it counts", _lazy("config_commands", "edit"))


def _about(commands: Commands[argparse.ArgumentParser]) -> None:
    check = _add(
        commands, "check", "look at config, store, keyring, time zone and accounts", _lazy("check", "check")
    )
    check.add_argument("--offline", action="store_true", help="do not ask the platforms")
    _json(check)
    _add(commands, "keys", "the key table", _lazy("help_commands", "keys"))
    completion = _add(
        commands,
        "completion",
        "completion for your shell, to be sourced",
        _lazy("completion_scripts", "completion"),
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell you type in")
    help_ = _add(
        commands,
        "help",
        "all commands, one of them, or a page of the manual",
        _lazy("help_commands", "help_"),
    )
    help_.add_argument("word", nargs="*", metavar="COMMAND or TOPIC", help="without it: a list of both")
    man = _add(commands, "man", "the manual page: inbox man | man -l -", _lazy("manual", "man"))
    man.add_argument(
        "page", nargs="?", choices=("config",), default=None, help="config: the page about the settings"
    )


class _Words(argparse.Action):
    """Several words of the command line as one text."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: object, _: object = None
    ) -> None:
        assert isinstance(values, list)
        setattr(namespace, self.dest, " ".join(values))


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:20]) < 2**63:
        raise _not_a(tr("a number from 1 on"), text)
    return int(text)


def _seed(text: str) -> int:
    try:
        return int(text[:1000])
    except ValueError:
        raise _not_a(tr("a whole number"), text) from None


def _speed(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 10_000:
        raise _not_a(tr("a number above 0, at most 10000"), text)
    return number


def _path(text: str) -> Path:
    """`.` for nothing would be the folder somebody happens to be in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(empty(text))
    return Path(text)


def _not_a(wanted: str, text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(tr("{text} is not {wanted}", text=repr(text), wanted=wanted))
