"""Random histories against models: the outbox and what comes in. Short here, long with INBOX_LONG_TESTS."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.world import NOON, TIMERS, World, build, said, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from shared import shared

from inbox.adapters import http
from inbox.adapters.facebook import values as facebook_values
from inbox.adapters.facebook import wire_posts as facebook_posts
from inbox.adapters.twitter import posts as x_posts
from inbox.adapters.twitter import wire as x_wire
from inbox.domain.model import Direction, Surface
from inbox.domain.outbox import ALLOWED, LEAVING, Phase
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed, NothingToUndo
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.intake import SECOND_LOOK, take_in
from inbox.errors import AuthExpired, Conflict, RateLimited, Refused, Unavailable
from inbox.ports.platform import Identity, Incoming, Page

LONG = bool(os.environ.get("INBOX_LONG_TESTS"))
STEPS = settings(
    max_examples=400 if LONG else 12,
    stateful_step_count=60 if LONG else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
)
CID = "acme-x:mentions:root:7"


class OutboxHistory(RuleBasedStateMachine):
    """Whatever is replied, undone, sent again, refused, lost and killed: the platform has a reply at most as often
    as the agent said so, and what the screen says is true."""

    replies = Bundle("replies")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = build(Path(self.folder.name) / "inbox")
        self.world.arrive(said("1"))
        self.texts: dict[str, str] = {}
        self.words: dict[str, int] = {}
        """How often the agent said that a reply may go."""
        self.claimed: set[str] = set()
        """What the agent settled by hand."""

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.store.close()
            self.folder.cleanup()

    @rule(target=replies, hold=st.integers(0, 20))
    def reply(self, hold: int) -> str:
        text = f"answer {len(self.texts)}"
        item = self.world.desk.replying.reply(CID, Reply(text, hold=timedelta(seconds=hold)))
        self.texts[item.id], self.words[item.id] = text, 1
        return item.id

    @rule(oid=replies)
    def send_again(self, oid: str) -> None:
        before = self.phase(oid)
        try:
            self.world.desk.outbox.retry(oid)
        except NotAllowed:
            assert before in (Phase.UNCONFIRMED, Phase.PREPARED, Phase.ON_WIRE, Phase.SENT)
        else:
            self.words[oid] += before not in LEAVING

    @rule(oid=replies)
    def undo(self, oid: str) -> None:
        before = self.phase(oid)
        try:
            self.world.desk.outbox.cancel(oid)
        except NotAllowed:
            assert Phase.CANCELLED not in ALLOWED[before]

    @rule(again=st.booleans())
    def undo_and_redo(self, again: bool) -> None:
        """Of whatever was done last: a reply, a word on one, or what came of them."""
        with suppress(NotAllowed, NothingToUndo, Conflict):
            self.world.desk.undo()
            if again:
                self.world.desk.redo()

    @rule()
    def undo_and_redo_while_nobody_knows(self) -> None:
        """What may be there already must not be sent once more by it."""
        self.platform_will("taken, then silence", hidden=True, blind=False)
        self.time_passes(30)
        self.undo_and_redo(again=True)

    @rule(oid=replies)
    def it_is_there(self, oid: str) -> None:
        if self.phase(oid) is Phase.ASK_AGENT and self.accepted(oid):
            self.world.desk.outbox.confirm_sent(oid)
            self.claimed.add(oid)

    @rule(
        outcome=st.sampled_from(
            ["taken", "taken, then silence", "silence", "refused", "limit", "signed out", "unreachable"]
        ),
        hidden=st.booleans(),
        blind=st.booleans(),
    )
    def platform_will(self, outcome: str, hidden: bool, blind: bool) -> None:
        errors = {
            "refused": Refused("no", next_step="x"),
            "limit": RateLimited("slower", retry_at=self.world.clock.now() + timedelta(seconds=30)),
            "signed out": AuthExpired("in again"),
            "unreachable": Unavailable("gone", code="refused"),
        }
        self.world.platform.outcomes = [errors.get(outcome, outcome)]
        self.world.platform.hidden, self.world.platform.blind = hidden, blind

    @rule(seconds=st.sampled_from([1, 5, 30, 180, 4000]))
    def time_passes(self, seconds: int) -> None:
        asyncio.run(self.world.turn(seconds))

    @rule(seconds=st.sampled_from([1, 30]))
    def killed_on_the_wire(self, seconds: int) -> None:
        class Killed(BaseException):
            pass

        def die() -> None:
            raise Killed

        self.world.platform.outcomes = [die]
        with suppress(Killed):
            asyncio.run(self.world.turn(seconds))
        self.world.platform.outcomes = []  # nothing may have been due
        self.restart()

    @rule()
    def restart(self) -> None:
        reader = self.world.reader
        self.world.delivery = Delivery(self.world.store, self.world.clock, TIMERS, {"acme-x": reader})
        self.world.delivery.recover()

    @rule()
    def read(self) -> None:
        asyncio.run(self.world.reader.round())

    def phase(self, oid: str) -> Phase:
        item = self.world.store.outbox.get(oid)
        assert item is not None
        return item.phase

    def accepted(self, oid: str) -> int:
        return sum(taken.item.text == self.texts[oid] for taken in self.world.platform.accepted)

    @invariant()
    def what_is_said_is_true(self) -> None:
        for oid, words in getattr(self, "words", {}).items():
            item = self.world.store.outbox.get(oid)
            assert item is not None
            assert item.text == self.texts[oid]
            accepted = self.accepted(oid)
            assert accepted <= words
            if item.phase is Phase.SENT:
                assert accepted
            if item.phase is Phase.FAILED:
                assert accepted < words
            shown = {i.id for i in self.world.desk.outbox.items()}
            assert item.phase in (Phase.SENT, Phase.CANCELLED) or oid in shown


class Arrivals(RuleBasedStateMachine):
    """Pages in any order, twice, cut short and forgotten: every message once, with its newest words; hidden by the
    first look that misses it, erased by one an hour later, and there again once it is shown again."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = build(Path(self.folder.name) / "inbox")
        self.versions: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.shown: dict[str, int] = {}
        self.missed: dict[str, datetime] = {}
        self.erased: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.store.close()
            self.folder.cleanup()

    def incoming(self, key: str, version: int) -> Incoming:
        edited = NOON + timedelta(minutes=version) if version else None
        thread, at = f"root:{int(key) % 3}", NOON - timedelta(minutes=int(key))
        gone = key in self.deleted
        return said(key, f"{key} v{version}", at=at, thread=thread, edited_at=edited, deleted=gone)

    @rule(keys=st.lists(st.integers(0, 8).map(str), min_size=1, max_size=6), killed=st.booleans())
    def page(self, keys: list[str], killed: bool) -> None:
        page = Page(messages=[self.incoming(k, self.versions.get(k, 0)) for k in keys], cursor={"n": 1})
        if killed:
            before = self.world.store.changes.since(0)[0]
            with suppress(KeyboardInterrupt), self.world.store.transaction():
                take_in(self.world.store, page, source(), TIMERS, self.world.clock.now())
                raise KeyboardInterrupt
            assert self.world.store.changes.since(0)[0] == before
            return
        take_in(self.world.store, page, source(), TIMERS, self.world.clock.now())
        for key in keys:
            self.expect(key, self.versions.get(key, 0))

    def expect(self, key: str, version: int) -> None:
        """What the store must hold after one more showing (or missing) of a message."""
        now = self.world.clock.now()
        if key in self.deleted:
            if key not in self.shown:
                self.erased.add(key)  # nothing of it was ever here
                self.shown[key] = version
            elif now - self.missed.setdefault(key, now) >= SECOND_LOOK:
                self.erased.add(key)
            self.missed.setdefault(key, now)
            return
        self.shown[key] = version if key in self.erased else max(version, self.shown.get(key, 0))
        self.erased.discard(key)
        self.missed.pop(key, None)

    @rule(key=st.integers(0, 8).map(str))
    def edit(self, key: str) -> None:
        self.versions[key] = self.versions.get(key, 0) + 1

    @rule(key=st.integers(0, 8).map(str), stale=st.integers(0, 5))
    def an_old_page_comes_late(self, key: str, stale: int) -> None:
        version = min(stale, self.versions.get(key, 0))
        page = Page(messages=[self.incoming(key, version)])
        take_in(self.world.store, page, source(), TIMERS, self.world.clock.now())
        self.expect(key, version)

    @rule(key=st.integers(0, 8).map(str))
    def delete(self, key: str) -> None:
        self.deleted.add(key)
        take_in(
            self.world.store, Page(messages=[self.incoming(key, 0)]), source(), TIMERS, self.world.clock.now()
        )
        self.expect(key, 0)

    @rule(key=st.integers(0, 8).map(str))
    def the_platform_shows_it_after_all(self, key: str) -> None:
        self.deleted.discard(key)

    @rule()
    def an_hour_passes(self) -> None:
        self.world.clock.advance(3600)

    @invariant()
    def everything_is_there_once(self) -> None:
        if not hasattr(self, "world"):
            return
        store = self.world.store
        heads = [store.conversations.get(f"acme-x:mentions:root:{n}") for n in range(3)]
        held = {m.remote_id: m for h in heads if h for m in store.messages.of_conversation(h.id)}
        assert held.keys() == self.shown.keys()
        for key, version in self.shown.items():
            message = held[key]
            assert message.direction is Direction.IN
            assert message.stands == (key not in self.missed)
            assert (message.deleted_at is not None) == (key in self.erased)
            assert message.text == ("" if key in self.erased else f"{key} v{version}")


