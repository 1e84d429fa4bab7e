"""X on the wire: JSON of the v2 API into what the inbox means by it. No network, no clock.

X has two dialects ("tweet" until spec 2.166, "post" from 2.167, 2026-08); both names are read everywhere,
because some endpoints answer in the old one whatever was asked. Facts: X API v2 specification 2.166 and 2.167,
documentation of 2026-08-22, recorded answers of 2021 and 2022.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, field

from inbox.domain.durations import instant
from inbox.domain.model import Attachment, Context, Person
from inbox.domain.records import Record
from inbox.ports.platform import Identity, Incoming, Poison

Json = Mapping[str, Any]

RAW_LIMIT = 20_000
"""Characters of a poisoned item that are kept for a look."""

_ID = re.compile(r"[!-~]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,30}")
_SNOWFLAKE_EPOCH = 1_288_834_974_657
_SNOWFLAKE_FROM = 10**15
"""Ids below are older than the scheme that puts milliseconds into them, or no real ids."""


class Malformed(ValueError):
    """An item or answer that does not have the shape X describes. Quotes no text of strangers."""


class Us(Record):
    """Our account: its name in the config and who it is on X."""

    account: str
    identity: Identity
    exempt: bool = False
    """An Enterprise plan: X takes replies to posts that did not summon us too."""

    @property
    def id(self) -> str:
        """Return our user id."""
        return self.identity.remote_id

    def wrote(self, post: Json) -> bool:
        """Tell whether the post is ours."""
        return optional_id(post.get("author_id")) == self.id


class Feed(Record, kw_only=True):
    """One page as understood. `ids` are the remote ids of the page in its order, also of what was left out."""

    messages: Sequence[Incoming] = ()
    context: Sequence[Context] = ()
    poison: Sequence[Poison] = ()
    ids: Sequence[str] = ()
    next_token: str | None = None
    missing: Sequence[str] = ()
    """Fields that were asked for and came with no item at all."""
    note: str | None = None
    """What the agent should know about this step of reading."""
    odd: bool = False
    """The list stopped making sense here; there may be more of it."""


# -- small pieces ------------------------------------------------------------------------------------------


def identifier(value: object) -> str:
    """An id as text. A JSON integer is exact and taken; a float has been rounded and is not (E12)."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Malformed("an id that is no id")
    return value


def optional_id(value: object) -> str | None:
    """Return an id as text, or None where it is none."""
    try:
        return identifier(value)
    except Malformed:
        return None


def number(remote_id: str) -> int:
    """For comparing ids: as numbers, never as text ("9" comes before "10"). Odd ones come first."""
    return int(remote_id) if _NUMBER.fullmatch(remote_id) else -1


def newest(ids: Iterable[str]) -> str | None:
    """Return the greatest id, compared as a number (facts/x.md#3.1), or None."""
    return max((i for i in ids if number(i) >= 0), key=number, default=None)


def oldest(ids: Iterable[str]) -> str | None:
    """Return the least id, compared as a number, or None."""
    return min((i for i in ids if number(i) >= 0), key=number, default=None)


def earlier(remote_id: str, span: timedelta) -> str:
    """The id X would have given `span` before this one: ids hold their millisecond of creation."""
    value = number(remote_id)
    if value < _SNOWFLAKE_FROM:
        return remote_id
    return str(max(0, value - (int(span.total_seconds() * 1000) << 22)))


def born(remote_id: str) -> datetime | None:
    """When an id was given out (X's "snowflake" ids, since November 2010), None for ids that do not say."""
    value = number(remote_id)
    if value < _SNOWFLAKE_FROM:
        return None
    return datetime.fromtimestamp(((value >> 22) + _SNOWFLAKE_EPOCH) / 1000, UTC)


def moment(value: object) -> datetime | None:
    """An instant as aware UTC; None for anything that is none, or that X cannot have lived through."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = instant(value)
    except (ValueError, OverflowError):
        return None
    return found if 2006 <= found.year < 2200 else None


def either(item: Json, *names: str) -> Any:
    """The first of several names an item has: the dialects call the same thing differently."""
    return next((item[name] for name in names if item.get(name) is not None), None)


def mapping(value: object) -> Json:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def listing(value: object) -> Sequence[Json]:
    """Return the objects of a list, an empty one for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def string(value: object) -> str | None:
    """Return a text, None for anything else."""
    return value if isinstance(value, str) and value else None


def references(item: Json) -> Sequence[Json]:
    """Return the posts that an item answers or quotes, in either dialect (facts/x.md#2.1)."""
    return listing(either(item, "referenced_tweets", "referenced_posts"))


