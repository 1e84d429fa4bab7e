"""Commands that change something: replies, the outbox, triage."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import timedelta

from inbox.cli import PROBLEM, REFUSED, UNCERTAIN, UsageError
from inbox.cli.failures import sentences
from inbox.cli.lines import outbox_line, show_json, show_lines, show_nothing
from inbox.cli.opening import set_up, text_of, working_desk
from inbox.cli.waiting import say_no_outcome, wait_for_outcome, without_outcome
from inbox.config_mistakes import did_you_mean
from inbox.domain.durations import moment
from inbox.domain.model import Deed, Priority, SendState
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.text import clean
from inbox.engine import report
from inbox.engine.desk import Desk
from inbox.engine.timer_report import instant
from inbox.engine.undo import Done
from inbox.engine.writing import Reply
from inbox.language import said, tr
from inbox.wiring import Setup

AUTOMATIC = {"automatic": True, "not-automatic": False}
"""The agent's word on a message of ours, beside what is done on the platform."""


# -- triage ------------------------------------------------------------------------------------------------


def _triage(arguments: Namespace, act: Callable[[Desk, Setup], Done]) -> int:
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        done = act(desk, setup)
    print(clean(f"{said(done.what)}: {', '.join(done.ids)}", one_line=True))
    return 0


def resolve(arguments: Namespace) -> int:
    return _triage(arguments, lambda desk, _: desk.resolve(arguments.conversations))


def reopen(arguments: Namespace) -> int:
    return _triage(arguments, lambda desk, _: desk.reopen(arguments.conversations))


def spam(arguments: Namespace) -> int:
    return _triage(arguments, lambda desk, _: desk.spam(arguments.conversations))


def snooze(arguments: Namespace) -> int:
    def act(desk: Desk, setup: Setup) -> Done:
        if arguments.until.strip().lower() == "reply":
            return desk.snooze(arguments.conversations, None, through_thanks=arguments.through_thanks)
        try:
            until = moment(arguments.until, setup.clock.now(), setup.zone)
        except ValueError as error:
            raise UsageError(f"--until: {error}") from None
        return desk.snooze(arguments.conversations, until, through_thanks=arguments.through_thanks)

    return _triage(arguments, act)


def assign(arguments: Namespace) -> int:
    who = None if arguments.to == "-" else arguments.to

    def act(desk: Desk, _: Setup) -> Done:
        known = desk.agent_names()
        if who is not None and who not in known and not arguments.new:
            hint = did_you_mean(who, known) or f"; known are {', '.join(known)}"
            raise UsageError(f"nobody here is called {who!r}{hint}. A new colleague: add --new")
        return desk.assign(arguments.conversations, who)

    return _triage(arguments, act)


def tag(arguments: Namespace) -> int:
    if not arguments.add and not arguments.remove:
        raise UsageError("name a tag with --add or --remove")
    names, add, remove = arguments.conversations, arguments.add, arguments.remove
    if arguments.person:
        return _triage(arguments, lambda desk, _: desk.tag_person(names, add, remove))
    return _triage(arguments, lambda desk, _: desk.tag(names, add, remove))


def priority(arguments: Namespace) -> int:
    level = Priority(arguments.priority)
    return _triage(arguments, lambda desk, _: desk.prioritise(arguments.conversations, level))


def note(arguments: Namespace) -> int:
    text = text_of(arguments.text)
    return _triage(arguments, lambda desk, _: desk.note(arguments.conversation, text))


def join(arguments: Namespace) -> int:
    return _triage(arguments, lambda desk, _: desk.join(arguments.conversation, arguments.contact))


def part(arguments: Namespace) -> int:
    return _triage(arguments, lambda desk, _: desk.part(arguments.conversation, arguments.contact))


