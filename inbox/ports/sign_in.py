"""How an account is signed in: what is kept, what a person is asked, what a platform offers for it.

The interfaces between the adapters' `auth` modules, the vault, the wiring and whoever talks with the person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from inbox.domain.records import Record, field

if TYPE_CHECKING:
    from inbox.ports.secrets import Secret


class SignIn(Record, kw_only=True):
    """What an account is signed in with: one entry of the vault, so that a rotation is one write.

    `kind`: "token" (pasted, nothing more is known), "oauth2" (X, user context), "page" (Facebook). `refresh` is
    what a new access token is made from: X's refresh token, Facebook's token of the person.
    """

    access: Secret
    refresh: Secret | None = None
    app_secret: Secret | None = None
    expires_at: datetime | None = None
    data_access_until: datetime | None = None
    """Facebook: calls for data fail from then on, although the token lives."""
    scope: tuple[str, ...] = ()
    kind: str = "token"
    source: str = "keyring"

    @property
    def ends_at(self) -> datetime | None:
        """When the agent has to sign in again; None where nothing tells, or it is renewed by itself."""
        own = None if self.kind == "oauth2" and self.refresh is not None else self.expires_at
        return min(filter(None, (own, self.data_access_until)), default=None)


class Permission(Record, kw_only=True):
    """A scope that is asked for, and why, in words for the person who grants it."""

    scope: str
    reason: str


class TokenCheck(Record, kw_only=True):
    """What the platform says about a sign-in. `missing` are needed scopes and tasks that were not granted,
    `facts` further things worth showing, by name."""

    valid: bool
    kind: str
    owner: str = ""
    scope: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_until: datetime | None = None
    server_time: datetime | None = None
    problem: str | None = None
    mend: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Dialogue(Protocol):
    """How a sign-in talks with the person: a terminal, or the screen."""

    def tell(self, text: str) -> None: ...
    async def open(self, url: str) -> bool:
        """Show the address, and open it in a browser where there is one; False where there is none."""
        ...

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """One line. Raises Refused where nobody answers."""
        ...

    async def choose(self, question: str, options: Sequence[str]) -> int: ...


Way = Literal["browser", "paste", "device"]
"""browser: it sends the answer back to this machine; paste: the person carries it over; device: a code typed
elsewhere."""


class Authority(Protocol):
    """Signing in on one platform for one account. Methods raise the PlatformError family."""

    permissions: Sequence[Permission]
    ways: Sequence[Way]
    redirects: Sequence[str]
    """Addresses the app must know, word for word."""
    renewable: bool
    """Whether `refresh` makes a new access token out of the stored sign-in."""

    async def sign_in(self, way: Way, dialogue: Dialogue, app_secret: Secret | None) -> SignIn: ...
    async def refresh(self, kept: SignIn) -> SignIn:
        """A new sign-in for an old one. AuthExpired: dead for good."""
        ...

    async def revoke(self, kept: SignIn) -> str:
        """Withdraw it on the platform; returns in words what was withdrawn."""
        ...

    async def check(self, kept: SignIn) -> TokenCheck: ...


class Signing(Record, kw_only=True):
    """What a screen needs to sign accounts in, without knowing vault or platforms.

    `authority` tells by account what will be asked for, `sign_in` does it; both raise the PlatformError family.
    `browser_here`: is there a browser on this machine that the person sees?
    """

    authority: Callable[[str], Authority]
    sign_in: Callable[[str, Dialogue, Way], Awaitable[TokenCheck]]
    browser_here: Callable[[], bool]
