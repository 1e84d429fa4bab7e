"""What is said about us, on the screen: what is new today, and groups of messages that are alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.ui.actions.find import Find
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text, words
from inbox.wording.language import tr
from inbox.wording.surges import header_line

if TYPE_CHECKING:
    from inbox.domain.listening.groups import Group
    from inbox.domain.listening.topics import Topic
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.listening import Grouped
    from inbox.ui.context import Context

TODAY = timedelta(days=1)


class Listening:
    """Windows of topics and groups; each line opens its conversations."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def topics(self) -> None:
        """Show what is new in the last 24 hours; a topic that is chosen filters the queue."""
        context = self.context
        since = context.now - TODAY
        found = await context.ask(lambda desk: desk.listening.topics(since))
        if not found:
            context.say(tr("Nothing is new: people write about what they always write about."))
            return
        context.choose(
            Pick(
                tr("New in the last 24 hours"),
                lambda typed: [_topic_choice(one) for one in found if _fits(typed, " ".join(one.words))],
                hint=tr("Enter lists its conversations."),
            ),
            self._list,
        )

    def _list(self, topic: Topic) -> None:
        """Filter all conversations by the words of a topic."""
        self.context.view.show("all")
        self.context.part(Find).put(" ".join(word for word in topic.words[0].split(" ")))

    async def groups(self) -> None:
        """Show groups of what the queue lists; a group that is chosen is marked. Whatever surges has been seen by this."""
        context, view = self.context, self.context.view
        grouped, heading = await context.ask(
            lambda desk: (_grouped(desk, view.name, view.filter_text), _heading(desk, context))
        )
        context.renew()
        if not grouped.groups:
            context.say(tr("No two conversations of this view say the same."))
            return
        alone = tr("{n} like no other", n=grouped.alone)
        context.choose(
            Pick(
                heading or tr("Messages that are alike"),
                lambda typed: _group_choices(grouped, typed),
                hint=f"{tr('Enter marks the group.')} {alone}",
                preview=lambda group: safe_text.line(group.sample),
            ),
            self._mark,
        )

    def _mark(self, group: Group) -> None:
        context = self.context
        context.queue.mark(list(group.messages))
        context.say(tr("{plural} marked.", plural=words.plural(len(group.messages), "conversation")))
        context.bars.show_keys()


def _grouped(desk: Desk, view: str, filter_text: str) -> Grouped:
    return desk.listening.groups(desk.queue.order(view, filter_text))


def _heading(desk: Desk, context: Context) -> str:
    """The surge that runs, in words; noted as seen."""
    running = desk.listening.running()
    if running:
        desk.listening.acknowledge()
    return header_line(running[0], context.inbox.zone, len(running) - 1) if running else ""


def _topic_choice(topic: Topic) -> Choice[Topic]:
    shown = " · ".join(safe_text.line(word) for word in topic.words)
    detail = f"{words.plural(topic.voices, 'voice')} ({tr('before: {n}', n=topic.before)})"
    return Choice(text=shown, value=topic, detail=detail)


def _group_choices(grouped: Grouped, typed: str) -> Sequence[Choice[Group]]:
    return [
        Choice(
            text=f"{len(group.messages):>4}  {safe_text.line(group.name)}",
            value=group,
            detail=tr("{n} can be answered", n=grouped.can_answer.get(group.id, 0)),
        )
        for group in grouped.groups
        if _fits(typed, f"{group.name} {group.sample}")
    ]


def _fits(typed: str, text: str) -> bool:
    return typed.strip().casefold() in text.casefold()
