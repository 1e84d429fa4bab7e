"""From one open draft to the next, and what a draft quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.model import Direction
from inbox.ui.actions.write import Write
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context

QUOTED = 1000
"""Characters of a message that are quoted; whoever needs more has the thread above."""


class Drafts:
    def __init__(self, context: Context) -> None:
        self.context = context

    async def step(self, steps: int) -> None:
        """Go on with another open draft: the one beside that of the conversation in sight, else the first or last."""
        context = self.context
        write = context.part(Write)
        await write.keep_draft(ended=True)
        ids = await context.ask(lambda desk: desk.drafts.open())
        here = context.writing.conversation if context.writing is not None else None
        if here is None and context.current is not None:
            here = context.current.id
        if not ids or (ids == [here] and context.writing is not None):
            context.say(tr("There is no other open draft."))
            return
        at = (ids.index(here) + steps) % len(ids) if here in ids else 0 if steps > 0 else len(ids) - 1
        await write.begin(ids[at])
        if context.writing is not None and context.writing.conversation == ids[at]:
            context.say(tr("Draft {n} of {whole}.", n=at + 1, whole=len(ids)))

    def quote(self) -> None:
        """Put what the customer wrote last at the cursor, as a quotation and one step of the composer's own undo."""
        context = self.context
        composer, w, opened = context.composer, context.writing, context.opened
        if composer is None or w is None or w.note or opened is None:
            return
        arrived = [
            m for m in opened.thread.messages if m.direction is Direction.IN and m.stands and m.text.strip()
        ]
        if not arrived:
            context.say(tr("There is no text to quote here."), "soon")
            return
        text = safe_text.block(arrived[-1].text).strip()
        if len(text) > QUOTED:
            text = f"{text[:QUOTED].rstrip()} …"
        lines = [f"> {line}".rstrip() for line in text.split("\n")]
        composer.area.history.checkpoint()
        composer.area.insert("\n".join([*lines, "", ""]))
        composer.area.history.checkpoint()
