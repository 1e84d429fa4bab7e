"""A running inbox behind a screen: one thread for the desk, one for reading and sending.

The screen never waits for the store or the network: it hands a use case to `call` and gets a future. The second
thread starts with `start`, after the first frame, because what it imports (httpx, TLS, keyring) takes longer
than the frame itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, TypeVar

from inbox.errors import Unreadable

if TYPE_CHECKING:
    from inbox.engine.desk import Desk
    from inbox.ports import Clock, Presence

T = TypeVar("T")
log = logging.getLogger(__name__)

QUIT_WAIT = 5.0
"""Seconds to wait for replies that are on the wire; later they are settled by looking them up."""


class Station(Protocol):
    """Reads and sends until told to stop; runs in a thread of its own."""

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
    ) -> None:
        """`open_desk` is called on the desk thread and `open_station` on the station thread, so that store
        handles belong to their threads. `open_station` None: look, but neither read nor send. `stirred`: whether
        anything may have been written since it was asked last, without the desk."""
        self.clock = clock
        self.stirred = stirred
        self._open_desk = open_desk
        self._open_station = open_station
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._desk: Desk | None = None
        self._station: Station | None = None
        self._thread: threading.Thread | None = None
        self.trouble: str | None = None
        """Why the station is not working, in words."""
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
        return use_case(self._desk)

    def start(self) -> None:
        """Begin to read and send. Safe to call twice."""
        if self._thread is None and self._open_station is not None:
            self._thread = threading.Thread(target=self._work, name="station", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        assert self._open_station is not None
        try:
            # The desk's handle comes first: only then a damaged store is mended.
            self.call(lambda desk: None).result()
            with closing(self._open_station()) as self._station:
                self._station.run()
        except Exception as error:
            log.exception("the station stopped")
            self.trouble = f"Reading and sending stopped: {error}"

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
        if self._station is not None:
            self._station.stop()
        if self._thread is not None:
            self._thread.join(QUIT_WAIT)
        if self._desk is not None:
            self._executor.submit(self._desk.close)
        self._executor.shutdown(wait=True)
