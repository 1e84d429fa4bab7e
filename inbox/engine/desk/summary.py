"""What an agent did in one run, for the line that says goodbye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.records import Record
from inbox.engine import health
from inbox.engine.desk.replying import Sent
from inbox.engine.desk.triage import Heads

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk


class Summary(Record, kw_only=True):
    """`decided`: conversations that were resolved, snoozed, tagged, assigned ... in this run, and `answered` ones; what was
    taken back counts for nothing. `share`: of today's answers of all agents those in time; None without any."""

    decided: int
    answered: int
    share: float | None


def of_run(desk: Desk) -> Summary:
    """Sum up what this agent did at this desk since it was opened."""
    work = desk.workplace
    steps = [step for change in work.log.done for step in change.steps]
    decided = {cid for step in steps if isinstance(step, Heads) for cid in step.touches}
    answered = {cid for step in steps if isinstance(step, Sent) for cid in step.touches}
    today = health.day_so_far(work.store, work.clock.now(), work.timers.hours.zone)
    share = today.in_time / today.answered if today.answered else None
    return Summary(decided=len(decided), answered=len(answered), share=share)
