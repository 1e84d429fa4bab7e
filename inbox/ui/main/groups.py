"""The groups of commands of the main screen, each loaded when it is first used: none is needed for the first frame."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from inbox.ui.terminal.painting import PaintedScreen

if TYPE_CHECKING:
    from inbox.ui.actions.accounts import Accounts
    from inbox.ui.actions.attach import Attach
    from inbox.ui.actions.browse import Browse
    from inbox.ui.actions.editor import Editor
    from inbox.ui.actions.find import Find
    from inbox.ui.actions.links import Links
    from inbox.ui.actions.look import Sheets
    from inbox.ui.actions.macros import Macros
    from inbox.ui.actions.mention import Insert
    from inbox.ui.actions.missing_messages import Gaps
    from inbox.ui.actions.moderation import Deeds
    from inbox.ui.actions.outbox import Outbox
    from inbox.ui.actions.palette import Palette
    from inbox.ui.actions.people import People
    from inbox.ui.actions.program import Program
    from inbox.ui.actions.send import Send
    from inbox.ui.actions.spell import Spell
    from inbox.ui.actions.teaching import Teaching
    from inbox.ui.actions.triage import Triage
    from inbox.ui.actions.undo import Undo
    from inbox.ui.actions.write import Write
    from inbox.ui.main.due_notice import Due
    from inbox.ui.main.screen import Main


class Groups(PaintedScreen):
    @property
    def _main(self) -> Main:
        return cast("Main", self)

    @cached_property
    def due(self) -> Due:
        from inbox.ui.main.due_notice import Due

        return Due(self._main)

    @cached_property
    def accounts(self) -> Accounts:
        from inbox.ui.actions.accounts import Accounts

        return Accounts(self._main)

    @cached_property
    def attach(self) -> Attach:
        from inbox.ui.actions.attach import Attach

        return Attach(self._main)

    @cached_property
    def browse(self) -> Browse:
        from inbox.ui.actions.browse import Browse

        return Browse(self._main)

    @cached_property
    def moderation(self) -> Deeds:
        from inbox.ui.actions.moderation import Deeds

        return Deeds(self._main)

    @cached_property
    def editor(self) -> Editor:
        from inbox.ui.actions.editor import Editor

        return Editor(self._main)

    @cached_property
    def find(self) -> Find:
        from inbox.ui.actions.find import Find

        return Find(self._main)

    @cached_property
    def missing_messages(self) -> Gaps:
        from inbox.ui.actions.missing_messages import Gaps

        return Gaps(self._main)

    @cached_property
    def mention(self) -> Insert:
        from inbox.ui.actions.mention import Insert

        return Insert(self._main)

    @cached_property
    def links(self) -> Links:
        from inbox.ui.actions.links import Links

        return Links(self._main)

    @cached_property
    def macros(self) -> Macros:
        from inbox.ui.actions.macros import Macros

        return Macros(self._main)

    @cached_property
    def outbox(self) -> Outbox:
        from inbox.ui.actions.outbox import Outbox

        return Outbox(self._main)

    @cached_property
    def palette(self) -> Palette:
        from inbox.ui.actions.palette import Palette

        return Palette(self._main)

    @cached_property
    def people(self) -> People:
        from inbox.ui.actions.people import People

        return People(self._main)

    @cached_property
    def program(self) -> Program:
        from inbox.ui.actions.program import Program

        return Program(self._main)

    @cached_property
    def send(self) -> Send:
        from inbox.ui.actions.send import Send

        return Send(self._main)

    @cached_property
    def look(self) -> Sheets:
        from inbox.ui.actions.look import Sheets

        return Sheets(self._main)

    @cached_property
    def spell(self) -> Spell:
        from inbox.ui.actions.spell import Spell

        return Spell(self._main)

    @cached_property
    def teaching(self) -> Teaching:
        from inbox.ui.actions.teaching import Teaching

        return Teaching(self._main)

    @cached_property
    def triage(self) -> Triage:
        from inbox.ui.actions.triage import Triage

        return Triage(self._main)

    @cached_property
    def undo(self) -> Undo:
        from inbox.ui.actions.undo import Undo

        return Undo(self._main)

    @cached_property
    def write(self) -> Write:
        from inbox.ui.actions.write import Write

        return Write(self._main)
