"""A path as people type it, and as terminals write one for a file that is dropped on them. Pure: nothing is looked at.

~/photos/a.png   /tmp/a.png   '/tmp/my a.png'   "/tmp/a.png"   /tmp/my\\ a.png   file:///tmp/my%20a.png
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit


def readings(typed: str) -> list[str]:
    """Return the paths that may be meant, the likeliest first, at least one. What stood in the field before a path that
    begins at the root, at home, or as a link does not count; nor do quotation marks, and blanks at the end that a
    drop leaves behind."""
    plain = typed.lstrip()
    while (begins := _later_start(plain)) is not None:
        plain = plain[begins:]
    whole = plain.rstrip()
    if whole[:1] in ("'", '"'):
        inside = whole[1:-1] if len(whole) > 1 and whole[-1] == whole[0] else whole[1:]
        return [_of_link(inside)]
    if whole.startswith("file://"):
        return [_of_link(whole)]
    found = [plain]
    if "\\" in plain:
        found.insert(0, re.sub(r"\\(.)", r"\1", plain if plain.endswith("\\ ") else whole))
    if whole != plain and whole not in found:
        found.append(whole)
    return found


def _later_start(text: str) -> int | None:
    """Where a path begins behind what stood in the field; None: nowhere."""
    at = text.rfind("file://")
    if at >= 0:
        at -= at > 0 and text[at - 1] in "'\""
        return at or None
    for begin in ("//", "/~/", "/'/", '/"/', "/'~/", '/"~/'):
        at = text.rfind(begin)
        if at >= 0:
            return at + 1
    return None


def _of_link(text: str) -> str:
    if not text.startswith("file://"):
        return text
    return unquote(urlsplit(text).path)
