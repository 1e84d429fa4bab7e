"""`inbox` alone, perhaps with options, opens the screen: read here without argparse, which would cost the first frame
8 ms for 25 commands that were not named. Anything else, mistakes and help too, is left to `arguments`."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from argparse import Namespace

PLACES = ("--config", "--data")
SWITCHES = ("--plain", "--debug", "--debug-insecure", "--verbose")


def read(words: Sequence[str]) -> Namespace | None:
    """What `arguments.parser` would answer; None where a command, help or a mistake may be in `words`."""
    found: dict[str, object] = dict.fromkeys(map(_name, PLACES)) | dict.fromkeys(map(_name, SWITCHES), False)
    rest = iter(words)
    for word in rest:
        option, sign, value = word.partition("=")
        if option in PLACES and (value if sign else (value := next(rest, ""))) and value[0] != "-":
            found[_name(option)] = Path(value)
        elif word in SWITCHES:
            found[_name(word)] = True
        else:
            return None
    return cast("Namespace", SimpleNamespace(run=_open_screen, **found))


def _name(option: str) -> str:
    return option[2:].replace("-", "_")


def _open_screen(arguments: Namespace) -> int:
    if not arguments.plain:
        gc.disable()  # what is imported stays; on again after the first frame
    from inbox.cli.screen import open_screen

    return open_screen(arguments)
