"""Canned responses: what stands in braces is filled in once, in one pass, so that a customer's words stay words.

fill("Hallo {first_name}, {agent} hier. {Termin}?", {"first_name": "Anna", "agent": "Tanja"})
-> "Hallo Anna, Tanja hier. {Termin}?"
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from inbox.domain.model import Conversation
from inbox.domain.records import Record
from inbox.domain.text import clean

PLACES = ("name", "first_name", "handle", "agent", "account", "tags")
"""What is filled in. Every other place stays open for the agent."""
_PLACE = re.compile(r"\{(\w{1,40})\}")
_WRITTEN = re.compile(
    r"\$?\{{1,3}\s*(?P<braces>\w[\w -]{0,38}?)\s*\}{1,3}|\[(?P<square>\w[\w -]{0,38})\]"
    r"|<(?P<angle>\w[\w -]{0,38})>|%(?P<percent>\w[\w-]{0,38})%"
)
"""Places as people write them who know another program's macros."""
_ALSO_CALLED = {
    **dict.fromkeys(("first", "given_name", "vorname", "vornamen"), "first_name"),
    **dict.fromkeys(
        ("full_name", "fullname", "customer", "customer_name", "contact", "contact_name"), "name"
    ),
    **dict.fromkeys(
        ("kunde", "kundin", "kundenname", "nachname", "last_name", "lastname", "surname"), "name"
    ),
    **dict.fromkeys(("username", "user_name", "screen_name", "benutzername", "nutzername"), "handle"),
    **dict.fromkeys(("agent_name", "my_name", "mein_name", "mitarbeiter", "bearbeiter"), "agent"),
    **dict.fromkeys(("account_name", "konto"), "account"),
    **dict.fromkeys(("schlagwort", "schlagworte"), "tags"),
}
_OTHER_WORDS = frozenset(["tag", "tage", "tages"])
"""German for "day": a place for the agent, and no misspelt `tags`."""
_TITLES = frozenset(["dr", "dr.", "prof", "prof.", "herr", "frau", "mr", "mr.", "mrs", "mrs.", "ms", "ms."])


def fill(text: str, values: Mapping[str, str]) -> str:
    """What is not known stays open, in its braces, for the agent to fill in."""
    return _PLACE.sub(lambda m: values.get(m[1].lower()) or m[0], text)


def with_places(text: str, values: Mapping[str, str]) -> str:
    """Return a text with a place where a person's own word stands as a whole word: "Hallo Anna," -> "Hallo {first_name},".

    Only what names the customer: an agent's name or a tag may be any word.
    """
    for place in ("name", "handle", "first_name"):
        value = values.get(place, "")
        if len(value) > 1:
            text = re.sub(rf"(?<![\w@]){re.escape(value)}(?!\w)", f"{{{place}}}", text)
    return text


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


class Mistaken(Record):
    """A place as it stands in a macro, and the one of `PLACES` that was probably meant."""

    written: str
    meant: str


def mistaken(text: str) -> list[Mistaken]:
    """Places that look like one of ours and are not filled in: misspelt, by another name or in another notation.

    A place of the agent's own, such as `{Termin}`, is none.
    """
    found = dict[str, Mistaken]()
    for match in _WRITTEN.finditer(text):
        written, inside = match[0], next(part for part in match.groups() if part)
        plain = "_".join(re.split(r"[\s-]+", inside.casefold()))
        if written.casefold() == f"{{{plain}}}" and plain in PLACES:
            continue
        # Brackets of other kinds have other uses: there only a known name is a place.
        meant = _meant(plain) if match["braces"] else _named(plain)
        if meant is not None:
            found.setdefault(written, Mistaken(written, f"{{{meant}}}"))
    return list(found.values())


def _named(plain: str) -> str | None:
    return plain if plain in PLACES else _ALSO_CALLED.get(plain)


def _meant(plain: str) -> str | None:
    if plain in _OTHER_WORDS:
        return None
    return _named(plain) or next((name for name in PLACES if _misspelt(plain, name)), None)


def _misspelt(word: str, name: str) -> bool:
    """Whether a word is a name with one letter missing, too many or wrong, or with two neighbours exchanged; a long one
    may be without its joint."""
    if word == name.replace("_", ""):
        return True
    shorter, longer = sorted((word, name), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    same = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    if len(shorter) != len(longer):
        return shorter[same:] == longer[same + 1 :]
    # A wrong first letter makes another word ("game"), no misspelt one.
    exchanged = shorter[same : same + 2] == longer[same : same + 2][::-1]
    return (same > 0 and shorter[same + 1 :] == longer[same + 1 :]) or (
        exchanged and shorter[same + 2 :] == longer[same + 2 :]
    )


def first_open(text: str) -> tuple[int, int] | None:
    """Where the first place that is still open begins and ends."""
    found = _PLACE.search(text)
    return found.span() if found else None
