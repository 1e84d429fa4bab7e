"""Canned responses: filled in one pass, and what is not known stays visibly open."""

from __future__ import annotations

import pytest

from inbox.domain.macros import PLACES, fill, first_open, mistaken, values
from inbox.domain.model import Conversation, Person, Surface


def someone(name: str | None, handle: str | None = None) -> Conversation:
    return Conversation(
        id="acme:mentions:1",
        account="acme",
        platform="twitter",
        surface=Surface.MENTIONS,
        thread="1",
        contact=Person(name=name, handle=handle),
    )


def test_names_are_filled_in() -> None:
    known = values(someone("Dr. Anna Becker", "anna_b"), "Tanja")
    text = fill("Hallo {first_name} ({name}, {handle}), {agent} von {account}.", known)
    assert text == "Hallo Anna (Dr. Anna Becker, @anna_b), Tanja von acme."


def test_a_customers_braces_stay_words() -> None:
    """A name chosen as "{agent}" must not be filled in a second time."""
    assert fill("Hallo {name}", values(someone("{agent} {account}"), "Tanja")) == "Hallo {agent} {account}"


def test_what_is_not_known_stays_open() -> None:
    """Better an open brace that the check finds than "Hallo ," in public."""
    text = fill("Hallo {name}, am {Termin}.", values(someone(None), "Tanja"))
    assert text == "Hallo {name}, am {Termin}."
    assert first_open(text) == (6, 12)
    assert first_open("nichts {} { } offen") is None


def test_hostile_names_are_cleaned() -> None:
    assert "\x1b" not in fill("{name}", values(someone("A\x1b[31mB\u202e"), "Tanja"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{nme}", "{name}"),
        ("{Nmae}", "{name}"),
        ("{frist_name}", "{first_name}"),
        ("{firstname}", "{first_name}"),
        ("{first name}", "{first_name}"),
        ("{acount}", "{account}"),
        ("{vorname}", "{first_name}"),
        ("{Kunde}", "{name}"),
        ("{{name}}", "{name}"),
        ("{ name }", "{name}"),
        ("${name}", "{name}"),
        ("[Vorname]", "{first_name}"),
        ("<name>", "{name}"),
        ("%handle%", "{handle}"),
    ],
)
def test_a_place_that_nobody_fills_in_names_the_one_that_was_meant(written: str, meant: str) -> None:
    """It would stand in a public answer: misspelt, in the agent's own language, or as another program writes it."""
    found = mistaken(f"Hallo {written}, guten Tag {written}")
    assert [(each.written, each.meant) for each in found] == [(written, meant)]


@pytest.mark.parametrize(
    "place",
    [
        *(f"{{{name}}}" for name in PLACES),
        *("{Name}", "{Termin}", "{amount}", "{Nummer}", "{Tag}", "{datum}", "{game}"),
        *("[1]", "<3", "[link]", "5 % of 100 %", "{}", "{ }", "{\n}"),
    ],
)
def test_a_place_for_the_agent_is_no_mistake(place: str) -> None:
    """`check` would exit with 1, and every use would ask."""
    assert mistaken(f"Hallo {place}!") == []
