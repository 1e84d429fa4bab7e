"""What the permanent link of a comment tells: its post, its top-level comment and itself (recorded 2021)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from inbox.domain.records import Record


class Permalink(Record):
    """Numbers in the link of a comment; None where it does not hold them."""

    post: str | None = None
    comment: str | None = None
    """The top-level comment."""
    reply: str | None = None

    @property
    def own(self) -> str | None:
        """Return the id of the comment itself, a reply before the comment it is under."""
        return self.reply or self.comment


_DIGITS = re.compile(r"[0-9]{1,40}", re.ASCII)


def permalink(url: str | None) -> Permalink:
    """Read `.../posts/{post}/?comment_id=..&reply_comment_id=..`, or `permalink.php?story_fbid={post}&...`."""
    if not url:
        return Permalink()
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return Permalink()

    def number(name: str) -> str | None:
        value = query.get(name, [""])[0]
        return value if _DIGITS.fullmatch(value) else None

    steps = [s for s in parts.path.split("/") if s]
    post = steps[-1] if len(steps) >= 2 and steps[-2] in ("posts", "videos", "photos", "reel") else None
    post = post if post and _DIGITS.fullmatch(post) else number("story_fbid")
    return Permalink(post, number("comment_id"), number("reply_comment_id"))
