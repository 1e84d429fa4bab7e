"""Reading when platforms misbehave: nothing lost, nothing twice, and only what is broken stops.

What the adapters make of single answers is held in `wire/` and `contract/`, the rules of taking in in
`engine/test_intake.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engine.world import NOON, TIMERS, Scripted, World, build, said, source

from faults.matrix import CANARY, CASES, Fate, Killed, begin
from faults.server import FAULTS, FaultServer, ForeignHost
from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Attachment, Person, Surface
from inbox.domain.outbox import Phase
from inbox.engine.desk.drafts import Reply
from inbox.engine.station import reader
from inbox.engine.station.intake import take_in
from inbox.errors import PlatformError, Unavailable
from inbox.ports.platform import Page, Poison

X, FACEBOOK = CASES[0], CASES[3]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    yield made
    made.store.close()


# -- what cannot be read -------------------------------------------------------------------------------------


def test_f54_half_a_character_in_a_name_or_link_stops_nothing(world: World) -> None:
    """No file holds half a surrogate pair: one such file name kept a whole page from being stored, for ever."""
    odd = said(
        "1",
        "look \ud83d",
        author=Person(name="A\udc00", handle="b\ud800", remote_id="7"),
        attachments=(Attachment(kind="file", name="\ud83d.pdf", url="https://x/\udfff"),),
        url="https://x/\ud83d",
        thread_url="https://x/\ud83d\0",
    )
    world.arrive(odd, said("2"))
    (first, second) = world.store.messages.of_conversation("acme-x:mentions:root:7")
    assert first.text == "look \ufffd"
    assert first.attachments[0].name == "\ufffd.pdf"
    assert first.altered
    assert second.text == "Where is my parcel?"


def test_f54_an_id_that_cannot_be_kept_sets_aside_only_its_item(world: World) -> None:
    """Two mended ids could be one: then a message would be lost under another's id."""
    page = Page(messages=[said(str(n)) for n in range(99)] + [said("10\ud800")])
    taken = take_in(world.store, page, source(), TIMERS, NOON)
    assert (taken.fetched, taken.new, taken.poison) == (99, 99, 1)
    assert world.store.small_things.quarantined("acme-x") == 1


async def test_f54_one_broken_item_is_counted_and_the_cursor_goes_on(world: World) -> None:
    """99 of 100 are there, the hundredth is kept for a look, and nothing is asked again for it."""
    page = Page(
        messages=[said(str(n)) for n in range(99)],
        poison=[Poison(raw="{}", reason="no id")],
        cursor={"at": 1},
    )
    world.platform.pages = {Surface.MENTIONS: [page]}
    report = await world.reader.round()
    assert report.ok
    assert world.store.small_things.cursor("acme-x:mentions")["cursor"] == {"at": 1}  # type: ignore[index]
    (health,) = world.desk.accounts.health()
    assert health.quarantined == 1
    assert any("1 of the latest items" in note for note in health.notes)


async def test_f55_a_channel_of_nothing_but_poison_is_marked_and_asked_rarely(tmp_path: Path) -> None:
    """A changed format must be seen, not silently swallowed; the other channel goes on."""
    world = build(tmp_path / "inbox", surfaces=(Surface.DIRECT, Surface.MENTIONS))
    broken = Page(poison=[Poison(raw=f"[{n}]", reason="no id") for n in range(100)], cursor={"at": 1})
    pauses = []
    for _ in range(4):
        world.platform.pages = {Surface.DIRECT: [broken], Surface.MENTIONS: [Page(messages=[said("1")])]}
        report = await world.reader.round(world.reader.due_now() or None)
        assert report.error is not None
        assert "could be read" in report.error.message
        (health,) = world.desk.accounts.health()
        assert health.problem == report.error.message
        pauses.append((world.reader.due[Surface.DIRECT] - world.clock.now()).total_seconds())
        world.clock.turn_to(world.reader.due[Surface.DIRECT])
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0] > 0
    assert len(world.store.messages.of_conversation("acme-x:mentions:root:7")) == 1
    world.store.close()


