"""F64: hostile clipboards, in any pieces a terminal may hand them over."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from inbox.ui.terminal import pasting
from inbox.ui.terminal.parser import Parser
from inbox.ui.terminal.pasting import END, LONGEST, QUIET, START, Pasting

QUIT = "\x11"


class Terminal:
    """Feeds our parser and notes what the program gets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.parser = Parser()
        self.parser._pasting = Pasting(lambda: self.now)
        self.pasted: list[str] = []
        self.keys: list[str] = []

    def reads(self, *pieces: str) -> Terminal:
        """Each a read of its own, in one go."""
        for piece in pieces:
            self._note(self.parser.feed(piece))
            self._note(self.parser.tick())
        return self

    def rests(self, seconds: float = QUIET) -> Terminal:
        self.now += seconds
        self._note(self.parser.tick())
        return self

    def _note(self, messages: object) -> None:
        for message in messages:  # type: ignore[attr-defined]
            if isinstance(message, events.Paste):
                self.pasted.append(message.text)
            elif isinstance(message, events.Key):
                self.keys.append(message.key)


def pieces(text: str, cuts: Sequence[int]) -> list[str]:
    places = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places) if b > a]


CLIPBOARD = st.lists(
    st.sampled_from(
        [START, END, "\x1b", "\x1b[A", "\x1b[20", "1~", QUIT, "\x13", "\r\n", "e", "Zoë ", "\x9b31m"]
    ),
    max_size=12,
).map("".join)


@given(CLIPBOARD, st.lists(st.integers(0, 200), max_size=6))
def test_f64_no_clipboard_presses_a_key(clipboard: str, cuts: list[int]) -> None:
    """Whatever is in it and wherever the reads cut it: one text comes of it, without a control character."""
    seen = Terminal().reads(*pieces(f"{START}{clipboard}{END}", cuts)).rests()
    assert seen.keys == []
    assert len(seen.pasted) <= 1
    assert not any(pasting.CONTROL.search(text) for text in seen.pasted)
    letters = [c for c in clipboard if c in "eZoë"]
    assert [c for c in "".join(seen.pasted) if c in "eZoë"] == letters


@given(st.lists(st.integers(0, 200), max_size=6))
def test_f64_what_is_typed_before_and_behind_a_paste_is_typed(cuts: list[int]) -> None:
    """Fast fingers and slow lines: no key is lost, none comes before its time."""
    seen = Terminal().reads(*pieces(f"ab{START}text{END}c\x1b[A{QUIT}", cuts))
    assert seen.keys == ["a", "b"]
    seen.rests()
    assert seen.pasted == ["text"]
    assert seen.keys == ["a", "b", "c", "up", "ctrl+q"]


def test_f64_a_paste_ends_when_the_terminal_is_quiet() -> None:
    """Nobody has to press a key to see what was pasted; the next paste is one of its own."""
    seen = Terminal().reads(f"{START}one{END}")
    assert seen.pasted == []
    seen.rests().reads("x", f"{START}two{END}").rests()
    assert (seen.pasted, seen.keys) == (["one", "two"], ["x"])


def test_f64_keys_that_belong_to_no_paste_go_through_at_once() -> None:
    """Escape alone, its sequences, marks without a paste: the parser sees what it always saw."""
    taken = Pasting()
    for text in ("\x1b", "[A", "j", END, "\x1b[20", "\x1b\x1b[", "é"):
        assert taken.take(text) == text
    assert taken.rest() == ""


@pytest.mark.parametrize("text", ["wort " * 200_000, f"x{END}" * 200_000, f"{END}" + "y" * 1_000_000])
def test_f64_a_megabyte_is_bounded(text: str) -> None:
    """Nor does the time it takes grow faster than the text."""
    taken = Pasting(lambda: 0.0)
    whole = f"{START}{text}{END}{QUIT}"
    passed = "".join(taken.take(whole[at : at + 4096]) for at in range(0, len(whole), 4096))
    assert len(passed) <= LONGEST + len(START)
    assert QUIT not in passed
