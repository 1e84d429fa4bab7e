"""How far long work has come, for whoever watches: the command line shows it, scripts and tests may look.

Whoever works reports at every step, however small; nobody watching costs a function call. A process has one watcher, as it
has one terminal: work and watcher may be on different threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Watcher = Callable[[str, int, int | None, dict[str, Any]], None]
"""Gets the name of the work (`reading`, `export`, `backup`, ...), how much is done, of how much where that is known, and
what else its line names. Must not raise, and returns at once."""

_watcher: list[Watcher] = []


def report(work: str, done: int, of: int | None = None, **about: Any) -> None:
    """Say that `done` of `of` is done. Does nothing where nobody watches."""
    for watcher in _watcher[-1:]:  # taken at once: another thread may end the watching meanwhile
        watcher(work, done, of, about)


def is_watched() -> bool:
    """Whether a report reaches anybody: counting for it may cost something."""
    return bool(_watcher)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` have the reports of everything that happens inside."""
    _watcher.append(watcher)
    try:
        yield
    finally:
        _watcher.remove(watcher)