TestOutboxHistory = OutboxHistory.TestCase
TestOutboxHistory.settings = STEPS
TestArrivals = Arrivals.TestCase
TestArrivals.settings = STEPS


# -- parsers -------------------------------------------------------------------------------------------------

RECORDED = ("wire/x", "wire/facebook")


def bodies() -> list[tuple[str, Any]]:
    found = []
    for folder in RECORDED:
        for path in sorted(shared(folder).rglob("*.json"))[:80]:
            if path.stat().st_size < 200_000:
                try:
                    found.append((folder, json.loads(path.read_text("utf-8"))))
                except ValueError:
                    continue
    return found


ODD = [
    None,
    True,
    0,
    -1,
    1e400,
    "",
    "\ud800",
    "\0",
    [],
    {},
    [None],
    {"id": {}},
    "9" * 5000,
    [[[[]]]],
    "\u202e",
]


def mutated(draw: st.DataObject, value: Any, depth: int = 0) -> Any:
    """The body with a few of its members swapped for odd ones, gone, or doubled."""
    if depth > 7 or not draw.draw(st.integers(0, 40 if depth else 200)):
        return draw.draw(st.sampled_from(ODD))
    if isinstance(value, dict):
        kept = {k: mutated(draw, v, depth + 1) for k, v in value.items()}
        if kept and not draw.draw(st.integers(0, 12)):
            kept.pop(draw.draw(st.sampled_from(sorted(kept))))
        return kept
    if isinstance(value, list):
        return [mutated(draw, v, depth + 1) for v in value[:6]]
    return value


