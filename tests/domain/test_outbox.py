"""The table of a reply's life: what it draws, and above all what it does not."""

from __future__ import annotations

from collections.abc import Set

import pytest

from domain.builders import NOON
from inbox.domain.model import SendState
from inbox.domain.outbox import ALLOWED, LEAVING, OPEN, PUBLIC, Forbidden, OutboxItem, Phase, move

Step = tuple[Phase, Phase]
STEPS: set[Step] = {(one, other) for one in Phase for other in ALLOWED[one]}
BY_THE_AGENT: set[Step] = {
    (Phase.ASK_AGENT, Phase.QUEUED),
    (Phase.FAILED, Phase.QUEUED),
    (Phase.STALE, Phase.QUEUED),
    (Phase.CANCELLED, Phase.QUEUED),
}
"""Steps that only a word of the agent takes (BEHAVIOUR.md#sending)."""
NOT_ACCEPTED: set[Step] = {(Phase.ON_WIRE, Phase.RETRY_WAIT), (Phase.ON_WIRE, Phase.BLOCKED)}
"""The platform itself said that it took nothing: 429, and 401 once."""


def item(phase: Phase = Phase.QUEUED) -> OutboxItem:
    return OutboxItem(
        id="o1",
        key="k1",
        conversation="acme:mentions:1",
        account="acme",
        agent="tanja",
        text="Hello",
        private=False,
        created_at=NOON,
        not_before=NOON,
        phase=phase,
    )


def reachable(start: Phase, without: Set[Step] = frozenset()) -> set[Phase]:
    """Phases after at least one step, not taking some."""
    found: set[Phase] = set()
    edge = {start}
    while edge:
        edge = {to for one, to in STEPS - without if one in edge} - found
        found |= edge
    return found


def test_nothing_is_sent_twice_without_the_agents_word() -> None:
    """From the first byte on, only the platform's own refusal or the agent leads to another try."""
    assert reachable(Phase.ON_WIRE, BY_THE_AGENT | NOT_ACCEPTED) == {
        Phase.SENT,
        Phase.FAILED,
        Phase.UNCONFIRMED,
        Phase.ASK_AGENT,
        Phase.CANCELLED,
    }
    assert reachable(Phase.UNCONFIRMED, BY_THE_AGENT) == {Phase.SENT, Phase.ASK_AGENT, Phase.CANCELLED}


def test_there_is_no_step_from_the_wire_back_to_the_queue() -> None:
    assert not ALLOWED[Phase.ON_WIRE] & {Phase.QUEUED, Phase.PREPARED, Phase.CANCELLED, Phase.STALE}
    assert not ALLOWED[Phase.UNCONFIRMED] & {Phase.QUEUED, Phase.PREPARED, Phase.RETRY_WAIT, Phase.FAILED}


def test_sent_is_the_end() -> None:
    assert reachable(Phase.SENT) == set()


def test_the_wire_is_reached_only_through_prepared() -> None:
    """`prepared` is durable before a socket is opened."""
    assert {one for one, other in STEPS if other is Phase.ON_WIRE} == {Phase.PREPARED}
    assert {one for one, other in STEPS if other is Phase.PREPARED} == set(LEAVING)


def test_sent_needs_the_wire() -> None:
    """Nothing that never left is ever shown as sent."""
    assert {one for one, other in STEPS if other is Phase.SENT} == {
        Phase.ON_WIRE,
        Phase.UNCONFIRMED,
        Phase.ASK_AGENT,
    }


def test_a_reply_being_sent_can_not_be_taken_back() -> None:
    assert {one for one, other in STEPS if other is Phase.CANCELLED} == set(Phase) - {
        Phase.PREPARED,
        Phase.ON_WIRE,
        Phase.SENT,
        Phase.CANCELLED,
    }


def test_every_phase_is_reached_from_the_queue_and_none_but_sent_is_a_dead_end() -> None:
    """Nothing is silently lost: whatever happens, there is a way on."""
    assert reachable(Phase.QUEUED) == set(Phase)
    for phase in set(Phase) - {Phase.SENT}:
        assert Phase.SENT in reachable(phase)


def test_every_phase_has_a_public_state() -> None:
    """Agents and scripts see six states; the table stands in the architecture, so it stands here too."""
    told = {
        SendState.HELD: {Phase.QUEUED, Phase.RETRY_WAIT, Phase.BLOCKED, Phase.STALE},
        SendState.SENDING: {Phase.PREPARED, Phase.ON_WIRE},
        SendState.SENT: {Phase.SENT},
        SendState.UNCERTAIN: {Phase.UNCONFIRMED, Phase.ASK_AGENT},
        SendState.FAILED: {Phase.FAILED},
        SendState.CANCELLED: {Phase.CANCELLED},
    }
    assert {state: {p for p in Phase if item(p).state is state} for state in told} == told
    assert set(PUBLIC) == set(ALLOWED) == set(Phase)


def test_what_leaves_by_itself_is_shown_as_held_and_everything_open_is_shown() -> None:
    assert {PUBLIC[phase] for phase in LEAVING} == {SendState.HELD}
    assert set(Phase) - OPEN == {Phase.SENT, Phase.CANCELLED}


@pytest.mark.parametrize("start", list(Phase))
def test_only_drawn_steps_are_taken(start: Phase) -> None:
    """A slip in the engine is an exception, not a second message to a customer."""
    for to in Phase:
        if to in ALLOWED[start]:
            moved = move(item(start), to, reason="why", looks=2)
            assert (moved.phase, moved.reason, moved.looks, moved.text) == (to, "why", 2, "Hello")
        else:
            with pytest.raises(Forbidden, match=f"{start} -> {to}"):
                move(item(start), to)
