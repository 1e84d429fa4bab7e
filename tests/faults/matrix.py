"""One reply, one fault, one death: the real adapter, delivery, reader and store against the fault server.

python -m faults.matrix        (in tests/) prints the table of faults and outcomes
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from domain.builders import ALWAYS
from platform_rules import configured, declared

from faults.certificates import serves, trusted
from faults.server import FAULTS, FaultServer, ForeignHost
from inbox.adapters import http
from inbox.adapters.facebook.sim import Simulator as FacebookSimulator
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter.sim import Simulator as TwitterSimulator
from inbox.domain.model import Direction, Surface
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.queue import Scope
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.reader import Reader
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore
from inbox.wiring.platforms import platform

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMERS = Timers(hours=ALWAYS)
TEXT = "We are looking into it, Anna & family: https://acme.example/track?id=1&lang=de <3 caf\u00e9"
"""With what platforms rewrite (F44): a link, signs that are escaped, a letter with two spellings."""
PATIENCE = 0.12
"""Seconds a call may take where the fault is that no answer comes."""
CANARY = "EAACanary-0123456789-tokenThatMustNotShow"

SILENT = frozenset(
    {
        "read, then silence",
        "accepted, answered too late",
        "accepted after the caller gave up",
        "accepted, header drips",
        "accepted, body drips",
        "endless 100-continue",
    }
)


# -- a kind of reply ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Where a reply goes."""

    name: str
    platform: str
    surface: Surface
    private: bool | None = None

    def simulation(self, clock: Callable[[], datetime]) -> Any:
        if self.platform == "twitter":
            return TwitterSimulator(clock, token=CANARY)
        return FacebookSimulator(clock, token=CANARY)

    def ask(self, sim: Any) -> None:
        """Somebody writes to us."""
        if self.platform == "twitter":
            anna = sim.user("Anna", "anna")
            if self.surface is Surface.DIRECT:
                sim.dm(anna, "Where is my parcel?")
            else:
                sim.post(anna, "@acme Where is my parcel?")
            return
        anna = sim.world.person("Anna")
        if self.surface is Surface.MESSENGER:
            sim.world.writes(anna, "Where is my parcel?")
        elif self.surface is Surface.COMMENTS:
            sim.world.comments(sim.world.post("News"), "Where is my parcel?", by=anna)
        else:
            sim.world.visitor_post(anna, "Where is my parcel?")


CASES = (
    Case("X post", "twitter", Surface.MENTIONS),
    Case("X direct message", "twitter", Surface.DIRECT),
    Case("Facebook comment", "facebook", Surface.COMMENTS),
    Case("Facebook message", "facebook", Surface.MESSENGER),
    Case("Facebook private answer", "facebook", Surface.COMMENTS, private=True),
    Case("Facebook visitor's post", "facebook", Surface.VISITOR_POSTS),
)

# -- a fault -----------------------------------------------------------------------------------------------

BY_SIMULATOR: Mapping[str, tuple[str, str]] = {
    # our name: what X's and Facebook's simulator call it
    "429 with a time": ("429", "429"),
    "429 without a time": ("429_no_headers", "429_no_headers"),
    "429, time past": ("429_past", "429"),
    "429, time in 3000 years": ("429_far", "429"),
    "429, time is nonsense": ("429_garbage", "429"),
    "500": ("500", "500"),
    "500, accepted": ("500_accepted", "500_accepted"),
    "502, accepted": ("502_accepted", "502_accepted"),
    "503, accepted": ("503_accepted", "503_accepted"),
    "504, accepted": ("504_accepted", "504_accepted"),
    "200, cut JSON, accepted": ("cut_json", "cut_json"),
    "200, no id, accepted": ("no_id", "no_id"),
    "200, empty, accepted": ("empty", "empty"),
    "200, not gzip, accepted": ("not_gzip", "not_gzip"),
    "200, other content type, accepted": ("wrong_type", "wrong_type"),
    "200, HTML": ("html", "html"),
    "200, an error object": ("errors_only", "fb:2@200"),
    "401": ("401", "401"),
    "403 duplicate": ("403_duplicate", "fb:506"),
}

CERTIFICATES = {
    "certificate has expired": "expired",
    "certificate of another host": "other host",
    "certificate made by itself": "by itself",
    "no TLS on the port": None,
}
"""What stands at the platform's address when the reply is to leave."""

OVER_TLS = frozenset({*CERTIFICATES, "307 from https to http"})

