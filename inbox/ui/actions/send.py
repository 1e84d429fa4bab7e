"""Sending what was written: a reply, a reply in numbered posts, or a note that is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from inbox.domain.outbox import OutboxItem, Phase
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.ui.windows.dialogs import Question
from inbox.wording import safe_text
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main
    from inbox.ui.widgets.composer import Writing

T = TypeVar("T")


class Send:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    async def written(self, mode: str) -> None:
        """`mode`: `resolve` ends the wait once the reply is out, and goes on to the next conversation."""
        screen, composer, w = self.screen, self.screen.composer, self.screen.writing
        if composer is None or w is None:
            return
        text = composer.text
        if w.note:
            await self._keep_note(w, text)
            return
        resolve = mode == "resolve" or w.resolve
        reply = _reply(w, text, resolve=resolve)
        item = await self._hand_over(lambda desk: desk.reply(w.conversation, reply))
        screen.write.answered_as[w.platform] = w.account
        screen.write.close()
        self._tell(item)
        if resolve:
            screen.triage.go_on([w.conversation])
            if screen.write.from_queue or screen.queue.selected is None:
                screen.set_focus(screen.queue)
        else:
            screen.set_focus(screen.thread)
        screen.renew()
        screen.happened("answered" if resolve else "sent")

    def _tell(self, item: OutboxItem) -> None:
        """What became of it: held (the status line counts down), on its way, or asked about first."""
        if item.phase is Phase.STALE:
            question = f"{said(item.reason or '')} {said(item.next_step or '')}"
            self.screen.say(tr("Not sent yet. {question} (O)", question=question), "late")
            return
        held = item.not_before > self.screen.inbox.session.clock.now()
        self.screen.say("" if held else tr("On its way."))

    async def parts(self) -> None:
        """Shows the numbered posts; Enter sends them, each after the one before is surely out."""
        screen = self.screen
        composer, w = screen.composer, screen.writing
        if composer is None or w is None:
            return
        text = composer.text
        parts = await screen.ask(lambda desk: desk.parts(w.conversation, text, w.private))

        question = Question(
            "\n\n".join(safe_text.block(part) for part in parts),
            yes=tr("sends these {n} posts", n=len(parts)),
            no=tr("goes on writing"),
            enter_is_yes=True,
        )
        screen.confirm(question, lambda: screen.run(self._parts(w, text)))

    async def _parts(self, w: Writing, text: str) -> None:
        reply = _reply(w, text)
        items = await self._hand_over(lambda desk: desk.reply_in_parts(w.conversation, reply))
        self._done("")
        if items[0].phase is Phase.STALE:
            self._tell(items[0])

    async def _hand_over(self, sending: Callable[[Desk], T]) -> T:
        """A draft saved behind its own reply would be there again."""
        write = self.screen.write
        write.unsaved = False
        try:
            return await self.screen.ask(sending)
        except BaseException:
            write.unsaved = True
            write.save_soon()
            raise

    async def _keep_note(self, w: Writing, text: str) -> None:
        screen = self.screen
        if not text.strip():
            screen.say(tr("The note is empty."), "soon")
            return
        await screen.ask(lambda desk: desk.note(w.conversation, text))
        screen.write.unsaved = False
        self._done(tr("Noted."))

    def _done(self, told: str) -> None:
        screen = self.screen
        screen.write.close()
        screen.say(told)
        screen.set_focus(screen.thread)
        screen.renew()


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
