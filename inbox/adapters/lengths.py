"""How long a text is by a rule that any platform may use, and where it stops fitting."""

from __future__ import annotations

from inbox.domain.records import Record


class Count(Record):
    """`used` of `limit` in the platform's unit. `text[:valid_to]` (code points) is the part that fits; `valid`
    says whether that is the whole text and there is any."""

    used: int
    limit: int
    valid_to: int
    valid: bool

    @property
    def left(self) -> int:
        """Return what still fits; negative when it is too long."""
        return self.limit - self.used


def characters(text: str, limit: int) -> Count:
    """Count every code point as one."""
    return Count(len(text), limit, min(len(text), limit), 0 < len(text) <= limit)
