"""The screen on a real desk and a real store, with a clock that stands still and a guard that does not forgive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot

from inbox.config import Config
from inbox.engine.desk import Desk
from inbox.engine.session import Session
from inbox.ui.app import InboxApp
from inbox.ui.screens.main import Main
from inbox.ui.widgets.queue import Queue
from ui import scene

T = TypeVar("T")
PATIENCE = 5.0


@dataclass
class Seen:
    """A running screen: keys in, what is seen out."""

    app: InboxApp
    pilot: Pilot[None]
    session: Session
    clock: scene.StandingClock

    @property
    def main(self) -> Main:
        return self.app.main

    @property
    def queue(self) -> Queue:
        return self.main.queue

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        names = {" ": "space", "\n": "enter"}
        await self.pilot.press(*(names.get(c, c) for c in text))
        await self.settle()

    async def settle(self) -> None:
        """Until nothing the screen asked for is under way any more."""
        await self.pilot.pause()
        await self.until(self._quiet)

    def _quiet(self) -> bool:
        busy = [w for w in self.app.workers if w.group != "watch" and not w.is_finished]
        return not busy and not self.main._wanted

    async def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"still not so after {PATIENCE} s; seen:\n{self.text}")
            await self.pilot.pause()
            await asyncio.sleep(0.005)
        await self.pilot.pause()

    def desk(self, use_case: Callable[[Desk], T]) -> T:
        """Somebody else, or the test itself, at the same desk."""
        return self.session.call(use_case).result(PATIENCE)

    async def changed(self, use_case: Callable[[Desk], Any]) -> None:
        """Do something behind the screen's back, and wait until the screen has noticed."""
        self.desk(use_case)
        self.main.renew()
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The screen as text, trailing blanks off."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return ["".join(s.text for s in strip)[:width].rstrip() for strip in strips[:height]]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def select(self, name: str) -> str:
        """Put the cursor on the conversation with a person; returns its id."""
        cid = next(c.id for c in self.queue.heads() if c.contact.name == name)
        assert self.queue.select(cid), f"{name} is not in this view"
        return cid


Opens = Callable[..., AbstractAsyncContextManager[Seen]]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the whole scene; copied for every test."""
    folder = tmp_path_factory.mktemp("scene") / "store"
    scene.fill(folder, scene.StandingClock())
    return folder


@pytest.fixture
def opens(filled: Path, tmp_path: Path) -> Opens:
    """`async with opens(size=(80, 24)) as seen`: the program on a copy of the scene. `empty`: on nothing."""

    @asynccontextmanager
    async def opened(
        *,
        size: tuple[int, int] = (120, 36),
        config: Config | None = None,
        empty: bool = False,
        accounts: dict[str, str] | None = None,
        folder: Path | None = None,
        clock: scene.StandingClock | None = None,
    ) -> AsyncIterator[Seen]:
        import shutil

        place = folder or tmp_path / "store"
        if not empty and not place.exists():
            shutil.copytree(filled, place)
        clock = clock or scene.StandingClock()
        session = scene.session(place, clock, accounts=accounts)
        app = InboxApp(
            session,
            agent="tanja",
            zone=scene.ZONE,
            hours=scene.HOURS,
            config=config or Config(agent="tanja"),
            strict=True,
        )
        try:
            async with app.run_test(size=size) as pilot:
                seen = Seen(app, pilot, session, clock)
                await seen.until(lambda: app.main.figures is not None and app.main._settled)
                await seen.settle()
                yield seen
        finally:
            session.close()

    return opened
