"""Tokens: the environment first, then systemd's credentials, then the keyring (or the encrypted file).

One entry per account. What `inbox login` stores is JSON (access, refresh, expires_at, ...), so that a rotation
is one write; a bare token is an entry too. The first two places are read only.

keyring takes whatever back end it finds, also ones that keep secrets in plain text or silently lose them. So
only the systems' own keyrings are let in, what is written is read back, and there is no fall-back to a file.
Its calls block, on a prompt of the desktop for as long as the user thinks: they run in one thread of their
own with a time limit, and whoever must not wait calls from a thread.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.config.model import secret_variable, token_variable
from inbox.domain.records import replace
from inbox.errors import PlatformError
from inbox.ports import secrets as secrets_ports
from inbox.ports import sign_in as signing_in
from inbox.system import installation
from inbox.system.redact import known

if TYPE_CHECKING:
    from inbox.ports.secrets import Secret
    from inbox.ports.sign_in import SignIn

SERVICE = "inbox"
PATIENCE = 30.0
"""Seconds for one call: time to type the password of the desktop's keyring."""
WINDOWS_LIMIT = 2560
"""Bytes of UTF-16 (CRED_MAX_CREDENTIAL_BLOB_SIZE, Windows documentation, read 2026-11-24)."""

TRUSTED = (
    "keyring.backends.macOS",
    "keyring.backends.Windows",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "inbox.accounts.encrypted_file",
)


class VaultError(PlatformError):
    """The keyring cannot be used. `code` is one of: missing, no-bus, null, plain-text, untrusted,
    not-installed, locked, slow, too-long, lost, read-only, damaged, failed, and for the encrypted file no-passphrase,
    wrong-passphrase, loose-file, no-cryptography, damaged-file. Neither message nor cause holds a secret."""

    kind = "keyring"


class SystemVault:
    """`env` is looked at first; `open_keyring` gives the back end keyring has chosen (default: keyring's own).

    Implements `ports.WritableVault`.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        patience: float = PATIENCE,
        open_keyring: Callable[[], Any] | None = None,
        box: object | None = None,
    ) -> None:
        self._env = env
        self.box = box
        """The encrypted file behind `open_keyring`, for whoever asks for its passphrase."""
        self._patience = patience
        self._open_keyring = open_keyring or _open_keyring
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[Any], Any], str | None]] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def token(self, account: str) -> Secret | None:
        """What goes into the header. None: nobody has stored one. Raises VaultError. Blocks for `patience`
        seconds at most."""
        found = self.sign_in(account)
        return found.access if found else None

    def sign_in(self, account: str) -> SignIn | None:
        """All that is stored for an account; the secret of its app may come from the environment."""
        value, source = self._given(account)
        if not value:
            value = self._ask(lambda keyring: keyring.get_password(SERVICE, account), account) or ""
            source = "keyring"
        if not value:
            return None
        known(value)
        found = _read(value, source, account)
        app_secret = self.app_secret(account)
        return found if app_secret is None else replace(found, app_secret=app_secret)

    def app_secret(self, account: str) -> Secret | None:
        """The secret of the account's app, where the environment or a credential holds it."""
        for value, source in self._outside(secret_variable(account), f"inbox-secret-{account}"):
            known(value)
            return secrets_ports.Secret(value, source)
        return None

    def given(self, account: str) -> str | None:
        """The read-only place an account's token comes from, or None."""
        return self._given(account)[1] or None

    def _given(self, account: str) -> tuple[str, str]:
        return next(self._outside(token_variable(account), f"inbox-token-{account}"), ("", ""))

    def _outside(self, variable: str, credential: str) -> Iterator[tuple[str, str]]:
        """(value, source) of the environment, then of systemd's credentials (systemd.exec, LoadCredential=)."""
        if value := self._env.get(variable, "").strip():
            yield value, "environment"
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        if folder and (value := _file(Path(folder) / credential)):
            yield value, "systemd credentials"

    def keep(self, account: str, sign_in: SignIn) -> None:
        """Store all of it in one write. Raises VaultError, also where a read-only place holds the token: that
        one would go on being used."""
        if self._given(account)[0]:
            raise _trouble("read-only", account, self._given(account)[1])
        self.put(account, secrets_ports.Secret(_written(sign_in)))

    def put(self, account: str, secret: Secret) -> None:
        """Store it, and prove that it is there. Raises VaultError. The environment still comes first."""
        value = secret.reveal()
        known(value)
        _read(value, "keyring", account)

        def store(keyring: Any) -> bool:
            if (
                _module(keyring) == "keyring.backends.Windows"
                and len(value.encode("utf-16-le")) > WINDOWS_LIMIT
            ):
                raise _trouble("too-long", account)
            keyring.set_password(SERVICE, account, value)
            same: bool = keyring.get_password(SERVICE, account) == value
            return same

        if not self._ask(store, account):
            raise _trouble("lost", account)

    def forget(self, account: str) -> bool:
        """Remove it from the keyring; False if there was none. Raises VaultError."""

        def remove(keyring: Any) -> bool:
            if keyring.get_password(SERVICE, account) is None:
                return False
            keyring.delete_password(SERVICE, account)
            return True

        removed: bool = self._ask(remove, account)
        return removed

    def keyring_name(self) -> str:
        """What the secrets lie in, for `inbox check`. Raises VaultError."""
        name: str = self._ask(lambda keyring: str(getattr(keyring, "name", type(keyring).__name__)))
        return name

    # -- the thread that may block -------------------------------------------------------------------------

    def _ask(self, call: Callable[[Any], Any], account: str | None = None) -> Any:
        with self._starting:
            if self._thread is None:
                # a daemon: a prompt nobody answers must not keep the program from ending
                self._thread = threading.Thread(target=self._work, name="inbox-keyring", daemon=True)
                self._thread.start()
        answer: Future[Any] = Future()
        self._calls.put((answer, call, account))
        try:
            return answer.result(self._patience)
        except TimeoutError:
            answer.cancel()
            raise _trouble("slow", account) from None

    def _work(self) -> None:
        while True:
            answer, call, account = self._calls.get()
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(call(_trusted(self._open_keyring())))
            except Exception as error:  # noqa: BLE001 top of a worker: back ends raise whatever they like
                answer.set_exception(self._told(error, account))

    def _told(self, error: Exception, account: str | None) -> VaultError:
        """What to say. The error's own text is left out: nobody knows what a back end puts into it."""
        code = _code(error)
        if code == "missing" and sys.platform == "linux" and not _bus(self._env):
            code = "no-bus"
        return _trouble(code, account, type(error).__name__ if code == "failed" else _foreign(error))


