"""Call a platform so that whatever goes wrong is an outcome and not the end of a task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from inbox.errors import PlatformError, StoreError, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")


async def outcome_of(work: Awaitable[T]) -> T | PlatformError:
    """Return what a call brought, or the PlatformError it ended with.

    A defect, of ours or of a library, is one more way not to get through: an `Unavailable` with the code "defect".
    Raises StoreError, and CancelledError where this task is really being stopped.
    """
    try:
        return await work
    except PlatformError as error:
        return error
    except StoreError:
        raise
    except asyncio.CancelledError:
        if being_stopped():
            raise
        return _defect("CancelledError")
    except Exception as error:
        log.exception("a call to the platform failed inside this program")
        return _defect(type(error).__name__)


async def courteously(work: Awaitable[None], what: str) -> None:
    """Do what nobody waits for: where the platform says no, that is for the log. Raises everything else."""
    try:
        await work
    except PlatformError as error:
        log.info("%s: %s", what, error.message)


def being_stopped() -> bool:
    """Whether somebody cancelled the current task. A CancelledError that nobody asked for comes out of a library."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _defect(name: str) -> Unavailable:
    return Unavailable(
        f"it failed inside this program ({name})",
        code="defect",
        next_step="It is retried automatically. If that does not help, look whether there is a newer inbox.",
    )
