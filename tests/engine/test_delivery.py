"""A reply is never sent a second time without the agent's word, and never dropped without the agent being told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.world import NOON, World, build, restarted, said
from inbox.domain.model import Direction, SendState, Status
from inbox.domain.outbox import OutboxItem, Phase
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.station import delivery as rules
from inbox.errors import AuthExpired, RateLimited, Refused, Unavailable
from inbox.store.sqlite.store import LocalStore

CID = "acme-x:mentions:root:7"
HOLD = 10


def reply(world: World, text: str = "On its way!", **more: Any) -> OutboxItem:
    return world.desk.replying.reply(CID, Reply(text, **more))


def state(world: World, item: OutboxItem) -> OutboxItem:
    found = world.store.outbox.get(item.id)
    assert found is not None
    return found


@pytest.fixture
def waiting(world: World) -> World:
    """Anna has written and waits."""
    world.arrive(said("1"))
    return world


async def test_a_reply_is_held_then_sent_once_and_stops_the_timer(waiting: World) -> None:
    """The main job."""
    item = reply(waiting)
    await waiting.turn(HOLD - 1)
    assert state(waiting, item).state is SendState.HELD
    await waiting.turn(1)
    assert state(waiting, item).state is SendState.SENT
    assert [o.item.text for o in waiting.platform.accepted] == ["On its way!"]
    head = waiting.desk.conversation.get(CID)
    assert head.waiting_since is None
    await waiting.turn(1000)
    assert len(waiting.platform.accepted) == 1


async def test_the_timer_runs_while_a_reply_is_held(waiting: World) -> None:
    """Only what the platform published is an answer."""
    reply(waiting)
    assert waiting.desk.conversation.get(CID).waiting_since == NOON


async def test_undo_takes_a_held_reply_back_and_gives_the_draft_back(waiting: World) -> None:
    """Undo instead of approval."""
    item = reply(waiting)
    waiting.desk.undo()
    await waiting.turn(60)
    assert state(waiting, item).state is SendState.CANCELLED
    assert waiting.platform.accepted == []
    draft = waiting.desk.drafts.get(CID)
    assert draft is not None
    assert draft.text == "On its way!"


async def test_undo_and_due_time_in_the_same_moment_have_one_winner(waiting: World) -> None:
    """Cancelled and not sent, or sent and not cancelled (F40)."""
    item = reply(waiting)
    waiting.platform.outcomes.append(lambda: _undo_too_late(waiting, item))
    await waiting.turn(HOLD)
    assert state(waiting, item).state is SendState.SENT
    assert len(waiting.platform.accepted) == 1


def _undo_too_late(world: World, item: OutboxItem) -> None:
    with pytest.raises(NotAllowed, match="being sent right now"):
        world.desk.outbox.cancel(item.id)


async def test_the_same_key_twice_is_one_reply(waiting: World) -> None:
    """Pressing twice, or repeating a command after a crash, sends once."""
    assert reply(waiting, key="k").id == reply(waiting, key="k").id
    await waiting.turn(HOLD)
    assert len(waiting.platform.accepted) == 1


async def test_an_accepted_reply_without_an_answer_is_found_and_not_sent_again(waiting: World) -> None:
    """The gap between acceptance and answer is where others send twice (F04)."""
    waiting.platform.outcomes = ["taken, then silence"]
    item = reply(waiting)
    await waiting.turn(HOLD)
    assert state(waiting, item).state is SendState.UNCERTAIN
    await waiting.turn(2)
    assert state(waiting, item).state is SendState.SENT
    assert len(waiting.platform.accepted) == 1
    assert waiting.desk.conversation.get(CID).waiting_since is None


async def test_a_reply_that_shows_up_late_is_still_found(waiting: World) -> None:
    """Platforms lag: absence proves nothing before the settle time is over (F45)."""
    waiting.platform.outcomes, waiting.platform.hidden = ["taken, then silence"], True
    item = reply(waiting)
    for _ in range(90):
        await waiting.turn(1)
    assert state(waiting, item).phase is Phase.UNCONFIRMED
    waiting.platform.hidden = False
    for _ in range(60):
        await waiting.turn(1)
    assert state(waiting, item).state is SendState.SENT
    assert len(waiting.platform.accepted) == 1


async def test_a_reply_that_surely_is_not_there_asks_the_agent_and_waits(waiting: World) -> None:
    """No second sending by itself, ever (F08)."""
    waiting.platform.outcomes = ["silence"]
    item = reply(waiting)
    for _ in range(200):
        await waiting.turn(1)
    asked = state(waiting, item)
    assert asked.phase is Phase.ASK_AGENT
    assert asked.state is SendState.UNCERTAIN
    assert asked.reason
    assert asked.next_step
    assert waiting.platform.accepted == []
    assert waiting.desk.queue.order("failed") == [CID]


async def test_send_again_is_the_agents_word_and_sends_once(waiting: World) -> None:
    """The only way to a second attempt after an unknown outcome."""
    waiting.platform.outcomes = ["silence"]
    item = reply(waiting)
    for _ in range(200):
        await waiting.turn(1)
    waiting.desk.outbox.retry(item.id)
    await waiting.turn(0)
    assert state(waiting, item).state is SendState.SENT
    assert len(waiting.platform.accepted) == 1


async def test_incomplete_looks_never_end_in_not_seen(waiting: World) -> None:
    """A look-up that cannot see everything proves nothing (F46)."""
    waiting.platform.outcomes, waiting.platform.blind = ["silence"], True
    item = reply(waiting)
    for _ in range(400):
        await waiting.turn(1)
    assert state(waiting, item).phase is Phase.UNCONFIRMED


async def test_several_matches_are_the_agents_to_judge(waiting: World) -> None:
    """Two equal texts: guessing would bind the wrong one."""
    waiting.platform.outcomes = ["taken, then silence"]
    item = reply(waiting)
    await waiting.turn(HOLD)
    waiting.platform.accepted.append(waiting.platform.accepted[0])
    await waiting.turn(2)
    asked = state(waiting, item)
    assert asked.phase is Phase.ASK_AGENT
    assert "Several" in (asked.reason or "")


async def test_the_same_text_twice_on_purpose_binds_two_messages(waiting: World) -> None:
    """The second "Thank you!" must not be taken for the first (F43)."""
    first = reply(waiting, "Thank you!")
    await waiting.turn(HOLD)
    waiting.platform.outcomes = ["taken, then silence"]
    second = reply(waiting, "Thank you!")
    await waiting.turn(HOLD)
    await waiting.turn(2)
    ids = {state(waiting, first).remote_id, state(waiting, second).remote_id}
    assert ids == {"own-0", "own-1"}


async def test_a_second_reply_waits_while_the_first_is_unknown(waiting: World) -> None:
    """Order within a conversation is kept (F42)."""
    waiting.platform.outcomes, waiting.platform.hidden = ["taken, then silence"], True
    reply(waiting, "one")
    second = reply(waiting, "two")
    await waiting.turn(HOLD)
    await waiting.turn(30)
    assert state(waiting, second).state is SendState.HELD
    waiting.platform.hidden = False
    await waiting.turn(60)
    await waiting.turn(1)
    assert [o.item.text for o in waiting.platform.accepted] == ["one", "two"]


async def test_a_refusal_keeps_the_text_and_names_the_reason(waiting: World) -> None:
    """Refused for good: failed, never retried, nothing lost (F22)."""
    waiting.platform.outcomes = [Refused("X did not allow it.", next_step="Open it in the browser.")]
    item = reply(waiting)
    await waiting.turn(HOLD)
    failed = state(waiting, item)
    assert (failed.state, failed.reason, failed.next_step) == (
        SendState.FAILED,
        "X did not allow it.",
        "Open it in the browser.",
    )
    await waiting.turn(10_000)
    assert waiting.platform.accepted == []
    waiting.desk.outbox.cancel(item.id)
    draft = waiting.desk.drafts.get(CID)
    assert draft is not None
    assert draft.text == item.text


async def test_a_rate_limit_waits_until_the_stated_time(waiting: World) -> None:
    """Same item, later; one send (F10)."""
    resume = NOON + timedelta(minutes=15)
    waiting.platform.outcomes = [RateLimited("Too many requests.", retry_at=resume)]
    item = reply(waiting)
    await waiting.turn(HOLD)
    assert state(waiting, item).state is SendState.HELD
    await waiting.turn(600)
    assert waiting.platform.accepted == []
    await waiting.turn(300)
    assert state(waiting, item).state is SendState.SENT


async def test_a_refused_connection_is_tried_three_times_then_told(waiting: World) -> None:
    """Nothing ever left the machine, so trying again is safe; but not for ever (F01)."""
    waiting.platform.outcomes = [Unavailable("Connection refused.")] * 9
    item = reply(waiting)
    for _ in range(600):
        await waiting.turn(1)
    failed = state(waiting, item)
    assert failed.state is SendState.FAILED
    assert len(failed.attempts) == rules.TRIES
    assert waiting.platform.accepted == []


async def test_rate_limits_do_not_use_up_the_tries(waiting: World) -> None:
    """Three waits the platform asked for, then one refused connection: still no failure."""
    limit = [RateLimited("Slow down.", retry_at=NOON + timedelta(minutes=n)) for n in (1, 2, 3)]
    waiting.platform.outcomes = [*limit, Unavailable("Connection refused.")]
    item = reply(waiting)
    for _ in range(400):
        await waiting.turn(1)
    assert state(waiting, item).state is SendState.SENT


async def test_taken_back_while_the_thread_is_read_again_stays_taken_back(waiting: World) -> None:
    """The last look at the thread takes a moment; undo in that moment wins."""
    item = reply(waiting)
    waiting.arrive(said("1", deleted=True))

    async def slow(surface: Any, thread: Any) -> Any:
        waiting.desk.outbox.cancel(item.id)
        for page in ():
            yield page

    waiting.platform.refresh = slow  # type: ignore[method-assign]  # it takes a moment
    await waiting.turn(HOLD)
    assert state(waiting, item).state is SendState.CANCELLED
    assert waiting.platform.accepted == []


async def test_without_a_network_a_reply_waits_and_goes_out_later(waiting: World) -> None:
    """A train tunnel is no failure (F02)."""
    waiting.platform.outcomes = [Unavailable("No network.", code="dns")] * 8
    item = reply(waiting)
    for _ in range(1200):
        await waiting.turn(1)
    assert state(waiting, item).state is SendState.SENT
    assert len(waiting.platform.accepted) == 1


async def test_a_lost_sign_in_holds_the_reply(waiting: World) -> None:
    """The draft is not lost and nothing hammers the platform (F20)."""
    waiting.platform.outcomes = [AuthExpired("The token has expired.", next_step="Sign in again.")]
    item = reply(waiting)
    await waiting.turn(HOLD)
    blocked = state(waiting, item)
    assert (blocked.phase, blocked.state) == (Phase.BLOCKED, SendState.HELD)
    await waiting.turn(rules.RETRY_PAUSES[-1].total_seconds())
    assert state(waiting, item).state is SendState.SENT


async def test_a_colleague_who_answered_meanwhile_is_named_and_asked_about(waiting: World) -> None:
    """Two answers to one customer embarrass; the thread is read again before sending."""
    from inbox.ports.platform import Page

    item = reply(waiting)
    colleague = said("9", "Already sent, Anna!", ours=True, at=NOON + timedelta(seconds=5))
    waiting.platform.fresh = [Page(messages=[colleague])]
    await waiting.turn(HOLD)
    stale = state(waiting, item)
    assert stale.phase is Phase.STALE
    assert "answered meanwhile" in (stale.reason or "")
    assert waiting.platform.accepted == []
    waiting.desk.outbox.retry(item.id)
    await waiting.turn(0)
    assert len(waiting.platform.accepted) == 1


async def test_a_deleted_question_is_asked_about(waiting: World) -> None:
    """Nobody answers into the void (F51)."""
    item = reply(waiting)
    waiting.arrive(said("1", deleted=True))
    await waiting.turn(HOLD)
    assert state(waiting, item).phase is Phase.STALE


async def test_a_customer_who_wrote_again_does_not_stop_the_reply(waiting: World) -> None:
    """A hint while typing, not a hurdle: rule checks never block."""
    item = reply(waiting)
    waiting.arrive(said("2", "Hello??", at=NOON + timedelta(seconds=3)))
    await waiting.turn(HOLD)
    assert state(waiting, item).state is SendState.SENT


async def test_the_own_message_read_back_is_the_one_we_sent(waiting: World) -> None:
    """The echo from the next reading is no second message."""
    item = reply(waiting)
    await waiting.turn(HOLD)
    waiting.arrive(said("own-0", "@anna On its way!", ours=True, at=waiting.clock.now()))
    ours = [m for m in waiting.store.messages.of_conversation(CID) if m.direction is Direction.OUT]
    assert [(m.id, m.outbox) for m in ours] == [("acme-x:own-0", item.id)]
    assert (ours[0].text, ours[0].edited_at) == ("On its way!", None)


async def test_send_and_resolve_resolves_when_it_is_sent(waiting: World) -> None:
    """Alt+Enter: the conversation closes with the answer, not before it."""
    reply(waiting, resolve=True)
    assert waiting.desk.conversation.get(CID).status is Status.OPEN
    await waiting.turn(HOLD)
    assert waiting.desk.conversation.get(CID).status is Status.RESOLVED


async def test_a_slow_platform_holds_up_nobody_else(waiting: World) -> None:
    """One conversation's silence is not the others' problem."""
    waiting.arrive(said("5", thread="other:9"))
    slow = reply(waiting, "slow")
    quick = waiting.desk.replying.reply("acme-x:mentions:other:9", Reply("quick"))
    waiting.clock.advance(HOLD)
    tasks = waiting.delivery.start_due()
    assert len(tasks) == 2
    assert waiting.delivery.start_due() == []
    for task in tasks:
        await task
    assert {state(waiting, slow).state, state(waiting, quick).state} == {SendState.SENT}


# -- death at every step -----------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("point", ["before prepare", "prepared", "on the wire", "answered", "before sent"])
async def test_a_kill_at_any_step_neither_doubles_nor_loses(
    waiting: World, monkeypatch: pytest.MonkeyPatch, point: str, accepted: bool
) -> None:
    """F37 with the oracle of the platform's own list: at most one acceptance, and an end the agent sees."""
    item = reply(waiting)
    with monkeypatch.context() as patch:
        _die_at(patch, waiting, point, accepted)
        with pytest.raises(Killed):
            await _send_to_the_death(waiting, item)
    with restarted(waiting) as after:
        for _ in range(300):
            await after.turn(1)
        end = state(after, item)
    took = len(waiting.platform.accepted)
    assert took <= 1
    if end.state is SendState.SENT:
        assert took == 1
    else:
        assert (end.phase, took) == (Phase.ASK_AGENT, 0)


