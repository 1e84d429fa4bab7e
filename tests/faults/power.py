"""What a power cut can leave of files: a real process is traced, and every state its disk may be in is built.

`strace` tells each change of a file and each sync of the process. A cut may come after any of
them. What was not synced by then is there or not, every 512-byte sector for itself; a new name, a rename or a
removal is there or not until its folder was synced, whatever came before or after it. That is less than real file
systems promise, so what holds here holds on them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

SECTOR = 512
SCRATCH = ("-shm", "-lock")
"""Files whose content means nothing after a start: they are in no state."""

CALLS = (
    "openat,?open,?creat,close,write,pwrite64,writev,pwritev,lseek,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "?rename,renameat,renameat2,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,sendfile,copy_file_range,?link,linkat,symlinkat,"
    "?dup2,dup,dup3"
)


# -- what a program did to its files -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    file: int
    at: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The file is so long from now on."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Names:
    """Names that now stand for a file, for a folder (`FOLDER`), or for nothing (None): all of them or none."""

    now: tuple[tuple[str, int | None], ...]

    @property
    def folders(self) -> set[str]:
        return {name.rpartition("/")[0] for name, _ in self.now}


@dataclass(frozen=True, slots=True)
class SyncFile:
    file: int


@dataclass(frozen=True, slots=True)
class SyncFolder:
    path: str


@dataclass(frozen=True, slots=True)
class Said:
    """From here on somebody relies on it."""

    line: str


Step = Write | Cut | Names | SyncFile | SyncFolder | Said
FOLDER = 0
"""Stands for "this name is a folder"; files are numbered from 1 on."""


@dataclass
class Recording:
    """Names are relative to the folder that is watched, which is "" itself."""

    names: dict[str, int] = field(default_factory=lambda: {"": FOLDER})
    files: dict[int, bytes] = field(default_factory=dict)
    """What stood there, surely, before the first step."""
    steps: list[Step] = field(default_factory=list)


@cache
def can_trace() -> bool:
    """Whether `strace` is here and may look at another process (a container can forbid it)."""
    strace = shutil.which("strace")
    if not strace:
        return False
    tried = [strace, "-qq", "-e", "trace=openat", "-o", "/dev/null", sys.executable, "-c", ""]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def record(root: Path, command: Sequence[str], log: Path) -> Recording:
    """Run `command` to its end and note what it does below `root`. Lines it prints are acknowledgements."""
    traced = ["strace", "-qq", "-xx", "-s", "1000000", "-e", f"trace={CALLS}", "-e", "signal=none"]
    reader = _Reader(root)
    done = subprocess.run([*traced, "-o", log, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in log.read_text("ascii").splitlines():
        reader.read(line)
    said = [step.line for step in reader.recording.steps if isinstance(step, Said)]
    assert said == done.stdout.splitlines(), "the trace is not of what was run"
    return reader.recording


LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(?: .*)?$")
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


class _Reader:
    """Turns lines of strace into steps; refuses what it would not understand."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.recording = Recording()
        self.now = dict(self.recording.names)
        """As the program sees it: nothing is lost while there is power."""
        self.contents: dict[int, bytearray] = {}
        self.open: dict[int, str | int] = {}
        """Descriptor to a file's number or a folder's name."""
        self.at: dict[int, int] = {}
        self.appends: set[int] = set()
        for path in sorted(root.rglob("*")) if root.exists() else ():
            name = str(path.relative_to(root))
            if name.endswith(SCRATCH):
                continue
            number = FOLDER if path.is_dir() else len(self.recording.files) + 1
            self.recording.names[name] = self.now[name] = number
            if path.is_file():
                self.recording.files[number] = path.read_bytes()
                self.contents[number] = bytearray(path.read_bytes())

    def read(self, line: str) -> None:
        found = LINE.match(line)
        if not found:
            assert line.startswith("+++ exited"), line
            return
        call, words, result = found[1], found[2], int(found[3])
        if result < 0:
            return
        raws = []
        for quoted in QUOTED.finditer(words):
            assert not quoted[2], f"strace cut an argument: {call}"
            raws.append(bytes.fromhex(quoted[1].replace("\\x", "")))
        numbers = QUOTED.sub("_", words).split(", ")
        getattr(self, f"_{call}", self._unknown)(numbers, raws, result)

    def _unknown(self, words: list[str], raws: list[bytes], result: int) -> None:
        touched = [w for w in words if w.isdigit() and isinstance(self.open.get(int(w)), int)]
        ours = [raw for raw in raws if self._name(raw) is not None]
        assert not touched, f"a call nobody reads here: {words}"
        assert not ours, f"a call nobody reads here: {words}, {ours}"

    def _name(self, raw: bytes) -> str | None:
        path = raw.decode("utf-8", "surrogateescape").rstrip("/")
        if path.endswith(SCRATCH):
            return None
        if path == self.root:
            return ""
        return path.removeprefix(f"{self.root}/") if path.startswith(f"{self.root}/") else None

    def _openat(self, words: list[str], raws: list[bytes], result: int) -> None:
        name, flags = self._name(raws[0]), words[2]
        self.open.pop(result, None)
        if name is None:
            return
        number = self.now.get(name)
        if number is None:
            number = len(self.contents) + 1
            self.contents[number] = bytearray()
            self._names({name: number})
        if number == FOLDER:
            self.open[result] = name
            return
        self.open[result], self.at[result] = number, 0
        self.appends.discard(result)
        if "O_APPEND" in flags:
            self.appends.add(result)
        if "O_TRUNC" in flags and self.contents[number]:
            self._cut(number, 0)

    def _close(self, words: list[str], raws: list[bytes], result: int) -> None:
        self.open.pop(int(words[0]), None)

    def _file(self, word: str) -> int | None:
        found = self.open.get(int(word))
        return found if isinstance(found, int) else None

    def _write(self, words: list[str], raws: list[bytes], result: int) -> None:
        descriptor = int(words[0])
        if descriptor == 1:
            self.recording.steps += [Said(line) for line in raws[0].decode().splitlines()]
        file = self._file(words[0])
        if file is not None:
            at = len(self.contents[file]) if descriptor in self.appends else self.at[descriptor]
            self._put(file, at, raws[0][:result])
            self.at[descriptor] = at + result

    def _pwrite64(self, words: list[str], raws: list[bytes], result: int) -> None:
        file = self._file(words[0])
        if file is not None:
            self._put(file, int(words[3]), raws[0][:result])

    def _sendfile(self, words: list[str], raws: list[bytes], result: int) -> None:
        target, source = self._file(words[0]), self._file(words[1])
        if target is None:
            return
        assert source is not None
        start = re.match(r"\[(\d+)\]", words[2])
        assert start
        at = self.at[int(words[0])]
        self._put(target, at, bytes(self.contents[source][int(start[1]) : int(start[1]) + result]))
        self.at[int(words[0])] = at + result

    def _lseek(self, words: list[str], raws: list[bytes], result: int) -> None:
        self.at[int(words[0])] = result

    def _ftruncate(self, words: list[str], raws: list[bytes], result: int) -> None:
        file = self._file(words[0])
        if file is not None:
            self._cut(file, int(words[1]))

    def _fsync(self, words: list[str], raws: list[bytes], result: int) -> None:
        found = self.open.get(int(words[0]))
        if isinstance(found, str):
            self.recording.steps.append(SyncFolder(found))
        elif found is not None:
            self.recording.steps.append(SyncFile(found))

    _fdatasync = _fsync

    def _put(self, file: int, at: int, raw: bytes) -> None:
        held = self.contents[file]
        held.extend(bytes(max(0, at - len(held))))
        held[at : at + len(raw)] = raw
        self.recording.steps.append(Write(file, at, raw))

    def _cut(self, file: int, size: int) -> None:
        held = self.contents[file]
        held.extend(bytes(max(0, size - len(held))))
        del held[size:]
        self.recording.steps.append(Cut(file, size))

    def _names(self, now: dict[str, int | None]) -> None:
        for name, number in now.items():
            if number is None:
                self.now.pop(name, None)
            else:
                self.now[name] = number
        self.recording.steps.append(Names(tuple(now.items())))

    def _rename(self, words: list[str], raws: list[bytes], result: int) -> None:
        old, new = (self._name(raw) for raw in raws)
        if old is None and new is None:
            return
        assert old is not None
        assert new is not None
        inside = [name for name in self.now if name == old or name.startswith(f"{old}/")]
        moved: dict[str, int | None] = dict.fromkeys(inside)
        self._names({**moved, **{new + name.removeprefix(old): self.now[name] for name in inside}})

    _renameat = _renameat2 = _rename

    def _unlink(self, words: list[str], raws: list[bytes], result: int) -> None:
        name = self._name(raws[0])
        assert raws[0].startswith(b"/") or not self._relative_to_ours(words), "a name in an open folder"
        if name is not None:
            self._names({name: None})

    _rmdir = _unlink

    def _unlinkat(self, words: list[str], raws: list[bytes], result: int) -> None:
        folder = self.open.get(int(words[0])) if words[0].isdigit() else None
        if isinstance(folder, str):  # shutil.rmtree
            raws = [f"{self.root}/{folder}/{raws[0].decode()}".encode()]
        self._unlink(words, raws, result)

    def _relative_to_ours(self, words: list[str]) -> bool:
        return words[0].isdigit() and isinstance(self.open.get(int(words[0])), str)

    def _mkdir(self, words: list[str], raws: list[bytes], result: int) -> None:
        name = self._name(raws[0])
        if name is not None:
            self._names({name: FOLDER})

    _mkdirat = _mkdir


