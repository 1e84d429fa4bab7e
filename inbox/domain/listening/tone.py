"""Tone of a message: negative, positive or neutral, by naive Bayes over words, pairs of words and its form.

The model is fitted at its first use, in a few tenths of a second, from the phrase lists beside this file: no model file, no
dependency. It abstains rather than guesses: features that the phrases do not hold say nothing, and whoever shows a
tone shows it only from `SURE` on. German and English; other languages come out as unsure.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from inbox.domain.listening import phrases_de, phrases_en
from inbox.domain.listening.tokens import LONGEST_TEXT, fold_words
from inbox.domain.records import Record

NEGATIVE, POSITIVE, NEUTRAL = "negative", "positive", "neutral"
SURE = 0.8
"""Probability from which a tone is shown."""

_VARIANTS = {NEGATIVE: 8, POSITIVE: 12, NEUTRAL: 10}
"""Messages made of each phrase. Together they count as one: a word of a single phrase is weak evidence."""
_SMOOTHING = 0.35
_TEMPERATURE = 0.8
"""Features of one sentence are not independent: taken as they are, naive Bayes is sure of everything."""
_PRIOR = {NEGATIVE: -0.8, POSITIVE: 0.0, NEUTRAL: 0.0}
"""The negative lists are the longest and hold the most everyday words; without this a calm sentence of unknown words
would come out as negative."""
_REASONS = 3

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_DROPPED = re.compile(r"(?:https?://|www\.)\S+|@\w+|\d[\d.,:/-]*")
_REFUSAL_WORDS = """not no never nobody nothing none cannot without isnt wasnt doesnt dont didnt wont cant hasnt havent arent werent
    couldnt nicht nie kein keine keinen keiner keinem niemand nichts ohne niemals weder"""
_ASKING_WORDS = """do does is are can could may what when where which who how until will would did
    gibt ist sind kann kann's koennt darf wann wo was wie welche welches welcher wer bis ab habt geht passt verschickt nehmt
    laeuft kommt weiss brauche muss"""
_POLITE_WORDS = "please could bitte koennt moechte would"
_REFUSAL, _ASKING, _POLITE = (
    frozenset(words.split()) for words in (_REFUSAL_WORDS, _ASKING_WORDS, _POLITE_WORDS)
)


class Tone(Record, kw_only=True):
    """`kind`: negative, positive or neutral. `sure`: its probability. `because`: the words that weighed most."""

    kind: str
    sure: float
    because: tuple[str, ...] = ()


class Model(Record, kw_only=True, eq=False):
    """Weights of features by class: log probabilities, 0 for what it does not know."""

    prior: Mapping[str, float]
    weights: Mapping[str, tuple[float, float, float]]


_CLASSES = (NEGATIVE, POSITIVE, NEUTRAL)


def tokens_of(text: str) -> list[str]:
    """Return the folded words of a text, stop words included: "not" is what tone hangs on."""
    folded = _DROPPED.sub(" ", fold_words(text[:LONGEST_TEXT]))
    return [token.replace("'", "") for token in _TOKEN.findall(folded)]


def features(text: str) -> list[str]:
    """Return words, pairs and features of the form, each once, in order."""
    tokens = tokens_of(text)
    refuses = any(token in _REFUSAL for token in tokens)
    form = ["=refuses"] if refuses else []
    if "?" in text:
        form += ["=asks"] if refuses else ["=asks plainly"]
        if tokens and any(token in _ASKING for token in tokens[:2]):
            form.append("=question form")
    if not refuses and any(token in _POLITE for token in tokens):
        form.append("=polite")
    if "!!" in text:
        form.append("=loud")
    pairs = (f"{left} {right}" for left, right in pairwise(tokens))
    return list(dict.fromkeys([*tokens, *pairs, *form]))


def tone(text: str, model: Model | None = None) -> Tone:
    """Judge the tone of a message; `model` None: the one of the phrase lists."""
    model = model or default_model()
    scores = [model.prior[kind] for kind in _CLASSES]
    known: list[tuple[str, tuple[float, float, float]]] = []
    for feature in features(text):
        weights = model.weights.get(feature)
        if weights is not None:
            known.append((feature, weights))
            for at, weight in enumerate(weights):
                scores[at] += weight
    top = max(scores)
    likely = [math.exp((score - top) * _TEMPERATURE) for score in scores]
    best = scores.index(top)
    return Tone(kind=_CLASSES[best], sure=likely[best] / sum(likely), because=_reasons(known, best))


def is_negative(text: str, model: Model | None = None) -> bool:
    """Whether a message counts as a negative voice; less than `SURE` is asked for, as nothing is shown of it."""
    judged = tone(text, model)
    return judged.kind == NEGATIVE and judged.sure >= 0.65


def _reasons(known: Sequence[tuple[str, tuple[float, float, float]]], best: int) -> tuple[str, ...]:
    """The words that speak most for a class; a word goes where a pair says it already."""
    speaking = sorted(
        (
            (weights[best] - max(w for at, w in enumerate(weights) if at != best), name)
            for name, weights in known
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    chosen: list[str] = []
    for weight, name in speaking:
        if weight <= 0.3 or len(chosen) == _REASONS:
            break
        if not name.startswith("=") and not any(_within(name, other) for other in chosen):
            chosen = [other for other in chosen if not _within(other, name)] + [name]
    return tuple(chosen)


def _within(word: str, pair: str) -> bool:
    return f" {word} " in f" {pair} "


# -- learning ------------------------------------------------------------------------------------------------


@cache
def default_model() -> Model:
    """Return the model of the phrase lists, fitted once in a process."""
    return fit(examples())


def fit(
    labelled: Iterable[tuple[str, str]], learned: Mapping[str, Mapping[str, float]] | None = None
) -> Model:
    """Fit a model to (text, class) pairs; `learned`: counts of features by class to be added, as `Labels` keeps them."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in _CLASSES}
    for text, kind in labelled:
        share = 1 / _VARIANTS[kind]
        counted = counts[kind]
        for feature in features(text):
            counted[feature] += share  # type: ignore[assignment]  # a Counter of fractions
    for kind, extra in (learned or {}).items():
        for feature, weight in extra.items():
            counts[kind][feature] += weight  # type: ignore[assignment]  # a Counter of fractions
    totals = [sum(counts[kind].values()) for kind in _CLASSES]
    vocabulary = set().union(*counts.values())
    size = len(vocabulary) * _SMOOTHING
    weights: dict[str, tuple[float, float, float]] = {}
    for feature in vocabulary:
        logs = [
            math.log((counts[kind][feature] + _SMOOTHING) / (total + size))
            for kind, total in zip(_CLASSES, totals, strict=True)
        ]
        middle = sum(logs) / 3
        weights[feature] = (logs[0] - middle, logs[1] - middle, logs[2] - middle)
    return Model(prior=_PRIOR, weights=weights)


