"""A running inbox behind a screen: one thread for the desk, one for reading and sending.

The screen never waits for the store or the network: it hands a use case to `call` and gets a future. The second
thread starts with `start`, after the first frame, because what it imports (httpx, TLS, keyring) takes longer
than the frame itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, TypeVar

from inbox.errors import StoreError, Unreadable

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.engine.health import Trouble
    from inbox.ports.clock import Clock
    from inbox.ports.platform import Presence

T = TypeVar("T")
log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two tries to begin reading and sending: doubled from the first to the longest."""
QUIT_WAIT = 4.0
"""Seconds to wait for replies that are on the wire; later they are settled by looking them up."""


class Station(Protocol):
    """Reads and sends until told to stop; runs in a thread of its own."""

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What does not work now. Readable from any thread."""
        ...

    def run(self) -> None: ...
    def read_now(self) -> None:
        """Read all accounts at the next moment the limits allow. Callable from any thread."""
        ...

    def read_thread(self, cid: str) -> None:
        """Read the whole public thread around a conversation; the store tells when it is there."""
        ...

    def show_presence(self, cid: str, presence: Presence) -> None:
        """Let the customer of a conversation see that somebody reads or writes, where the account wants that."""
        ...

    def stop(self) -> None:
        """Callable from any thread."""
        ...

    def close(self) -> None: ...


class Session:
    def __init__(
        self,
        open_desk: Callable[[], Desk],
        open_station: Callable[[], Station] | None,
        clock: Clock,
        stirred: Callable[[], bool] = lambda: True,
        doubt: Callable[[], None] = lambda: None,
    ) -> None:
        """`open_desk` is called on the desk thread and `open_station` on the station thread, so that store
        handles belong to their threads. `open_station` None: look, but neither read nor send. `stirred`: whether
        anything may have been written since it was asked last, without the desk. `doubt` is told that a use case met
        something nobody foresaw."""
        self.clock = clock
        self.stirred = stirred
        self._doubt = doubt
        self._open_desk = open_desk
        self._open_station = open_station
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._desk: Desk | None = None
        self._station: Station | None = None
        self._thread: threading.Thread | None = None
        self._interrupted: str | None = None
        self._closing = threading.Event()
        self.unreadable: Unreadable | None = None
        """Why there is no store to work on, where a person has to decide about it."""

    def open(self) -> None:
        """Begin to open the store, so that it is there when the screen is. An error comes with the first call."""
        self.call(lambda desk: None)

    def call(self, use_case: Callable[[Desk], T]) -> Future[T]:
        """Run a use case on the desk thread, in order. The future carries its result or error."""
        return self._executor.submit(self._run, use_case)

    def _run(self, use_case: Callable[[Desk], T]) -> T:
        if self._desk is None:
            try:
                self._desk = self._open_desk()
            except Unreadable as error:
                self.unreadable = error
                raise
        try:
            return use_case(self._desk)
        except (LookupError, TypeError, AttributeError, AssertionError) as error:
            if type(error).__module__ == "builtins":  # not one of the domain's, which are answers
                self._doubt()
            raise

    def start(self) -> None:
        """Begin to read and send. Safe to call twice."""
        if self._thread is None and self._open_station is not None:
            self._thread = threading.Thread(target=self._work, name="station", daemon=True)
            self._thread.start()

    @property
    def trouble(self) -> str | None:
        """What of reading and sending does not work now, in words; None when all does."""
        if self._interrupted is not None:
            return self._interrupted
        found = self._station.troubles if self._station is not None else ()
        return found[0].message if found else None

    def _work(self) -> None:
        """Run the station; where it cannot begin (a full disk) or breaks, begin again after a while."""
        pause = FIRST_PAUSE
        while not self._closing.is_set():
            try:
                self._run_station()
            except Exception as error:
                if self._interrupted is None:
                    log.exception("the station stopped")
                why = _reason(error)
                self._interrupted = f"Reading and sending are interrupted: {why}"
                self._closing.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    def _run_station(self) -> None:
        assert self._open_station is not None
        # The desk's handle comes first: only then a damaged store is mended.
        self.call(lambda desk: None).result()
        with closing(self._open_station()) as self._station:
            self._interrupted = None
            if self._closing.is_set():
                self._station.stop()
            self._station.run()

    def read_now(self) -> None:
        if self._station is not None:
            self._station.read_now()

    def read_thread(self, cid: str) -> None:
        """Ask for the whole public thread around a conversation."""
        if self._station is not None:
            self._station.read_thread(cid)

    def show_presence(self, cid: str, presence: Presence) -> None:
        """The agent opened, writes in, or left a conversation. Costs nothing to call at every key."""
        if self._station is not None:
            self._station.show_presence(cid, presence)

    def close(self) -> None:
        """Stop both threads; waits at most `QUIT_WAIT` for a reply on the wire."""
        self._closing.set()
        if self._station is not None:
            self._station.stop()
        if self._thread is not None:
            self._thread.join(QUIT_WAIT)
        if self._desk is not None:
            self._executor.submit(self._desk.close)
        self._executor.shutdown(wait=True)


def _reason(error: Exception) -> str:
    """In words; of an error nobody foresaw only its kind: its text may hold anything."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"a defect of this program ({type(error).__name__})"
