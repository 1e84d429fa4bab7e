"""What a key costs, counted and not timed: frames, the lines they paint, and the lines that are drawn anew."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import textual.screen
from textual.geometry import Region

import inbox.ui.terminal.fast_screen as fast_screen
from inbox.ui.actions import program, write
from inbox.ui.main import reader, refresh_clock
from inbox.ui.terminal.painting import Painted
from inbox.ui.terminal.private_names import why_stock
from ui import scene
from ui.conftest import Opens, Seen

pytestmark = pytest.mark.skipif(
    why_stock("painting") is not None, reason="Textual's own part is in use, which is slower"
)


@dataclass
class Frames:
    """Since it was asked for: by frame the lines of the screen it painted (None: all), and lines asked of widgets."""

    painted: list[set[int] | None] = field(default_factory=list)
    asked: int = 0


@contextmanager
def counted(seen: Seen, monkeypatch: Any) -> Iterator[Frames]:
    frames, display, lines = Frames(), seen.app._display, Painted.render_lines

    def shown(screen: Any, update: Any) -> None:
        if update is not None:
            spans = getattr(update, "spans", None)
            frames.painted.append(None if spans is None else {y for y, _, _ in spans})
        display(screen, update)

    def rendered(widget: Painted, crop: Any) -> Any:
        frames.asked += crop.height
        return lines(widget, crop)

    with monkeypatch.context() as patched:
        patched.setattr(seen.app, "_display", shown)
        patched.setattr(Painted, "render_lines", rendered)
        yield frames


def counting(calls: list[Any], call: Any) -> Any:
    """The same call, noted."""

    def noted(use_case: Any) -> Any:
        calls.append(use_case)
        return call(use_case)

    return noted


async def test_a_step_of_the_cursor_is_one_frame_of_two_lines(opens: Opens, monkeypatch: Any) -> None:
    """Textual would ask all widgets for all their lines, most of a screen ten times over."""
    async with opens(size=(80, 24)) as seen:
        with counted(seen, monkeypatch) as frames:
            await seen.press("j")
        assert frames.painted == [{2, 3}]
        assert frames.asked == 2


async def test_going_into_a_conversation_is_one_frame_of_what_looks_another_way(
    opens: Opens, monkeypatch: Any
) -> None:
    """The title, the cursor's line, a hint learned and the keys; no pane is styled or painted anew, there and back."""
    async with opens(size=(120, 36)) as seen:
        await seen.press("j")
        top = seen.queue.region.y
        for key in ("enter", "escape"):
            with counted(seen, monkeypatch) as frames:
                await seen.press(key)
            assert frames.painted == [{top, top + 2, top + 3, 34, 35}]
            assert ("▏▸" in seen.lines[top]) is (key == "enter")


async def test_what_stands_beside_a_change_is_not_asked(opens: Opens, monkeypatch: Any) -> None:
    async with opens(size=(160, 36)) as seen:
        asked: list[str] = []
        for pane in (seen.main.context.thread, seen.main.context.person):
            monkeypatch.setattr(pane, "render_lines", lambda crop, pane=pane: asked.append(pane.id))
        seen.queue.refresh_lines(seen.queue.cur)
        await seen.settle()
        assert not asked


async def test_a_pane_with_a_border_keeps_its_border_and_its_scroll_bar(opens: Opens) -> None:
    """Lines are painted past Textual's own borders; where there is one, it must stay."""
    async with opens(size=(160, 20)) as seen:
        cid = seen.select("Eva Lindner")
        await seen.changed(lambda desk: [desk.notes.add(cid, f"note {n}") for n in range(12)])
        panel = seen.main.context.person
        assert panel.count() > panel.size.height
        lines = seen.app.screen._compositor.render_strips()[panel.region.y : panel.region.bottom]
        assert {line.crop(panel.region.x, panel.region.x + 1).text for line in lines} == {"▏"}
        assert {line.crop(159, 160).text for line in lines} == {"┃", "│"}


async def test_scrolling_draws_only_the_rows_that_come_into_sight(opens: Opens, tmp_path: Any) -> None:
    """The others are there already, down to the bytes for the terminal."""
    folder = tmp_path / "many"
    scene.many(folder, scene.StandingClock(), 200)
    async with opens(size=(80, 24), folder=folder) as seen:
        for _ in range(24):
            seen.queue.move(1)
        await seen.settle()
        seen.queue.drawn = 0
        await seen.press("j")
        assert (
            0 < seen.queue.drawn <= 3 + 2
        )  # the new row, the cursor's two, and where the thumb begins and ends