async def _send_to_the_death(world: World, item: OutboxItem) -> None:
    world.clock.advance(HOLD)
    await world.delivery.send(item.id)


def _die_at(patch: pytest.MonkeyPatch, world: World, point: str, accepted: bool) -> None:
    def die(*args: Any, **more: Any) -> Any:
        raise Killed

    if point == "before prepare":
        patch.setattr(world.delivery, "_prepare", die)
    elif point == "prepared":
        patch.setattr(world.platform, "send", die)
    elif point == "before sent":
        patch.setattr(world.delivery, "_sent", die)
    else:

        async def send(outgoing: Any, on_wire: Any) -> Any:
            on_wire()
            if accepted:
                world.platform._take(outgoing)
            raise Killed

        patch.setattr(world.platform, "send", send)


OUTCOMES = ["taken", "silence", "taken, then silence"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=4),
    texts=st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=3),
    hidden=st.booleans(),
)
async def test_whatever_happens_the_platform_has_each_reply_at_most_once(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[str], texts: list[str], hidden: bool
) -> None:
    """The invariants of the outbox: accepted at most once without the agent's word; sent means accepted; every
    reply ends where the agent sees it, with its text."""
    world = build(tmp_path_factory.mktemp("outbox"))
    world.arrive(said("1"))
    world.platform.outcomes, world.platform.hidden = list(outcomes), hidden
    items = [reply(world, text) for text in texts]
    for _ in range(80):
        await world.turn(5)
    taken = [o.item.id for o in world.platform.accepted]
    for item in items:
        end = state(world, item)
        assert taken.count(item.id) <= 1
        assert end.text == item.text
        if end.state is SendState.FAILED:
            assert item.id not in taken
        if end.state is SendState.SENT:
            assert item.id in taken
    world.store.close()


