"""Files that go with a reply: what kind they are, by their name."""

from __future__ import annotations

from collections.abc import Iterable

_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Our own table: the one of the machine differs from machine to machine."""


def media_type(name: str) -> str | None:
    """The media type a file name promises, None where it promises none we know."""
    return _TYPES.get(name.rpartition(".")[2].lower()) if "." in name else None


def endings(types: Iterable[str]) -> list[str]:
    """Return the endings of file names that promise one of these media types, in the order of the alphabet."""
    wanted = set(types)
    return sorted(ending for ending, kind in _TYPES.items() if kind in wanted)


def size(count: int) -> str:
    """Bytes for people: `3 kB`, `1.2 MB`."""
    return f"{count / 1e3:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
