"""Messenger's notices for the staff: lines in the list of messages that no customer sees and nobody wrote.

The texts were seen on real Pages (facts/facebook.md#5.2; English even on Pages of other countries, but for the notice of a private
reply). Only a whole line counts, and what is not known stays a message: a notice taken for a message costs a look, a
message taken for a notice loses a customer.
"""

from __future__ import annotations

import re

from inbox.domain.model import AI_BEGINS, AI_ENDS, STAFF_NOTICE, Person

_BEGINS = "Your AI agent will respond."
_ENDS = ("You took over this chat from your AI agent", "Your AI agent transferred this chat to you")
_TAILS = (".", ". Teach your AI so it can respond next time.", " because your customer is ready to buy.")
_WHOLE = ("Transfer requested",)
_STARTS = (
    "Lead stage set to ",
    "Auto-label added: ",
    "Messenger automatically created a transfer request.",
    "The calling window has been reset to ",
    "This message was automatically moved to spam.",
)
_ENDINGS = ("replied to an ad.", "can review and confirm this order.")
_HOLDS = ("replied to your automated welcome message.",)
_PRIVATE_REPLY = r"\S.* \S+\(https://(?:[\w-]+\.)*(?:facebook\.com|messenger\.com|fb\.com)/[^\s()]*\)"
"""A sentence, a label and its link, in any language: "You are replying to a comment ... View comment(https://...)"."""
_PAID = r"(?P<who>.+) sent a (?:\S+ )?payment\."


def notice_in(text: str, author: Person, *, ours: bool) -> str:
    """Which notice a message is: `AI_BEGINS`, `AI_ENDS`, `STAFF_NOTICE`, or "" for none. `author`: as the platform names
    it; `ours`: it comes from the Page."""
    line = text.strip()
    if not line or "\n" in line:
        return ""
    if not ours:
        # A customer may well write "I sent a payment."; the notice speaks of the customer by name.
        paid = re.fullmatch(_PAID, line)
        return STAFF_NOTICE if paid and author.name and _same(paid["who"], author.name) else ""
    if line == _BEGINS:
        return AI_BEGINS
    if any(line == begin + tail for begin in _ENDS for tail in _TAILS):
        return AI_ENDS
    known = (
        line in _WHOLE
        or line.startswith(_STARTS)
        or line.endswith(_ENDINGS)
        or any(part in line for part in _HOLDS)
        or re.fullmatch(_PRIVATE_REPLY, line)
    )
    return STAFF_NOTICE if known else ""


def _same(named: str, name: str) -> bool:
    """The whole name of the author, or the first of its words."""
    whole = name.casefold().split()
    return bool(whole) and named.casefold().split() in (whole, whole[:1])