# -- what a cut leaves ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """The files after a cut. `said` acknowledgements had been given."""

    moment: int
    said: int
    files: dict[str, bytes]
    folders: frozenset[str]

    def __str__(self) -> str:
        held = ", ".join(f"{name} ({len(raw)})" for name, raw in sorted(self.files.items()))
        return f"cut after step {self.moment}, {self.said} acknowledged, on the disk: {held or 'nothing'}"

    def lay(self, root: Path) -> None:
        """Put the files down below `root`, which is empty."""
        for name in sorted(self.folders):
            (root / name).mkdir(mode=0o700, exist_ok=True)
        for name, raw in self.files.items():
            path = root / name
            path.write_bytes(raw)
            path.chmod(0o600)


def states(recording: Recording, choice: Random, each: int) -> Iterator[State]:
    """Every moment with nothing, all, all but the newest and only the newest of what was not synced, and `each`
    random choices; no state twice."""
    disk = _Disk(recording)
    seen: set[int] = set()
    for moment in range(len(recording.steps) + 1):
        for keeps in disk.choices(choice, each):
            state = disk.state(moment, keeps)
            mark = hash((state.said, state.folders, tuple(sorted(state.files.items()))))
            if mark not in seen:
                seen.add(mark)
                yield state
        if moment < len(recording.steps):
            disk.take(recording.steps[moment])


