"""Posts of X as messages and context: pages of timelines, searches and look-ups. No network, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from inbox.adapters.twitter.reply_rules import barred, summoned
from inbox.adapters.twitter.wire import (
    Feed,
    Includes,
    Json,
    Malformed,
    Us,
    absent,
    as_item,
    attachments,
    born,
    by_id,
    check,
    each,
    either,
    full_text,
    has_media,
    history_key,
    identifier,
    listing,
    moment,
    next_token,
    number,
    optional_id,
    person,
    readable,
    referred,
    string,
    strings,
    us_person,
    web_url,
)
from inbox.domain.model import Answerable, Context, Person, Surface
from inbox.ports.platform import Incoming, Poison


def posts(body: Json, us: Us, surface: Surface) -> Feed:
    """A page of posts: those to us and our replies as messages, everything they refer to as context."""
    rows = check(body).get("data") or []
    includes = Includes.of(body)
    keys = _key_of({**includes.posts, **by_id(listing(rows), "id")})
    messages: dict[str, tuple[int, Incoming]] = {}
    context: dict[str, Context] = {}
    poison: list[Poison] = []
    ids: list[str] = []

    def take(row: object) -> None:
        """Add one post, or set it aside with the reason."""
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
    found = by_id(listing(rows), "id")
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


def _key_of(posts: Mapping[str, Json]) -> dict[str, str]:
    """Any id of an edited post to the key of all its versions, as far as this page tells."""
    keys: dict[str, str] = {}
    for remote_id, item in posts.items():
        try:
            key = history_key(item)
        except Malformed:
            continue  # the item itself is set aside where it is read
        history = either(item, "edit_history_tweet_ids", "edit_history_post_ids")
        for version in [remote_id, *(strings(history))]:
            keys[version] = key
    return keys


def versions(body: Json, remote_id: str) -> set[str]:
    """All ids under which a post may be named, as far as this page tells: an edit gives it a new one."""
    found = {remote_id}
    for post in (*listing(body.get("data")), *Includes.of(body).posts.values()):
        ids = strings(either(post, "edit_history_tweet_ids", "edit_history_post_ids"))
        if remote_id in ids:
            found.update(ids)
    return found


def _is_reply(post: Json) -> bool:
    return (
        referred(post, "replied_to") is not None or optional_id(post.get("in_reply_to_user_id")) is not None
    )


def as_message(post: Json, us: Us, surface: Surface, includes: Includes, keys: Mapping[str, str]) -> Incoming:
    """Turn a post into an incoming message. Raises Unreadable where it has no usable id or text."""
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
        edits_have_ids=True,
    )


def texts(body: Json, ids: Collection[str]) -> dict[str, str]:
    """What the posts of a look-up say, by remote id. One that says nothing and has nothing attached tells nothing."""
    found: dict[str, str] = {}
    for post in listing(body.get("data")):
        remote_id = optional_id(post.get("id"))
        if remote_id is None or remote_id not in ids or not isinstance(post.get("text"), str):
            continue
        try:
            text, entities = full_text(post)
        except Malformed:
            continue
        files = attachments(post, entities, {}, {})
        text = readable(text, entities, media_shown=has_media(files))
        if text.strip() or files:
            found[remote_id] = text
    return found


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
    """Turn a post that nobody addressed to us into the context of a thread."""
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
