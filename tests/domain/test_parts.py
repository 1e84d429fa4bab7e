"""A long text becomes a numbered thread that reads well and loses no word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.domain.parts import MOST, TooManyParts, split


def test_a_text_that_fits_stays_as_it_is() -> None:
    """No number on a single post."""
    assert split("  Hello Anna!  ", lambda t: len(t) <= 20) == ["Hello Anna!"]


def test_breaks_come_after_sentences() -> None:
    """A thought is not cut where a full stop is near."""
    text = "One short sentence here. Another one follows it. And a third to end it."
    assert split(text, lambda t: len(t) <= 40) == [
        "One short sentence here. 1/3",
        "Another one follows it. 2/3",
        "And a third to end it. 3/3",
    ]


def test_an_endless_word_is_cut() -> None:
    """A pasted link or number must not stop the answer."""
    assert split("x" * 50, lambda t: len(t) <= 30) == ["x" * 26 + " 1/2", "x" * 24 + " 2/2"]


def test_a_book_is_refused() -> None:
    """A slip must not become two hundred posts."""
    with pytest.raises(TooManyParts):
        split("word " * 5000, lambda t: len(t) <= 280)


@given(st.text(st.sampled_from("abc .\n"), min_size=1, max_size=600), st.integers(20, 80))
def test_no_word_is_lost_and_no_part_too_long(text: str, limit: int) -> None:
    """The parts without their numbers are the text without its gaps."""
    try:
        parts = split(text, lambda t: len(t) <= limit)
    except TooManyParts:
        assert len(text) > (MOST - 1) * (limit - 8) / 2
        return
    assert all(len(part) <= limit for part in parts)
    bare = parts if len(parts) == 1 else [part.rsplit(" ", 1)[0] for part in parts]
    assert "".join("".join(bare).split()) == "".join(text.split())


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize("limit", [20, 23, 24, 25, 280])
def test_parts_are_cut_between_whole_signs(limit: int) -> None:
    """A part that ends in a joiner shows another emoji than the agent chose, and the next one begins with half of it."""
    text = "日" + FAMILY * 30 + "e\u0301" * 20 + "🇩🇪" * 10
    parts = split(text, lambda t: len(t) <= limit)
    pieces = [part.rsplit(" ", 1)[0] for part in parts]
    assert "".join(pieces) == text
    for piece in pieces:
        assert not piece.endswith("\u200d")
        assert piece[0] not in "\u200d\u0301"
        assert piece.count("\U0001f468") == piece.count("\U0001f467")
        assert sum("\U0001f1e6" <= c <= "\U0001f1ff" for c in piece) % 2 == 0


def test_a_sign_longer_than_a_part_is_cut_all_the_same() -> None:
    """Somebody pastes a letter with a thousand accents: the answer must leave, and lose nothing."""
    text = "a" + "\u0301" * 50
    parts = split(text, lambda t: len(t) <= 30)
    assert "".join(part.rsplit(" ", 1)[0] for part in parts) == text
