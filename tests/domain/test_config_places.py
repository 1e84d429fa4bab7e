"""Where config and data lie, and what the example holds."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import platformdirs
import pytest

from inbox.config import file, platforms
from inbox.config.model import Account, Config
from inbox.system import places, windows_zones

# -- folders -----------------------------------------------------------------------------------------------


def test_the_command_line_comes_before_the_environment_before_the_users_folder(tmp_path: Path) -> None:
    given, env = tmp_path / "given", {"INBOX_CONFIG": "/e/c.toml", "INBOX_DATA": "/e/data"}
    assert places.config_path(given, env) == given == places.data_path(given, env)
    assert places.config_path(None, env) == Path("/e/c.toml")
    assert places.data_path(None, env) == Path("/e/data")
    assert places.config_path(None, {}).parts[-2:] == ("inbox", "config.toml")
    assert "inbox" in places.data_path(None, {}).parts


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    """What customers wrote in private lies there."""
    assert mode(places.private_folder(tmp_path / "a" / "inbox")) == 0o700


def test_a_folder_that_others_can_read_is_narrowed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(places.private_folder(tmp_path)) == 0o700


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They could read it, or put another database in its place."""
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(places.UnsafePlace, match="belongs to another user"):
        places.private_folder(tmp_path)


def test_a_link_of_ones_own_is_followed(tmp_path: Path) -> None:
    """A data folder on another disk is a usual thing."""
    target = tmp_path / "disk"
    target.mkdir()
    link = tmp_path / "data"
    link.symlink_to(target)
    places.private_folder(link)
    assert mode(target) == 0o700


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(places.UnsafePlace, match="is a file"):
        places.private_folder(path)


