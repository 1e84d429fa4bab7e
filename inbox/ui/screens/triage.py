"""Decisions about conversations: one key each, on one or on all that are marked, and every one undoable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from inbox.domain import durations
from inbox.domain.model import Conversation, Deed, Direction, Message, Priority, Status
from inbox.domain.queue import wake_at
from inbox.domain.records import replace
from inbox.domain.text import link_host, openable
from inbox.engine.desk import Desk
from inbox.engine.rows import Thread
from inbox.engine.undo import Done
from inbox.language import said, tr
from inbox.ui import shown, words
from inbox.ui.commands import COMMANDS, SCOPES, Command, in_place
from inbox.ui.screens.browse import Browse
from inbox.ui.screens.dialogs import Choice, Pick, Question, Sheet
from inbox.ui.situation import Situation
from inbox.ui.widgets.bar import Part

T = TypeVar("T")
Decision = Callable[[Desk, Sequence[str]], Done]
PRIORITIES = list(Priority)
NOBODY = "-"
SNOOZES = ("1h", "3h", "18:00", "tomorrow 9", "mon 9", "1w")


class Triage(Browse):
    _last: tuple[str, Decision, bool] | None = None

    # -- deciding ----------------------------------------------------------------------------------------

    def decide(
        self, title: str, decision: Decision, *, away: bool = False, targets: Sequence[str] = ()
    ) -> None:
        """Do it to the targets, say so, remember it for `.`. `away`: they leave the view, so go on."""
        ids = list(targets or self.targets)
        if not ids:
            return
        self._last, self.repeatable = (title, decision, away), True
        name = self.whom(ids)
        if away and self.inbox.config.screen.auto_advance:
            self.go_on(ids)
        self.queue.clear_marks()
        self.run(self._decide(title, decision, ids, name))

    async def _decide(self, title: str, decision: Decision, ids: list[str], name: str) -> None:
        try:
            await self.ask(lambda desk: decision(desk, ids))
        except BaseException:
            self.leaving.difference_update(ids)
            raise
        self.say(tr("{title}: {name} · z takes it back", title=title, name=name))
        self.renew()

    def whom(self, ids: Sequence[str]) -> str:
        if len(ids) > 1:
            return words.plural(len(ids), "conversation")
        current, row = self.current, self.queue.row(ids[0])
        c = current if current and current.id == ids[0] else row.conversation if row else None
        return shown.person(c.contact) if c else tr("1 conversation")

    def go_on(self, ids: Sequence[str]) -> None:
        """Leave what the agent sends away; in the reader the next conversation opens."""
        following = self.queue.after(ids)
        reading = self.reading
        self.leaving.update(ids)
        if following is None:
            if reading:
                self.set_focus(self.queue)
            return
        self.queue.select(following)
        if reading:
            self.open(following)

    def do_resolve(self) -> None:
        self.decide(
            tr("Resolved"), lambda desk, ids: desk.resolve(ids), away=self.view not in ("all", "failed")
        )
        self.happened("resolved")

    def do_spam(self) -> None:
        self.decide(tr("Spam"), lambda desk, ids: desk.spam(ids), away=self.view not in ("all", "failed"))

    def do_reopen(self) -> None:
        self.decide(tr("Reopened"), lambda desk, ids: desk.reopen(ids))

    def do_take(self) -> None:
        me = self.inbox.agent
        rows = [self.queue.row(cid) for cid in self.targets]
        heads = [self.current] if self.reading else [row.conversation for row in rows if row]
        mine = bool(heads) and all(c is not None and c.assignee == me for c in heads)
        to = None if mine else me
        self.decide(tr("Given back") if mine else tr("Taken"), lambda desk, ids: desk.assign(ids, to))

    def do_prioritise(self, steps: int) -> None:
        first = self.head(self.targets[0])
        at = PRIORITIES.index(first.priority if first else Priority.NORMAL) + steps
        if not 0 <= at < len(PRIORITIES):
            self.say(
                tr("It has the {word} priority already.", word=tr("highest") if steps > 0 else tr("lowest"))
            )
            return
        priority = PRIORITIES[at]
        self.decide(
            tr("Priority {priority}", priority=tr(str(priority))),
            lambda desk, ids: desk.prioritise(ids, priority),
        )

    def head(self, cid: str) -> Conversation | None:
        current, row = self.current, self.queue.row(cid)
        if current is not None and current.id == cid:
            return current
        return row.conversation if row else None

    def do_repeat(self) -> None:
        if self._last is not None:
            title, decision, away = self._last
            self.decide(title, decision, away=away)

    # -- decisions that ask something --------------------------------------------------------------------

    def choose(self, pick: Pick[T], then: Callable[[T], None]) -> None:
        """Let the agent choose; nothing happens where the window is left."""
        self.app.push_screen(pick, lambda choice: None if choice is None else then(choice))

    def confirm(self, question: Question, then: Callable[[], None]) -> None:
        """Nothing happens but after a yes."""
        self.app.push_screen(question, lambda yes: then() if yes else None)

    def do_snooze(self) -> None:
        targets = self.targets
        head = self.head(targets[0]) if len(targets) == 1 else None

        def snooze(until: datetime) -> None:
            when = words.moment(until, self.inbox.zone)
            self.decide(
                tr("Snoozed until {when}", when=when),
                lambda desk, ids: desk.snooze(ids, until),
                away=self.view not in ("all", "failed", "snoozed"),
                targets=targets,
            )

        self.choose(
            Pick(
                tr("Snooze {whom} until", whom=self.whom(targets)),
                partial(self._times, head=head),
                hint=tr("Type +3h, 18:30, mon 9 or a date; earlier if the answer is due soon."),
                placeholder=tr("when"),
            ),
            snooze,
        )

    def _times(self, typed: str, *, head: Conversation | None) -> list[Choice[datetime]]:
        now, zone = self.inbox.session.clock.now(), self.inbox.zone
        options = []
        for text in [typed] if typed.strip() else map(tr, SNOOZES):
            try:
                until = durations.moment(text, now, zone)
            except ValueError as error:
                if typed.strip():
                    told = said(str(error))
                    options.append(Choice(text, now, told.partition("; ")[2] or told, True))
                continue
            detail = tr(
                "{moment} · in {long}", moment=words.moment(until, zone), long=words.long(until - now)
            )
            if head is not None and (back := _wakes_early(head, now, until)):
                detail = tr(
                    "{moment}, but back {back}: due soon",
                    moment=words.moment(until, zone),
                    back=words.soonest(back, now, zone),
                )
            options.append(Choice(text, until, detail))
        return options

    def do_assign(self) -> None:
        targets = self.targets

        def suggest(typed: str) -> list[Choice[str]]:
            known = dict.fromkeys([self.inbox.agent, *self._colleagues()])
            fitting = [name for name in known if typed.lower() in name.lower()]
            options = [Choice(name, name, tr("you") if name == self.inbox.agent else "") for name in fitting]
            if typed.strip() and typed.strip() not in known:
                options.append(Choice(typed.strip(), typed.strip(), tr("a new name")))
            if not typed.strip():
                options.append(Choice(tr("nobody"), NOBODY, tr("gives it back")))
            return options

        def assign(name: str) -> None:
            to = None if name == NOBODY else name
            self.decide(
                tr("Assigned to {to}", to=to) if to else tr("Given back"),
                lambda desk, ids: desk.assign(ids, to),
                targets=targets,
            )

        self.choose(
            Pick(
                tr("Assign {whom} to", whom=self.whom(targets)),
                suggest,
                hint=tr("Names known here; type another."),
                placeholder=tr("who"),
            ),
            assign,
        )

    def _colleagues(self) -> list[str]:
        return sorted({c.assignee for c in self.queue.heads() if c.assignee})

    def do_tags(self) -> None:
        targets = self.targets
        first = self.head(targets[0])
        has = list(first.tags) if first else []

        def suggest(typed: str) -> list[Choice[tuple[str, bool]]]:
            word = typed.strip().lstrip("#+").replace(" ", "-")
            known = dict.fromkeys([*has, *self._tags()])
            options = [
                Choice(f"#{tag}", (tag, tag not in has), tr("remove") if tag in has else tr("add"))
                for tag in known
                if word.lower() in tag.lower()
            ]
            if word and word not in known:
                options.append(Choice(f"#{word}", (word, True), tr("add, a new tag")))
            return options

        def change(chosen: tuple[str, bool]) -> None:
            tag, add = chosen
            self.decide(
                tr("Tag {word}{tag}", word="+" if add else "-", tag=tag),
                lambda desk, ids: desk.tag(ids, (tag,) if add else (), () if add else (tag,)),
                targets=targets,
            )

        self.choose(
            Pick(
                tr("Tags of {whom}", whom=self.whom(targets)),
                suggest,
                hint=tr("Enter adds or removes."),
                placeholder=tr("tag"),
            ),
            change,
        )

    def _tags(self) -> list[str]:
        return sorted({tag for c in self.queue.heads() for tag in c.tags})

    # -- marks -------------------------------------------------------------------------------------------

    def do_mark(self) -> None:
        current = self.current
        if current is not None:
            self.queue.toggle_mark(current.id)
            self.show_status()

    def do_mark_and_move(self) -> None:
        self.do_mark()
        self.queue.move(1)

    def do_mark_range(self) -> None:
        self.queue.mark_range()
        self.show_status()

    # -- looking -----------------------------------------------------------------------------------------

    async def do_why(self) -> None:
        current = self.current
        if current is not None:
            lines = await self.ask(lambda desk: desk.why(current.id))
            self.app.push_screen(
                Sheet(
                    tr("Why this due time: {contact}", contact=shown.person(current.contact)),
                    lambda width: [
                        [Part(part)] for line in lines for part in shown.wrap(shown.line(said(line)), width)
                    ],
                )
            )

    async def do_show_statistics(self) -> None:
        from inbox.ui.statistics import table

        found = await self.ask(lambda desk: desk.statistics())

        zone = self.inbox.zone
        sheet = Sheet(
            tr("Statistics"),
            lambda width: [[Part(line, tone)] for line, tone in table(found, width, zone)],
            wide=True,
        )
        self.app.push_screen(sheet)

    async def do_show_log(self) -> None:
        """Every decision, by whom and when, undone ones too."""
        current = self.current
        if current is None:
            return
        thread = await self.ask(lambda desk: desk.thread(current.id))
        lines = [
            [
                Part(f"{words.moment(e.at, self.inbox.zone):<17}", "quiet"),
                Part(f"{shown.line(e.agent or '-'):<12} ", "bright"),
                Part(shown.line(said(e.what))),
            ]
            for e in reversed(thread.events)
        ]
        empty = [[Part(tr("Nothing was done here yet."))]]
        self.app.push_screen(
            Sheet(
                tr("What was done: {contact}", contact=shown.person(current.contact)),
                lambda _: lines or empty,
                wide=True,
            )
        )

    def do_help(self) -> None:
        self.app.push_screen(Sheet(tr("Keys"), self._help, wide=True))

    def _help(self, width: int) -> list[list[Part]]:
        """The keys of this place, what each does behind its title, and the signs."""
        commands, keymap = in_place(self.place), self.inbox.keymap
        keys = max(len(keymap.shown(command)) for command in commands) + 2
        lines: list[list[Part]] = []
        scope = None
        for command in commands:
            if command.scope != scope:
                scope = command.scope
                lines += [*([[]] if lines else []), [Part(tr(SCOPES[scope]), "heading")]]
            title, does = tr(command.title), tr(command.help) if command.help != command.title else ""
            told, *more = shown.wrap(f"{title} · {does}" if does else title, width - 3 - keys)
            lines.append(
                [
                    Part(f"  {keymap.shown(command):<{keys}}", "key"),
                    Part(title, "bright"),
                    Part(told.removeprefix(title), "quiet"),
                ]
            )
            lines += [[Part(f"{'':<{2 + keys}}{line}", "quiet")] for line in more]
        lines += [[], [Part(tr("Signs"), "heading")]]
        for sign, meaning in words.LEGEND:
            told, *more = shown.wrap(tr(meaning), width - 3 - keys)
            lines.append([Part(f"  {sign:<{keys}}", "key"), Part(told)])
            lines += [[Part(f"{'':<{2 + keys}}{line}")] for line in more]
        return lines

    def do_palette(self) -> None:
        """Every command by name, with its keys, or with the reason why not now."""
        situation, keymap = self.situation(), self.inbox.keymap
        entries: list[tuple[str, Choice[Callable[[], None]]]] = []
        for c in COMMANDS:
            if c.palette:
                reason = _not_now(c, situation)
                run: Callable[[], None] = partial(self.action_run_command, c.id)
                choice = Choice(tr(c.title), run, reason or keymap.shown(c), bool(reason))
                entries.append((f"{c.id} {c.title} {c.help} {tr(c.help)}", choice))
        builtin = {c.id for c in COMMANDS}
        for view in self.figures.views if self.figures else ():
            if f"view.{view.name}" not in builtin:
                title = tr("View: {name}", name=view.name)
                run = partial(self.do_show_view, view.name)
                entries.append((title, Choice(title, run, tr("saved view"))))

        def suggest(typed: str) -> list[Choice[Callable[[], None]]]:
            ranked = [(_rank(typed, choice.text, more), choice) for more, choice in entries]
            found = [(rank, choice) for rank, choice in ranked if rank is not None]
            return [choice for _, choice in sorted(found, key=lambda pair: (pair[1].refused, pair[0]))]

        self.choose(
            Pick(
                tr("Commands"),
                suggest,
                hint=tr("Type a few letters; Enter does it."),
                placeholder=tr("command"),
            ),
            lambda run: run(),
        )

    # -- on the platform itself --------------------------------------------------------------------------

    def do_deed(self, name: str) -> None:
        """To the newest message it can be meant for; what nobody can take back is asked first."""
        opened = self.opened
        if opened is None:
            return
        deed, target = _deed(Deed(name), opened.thread)
        if target is None and deed not in (Deed.BLOCK, Deed.UNBLOCK):
            self.say(tr("There is no message here that it could be done to."), "soon")
            return
        c = opened.thread.conversation
        if deed not in (Deed.DELETE, Deed.BLOCK):
            self.run(self._do(c, deed, target))
            return
        what = (
            tr("delete our message “{words}”", words=shown.fit(shown.line(target.text), 40).rstrip())
            if target
            else "block"
        )
        whom = tr("block {contact}", contact=shown.person(c.contact)) if deed is Deed.BLOCK else what

        question = tr("On {platform}: {whom}?", platform=words.platform(c.platform), whom=whom)
        self.confirm(
            Question(question, yes=tr(deed.value), no=tr("leave it as it is")),
            lambda: self.run(self._do(c, deed, target)),
        )

    async def _do(self, c: Conversation, deed: Deed, target: Message | None) -> None:
        await self.ask(lambda desk: desk.do(c.id, deed, target.id if target else None))
        self.say(
            tr(
                "Asked {platform} to {deed}: {contact}.",
                platform=words.platform(c.platform),
                deed=tr(deed.value),
                contact=shown.person(c.contact),
            )
        )
        self.renew()

    # -- out of the terminal -----------------------------------------------------------------------------

    def do_browse_link(self) -> None:
        links = [link for link in self.links() if openable(link)]
        if not links:
            self.say(tr("The link leads to no public web page; Y copies it."), "soon")
            return

        def suggest(typed: str) -> list[Choice[str]]:
            return [
                Choice(link_host(link) or "", link, link) for link in links if typed.lower() in link.lower()
            ]

        self.choose(
            Pick(
                tr("Open in the browser"),
                suggest,
                hint=tr("Enter opens it; the host stands first."),
                placeholder=tr("which"),
            ),
            lambda link: self.run(self._open_browser(link)),
        )

    async def _open_browser(self, link: str) -> None:
        opened = await asyncio.get_running_loop().run_in_executor(None, self.inbox.browse, link)
        host = link_host(link) or tr("the link")
        self.say(
            tr("Opened {host}.", host=host)
            if opened
            else tr("No browser could be started; Y copies the link.")
        )

    def do_copy_text(self) -> None:
        opened, current = self.opened, self.current
        text = current.preview if current else ""
        if opened is not None:
            arrived = [m for m in opened.thread.messages if m.direction is Direction.IN and not m.deleted_at]
            text = arrived[-1].text if arrived else text
        self.app.copy_to_clipboard(shown.block(text))
        self.say(tr("Copied, if your terminal allows it (OSC 52)."))

    def do_copy_link(self) -> None:
        self.app.copy_to_clipboard(shown.line(self.links()[0]))
        self.say(tr("Link copied, if your terminal allows it (OSC 52)."))


def _deed(deed: Deed, thread: Thread) -> tuple[Deed, Message | None]:
    """The deed, or its opposite where it is done already, and the newest message it can be meant for."""
    wanted = Direction.OUT if deed is Deed.DELETE else Direction.IN
    standing = [m for m in thread.messages if m.direction is wanted and m.deleted_at is None]
    if deed in (Deed.BLOCK, Deed.UNBLOCK) or not standing:
        return deed, None
    target = standing[-1]
    if deed is Deed.HIDE and target.hidden:
        return Deed.UNHIDE, target
    if deed is Deed.LIKE and target.liked:
        return Deed.UNLIKE, target
    return deed, target


def _wakes_early(c: Conversation, now: datetime, until: datetime) -> datetime | None:
    """When it would come back before its time; None: not before."""
    wake = wake_at(replace(c, status=Status.SNOOZED, snoozed_at=now, snoozed_until=until))
    return wake if wake is not None and wake < until else None


def _not_now(command: Command, situation: Situation) -> str | None:
    if command.scope == "composer" and situation.place != "composer":
        return tr("while writing")
    if command.scope == "reader" and situation.place not in ("reader", "person"):
        return tr("in an open conversation")
    if command.scope == "queue" and situation.place not in ("queue", "filter"):
        return tr("in the queue")
    reason = command.blocked(situation)
    return said(reason) if reason else None


def _rank(typed: str, title: str, more: str) -> int | None:
    """How well a command fits what was typed: by the beginning of its title, of a word of it, by any part of the
    title, by its help. None: not at all."""
    wanted, name = typed.lower().strip(), title.lower()
    if name.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in name.split()):
        return 1
    if wanted in name:
        return 2
    return 3 if all(word in f"{name} {more.lower()}" for word in wanted.split()) else None
