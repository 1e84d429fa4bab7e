"""What refusals teach: whether an account may answer messages of which nobody can tell beforehand.

Where a platform's rule is an inference (X: a reply to a post of ours whose only mention of us is the one X puts in
front) the send is tried. Three refusals in a row show that case as refused for the account; one acceptance opens it
again, and after a week it is tried once more, because nothing else would ever tell that the rule has changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.domain import reply
from inbox.domain.durations import instant
from inbox.domain.records import Record
from inbox.errors import NOT_SUMMONED, PlatformError, Refused

if TYPE_CHECKING:
    from inbox.domain.model import Conversation
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.reply import ReplyWay
    from inbox.ports.store import Store

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
    target = next(
        (m for m in store.messages.of_conversation(item.conversation) if m.remote_id == item.reply_to), None
    )
    if target is None or target.answerable.public is not None:
        return
    with store.transaction():
        row = 0 if accepted else lesson(store, item.account).refused + 1
        store.small_things.put_setting(_key(item.account), {"refused": row, "at": now.isoformat()})


class Lesson(Record, kw_only=True):
    """What X said to the last replies of unknown chance: `refused` of them in a row, 0 where it took the last one.
    `at`: when it said so last, aware UTC; None where no such reply was tried yet."""

    refused: int = 0
    at: datetime | None = None

    def closed_until(self, now: datetime) -> datetime | None:
        """When such replies are offered again; None while they are. A clock that was set back closes nothing."""
        if self.refused < ENOUGH or self.at is None or not self.at <= now < self.at + AGAIN_AFTER:
            return None
        return self.at + AGAIN_AFTER


def lesson(store: Store, account: str) -> Lesson:
    """What the account has learned; nothing where what is stored cannot be read."""
    try:
        kept = store.small_things.setting(_key(account))
        refused, at = kept["refused"], instant(kept["at"])
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return Lesson()
    return Lesson(refused=refused, at=at) if isinstance(refused, int) and refused >= 0 else Lesson()


def in_words(known: Lesson, now: datetime) -> str:
    """What was learned, as a sentence for the agent."""
    if known.closed_until(now) is not None:
        return (
            f"X refused the last {known.refused} replies to authors who answered us without naming us; "
            "they are not offered."
        )
    if known.refused > 1:
        return f"X refused the last {known.refused} replies to authors who answered us without naming us; they are still tried."
    if known.refused:
        return "X refused the last reply to an author who answered us without naming us; such replies are still tried."
    return "X took the last reply to an author who answered us without naming us."


def refusals_in_a_row(store: Store, account: str) -> int:
    """How many such replies were refused since the last one that was accepted."""
    return lesson(store, account).refused


def shown_as_refused(store: Store, account: str, now: datetime) -> bool:
    """Whether replies of unknown chance are not offered now."""
    return lesson(store, account).closed_until(now) is not None


def taught(store: Store, c: Conversation, way: ReplyWay, now: datetime) -> ReplyWay:
    """The way of a reply of unknown chance, after what the account has learned."""
    known = lesson(store, c.account)
    if known.closed_until(now) is not None:
        return reply.refused_before(c)
    accepted = known.at is not None and known.refused == 0
    return way if accepted else reply.may_be_refused(c, way)
