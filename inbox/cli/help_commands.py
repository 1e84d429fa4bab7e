"""`inbox help`: the commands, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.cli import UsageError
from inbox.cli.usage import suggestion
from inbox.language import tr

if TYPE_CHECKING:
    from argparse import Namespace


def config(arguments: Namespace) -> int:
    """`inbox config` alone: what can be done with it."""
    from inbox.cli.manual import commands

    commands()["config"].print_help()
    return 0


def help_(arguments: Namespace) -> int:
    """Print the help of a command; without one, the list of all."""
    from inbox.cli.arguments import parser
    from inbox.cli.manual import commands

    word = arguments.word
    known = commands()
    if word is None:
        parser().print_help()
    elif word in known:
        known[word].print_help()
    else:
        hint = suggestion(word, list(known)) or tr("; `inbox help` lists them")
        raise UsageError(tr("there is no command {word}{hint}", word=repr(word), hint=hint))
    return 0
