"""Read rows from the pages of a store's file and of its log without SQLite: what a broken header or tree hides.

A leaf page of a table holds its rows by itself, whatever became of the pages that lead to it. Nothing here trusts the
file: every number read from it is checked against the page, and what does not fit is left out. Whether a row is what
was once written is told by the checksum that each document carries (`documents.intact`).

Only for files that no process is connected to: it opens and closes them (`connection.before_connecting`).

Formats: sqlite.org/fileformat2.html, sections 1.5 (pages of a b-tree), 1.6 (overflow), 2.1 (records) and 4 (the log), read
2026-11.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from inbox.domain.records import Record

PAGE = 4096
"""Bytes of a page where the header does not say: what SQLite has made new files with since 2016 (3.12)."""
SIZES = frozenset(1 << power for power in range(9, 17))

LEAF = 0x0D
"""First byte of a page with rows of a table."""
FILE_HEADER = 100
LOG_HEADER = 32
FRAME_HEADER = 24
LOG_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
"""First word of a log, and the byte order of its checksums."""
LOG_VERSION = 3007000

Cell = int | float | str | bytes | None


class _NoRow(ValueError):
    """What lies there is no row, or not all of one."""


class Row(Record):
    """A row of some table: its number, and its columns in order, the number's own as None."""

    number: int
    cells: Sequence[Cell]


class Frame(Record):
    """A version of one page in a log."""

    at: int
    """Where its header begins, in bytes."""
    page: int
    commits: bool
    sure: bool
    """Its checksum continues that of the frame before it."""


class Log(Record, kw_only=True):
    """What a write-ahead log holds. `broken`: it lost commits that had been acknowledged."""

    size: int = PAGE
    """Bytes of a page."""
    frames: Sequence[Frame] = ()
    broken: bool = False

    def pages(self) -> dict[int, int]:
        """Where the newest committed version of each page begins, in bytes."""
        committed = max((n for n, frame in enumerate(self.frames) if frame.commits), default=-1) + 1
        found: dict[int, int] = {}
        for frame in self.frames[:committed]:
            if frame.sure or frame.page not in found:
                found[frame.page] = frame.at + FRAME_HEADER
        return found


# -- the log -----------------------------------------------------------------------------------------------


def read_log(path: Path) -> Log:
    """What is in the log at `path`; nothing where there is none."""
    try:
        with path.open("rb") as file:
            return _log(file.read())
    except FileNotFoundError:
        return Log()


def _log(raw: bytes) -> Log:
    header = _log_header(raw)
    if header is None:
        return _headless(raw)
    order, size, salts, seed = header
    frames = list(_frames(raw, order, size, salts, seed))
    return Log(size=size, frames=frames, broken=_lost_commits(frames))


def _log_header(raw: bytes) -> tuple[str, int, bytes, tuple[int, int]] | None:
    """Byte order, page size, salts and checksum; None where the header is not what SQLite wrote."""
    if len(raw) < LOG_HEADER:
        return None
    magic, version, size, _ = struct.unpack(">4I", raw[:16])
    order = LOG_MAGIC.get(magic)
    seed: tuple[int, int] = struct.unpack(">2I", raw[24:32])
    if order is None or version != LOG_VERSION or size not in SIZES:
        return None
    return (order, size, raw[16:24], seed) if _summed(order, raw[:24], (0, 0)) == seed else None


def _headless(raw: bytes) -> Log:
    """A log whose header is broken: SQLite takes it for empty. Its first frame says which others belong to it."""
    first = raw[LOG_HEADER : LOG_HEADER + FRAME_HEADER]
    if len(raw) < LOG_HEADER + FRAME_HEADER + PAGE or not any(first):
        return Log()
    order = ">" if raw[:4] == b"\x37\x7f\x06\x83" else "<"
    frames = list(_frames(raw, order, PAGE, first[8:16], None))
    return Log(frames=frames, broken=any(frame.sure for frame in frames))


def _frames(raw: bytes, order: str, size: int, salts: bytes, seed: tuple[int, int] | None) -> Iterator[Frame]:
    """Frames that bear `salts`: others are left from before the log was begun again."""
    for at in range(LOG_HEADER, len(raw) - FRAME_HEADER - size + 1, FRAME_HEADER + size):
        page, length, *_ = struct.unpack(">2I", raw[at : at + 8])
        stored: tuple[int, int] = struct.unpack(">2I", raw[at + 16 : at + FRAME_HEADER])
        if raw[at + 8 : at + 16] != salts or not page:
            seed = None
            continue
        content = raw[at : at + 8] + raw[at + FRAME_HEADER : at + FRAME_HEADER + size]
        sure = seed is not None and _summed(order, content, seed) == stored
        yield Frame(at, page, length > 0, sure)
        seed = stored


def _summed(order: str, raw: bytes, seed: tuple[int, int]) -> tuple[int, int]:
    """The checksum of a log (section 4.2)."""
    one, two = seed
    words = iter(struct.unpack(f"{order}{len(raw) // 4}I", raw))
    for even, odd in zip(words, words, strict=True):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return one, two


