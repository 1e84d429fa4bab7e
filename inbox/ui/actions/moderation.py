"""What is done on the platform itself: hide, like, delete, block, and their opposites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Deed, Direction, Message
from inbox.engine.desk import moderation
from inbox.engine.desk.rows import Thread
from inbox.ui.windows.dialogs import Question
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Moderation:
    """Hiding, liking, deleting and blocking on the platform."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def do(self, name: str) -> None:
        """To the newest message it can be meant for; what nobody can take back is asked first."""
        context, opened = self.context, self.context.opened
        if opened is None:
            return
        deed, target = _meant(Deed(name), opened.thread)
        if target is None and deed not in (Deed.BLOCK, Deed.UNBLOCK):
            context.say(tr("There is no message here that it could be done to."), "soon")
            return
        c = opened.thread.conversation
        if deed not in (Deed.DELETE, Deed.BLOCK):
            context.run(self._ask_for(c, deed, target))
            return
        if target is None:
            what = tr("block {contact}", contact=safe_text.person(c.contact))
        else:
            what = tr(
                "delete our message “{words}”", words=safe_text.fit(safe_text.line(target.text), 40).rstrip()
            )
        question = tr("On {platform}: {whom}?", platform=words.platform(c.platform), whom=what)
        context.confirm(
            Question(question, yes=tr(deed.value), no=tr("leave it as it is")),
            lambda: context.run(self._ask_for(c, deed, target)),
        )

    def automatic(self) -> None:
        """The agent's word on our newest message: no person wrote it, or a person did."""
        context, opened = self.context, self.context.opened
        if opened is None:
            return
        ours = [m for m in opened.thread.messages if m.direction is Direction.OUT and m.stands]
        if not ours:
            context.say(tr("There is no message of ours here."), "soon")
            return
        context.run(self._say_automatic(opened.thread.conversation, ours[-1]))

    async def _say_automatic(self, c: Conversation, target: Message) -> None:
        context, verdict = self.context, not target.automatic
        await context.ask(lambda desk: desk.triage.say_automatic(c.id, verdict, target.id))
        key = context.inbox.keymap.key("edit.undo")
        context.say(
            tr(
                "Automatic, here and wherever we wrote the same: it answers nobody · {key} takes it back",
                key=key,
            )
            if verdict
            else tr("A person wrote it, here and wherever we wrote the same · {key} takes it back", key=key)
        )
        context.renew()

    async def _ask_for(self, c: Conversation, deed: Deed, target: Message | None) -> None:
        context = self.context
        await context.ask(lambda desk: desk.moderation.do(c.id, deed, target.id if target else None))
        context.say(
            tr(
                "Asked {platform} to {deed}: {contact}.",
                platform=words.platform(c.platform),
                deed=tr(deed.value),
                contact=safe_text.person(c.contact),
            )
        )
        context.renew()


def _meant(deed: Deed, thread: Thread) -> tuple[Deed, Message | None]:
    """The deed, or its opposite where it is done already, and the newest message it can be meant for."""
    if deed in moderation.TO_PERSONS:
        return deed, None
    target = moderation.newest_for(thread.messages, deed)
    done = target is not None and (target.hidden if deed is Deed.HIDE else deed is Deed.LIKE and target.liked)
    return (moderation.OPPOSITES[deed] if done else deed), target
