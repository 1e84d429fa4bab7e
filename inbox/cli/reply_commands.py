"""Commands that send: reply, do (hide, like, delete, block), outbox."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import timedelta

from inbox.cli.exit_status import PROBLEM, REFUSED, UNCERTAIN
from inbox.cli.failures import sentences
from inbox.cli.lines import outbox_line, show_json, show_lines, show_nothing
from inbox.cli.open_desk import set_up, text_of, working_desk
from inbox.cli.triage_commands import decide
from inbox.cli.waiting import say_no_outcome, wait_for_outcomes, without_outcome
from inbox.domain.model import Deed, SendState
from inbox.domain.outbox import OutboxItem, Phase
from inbox.engine import report
from inbox.engine.desk.drafts import Reply
from inbox.errors import UsageError
from inbox.wiring.setup import Setup
from inbox.wording.language import tr

AUTOMATIC = {"automatic": True, "not-automatic": False}
"""The agent's word on a message of ours, beside what is done on the platform."""


def reply(arguments: Namespace) -> int:
    """Put a reply in the outbox; `--wait` delivers it and waits for its outcome."""
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
            items = desk.replying.reply_in_parts(arguments.conversation, written)
        else:
            items = [desk.replying.reply(arguments.conversation, written)]
        if arguments.wait:
            items = wait_for_outcomes(setup, desk, items)
        _say_all(arguments, items)
    return max(_ended(setup, item, waited=arguments.wait) for item in items)


def _say_all(arguments: Namespace, items: list[OutboxItem]) -> None:
    if arguments.json and arguments.split:
        show_json(report.outbox(items))
        return
    for item in items:
        _say(arguments, item)


def do(arguments: Namespace) -> int:
    """Hide, like, delete or block on the platform, or say whether a message of ours is automatic."""
    if arguments.deed in AUTOMATIC:
        verdict = AUTOMATIC[arguments.deed]
        return decide(
            arguments,
            lambda desk, _: desk.triage.say_automatic(arguments.conversation, verdict, arguments.message),
        )
    setup = set_up(arguments)
    deed = Deed(arguments.deed)
    with working_desk(setup) as desk:
        item = desk.moderation.do(
            arguments.conversation,
            deed,
            arguments.message or desk.moderation.newest_for(arguments.conversation, deed),
        )
        if arguments.wait:
            (item,) = wait_for_outcomes(setup, desk, [item])
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
    """List what has not left, or retry, cancel or settle one item of it."""
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        if arguments.action is None:
            items = desk.outbox.items()
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
        act = {"retry": desk.outbox.retry, "cancel": desk.outbox.cancel, "sent": desk.outbox.confirm_sent}[
            arguments.action
        ]
        _say(arguments, act(arguments.item))
    return 0
