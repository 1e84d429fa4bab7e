"""F61 to F68: the real program in a real pseudo terminal, with everything hostile in it, and every byte looked at.

What the cleaner makes of a text is held in `domain/test_text_hostile.py`, the guard in `ui/test_guard.py`; here
nothing is asked but what reaches the terminal.
"""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import time
import tty
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faults.corpus import CONFIG, IN_A_THREAD, Record, fill, harmless, records
from faults.pseudo import PATIENCE, SEQUENCE, Screen, shapes
from inbox.cli import screen_signals
from inbox.domain.queue import Scope

TOKEN = "canary-token-0123456789-abcdef"
DOWN, CTRL_S, CTRL_Q = "\x04", "\x13", "\x11"
ESC = "\x1b[27u"
"""As kitty's protocol spells it: nobody has to wait whether something follows."""
CLIPBOARD_OR_TITLE = re.compile(rb"\x1b\](?:0|1|2|4|8|9|10|11|12|50|52|777|1337);")
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")


class Inbox:
    """A prepared store, and screens on it."""

    def __init__(self, folder: Path, found: list[Record]) -> None:
        self.folder = folder
        self.store = fill(folder / "data", found)
        (folder / "config.toml").write_text(CONFIG, "utf-8")

    def screen(self, *, columns: int = 200, rows: int = 60, before: str = "", **env: str) -> Screen:
        words = ("--config", str(self.folder / "config.toml"), "--data", str(self.folder / "data"))
        return Screen(
            *words,
            env={"INBOX_TOKEN_ACME_X": TOKEN, **env},
            columns=columns,
            rows=rows,
            folder=self.folder,
            before=before,
        )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    made = Inbox(tmp_path_factory.mktemp("hostile"), records())
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    made = Inbox(tmp_path_factory.mktemp("plain"), harmless(records())[:45])
    yield made
    made.store.close()


def started(screen: Screen) -> Screen:
    screen.until(b"Waiting")
    screen.quiet(0.1)
    return screen


