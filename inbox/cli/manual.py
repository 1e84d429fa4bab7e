"""The manual page, made from the words of the command line itself."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterator

from inbox import __version__
from inbox.cli.arguments import parser
from inbox.system import places
from inbox.wording.language import tr

FILES = (
    ("config.toml", "the settings, in the user's config folder; --config and INBOX_CONFIG name another"),
    (
        "the data folder",
        "what was read and written, readable by its owner only; --data and INBOX_DATA name another",
    ),
)
ENVIRONMENT = (
    ("INBOX_CONFIG, INBOX_DATA", "the config to use, and the folder of the inbox"),
    ("INBOX_TOKEN_<ACCOUNT>", "a token, in place of the keyring; read only"),
    ("INBOX_SECRET_<ACCOUNT>", "the secret of the account's app"),
    (
        "CREDENTIALS_DIRECTORY",
        "systemd's credentials: inbox-token-ACCOUNT, inbox-secret-ACCOUNT, inbox-vault-passphrase",
    ),
)
EXAMPLES = (
    ("inbox demo", "try it out, without any account"),
    ("inbox init", "write a commented config, with a few questions"),
    ("inbox login acme-x", "sign an account in"),
    ("inbox queue --filter 'is:overdue -tag:refund'", "what is overdue, without refunds"),
    ("inbox queue --ids --filter tag:spam | xargs inbox spam", "the same decision for many conversations"),
    ("inbox reply CONVERSATION --text - --wait < answer.txt", "send an answer and wait for its outcome"),
    ("inbox sync --once --json", "read and send once, for a timer of the system"),
    ("inbox export --contact @anna > anna.jsonl", "hand out what is kept about a person"),
    ("source <(inbox completion bash)", "completion for the shell you are in"),
)
"""Commands as they are typed, and what each is for."""
STATUS = (
    ("0", "done"),
    ("1", "not done, or a problem"),
    ("2", "wrong usage or config"),
    ("3", "outcome unknown"),
    ("4", "refused by a rule before sending"),
)


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command with its own parser, in the order of the help."""
    return below(parser())


def below(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below one, as `get` and `set` of `config`; empty where there are none."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options(command: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options of a command that its help shows."""
    return [a for a in command._actions if a.option_strings and a.help != argparse.SUPPRESS]


# -- the manual page ---------------------------------------------------------------------------------------


def man(arguments: Namespace) -> int:
    """Print a manual page as roff: of the program, or of its config."""
    print("\n".join(config_page() if arguments.page == "config" else page()))
    return 0


def page() -> Iterator[str]:
    """roff, with the macros of man(7)."""
    top = parser()
    yield f'.TH INBOX 1 "" "inbox {__version__}" "User Commands"'
    yield from (
        ".SH NAME",
        f"inbox \\- {tr('one queue for Facebook and X in the terminal')}",
        f".SH {tr('SYNOPSIS')}",
    )
    yield from (
        ".B inbox",
        "[\\fIoptions\\fR] [\\fIcommand\\fR]",
        f".SH {tr('DESCRIPTION')}",
        _roff(top.description or ""),
    )
    yield _roff(top.epilog or "")
    yield f".SH {tr('OPTIONS')}"
    for action in options(top):
        yield from _option(action)
    yield f".SH {tr('COMMANDS')}"
    shared = {o for action in options(top) for o in action.option_strings}
    for name, command in commands().items():
        words = command.format_usage().removeprefix(tr("usage: ")).split()
        yield from (
            f".SS {_roff(name)}",
            _roff(command.description or ""),
            ".PP",
            f".B {_roff(' '.join(words))}",
        )
        for action in options(command):
            if not shared & set(action.option_strings):
                yield from _option(action)
    for title, pairs in (
        ("EXAMPLES", EXAMPLES),
        ("FILES", FILES),
        ("ENVIRONMENT", ENVIRONMENT),
        ("EXIT STATUS", STATUS),
    ):
        yield f".SH {tr(title)}"
        for term, text in pairs:
            yield from (".TP", f".B {_roff(tr(term))}", _roff(tr(text)))


def config_page() -> Iterator[str]:
    """inbox-config(5), made from the example config: its comments are the text, its settings the terms."""
    yield f'.TH INBOX\\-CONFIG 5 "" "inbox {__version__}" "File Formats"'
    yield from (".SH NAME", f"inbox\\-config \\- {tr('the settings of inbox')}", f".SH {tr('DESCRIPTION')}")
    yield _roff(
        tr(
            "The file is TOML; `inbox config path` says where it is. Settings that begin with # hold their default."
        )
    )
    text: list[str] = []
    for line in places.example().splitlines():
        if line.startswith("# -- "):
            yield from _paragraph(text)
            yield f".SH {_roff(line.strip('# -').upper())}"
        elif line.startswith("# ") or line == "#":
            text.append(line[2:])
        elif line.strip():
            # Several settings may share the comment above them.
            yield from (".TP", f".B {_roff(line)}")
            yield _roff(" ".join(text)) if text else "\\&"
            text = []
        else:
            yield from _paragraph(text)
    yield from _paragraph(text)


def _paragraph(text: list[str]) -> Iterator[str]:
    """The text as a paragraph of its own, if there is any; empties it."""
    if text:
        yield from (".PP", _roff(" ".join(text)))
        text.clear()


def _option(action: argparse.Action) -> Iterator[str]:
    value = f" {action.metavar}" if action.metavar and action.nargs != 0 else ""
    yield from (".TP", f".B {_roff(', '.join(action.option_strings) + value)}", _roff(action.help or ""))


def _roff(text: str) -> str:
    """A leading dot or quote would be a request, a bare `-` a hyphen that cannot be copied."""
    escaped = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