def test_f57_the_same_id_of_two_accounts_is_two_messages(world: World) -> None:
    """Ids are unique on a platform at best, never across accounts."""
    world.arrive(said("1", "ours"))
    other = source(account="other-x")
    take_in(world.store, Page(messages=[said("1", "theirs")]), other, TIMERS, NOON)
    assert world.store.messages.get("acme-x:1").text == "ours"  # type: ignore[union-attr]
    assert world.store.messages.get("other-x:1").text == "theirs"  # type: ignore[union-attr]


def test_f57_a_message_that_moves_keeps_its_words_and_its_thread(world: World) -> None:
    """A comment that is moved under another keeps its id; the place it left is settled."""
    world.arrive(said("1", "moved", thread="a:7"))
    world.arrive(said("1", "moved", thread="b:7"))
    assert world.store.conversations.get("acme-x:mentions:a:7") is None
    assert [m.text for m in world.store.messages.of_conversation("acme-x:mentions:b:7")] == ["moved"]
    assert world.desk.queue.order("waiting") == ["acme-x:mentions:b:7"]


async def test_f50_an_edit_after_the_reply_was_written_is_told_before_it_leaves(world: World) -> None:
    """Yes to "may I keep it" must not become yes to "may I sue you"."""
    world.arrive(said("1", "May I keep it?"))
    item = world.desk.replying.reply(
        "acme-x:mentions:root:7", Reply("Yes, of course.", hold=timedelta(seconds=5))
    )
    world.clock.advance(2)
    world.arrive(said("1", "May I sue you?", edited_at=world.clock.now()))
    await world.turn(5)
    held = world.store.outbox.get(item.id)
    assert held is not None
    assert held.phase == "stale"
    assert "edited" in (held.reason or "")
    assert world.platform.accepted == []
    world.desk.outbox.retry(item.id)
    await world.turn(1)
    assert len(world.platform.accepted) == 1


# -- order, doubles, deaths ------------------------------------------------------------------------------------


class PageByPage(Scripted):
    """Tells, before it hands out a page, what the store holds of the pages before."""

    def __init__(self, clock: VirtualClock, world: World) -> None:
        super().__init__(clock)
        self.world = world
        self.held: list[int] = []

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        for number in range(5):
            self.held.append(len(self.world.store.messages.of_conversation("acme-x:mentions:root:7")))
            yield Page(messages=[said(f"{number}{n}") for n in range(10)])


async def test_a_page_is_asked_for_when_the_one_before_is_stored(world: World) -> None:
    """Back-pressure: a store that is slow or full never lets pages pile up in memory."""
    platform = PageByPage(world.clock, world)
    world.reader.adapter = platform
    await world.reader.round()
    assert platform.held == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("case", [X, FACEBOOK], ids=lambda case: case.name)
