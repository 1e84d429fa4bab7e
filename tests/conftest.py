"""For the whole suite: the same surroundings on every machine, and examples that are the same on every run of CI
and new on every run at a desk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import byte_code  # noqa: F401  before whatever is worth compiling once
import pytest
from hypothesis import settings

from inbox.config import platforms
from inbox.store.sqlite import connection, folder, opening, schema
from inbox.store.sqlite.store import LocalStore
from inbox.wording.language import choose

SOMEBODYS = re.compile(
    r"INBOX_(?!LONG_TESTS|STORE_KILLS|COMMANDS|FUZZ|HISTORIES|RECORDINGS|SCENARIOS|SEED|SIGNALS)\w+|NO_COLOR|COLORTERM|(LC|TERM|TEXTUAL)_\w+|LANG(UAGE)?|LINES|COLUMNS"
    r"|XDG_(CONFIG|DATA|STATE)_\w+|TMUX\w*|STY|VISUAL|EDITOR|BROWSER|SSH_\w+|DISPLAY|WAYLAND_DISPLAY"
    r"|SSLKEYLOGFILE|CREDENTIALS_DIRECTORY",
)
"""What a person has set for their own programs, and what a terminal tells of itself. Not the way to the network: one
test builds a wheel."""

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def make_plain() -> None:
    """Also for every process the tests start: tmux, the program itself."""
    for name in [name for name in os.environ if SOMEBODYS.fullmatch(name)]:
        del os.environ[name]
    os.environ.update(LC_ALL="C.UTF-8", TERM="xterm-256color", TEXTUAL_FPS="1000")
    # In this process alone: a key waits for the next frame, and the suite presses thousands.
    import textual.constants  # noqa: F401

    del os.environ["TEXTUAL_FPS"]


make_plain()  # before any other module of the tests is imported
platforms.declare_built_in()  # as every start of the program does


@pytest.fixture(scope="session", autouse=True)
def waits_for_no_disk() -> Iterator[None]:
    """Three thousand stores are made and thrown away here; that a sync comes before its acknowledgement is held by
    processes of their own (`faults/test_power_cut.py`, F81), which know nothing of this."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in connection.PRAGMAS]
    assert "synchronous=OFF" in quick
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "PRAGMAS", quick)
        patch.setattr(os, "fsync", lambda fd: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def begins_with_an_empty_store(
    waits_for_no_disk: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Copy an empty store where a test makes a new one: forty statements and a checkpoint take most of the time of a
    short test, and say nothing after the first time. Processes that a test starts make their own."""
    made, touch = tmp_path_factory.mktemp("empty"), opening.touch
    LocalStore(made).close()
    empty, layout = (made / folder.NAME).read_bytes(), schema.VERSION

    def copied(path: Path) -> None:
        new = not path.exists() and layout == schema.VERSION  # a test of an older layout makes its own
        touch(path)
        if new:
            path.write_bytes(empty)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "touch", copied)
        yield


@pytest.fixture(autouse=True)
def begins_in_english() -> Iterator[None]:
    """Whatever language a test spoke, the next begins in English, on a machine with any locale."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")
        yield
    choose("en", {})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Escape what a test captured and no process can hand over: workers of `pytest -n` send UTF-8, and a lone surrogate
    in a captured log (platforms do send them) ended the whole run."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # pluggy's result
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Choose the workers of `pytest -n auto`: one for each processor, but at most four. A container may see all those
    of its machine and get two of them."""
    return min(4, os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Let a worker that has finished take tests from the others: no one of them runs the long ones alone at the end."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None