async def test_keys_pressed_at_once_act_in_their_order(opens: Opens) -> None:
    """Commands take a shorter way than Textual's; none may overtake another on it."""
    async with opens(size=(120, 36)) as seen:
        order = list(seen.queue.order)
        for key in ("j", "x", "j", "x", "f", "g", "x", "enter", "J"):
            seen.send(key)
        await seen.settle()
        assert seen.queue.selected == order[5]
        assert list(seen.queue.marks) == [order[1], order[2], order[4]]
        assert seen.main.context.place == "reader"


async def test_a_letter_is_one_frame_with_its_count(opens: Opens, monkeypatch: Any) -> None:
    """What follows a letter in a frame of its own makes every letter look late."""
    async with opens(size=(120, 36)) as seen:
        seen.select("Nadia")
        await seen.press("r")
        await seen.type("write to me")
        composer = seen.main.context.composer
        assert composer is not None
        await seen.until(lambda: "saved" in composer.saved)
        with counted(seen, monkeypatch) as frames:
            await seen.press("!")
        assert "12 / 280" in seen.text
        assert frames.painted == [{*composer.area.region.line_range, composer.foot.region.y}]


async def test_a_frame_does_not_wait_for_the_last_one_and_a_flood_of_them_does(
    opens: Opens, monkeypatch: Any
) -> None:
    """A letter behind a tick of the clock is shown at once. Textual paints a period after the last frame."""
    monkeypatch.setattr(textual.screen, "UPDATE_PERIOD", 3600.0)
    async with opens(size=(80, 24)) as seen:
        for _ in range(3):
            seen.queue.refresh()
            await seen.settle()
        monkeypatch.setattr(fast_screen, "UPDATE_PERIOD", 3600.0)
        seen.queue.refresh()
        while seen.main._frame is None:
            await asyncio.sleep(0)
        assert seen.main._dirty_widgets == {seen.queue}
        assert isinstance(seen.main._frame, asyncio.TimerHandle)


async def test_while_the_terminal_is_behind_changes_become_one_frame(opens: Opens, monkeypatch: Any) -> None:
    monkeypatch.setattr(fast_screen, "BEHIND", 0.01)
    async with opens(size=(80, 24)) as seen:
        driver = seen.app._driver
        monkeypatch.setattr(driver, "behind", True, raising=False)
        with counted(seen, monkeypatch) as frames:
            for at in (2, 4):
                seen.queue.refresh(Region(0, at, 80, 1))
                while seen.queue not in seen.main._dirty_widgets:
                    await asyncio.sleep(0)
                await asyncio.sleep(2 * fast_screen.BEHIND)
            assert frames.painted == []
            monkeypatch.setattr(driver, "behind", False)
            await seen.settle()
        assert len(frames.painted) == 1


async def test_hints_wait_until_the_agent_rests(opens: Opens, monkeypatch: Any) -> None:
    """Nobody wants to be told at every letter, and every letter would be a frame more."""
    async with opens(size=(120, 36)) as seen:
        seen.select("Nadia")
        await seen.press("r")
        composer, text = seen.main.context.composer, "tanja@acme.example"
        assert composer is not None
        monkeypatch.setattr(write, "HINT_AFTER", 3600.0)
        for letter in text:
            seen.send(letter)
        while composer.text != text:
            await asyncio.sleep(0.003)
        assert not composer.hints
        monkeypatch.setattr(write, "HINT_AFTER", 0.02)
        seen.main.context.part(write.Write)._hint_soon()
        await seen.settle()
        assert "everybody will read an e-mail address" in seen.text


async def test_a_conversation_that_the_cursor_has_left_meanwhile_is_not_painted(
    opens: Opens, monkeypatch: Any
) -> None:
    """It was read for the reader beside the list; the next key would wait behind its frame, for nothing."""
    async with opens(size=(120, 36)) as seen:
        answered, shown = asyncio.Event(), list[str]()
        ask, show = seen.main.context.ask, seen.main.context.thread.show

        async def late(use_case: Any) -> Any:
            answer = await ask(use_case)
            await answered.wait()
            return answer

        def noted(opened: Any, *rest: Any, **more: Any) -> None:
            shown.append(opened.thread.conversation.id)
            show(opened, *rest, **more)

        monkeypatch.setattr(seen.main.context, "ask", late)
        monkeypatch.setattr(seen.main.context.thread, "show", noted)
        seen.send("j")
        while not seen.main.context.reader.busy:
            await asyncio.sleep(0.003)
        left = seen.queue.selected
        monkeypatch.setattr(reader, "FOLLOW_AFTER", 3600.0)
        seen.send("j")
        while seen.queue.selected == left:
            await asyncio.sleep(0.003)
        monkeypatch.setattr(reader, "FOLLOW_AFTER", 0.0)
        answered.set()
        await seen.until(lambda: shown)
        await seen.settle()
        assert shown == [seen.queue.selected]


