"""Writing: replies and notes. A word typed is a word kept: on disk within half a second, at once on leaving."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import SuspendNotSupported
from textual.widget import Widget

from inbox.domain.model import AttachedFile
from inbox.domain.records import replace
from inbox.domain.reply import ReplyWay
from inbox.engine.desk import Desk
from inbox.engine.refusals import Unknown
from inbox.language import said, tr
from inbox.ports import Presence, StoreError
from inbox.ui import hints, picture, shown, words
from inbox.ui.picture import Open
from inbox.ui.screens.dialogs import Question
from inbox.ui.screens.people import People
from inbox.ui.situation import Situation
from inbox.ui.widgets.queue import Queue

if TYPE_CHECKING:
    from inbox.domain import checks
    from inbox.ui.widgets.composer import Composer, Ruler, Writing

T = TypeVar("T")
HINT_AFTER = 0.5
"""Seconds without a key."""
SAVE_AFTER = 0.3
"""Seconds after the first unsaved key."""
SAVE_AGAIN = 2.0
"""Seconds after which a draft is tried again that the disk did not take."""


class Write(People):
    composer: Composer | None = None

    def __init__(self) -> None:
        super().__init__()
        self._unsaved = False
        self._saving = False
        self.misspelt: tuple[str, ...] = ()
        """Words of the reply that look so, as of the last pause of typing."""
        self._hinting: asyncio.TimerHandle | None = None
        self._from_queue = True
        """Where writing was begun, and the agent goes on after "send, resolve, next"."""
        self._answered_as: dict[str, str] = {}
        """By platform the account through which the agent answered last."""

    # -- where the agent is ------------------------------------------------------------------------------

    @property
    def writing(self) -> Writing | None:
        return self.composer.writing if self.composer is not None else None

    @property
    def place(self) -> str:
        if self.composer is not None and self.focused is self.composer.area:
            return "composer"
        return super().place

    def situation(self) -> Situation:
        situation = super().situation()
        w = self.writing
        if w is None:
            return situation
        length = self.composer.length if self.composer is not None else None
        return replace(
            situation,
            other_way="A note goes nowhere." if w.note else w.switch,
            too_long=length is not None and length.over and not w.private and not w.note,
        )

    # -- beginning ---------------------------------------------------------------------------------------

    async def do_write_reply(self, how: str) -> None:
        current = self.current
        if current is not None:
            await self._begin_reply(current.id, private=True if how == "private" else None)

    async def _begin_reply(self, cid: str, *, private: bool | None) -> None:
        opened, ruler = await self.ask(lambda desk: _before_writing(desk, cid))
        draft = opened.thread.draft
        if private is None and draft is not None and draft.private and opened.private_way.allowed:
            private = True
        way = opened.private_way if private else opened.thread.way
        if not way.allowed:
            can = (
                tr(" · o opens it in the browser")
                if opened.thread.conversation.url and "(o)" not in (way.reason or "")
                else ""
            )
            self.say(f"{said(way.reason or '')}{can}", "soon")
            return
        saved = tr("draft of {moment}", moment=words.moment(draft.saved_at, self.inbox.zone)) if draft else ""
        seen = draft.seen_seq if draft else opened.thread.conversation.last_seq
        writing = self._replying(opened, way, seen_seq=seen, files=draft.files if draft else ())
        await self._start_writing(opened, writing, draft.text if draft else "", saved, ruler)

    def _replying(
        self, opened: Open, way: ReplyWay, *, seen_seq: int, files: tuple[AttachedFile, ...]
    ) -> Writing:
        from inbox.ui.widgets.composer import Writing

        c = opened.thread.conversation
        private = way.how == "private"
        other = opened.thread.way if private else opened.private_way
        return Writing(
            conversation=c.id,
            kind="reply",
            key=uuid.uuid4().hex,
            platform=c.platform,
            account=shown.line(c.account),
            to=shown.person(c.contact),
            private=private,
            seen_seq=seen_seq,
            last_seq=c.last_seq,
            switch=_no_switch(other, private),
            files=files,
        )

    async def do_write_note(self) -> None:
        from inbox.ui.widgets.composer import Writing

        current = self.current
        if current is None:
            return
        opened, _ = await self.ask(lambda desk: _before_writing(desk, current.id))
        writing = Writing(
            conversation=current.id,
            kind="note",
            key=uuid.uuid4().hex,
            account=shown.line(current.account),
            to="",
        )
        text = await self.ask(lambda desk: desk.begun_note(current.id))
        await self._start_writing(opened, writing, text, "", None)

    async def _start_writing(
        self, opened: Open, writing: Writing, text: str, saved: str, ruler: Ruler | None
    ) -> None:
        self._from_queue = not self.reading
        if self.writing is not None:
            self.leave_composer()
        if self.composer is None:
            # TextArea costs 7 ms to import and a good part of a frame to mount: not before it is needed.
            from inbox.ui.widgets.composer import Composer

            self.composer = Composer()
            await self.query_one("#reader", Widget).mount(self.composer)
        self.queue.select(writing.conversation)
        self.read(writing.conversation)
        self._show_thread(opened)
        self.add_class("reading", "writing")
        self.composer.begin(writing, text, saved=saved, ruler=ruler)
        self._unsaved = False
        self.say("")
        self._hint()
        self._show_bars()
        self.call_after_refresh(self._to_the_end)
        if not writing.note:
            self.happened("writing")

    def _to_the_end(self) -> None:
        """Who writes wants to see what is answered, although the text area took its room."""
        self.thread.scroll_lines(self.thread.last_top)

    async def do_undo(self) -> None:
        self._close_draft()
        await super().do_undo()

    async def do_redo(self) -> None:
        self._close_draft()
        await super().do_redo()

    def _close_draft(self) -> None:
        """What stands in the composer is a draft like any other while it is not written on."""
        if self.writing is not None and not self.writing.note:
            self.leave_composer()

    async def take_back(self, cid: str) -> None:
        await self._begin_reply(cid, private=None)
        self.say(tr("The reply was taken back; nothing was sent."))
        self.happened("taken_back")

    # -- keeping -----------------------------------------------------------------------------------------

    def on_composer_changed(self, message: Composer.Changed) -> None:
        message.stop()
        if self.composer is None or message.writing != self.writing:
            return
        self._hint_soon()
        if not self._unsaved:
            self._unsaved = True
            self.set_timer(SAVE_AFTER, self._save_soon)

    def _save_soon(self) -> None:
        if self._unsaved and self.writing is not None and not self._saving:
            self.run(self._save(), group="save")

    async def _save(self) -> None:
        composer, w = self.composer, self.writing
        if composer is None or w is None:
            return
        text, self._unsaved, self._saving = composer.text, False, True
        if text != composer.loaded and not w.note:
            self.inbox.session.show_presence(w.conversation, Presence.TYPING)
        wait = SAVE_AFTER
        try:
            news = await self.ask(_unheard(_saving(w, text)))
        except StoreError as error:
            self._unsaved, wait = True, SAVE_AGAIN
            composer.kept(tr("NOT saved"))
            self.say(tr("The draft could not be saved: {error}", error=said(str(error))), "late")
            return
        finally:
            self._saving = False
            if self._unsaved:  # what was typed meanwhile, or could not be written
                self.set_timer(wait, self._save_soon)
        if composer.writing == w:
            now = words.clock(self.inbox.session.clock.now(), self.inbox.zone)
            kept = bool(text.strip() or w.files)
            composer.kept(tr("draft saved {now}", now=now) if kept else tr("no draft"))
            row = self.queue.row(w.conversation)
            if news or (row is not None and row.has_draft != kept and not w.note):
                self.renew(figures=news)

    async def keep_draft(self, *, ended: bool = False) -> None:
        """On disk now. `ended`: what follows is a step of undo of its own."""
        composer, w = self.composer, self.writing
        if composer is not None and w is not None and not w.note:
            await self.ask(_saving(w, composer.text, ended=ended))

    def keep_words(self) -> None:
        """Hand over what is not on disk yet, without waiting. Called on leaving, on the way out, in a crash."""
        composer, w = self.composer, self.writing
        if composer is not None and w is not None:
            self._unsaved = False
            self.inbox.session.call(_saving(w, composer.text, ended=True))

    def open(self, cid: str) -> None:
        """The customer may see that it was seen: where the agent goes in, not where the cursor passes."""
        super().open(cid)
        self.inbox.session.show_presence(cid, Presence.SEEN)

    def _hint_soon(self) -> None:
        """Once the agent rests: a colleague who looks over the shoulder does not speak at every letter."""
        self._hint_never()
        self._hinting = asyncio.get_running_loop().call_later(HINT_AFTER, self._hint)

    def _hint_never(self) -> None:
        if self._hinting is not None:
            self._hinting.cancel()
            self._hinting = None

    def _hint(self) -> None:
        self._hint_never()
        if self.is_running:
            self.run(self._tell_hints(), group="hint")

    def _around(self, w: Writing) -> checks.Situation:
        last = self._answered_as.get(w.platform)
        return hints.around(self.opened, w, self.inbox.agent, self.inbox.config.prices.currency, last)

    def _cost(self, price: float | None) -> str:
        return f"{price:.2f} {self.inbox.config.prices.currency}" if price else ""

    async def _tell_hints(self) -> None:
        composer, w = self.composer, self.writing
        if composer is None or w is None or w.note:
            return
        text, around = composer.text, self._around(w)
        price, told = await self.ask(lambda desk: hints.take(desk, w, text, around))
        if composer.writing == w:
            said_now = [*(hint.said(tr) for hint in told), *hints.spelling(self.misspelt, text)]
            composer.hint(self._cost(price), said_now)
            self._show_keys()

    # -- while writing -----------------------------------------------------------------------------------

    async def do_switch_way(self) -> None:
        composer, w = self.composer, self.writing
        if composer is None or w is None:
            return
        opened = await self.ask(lambda desk: picture.read(desk, w.conversation))
        if opened is None:
            return
        way = opened.thread.way if w.private else opened.private_way
        again = self._replying(opened, way, seen_seq=w.seen_seq, files=w.files)
        composer.renew(replace(again, key=w.key, resolve=w.resolve))
        self._unsaved = True
        self._save_soon()
        self._hint()

    async def do_external_editor(self) -> None:
        import shlex  # not before the first frame

        await self.keep_draft(ended=True)
        composer = self.composer
        if composer is None:
            return
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            text = self._edited(shlex.split(command), composer.text)
        except SuspendNotSupported:
            self.say(tr("This terminal cannot be handed to an editor."), "soon")
        except (OSError, UnicodeError, subprocess.SubprocessError) as error:
            self.say(
                tr("{command}: {name}; the text is as it was.", command=command, name=type(error).__name__),
                "late",
            )
        else:
            composer.area.text = text
            composer.area.move_cursor(composer.area.document.end)
            await self.keep_draft(ended=True)

    def _edited(self, command: list[str], text: str) -> str:
        """The text after the editor; the file is readable by its owner only, and gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
            file = Path(folder) / "reply.txt"
            file.write_text(text, encoding="utf-8")
            with self.app.suspend():
                subprocess.run([*command, str(file)], check=True)
            return file.read_text(encoding="utf-8").rstrip("\n")

    def do_leave_composer(self) -> None:
        kept = bool(self.composer and (self.composer.text.strip() or (self.writing and self.writing.files)))
        note = bool(self.writing and self.writing.note)
        self.leave_composer()
        self.say(
            (tr("The note waits here; c goes on.") if note else tr("Draft kept; r goes on.")) if kept else ""
        )
        self.set_focus(self.thread)

    def leave_composer(self) -> None:
        """Close it; the text is kept."""
        self.keep_words()
        if (w := self.writing) is not None and not w.note:
            self.inbox.session.show_presence(w.conversation, Presence.IDLE)
        self._close_composer()
        self.renew(figures=False)

    def _close_composer(self) -> None:
        if self.composer is not None:
            self.composer.writing = None
        self._hint_never()
        self.remove_class("writing")

    @on(Queue.Selected)
    def _left_by_mouse(self, message: Queue.Selected) -> None:
        if (
            self.writing is not None
            and message.conversation != self.writing.conversation
            and self.place != "composer"
        ):
            self.leave_composer()

    def watch_focused(self, focused: Widget | None) -> None:
        super().watch_focused(focused)
        if focused is not None and self.writing is not None and self.place in ("queue", "filter"):
            self.leave_composer()

    def _show_thread(self, opened: Open | None) -> None:
        super()._show_thread(opened)
        w = self.writing
        if self.composer is not None and w is not None and opened is not None and not w.note:
            c = opened.thread.conversation
            if c.id == w.conversation:
                self.composer.renew(replace(w, last_seq=c.last_seq))
                if c.last_seq != w.last_seq:
                    self._hint()

    # -- sending -----------------------------------------------------------------------------------------

    async def do_send(self, mode: str) -> None:
        composer, w = self.composer, self.writing
        if composer is None or w is None:
            return
        text = composer.text
        if w.note:
            await self._keep_note(w, text)
            return
        resolve = mode == "resolve" or w.resolve
        item = await self._hand_over(
            lambda desk: desk.reply(
                w.conversation,
                text,
                private=w.private,
                key=w.key,
                resolve=resolve,
                seen_seq=w.last_seq,
                files=[file.path for file in w.files],
                file_texts=[file.shows for file in w.files],
            )
        )
        self._answered_as[w.platform] = w.account
        self._close_composer()
        self.say("")
        hold = item.not_before > self.inbox.session.clock.now()
        if not hold:
            self.say(tr("On its way."))
        if resolve:
            self._go_on([w.conversation])
            if self._from_queue or self.queue.selected is None:
                self.set_focus(self.queue)
        else:
            self.set_focus(self.thread)
        self.renew()
        self.happened("answered" if resolve else "sent")

    async def do_send_parts(self) -> None:
        """Shows the numbered posts; Enter sends them, each after the one before is surely out."""
        composer, w = self.composer, self.writing
        if composer is None or w is None:
            return
        text = composer.text
        parts = await self.ask(lambda desk: desk.parts(w.conversation, text, w.private))

        shown_parts = "\n\n".join(shown.block(part) for part in parts)
        question = Question(
            shown_parts,
            yes=tr("sends these {n} posts", n=len(parts)),
            no=tr("goes on writing"),
            enter_is_yes=True,
        )
        self.confirm(question, lambda: self.run(self._send_parts(w, text)))

    async def _send_parts(self, w: Writing, text: str) -> None:
        await self._hand_over(
            lambda desk: desk.reply_in_parts(
                w.conversation,
                text,
                private=w.private,
                key=w.key,
                seen_seq=w.last_seq,
                files=[file.path for file in w.files],
                file_texts=[file.shows for file in w.files],
            )
        )
        self._close_composer()
        self.say("")
        self.set_focus(self.thread)
        self.renew()

    async def _hand_over(self, sending: Callable[[Desk], T]) -> T:
        """A draft saved behind its own reply would be there again."""
        self._unsaved = False
        try:
            return await self.ask(sending)
        except BaseException:
            self._unsaved = True
            self._save_soon()
            raise

    async def _keep_note(self, w: Writing, text: str) -> None:
        if not text.strip():
            self.say(tr("The note is empty."), "soon")
            return
        await self.ask(lambda desk: desk.note(w.conversation, text))
        self._unsaved = False
        self._close_composer()
        self.say(tr("Noted."))
        self.set_focus(self.thread)
        self.renew()


