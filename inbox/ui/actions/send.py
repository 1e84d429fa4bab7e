"""Sending what was written: a reply, a reply in numbered posts, or a note that is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from inbox.domain.outbox import OutboxItem, Phase
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.ui.actions.repeat import Repeat
from inbox.ui.actions.write import Write
from inbox.ui.windows.dialogs import Question
from inbox.wording import safe_text
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.ui.context import Context
    from inbox.ui.text.writing import Writing

T = TypeVar("T")


class Send:
    """The way of what was written into the outbox."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def written(self, mode: str) -> None:
        """`mode`: `resolve` ends the wait once the reply is out, and goes on to the next conversation."""
        context, composer, w = self.context, self.context.composer, self.context.writing
        if composer is None or w is None:
            return
        text = composer.text
        if w.note:
            await self._keep_note(w, text)
            return
        resolve = mode == "resolve" or w.resolve
        reply = _reply(w, text, resolve=resolve)
        item = await self._hand_over(lambda desk: desk.replying.reply(w.conversation, reply))
        context.part(Write).answered_as[w.platform] = w.account
        context.part(Write).close()
        context.part(Repeat).answered(w.conversation, text, private=w.private, resolve=resolve)
        self._tell(item)
        if resolve:
            context.leave_view([w.conversation])
            if context.part(Write).from_queue or context.queue.selected is None:
                context.screen.set_focus(context.queue)
        else:
            context.screen.set_focus(context.thread)
        context.renew()
        context.happened("answered" if resolve else "sent")

    def _tell(self, item: OutboxItem) -> None:
        """What became of it: held (the status line counts down), on its way, or asked about first."""
        if item.phase is Phase.STALE:
            question = f"{said(item.reason or '')} {said(item.next_step or '')}"
            self.context.say(
                tr(
                    "Not sent yet. {question} ({key})",
                    question=question,
                    key=self.context.inbox.keymap.key("outbox.show"),
                ),
                "late",
            )
            return
        held = item.not_before > self.context.inbox.session.clock.now()
        self.context.say("" if held else tr("On its way."))

    async def parts(self) -> None:
        """Shows the numbered posts; Enter sends them, each after the one before is surely out."""
        context = self.context
        composer, w = context.composer, context.writing
        if composer is None or w is None:
            return
        text = composer.text
        parts = await context.ask(lambda desk: desk.replying.parts(w.conversation, text, w.private))

        question = Question(
            "\n\n".join(safe_text.block(part) for part in parts),
            yes=tr("sends these {n} posts", n=len(parts)),
            no=tr("goes on writing"),
            enter_is_yes=True,
        )
        context.confirm(question, lambda: context.run(self._parts(w, text)))

    async def _parts(self, w: Writing, text: str) -> None:
        reply = _reply(w, text)
        items = await self._hand_over(lambda desk: desk.replying.reply_in_parts(w.conversation, reply))
        self._done("")
        if items[0].phase is Phase.STALE:
            self._tell(items[0])

    async def _hand_over(self, sending: Callable[[Desk], T]) -> T:
        """A draft saved behind its own reply would be there again."""
        write = self.context.part(Write)
        write.unsaved = False
        try:
            return await self.context.ask(sending)
        except BaseException:
            write.unsaved = True
            write.save_soon()
            raise

    async def _keep_note(self, w: Writing, text: str) -> None:
        context = self.context
        if not text.strip():
            context.say(tr("The note is empty."), "soon")
            return
        await context.ask(lambda desk: desk.notes.add(w.conversation, text))
        context.part(Write).unsaved = False
        self._done(tr("Noted."))

    def _done(self, told: str) -> None:
        context = self.context
        context.part(Write).close()
        context.view.wrote()
        context.say(told)
        context.screen.set_focus(context.thread)
        context.renew()


def _reply(w: Writing, text: str, *, resolve: bool = False) -> Reply:
    return Reply(
        text,
        private=w.private,
        key=w.key,
        resolve=resolve,
        seen_seq=w.last_seq,
        files=[file.path for file in w.files],
        file_texts=[file.shows for file in w.files],
    )
