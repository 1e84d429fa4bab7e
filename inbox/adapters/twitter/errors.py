"""What X's refusals mean for an agent: each in the family of `ports`, in plain words, with a next step.

Matched on the status, the last step of `type`, codes of the old shape, and, where X leaves nothing else, on words
of `detail` (documentation of 2026-08-22 and bodies quoted in public threads).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from inbox.adapters.http import Answer, words
from inbox.adapters.twitter import wire
from inbox.adapters.twitter.limits import again
from inbox.adapters.twitter.wire import listing, mapping, string
from inbox.domain.records import Record, replace
from inbox.errors import NOT_SUMMONED, AuthExpired, PlatformError, RateLimited, Refused, Uncertain
from inbox.ports.secrets import TokenSource

BROWSER = "Open the post in the browser and answer there."
SIGN_IN = "Sign in again with `inbox login`."
STALE_CURSOR = "400 since_id"
STALE_PAGE = "400 pagination_token"
CAPPED = "429 usage-capped"
NO_CREDITS = "402 credits"


class Complaint(Record):
    """What X said was wrong, from either of its two shapes: problem+json, or `{"errors": [{code, message}]}`."""

    kind: str = ""
    """Last step of `type`: "credits", "usage-capped"; "about:blank" says nothing and is left out. X uses two
    hosts for the same types."""
    title: str = ""
    reason: str = ""
    detail: str = ""
    codes: frozenset[int] = frozenset()
    parameters: frozenset[str] = frozenset()

    def says(self, *phrases: str) -> bool:
        """Tell whether the answer holds any of these words."""
        return any(p in self.detail.lower() for p in phrases)


def complaint(body: object) -> Complaint:
    """Read an error body in either of X's two shapes (facts/x.md#7.1)."""
    box = mapping(body)
    inner = listing(box.get("errors"))
    if not inner and isinstance(box.get("error"), Mapping):
        inner = [box["error"]]
    first = box if "detail" in box or "title" in box or not inner else inner[0]
    kind = (string(first.get("type")) or "").rstrip("/").rpartition("/")[2]
    texts = [
        string(first.get("detail")),
        *(string(e.get("message")) or string(e.get("detail")) for e in inner),
    ]
    detail = " ".join(dict.fromkeys(t for t in texts if t))
    return Complaint(
        kind="" if kind == "about:blank" else kind,
        title=string(first.get("title")) or "",
        reason=string(first.get("reason")) or "",
        detail=detail,
        codes=frozenset(c for e in inner if isinstance(c := e.get("code"), int)),
        parameters=frozenset(p for e in inner for p in mapping(e.get("parameters"))),
    )


class Refusal(Record):
    """One known refusal. `holds` decides; `family` is what the engine acts on."""

    code: str
    holds: Callable[[Complaint], bool]
    message: str
    next_step: str
    family: type[PlatformError] = Refused


def _kind(*kinds: str) -> Callable[[Complaint], bool]:
    return lambda c: c.kind in kinds or c.reason in kinds


def _says(*phrases: str, codes: tuple[int, ...] = ()) -> Callable[[Complaint], bool]:
    return lambda c: c.says(*phrases) or bool(c.codes & set(codes))


