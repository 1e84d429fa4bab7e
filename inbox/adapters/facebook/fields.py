"""The `fields` parameter of the Graph API: `id,from,comments.limit(5){id,message}`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct, field

NEEDED = frozenset(
    {"id", "message", "from", "created_time", "updated_time", "parent", "messages", "comments"}
    | {"attachment", "attachments", "shares", "participants"}
)
"""Without these the next reading would store other words, authors and files than there are."""
CONFIRMED_AFTER = timedelta(minutes=10)
"""How much later a second refusal of a needed field is believed."""
ASKED_AGAIN_AFTER = timedelta(days=1)


class _Refusals(Struct):
    first: datetime
    last: datetime


class UnknownFields(Struct):
    """Names that Facebook said it does not know, by the shape of a question. They are left out of it for a day: the one
    answer that said so may have been wrong. A name of `NEEDED` is left out only after a second refusal."""

    _refused: dict[str, dict[str, _Refusals]] = field(default_factory=dict)

    def left_out(self, shape: str, now: datetime) -> list[str]:
        """Return the names that a question of this shape goes without."""
        return [
            name
            for name, at in self._refused.get(shape, {}).items()
            if timedelta(0) <= now - at.last < ASKED_AGAIN_AFTER and _believed(name, at)
        ]

    def refused(self, shape: str, name: str, now: datetime) -> bool:
        """Note a refusal; return whether to ask again without the name."""
        names = self._refused.setdefault(shape, {})
        known = names.get(name)
        first = now if known is None or known.first > now else known.first
        names[name] = _Refusals(first, now)
        return _believed(name, names[name])

    def answered(self, shape: str, fields: str) -> None:
        """Forget refusals of names that were answered after all."""
        names = self._refused.get(shape, {})
        for name in [name for name in names if without(fields, name) != fields]:
            del names[name]


def _believed(name: str, at: _Refusals) -> bool:
    return name not in NEEDED or at.last - at.first >= CONFIRMED_AFTER


def without(fields: str, name: str) -> str:
    """The list without the field `name` at any depth; a list that would be left empty asks for `id`."""
    kept = []
    for item in _items(fields):
        head, brace, inner = item.partition("{")
        if head.partition(".")[0] == name:
            continue
        kept.append(f"{head}{{{without(inner[:-1], name)}}}" if brace else item)
    return ",".join(kept) or "id"


def _items(fields: str) -> Iterator[str]:
    """The parts between the commas that are outside all brackets."""
    depth = start = 0
    for at, sign in enumerate(fields):
        depth += (sign in "({") - (sign in ")}")
        if sign == "," and depth == 0:
            yield fields[start:at]
            start = at + 1
    if start < len(fields):
        yield fields[start:]
