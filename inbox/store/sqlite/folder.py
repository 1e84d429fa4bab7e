"""The folder a store lives in: ours alone, on a local disk; and what is looked at there before a store is opened."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.errors import Damaged, StoreError
from inbox.store.sqlite import salvage, schema
from inbox.store.sqlite.connection import OPEN_ELSEWHERE
from inbox.system.places import make_folder, sync_folder

if TYPE_CHECKING:
    from inbox.system.locks import SharedLock

NAME = "inbox.db"
BACKUPS = "backups"
DECIDED = f"{NAME}.next."
"""A whole store that shall take the place of the present one; the rest of the name is the folder that one goes to."""

UNCHECKED = f"{NAME}.unchecked"
"""This file stands where a large store was left open, or something met what damage could explain: nobody has looked at
all of it since."""

# WAL needs memory shared between processes, which no network file system gives (sqlite.org/wal.html, 2026-11).
_REMOTE = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gfs2",
    }
    | {"davfs", "fuse.sshfs", "fuse.rclone"}
)


def prepare(folder: Path) -> None:
    """Make the folder and everything of ours in it private (0700, 0600).

    Raises StoreError for a symbolic link, for what belongs to somebody else, and for a network file system.
    """
    try:
        make_folder(folder)
        _claim(folder, 0o700)
        refuse_remote(folder)
        (folder / BACKUPS).mkdir(mode=0o700, exist_ok=True)
        _claim(folder / BACKUPS, 0o700)
        for name in os.listdir(folder):
            if name.startswith((NAME, "lease-")):
                _claim(f"{folder}/{name}", 0o600)
        for name in os.listdir(folder / BACKUPS):
            _claim(f"{folder}/{BACKUPS}/{name}", 0o600)
    except FileExistsError as error:
        raise StoreError(f"{error.filename} is in the way: a folder is needed there.") from error
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be used: {error.strerror}.") from error


def _claim(path: str | Path, mode: int) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:  # another inbox just closed and took its log with it
        return
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{path} is a symbolic link. Name the real place with --data instead.")
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise StoreError(f"{path} belongs to somebody else. Choose another folder with --data.")
    if stat.S_IMODE(found.st_mode) & ~mode:
        os.chmod(path, mode)


def refuse_remote(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Raises StoreError on a network file system, where the system tells (Linux)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    here = f"{folder.resolve()}/"
    best, kind = -1, ""
    for line in lines:
        # "36 35 98:0 / /mnt rw shared:1 - ext3 /dev/root rw" (proc(5)); blanks in a path are \040.
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].replace("\\040", " ").rstrip("/")
        if right and here.startswith(f"{point}/") and len(point) >= best:
            best, kind = len(point), right.split(" ")[0]
    if kind in _REMOTE:
        raise StoreError(
            f"{folder} lies on a network file system ({kind}), where a store breaks when two programs use it. "
            "Choose a folder on a local disk with --data."
        )


def doubt(folder: Path) -> None:
    """Let the next one to open the store look at all of it: what went wrong may be the doing of a damaged file. Never
    raises, and makes no folder."""
    with suppress(OSError):
        if folder.is_dir():
            touch(folder / UNCHECKED)


def backups(folder: Path) -> list[Path]:
    """Newest first; the names sort by time."""
    return sorted((folder / BACKUPS).glob("inbox-*.db"), reverse=True)


def unfinished(folder: Path) -> Path | None:
    """The whole new store of a swap that was cut off; `finish` goes on with it."""
    return next((folder / name for name in os.listdir(folder) if name.startswith(DECIDED)), None)


FAR = 1000
"""A layout that is newer by more than this was not written by any inbox."""

OPEN, CLOSED = "open", "closed"
"""What the lock of those who use the store says: somebody has it open, or the last one closed it, and how the file was
then. Where it says nothing, no inbox that writes it has ever opened a store here."""

LONGEST_LOG = 64 << 20
"""Bytes of a log that is looked at before the store opens: 0.1 ms for each 4 kB, after a crash alone."""


def left_open(folder: Path, use: SharedLock) -> bool:
    """Whether the last one to use the store did not close it: killed, or the power failed. Call it while nobody else has
    the store open."""
    return use.word().split(" ")[0] == OPEN or _has_log(folder / NAME)


def open_as(path: Path) -> str:
    """The word of who has the store open: which file that is."""
    found = path.stat()
    return f"{OPEN} {found.st_dev} {found.st_ino}"


def refuse_replaced(folder: Path, use: SharedLock) -> None:
    """Raises StoreError where another inbox has the store open and its file is another one now: its log would be taken
    for that of the new file. Call it while somebody else has the store open."""
    word, path = use.word(), folder / NAME
    if word.startswith(f"{OPEN} ") and path.exists() and word != open_as(path):
        raise StoreError(
            f"{path} was replaced while another inbox has the store open. End that one first, then open the store "
            "again."
        )


def closed_as(path: Path) -> str:
    """The word of who closes the store as the last one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return CLOSED
    return f"{CLOSED} {found.st_mtime_ns} {found.st_size}"


