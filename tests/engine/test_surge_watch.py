"""The station notices surges while it reads: from the messages of the store, whatever their order, over restarts too."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from engine.world import NOON, World
from inbox.domain.listening.surge_log import Logged
from inbox.domain.model import Conversation, Direction, Message, Person, Status, Surface
from inbox.engine import listening
from inbox.engine.health import AccountHealth, FirstReading, health_key
from inbox.engine.listening_settings import Listening
from inbox.engine.station.surge_watch import PAUSE, SOON, SurgeWatch

ACCOUNT = "acme-x"
HISTORY = timedelta(days=18)
ORDINARY = ["frage", "zur", "lieferung", "von", "gestern"]


def message(
    number: int, at: datetime, text: str, *, read: datetime | None = None, author: str = ""
) -> Message:
    return Message(
        id=f"{ACCOUNT}:{number}",
        conversation=f"{ACCOUNT}:mentions:{number}:{number}",
        remote_id=str(number),
        direction=Direction.IN,
        author=Person(remote_id=author or str(number)),
        text=text,
        sent_at=at,
        received_at=read or at + timedelta(seconds=30),
    )


def put(world: World, messages: Iterable[Message]) -> None:
    with world.store.transaction():
        for one in messages:
            world.store.messages.put(one)


def health(world: World, **more: object) -> None:
    import msgspec

    kept = AccountHealth(
        account=ACCOUNT,
        platform="twitter",
        last_read_at=world.clock.now(),
        **more,  # type: ignore[arg-type]
    )
    world.store.small_things.put_setting(health_key(ACCOUNT), msgspec.to_builtins(kept))


def watch(world: World, **more: str) -> SurgeWatch:
    return SurgeWatch(
        world.store,
        world.clock,
        Listening(**more),
        accounts=[ACCOUNT],
        zone=UTC,
    )


@pytest.fixture
def settled(world: World) -> World:
    """An account with eighteen days behind it: four voices an hour by day, about nothing in particular."""
    chance = random.Random(5)
    hours = int(HISTORY / timedelta(hours=1))
    old = []
    for hour in range(hours):
        at = NOON - HISTORY + timedelta(hours=hour)
        for _ in range(4 if 7 <= at.hour < 23 else 1):
            words = [*chance.sample(ORDINARY, 2), *(f"wort{chance.randrange(900)}" for _ in range(4))]
            old.append(message(len(old), at + timedelta(minutes=chance.uniform(0, 60)), " ".join(words)))
    put(world, old)
    connected = NOON - HISTORY
    world.store.small_things.put_setting(f"connected:{ACCOUNT}", connected.isoformat())
    health(world)
    return world


def crisis(read: Callable[[int], datetime | None] = lambda _: None) -> list[Message]:
    """Thirty people within twenty minutes from noon on, about one thing."""
    return [
        message(
            100_000 + n,
            NOON + timedelta(seconds=40 * n),
            f"Mein Akkubrand wort{n}: das geht gar nicht, niemand antwortet",
            read=read(n),
        )
        for n in range(30)
    ]


def log(world: World) -> list[Logged]:
    return listening.logged(world.store, ACCOUNT)


def turn(world: World, minutes: float) -> None:
    world.clock.advance(60 * minutes)
    health(world)


def test_a_surge_is_in_the_log_within_one_look_after_it_was_read(settled: World) -> None:
    """Header, command line and notice all come from this log."""
    looking = watch(settled)
    looking.finish()
    assert log(settled) == []
    turn(settled, 10)
    put(settled, crisis()[:15])
    looking.finish()
    (found,) = log(settled)
    assert found.surge.until is None
    assert found.surge.at is not None
    assert "Akkubrand" in " ".join(found.surge.words)
    assert settled.desk.listening.running() == [found]


def test_the_order_of_pages_and_a_restart_change_nothing(settled: World) -> None:
    """Surfaces are read one after the other, lists begin with the newest, and programs are closed."""
    shuffled = crisis()
    random.Random(1).shuffle(shuffled)
    looking = watch(settled)
    looking.finish()
    turn(settled, 25)
    for at in range(0, len(shuffled), 7):
        put(settled, shuffled[at : at + 7])
        looking.finish()
        looking = watch(settled)  # closed and opened again
        looking.finish()
    in_pieces = log(settled)
    settled.store.small_things.put_setting(f"surges:{ACCOUNT}", None)
    settled.store.small_things.put_setting(f"listening:{ACCOUNT}", None)
    watch(settled).finish()
    assert [one.surge.since for one in in_pieces] == [one.surge.since for one in log(settled)]
    assert in_pieces[0].surge.voices == log(settled)[0].surge.voices == 30


def test_what_was_read_hours_later_is_logged_and_not_told(settled: World) -> None:
    """The machine was off: the log says what happened meanwhile, nothing rings."""
    watch(settled).finish()
    turn(settled, 300)
    put(settled, crisis(lambda _: settled.clock.now()))
    watch(settled).finish()
    (found,) = log(settled)
    assert found.surge.at is None
    assert found.surge.until is not None


def test_nothing_is_judged_while_the_first_reading_runs(settled: World) -> None:
    """Half a history, newest first, looks like one great surge."""
    put(settled, crisis())
    health(settled, first_reading=[FirstReading(surface="mentions")])
    watch(settled).finish()
    assert log(settled) == []


def test_a_surge_ends_and_what_was_told_stays(settled: World) -> None:
    """A figure once reported does not move, and a message erased afterwards takes nothing out of the log."""
    looking = watch(settled)
    looking.finish()
    turn(settled, 20)
    put(settled, crisis())
    looking.finish()
    settled.desk.listening.acknowledge()
    turn(settled, 24 * 60)
    looking.finish()
    (over,) = log(settled)
    assert over.surge.until is not None
    assert over.acknowledged_by == "tanja"
    settled.store.upkeep.forget([one.conversation for one in crisis()])
    settled.store.small_things.put_setting(f"listening:{ACCOUNT}", None)
    watch(settled).finish()
    assert log(settled) == [over]


def test_spam_is_no_voice(settled: World) -> None:
    """Thirty bots that were marked say nothing about the brand."""
    put(settled, crisis())
    with settled.store.transaction():
        for one in crisis():
            settled.store.conversations.put(
                Conversation(
                    id=one.conversation,
                    account=ACCOUNT,
                    platform="twitter",
                    surface=Surface.MENTIONS,
                    thread=one.conversation.split(":", 2)[2],
                    status=Status.SPAM,
                )
            )
    turn(settled, 20)
    watch(settled).finish()
    assert log(settled) == []


def test_history_is_absorbed_in_slices(settled: World) -> None:
    """Reading and sending go on meanwhile: no step may take long."""
    looking = watch(settled)
    steps = 0
    while looking.step() == SOON:
        steps += 1
    assert steps > 5
    assert looking.step() in (SOON, PAUSE)


def test_what_was_learned_and_cannot_be_read_is_learned_again(settled: World) -> None:
    """Another version, or a damaged value, costs a walk and never the surge."""
    settled.store.small_things.put_setting(
        f"listening:{ACCOUNT}", {"start": NOON.timestamp() - 7200, "baseline": 1}
    )
    looking = watch(settled)
    looking.finish()
    turn(settled, 20)
    put(settled, crisis())
    looking.finish()
    assert len(log(settled)) == 1


def test_switched_off_it_looks_at_nothing(settled: World) -> None:
    """Who does not want it pays nothing for it."""
    put(settled, crisis())
    watch(settled, surge="off").finish()
    assert settled.store.small_things.setting(f"listening:{ACCOUNT}") is None


def test_the_stock_taking_is_renewed_and_goes_on(settled: World) -> None:
    """What was learned stays hours behind the present, not days, and a late surge is found by its own hour."""
    looking = watch(settled)
    looking.finish()
    before = settled.store.small_things.setting(f"listening:{ACCOUNT}")["start"]
    turn(settled, 20)
    put(settled, crisis())
    looking.finish()
    turn(settled, 14 * 60)
    looking.finish()
    after = settled.store.small_things.setting(f"listening:{ACCOUNT}")["start"]
    assert after - before >= 12 * 3600
    assert len(log(settled)) == 1
