"""Signing an account in and out, keeping a token made elsewhere, and asking whether what is kept works."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inbox.accounts import lock
from inbox.config.model import Account, token_variable
from inbox.domain.records import Record, replace
from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports import sign_in as sign_in_ports

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from inbox.ports.secrets import Secret
    from inbox.ports.sign_in import Authority, Dialogue, SignIn, TokenCheck, Way
    from inbox.ports.vault import WritableVault


class AccountAccess(Record, kw_only=True):
    """What one account is signed in with: where it is kept, who gives it out, and who must know of changes.

    For the command line and for the screen, which calls the coroutines on an event loop of its own.
    """

    account: Account
    authority: Authority
    vault: WritableVault
    note_signed_in: Callable[[bool], None]
    """Writes into the account's health whether it is signed in. Blocks."""
    siblings: Sequence[str] = ()
    """Other accounts on the same platform, whose access may depend on the same consent."""
    current: Callable[[], Awaitable[SignIn]]
    """Returns what is kept, renewed if it had ended. Raises AuthExpired."""

    @property
    def name(self) -> str:
        return self.account.name

    async def sign_in(self, dialogue: Dialogue, way: Way, app_secret: Secret | None = None) -> TokenCheck:
        """Sign the account in with a person's help, store it, and look whether it works.

        The vault is opened first: nobody shall agree in a browser to something that cannot be kept. Raises the
        PlatformError family; nothing is stored then.
        """
        if way not in self.authority.ways:
            raise Refused(
                f"{self.account.platform} has no sign-in of this kind ({way})",
                next_step=f"It has: {', '.join(self.authority.ways)}.",
            )
        before = await asyncio.to_thread(self._openable)
        stored_secret = await asyncio.to_thread(self.vault.app_secret, self.name)
        app_secret = app_secret or stored_secret or (before.app_secret if before else None)
        found = await self.authority.sign_in(way, dialogue, app_secret)
        # what the environment holds is not copied out of it
        kept = found if stored_secret is None else replace(found, app_secret=None)
        await asyncio.to_thread(self._keep, kept)
        await asyncio.to_thread(self.note_signed_in, True)
        try:
            return await self.authority.check(found)
        except PlatformError as error:
            unseen = f"whether it works could not be seen: {error.message}"
            return sign_in_ports.TokenCheck(
                valid=False, kind=found.kind, problem=unseen, mend="Look again with `inbox check`."
            )

    def _openable(self) -> SignIn | None:
        place = self.vault.given(self.name)
        if place is not None:
            raise Refused(
                f"the token of {self.name} comes from the {place}, which would go on being used",
                next_step=f"Take {token_variable(self.name)} (or the credential) away first.",
            )
        before = self.vault.sign_in(self.name)
        if before is None:
            self.vault.keyring_name()
        return before

    def _keep(self, found: SignIn) -> None:
        with lock.alone(self.name):
            self.vault.keep(self.name, found)

    async def refused(self, token: Secret) -> str | None:
        """Return why the platform does not take a token that was made elsewhere, in words. None where it takes it, and
        where it could not be asked: a machine without a network may be prepared."""
        try:
            found = await self.authority.check(sign_in_ports.SignIn(access=token))
        except AuthExpired as error:
            return error.message
        except PlatformError:
            return None
        return None if found.valid else found.problem or "the platform does not take it"

    def keep_token(self, token: Secret) -> str:
        """Store a token as it is; returns the name of the vault. Blocks. Raises VaultError, Refused."""
        return self._put(self.name, token)

    def keep_stream_token(self, token: Secret) -> str:
        """Store the token of the app, for the stream, as `keep_token` does."""
        return self._put(stream_name(self.name), token)

    def _put(self, under: str, token: Secret) -> str:
        with lock.alone(self.name):
            self.vault.put(under, token)
        return self.vault.keyring_name()

    async def sign_out(self) -> list[str]:
        """Withdraw the sign-in on the platform, then forget it; returns in words what was done. What cannot be
        withdrawn (no network, dead already) is forgotten all the same. Raises VaultError."""
        kept = await asyncio.to_thread(self.vault.sign_in, self.name)
        if kept is None:
            return [f"There was no token for {self.name}."]
        said = [await self._withdraw(kept)]
        given = self.vault.given(self.name)
        if given is not None:
            return [*said, f"It is in the {given}: remove it there."]
        await asyncio.to_thread(self._forget)
        await asyncio.to_thread(self.note_signed_in, False)
        return [*said, f"The token of {self.name} is forgotten."]

    def _forget(self) -> None:
        with lock.alone(self.name):
            self.vault.forget(self.name)
            self.vault.forget(stream_name(self.name))

    async def _withdraw(self, kept: SignIn) -> str:
        shared = kept.kind == "page" and [
            name for name in self.siblings if await asyncio.to_thread(self.vault.token, name) is not None
        ]
        if shared:
            return (
                f"Nothing was withdrawn on the platform: that would sign out {', '.join(shared)} too. "
                "Remove the Page from the app under Business integrations in the settings of the Facebook account."
            )
        try:
            return await self.authority.revoke(kept)
        except PlatformError as error:
            return f"The platform could not be told ({error.message}); withdraw the app in its settings to be sure."

    async def check(self) -> TokenCheck:
        """Return what the platform says about the account's token; an ended one is renewed first. Raises the
        PlatformError family."""
        return await self.authority.check(await self.current())


def stream_name(account: str) -> str:
    """Return the name under which the vault keeps the token of the app, for X's stream."""
    return f"{account}.stream"