def examples() -> Iterator[tuple[str, str]]:
    """Yield some 4,500 messages made of the phrases, with their class. The same ones each time."""
    chance = random.Random(1)
    for language in (phrases_de, phrases_en):
        lists = {
            NEGATIVE: _lines(language.NEGATIVE) + _lines(language.URGENT),
            POSITIVE: _lines(language.POSITIVE),
            NEUTRAL: _lines(language.NEUTRAL),
        }
        fill = _Filling(language, chance)
        for kind, phrases in lists.items():
            for phrase in phrases:
                for _ in range(_VARIANTS[kind]):
                    yield fill.message(phrase, phrases), kind


class _Filling:
    """Makes messages of the phrases of one language."""

    def __init__(self, language: object, chance: random.Random) -> None:
        self._chance = chance
        self._places = {
            "{t}": str(getattr(language, "THINGS")).split(),  # noqa: B009 a module is no record
            "{w}": _lines(str(getattr(language, "SINCE"))),  # noqa: B009
            "{h}": str(getattr(language, "PERSONS")).split(),  # noqa: B009
        }
        self._openings = _lines(str(getattr(language, "OPENINGS")))  # noqa: B009
        self._closings = _lines(str(getattr(language, "CLOSINGS")))  # noqa: B009

    def message(self, phrase: str, same_class: Sequence[str]) -> str:
        chance = self._chance
        text = phrase
        if chance.random() < 0.25:
            text = f"{text}. {chance.choice(same_class)}"
        for place, words in self._places.items():
            while place in text:
                text = text.replace(place, chance.choice(words), 1)
        if chance.random() < 0.3:
            text = f"{chance.choice(self._openings)} {text}"
        if chance.random() < 0.2:
            text = f"{text} {chance.choice(self._closings)}"
        if chance.random() < 0.33:
            text += chance.choice(("!", ".", "...", "!!"))
        return text


def _lines(text: str) -> list[str]:
    return text.strip().split("\n")
