"""`inbox config`: where the config is, what is in force, and changes that are checked before they are written."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any

import msgspec

from inbox.cli import config_checks
from inbox.cli.lines import show_json
from inbox.cli.usage import did_you_mean
from inbox.config import edit as config_edit
from inbox.config import file as config_file
from inbox.config import lines
from inbox.config.model import Config, ConfigError
from inbox.domain.text import clean
from inbox.errors import UsageError
from inbox.system import places, programs
from inbox.wording.language import said, tr


def path(arguments: Namespace) -> int:
    """Print where the config is, or would be."""
    print(places.config_path(arguments.config, os.environ))
    return 0


def show(arguments: Namespace) -> int:
    """Print every setting that is in force, defaults too, one a line."""
    held = _in_force(arguments)
    if arguments.json:
        show_json(held)
        return 0
    for key, value in _flat(held):
        print(f"{key} = {_toml(value)}")
    return 0


def get(arguments: Namespace) -> int:
    """Print one setting as it is in force; a text without its quotes."""
    held = _in_force(arguments)
    value: Any = held
    text = _text(arguments)
    for part in _place(arguments, text):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            raise _no_setting(arguments, text) from None
    if arguments.json or isinstance(value, dict | list):
        show_json(value)
    elif isinstance(value, str):
        print(clean(value))
    else:
        print("" if value is None else _toml(value))
    return 0


def set_(arguments: Namespace) -> int:
    """Write one setting, if the config is in order with it. Comments stay."""
    file, text = _file(arguments), _text(arguments)
    try:
        changed = config_edit.with_setting(text, arguments.key, arguments.value, str(file))
    except config_edit.NoSuchKey as error:
        raise UsageError(str(error)) from None
    except ConfigError as error:  # without the lines: they are those of a text that is not in the file
        problems = "; ".join(problem.removeprefix(str(file)).partition(": ")[2] for problem in error.problems)
        raise UsageError(f"nothing was written: {problems}") from None
    if problems := "; ".join(_new_problems(text, changed, str(file))):
        raise UsageError(f"nothing was written: {problems}")
    places.write_whole(file, changed.encode())
    return 0


def _new_problems(before: str, after: str, file: str) -> list[str]:
    """What `inbox check` would name in a changed config, and not in the one before."""
    known = list(config_checks.problems(config_file.parse(before, file)))
    found = config_checks.problems(config_file.parse(after, file))
    return [f"{said(one.where)}: {said(one.wrong)}" for one in found if one not in known]


def edit(arguments: Namespace) -> int:
    """Open the config in $VISUAL or $EDITOR; it is checked before it takes the place of the old one."""
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise UsageError("an editor needs a terminal; scripts say `inbox config set KEY VALUE`")
    file, text = _file(arguments), _text(arguments)
    with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
        copy = Path(folder) / "config.toml"
        copy.write_text(text, "utf-8")
        while True:
            programs.run_in_front(
                [*shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"), str(copy)]
            )
            changed = copy.read_text("utf-8")
            try:
                config_file.parse(changed, str(file))
                wrong = "\n".join(_new_problems(text, changed, str(file)))
            except ConfigError as error:
                wrong = str(error)
            if not wrong:
                break
            print(clean(wrong), file=sys.stderr)
            question = tr("Edit it again? Otherwise it stays as it was. [yes]: ")
            print(question, end="", file=sys.stderr, flush=True)
            if (sys.stdin.readline().strip() or tr("yes"))[:1].lower() not in ("y", tr("yes")[:1]):
                raise UsageError("the config stays as it was")
    if changed != text:
        places.write_whole(file, changed.encode())
    return 0


def _file(arguments: Namespace) -> Path:
    return places.config_path(arguments.config, os.environ)


def _text(arguments: Namespace) -> str:
    """The text of the config. Raises NoConfig, and ConfigError where it is not in order."""
    file = _file(arguments)
    config_file.load(file, os.environ)
    return file.read_text("utf-8-sig").replace("\r\n", "\n")


def _place(arguments: Namespace, text: str) -> lines.Place:
    try:
        return config_edit.place_of(arguments.key, text)
    except config_edit.NoSuchKey:
        raise _no_setting(arguments, text) from None


def _no_setting(arguments: Namespace, text: str) -> UsageError:
    """With the whole key that was probably meant."""
    hint = did_you_mean(arguments.key, config_edit.setting_keys(tomllib.loads(text)))
    hint = hint or tr("; `inbox config show` lists them")
    return UsageError(tr("there is no setting {key}{hint}", key=repr(arguments.key), hint=hint))


def _in_force(arguments: Namespace) -> dict[str, Any]:
    loaded: Config = config_file.load(_file(arguments), os.environ)
    held: dict[str, Any] = msgspec.to_builtins(loaded)
    for account, written in zip(loaded.accounts, held["accounts"], strict=True):
        if account.settings is not None:
            written.update(msgspec.to_builtins(account.settings))
    return held


def _flat(value: dict[str, Any], before: lines.Place = ()) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, member in value.items():
        place: lines.Place = (*before, key)
        if isinstance(member, dict) and member:
            found += _flat(member, place)
        elif isinstance(member, list) and member and isinstance(member[0], dict):
            for at, each in enumerate(member):
                found += _flat(each, (*place, at))
        elif member is not None:
            found.append((lines.dotted(place), member))
    return found


def _toml(value: Any) -> str:
    """A value as it would be written; JSON's text is TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=sys.stdout.isatty()).replace("\x7f", "\\u007f")