def test_a_folder_that_takes_nothing_is_told_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when the first draft is lost."""

    def full(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(places.UnsafePlace, match="Read-only file system"):
        places.private_folder(tmp_path)


# -- the example -------------------------------------------------------------------------------------------

SETTING = re.compile(r"^#(?=[^\s#])", re.MULTILINE)


def uncommented() -> str:
    return SETTING.sub("", places.example())


def test_the_example_loads_as_it_is_and_changes_nothing() -> None:
    """Whoever runs `inbox init` and touches nothing has the defaults."""
    assert file.parse(places.example()) == Config()


def test_the_example_with_every_setting_taken_loads_too() -> None:
    """A commented setting nobody can uncomment is worse than none."""
    got = file.parse(uncommented())
    assert [account.platform for account in got.accounts] == ["twitter", "facebook"]
    assert got.accounts[0].settings.searches[0].name == "brand"


def records(kind: Any) -> list[type[msgspec.Struct]]:
    inner = [record for part in get_args(kind) for record in records(part)]
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return inner
    return [kind, *(record for hint in get_type_hints(kind).values() for record in records(hint))]


def seen(kind: Any, value: Any) -> set[tuple[str, str]]:
    """Record and key of everything that `value` names."""
    if get_origin(kind) is dict and get_args(kind)[1:] and records(get_args(kind)[1]):
        return {found for part in value.values() for found in seen(get_args(kind)[1], part)}
    if isinstance(value, list):
        return {found for part in value for item in get_args(kind) for found in seen(item, part)}
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return set()
    hints = get_type_hints(kind)
    own = {(kind.__name__, key) for key in value}
    return own | {found for key, part in value.items() for found in seen(hints[key], part)}


def test_the_example_names_every_key_of_every_record() -> None:
    """A setting that stands nowhere does not exist for its users."""
    example = tomllib.loads(uncommented())
    named = set()
    for account in example["accounts"]:
        own = {key: account.pop(key) for key in list(account) if key not in Account.__struct_fields__}
        declared = platforms.declaration(account["platform"])
        assert declared is not None
        every = {
            (kind.__name__, key) for kind in records(declared.settings) for key in kind.__struct_fields__
        }
        assert every - seen(declared.settings, own) == set()
        named |= {("Account", key) for key in account}
    every = {(record.__name__, field) for record in records(Config) for field in record.__struct_fields__}
    assert every - named - seen(Config, example) == set()


def test_what_the_example_calls_a_default_is_one() -> None:
    got, default = file.parse(uncommented()), Config()
    assert (got.agent, got.backfill, got.history) == (default.agent, default.backfill, default.history)
    assert got.service.hours == default.service.hours
    got.screen.themes = default.screen.themes
    got.screen.language, got.screen.quiet = default.screen.language, default.screen.quiet
    assert (got.sending, got.screen) == (default.sending, default.screen)
    for name in ("first", "next", "warn_before"):
        assert getattr(got.timers, name) == getattr(default.timers, name)


def test_init_writes_a_private_file_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    places.write_config(path, places.example())
    assert mode(path) == 0o600
    assert file.load(path, {}) == Config()


def test_init_never_touches_a_config_that_exists(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('agent = "ann"')
    with pytest.raises(FileExistsError, match="exists already"):
        places.write_config(path, places.example())
    assert path.read_text() == 'agent = "ann"'


# -- time zone of the machine ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"])
def test_tz_names_the_zone(name: str) -> None:
    assert places.system_zone({"TZ": name}) == (ZoneInfo("Europe/Berlin"), None)


def test_a_zone_written_as_a_rule_is_told() -> None:
    """`CET-1CEST` knows no history; silently wrong hours would be worse than UTC with a note."""
    zone, note = places.system_zone({"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"})
    assert zone.key == "UTC"
    assert note is not None
    assert "service.timezone" in note


def test_the_link_of_the_machine_names_the_zone(tmp_path: Path) -> None:
    target = tmp_path / "zoneinfo" / "Europe" / "Berlin"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"")
    link = tmp_path / "localtime"
    link.symlink_to(target)
    assert places.system_zone({}, link) == (ZoneInfo("Europe/Berlin"), None)


def test_a_copied_zone_file_is_used_for_its_rules(tmp_path: Path) -> None:
    from datetime import datetime

    source = Path("/usr/share/zoneinfo/Europe/Berlin")
    if not source.exists():
        pytest.skip("this machine keeps no zone files")
    copy = tmp_path / "localtime"
    copy.write_bytes(source.read_bytes())
    zone, note = places.system_zone({}, copy)
    assert note is None
    assert (
        datetime(2026, 7, 1, 12, tzinfo=zone).utcoffset()
        == datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    )


def test_a_machine_without_a_zone_gets_utc_and_a_note(tmp_path: Path) -> None:
    zone, note = places.system_zone({}, tmp_path / "none")
    assert zone.key == "UTC"
    assert note is not None
    assert "names no time zone" in note


class Registry:
    """A stand-in for `winreg` that names a zone, or holds none."""

    HKEY_LOCAL_MACHINE = 0

    def __init__(self, name: str | None) -> None:
        self.name = name

    def OpenKey(self, root: int, key: str) -> AbstractContextManager[str]:  # Windows' name
        return nullcontext(key)

    def QueryValueEx(self, key: str, name: str) -> tuple[str, int]:
        assert (key, name) == (windows_zones.KEY, "TimeZoneKeyName")
        if self.name is None:
            raise FileNotFoundError(2, "not there")
        return self.name, 1


@pytest.mark.parametrize(
    ("name", "zone", "noted"),
    [
        ("W. Europe Standard Time", "Europe/Berlin", False),
        ("GMT Standard Time", "Europe/London", False),
        ("W. Europe Standard Time\0\0left from before", "Europe/Berlin", False),
        ("A Zone of Tomorrow", "UTC", True),
        (None, "UTC", True),
    ],
)
def test_windows_names_the_zone_in_its_registry(
    monkeypatch: pytest.MonkeyPatch, name: str | None, zone: str, noted: bool
) -> None:
    """Service hours in UTC would be hours off, on every machine with Windows, without a word."""
    monkeypatch.setattr(places.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", Registry(name))  # type: ignore[arg-type]  # two functions of it
    found, note = places.system_zone({})
    assert (found.key, note is not None) == (zone, noted)


def test_every_zone_of_windows_is_one_that_python_knows() -> None:
    for zone in set(windows_zones.ZONES.values()):
        ZoneInfo(zone)
    assert len(windows_zones.ZONES) > 130


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked itself")
@pytest.mark.parametrize(
    "env",
    [
        {},
        {"XDG_CONFIG_HOME": "/srv/settings", "XDG_DATA_HOME": "/srv/data"},
        {"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "  "},
    ],
    ids=["unset", "set", "empty"],
)
def test_the_folders_are_those_of_the_system(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that knows them: a completion has no time to import it. An inbox must not lose its store by it."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert (
        places.config_path(None, env)
        == platformdirs.user_config_path("inbox", appauthor=False) / "config.toml"
    )
    assert places.data_path(None, env) == platformdirs.user_data_path("inbox", appauthor=False)
