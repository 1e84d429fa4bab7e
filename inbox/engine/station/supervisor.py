"""Keep every task of the station going: whatever one raises, it is started again after a pause, and said in words.

Nothing here raises, whatever fails while a failure is reported (a full disk is met twice: by the task and by the log).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from inbox.domain.records import Record
from inbox.engine.health import Trouble
from inbox.engine.station.calls import being_stopped
from inbox.errors import PlatformError, StoreError
from inbox.ports.clock import Clock

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two starts of a task that fails: doubled from the first to the longest."""
RENEW = timedelta(seconds=15)
"""Others are told again of trouble that lasts after so long: what a dead process said is not believed for ever."""

SENTENCES = {
    "station": "Reading and sending are interrupted: {why}",
    "reading": "Reading {account} is interrupted: {why}",
    "listening": "{account} does not report by itself: {why}",
    "sending": "Sending is interrupted: {why}",
    "threads": "Whole threads cannot be read: {why}",
    "presence": "Customers are not shown that somebody is there: {why}",
    "recheck": "Deleted messages of {account} cannot be looked for: {why}",
    "backup": "No backup can be made: {why}",
    "index": "The full text cannot be completed, so search is slower: {why}",
    "breaches": "What becomes overdue cannot be written down: {why}",
    "surges": "Surges cannot be looked for: {why}",
    "retention": "Closed conversations cannot be forgotten: {why}",
}
"""By task: what it means for an agent that it does not work."""


class Task(Record):
    """One thing the station does for ever. `name` is a key of `SENTENCES`; `account` where there is one per account."""

    name: str
    account: str | None = None


class Supervisor:
    """Belongs to the loop of the station; `troubles` may be read from any thread."""

    def __init__(self, clock: Clock, told: Callable[[Sequence[Trouble]], None] | None = None) -> None:
        """`told` is called with all troubles when they change, and now and then while they last. It may raise."""
        self._clock = clock
        self._told = told
        self._said_at: datetime | None = None
        self._failures: dict[Task, int] = {}
        self._troubles: dict[Task, Trouble] = {}
        self._unsaid = False

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        return tuple(self._troubles.values())

    async def keep(
        self,
        task: Task,
        step: Callable[[], Awaitable[float]],
        pause: Callable[[float], Awaitable[None]],
        over: Callable[[], bool],
    ) -> None:
        """Run `step` again and again, with the pause in seconds that it returns, until `over` or cancelled."""
        while not over():
            try:
                rest = await step()
            except (KeyboardInterrupt, SystemExit):
                raise
            except asyncio.CancelledError as error:
                if being_stopped():
                    raise
                rest = self.failed(task, error)
            except BaseException as error:  # noqa: BLE001 whatever it is must not end the others
                rest = self.failed(task, error)
            else:
                self.worked(task)
            await self._rest(rest, pause)

    @staticmethod
    async def _rest(seconds: float, pause: Callable[[float], Awaitable[None]]) -> None:
        try:
            await pause(seconds)
        except Exception:
            with suppress(Exception):
                log.exception("a pause failed")
            await asyncio.sleep(FIRST_PAUSE)

    def failed(self, task: Task, error: BaseException) -> float:
        """Note what a task met; returns the seconds after which it is started again."""
        count = self._failures.get(task, 0) + 1
        self._failures[task] = count
        with suppress(Exception):
            if count == 1:
                log.error("%s failed", " ".join(filter(None, task_words(task))), exc_info=error)
            before = self._troubles.get(task)
            since = before.since if before else self._clock.now()
            self._troubles[task] = Trouble(
                task=task.name, account=task.account, message=sentence(task, error), since=since
            )
            self._say(changed=before is None or before.message != self._troubles[task].message)
        return min(FIRST_PAUSE * 2.0 ** min(count - 1, 20), LONGEST_PAUSE)

    def worked(self, task: Task) -> None:
        """A task works (again)."""
        self._failures.pop(task, None)
        gone = self._troubles.pop(task, None)
        with suppress(Exception):
            if gone is not None:
                log.info("%s works again", " ".join(filter(None, task_words(task))))
            self._say(changed=gone is not None)

    def end(self) -> None:
        """Withdraw what was said to others: nothing of this process goes on."""
        with suppress(Exception):
            if self._said_at is not None and self._told is not None:
                self._told(())

    def _say(self, *, changed: bool) -> None:
        now = self._clock.now()
        lasts = bool(self._troubles) and (self._said_at is None or now - self._said_at >= RENEW)
        self._unsaid = self._unsaid or changed
        if self._told is not None and (self._unsaid or lasts):
            self._said_at = now
            self._told(self.troubles)
            self._unsaid = False


def task_words(task: Task) -> tuple[str, ...]:
    """For the log."""
    return (task.name, task.account) if task.account else (task.name,)


def sentence(task: Task, error: BaseException) -> str:
    """What does not work and why, for the agent; without anything that a platform or a file said."""
    return SENTENCES[task.name].format(account=task.account, why=why(error))


def why(error: BaseException) -> str:
    """The reason in words. Of an error nobody foresaw only its kind: its text may hold anything."""
    if isinstance(error, PlatformError):
        return error.message
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"a defect of this program ({type(error).__name__})"
