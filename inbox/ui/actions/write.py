"""Writing: replies and notes. A word typed is a word kept: on disk within half a second, at once on leaving."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

from inbox.domain.model import AttachedFile, Conversation
from inbox.domain.records import replace
from inbox.domain.reply import ReplyWay
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.errors import Unknown
from inbox.errors import StoreError
from inbox.ports.platform import Presence
from inbox.ui import picture
from inbox.ui.actions.spell import Spell
from inbox.ui.picture import Open
from inbox.ui.text import reply_hints
from inbox.ui.text.writing import Writing
from inbox.ui.widgets.composer import Composer, Ruler
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.domain import checks
    from inbox.ui.context import Context

HINT_AFTER = 0.5
"""Seconds without a key."""
SAVE_AFTER = 0.3
"""Seconds after the first unsaved key."""
SAVE_AGAIN = 2.0
"""Seconds after which a draft is tried again that the disk did not take."""


class Write:
    """Writing of replies and notes, and drafts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.unsaved = False
        self.from_queue = True
        """Where writing was begun, and the agent goes on after "send, resolve, next"."""
        self.answered_as: dict[str, str] = {}
        """By platform the account through which the agent answered last."""
        self._saving = False
        self._hinting: asyncio.TimerHandle | None = None

    # -- beginning ---------------------------------------------------------------------------------------

    async def reply(self, how: str) -> None:
        """Begin a reply to the current conversation. `how`: `private`, or whatever the platform offers first."""
        current = self.context.current
        if current is not None:
            await self.begin(current.id, private=True if how == "private" else None)

    async def begin(self, cid: str, *, private: bool | None = None) -> None:
        """`private`: None goes on as the draft was begun. What cannot be written is told."""
        context = self.context
        opened, ruler = await context.ask(lambda desk: _before_writing(desk, cid))
        draft = opened.thread.draft
        if private is None and draft is not None and draft.private and opened.private_way.allowed:
            private = True
        way = opened.private_way if private else opened.thread.way
        if not way.allowed:
            key = context.inbox.keymap.key("conversation.browser")
            can = tr(" · {key} opens it", key=key) if opened.thread.conversation.url else ""
            context.say(f"{said(way.reason or '')}{can}", "soon")
            return
        zone = context.inbox.zone
        saved = tr("draft of {moment}", moment=words.moment(draft.saved_at, zone)) if draft else ""
        seen = draft.seen_seq if draft else opened.thread.conversation.last_seq
        writing = _replying(opened, way, seen_seq=seen, files=draft.files if draft else ())
        await self._start(opened, writing, draft.text if draft else "", saved, ruler)

    async def take_back(self, cid: str) -> None:
        """A reply came back from the outbox: its text is written on."""
        await self.begin(cid)
        self.context.say(tr("The reply was taken back; nothing was sent."))
        self.context.happened("taken_back")

    async def note(self) -> None:
        """Begin a note for colleagues, or go on with one."""
        context, current = self.context, self.context.current
        if current is None:
            return
        opened, _ = await context.ask(lambda desk: _before_writing(desk, current.id))
        writing = Writing(
            conversation=current.id,
            kind="note",
            key=uuid.uuid4().hex,
            account=safe_text.line(current.account),
            to="",
        )
        text = await context.ask(lambda desk: desk.notes.begun(current.id))
        await self._start(opened, writing, text, "", None)

    async def _start(
        self, opened: Open, writing: Writing, text: str, saved: str, ruler: Ruler | None
    ) -> None:
        context = self.context
        self.from_queue = not context.reading
        if context.writing is not None:
            self.put_aside()
        if context.composer is None:
            # Good part of a frame to mount: not before it is needed.
            keymap = context.inbox.keymap
            context.composer = Composer(keymap.key("reply.send"), keymap.keys["reply.quote"])
            context.places[context.composer.area] = "composer"
            await context.screen.query_one("#reader", Widget).mount(context.composer)
        context.queue.select(writing.conversation)
        context.reader.read(writing.conversation)
        context.reader.show(opened)
        context.screen.add_class("reading", "writing")
        context.composer.begin(writing, text, saved=saved, ruler=ruler)
        self.unsaved = False
        context.say("")
        self._hint()
        context.bars.show()
        context.screen.call_after_refresh(self._to_the_end)
        if not writing.note:
            context.happened("writing")

    def _to_the_end(self) -> None:
        """Who writes wants to see what is answered, although the text area took its room."""
        self.context.thread.scroll_lines(self.context.thread.last_top)

    # -- keeping -----------------------------------------------------------------------------------------

    def changed(self, writing: Writing) -> None:
        """A letter more or less."""
        if writing != self.context.writing:
            return
        self._hint_soon()
        if not self.unsaved:
            self.unsaved = True
            self.context.screen.set_timer(SAVE_AFTER, self.save_soon)

    def save_soon(self) -> None:
        """Save the draft beside the screen, unless that is going on."""
        if self.unsaved and self.context.writing is not None and not self._saving:
            self.context.run(self._save(), group="save")

    async def _save(self) -> None:
        context, composer, w = self.context, self.context.composer, self.context.writing
        if composer is None or w is None:
            return
        text, self.unsaved, self._saving = composer.text, False, True
        if text != composer.loaded and not w.note:
            context.inbox.session.show_presence(w.conversation, Presence.TYPING)
        wait = SAVE_AFTER
        try:
            news = await context.ask(_unheard(_saving(w, text)))
        except StoreError as error:
            self.unsaved, wait = True, SAVE_AGAIN
            composer.kept(tr("NOT saved"))
            context.say(tr("The draft could not be saved: {error}", error=said(str(error))), "late")
            return
        finally:
            self._saving = False
            if self.unsaved:  # what was typed meanwhile, or could not be written
                context.screen.set_timer(wait, self.save_soon)
        if composer.writing == w:
            now = words.clock(context.inbox.session.clock.now(), context.inbox.zone)
            kept = bool(text.strip() or w.files)
            composer.kept(tr("draft saved {now}", now=now) if kept else tr("no draft"))
            row = context.queue.row(w.conversation)
            if news or (row is not None and row.has_draft != kept and not w.note):
                context.renew(figures=news)

    async def keep_draft(self, *, ended: bool = False) -> None:
        """On disk now. `ended`: what follows is a step of undo of its own."""
        context = self.context
        composer, w = context.composer, context.writing
        if composer is not None and w is not None and not w.note:
            await context.ask(_saving(w, composer.text, ended=ended))

    def keep_words(self) -> None:
        """Hand over what is not on disk yet, without waiting. Called on leaving, on the way out, in a crash."""
        context = self.context
        composer, w = context.composer, context.writing
        if composer is not None and w is not None:
            self.unsaved = False
            context.inbox.session.call(_saving(w, composer.text, ended=True))

    # -- what an attentive colleague would say -----------------------------------------------------------

    def _hint_soon(self) -> None:
        """Once the agent rests: a colleague who looks over the shoulder does not speak at every letter."""
        self._hint_never()
        self._hinting = asyncio.get_running_loop().call_later(HINT_AFTER, self._hint)

    def _hint_never(self) -> None:
        if self._hinting is not None:
            self._hinting.cancel()
            self._hinting = None

    def _hint(self) -> None:
        context, w = self.context, self.context.writing
        self._hint_again()
        if context.inbox.spelling is not None and w is not None and not w.note:
            context.screen.run_worker(
                context.part(Spell).look(self._hint_again), group="spelling", exclusive=True
            )

    def _hint_again(self) -> None:
        """With the spelling as it was found last."""
        self._hint_never()
        if self.context.screen.is_running:
            self.context.run(self._tell_hints(), group="hint")

    def _around(self, w: Writing) -> checks.Situation:
        inbox, last = self.context.inbox, self.answered_as.get(w.platform)
        return reply_hints.around(self.context.opened, w, inbox.agent, inbox.config.prices.currency, last)

    def _cost(self, price: float | None) -> str:
        return f"{price:.2f} {self.context.inbox.config.prices.currency}" if price else ""

    async def _tell_hints(self) -> None:
        context, composer, w = self.context, self.context.composer, self.context.writing
        if composer is None or w is None or w.note:
            return
        text, around = composer.text, self._around(w)
        price, told = await context.ask(lambda desk: reply_hints.take(desk, w, text, around))
        if composer.writing == w:
            misspelt = context.part(Spell).misspelt if context.inbox.spelling is not None else ()
            said_now = [*(hint.said(tr) for hint in told), *reply_hints.spelling(misspelt, text)]
            composer.hint(self._cost(price), said_now)
            context.bars.show_keys()

    async def correct_spelling(self) -> None:
        """Offer what may have been meant by words that look misspelt."""
        await self.context.part(Spell).correct(self._hint)

    # -- while writing -----------------------------------------------------------------------------------

    async def switch_way(self) -> None:
        """Change between a public and a private reply."""
        context = self.context
        composer, w = context.composer, context.writing
        if composer is None or w is None:
            return
        opened = await context.ask(lambda desk: picture.read(desk, w.conversation))
        if opened is None:
            return
        way = opened.thread.way if w.private else opened.private_way
        again = _replying(opened, way, seen_seq=w.seen_seq, files=w.files)
        composer.renew(replace(again, key=w.key, resolve=w.resolve))
        self.unsaved = True
        self.save_soon()
        self._hint()

    def follow(self, c: Conversation) -> None:
        """What is answered goes on meanwhile."""
        composer, w = self.context.composer, self.context.writing
        if composer is not None and w is not None and not w.note and c.id == w.conversation:
            composer.renew(replace(w, last_seq=c.last_seq))
            if c.last_seq != w.last_seq:
                self._hint()

    # -- leaving -----------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Leave the composer and keep what was written as a draft."""
        context, composer, w = self.context, self.context.composer, self.context.writing
        kept = bool(composer and (composer.text.strip() or (w and w.files)))
        self.put_aside()
        going_on = (
            tr("The note waits here; {key} goes on.", key=self.context.inbox.keymap.key("note.write"))
            if w and w.note
            else tr("Draft kept; {key} goes on.", key=self.context.inbox.keymap.key("reply.write"))
        )
        context.say(going_on if kept else "")
        context.screen.set_focus(context.thread)

    def put_aside(self) -> None:
        """Close the composer; the text is kept."""
        context = self.context
        self.keep_words()
        if (w := context.writing) is not None and not w.note:
            context.inbox.session.show_presence(w.conversation, Presence.IDLE)
        self.close()
        context.renew(figures=False)

    def close(self) -> None:
        """Empty and hide the composer."""
        context = self.context
        if context.composer is not None:
            context.composer.writing = None
        self._hint_never()
        context.screen.remove_class("writing")


