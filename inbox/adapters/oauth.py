"""What both sign-ins need: PKCE, the way back from the browser, answers of a token endpoint, renewal under a lock.

After RFC 6749, 7636 and 8252, and decisions/0010-one-seam-for-the-network.md: 127.0.0.1 and no other name, `state` compared once,
one answer, five minutes, a page without the code.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct, field

from inbox.adapters import http
from inbox.domain.records import Record
from inbox.errors import AuthExpired, PlatformError, Refused, StoreError, Unavailable
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import Authority, Dialogue, SignIn, Way
from inbox.ports.vault import WritableVault
from inbox.system.redact import known
from inbox.wording.language import said, spoken

log = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds for the person in the browser."""
HEAD_SECONDS = 10.0
HEAD_BYTES = 16_384
CALLBACK = "/callback"
DEAD_FOR = timedelta(hours=1)
"""A refresh token that was refused is tried this rarely: the one answer that said so may have been wrong."""
EARLY = timedelta(seconds=60)
"""So long before its end a token is renewed: a request under way must not meet the end."""


# -- asking for a code -------------------------------------------------------------------------------------


class Proof(Record):
    """PKCE: the verifier stays here until the exchange, the challenge goes ahead through the browser."""

    verifier: Secret
    challenge: str

    @classmethod
    def new(cls) -> Proof:
        """Make a verifier and its S256 challenge (RFC 7636)."""
        verifier = secrets.token_urlsafe(32)
        known(verifier)
        digest = hashlib.sha256(verifier.encode()).digest()
        return cls(Secret(verifier), base64.urlsafe_b64encode(digest).decode().rstrip("="))


class Grant(Record):
    """The code a person's consent brought, and the address it was sent to (the exchange must repeat it)."""

    code: Secret
    redirect_uri: str


class Redirects(Record, kw_only=True):
    """Where the browser may be sent back to. `name` is what the address calls this machine; `elsewhere` the
    address used where nothing listens and the person carries the answer over."""

    ports: Sequence[int]
    name: str = "127.0.0.1"
    elsewhere: str | None = None

    def uri(self, port: int) -> str:
        """Return the redirect address on `port`, word for word as it must be registered."""
        return f"http://{self.name}:{port}{CALLBACK}"


async def ask_for_grant(
    way: Way,
    dialogue: Dialogue,
    redirects: Redirects,
    page: Callable[[str, str], str],
    *,
    patience: float = PATIENCE,
) -> Grant:
    """Send the person to the platform and take what comes back. `page` makes the address to open out of the
    redirect address and the state. Raises Refused (denied, foreign answer, no free port), Unavailable (nobody
    came)."""
    state = secrets.token_urlsafe(32)
    known(state)
    if way == "paste":
        uri = redirects.elsewhere or redirects.uri(redirects.ports[0])
        await dialogue.open(page(uri, state))
        pasted = await dialogue.ask(
            "After you have agreed, the browser shows a page that may say it cannot be reached.\n"
            "Copy its whole address from the address bar and paste it here: "
        )
        return Grant(_code(pasted_query(pasted), state), uri)
    async with listening(redirects) as listener:
        if not await dialogue.open(page(listener.uri, state)):
            dialogue.tell(
                "No browser was opened here. Open the address in one on this machine; "
                "where there is none, use --paste."
            )
        return Grant(await listener.code(state, patience), listener.uri)


def pasted_query(text: str) -> dict[str, list[str]]:
    """The parameters of a pasted address; terminals break long lines, so blanks are dropped."""
    joined = "".join(text.split())
    query = urlsplit(joined).query if "?" in joined else joined.partition("#")[0]
    return parse_qs(query, keep_blank_values=True)


