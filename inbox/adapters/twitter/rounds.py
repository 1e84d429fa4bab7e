"""One round of reading a list of posts: where it begins, how far it came, where it goes on after a kill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from inbox.adapters.twitter import wire
from inbox.adapters.twitter.wire import Feed, Json
from inbox.domain.records import Record


class PostList(Record, kw_only=True):
    """A list of posts to read: its endpoint, its place in the cursor, how far back, and what X serves of it."""

    key: str
    name: str
    path: str
    since: datetime
    pages: int
    more: Mapping[str, str] = field(default_factory=dict)
    served: int | None = None


class Round(Struct):
    """What a round of reading one list has learned: the newest id of its first page, and how far it came."""

    known: str | None
    newest: str | None
    oldest: str | None = None
    count: int = 0
    start: Mapping[str, str] = field(default_factory=dict)
    started: bool = False
    token: str | None = None
    """Of the page to read next."""

    @classmethod
    def begin(cls, known: str | None) -> Round:
        return cls(known=known, newest=known)

    @classmethod
    def resume(cls, known: str | None, going: Json) -> Round:
        """Where a round that was cut off (a kill, a limit) goes on."""
        round_ = cls.begin(known)
        token, start = wire.string(going.get("token")), wire.mapping(going.get("from"))
        if token and start:
            round_.newest, round_.oldest = known_id(going.get("newest")), known_id(going.get("oldest"))
            round_.count = count if isinstance(count := going.get("count"), int) else 0
            round_.start, round_.token, round_.started = (
                {str(k): str(v) for k, v in start.items()},
                token,
                True,
            )
        return round_

    def restart(self, start: Mapping[str, str]) -> None:
        self.newest, self.oldest, self.count, self.started, self.token = self.known, None, 0, False, None
        self.start = start

    def learn(self, feed: Feed) -> None:
        if not self.started:
            self.started = True
            self.newest = wire.newest([*feed.ids, *([self.newest] if self.newest else [])])
        self.count += len(feed.ids)
        self.oldest = wire.oldest([*feed.ids, *([self.oldest] if self.oldest else [])])
        self.token = feed.next_token

    @property
    def place(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "newest": self.newest,
            "oldest": self.oldest,
            "count": self.count,
            "from": dict(self.start),
        }


def known_id(value: object) -> str | None:
    """An id out of a stored cursor, if it is one."""
    return value if isinstance(value, str) and wire.number(value) >= 0 else None
