"""`inbox demo`: the whole program on simulated Facebook and X, in a folder that is gone afterwards.

Nothing of the agent's own inbox is touched: its config, keyring and data folder are not even looked at. The clock
shows 10:40 of today when the screen opens, at whatever hour that is, so that service hours, timers and an agent's
morning at the desk fit together.
"""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from inbox.config.calendar import time_zone
from inbox.config.model import Config, Privacy, Sending, TimerPolicy, TimerSettings
from inbox.config.screen import Macro, SavedView
from inbox.demo import day as brand_day
from inbox.demo import years
from inbox.domain import lifecycle
from inbox.domain.model import Conversation, Message, Priority
from inbox.domain.queue import Scope, Test
from inbox.domain.records import replace
from inbox.domain.waits import READ_LATE
from inbox.engine.desk.drafts import Reply
from inbox.ports.secrets import Secret
from inbox.ports.store import Store
from inbox.system.clocks import FastClock
from inbox.wiring import open as wiring
from inbox.wiring.setup import make_setup

if TYPE_CHECKING:
    from inbox.demo.day import BrandDay
    from inbox.demo.script import Deskwork
    from inbox.engine.desk.desk import Desk
    from inbox.wiring.setup import Setup

Progress = Callable[[int, int], None]

AGENT = "mia"
OPENS = time(10, 40)
CONNECTED = time(6, 50)
"""When the accounts were first read, in the story: what is older is history, what came since counts for today."""
STILL_WAITING = 0.05
"""Of the conversations asked for beyond the script, so many wait for an answer, at most `MOST_WAITING`."""
MOST_WAITING = 300
HOLD = "30s"
"""Long enough to read that a reply can be taken back, and to try it."""
RESOLVED_AFTER = timedelta(minutes=2)
READ_AFTER = timedelta(seconds=40)
"""How long after its publication a message of the morning was read, in the story."""
HURRIED = 20.0
"""Times faster than the real platforms are surfaces read, by real time: the busy ones every three seconds."""
BATCH = 2000
"""Conversations written in one commit."""

MACROS = [
    Macro(
        name="outage",
        text="Die App ist gestört, wir arbeiten daran. Deine Touren sind sicher. Wir melden uns hier, sobald sie läuft.",
        tags=["app"],
    ),
    Macro(
        name="outage-en",
        text="The app is down and we are on it. Your routes are safe. We will tell you here as soon as it is back.",
        tags=["app"],
    ),
    Macro(
        name="repair",
        text="Zips and buckles are repaired for life: bring it to any shop, no receipt needed. It takes two weeks.",
        tags=["repair"],
    ),
    Macro(name="danke", text="Das freut uns sehr, vielen Dank! 💚", resolve=True),
]


class DemoVault:
    """The tokens of the simulated platforms; no keyring is asked."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = dict(tokens)

    def token(self, account: str) -> Secret | None:
        found = self._tokens.get(account)
        return Secret(found, "demo") if found is not None else None


@contextmanager
def demo_setup(
    *,
    seed: int,
    conversations: int | None,
    speed: float,
    env: Mapping[str, str],
    today: date | None = None,
    progress: Progress = lambda written, of: None,
) -> Iterator[Setup]:
    """A populated inbox whose time runs from 10:40 of `today`, `speed` times as fast as real time.

    `conversations` None: the script's own, some forty; fewer cut it short, more add a past of three years, which
    takes a while: `progress` is told how many of how many are written. The folder is removed at the end, also after Ctrl+C, a closed terminal or a polite kill. Raises StoreError where no
    temporary folder can be written.
    """
    zone, note = time_zone(Config(), env)
    day = today or datetime.now(zone).date()
    with (
        _leaving_politely(),
        tempfile.TemporaryDirectory(prefix="inbox-demo-", ignore_cleanup_errors=True) as folder,
    ):
        # What goes wrong here does so on purpose and is told on the screen; standard error is where the screen is.
        logging.getLogger("inbox").addHandler(logging.NullHandler())
        clock = FastClock(datetime.combine(day, CONNECTED, zone))
        extra = max(0, (conversations or 0) - brand_day.scripted(seed))
        waiting = min(MOST_WAITING, round(extra * STILL_WAITING))
        world = brand_day.build(
            seed,
            clock.now,
            opens=datetime.combine(day, OPENS, zone),
            most=conversations,
            crowd=waiting,
        )
        setup = replace(
            make_setup(
                _config(world),
                Path(folder),
                DemoVault(world.tokens),
                env,
                clock=clock,
                transports=world.transports(),
            ),
            notes=(
                f"Simulated platforms. The demo's day begins at {OPENS:%H:%M}.",
                *([note] if note else []),
            ),
            hurried=HURRIED / speed,
        )
        if extra > waiting:
            _write_past(setup, seed, extra - waiting, progress)
        _live_through_the_morning(setup, world, clock)
        clock.run(speed)
        yield setup


def _config(world: BrandDay) -> Config:
    return Config(
        agent=AGENT,
        accounts=list(world.accounts),
        privacy=Privacy(retention="0s"),  # its past of years is what it shows
        timers=TimerSettings(policy=[TimerPolicy(surface="direct", first="1h", next="1h")]),
        views=[
            SavedView(name="app", filter="tag:app is:waiting"),
            SavedView(name="overdue", filter="is:waiting is:overdue"),
        ],
        macros=MACROS,
        sending=Sending(hold_public=HOLD, hold_private=HOLD),
    )


@contextmanager
def _leaving_politely() -> Iterator[None]:
    """A closed terminal and a polite kill end the program like Ctrl+C does: with the folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def leave(number: int, frame: FrameType | None) -> None:
        for again in wanted:  # some send both; the second must not break off the cleaning up
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- what had been before the screen opens -----------------------------------------------------------------


