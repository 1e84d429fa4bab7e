"""Canned responses: what stands in braces is filled in once, in one pass, so that a customer's words stay words.

fill("Hallo {first_name}, {agent} hier. {Termin}?", {"first_name": "Anna", "agent": "Tanja"})
-> "Hallo Anna, Tanja hier. {Termin}?"
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from inbox.domain.model import Conversation
from inbox.domain.text import clean

_PLACE = re.compile(r"\{(\w{1,40})\}")
_TITLES = frozenset(["dr", "dr.", "prof", "prof.", "herr", "frau", "mr", "mr.", "mrs", "mrs.", "ms", "ms."])


def fill(text: str, values: Mapping[str, str]) -> str:
    """What is not known stays open, in its braces, for the agent to fill in."""
    return _PLACE.sub(lambda m: values.get(m[1].lower()) or m[0], text)


def values(conversation: Conversation, agent: str) -> dict[str, str]:
    """What every macro knows: name, first_name, handle, agent, account, tags."""
    contact = conversation.contact
    name = clean(contact.name or "", one_line=True).strip()
    words = [word for word in name.split() if word.lower() not in _TITLES]
    found = {
        "name": name,
        "first_name": words[0] if words else "",
        "handle": f"@{clean(contact.handle, one_line=True)}" if contact.handle else "",
        "agent": agent,
        "account": conversation.account,
        "tags": " ".join(conversation.tags),
    }
    return {key: value for key, value in found.items() if value}


def first_open(text: str) -> tuple[int, int] | None:
    """Where the first place that is still open begins and ends."""
    found = _PLACE.search(text)
    return found.span() if found else None
