"""The tests of `inbox.platform_kit.contract`: what the core relies on in a platform, tried from outside."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest

from inbox.adapters.http_client import open_client
from inbox.adapters.simkit import Simulation, VirtualClock, transport
from inbox.config.model import Account, with_settings
from inbox.config.platforms import INTERFACE
from inbox.domain.model import Deed, Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import replace
from inbox.errors import PlatformError, Uncertain
from inbox.ports.platform import Adapter, Asked, AsksById, Incoming, Outgoing, Pace, Page, Platform
from inbox.ports.secrets import Secret

T = TypeVar("T")

HISTORY = timedelta(days=30)
"""How far back a first reading goes."""
SKEW = timedelta(minutes=5)
"""By how much the clocks of platform and machine may differ, as the core allows for."""
TEXTS = (
    "",
    "a",
    "Where is my parcel?",
    "ü" * 90,
    "日本" * 60,
    "👩‍👩‍👧 " * 40,
    "see https://example.com/a?b=c " * 30,
    "x" * 9_000,
)
HANDLES = ("anna", "../../x", "a b", "a?b#c", "javascript:alert(1)", "@", "", "日本", "x" * 300)


class PlatformWorld(ABC):
    """A platform with one account of ours on it, for one test; `clock` is turned by the tests.

    Without a `simulation` the platform reaches nothing through the HTTP client it is given: then it is in a folder, a
    process, a mailbox of its own.
    """

    platform: ClassVar[Platform]
    surface: ClassVar[Surface]
    """The surface that the tests read and answer."""
    token = "token-of-the-contract"
    simulation: Simulation | None = None

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        """Begin with nothing said. `folder`: an empty one of its own."""
        self.folder = folder
        self.clock = clock

    def settings(self) -> Mapping[str, Any]:
        """Return the account's own settings, as keys of `[[accounts]]`."""
        return {}

    @abstractmethod
    def customer_writes(self, customer: str, text: str) -> None:
        """Let a customer, known by a plain name, write to us on `surface`. The text may get an address in front."""

    @abstractmethod
    def taken(self) -> Sequence[str]:
        """Return the texts that the platform has taken from us, oldest first."""

    def cut_off(self) -> None:
        """Put the platform out of reach from now on. Raises NotImplementedError where that cannot be played."""
        raise NotImplementedError

    def lose_next_answer(self) -> None:
        """Let the platform take the next reply, and the answer get lost. Raises NotImplementedError as `cut_off`."""
        raise NotImplementedError

    def connect(self) -> Adapter:
        """Return the adapter of the account, as the core makes it."""
        declaration = self.platform.declaration
        record = declaration.settings(**self.settings()) if declaration.settings else None
        account = with_settings(Account(name="contract", platform=declaration.name), record)
        way = transport(self.simulation) if self.simulation is not None else _Nowhere()
        client = open_client(self.platform.api_url, way)
        return self.platform.connect(account, client, Secret(self.token), self.clock)


