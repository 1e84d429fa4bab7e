"""The screen on a real desk and a real store, with a clock that stands still and a guard that does not forgive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import textual.app
from textual import events
from textual.css.stylesheet import Stylesheet
from textual.keys import _character_to_key
from textual.pilot import Pilot

from inbox.config.model import Config
from inbox.engine.desk.desk import Desk
from inbox.engine.session import Session
from inbox.ports.sign_in import Signing
from inbox.system.spelling import Spelling
from inbox.ui.actions import write
from inbox.ui.app import InboxApp
from inbox.ui.main import reader
from inbox.ui.main.screen import Main
from inbox.ui.widgets.queue import Queue
from ui import scene

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds to wait for what must come; only a failure takes them, on a computer with other work too."""


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
        return self.main.context.queue

    async def press(self, *keys: str) -> None:
        """Keys one after the other, each with all its consequences."""
        for key in keys:
            self.send(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Quickly, as people type: the next key does not wait for the consequences of the last."""
        for c in text:
            self.send({" ": "space", "\n": "enter"}.get(c, c))
            await asyncio.sleep(0)
        await self.settle()

    def send(self, key: str) -> None:
        """As the terminal's driver does. Textual's own `pilot.press` waits 60 ms for each key."""
        character = {"space": " "}.get(key, key if len(key) == 1 else None)
        if len(key) == 1 and not key.isalnum():
            key = _character_to_key(key)
        event = events.Key(key, character)
        event.set_sender(self.app)
        driver = self.app._driver
        assert driver is not None
        driver.send_message(event)

    async def settle(self) -> None:
        """Until nothing the screen asked for is under way any more, and everything is painted."""
        await self.until(lambda: True)

    def _quiet(self) -> bool:
        if any(not w.is_finished and w.group != "watch" for w in self.app.workers):
            return False
        if self.main.context.renewal.wanted or self.main.context.reader.following:
            return False
        if self.main.context.composer is not None and self.main.context.part(write.Write)._hinting:
            return False
        screen = self.app.screen
        if screen._dirty_widgets or screen._layout_required:
            return False
        pumps = [
            self.app,
            screen,
            *(pump for below in self.app.screen_stack for pump in below.walk_children()),
        ]
        return not any(pump.message_queue_size or pump._next_callbacks for pump in pumps)

    async def until(self, condition: Callable[[], object]) -> None:
        """Until it is so, and the screen rests. Raises with what is seen when that takes too long."""
        end = time.monotonic() + PATIENCE
        rested = 0
        while rested < 3:
            if time.monotonic() > end:
                raise AssertionError(f"still not so after {PATIENCE} s; seen:\n{self.text}")
            await asyncio.sleep(0.001)
            rested = rested + 1 if not self.app.is_running or (self._quiet() and condition()) else 0

    def desk(self, use_case: Callable[[Desk], T]) -> T:
        """Somebody else, or the test itself, at the same desk."""
        return self.session.call(use_case).result(PATIENCE)

    async def changed(self, use_case: Callable[[Desk], Any]) -> None:
        """Do something behind the screen's back, and wait until the screen has noticed."""
        self.desk(use_case)
        self.main.context.renew()
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


@pytest.fixture(scope="session", autouse=True)
def parses_a_style_sheet_once() -> Iterator[None]:
    """Share the parsed rules between the apps of four hundred tests: each app parses the same sheets for itself."""
    parsed: dict[Any, Any] = {}
    parse = Stylesheet._parse_rules

    def shared(self: Stylesheet, *args: Any, **options: Any) -> Any:
        key = (args, *sorted(options.items()), *sorted(self._variables.items()))
        if key not in parsed:
            parsed[key] = parse(self, *args, **options)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", shared)
        yield


@pytest.fixture(autouse=True)
def rests_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader waits until the cursor rests, hints until nothing is typed: every key of a test would wait too."""
    monkeypatch.setattr(reader, "FOLLOW_AFTER", 0.0)
    monkeypatch.setattr(write, "HINT_AFTER", 0.02)

    async def at_once(min_sleep: float = 0, max_sleep: float = 0) -> None:
        await asyncio.sleep(0)

    # Textual guesses by the processor's time whether an app has started; `opens` waits until it has.
    monkeypatch.setattr(textual.app, "wait_for_idle", at_once)


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
        signing: Signing | None = None,
        spelling: Callable[[], Spelling] | None = None,
        demo: bool = False,
    ) -> AsyncIterator[Seen]:
        import shutil

        place = folder or tmp_path / "store"
        if not empty and not place.exists():
            shutil.copytree(filled, place)
        clock = clock or scene.StandingClock()
        config = config or Config(agent="tanja")
        config.screen.language = config.screen.language or "en"
        session = scene.session(place, clock, accounts=accounts)
        app = InboxApp(
            session,
            agent="tanja",
            zone=scene.ZONE,
            hours=scene.HOURS,
            config=config,
            demo=demo,
            signing=signing,
            spelling=spelling,
            strict=True,
        )
        try:
            async with app.run_test(size=size) as pilot:
                seen = Seen(app, pilot, session, clock)
                await seen.until(
                    lambda: app.main.context.figures is not None and app.main.context.renewal.settled
                )
                await seen.settle()
                yield seen
        finally:
            session.close()

    return opened
