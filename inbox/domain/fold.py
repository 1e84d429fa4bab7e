"""Fold text for search: one folding for every store, index, filter and highlight, so that all find the same.

Folding drops what people do not mean when they search: case, accents and strokes, the width of characters, ligatures,
typographic apostrophes, quotation marks and hyphens, what cannot be seen (soft hyphens, joiners, variation selectors,
direction marks), line breaks. "RUCKERSTATTUNG" finds "Rückerstattung", and "lodz" finds "Łódź". Whoever changes what
comes out raises `schema.VERSION`: the indexes of the store were made with it.

An umlaut has two plain spellings. A folded text with umlauts holds both, joined by `OR`; a term matches where one of
its spellings is found. So "Rueckerstattung" finds "Rückerstattung" and the reverse, and "neue" does not find "neu".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

SHORT = 3
"""Terms with fewer folded characters than this match the beginnings of words only."""

MARK = "\x01"
OR = " \x03 "
"""Stands between the spellings of one folded text. A blank on each side: each spelling begins and ends as a word."""

# A word begins after a blank, and at a letter or digit after anything else. Han, kana and Hangul jamo are
# written without blanks, and emoji stick to words: each of them begins a word, since searches for one or
# two such characters are normal. Compiled at its first use: not before the first frame.
_WORD_START = (
    r"(?<!\S)(?=\S)"
    r"|(?<![^\W_])(?=[^\W_])"
    r"|(?=[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])"
    r"|(?=[^\w\s\x00-\x7f])"
)
# Where no character begins a word by itself, words are found whole: long texts are marked in a third of the time.
_SINGLE = r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\w\s\x00-\x7f]"
_PLAIN_WORD = r"([^\W_]+|(?<!\S)\S)"


def fold(text: str) -> str:
    """Fold `text`, with white space as single blanks; see above. Folding twice changes nothing."""
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    composed = unicodedata.normalize("NFC", text)
    folded = " ".join(composed.translate(_FOLDED).split())
    if not re.search(_UMLAUT, composed):
        return folded
    spelled = " ".join(composed.translate(_SPELLED).split())
    return folded if spelled == folded else f"{folded}{OR}{spelled}"


def spellings(folded: str) -> list[str]:
    """List the spellings of a folded term, at least one; the plainest first."""
    return folded.split(OR) if OR in folded else [folded]


def marked(folded: str) -> str:
    """Folded text with two marks before each word: what a trigram index is built from.

    The marks make the first one or two letters of a word a trigram, so short terms are found by index too.
    """
    if re.search(_SINGLE, folded):
        return re.sub(_WORD_START, MARK * 2, folded)
    parts = re.split(_PLAIN_WORD, folded)
    parts[1::2] = [MARK * 2 + word for word in parts[1::2]]
    return "".join(parts)


def pattern(term: str) -> str:
    """The piece of `marked` text that stands wherever one spelling of a folded term matches; at least three characters.

    Marks depend on a character and the one before it, so those inside a term are the same in the text;
    whether the term's first character begins a word there is left open, except for a short term.
    """
    inner = marked(term)
    bare = inner.removeprefix(MARK * 2)
    return bare if len(term) >= SHORT else (MARK * 2 + bare)[-max(SHORT, len(bare) + 1) :]


def holds(folded: str, term: str) -> bool:
    """Whether folded text contains the folded `term`: anywhere, or for a short one at a word's beginning."""
    if OR in term:
        return any(holds(folded, spelling) for spelling in term.split(OR))
    if len(term) >= SHORT:
        return term in folded
    return pattern(term) in marked(folded)


def found_in(text: str, typed: str) -> bool:
    """Whether what was `typed` is anywhere in `text`, neither of them folded: for lists that are narrowed while typing."""
    folded = fold(text)
    return any(spelling in folded for spelling in spellings(fold(typed)))


