"""The program in a storm: the engine's own intake writes bursts of messages on the station's thread, as adapters hand
them over, while a probe on the event loop notes how late it is called.

    python storm_app.py FOLDER MESSAGES PER_SECOND OUT

Begins when a few letters have been written into a draft, and writes its figures into OUT (JSON) once all messages are
stored.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from inbox.cli import main
from inbox.domain.model import Answerable, Person, Surface
from inbox.engine.session import Session
from inbox.engine.station.intake import Source, take_in
from inbox.ports.platform import Incoming, Page
from inbox.store.sqlite.watch import Stirring
from inbox.wiring import open as wiring
from inbox.wiring.setup import Setup

if TYPE_CHECKING:
    from inbox.ui.app import InboxApp

PAGE = 100
"""Messages in a page of X."""
PROBE = 0.01
BEGUN = 9
"""Letters written into the draft when the storm breaks loose."""


class Storm:
    """Stands where the station stands."""

    def __init__(self, setup: Setup, count: int, rate: float) -> None:
        self.setup, self.count, self.rate = setup, count, rate
        self.begin, self.done, self.stopping = threading.Event(), threading.Event(), threading.Event()
        self.began = self.ended = 0.0
        """By `time.perf_counter`, which is one for all processes."""

    def run(self) -> None:
        store = wiring.open_store(self.setup)
        source = Source(account="acme", platform="twitter", surface=Surface.MENTIONS)
        size = max(1, min(PAGE, round(self.rate / 5)))
        self.begin.wait()
        self.began = time.perf_counter()
        for start in range(0, self.count, size):
            pause = self.began + start / self.rate - time.perf_counter()
            if pause > 0 and self.stopping.wait(pause):
                break
            now = datetime.now(UTC)
            some = range(start, min(self.count, start + size))
            take_in(store, Page(messages=[incoming(n, now) for n in some]), source, self.setup.timers, now)
        self.ended = time.perf_counter()
        store.close()
        self.done.set()
        self.stopping.wait()

    def read_now(self) -> None: ...
    def read_thread(self, cid: str) -> None: ...
    def show_presence(self, cid: str, presence: object) -> None: ...
    def close(self) -> None: ...

    def stop(self) -> None:
        self.begin.set()
        self.stopping.set()


def incoming(number: int, now: datetime) -> Incoming:
    """Every third is a further message of an earlier conversation."""
    thread = number - number % 3 if number % 3 == 2 else number
    who = Person(name=f"Storm {thread}", handle=f"storm{thread}", remote_id=f"9{thread}")
    return Incoming(
        key=f"storm{number}",
        remote_id=f"storm{number}",
        surface=Surface.MENTIONS,
        thread=f"storm{thread}",
        author=who,
        ours=False,
        text=f"@acme number {number}: still nothing, when does my order arrive? #fail",
        sent_at=now,
        contact=who,
        answerable=Answerable(public=True, private=True),
    )


class Probed(Session):
    """Begins to look at the loop when the screen begins to work."""

    def __init__(self, setup: Setup) -> None:
        self.storm = Storm(setup, COUNT, RATE)
        super().__init__(
            lambda: wiring.open_desk(setup), lambda: self.storm, setup.clock, Stirring(setup.folder)
        )

    def start(self) -> None:
        super().start()
        from textual.app import active_app

        self._probe = asyncio.create_task(probe(cast("InboxApp", active_app.get()), self.storm))


async def probe(app: InboxApp, storm: Storm) -> None:
    from inbox.ui.terminal.event_loop_lag import lags

    while (composer := app.main.context.composer) is None:
        await asyncio.sleep(PROBE)
    before = composer.text
    while len(composer.text) < len(before) + BEGUN:
        await asyncio.sleep(PROBE)
    storm.begin.set()
    late = []
    while not storm.done.is_set():
        late += await lags(0.2)
    late.sort()
    figures = {
        "lag_p99": late[round(0.99 * (len(late) - 1))],
        "lag_max": late[-1],
        "began": storm.began,
        "ended": storm.ended,
        "selected": app.main.context.queue.selected,
        "reading": app.main.context.reader.cid,
        "typed": composer.text.removeprefix(before),
    }
    OUT.write_text(json.dumps(figures))


FOLDER, COUNT, RATE, OUT = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
sys.argv[1:] = ["--config", str(FOLDER / "config.toml"), "--data", str(FOLDER)]
wiring.open_session = Probed  # type: ignore[assignment]
sys.exit(main())
