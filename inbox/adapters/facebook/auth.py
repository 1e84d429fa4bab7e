"""Signing in on Facebook: the person agrees, the Page's own token is what we keep (facts/facebook.md#6.1, facts/facebook.md#6.2).

    dialog or device -> token of the person -> long-lived token of the person -> token of the Page (no end date)

Meta describes the token endpoint as GET with everything in the address; it takes a form as well, as RFC 6749 asks,
and a form does not end in the logs of a proxy. The same goes for `debug_token`, with `method=GET` in the form; apps made
since 2026-11-04 may not override the method, so for them the token is checked by the plain read of its owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.adapters import http, oauth
from inbox.adapters.facebook import errors
from inbox.adapters.facebook.graph import API_URL, VERSION, appsecret_proof, node
from inbox.adapters.facebook.settings import settings_of
from inbox.adapters.facebook.usage import Usage
from inbox.domain.records import Record, replace
from inbox.errors import AuthExpired, PlatformError, Refused, Unavailable
from inbox.ports.clock import Clock
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import Dialogue, Permission, SignIn, TokenCheck, Way
from inbox.system.redact import known

if TYPE_CHECKING:
    from inbox.config.model import Account

DIALOG = f"https://www.facebook.com/{VERSION}/dialog/oauth"
ELSEWHERE = "https://www.facebook.com/connect/login_success.html"
"""Meta's own landing page for desktop apps (Manually build a login flow): its address holds the code."""

PERMISSIONS = (
    Permission(scope="pages_show_list", reason="find your Page, so that you can choose it"),
    Permission(scope="pages_messaging", reason="read and answer Messenger conversations of the Page"),
    Permission(scope="pages_manage_metadata", reason="what Meta asks for beside pages_messaging"),
    Permission(scope="pages_read_engagement", reason="read the Page's own posts, which comments belong to"),
    Permission(scope="pages_read_user_content", reason="read comments, posts by visitors and tags"),
    Permission(
        scope="pages_manage_engagement", reason="answer comments, hide and like them when you decide so"
    ),
)
FOR_INSTAGRAM = (
    Permission(scope="instagram_basic", reason="find the Instagram account that is linked to the Page"),
    Permission(scope="instagram_manage_messages", reason="read and answer its direct messages"),
)
"""Asked for where the account's surfaces name instagram."""
TASKS = {
    "MESSAGING": "read and answer Messenger",
    "MODERATE": "read and answer comments",
    "CREATE_CONTENT": "comment in the name of the Page",
}
"""What the person must be allowed to do on the Page itself, whatever the app may."""

PENDING, TOO_FAST, OVER = "/1349174", "/1349172", "/1349152"
SLOWER = 5.0
LISTS = 20


class OwnPage(Record):
    """One entry of /me/accounts."""

    id: str
    name: str
    token: Secret
    tasks: tuple[str, ...]

    @property
    def lacks(self) -> list[str]:
        """Name the tasks on the Page that the person does not have."""
        return [task for task in TASKS if self.tasks and task not in self.tasks]


