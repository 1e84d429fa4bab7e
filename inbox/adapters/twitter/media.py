"""Files on their way to X: handed over before the post that shows them (x-api/media, 2026-08-22).

Images go in one piece; GIFs and videos in pieces, after which X works on them for a while. A file that was handed
over lives 24 hours on X and is not handed over again for a second try.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from inbox.adapters import http
from inbox.adapters.twitter import wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.wire import Json
from inbox.domain.files import media_type
from inbox.domain.records import Record
from inbox.errors import Refused, Unavailable
from inbox.ports.clock import Clock

PIECE = 4_000_000
LONGEST_WORK = timedelta(minutes=10)
LIVES = timedelta(hours=23)
ALT_LIMIT = 1000
"""Characters of a description (v1.1 documentation; the v2 specification names no limit)."""
_STATES_ON = ("pending", "in_progress")


class _File(Record):
    path: Path
    size: int
    changed: int
    category: str


class Uploads:
    """Hands files over and remembers which X holds."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._held: dict[tuple[_File, str], tuple[str, datetime]] = {}
        """By file and description: what X has, and until when."""

    async def all(
        self, paths: Sequence[str], descriptions: Sequence[str], *, direct: bool, sizes: Mapping[str, int]
    ) -> list[str]:
        """Media ids in the order of the files. Raises the PlatformError family, never Uncertain."""
        said = [*descriptions, *("" for _ in paths[len(descriptions) :])]
        return [await self._one(Path(p), text, direct, sizes) for p, text in zip(paths, said, strict=False)]

    async def _one(self, path: Path, description: str, direct: bool, sizes: Mapping[str, int]) -> str:
        kind = media_type(path.name) or ""
        file = await asyncio.to_thread(_look, path, sizes.get(kind, 0), _category(kind, direct))
        held = self._held.get((file, description))
        if held and held[1] > self._clock.now():
            return held[0]
        whole = kind.startswith("image/") and kind != "image/gif"
        remote_id = await (self._whole(file) if whole else self._pieces(file, kind))
        if description.strip() and not kind.startswith("video/"):
            await self._describe(remote_id, description.strip()[:ALT_LIMIT])
        self._held[file, description] = (remote_id, self._clock.now() + LIVES)
        return remote_id

    def forget(self, remote_ids: Sequence[str]) -> None:
        """They may have been used; another post hands its files over itself."""
        self._held = {what: held for what, held in self._held.items() if held[0] not in remote_ids}

    async def _whole(self, file: _File) -> str:
        content = await asyncio.to_thread(_piece, file, 0, file.size)
        body = {"media": content, "media_category": file.category}
        return _id(await self._calls.hand_over("/2/media/upload", body))

    async def _pieces(self, file: _File, kind: str) -> str:
        """A film is read piece by piece: half a gigabyte does not have to fit into the memory."""
        begin = {"media_category": file.category, "media_type": kind, "total_bytes": file.size}
        remote_id = _id(await self._calls.hand_over("/2/media/upload/initialize", begin))
        here = f"/2/media/upload/{http.segment(remote_id)}"
        for number, at in enumerate(range(0, file.size, PIECE)):
            content = await asyncio.to_thread(_piece, file, at, PIECE)
            await self._quietly(f"{here}/append", {"media": content, "segment_index": number})
        await self._until_ready(await self._calls.hand_over(f"{here}/finalize"), remote_id)
        return remote_id

    async def _until_ready(self, body: Json, remote_id: str) -> None:
        give_up = self._clock.now() + LONGEST_WORK
        while True:
            work = wire.mapping(wire.mapping(body.get("data")).get("processing_info"))
            state = work.get("state", "succeeded")
            if state == "failed":
                raise Refused(
                    "X could not make use of the file",
                    code="media failed",
                    next_step="Save it in another form (MP4 with H.264, or GIF), then send again.",
                )
            if state not in _STATES_ON:
                return
            if self._clock.now() >= give_up:
                raise Unavailable(
                    "X is still working on the file", code="media", next_step="It is tried again."
                )
            pause = work.get("check_after_secs")
            await self._clock.sleep(min(max(pause, 1), 30) if isinstance(pause, int) else 5)
            asked = {"media_id": remote_id, "command": "STATUS"}
            body = await self._calls.get("media", "/2/media/upload", asked)

    async def _describe(self, remote_id: str, text: str) -> None:
        await self._quietly("/2/media/metadata", {"id": remote_id, "metadata": {"alt_text": {"text": text}}})

    async def _quietly(self, path: str, body: Json) -> None:
        """Steps whose success older versions of the API confirm with an empty answer."""
        try:
            await self._calls.hand_over(path, body)
        except Unavailable as error:
            if error.code not in ("200 empty", "201 empty", "204 empty"):
                raise


def _category(kind: str, direct: bool) -> str:
    what = "gif" if kind == "image/gif" else kind.partition("/")[0]
    return f"{'dm' if direct else 'tweet'}_{what}"


def _look(path: Path, most: int, category: str) -> _File:
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    if not 0 < found.st_size <= most:
        raise Refused(
            f"{path.name} is empty, too large, or of a kind X does not take",
            code="file",
            next_step="Choose another file, then send again.",
        )
    return _File(path, found.st_size, found.st_mtime_ns, category)


def _piece(file: _File, at: int, size: int) -> str:
    """In base64, as JSON takes it."""
    try:
        with file.path.open("rb") as opened:
            opened.seek(at)
            return base64.b64encode(opened.read(size)).decode("ascii")
    except OSError as error:
        raise _unreadable(file.path, error) from None


def _unreadable(path: Path, error: OSError) -> Refused:
    return Refused(
        f"{path.name} cannot be read ({error.strerror})",
        code="file",
        next_step="Put it back, or answer without it.",
    )


def _id(body: Json) -> str:
    remote_id = wire.optional_id(wire.mapping(body.get("data")).get("id"))
    if remote_id is None or wire.number(remote_id) < 0:
        raise Unavailable(
            "X gave the file no id", code="media no id", next_step="It is retried automatically."
        )
    return remote_id
