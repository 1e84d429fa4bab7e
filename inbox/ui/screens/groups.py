"""The groups of commands of the main screen, each loaded when it is first used: none is needed for the first frame."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from inbox.ui.painting import PaintedScreen

if TYPE_CHECKING:
    from inbox.ui.actions.outbox import Outbox
    from inbox.ui.actions.program import Program
    from inbox.ui.actions.teaching import Teaching
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
    def outbox(self) -> Outbox:
        from inbox.ui.actions.outbox import Outbox

        return Outbox(self._main)

    @cached_property
    def program(self) -> Program:
        from inbox.ui.actions.program import Program

        return Program(self._main)

    @cached_property
    def teaching(self) -> Teaching:
        from inbox.ui.actions.teaching import Teaching

        return Teaching(self._main)