class _Nowhere(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no simulation answers {request.url.host}")


class PlatformContract:
    """The tests. A subclass whose name begins with `Test` names its `World`."""

    World: ClassVar[type[PlatformWorld]]

    @pytest.fixture
    def world(self, tmp_path: Path) -> PlatformWorld:
        """A world of its own for each test, now."""
        return self.World(tmp_path, VirtualClock(datetime.now(UTC).replace(microsecond=0)))

    # -- what it declares ----------------------------------------------------------------------------------

    def test_its_declaration_can_be_shown_and_asked(self) -> None:
        """Queue, filter, config and help know the platform by this alone."""
        platform, found = self.World.platform, self.World.platform.declaration
        assert platform.interface == INTERFACE
        assert found.name == found.name.lower().strip()
        assert found.name.isidentifier()
        assert found.title
        assert 1 <= len(found.letter) <= 2
        assert self.World.surface in found.surface_ids
        assert len(set(found.surface_ids)) == len(found.surfaces)
        for rule in found.surfaces:
            assert rule.title, rule.id
            assert 1 <= len(rule.sign) <= 4, rule.id
        assert all(price >= 0 for price in found.prices.values())
        assert all(sentence.endswith(".") for sentence in found.reasons.values())
        assert set(platform.deeds) <= set(found.surface_ids)
        known = set(found.settings.__struct_fields__) if found.settings else set()
        common = set(Account.__struct_fields__)
        assert {question.setting for question in found.questions} <= known | common

    def test_its_settings_have_defaults_and_refuse_what_they_do_not_know(self) -> None:
        """A mistyped key must be named, and an account with none must be readable."""
        kind = self.World.platform.declaration.settings
        if kind is None:
            return
        kind()
        assert kind.__struct_config__.forbid_unknown_fields, "declare it with forbid_unknown_fields=True"

    def test_importing_it_brings_no_network(self) -> None:
        """Every start imports the platforms that the config names; only `connect` may take its time."""
        module = type(self.World.platform).__module__
        code = (
            f"import sys, {module}; raise SystemExit(int('httpx' in sys.modules or 'asyncio' in sys.modules))"
        )
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr or f"{module} imports httpx or asyncio"

    @pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text[:8]!r} {len(text)}")
    def test_what_a_text_is_cut_to_fits(self, world: PlatformWorld, text: str) -> None:
        """The composer marks what is too much from `valid_to` on, and offers to split there."""
        platform, declaration = world.platform, world.platform.declaration
        record = declaration.settings(**world.settings()) if declaration.settings else None
        account = with_settings(Account(name="contract", platform=declaration.name), record)
        for rule in declaration.surfaces:
            found = platform.length(text, rule.id, private=rule.private, account=account)
            assert found.limit > 0
            assert found.used >= 0
            assert 0 <= found.valid_to <= len(text)
            assert not found.over or found.valid_to < len(text) or not found.valid
            cut = platform.length(text[: found.valid_to], rule.id, private=rule.private, account=account)
            assert cut.used <= cut.limit
        assert not platform.length("", world.surface, private=False, account=account).over

    def test_what_it_offers_can_be_asked_for_every_surface(self, world: PlatformWorld) -> None:
        """The screen asks for each open conversation, whatever a stranger calls themselves."""
        for rule in world.platform.declaration.surfaces:
            for private in (False, True):
                files = world.platform.files(rule.id, private=private)
                assert files is None or (files.most > 0 and all(size > 0 for size in files.sizes.values()))
            for handle in HANDLES:
                page = world.platform.profile(rule.id, Person(remote_id="1", name="A", handle=handle))
                assert page is None or urlsplit(page).scheme == "https", handle
                assert page is None or ".." not in page, handle

    # -- reading -------------------------------------------------------------------------------------------

    def test_it_says_who_it_is(self, world: PlatformWorld) -> None:
        """The screen shows for whom it speaks, before anything is sent."""
        assert self._run(world, lambda adapter: adapter.identify()).remote_id

    def test_what_a_customer_wrote_is_read(self, world: PlatformWorld) -> None:
        """With all that the core sorts by: thread, surface, author, a time with its zone."""
        world.customer_writes("anna", "Where is my parcel?")
        world.clock.advance(60)
        pages = self._run(world, partial(_read, world, None))
        (found,) = [m for m in _messages(pages) if "Where is my parcel?" in m.text]
        assert not found.ours
        assert found.surface == world.surface
        assert found.thread
        assert found.key
        assert found.remote_id
        assert found.author.remote_id or found.author.name
        assert found.sent_at is not None
        assert found.sent_at.utcoffset() == timedelta(0)
        assert pages[-1].complete or any(page.complete for page in pages)

    def test_reading_twice_gives_the_same_messages(self, world: PlatformWorld) -> None:
        """A page that was read before a kill comes again: keys must not change, nor whose message it is."""
        for customer in ("anna", "ben"):
            world.customer_writes(customer, f"{customer} asks")
            world.clock.advance(60)
        once, again = (
            {
                m.key: (m.thread, m.ours, m.text)
                for m in _messages(self._run(world, partial(_read, world, None)))
            }
            for _ in range(2)
        )
        assert once
        assert once == again

    def test_two_customers_are_two_conversations(self, world: PlatformWorld) -> None:
        """An answer for one must never reach the other."""
        for customer in ("anna", "ben"):
            world.customer_writes(customer, f"{customer} asks")
            world.clock.advance(60)
        found = _messages(self._run(world, partial(_read, world, None)))
        threads = {m.thread for m in found if " asks" in m.text}
        assert len(threads) == 2

    def test_what_comes_later_is_read_from_the_cursor(self, world: PlatformWorld) -> None:
        """The cursor is kept as JSON between two runs."""
        world.customer_writes("anna", "first words")
        world.clock.advance(60)
        cursor = _cursor(self._run(world, partial(_read, world, None)))
        assert json.loads(json.dumps(cursor)) == cursor
        world.clock.advance(60)
        world.customer_writes("ben", "later words")
        world.clock.advance(300)
        found = self._run(world, partial(_read, world, cursor))
        assert any("later words" in m.text for m in _messages(found))

    def test_a_reading_that_ends_early_loses_nothing(self, world: PlatformWorld) -> None:
        """The program may be killed after any page: the cursor of what was stored must still lead to the rest."""
        for number in range(30):
            world.customer_writes(f"customer{number % 7}", f"question number {number:03}")
            world.clock.advance(60)
        pages = self._run(world, partial(_read, world, None))
        everything = {m.key for m in _messages(pages)}
        assert len({m.key for m in _messages(pages) if "question number" in m.text}) == 30
        for stored in range(len(pages)):
            kept = pages[:stored]
            cursor = _cursor(kept)
            rest = self._run(world, partial(_read, world, cursor))
            assert {m.key for m in (*_messages(kept), *_messages(rest))} >= everything, (
                f"after {stored} pages"
            )

    # -- answering -----------------------------------------------------------------------------------------

    def test_a_reply_is_sent_once_and_read_again_as_ours(self, world: PlatformWorld) -> None:
        """Else it is shown twice, or taken for the customer's next question."""
        asked = self._asked(world)
        seen: list[Sequence[str]] = []
        outgoing = _reply(world, asked, "It is on its way.")
        receipt = self._run(world, lambda a: a.send(outgoing, lambda: seen.append(tuple(world.taken()))))
        assert [text for text in world.taken() if "It is on its way." in text] == [world.taken()[-1]]
        assert len(seen) == 1, "on_wire is called once, right before the first byte leaves"
        assert not any("It is on its way." in text for text in seen[0]), "on_wire came too late"
        world.clock.advance(120)
        found = _messages(self._run(world, partial(_read, world, None)))
        ours = [m for m in found if m.ours and "It is on its way." in m.text]
        assert [m.key for m in ours] == [receipt.key]
        assert ours[0].thread in (asked.thread, None)

    def test_a_reply_of_unknown_outcome_is_found_or_not(self, world: PlatformWorld) -> None:
        """What was sent is not sent twice, and what was not is not believed to be out."""
        outgoing = _reply(world, self._asked(world), "It is on its way.")
        never = _reply(world, self._asked(world, "ben", "When do you open?"), "This was never sent.")
        since = world.clock.now() - SKEW

        async def send_and_look(adapter: Adapter) -> tuple[str, list[str], list[str]]:
            await adapter.identify()
            receipt = await adapter.send(outgoing, lambda: None)
            world.clock.advance(120)
            there, nowhere = [await adapter.find(one, since) for one in (outgoing, never)]
            return receipt.key, [one.key for one in there.found], [one.key for one in nowhere.found]

        key, there, nowhere = self._run(world, send_and_look)
        assert key in there
        assert key not in nowhere

    def test_a_lost_answer_is_an_unknown_outcome(self, world: PlatformWorld) -> None:
        """Anything else would send the reply a second time, or drop it."""
        outgoing = _reply(world, self._asked(world), "It is on its way.")
        try:
            world.lose_next_answer()
        except NotImplementedError:
            pytest.skip("this world cannot lose an answer")
        with pytest.raises(Uncertain):
            self._run(world, lambda adapter: adapter.send(outgoing, lambda: None))
        assert any("It is on its way." in text for text in world.taken())

    def test_out_of_reach_it_raises_what_the_core_understands(self, world: PlatformWorld) -> None:
        """The core waits and tries again; another error would be a defect that ends the account's reading."""
        outgoing = _reply(world, self._asked(world), "It is on its way.")
        before = tuple(world.taken())

        async def cut_off(adapter: Adapter) -> None:
            await adapter.identify()
            world.cut_off()
            with pytest.raises(PlatformError):
                await _read_on(world, adapter, None)
            with pytest.raises(PlatformError):
                await adapter.send(outgoing, lambda: None)
            with suppress(PlatformError):
                sightings = await adapter.find(outgoing, world.clock.now() - SKEW)
                assert not sightings.complete, "what could not be asked proves no absence"

        try:
            self._run(world, cut_off)
        except NotImplementedError:
            pytest.skip("this world cannot be cut off")
        with pytest.raises(PlatformError):
            self._run(world, partial(_read, world, None))
        assert tuple(world.taken()) == before

    def test_what_it_does_not_offer_is_refused(self, world: PlatformWorld) -> None:
        """A command of another platform must change nothing here."""
        outgoing = _reply(world, self._asked(world), "")
        for deed in set(Deed) - world.platform.deeds.get(world.surface, frozenset()):
            asked = replace(outgoing, item=replace(outgoing.item, deed=deed.value))
            with pytest.raises(PlatformError):
                self._run(world, partial(_do, deed, asked))

    # -- the rest of an adapter ----------------------------------------------------------------------------

    def test_what_is_there_is_not_called_deleted(self, world: PlatformWorld) -> None:
        """A deletion takes a text off the screen: where it is asked by id, what exists must be seen."""
        asked = self._asked(world)

        async def look(adapter: Adapter) -> tuple[frozenset[str], frozenset[str]]:
            if not isinstance(adapter, AsksById):
                return frozenset(), frozenset()
            await adapter.identify()
            one = Asked(key=asked.key, remote_id=asked.remote_id, thread=asked.thread or "")
            found = await adapter.look(world.surface, [one])
            return found.deleted, found.with_parent

        deleted, with_parent = self._run(world, look)
        assert asked.key not in deleted | with_parent

    def test_a_conversation_can_be_read_again(self, world: PlatformWorld) -> None:
        """Before a reply leaves; a platform where that is dear yields nothing."""
        asked = self._asked(world)

        async def again(adapter: Adapter) -> list[Page]:
            await adapter.identify()
            some = [page async for page in adapter.refresh(world.surface, asked.thread or "")]
            return some + [page async for page in adapter.whole(world.surface, asked.thread or "")]

        for message in _messages(self._run(world, again)):
            assert message.key
            assert message.thread in (asked.thread, None) or not message.ours

    def test_its_limits_are_numbers(self, world: PlatformWorld) -> None:
        """They decide when the next reading is; nothing may make that never, or at once for ever."""

        async def limits(adapter: Adapter) -> tuple[Pace, list[float], Mapping[str, int]]:
            await adapter.identify()
            ids = world.platform.declaration.surface_ids
            return adapter.pace(), [adapter.interval(one) for one in ids], adapter.spent()

        pace, intervals, spent = self._run(world, limits)
        assert isinstance(pace, Pace)
        assert all(0 < seconds < math.inf for seconds in intervals)
        assert all(count >= 0 for count in spent.values())

    def test_it_can_be_closed_before_and_after_it_was_used(self, world: PlatformWorld) -> None:
        """An account is closed when the program ends, wherever it is by then."""

        async def close(adapter: Adapter) -> None:
            await adapter.aclose()

        self._run(world, close)

    def test_signing_in_says_what_it_asks_for(self, world: PlatformWorld) -> None:
        """People grant what they understand; a way that does not exist could not be chosen."""
        declaration = world.platform.declaration
        record = declaration.settings(**world.settings()) if declaration.settings else None
        account = with_settings(Account(name="contract", platform=declaration.name), record)
        authority = world.platform.authority(account, world.clock)
        assert authority.ways
        assert set(authority.ways) <= {"browser", "paste", "device"}
        assert all(one.scope and one.reason for one in authority.permissions)
        assert isinstance(authority.renewable, bool)

    # -- inside --------------------------------------------------------------------------------------------

    def _asked(
        self, world: PlatformWorld, customer: str = "anna", text: str = "Where is my parcel?"
    ) -> Incoming:
        world.customer_writes(customer, text)
        world.clock.advance(60)
        found = _messages(self._run(world, partial(_read, world, None)))
        return next(m for m in found if text in m.text)

    @staticmethod
    def _run(world: PlatformWorld, use: Callable[[Adapter], Awaitable[T]]) -> T:
        async def whole() -> T:
            adapter = world.connect()
            try:
                return await use(adapter)
            finally:
                await adapter.aclose()

        return asyncio.run(whole())


