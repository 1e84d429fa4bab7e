"""Commands that show conversations and messages: queue, show, search."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing

from inbox.cli.lines import message_lines, queue_line, show_json, show_lines, show_nothing, thread_lines
from inbox.cli.open_desk import desk_of, set_up
from inbox.cli.usage import known_view, tag_hints
from inbox.engine import report
from inbox.errors import UsageError
from inbox.wording.language import tr
from inbox.wording.words import first_reading

LINES = 200
"""So many lines of the queue a person gets without asking for more."""


def queue(arguments: Namespace) -> int:
    """Print a view of the queue: lines for people, JSON, or ids alone."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        limit = arguments.limit if arguments.limit or arguments.json else LINES
        ids = desk.queue.order(known_view(desk, arguments.view), arguments.filter, limit)
        if arguments.ids:
            show_lines(ids)
            return 0
        if arguments.json:
            show_json(report.queue(desk, ids))
            return 0
        rows, now = desk.queue.rows(ids), setup.clock.now()
        accounts = desk.accounts.health()
        reading = [health for health in accounts if health.first_reading]
        for health in reading:
            so_far = first_reading(health.account, health.read_so_far, health.read_back_to, setup.zone)
            show_nothing(so_far)
        opens = desk.queue.opens_at()
        show_lines(queue_line(rows[cid], now, setup.zone, opens) for cid in ids if cid in rows)
        if not ids and not accounts:
            show_nothing(tr("the config names no account yet; add one under [[accounts]]"))
        elif not ids and arguments.filter:
            nothing = tr("nothing in the view {view} fits this filter", view=arguments.view)
            show_nothing("; ".join(tag_hints(setup, arguments.filter)) or nothing)
        elif not ids and not reading and not any(health.last_read_at for health in accounts):
            show_nothing(
                tr(
                    "no account has been read yet; `inbox sync --once` reads, `inbox accounts` shows their state"
                )
            )
        elif not ids and not reading:
            show_nothing(tr("the view {view} is empty", view=arguments.view))
        elif limit is not None and len(ids) == limit and not arguments.limit:
            show_nothing(tr("these are the first {n}; --limit shows more", n=limit))
    return 0


def show(arguments: Namespace) -> int:
    """Print one conversation with its messages. Raises Unknown."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        thread = desk.conversation.thread(arguments.conversation)
        now = setup.clock.now()
        if arguments.json:
            row = desk.queue.rows([arguments.conversation])[arguments.conversation]
            show_json(report.thread(thread, row, now, desk.queue.opens_at()))
        else:
            show_lines(thread_lines(thread, now, setup.zone, desk.queue.opens_at()))
    return 0


def search(arguments: Namespace) -> int:
    """Print messages of all times that fit a query, newest first."""
    setup = set_up(arguments)
    if not arguments.query.strip(' "'):
        raise UsageError(tr("name what to look for: words, or a filter such as from:anna"))
    with closing(desk_of(setup)) as desk:
        hits = desk.queue.search(arguments.query, arguments.limit)
    if arguments.ids:
        show_lines(m.id for m in hits)
    elif arguments.json:
        show_json([report.message(m, {}) for m in hits])
    elif not hits:
        show_nothing("; ".join(tag_hints(setup, arguments.query)) or tr("nothing was found"))
    else:
        show_lines(line for m in hits for line in (m.conversation, *message_lines(m, setup.zone)))
    return 0
