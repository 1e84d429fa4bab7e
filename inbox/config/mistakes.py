"""What msgspec or tomllib finds wrong in the config, in words: one mistake is repaired, the rest converted again, until
all are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from inbox.config import lines
from inbox.config.model import Config, ConfigError
from inbox.domain.suggestion import closest
from inbox.system import redact

if TYPE_CHECKING:
    import tomllib

    from inbox.config.lines import Place, Problem

T = TypeVar("T", bound=msgspec.Struct)

_WHERE = re.compile(r" - at `(\$[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_WRONG = re.compile(r"Expected `(.*)`, got `(.*)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number with a point",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
    "date": "a date",
    "datetime": "a date with time",
    "time": "a time",
}
_EXAMPLES: dict[Place, str] = {
    ("service", "hours"): 'write for example { daily = ["07:00-23:00"] }',
    ("service", "holidays"): 'write for example ["2026-12-24", "DE-NW"]',
    ("agents",): 'write for example ["mia", "ben"]',
}
"""How a setting is written whose form nobody guesses."""
_KINDS: dict[str, Callable[[], Any]] = {"str": str, "object": dict, "array": list}


def converted(raw: dict[str, Any], kind: type[T]) -> tuple[T, list[Problem]]:
    """Return what is left of a table without its mistakes as a record, and these. The mistakes are taken out of `raw`.

    Raises ConfigError for one that cannot be taken out.
    """
    problems: dict[Place, str] = {}
    while True:
        try:
            return msgspec.convert(raw, kind, strict=True), list(problems.items())
        except msgspec.ValidationError as error:
            place, what = _repair(raw, str(error), kind)
            if not any(lines.around(known, place) for known in problems):
                problems[place] = what


def _repair(raw: dict[str, Any], message: str, kind: type) -> Problem:
    """Take the mistake that msgspec names out of `raw`, so that the next one shows."""
    where = _WHERE.search(message)
    what = _WHERE.sub("", message)
    place = _place(raw, where[1], message, kind) if where else ()
    if match := _UNKNOWN.fullmatch(what):
        del _member(raw, place)[match[1]]
        return (*place, match[1]), unknown_key(match[1], _fields(place, kind))
    if match := _MISSING.fullmatch(what):
        _member(raw, place)[match[1]] = ""
        return (*place, match[1]), "is missing"
    match = _WRONG.fullmatch(what)
    if match is None or not place:
        raise ConfigError([message])
    want, got = match[1].removesuffix(" | null"), match[2]
    holder, last = _member(raw, place[:-1]), place[-1]
    if isinstance(holder, dict):
        del holder[last]
    else:
        holder[last] = _KINDS[want]()
    example = f"; {_EXAMPLES[place]}" if place in _EXAMPLES else ""
    return place, f"expected {_WORDS.get(want, want)}, found {_WORDS.get(got, got)}{example}"


def wrong_type(error: Exception) -> str:
    """What msgspec finds wrong with one value, in words; of any other error its kind alone."""
    if not isinstance(error, msgspec.ValidationError):
        return f"cannot be used ({type(error).__name__})"
    match = _WRONG.fullmatch(_WHERE.sub("", str(error)))
    if match is None:
        return "cannot be used"
    want, got = match[1].removesuffix(" | null"), match[2]
    return f"expected {_WORDS.get(want, want)}, found {_WORDS.get(got, got)}"


def _member(raw: Any, place: Place) -> Any:
    for part in place:
        raw = raw[part]
    return raw


def _place(raw: dict[str, Any], path: str, message: str, kind: type) -> Place:
    """msgspec's `$.service.hours[...][1]` as a place. `[...]` is some key of a table: the first that is to blame."""
    place: Place = ()
    for name, index in _STEP.findall(path):
        step = _to_blame(raw, place, message, kind) if index == "..." else name or int(index)
        place = (*place, step)
    return place


def _to_blame(raw: dict[str, Any], place: Place, message: str, kind: type) -> str:
    for key, value in _member(raw, place).items():
        alone: Any = {key: value}
        for part in reversed(place):
            alone = {part: alone}
        try:
            msgspec.convert(alone, kind, strict=True)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return str(key)
    raise ConfigError([message])


def unknown_key(name: str, fields: list[str]) -> str:
    """Return what is said about a key that is none of `fields`, with what may have been meant."""
    hint = did_you_mean(name, fields)
    if (
        not hint
        and (section := next((s for s in _sections() if name in _fields(s, Config)), None)) is not None
    ):
        hint = f"; it belongs to {'the top of the file' if not section else f'[{lines.dotted(section)}]'}"
    return f"unknown key{hint}" if hint else f"unknown key; known are {', '.join(fields)}"


def _fields(place: Place, kind: type) -> list[str]:
    """The keys of the record at `place` in one of `kind`."""
    record: Any = kind
    for part in place:
        if get_origin(record) is dict:  # a table of tables, each under its name
            record = get_args(record)[1]
        elif isinstance(part, int):
            record = get_args(record)[0]
        else:
            record = get_type_hints(record)[part]
    return list(record.__struct_fields__)


def _sections() -> Iterator[Place]:
    yield ()
    for name, kind in get_type_hints(Config).items():
        if get_origin(kind) is None and issubclass(kind, msgspec.Struct):
            yield (name,)


_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def syntax(text: str, file: str, error: tomllib.TOMLDecodeError) -> str:
    """What tomllib finds wrong, with its line."""
    message = str(error)
    where = _AT.search(message)
    line = where[1] if where and where[1] else str(text.rstrip().count("\n") + 1)
    return f"{file}:{line}: not TOML: {redact.redact(_AT.sub('', message))}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean "x"?`, or nothing."""
    found = closest(word, known)
    return f', did you mean "{found}"?' if found else ""
