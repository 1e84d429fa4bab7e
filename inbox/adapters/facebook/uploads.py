"""Files with a reply: uploaded first, which nobody sees, then named in the reply (facts/facebook.md#2.7).

    message   POST /{page}/message_attachments   multipart: message, filedata  -> {"attachment_id"}
    comment   POST /{page}/photos                multipart: published=false, source -> {"id"}

An upload may be repeated: an unused one is thrown away by Facebook.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
from pathlib import Path
from typing import Any

from inbox.adapters.facebook import values
from inbox.adapters.facebook.graph import Graph, node
from inbox.errors import Refused, Unavailable

SECONDS = 120.0


async def for_message(graph: Graph, path: str) -> tuple[str, str]:
    """Upload for Messenger. Returns its type (image, video, audio or file) and its attachment id."""
    name, media, content = await _read(path)
    kind = media.split("/")[0] if media.startswith(("image/", "video/", "audio/")) else "file"
    message = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
    answer = await graph.upload(
        node(await graph.page_id(), "message_attachments"),
        form={"message": json.dumps(message)},
        files={"filedata": (name, content, media)},
        seconds=SECONDS,
    )
    return kind, _id(answer, "attachment_id")


async def for_comment(graph: Graph, path: str, shows: str = "") -> str:
    """Upload a picture that only the comment will show; `shows` says in words what is on it. Returns its id."""
    name, media, content = await _read(path)
    answer = await graph.upload(
        node(await graph.page_id(), "photos"),
        form={"published": "false", **({"alt_text_custom": shows} if shows else {})},
        files={"source": (name, content, media)},
        seconds=SECONDS,
    )
    return _id(answer, "id")


async def _read(path: str) -> tuple[str, str, bytes]:
    media = mimetypes.guess_type(path)[0] or "application/octet-stream"
    try:
        content = await asyncio.to_thread(Path(path).read_bytes)
    except OSError as error:
        raise Refused(
            f"the file {Path(path).name} cannot be read ({error.strerror}); nothing was sent",
            next_step="Attach it again.",
            code="file",
        ) from None
    return Path(path).name, media, content


def _id(answer: Any, member: str) -> str:
    try:
        return values.text_id(answer.get(member))
    except values.Unreadable:
        raise Unavailable(
            "Facebook took the file but did not name it; nothing was sent",
            next_step="It is retried automatically.",
        ) from None
