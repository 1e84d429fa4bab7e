"""Whether, how and until when a conversation can be answered through the platform's API.

Windows (facts/facebook.md#2.2, facts/facebook.md#2.9): Messenger and Instagram 24 h from the customer's last message, 7 days where
the Page has the human-agent feature; a private reply to a comment once, within 7 days. X: only where the author summoned us
(facts/x.md#1.1).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from inbox.domain.model import Conversation, Surface
from inbox.domain.records import Record, replace

MESSENGER_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)
WINDOWED = {Surface.MESSENGER: "Messenger", Surface.INSTAGRAM: "Instagram"}
"""Private surfaces on which an answer is taken for a while only, by the name of their platform."""
PRIVATE_REPLIES = (Surface.COMMENTS, Surface.VISITOR_POSTS)
"""Public surfaces where Facebook takes one private reply to a message."""

REASONS: dict[str, str] = {
    "not_summoned": "X takes an answer through its API only where the author mentioned us in that very post or "
    "quoted one of ours. Open it in the browser (o) to answer.",
    "refused_before": "X has refused the last replies of this kind: the author answered us without naming us. Open it "
    "in the browser (o) to answer.",
    "comments_closed": "Comments are closed here, so nothing can be written under it.",
    "cannot_reply": "Facebook no longer takes messages in this conversation.",
    "window_closed": "The reply window of the platform has closed. Open it in the browser (o).",
    "private_reply_used": "The one private reply that Facebook allows to a comment was already sent.",
    "no_private": "This platform has no private answer to a public post; write publicly.",
    "unknown_thread": "X did not say which conversation this belongs to, so it cannot be answered from here.",
    "encrypted": "This is an encrypted chat of X, which cannot be read or answered from here. Open it in X (o).",
    "nobody": "There is no message of a customer here that could be answered.",
    "deleted": "The message is no longer on the platform.",
    "not_offered": "The platform's API takes no answer here. Open it in the browser (o).",
}


MAY_REFUSE = "X may refuse this: you are not named in the post itself"
"""Said where X's rule is an inference (facts/x.md#1.2); no full stop, because it follows other words."""


class ReplyWay(Record, kw_only=True):
    """`how`: "public", "private" or "none". `closes_at`: when this way ends or ended, None where it does not.
    `reason` is in words, and set where `allowed` is False. `unsure`: words, where the platform may refuse the reply."""

    allowed: bool
    how: str
    closes_at: datetime | None = None
    reason: str | None = None
    unsure: str | None = None


def _no(code: str | None, closes_at: datetime | None = None) -> ReplyWay:
    reason = REASONS.get(code or "", REASONS["not_offered"])
    return ReplyWay(allowed=False, how="none", closes_at=closes_at, reason=reason)


def reply_way(
    c: Conversation, now: datetime, *, private: bool | None = None, human_agent: bool = False
) -> ReplyWay:
    """The way an answer takes. `private` asks for one of the two; None for what this conversation offers first.

    A private conversation has one way only, whatever is asked.
    """
    if c.last_in_id is None:
        return _no("nobody")
    if c.surface is Surface.DIRECT:
        return (
            _no(c.answerable.reason)
            if c.answerable.private is False
            else ReplyWay(allowed=True, how="private")
        )
    if c.surface in WINDOWED:
        return _messenger(c, now, human_agent)
    if private:
        return _private_reply(c, now)
    if c.answerable.public is not False:
        return ReplyWay(allowed=True, how="public")
    refused = _no(c.answerable.reason)
    if private is False or c.surface not in PRIVATE_REPLIES or c.answerable.private is False:
        return refused
    aside = _private_reply(c, now)
    return aside if aside.allowed else replace(aside, reason=f"{refused.reason} {aside.reason}")


def is_inferred(c: Conversation, way: ReplyWay) -> bool:
    """Whether nobody can tell beforehand if the platform takes this reply to the newest message."""
    return (
        way.allowed
        and way.how == "public"
        and c.answerable.public is None
        and c.platform == "twitter"
        and c.surface in (Surface.MENTIONS, Surface.SEARCH)
    )


def may_be_refused(way: ReplyWay) -> ReplyWay:
    """The way, with a hint that the platform may refuse the reply."""
    return replace(way, unsure=MAY_REFUSE)


def refused_before() -> ReplyWay:
    """The way on an account where X has refused such replies again and again."""
    return _no("refused_before")


def _messenger(c: Conversation, now: datetime, human_agent: bool) -> ReplyWay:
    closes = window(c, human_agent=human_agent)
    if closes is not None and now >= closes:
        return _no("window_closed", closes)
    if c.answerable.private is False:
        return _no(c.answerable.reason)
    return ReplyWay(allowed=True, how="private", closes_at=closes)


def _private_reply(c: Conversation, now: datetime) -> ReplyWay:
    if c.surface not in PRIVATE_REPLIES:
        return _no("no_private")
    if c.privately_answered:
        return _no("private_reply_used")
    if c.answerable.private is False:
        return _no(c.answerable.reason)
    closes = (c.last_in_at + PRIVATE_REPLY_WINDOW) if c.last_in_at else None
    if closes and now >= closes:
        return _no("window_closed", closes)
    return ReplyWay(allowed=True, how="private", closes_at=closes)


def window(c: Conversation, *, human_agent: bool = False) -> datetime | None:
    """When the platform's reply window closes, as far as it decides anything.

    Messenger, Instagram: always. Comments: only while the private reply is the sole way.
    """
    if c.last_in_at is None:
        return None
    if c.surface in WINDOWED:
        return c.last_in_at + (HUMAN_AGENT_WINDOW if human_agent else MESSENGER_WINDOW)
    sole = c.answerable.public is False and c.answerable.private is not False and not c.privately_answered
    if c.surface in PRIVATE_REPLIES and sole:
        return c.last_in_at + PRIVATE_REPLY_WINDOW
    return None


class Rule(Record, kw_only=True):
    """A rule of the platform about answering here: what ends (or ended) `at` that moment, and why."""

    what: str
    at: datetime | None
    why: str


def rules(c: Conversation, *, human_agent: bool = False) -> list[Rule]:
    """What the platform's windows mean for this conversation, the strictest first."""
    if c.last_in_at is None:
        return []
    if c.surface in WINDOWED:
        return _window_rules(c.last_in_at, WINDOWED[c.surface], human_agent)
    if c.surface not in PRIVATE_REPLIES or (c.answerable.private is None and not c.privately_answered):
        return []
    if c.privately_answered:
        return [Rule(what="The private reply", at=None, why="Facebook takes one, and it was sent")]
    if c.answerable.private is False:
        return []
    ends = c.last_in_at + PRIVATE_REPLY_WINDOW
    return [Rule(what="The private reply", at=ends, why="Facebook takes one, within 7 days of the comment")]


def _window_rules(last: datetime, name: str, human_agent: bool) -> list[Rule]:
    day = Rule(
        what="The ordinary reply" if human_agent else "The platform's reply window",
        at=last + MESSENGER_WINDOW,
        why=f"{name} takes it within 24 hours of the customer's last message",
    )
    if not human_agent:
        return [day]
    week = Rule(
        what="The platform's reply window",
        at=last + HUMAN_AGENT_WINDOW,
        why="a reply written by a person is taken for 7 days (human_agent)",
    )
    return [day, week]
