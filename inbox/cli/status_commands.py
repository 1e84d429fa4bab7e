"""Commands that say how things are going: stats, accounts."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from inbox.cli.exit_status import PROBLEM
from inbox.cli.failures import sentences
from inbox.cli.lines import show_json, show_lines, show_nothing
from inbox.cli.open_desk import desk_of, set_up
from inbox.cli.usage import known_account
from inbox.domain.durations import duration
from inbox.domain.sla import span
from inbox.domain.text import clean
from inbox.engine import report
from inbox.engine.health import AccountHealth
from inbox.errors import UsageError
from inbox.wording.language import plural, said, tr
from inbox.wording.words import reading_state


def stats(arguments: Namespace) -> int:
    """Print how well people were answered since a date, as a table or JSON."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        try:
            target = duration(arguments.target) if arguments.target is not None else None
            if target is not None and not target:
                raise ValueError(f"{arguments.target!r} is no time to answer in; write for example 1h")
        except ValueError as error:
            raise UsageError(f"--target: {error}") from None
        try:
            found = desk.queue.statistics(arguments.since, target)
        except ValueError as error:
            raise UsageError(f"--since: {error}") from None
    if arguments.json:
        show_json(report.statistics(found))
        return 0
    from inbox.wording.statistics import table

    width = shutil.get_terminal_size((100, 24)).columns
    show_lines(line.rstrip() for line, _ in table(found, width, setup.zone))
    return 0


def accounts(arguments: Namespace) -> int:
    """Print how each account is read and sent; exit status 1 where one has a problem."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        if arguments.forget_gaps:
            desk.accounts.forget_gaps(known_account(setup, arguments.forget_gaps))
        found = desk.accounts.health()
    now = setup.clock.now()
    if arguments.json:
        show_json([report.account(health, now) for health in found])
    elif not found:
        show_nothing(tr("the config names no account yet; add one under [[accounts]]"))
    else:
        for health in found:
            who = clean(f"@{health.handle}" if health.handle else health.name or "", one_line=True)
            facts = list(_facts(health, now, setup.config.prices.currency))
            print(f"{health.account} ({health.platform}) {who} {', '.join(facts)}")
            if health.problem:
                print(f"  {sentences(health.problem, health.next_step)}")
            if health.resumes_at is not None and health.resumes_at > now:
                print(f"  {tr('goes on in {left}', left=said(span(health.resumes_at - now)))}")
            for note in health.notes:
                print(f"  {clean(said(note))}")
            if health.quarantined:
                print(f"  {plural(health.quarantined, 'item')} {tr('could not be read, set aside')}")
    return PROBLEM if any(health.problem for health in found) else 0


def _facts(health: AccountHealth, now: datetime, currency: str) -> Iterator[str]:
    if health.first_reading:
        yield reading_state(health.read_so_far, health.read_back_to)
    elif health.last_read_at is None:
        yield tr("never read")
    else:
        yield tr("read {span} ago", span=said(span(now - health.last_read_at)))
    if health.remaining is not None:
        yield tr("{n} of {limit} requests left", n=health.remaining, limit=health.limit)
    if health.cost_today is not None:
        yield tr("about {cost} {currency} today (UTC)", cost=f"{health.cost_today:.2f}", currency=currency)
