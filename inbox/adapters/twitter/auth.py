"""Signing in on X: OAuth 2.0 code flow with PKCE (facts/x.md#5.1).

A code lives 30 seconds, an access token two hours, a refresh token until it is used once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inbox.adapters import http, oauth
from inbox.adapters.twitter import errors, limits, wire
from inbox.adapters.twitter.settings import settings_of
from inbox.domain.records import replace
from inbox.errors import AuthExpired, Refused
from inbox.ports.clock import Clock
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import Dialogue, Permission, SignIn, TokenCheck, Way

if TYPE_CHECKING:
    from inbox.config.model import Account

AUTHORIZE = "https://x.com/i/oauth2/authorize"
API_URL = "https://api.x.com"
TOKEN, REVOKE, ME = "/2/oauth2/token", "/2/oauth2/revoke", "/2/users/me"

PERMISSIONS = (
    Permission(scope="users.read", reason="see who writes, and whose account this is"),
    Permission(scope="tweet.read", reason="read mentions, replies and the hits of saved searches"),
    Permission(scope="tweet.write", reason="publish the answers you send"),
    Permission(scope="tweet.moderate.write", reason="hide a reply under your posts, when you decide so"),
    Permission(scope="dm.read", reason="read direct messages to the account"),
    Permission(scope="dm.write", reason="answer direct messages"),
    Permission(scope="media.write", reason="send pictures with an answer"),
    Permission(scope="offline.access", reason="stay signed in for longer than two hours"),
)
LIKES = (Permission(scope="like.write", reason="like a customer's post, when you decide so"),)
"""Left the other plans on 2026-04-20 (facts/x.md#1.3)."""
OPTIONAL = frozenset({"tweet.moderate.write", "media.write"})
"""Reading and answering work without them."""


class XAuthority:
    """Implements `ports.Authority`."""

    ways: Sequence[Way] = ("browser", "paste")
    renewable = True

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self.permissions: Sequence[Permission] = (
            *PERMISSIONS,
            *(LIKES if settings_of(account).enterprise else ()),
        )
        self._redirects = oauth.Redirects(ports=account.redirect_ports)
        self.redirects: Sequence[str] = [self._redirects.uri(port) for port in account.redirect_ports]

    async def sign_in(self, way: Way, dialogue: Dialogue, app_secret: Secret | None) -> SignIn:
        """Sign the account in through the browser. Raises Refused where a scope is missing."""
        client_id, proof = self._client_id(), oauth.Proof.new()
        if way == "paste":
            dialogue.tell(
                "X's codes are valid for 30 seconds: paste the address as soon as the browser shows it."
            )

        def page(redirect_uri: str, state: str) -> str:
            """Return the address of X's page for this redirect and state."""
            return oauth.address(
                self._account.auth_url or AUTHORIZE,
                response_type="code",
                client_id=client_id,
                redirect_uri=redirect_uri,
                scope=" ".join(p.scope for p in self.permissions),
                state=state,
                code_challenge=proof.challenge,
                code_challenge_method="S256",
            )

        grant = await oauth.ask_for_grant(way, dialogue, self._redirects, page)
        body = await self._post(
            TOKEN,
            app_secret,
            grant_type="authorization_code",
            code=grant.code.reveal(),
            redirect_uri=grant.redirect_uri,
            code_verifier=proof.verifier.reveal(),
        )
        return self._pair(body, SignIn(access=oauth.access(body), app_secret=app_secret, kind="oauth2"))

    async def refresh(self, kept: SignIn) -> SignIn:
        """Renew the tokens; the old refresh token is spent by it (facts/x.md#5.2). Raises AuthExpired."""
        if kept.refresh is None:
            raise AuthExpired(
                "there is nothing to renew it with", next_step="Sign in again.", code="no refresh"
            )
        body = await self._post(
            TOKEN, kept.app_secret, grant_type="refresh_token", refresh_token=kept.refresh.reveal()
        )
        return self._pair(body, kept)

    def _pair(self, body: Mapping[str, Any], before: SignIn) -> SignIn:
        refresh, scope = body.get("refresh_token"), body.get("scope")
        spare = oauth.access({"access_token": refresh}) if isinstance(refresh, str) and refresh else None
        return replace(
            before,
            access=oauth.access(body),
            # only a server that does not rotate leaves it out
            refresh=spare or before.refresh,
            expires_at=oauth.ends(body, self._clock.now()),
            scope=tuple(scope.split()) if isinstance(scope, str) else before.scope,
        )

    async def revoke(self, kept: SignIn) -> str:
        """The refresh token first: the access token dies by itself within two hours."""
        for token in filter(None, (kept.refresh, kept.access)):
            await self._post(REVOKE, kept.app_secret, token=token.reveal())
        return f"X has withdrawn the sign-in of {self._account.name}."

    async def check(self, kept: SignIn) -> TokenCheck:
        """Ask X whose token it is and which scopes it has."""
        found = TokenCheck(
            valid=False, kind=kept.kind, scope=kept.scope, missing=_missing(kept), expires_at=kept.expires_at
        )
        try:
            async with http.open_client(self._account.api_url or API_URL) as client:
                answer = await http.call(
                    client,
                    "GET",
                    ME,
                    credentials=http.Credentials(kept.access),
                    explain=lambda a: errors.explain(
                        a, write=False, area="me", token=kept.access, now=self._clock.now()
                    ),
                    now=self._clock.now,
                )
        except (AuthExpired, Refused) as error:
            return replace(found, problem=error.message, mend=error.next_step)
        user = wire.mapping(answer.body.get("data"))
        handle = http.words(user.get("username"), longest=40)
        window = limits.window(answer, self._clock.now())
        return replace(
            found,
            valid=bool(handle),
            owner=f"@{handle}" if handle else "",
            problem=None if handle else "X did not say whose token this is",
            server_time=answer.server_time,
            facts={
                "plan": "Enterprise: may answer every post"
                if settings_of(self._account).enterprise
                else "answers posts only where their author mentioned or quoted the account (2026-02-23)",
                **({"requests": f"{window.remaining} of {window.limit} left"} if window else {}),
            },
        )

    # -- asking X ------------------------------------------------------------------------------------------

    def _client_id(self) -> str:
        if self._account.client_id is None:
            raise oauth.no_app(self._account.name)
        return self._account.client_id

    async def _post(self, path: str, app_secret: Secret | None, **form: str) -> Mapping[str, Any]:
        """A public client names itself in the body, a confidential one signs in with its secret."""
        client_id = self._client_id()
        async with http.open_client(self._account.api_url or API_URL) as client:
            answer = await http.call(
                client,
                "POST",
                path,
                credentials=http.Credentials(basic=(client_id, app_secret) if app_secret else None),
                payload=http.Payload(form={**form, "client_id": client_id}),
                explain=oauth.explain,
                now=self._clock.now,
            )
        body: Mapping[str, Any] = answer.body
        return body


def _missing(kept: SignIn) -> tuple[str, ...]:
    """Needed scopes that were not granted, where it is known what was."""
    if not kept.scope:
        return ()
    return tuple(p.scope for p in PERMISSIONS if p.scope not in (*kept.scope, *OPTIONAL))
