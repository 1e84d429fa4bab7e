"""Where the tokens of accounts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from inbox.ports.secrets import Secret
    from inbox.ports.sign_in import SignIn


class Vault(Protocol):
    """Tokens by account name. `source` says where one came from, for `accounts` and `check`."""

    def token(self, account: str) -> Secret | None: ...


@runtime_checkable
class WritableVault(Vault, Protocol):
    """A vault that also keeps what an account is signed in with. All methods block and raise VaultError, which
    is a PlatformError."""

    def given(self, account: str) -> str | None:
        """The read-only place the token comes from (environment, systemd credentials), or None."""
        ...

    def app_secret(self, account: str) -> Secret | None:
        """The secret of the account's app, where a read-only place holds it."""
        ...

    def put(self, account: str, secret: Secret) -> None: ...
    def forget(self, account: str) -> bool: ...
    def keyring_name(self) -> str:
        """What the secrets lie in, in words."""
        ...

    def sign_in(self, account: str) -> SignIn | None: ...
    def keep(self, account: str, sign_in: SignIn) -> None:
        """Durable, and read back, when it returns."""
        ...
