"""Comments of a post as messages of their conversations: by top-level comment, or by the post they hang under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters.facebook import values, wire_posts
from inbox.adapters.facebook.order import same_second
from inbox.domain.model import Person, Surface
from inbox.domain.records import replace
from inbox.ports.platform import Incoming, Poison

EARLIER = timedelta(days=1)
"""A scheduled post may be discussed before the time that it carries."""


def parsed(raws: Iterable[Any]) -> tuple[list[wire_posts.Comment], list[Poison]]:
    """Comments, each once, and what could not be understood."""
    found: dict[str, wire_posts.Comment] = {}
    bad: list[Poison] = []
    for raw in raws:
        try:
            comment = wire_posts.comment(raw)
        except values.Unreadable as error:
            bad.append(values.poison(raw, str(error)))
        else:
            found.setdefault(comment.key, comment)
    return list(found.values()), bad


def thread_messages(
    found: list[wire_posts.Comment],
    *,
    surface: Surface,
    page_id: str,
    thread: str | None,
    post: str | None,
    root: Person | None,
    seconds: Mapping[str, tuple[str, ...]] | None = None,
) -> list[tuple[Incoming, str]]:
    """Comments as messages with their marks. `thread` None: each belongs to its top-level comment."""
    tree = wire_posts.Tree(found)
    if seconds is None:
        seconds = same_second([(comment.key, comment.created) for comment in found])
    shown: list[tuple[Incoming, str]] = []
    for comment in (*found, *tree.missing_parents()):
        top = thread or tree.top(comment)
        head = tree.comments.get(top)
        message = wire_posts.comment_message(
            comment,
            thread=top,
            surface=surface,
            page_id=page_id,
            post=post,
            root=root if thread else (head.author if head else None),
        )
        shown.append((replace(message, same_second=seconds.get(comment.key, ())), comment.mark))
    return shown


def post_thread(
    post: wire_posts.Post, found: list[wire_posts.Comment], surface: Surface, page_id: str
) -> list[tuple[Incoming, str]]:
    """A post by somebody else and the comments under it as messages of one conversation, with their marks."""
    head = wire_posts.post_message(post, surface, page_id)
    # The post is older than its comments: last in a list that begins with the newest.
    listed = [(comment.key, comment.created) for comment in found]
    seconds = same_second([*listed, (head.key, post.created)])
    answers = thread_messages(
        found,
        surface=surface,
        page_id=page_id,
        thread=post.id,
        post=post.id,
        root=post.author,
        seconds=seconds,
    )
    return [(replace(head, same_second=seconds.get(head.key, ())), post.mark), *answers]


def alive_threads(shown: list[tuple[Incoming, str]], floor: datetime) -> set[str | None]:
    """Threads with something in them that is not older than `floor` (no time counts as new)."""
    return {m.thread for m, _ in shown if m.sent_at is None or m.sent_at >= floor}


def precedes(post: wire_posts.Post, found: Iterable[wire_posts.Comment]) -> bool:
    """Whether a comment is said to be older than what it hangs under, by more than clocks differ: one of the times is
    wrong, so what was passed over as old may be new."""
    if post.created is None:
        return False
    earliest = post.created - EARLIER
    return any(comment.created is not None and comment.created < earliest for comment in found)