async def _read(world: PlatformWorld, cursor: Mapping[str, Any] | None, adapter: Adapter) -> list[Page]:
    await adapter.identify()
    return await _read_on(world, adapter, cursor)


async def _read_on(world: PlatformWorld, adapter: Adapter, cursor: Mapping[str, Any] | None) -> list[Page]:
    return [page async for page in adapter.read(world.surface, cursor, world.clock.now() - HISTORY)]


async def _do(deed: Deed, outgoing: Outgoing, adapter: Adapter) -> None:
    await adapter.identify()
    await adapter.do(deed, outgoing, lambda: None)


def _messages(pages: Sequence[Page]) -> list[Incoming]:
    """Those of all pages, the last word on each key."""
    found = {message.key: message for page in pages for message in page.messages}
    return list(found.values())


def _cursor(pages: Sequence[Page]) -> Mapping[str, Any] | None:
    """The last one that a page brought."""
    return next((page.cursor for page in reversed(pages) if page.cursor is not None), None)


def _reply(world: PlatformWorld, asked: Incoming, text: str) -> Outgoing:
    contact, now = asked.contact or asked.author, world.clock.now()
    item = OutboxItem(
        id="item",
        key="key",
        conversation=f"contract:{world.surface}:{asked.thread}",
        account="contract",
        agent="tanja",
        text=text,
        private=world.surface.private,
        created_at=now,
        not_before=now,
        reply_to=asked.remote_id,
        recipient=contact.remote_id,
    )
    return Outgoing(
        item=item, surface=world.surface, thread=asked.thread or "", contact=contact, last_in_at=asked.sent_at
    )
