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
from inbox.domain.model import Answerable, Attachment, Context, Deed, Person, Surface
from inbox.domain.records import Record
from inbox.ports import Identity, Incoming, Poison

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
        return self.identity.remote_id

    def wrote(self, post: Json) -> bool:
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
    try:
        return identifier(value)
    except Malformed:
        return None


def number(remote_id: str) -> int:
    """For comparing ids: as numbers, never as text ("9" comes before "10"). Odd ones come first."""
    return int(remote_id) if _NUMBER.fullmatch(remote_id) else -1


def newest(ids: Iterable[str]) -> str | None:
    return max((i for i in ids if number(i) >= 0), key=number, default=None)


def oldest(ids: Iterable[str]) -> str | None:
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
    return value if isinstance(value, Mapping) else {}


def listing(value: object) -> Sequence[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def references(item: Json) -> Sequence[Json]:
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
    if remote_id is None:
        return Person()
    user = users.get(remote_id, {})
    return Person(name=string(user.get("name")), handle=string(user.get("username")), remote_id=remote_id)


def web_url(remote_id: str, handle: str | None = None) -> str | None:
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
    """A form in which two writings of the same message are equal (reliability.md section 4, Match): escapes
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
    box = mapping(item.get("attachments"))
    links = [e for e in listing(entities.get("urls")) if is_media_link(e)]
    found = [_medium(key, media.get(key), links) for key in _keys(box.get("media_keys"))]
    found += [_poll(polls.get(key)) for key in _keys(box.get("poll_ids"))]
    return tuple(found)


def _keys(value: object) -> list[str]:
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
        box = mapping(body.get("includes"))
        posts = [*listing(box.get("tweets")), *listing(box.get("posts"))]
        return cls(
            users=_by(listing(box.get("users")), "id"),
            posts=_by(posts, "id"),
            media=_by(listing(box.get("media")), "media_key"),
            polls=_by(listing(box.get("polls")), "id"),
        )


def _by(items: Iterable[Json], name: str) -> dict[str, Json]:
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


def posts(body: Json, us: Us, surface: Surface) -> Feed:
    """A page of posts: those to us and our replies as messages, everything they refer to as context."""
    rows = check(body).get("data") or []
    includes = Includes.of(body)
    keys = _key_of({**includes.posts, **_by(listing(rows), "id")})
    messages: dict[str, tuple[int, Incoming]] = {}
    context: dict[str, Context] = {}
    poison: list[Poison] = []
    ids: list[str] = []

    def take(row: object) -> None:
        item = as_item(row)
        remote_id = identifier(item.get("id"))
        ids.append(remote_id)
        if referred(item, "retweeted"):
            return  # a repost is nobody's own words
        if us.wrote(item) and not _is_reply(item):
            note = as_context(item, us, includes, keys)
            context[note.id] = note
            return
        message = as_message(item, us, surface, includes, keys)
        known = messages.get(message.key)
        if known is None or number(remote_id) > known[0]:
            messages[message.key] = (number(remote_id), message)

    each(rows, take, poison)
    for item in includes.posts.values():
        try:
            note, key = as_context(item, us, includes, keys), history_key(item)
        except Malformed:
            continue  # context is a courtesy; what is odd about it harms nothing
        if note.remote_id not in ids and key not in messages:
            context.setdefault(note.id, note)
    for hole in _gone(body, us):
        context.setdefault(hole.id, hole)
    return Feed(
        messages=[m for _, m in messages.values()],
        context=list(context.values()),
        poison=poison,
        ids=ids,
        next_token=next_token(body),
        missing=absent(rows, ("author_id", "created_at", "conversation_id")),
    )


def around(body: Json, us: Us) -> Feed:
    """Everything an answer shows, as context: what others said in the same thread, parents, gaps."""
    rows = body.get("data") or []
    includes = Includes.of(body)
    found = _by(listing(rows), "id")
    keys = _key_of({**includes.posts, **found})
    context: dict[str, Context] = {}
    for post in (*found.values(), *includes.posts.values()):
        try:
            note = as_context(post, us, includes, keys)
        except Malformed:
            continue  # context is a courtesy; what is odd about it harms nothing
        context.setdefault(note.id, note)
    for hole in _gone(body, us):
        context.setdefault(hole.id, hole)
    return Feed(context=list(context.values()), ids=list(found), next_token=next_token(body))


def gap(remote_id: str, us: Us) -> Context:
    """Stands where a post was that is deleted or protected."""
    return Context(
        id=f"{us.account}:{remote_id}", remote_id=remote_id, author=Person(), ours=False, text="", gone=True
    )


def as_item(row: object) -> Json:
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
    items = listing(rows)
    return [name for name in names if items and not any(name in item for item in items)]


def _key_of(posts: Mapping[str, Json]) -> dict[str, str]:
    """Any id of an edited post to the key of all its versions, as far as this page tells."""
    keys: dict[str, str] = {}
    for remote_id, item in posts.items():
        try:
            key = history_key(item)
        except Malformed:
            continue  # the item itself is set aside where it is read
        history = either(item, "edit_history_tweet_ids", "edit_history_post_ids")
        for version in [remote_id, *(_keys(history))]:
            keys[version] = key
    return keys


def versions(body: Json, remote_id: str) -> set[str]:
    """All ids under which a post may be named, as far as this page tells: an edit gives it a new one."""
    found = {remote_id}
    for post in (*listing(body.get("data")), *Includes.of(body).posts.values()):
        ids = _keys(either(post, "edit_history_tweet_ids", "edit_history_post_ids"))
        if remote_id in ids:
            found.update(ids)
    return found


def _is_reply(post: Json) -> bool:
    return (
        referred(post, "replied_to") is not None or optional_id(post.get("in_reply_to_user_id")) is not None
    )


def as_message(post: Json, us: Us, surface: Surface, includes: Includes, keys: Mapping[str, str]) -> Incoming:
    remote_id, key = identifier(post.get("id")), history_key(post)
    text, entities = full_text(post)
    ours = us.wrote(post)
    author_id = optional_id(post.get("author_id"))
    author = us_person(us) if ours else person(includes.users, author_id)
    answers = referred(post, "replied_to")
    root = optional_id(post.get("conversation_id")) or key
    customer = _addressed(post, us, includes) if ours else (author_id or "unknown")
    thread = f"{root}:{customer}" if customer else None
    sent_at, edited_at = _times(post, key)
    files = attachments(post, entities, includes.media, includes.polls)
    return Incoming(
        key=key,
        remote_id=remote_id,
        surface=surface,
        thread=thread,
        author=author,
        ours=ours,
        text=readable(text, entities, media_shown=has_media(files)),
        sent_at=sent_at,
        parent=keys.get(answers, answers) if answers else None,
        contact=(person(includes.users, customer) if customer else None) if ours else author,
        attachments=files,
        edited_at=edited_at,
        url=web_url(remote_id, author.handle),
        thread_url=web_url(root),
        answerable=Answerable() if ours else summoned(post, us, includes),
        barred=barred(post, us, includes),
    )


def us_person(us: Us) -> Person:
    who = us.identity
    return Person(name=who.name, handle=who.handle, remote_id=who.remote_id)


def has_media(files: Iterable[Attachment]) -> bool:
    return any(f.kind != "poll" for f in files)


def _addressed(post: Json, us: Us, includes: Includes) -> str | None:
    """Whom a reply of ours answers; None when that is ourselves or was not told, so that only the store can
    say which conversation it continues."""
    to = optional_id(post.get("in_reply_to_user_id"))
    if to is None:
        parent = includes.posts.get(referred(post, "replied_to") or "", {})
        to = optional_id(parent.get("author_id"))
    return None if to == us.id else to


def _times(post: Json, key: str) -> tuple[datetime | None, datetime | None]:
    """First publication and last edit. An edited post carries the time of its edit; its first id still
    tells when it was first published."""
    created = moment(post.get("created_at"))
    if created is None or key == optional_id(post.get("id")):
        return created, None
    first = born(key)
    # An hour is the longest X lets people edit; a first id that disagrees is not believed.
    credible = first is not None and timedelta(0) <= created - first <= timedelta(hours=2)
    return (first if credible else created), created


def as_context(post: Json, us: Us, includes: Includes, keys: Mapping[str, str]) -> Context:
    remote_id, key = identifier(post.get("id")), history_key(post)
    text, entities = full_text(post)
    ours = us.wrote(post)
    author = us_person(us) if ours else person(includes.users, optional_id(post.get("author_id")))
    files = attachments(post, entities, includes.media, includes.polls)
    answers = referred(post, "replied_to")
    return Context(
        id=f"{us.account}:{key}",
        remote_id=remote_id,
        author=author,
        ours=ours,
        text=readable(text, entities, media_shown=has_media(files)),
        sent_at=_times(post, key)[0],
        reply_to=keys.get(answers, answers) if answers else None,
        root=optional_id(post.get("conversation_id")),
        attachments=files,
        url=web_url(remote_id, author.handle),
    )


NOT_SHOWN = frozenset({"resource-not-found", "not-authorized-for-resource"})
"""Types of `errors` that leave a gap: deleted, protected or suspended. Trouble of X's leaves none: it is asked again."""


def _gone(body: Json, us: Us) -> Iterable[Context]:
    """Posts that are referred to but deleted, protected or suspended: X names them under `errors`."""
    for error in listing(body.get("errors")):
        remote_id = optional_id(either(error, "resource_id", "value"))
        kind = (string(error.get("type")) or "").rstrip("/").rpartition("/")[2]
        if error.get("resource_type") in ("tweet", "post") and remote_id and kind in NOT_SHOWN:
            yield gap(remote_id, us)


# -- what may be done to it? -----------------------------------------------------------------------------


def barred(post: Json, us: Us, includes: Includes) -> tuple[Deed, ...]:
    """What X surely refuses: likes on self-serve plans (changelog of 2026-04-20), and hiding anything but a
    reply of somebody else in a conversation we began (hide-replies/introduction.mdx)."""
    likes = () if us.exempt else (Deed.LIKE, Deed.UNLIKE)
    return (*likes, *(() if _may_hide(post, us, includes) else (Deed.HIDE, Deed.UNHIDE)))


def _may_hide(post: Json, us: Us, includes: Includes) -> bool:
    root = optional_id(post.get("conversation_id"))
    if us.wrote(post) or root is None or referred(post, "replied_to") is None:
        return False
    began = includes.posts.get(root)
    return began is None or us.wrote(began)


# -- may we answer it? -------------------------------------------------------------------------------------


NOT_SUMMONED = Answerable(public=False, reason="not_summoned")


def summoned(post: Json, us: Us, includes: Includes) -> Answerable:
    """Whether X takes a reply of ours through the API (rule since 2026-02-23, changelog.mdx).

    The author must have mentioned us in this very post or quoted one of our posts. Mentions that X puts in
    front of a reply by itself do not count, but below a post of ours, or of the author's own, it is an inference
    that X refuses them (no source shows either answer, XCHAT 15): None, so the send is tried. X leaves `entities` out
    where there are none; then our name in the text decides, and if it stands there after all, nobody knows: None.
    """
    if us.exempt or _quotes_us(post, us, includes):
        return Answerable(public=True)
    text, entities = full_text(post)
    doubt = Answerable() if _answers_us(post, us, includes) else NOT_SUMMONED
    if not isinstance(entities.get("mentions"), list):
        handle = us.identity.handle
        named = handle is None or f"@{handle}".lower() in text.lower()
        return Answerable() if named else doubt
    ours = [m for m in listing(entities["mentions"]) if _is_us(m, us)]
    hidden = _implicit_until(post, text, us, includes)
    explicit = any(isinstance(s := m.get("start"), int) and s >= hidden for m in ours)
    if explicit:
        return Answerable(public=True)
    return Answerable() if ours and _parent_is_no_third(post, includes) else doubt


def _answers_us(post: Json, us: Us, includes: Includes) -> bool:
    """Whether the post replies to one of ours, with or without a mention."""
    answers = referred(post, "replied_to")
    return answers is not None and _author_answered(post, answers, includes) == us.id


def _parent_is_no_third(post: Json, includes: Includes) -> bool:
    """Whether a post that names us replies to one of its author's own, or to one nobody knows the author of."""
    answers = referred(post, "replied_to")
    if answers is None:
        return False
    return _author_answered(post, answers, includes) in (None, optional_id(post.get("author_id")))


def _author_answered(post: Json, answers: str, includes: Includes) -> str | None:
    """Who wrote the post that this one replies to, as far as the page tells."""
    parent = includes.posts.get(answers, {})
    return optional_id(parent.get("author_id")) or optional_id(post.get("in_reply_to_user_id"))


def _is_us(mention: Json, us: Us) -> bool:
    told = optional_id(mention.get("id"))
    if told is not None:
        return told == us.id
    name, handle = string(mention.get("username")), us.identity.handle
    return bool(name and handle and name.lower() == handle.lower())


def _implicit_until(post: Json, text: str, us: Us, includes: Includes) -> int:
    """Where the author's own words begin: after the mentions X put in front of a reply.

    A post that answers no post has none: who begins with @us typed it.
    """
    answers = referred(post, "replied_to")
    if answers is None:
        return 0
    parent = includes.posts.get(answers)
    if parent is not None and not us.wrote(parent) and _leaves_us_out(parent, us):
        return 0  # nothing in the parent would have brought us in: the author did
    return _leading_end(text)


_LEADING = re.compile(r"\s*@(\w{1,30})(?=\s|$)", re.ASCII)


def _leading_end(text: str) -> int:
    """The end of the mentions X put in front: each once, each followed by a space. "@us @us, listen" has one."""
    seen: set[str] = set()
    end = 0
    while (mention := _LEADING.match(text, end)) and mention[1].lower() not in seen:
        seen.add(mention[1].lower())
        end = mention.end()
    return end


def _leaves_us_out(parent: Json, us: Us) -> bool:
    """Whether a parent surely does not mention us. One without any @ has no mentions to tell."""
    text, entities = full_text(parent)
    told = isinstance(entities.get("mentions"), list)
    return not any(_is_us(m, us) for m in listing(entities["mentions"])) if told else "@" not in text


def _quotes_us(post: Json, us: Us, includes: Includes) -> bool:
    quoted = referred(post, "quoted")
    if quoted is None:
        return False
    if quoted in includes.posts:
        return us.wrote(includes.posts[quoted])
    handle = us.identity.handle
    if not handle:
        return False
    ours = re.compile(
        rf"https?://(?:\w+\.)?(?:twitter|x)\.com/{re.escape(handle)}/status/{re.escape(quoted)}\b", re.I
    )
    links = listing(full_text(post)[1].get("urls"))
    return any(ours.match(string(e.get("expanded_url")) or "") for e in links)
