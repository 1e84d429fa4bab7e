"""Fault servers in a thread of their own, for programs that bring their own loop or run in another process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from faults.server import FaultServer


@contextmanager
def serving(*simulations: Any) -> Iterator[list[FaultServer]]:
    """A server for each simulation, up while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fault servers", daemon=True)
    thread.start()
    servers = [FaultServer(sim) for sim in simulations]

    def wait(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(10)

    for server in servers:
        wait(server.listen())
    try:
        yield servers
    finally:
        for server in servers:
            wait(server.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
