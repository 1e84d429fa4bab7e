"""Tokens in one encrypted file, for servers without a keyring (the extra `vault`).

A back end as keyring knows them, so that `inbox.vault` treats it like any other: in its thread, with a time limit,
read back after each write. The key is made from a passphrase with scrypt; what is written replaces the file whole.

    {"version": 1, "work": scrypt's n, "salt": base64, "sealed": a Fernet token of {"account": "entry", ...}}
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.domain.records import Record

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

from inbox.places import write_whole
from inbox.redact import known

VERSION = 1
CREDENTIAL = "inbox-vault-passphrase"
SALT_BYTES = 16
WORK = 2**15
"""scrypt's n for a new file, with r=8, p=1: 32 MB and about 0.1 s for each guess. Each file names its own."""
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


class Passphrase:
    """Where the passphrase comes from: a file, systemd's credential, or `said`, set by whoever asked a person."""

    def __init__(self, file: Path | None, env: Mapping[str, str]) -> None:
        folder = env.get("CREDENTIALS_DIRECTORY")
        self._files = [file] if file else [Path(folder) / CREDENTIAL] if folder else []
        self.said: str | None = None

    def __call__(self) -> str | None:
        for path in self._files:
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
        return self.said is None and not any(path.is_file() for path in self._files)


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
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
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
        lock = self._box[0] if self._box else Lock(os.urandom(SALT_BYTES), WORK)
        sealed = self._key(lock).encrypt(json.dumps(entries).encode())
        whole = {
            "version": VERSION,
            "work": lock.work,
            "salt": base64.b64encode(lock.salt).decode(),
            "sealed": sealed.decode(),
        }
        write_whole(self.path, json.dumps(whole).encode())

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


def _parts(raw: bytes) -> tuple[Lock, bytes]:
    try:
        whole: Any = json.loads(raw)
        work, salt = whole["work"], base64.b64decode(whole["salt"], validate=True)
        if whole["version"] != VERSION or work not in _WORKS or len(salt) < SALT_BYTES:
            raise DamagedFile
        return Lock(salt, work), whole["sealed"].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedFile from None
