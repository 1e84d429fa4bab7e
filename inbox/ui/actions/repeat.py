"""What `.` does again: the last decision, or the last answer, filled in for whoever is answered now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from inbox.domain import macros
from inbox.domain.records import Record, replace
from inbox.ui.actions.walk import Walk
from inbox.ui.actions.write import Write
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.reply_walk import WalkDraft
    from inbox.ui.context import Context


class Answer(Record, kw_only=True):
    """An answer that was sent, with places where the person's own words stood; and what its macro did besides."""

    text: str
    private: bool
    resolve: bool = False
    macro: str = ""
    tags: tuple[str, ...] = ()
    assign: str | None = None

    def to(self, cid: str) -> WalkDraft:
        """Return it for another conversation."""
        from inbox.engine.desk.reply_walk import WalkDraft

        return WalkDraft(
            conversation=cid,
            text=self.text,
            private=True if self.private else None,
            tags=self.tags,
            assign=self.assign,
            resolve=self.resolve,
            macro=self.macro,
        )


class Repeat:
    """The last decision or answer once more."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._decision: Callable[[], None] | None = None
        self._answer: Answer | None = None
        self._macro: tuple[str, Answer] | None = None
        """The conversation whose answer is being written with a macro, and what the macro does."""

    def decided(self, decision: Callable[[], None]) -> None:
        """Note a decision; called again, it is taken for what is marked then."""
        self._decision, self._answer = decision, None
        self.context.view.decided()

    def began(self, cid: str, macro: Answer) -> None:
        """Note that the answer to a conversation is being written with a macro."""
        self._macro = (cid, macro)

    def answered(self, cid: str, text: str, *, private: bool, resolve: bool) -> None:
        """Note an answer that was sent."""
        context = self.context
        head = context.head(cid)
        known = macros.values(head, context.inbox.agent) if head is not None else {}
        does = self._macro[1] if self._macro is not None and self._macro[0] == cid else None
        self._macro, self._decision = None, None
        self._answer = Answer(
            text=macros.with_places(text, known),
            private=private,
            resolve=resolve,
            macro=does.macro if does else "",
            tags=does.tags if does else (),
            assign=does.assign if does else None,
        )
        context.view.decided()

    async def again(self) -> None:
        """Do it again. An answer is only written: for one person into the composer, for several one by one."""
        targets = self.context.targets
        if self._decision is not None:
            self._decision()
        elif self._answer is not None and targets:
            await self._write(self._answer, targets)

    async def _write(self, answer: Answer, targets: Sequence[str]) -> None:
        context = self.context
        if len(targets) > 1:
            context.part(Walk).begin([answer.to(cid) for cid in targets])
            return
        cid = targets[0]
        write = context.part(Write)
        await write.begin(cid, private=True if answer.private else None)
        composer, w, head = context.composer, context.writing, context.head(cid)
        if composer is None or w is None or w.conversation != cid or head is None:
            return
        if composer.text.strip():
            context.say(tr("Your draft is here; the last answer was not written into it."), "soon")
            return
        composer.area.insert(macros.fill(answer.text, macros.values(head, context.inbox.agent)))
        composer.area.history.checkpoint()
        if found := macros.first_open(composer.text):
            composer.select(*found)
        await write.keep_draft()
        if answer.macro:
            self.began(cid, answer)
            composer.renew(replace(w, resolve=answer.resolve))
            if answer.tags or answer.assign:
                await context.ask(
                    lambda desk: desk.triage.macro(
                        answer.macro, [cid], tags=answer.tags, assign=answer.assign, resolve=False
                    )
                )
                context.renew()