class _Disk:
    """What is surely on it, and what is not yet, piece by piece."""

    def __init__(self, recording: Recording) -> None:
        self.files = {number: bytearray(raw) for number, raw in recording.files.items()}
        self.names: dict[str, int] = dict(recording.names)
        self.pending: list[Write | Cut | Names] = []
        self.synced: dict[int, set[str]] = {}
        """Of a pending change of names: which of its folders were synced since."""
        self.said = 0

    def take(self, step: Step) -> None:
        match step:
            case Said():
                self.said += 1
            case Write():
                self.pending.extend(_sectors(step))
            case Cut() | Names():
                self.pending.append(step)
            case SyncFile(file=number):
                self._settle([p for p in self.pending if isinstance(p, Write | Cut) and p.file == number])
            case SyncFolder(path=path):
                done = []
                for change in self.pending:
                    if isinstance(change, Names) and path in change.folders:
                        known = self.synced.setdefault(id(change), set())
                        known.add(path)
                        if known == change.folders:
                            done.append(change)
                self._settle(done)

    def _settle(self, done: Sequence[Write | Cut | Names]) -> None:
        _apply(done, self.files, self.names)
        gone = {id(change) for change in done}
        self.pending = [change for change in self.pending if id(change) not in gone]

    def choices(self, choice: Random, each: int) -> Iterator[list[bool]]:
        count = len(self.pending)
        yield [False] * count
        if count:
            yield [True] * count
        if count > 1:
            yield [False] * (count - 1) + [True]
            yield [True] * (count - 1) + [False]
            for _ in range(each):
                share = choice.choice((0.1, 0.5, 0.9))
                yield [choice.random() < share for _ in range(count)]

    def state(self, moment: int, keeps: Sequence[bool]) -> State:
        kept = [change for change, keep in zip(self.pending, keeps, strict=True) if keep]
        touched = {change.file for change in kept if not isinstance(change, Names)}
        files = {n: bytearray(raw) if n in touched else raw for n, raw in self.files.items()}
        names = dict(self.names)
        _apply(kept, files, names)
        for name in sorted(names):  # what lay in a folder that is gone is gone
            if name and name.rpartition("/")[0] not in names:
                del names[name]
        return State(
            moment,
            self.said,
            {name: bytes(files.get(n, b"")) for name, n in names.items() if n != FOLDER},
            frozenset(name for name, n in names.items() if n == FOLDER),
        )


def _sectors(write: Write) -> Iterator[Write]:
    at, end = write.at, write.at + len(write.raw)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        yield Write(write.file, at, write.raw[at - write.at : stop - write.at])
        at = stop


def _apply(
    changes: Sequence[Write | Cut | Names], files: dict[int, bytearray], names: dict[str, int]
) -> None:
    for change in changes:
        match change:
            case Names(now=now):
                if all(name.rpartition("/")[0] in names for name, number in now if number is not None):
                    for name, number in now:
                        if number is None:
                            names.pop(name, None)
                        else:
                            names[name] = number
            case Write(file=number, at=at, raw=raw):
                held = files.setdefault(number, bytearray())
                held.extend(bytes(max(0, at - len(held))))
                held[at : at + len(raw)] = raw
            case Cut(file=number, size=size):
                held = files.setdefault(number, bytearray())
                held.extend(bytes(max(0, size - len(held))))
                del held[size:]
