"""Hostile texts and answers: those of the repository, and with them a larger collection where it lies beside it.

`tests/data/hostile_texts.jsonl` and `tests/data/hostile_answers.jsonl`, one JSON object a line, in ASCII. A text has `name`,
`class`, `field` (where it turns up) and `s`, or `parts` (pieces and how often). `must` says what has to be true of it,
`visible` what can still be read, `absent_hex` which bytes may never reach a terminal, `equals` that nothing may be
altered. An answer has `platform`, `kind` (list, page, send, rate, error), `status`, `headers`, a body, and `expect`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from shared import SHARED

Record = dict[str, Any]
DATA = Path(__file__).resolve().parent / "data"


def texts() -> list[Record]:
    """Every hostile text, joined under `text`. New records on each call."""
    found = list(_records("hostile_texts.jsonl", "text.jsonl", "blns.jsonl"))
    for record in found:
        record["text"] = record.get("s", "") + "".join(
            piece * times for piece, times in record.get("parts", ())
        )
    return found


def answers(platform: str, *kinds: str) -> list[Record]:
    """The hostile answers of these kinds that `platform` ("x" or "facebook") could give."""
    found = _records("hostile_answers.jsonl", "api.jsonl")
    return [r for r in found if r["platform"] in ("any", platform) and r["kind"] in kinds]


def _records(own: str, *others: str) -> Iterator[Record]:
    for path in (DATA / own, *(SHARED / "hostile" / name for name in others)):
        if path.exists():
            yield from map(json.loads, _lines(path))


@cache
def _lines(path: Path) -> list[str]:
    return path.read_text("ascii").splitlines()