def _no_switch(other: ReplyWay, private: bool) -> str | None:
    if other.allowed and other.how != ("private" if private else "public"):
        return None
    if other.allowed:
        return tr("Here an answer is always {how}.", how=tr(other.how))
    return other.reason


def _before_writing(desk: Desk, cid: str) -> tuple[Open, Ruler]:
    opened = picture.read(desk, cid)
    if opened is None:
        raise Unknown(tr("This conversation is gone."))
    ruler = desk.ruler(cid)
    ruler("", False)  # what it imports takes longer than a letter
    return opened, ruler


def _saving(w: Writing, text: str, *, ended: bool = False) -> Callable[[Desk], None]:
    """`ended`: the agent leaves, so what was written is one step of undo."""

    def save(desk: Desk) -> None:
        if w.note:
            desk.begin_note(w.conversation, text)
            return
        desk.save_draft(w.conversation, text, private=w.private, seen_seq=w.seen_seq, files=w.files)
        if ended:
            desk.end_writing(w.conversation)

    return save


def _unheard(act: Callable[[Desk], None]) -> Callable[[Desk], bool]:
    """Do what is no news: a new picture at each pause between two words would be felt. Answers whether somebody else
    wrote meanwhile."""

    def acted(desk: Desk) -> bool:
        heard = not desk.store.changed()
        act(desk)
        return heard and bool(desk.changes())

    return acted