def _written(sign_in: SignIn) -> str:
    """The entry. Short names and no blanks: Windows allows 1280 characters."""
    entry = {
        "access": sign_in.access.reveal(),
        "refresh": sign_in.refresh.reveal() if sign_in.refresh else None,
        "app_secret": sign_in.app_secret.reveal() if sign_in.app_secret else None,
        "expires_at": _seconds(sign_in.expires_at),
        "data_access_until": _seconds(sign_in.data_access_until),
        "scope": " ".join(sign_in.scope) or None,
        "kind": sign_in.kind,
    }
    import json  # here and below: no start waits for it

    return json.dumps(
        {name: value for name, value in entry.items() if value is not None}, separators=(",", ":")
    )


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _read(value: str, source: str, account: str) -> SignIn:
    """An entry: JSON, or a bare token. Raises VaultError for JSON without a token in it."""
    import json

    if not value.lstrip().startswith("{"):
        return signing_in.SignIn(access=secrets_ports.Secret(value, source), source=source)
    try:
        entry = json.loads(value)
    except ValueError:
        entry = {}
    access, refresh, app_secret = (_secret(entry.get(n), source) for n in ("access", "refresh", "app_secret"))
    if access is None:
        raise _trouble("damaged", account, source)
    scope, kind = entry.get("scope"), entry.get("kind")
    return signing_in.SignIn(
        access=access,
        refresh=refresh,
        app_secret=app_secret,
        expires_at=_moment(entry.get("expires_at")),
        data_access_until=_moment(entry.get("data_access_until")),
        scope=tuple(scope.split()) if isinstance(scope, str) else (),
        kind=kind if isinstance(kind, str) else "token",
        source=source,
    )


