"""Signs as people see them: what a cursor, a Backspace and a cut must not come in between of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.domain.graphemes import after, before, joined, typed, whole

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SIGNS = [
    "x",
    "é",
    "e\u0301\u0323",
    FAMILY,
    "❤\ufe0f",
    "🇩🇪",
    "👍🏽",
    "1\ufe0f\u20e3",
    "각",
    "\u1112\u1161\u11ab",
    " ",
]


@settings(deadline=None)  # the first step compiles the pattern
@given(st.lists(st.sampled_from(SIGNS), max_size=8), st.data())
def test_a_step_goes_over_one_whole_sign(signs: list[str], data: st.DataObject) -> None:
    text = "".join(signs)
    places = [0]
    for sign in signs:
        places.append(places[-1] + len(sign))
    for n, place in enumerate(places):
        assert before(text, place) == places[max(0, n - 1)]
        assert after(text, place) == places[min(len(signs), n + 1)]
        assert whole(text, place) == place
    inside = data.draw(st.integers(0, len(text)))
    assert whole(text, inside) == max(place for place in places if place <= inside)


@settings(deadline=None)
@given(st.text(), st.integers(-2, 60))
def test_steps_stay_in_the_text_and_get_on(text: str, at: int) -> None:
    """Whatever stands there, and wherever the cursor came from: no endless loop, no step outside."""
    at = min(max(at, 0), len(text))
    assert before(text, at) < at or at == before(text, at) == 0
    assert after(text, at) > at or at == after(text, at) == len(text)
    assert 0 <= whole(text, at) <= at


@pytest.mark.parametrize(
    "character", [*"aé返", "\u200d", "\u200c", "\ufe0f", "\u0301", "\xa0", "\u200f", "\u00ad", "\U000e0067"]
)
def test_what_a_key_may_be_is_text(character: str) -> None:
    assert typed(character)


@pytest.mark.parametrize("character", [None, "", "\x1b", "\x11", "\t", "\x9b", "\ud83d", "\u2028", "ab"])
def test_what_is_no_text_is_not_taken_for_it(character: str | None) -> None:
    assert not typed(character)


def test_halves_become_one_character() -> None:
    assert joined("a\ud83d\udc68b\ud83d") == "a\U0001f468b"
    assert joined("plain") == "plain"