def spans(text: str, term: str) -> Iterator[tuple[int, int]]:
    """Where the folded `term` is found in `text` as it was written: (start, end) in characters, not overlapping.

    An end lies behind what the last character carries: accents, selectors, soft hyphens.
    """
    found: set[tuple[int, int]] = set()
    for table in (_FOLDED,) if text.isascii() else (_FOLDED, _SPELLED):
        folded, places = _placed(text, table)
        for spelling in spellings(term):
            for at in _hits(folded, spelling):
                found.add((places[at], places[at + len(spelling)]))
    last = 0
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end
            last = end


def _hits(folded: str, spelling: str) -> Iterator[int]:
    if not spelling:
        return
    begins = None if len(spelling) >= SHORT else {m.start() for m in re.finditer(_WORD_START, folded)}
    at = folded.find(spelling)
    while at >= 0:
        if begins is None or at in begins:
            yield at
            at = folded.find(spelling, at + len(spelling))
        else:
            at = folded.find(spelling, at + 1)


def _placed(text: str, table: _Table) -> tuple[str, list[int]]:
    """One spelling of `text`, and for each of its characters, and its end, where that begins in `text`."""
    pieces: list[str] = []
    places: list[int] = []
    for start, end in _composed(text):
        piece = text[start:end]
        piece = (piece if len(piece) == 1 else unicodedata.normalize("NFC", piece)).translate(table)
        if piece.isspace():
            piece = " " if pieces and pieces[-1][-1:] != " " else ""
        if piece:
            pieces.append(piece)
            places += [start] * len(piece)
    return "".join(pieces), [*places, len(text.rstrip())]


def _composed(text: str) -> Iterator[tuple[int, int]]:
    """The characters of a text, each with the combining marks behind it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            if start < at:
                yield start, at
            start = at


# -- one character -----------------------------------------------------------------------------------------


class _Table(dict[int, str]):
    """A table for `str.translate` that works out each code point when it first occurs."""

    LARGEST = 10_000

    def __init__(self, rule: Callable[[str], str]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str:
        if len(self) >= self.LARGEST:  # somebody sends all of Unicode
            self.clear()
        self[code] = found = self._rule(chr(code))
        return found


_PLAIN = {
    **dict.fromkeys(
        "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4\u0060\u055a", "'"
    ),
    **dict.fromkeys("\u05f3\u2039\u203a\u275b\u275c\ua78c", "'"),
    **dict.fromkeys(
        "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u02ba\u05f4\u275d\u275e\u301d\u301e\u301f", '"'
    ),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u02d7\u058a\u2e3a\u2e3b\ufe58", "-"),
    "\u2044": "/",
    "\u2215": "/",
    "\u2800": " ",
    "\u00e6": "ae",
    "\u0153": "oe",
    "\u00df": "ss",
    "\u00f0": "d",
    "\u00fe": "th",
    "\u0131": "i",
    "\u0237": "j",
    "\u0138": "k",
    "\u014b": "n",
}
"""Characters that look like others and are not decomposed by Unicode, in lower case. The accent and the backquote are
what keyboards make of an apostrophe."""

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u180b\u180c\u180d\u180f").union(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""What cannot be seen, beside the category Cf: fillers and variation selectors."""

_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_UMLAUT = "[äöüøåÄÖÜØÅ]"
_WITH = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH ")


def _folded(char: str) -> str:
    """One character as search sees it; "" for one that is not seen."""
    done = char
    while (step := "".join(map(_step, done))) != done:
        done = step
    return done


def _step(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    if char.isascii() and not char.isupper():
        return char
    if char in _UNSEEN or unicodedata.category(char) == "Cf" or unicodedata.combining(char):
        return ""
    decomposed = unicodedata.normalize("NFKD", char)
    if decomposed != char:
        return decomposed
    lower = char.casefold()
    if lower != char:
        return lower
    stroke = _WITH.match(unicodedata.name(char, ""))
    return stroke[1].lower() if stroke else char


def _spelled(char: str) -> str:
    """The same, with umlauts as they are written where a keyboard has none."""
    return _UMLAUTS.get(char.lower()) or _folded(char)


_FOLDED, _SPELLED = _Table(_folded), _Table(_spelled)