def _secret(value: object, source: str) -> Secret | None:
    if not isinstance(value, str) or not value:
        return None
    known(value)
    return secrets_ports.Secret(value, source)


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _file(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class _Untrusted(Exception):
    """`str()` is the module of the back end."""


def _open_keyring() -> Any:
    import keyring

    return keyring.get_keyring()


def _module(keyring: object) -> str:
    return type(keyring).__module__


def _trusted(chosen: Any) -> Any:
    """The back end, if it is one of the systems' own; of a chain the first such. Others of it are passed over."""
    chained = _module(chosen) == "keyring.backends.chainer"
    candidates = list(chosen.backends) if chained else [chosen]
    for keyring in candidates:
        if _module(keyring) in TRUSTED:
            return keyring
    raise _Untrusted(_module(candidates[0]) if candidates else "keyring.backends.fail")


def _bus(env: Mapping[str, str]) -> bool:
    """Is there a session bus, over which Linux keyrings are spoken to?"""
    if env.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    runtime = env.get("XDG_RUNTIME_DIR")
    return bool(runtime) and os.path.exists(os.path.join(runtime or "", "bus"))


_CODES = {
    "NoKeyringError": "missing",
    "InitError": "missing",
    "SecretServiceNotAvailableException": "missing",
    "ModuleNotFoundError": "not-installed",
    "ImportError": "not-installed",
    "KeyringLocked": "locked",
    "LockedException": "locked",
    "PromptDismissedException": "locked",
    "NoPassphrase": "no-passphrase",
    "WrongPassphrase": "wrong-passphrase",
    "LooseFile": "loose-file",
    "NoCryptography": "no-cryptography",
    "DamagedFile": "damaged-file",
    "LinkedFile": "linked-file",
    "UnsafeFolder": "unsafe-folder",
    "SharedFolder": "shared-folder",
}


def _code(error: Exception) -> str:
    if isinstance(error, VaultError):
        return error.code or "failed"
    if not isinstance(error, _Untrusted):
        return _CODES.get(type(error).__name__, "failed")
    module = str(error)
    if module == "keyring.backends.fail":
        return "missing"
    if module == "keyring.backends.null":
        return "null"
    return "plain-text" if module.startswith("keyrings.alt") else "untrusted"


def _foreign(error: Exception) -> str:
    return str(error) if isinstance(error, _Untrusted) else ""


_SAID = {
    "missing": ("This machine has no keyring that can be used.", "Start or unlock its keyring service"),
    "no-bus": (
        "There is no session bus, so the keyring is out of reach (usual over ssh and in containers).",
        "Start a session with `dbus-run-session` and a keyring service",
    ),
    "null": (
        "keyring is set to its null back end, which loses what it is given.",
        "Take PYTHON_KEYRING_BACKEND out of the environment and keyringrc.cfg",
    ),
    "plain-text": (
        "keyring would use {what}, which keeps secrets in a file that is not protected.",
        "Uninstall keyrings.alt, or name the system's keyring in PYTHON_KEYRING_BACKEND",
    ),
    "untrusted": (
        "keyring would use {what}, which is not one of the systems' own keyrings.",
        "Name the system's keyring in PYTHON_KEYRING_BACKEND",
    ),
    "not-installed": (
        "keyring is set to a back end that is not installed.",
        "Correct PYTHON_KEYRING_BACKEND or keyringrc.cfg",
    ),
    "locked": ("The keyring is locked.", "Unlock it"),
    "slow": (
        "The keyring did not answer in time; perhaps it waits behind a window for its password.",
        "Answer it and try again",
    ),
    "too-long": (
        f"The Windows credential store holds {WINDOWS_LIMIT} bytes at most, and this token is longer.",
        "Use a token without needless permissions",
    ),
    "lost": (
        "The keyring said it stored the token, but does not give it back.",
        "Look at the keyring of this machine",
    ),
    "read-only": (
        "The token of this account comes from the {what}, which nothing can be written to.",
        "Take it out there, then sign in again",
    ),
    "damaged": ("What the {what} holds for this account is no token.", "Sign in again with `inbox login`"),
    "no-passphrase": (
        "The encrypted file of the tokens needs its passphrase, and there is nobody to ask.",
        "Name a file with it in [vault] passphrase_file, or hand it over as systemd's credential "
        "inbox-vault-passphrase",
    ),
    "wrong-passphrase": ("This is not the passphrase of the encrypted file.", "Try again"),
    "loose-file": (
        "Others on this machine can read the file with the passphrase.",
        "Make it yours alone (chmod 600)",
    ),
    "no-cryptography": (
        "The encrypted file needs the extra `vault`.",
        "Add the extra with {how}",
    ),
    "damaged-file": (
        "The encrypted file of the tokens is damaged.",
        "Remove it and sign in again with `inbox login`",
    ),
    "linked-file": (
        "The encrypted file of the tokens is a link, which is not followed.",
        "Put the file itself there, or name it in [vault] file",
    ),
    "unsafe-folder": (
        "The folder of the encrypted file belongs to somebody else, or cannot be written.",
        "Name a folder of your own in [vault] file",
    ),
    "shared-folder": (
        "The folder for the encrypted file is open to others and holds other things.",
        "Name a file in a folder of its own in [vault] file (such as ~/.config/inbox/sign-in/tokens)",
    ),
    "failed": ("The keyring failed ({what}).", "Look at the keyring of this machine"),
}


NO_KEYRING = frozenset({"missing", "no-bus", "null", "plain-text", "untrusted", "not-installed"})
"""Of the troubles: this machine has no keyring that can be used, and the encrypted file would do."""


def _trouble(code: str, account: str | None, what: str = "") -> VaultError:
    message, step = _SAID[code]
    if code == "no-cryptography":
        step = step.format(how=installation.how_to_add("vault"))
    if code == "read-only":
        return VaultError(message.format(what=what), next_step=f"{step}.", code=code)
    if code in NO_KEYRING:
        step = f"{step}, or keep tokens in an encrypted file (inbox config set vault.kind file)"
    variable = token_variable(account) if account else "INBOX_TOKEN_<ACCOUNT>"
    return VaultError(
        message.format(what=what), next_step=f"{step}, or set {variable} in the environment.", code=code
    )