_FORBIDDEN = (
    Refusal(
        "unsupported authentication",
        _kind("unsupported-authentication"),
        "the stored token is of the wrong kind: it belongs to an app, not to the account",
        SIGN_IN,
        AuthExpired,
    ),
    Refusal(
        "oauth1 permissions",
        _kind("oauth1-permissions"),
        "the token was made before the app was allowed to do this",
        SIGN_IN,
        AuthExpired,
    ),
    Refusal(
        NOT_SUMMONED,
        _says(
            "not been mentioned or otherwise engaged",
            "reply to this conversation is not allowed",
            "only reply to or quote posts where you are mentioned",
        ),
        "X takes a reply through its API only where the author mentioned this account in that post, or quoted it",
        BROWSER,
    ),
    Refusal(
        "gone",
        _says("deleted or not visible", codes=(385,)),
        "the post that was to be answered is gone or no longer visible to this account",
        "Nothing can be answered there; the text is kept.",
    ),
    Refusal(
        "direct message not permitted",
        _says(
            "permission to dm",
            "cannot send messages to",
            "can't send messages to",
            "not following you",
            "dm one or more",
            codes=(150, 349),
        ),
        "this person does not accept direct messages from this account",
        "Answer in public and ask them to write a direct message.",
    ),
    Refusal(
        "plan",
        _says("subset of x api", "subset of twitter api", "access to quote", codes=(453,)),
        "this is not part of the plan of this X app",
        BROWSER,
    ),
    Refusal(
        "suspended",
        _says("suspended", codes=(64, 63)),
        "an account that takes part in this is suspended",
        "Open X in the browser and see what it asks for.",
    ),
    Refusal(
        "not permitted",
        _says("not permitted to perform this action", codes=(226,)),
        "X did not permit it (its protection against spam, or the plan)",
        "Wait a while, then write it in other words, or open it in the browser.",
    ),
)

_CREDITS = Refusal(
    "credits",
    lambda _: True,
    "the credits of this X app are used up; waiting does not help",
    "Buy credits in X's developer console, then read again.",
)
_EXPIRED = Refusal("", lambda _: True, "the sign-in is no longer valid", SIGN_IN, AuthExpired)
_UNKNOWN = Refusal(
    "gone",
    lambda _: True,
    "X does not show this: it was deleted, or this sign-in may not see it",
    "Look in the browser whether it still exists.",
)

_ANYWHERE = (
    replace(_CREDITS, holds=_kind("credits")),
    replace(_EXPIRED, holds=_says(codes=(32, 89))),
    replace(_UNKNOWN, holds=_kind("resource-not-found")),
    Refusal(
        "client not enrolled",
        _kind("client-not-enrolled", "client-forbidden"),
        "this X app may not use this part of the API",
        "Attach the app to a project in X's developer console, then sign in again.",
    ),
)

_BAD_REQUEST = (
    Refusal(
        "too long",
        _says("too long", "exceeds the maximum", codes=(186, 354)),
        "X finds the text too long",
        "Shorten it and send again; the text is kept.",
    ),
    Refusal(
        STALE_CURSOR,
        lambda c: bool({"since_id", "start_time"} & c.parameters) or c.says("'since_id'"),
        "X no longer reads from that far back",
        "It resolves itself.",
    ),
    Refusal(
        STALE_PAGE,
        lambda c: "pagination_token" in c.parameters,
        "X no longer knows that page",
        "It resolves itself.",
    ),
)
_WHOLE_CODES = (STALE_CURSOR, STALE_PAGE)

_DUPLICATE = _says("duplicate content", "already said that", codes=(187,))
_SCOPES = {
    "dm": ("direct messages", "dm.read and dm.write"),
    "media": ("files", "media.write"),
    "hide": ("hiding replies", "tweet.moderate.write"),
    "like": ("liking", "like.write"),
    "post": ("writing posts", "tweet.write"),
    "delete": ("deleting posts", "tweet.write"),
    "stream": ("the activity stream", "tweet.read and dm.read"),
}
"""What an endpoint needs beyond reading posts, in words and as X's scopes (specification 2.167)."""


def _bare(area: str) -> tuple[Refusal, ...]:
    """A 403 that says nothing but "Forbidden": seen where the sign-in lacks the scope of the endpoint."""
    what, scopes = _SCOPES.get(area.partition(" ")[0], ("", ""))
    if not what:
        return ()
    return (
        Refusal(
            "missing scope",
            lambda c: c.detail.strip().lower() in ("", "forbidden") and not c.kind,
            f"the sign-in does not include {what} (scope {scopes}), or X forbids it here",
            f"Sign in again with `inbox login` and allow {what}.",
        ),
    )


