"""Textual without its command palette: ours shows reasons, and Textual's may not be opened. Importing it executes a
dozen widgets that nothing needs before the first frame: 6 ms."""

from __future__ import annotations

import sys
from types import ModuleType

PALETTE = "textual.command"
NAMES = ("CommandListItem", "CommandPalette", "DiscoveryHit", "Hit", "Hits", "Provider", "SimpleProvider")
"""What `textual.app` and `textual.theme` take from it (8.2.8), to open the palette or to fill it."""


def spare_the_palette() -> None:
    """Import `textual.app` with nothing behind those names. Who imports the palette afterwards gets the real one."""
    if PALETTE in sys.modules or "textual.app" in sys.modules:
        return
    sys.modules[PALETTE] = stand_in = ModuleType(PALETTE)
    for name in NAMES:
        setattr(stand_in, name, type(name, (), {}))
    try:
        import textual.app  # noqa: F401
    finally:
        del sys.modules[PALETTE]
