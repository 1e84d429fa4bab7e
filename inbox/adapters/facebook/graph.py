"""Asking the Graph API: one version, one Page, the token in its header, limits watched, errors named.

Meta's own Messenger request collection (2025-05) signs in with a Bearer header; the prose documents show the token
in the URL, where it would reach logs.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from inbox.adapters import http
from inbox.adapters.facebook import errors, values, wire_messages
from inbox.adapters.facebook.errors import PageMoved
from inbox.adapters.facebook.fields import UnknownFields, without
from inbox.adapters.facebook.settings import settings_of
from inbox.adapters.facebook.usage import Usage, area_of
from inbox.domain.model import Person, Surface
from inbox.errors import PlatformError, RateLimited, Refused, Unavailable
from inbox.ports.clock import Clock
from inbox.ports.platform import Identity
from inbox.ports.secrets import Secret, TokenSource

if TYPE_CHECKING:
    import httpx

    from inbox.config.model import Account

VERSION = "v25.0"
"""Usable until 2028-07-29 (changelog, read 2026-10). A wrong one does not fail, it silently changes behaviour."""

SKEW = timedelta(minutes=2)
MOVED_PAUSE = timedelta(hours=1)
"""A Page that was merged is asked this rarely, in case it was said by mistake."""

API_URL = "https://graph.facebook.com"

WRONG_TOKEN = "Sign in again and choose the Page itself: inbox login. (In the token list it is the entry of /me/accounts.)"


def appsecret_proof(token: Secret, app_secret: Secret) -> str:
    """Hex HMAC-SHA256 of this very token under the app's secret: worth nothing without the token."""
    return hmac.new(app_secret.reveal().encode(), token.reveal().encode(), hashlib.sha256).hexdigest()


def node(*ids: str) -> str:
    """The path of an object or of one of its edges."""
    return "/" + "/".join((VERSION, *(http.segment(one) for one in ids)))


class _Known(Struct):
    """What was learned of Facebook since the start."""

    unknown_fields: UnknownFields = field(default_factory=UnknownFields)
    moved: PageMoved | None = None
    moved_until: datetime | None = None
    page: Person = field(default_factory=Person)
    instagram: wire_messages.Us | None = None
    passed_over: dict[str, int] = field(default_factory=dict)
    """By conversation that had not changed: a hash of the messages that came with it and were taken."""
    notes: list[str] = field(default_factory=list)
    calls: int = 0
    skew: timedelta = timedelta(0)
    """How far Facebook's clock is ahead of ours, as its latest answer told."""


def _shape(edge: str, fields: str) -> str:
    """Questions of the same kind: their page sizes differ."""
    return f"{edge}?{re.sub(r'[0-9]+', '#', fields)}"