FAULT_NAMES = (
    "none",
    "refused",
    "refused by policy",
    "address unknown for hours",
    "proxies and keys in the environment",
    *CERTIFICATES,
    *FAULTS,
    *BY_SIMULATOR,
)

NUMBERS: Mapping[str, str] = {
    "refused": "F01",
    "address unknown for hours": "F02",
    **dict.fromkeys(CERTIFICATES, "F03"),
    "307 from https to http": "F32",
    "proxies and keys in the environment": "F34",
    "accepted, then reset": "F04 F28",
    "accepted, then closed": "F05",
    "accepted, then reset, shown late": "F45",
    "accepted, answered too late": "F06",
    "accepted after the caller gave up": "F07",
    "read, then reset": "F08",
    "read, then closed": "F08",
    "read, then silence": "F30",
    "reset while writing": "F09",
    "429 with a time": "F10",
    "429 without a time": "F11",
    "429, time past": "F11",
    "429, time in 3000 years": "F11",
    "429, time is nonsense": "F11",
    "500": "F12",
    "500, accepted": "F13",
    "502, accepted": "F13",
    "503, accepted": "F13",
    "504, accepted": "F13",
    "503, seconds": "F14",
    "503, date": "F14",
    "503, nonsense, accepted": "F14",
    "200, cut JSON, accepted": "F15",
    "accepted, half an answer": "F15",
    "200, no id, accepted": "F16",
    "200, empty, accepted": "F16",
    "204, accepted": "F16",
    "200 with an array, accepted": "F16",
    "200, an id that is none, accepted": "F16",
    "200, HTML": "F17",
    "200, an error object": "F18",
    "200, other content type, accepted": "F19",
    "401": "F20",
    "403 duplicate": "F21",
    "refused by policy": "F22",
    "413": "F23",
    "accepted, header drips": "F24",
    "accepted, body drips": "F25",
    "endless 100-continue": "F25",
    "accepted, endless answer": "F26",
    "accepted, gzip bomb": "F26",
    "200, not gzip, accepted": "F26",
    "garbage": "F27",
    "accepted, HTTP/0.9": "F27",
    "accepted, 100,000 headers": "F27",
    "407 of a proxy": "F29",
    "502 of a proxy": "F29",
    **{f"{status} to another host": "F31" for status in (301, 302, 303, 307, 308)},
}


# -- death -------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is dead from here on: no `except Exception` may live through it."""


@dataclass
class Fate:
    """Where to die, once; `passed` are the places a life went by, in order."""

    at: str | None = None
    passed: list[str] = field(default_factory=list)

    def goes_by(self, place: str) -> None:
        if place not in self.passed:
            self.passed.append(place)
        if place == self.at:
            self.at = None
            raise Killed(place)


class MortalStore(LocalStore):
    """Tells a fate of every step of the outbox, right before and right after it is durable."""

    fate: Fate | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self.fate is None or self.handle.sql.depth:
            with super().transaction():
                yield
            return
        self.staged: list[Phase] = []
        with super().transaction():
            yield
            for phase in self.staged:
                self.fate.goes_by(f"before {phase} is durable")
        for phase in self.staged:
            self.fate.goes_by(f"after {phase} is durable")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        put = self.outbox.put

        def put_and_stage(item: OutboxItem) -> None:
            with self.transaction():
                put(item)
                if self.fate is not None:
                    self.staged.append(item.phase)

        self.outbox.put = put_and_stage  # type: ignore[method-assign]


WIRE_EVENTS = {
    "connection.connect_tcp.complete": "connected",
    "http11.send_request_headers.complete": "head sent",
    "http11.send_request_body.complete": "body sent",
    "http11.receive_response_headers.complete": "status read",
    "http11.receive_response_body.complete": "answer read",
}


@contextmanager
def dying_on_the_wire(fate: Fate) -> Iterator[None]:
    """Let the fate see what happens on the wire, in writes and in look-ups."""
    original = http._Call.trace

    async def trace(self: Any, event: str, info: Mapping[str, Any]) -> None:
        await original(self, event, info)
        if event in WIRE_EVENTS:
            fate.goes_by(f"{'write' if self.write else 'look-up'}: {WIRE_EVENTS[event]}")

    http._Call.trace = trace  # type: ignore[method-assign]
    try:
        yield
    finally:
        http._Call.trace = original  # type: ignore[method-assign]