def _code(query: Mapping[str, list[str]], state: str) -> Secret:
    """The code, if this is the answer to our question. Compares bytes: of text that is not ASCII
    `compare_digest` makes a TypeError."""
    given = query.get("state", [])
    if len(given) != 1 or not hmac.compare_digest(given[0].encode(), state.encode()):
        raise Refused(
            "this is not the answer to this sign-in (its state is another one); nothing was stored",
            next_step="Begin again, and use the address of this very attempt.",
            code="state",
        )
    if "error" in query:
        said = http.words(query.get("error_description", query["error"])[0], longest=120)
        denied = query["error"][0] in ("access_denied", "user_denied")
        raise Refused(
            "access was not granted; nothing was stored" if denied else f"the platform said: {said}",
            next_step="Sign in again and agree on the platform's page."
            if denied
            else "Look at the app's settings.",
            code="denied" if denied else "authorize",
        )
    codes = query.get("code", [])
    if len(codes) != 1 or not codes[0]:
        raise Refused(
            "the answer holds no code; nothing was stored",
            next_step="Copy the whole address of the page, from http to the end.",
            code="no code",
        )
    known(codes[0])
    return Secret(codes[0])


# -- the way back ------------------------------------------------------------------------------------------

_PAGE = (
    "<!doctype html><html lang={language}><meta charset=utf-8><title>inbox</title>"
    "<body style='font-family:sans-serif;margin:4em'><h1>{title}</h1><p>{text}</p>"
)
_HEADERS = (
    "content-type: text/html; charset=utf-8",
    "cache-control: no-store",
    "referrer-policy: no-referrer",
    "content-security-policy: default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options: nosniff",
    "connection: close",
)


