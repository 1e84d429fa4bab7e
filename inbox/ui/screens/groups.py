"""The groups of commands of the main screen, each loaded when it is first used: none is needed for the first frame."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from inbox.ui.painting import PaintedScreen

if TYPE_CHECKING:
    from inbox.ui.actions.accounts import Accounts
    from inbox.ui.actions.attach import Attach
    from inbox.ui.actions.editor import Editor
    from inbox.ui.actions.gaps import Gaps
    from inbox.ui.actions.insert import Insert
    from inbox.ui.actions.macros import Macros
    from inbox.ui.actions.outbox import Outbox
    from inbox.ui.actions.program import Program
    from inbox.ui.actions.send import Send
    from inbox.ui.actions.spell import Spell
    from inbox.ui.actions.teaching import Teaching
    from inbox.ui.actions.undo import Undo
    from inbox.ui.actions.write import Write
    from inbox.ui.due import Due
    from inbox.ui.screens.main import Main


class Groups(PaintedScreen):
    @property
    def _main(self) -> Main:
        return cast("Main", self)

    @cached_property
    def due(self) -> Due:
        from inbox.ui.due import Due

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
    def editor(self) -> Editor:
        from inbox.ui.actions.editor import Editor

        return Editor(self._main)

    @cached_property
    def gaps(self) -> Gaps:
        from inbox.ui.actions.gaps import Gaps

        return Gaps(self._main)

    @cached_property
    def insert(self) -> Insert:
        from inbox.ui.actions.insert import Insert

        return Insert(self._main)

    @cached_property
    def macros(self) -> Macros:
        from inbox.ui.actions.macros import Macros

        return Macros(self._main)

    @cached_property
    def outbox(self) -> Outbox:
        from inbox.ui.actions.outbox import Outbox

        return Outbox(self._main)

    @cached_property
    def program(self) -> Program:
        from inbox.ui.actions.program import Program

        return Program(self._main)

    @cached_property
    def send(self) -> Send:
        from inbox.ui.actions.send import Send

        return Send(self._main)

    @cached_property
    def spell(self) -> Spell:
        from inbox.ui.actions.spell import Spell

        return Spell(self._main)

    @cached_property
    def teaching(self) -> Teaching:
        from inbox.ui.actions.teaching import Teaching

        return Teaching(self._main)

    @cached_property
    def undo(self) -> Undo:
        from inbox.ui.actions.undo import Undo

        return Undo(self._main)

    @cached_property
    def write(self) -> Write:
        from inbox.ui.actions.write import Write

        return Write(self._main)
