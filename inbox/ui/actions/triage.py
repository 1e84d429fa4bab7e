"""Decisions about conversations: one key each, on one or on all that are marked, and every one undoable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from inbox.domain import durations
from inbox.domain.durations import Sleep
from inbox.domain.fold import found_in
from inbox.domain.model import Conversation, Priority, Status
from inbox.domain.queue import wake_at
from inbox.domain.records import replace
from inbox.ui.actions.repeat import Repeat
from inbox.ui.windows.dialogs import Choice, Pick, Question
from inbox.wording import words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.undo import Done
    from inbox.ui.context import Context

    Decision = Callable[[Desk, Sequence[str]], Done]

PRIORITIES = list(Priority)
NOBODY = "-"
SNOOZES = ("1h", "3h", "18:00", "tomorrow 9", "mon 9", "1w")


class Triage:
    """Decisions about the marked conversations, or the current one."""

    def __init__(self, context: Context) -> None:
        self.context = context

    # -- deciding ----------------------------------------------------------------------------------------

    def _decide(
        self, title: str, decision: Decision, *, away: bool = False, targets: Sequence[str] = ()
    ) -> None:
        """Do it to the targets, say so, remember it for `.`. `away`: they leave the view, so go on."""
        context = self.context
        ids = list(targets or context.targets)
        if not ids:
            return
        context.part(Repeat).decided(partial(self._decide, title, decision, away=away))
        name = context.whom(ids)
        if away:
            context.queue.clear_marks()
            if context.inbox.config.screen.auto_advance:
                context.leave_view(ids)
        context.run(self._carry_out(title, decision, ids, name))

    async def _carry_out(self, title: str, decision: Decision, ids: list[str], name: str) -> None:
        context = self.context
        try:
            await context.ask(lambda desk: decision(desk, ids))
        except BaseException:
            context.view.stay(ids)
            raise
        context.say(
            tr(
                "{title}: {name} · {key} takes it back",
                title=title,
                name=name,
                key=context.inbox.keymap.key("edit.undo"),
            )
        )
        context.renew()

    def resolve(self) -> None:
        """Close the targets until the customer writes again."""
        self._decide(
            tr("Resolved"),
            lambda desk, ids: desk.triage.resolve(ids),
            away=self.context.view.name not in ("all", "failed"),
        )
        self.context.happened("resolved")

    def spam(self) -> None:
        """Mark the targets as spam."""
        self._decide(
            tr("Spam"),
            lambda desk, ids: desk.triage.spam(ids),
            away=self.context.view.name not in ("all", "failed"),
        )

    def reopen(self) -> None:
        """Open the targets again."""
        self._decide(tr("Reopened"), lambda desk, ids: desk.triage.reopen(ids))

    def take(self) -> None:
        """Assign the targets to this agent, or to nobody where they are theirs already."""
        context = self.context
        me = context.inbox.agent
        rows = [context.queue.row(cid) for cid in context.targets]
        heads = [context.current] if context.reading else [row.conversation for row in rows if row]
        mine = bool(heads) and all(c is not None and c.assignee == me for c in heads)
        to = None if mine else me
        self._decide(tr("Given back") if mine else tr("Taken"), lambda desk, ids: desk.triage.assign(ids, to))

    def prioritise(self, steps: int) -> None:
        """Raise or lower the priority by steps."""
        context = self.context
        first = context.head(context.targets[0])
        at = PRIORITIES.index(first.priority if first else Priority.NORMAL) + steps
        if not 0 <= at < len(PRIORITIES):
            context.say(
                tr("It has the {word} priority already.", word=tr("highest") if steps > 0 else tr("lowest"))
            )
            return
        priority = PRIORITIES[at]
        self._decide(
            tr("Priority {priority}", priority=tr(str(priority))),
            lambda desk, ids: desk.triage.prioritise(ids, priority),
        )

    # -- decisions that ask something --------------------------------------------------------------------

    def snooze(self) -> None:
        """Ask until when to hide the targets, and hide them."""
        context, targets = self.context, self.context.targets
        head = context.head(targets[0]) if len(targets) == 1 else None

        def snooze(sleep: Sleep) -> None:
            self._decide(
                tr("Snoozed until {when}", when=self._until(sleep)),
                lambda desk, ids: desk.triage.snooze(ids, sleep.until, through_thanks=sleep.through_thanks),
                away=context.view.name not in ("all", "failed", "snoozed"),
                targets=targets,
            )

        context.choose(
            Pick(
                tr("Snooze {whom} until", whom=context.whom(targets)),
                partial(self._sleeps, head=head),
                hint=tr("Type +3h, 18:30, mon 9 or a date; earlier if the answer is due soon."),
                placeholder=tr("when"),
            ),
            snooze,
        )

    def _sleeps(self, typed: str, *, head: Conversation | None) -> list[Choice[Sleep]]:
        """Times, and waiting for the customer. What is typed narrows the latter, or is a time itself."""
        text, options = typed.strip(), list[Choice[Sleep]]()
        for each in [text] if text else map(tr, SNOOZES):
            try:
                sleep = durations.sleep(each, self.context.inbox.session.clock.now(), self.context.inbox.zone)
            except ValueError as error:
                told = said(str(error))
                unknown = Choice(each, Sleep(None), told.partition("; ")[2] or told, True)
                continue
            options += [self._asleep(each, one, head) for one in _with_thanks(sleep, typed=bool(text))]
        until_reply = [
            self._asleep(tr("they reply"), one, head) for one in _with_thanks(Sleep(None), typed=True)
        ]
        options += [c for c in until_reply if found_in(c.text, text) and c not in options]
        return options or ([unknown] if text else [])

    def _asleep(self, text: str, sleep: Sleep, head: Conversation | None) -> Choice[Sleep]:
        now, zone = self.context.inbox.session.clock.now(), self.context.inbox.zone
        label = tr("they reply") if sleep.until is None else text
        moment = words.moment(sleep.until, zone) if sleep.until else tr("only that wakes it")
        back = _wakes_early(head, now, sleep) if head is not None else None
        if back is not None:
            detail = tr(
                "{moment}, but back {back}: due soon", moment=moment, back=words.soonest(back, now, zone)
            )
        elif sleep.until is not None:
            detail = tr("{moment} · in {long}", moment=moment, long=words.long(sleep.until - now))
        else:
            detail = moment
        return Choice(
            tr("{when}, thanks do not wake it", when=label) if sleep.through_thanks else label, sleep, detail
        )

    def _until(self, sleep: Sleep) -> str:
        when = words.moment(sleep.until, self.context.inbox.zone) if sleep.until else tr("they reply")
        return tr("{when}, thanks do not wake it", when=when) if sleep.through_thanks else when

    async def assign(self) -> None:
        """Ask for an agent and assign the targets to them."""
        context, targets = self.context, self.context.targets
        worked = await context.ask(lambda desk: desk.workplace.agent_names())
        holding = sorted({c.assignee for c in context.queue.heads() if c.assignee})
        known = list(dict.fromkeys([*worked, *holding]))

        def suggest(typed: str) -> list[Choice[str]]:
            fitting = [name for name in known if found_in(name, typed)]
            options = [
                Choice(name, name, tr("you") if name == context.inbox.agent else "") for name in fitting
            ]
            if typed.strip() and typed.strip() not in known:
                options.append(Choice(typed.strip(), typed.strip(), tr("a new name")))
            if not typed.strip():
                options.append(Choice(tr("nobody"), NOBODY, tr("gives it back")))
            return options

        def give(name: str) -> None:
            to = None if name == NOBODY else name
            self._decide(
                tr("Assigned to {to}", to=to) if to else tr("Given back"),
                lambda desk, ids: desk.triage.assign(ids, to),
                targets=targets,
            )

        def assign(name: str) -> None:
            if name == NOBODY or name in known:
                give(name)
                return
            question = tr("{name} has not worked here yet. Assign it all the same?", name=name)
            context.confirm(
                Question(question, yes=tr("assign it"), no=tr("leave it as it is")), lambda: give(name)
            )

        context.choose(
            Pick(
                tr("Assign {whom} to", whom=context.whom(targets)),
                suggest,
                hint=tr("Known names; or type another."),
                placeholder=tr("who"),
            ),
            assign,
        )

    def tags(self) -> None:
        """Ask for tags and add or remove them."""
        context, targets = self.context, self.context.targets
        first = context.head(targets[0])
        has = list(first.tags) if first else []

        def suggest(typed: str) -> list[Choice[tuple[str, bool]]]:
            word = typed.strip().lstrip("#+").replace(" ", "-")
            known = dict.fromkeys([*has, *self._tags()])
            options = [
                Choice(f"#{tag}", (tag, tag not in has), tr("remove") if tag in has else tr("add"))
                for tag in known
                if found_in(tag, word)
            ]
            if word and word not in known:
                options.append(Choice(f"#{word}", (word, True), tr("add, a new tag")))
            return options

        def change(chosen: tuple[str, bool]) -> None:
            tag, add = chosen
            self._decide(
                tr("Tag {word}{tag}", word="+" if add else "-", tag=tag),
                lambda desk, ids: desk.triage.tag(ids, (tag,) if add else (), () if add else (tag,)),
                targets=targets,
            )

        context.choose(
            Pick(
                tr("Tags of {whom}", whom=context.whom(targets)),
                suggest,
                hint=tr("Enter adds or removes."),
                placeholder=tr("tag"),
            ),
            change,
        )

    def _tags(self) -> list[str]:
        return sorted({tag for c in self.context.queue.heads() for tag in c.tags})


def _with_thanks(sleep: Sleep, *, typed: bool) -> list[Sleep]:
    """Also the one that sleeps through thanks; not for each of a list of times, which would be twice as long."""
    return [sleep] if sleep.through_thanks or not typed else [sleep, Sleep(sleep.until, True)]


def _wakes_early(c: Conversation, now: datetime, sleep: Sleep) -> datetime | None:
    """When it would come back before its time; None: not before."""
    asleep = replace(c, status=Status.SNOOZED, snoozed_at=now, snoozed_until=sleep.until)
    wake = wake_at(replace(asleep, through_thanks=sleep.through_thanks))
    return wake if wake is not None and (sleep.until is None or wake < sleep.until) else None
