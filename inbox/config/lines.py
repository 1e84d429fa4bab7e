"""On which line of a TOML text each key stands: tomllib does not tell, and a message without a line is half a message.

The text must already be valid TOML (tomllib has read it), so the walk only has to recognise shapes: headers,
arrays of tables, dotted and quoted keys, strings of all four kinds, arrays and inline tables over many lines.
"""

from __future__ import annotations

import re
import tomllib

Place = tuple[str | int, ...]
"""Keys and list positions from the top: `("accounts", 1, "surfaces", 0)`."""

Problem = tuple[Place, str]
"""Where, and what is wrong there."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\s#]+(?: [0-9][^,\]}\s#]*)?")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


def lines(text: str) -> dict[Place, int]:
    """Every path of `text` with its line, counted from 1."""
    walk = _Walk(text.replace("\r\n", "\n"))
    walk.document()
    return walk.found


def spans(text: str) -> dict[Place, tuple[int, int]]:
    """Where the value of every `key = value` begins and ends in `text`, which has no carriage returns."""
    walk = _Walk(text)
    walk.document()
    return walk.values


def line_of(found: dict[Place, int], path: Place) -> int:
    """The line of `path`, or of the nearest thing around it that has one."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def around(outer: Place, inner: Place) -> bool:
    """Whether one is the other, or holds it."""
    return inner[: len(outer)] == outer


def dotted(path: Place) -> str:
    """`accounts[1].surfaces[0]`, as messages name it."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else f'"{part}"'
            shown += f".{name}" if shown else name
    return shown


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Place, int] = {}
        self.values: dict[Place, tuple[int, int]] = {}
        self._newest: dict[Place, int] = {}
        """Array of tables to the position of its newest table."""
        self._counted = (0, 1)

    def document(self) -> None:
        table: Place = ()
        while self._next() is not None:
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _line(self) -> int:
        at, line = self._counted
        line += self.text.count("\n", at, self.at)
        self._counted = (self.at, line)
        return line

    def _next(self) -> str | None:
        """Skip blanks and comments; the character that follows, None at the end."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char in " \t\n":
                self.at += 1
            else:
                return char
        return None

    def _header(self) -> Place:
        line, array = self._line(), self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        *outer, last = self._key()
        self._next()
        self.at += 2 if array else 1
        table: Place = ()
        for part in outer:
            table = self._inside((*table, part))
        table = (*table, last)
        if array:
            self.found.setdefault(table, line)
            self._newest[table] = self._newest.get(table, -1) + 1
        table = self._inside(table)
        self.found.setdefault(table, line)
        return table

    def _inside(self, path: Place) -> Place:
        return (*path, self._newest[path]) if path in self._newest else path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            char = self._next()
            match = (_STRING if char in ("'", '"') else _BARE).match(self.text, self.at)
            assert match, "the text was valid TOML"
            self.at = match.end()
            name = match[0]
            parts.append(tomllib.loads(f"key = {name}")["key"] if char in ("'", '"') else name)
            if self._next() != ".":
                return parts
            self.at += 1

    def _pair(self, table: Place) -> None:
        self._next()
        line, path = self._line(), table
        for part in self._key():
            path = (*path, part)
            self.found.setdefault(path, line)
        self.at += 1  # the equals sign
        self._next()
        start = self.at
        self._value(path)
        self.values[path] = (start, self.at)

    def _value(self, path: Place) -> None:
        char = self._next()
        if char == "[":
            self._list(path)
        elif char == "{":
            self._inline_table(path)
        else:
            match = (_STRING if char in ("'", '"') else _SCALAR).match(self.text, self.at)
            assert match, "the text was valid TOML"
            self.at = match.end()

    def _list(self, path: Place) -> None:
        self.at += 1
        position = 0
        while (char := self._next()) != "]":
            if char == ",":
                self.at += 1
                continue
            self.found[(*path, position)] = self._line()
            self._value((*path, position))
            position += 1
        self.at += 1

    def _inline_table(self, path: Place) -> None:
        self.at += 1
        while (char := self._next()) != "}":
            if char == ",":
                self.at += 1
            else:
                self._pair(path)
        self.at += 1
