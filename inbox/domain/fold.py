"""Text as search sees it: one folding for every store, so that all of them find the same messages.

Folding drops what people do not mean when they search: upper and lower case, accents, the width of
characters, line breaks. "RUCKERSTATTUNG" finds "Rückerstattung".
"""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse

SHORT = 3
"""Terms with fewer folded characters than this match the beginnings of words only."""

MARK = "\x01"

# A word begins after a blank, and at a letter or digit after anything else. Han, kana and Hangul jamo are
# written without blanks, and emoji stick to words: each of them begins a word, since searches for one or
# two such characters are normal. Compiled at its first use: not before the first frame.
_WORD_START = (
    r"(?<!\S)(?=\S)"
    r"|(?<![^\W_])(?=[^\W_])"
    r"|(?=[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])"
    r"|(?=[^\w\s\x00-\x7f])"
)


def fold(text: str) -> str:
    """`text` without case, accents and width, white space as single blanks. Folding twice changes nothing."""
    if text.isascii():
        return " ".join(text.lower().split())
    # A compatibility form can be upper case (U+210C), and a case folding can decompose again: hence twice.
    folded = _decomposed(_decomposed(text).casefold())
    return " ".join(folded.split())


def _decomposed(text: str) -> str:
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))


def marked(folded: str) -> str:
    """Folded text with two marks before each word: what a trigram index is built from.

    The marks make the first one or two letters of a word a trigram, so short terms are found by index too.
    """
    return re.sub(_WORD_START, MARK * 2, folded)


def pattern(term: str) -> str:
    """The piece of `marked` text that stands wherever the folded `term` matches; at least three characters.

    Marks depend on a character and the one before it, so those inside a term are the same in the text;
    whether the term's first character begins a word there is left open, except for a short term.
    """
    inner = marked(term)
    bare = inner.removeprefix(MARK * 2)
    return bare if len(term) >= SHORT else (MARK * 2 + bare)[-max(SHORT, len(bare) + 1) :]


def holds(folded: str, term: str) -> bool:
    """Whether folded text contains the folded `term`: anywhere, or for a short one at a word's beginning."""
    if len(term) >= SHORT:
        return term in folded
    return pattern(term) in marked(folded)
