"""Hints about a message: its tone and its kind, with the words that caused them.

A hint is shown only when it is sure, and never sorts, hides, routes or answers: a wrong one is worse than none. Tone
is learned (`tone`), kinds are rules over words. A language other than German and English gets none.
"""

from __future__ import annotations

import re
from functools import cache

from inbox.domain.languages import language as plain_language
from inbox.domain.listening.tokens import LONGEST_TEXT, fold_words
from inbox.domain.listening.tone import NEGATIVE, POSITIVE, SURE, Model, Tone, features, tone
from inbox.domain.records import Record

URGENT, PRAISE, COMPLAINT, IDEA, QUESTION = "urgent", "praise", "complaint", "idea", "question"
KINDS = (NEGATIVE, URGENT, PRAISE, QUESTION, COMPLAINT, IDEA)

# Over folded text (`fold_words`): umlauts are written out.
_DANGER = (
    r"emergency|ambulance|smoke(?!-?free)|caught fire|on fire|smell(?:s|ing)? gas|gas leak|sparks?|electric shock|explod\w*|bleed\w*|"
    r"(?:is|was|got|are|been) (?:hurt|injured)|injur\w+|allerg\w+|insulin|breath\w*|chok\w+|stranded|stuck (?:in|abroad)|locked out|"
    r"hacked|stolen|fraud|unauthori[sz]ed|lawyer|"
    r"notfall|krankenwagen|rauch|feuer gefangen|brennt|brand\w*gefahr|riecht nach gas|gasgeruch|funken|stromschlag|explodier\w*|blutet|"
    r"verletzt|allergi\w+|insulin|atmen|erstick\w*|gestrandet|stecken? .{0,25}fest|sitzen? .{0,40}fest|ausgesperrt|gehackt|gestohlen|"
    r"betrug|missbrauch|anwalt"
)
_HURRY = (
    r"tonight|right now|immediately|at once|deadline|within the hour|leaves in|court|"
    r"heute noch|sofort|frist|gericht|umgehend|in (?:einer|zwei|drei) stunden?"
)
_IDEAS = (
    r"(?:should|could) you (?:add|make|offer)|would be (?:nice|great|cool|better|helpful) if|why don'?t you (?:add|make|offer|sell|have)|"
    r"how about|i wish (?:you|there|the|your)|suggestion|feature request|please (?:add|bring back)|it'?d help if|"
    r"waere (?:schoen|toll|super|besser|klasse|hilfreich)|koenntet ihr nicht|warum (?:macht|bietet|baut) ihr nicht|wie waer'?e? ?'?s mit|"
    r"vorschlag|anregung|wuensche? mir|wuenschte|bitte (?:wieder|auch) (?:ein|an)\w*|wuerde (?:sehr )?helfen"
)
_NO_DANGER = r"\b(?:no|without|kein\w*|ohne|smoke-?free|free of)\s+(?:\w+\s+)?$"
_CODES = {
    "German": "de", "English": "en", "French": "fr", "Spanish": "es", "Italian": "it",
    "Dutch": "nl", "Polish": "pl", "Turkish": "tr",
}  # fmt: skip
_SPOKEN = (None, "de", "en")


class Hint(Record, kw_only=True):
    """`kind`: one of `KINDS`. `sure`: 0 to 1. `because`: the words that caused it, folded."""

    kind: str
    sure: float
    because: tuple[str, ...] = ()


def language_of(text: str) -> str | None:
    """Return the code of the language of a text, the name of its script in lower case, or None where it is not plain."""
    found = plain_language(text)
    return None if found is None else _CODES.get(found, found.lower())


def hints(text: str, model: Model | None = None) -> list[Hint]:
    """Return the hints about a message that are sure, the kind last: of several kinds the first of urgent, praise,
    complaint, idea, question."""
    text = text[:LONGEST_TEXT]
    if not text.strip() or language_of(text) not in _SPOKEN:
        return []
    folded = fold_words(text)
    idea = _search(_IDEAS, folded)
    # "Could you not offer ..." is polite: what is around an idea decides about the tone.
    judged = tone(text if idea is None else folded.replace(idea, " "), model)
    found = []
    if judged.kind == NEGATIVE and judged.sure >= SURE:
        found.append(Hint(kind=NEGATIVE, sure=judged.sure, because=judged.because))
    kind = _kind(text, folded, judged, idea)
    return [*found, kind] if kind is not None else found


def _kind(text: str, folded: str, judged: Tone, idea: str | None) -> Hint | None:
    mood, sure, because = judged.kind, judged.sure, judged.because
    form = set(features(text))
    asks = "=asks plainly" in form
    urgent = _urgent(folded, judged, asks=asks)
    if urgent is not None:
        return urgent
    if mood == POSITIVE and sure >= SURE and not asks and idea is None:
        return Hint(kind=PRAISE, sure=sure, because=because)
    if mood == NEGATIVE and sure >= SURE:
        return Hint(kind=COMPLAINT, sure=sure, because=because)
    if idea is not None:
        return Hint(kind=IDEA, sure=0.85, because=(idea,))
    if asks and "=question form" in form:
        return Hint(kind=QUESTION, sure=0.9, because=("?",))
    if asks and mood != NEGATIVE:
        return Hint(kind=QUESTION, sure=SURE, because=("?",))
    return None


def _urgent(folded: str, judged: Tone, *, asks: bool) -> Hint | None:
    """Danger, unless it is said not to be there, or thanked for; haste alone only in a bad tone."""
    if judged.kind == POSITIVE and judged.sure >= SURE:
        return None
    for match in _compiled(_DANGER).finditer(folded):
        if not re.search(_NO_DANGER, folded[: match.start()]):
            return Hint(kind=URGENT, sure=0.85, because=(match[0],))
    hurry = _search(_HURRY, folded)
    if hurry is not None and not asks and judged.kind == NEGATIVE and "=refuses" in features(folded):
        return Hint(kind=URGENT, sure=SURE, because=(hurry,))
    return None


def _search(pattern: str, folded: str) -> str | None:
    found = _compiled(pattern).search(folded)
    return None if found is None else found[0]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")