def _lost_commits(frames: Sequence[Frame]) -> bool:
    """Whether SQLite will stop reading before a commit that was on the disk.

    It stops at the first frame that is not sure. A commit is synced before anything of the next one is written: so what
    a power cut leaves behind that frame belongs to one commit that nobody was told of, and a sure frame behind that
    commit's end shows damage.
    """
    end = _unbroken(frames)
    commit = next((n for n in range(end, len(frames)) if frames[n].commits), len(frames))
    return any(frame.sure for frame in islice(frames, commit + 1, None))


def _unbroken(frames: Sequence[Frame]) -> int:
    """Frames from the front without a gap."""
    step = frames[1].at - frames[0].at if len(frames) > 1 else 0
    for number, frame in enumerate(frames):
        if not frame.sure or (number and frame.at - frames[number - 1].at != step):
            return number
    return len(frames)


# -- rows --------------------------------------------------------------------------------------------------


def rows(path: Path, *, with_log: bool = True) -> Iterator[Row]:
    """Every row that can still be read from the file at `path` and the log beside it, of whatever table."""
    beside = path.with_name(f"{path.name}-wal")
    log = read_log(beside) if with_log else Log()
    with ExitStack() as stack:
        files: list[BinaryIO] = []
        for name in (path, beside):
            opened: BinaryIO = io.BytesIO()
            with suppress(FileNotFoundError):
                opened = stack.enter_context(name.open("rb"))
            files.append(opened)
        yield from _rows(_Pages(files[0], files[1], log))


class _Pages:
    """The newest version of each page."""

    def __init__(self, file: BinaryIO, log_file: BinaryIO, log: Log) -> None:
        self._file, self._log_file = file, log_file
        self._logged = log.pages()
        self.size = log.size if log.frames else _page_size(file.read(FILE_HEADER))
        file.seek(0, 2)
        self.count = max(-(-file.tell() // self.size), max(self._logged, default=0))

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for number in range(1, self.count + 1):
            yield number, self[number]

    def __getitem__(self, number: int) -> bytes:
        """Page `number`, filled up with zeros where the file was cut."""
        at = self._logged.get(number)
        if at is None:
            raw = _read(self._file, (number - 1) * self.size, self.size)
        else:
            raw = _read(self._log_file, at, self.size)
        return raw.ljust(self.size, b"\x00")


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big")
    return size if header.startswith(b"SQLite format 3\x00") and size in SIZES else PAGE


def _rows(pages: _Pages) -> Iterator[Row]:
    for number, page in pages:
        start = FILE_HEADER if number == 1 else 0
        if page[start] != LEAF:
            continue
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        for pointer in range(start + 8, min(start + 8 + 2 * count, pages.size - 1), 2):
            try:
                yield _cell(pages, page, int.from_bytes(page[pointer : pointer + 2], "big"))
            except (ValueError, IndexError, struct.error):
                continue


def _cell(pages: _Pages, page: bytes, at: int) -> Row:
    """The row whose cell begins at `at`. Raises ValueError, IndexError, struct.error where there is none."""
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    local = _local(length, pages.size)
    if at + local > pages.size or length > pages.count * pages.size:
        raise _NoRow
    payload = page[at : at + local]
    if local < length:
        payload += _overflow(pages, int.from_bytes(page[at + local : at + local + 4], "big"), length - local)
    return Row(_signed(number), list(_cells(payload)))


def _local(length: int, usable: int) -> int:
    """Bytes of a payload that lie on the page itself (section 1.6)."""
    most, least = usable - 35, (usable - 12) * 32 // 255 - 23
    if length <= most:
        return length
    some = least + (length - least) % (usable - 4)
    return some if some <= most else least


def _overflow(pages: _Pages, page: int, missing: int) -> bytes:
    parts = []
    while missing > 0:
        if not 1 < page <= pages.count:
            raise _NoRow
        raw = pages[page]
        parts.append(raw[4 : 4 + missing])
        missing -= pages.size - 4
        page = int.from_bytes(raw[:4], "big")
    return b"".join(parts)


def _cells(payload: bytes) -> Iterator[Cell]:
    end, at = _varint(payload, 0)
    body = end
    while at < end:
        kind, at = _varint(payload, at)
        size = _size(kind)
        raw = payload[body : body + size]
        if len(raw) != size:
            raise _NoRow
        yield _value(kind, raw)
        body += size


_NUMBERS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}
"""Bytes of a value by its serial type (section 2.1)."""


def _size(kind: int) -> int:
    if kind in _NUMBERS:
        return _NUMBERS[kind]
    if kind < 12:
        raise _NoRow
    return (kind - 12) // 2


def _value(kind: int, raw: bytes) -> Cell:
    """A text is bytes where it is no UTF-8: its checksum says the rest."""
    if kind == 0:
        return None
    if kind in (8, 9):
        return kind - 8
    if kind == 7:
        number: float = struct.unpack(">d", raw)[0]
        return number
    if kind < 7:
        return int.from_bytes(raw, "big", signed=True)
    if kind % 2:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw
    return raw


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends. Raises IndexError."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | raw[place] & 0x7F
        if raw[place] < 0x80:
            return value, place + 1
    return value << 8 | raw[at + 8], at + 9


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number
