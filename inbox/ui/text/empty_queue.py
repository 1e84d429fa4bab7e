"""What stands in the queue where no conversation does: why, and what the agent may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from datetime import tzinfo

    from inbox.engine.health import AccountHealth

EMPTY = {
    "waiting": ("Nobody waits.", "", "Everything is answered. New messages appear here by themselves."),
    "mine": ("Nothing is assigned to you.", "", "a takes a conversation."),
    "unassigned": ("Nothing is unassigned.",),
    "mentions": ("No open mentions.",),
    "direct": ("No open direct messages.",),
    "comments": ("No open comments.",),
    "hits": ("No search hits.", "", "Saved searches stand in the config, under accounts.searches."),
    "snoozed": ("Nothing is snoozed.", "", "b hides a conversation until a time you choose."),
    "failed": ("No reply failed.", "", "What could not be sent waits here for your word."),
    "all": ("There is no conversation yet.", "", "Ctrl+R reads now."),
}
"""What stands in a view without conversations, by its name."""


def empty_queue(
    view: str,
    *,
    zone: tzinfo,
    accounts: Sequence[AccountHealth] | None,
    can_sign_in: bool,
    problem: str | None,
    filtered: bool,
) -> tuple[str, ...]:
    """Return the lines for a view without conversations, the first one bright.

    `accounts`: None while they were not read yet. `problem`: why the filter cannot be understood.
    """
    if accounts is not None and not accounts:
        return (
            tr("No account is set up yet."),
            "",
            tr("inbox init    writes a commented config"),
            tr("inbox demo    shows everything with simulated people"),
        )
    if reading := [a for a in accounts or () if a.first_reading]:
        lines = [words.first_reading(a.account, a.read_so_far, a.read_back_to, zone) for a in reading]
        return (tr("The first reading is not over; what waits appears here by itself."), "", *lines)
    if accounts and can_sign_in and not any(a.last_read_at for a in accounts):
        return (tr("Nothing was read yet."), "", tr("I signs in an account; H shows how they do."))
    if problem:
        return (tr("The filter cannot be understood yet."), "", problem)
    if filtered:
        return (tr("Nothing fits the filter."), "", tr("Esc clears it, 0 shows all conversations."))
    return tuple(tr(line) for line in EMPTY.get(view, ("Nothing here.",)))
