"""Colleagues: a name that nobody has must not swallow work, and who is named hears of it."""

from __future__ import annotations

import re
from functools import partial

import pytest

from engine.world import World, said
from inbox.domain.filter import FilterError
from inbox.engine.desk import agents
from inbox.engine.desk.workplace import Settings

CID = "acme-x:mentions:root:7"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@mia please look", ["mia"]),
        ("please look, @Mia.", ["mia"]),
        ("write to mia@example.com or x@mia", []),
        ("@mianne and mia", []),
        ("@anna.b and @jo", ["anna.b", "jo"]),
    ],
)
def test_an_agent_is_named_with_a_sign_and_as_a_whole_word(text: str, named: list[str]) -> None:
    assert agents.named_in(text, ["mia", "jo", "anna.b"]) == named


def test_who_is_named_or_given_work_finds_it_and_is_told_once(world: World) -> None:
    world.desk.workplace.settings = Settings(colleagues=["mia"])
    world.arrive(said("1"))
    world.desk.notes.add(CID, "Do you know them, @mia?")
    world.desk.triage.assign([CID], "mia")
    world.desk.workplace.agent = world.desk.workplace.log.agent = "mia"
    assert world.desk.queue.order("all", "is:mentioned") == [CID]
    assert [(n["what"], n["by"]) for n in agents.take_notices(world.store, world.desk.workplace.agent)] == [
        ("mentioned", "tanja"),
        ("assigned", "tanja"),
    ]
    assert agents.take_notices(world.store, world.desk.workplace.agent) == []


def test_nobody_is_told_of_what_they_did_themselves(world: World) -> None:
    world.arrive(said("1"))
    world.desk.triage.assign([CID], "tanja")
    assert (
        agents.take_notices(world.store, world.desk.workplace.agent),
        world.desk.queue.order("all", "is:mentioned"),
    ) == (
        [],
        [],
    )


def test_known_are_the_config_and_who_has_worked_here(world: World) -> None:
    world.desk.workplace.settings = Settings(colleagues=["mia"])
    world.arrive(said("1"))
    world.desk.workplace.agent = world.desk.workplace.log.agent = "jo"
    world.desk.triage.tag([CID], add=["x"])
    world.desk.workplace.agent = world.desk.workplace.log.agent = "tanja"
    assert world.desk.workplace.agent_names() == ["tanja", "jo", "mia"]


def test_a_holder_who_is_silent_is_found(world: World) -> None:
    world.arrive(said("1"))
    world.desk.triage.assign([CID], "tanja")
    world.clock.advance(29 * 60)
    assert world.desk.queue.order("all", "silent:>30m") == []
    world.clock.advance(120)
    assert world.desk.queue.order("all", "silent:>30m to:tanja") == [CID]
    assert world.desk.queue.order("all", "silent:30m -to:tanja") == []


def test_a_macro_that_gives_work_away_raises_the_notice_too(world: World) -> None:
    """Who gets a conversation by a macro has as much to do as by hand."""
    world.arrive(said("1"))
    world.desk.triage.macro("second line", [CID], tags=["x"], assign="mia", resolve=False)
    assert [(n["what"], n["by"]) for n in agents.take_notices(world.store, "mia")] == [("assigned", "tanja")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in:acme", 'there is no account "acme"; did you mean "acme-x"?'),
        ("-in:nordlicht", 'there is no account "nordlicht"; there are acme-x.'),
        ("to:tanya", 'nobody here is called "tanya"; did you mean "tanja"?'),
    ],
)
def test_a_name_that_nobody_has_is_refused_with_the_one_that_was_meant(
    world: World, text: str, said: str
) -> None:
    """ "Nothing fits this filter" sends people looking for messages that are there."""
    with pytest.raises(FilterError, match=re.escape(said)):
        world.desk.queue.order("all", text)


def test_an_account_that_the_config_names_no_longer_is_found_by_its_name(world: World) -> None:
    """Its conversations stay until they are let go."""
    world.arrive(said("1"))
    world.desk.workplace.platforms.accounts = {}
    assert world.desk.queue.order("all", "in:acme-x") == [CID]


def test_a_plain_word_finds_what_the_row_shows(world: World) -> None:
    """An agent types the name that is on the screen; together with a word of the message it narrows."""
    world.arrive(said("1", "Where is my parcel?"), said("2", "A refund, please", thread="other:7"))
    other = "acme-x:mentions:other:7"
    world.desk.triage.tag([other], add=["gold"])
    name = world.desk.conversation.get(CID).contact.name or ""
    found = partial(world.desk.queue.order, "all")
    assert sorted(found(name.lower())) == sorted([CID, other])
    assert found(f"{name} parcel") == [CID]
    assert found("gold") == found("gold refund") == [other]
    assert found("gold parcel") == []
    assert found("-gold") == [CID]