def referred(item: Json, kind: str) -> str | None:
    """The id of the post this one replies to (`replied_to`), quotes or reposts; None if there is none."""
    return next((optional_id(r.get("id")) for r in references(item) if r.get("type") == kind), None)


def history_key(item: Json) -> str:
    """An edit is a new post with a new id; the first id of the history names them all (edit-posts.mdx).

    `POST /2/tweets` was seen to answer a history of one empty string.
    """
    history = either(item, "edit_history_tweet_ids", "edit_history_post_ids")
    ids = [optional_id(i) for i in history] if isinstance(history, list) else []
    known = [i for i in ids if i]
    own = identifier(item.get("id"))
    if not known:
        return own
    if own not in known:
        raise Malformed("an edit history of another post")
    return min(known, key=number)


def person(users: Mapping[str, Json], remote_id: str | None) -> Person:
    """Return a user by id, with name and handle where X included them."""
    if remote_id is None:
        return Person()
    user = users.get(remote_id, {})
    return Person(name=string(user.get("name")), handle=string(user.get("username")), remote_id=remote_id)


def web_url(remote_id: str, handle: str | None = None) -> str | None:
    """Return the address of a post on x.com, or None without an id."""
    if not _NUMBER.fullmatch(remote_id):
        return None
    who = handle if handle and _HANDLE.fullmatch(handle) else "i"
    return f"https://x.com/{who}/status/{remote_id}"


# -- text --------------------------------------------------------------------------------------------------

_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ESCAPE = re.compile("|".join(_ESCAPES))
_MEDIA_LINK = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(?:\w+/status/\d+/(?:photo|video)/\d+|messages/media/\S+)"
    r"|https?://(?:ton|pbs|video)\.(?:twimg|twitter)\.com/\S+",
    re.ASCII,
)


def unescape(text: str) -> str:
    """Undo the three escapes X writes, once: what a person typed as `&lt;` arrives as `&amp;lt;`."""
    return _ESCAPE.sub(lambda m: _ESCAPES[m[0]], text)


def is_media_link(entity: Json) -> bool:
    """Tell whether a link is only the one X puts into the text for a picture."""
    shown = string(entity.get("display_url")) or ""
    target = string(entity.get("expanded_url")) or ""
    return (
        "media_key" in entity
        or shown.startswith(("pic.twitter.com/", "pic.x.com/"))
        or bool(_MEDIA_LINK.match(target))
    )


def readable(text: str, entities: Json, *, media_shown: bool) -> str:
    """The text as its author meant it: t.co shows its target, links to attached media are left out.

    Links are found by their text, not by `indices`: X counts those in code points of the escaped text, other
    endpoints in UTF-16.
    """
    targets: dict[str, str] = {}
    for entity in listing(entities.get("urls")):
        short, target = string(entity.get("url")), string(entity.get("expanded_url"))
        if short and media_shown and is_media_link(entity):
            targets[short] = ""
        elif short and target:
            targets[short] = target
    if not targets:
        return unescape(text)
    links = re.compile("(" + "|".join(re.escape(s) for s in sorted(targets, key=len, reverse=True)) + ")")
    parts = [targets[p] if p in targets else unescape(p) for p in links.split(text)]
    whole = "".join(parts)
    return whole.strip() if "" in targets.values() else whole


def full_text(item: Json) -> tuple[str, Json]:
    """The whole text with its entities: posts above 280 characters are whole in the note only."""
    note = mapping(either(item, "note_tweet", "note_post"))
    text, entities = item.get("text"), item.get("entities")
    if isinstance(note.get("text"), str):
        text, entities = note["text"], note.get("entities", entities)
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise Malformed("a text that is no text")
    return text, mapping(entities)


_LINK = re.compile(r"(?:https?://\S+|(?<![\w@])(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?)", re.IGNORECASE)


def alike(text: str) -> str:
    """A form in which two writings of the same message are equal (facts/x.md#8.1): escapes
    undone, NFC, links to one sign, leading mentions off, white space folded."""
    plain = unicodedata.normalize("NFC", unescape(text))
    plain = re.sub(r"^(?:\s*@\w{1,30})+", "", plain)
    return " ".join(_LINK.sub("\u29c9", plain).split())


# -- attachments -------------------------------------------------------------------------------------------

_KINDS = {"photo": "image", "animated_gif": "gif", "video": "video"}
_KEY_KINDS = {"3": "image", "7": "video", "13": "video", "16": "gif"}
"""Leading number of a media key, as in all recorded bodies; used where the media themselves did not arrive."""


