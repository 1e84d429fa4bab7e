"""Commands that only look: queue, show, search, accounts."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing

from inbox.cli import PROBLEM
from inbox.cli.failures import UsageError, sentences
from inbox.cli.lines import message_lines, queue_line, show_json, show_lines, thread_lines
from inbox.cli.opening import desk_of, set_up
from inbox.domain.sla import span
from inbox.domain.text import clean
from inbox.engine import report

LINES = 200
"""So many lines of the queue a person gets without asking for more."""


def queue(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        limit = arguments.limit if arguments.limit or arguments.json else LINES
        ids = desk.order(arguments.view, arguments.filter, limit)
        if arguments.json:
            show_json(report.queue(desk, ids))
            return 0
        rows, now = desk.rows(ids), setup.clock.now()
        show_lines(queue_line(rows[cid], now, setup.zone) for cid in ids if cid in rows)
    return 0


def show(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        thread = desk.thread(arguments.conversation)
        now = setup.clock.now()
        if arguments.json:
            row = desk.rows([arguments.conversation])[arguments.conversation]
            show_json(report.thread(thread, row, now))
        else:
            show_lines(thread_lines(thread, now, setup.zone))
    return 0


def search(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        hits = desk.search(arguments.query, arguments.limit)
    if arguments.json:
        show_json([report.message(m, {}) for m in hits])
    else:
        show_lines(line for m in hits for line in (m.conversation, *message_lines(m, setup.zone)))
    return 0


def accounts(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        if arguments.forget_gaps:
            if arguments.forget_gaps not in setup.accounts:
                raise UsageError(f"the config names no account {arguments.forget_gaps}")
            desk.forget_gaps(arguments.forget_gaps)
        found = desk.accounts()
    now = setup.clock.now()
    if arguments.json:
        show_json([report.account(health, now) for health in found])
    else:
        for health in found:
            who = clean(f"@{health.handle}" if health.handle else health.name or "", one_line=True)
            read = f"read {span(now - health.last_read_at)} ago" if health.last_read_at else "never read"
            left = (
                f", {health.remaining} of {health.limit} requests left"
                if health.remaining is not None
                else ""
            )
            cost = (
                f", about {health.cost_today:.2f} {setup.config.prices.currency} today (UTC)"
                if health.cost_today is not None
                else ""
            )
            print(f"{health.account} ({health.platform}) {who} {read}{left}{cost}")
            if health.problem:
                print(f"  {sentences(health.problem, health.next_step)}")
            if health.resumes_at is not None and health.resumes_at > now:
                print(f"  goes on in {span(health.resumes_at - now)}")
            for note in health.notes:
                print(f"  {clean(note)}")
            if health.quarantined:
                print(f"  {health.quarantined} messages could not be read and were set aside")
    return PROBLEM if any(health.problem for health in found) else 0