class Graph:
    """One Page as the Graph API shows it to our token."""

    def __init__(self, account: Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock) -> None:
        self.account = account.name
        settings = settings_of(account)
        self.human_agent = settings.human_agent
        self.presence = settings.presence
        self.ads = settings.ads
        self.clock = clock
        self.area = "pages"
        """Whose limits the calls count against; see `usage.area_of`."""
        self._known = _Known(page=Person(remote_id=settings.page_id))
        self.usage = Usage()
        self._configured = settings.page_id
        self._client = client
        self._token = token
        self._versions_told: set[str] = set()
        origin = client.base_url
        port = f":{origin.port}" if origin.port else ""
        self.hosts = frozenset({f"{origin.scheme}://{origin.host}{port}", API_URL})
        """Hosts that a `next` may name; the second one where a proxy stands between."""

        self._own(settings.page_id)

    @property
    def page(self) -> Person:
        """Return the Page as a person. Call `identify` before."""
        return self._known.page

    def on(self, surface: Surface) -> Graph:
        """The same Page, its calls counted against the limits of `surface`."""
        view = copy.copy(self)
        view.area = area_of(surface)
        return view

    @property
    def passed_over(self) -> dict[str, int]:
        """By conversation that had not changed: a hash of the messages that came with it and were taken."""
        return self._known.passed_over

    def _own(self, remote_id: str | None) -> None:
        if remote_id is not None:
            self.usage.ids.add(remote_id)

    def read_at(self) -> datetime:
        """The earlier one of Facebook's clock and ours: a reading position may lie behind the truth, which costs a
        call, but never ahead of it."""
        return self.clock.now() + min(self._known.skew, timedelta(0))

    def is_ahead(self, moment: datetime) -> bool:
        """Whether a stored position lies later than both clocks say it is."""
        return moment > self.clock.now() + max(self._known.skew, timedelta(0)) + SKEW

    async def page_id(self) -> str:
        """Return the Page's id. Call `identify` before."""
        if self.page.remote_id is None:
            await self.identify()
        assert self.page.remote_id is not None
        return self.page.remote_id

    async def us(self, surface: Surface) -> wire_messages.Us:
        """Our side of the private conversations of a surface."""
        if surface is not Surface.INSTAGRAM:
            return wire_messages.Us(id=await self.page_id(), surface=surface)
        if self._known.instagram is None:
            found = await self._linked_instagram()
            if await self._linked_instagram() != found:  # one wrong answer would take customers for us
                raise Unavailable(
                    "Facebook named two different Instagram accounts of this Page",
                    next_step="It is retried automatically.",
                    code="two instagrams",
                )
            self._known.instagram = found
            self._own(found.id)
        return self._known.instagram

    async def _linked_instagram(self) -> wire_messages.Us:
        members = "instagram_business_account", "connected_instagram_account"
        fields = ",".join(f"{member}{{id,username}}" for member in members)
        page = await self.ask(node(await self.page_id()), {"fields": fields})
        found = next((who for who in (values.person(page.get(m)) for m in members) if who.remote_id), None)
        if found is None or found.remote_id is None:
            raise Refused(
                "no Instagram account is linked to this Page, or its permission instagram_basic is missing",
                next_step="Link it in the Page's settings, then sign in again with instagram_basic and "
                "instagram_manage_messages; or take instagram out of the account's surfaces.",
                code="no instagram",
            )
        return wire_messages.Us(id=found.remote_id, handle=found.handle, surface=Surface.INSTAGRAM)

    async def ask(self, path: str, params: Mapping[str, str]) -> Any:
        """Read. Raises the family of `inbox.errors` but Uncertain.

        Where Facebook knows no such field of an object, the question is asked again without it, and the same
        question leaves it out for a while (`UnknownFields`): one name of ours must not cost a whole list.
        """
        fields, known = params.get("fields", ""), self._known.unknown_fields
        shape = _shape(path.rpartition("/")[2] if not path[-1:].isdigit() else "", fields)
        for name in known.left_out(shape, self.clock.now()):
            fields = without(fields, name)
        while True:
            try:
                body = await self._call(
                    "GET", path, params={**params, "fields": fields} if "fields" in params else params
                )
            except errors.NoSuchField as error:
                left = without(fields, error.field)
                if left == fields or not known.refused(shape, error.field, self.clock.now()):
                    raise
                fields = left
                self.note(f"Facebook knows no field {error.field} there; it is read without it")
            else:
                known.answered(shape, fields)
                return body

    async def tell(
        self,
        path: str,
        *,
        on_wire: Callable[[], None],
        method: str = "POST",
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        """Write, once."""
        payload = http.Payload(json=body, form=form)
        return await self._call(method, path, params=params, payload=payload, write=http.Write(on_wire))

    async def upload(
        self,
        path: str,
        *,
        form: Mapping[str, str],
        files: Mapping[str, tuple[str, bytes, str]],
        seconds: float,
    ) -> Any:
        """Hand over a file that nobody sees before a reply names it: repeating it does no harm, as with a read."""
        return await self._call("POST", path, payload=http.Payload(form=form, files=files), seconds=seconds)

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        write = request.get("write") is not None
        closed = self.usage.closed_until(self.clock.now(), write=write, area=self.area)
        if closed is not None:
            raise RateLimited(
                "the limits that Facebook sets are used up",
                retry_at=closed,
                next_step="It continues at that time.",
                code="not asked",
            )
        blocked = self.usage.blocked_until(self.clock.now(), write=write, area=self.area)
        if blocked is not None:
            raise errors.still_blocked(blocked)
        known = self._known
        if known.moved is not None and known.moved_until and self.clock.now() < known.moved_until:
            raise known.moved
        self._known.calls += 1
        answer = await http.call(
            self._client,
            method,
            path,
            credentials=http.Credentials(self._token, prove=self._proof),
            explain=lambda found: self._explain(found, write),
            now=self.clock.now,
            **request,
        )
        error = self._explain(answer, write)
        if error is not None:
            raise error
        return answer.body

    def _proof(self, token: Secret) -> Mapping[str, str]:
        """Apps can demand that every call proves the app's secret (facts/facebook.md#6.3)."""
        secret = self._token.app_secret
        return {"appsecret_proof": appsecret_proof(token, secret)} if secret is not None else {}

    def _explain(self, answer: http.Answer, write: bool) -> PlatformError | None:
        now = self.clock.now()
        self.usage.note(answer.headers, now)
        if answer.server_time is not None:
            self._known.skew = http.skew(answer, now)
        served = answer.headers.get("facebook-api-version", VERSION)
        if served != VERSION and served not in self._versions_told:
            self._versions_told.add(served)
            self.note(
                f"Facebook answers as {http.words(served, longest=20)}, this program speaks {VERSION}: "
                "look for an update"
            )
        error = errors.explain(answer, write=write, now=now, token=self._token, usage=self.usage)
        if isinstance(error, errors.Blocked):
            error.retry_at = self.usage.block(now, write=write, area=self.area)
        elif isinstance(error, PageMoved):
            self._known.moved, self._known.moved_until = error, now + MOVED_PAUSE
        return error

    # -- what the agent should know ------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Tell it with the next page."""
        if text not in self._known.notes:
            self._known.notes.append(text)

    def take_notes(self) -> tuple[str, ...]:
        """Return what the agent should hear about reading, each once."""
        taken, self._known.notes = tuple(self._known.notes), []
        return taken

    def take_spent(self) -> Mapping[str, int]:
        """Calls since the last question: the unit of Facebook's limits."""
        calls, self._known.calls = self._known.calls, 0
        return {"calls": calls} if calls else {}

    # -- who we are ----------------------------------------------------------------------------------------

    async def identify(self) -> Identity:
        """Whose token it is. With a person's token the lists come back empty, without any error (facts/facebook.md#6.5),
        so the token's owner is asked first and must be the Page."""
        view = copy.copy(self)
        view.area = ""
        return await view._identified()

    async def _identified(self) -> Identity:
        me = await self._owner()
        if self._configured is not None and me.remote_id != self._configured:
            raise Refused(
                f"this token belongs to {http.words(me.name) or 'somebody else'}, not to the Page of this account",
                next_step=WRONG_TOKEN,
                code="wrong token",
            )
        assert me.remote_id is not None
        try:
            fields = {"fields": "id,name,username,link"}
            page = _named(await self._call("GET", node(me.remote_id), params=fields))
        except Refused as error:
            if error.code != "100":
                raise
            # People have no `username`; asking for it is answered with code 100.
            raise Refused(
                f"this token belongs to {http.words(me.name) or 'a person'}, who is no Page",
                next_step=WRONG_TOKEN,
                code="wrong token",
            ) from None
        if page.remote_id != me.remote_id:
            raise Unavailable(
                "Facebook answered about another Page than it was asked about",
                next_step="It is retried automatically.",
                code="another page",
            )
        self._known.page = page
        self._own(page.remote_id)
        return Identity(remote_id=me.remote_id, name=page.name or me.name, handle=page.handle)

    async def _owner(self) -> Person:
        """Who the token belongs to. Only a check: where the question itself is not taken (2500 also stands for
        an unknown path), the configured Page is believed, and its own node must answer."""
        try:
            return _named(await self.ask(node("me"), {"fields": "id,name"}))
        except PlatformError as error:
            unknown_path = error.code == "2500" or isinstance(error, Refused)
            if self._configured is None or not unknown_path:
                raise
            return Person(remote_id=self._configured)


def _named(body: Any) -> Person:
    found = values.person(body)
    if found.remote_id is None:
        raise Unavailable(
            "Facebook did not say whose token this is", next_step="It is retried automatically.", code="no id"
        )
    return found