class FacebookAuthority:
    """Implements `ports.Authority`."""

    permissions: Sequence[Permission]
    ways: Sequence[Way] = ("browser", "paste", "device")
    renewable = False
    """A Page's token has no end date; when it dies, a person has to agree again."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.permissions = (*PERMISSIONS, *FOR_INSTAGRAM) if "instagram" in account.surfaces else PERMISSIONS
        self._account = account
        self._clock = clock
        self._redirects = oauth.Redirects(
            ports=account.redirect_ports,
            name="localhost",  # the one name Facebook takes without https, while the app is in development
            elsewhere=settings_of(account).redirect_url or ELSEWHERE,
        )
        self.redirects: Sequence[str] = [
            settings_of(account).redirect_url or ELSEWHERE,
            *(self._redirects.uri(port) for port in account.redirect_ports),
        ]

    def _lacking(self, scopes: Sequence[str]) -> tuple[str, ...]:
        return tuple(p.scope for p in self.permissions if p.scope not in scopes) if scopes else ()

    # -- signing in ----------------------------------------------------------------------------------------

    async def sign_in(self, way: Way, dialogue: Dialogue, app_secret: Secret | None) -> SignIn:
        """Sign a person in by `way` and return the Page's own token. Raises Refused where the Page or a permission is missing."""
        app_id = self._app_id()
        if app_secret is None:
            app_secret = await self._asked(
                dialogue, "App secret (dashboard, App settings, Basic; the input stays hidden): "
            )
        if way == "device":
            short = await self._by_device(dialogue, app_id)
        else:
            short = await self._by_dialog(way, dialogue, app_id, app_secret)
        person = await self._long_lived(short, app_id, app_secret)
        page = await self._choose(dialogue, await self._pages(person, app_secret))
        kept = SignIn(access=page.token, refresh=person, app_secret=app_secret, kind="page")
        state = await self._debug(kept)
        self._tell_gaps(dialogue, page, state)
        return replace(
            kept,
            scope=_texts(state.get("scopes")),
            expires_at=_moment(state.get("expires_at")),
            data_access_until=_moment(state.get("data_access_expires_at")),
        )

    async def _asked(self, dialogue: Dialogue, question: str) -> Secret:
        value = (await dialogue.ask(question, secret=True)).strip()
        if not value:
            raise Refused("nothing was given", next_step="Begin again with it at hand.", code="empty")
        known(value)
        return Secret(value)

    async def _by_dialog(self, way: Way, dialogue: Dialogue, app_id: str, app_secret: Secret) -> Secret:
        def page(redirect_uri: str, state: str) -> str:
            """Return the address of Facebook's dialog for this redirect and state."""
            settings = settings_of(self._account)
            wanted = (
                {"config_id": settings.login_config}
                if settings.login_config
                else {"scope": ",".join(p.scope for p in self.permissions)}
            )
            return oauth.address(
                self._account.auth_url or DIALOG,
                client_id=app_id,
                redirect_uri=redirect_uri,
                state=state,
                response_type="code",
                **wanted,
            )

        grant = await oauth.ask_for_grant(way, dialogue, self._redirects, page)
        return oauth.access(
            await self._post(
                node("oauth", "access_token"),
                client_id=app_id,
                client_secret=app_secret.reveal(),
                redirect_uri=grant.redirect_uri,
                code=grant.code.reveal(),
            )
        )

    async def _by_device(self, dialogue: Dialogue, app_id: str) -> Secret:
        """A code typed into facebook.com/device anywhere. "Login from devices" must be on in the app."""
        client_token = await self._asked(
            dialogue, "Client token (dashboard, App settings, Advanced; the input stays hidden): "
        )
        app = f"{app_id}|{client_token.reveal()}"
        known(app)
        scope = ",".join(p.scope for p in self.permissions)
        begun = await self._post(node("device", "login"), access_token=app, scope=scope)
        code, shown = begun.get("code"), http.words(begun.get("user_code"), longest=40)
        if not isinstance(code, str) or not shown:
            raise Unavailable("Facebook gave no code", next_step="Begin again.", code="no code")
        known(code)
        dialogue.tell(f"Type the code {shown} on the page that follows, on any device.")
        await dialogue.open("https://www.facebook.com/device")
        pause = _seconds(begun.get("interval"), 5.0)
        until = self._clock.now() + timedelta(seconds=_seconds(begun.get("expires_in"), 420.0))
        while self._clock.now() < until:
            await self._clock.sleep(pause)
            try:
                return oauth.access(
                    await self._post(node("device", "login_status"), access_token=app, code=code)
                )
            except PlatformError as error:
                told = error.code or ""
                if told.endswith(OVER):
                    break
                if not told.endswith((PENDING, TOO_FAST)):
                    raise
                pause += SLOWER if told.endswith(TOO_FAST) else 0
        raise Unavailable(
            "nobody typed the code in time; nothing was stored", next_step="Begin again.", code="nobody"
        )

    async def _long_lived(self, short: Secret, app_id: str, app_secret: Secret) -> Secret:
        """About 60 days instead of two hours; Page tokens made from it have no end date (facts/facebook.md#6.2)."""
        return oauth.access(
            await self._post(
                node("oauth", "access_token"),
                grant_type="fb_exchange_token",
                client_id=app_id,
                client_secret=app_secret.reveal(),
                fb_exchange_token=short.reveal(),
            )
        )

    # -- the Page ------------------------------------------------------------------------------------------

    async def _pages(self, person: Secret, app_secret: Secret | None) -> list[OwnPage]:
        found: list[OwnPage] = []
        after: str | None = None
        for _ in range(LISTS):
            params = {
                "fields": "id,name,access_token,tasks",
                "limit": "100",
                **({"after": after} if after else {}),
            }
            body = await self._ask("GET", node("me", "accounts"), person, app_secret, params)
            found += [page for raw in _list(body.get("data")) if (page := _page(raw)) is not None]
            paging = body.get("paging")
            cursors = paging.get("cursors") if isinstance(paging, Mapping) else None
            after = cursors.get("after") if isinstance(cursors, Mapping) else None
            if not isinstance(paging, Mapping) or "next" not in paging or not isinstance(after, str):
                break
        return found

    async def _choose(self, dialogue: Dialogue, pages: Sequence[OwnPage]) -> OwnPage:
        if not pages:
            raise Refused(
                "Facebook granted no Page",
                next_step="Sign in again and tick the Page in the dialog; you need a role on it.",
                code="no page",
            )
        wanted = settings_of(self._account).page_id
        if wanted is not None:
            for page in pages:
                if page.id == wanted:
                    return page
            granted = ", ".join(f"{page.name} ({page.id})" for page in pages[:10])
            raise Refused(
                f"the Page {wanted} was not granted; granted: {granted}",
                next_step="Sign in again and tick it in the dialog, or correct page_id in the config.",
                code="other page",
            )
        if len(pages) == 1:
            return pages[0]
        at = await dialogue.choose("Which Page is it?", [f"{page.name} ({page.id})" for page in pages])
        return pages[at]

    def _tell_gaps(self, dialogue: Dialogue, page: OwnPage, state: Mapping[str, Any]) -> None:
        dialogue.tell(f"The Page: {page.name} ({page.id}).")
        for task in page.lacks:
            dialogue.tell(f"Missing: your role on the Page does not allow {task} ({TASKS[task]}).")
        for scope in self._lacking(_texts(state.get("scopes"))):
            dialogue.tell(f"Missing: {scope} was not granted.")

    # -- withdrawing and looking ---------------------------------------------------------------------------

    async def refresh(self, kept: SignIn) -> SignIn:
        """Raise AuthExpired: a Page's token has no end date and nothing renews it."""
        raise AuthExpired(
            "Facebook renews no sign-in by itself",
            next_step="Sign in again: inbox login.",
            code="not renewable",
        )

    async def revoke(self, kept: SignIn) -> str:
        """All permissions of the app for this person: Facebook knows nothing smaller that ends a token."""
        if kept.refresh is None:
            return (
                "Facebook was told nothing: this was a pasted token. To withdraw it, remove the app under "
                "Business integrations in the settings of the Facebook account."
            )
        await self._ask("DELETE", node("me", "permissions"), kept.refresh, kept.app_secret, {})
        return (
            "Facebook has withdrawn what the app was allowed for this person; other Pages of the same person and "
            "app have to be signed in again."
        )

    async def check(self, kept: SignIn) -> TokenCheck:
        """Ask Facebook what the kept token is worth: permissions, tasks, end of data access."""
        found = TokenCheck(valid=False, kind=kept.kind)
        try:
            answer = await self._debugged(kept)
        except AuthExpired as error:
            return replace(found, problem=error.message, mend=error.next_step)
        except Refused:
            return await self._check_by_owner(kept, found)
        state = _state(answer)
        scopes, tasks = _texts(state.get("scopes")), await self._tasks(kept)
        until = _moment(state.get("data_access_expires_at"))
        found = replace(
            found,
            valid=state.get("is_valid") is True,
            kind=http.words(state.get("type"), longest=20).lower() or kept.kind,
            owner=f"Page {http.words(owner, longest=40)}" if (owner := state.get("profile_id")) else "",
            scope=scopes,
            missing=(*self._lacking(scopes), *tasks.lacks) if tasks else self._lacking(scopes),
            expires_at=_moment(state.get("expires_at")),
            data_access_until=until,
            server_time=answer.server_time,
            facts={"tasks": ", ".join(tasks.tasks)} if tasks else {},
        )
        return replace(found, **_judged(found, state, settings_of(self._account).page_id, self._clock.now()))

    async def _check_by_owner(self, kept: SignIn, found: TokenCheck) -> TokenCheck:
        """Whether the token works and whose it is, where Facebook keeps its details back: permissions and end stay
        unknown, and unknown is not missing."""
        try:
            owner = await self._ask("GET", node("me"), kept.access, kept.app_secret, {"fields": "id,name"})
        except (AuthExpired, Refused) as error:
            return replace(found, problem=error.message, mend=error.next_step)
        id_ = http.words(owner.get("id"), longest=40)
        works = replace(
            found,
            valid=bool(id_),
            kind="page",
            owner=f"Page {id_}" if id_ else "",
            expires_at=kept.expires_at,
            data_access_until=kept.data_access_until,
            facts={"permissions and end": "not shown to this app"},
        )
        return replace(works, **_judged(works, {}, settings_of(self._account).page_id, self._clock.now()))

    async def _tasks(self, kept: SignIn) -> OwnPage | None:
        """The person's tasks on the Page: only the token of the person tells."""
        if kept.refresh is None:
            return None
        try:
            pages = await self._pages(kept.refresh, kept.app_secret)
        except (AuthExpired, Refused):
            return None  # the person's token ends after 60 days; the Page's goes on
        mine = [page for page in pages if page.token.reveal() == kept.access.reveal()]
        named = [page for page in pages if page.id == settings_of(self._account).page_id]
        return next(iter(mine or named), None)

    async def _debug(self, kept: SignIn) -> Mapping[str, Any]:
        """What Facebook knows of the token; nothing where it does not tell: the sign-in is good without."""
        try:
            return _state(await self._debugged(kept))
        except PlatformError:
            return {}

    async def _debugged(self, kept: SignIn) -> http.Answer:
        """An invalid token is answered with HTTP 200 and `is_valid: false` (recorded)."""
        asker = kept.access
        if kept.app_secret is not None and self._account.client_id is not None:
            app = f"{self._account.client_id}|{kept.app_secret.reveal()}"
            known(app)
            asker = Secret(app)
        return await self._call(
            "POST",
            node("debug_token"),
            token=asker,
            payload=http.Payload(form={"method": "GET", "input_token": kept.access.reveal()}),
        )

    # -- asking Facebook -----------------------------------------------------------------------------------

    def _app_id(self) -> str:
        if self._account.client_id is None:
            raise oauth.no_app(self._account.name)
        return self._account.client_id

    async def _post(self, path: str, **form: str) -> Mapping[str, Any]:
        body: Mapping[str, Any] = (await self._call("POST", path, payload=http.Payload(form=form))).body
        return body

    async def _ask(
        self, method: str, path: str, token: Secret, app_secret: Secret | None, params: Mapping[str, str]
    ) -> Mapping[str, Any]:
        proof = {"appsecret_proof": appsecret_proof(token, app_secret)} if app_secret else {}
        answer = await self._call(method, path, token=token, params={**params, **proof})
        body: Mapping[str, Any] = answer.body
        return body

    async def _call(
        self, method: str, path: str, *, token: Secret | None = None, **request: Any
    ) -> http.Answer:

        def explain(answer: http.Answer) -> PlatformError | None:
            """Return the error that the answer means, or None."""
            return errors.explain(
                answer, write=False, now=self._clock.now(), token=token or Secret(""), usage=Usage()
            )

        async with http.open_client(self._account.api_url or API_URL) as client:
            answer = await http.call(
                client,
                method,
                path,
                credentials=http.Credentials(token),
                explain=explain,
                now=self._clock.now,
                **request,
            )
        error = explain(answer)
        if error is not None:
            raise error
        return answer


