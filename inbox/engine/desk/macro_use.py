"""How often this agent has used each macro: the most used are offered first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inbox.engine.desk.workplace import Workplace


def uses(work: Workplace) -> dict[str, int]:
    """Return how often each macro was used, by its name; what cannot be read counts as never."""
    kept = work.store.small_things.setting(_key(work))
    if not isinstance(kept, dict):
        return {}
    return {name: n for name, n in kept.items() if isinstance(name, str) and isinstance(n, int)}


def note_use(work: Workplace, name: str, times: int = 1) -> None:
    """Count the use of a macro."""
    with work.store.transaction():
        known = uses(work)
        known[name] = known.get(name, 0) + times
        work.store.small_things.put_setting(_key(work), known)


def _key(work: Workplace) -> str:
    return f"macro-uses:{work.agent}"