async def test_f52_f53_ten_days_offline_are_caught_up_through_any_number_of_deaths(
    case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after every page once: in the end everything is there, once, and the next round brings nothing."""
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    people = [sim.user(f"P{n}", f"p{n}") if case is X else sim.world.person(f"P{n}") for n in range(24)]

    def write(number: int) -> None:
        person = people[number % len(people)]
        if case is X:
            sim.post(person, f"@acme question {number}")
        else:
            sim.world.writes(person, f"question {number}")

    write(0)
    async with FaultServer(sim) as server:
        life = begin(tmp_path / "inbox", case, clock, server.url)
        await life.reader.round()
        await life.end()
        for number in range(1, 241):
            clock.advance(3600)
            write(number)
        deaths = 0
        original = take_in
        for kill_at in range(12):
            pages = 0

            def mortal(*arguments: Any, kill_at: int = kill_at) -> Any:
                nonlocal pages
                taken = original(*arguments)
                pages += 1
                if pages == kill_at:
                    raise Killed
                return taken

            monkeypatch.setattr(reader, "take_in", mortal)
            life = begin(tmp_path / "inbox", case, clock, server.url)
            try:
                await life.reader.round()
            except Killed:
                deaths += 1
            await life.end()
            clock.advance(900)
        monkeypatch.setattr(reader, "take_in", original)
        life = begin(tmp_path / "inbox", case, clock, server.url)
        await life.reader.round()
        texts = sorted(
            m.text.removeprefix("@acme ")
            for cid in life.desk.queue.order("all")
            for m in life.store.messages.of_conversation(cid)
        )
        assert texts == sorted(f"question {number}" for number in range(241))
        clock.advance(900)
        assert (await life.reader.round()).new == 0
        assert deaths >= (2 if case is X else 1)  # Facebook gives all of it in two pages
        await life.end()


READ_FAULTS = [name for name in FAULTS if name != "accepted after the caller gave up"]


@pytest.mark.parametrize("case", [X, FACEBOOK], ids=lambda case: case.name)
async def test_f04_to_f31_a_fault_while_reading_costs_a_round_and_nothing_else(
    case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a read meets, the next one brings it all; the account says why, and nobody else is asked."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.25)
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    case.ask(sim)
    anna = list(getattr(sim, "users", ["", ""]))[1]
    async with ForeignHost() as foreign, FaultServer(sim, foreign=foreign) as server:
        life = begin(tmp_path / "inbox", case, clock, server.url)
        for fault in READ_FAULTS:
            clock.advance(3600)
            case.ask(sim) if case is FACEBOOK else sim.post(anna, f"@acme {fault}")
            server.next_read = fault
            report = await life.reader.round()
            assert server.hit[-1] == fault
            if report.error is not None:
                assert isinstance(report.error, Unavailable) or report.error.kind in (
                    "refused",
                    "rate_limited",
                )
                assert report.error.next_step
                assert CANARY not in report.error.message
            clock.advance(3600)
            assert (await life.reader.round()).ok, fault
        held = sum(len(life.store.messages.of_conversation(cid)) for cid in life.desk.queue.order("all"))
        assert held == len(READ_FAULTS) + 1
        assert foreign.requests == []
        await life.end()


@pytest.mark.parametrize("case", [X, CASES[2]], ids=lambda case: case.name)
async def test_f49_f51_an_edit_and_a_deletion_come_through_a_bad_line(
    case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told late, but told: nobody answers words that stand there no more, and no reply goes to what is gone."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.25)
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    case.ask(sim)
    async with ForeignHost() as foreign, FaultServer(sim, foreign=foreign) as server:
        life = begin(tmp_path / "inbox", case, clock, server.url)
        await life.reader.round()
        (cid,) = life.desk.queue.order("all")
        (asked,) = life.store.messages.of_conversation(cid)

        async def read(*faults: str) -> None:
            """Whatever reads there are: the round, the whole thread, the look whether all still stands."""
            for fault in (*faults, None):
                for look in (life.reader.round, lambda: life.reader.whole(cid), life.reader.recheck):
                    clock.advance(700)
                    server.next_read = fault
                    with suppress(PlatformError):
                        await look()

        clock.advance(60)
        (thing,) = sim.posts if case is X else sim.world.comments_by_id.values()
        edited = sim.edit(thing, "@acme Where is my other parcel?") if case is X else None
        if case is not X:
            sim.world.edit(thing, "Where is my other parcel?")
        await read("read, then reset", "accepted, half an answer", "502 of a proxy", "garbage")
        standing = [m for m in life.store.messages.of_conversation(cid) if m.stands]
        assert [m.text.removeprefix("@acme ") for m in standing] == ["Where is my other parcel?"]
        assert [v.text for v in standing[0].versions] == [asked.text]

        life.reader.recheck_for = timedelta(days=30)
        item = life.desk.replying.reply(cid, Reply("On its way.", hold=timedelta(hours=3)))
        sim.delete(edited) if case is X else sim.world.delete(thing)
        await read("read, then closed", "accepted, gzip bomb")
        assert [m for m in life.store.messages.of_conversation(cid) if m.stands] == []
        clock.advance(3 * 3600)
        await life.delivery.step()
        held = life.store.outbox.get(item.id)
        assert held is not None
        assert (held.phase, held.text, sim.accepted) == (Phase.STALE, "On its way.", [])
        assert "deleted" in (held.reason or "")
        await life.end()


def test_a_fate_kills_once() -> None:
    """The instrument itself: a death that strikes twice would never let the second life finish."""
    fate = Fate("here")
    with pytest.raises(Killed):
        fate.goes_by("here")
    fate.goes_by("here")
    assert fate.passed == ["here"]
