"""How fast is the inbox where it is felt? One table, as ratios to yardsticks that run in turn with it.

    python tests/bench/run.py [--sizes 1000 10000 100000] [--rounds 5] [--only start keys idle storm store]
                              [--million] [--minutes] [--out DIR]

Measured is the installed wheel, built here, in a pseudo-terminal of 120x40, on Linux. Yardsticks: `python -c pass`, the
least Textual app, the bare sqlite3 module, and neomutt where it is installed. Medians; yardstick and program take
turns. The ratios carry over to other machines, the milliseconds do not. Writes growth.svg and results.json into DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INSTALLED = "INBOX_BENCH"
"""Names the folder of a run, for the process that measures: that one knows no program but the installed wheel."""

sys.path.insert(0, str(HERE))
if INSTALLED in os.environ:
    sys.path.insert(0, str(Path(os.environ[INSTALLED]) / "app"))

import bench_store  # noqa: E402
import material  # noqa: E402
from growth import plot  # noqa: E402
from terminal import COLUMNS, ROWS, Answer, Terminal, median, p95  # noqa: E402

SETTLED = " waiting"
"""In the header, once the figures are there: the first full reading is over."""
FRESH = 3600.0
"""Seconds for which a kept store is used again: later all that waits in it is overdue, and no timer shows seconds."""
IDLE, STRETCHES = 10.0, 3
"""Seconds of a look at idling, and how many of them."""
STORMS = ((200, 200.0), (10_000, 1000.0), (1000, 33.0))
"""Messages and messages a second; with --minutes the last is 10,000 in five minutes."""
LETTERS = 160
"""Typed in calm before each; about half of them are timed."""
ECHOES = 60
"""Timed in each storm, at least."""


@dataclass(frozen=True)
class Bar:
    """What issue and contract ask: `got` is at most `most`, in `unit`."""

    got: float
    most: float
    unit: str = "x"
    of: str = ""
    """Which figure of the line, where it has several."""

    @property
    def met(self) -> bool:
        return self.got <= self.most

    def __str__(self) -> str:
        missed = "" if self.met else f" MISSED: {self.got:.2f}"
        return f"{self.of} <= {self.most:g} {self.unit}{missed}".strip()


@dataclass
class Bench:
    app: Path
    """Where the wheel is installed."""
    data: Path
    rounds: int
    table: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    growth: dict[str, dict[int, float]] = field(default_factory=dict)
    bars: list[tuple[str, Bar]] = field(default_factory=list)

    def say(self, name: str, value: str, ratio: float | None = None, *bars: Bar) -> None:
        """A line: its figures, the ratio to the yardstick, and the bars with their verdict."""
        verdict = ("met" if all(bar.met for bar in bars) else "MISSED") if bars else ""
        times = f"{ratio:.2f} x" if ratio is not None else ""
        row = (name, value, times, verdict, "; ".join(map(str, bars)))
        self.table.append(row)
        self.bars += [(name.strip(), bar) for bar in bars]
        print(f"{row[0]:58} {row[1]:>24} {row[2]:>8} {row[3]:6}  {row[4]}".rstrip(), flush=True)

    def verdict(self) -> str:
        missed = [f"{name}: {bar}" for name, bar in self.bars if not bar.met]
        told = "".join(f"\n    {line}" for line in missed)
        return f"{len(self.bars) - len(missed)} of {len(self.bars)} bars met" + (
            f"; missed:{told}" if told else ""
        )

    def grew(self, name: str, size: int, value: float) -> None:
        self.growth.setdefault(name, {})[size] = value

    @property
    def program(self) -> str:
        """What the wheel puts on the path."""
        return str(self.app / "bin" / "inbox")

    # -- programs ----------------------------------------------------------------------------------------

    def folder(self, size: int) -> Path:
        made = self.data / str(size)
        if made.exists() and time.time() - (made / "config.toml").stat().st_mtime > FRESH:
            shutil.rmtree(made)
        if not made.exists():
            material.build(made, size)
        return made

    def inbox(self, size: int, columns: int = COLUMNS) -> Terminal:
        folder = self.folder(size)
        command = [self.program, "--config", str(folder / "config.toml"), "--data", str(folder)]
        return Terminal([sys.executable, *command], {"PYTHONPATH": str(self.app)}, columns)

    def minimal(self) -> Terminal:
        return Terminal([sys.executable, str(self.app / "minimal_app.py")])

    def settled(self, size: int, columns: int = COLUMNS) -> Terminal:
        material.forget_drafts(self.folder(size))
        terminal = self.inbox(size, columns)
        terminal.wait_for(SETTLED)
        terminal.settle()
        return terminal


def installed(into: Path) -> None:
    """The program as people get it: a wheel, built and installed without its dependencies, compiled to byte code.

    Needs `uv`. Without a network where its cache knows the build tool already.
    """
    wheels = into.with_name("wheels")
    build = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(ROOT)]
    if subprocess.run([*build, "--offline"], capture_output=True, check=False).returncode:
        subprocess.run(build, check=True)
    [wheel] = wheels.glob("*.whl")
    install = ["uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--compile-bytecode"]
    subprocess.run([*install, "--python", sys.executable, "--target", str(into), str(wheel)], check=True)
    for name in ("minimal_app.py", "storm_app.py"):
        shutil.copy(HERE / name, into / name)


MAILS = 100_000
"""More of them take neomutt minutes the first time."""

# -- start ---------------------------------------------------------------------------------------------------


def start(bench: Bench, sizes: list[int]) -> None:
    programs: dict[str, tuple[Callable[[], Terminal], str]] = {"minimal": (bench.minimal, "READY")}
    for size in sizes:
        bench.folder(size)
        programs[str(size)] = (lambda size=size: bench.inbox(size), "Customer ")  # type: ignore[misc]
    rival = max((size for size in sizes if size <= MAILS), default=sizes[0])
    if neomutt := shutil.which("neomutt"):
        programs["neomutt"] = (lambda: _neomutt(bench, neomutt, rival), "READY ")
        first = programs["neomutt"][0]()  # warms its cache
        first.wait_for("READY ", patience=120)
        first.close()
    spent: dict[str, list[float]] = {name: [] for name in programs}
    used: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(bench.rounds):
        for name, (begin, wanted) in programs.items():
            terminal = begin()
            spent[name].append(terminal.wait_for(wanted))
            used[name].append(terminal.seconds())
            terminal.settle()
            terminal.close()
    floor, least = median(spent["minimal"]), median(used["minimal"])
    bench.say("first frame, minimal app", f"{floor * 1000:.0f} ms, CPU {least * 1000:.0f}")
    for size in sizes:
        wall, cpu = median(spent[str(size)]), median(used[str(size)])
        bench.say(
            f"first usable frame, {size:,} conversations",
            f"{wall * 1000:.0f} ms",
            wall / floor,
            *([Bar(wall / floor, 1.2)] if size == MAILS else []),
        )
        bench.say("    its processor time", f"{cpu * 1000:.0f} ms", cpu / least)
        bench.grew("first usable frame (ms)", size, wall * 1000)
    if neomutt:
        other = median(spent["neomutt"])
        ratio = median(spent[str(rival)]) / other
        bench.say(
            f"    against neomutt, {rival:,} mails, warm", f"{other * 1000:.0f} ms", ratio, Bar(ratio, 0.3)
        )
    _versions(bench)


def _neomutt(bench: Bench, path: str, size: int) -> Terminal:
    mails, cache = bench.data / f"mails{size}", bench.data / f"cache{size}"
    if not mails.exists():
        material.maildir(mails, size)
        cache.mkdir()
    settings = f"set folder={mails}; set spoolfile={mails}; set header_cache={cache}; set sort=date"
    return Terminal([path, "-n", "-F", "/dev/null", "-e", settings, "-f", str(mails)])


def _versions(bench: Bench) -> None:
    commands = {"pass": ["-c", "pass"], "version": [bench.program, "--version"]}
    spent: dict[str, list[float]] = {name: [] for name in commands}
    env = {**os.environ, "PYTHONPATH": str(bench.app)}
    for _ in range(4 * bench.rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *command], env=env, stdout=subprocess.DEVNULL, check=True)
            spent[name].append(time.perf_counter() - began)
    took = median(spent["version"])
    ratio = took / median(spent["pass"])
    bench.say("inbox --version, against python -c pass", f"{took * 1000:.0f} ms", ratio, Bar(ratio, 2.5))


# -- keys ----------------------------------------------------------------------------------------------------

RESTED = 0.4
"""Seconds between two keys, so that the reader beside the list has followed the one before for certain."""
FOLLOWS = 0.12
"""Seconds between two keys (and half of it to one and a half), so that it often follows in the moment of the next."""
TURN = 20
"""Keys to the program, then as many to the minimal app: what else the machine does meets both."""
WALKS = ("j" * 10 + "k" * 10) * 2
TEXT = "thank you for writing we are looking into it and will come back to you today "


def keys(bench: Bench, sizes: list[int]) -> None:
    minimal = bench.minimal()
    minimal.wait_for("READY")
    minimal.settle()
    floor = minimal.press_all("j" * 60)
    bench.say("key, minimal app", _figures(floor))
    bench.say("    after a rest, as before scrolling", _figures(minimal.press_all("j" * 40, RESTED)))
    least = minimal.resident()
    for size in sizes:
        terminal = bench.settled(size)
        memory = terminal.resident()
        steps = _turns(minimal, terminal, WALKS)
        _key(bench, f"cursor in view, {size:,}", *steps, p50=1.0, tail=1.3, kilobytes=1.0)
        bench.grew("cursor in view (ms)", size, median([answer.settled for answer in steps[0]]) * 1000)
        rested = _turns(minimal, terminal, WALKS, RESTED)
        _key(bench, "    after a rest", *rested, p50=1.0, tail=1.3)
        _key(bench, "    just when the reader follows", *_turns(minimal, terminal, WALKS, FOLLOWS))
        terminal.type_blind("j" * 60)
        steps = _turns(minimal, terminal, "j" * 40, RESTED)
        _key(bench, f"scrolling by one, {size:,}", *steps, p50=2.0, kilobytes=13.0)
        opened = _alternating(terminal, "\r", "\x1b", 20)
        _key(bench, f"opening a conversation, {size:,}", opened, minimal.press_all("j" * 20), p50=3.0)
        bench.grew("opening a conversation (ms)", size, median([answer.settled for answer in opened]) * 1000)
        _in_composer(terminal)
        letters, floor = _turns(minimal, terminal, TEXT)
        _key(bench, f"a character in the composer, {size:,}", letters, floor, p50=1.7)
        terminal.close()
        _searching(bench, size, floor)
        name = f"memory, {size:,} (1.3 x the minimal app's {least:.0f} MB + 40)"
        bars = [Bar(memory, 1.3 * least + 40, "MB")] if size <= MAILS else []
        bench.say(name, f"{memory:.0f} MB", memory / least, *bars)
        bench.grew("memory (MB)", size, memory)
    minimal.close()


def _turns(
    minimal: Terminal, terminal: Terminal, keys: str, rest: float = 0.06
) -> tuple[list[Answer], list[Answer]]:
    """The program's answers and the minimal app's, each after the same rest: processors are slow after one."""
    mine, floor = [], []
    for at in range(0, len(keys), TURN):
        terminal.settle(0.1)
        mine += terminal.press_all(keys[at : at + TURN], rest)
        floor += minimal.press_all("j" * len(keys[at : at + TURN]), rest)
    return mine, floor


def _figures(answers: list[Answer]) -> str:
    spent = [answer.settled * 1000 for answer in answers]
    size = median([answer.size for answer in answers])
    return f"{median(spent):.1f} / {p95(spent):.1f} ms, {size:.0f} B"


def _key(
    bench: Bench,
    name: str,
    answers: list[Answer],
    floor: list[Answer],
    *,
    p50: float | None = None,
    tail: float | None = None,
    kilobytes: float | None = None,
) -> None:
    mine, least = ([a.settled for a in some] for some in (answers, floor))
    middle, end = median(mine) / median(least), p95(mine) / p95(least)
    size = median([answer.size for answer in answers]) / 1000
    found = ((middle, p50, "x", "p50"), (end, tail, "x", "p95"), (size, kilobytes, "KB", "bytes"))
    bars = [Bar(got, most, unit, of) for got, most, unit, of in found if most is not None]
    bench.say(f"{name} (p95 {end:.2f} x)", _figures(answers), middle, *bars)


def _alternating(terminal: Terminal, there: str, back: str, times: int) -> list[Answer]:
    answers = []
    for _ in range(times):
        terminal.type_blind("j")
        answers += terminal.press_all(there)
        terminal.press(back)
    return answers


def _searching(bench: Bench, size: int, floor: list[Answer]) -> None:
    """Each letter of a filter: its echo is the first answer, its results the frame after it. The reader, which
    follows a tenth of a second later, has no room beside the list. In the view of all it searches the whole history."""
    least = median([answer.settled for answer in floor])
    for what, before in (("filter as you type", "/"), ("history search", "0/")):
        terminal = bench.settled(size, 100)
        for key in before:
            terminal.type_blind(key)
        answers = terminal.press_all("refund parcel", quiet=0.2)
        terminal.close()
        for name, most, spent in (
            ("echo", 20, [answer.first for answer in answers]),
            ("results", 50, [answer.second for answer in answers]),
        ):
            middle, tail = median(spent), p95(spent) * 1000
            bars = [Bar(tail, most, "ms", "p95")] if size <= MAILS else []
            told = f"{middle * 1000:.1f} / {tail:.1f} ms"
            bench.say(f"{what}, {name}, {size:,}", told, middle / least, *bars)
            bench.grew(f"{what}, {name} (ms)", size, middle * 1000)


# -- idle, storm, store --------------------------------------------------------------------------------------


def idle(bench: Bench, sizes: list[int]) -> None:
    """Of one core, over all threads: the median of `STRETCHES`."""
    folder = bench.folder(sizes[-1])
    for name, seconds, most in (("40 timers show seconds", True, 0.8), ("none shows seconds", False, 0.4)):
        material.show_seconds(folder, seconds)
        terminal = bench.settled(sizes[-1])
        terminal.read_for(3)
        shares, rates = [], []
        for _ in range(STRETCHES):
            before, used = len(terminal.received), terminal.seconds()
            terminal.read_for(IDLE)
            shares.append((terminal.seconds() - used) / IDLE * 100)
            rates.append(sum(len(chunk) for _, chunk in terminal.received[before:]) / IDLE / 1000)
        terminal.close()
        told = f"{median(shares):.2f} % (to {max(shares):.2f}), {median(rates):.2f} KB/s"
        bars = [Bar(median(shares), most, "%"), *([Bar(median(rates), 2.5, "KB/s")] if seconds else [])]
        bench.say(f"idle, {name}, {sizes[-1]:,}", told, None, *bars)


@dataclass(frozen=True)
class Stormed:
    """What was seen of one storm: seconds of each letter's echo while messages came, the program's own figures,
    megabytes, and how many messages the store has, and how many different ones."""

    letters: list[float]
    figures: dict[str, Any]
    peak: float
    stored: tuple[int, int]

    @property
    def unmoved(self) -> bool:
        typed: str = self.figures["typed"]
        return self.figures["selected"] == self.figures["reading"] and (TEXT * 100).startswith(typed)


def storm(bench: Bench, sizes: list[int], minutes: bool) -> None:
    """Typing meanwhile, timed by the echo of the last letters of each word; each storm so often that its p95 is not
    that of a handful of letters."""
    for count, rate in STORMS:
        if minutes and rate < 100:
            count = 10_000
        terminal = _in_composer(bench.settled(sizes[-1]))
        calm = [echo for _, echo in _typed(terminal, LETTERS)]
        terminal.close()
        seen: list[Stormed] = []
        while sum(len(one.letters) for one in seen) < ECHOES:
            seen.append(_stormed(bench, sizes[-1], count, rate))
        times = f", {len(seen)} times" if len(seen) > 1 else ""
        _told(bench, f"storm of {count:,} at {rate:.0f}/s{times}", count, calm, seen)


def _stormed(bench: Bench, size: int, count: int, rate: float) -> Stormed:
    folder = bench.data / "storm"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bench.folder(size), folder, ignore=shutil.ignore_patterns("backups"))
    material.forget_drafts(folder)
    out = folder / "figures.json"
    command = [sys.executable, str(bench.app / "storm_app.py"), str(folder), str(count), str(rate), str(out)]
    terminal = Terminal(command, {"PYTHONPATH": str(bench.app)})
    terminal.wait_for("Customer ")
    typed = _typed(_in_composer(terminal), max(30, int(count / rate * 1000 / 65)))
    while not out.exists():
        terminal.read_for(0.1)
    peak = terminal.resident()
    terminal.settle()
    terminal.close()
    figures = json.loads(out.read_text())
    letters = [echo for at, echo in typed if figures["began"] <= at <= figures["ended"]]
    db = sqlite3.connect(folder / "inbox.db")
    sql = "SELECT COUNT(*), COUNT(DISTINCT id) FROM doc_messages WHERE id LIKE 'acme:storm%'"
    stored = db.execute(sql).fetchone()
    db.close()
    return Stormed(letters, figures, peak, stored)


def _told(bench: Bench, name: str, count: int, calm: list[float], seen: list[Stormed]) -> None:
    letters = [echo for one in seen for echo in one.letters]
    tail = p95(letters)
    bench.say("typing in calm, echo p50 / p95", _spread(calm))
    bars = Bar(tail / p95(calm), 3, "x calm", "p95"), Bar(tail * 1000, 25, "ms", "p95")
    bench.say(name, _spread(letters), tail / p95(calm), *bars)
    late, latest = (max(one.figures[of] for one in seen) * 1000 for of in ("lag_p99", "lag_max"))
    bench.say("    loop lag p99 / max", f"{late:.0f} / {latest:.0f} ms", None, Bar(late, 50, "ms", "p99"))
    peak = max(one.peak for one in seen)
    took = median([one.figures["ended"] - one.figures["began"] for one in seen])
    wrong = sum(abs(stored - count) for one in seen for stored in one.stored)
    told = f"{peak:.0f} MB; {seen[-1].stored[0]:,}; {took:.1f} s"
    once = Bar(wrong, 0, "lost or doubled")
    bench.say("    memory; stored once; took", told, None, Bar(peak, 200, "MB"), once)
    moved = [one.figures for one in seen if not one.unmoved]
    bench.say("    selection and draft", str(moved or "unmoved"), None, Bar(len(moved), 0, "moved"))


def _in_composer(terminal: Terminal) -> Terminal:
    terminal.read_for(1.0)
    terminal.press("j")
    terminal.read_for(0.5)
    at = len(terminal.received)
    terminal.write("r")
    terminal.wait_for("Ctrl+S", since=at)
    terminal.read_for(0.5)
    return terminal


def _typed(terminal: Terminal, letters: int) -> list[tuple[float, float]]:
    """When a letter was written, by `time.perf_counter`, and seconds until the frame that shows the last letters of its
    word."""
    spent, word = [], ""
    text = TEXT * (letters // len(TEXT) + 1)
    for letter in text[:letters]:
        word = "" if letter == " " else word + letter
        terminal.pause(0.06)
        at = len(terminal.received)
        began = terminal.write(letter)
        if len(word) < 3:
            continue
        spent.append((began, terminal.started + terminal.wait_for(word[-3:], 5.0, since=at) - began))
    return spent


def _spread(spent: list[float]) -> str:
    return f"{median(spent) * 1000:.1f} / {p95(spent) * 1000:.1f} ms"


def store(bench: Bench, sizes: list[int]) -> None:
    opened: dict[int, float] = {}
    for size in sizes:
        print(f"\nstore, {size:,} messages")
        for name, mine, other in bench_store.measured(size, bench.data):
            ratio = None if other is None else mine / other
            beside = "" if other is None else f" / {other:.2f}"
            unit = "MB" if name.startswith("memory") else "ms"
            most = next((most for begin, most in BARS.items() if name.startswith(begin)), None)
            bars = []
            if most is not None and (size == MAILS if ratio is not None else size >= MAILS and unit == "MB"):
                bars = [Bar(mine, most, unit) if ratio is None else Bar(ratio, most)]
            if name.startswith("open "):
                opened[size] = mine
                if size > MAILS and MAILS in opened:
                    bars = [Bar(mine / opened[MAILS], 3, "x", "against 100,000")]
            bench.say(name, f"{mine:.2f}{beside} {unit}", ratio, *bars)
            if not name.startswith(SELDOM):
                bench.grew(f"store: {name.partition(' (')[0]}", size, mine)


BARS = {"triage": 2, "list": 1.5, "search": 2, "take in": 2, "memory": 20}
"""Of the store: times raw sqlite3 at 100,000 messages, and MB from there on."""
SELDOM = (
    "load",
    "append",
    "backup",
    "changed",
    "order of all",
    "first 200 of all",
    "search 3",
    "search nothing",
)
"""What nobody waits for, or does not depend on the size, or is like another."""


# -- the whole -----------------------------------------------------------------------------------------------


def machine() -> Iterator[str]:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cores = f"{os.cpu_count()} x {cpu[1] if cpu else platform.machine()}"
    yield f"{platform.platform()}, {cores}, load {os.getloadavg()[0]:.1f}"
    parts = ", ".join(f"{name} {version(name)}" for name in ("textual", "rich", "tinydb", "msgspec"))
    yield f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {parts}"
    mutt = "no neomutt"
    if path := shutil.which("neomutt"):
        mutt = subprocess.run([path, "-v"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    yield f"terminal {COLUMNS}x{ROWS}; yardsticks: python -c pass, minimal Textual app, sqlite3 module, {mutt}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parts = ("start", "keys", "idle", "storm", "store")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument(
        "--million", action="store_true", help="start, keys and store at a million, too: GBs of disk"
    )
    parser.add_argument("--minutes", action="store_true", help="the slow storm in its full five minutes")
    parser.add_argument("--out", type=Path, default=None, help="where growth.svg and results.json go")
    parser.add_argument("--keep", type=Path, default=None, help="a folder whose stores are used again")
    chosen = parser.parse_args()
    sizes = sorted(chosen.sizes)
    grown = [*sizes, *([1_000_000] if chosen.million else [])]
    if INSTALLED not in os.environ:
        work = Path(tempfile.mkdtemp(prefix="inbox-bench-"))
        installed(work / "app")
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, INSTALLED: str(work)})
    work = Path(os.environ.pop(INSTALLED))
    assert Path(material.wiring.__file__).is_relative_to(work), "the stores are filled by another program"
    bench = Bench(work / "app", chosen.keep or work / "data", chosen.rounds)
    bench.data.mkdir(mode=0o700, exist_ok=True)
    try:
        print("\n".join(machine()), "\n")
        print(f"{'':58} {'p50 / p95':>24} {'ratio':>8}         bar")
        if "start" in chosen.only:
            start(bench, grown)
        if "keys" in chosen.only:
            keys(bench, grown)
        if "idle" in chosen.only:
            idle(bench, sizes)
        if "storm" in chosen.only:
            storm(bench, sizes, chosen.minutes)
        if "store" in chosen.only:
            store(bench, grown)
        _write(bench, chosen.out)
    finally:
        shutil.rmtree(work)


def _write(bench: Bench, out: Path | None) -> None:
    print(f"\n{bench.verdict()}\n\nhow costs grow")
    for name, by_size in bench.growth.items():
        print(f"{name:44}" + "  ".join(f"{size:>9,}: {value:8.2f}" for size, value in by_size.items()))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "growth.svg").write_text(plot(bench.growth))
        (out / "results.json").write_text(
            json.dumps({"machine": list(machine()), "table": bench.table, "growth": bench.growth}, indent=1)
        )
        print(f"written: {out}/growth.svg, {out}/results.json")


if __name__ == "__main__":
    main()