# -- a life ------------------------------------------------------------------------------------------------


KILL_POINTS = frozenset(
    {f"{when} {phase} is durable" for when in ("before", "after") for phase in Phase}
    | {f"{kind}: {event}" for kind in ("write", "look-up") for event in WIRE_EVENTS.values()}
) - {f"{when} {phase} is durable" for when in ("before", "after") for phase in (Phase.CANCELLED, Phase.STALE)}
"""Every place to die while a reply is sent. Cancelled and stale are reached by an agent or a colleague alone."""


@dataclass
class Life:
    """One run of the program on a store: gone with `end`, its sockets too."""

    store: MortalStore
    delivery: Delivery
    reader: Reader
    desk: Desk

    async def end(self) -> None:
        await self.reader.close()
        self.store.close()


def begin(folder: Path, case: Case, clock: Any, url: str, delivers: type[Delivery] = Delivery) -> Life:
    store = MortalStore(folder)
    account = configured(
        name="acme",
        platform=case.platform,
        surfaces=[case.surface.value],
        page_id="1001" if case.platform == "facebook" else None,
    )

    async def connect() -> Adapter:
        return platform(case.platform).connect(account, http.open_client(url), Secret(CANARY), clock)

    reader = Reader(
        account="acme",
        platform=case.platform,
        surfaces=[case.surface],
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=TIMERS,
        backfill=timedelta(days=30),
        history=timedelta(days=1),
    )
    delivery = delivers(store, clock, TIMERS, {"acme": reader})
    desk = Desk(store, clock, agent="tanja", timers=TIMERS, platforms=declared({"acme": case.platform}))
    return Life(store, delivery, reader, desk)


# -- one run -----------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """How it ended. `accepted` is the oracle's count before any word of the agent's, `at_the_end` after it."""

    item: OutboxItem | None
    accepted: int
    passed: list[str]
    killed: bool
    hit: bool
    text_kept: bool
    shown: bool
    foreign: int
    rows: int
    """How often the reply stands in the conversation once everything has been read."""
    at_the_end: int
    in_the_end: Phase | None
    requests: int
    in_address: bool
    """Whether the token stood in an address, where every proxy writes it down."""

    @property
    def word(self) -> str:
        """For the table."""
        if self.accepted > 1:
            return "doubled"
        if self.item is None:
            return "draft" if self.text_kept else "lost"
        if self.item.phase is Phase.SENT:
            return "sent" if self.accepted == 1 else "lost"
        if self.item.phase is Phase.FAILED:
            return "failed" if self.accepted == 0 else "failed though sent"
        return {Phase.ASK_AGENT: "asked", Phase.STALE: "asked"}.get(self.item.phase, self.item.phase.value)


async def run(
    folder: Path, case: Case, fault: str, kill: str | None = None, delivers: type[Delivery] = Delivery
) -> Outcome:
    """Type a reply, send it through the fault, die at `kill`, live again until it is settled, then say the word."""
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    case.ask(sim)
    fate = Fate(kill)
    tls = serves("good") if fault in OVER_TLS else None
    async with (
        ForeignHost() as foreign,
        FaultServer(sim, foreign=foreign, tls=tls) as server,
        surroundings(fault, server) as url,
    ):
        life = begin(folder, case, clock, url, delivers)
        await life.reader.round()
        (cid,) = life.store.conversations.order(Scope(), now=clock.now())
        clock.advance(60)
        life.desk.drafts.save(cid, TEXT)
        life.store.fate = fate
        before = len(server.seen)
        await _prepare_fault(server, sim, case, fault)
        killed = False
        try:
            with dying_on_the_wire(fate), _patience(fault):
                item = life.desk.replying.reply(cid, Reply(TEXT, private=case.private, key="the-key"))
                await _drive(life.delivery, clock, item.id)
        except Killed:
            killed = True
        await life.end()
        await server.settle()
        if fault == "refused":
            await server.listen()
        if fault in CERTIFICATES:
            await server.listen_with(tls)
        life = begin(folder, case, clock, url, delivers)
        life.delivery.recover()
        found = life.store.outbox.by_key("the-key")
        if found is not None and killed:
            with _patience(fault):
                await _drive(life.delivery, clock, found.id)
        await server.settle()
        item = life.store.outbox.by_key("the-key")
        accepted = len(sim.accepted)
        kept = life.store.outbox.draft(cid, "tanja")
        shown = (
            item is None or item.phase in (Phase.SENT, Phase.CANCELLED) or item in life.desk.outbox.items()
        )
        hit = bool(server.hit) or bool(sim.faults.hit)
        requests = len(server.seen) - before
        with _patience(fault):  # a death before the first byte leaves the fault for the second try
            await _speak(life, clock, item, accepted)
        await server.settle()
        clock.advance(300)
        await life.reader.round()
        rows = [m for m in life.store.messages.of_conversation(cid) if m.direction is Direction.OUT]
        last = life.store.outbox.by_key("the-key")
        await life.end()
        return Outcome(
            item=item,
            accepted=accepted,
            passed=fate.passed,
            killed=killed,
            hit=hit,
            text_kept=(item is not None and item.text == TEXT) or (kept is not None and kept.text == TEXT),
            shown=shown,
            foreign=len(foreign.requests),
            rows=len(rows),
            at_the_end=len(sim.accepted),
            in_the_end=last.phase if last else None,
            requests=requests,
            in_address=any(CANARY in line for line in server.seen),
        )


