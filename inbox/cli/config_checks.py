"""What in a config can be read and still cannot be meant: filters of views, names of keys, places of macros, the CA file.

None of it keeps the inbox from opening; `inbox check` names it, and `inbox config set` does not write it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

from inbox.config import mistakes
from inbox.config.model import Config
from inbox.domain import macros
from inbox.domain.filter import FilterError, parse
from inbox.domain.records import Record
from inbox.errors import Refused

MODIFIERS = {"ctrl", "alt", "shift"}
"""What terminals tell of."""
KEYS = {
    *("enter", "return", "escape", "esc", "tab", "space", "backspace", "delete", "insert", "home", "end"),
    *("up", "down", "left", "right", "pageup", "pagedown", "pgup", "pgdn", "minus", "plus", "backtab"),
    *(f"f{n}" for n in range(1, 25)),
}


class ConfigProblem(Record):
    """What cannot be meant: where, what is wrong, what to do."""

    where: str
    wrong: str
    mend: str


def problems(config: Config) -> Iterator[ConfigProblem]:
    """Return each of them, in the order of the file's parts."""
    yield from _views(config)
    yield from _keys(config)
    for macro in config.macros:
        for place in macros.mistaken(macro.text):
            yield ConfigProblem(
                f"macro {macro.name}",
                f"{place.written} is not filled in, did you mean {place.meant}?",
                "Correct it under [[macros]] in the config; a place for the agent needs another name.",
            )
    if config.network.ca_file:
        yield from _ca_file(config.network.ca_file)


def _views(config: Config) -> Iterator[ConfigProblem]:
    for view in config.views:
        try:
            parse(view.filter, agent=config.agent, now=datetime.now(UTC), zone=UTC)
        except FilterError as error:
            mend = "Correct its filter under [[views]] in the config."
            yield ConfigProblem(f"view {view.name}", str(error), mend)


def _keys(config: Config) -> Iterator[ConfigProblem]:
    from inbox.ui.commands.keymap import keymap

    for problem in keymap(config.keys).problems:
        mend = "Correct [keys] in the config; until then the key means what it did."
        yield ConfigProblem("key table", problem, mend)
    for command, keys in config.keys.items():
        for key in filter(None, map(str.strip, keys.split(","))):
            if not is_key(key):
                hint = mistakes.did_you_mean(key, KEYS)
                mend = "Write a character, a name such as f5 or pageup, or ctrl+x, alt+x."
                yield ConfigProblem("key table", f"{key!r} for {command!r} is no key{hint}", mend)


def _ca_file(file: str) -> Iterator[ConfigProblem]:
    from inbox.adapters.http_client import trusting

    try:
        trusting(file)
    except Refused as error:
        yield ConfigProblem("network", error.message, error.next_step)


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
