"""The configuration file: TOML into records, every problem at once, each with its line and a hint.

Loading raises `ConfigError`, whose `problems` are complete lines `file:line: key: what is wrong, did you mean`. Where
the file and the data are kept: `inbox.system.places`.
"""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from inbox.config import checks, lines, platform_settings, secrets
from inbox.config import mistakes as config_mistakes
from inbox.config.calendar import CALENDAR
from inbox.config.model import Config, ConfigError, NoConfig
from inbox.system.places import config_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from inbox.config.lines import Problem


def load(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read and check the file: `path`, else the one that `config_path` finds.

    Raises ConfigError with every problem found, NoConfig where there is no file.
    """
    path = config_path(path, env)
    try:
        raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except FileNotFoundError:
        raise NoConfig([f"{path}: no such file; `inbox init` writes one, `inbox demo` needs none"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: this is not UTF-8; save the file as UTF-8"]) from None
    return parse(text, str(path))


def parse(text: str, file: str = "config.toml") -> Config:
    """A config from TOML text; `file` is the name that problems begin with."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([config_mistakes.syntax(text, file, error)]) from None
    except RecursionError:
        raise ConfigError([f"{file}:1: nested too deeply"]) from None
    problems = list(secrets.found(raw))
    known = secrets.without(raw, {place for place, _ in problems})
    own, wrong = platform_settings.take_out(known)
    problems += wrong
    try:
        config = msgspec.convert(known, Config, strict=True)
    except msgspec.ValidationError:
        config, mistakes = config_mistakes.converted(known, Config)
        problems += _elsewhere(mistakes, problems)
    for position, settings in own.items():
        config.accounts[position].settings = settings
    _place_calendars(config, file)
    problems += _elsewhere(checks.problems(config, raw), problems)
    if problems:
        found = lines.lines(text)
        at = sorted((lines.line_of(found, place), lines.dotted(place), what) for place, what in problems)
        raise ConfigError([f"{file}:{line}: {key}: {what}" for line, key, what in dict.fromkeys(at)])
    return config


def _place_calendars(config: Config, file: str) -> None:
    """Calendar files are named as seen from the folder of the config."""
    config.service.holidays = [
        str(Path(file).parent / Path(entry).expanduser()) if entry.endswith(CALENDAR) else entry
        for entry in config.service.holidays
    ]


def _elsewhere(found: Iterable[Problem], known: Iterable[Problem]) -> list[Problem]:
    """Those of `found` that do not merely follow from a known one."""
    broken = {place for place, _ in known}
    return [problem for problem in found if not any(lines.around(place, problem[0]) for place in broken)]