async def _prepare_fault(server: FaultServer, sim: Any, case: Case, fault: str) -> None:
    if fault == "refused":
        await server.stop()
    elif fault in CERTIFICATES:
        kind = CERTIFICATES[fault]
        await server.listen_with(serves(kind) if kind else None)
    elif fault == "address unknown for hours":
        UNRESOLVED["left"] = 12
    elif fault == "refused by policy":
        _refuse_by_policy(sim, case)
    elif fault in FAULTS:
        server.next_write = fault
    elif fault in BY_SIMULATOR:
        sim.faults.inject(BY_SIMULATOR[fault][case.platform == "facebook"], "POST")


def _refuse_by_policy(sim: Any, case: Case) -> None:
    """What the platform itself forbids: the post is gone, the person takes no messages."""
    if case.platform == "facebook":
        sim.faults.inject("fb:10", "POST")
    elif case.surface is Surface.DIRECT:
        sim.closed_to_dm.update(sim.users)
    else:
        for post in list(sim.posts):
            sim.delete(post)


@contextmanager
def _patience(fault: str) -> Iterator[None]:
    """Where the fault is silence nobody wants to wait a minute for it."""
    kept = http.SEND_SECONDS
    http.SEND_SECONDS = PATIENCE if fault in SILENT else 30.0
    try:
        yield
    finally:
        http.SEND_SECONDS = kept