# -- reading answers ---------------------------------------------------------------------------------------


def _state(answer: http.Answer) -> Mapping[str, Any]:
    """Recorded with and without `data` around it."""
    found = answer.body.get("data", answer.body)
    return found if isinstance(found, Mapping) else {}


def _judged(
    found: TokenCheck, state: Mapping[str, Any], page_id: str | None, now: datetime
) -> dict[str, Any]:
    """What is wrong with a token, in words."""
    if not found.valid:
        trouble = state.get("error")
        subcode = (
            trouble.get("subcode", trouble.get("error_subcode")) if isinstance(trouble, Mapping) else None
        )
        what, mend = errors.token_words(subcode if isinstance(subcode, int) else None)
        return {"problem": what, "mend": mend}
    if found.data_access_until is not None and found.data_access_until <= now:
        return {
            "problem": "access to data has ended after 90 days without use",
            "mend": "Sign in again: inbox login.",
        }
    if found.kind != "page":
        return {
            "problem": f"this is the token of a {found.kind}, not of a Page",
            "mend": "Sign in again: inbox login. (In the token list it is the entry of /me/accounts.)",
        }
    if page_id is not None and found.owner and found.owner != f"Page {page_id}":
        return {
            "problem": f"this token belongs to {found.owner}, the config names {page_id}",
            "mend": "Correct page_id, or sign in again and choose the other Page.",
        }
    return {}


def _page(raw: Any) -> OwnPage | None:
    if not isinstance(raw, Mapping):
        return None
    id_, token = raw.get("id"), raw.get("access_token")
    if not isinstance(id_, str | int) or not isinstance(token, str) or not Secret(token).fits_a_header:
        return None
    known(token)
    name = http.words(raw.get("name"), longest=80) or "a Page"
    return OwnPage(str(id_), name, Secret(token), _texts(raw.get("tasks")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(http.words(v, longest=80) for v in _list(value) if isinstance(v, str))


def _moment(value: Any) -> datetime | None:
    """Seconds since 1970; 0 is Facebook's "never"."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**11:
        return None
    return datetime.fromtimestamp(value, UTC)


def _seconds(value: Any, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86_400:
        return otherwise
    return float(value)
