"""How far long work has come, in words: one line on the terminal of a command, and in the header of the screen."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from inbox.wording.language import tr
from inbox.wording.words import first_reading, thousands


def in_words(work: str, done: int, of: int | None, about: dict[str, Any]) -> str:
    """Return the line for a report of `system.progress`; `done` and `of` are bytes of a copy, else pieces of work."""
    if work == "reading":
        return first_reading(about["account"], done, about.get("back_to"), UTC)
    if work in ("backup", "restore"):
        sizes = {"done": f"{done / 1e6:,.0f}", "of": f"{(of or 0) / 1e6:,.0f}"}
        if work == "backup":
            return tr("writing a backup: {done} of {of} MB", **sizes)
        return tr("copying the backup: {done} of {of} MB", **sizes)
    counts = {"done": thousands(done), "of": thousands(of or done)}
    if work == "export":
        return tr("exporting: {done} of {of} conversations", **counts)
    if work == "check":
        return tr("looking through the backups: {done} of {of}", **counts)
    if work == "update":
        return tr("bringing the store up to date: {done} of {of}", **counts)
    return tr("writing the past: {done} of {of} conversations", **counts)
