"""The real program in a real terminal: `inbox demo` in tmux, keys in, screen text out.

What only shows here: escape sequences of keys, the terminal given back, the screen at 80x24 as people get it.
"""

from __future__ import annotations

import re
import shlex

import pytest

from e2e.terminal import INBOX, Terminal
from e2e.terminal import terminal as terminal


@pytest.fixture
def demo(terminal: Terminal) -> Terminal:
    """The demo, with the queue on the screen."""
    terminal.start(f"{shlex.quote(str(INBOX))} demo --conversations 60")
    terminal.until(lambda text: re.search(r"1 Waiting·\d+", text) and "▸" in text)
    return terminal


def cursor(text: str) -> str:
    return next(line for line in text.splitlines() if "▸" in line)


def test_the_queue_is_there_with_timers_and_the_demo_says_what_it_is(demo: Terminal) -> None:
    """Nobody may take the demo's people for real ones."""
    text = demo.until("account")
    assert "demo" in text.splitlines()[0]
    rows = [line for line in text.splitlines() if re.match(r"(!!|! |  |!w| w| z|!z) *-?\d+[dhm]", line)]
    assert len(rows) > 3
    assert all(len(line) <= 80 for line in text.splitlines())


def test_moving_opening_and_going_back(demo: Terminal) -> None:
    first = cursor(demo.text)
    demo.press("j")
    second = cursor(demo.until(lambda text: cursor(text) != first))
    demo.press("Enter")
    opened = demo.until("│ ")
    name = second[26:42].strip()
    assert name[:8] in opened
    demo.press("Escape")
    assert cursor(demo.until("Enter open"))[20:42] == second[20:42]


def test_a_reply_is_held_and_taken_back(demo: Terminal) -> None:
    demo.press("5")
    demo.until("5 Direct")
    demo.press("r")
    demo.until("Private reply as")
    demo.type("Guten Tag, wir sehen nach.")
    demo.until("26 / ")
    demo.press("C-s")
    demo.until(lambda text: re.search(r"leaves in \d+ s · z takes it back", text))
    demo.press("z")
    text = demo.until("Private reply as")
    assert "Guten Tag, wir sehen nach." in text


def test_alt_enter_sends_and_goes_on(demo: Terminal) -> None:
    """ESC CR, as nearly every terminal sends it."""
    demo.press("5")
    demo.until("5 Direct")
    before = cursor(demo.text)
    demo.press("r")
    demo.until("Private reply as")
    demo.type("Danke!")
    demo.until("6 / ")
    demo.press("M-Enter")
    demo.until(lambda text: "leaves in" in text and "Private reply as" not in text)
    demo.until(lambda text: "▸" not in text or cursor(text) != before)


def test_quitting_gives_the_terminal_back(demo: Terminal) -> None:
    demo.press("q")
    assert demo.status() == 0
    settings = (demo.folder / "status.tty").read_text("utf-8")
    assert " echo " in settings.replace(";", " ")
    assert " icanon" in settings
    assert "Waiting" not in demo.text
    assert "decided" not in demo.text, "nothing was"


def test_who_leaves_is_told_what_was_done(demo: Terminal) -> None:
    """The last line of a shift; what was taken back is no part of it."""
    for key in ("e", "e", "e", "z"):
        before = cursor(demo.text)
        demo.press(key)
        demo.until(lambda text, before=before: cursor(text) != before)
    demo.press("q")
    assert demo.status() == 0
    demo.until("2 decided, 0 answered; 75% of today's answers in time.")
