"""The texts of the brand day, read from the two TOML files beside this one into records.

Times in the files are relative to the moment at which the screen opens, "10:40" on the clock of the story.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from typing import Any

from inbox.domain.records import Record, field

OPENS = timedelta(hours=10, minutes=40)
"""The hour of the story at which the screen opens, from midnight."""

_TIME = re.compile(r"(?:-(?P<days>\d+) )?(?P<hour>\d\d):(?P<minute>\d\d)|\+(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")
_LINE = re.compile(
    rf"(?P<time>{re.sub(r'[?]P<[a-z]+>', '', _TIME.pattern)}) (?P<who>\w+)"
    r"(?: (?P<verb>to|edit|delete|alone|closes)(?: (?P<n>\d+))?)?(?: \| (?P<text>.*))?",
    re.DOTALL,
)
_PICTURE = re.compile(r"\s*\[\[(photo|video|gif): ([^\]]+)\]\]$")


def moment(text: str) -> timedelta:
    """From the opening of the screen; negative before it."""
    found = _TIME.fullmatch(text)
    if found is None or text == "+":
        raise ValueError(f"{text!r} is no time of the story")
    if text.startswith("+"):
        return timedelta(minutes=int(found["m"] or 0), seconds=int(found["s"] or 0))
    clock = timedelta(hours=int(found["hour"]), minutes=int(found["minute"]))
    return clock - OPENS - timedelta(days=int(found["days"] or 0))


class Picture(Record):
    """`kind`: photo, video or gif. `shows`: in words."""

    kind: str
    shows: str


class Line(Record):
    """Something one person does in a talk. `verb`: "" (says it), alone, to, edit, delete or closes; `n` is the
    place (from 0) of the line that `verb` is about."""

    at: timedelta
    who: str
    text: str = ""
    verb: str = ""
    n: int = 0
    picture: Picture | None = None


class Deskwork(Record):
    """What the agent had done with a talk before the screen opens. `status`: resolve, snooze (for `hours`) or
    spam. `reply`: an answer that is sent, and will fail if the customer takes none."""

    status: str = ""
    hours: int = 0
    assign: str | None = None
    tags: tuple[str, ...] = ()
    priority: str | None = None
    note: str | None = None
    reply: str | None = None


class Talk(Record):
    """A conversation of the story. `react`: what the customer says after our answers, None for the usual."""

    on: str
    lang: str
    lines: tuple[Line, ...]
    under: str | None = None
    react: tuple[str, ...] | None = None
    desk: Deskwork | None = None

    @property
    def customer(self) -> str:
        """Whose talk it is: the first who is not the brand."""
        return next(line.who for line in self.lines if line.who != "us")

    @property
    def conversations(self) -> int:
        """How many the platforms have made of it when the screen opens: in public on X one per person, elsewhere
        one per thread. None of what begins later."""
        if self.lines[0].at > timedelta(0):
            return 0
        if self.on == "mentions":
            return len({line.who for line in self.lines} - {"us"})
        return 1 + sum(line.verb == "alone" for line in self.lines)


class Announcement(Record):
    """A post of the brand that people comment on; `closed`: when its comments are closed."""

    name: str
    at: timedelta
    text: str
    closed: timedelta | None = None


class Saying(Record):
    """Something that anybody might write. `under`: the announcement, for a comment."""

    on: str
    lang: str
    text: str
    under: str | None = None


class Storm(Record):
    """`first`: the first complaints; `breaks`: when everybody writes within `lasts` seconds."""

    first: timedelta
    breaks: timedelta
    lasts: float
    people: int
    says: tuple[Saying, ...]


class Everyday(Record):
    """Arrivals without end, `least` to `most` seconds apart."""

    first: timedelta
    least: float
    most: float
    says: tuple[Saying, ...]


class Trouble(Record):
    """A fault of a platform. `fault`, `endpoint`: in the words of its simulator."""

    at: timedelta
    platform: str
    fault: str
    endpoint: str


class Script(Record):
    people: Mapping[str, str]
    announcements: tuple[Announcement, ...]
    talks: tuple[Talk, ...]
    storm: Storm
    everyday: Everyday
    troubles: tuple[Trouble, ...]
    first_names: Sequence[str]
    last_names: Sequence[str]
    thanks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def load() -> Script:
    """Read both files. Raises ValueError for a line that is none."""
    morning, later = _file("morning.toml"), _file("going_on.toml")
    storm, everyday = later["storm"], later["everyday"]
    return Script(
        people=morning["people"],
        announcements=tuple(_announcement(p) for p in morning["post"]),
        talks=tuple(_talk(t) for t in morning["talk"]),
        storm=Storm(
            moment(storm["first"]),
            moment(storm["breaks"]),
            storm["lasts"],
            storm["people"],
            _sayings(storm["says"]),
        ),
        everyday=Everyday(
            moment(everyday["first"]), everyday["least"], everyday["most"], _sayings(everyday["says"])
        ),
        troubles=tuple(Trouble(**{**t, "at": moment(t["at"])}) for t in later["trouble"]),
        first_names=later["names"]["first"],
        last_names=later["names"]["last"],
        thanks=later["thanks"],
        asks=later["asks"],
        answers=later["answers"],
    )


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / name).read_text("utf-8"))


def _announcement(raw: Mapping[str, Any]) -> Announcement:
    closed = moment(raw["closed"]) if "closed" in raw else None
    return Announcement(raw["name"], moment(raw["at"]), raw["text"], closed)


def _talk(raw: Mapping[str, Any]) -> Talk:
    desk = dict(raw["desk"]) if "desk" in raw else None
    if desk is not None:
        desk["tags"] = tuple(desk.get("tags", ()))
    return Talk(
        on=raw["on"],
        lang=raw["lang"],
        lines=tuple(line(text) for text in raw["lines"]),
        under=raw.get("under"),
        react=tuple(raw["react"]) if "react" in raw else None,
        desk=Deskwork(**desk) if desk is not None else None,
    )


def line(source: str) -> Line:
    """`09:12 jana to 1 | Text [[photo: what it shows]]`."""
    found = _LINE.fullmatch(source)
    if found is None:
        raise ValueError(f"{source!r} is no line of the story")
    text = found["text"] or ""
    shown = _PICTURE.search(text)
    return Line(
        at=moment(found["time"]),
        who=found["who"],
        text=text[: shown.start()] if shown else text,
        verb=found["verb"] or "",
        n=int(found["n"] or 1) - 1,
        picture=Picture(shown[1], shown[2]) if shown else None,
    )


def _sayings(raw: Sequence[Mapping[str, Any]]) -> tuple[Saying, ...]:
    return tuple(
        Saying(group["on"], group["lang"], text, group.get("under"))
        for group in raw
        for text in group["texts"]
    )