@settings(
    max_examples=2000 if LONG else 60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
)
@given(st.data())
def test_f58_no_answer_breaks_a_parser_or_the_store(data: st.DataObject) -> None:
    """Recorded bodies, bent: a parser understands, sets aside or says Malformed, and what it lets through is stored."""
    folder, body = data.draw(st.sampled_from(bodies()))
    bent = mutated(data, body)
    with suppress(http.NotJson):
        http.parse(json.dumps(bent).encode())
    us = x_wire.Us("acme-x", Identity(remote_id="1", name="Acme", handle="acme"), False)
    if folder == "wire/x" and isinstance(bent, dict):
        for surface in (Surface.MENTIONS, Surface.SEARCH):
            try:
                feed = x_posts.posts(bent, us, surface)
            except x_wire.Malformed:
                continue
            _storable(Page(messages=feed.messages, context=feed.context, poison=feed.poison))
    if folder == "wire/facebook":
        for raw in _items(bent):
            with suppress(facebook_values.Unreadable):
                facebook_posts.comment(raw)


def _items(body: Any) -> list[Any]:
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        return list(body["data"])
    return [body]


def _storable(page: Page) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = build(Path(folder) / "inbox")
        take_in(world.store, page, source(), TIMERS, NOON)
        world.store.close()
