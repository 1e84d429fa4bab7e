"""The life of a reply from the send key to the platform: a state machine, drawn as a table.

    queued ──due──► prepared ──first byte──► on_wire ──2xx with id──► sent
      ▲  │             │                        ├─ refused ─────────► failed
      │  └─ undo ─► cancelled                   ├─ rate limited ────► retry_wait ─► prepared
      │                └─ nothing left ─► retry_wait, blocked         (not accepted)
      │                                         ├─ signed out ──────► blocked ────► prepared
      │                                         └─ anything else ───► unconfirmed
      └────────── agent: "send again" ──────────── ask_agent ◄── not found ──┤
                                                                 found ──► sent

The one rule: from `on_wire` there is no way back to `queued` without the agent's word, and to `prepared` only
where the platform itself said that it did not accept (429, or 401 once). The agent's word is also what leads on
from `stale` (the thread changed meanwhile), `failed` and `cancelled`. `prepared` is durable before a socket is
opened, `on_wire` before the first byte of the request leaves.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from inbox.domain.model import AttachedFile, SendState
from inbox.domain.records import Record, replace


class Phase(StrEnum):
    QUEUED = "queued"
    PREPARED = "prepared"
    ON_WIRE = "on_wire"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    ASK_AGENT = "ask_agent"
    RETRY_WAIT = "retry_wait"
    BLOCKED = "blocked"
    STALE = "stale"
    FAILED = "failed"
    CANCELLED = "cancelled"


PUBLIC: dict[Phase, SendState] = {
    Phase.QUEUED: SendState.HELD,
    Phase.RETRY_WAIT: SendState.HELD,
    Phase.BLOCKED: SendState.HELD,
    Phase.STALE: SendState.HELD,
    Phase.PREPARED: SendState.SENDING,
    Phase.ON_WIRE: SendState.SENDING,
    Phase.SENT: SendState.SENT,
    Phase.UNCONFIRMED: SendState.UNCERTAIN,
    Phase.ASK_AGENT: SendState.UNCERTAIN,
    Phase.FAILED: SendState.FAILED,
    Phase.CANCELLED: SendState.CANCELLED,
}

ALLOWED: dict[Phase, frozenset[Phase]] = {
    Phase.QUEUED: frozenset({Phase.PREPARED, Phase.CANCELLED, Phase.STALE, Phase.BLOCKED, Phase.FAILED}),
    Phase.PREPARED: frozenset({Phase.ON_WIRE, Phase.RETRY_WAIT, Phase.QUEUED, Phase.BLOCKED, Phase.FAILED}),
    Phase.ON_WIRE: frozenset({Phase.SENT, Phase.FAILED, Phase.RETRY_WAIT, Phase.BLOCKED, Phase.UNCONFIRMED}),
    Phase.UNCONFIRMED: frozenset({Phase.SENT, Phase.ASK_AGENT, Phase.CANCELLED}),
    Phase.ASK_AGENT: frozenset({Phase.QUEUED, Phase.SENT, Phase.CANCELLED}),
    Phase.RETRY_WAIT: frozenset({Phase.PREPARED, Phase.CANCELLED, Phase.STALE, Phase.BLOCKED, Phase.FAILED}),
    Phase.BLOCKED: frozenset({Phase.PREPARED, Phase.QUEUED, Phase.CANCELLED, Phase.STALE, Phase.FAILED}),
    Phase.STALE: frozenset({Phase.QUEUED, Phase.CANCELLED}),
    Phase.FAILED: frozenset({Phase.QUEUED, Phase.CANCELLED}),
    Phase.SENT: frozenset(),
    Phase.CANCELLED: frozenset({Phase.QUEUED}),
}

OPEN = frozenset(Phase) - {Phase.SENT, Phase.CANCELLED}
"""Phases the agent still has to know about."""

LEAVING = (Phase.QUEUED, Phase.RETRY_WAIT, Phase.BLOCKED)
"""Phases that leave by themselves once `not_before` has passed."""


class Forbidden(Exception):
    """A transition the table does not draw."""


class Attempt(Record, kw_only=True):
    started_at: datetime
    worker: str
    on_wire_at: datetime | None = None
    outcome: str | None = None


class OutboxItem(Record, kw_only=True):
    """One reply on its way out.

    `key` makes enqueueing repeatable: the same key is the same item. `reply_to` is the remote id answered (a
    post, a comment, a message); `recipient` the remote id of the person (DM, Messenger).
    """

    id: str
    key: str
    conversation: str
    account: str
    agent: str
    text: str
    private: bool
    created_at: datetime
    not_before: datetime
    phase: Phase = Phase.QUEUED
    reply_to: str | None = None
    recipient: str | None = None
    seen_seq: int = 0
    seen_at: datetime | None = None
    """When the agent said again that it may go, after it was written."""
    attempts: tuple[Attempt, ...] = ()
    looks: int = 0
    """Complete look-ups that did not find the reply, since its outcome became unknown."""
    remote_id: str | None = None
    sent_at: datetime | None = None
    reason: str | None = None
    """Why it failed, waits or is uncertain, in plain words."""
    next_step: str | None = None
    also_resolve: bool = False
    files: tuple[str, ...] = ()
    """Paths of files that go with it."""
    file_texts: tuple[str, ...] = ()
    """What each file shows, for people who cannot see it; empty where nobody said."""
    attached: tuple[AttachedFile, ...] = ()
    """The same files as they were when the agent sent it: another one under the same name does not leave."""
    after: str | None = None
    """The item of the part before it, when a long text goes out as a numbered thread."""
    deed: str | None = None
    """A `model.Deed` instead of a reply: done to the message `reply_to`, or to the person `recipient`. Doing it
    twice does no harm: an unknown outcome goes to `retry_wait`, never to `unconfirmed`."""
    known_replies: tuple[str, ...] = ()
    """Ids of other agents' replies that were on their way when the agent said that this one may go all the same."""

    @property
    def state(self) -> SendState:
        return PUBLIC[self.phase]


def move(item: OutboxItem, to: Phase, **changes: object) -> OutboxItem:
    """Take one drawn step; raises Forbidden for any other."""
    if to not in ALLOWED[item.phase]:
        raise Forbidden(f"{item.phase} -> {to}")
    return replace(item, phase=to, **changes)  # type: ignore[arg-type]  # the field names are checked by replace