def _live_through_the_morning(setup: Setup, world: BrandDay, clock: FastClock) -> None:
    """Connect the accounts early, read again at opening time, and do what the agent had done by then."""
    connected = clock.now()
    _read(setup)
    clock.turn_to(world.story.opens)
    _read(setup)
    with closing(wiring.open_desk(setup)) as desk:
        _read_as_it_came(desk.workplace.store, connected, clock.now())
        replies = [
            reply
            for talk, cid in _conversations(desk.workplace.store, world)
            if (reply := _work(desk, cid, talk)) is not None
        ]
    for reply in replies:
        with closing(wiring.open_station(setup)) as station:
            station.deliver_one(reply)


def _read_as_it_came(store: Store, connected: datetime, now: datetime) -> None:
    """In the story the inbox read all morning. What the one round at opening time brought was seen within a minute,
    then, and not hours late, which every line of the thread would say."""
    with store.transaction():
        for cid in store.conversations.order(Scope(tests=(Test(name="after", value=connected),)), now=now):
            for message in store.messages.of_conversation(cid):
                if message.received_at - message.sent_at > READ_LATE and message.received_at == now:
                    seen = min(message.sent_at + READ_AFTER, now)
                    store.messages.put(replace(message, received_at=seen))


def _read(setup: Setup) -> None:
    """One round over everything. A simulator that does not answer well is a defect of ours."""
    with closing(wiring.open_station(setup)) as station:
        station.surges = None  # learned from the past by the screen's own station: nobody waits for it
        report = station.run_once(hold=timedelta(0))
    for done in report.rounds:
        if done.error is not None:
            raise done.error


def _conversations(store: Store, world: BrandDay) -> Iterator[tuple[Deskwork, str]]:
    """The desk work of the script, with the conversation it belongs to."""
    for work in world.story.desk_work():
        for cid in store.conversations.of_contact(work.platform, work.customer):
            if cid.split(":")[1] == work.surface:
                yield work.work, cid


def _work(desk: Desk, cid: str, work: Deskwork) -> str | None:
    """Do it; the outbox item if it was an answer."""
    ids = [cid]
    if work.tags:
        desk.triage.tag(ids, add=work.tags)
    if work.priority:
        desk.triage.prioritise(ids, Priority(work.priority))
    if work.assign:
        desk.triage.assign(ids, work.assign)
    if work.note:
        desk.notes.add(cid, work.note)
    match work.status:
        case "resolve":
            desk.triage.resolve(ids)
        case "spam":
            desk.triage.spam(ids)
        case "snooze":
            desk.triage.snooze(ids, desk.workplace.clock.now() + timedelta(hours=work.hours))
    return desk.replying.reply(cid, Reply(work.reply, hold=timedelta(0))).id if work.reply else None


def _write_past(setup: Setup, seed: int, count: int, progress: Progress) -> None:
    """Years of settled conversations, straight into the store, `BATCH` in a commit."""
    past = years.conversations(seed, count, setup.clock.now())
    written = 0
    with closing(wiring.open_store(setup)) as store:
        while batch := list(islice(past, BATCH)):
            with store.transaction():
                for head, messages in batch:
                    _settle(store, head, messages, setup)
            written += len(batch)
            progress(written, count)


def _settle(store: Store, head: Conversation, messages: Sequence[Message], setup: Setup) -> None:
    kept = [store.messages.put(message) for message in messages]
    last = kept[-1]
    resolved = lifecycle.resolve(replace(head, last_seq=last.seq), setup.agent, last.sent_at + RESOLVED_AFTER)
    store.conversations.put(lifecycle.settle(resolved, kept, setup.timers))
