"""Whether files can go with a reply, before anything is queued; and whether they still are what was attached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.domain.files import endings, media_type
from inbox.domain.model import AttachedFile
from inbox.domain.outbox import OutboxItem

if TYPE_CHECKING:
    from inbox.ports.platform import FileRule


def attach(path: str, shows: str = "") -> AttachedFile:
    """The file as it is now; one that cannot be looked at has no size, and `altered` then tells."""
    whole = Path(path).expanduser().absolute()
    kind = media_type(whole.name) or ""
    try:
        found = whole.stat()
    except OSError:
        return AttachedFile(path=str(whole), kind=kind, shows=shows)
    return AttachedFile(
        path=str(whole), kind=kind, size=found.st_size, modified=found.st_mtime_ns, shows=shows
    )


def on_hand(item: OutboxItem) -> tuple[AttachedFile, ...]:
    """The files of a reply, as they were when it was written."""
    if item.attached:
        return item.attached
    texts = (*item.file_texts, *("" for _ in item.files))
    return tuple(attach(path, shows) for path, shows in zip(item.files, texts, strict=False))


def altered(files: Iterable[AttachedFile]) -> str | None:
    """Which of them is no longer the file that was attached, in words; None if all are."""
    for file in files:
        now = attach(file.path)
        if now.size == 0 and now.modified == 0:
            return f"{file.name} is no longer there; nothing was sent."
        if (now.size, now.modified) != (file.size, file.modified):
            return f"{file.name} was changed since it was attached; nothing was sent."
    return None


def trouble(paths: Sequence[str], rule: FileRule | None) -> str | None:
    """What speaks against these files, in words; None if nothing does."""
    if not paths:
        return None
    if rule is None:
        return "This platform takes no files with such a reply."
    if len(paths) > rule.most:
        return (
            f"At most {rule.most} files can go with this reply."
            if rule.most > 1
            else "Only one file can go with this reply."
        )
    kinds = []
    for path in map(Path, paths):
        kind = media_type(path.name)
        said = _unreadable(path) or _one(path, kind, rule)
        if said:
            return said
        kinds.append(kind)
    if len(kinds) > 1 and any(kind in rule.alone for kind in kinds):
        return "A GIF or a video goes alone; send the others in a reply of their own."
    return None


def _unreadable(path: Path) -> str | None:
    """What keeps the file from being read, whatever its kind."""
    try:
        if not path.exists():
            return f"{path.name}: there is no such file."
        if not path.is_file():
            return f"{path.name} is no file that can be sent."
        with path.open("rb"):
            return None
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}."


def _one(path: Path, kind: str | None, rule: FileRule) -> str | None:
    most = rule.sizes.get(kind or "")
    if most is None:
        known = ", ".join(endings(rule.sizes))
        return f"{path.name}: the platform does not take this kind of file; it takes {known}."
    size = path.stat().st_size
    if size == 0:
        return f"{path.name} is empty."
    if size > most:
        return f"{path.name} has {size / 1e6:.1f} MB; the platform takes up to {most / 1e6:.0f} MB."
    return None
