"""What an erased person leaves behind: a mark that keeps polling from bringing them back, and nothing else.

Marks are keyed hashes (HMAC-SHA-256) of ids, so the list names nobody. A mark covers what was published up to the
erasure; whoever writes to us again afterwards is a new conversation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from inbox.domain.model import Person
from inbox.domain.records import Record, field

_WORD = re.compile(r"[\w.-]{3,}")


class Erasures(Record):
    """`marks`: hash to the moment of the erasure. `key` is random and belongs to this store."""

    key: bytes = b""
    marks: Mapping[str, datetime] = field(default_factory=dict)

    def mark_of(self, *names: str) -> str:
        import hashlib  # not before the first frame
        import hmac

        return hmac.new(self.key, "\n".join(names).encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def with_person(
        self, platform: str, person: Person, conversations: tuple[str, ...], now: datetime
    ) -> Erasures:
        """With marks for a person and for the conversations that were removed with them."""
        fresh = {self.mark_of("conversation", cid): now for cid in conversations}
        if person.remote_id is not None:
            fresh[self.mark_of("person", platform, person.remote_id)] = now
        return Erasures(self.key, {**self.marks, **fresh})

    def cover(
        self, platform: str, author: Person, conversation: str | None, published: datetime | None
    ) -> bool:
        """Whether something that arrives is part of what was erased. Without a time it counts as old."""
        if not self.marks:
            return False
        asked = [] if conversation is None else [self.mark_of("conversation", conversation)]
        if author.remote_id is not None:
            asked.append(self.mark_of("person", platform, author.remote_id))
        moments = [self.marks[mark] for mark in asked if mark in self.marks]
        return any(published is None or published <= moment for moment in moments)

    def named_in(self, platform: str, raw: str) -> bool:
        """Whether raw text that nobody could read holds the id of an erased person."""
        if not self.marks:
            return False
        return any(self.mark_of("person", platform, word) in self.marks for word in set(_WORD.findall(raw)))