def _colleague(world: World) -> Desk:
    """Another agent's desk on a handle of its own, as in another process."""
    ours = world.desk
    return Desk(
        LocalStore(world.store.folder),
        world.clock,
        agent="jonas",
        timers=ours.workplace.timers,
        platforms=ours.workplace.platforms,
    )


async def test_the_second_of_two_agents_on_one_store_is_asked(waiting: World) -> None:
    """Two answers to one customer, each unaware of the other: the decision falls in the transaction that queues."""
    colleague = _colleague(waiting)
    first, second = reply(waiting, "Sent today."), colleague.replying.reply(CID, Reply("Sent tomorrow."))
    assert (second.phase, second.reason) == (Phase.STALE, "tanja is answering too.")
    for _ in range(60):
        await waiting.turn(1)
    assert [o.item.text for o in waiting.platform.accepted] == ["Sent today."]
    assert state(waiting, first).state is SendState.SENT
    colleague.outbox.retry(second.id)
    await waiting.turn(1)
    assert [o.item.text for o in waiting.platform.accepted] == ["Sent today.", "Sent tomorrow."]
    colleague.workplace.store.close()


async def test_who_answered_from_here_since_the_agent_looked_is_named(waiting: World) -> None:
    """As if it had been written in the platform's own app: the draft was begun before the colleague answered."""
    colleague = _colleague(waiting)
    seen = waiting.desk.conversation.get(CID).last_seq
    reply(waiting, "Sent today.")
    await waiting.turn(HOLD)
    late = colleague.replying.reply(CID, Reply("Sent tomorrow.", seen_seq=seen))
    assert (late.phase, late.reason) == (Phase.STALE, "tanja answered meanwhile.")
    knowing = colleague.replying.reply(CID, Reply("And thank you."))
    assert knowing.phase is Phase.QUEUED, "who has seen the answer may add to it"
    colleague.workplace.store.close()


async def test_the_word_that_it_may_go_holds_although_the_other_leaves_first(waiting: World) -> None:
    """Asked once is enough: the colleague's reply that was known of is no news when it is out."""
    colleague = _colleague(waiting)
    reply(waiting, "Sent today.")
    asked = colleague.replying.reply(CID, Reply("Sent tomorrow."))
    colleague.outbox.retry(asked.id)
    sure = colleague.replying.reply(CID, Reply("Really.", anyway=True))
    for _ in range(60):
        await waiting.turn(1)
    assert sorted(o.item.text for o in waiting.platform.accepted) == [
        "Really.",
        "Sent today.",
        "Sent tomorrow.",
    ]
    assert state(waiting, sure).state is SendState.SENT
    colleague.workplace.store.close()
