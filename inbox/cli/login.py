"""Signing in and out on a terminal, also over ssh.

Everything a person reads here goes to standard error, so that a script's standard output stays its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from getpass import getpass

from inbox.adapters.oauth import no_app
from inbox.cli.encrypted_file_offer import with_place_for_tokens
from inbox.cli.exit_status import PROBLEM
from inbox.cli.open_desk import set_up, unlock
from inbox.cli.questions import say
from inbox.cli.usage import known_account
from inbox.config import checks
from inbox.config.platforms import BUILT_IN
from inbox.domain.text import clean
from inbox.errors import Refused, UsageError
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import Authority, TokenCheck, Way
from inbox.system import programs
from inbox.system.redact import known
from inbox.wiring import accounts
from inbox.wiring.setup import Setup
from inbox.wording.language import said, tr


def login(arguments: Namespace) -> int:
    """Sign an account in, or store a token that was made elsewhere. Raises UsageError before anything is asked of a platform."""
    setup = set_up(arguments)
    known_account(setup, arguments.account)
    platform = setup.accounts[arguments.account]
    if arguments.stream and not checks.offers(platform, "stream"):
        raise UsageError(
            f"{arguments.account} is an account of {platform}, which has no stream to sign in to"
        )
    way = None if arguments.token or arguments.stream else _way(setup, arguments)
    if way is not None and setup.config.vault.kind == "file":
        _need_app(setup, arguments.account)  # before a passphrase is chosen
    unlock(setup)
    setup = with_place_for_tokens(arguments, setup)
    if way is None:
        return _store(setup, arguments.account, stream=arguments.stream)
    _need_app(setup, arguments.account)
    authority = accounts.authority(setup, arguments.account)
    _explain(authority, way)
    app_secret = _app_secret(setup, arguments.account) if arguments.app_secret else None
    found = asyncio.run(accounts.access(setup, arguments.account).sign_in(Terminal(), way, app_secret))
    return _tell(arguments.account, found)


def _way(setup: Setup, arguments: Namespace) -> Way:
    """How the account is going to be signed in. Raises UsageError where its platform knows no such way."""
    platform, way = setup.accounts[arguments.account], arguments.way or usual_way(os.environ)
    ways = accounts.authority(setup, arguments.account).ways
    if way not in ways:
        raise UsageError(f"{platform} has no sign-in of this kind ({way}); it has: {', '.join(ways)}")
    return way


def _need_app(setup: Setup, name: str) -> None:
    """Raise Refused where the config does not name the app that asks: the permissions need not be read then."""
    account = next(one for one in setup.config.accounts if one.name == name)
    if account.client_id is None and account.platform in BUILT_IN:
        raise no_app(name)


def _store(setup: Setup, account: str, *, stream: bool) -> int:
    """A token made elsewhere, taken as it is."""
    value = getpass(tr("Token (the input stays hidden): ")) if sys.stdin.isatty() else sys.stdin.read()
    value = value.strip()
    known(value)
    if not value or any(c.isspace() for c in value):
        raise UsageError("standard input must hold the token and nothing else")
    access = accounts.access(setup, account)
    if not stream:
        refused = asyncio.run(access.refused(Secret(value)))
        if refused:
            say(tr("Nothing is stored: {problem}", problem=said(refused)))
            return PROBLEM
    keep = access.keep_stream_token if stream else access.keep_token
    place = keep(Secret(value))
    kept = (
        "The token of {account} for its stream is stored ({place})."
        if stream
        else "The token of {account} is stored ({place})."
    )
    print(tr(kept, account=account, place=said(place)))
    return 0


def _app_secret(setup: Setup, account: str) -> Secret:
    value = Terminal().hidden("Secret of the app (the input stays hidden): ").strip()
    if not value:
        raise UsageError("nothing was given")
    known(value)
    return Secret(value)


def usual_way(env: Mapping[str, str]) -> Way:
    """The browser of this machine, or somebody else's."""
    return "browser" if browser_here(env) else "paste"


def browser_here(env: Mapping[str, str]) -> bool:
    """Is there a browser the person sees? One of a text terminal would draw over us, and over ssh it would open
    on a machine nobody sits at."""
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def _explain(authority: Authority, way: Way) -> None:
    """What is going to be asked for, and why, before any page opens."""
    if not authority.permissions:
        return
    say(tr("The platform will ask you to let this inbox:"))
    width = max((len(p.scope) for p in authority.permissions), default=0)
    for permission in authority.permissions:
        say(f"  {permission.scope:<{width}}  {said(permission.reason)}")
    if way != "device":
        say(tr("Your app must know these redirect addresses, word for word:"))
        for address in authority.redirects:
            say(f"  {address}")


def _tell(account: str, found: TokenCheck) -> int:
    if not found.valid or found.problem:
        problem = found.problem or "the platform does not take it, without a reason"
        say(tr("{account} is stored, but: {problem}", account=account, problem=said(problem)))
        if found.mend:
            say(said(found.mend))
        return PROBLEM
    owned = "{account} is signed in as {owner}." if found.owner else "{account} is signed in."
    print(clean(tr(owned, account=account, owner=found.owner), one_line=True))
    for scope in found.missing:
        say(tr("Not granted: {scope}. What needs it will not work.", scope=scope))
    return 0


def logout(arguments: Namespace) -> int:
    """Withdraw a sign-in on its platform and forget it."""
    setup = set_up(arguments)
    known_account(setup, arguments.account)
    unlock(setup)
    for line in asyncio.run(accounts.access(setup, arguments.account).sign_out()):
        print(clean(said(line), one_line=True))
    return 0


class Terminal:
    """Implements `ports.Dialogue`. Reads block: nothing else goes on meanwhile, and Ctrl+C ends them."""

    def tell(self, text: str) -> None:
        """Print a line on standard error."""
        say(said(text))

    async def open(self, url: str) -> bool:
        """Show the address, and open it where a browser can be seen; returns whether one was opened."""
        say(f"\n  {url}\n")
        if not browser_here(os.environ):
            return False
        return programs.open_browser(url)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for one line; `secret`: without showing it. Raises Refused where nobody answers."""
        if secret:
            return self.hidden(question)
        print(clean(said(question)), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise self._nobody()
        return line.strip()

    def hidden(self, question: str) -> str:
        """From a pipe too, so that a script can hand it over."""
        if not sys.stdin.isatty():
            line = sys.stdin.readline()
            if not line:
                raise self._nobody()
            return line.strip()
        return getpass(clean(said(question), one_line=True))

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Ask for one of several options; returns its index from 0."""
        say(said(question))
        for number, option in enumerate(options, 1):
            say(f"  {number}  {option}")
        while True:
            typed = await self.ask(tr("Number: "))
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(options):
                return int(typed) - 1
            say(tr("A number from 1 to {most}.", most=len(options)))

    def _nobody(self) -> Refused:
        return Refused(
            "somebody has to answer here, and standard input has ended",
            next_step="Run it on a terminal, or store a token with --token -",
            code="nobody",
        )
