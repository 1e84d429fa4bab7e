"""The line below the header while a surge runs: since when, how much, about what, and the key that shows more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from inbox.ui.text.part import Part
from inbox.wording import surges
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.listening.surge_log import Logged
    from inbox.ui.commands.keymap import Keymap


def surge(running: Sequence[Logged], zone: tzinfo, keymap: Keymap) -> tuple[list[Part], list[Part]]:
    """Return the worst surge in words, and the key that opens the groups. `running`: at least one, the worst first."""
    worst = running[0]
    tone = "late" if worst.surge.tier == "red" and worst.acknowledged_by is None else "soon"
    sign = "▲" if worst.surge.tier == "red" else "△"
    line = surges.header_line(worst, zone, len(running) - 1)
    key = keymap.key("listening.groups")
    shows = [Part(f"{key} ", "key", "listening.groups"), Part(tr("shows it "), "quiet", "listening.groups")]
    return [Part(f"{sign} {line}", tone, "listening.groups")], shows if key else []
