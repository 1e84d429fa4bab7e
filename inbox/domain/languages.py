"""The language a text is written in, by a vote of small words or by its script.

Only what is plain is told: of short texts, names and mixtures nothing is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

_STOPS: Mapping[str, str] = {
    "German": "der die das und ist nicht ich wir sie es ein eine mit auf für von zu den dem im bei auch noch "
    "wie was wann bitte aber haben hat kann mein meine ihr ihre uns mir seit schon sind wird war leider heute",
    "English": "the and is not you we they a an with on for of to in at also how what when please but have has "
    "can my your our us me since are will was it this that i do does today sorry there",
    "French": "le la les et est pas je nous vous un une avec sur pour de des au aux mais avez mon ma votre qui que "
    "dans bonjour merci depuis suis sont ce cette",
    "Spanish": "el la los las y es no yo nosotros un una con para por de del al pero tengo mi su que en hola gracias "
    "desde está son este esta cuándo cómo",
    "Italian": "il lo la gli e è non io noi un una con per di del al ma ho mio mia che in ciao grazie da sono questo "
    "questa quando come",
    "Dutch": "de het een en is niet ik wij jullie met op voor van naar in bij ook maar heb heeft mijn uw ons sinds "
    "zijn wordt dit dat wanneer hoe",
    "Polish": "i jest nie ja my wy z na dla od do w przy też ale mam ma mój moja wasz się że to kiedy jak proszę "
    "dziękuję paczka już",
    "Turkish": "ve bir bu değil ben biz siz ile için da de ama var yok benim ne zaman nasıl lütfen teşekkürler çok "
    "mi mı daha",
}
CODES: Mapping[str, str] = {
    "German": "de",
    "English": "en",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Dutch": "nl",
    "Polish": "pl",
    "Turkish": "tr",
    "Greek": "el",
    "Hebrew": "he",
    "Hangul": "ko",
    "Thai": "th",
}
"""Codes of ISO 639-1 for what `language` tells, where its name means one language."""
ENOUGH = 3
"""Stop words a language needs before it is believed; less tells nothing."""
LOOKED_AT = 600
"""Characters of a text that decide."""


@lru_cache(1)
def _languages_of() -> dict[str, list[str]]:
    """The languages of which a word is a stop word."""
    found: dict[str, list[str]] = {}
    for name, words in _STOPS.items():
        for word in set(words.split()):
            found.setdefault(word, []).append(name)
    return found


def language(text: str) -> str | None:
    """Return the language of a text in English, or the name of its script; None where it is not plain."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.sub(r"https?://\S+|[@#]\w+", " ", text).lower())
    if script := _script(words):
        return script
    stops = _languages_of()
    votes = Counter(name for word in words if word in stops for name in stops[word])
    if not votes:
        return None
    (first, most), (_, second) = [*votes.most_common(2), ("", 0)][:2]
    return first if most >= ENOUGH and most >= 1.5 * second else None


def code(text: str) -> str:
    """Return the code (ISO 639-1) of the language of a text, "" where it is not plain. Some 30 us."""
    return CODES.get(language(text[:LOOKED_AT]) or "", "")


def named(code: str) -> str:
    """Return the English name of a language by its code; the code where it is none of ours."""
    return next((name for name, known in CODES.items() if known == code), code)


_BEYOND_LATIN = "\u0250"
"""All letters before it are Latin: no need to look each of them up."""


def _script(words: Sequence[str]) -> str | None:
    letters = "".join(words)
    if len(letters) < 6 or max(letters) < _BEYOND_LATIN:
        return None
    counted = Counter(_script_of(c) for c in letters)
    script, number = counted.most_common(1)[0]
    return None if script == "Latin" or number * 2 < len(letters) else script


def _script_of(letter: str) -> str:
    first = unicodedata.name(letter, "Latin").split()[0].capitalize()
    return {
        "Cjk": "Chinese or Japanese",
        "Hiragana": "Chinese or Japanese",
        "Katakana": "Chinese or Japanese",
    }.get(first, first)
