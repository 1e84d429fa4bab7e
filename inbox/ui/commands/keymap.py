"""Which keys mean which command: the defaults of the table, and what the config has in place of them. Imports no Textual."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from inbox.domain.records import Record
from inbox.domain.suggestion import closest
from inbox.ui.commands.command import Command
from inbox.ui.commands.table import BY_ID, COMMANDS, PLACES
from inbox.wording.language import tr

_NAMES: Mapping[str, str] = {
    "question_mark": "?",
    "exclamation_mark": "!",
    "slash": "/",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    ":": "colon",
}

_SHOWN: Mapping[str, str] = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "ctrl": "Ctrl",
    "shift": "Shift",
    "alt": "Alt",
    "home": "Home",
    "end": "End",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "colon": ":",
}


class Keymap(Record):
    """The keys that hold: command id to keys, and what was wrong with the wishes of the config."""

    keys: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...] = ()

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """Where the config has other keys than the table."""
        return {id: keys for id, keys in self.keys.items() if keys != BY_ID[id].keys}

    def shown(self, command: Command, *, all_keys: bool = True) -> str:
        """Return the keys of a command as people write them, or the first of them alone."""
        keys = self.keys[command.id] if all_keys else self.keys[command.id][:1]
        return " ".join(show(key) for key in keys)

    def key(self, id: str) -> str:
        """Return the first key of a command as people write it, for a sentence: `z`, `Ctrl+S`."""
        return show(self.keys[id][0])


def filled(words: str, keymap: Keymap) -> str:
    """Return a sentence in the agent's language, with the key that does it now for each `{command.id}`."""
    return re.sub(r"\{([a-z_]+\.[a-z_]+)\}", lambda found: keymap.key(found[1]), tr(words))


def keymap(wishes: Mapping[str, str] | None = None) -> Keymap:
    """Return the keys of every command, with the config's `keys` (id to keys, comma separated) in place of the
    defaults. A wish that names no command, or a key that is taken in the same place, is reported and left out.
    """
    keys = {command.id: command.keys for command in COMMANDS}
    problems = []
    wanted: dict[str, tuple[str, ...]] = {}
    for id, wish in (wishes or {}).items():
        if id not in keys:
            close = closest(id, keys)
            problems.append(
                tr('there is no command "{id}", did you mean "{close}"?', id=id, close=close)
                if close
                else tr('there is no command "{id}"; `inbox keys` lists them', id=id)
            )
            continue
        wanted[id] = tuple(_NAMES.get(k, k) for part in wish.split(",") if (k := part.strip()))
    trial = keys | wanted
    for id in wanted:
        for other, key in _clashes(id, trial):
            problems.append(
                tr(
                    '"{key}" for {id} already means "{title}" ({other}); give that another key',
                    key=show(key),
                    id=id,
                    title=tr(BY_ID[other].title),
                    other=other,
                )
            )
            trial[id] = keys[id]
    return Keymap(trial, tuple(problems))


def _clashes(id: str, keys: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    places = set(PLACES[BY_ID[id].scope])
    for other, taken in keys.items():
        if other != id and places.intersection(PLACES[BY_ID[other].scope]):
            for key in set(keys[id]) & set(taken):
                yield other, key


def clashes(map_: Keymap) -> list[tuple[str, str, str]]:
    """Return (command, command, key) for every key that means two things in one place."""
    return [(id, other, key) for id in map_.keys for other, key in _clashes(id, map_.keys) if id < other]


def show(key: str) -> str:
    """Return a key as people write it: `Ctrl+S`, `?`, `PgDn`."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    last = _SHOWN.get(last) or _NAMES.get(last) or last
    if modifiers:
        last = last.upper() if len(last) == 1 else last
    if last.startswith("f") and last[1:].isdigit():
        last = last.upper()
    return "+".join([*(tr(_SHOWN.get(m, m.capitalize())) for m in modifiers), tr(last)])