@asynccontextmanager
async def surroundings(fault: str, server: FaultServer) -> AsyncIterator[str]:
    """What is around the call: names, certificates, the environment. Gives the address to ask."""
    assert server.foreign is not None
    if fault in OVER_TLS:
        with trusted():
            yield server.url
    elif fault == "address unknown for hours":
        with resolving(UNRESOLVED):
            yield server.url.replace("127.0.0.1", "localhost")
    elif fault == "proxies and keys in the environment":
        names = ("http_proxy", "https_proxy", "all_proxy")
        proxies = {name: server.foreign.url for n in names for name in (n, n.upper())}
        files = {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere", "NETRC": "/nowhere"}
        with mock.patch.dict(os.environ, {**proxies, **files}):
            yield server.url
    else:
        yield server.url


UNRESOLVED = Counter[str]()
"""How many of the next look-ups of a name fail."""


@contextmanager
def resolving(failing: Counter[str]) -> Iterator[None]:
    """A resolver that knows every address, but for as many look-ups as it is told to fail."""
    original = asyncio.BaseEventLoop.getaddrinfo

    async def resolve(self: Any, host: Any, *more: Any, **named: Any) -> Any:
        if failing["left"] > 0:
            failing["left"] -= 1
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await original(self, "127.0.0.1", *more, **named)

    failing.clear()
    with mock.patch.object(asyncio.BaseEventLoop, "getaddrinfo", resolve):
        yield


SETTLED = (Phase.SENT, Phase.FAILED, Phase.ASK_AGENT, Phase.STALE, Phase.CANCELLED)


async def _drive(delivery: Delivery, clock: VirtualClock, oid: str) -> None:
    """Let time pass until nothing happens by itself any more."""
    for turn in range(60):
        clock.advance(20 if turn < 30 else 600)
        await delivery.step()
        item = delivery.store.outbox.get(oid)
        if item is None or item.phase in SETTLED:
            return
    raise AssertionError(f"it never settled: {item}")


async def _speak(life: Life, clock: VirtualClock, item: OutboxItem | None, accepted: int) -> None:
    """What an agent who looks at the platform says then."""
    if item is None or item.phase not in (Phase.ASK_AGENT, Phase.STALE):
        return
    if accepted:
        life.desk.outbox.confirm_sent(item.id)
    else:
        life.desk.outbox.retry(item.id)
        await _drive(life.delivery, clock, item.id)


def wrong(case: Case, outcome: Outcome) -> list[str]:
    """Which of the invariants of sending an outcome breaks."""
    o, found = outcome, []
    if o.accepted > 1:
        found.append(f"sent {o.accepted} times")
    if o.item is not None and o.item.phase is Phase.SENT and o.accepted == 0:
        found.append("said to be sent, and is not")
    if o.item is not None and o.item.phase is Phase.FAILED and o.accepted:
        found.append("said to have failed, and was sent")
    if o.item is not None and o.item.phase not in SETTLED:
        found.append(f"stuck in {o.item.phase}")
    if not o.text_kept:
        found.append("the words are gone")
    if not o.shown:
        found.append("nobody is shown it")
    if (
        o.item is not None
        and o.item.phase in (Phase.FAILED, Phase.ASK_AGENT)
        and not (o.item.reason and o.item.next_step)
    ):
        found.append("no reason, or no next step")
    if o.foreign:
        found.append("another host was asked")
    if o.in_address:
        found.append("the token stood in an address")
    if o.at_the_end > 1:
        found.append("the agent's word doubled it")
    if o.in_the_end is Phase.SENT and o.at_the_end == 0:
        found.append("sent in the end, and is not")
    if o.in_the_end is Phase.SENT and o.rows != 1 and not case.private:
        found.append(f"stands {o.rows} times in the conversation")
    return found


FORMS = tuple(
    form(CANARY)
    for form in (str.encode, lambda s: base64.b64encode(s.encode()), lambda s: s.encode("utf-16-le"))
)
"""The token as it is, as headers carry it, and as a careless dump would hold it."""


def traces(folder: Path) -> list[str]:
    """Files that hold the token."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in FORMS)]


# -- all of it ---------------------------------------------------------------------------------------------


def expected(fault: str) -> str:
    """How a reply ends when nobody dies: what the fault server took is found, what it did not is asked about."""
    if fault in ("refused", "refused by policy", *CERTIFICATES):
        return "failed"
    if (
        fault in ("none", "401", "address unknown for hours", "proxies and keys in the environment")
        or fault.startswith("429")
        or "accepted" in fault
    ):
        return "sent"
    return "asked"


async def lives(
    case: Case, faults: Iterable[str], *, kill: bool, places_of: slice = slice(None)
) -> list[tuple[str, str | None, Case, Outcome]]:
    """Every fault; with `kill` every place to die under it, too, or those of `places_of`. Each in a folder of its own.

    Where silence is cut short, a busy computer may pass other places than in the run that found them: such a run is
    done again."""
    found: list[tuple[str, str | None, Case, Outcome]] = []
    for fault in faults:
        places: list[str | None] = [None]
        while places:
            place = places.pop(0)
            for _ in range(4):
                with tempfile.TemporaryDirectory() as folder:
                    outcome = await asyncio.wait_for(run(Path(folder), case, fault, place), 60)
                if outcome.killed or place is None:
                    break
            found.append((fault, place, case, outcome))
            if place is None and kill:
                places.extend(list(outcome.passed)[places_of])
    return found


async def main() -> None:
    logging.disable()
    words = ("sent", "failed", "asked", "draft", "doubled", "lost", "failed though sent")
    total: Counter[str] = Counter()
    print(f"{'':8}{'fault':38}{'runs':>6}" + "".join(f"{word:>9}" for word in words[:6]))
    for fault in FAULT_NAMES:
        counts: Counter[str] = Counter()
        for case in CASES:
            for _, place, _, outcome in await lives(case, [fault], kill=True):
                counts[outcome.word] += 1
                total["killed"] += outcome.killed
                for sentence in wrong(case, outcome):
                    print("WRONG", case.name, fault, place, sentence)
        total += counts
        row = "".join(f"{counts[word]:>9}" for word in words[:6])
        print(f"{NUMBERS.get(fault, ''):8}{fault:38}{counts.total():>6}{row}", flush=True)
    print(dict(total))


if __name__ == "__main__":
    asyncio.run(main())
