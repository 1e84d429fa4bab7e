"""What stands in the queue where no conversation does: why, and what the agent may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.ui.commands.keymap import filled
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from datetime import tzinfo

    from inbox.engine.health import AccountHealth
    from inbox.ui.commands.keymap import Keymap

EMPTY = {
    "waiting": ("Nobody is waiting.", "", "Everything is answered. New messages appear here by themselves."),
    "mine": ("Nothing is assigned to you.", "", "{conversation.take} takes a conversation."),
    "unassigned": ("Nothing is unassigned.",),
    "mentions": ("No open mentions.",),
    "direct": ("No open direct messages.",),
    "comments": ("No open comments.",),
    "hits": ("No search hits.", "", "Saved searches are in the config, under accounts.searches."),
    "snoozed": (
        "Nothing is snoozed.",
        "",
        "{conversation.snooze} hides a conversation until a time you choose.",
    ),
    "failed": ("No reply failed.", "", "Replies that could not be sent wait here for your decision."),
    "all": ("There is no conversation yet.", "", "{accounts.read} reads now."),
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
    keymap: Keymap,
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
        return (
            tr("Nothing has been read yet."),
            "",
            filled("{account.login} signs in an account; {accounts.show} shows their status.", keymap),
        )
    if problem:
        return (tr("The filter cannot be understood yet."), "", problem)
    if filtered:
        return (tr("Nothing fits the filter."), "", tr("Esc clears it, 0 shows all conversations."))
    return tuple(filled(line, keymap) for line in EMPTY.get(view, ("Nothing here.",)))
