"""Every command by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from inbox.domain.fold import fold, found_in, spellings
from inbox.ui.actions.browse import Browse
from inbox.ui.commands.availability import Situation
from inbox.ui.commands.command import Command
from inbox.ui.commands.table import COMMANDS, PLACES
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Palette:
    """The palette of all commands by name."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def open(self) -> None:
        """Every command by name, with its keys, or with the reason why not now."""
        context = self.context
        situation, keymap = context.situation(), context.inbox.keymap
        entries: list[tuple[str, Choice[Callable[[], None]]]] = []
        for c in COMMANDS:
            if c.palette:
                reason = _not_now(c, situation)
                run: Callable[[], None] = partial(context.run_command, c.id)
                choice = Choice(tr(c.title), run, reason or keymap.shown(c), bool(reason))
                entries.append((f"{c.id} {c.title} {c.help} {tr(c.help)}", choice))
        builtin = {c.id for c in COMMANDS}
        for view in context.figures.views if context.figures else ():
            if f"view.{view.name}" not in builtin:
                title = tr("View: {name}", name=view.name)
                run = partial(context.part(Browse).view, view.name)
                entries.append((title, Choice(title, run, tr("saved view"))))

        def suggest(typed: str) -> list[Choice[Callable[[], None]]]:
            ranked = [(_rank(typed, choice.text, more), choice) for more, choice in entries]
            found = [(rank, choice) for rank, choice in ranked if rank is not None]
            return [choice for _, choice in sorted(found, key=lambda pair: (pair[1].refused, pair[0]))]

        context.choose(
            Pick(
                tr("Commands"),
                suggest,
                hint=tr("Type a few letters; Enter runs it."),
                placeholder=tr("command"),
            ),
            lambda run: run(),
        )


def _not_now(command: Command, situation: Situation) -> str | None:
    if situation.place not in PLACES[command.scope] and (where := _where(command.scope)):
        return where
    reason = command.blocked(situation)
    return said(reason) if reason else None


def _where(scope: str) -> str:
    """Say where the commands of a scope can be done; empty for those that can be chosen anywhere."""
    if scope == "composer":
        return tr("while writing")
    if scope == "reader":
        return tr("in an open conversation")
    return tr("in the queue") if scope == "queue" else ""


def _rank(typed: str, title: str, more: str) -> int | None:
    """How well a command fits what was typed: by the beginning of its title, of a word of it, by any part of the
    title, by its help. None: not at all."""
    name, wanted = fold(title), spellings(fold(typed))
    if any(spelled.startswith(one) for spelled in spellings(name) for one in wanted):
        return 0
    if any(word.startswith(one) for word in name.split() for one in wanted):
        return 1
    if any(one in name for one in wanted):
        return 2
    return 3 if all(found_in(f"{title} {more}", word) for word in typed.split()) else None
