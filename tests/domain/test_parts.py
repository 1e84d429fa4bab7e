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
