"""Reading the JSON lines of `--replay`: messages of one's own past, to see what would have been told."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from inbox.cli.open_desk import set_up
from inbox.domain.listening.surges import Heard
from inbox.domain.listening.tokens import words_of
from inbox.domain.records import Record
from inbox.domain.text import storable
from inbox.errors import UsageError
from inbox.system.places import system_zone
from inbox.wording.language import tr


class Frame(Record, kw_only=True):
    """What of the config a replay asks for; without a config its defaults."""

    zone: tzinfo
    is_holiday: Callable[[date], bool] = lambda _: False
    sensitivity: str = "normal"
    own_words: tuple[str, ...] = ()

    def ignored(self, account: str) -> frozenset[str]:
        """Return the folded words that say nothing: the account's name, and those of the config."""
        return frozenset(words_of(" ".join([account.replace("-", " ").replace("_", " "), *self.own_words])))


def frame(arguments: Namespace) -> Frame:
    """Return time zone, holidays and words of the config. Raises ConfigError for one that cannot be used."""
    from inbox.config.model import NoConfig

    try:
        setup = set_up(arguments)
    except NoConfig:
        if arguments.config is not None:
            raise
        return Frame(zone=system_zone(os.environ)[0])
    insight = setup.config.insight
    return Frame(
        zone=setup.zone,
        is_holiday=setup.timers.hours.holidays.__contains__,
        sensitivity="normal" if insight.surge == "off" else insight.surge,
        own_words=tuple(insight.own_words),
    )


def replayed(file: str) -> dict[str, list[Heard]]:
    """Return the messages of a file, or of standard input for `-`, by account, in the order given.

    Each line is `{"account", "author", "text", "sent_at", "read_at"?, "direction"?, "id"?}`. Raises UsageError with
    the number of the line that cannot be read.
    """
    found: dict[str, list[Heard]] = {}
    for account, message in lines_of(file):
        found.setdefault(account, []).append(message)
    return found


def lines_of(file: str) -> Iterator[tuple[str, Heard]]:
    """Yield account and message of each line, in the order given. Raises UsageError."""
    for number, line in enumerate(_lines(file), start=1):
        if line.strip():
            yield _message(line, number)


def _lines(file: str) -> Iterator[str]:
    if file == "-":
        yield from sys.stdin
        return
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as lines:
            yield from lines
    except OSError as error:
        raise UsageError(f"--replay: {file}: {error.strerror}") from None


def _message(line: str, number: int) -> tuple[str, Heard]:
    try:
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise TypeError
        sent = _time(entry, "sent_at")
        direction = entry.get("direction", "in")
        if direction not in ("in", "out"):
            raise ValueError(tr('"direction" is "in" or "out"'))
        account = _text(entry, "account", "")
        return account, Heard(
            id=_text(entry, "id", f"line-{number}"),
            author=_text(entry, "author", ""),
            text=storable(_text(entry, "text", ""))[0],
            sent=sent,
            read=_time(entry, "read_at") if entry.get("read_at") is not None else sent,
            ours=direction == "out",
        )
    except json.JSONDecodeError as error:
        raise UsageError(f"--replay: line {number}: no JSON ({error.msg})") from None
    except KeyError as error:
        raise UsageError(f"--replay: line {number}: {error} is missing") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"--replay: line {number}: {error}".rstrip(": ")) from None


def _text(entry: dict[str, Any], name: str, default: str) -> str:
    value = entry.get(name)
    if value is None:
        return default
    if not isinstance(value, str | int):
        raise ValueError(tr('"{name}" is no text', name=name))
    return str(value)


def _time(entry: dict[str, Any], name: str) -> float:
    value = entry[name]
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(
            tr('"{name}" is no time; write for example "2026-11-30T14:02:00Z"', name=name)
        ) from None
    if moment.tzinfo is None:
        raise ValueError(tr('"{name}" needs a time zone, such as Z', name=name))
    return moment.timestamp()
