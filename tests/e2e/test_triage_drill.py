"""A shift in small, in a real terminal, with the keys of every decision counted. The drill, as an agent reads it:

    decision                                   keys (typed words apart)
    read the most urgent conversation          1   Enter
    answer it, resolve it, go on               2   r ... Alt+Enter          ten times
    back to the queue                          1   Esc
    take                                       1   a
    snooze for three hours                     2   b +3h Enter
    tag                                        2   l refund Enter
    resolve                                    1   e
    resolve the first four at once             7   g x j j j V e
    take all four back                         1   z

And what a crash may cost in the middle of a word: nothing that stood there for half a second.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ui import scene

from e2e.terminal import INBOX, Terminal
from e2e.terminal import terminal as terminal
from inbox.store.sqlite.store import LocalStore

ANSWERS = 10
WRITING = re.compile(r"(Public|Private) reply as")


@dataclass
class Drill:
    """Keys in, and how many each decision took; typed words are not decisions."""

    terminal: Terminal
    keys: dict[str, list[int]] = field(default_factory=dict)
    _now: int = 0

    @contextmanager
    def decision(self, name: str) -> Iterator[None]:
        self._now = 0
        yield
        self.keys.setdefault(name, []).append(self._now)

    def count(self, keys: int) -> None:
        self._now += keys

    def press(self, *keys: str) -> None:
        self.count(len(keys))
        self.terminal.press(*keys)


def title(text: str) -> str:
    """Who the open conversation is with; empty where none is open."""
    return next((line for line in text.splitlines() if "· nordlicht" in line), "")


def go_on(terminal: Terminal, key: str) -> None:
    """To the next conversation, and wait until it is there."""
    before = title(terminal.text)
    terminal.press(key)
    terminal.until(lambda text: title(text) not in ("", before) and not WRITING.search(text))


def answerable(terminal: Terminal) -> bool:
    """What the line below the title says; X does not let everything be answered."""
    text = terminal.until(lambda text: title(text) and re.search(r"\w reply|through the API", text))
    return "no reply through the API" not in text


CURSOR = re.compile(r"^.{9}▸", re.MULTILINE)
"""Of the list; in an open conversation the sign stands before the name."""


def test_the_triage_drill(terminal: Terminal) -> None:
    """Every decision of a shift within the keys the drill promises."""
    terminal.start(f"{shlex.quote(str(INBOX))} demo --conversations 50")
    terminal.until(lambda text: re.search(r"1 Waiting·\d+", text) and "▸" in text)
    drill = Drill(terminal)
    with drill.decision("read"):
        drill.press("Enter")
        terminal.until(lambda text: not CURSOR.search(text) and "│ " in text)
    answered = 0
    while answered < ANSWERS:
        while not answerable(terminal):
            go_on(terminal, "J")
        with drill.decision("answer"):
            drill.press("r")
            terminal.until(WRITING.search)
            said = f"Danke, wir sehen nach, Nummer {answered}."
            terminal.type(said)
            terminal.until(f"{len(said)} / ")
            drill.count(1)
            go_on(terminal, "M-Enter")
        answered += 1
    with drill.decision("back"):
        drill.press("Escape")
        terminal.until(CURSOR.search)
    with drill.decision("take"):
        drill.press("a")
        terminal.until(lambda text: "Taken: " in text or "Given back: " in text)
    with drill.decision("snooze"):
        drill.press("b")
        terminal.until("Snooze ")
        terminal.type("+3h")
        terminal.until(lambda text: "in 3 h" in text or "but back" in text)
        drill.press("Enter")
        terminal.until("Snoozed until")
    with drill.decision("tag"):
        drill.press("l")
        terminal.until("Tags of ")
        terminal.type("refund")
        drill.press("Enter")
        terminal.until("Tag +refund")
    with drill.decision("resolve"):
        drill.press("e")
        terminal.until("Resolved: ")
    with drill.decision("bulk"):
        drill.press("g", "x", "j", "j", "j", "V")
        terminal.until("4 marked")
        drill.press("e")
        terminal.until("Resolved: 4 conversations")
    with drill.decision("undo bulk"):
        drill.press("z")
        terminal.until(lambda text: "taken back · 4 conversations" in text)
    most = {name: max(counts) for name, counts in drill.keys.items()}
    assert most == {
        "read": 1,
        "answer": 2,
        "back": 1,
        "take": 1,
        "snooze": 2,
        "tag": 2,
        "resolve": 1,
        "bulk": 7,
        "undo bulk": 1,
    }


CONFIG = """agent = "tanja"
[[accounts]]
name = "acme-x"
platform = "twitter"
api_url = "http://127.0.0.1:9"
[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "1001"
api_url = "http://127.0.0.1:9"
"""


def test_killed_in_the_middle_of_a_word_the_word_is_there(terminal: Terminal, tmp_path: Path) -> None:
    """Promise 2: a word typed is a word kept, whatever happens to the machine."""
    config, folder = tmp_path / "config.toml", tmp_path / "store"
    config.write_text(CONFIG, "utf-8")
    scene.fill(folder, scene.StandingClock())
    program = f"exec {shlex.quote(str(INBOX))} --config {shlex.quote(str(config))} --data {shlex.quote(str(folder))}"
    terminal.start(f"sh -c {shlex.quote(f'echo $$ > {tmp_path}/pid; {program}')}")
    terminal.until(lambda text: re.search(r"1 Waiting·\d+", text) and "▸" in text)
    terminal.press("4")
    terminal.until(lambda text: "acmeparcels" in text and "fb dm" not in text)
    terminal.press("r")
    terminal.until("Public reply as acme-x to")
    terminal.type("Liebe Frau Becker, wir suchen Ihr Pak")
    terminal.until("draft saved")
    terminal.type("et")
    terminal.until("39 / 280")
    time.sleep(0.5)  # the promise itself: on disk within half a second of the last key
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert terminal.status() != 0
    with closing(LocalStore(folder)) as store:
        desk = scene.desk(store, scene.StandingClock())
        drafts = [found.text for cid in desk.queue.order("all") if (found := desk.drafts.get(cid))]
    assert "Liebe Frau Becker, wir suchen Ihr Paket" in drafts


def test_the_drill_is_told_as_it_is_counted() -> None:
    """The table above is what people read; it must hold the numbers of the test."""
    assert __doc__ is not None
    told = dict(re.findall(r"^    (\S.*?) {2,}(\d+)   ", __doc__, re.MULTILINE))
    assert sum(map(int, told.values())) == 18