def through_lists(screen: Screen, conversations: int) -> None:
    """The queue from end to end, a person, outbox, accounts, help, why, filter."""
    screen.does("0")
    for _ in range(-(-conversations // 60)):
        screen.does(DOWN, then=0.03)
    screen.does("g")
    for key in ("O", "H", "?"):
        screen.does(key)
        for _ in range(8):
            if not screen.does(DOWN, first=0.12):
                break
        screen.does(ESC)
    screen.does("w")
    screen.does(ESC)
    for typed in ("hi", "is:failed", 'from:"x'):
        screen.does("/")
        screen.does(typed, then=0.2)
        screen.does(ESC)
        screen.does(ESC)


def through_threads(screen: Screen, conversations: int) -> None:
    """Every thread from end to end, and now and then a person and a preview."""
    screen.does("0")
    screen.does("g")  # who waits longest: the long threads
    screen.does("\r")
    for number in range(conversations // IN_A_THREAD + 1):
        screen.does("g", first=0.1)
        for _ in range(30):
            if (
                screen.does(DOWN, first=0.1, then=0.02) < 400
            ):  # a clock may tick; nothing else moves at the end
                break
        if number % 6 == 0:
            screen.does("i")
            screen.does("i")
            screen.does("v")
            screen.does("v")
        screen.does("J")
    screen.does(ESC)


def walked(screen: Screen, *walks: Callable[[Screen], None]) -> bytes:
    """All that was written on the way, to the end of the program."""
    with started(screen):
        for walk in walks:
            walk(screen)
        screen.press(CTRL_Q)
        assert screen.ends(10) == 0
    return bytes(screen.written)


def leaks(written: bytes) -> set[str]:
    return {r["name"] for r in records() for h in r.get("absent_hex", ()) if bytes.fromhex(h) in written}


def test_f61_f62_nothing_of_the_corpus_reaches_the_terminal(hostile: Inbox, plain: Inbox) -> None:
    """Every record as text, name, handle, file name, link, note, tag, colleague, reason and account name: no byte
    that must not be written, no kind of sequence that plain words do not bring, no title, no clipboard."""
    on_plain, on_lists, on_threads = (
        inbox.screen(columns=100, rows=110) for inbox in (plain, hostile, hostile)
    )
    with ThreadPoolExecutor() as pool:  # they wait most of the time
        works = (
            pool.submit(walked, on_plain, lambda s: through_lists(s, 45), lambda s: through_threads(s, 45)),
            pool.submit(walked, on_lists, lambda s: through_lists(s, 501)),
            pool.submit(walked, on_threads, lambda s: through_threads(s, 501)),
        )
        own, *hostiles = [work.result() for work in works]
    written = b"".join(hostiles)
    assert leaks(written) - leaks(own) == set()
    assert shapes(written) - shapes(own) == set()
    assert CLIPBOARD_OR_TITLE.search(written) is None
    assert not re.search(rb"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]", SEQUENCE.sub(b"", written))
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]", written.decode("utf-8"))
    assert all(mark in written[written.rindex(b"\x1b[?1049l") - 200 :] for mark in RESTORED)
    assert TOKEN.encode() not in written
    shown = SEQUENCE.sub(b"", written).decode("utf-8")
    seen = [r for r in records() if any(piece in shown for piece in r.get("visible", ()))]
    assert len(seen) > 0.9 * sum(bool(r.get("visible")) for r in records())


def test_f63_a_storm_of_sizes_harms_nothing(hostile: Inbox) -> None:
    """A tiling window manager sends fifty sizes a second, some of them absurd."""
    with started(hostile.screen(columns=80, rows=24)) as screen:
        sizes = [(20, 5), (1, 1), (300, 90), (80, 24), (21, 3), (40, 200), (500, 5), (80, 24)]
        for number in range(100):
            screen.resize(*sizes[number % len(sizes)])
            if number % 10 == 0:
                screen.does("j", first=0.02, then=0.02)
        screen.resize(80, 24)
        screen.quiet(0.3)
        screen.does("?")
        before = len(screen.written)
        screen.does(ESC)
        assert len(screen.written) > before
        screen.press(CTRL_Q)
        assert screen.ends(10) == 0


POOR = {
    "20x5": (20, 5, {}),
    "no colour": (80, 24, {"NO_COLOR": "1"}),
    "no UTF-8": (80, 24, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
}


def test_f63_poor_terminals_get_what_they_can_show(plain: Inbox) -> None:
    """It works, or it says in a sentence what is missing; it never ends in a traceback."""
    screens = [plain.screen(columns=columns, rows=rows, **env) for columns, rows, env in POOR.values()]
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(look_around, POOR, screens):
            pass


def look_around(name: str, screen: Screen) -> None:
    with screen:
        screen.until(b"\x1b[1;1H")  # painted: keys pressed before that belong to the line discipline
        screen.quiet(0.2)
        for key in ("j", "\r", "j", ESC, "?", ESC):
            screen.does(key, first=0.1)
        screen.press(CTRL_Q)
        assert screen.ends(10) in (0, 1), name
        assert b"Traceback" not in screen.written, name
        if name == "no colour":
            colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", screen.written)
            assert all(red == green == blue for red, green, blue in colours)


def test_f64_a_paste_is_plain_text_and_bounded(plain: Inbox) -> None:
    """A megabyte does not stop the program, and what is pasted arrives as text without anything that acts: no key
    is pressed by an ESC in it, nor behind an end mark that the clipboard brought along."""
    held = plain.store.outbox.items()
    with started(plain.screen()) as screen:
        screen.does("0")
        screen.does("g")
        screen.does("r")
        odd = b"\x07two \xc2\x9b31m \xe2\x80\xaethree \x9b no UTF-8 \x1b\x1b[Aup"
        screen.press(b"\x1b[200~pasted one\r\npasted " + odd + b"\x1b[201~")
        screen.until(b"pasted")
        for keys in (CTRL_S, CTRL_Q, "\x1b\x1b" + CTRL_Q, "\x1b\r", "\x04"):
            screen.press(b"\x1b[200~four\x1b[201~" + keys.encode() + b"five")
            screen.press(b" six\x1b[201~")  # a read of its own
            screen.until(b"six", since=len(screen.written))
        screen.press(b"\x1b[200~" + b"wort " * 200_000 + b"\x1b[201~")
        screen.until(b"wort")
        screen.does("x", then=0.2)
        assert screen.process.poll() is None
        assert not re.search(rb"[\x00-\x07]", SEQUENCE.sub(b"", screen.written))
        screen.does(ESC, then=0.7)
        screen.does(ESC)
        screen.press(CTRL_Q)
        assert screen.ends(10) == 0
    (text,) = [text for text in drafts(plain) if "pasted one" in text]
    assert text.startswith("pasted one\npasted two 31m three \ufffd no UTF-8 [Aup")
    assert (text.count("four"), text.count("five six")) == (5, 5)
    assert len(text) < 50_000
    assert plain.store.outbox.items() == held


def drafts(inbox: Inbox) -> list[str]:
    ids = inbox.store.conversations.order(Scope(), now=datetime.now(UTC))
    return [draft.text for cid in ids for draft in inbox.store.outbox.drafts(cid)]


CRASH = """
import os
from inbox.ui.main.refresh_clock import RefreshClock
tick = RefreshClock.tick
def fail(self):
    secret = "words of a customer"
    if os.path.exists("crash now"):
        raise RuntimeError(secret)
    tick(self)
RefreshClock.tick = fail
"""


def test_f67_a_crash_gives_the_terminal_back_and_keeps_the_words(plain: Inbox) -> None:
    """Textual's own ending prints the locals of every frame: a customer's words, and a token among them."""
    with plain.screen(before=CRASH) as screen:
        started(screen)
        screen.does("0")
        screen.does("G")
        screen.does("r")
        screen.until(b"Alt+Enter")  # the composer is open
        screen.does("words before the crash", first=PATIENCE)
        (plain.folder / "crash now").touch()
        assert screen.ends(10) == 1
        written = bytes(screen.written)
    (plain.folder / "crash now").unlink()
    assert all(mark in written[written.rindex(b"\x1b[?1049l") - 200 :] for mark in RESTORED)
    told = SEQUENCE.sub(b"", written[written.rindex(b"\x1b[?1049l") :])
    assert b"RuntimeError" in told
    for secret in (b"words of a customer", TOKEN.encode(), b"Traceback", b"secret"):
        assert secret not in written
    assert any(text.endswith("words before the crash") for text in drafts(plain))
    logged = b"".join(p.read_bytes() for p in (plain.folder / "data").rglob("*.log*"))
    assert b"words of a customer" not in logged
    assert b"RuntimeError" in logged


def test_f38_f68_a_terminal_that_dies_ends_the_program_with_the_draft_kept(plain: Inbox) -> None:
    """The window is closed in the middle of a sentence."""
    with started(plain.screen()) as screen:
        screen.does("0")
        screen.does("G")
        screen.does("r")
        screen.until(b"Alt+Enter")  # the composer is open
        screen.does("half a sentence", first=PATIENCE)
        screen.hang_up()
        screen.ends(4)
    assert any(text.endswith("half a sentence") for text in drafts(plain))


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP], ids=lambda n: n.name)
def test_what_is_stopped_and_goes_on_is_all_there_again(plain: Inbox, number: signal.Signals) -> None:
    """By `fg`, or by whoever froze it; the shell has written over it meanwhile."""
    with started(plain.screen()) as screen:
        rows = set(re.findall(rb"plain words \d+ ", screen.written))
        assert len(rows) > 9
        screen.signal(number)
        os.waitpid(screen.process.pid, os.WUNTRACED)
        before = screen.quiet()
        screen.signal(signal.SIGCONT)
        for row in rows:
            screen.until(row, since=before)
        before = len(screen.written)
        screen.press("?")
        screen.until(b"Esc", since=before)


def test_f38_a_terminal_that_takes_nothing_more_holds_up_neither_words_nor_the_end(plain: Inbox) -> None:
    """A connection that hangs: what is typed arrives, what is painted does not."""
    with started(plain.screen()) as screen:
        for key in "0Gr":
            screen.does(key)
        screen.stall()
        screen.press_unread("words nobody sees yet")
        end = time.monotonic() + PATIENCE
        while not any(text.endswith("words nobody sees yet") for text in drafts(plain)):
            assert time.monotonic() < end, "the words did not arrive"
        screen.signal(signal.SIGTERM)
        screen.process.wait(PATIENCE)


def test_f38_a_terminal_that_is_busy_with_a_frame_is_given_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sequences did not fit behind the frame, and were dropped: no cursor, and the shell on the other screen."""
    ours, theirs = os.openpty()
    written = bytearray()
    with os.fdopen(ours, "rb", 0) as terminal, os.fdopen(theirs, "r+b", 0) as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        give_back = screen_signals.giver_back(lambda: False)
        tty.setraw(keyboard)
        os.set_blocking(keyboard.fileno(), False)
        while keyboard.write(b"frame " * 100):
            pass
        with ThreadPoolExecutor(1) as one:
            done = one.submit(give_back)
            while not done.done() or select.select([terminal], [], [], 0)[0]:
                if select.select([terminal], [], [], 0.01)[0]:
                    written += terminal.read(1 << 16)
    assert all(mark in written for mark in RESTORED)


@pytest.mark.parametrize("left", [True, False])
def test_f38_a_second_interrupt_in_the_middle_of_leaving_gives_the_terminal_back(
    monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """The driver sets the terminal's settings first and leaves the screen then: whoever ended the program between the two
    took the settings for the whole, and the shell was left on the other screen without a cursor."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", 0) as terminal, os.fdopen(theirs, "r") as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        screen_signals.giver_back(lambda: left)()
        written = terminal.read(4096) if select.select([terminal], [], [], 0)[0] else b""
    assert all((mark in written) is not left for mark in RESTORED)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_f38_a_polite_kill_gives_the_terminal_back(plain: Inbox, number: signal.Signals) -> None:
    """A shell without echo and with mouse reports is what people remember of a program."""
    with started(plain.screen()) as screen:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        screen.signal(number)
        screen.ends(4)
        assert all(mark in screen.written for mark in RESTORED)
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 5
