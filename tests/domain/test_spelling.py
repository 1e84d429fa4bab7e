"""Which words are looked up: a hint on what is no word teaches people to ignore all hints."""

from __future__ import annotations

import pytest

from inbox.domain.spelling import misspelt, words


def looked_up(text: str, at: int | None = None) -> list[str]:
    return [word for _, word in words(text, at)]


@pytest.mark.parametrize(
    "text",
    [
        "https://acme.example/trackking?id=7",
        "www.acme.example/hilfe",
        "tanja.brandt@acme.example",
        "@acmeparcels #lieferung",
        "{name} [NUMMER] <DATUM>",
        "DHL iPhone OpenAI",
        "A4711 3x 24h",
        "config.toml  ja/nein",
        "ok, am",
    ],
)
def test_what_is_no_word_is_not_looked_up(text: str) -> None:
    assert looked_up(text) == []


def test_words_are_looked_up_with_their_places() -> None:
    assert list(words("Ihr Pakket, don’t worry – größe!")) == [
        (0, "Ihr"),
        (4, "Pakket"),
        (12, "don't"),
        (18, "worry"),
        (26, "größe"),
    ]


def test_the_word_that_is_being_written_is_left_in_peace() -> None:
    """Half a word is no mistake; a hint that comes and goes with every letter is one."""
    assert looked_up("Ihr Pakk", at=8) == ["Ihr"]
    assert looked_up("Ihr Pakk", at=2) == ["Pakk"]
    assert looked_up("Ihr Pakk ", at=9) == ["Ihr", "Pakk"]


def test_names_of_the_conversation_are_right_however_they_are_written() -> None:
    wrong = misspelt(
        "Hallo Frau Lindnér, lindnér und Pakket", {"Hallo", "Frau", "und"}.__contains__, names=["Eva LINDNÉR"]
    )
    assert wrong == ["Pakket"]


def test_a_word_is_told_once() -> None:
    assert misspelt("wrng wrng Wrng", lambda word: False) == ["wrng", "Wrng"]
