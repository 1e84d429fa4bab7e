"""The accounts of the config: what each is signed in with, and its connection to the platform."""

from __future__ import annotations

import asyncio
import functools
from contextlib import closing
from typing import TYPE_CHECKING

from inbox.accounts import lock, sign_in
from inbox.config.model import Account, token_variable
from inbox.engine import health
from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports import secrets as secrets_ports
from inbox.ports import vault as vault_ports
from inbox.store.sqlite import store as sqlite_store
from inbox.system import places
from inbox.wiring.platforms import platform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from inbox.accounts.sign_in import AccountAccess
    from inbox.adapters.oauth import LiveSignIn
    from inbox.ports.platform import Adapter
    from inbox.ports.secrets import TokenSource
    from inbox.ports.sign_in import Authority, SignIn
    from inbox.ports.vault import WritableVault
    from inbox.wiring.setup import Setup


def account_named(setup: Setup, name: str) -> Account:
    """Return an account of the config by its name. Raises Refused."""
    found = next((a for a in setup.config.accounts if a.name == name), None)
    if found is None:
        known = ", ".join(setup.accounts) or "none"
        raise Refused(f"the config names no account {name}; there are {known}", code="no account")
    return found


def access(setup: Setup, name: str) -> AccountAccess:
    """Return what the account is signed in with, to be changed or looked at. Raises Refused."""
    named = account_named(setup, name)
    return sign_in.AccountAccess(
        account=named,
        authority=authority(setup, name),
        vault=writable(setup),
        note_signed_in=functools.partial(_note_signed_in, setup, name),
        siblings=[a.name for a in setup.config.accounts if a.platform == named.platform and a is not named],
        current=functools.partial(_current, setup, name),
    )


async def _current(setup: Setup, name: str) -> SignIn:
    live = live_sign_in(setup, account_named(setup, name))
    await live.token()
    assert live.kept is not None
    return live.kept


def live_sign_in(setup: Setup, account: Account) -> LiveSignIn:
    """Return what the account is signed in with, renewed when it ends. Reads nothing yet."""
    from inbox.adapters.oauth import LiveSignIn, signed_out

    return LiveSignIn(
        account=account.name,
        vault=writable(setup),
        authority=authority(setup, account.name),
        exclusive=functools.partial(lock.alone, account.name),
        now=setup.clock.now,
        missing=lambda: signed_out(account.name, token_variable(account.name)),
    )


def writable(setup: Setup) -> WritableVault:
    """Return the vault, where it can be written; the demo's cannot. Raises Refused."""
    if not isinstance(setup.vault, vault_ports.WritableVault):
        raise Refused("the demo's accounts are signed in already", next_step="Use accounts of your own.")
    return setup.vault


def authority(setup: Setup, name: str) -> Authority:
    """Return what signing in on the account's platform asks for. Raises Refused."""
    account = account_named(setup, name)
    return platform(account.platform).authority(account, setup.clock)


def _note_signed_in(setup: Setup, name: str, signed_in: bool) -> None:
    """Write it into the account's health at once, and not only after the next reading."""
    if not setup.folder.is_dir():
        return
    with closing(sqlite_store.LocalStore(places.private_folder(setup.folder))) as store:
        health.note_signed_in(store, name, signed_in)


async def open_adapter(setup: Setup, account: Account, token: TokenSource) -> Adapter:
    """Return the account connected and holding its token. Raises AuthExpired where there is none."""
    from inbox.adapters.http import BadAddress, open_client

    offered = platform(account.platform)
    getattr(offered, "loaded", None)  # of another package: Refused where it cannot be loaded
    await token.token()
    try:
        client = open_client(account.api_url or offered.api_url, setup.transports.get(account.name))
    except BadAddress as error:
        raise Refused(f"api_url of {account.name}: {error}", next_step="Correct it in the config.") from None
    return offered.connect(account, client, token, setup.clock)


def token_source(setup: Setup, account: Account) -> TokenSource:
    """Return where the account's token comes from; one without a token says so when it is asked."""
    if isinstance(setup.vault, vault_ports.WritableVault):
        try:
            return live_sign_in(setup, account)
        except PlatformError as error:  # a platform of another package that cannot say how people sign in
            from inbox.wiring.foreign_platform import NoToken

            return NoToken(error)
    return setup.vault.token(account.name) or secrets_ports.Secret("", source="nowhere")


def push_token(setup: Setup, account: Account) -> Callable[[], Awaitable[TokenSource | None]] | None:
    """Return what gives the token of the app for the account's stream; None where none is read."""
    if not getattr(account.settings, "stream", False):
        return None

    async def token() -> TokenSource:
        found = await asyncio.to_thread(setup.vault.token, sign_in.stream_name(account.name))
        if found is None:
            raise AuthExpired(
                f"there is no token of the app for the stream of {account.name}",
                next_step=f"Store it with `inbox login {account.name} --stream`.",
            )
        return found

    return token
