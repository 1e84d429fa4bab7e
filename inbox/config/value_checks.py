"""Checks of single values of the config, for its own sections and for the settings of platforms.

Each yields (place, what is wrong), nothing for a good value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from inbox.config import mistakes
from inbox.config.screen import COLOURS

if TYPE_CHECKING:
    from inbox.config.lines import Place, Problem

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def one_of(place: Place, word: str | None, known: Iterable[str]) -> Iterator[Problem]:
    """A word must be one of the known ones; None is none."""
    if word is not None and word not in (names := list(known)):
        hint = mistakes.did_you_mean(word, names) or f"; known are {', '.join(names) or 'none'}"
        yield place, f"{word!r} is not known here{hint}"


def colour(place: Place, value: str | None) -> Iterator[Problem]:
    """A colour must be `#rrggbb`, `#rgb` or a name; None is none."""
    if value is None or re.fullmatch(r"#([0-9a-fA-F]{3}){1,2}", value) or value in COLOURS:
        return
    hint = mistakes.did_you_mean(value, COLOURS) or f"; write for example #e0b060, or {', '.join(COLOURS)}"
    yield place, f"{value!r} is no colour{hint}"


def filled(place: Place, text: str) -> Iterator[Problem]:
    """A text must have something in it."""
    if not text.strip():
        yield place, "is empty"


def names(place: Place, names: list[str], taken: Iterable[str] = ()) -> Iterator[Problem]:
    """Names of list entries must be there and differ, also from those that are `taken`."""
    seen = set(taken)
    for at, name in enumerate(names):
        yield from filled((*place, at, "name"), name)
        if name in seen:
            yield (*place, at, "name"), f"{name!r} is taken"
        seen.add(name)


def address(place: Place, url: str) -> Iterator[Problem]:
    """The base address of a platform must be encrypted, or on this machine: the token goes there."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https"):
        yield place, "is not an address; write for example https://api.x.com"
    elif parts.username is not None or parts.password is not None:
        yield place, "must not carry a user or a password"
    elif parts.query or parts.fragment:
        yield place, "is a base address: no `?` and no `#`"
    elif parts.scheme == "http" and host not in LOOPBACK:
        yield (
            place,
            f"your token would travel unencrypted to {host}: use https (http is for this machine only)",
        )
