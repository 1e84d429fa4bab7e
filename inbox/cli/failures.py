"""Errors as one line on standard error, with what to do next."""

from __future__ import annotations

from inbox.cli.exit_status import PROBLEM, REFUSED, USAGE
from inbox.cli.output import UnwrittenOutput
from inbox.config.model import ConfigError
from inbox.domain.filter import FilterError
from inbox.domain.text import Shown, clean
from inbox.engine.desk.errors import NotAllowed, NothingToUndo, Unknown
from inbox.errors import Conflict, PlatformError, StoreError, UsageError
from inbox.system.places import UnsafePlace
from inbox.system.redact import redact
from inbox.wording.language import said, tr


def sentences(*parts: str | None) -> Shown:
    """What happened and what to do, as sentences one after the other."""
    whole = [said(part.strip()) for part in parts if part and part.strip()]
    ended = [part if part[-1] in ".!?:" else f"{part}." for part in whole]
    return clean(" ".join(part[0].upper() + part[1:] for part in ended))


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (ConfigError, USAGE),
    (UsageError, USAGE),
    (FilterError, USAGE),
    (UnsafePlace, USAGE),
    (FileExistsError, PROBLEM),
    (UnwrittenOutput, PROBLEM),
    (NotAllowed, REFUSED),
    (Unknown, PROBLEM),
    (NothingToUndo, PROBLEM),
    (Conflict, PROBLEM),
    (StoreError, PROBLEM),
    (PlatformError, PROBLEM),
)


def foreseen(error: Exception) -> bool:
    """Whether it says itself what happened; else it is a defect, or of the machine."""
    return isinstance(error, (*(kind for kind, _ in STATUS), OSError))


def explain(error: Exception) -> tuple[int, str]:
    """(exit status, the line). An error nobody foresaw names its kind only: its text may hold anything."""
    for kind, status in STATUS:
        if isinstance(error, kind):
            in_words = str if isinstance(error, UsageError) and error.spoken else said
            text = "\n".join(map(in_words, redact(str(error)).splitlines()))
            if isinstance(error, PlatformError) and error.next_step:
                text = sentences(redact(error.message), redact(error.next_step))
            return status, "\n".join(f"inbox: {line}" for line in clean(text).splitlines())
    if isinstance(error, OSError) and error.strerror:
        where = redact(str(error.filename)) if error.filename else "inbox"
        return PROBLEM, f"inbox: {clean(f'{where}: {error.strerror}', one_line=True)}"
    name = type(error).__name__
    words = tr("something went wrong ({name}); run it again with --debug to see where", name=name)
    return PROBLEM, f"inbox: {words}"
