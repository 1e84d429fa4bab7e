"""Which known word was probably meant by a mistyped one: one rule for commands, options, settings, filters and keys."""

from __future__ import annotations

from collections.abc import Iterable

LIKE = 0.6
"""How much two words with the same first letter must have in common (0 to 1): first letters are seldom mistyped."""
VERY_LIKE = 0.75
"""The same for words that begin differently: below it `people` would mean `reopen`, and `serve` `erase`."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `word`, whatever the case; None where none is like enough."""
    import difflib  # 2 ms that a help text does not need

    spellings = {name.lower(): name for name in known if name}
    typed = word.lower()
    for found in difflib.get_close_matches(typed, spellings, n=3, cutoff=LIKE):
        if found[0] == typed[0] or difflib.SequenceMatcher(None, found, typed).ratio() >= VERY_LIKE:
            return spellings[found]
    return None
