"""Topics: what people write about now and did not before, as words and pairs of words.

A term is a topic where it is used by more voices today than its use in the weeks before explains (the log-likelihood
ratio G2). Terms that say the same thing are one row: a compound and its parts, a pair and its words.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from inbox.domain.listening.surges import Heard, author_of
from inbox.domain.listening.tokens import spelling, terms_of
from inbox.domain.records import Record

BEFORE = 28
"""Days that today is compared with."""
FEWEST = 3
"""Voices of a topic."""
LEAST = 10.8
"""G2 from which on a term counts: one in a thousand by chance."""
MOST = 30
_DAY = 86400.0
_STEM = 5
"""Letters of a word that must be in a longer one to make both one topic."""


class Topic(Record, kw_only=True):
    """`words`: as people wrote them, the strongest first. `voices` today and `before`; `messages`: their ids, by time."""

    words: tuple[str, ...]
    voices: int
    before: int
    score: float
    messages: tuple[str, ...]


def topics(
    now: float, length: float, messages: Iterable[Heard], ignored: frozenset[str] = frozenset()
) -> list[Topic]:
    """Return what is new among the messages of the last `length` seconds, the strongest first, `MOST` at most.

    `messages`: those of this time and of the `BEFORE` days before it; our own are left out.
    """
    begins = now - length
    today: list[Heard] = []
    earlier: list[Heard] = []
    for message in messages:
        if message.ours or not begins - BEFORE * _DAY < message.sent <= now:
            continue
        (today if message.sent > begins else earlier).append(message)
    used, written, voices = _voices(today, ignored, begins, length)
    past, _, past_voices = _voices(earlier, ignored, begins, length)
    _join_compounds(used, past)
    scored = {
        term: score
        for term, who in used.items()
        if len(who) >= FEWEST
        and (score := _g2(len(who), len(past.get(term, ())), voices, past_voices)) >= LEAST
    }
    return [_topic(row, used, past, scored, written, today) for row in _rows(scored, used)[:MOST]]


Users = dict[str, set[str]]


def _voices(
    messages: Iterable[Heard], ignored: frozenset[str], begins: float, length: float
) -> tuple[Users, dict[str, list[str]], int]:
    """Who used each term (an author counts once in each stretch of `length`), its messages, and how many voices there are."""
    used: Users = defaultdict(set)
    written: dict[str, list[str]] = defaultdict(list)
    everybody: set[str] = set()
    for message in messages:
        voice = f"{int((message.sent - begins) // length)} {author_of(message)}"
        everybody.add(voice)
        for term in terms_of(message.text, ignored):
            used[term].add(voice)
            written[term].append(message.id)
    return used, written, len(everybody)


def _join_compounds(used: Users, past: Users) -> None:
    """`akkurueckruf` is `akku rueckruf`: the word counts as the pair, today and before."""
    pairs = {term.replace(" ", ""): term for term in used if " " in term}
    for word in [word for word in used if word in pairs]:
        used[pairs[word]] |= used[word]
        if word in past:
            past[pairs[word]] = past.get(pairs[word], set()) | past[word]


def _g2(today: int, before: int, voices: int, past_voices: int) -> float:
    """0 where it is used no more than before."""
    whole = today + before
    expected = voices * whole / (voices + past_voices)
    if today <= expected:
        return 0.0
    rest = past_voices * whole / (voices + past_voices)
    return 2 * (today * math.log(today / expected) + (before * math.log(before / rest) if before else 0.0))


def _rows(scored: Mapping[str, float], used: Users) -> list[list[str]]:
    """Terms that belong together, the strongest row first. A pair says more than its words, so it comes before them."""
    rows: list[list[str]] = []
    for term in sorted(scored, key=lambda one: (-scored[one] * (1.15 if " " in one else 1), one)):
        who = used[term]
        for row in rows:
            head = used[row[0]]
            if any(_related(term, other) for other in row) and 2 * len(who & head) >= len(who):
                row.append(term)
                break
        else:
            rows.append([term])
    return rows


def _related(one: str, other: str) -> bool:
    """Whether they share a word, or one is a part of the other's compound."""
    return any(
        a == b or (len(a) >= _STEM and a in b) or (len(b) >= _STEM and b in a)
        for a in one.split(" ")
        for b in other.split(" ")
    )


def _topic(
    row: Sequence[str],
    used: Users,
    past: Users,
    scored: Mapping[str, float],
    written: Mapping[str, list[str]],
    today: Sequence[Heard],
) -> Topic:
    ids = {mid for term in row for mid in written[term]}
    if " " in row[0]:
        ids.update(written.get(row[0].replace(" ", ""), ()))
    of_topic = sorted((m for m in today if m.id in ids), key=lambda m: (m.sent, m.id))
    texts = [m.text for m in of_topic]
    shown = [term for term in row if term == row[0] or not _said(term, row[0])][:3]
    return Topic(
        words=tuple(dict.fromkeys(spelling(term, texts) for term in shown)),
        voices=len(set().union(*(used[term] for term in row))),
        before=len(past.get(row[0], ())),
        score=scored[row[0]],
        messages=tuple(m.id for m in of_topic),
    )


def _said(term: str, head: str) -> bool:
    """Whether the head says it already."""
    return all(any(word in other for other in head.split(" ")) for word in term.split(" ")) or term.replace(
        " ", ""
    ) == head.replace(" ", "")
