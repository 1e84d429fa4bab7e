"""What says the same: so that a storm of equal complaints is marked with one key, and nothing else with it."""

from __future__ import annotations

import pytest

from inbox.domain.listening.groups import like

STORM = "Seit heute Morgen geht die App nicht mehr, nur ein weißer Bildschirm. Was ist da los?"


@pytest.mark.parametrize(
    "other",
    [
        STORM.upper(),
        "Seit heute morgen geht die App nicht mehr nur ein weisser Bildschirm, was ist da los",
        "@nordlicht Seit heute Morgen geht die App nicht mehr, nur ein weisser Bildschirm!! https://t.co/x1",
        f"{STORM} Ich habe schon neu installiert und das Telefon neu gestartet, es hilft alles nichts, bitte melden.",
        "Seit gestern Abend geht die App nicht mehr, nur ein weißer Bildschirm. Was ist da los??",
    ],
)
def test_the_same_complaint_in_other_spelling_is_alike(other: str) -> None:
    assert like(STORM, [("x", other)]) == ["x"]


@pytest.mark.parametrize(
    "other",
    [
        "Die App ist super, danke!",
        "Seit heute Morgen warte ich auf mein Paket. Was ist da los?",
        "",
        "@nordlicht",
        "👍",
    ],
)
def test_another_matter_is_not(other: str) -> None:
    """Whoever gets the wrong canned answer writes twice."""
    assert like(STORM, [("x", other)]) == []


def test_a_text_of_names_alone_is_like_nothing() -> None:
    assert like("@a @b", [("x", "@a @b")]) == []


def test_short_texts_are_compared_whole() -> None:
    assert like("Wann?", [("a", "wann"), ("b", "Wann kommt mein Paket?")]) == ["a"]
