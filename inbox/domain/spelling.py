"""Which words of a reply a dictionary is asked about: those somebody would have to spell, and not the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

CODES = {
    "German": "de",
    "English": "en",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Dutch": "nl",
    "Polish": "pl",
    "Turkish": "tr",
}
"""Languages that `domain.languages.language` tells apart, and how their dictionaries are called."""

_NO_WORDS = re.compile(
    r"https?://\S+|www\.\S+"
    r"|\S+@\S+"  # addresses
    r"|[@#]\w+"  # people, tags
    r"|\{[^{}\n]*\}|\[[^\[\]\n]*\]|<[^<>\n]*>"  # places still open
    r"|\w+(?:[./\\_]\w+)+"  # files, domains, names of settings
    r"|\w*\d\w*"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SHORTEST = 3
"""Letters of the shortest word that is looked up."""


def words(text: str, at: int | None = None) -> Iterator[tuple[int, str]]:
    """(where it begins, the word) of all that may be misspelt, in order. `at`: where the cursor stands; the word it
    touches is still being written."""
    kept = _NO_WORDS.sub(lambda hit: " " * len(hit.group()), text)
    for hit in _WORD.finditer(kept):
        word = hit.group()
        writing = at is not None and hit.start() <= at <= hit.end()
        if len(word) >= SHORTEST and not writing and not _is_name_like(word):
            yield hit.start(), word.replace("’", "'")


def _is_name_like(word: str) -> bool:
    """Abbreviations and brands: DHL, iPhone, OpenAI."""
    return any(letter.isupper() for letter in word[1:])


def misspelt(
    text: str, knows: Callable[[str], bool], *, names: Iterable[str] = (), at: int | None = None
) -> list[str]:
    """Words that neither the dictionary nor any of `names` (of people in the conversation) knows, each once."""
    known = {part.casefold() for name in names for part in _WORD.findall(name)}
    found = dict.fromkeys(word for _, word in words(text, at))
    return [word for word in found if word.casefold() not in known and not knows(word)]
