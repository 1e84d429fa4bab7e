"""Notices of the desktop, through whatever stands between the program and the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping

from inbox.domain.text import clean


def terminal_notice(text: str, env: Mapping[str, str] | None = None) -> str:
    """OSC 9 with `text`, cleaned, and a bell where it may not get through.

    tmux passes on what is wrapped (`allow-passthrough`, tmux(1)), and knows a bell in any case. GNU screen and zellij
    pass nothing on.
    """
    notice = f"\x1b]9;{clean(text, one_line=True)}\x1b\\"
    match multiplexer(os.environ if env is None else env):
        case "tmux":
            doubled = notice.replace("\x1b", "\x1b\x1b")
            return f"\x1bPtmux;{doubled}\x1b\\\a"
        case None:
            return notice
    return "\a"


def multiplexer(env: Mapping[str, str]) -> str | None:
    """What stands between the program and the terminal: tmux, screen, zellij, None. Over ssh only TERM tells."""
    if env.get("ZELLIJ"):
        return "zellij"
    if env.get("STY"):
        return "screen"
    if env.get("TMUX") or env.get("TERM", "").startswith("tmux"):
        return "tmux"
    return "screen" if env.get("TERM", "").startswith("screen") else None
