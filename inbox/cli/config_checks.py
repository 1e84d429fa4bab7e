"""What in a config can be read and still cannot be meant: filters of views, names of keys, places of macros, the CA file.

None of it keeps the inbox from opening; `inbox check` names it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inbox.config import mistakes
from inbox.domain import macros
from inbox.domain.filter import FilterError, parse
from inbox.errors import Refused

if TYPE_CHECKING:
    from inbox.wiring.setup import Setup

MODIFIERS = {"ctrl", "alt", "shift"}
"""What terminals tell of."""
KEYS = {
    *("enter", "return", "escape", "esc", "tab", "space", "backspace", "delete", "insert", "home", "end"),
    *("up", "down", "left", "right", "pageup", "pagedown", "pgup", "pgdn", "minus", "plus", "backtab"),
    *(f"f{n}" for n in range(1, 25)),
}


def problems(setup: Setup) -> Iterator[tuple[str, str, str]]:
    """(where, what is wrong, what to do) of each."""
    for view in setup.config.views:
        try:
            parse(view.filter, agent=setup.agent, now=setup.clock.now(), zone=setup.zone)
        except FilterError as error:
            yield f"view {view.name}", str(error), "Correct its filter under [[views]] in the config."
    for command, keys in setup.config.keys.items():
        for key in filter(None, map(str.strip, keys.split(","))):
            if not is_key(key):
                hint = mistakes.did_you_mean(key, KEYS)
                yield (
                    "key table",
                    f"{key!r} for {command} is no key{hint}",
                    "Write a character, a name such as f5 or pageup, or ctrl+x, alt+x.",
                )
    for macro in setup.config.macros:
        for place in macros.mistaken(macro.text):
            yield (
                f"macro {macro.name}",
                f"{place.written} is not filled in, did you mean {place.meant}?",
                "Correct it under [[macros]] in the config; a place for the agent needs another name.",
            )
    if setup.config.network.ca_file:
        yield from _ca_file()


def _ca_file() -> Iterator[tuple[str, str, str]]:
    from inbox.adapters.http_client import open_client

    try:
        open_client("https://localhost")
    except Refused as error:
        yield "network", error.message, error.next_step


def is_key(key: str) -> bool:
    """Whether a terminal can send it, by the names that the screen knows."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if not set(modifiers) <= MODIFIERS:
        return False
    if last.lower() in KEYS or (len(last) == 1 and last.isprintable()):
        return True
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True
