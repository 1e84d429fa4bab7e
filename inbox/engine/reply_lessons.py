"""What refusals teach: whether an account may answer messages of which nobody can tell beforehand.

Where a platform's rule is an inference (X: a reply to a post of ours whose only mention of us is the one X puts in
front) the send is tried. Three refusals in a row show that case as refused for the account; one acceptance opens it
again, and after a week it is tried once more, because nothing else would ever tell that the rule has changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.domain.durations import instant
from inbox.errors import NOT_SUMMONED, PlatformError, Refused

if TYPE_CHECKING:
    from inbox.domain.outbox import OutboxItem
    from inbox.ports import Store

ENOUGH = 3
AGAIN_AFTER = timedelta(days=7)


def _key(account: str) -> str:
    return f"not answerable:{account}"


def learn_from(store: Store, item: OutboxItem, outcome: object, now: datetime) -> None:
    """Count a refusal of a reply whose chance was not known, or forget all of them where one was accepted."""
    accepted = not isinstance(outcome, PlatformError)
    refused = isinstance(outcome, Refused) and (outcome.code or "").endswith(NOT_SUMMONED)
    if item.private or not (accepted or refused):
        return
    target = next((m for m in store.messages(item.conversation) if m.remote_id == item.reply_to), None)
    if target is None or target.answerable.public is not None:
        return
    with store.transaction():
        before = refusals_in_a_row(store, item.account)
        if not accepted:
            store.put_setting(_key(item.account), {"refused": before + 1, "at": now.isoformat()})
        elif before:
            store.put_setting(_key(item.account), None)


def refusals_in_a_row(store: Store, account: str) -> int:
    """How many such replies were refused since the last one that was accepted."""
    kept = store.setting(_key(account))
    refused = kept.get("refused") if isinstance(kept, dict) else 0
    return refused if isinstance(refused, int) else 0


def shown_as_refused(store: Store, account: str, now: datetime) -> bool:
    """Whether replies of unknown chance are not offered now."""
    if refusals_in_a_row(store, account) < ENOUGH:
        return False
    try:
        last = instant(store.setting(_key(account))["at"])
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return False
    return timedelta(0) <= now - last < AGAIN_AFTER