def _replying(opened: Open, way: ReplyWay, *, seen_seq: int, files: tuple[AttachedFile, ...]) -> Writing:
    c = opened.thread.conversation
    private = way.how == "private"
    other = opened.thread.way if private else opened.private_way
    return Writing(
        conversation=c.id,
        kind="reply",
        key=uuid.uuid4().hex,
        platform=c.platform,
        account=safe_text.line(c.account),
        to=safe_text.person(c.contact),
        private=private,
        seen_seq=seen_seq,
        last_seq=c.last_seq,
        switch=_no_switch(other, private),
        files=files,
    )


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
    ruler = desk.replying.ruler(cid)
    ruler("", False)  # what it imports takes longer than a letter
    return opened, ruler


def _saving(w: Writing, text: str, *, ended: bool = False) -> Callable[[Desk], None]:
    """`ended`: the agent leaves, so what was written is one step of undo."""

    def save(desk: Desk) -> None:
        if w.note:
            desk.notes.begin(w.conversation, text)
            return
        desk.drafts.save(w.conversation, text, private=w.private, seen_seq=w.seen_seq, files=w.files)
        if ended:
            desk.drafts.end_writing(w.conversation)

    return save


def _unheard(act: Callable[[Desk], None]) -> Callable[[Desk], bool]:
    """Do what is no news: a new picture at each pause between two words would be felt. Answers whether somebody else
    wrote meanwhile."""

    def acted(desk: Desk) -> bool:
        heard = not desk.workplace.store.changes.pending()
        act(desk)
        return heard and bool(desk.queue.changes())

    return acted
