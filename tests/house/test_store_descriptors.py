"""Nobody opens the store's files but SQLite while this process is connected to them.

Closing any descriptor of a file drops every POSIX lock of the process on it (sqlite.org/howtocorrupt.html 2.2), and the
next process that ends removes the log under this one. So each function that opens a file in `inbox/store` is listed
here, with the reason why it may.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OPENS = {
    *(
        "open",
        "fdopen",
        "read_bytes",
        "read_text",
        "write_bytes",
        "write_text",
        "mmap",
        "copy",
        "copyfile",
        "copy2",
    ),
    *("copyfileobj", "copytree", "TemporaryFile", "sendfile"),
}

ALLOWED = {
    ("status_file.py", "read"),  # a file of its own, no part of the store
    ("status_file.py", "write"),
    ("folder.py", "check_file"),  # inside `before_connecting`, with no connection yet
    ("folder.py", "separate"),  # as `check_file`
    ("folder.py", "refuse_remote"),  # the mount table
    ("folder.py", "touch"),  # O_EXCL: a file that is there is not opened
    ("folder.py", "sync_file"),  # a store that is being built, or a backup
    ("backup.py", "_copy"),  # a backup, which nobody is connected to
    ("salvage.py", "read_log"),  # as `check_file`, or in a restore, which has the store alone
    ("salvage.py", "rows"),  # in a restore
}


def opening(path: Path) -> Iterator[tuple[str, str]]:
    """(file, function) of each call in it that opens a file."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    called = call.func
                    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                    if name in OPENS:
                        yield path.name, function.name


def test_only_listed_functions_of_the_store_open_files() -> None:
    found = {each for path in (ROOT / "inbox" / "store").rglob("*.py") for each in opening(path)}
    assert found - ALLOWED == set()
    assert ALLOWED - found == set()


def test_nobody_else_knows_the_name_of_the_file() -> None:
    """What lies above the store reaches it by its operations alone."""
    knowing = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "inbox").rglob("*.py")
        if not path.is_relative_to(ROOT / "inbox" / "store") and "inbox.db" in path.read_text("utf-8")
    ]
    assert knowing == []