def changed_since(folder: Path, use: SharedLock) -> bool:
    """Whether something else than an inbox wrote the file since it was closed: somebody laid another one there."""
    word = use.word()
    return word.startswith(CLOSED) and word != closed_as(folder / NAME)


SQLITE_LOCKS, LOCK_BYTES = 0x40000002, 510
"""Where each connection to a file keeps a lock as long as it lasts (sqlite.org/fileformat2.html 1.5, "lock-byte page")."""


def is_linked(path: Path) -> bool:
    """Whether the file has a second name (a hard link)."""
    return sys.platform != "win32" and path.exists() and path.stat().st_nlink > 1


def separate(folder: Path) -> None:
    """Give the store a file of its own where that is linked: under another name SQLite keeps another log and other locks
    for it, and one destroys what the other wrote (sqlite.org/howtocorrupt.html 2.4).

    Call it where nobody has the store open under this name. Raises StoreError where somebody has it under the other."""
    if sys.platform == "win32":
        return
    import fcntl
    import shutil

    path = folder / NAME
    copy = path.with_name(f"{NAME}.copy")
    try:
        with path.open("rb+") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCK_BYTES, SQLITE_LOCKS)
            except (BlockingIOError, PermissionError) as error:
                raise StoreError(OPEN_ELSEWHERE.format(path=path)) from error
            copy.unlink(missing_ok=True)
            touch(copy)
            shutil.copyfile(path, copy)
            os.utime(copy, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            sync_file(copy)
            copy.replace(path)
            sync_folder(folder)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be used: {error.strerror}.") from error


def _has_log(path: Path) -> bool:
    logs = [path.with_name(path.name + kind) for kind in ("-wal", "-journal")]
    return any(log.exists() and log.stat().st_size for log in logs)


def check_file(folder: Path, *, after_crash: bool, made: bool) -> None:
    """Look at the header before SQLite touches anything. Call it only where this process has no connection to the
    file (`connection.before_connecting`): it opens and closes it.

    `after_crash`: nobody else has the store open, and the last one did not close it: its log is looked at, too. `made`:
    there was a store here. Raises StoreError for a store of a newer version, and Damaged for a file that was cut,
    emptied or has another header, and for a log that SQLite would not read to its end.
    """
    path = folder / NAME
    size = path.stat().st_size if path.exists() else 0
    if not size:
        if made or backups(folder) or _has_log(path):
            raise Damaged("The store's file is empty or gone, though there was one.")
        return
    with path.open("rb") as file:
        header = file.read(100)
    _check_header(header)
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    # A checkpoint writes the first page first, so the size is only to be trusted without a log; and a new file
    # is turned into one with a log by means of a journal.
    if size < pages * (page if page > 1 else 65536) and not _has_log(path):
        raise Damaged("The store's file was cut short.")
    log = path.with_name(f"{NAME}-wal")
    if after_crash and log.exists() and log.stat().st_size < LONGEST_LOG and salvage.read_log(log).broken:
        raise Damaged("The log of the store's file is damaged.")


def _check_header(header: bytes) -> None:
    """sqlite.org/fileformat2.html 1.3: what stands at which byte."""
    if not header.startswith(b"SQLite format 3\x00"):
        raise Damaged("The store's file does not begin as it should.")
    if len(header) < 100:
        raise Damaged("The store's file was cut short.")
    format_, encoding = (int.from_bytes(header[at : at + 4], "big") for at in (44, 56))
    sound = (
        int.from_bytes(header[16:18], "big") in PAGE_SIZES
        and set(header[18:20]) <= {1, 2}  # versions of the format: with or without a log
        and header[20] == 0  # bytes kept free on each page
        and header[21:24] == b"\x40\x20\x20"  # fractions that never change
        and format_ in (0, 1, 2, 3, 4)
        and encoding in (0, 1)  # UTF-8
        and not any(header[72:92])  # kept for later
    )
    if not sound:
        raise Damaged("The store's file does not begin as it should.")
    refuse_newer(int.from_bytes(header[60:64], "big"))


PAGE_SIZES = frozenset({1, *(1 << power for power in range(9, 16))})
"""As the header has them: 1 is 65536."""


def refuse_newer(version: int) -> None:
    """Raises StoreError for a layout of a newer inbox, Damaged for a number that is none."""
    if version > schema.VERSION + FAR:
        raise Damaged("The number of the store's layout is damaged.")
    if version > schema.VERSION:
        raise StoreError(
            f"This store was written by a newer inbox (layout {version}, this one knows {schema.VERSION}). "
            "It was not touched; install the newer inbox again."
        )


def touch(path: Path) -> None:
    """A new, empty, private file, whose name outlasts a power cut. An existing one stays as it is."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))
    except FileExistsError:
        return
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Put a file's content on the disk. Raises OSError."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
