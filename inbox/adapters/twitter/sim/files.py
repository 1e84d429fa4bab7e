"""Files on their way to X: upload in one piece or in many, alternative text, X's work on a video."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

from inbox.adapters.simkit import Request, Response, answer
from inbox.adapters.twitter.sim.answers import invalid
from inbox.adapters.twitter.sim.checks import members
from inbox.adapters.twitter.sim.records import Media, Upload
from inbox.adapters.twitter.sim.world import World


class Files:
    """Answers the endpoints for media."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, name: str, target: str, request: Request) -> Response:
        """Answer one step of an upload: begin, append, finish, ask for its state, describe."""
        step = name.rpartition("/")[2]
        if request.method == "GET":
            upload = self._upload(request.params.get("media_id"))
            return self._media_answer(upload)
        if step == "upload":
            body = members(request, {"media", "media_category", "additional_owners"})
            content = _unpacked(body.get("media"))
            upload = self._begin_upload(str(body.get("media_category")), len(content))
            upload.pieces[0] = content
            return self._media_answer(upload)
        if step == "initialize":
            body = members(
                request, {"media_category", "media_type", "total_bytes", "shared", "additional_owners"}
            )
            upload = self._begin_upload(str(body.get("media_category")), int(body.get("total_bytes", 0)))
            return self._media_answer(upload)
        if step == "metadata":
            body = members(request, {"id", "metadata"})
            self._upload(body.get("id")).alt_text = body["metadata"]["alt_text"]["text"]
            return answer(200, {"data": {"id": body["id"]}})
        upload = self._upload(target)
        if step == "append":
            body = members(request, {"media", "segment_index"})
            upload.pieces[int(body["segment_index"])] = _unpacked(body["media"])
            return answer(200, {"data": {"expires_at": 1}})
        if len(upload.content) != upload.total:
            raise invalid("media_id", "Segments do not add up to provided total file size.")
        if upload.category.endswith("video"):
            upload.ready_at = self._world.clock() + timedelta(seconds=self._world.media_work)
        return self._media_answer(upload)

    def named(self, ids: object, most: int, family: str) -> list[Media]:
        """The finished files a post or message names."""
        if not isinstance(ids, list) or not 1 <= len(ids) <= most:
            raise invalid("media_ids", f"$.media_ids: 1 to {most} of them")
        found = [self._upload(i) for i in ids]
        whole = all(
            len(u.content) == u.total and (u.ready_at or self._world.clock()) <= self._world.clock()
            for u in found
        )
        if not whole or not all(u.category.startswith(family) for u in found):
            raise invalid("media_ids", "Your media IDs are invalid.")
        if len(found) > 1 and any(not u.category.endswith("image") for u in found):
            raise invalid("media_ids", "One GIF or one video, alone.")
        return [u.media for u in found]

    def _begin_upload(self, category: str, total: int) -> Upload:
        if not re.fullmatch(r"(tweet|dm)_(image|gif|video)", category):
            raise invalid("media_category", f"$.media_category: [{category}] is none of the enumeration")
        upload = Upload(self._world.snowflake(self._world.clock()), category, total)
        self._world.uploads[upload.id] = upload
        return upload

    def _upload(self, remote_id: object) -> Upload:
        found = self._world.uploads.get(str(remote_id))
        if found is None:
            raise invalid("media_id", "The media id is not valid")
        return found

    def _media_answer(self, upload: Upload) -> Response:
        body: dict[str, Any] = {"id": upload.id, "media_key": upload.media.key, "expires_after_secs": 86_400}
        if upload.ready_at is not None:
            done = upload.ready_at <= self._world.clock()
            body["processing_info"] = (
                {"state": "succeeded", "progress_percent": 100}
                if done
                else {"state": "in_progress", "check_after_secs": 2, "progress_percent": 50}
            )
        return answer(200, {"data": body})


def _unpacked(media: object) -> bytes:
    try:
        return base64.b64decode(str(media), validate=True)
    except ValueError:
        raise invalid("media", "$.media: is not base64") from None