def attachments(
    item: Json, entities: Json, media: Mapping[str, Json], polls: Mapping[str, Json]
) -> tuple[Attachment, ...]:
    """List the pictures, videos and polls of an item; a medium that X did not include is named by its kind."""
    box = mapping(item.get("attachments"))
    links = [e for e in listing(entities.get("urls")) if is_media_link(e)]
    found = [_medium(key, media.get(key), links) for key in strings(box.get("media_keys"))]
    found += [_poll(polls.get(key)) for key in strings(box.get("poll_ids"))]
    return tuple(found)


def strings(value: object) -> list[str]:
    """Return the texts of a list."""
    return list(dict.fromkeys(v for v in value if isinstance(v, str))) if isinstance(value, list) else []


def _medium(key: str, medium: Json | None, links: Sequence[Json]) -> Attachment:
    page = next((string(e.get("expanded_url")) for e in links), None)
    if medium is None:
        return Attachment(kind=_KEY_KINDS.get(key.partition("_")[0], "unsupported"), url=page)
    kind = _KINDS.get(str(medium.get("type")), "unsupported")
    url = (
        string(medium.get("url")) or _best_variant(medium) or string(medium.get("preview_image_url")) or page
    )
    return Attachment(kind=kind, name=string(medium.get("alt_text")), url=url)


def _best_variant(medium: Json) -> str | None:
    def rate(variant: Json) -> int:
        value = variant.get("bit_rate")
        return value if isinstance(value, int) else -1

    videos = [v for v in listing(medium.get("variants")) if v.get("content_type") == "video/mp4"]
    return string(max(videos, key=rate).get("url")) if videos else None


def _poll(poll: Json | None) -> Attachment:
    labels = [str(o.get("label", "")) for o in listing(mapping(poll).get("options"))]
    return Attachment(kind="poll", name=" / ".join(labels) or None)


# -- posts -------------------------------------------------------------------------------------------------


class Includes(Struct):
    """What came beside the page, by id."""

    users: dict[str, Json] = field(default_factory=dict)
    posts: dict[str, Json] = field(default_factory=dict)
    media: dict[str, Json] = field(default_factory=dict)
    polls: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Json) -> Includes:
        """Read what an answer includes beside its data, in either dialect."""
        box = mapping(body.get("includes"))
        posts = [*listing(box.get("tweets")), *listing(box.get("posts"))]
        return cls(
            users=by_id(listing(box.get("users")), "id"),
            posts=by_id(posts, "id"),
            media=by_id(listing(box.get("media")), "media_key"),
            polls=by_id(listing(box.get("polls")), "id"),
        )


def by_id(items: Iterable[Json], name: str) -> dict[str, Json]:
    """Index the objects `name` of an answer's includes by id."""
    return {key: item for item in items if (key := optional_id(item.get(name)))}


def check(body: object) -> Json:
    """The body of a list, or Malformed. An answer without `data` is an empty page only if `meta` says so:
    errors alone (200!) must never look like an empty inbox."""
    if not isinstance(body, Mapping):
        raise Malformed("no object")
    rows = body.get("data")
    if rows is None and not isinstance(body.get("meta"), Mapping):
        raise Malformed("neither posts nor a count")
    if rows is not None and not isinstance(rows, list):
        raise Malformed("a list that is none")
    return body


def next_token(body: Json) -> str | None:
    """The token of the next page. A page can name one and be the last: the recorded end of the direct messages
    does, and the page behind it is empty."""
    return string(mapping(body.get("meta")).get("next_token"))


# -- items of a list ---------------------------------------------------------------------------------------


def as_item(row: object) -> Json:
    """Return a row as an object. Raises Unreadable for anything else."""
    if not isinstance(row, Mapping):
        raise Malformed("an item that is no object")
    return row


def each(rows: Iterable[object], take: Callable[[object], None], poison: list[Poison]) -> None:
    """Understand each item by itself: a bad one is set aside, the others go on (promise P4)."""
    for row in rows:
        try:
            take(row)
        except (Malformed, TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            reason = str(error) if isinstance(error, Malformed) else type(error).__name__
            poison.append(Poison(raw=_raw(row), reason=reason))


def _raw(row: object) -> str:
    try:
        return json.dumps(row)[:RAW_LIMIT]
    except (RecursionError, ValueError):
        return "(nested too deeply to show)"


def absent(rows: Sequence[object], names: Sequence[str]) -> list[str]:
    """Name the fields that were asked for and that no row has (facts/x.md#2.2)."""
    items = listing(rows)
    return [name for name in names if items and not any(name in item for item in items)]


def us_person(us: Us) -> Person:
    """Return our own account as a person."""
    who = us.identity
    return Person(name=who.name, handle=who.handle, remote_id=who.remote_id)


def has_media(files: Iterable[Attachment]) -> bool:
    """Tell whether any of the files is something other than a poll."""
    return any(f.kind != "poll" for f in files)
