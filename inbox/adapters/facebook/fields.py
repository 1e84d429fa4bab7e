"""The `fields` parameter of the Graph API: `id,from,comments.limit(5){id,message}`."""

from __future__ import annotations

from collections.abc import Iterator


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
