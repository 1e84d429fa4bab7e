"""Messages that only thank: nobody has to do anything about them."""

from __future__ import annotations

import re

LONGEST = 80
"""Characters; whoever writes more has more to say."""

_THANKS = frozenset(
    [
        "danke",
        "dank",
        "dankeschön",
        "dankeschoen",
        "merci",
        "thanks",
        "thank",
        "thx",
        "ty",
        "cheers",
        "dankbar",
        "bedankt",
        "gracias",
    ]
)
_AROUND = frozenset(
    [
        "vielen",
        "lieben",
        "besten",
        "herzlichen",
        "tausend",
        "schönen",
        "schoenen",
        "sehr",
        "nochmal",
        "nochmals",
        "dir",
        "euch",
        "ihnen",
        "ja",
        "ok",
        "okay",
        "super",
        "prima",
        "perfekt",
        "toll",
        "klasse",
        "top",
        "alles",
        "klar",
        "gut",
        "für",
        "fuer",
        "die",
        "schnelle",
        "hilfe",
        "antwort",
        "rückmeldung",
        "rueckmeldung",
        "info",
        "liebe",
        "grüße",
        "gruesse",
        "you",
        "so",
        "very",
        "much",
        "many",
        "a",
        "lot",
        "again",
        "great",
        "perfect",
        "awesome",
        "wonderful",
        "for",
        "the",
        "your",
        "quick",
        "help",
        "answer",
        "reply",
        "support",
        "all",
        "good",
        "got",
        "it",
        "hat",
        "geklappt",
        "passt",
        "hello",
        "hi",
        "hallo",
        "und",
        "and",
    ]
)


def only_thanks(text: str) -> bool:
    """Whether a message says thanks and nothing else, in German or English; a question or an unknown word is more."""
    if len(text) > LONGEST or "?" in text:
        return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    if re.search(r"\d", text) or not words:
        return False
    return any(word in _THANKS for word in words) and all(word in _THANKS | _AROUND for word in words)
