"""Single members of Facebook's JSON, and pages of a list: what every reader of it needs.

Anything may be missing, null or of another type; what cannot be understood raises `Unreadable` with the reason.
"""

from __future__ import annotations

import html
import json
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from inbox.domain.durations import instant
from inbox.domain.model import Attachment, Person
from inbox.domain.records import Record
from inbox.ports.platform import POST_KEY, Poison

SITE = "https://www.facebook.com"

NOT_SHOWN = Attachment(kind="unsupported", name="attachment the API does not show")

LONGEST_ID = 300
FIRST_YEAR = 2004
"""Facebook's; Messenger and Instagram are younger."""
LONGEST_RAW = 4000
"""Characters of an item that could not be understood which are kept for a look."""


class Unreadable(ValueError):
    """An item that could not be understood; the text says why and quotes nothing of it."""


# -- small values ------------------------------------------------------------------------------------------


def text_id(value: Any) -> str:
    """An id as text. Whole numbers are taken, floats never: they are already rounded."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Unreadable("the id is missing" if value is None else "the id is no text")
    if not value.strip():
        raise Unreadable("the id is empty")
    if len(value) > LONGEST_ID:
        raise Unreadable("the id is longer than any real one")
    if not value.isprintable() or " " in value:
        raise Unreadable("the id holds characters no id has")
    return value


def key(remote_id: str) -> str:
    """The last part of a post's or comment's id: `98765` and `{post}_98765` are the same thing."""
    return remote_id.rsplit("_", 1)[-1] or remote_id


def post_key(remote_id: str) -> str:
    """A post's key, which no comment can have: Facebook numbers posts, photos and comments apart."""
    return f"{POST_KEY}{key(remote_id)}"


def message_key(remote_id: str) -> str:
    """A message's id without the `m_` that some answers put before it (`mid.x` and `m_mid.x` are one)."""
    return remote_id.removeprefix("m_") or remote_id


def moment(value: Any) -> datetime | None:
    """`2021-07-23T09:50:48+0000`, another offset, or seconds since 1970, as aware UTC; None for all else, and for a
    time that Facebook cannot have lived through: one of 1970 would pass for old and never be read."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        elif isinstance(value, str):
            found = instant(value)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if FIRST_YEAR <= found.year < 2200 else None


def text(value: Any) -> str:
    """A text member. Missing, null and PHP's empty list for "nothing" are the empty text."""
    if value is None or value == []:
        return ""
    if not isinstance(value, str):
        raise Unreadable("the text is no text")
    return value


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same once Facebook has folded white space and composed characters."""
    return _folded(one) == _folded(other)


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", html.unescape(value)).split())


def named(value: Any) -> str | None:
    """A text with something in it."""
    return value if isinstance(value, str) and value.strip() else None


def web_link(value: Any) -> str | None:
    """An address on the web."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; of anything else an empty one."""
    return value if isinstance(value, Mapping) else {}


def members(value: Any) -> Sequence[Any]:
    """The members of an edge or list; of anything else none."""
    inner = value.get("data") if isinstance(value, Mapping) else value
    return inner if isinstance(inner, list) else ()


def flag(value: Any) -> bool | None:
    """JSON booleans, and the "true" and "false" that the documents print in quotes."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def person(value: Any) -> Person:
    """Whoever `from` names; all of it may be missing, then nothing is made up."""
    found = mapping(value)
    try:
        remote: str | None = text_id(found.get("id"))
    except Unreadable:
        remote = None
    return Person(name=named(found.get("name")), handle=named(found.get("username")), remote_id=remote)


def poison(raw: Any, reason: str) -> Poison:
    """Set one item aside: its JSON as text, and why it could not be understood."""
    try:
        shown = json.dumps(raw, ensure_ascii=True)
    except (TypeError, ValueError, RecursionError):
        shown = repr(type(raw))
    return Poison(raw=shown[:LONGEST_RAW], reason=reason)


def fingerprint(*parts: Any) -> str:
    return format(zlib.crc32(repr(parts).encode("utf-8", "surrogatepass")), "x")


# -- pages of things ---------------------------------------------------------------------------------------

_TOKENS = frozenset({"access_token", "appsecret_proof"})
_LONGEST_NEXT = 20_000


class Edge(Record):
    """One page of a list. `next` holds the parameters of the next page, without the token that Facebook puts
    there; None where this is the last page. `next_host` is where Facebook wants us to ask."""

    items: Sequence[Any] = ()
    next: Mapping[str, str] | None = None
    next_host: str | None = None
    total: int | None = None


EMPTY = Edge()


def edge(body: Any) -> Edge:
    """Read a list answer or a nested edge. Raises Unreadable where `data` is no list.

    Only a missing (or empty) `paging.next` ends a list: `cursors` stay on the last page, and a short or empty
    page can have a next one (facts/facebook.md#8.1). Old bodies page by time, without cursors; their `next` works the same.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
        raise Unreadable("the list is missing")
    total = mapping(body.get("summary")).get("total_count")
    host, params = _next(mapping(body.get("paging")).get("next"))
    return Edge(
        items=body["data"],
        next=params,
        next_host=host,
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def nested(body: Any) -> Edge:
    """As `edge`, for an edge inside another object: fields without content are left out there."""
    try:
        return edge(body)
    except Unreadable:
        return EMPTY


def _next(value: Any) -> tuple[str | None, Mapping[str, str] | None]:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NEXT:
        return None, None
    try:
        parts = urlsplit(value)
        host = f"{parts.scheme}://{parts.netloc}"
        params = {k: v for k, v in parse_qsl(parts.query, max_num_fields=50) if k not in _TOKENS}
    except ValueError:
        return "", {}
    return host, params


def descends_below(items: Iterable[Any], floor: datetime) -> bool:
    """Whether a page of comments ends in what is older than `floor`, so that nothing newer can follow.

    Only a page that runs from new to old may say so: should the order not be kept, we read on to the end.
    """
    times = [moment(item.get("created_time")) if isinstance(item, Mapping) else None for item in items]
    told = [t for t in times if t is not None]
    if not told or len(told) != len(times) or told != sorted(told, reverse=True):
        return False
    return told[-1] < floor
