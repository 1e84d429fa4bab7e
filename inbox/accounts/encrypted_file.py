"""Tokens in one encrypted file, for servers without a keyring (the extra `vault`).

A back end as keyring knows them, so that `inbox.accounts.vault` treats it like any other: in its thread, with a time limit,
read back after each write. The key is made from a passphrase with scrypt; what is written replaces the file whole.

    {"version": 1, "work": scrypt's n, "salt": base64, "sealed": a Fernet token of {"account": "entry", ...}, "sum": CRC-32}

`sum` tells damage from a wrong passphrase; files of earlier versions have none.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.domain.records import Record

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

from inbox.system.places import UnsafePlace, private_folder, write_whole
from inbox.system.redact import known

VERSION = 1
CREDENTIAL = "inbox-vault-passphrase"
SALT_BYTES = 16
WORK = 2**17
"""scrypt's n for what is written, with r=8, p=1: 128 MB and about 0.4 s for each guess (OWASP's password storage cheat
sheet). Each file names its own; one with less is read, and written with this."""
LONGEST = 16 * 2**20
"""Bytes of a file that are read."""
MOST_WORK = 2**20
"""A file that asks for more is no file of ours: it would take a gigabyte."""


_WORKS = frozenset(2**bits for bits in range(10, MOST_WORK.bit_length()))


class Lock(Record):
    """What, beside the passphrase, the key is made from."""

    salt: bytes
    work: int


class NoPassphrase(Exception):
    pass


class WrongPassphrase(Exception):
    pass


class LooseFile(Exception):
    """Others can read the file with the passphrase."""


class NoCryptography(Exception):
    pass


class DamagedFile(Exception):
    pass


class LinkedFile(Exception):
    """The file is a link: whoever made it decides what is read."""


class UnsafeFolder(Exception):
    """The file's folder is somebody else's, or cannot be used."""


class SharedFolder(Exception):
    """The file's folder is open to others and holds other things, so it is not ours to close."""


class Passphrase:
    """Where the passphrase comes from: a file, systemd's credential, or `said`, set by whoever asked a person."""

    def __init__(self, file: Path | None, env: Mapping[str, str]) -> None:
        folder = env.get("CREDENTIALS_DIRECTORY")
        self.files = [file] if file else [Path(folder) / CREDENTIAL] if folder else []
        self.said: str | None = None

    def __call__(self) -> str | None:
        for path in self.files:
            try:
                with path.open("rb") as file:
                    if hasattr(os, "getuid") and os.fstat(file.fileno()).st_mode & 0o077:
                        raise LooseFile
                    return file.read().decode().rstrip("\r\n")
            except OSError:
                continue
        return self.said

    @property
    def unknown(self) -> bool:
        """Whether somebody has to be asked."""
        return self.said is None and not any(path.is_file() for path in self.files)


class EncryptedFile:
    """`passphrase` is asked once, when it is first needed; None from it means that nobody can tell. `exclusive`
    keeps other processes from writing the file meanwhile."""

    name = "encrypted file"

    def __init__(
        self,
        path: Path,
        passphrase: Passphrase,
        exclusive: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.path = path
        self.passphrase = passphrase
        self._exclusive = exclusive
        self._box: tuple[Lock, Fernet] | None = None

    def get_password(self, service: str, account: str) -> str | None:
        return self._load().get(account)

    def set_password(self, service: str, account: str, value: str) -> None:
        with self._exclusive():
            self._store({**self._load(), account: value})

    def delete_password(self, service: str, account: str) -> None:
        with self._exclusive():
            self._store({name: value for name, value in self._load().items() if name != account})

    def _load(self) -> dict[str, str]:
        raw = _read(self.path)
        if raw is None:
            return {}
        lock, sealed = _parts(raw)
        fernet = self._key(lock)
        from cryptography.fernet import InvalidToken

        try:
            found: dict[str, str] = json.loads(fernet.decrypt(sealed))
        except InvalidToken:
            self._box = None
            raise WrongPassphrase from None
        except ValueError:
            raise DamagedFile from None
        return found

    def _store(self, entries: dict[str, str]) -> None:
        kept = self._box is not None and self._box[0].work >= WORK
        lock = self._box[0] if self._box and kept else Lock(os.urandom(SALT_BYTES), WORK)
        sealed = self._key(lock).encrypt(json.dumps(entries).encode())
        whole: dict[str, Any] = {
            "version": VERSION,
            "work": lock.work,
            "salt": base64.b64encode(lock.salt).decode(),
            "sealed": sealed.decode(),
        }
        whole["sum"] = _sum(whole)
        self._check_folder()
        write_whole(self.path, json.dumps(whole).encode())

    def _check_folder(self) -> None:
        """Make the folder, or close it to others where it is the file's own. Raises UnsafeFolder, SharedFolder.

        A folder with other things in it (a home folder) is never closed: other programs may need to read there. A
        file that is in one already is still written, as it is sealed and ours alone: refusing would lose a token
        that was just renewed.
        """
        folder = self.path.parent
        if _open_to_others(folder) and not self._owns(folder):
            if not self.path.exists():
                raise SharedFolder
            return
        try:
            private_folder(folder)
        except UnsafePlace:
            raise UnsafeFolder from None

    def _owns(self, folder: Path) -> bool:
        """Whether nothing is in the folder but what belongs to this file."""
        ours = {file.name for file in self.passphrase.files if file.parent == folder}
        try:
            if folder.samefile(Path.home()):
                return False
            return all(
                one.lstrip(".").startswith(self.path.name) or one in ours for one in os.listdir(folder)
            )
        except (OSError, RuntimeError):
            return False

    def _key(self, lock: Lock) -> Fernet:
        if self._box is not None and self._box[0] == lock:
            return self._box[1]
        try:
            from cryptography.fernet import Fernet
            from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
        except ImportError:
            raise NoCryptography from None
        passphrase = self.passphrase()
        if not passphrase:
            raise NoPassphrase
        known(passphrase)
        key = Scrypt(salt=lock.salt, length=32, n=lock.work, r=8, p=1).derive(passphrase.encode())
        fernet = Fernet(base64.urlsafe_b64encode(key))
        self._box = (lock, fernet)
        return fernet


def _open_to_others(folder: Path) -> bool:
    """Whether the folder is there, is ours, and its mode lets others in."""
    try:
        found = folder.stat()
    except OSError:
        return False
    ours = hasattr(os, "getuid") and found.st_uid == os.getuid()
    return ours and stat.S_ISDIR(found.st_mode) and bool(stat.S_IMODE(found.st_mode) & 0o077)


def _read(path: Path) -> bytes | None:
    """The file, never through a link; None where there is none. Raises LinkedFile, DamagedFile, OSError."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink():
            raise LinkedFile from None
        raise
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise DamagedFile
        return file.read(LONGEST)


def _sum(whole: Mapping[str, Any]) -> int:
    return zlib.crc32(f"{whole['work']}:{whole['salt']}:{whole['sealed']}".encode())


def _parts(raw: bytes) -> tuple[Lock, bytes]:
    try:
        whole: Any = json.loads(raw)
        work, salt = whole["work"], base64.b64decode(whole["salt"], validate=True)
        if "sum" in whole and whole["sum"] != _sum(whole):
            raise DamagedFile
        if whole["version"] != VERSION or work not in _WORKS or len(salt) < SALT_BYTES:
            raise DamagedFile
        return Lock(salt, work), whole["sealed"].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedFile from None
