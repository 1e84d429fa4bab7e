"""How a conversation may be answered now, and until when. A pure function of stored facts, declared rules and the time.

Which surfaces have a window, and how long it is, each platform declares (`domain.declarations.SurfaceRule`).
"""

from __future__ import annotations

from datetime import datetime

from inbox.domain import declarations
from inbox.domain.declarations import SurfaceRule
from inbox.domain.model import Conversation
from inbox.domain.records import Record, replace

REASONS: dict[str, str] = {
    "comments_closed": "Comments are closed here, so nothing can be written under it.",
    "window_closed": "The reply window of the platform has closed. Open it in the browser.",
    "no_private": "This platform has no private answer to a public post; write publicly.",
    "nobody": "There is no message of a customer here that could be answered.",
    "deleted": "The message is no longer on the platform.",
    "not_offered": "The platform's API takes no answer here. Open it in the browser.",
}
"""Codes that every platform may use; its own ones it declares."""


def reason(platform: str, code: str | None) -> str:
    """Say why a platform takes no answer; a code that nobody explains is "not offered"."""
    return declarations.reason(platform, code) or REASONS.get(code or "", REASONS["not_offered"])


class ReplyWay(Record, kw_only=True):
    """`how`: "public", "private" or "none". `closes_at`: when this way ends or ended, None where it does not.
    `reason` is in words, and set where `allowed` is False. `unsure`: words, where the platform may refuse the reply."""

    allowed: bool
    how: str
    closes_at: datetime | None = None
    reason: str | None = None
    unsure: str | None = None


def _no(c: Conversation, code: str | None, closes_at: datetime | None = None) -> ReplyWay:
    return ReplyWay(allowed=False, how="none", closes_at=closes_at, reason=reason(c.platform, code))


def _rule(c: Conversation) -> SurfaceRule:
    return declarations.rule(c.platform, c.surface)


def reply_way(
    c: Conversation, now: datetime, *, private: bool | None = None, human_agent: bool = False
) -> ReplyWay:
    """The way an answer takes. `private` asks for one of the two; None for what this conversation offers first.

    A private conversation has one way only, whatever is asked.
    """
    if c.last_in_id is None:
        return _no(c, "nobody")
    if c.surface.private:
        return _direct(c, now, human_agent)
    if private:
        return _private_reply(c, now)
    if c.answerable.public is not False:
        return ReplyWay(allowed=True, how="public")
    refused = _no(c, c.answerable.reason)
    if private is False or _rule(c).private_reply is None or c.answerable.private is False:
        return refused
    aside = _private_reply(c, now)
    return aside if aside.allowed else replace(aside, reason=f"{refused.reason} {aside.reason}")


def is_inferred(c: Conversation, way: ReplyWay) -> bool:
    """Whether nobody can tell beforehand if the platform takes this reply to the newest message."""
    return way.allowed and way.how == "public" and c.answerable.public is None and bool(_rule(c).unsure)


def may_be_refused(c: Conversation, way: ReplyWay) -> ReplyWay:
    """The way, with a hint that the platform may refuse the reply."""
    return replace(way, unsure=_rule(c).unsure)


def refused_before(c: Conversation) -> ReplyWay:
    """The way on an account where the platform has refused such replies again and again."""
    return _no(c, "refused_before")


def _direct(c: Conversation, now: datetime, human_agent: bool) -> ReplyWay:
    closes = window(c, human_agent=human_agent)
    if closes is not None and now >= closes:
        return _no(c, "window_closed", closes)
    if c.answerable.private is False:
        return _no(c, c.answerable.reason)
    return ReplyWay(allowed=True, how="private", closes_at=closes)


def _private_reply(c: Conversation, now: datetime) -> ReplyWay:
    private_reply = _rule(c).private_reply
    if private_reply is None:
        return _no(c, "no_private")
    if c.privately_answered:
        return _no(c, "private_reply_used")
    if c.answerable.private is False:
        return _no(c, c.answerable.reason)
    closes = c.last_in_at + private_reply.length if c.last_in_at else None
    if closes and now >= closes:
        return _no(c, "window_closed", closes)
    return ReplyWay(allowed=True, how="private", closes_at=closes)


def window(c: Conversation, *, human_agent: bool = False) -> datetime | None:
    """When the platform's reply window closes, as far as it decides anything.

    Private surfaces: where the platform has one. Public ones: only while the private reply is the sole way.
    """
    rule = _rule(c)
    if c.last_in_at is None:
        return None
    if rule.private:
        length = (rule.extended_window if human_agent else None) or rule.window
        return c.last_in_at + length.length if length else None
    sole = c.answerable.public is False and c.answerable.private is not False and not c.privately_answered
    if rule.private_reply is not None and sole:
        return c.last_in_at + rule.private_reply.length
    return None


class Rule(Record, kw_only=True):
    """A rule of the platform about answering here: what ends (or ended) `at` that moment, and why."""

    what: str
    at: datetime | None
    why: str


def rules(c: Conversation, *, human_agent: bool = False) -> list[Rule]:
    """What the platform's windows mean for this conversation, the strictest first."""
    rule = _rule(c)
    if c.last_in_at is None:
        return []
    if rule.private:
        return _window_rules(c.last_in_at, rule, human_agent)
    if rule.private_reply is None or (c.answerable.private is None and not c.privately_answered):
        return []
    if c.privately_answered:
        why = f"{declarations.title(c.platform)} takes one, and it was sent"
        return [Rule(what="The private reply", at=None, why=why)]
    if c.answerable.private is False:
        return []
    ends = c.last_in_at + rule.private_reply.length
    return [Rule(what="The private reply", at=ends, why=rule.private_reply.why)]


def _window_rules(last: datetime, rule: SurfaceRule, human_agent: bool) -> list[Rule]:
    if rule.window is None:
        return []
    longer = rule.extended_window if human_agent else None
    ordinary = Rule(
        what="The ordinary reply" if longer else "The platform's reply window",
        at=last + rule.window.length,
        why=rule.window.why,
    )
    if longer is None:
        return [ordinary]
    extended = Rule(what="The platform's reply window", at=last + longer.length, why=longer.why)
    return [ordinary, extended]