class Listener:
    """Waits on one port of 127.0.0.1 for one answer of the browser."""

    def __init__(self, redirects: Redirects, port: int) -> None:
        self.uri = redirects.uri(port)
        self._host = f"{redirects.name}:{port}"
        self._state: str | None = None
        self._answer: asyncio.Future[Secret] = asyncio.get_running_loop().create_future()
        self._asked = asyncio.Event()

    async def code(self, state: str, patience: float) -> Secret:
        """The code of the first answer with this state; all others are turned away. Raises Refused, Unavailable."""
        self._state = state
        self._asked.set()
        try:
            async with asyncio.timeout(patience):
                return await self._answer
        except TimeoutError:
            raise Unavailable(
                f"nobody agreed within {patience / 60:.0f} minutes; nothing was stored",
                next_step="Begin again; where the browser runs on another machine, use --paste.",
                code="nobody",
            ) from None

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of the browser: the code, an error, or a page that says no."""
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(HEAD_SECONDS):
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                    await self._asked.wait()
                    page = self._respond(head.decode("latin-1"))
                except asyncio.LimitOverrunError:
                    page = _not_for_you()
                writer.write(page)
                await writer.drain()
        writer.close()

    def _respond(self, head: str) -> bytes:
        first, *rest = head.split("\r\n")
        words = first.split(" ")
        hosts = [v.strip() for k, _, v in (line.partition(":") for line in rest) if k.lower() == "host"]
        # A page elsewhere whose name was made to point here brings its own name along (DNS rebinding).
        if len(words) != 3 or words[0] != "GET" or hosts != [self._host]:
            return _not_for_you()
        try:
            target = urlsplit(words[1])
            query = parse_qs(target.query, keep_blank_values=True)
        except ValueError:
            return _not_for_you()
        if target.path != CALLBACK:
            return _page(404, "Nothing here", "The sign-in goes on in the other window.")
        if self._answer.done():
            return _page(410, "Already answered", "This sign-in has had its answer.")
        try:
            code = _code(query, self._state or "")
        except Refused as error:
            if (
                error.code == "state"
            ):  # any page can send a browser here, and none of them may end the sign-in
                return _page(
                    400,
                    "Not the answer to this sign-in",
                    "It goes on waiting; use the page that was opened last.",
                )
            self._answer.set_exception(error)
            return _page(400, "Not signed in", "You can close this page; the terminal says why.")
        self._answer.set_result(code)
        return _page(200, "Thank you", "You can close this page and go back to the terminal.")


def _not_for_you() -> bytes:
    return _page(400, "This is not for you", "Nothing was taken from this request.")


def _page(status: int, title: str, text: str) -> bytes:
    body = _PAGE.format(language=spoken(), title=said(title), text=said(text)).encode()
    head = [f"HTTP/1.1 {status} -", *_HEADERS, f"content-length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("ascii") + body


@asynccontextmanager
async def listening(redirects: Redirects) -> AsyncIterator[Listener]:
    """The first free port of the list. Raises Refused where all are taken."""
    for port in redirects.ports:
        listener = Listener(redirects, port)
        try:
            server = await asyncio.start_server(listener.connected, "127.0.0.1", port, limit=HEAD_BYTES)
        except OSError:
            continue
        try:
            yield listener
        finally:
            server.close()
        return
    ports = ", ".join(str(port) for port in redirects.ports)
    raise Refused(
        f"the ports for the browser's answer are all taken ({ports})",
        next_step="Close what uses one of them, name others in redirect_ports (the app must know their "
        "addresses), or use --paste.",
        code="ports",
    )


# -- answers of a token endpoint ---------------------------------------------------------------------------

_DEAD = ("token was invalid", "token is invalid", "token has been invalidated", "revoked", "expired")


def explain(answer: http.Answer) -> PlatformError | None:
    """What an error of RFC 6749, section 5.2, means; None where this is none.

    X answers a spent refresh token with `invalid_request` instead of `invalid_grant` (facts/x.md#5.2).
    """
    body = answer.body if isinstance(answer.body, dict) else {}
    error, said = body.get("error"), http.words(body.get("error_description"))
    if not isinstance(error, str) or not 400 <= answer.status < 500:
        return None
    code = f"{answer.status} {http.words(error, longest=40)}"
    if error == "invalid_grant" or (error == "invalid_request" and any(w in said.lower() for w in _DEAD)):
        return AuthExpired(
            "the platform no longer takes this sign-in (withdrawn, or used up elsewhere)",
            next_step="Sign in again; drafts and replies wait.",
            code=code,
        )
    if error in ("invalid_client", "unauthorized_client"):
        return Refused(
            f"the platform does not know the app by this id and secret{': ' + said if said else ''}",
            next_step="Check client_id; a confidential app needs its secret too: inbox login --app-secret.",
            code=code,
        )
    return Refused(f"the platform refused the sign-in: {said or error}", next_step="Begin again.", code=code)


def access(body: Mapping[str, Any]) -> Secret:
    """The access token of an answer. Raises Unavailable where there is none, or one that no header can carry."""
    value = body.get("access_token")
    if not isinstance(value, str) or not Secret(value).fits_a_header:
        raise Unavailable("the platform's answer holds no token", next_step="Begin again.", code="no token")
    known(value)
    return Secret(value)


def ends(body: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the token of an answer ends; None where nothing is said or what is said is nothing."""
    seconds = body.get("expires_in")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**9:
        return None
    return now + timedelta(seconds=seconds)


def address(page: str, **parameters: str) -> str:
    """An address to open, with blanks as %20: X's page does not take `+`."""
    from urllib.parse import quote

    return f"{page}?{urlencode(parameters, quote_via=quote)}"


# -- a sign-in that stays alive ----------------------------------------------------------------------------


def no_app(account: str) -> Refused:
    """Return what is said where the config names no id of the app that asks for a sign-in."""
    return Refused(
        f"the config names no client_id for {account}",
        next_step=f"Write the id of your app there: inbox config set accounts.{account}.client_id ID (`inbox help "
        f"administrator` says where it is). Or store a token: inbox login {account} --token -",
        code="client_id",
    )


def signed_out(account: str, variable: str) -> AuthExpired:
    """Return the error for an account without a token, with the ways to give it one."""
    return AuthExpired(
        f"There is no token for {account}.",
        next_step=f"Sign in with `inbox login {account}`, or set {variable}.",
        code="no token",
    )


class LiveSignIn(Struct):
    """The sign-in of one account, renewed when it ends: implements `ports.TokenSource`.

    A refresh token works once. So the renewal is one piece of work that nothing can interrupt, in a thread:
    take the lock that all processes share, read the entry again, renew only if it is still the one we know,
    store the new pair, and only then use it. Whoever comes second finds the entry changed.
    """

    account: str
    vault: WritableVault
    authority: Authority
    exclusive: Callable[[], AbstractContextManager[None]]
    """The lock between processes; blocks. StoreError: somebody holds it for too long."""
    now: Callable[[], datetime]
    missing: Callable[[], AuthExpired]
    kept: SignIn | None = None
    _unsaved: SignIn | None = None
    _dead: tuple[str, AuthExpired, datetime] | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def app_secret(self) -> Secret | None:
        """Return the app's secret where one is kept."""
        return self.kept.app_secret if self.kept else None

    @property
    def data_access_until(self) -> datetime | None:
        """Return when access to data ends without use, or None."""
        return self.kept.data_access_until if self.kept else None

    @property
    def ends_at(self) -> datetime | None:
        """Return when the access token ends, or None."""
        return self.kept.ends_at if self.kept else None

    def hidden(self) -> Sequence[Secret]:
        """Return every secret of the sign-in, for the log's filter."""
        kept = self.kept
        return [s for s in (kept.access, kept.refresh, kept.app_secret) if s] if kept else ()

    async def token(self) -> Secret:
        """Return a token that is good now, renewed under the account's lock where it is not. Raises AuthExpired."""
        kept = self.kept or await self._load()
        if self._ends_soon(kept):
            try:
                await self._renew(kept)
            except Unavailable:
                if kept.expires_at is None or kept.expires_at <= self.now():
                    raise
        return (self.kept or kept).access

    async def renew(self, refused: Secret) -> Secret | None:
        """Another token than `refused`: renewed by us, by another process, or after a new sign-in."""
        kept = self.kept or await self._load()
        if kept.access.reveal() == refused.reveal() and not await self._renew(kept):
            return None
        return self.kept.access if self.kept else None

    async def _load(self) -> SignIn:
        found = await asyncio.to_thread(self.vault.sign_in, self.account)
        if found is None:
            raise self.missing()
        self.kept = found
        return found

    def _ends_soon(self, kept: SignIn) -> bool:
        return self._renewable(kept) and kept.expires_at is not None and kept.expires_at - self.now() < EARLY

    def _renewable(self, kept: SignIn) -> bool:
        """From the environment it could be renewed once: the new pair would have no place to stay."""
        return self.authority.renewable and kept.refresh is not None and kept.source == "keyring"

    async def _renew(self, stale: SignIn) -> bool:
        """Whether `kept` is another one now."""
        async with self._one:
            if self.kept is not stale:
                return True
            fresh = await asyncio.to_thread(self._take_turn, stale)
            if fresh is None:
                return False
            self.kept = fresh
            return True

    def _take_turn(self, stale: SignIn) -> SignIn | None:
        try:
            with self.exclusive():
                return self._renewed(stale)
        except StoreError:
            raise Unavailable(
                "another inbox on this machine is renewing the sign-in and does not finish",
                next_step="It is retried automatically.",
                code="renewal lock",
            ) from None

    def _renewed(self, stale: SignIn) -> SignIn | None:
        stored = self.vault.sign_in(self.account)
        if stored is None:
            raise self.missing()
        if stored.access.reveal() != stale.access.reveal():
            self._unsaved = None
            return stored
        if self._unsaved is not None:
            return self._store(self._unsaved)
        if not self._renewable(stored) or stored.refresh is None:
            return None
        if self._dead and self._dead[0] == stored.refresh.reveal():
            _, error, said_at = self._dead
            if timedelta(0) <= self.now() - said_at < DEAD_FOR:
                raise error
        try:
            fresh = asyncio.run(self.authority.refresh(stored))
        except AuthExpired as error:
            # asking again and again with a dead token is what platforms take for an attack
            self._dead = (stored.refresh.reveal(), error, self.now())
            raise
        return self._store(fresh)

    def _store(self, fresh: SignIn) -> SignIn:
        """The old pair is spent: if the vault does not take the new one now, it is offered again."""
        self._unsaved = fresh
        self.vault.keep(self.account, fresh)
        self._unsaved = None
        log.info("%s: the sign-in was renewed", self.account)
        return fresh
