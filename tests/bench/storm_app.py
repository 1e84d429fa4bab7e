"""The screen in a storm: the engine's own intake writes bursts of messages on the station's thread, as adapters hand
them over, while a probe on the event loop notes how late it is called.

    python -m tests.bench.storm_app FOLDER MESSAGES PER_SECOND OUT

Begins when a few letters have been written into a draft, and writes its figures into OUT (JSON) once all messages are stored.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("TEXTUAL_FPS", "120")

from inbox import wiring
from inbox.domain.model import Answerable, Person, Surface
from inbox.engine.intake import Source, take_in
from inbox.engine.session import Session
from inbox.ports import Incoming, Page
from inbox.ui.app import InboxApp
from inbox.ui.lag import lags

PAGE = 100
"""Messages in a page of X."""
PROBE = 0.01
BEGUN = 9
"""Letters written into the draft when the storm breaks loose."""


class Storm:
    """Stands where the station stands."""

    def __init__(self, setup: wiring.Setup, count: int, rate: float) -> None:
        self.setup, self.count, self.rate = setup, count, rate
        self.begin, self.done, self.stopping = threading.Event(), threading.Event(), threading.Event()
        self.began = self.ended = 0.0
        """By `time.perf_counter`, which is one for all processes."""

    def run(self) -> None:
        store = wiring.open_store(self.setup)
        source = Source(
            account="acme", platform="twitter", surface=Surface.MENTIONS, history=timedelta(days=2)
        )
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


class Probed(InboxApp):
    CSS_PATH = Path(inspect.getfile(InboxApp)).with_name("inbox.tcss")

    def __init__(self, storm: Storm, out: Path, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self.storm, self.out = storm, out

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._probe(), group="watch")

    async def _probe(self) -> None:
        while (composer := self.main.composer) is None:
            await asyncio.sleep(PROBE)
        before = composer.text
        while len(composer.text) < len(before) + BEGUN:
            await asyncio.sleep(PROBE)
        self.storm.begin.set()
        late = []
        while not self.storm.done.is_set():
            late += await lags(0.2)
        late.sort()
        queue = self.main.queue
        self.out.write_text(
            json.dumps(
                {
                    "lag_p99": late[round(0.99 * (len(late) - 1))],
                    "lag_max": late[-1],
                    "began": self.storm.began,
                    "ended": self.storm.ended,
                    "selected": queue.selected,
                    "reading": self.main.thread_id,
                    "typed": composer.text.removeprefix(before),
                }
            )
        )


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[4])
    setup = wiring.set_up(folder / "config.toml", folder, os.environ)
    storm = Storm(setup, int(sys.argv[2]), float(sys.argv[3]))
    session = Session(lambda: wiring.open_desk(setup), lambda: storm, setup.clock)
    session.open()
    app = Probed(
        storm,
        out,
        session,
        agent=setup.agent,
        zone=setup.zone,
        hours=setup.timers.hours,
        config=setup.config,
    )
    try:
        app.run()
    finally:
        session.close()


main()