async def test_a_key_tells_how_late_the_screen_is_called_until_it_comes_again(
    opens: Opens, monkeypatch: Any
) -> None:
    """Whoever finds the program slow can say how slow, and when."""
    monkeypatch.setattr(program, "LAG_EVERY", 0.03)
    async with opens(size=(120, 36)) as seen:
        seen.send("f12")
        await seen.until(lambda: "Loop lag: " in seen.text)
        await seen.press("f12")
        assert "Loop lag" not in seen.text
        assert not any("_tell_lag" in worker.name and worker.is_running for worker in seen.app.workers)


async def test_a_tick_paints_what_reads_another_way_and_nothing_else(opens: Opens, monkeypatch: Any) -> None:
    """The program stands open all day on machines that do something else."""
    monkeypatch.setattr(refresh_clock, "_to_next_second", lambda: 3600.0)  # no tick but ours
    async with opens(size=(80, 24)) as seen:
        seen.clock.advance(seconds=1)  # off the full minute, which all rows of the scene share
        seen.main.context.clock.tick()
        await seen.settle()
        with counted(seen, monkeypatch) as frames:
            seen.main.context.clock.tick()
            await seen.settle()
            assert frames.painted == []
            seen.clock.advance(seconds=1)
            seen.main.context.clock.tick()
            await seen.settle()
        [lines] = frames.painted
        assert lines is not None
        assert 0 < len(lines) < 8
        assert lines <= set(range(seen.queue.region.y, seen.queue.region.bottom))


async def test_what_ends_by_itself_is_read_anew_at_its_second_and_nothing_is_before(
    opens: Opens, monkeypatch: Any
) -> None:
    """A deadline passes without anybody writing; asking the store now and then whether one did costs all day."""
    monkeypatch.setattr(refresh_clock, "_to_next_second", lambda: 3600.0)  # no tick but ours
    async with opens(size=(120, 36)) as seen:
        figures = seen.main.context.figures
        assert figures is not None
        seen.main.context.clock.rests_until = 0
        monkeypatch.setattr(seen.session, "stirred", lambda: False)  # what the start wrote is not looked for
        asked: list[Any] = []
        monkeypatch.setattr(seen.session, "call", counting(asked, seen.session.call))
        ends = (figures.until - seen.clock.now()).total_seconds()
        seen.clock.advance(seconds=ends - 1)
        seen.main.context.clock.tick()
        await seen.settle()
        assert asked == []
        seen.clock.advance(seconds=1)
        seen.main.context.clock.tick()
        await seen.settle()
        assert len(asked) == 1
        assert seen.main.context.figures is not figures


async def test_nobody_is_asked_for_changes_while_the_log_stands(opens: Opens, monkeypatch: Any) -> None:
    """Twice a second a question to another thread, all day, for a file that nobody wrote to."""
    monkeypatch.setattr(refresh_clock, "LOOK_RARELY", 0.001)
    monkeypatch.setattr(refresh_clock, "LOOK_EVERY", 0.001)
    async with opens(size=(120, 36)) as seen:
        looks: list[bool] = []
        written = False
        monkeypatch.setattr(seen.session, "stirred", lambda: looks.append(written) or written)
        await seen.until(lambda: looks)
        asked: list[Any] = []
        monkeypatch.setattr(seen.session, "call", counting(asked, seen.session.call))
        await seen.until(lambda: len(looks) > 5)
        assert asked == []
        written = True
        await seen.until(lambda: asked)


async def test_a_tick_lets_keys_go_first_but_not_for_long(opens: Opens, monkeypatch: Any) -> None:
    """A key whose frame comes together with forty timers is ten times as large; a timer that stands still is wrong."""
    async with opens(size=(80, 24)) as seen:
        waits: list[tuple[float, Any]] = []
        monkeypatch.setattr(seen.main, "set_timer", lambda after, call: waits.append((after, call)))
        before = seen.main.context.clock.ticks
        await seen.press("j")
        tick = seen.main.context.clock.on_second
        while seen.main.context.clock.ticks == before:
            seen.main.context.clock.pressed_at = time.monotonic()  # the keys never rest
            tick()
            tick = waits[-1][1]
        *held, (_, again) = waits
        assert held
        assert sum(after for after, _ in held) <= refresh_clock.TICK_WAITS + refresh_clock.KEYS_REST
        seen.main.context.clock.pressed_at = 0.0
        before = seen.main.context.clock.ticks
        again()
        assert seen.main.context.clock.ticks == before + 1


async def test_what_ends_before_it_began_leaves_nothing_behind(opens: Opens) -> None:
    """Who quits while something is asked for would be told of it by Python, on the terminal it has just given back."""
    async with opens(size=(80, 24)) as seen:
        work = seen.main.show_notice()
        seen.main.context.run(work)
        seen.app.workers.cancel_all()
        await seen.settle()
        assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED
