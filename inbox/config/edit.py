"""Changes to the text of the config: one setting is written, every comment and everything else stays as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.config import file as config_file
from inbox.config import lines as toml_lines
from inbox.config import platforms
from inbox.config.model import Account, Config, ConfigError
from inbox.config.screen import LANGUAGES, NOTICES, SURGE_NOTICES, SURGES, THEMES
from inbox.domain import declarations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inbox.config.lines import Place

_PART = re.compile(r"([A-Za-z0-9_-]+)|\[(\d+)\]|\"([^\"]*)\"")


LISTED = {
    "screen.theme": THEMES,
    "screen.themes.based_on": THEMES,
    "screen.language": LANGUAGES,
    "screen.notify": NOTICES,
    "insight.surge": SURGES,
    "insight.notify": SURGE_NOTICES,
    "vault.kind": ("keyring", "file"),
}
"""Values of the settings that have only a few."""


class NoSuchKey(Exception):
    """The key cannot be a setting; the text says why."""


def place_of(key: str, text: str) -> Place:
    """`accounts[0].client_id`, or `accounts.acme-x.client_id` by the name of the account, as a path. Raises NoSuchKey."""
    place: Place = ()
    for part in re.split(r"\.(?![^\"]*\"$)", key):
        found = _PART.findall(part)
        if not found or "".join(a or f"[{b}]" if not c else f'"{c}"' for a, b, c in found) != part:
            raise NoSuchKey(f"{key!r} is no key; write it like service.timezone or accounts[0].client_id")
        place = (*place, *(int(index) if index else name or quoted for name, index, quoted in found))
    return _by_name(place, tomllib.loads(text))


def _by_name(place: Place, raw: Any) -> Place:
    """Entries of lists may be named: `accounts.acme-x` is that with this name."""
    found: Place = ()
    for part in place:
        if isinstance(raw, list) and isinstance(part, str):
            named = [at for at, each in enumerate(raw) if isinstance(each, dict) and each.get("name") == part]
            if not named:
                raise NoSuchKey(f"there is no {part!r} in {toml_lines.dotted(found)}")
            part = named[0]
        found = (*found, part)
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            raw = None
    return found


def setting_keys(raw: dict[str, Any]) -> list[str]:
    """Keys that `place_of` understands: every setting there is, and those of the accounts, views and macros of `raw` (a
    config as it is written) by name."""
    return [toml_lines.dotted(place) for place in _settings(Config, raw, ())]


def _settings(table: type[msgspec.Struct], raw: object, before: Place) -> Iterator[Place]:
    written = raw if isinstance(raw, dict) else {}
    for field in _fields(table, written.get("platform")):
        place: Place = (*before, field.encode_name)
        value = written.get(field.encode_name)
        entry = getattr(field.type, "__args__", (None,))[0]
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _settings(field.type, value, place)
        elif isinstance(entry, type) and issubclass(entry, msgspec.Struct):
            for at, each in enumerate(value if isinstance(value, list) else ()):
                named = each.get("name") if isinstance(each, dict) else None
                yield from _settings(entry, each, (*place, named if isinstance(named, str) else at))
        elif (of_names := _table_by_name(field.type)) is not None:
            for name, each in value.items() if isinstance(value, dict) else ():
                yield from _settings(of_names, each, (*place, name))
        elif isinstance(value, dict):
            yield from ((*place, name) for name in value)
        else:
            yield place


def _table_by_name(kind: Any) -> type[msgspec.Struct] | None:
    """The table that stands under each name of a setting such as `screen.themes`; None for another setting."""
    entry = getattr(kind, "__args__", ())[-1:]
    return next((one for one in entry if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def _fields(table: type[msgspec.Struct], platform: object) -> Iterator[msgspec.structs.FieldInfo]:
    """The settings of a table; of an account also those of its platform, or of all that are known (None)."""
    yield from msgspec.structs.fields(table)
    if table is Account:
        platforms.declare_built_in()
        for declared in declarations.all_declared():
            if declared.settings is not None and platform in (declared.name, None):
                yield from msgspec.structs.fields(declared.settings)


def setting_values(key: str) -> list[str]:
    """Values that a setting may have, where they can be listed; `key` without an account's name or number."""
    key = re.sub(r"^(screen\.themes)\..*\.", r"\1.", key)
    if key in LISTED:
        return list(LISTED[key])
    kinds = {toml_lines.dotted(place): default for place, default in _defaults(Config, ())}
    name = re.sub(r"^(accounts|views|macros)\..*\.", r"\1.", re.sub(r"\[\d+\]", ".0", key))
    return ["true", "false"] if isinstance(kinds.get(name), bool) else []


def _defaults(table: type[msgspec.Struct], before: Place) -> Iterator[tuple[Place, object]]:
    """(place, default) of every setting; settings of list entries as if there was one table of them."""
    for field in _fields(table, None):
        entry = getattr(field.type, "__args__", (field.type,))[0]
        if isinstance(entry, type) and issubclass(entry, msgspec.Struct):
            yield from _defaults(entry, (*before, field.encode_name))
        else:
            yield (*before, field.encode_name), field.default


def with_setting(text: str, key: str, value: str, file: str = "config.toml") -> str:
    """`text` with one setting changed; checked. Raises ConfigError with what would be wrong, NoSuchKey.

    `value` is TOML, or the text of a string: `3h` needs no quotes.
    """
    place = place_of(key, text)
    first: ConfigError | None = None
    for written in _written(value):
        changed = _replaced(text, place, written)
        try:
            config_file.parse(changed, file)
        except ConfigError as error:
            first = first or error
        else:
            return changed
    assert first is not None
    raise first


def _written(value: str) -> list[str]:
    """How the value may be meant: as it stands, if that is TOML, else and otherwise as text."""
    quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return [quoted]
    return [value.strip(), quoted] if parsed.keys() == {"value"} else [quoted]


def _replaced(text: str, place: Place, written: str) -> str:
    spans = toml_lines.spans(text)
    if place in spans:
        start, end = spans[place]
        return f"{text[:start]}{written}{text[end:]}"
    if not place or not isinstance(place[-1], str):
        raise NoSuchKey("name a setting, not a whole table or the place in a list")
    lines = text.splitlines(keepends=True)
    begin, end = _section(text, place[:-1], len(lines))
    if begin is None:
        if any(isinstance(part, int) for part in place):
            raise NoSuchKey(f"there is no {toml_lines.dotted(place[:-1])} in the config")
        return f"{text.rstrip()}\n\n[{toml_lines.dotted(place[:-1])}]\n{_name(place[-1])} = {written}\n"
    line = f"{_name(place[-1])} = {written}\n"
    offered = re.compile(rf'#"?{re.escape(place[-1])}"? *=')
    for at in range(begin, end):
        if offered.match(lines[at]):
            lines[at] = line
            return "".join(lines)
    if begin and not lines[begin - 1].endswith("\n"):
        lines[begin - 1] += "\n"
    lines.insert(begin, line)
    return "".join(lines)


def _section(text: str, table: Place, total: int) -> tuple[int | None, int]:
    """(first line of the table's own settings, line behind its last), from 0; None where there is no such table.

    The lines of a table that is commented out (`#[[accounts]]`) are not part of the one above it.
    """
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if re.match(r"#?\[", line)]
    found = toml_lines.lines(text)
    if not table:
        return 0, min(heads, default=total)
    if table not in found or not re.match(r"\[", lines[found[table] - 1].lstrip()):
        return None, total
    begin = found[table]
    return begin, min((at for at in heads if at >= begin), default=total)


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
