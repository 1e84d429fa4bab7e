"""`inbox help`: the commands, one command, or a page of the manual."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.cli.usage import suggestion
from inbox.errors import UsageError
from inbox.system import places, programs
from inbox.wording.language import tr

if TYPE_CHECKING:
    import argparse
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

TOPICS = {
    "agent": "the day of somebody who answers: keys, filters, drafts, undo",
    "administrator": "accounts, apps, service hours, targets, keeping and removing data",
    "server": "without a desktop: tokens, proxies, running unattended, backups",
    "scripts": "commands, exit status, and the JSON they print",
    "platforms": "what X and Facebook allow, and platforms by others",
    "privacy": "what is kept where, for how long, and how it is handed out or removed",
    "licences": "the packages that come with an installation, and their licences",
    "changes": "what is new in each version",
}
"""Pages of the manual, and what each is about."""


def config(arguments: Namespace) -> int:
    """`inbox config` alone: what can be done with it."""
    from inbox.cli.manual import commands

    commands()["config"].print_help()
    return 0


def help_(arguments: Namespace) -> int:
    """Without a word: all commands."""
    from inbox.cli.arguments import parser
    from inbox.cli.manual import commands

    words = arguments.word
    if not words:
        parser().print_help()
        print(f"\n{tr('pages of the manual (inbox help TOPIC):')}")
        for name, about in TOPICS.items():
            print(f"  {name:<14} {tr(about)}")
        return 0
    known = commands()
    if words[0] in known:
        _command(known[words[0]], words[1:]).print_help()
    elif len(words) > 1:
        raise UsageError(tr("{word} is one word too many", word=repr(words[1])))
    elif words[0] in TOPICS:
        show_paged(page(words[0]), os.environ)
    else:
        hint = suggestion(words[0], [*known, *TOPICS]) or tr("; `inbox help` lists both")
        raise UsageError(tr("there is no command and no page {word}{hint}", word=repr(words[0]), hint=hint))
    return 0


def _command(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of a command below another one, as in `config set`. Raises UsageError."""
    from inbox.cli.manual import below

    for word in words:
        known = below(parser)
        if not known:
            raise UsageError(tr("{word} is one word too many", word=repr(word)))
        if word not in known:
            hint = suggestion(word, list(known))
            raise UsageError(tr("there is no command {word}{hint}", word=repr(word), hint=hint))
        parser = known[word]
    return parser


def page(topic: str) -> str:
    """The text of a page, Markdown."""
    return (files("inbox") / "manual" / f"{topic}.md").read_text("utf-8")


def show_paged(text: str, env: Mapping[str, str]) -> None:
    """Show a text in the pager of the person; print it where nobody looks, or where there is none."""
    pager = _pager(env)
    if not sys.stdout.isatty() or not pager:
        print(text, end="")
        return
    with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
        file = Path(folder) / "manual.md"
        file.write_text(text, "utf-8")
        try:
            programs.run_in_front([*pager, str(file)])
        except (OSError, programs.Failed):
            print(text, end="")


def _pager(env: Mapping[str, str]) -> list[str]:
    if env.get("TERM", "") in ("", "dumb"):
        return []
    try:
        words = shlex.split(env.get("PAGER") or "less")
    except ValueError:
        return []
    return words if words and shutil.which(words[0]) else []


def keys(arguments: Namespace) -> int:
    """With the keys of the config, where there is one."""
    from inbox.cli.open_desk import set_up
    from inbox.ui.commands.key_table import key_table
    from inbox.ui.commands.keymap import keymap

    there = places.config_path(arguments.config, os.environ).exists()
    wishes = set_up(arguments).config.keys if there else {}
    print(key_table(keymap(wishes), markdown=False))
    return 0