def undo(arguments: Namespace) -> int:
    """Take back the agent's last step, whichever run did it, or list what can be taken back."""
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        if arguments.list:
            _list_undoable(desk, setup, arguments)
            return 0
        done = desk.undo()
    if arguments.json:
        show_json({"what": done.what, "conversations": list(done.ids)})
    else:
        print(clean(": ".join(filter(None, (said(done.what), ", ".join(done.ids)))), one_line=True))
    return 0


def _list_undoable(desk: Desk, setup: Setup, arguments: Namespace) -> None:
    found = desk.log.earlier()
    if arguments.json:
        show_json([{"at": instant(entry.at), "what": entry.what} for entry in found])
    elif not found:
        show_nothing(tr("nothing to undo"))
    else:
        zone = setup.zone
        show_lines(
            clean(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {said(entry.what)}", one_line=True)
            for entry in found
        )


# -- replies -----------------------------------------------------------------------------------------------


def reply(arguments: Namespace) -> int:
    setup = set_up(arguments)
    text = text_of(arguments.text)
    if len(arguments.describe) > len(arguments.attach):
        raise UsageError("--describe says what a file shows: name the file with --attach")
    written = Reply(
        text,
        private=True if arguments.private else None,
        hold=timedelta(0) if arguments.wait else None,
        files=arguments.attach,
        file_texts=arguments.describe,
        anyway=arguments.anyway,
    )
    with working_desk(setup) as desk:
        if arguments.split:
            items = desk.reply_in_parts(arguments.conversation, written)
        else:
            items = [desk.reply(arguments.conversation, written)]
        if arguments.wait:
            items = [wait_for_outcome(setup, desk, item) for item in items]
        _say_all(arguments, items)
    return max(_ended(setup, item, waited=arguments.wait) for item in items)


def _say_all(arguments: Namespace, items: list[OutboxItem]) -> None:
    if arguments.json and arguments.split:
        show_json(report.outbox(items))
        return
    for item in items:
        _say(arguments, item)


def do(arguments: Namespace) -> int:
    if arguments.deed in AUTOMATIC:
        verdict = AUTOMATIC[arguments.deed]
        return _triage(
            arguments,
            lambda desk, _: desk.say_automatic(arguments.conversation, verdict, arguments.message),
        )
    setup = set_up(arguments)
    deed = Deed(arguments.deed)
    with working_desk(setup) as desk:
        item = desk.do(
            arguments.conversation, deed, arguments.message or desk.newest_for(arguments.conversation, deed)
        )
        if arguments.wait:
            item = wait_for_outcome(setup, desk, item)
        _say(arguments, item)
    return _ended(setup, item, waited=arguments.wait)


def _say(arguments: Namespace, item: OutboxItem) -> None:
    if arguments.json:
        show_json(report.outbox([item])[0])
        return
    words = {SendState.HELD: "queued"}.get(item.state, item.state.value)
    print(f"{tr(words)}: {item.id}")
    if item.reason:
        print(f"inbox: {sentences(item.reason, item.next_step)}", file=sys.stderr)


def _ended(setup: Setup, item: OutboxItem, *, waited: bool) -> int:
    if waited and without_outcome(item):
        say_no_outcome(item, setup.clock.now(), setup.zone)
        return UNCERTAIN
    return _status(item)


def _status(item: OutboxItem) -> int:
    if item.phase is Phase.STALE:
        return REFUSED
    return {SendState.FAILED: PROBLEM, SendState.UNCERTAIN: UNCERTAIN}.get(item.state, 0)


def outbox(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        if arguments.action is None:
            items = desk.outbox()
            if arguments.ids:
                show_lines(item.id for item in items)
            elif arguments.json:
                show_json(report.outbox(items))
            elif not items:
                show_nothing(tr("the outbox is empty: everything has left"))
            else:
                show_lines(map(outbox_line, items))
            return 0
        if arguments.item is None:
            raise UsageError(f"name the item: inbox outbox {arguments.action} ITEM")
        act = {"retry": desk.retry, "cancel": desk.cancel, "sent": desk.confirm_sent}[arguments.action]
        _say(arguments, act(arguments.item))
    return 0
