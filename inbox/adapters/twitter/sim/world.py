"""The state of the simulated X, and the verbs that write its script: users, posts, edits, direct messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from inbox.adapters.simkit import Faults, Request
from inbox.adapters.twitter.sim.answers import missing, out_of_order, protected
from inbox.adapters.twitter.sim.records import Accepted, Event, Media, Post, Upload, between

EPOCH = 1_288_834_974_657
"""Milliseconds since 1970 from which X counts in its ids."""


class World:
    """One X with one account of ours (`me`). `clock` returns aware UTC."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        seed: int = 0,
        token: str = "sim-user-token",
        name: str = "Acme",
        handle: str = "acme",
        start: str = "1000000000000000001",
    ) -> None:
        self.clock = clock
        self.token = token
        self.app_token: str | None = None
        """A token of an app: good for reading public posts only."""
        self.enterprise = False
        self.dm_lag = timedelta(0)
        """How long `/2/dm_events` is behind the conversation look-up."""
        self.closed_to_dm: set[str] = set()
        self.keyed: set[str] = set()
        """Users with a key for X Chat. Of talk between them `dm_events` shows our side alone (facts/x.md#4.1)."""
        self.hidden: set[str] = set()
        self.liked: set[str] = set()
        """Ids of posts hidden and liked by our account."""
        self.protected: set[str] = set()
        """Authors whose posts nobody is shown."""
        self.out_of_order: set[str] = set()
        """Ids of posts that look-ups answer with trouble of X's own; lists go on showing them."""
        self.uploads: dict[str, Upload] = {}
        self.media_work = 0.0
        """Seconds X works on a video."""
        self.withheld: set[str] = set()
        """Fields X leaves out in silence whatever was asked (a fault seen on the live service)."""
        self.leftover_dm_token = True
        """The recorded last page of direct messages still names a next one."""
        self.calls: list[Request] = []
        self.accepted: list[Accepted] = []
        self.faults = Faults()
        self.users: dict[str, dict[str, str]] = {}
        self.posts: dict[str, Post] = {}
        self.events: dict[str, Event] = {}
        self.random = Random(seed)
        self._last_user = int(start) - 1
        self._sequence = 0
        self._handles: dict[str, str] = {}
        self._named_in: dict[str, list[tuple[str, int, int]]] = {}
        self.me = self.user(name, handle)

    # -- writing the script ----------------------------------------------------------------------------

    def user(self, name: str, handle: str) -> str:
        """A new account; returns its id."""
        self._last_user += self.random.randrange(1, 10**9)
        uid = str(self._last_user)
        self.users[uid] = {"id": uid, "name": name, "username": handle}
        self._handles[handle.lower()] = uid
        self._named_in.clear()
        return uid

    def post(
        self,
        author: str,
        text: str,
        *,
        reply_to: str | None = None,
        quote: str | None = None,
        repost: str | None = None,
        at: datetime | None = None,
        late: float = 0,
        media: Sequence[tuple[str, str | None]] = (),
        poll: Sequence[str] = (),
    ) -> str:
        """Publish a post; returns its id. A reply gets the mentions X puts in front of it, so `text` is what the
        author typed. `late`: seconds until lists show it. `media`: (type, alternative text)."""
        at = (at or self.clock()).astimezone(UTC)
        pid = self.snowflake(at)
        parent = self.post_by(reply_to) if reply_to else None
        prefix = self.prefix(author, parent, text) if parent else ""
        starts_with = None if parent else self._named(text, r"@(\w+)")
        post = Post(
            id=pid,
            author=author,
            text=prefix + text,
            created_at=at,
            conversation=parent.conversation if parent else pid,
            visible_at=at + timedelta(seconds=late),
            typed_from=len(prefix),
            reply_to=parent.id if parent else None,
            reply_to_user=parent.author if parent else starts_with,
            quote=quote,
            repost=repost,
            media=[self._medium(pid, kind, alt, n) for n, (kind, alt) in enumerate(media)],
            poll=list(poll),
            history=[pid],
        )
        self.posts[pid] = post
        return pid

    def edit(self, post_id: str, text: str, *, at: datetime | None = None) -> str:
        """An edit is a new post with a new id, and the old one is no longer listed."""
        old = self.post_by(post_id)
        at = (at or self.clock()).astimezone(UTC)
        new_id = self.snowflake(at)
        del self.posts[old.id]
        history = [*old.history, new_id]
        prefix = old.text[: old.typed_from]
        self.posts[new_id] = Post(
            id=new_id,
            author=old.author,
            text=prefix + text,
            created_at=at,
            conversation=old.conversation,
            visible_at=at,
            typed_from=old.typed_from,
            reply_to=old.reply_to,
            reply_to_user=old.reply_to_user,
            quote=old.quote,
            media=old.media,
            poll=old.poll,
            history=history,
        )
        return new_id

    def delete(self, post_id: str) -> None:
        """Delete a post by any id of its history."""
        self.post_by(post_id).gone = True

    def dm(
        self,
        sender: str,
        text: str,
        *,
        to: str | None = None,
        conversation: str | None = None,
        at: datetime | None = None,
        media: Sequence[tuple[str, str | None]] = (),
        kind: str = "MessageCreate",
    ) -> str:
        """A direct message to `to` (default: to us), or into a group `conversation`; returns the event's id."""
        at = (at or self.clock()).astimezone(UTC)
        eid = self.snowflake(at)
        other = to or self.me
        self.events[eid] = Event(
            id=eid,
            conversation=conversation or between(sender, other),
            sender=sender,
            text=text,
            created_at=at,
            kind=kind,
            media=[self._medium(eid, kind_, alt, n) for n, (kind_, alt) in enumerate(media)],
            visible_at=at + self.dm_lag,
        )
        return eid

    # -- looking around --------------------------------------------------------------------------------

    def snowflake(self, at: datetime) -> str:
        """Return a new id in X's form: the milliseconds of `at`, then a counter."""
        self._sequence = (self._sequence + 1) % 4096
        milliseconds = int(at.timestamp() * 1000) - EPOCH
        while str(fresh := (milliseconds << 22) | self._sequence) in self.posts or str(fresh) in self.events:
            self._sequence = (self._sequence + 1) % 4096
        return str(fresh)

    def _medium(self, owner: str, kind: str, alt: str | None, n: int) -> Media:
        number = {"photo": "3", "video": "7", "animated_gif": "16"}[kind]
        return Media(f"{number}_{int(owner) + n}", kind, alt)

    def post_by(self, post_id: str) -> Post:
        """By any id of its history."""
        found = self.posts.get(post_id)
        return found or next(p for p in self.posts.values() if post_id in p.history)

    def known_post(self, post_id: str) -> Post | None:
        """Return a post that our account may see; None for one that is gone, protected or unknown."""
        try:
            found = self.post_by(post_id)
        except StopIteration:
            return None
        return None if found.gone or found.author in self.protected else found

    def why_not(self, post_id: str, parameter: str) -> dict[str, Any]:
        """X's words about a post that it does not show."""
        if post_id in self.out_of_order:
            return out_of_order(post_id, parameter)
        hidden = any(post_id in (p.id, *p.history) and not p.gone for p in self.posts.values())
        return protected(post_id, parameter) if hidden else missing(post_id, parameter)

    def visible(self) -> list[Post]:
        """Return the posts that lists show now, newest first."""
        now = self.clock()
        live = [
            p
            for p in self.posts.values()
            if not p.gone and p.author not in self.protected and p.visible_at <= now
        ]
        return sorted(live, key=lambda p: int(p.id), reverse=True)

    def people(self, conversation: str) -> set[str]:
        """Return the ids of who takes part in a direct conversation."""
        if "-" in conversation:
            return set(conversation.split("-"))
        return {e.sender for e in self.events.values() if e.conversation == conversation} | {self.me}

    def _named(self, text: str, pattern: str) -> str | None:
        found = re.match(pattern, text)
        return self.by_handle(found[1]) if found else None

    def by_handle(self, handle: str) -> str | None:
        """Return the id of the user with a handle, whatever its case; None without one."""
        return self._handles.get(handle.lower())

    def prefix(self, author: str, parent: Post, text: str) -> str:
        """X puts the parent's author and everybody it mentions in front of a reply, but never the writer."""
        people = [parent.author, *(uid for uid, _, _ in self.mentions(parent.text))]
        return "".join(f"@{self.users[u]['username']} " for u in dict.fromkeys(people) if u != author)

    def mentions(self, text: str) -> list[tuple[str, int, int]]:
        """(user, start, end) of everybody named in a text; remembered, because every reading asks for all posts."""
        if text not in self._named_in:
            marks = re.finditer(r"(?<![\w@])@(\w{1,15})", text)
            hits = ((self.by_handle(m[1]), m.start(), m.end()) for m in marks)
            self._named_in[text] = [(uid, start, end) for uid, start, end in hits if uid]
        return self._named_in[text]
