"""Where things are on this machine: the config file, the data folder, the example, the time zone."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PROGRAM = "inbox"
EXAMPLE = "config.example.toml"
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LOCALTIME = Path("/etc/localtime")


class UnsafePlace(Exception):
    """A folder or file that must not be used as it is; the message says why and what to do."""


def config_path(given: Path | None, env: Mapping[str, str]) -> Path:
    """`--config`, then `INBOX_CONFIG`, then the user's config folder."""
    if chosen := given or env.get("INBOX_CONFIG"):
        return Path(chosen).expanduser()
    if _has_xdg_folders(env):
        return _xdg(env, "XDG_CONFIG_HOME", "~/.config") / "config.toml"
    from platformdirs import user_config_path

    return user_config_path(PROGRAM, appauthor=False) / "config.toml"


def data_path(given: Path | None, env: Mapping[str, str]) -> Path:
    """`--data`, then `INBOX_DATA`, then the user's data folder. Nothing is made yet: see `private_folder`."""
    if chosen := given or env.get("INBOX_DATA"):
        return Path(chosen).expanduser()
    return _user_data(env)


def _user_data(env: Mapping[str, str]) -> Path:
    if _has_xdg_folders(env):
        return _xdg(env, "XDG_DATA_HOME", "~/.local/share")
    from platformdirs import user_data_path

    return user_data_path(PROGRAM, appauthor=False)


def _has_xdg_folders(env: Mapping[str, str]) -> bool:
    """Whether the rule is short enough to do without `platformdirs`, which takes longer than a completion may."""
    return sys.platform == "linux" and "ANDROID_DATA" not in env


def _xdg(env: Mapping[str, str], variable: str, usual: str) -> Path:
    named = env.get(variable, "")
    return Path(named if named.strip() else usual).expanduser() / PROGRAM


def sign_in_folder() -> Path:
    """Locks between processes that renew a sign-in, and the encrypted file: one place for the user, whatever
    `--data` says, because the keyring is one for the user too. Raises UnsafePlace."""
    return private_folder(_user_data(os.environ) / "sign-in")


def private_folder(path: Path) -> Path:
    """Make the folder, for its owner only; narrow one that others can read. Raises UnsafePlace.

    What customers wrote lies there. A folder of another user is refused (they could read or swap what is in
    it), and so is a link somebody else made.
    """
    import tempfile

    try:
        make_folder(path)
        link, folder = path.lstat(), path.stat()
        if hasattr(os, "getuid"):
            if {link.st_uid, folder.st_uid} != {os.getuid()}:
                raise UnsafePlace(f"{path} belongs to another user; name a folder of your own with --data")
            if stat.S_IMODE(folder.st_mode) & 0o077:
                path.chmod(PRIVATE_FOLDER)
        with _although_full(), tempfile.TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise UnsafePlace(
            f"{path} is a file; a folder is needed there, or name another with --data"
        ) from None
    except OSError as error:
        raise UnsafePlace(
            f"{path} cannot be used: {error.strerror}; fix that or name another folder with --data"
        ) from None
    return path


@contextmanager
def _although_full() -> Iterator[None]:
    """A full disk makes no folder unsafe: it can be read, and written again once there is room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def example() -> str:
    """The commented config. In a wheel it lies inside the package, in a checkout beside it."""
    from importlib.resources import files

    packed = files("inbox") / EXAMPLE
    beside = Path(__file__).resolve().parents[2] / EXAMPLE
    return (packed if packed.is_file() else beside).read_text("utf-8")


def write_config(path: Path, text: str) -> None:
    """Write a first config, for its owner only.

    Raises FileExistsError where there is one (it is never touched), UnsafePlace where it cannot be written.
    """
    if os.path.lexists(path):
        raise FileExistsError(f"{path} exists already and stays as it is")
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UnsafePlace(f"{path} cannot be written: {error.strerror}") from None


def system_zone(env: Mapping[str, str], localtime: Path = LOCALTIME) -> tuple[ZoneInfo, str | None]:
    """The zone of this machine: `TZ`, then /etc/localtime or the registry of Windows. UTC with a note where neither says.

    A zone without a name (a copied file) is used as it is: its rules are right.
    """
    from zoneinfo import ZoneInfo

    name = env.get("TZ", "").removeprefix(":")
    if name:
        try:
            return ZoneInfo(_after_zoneinfo(name)), None
        except (KeyError, ValueError, OSError):
            return ZoneInfo(
                "UTC"
            ), f"TZ={name} is no IANA time zone, so service hours are read as UTC; {_MEND}"
    if sys.platform == "win32":
        return _zone_of_windows()
    try:
        return ZoneInfo(_after_zoneinfo(str(localtime.resolve(strict=True)))), None
    except (KeyError, ValueError, OSError):
        pass
    try:
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime"), None
    except (ValueError, OSError):
        return _no_zone()


def _zone_of_windows() -> tuple[ZoneInfo, str | None]:
    from zoneinfo import ZoneInfo

    from inbox.system import windows_zones

    try:
        name = windows_zones.named()
        return (ZoneInfo(name), None) if name else _no_zone()
    except (KeyError, ValueError, OSError):  # no data of zones: the package `tzdata` is missing
        return _no_zone()


def _no_zone() -> tuple[ZoneInfo, str]:
    from zoneinfo import ZoneInfo

    return ZoneInfo("UTC"), f"this machine names no time zone, so service hours are read as UTC; {_MEND}"


_MEND = 'set service.timezone in the config, for example "Europe/Berlin"'


def _after_zoneinfo(path: str) -> str:
    """`/usr/share/zoneinfo/Europe/Berlin` is `Europe/Berlin`; `posix/` and `right/` are copies of the same."""
    name = path.rpartition("zoneinfo/")[2]
    return name.removeprefix("posix/").removeprefix("right/")


# -- what outlasts a power cut --------------------------------------------------------------------------------


def write_whole(path: Path, raw: bytes) -> None:
    """Let the file, private and its folder made where missing, hold `raw`: after a cut the old content or this."""
    make_folder(path.parent)
    # A name nobody can guess, and no file or link that is there already: what is written must end up in ours alone.
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(beside, flags, PRIVATE_FILE), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """The folder, for its owner only, with all above it. One that is there stays as it is."""
    if path.is_dir():
        return
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    for folder in reversed(made):
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
