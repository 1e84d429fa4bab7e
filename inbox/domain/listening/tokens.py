"""Words and word pairs of a message, as surges and topics count them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

LONGEST_TEXT = 2000
"""Characters of a message that are looked at: what comes later adds no new word to a topic."""
SHORTEST_WORD = 3

_STOP_WORDS = """der die das und ich ist es nicht zu den mit auf ein eine fuer von im dem des wir ihr sie er was wie wo wann the a an
    and i is it to of in on for my you your was are do does with at be me we that this have has not no from by if or so an
    in aus bei nach vor auch noch nur schon man mir mich uns euch euer meine mein dass hat habe bin sind kann war wird als
    am um einen einer eines aber doch mal dann wenn denn weil bitte hallo danke please hello just but they can will would
    what when how why who our there been did dont cant amp"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Folded. They are in every message and so in no topic."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "’": "'", "‘": "'", "´": "'", "`": "'"})
_LINK = r"(?:https?://|www\.)\S+"
_NAME = r"@\w+"
_WORD = r"[^\W_]+(?:'[^\W_]+)?"


def fold_words(text: str) -> str:
    """Return `text` in lower case with umlauts written out and compatibility forms unified."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)


def first_link(text: str) -> str | None:
    """Return the first web address in a text, without what is behind `?` or `#`."""
    if "http" not in text and "www." not in text:
        return None
    found = re.search(_LINK, text)
    return None if found is None else re.split(r"[?#]", found[0].rstrip(".,;:!)"), maxsplit=1)[0]


def words_of(text: str, ignored: frozenset[str] = frozenset()) -> list[str]:
    """Return the folded words of a message in order, without links, @names, numbers, stop words and `ignored` ones."""
    folded = fold_words(text[:LONGEST_TEXT])
    if "http" in folded or "www." in folded:
        folded = re.sub(_LINK, " ", folded)
    if "@" in folded:
        folded = re.sub(_NAME, " ", folded)
    return [
        word
        for raw in re.findall(_WORD, folded)
        if len(word := raw.replace("'", "") if "'" in raw else raw) >= SHORTEST_WORD
        and word not in STOP_WORDS
        and word not in ignored
        and not word.isdigit()
    ]


def terms_of(text: str, ignored: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return each word and each pair of neighbouring words (joined by a blank) of a message once."""
    words = words_of(text, ignored)
    pairs = [f"{left} {right}" for left, right in pairwise(words) if left != right]
    return tuple(dict.fromkeys([*words, *pairs]))


def spelling(term: str, texts: Iterable[str]) -> str:
    """Return the commonest way in which people wrote a term; the term itself where no text holds it."""
    parts = term.split(" ")
    counted = Counter(written for text in texts for written in _written(parts, text))
    if not counted:
        return term
    return min(counted, key=lambda written: (-counted[written], written))


def _written(parts: Sequence[str], text: str) -> list[str]:
    """The places of a text where the words of a term stand, each as it was written there."""
    found: list[tuple[str, str]] = []
    bare = re.sub(_NAME, " ", re.sub(_LINK, " ", text[:LONGEST_TEXT]))
    for match in re.finditer(r"[^\W_]+(?:['’][^\W_]+)?", bare):
        word = fold_words(match[0]).replace("'", "")
        if len(word) >= SHORTEST_WORD and word not in STOP_WORDS and not word.isdigit():
            found.append((word, match[0]))
    hits = [
        " ".join(written for _, written in found[at : at + len(parts)])
        for at in range(len(found) - len(parts) + 1)
        if [word for word, _ in found[at : at + len(parts)]] == list(parts)
    ]
    return hits[:1]
