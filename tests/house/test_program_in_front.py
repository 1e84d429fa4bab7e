"""A program that has the terminal, such as `$EDITOR`: what Ctrl+C and a kill mean meanwhile."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from inbox.system import programs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals between processes are those of Unix")


@pytest.fixture
def ended_by_sigterm() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, lambda *_: programs.end_front())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def test_ctrl_c_is_that_programs_alone() -> None:
    """The terminal sends it to both: whoever stops a search in an editor must not lose the screen behind it."""
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    programs.run_in_front(["sh", "-c", "kill -INT $PPID; kill -QUIT $PPID; sleep 0.05"])
    assert [signal.getsignal(number) for number in numbers] == before, "ours again"


def test_the_program_itself_hears_ctrl_c() -> None:
    """What we ignore it would inherit."""
    with pytest.raises(programs.Failed):
        programs.run_in_front(["sh", "-c", "kill -INT $$; exit 0"])


@pytest.mark.usefixtures("ended_by_sigterm")
def test_it_ends_with_us_and_what_it_saved_is_told_from_what_it_refused() -> None:
    """Left behind, it would share the terminal with the shell."""
    with pytest.raises(programs.Ended):
        programs.run_in_front(["sh", "-c", "kill -TERM $PPID; sleep 60"])
    with pytest.raises(programs.Failed) as failed:
        programs.run_in_front(["sh", "-c", "exit 1"])
    assert not isinstance(failed.value, programs.Ended)