_STREAM = (
    Refusal(
        "unsupported authentication",
        _kind("unsupported-authentication"),
        "the stream takes the bearer token of the app, not that of the account",
        "Store it with `inbox login ACCOUNT --stream`.",
        AuthExpired,
    ),
    Refusal(
        "stream plan",
        lambda c: not c.detail or c.says("not permitted", "not allowed", "access"),
        "the activity stream is not open to this X app; reading goes on as before",
        "Set stream = false, or ask for it in X's developer console.",
    ),
)
_LIKES = (
    Refusal(
        "plan",
        lambda c: not c.says("suspended", "deleted or not visible"),
        "liking is not part of the plan of this X app (self-serve plans have none)",
        BROWSER,
    ),
)


def explain(
    answer: Answer, *, write: bool, area: str, token: TokenSource, now: datetime
) -> PlatformError | None:
    """The error for an answer of X's that is not 2xx; None where this is no answer of X's own. `area` is the
    endpoint, as in `calls`."""
    said = complaint(answer.body)
    if (answer.status == 429 and answer.form in ("json", "empty")) or 88 in said.codes:
        return _limited(answer, said, now)
    if not isinstance(answer.body, dict) or not 400 <= answer.status < 500:
        return None
    if answer.status == 403 and _DUPLICATE(said):
        return _duplicate(write)
    refusal = next((r for r in _candidates(answer.status, area) if r.holds(said)), None)
    if refusal is None:
        step = BROWSER if write else "If it stays, look at the app in X's developer console."
        refusal = Refusal(words(said.kind, token, 60), lambda _: True, "X refused the request", step)
    code = refusal.code if refusal.code in _WHOLE_CODES else f"{answer.status} {refusal.code}"
    return refusal.family(
        f"{refusal.message}{_quoted(said, token)}", next_step=refusal.next_step, code=code.strip()
    )


def _candidates(status: int, area: str) -> tuple[Refusal, ...]:
    """Known refusals of a status, the special ones first."""
    match status:
        case 400:
            return (*_BAD_REQUEST, *_ANYWHERE)
        case 403:
            own = _LIKES if area == "like" else ()
            stream = _STREAM if area == "stream" else ()
            return (*_ANYWHERE, *stream, *_FORBIDDEN[:2], *own, *_FORBIDDEN[2:], *_bare(area))
        case 401:
            return (_EXPIRED,)
        case 402:
            return (_CREDITS,)
        case 404:
            return (_UNKNOWN,)
        case _:
            return _ANYWHERE


def inside(body: wire.Json, token: TokenSource) -> Refused:
    """A 200 that holds errors and nothing else: suspended, protected or unknown. Never an empty inbox."""
    said = complaint(body)
    return Refused(
        f"X gave errors instead of messages{_quoted(said, token)}",
        next_step="See whether the account is suspended or was renamed.",
        code=f"200 {words(said.kind, token, 60)}".strip(),
    )


def _quoted(said: Complaint, token: TokenSource) -> str:
    text = words(said.detail or said.title, token)
    return f": {text}" if text else ""


def _limited(answer: Answer, said: Complaint, now: datetime) -> RateLimited:
    if said.kind == "usage-capped":
        return capped(now + timedelta(hours=24))
    return RateLimited(
        "X wants fewer requests",
        retry_at=again(answer, now),
        next_step="It continues automatically.",
        code="429",
    )


def capped(until: datetime) -> RateLimited:
    """The month's allowance is used up; waiting minutes does not help."""
    return RateLimited(
        "the monthly allowance of this X app is used up",
        retry_at=until,
        next_step="Raise the plan in X's developer console; it is tried again once a day.",
        code=CAPPED,
    )


def no_credits(until: datetime) -> Refused:
    """Said in X's place for a while after a 402; `retry_at` says when it is asked again."""
    error = Refused(_CREDITS.message, next_step=_CREDITS.next_step, code=NO_CREDITS)
    error.retry_at = until
    return error


def _duplicate(write: bool) -> PlatformError:
    if not write:
        return Refused("X called the request a duplicate", code="403 duplicate")
    return Uncertain(
        "X says that this account has published the same text already",
        next_step="It is looked up on X, to see whether this very reply arrived.",
        code="403 duplicate",
    )
