"""Notices of the desktop, through a multiplexer between the program and the terminal if there is one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inbox.domain.text import clean

if TYPE_CHECKING:
    from textual.app import App


def send_to_terminal(app: App[Any], sequence: str) -> None:
    """Write an escape sequence to the terminal of a running screen; nothing happens where there is none."""
    driver = getattr(app, "_driver", None)
    if driver is not None:
        driver.write(sequence)


def terminal_notice(text: str, env: Mapping[str, str] | None = None) -> str:
    """Return OSC 9 with `text`, cleaned, and a bell where it may not get through.

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
    """Return the multiplexer around the program: tmux, screen, zellij, None. Over ssh only TERM says so."""
    if env.get("ZELLIJ"):
        return "zellij"
    if env.get("STY"):
        return "screen"
    if env.get("TMUX") or env.get("TERM", "").startswith("tmux"):
        return "tmux"
    return "screen" if env.get("TERM", "").startswith("screen") else None
