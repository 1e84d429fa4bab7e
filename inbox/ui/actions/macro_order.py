"""The order in which macros are offered: the person's language first, then where they wrote, then the most used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.languages import language
from inbox.domain.spelling import CODES
from inbox.engine.desk import macro_use

if TYPE_CHECKING:
    from inbox.config.screen import Macro
    from inbox.domain.model import Conversation
    from inbox.ui.context import Context


class MacroOrder:
    """Counts are read once, so that a digit means the same macro for the whole shift."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._uses: dict[str, int] = {}

    async def recall(self) -> None:
        """Read how often each was used until now."""
        self._uses = await self.context.ask(lambda desk: macro_use.uses(desk.workplace))

    def used(self, name: str, times: int = 1) -> None:
        """Count the use of a macro, for the next start."""
        self.context.run(self._note(name, times))

    async def _note(self, name: str, times: int) -> None:
        await self.context.ask(lambda desk: macro_use.note_use(desk.workplace, name, times))

    def sorted(self, known: Sequence[Macro], head: Conversation | None) -> list[Macro]:
        """Return the macros as they are offered for a conversation."""
        theirs = self._theirs(head)

        def rank(macro: Macro) -> tuple[int, int, int]:
            ours = macro.language or _code(macro.text)
            foreign = 1 if ours is None or theirs is None else 0 if ours == theirs else 2
            elsewhere = (
                1 if not macro.surfaces or head is None else 0 if head.surface in macro.surfaces else 2
            )
            return foreign, elsewhere, -self._uses.get(macro.name, 0)

        return sorted(known, key=rank)

    def _theirs(self, head: Conversation | None) -> str | None:
        """The language of what the customer wrote, two letters; None where it is not plain."""
        if head is None:
            return None
        opened = self.context.opened
        if opened is not None and opened.thread.conversation.id == head.id:
            texts = [m.text for m in opened.thread.messages if m.direction == "in"]
            return _code(" ".join(texts[-3:]))
        return None if head.preview_out else _code(head.preview)


def _code(text: str) -> str | None:
    return CODES.get(language(text) or "")
