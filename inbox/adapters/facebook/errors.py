"""What Facebook's error codes mean for us: one table, each row with plain words and a next step.

Codes: facts/facebook.md#2.4, facts/facebook.md#6.4, facts/facebook.md#7.5 (Meta's Messenger error table of 2026-06-25, Graph error-handling and
rate-limiting pages). Whether something is an error is told by the members of the answer, never by its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.adapters import http
from inbox.adapters.facebook.usage import APP, HOLDS, INSTAGRAM, PAGE, SIGN_IN, Usage
from inbox.domain.records import Record
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.secrets import TokenSource


class Gone(Refused):
    """The thing asked for is no longer there (deleted, hidden from us, or its details are withheld)."""


class TooMuch(Unavailable):
    """Code 1 of the kind that a smaller `limit` heals (facts/facebook.md#7.6)."""


class NoSuchField(Refused):
    """Code 100 for a name in `fields` that this kind of object does not have; `field` is that name."""

    def __init__(self, field: str, message: str, *, code: str) -> None:
        super().__init__(message, next_step="It is asked again without it.", code=code)
        self.field = field


class Blocked(Refused):
    """Codes 368, 2022 and 10/1893063: a policy block of this kind of action, for hours to days (facts/facebook.md#7.4)."""


class PageMoved(Refused):
    """Codes 21 and 100/21: the Page was merged into another one, whose id only the text names (facts/facebook.md#4.4)."""


class Fault(Record):
    """An error body, whatever its form; everything but `message` can be absent (facts/facebook.md#7.5)."""

    code: int | None = None
    subcode: int | None = None
    message: str = ""
    user_message: str = ""
    transient: bool | None = None

    @property
    def name(self) -> str:
        """The code as it stands in our log: "190/463"."""
        if self.code is None:
            return "no code"
        return f"{self.code}/{self.subcode}" if self.subcode else f"{self.code}"


def fault(body: Any) -> Fault | None:
    """The error in a JSON answer, or None where it holds none.

    Three forms were recorded: `{"error": {...}}`, `{"error": "..."}` and the flat `error_type`/`error_message`.
    """
    if not isinstance(body, Mapping):
        return None
    inner = body.get("error")
    if isinstance(inner, Mapping):
        user = " ".join(filter(None, (_text(inner, "error_user_title"), _text(inner, "error_user_msg"))))
        transient = inner.get("is_transient")
        return Fault(
            code=_number(inner.get("code")),
            subcode=_number(inner.get("error_subcode")),
            message=_text(inner, "message"),
            user_message=user,
            transient=transient if isinstance(transient, bool) else None,
        )
    if isinstance(inner, str) and inner:
        return Fault(message=_text(body, "error_description") or inner)
    if "error_type" in body or "error_message" in body or "error_code" in body:
        return Fault(
            code=_number(body.get("code", body.get("error_code"))),
            subcode=_number(body.get("error_subcode")),
            message=_text(body, "error_message") or _text(body, "error_type"),
        )
    return None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return None


# -- the table ---------------------------------------------------------------------------------------------

LOGIN = "Sign in again: inbox login."
BROWSER = "Open the conversation in the browser to answer there."

_TOKENS: dict[int | None, tuple[str, str]] = {
    458: (
        "the app was removed from the Facebook account",
        "Sign in again and let the app in: inbox login.",
    ),
    459: ("Facebook wants a check of the account", "Log in at facebook.com, pass the check, then try again."),
    460: ("the password of the Facebook account was changed", LOGIN),
    463: ("the sign-in has expired", LOGIN),
    464: ("the Facebook account is not confirmed", "Confirm it at facebook.com, then sign in again."),
    466: ("the sign-in was withdrawn", LOGIN),
    467: ("the sign-in is no longer valid (logged out)", LOGIN),
    492: (
        "the person who signed in no longer has a role on this Page",
        "A new sign-in of the same person does not help: an admin of the Page must give the role back.",
    ),
}


def token_words(subcode: int | None) -> tuple[str, str]:
    """Why a token is dead, and what to do."""
    return _TOKENS.get(subcode, ("the sign-in is no longer valid", LOGIN))


_WINDOW = (
    "the reply window has closed: Facebook takes an answer within 24 hours of the customer's last message",
    "With the human-agent feature (human_agent = true) 7 days; else open it in the browser.",
)
_RECIPIENT = ("this person cannot be reached through Messenger now", BROWSER)
_CONTROL = ("another app or an automated flow has this conversation", BROWSER)
_BLOCKED = (
    "Facebook has blocked this kind of action for a while, for going too fast or for reports",
    "Stop sending from this Page; look at the Support Inbox of the Page in the browser.",
)

_REFUSED: dict[tuple[int, int | None], tuple[str, str]] = {
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (10, 2018108): _RECIPIENT,
    (100, 2018001): ("Facebook knows no such person for this Page", BROWSER),
    (200, 1545041): _RECIPIENT,
    (551, None): _RECIPIENT,
    (10, 1893063): _BLOCKED,
    (368, None): _BLOCKED,
    (2022, None): _BLOCKED,
    (613, 2018338): (
        "Facebook counts this as misuse of message tags",
        "Answer within 24 hours, without a tag.",
    ),
    (100, 2534037): _CONTROL,
    (2018300, None): _CONTROL,
    (2018321, None): _CONTROL,
    (200, 2018028): (
        "the app may only message people with a role on it until Meta has reviewed it",
        "Ask for Advanced Access to pages_messaging in the app's dashboard.",
    ),
    (10900, None): (
        "this was already answered; Facebook allows it once",
        "Look at the conversation again.",
    ),
    (10903, None): ("Facebook takes no answer to this", "Open it in the browser."),
    (1705, None): (
        "this token may not write for the Page",
        "Sign in with the Page's own token: inbox login.",
    ),
    (12, None): (
        "Facebook has retired this part of its interface",
        "Update this program; nothing on your side is wrong.",
    ),
}

_UNSEEN = "Facebook no longer shows this: it was deleted, or this sign-in may not see it"
_WITHHELD = "Facebook gives details only of the 20 newest messages of a conversation"
_LOOK = "Look in the browser whether it still exists."
_GONE = frozenset({(100, 33), (803, None), (9000001, None), (100, 9000001)})
_THROTTLED = frozenset({4, 17, 32, 341, 613, 80001, 80002, 80006})
_BUSINESS = range(80000, 80015)
"""Business use cases, each with a limit of its own (facts/facebook.md#7.3)."""
_TOO_MANY = {
    APP: "Facebook wants fewer requests from this app, for all its Pages",
    SIGN_IN: "Facebook wants fewer requests from the person who signed in",
    PAGE: "Facebook wants fewer requests from this Page",
    INSTAGRAM: "Facebook wants fewer requests for the Instagram account of this Page",
}
_TOKEN_CODES = frozenset({190, 102, 104, 2500})
_TRANSIENT = frozenset({1, 2, 1200})
_SENT_ANYWAY = (1, 1357046)
"""Documented: "the messages are sent although the call answers an error" (facts/facebook.md#2.5)."""
_DUPLICATE = 506

_NO_FIELD = re.compile(r"nonexisting field \((\w{1,60})\)", re.ASCII)
_MOVED = re.compile(r"migrated to page ID\W{0,3}(\d{1,30})", re.ASCII | re.IGNORECASE)

_PERMISSION = re.compile(
    r"['\"]?\b(pages_[a-z_]+|instagram_[a-z_]+|business_management|public_profile)\b['\"]?", re.ASCII
)


def explain(
    answer: http.Answer, *, write: bool, now: datetime, token: TokenSource, usage: Usage
) -> PlatformError | None:
    """The error an answer stands for, or None where it holds none of Facebook's own making.

    Good for every status: Facebook also puts errors into HTTP 200.
    """
    found = fault(answer.body)
    return _name(found, answer, write=write, now=now, token=token, usage=usage) if found else None


def _name(
    found: Fault, answer: http.Answer, *, write: bool, now: datetime, token: TokenSource, usage: Usage
) -> PlatformError:
    code, pair = found.code, (found.code, found.subcode)
    said = http.words(found.user_message or found.message, token)
    if write and (pair == _SENT_ANYWAY or code == _DUPLICATE):
        return _uncertain(found)
    if code in _TOKEN_CODES and not _unknown_path(found):
        what, step = token_words(found.subcode)
        return AuthExpired(what, next_step=step, code=found.name)
    if code == 21 or pair == (100, 21):
        return _moved(found)
    if pair in _GONE or (code, None) in _GONE:
        return Gone(_WITHHELD if 9000001 in pair else _UNSEEN, next_step=_LOOK, code=found.name)
    if (row := _row(found)) is not None:
        return (Blocked if row is _BLOCKED else Refused)(row[0], next_step=row[1], code=found.name)
    if code in _THROTTLED or code in _BUSINESS:
        at = usage.throttled(
            code, now, http.retry_after(answer, now) if "retry-after" in answer.headers else None
        )
        return RateLimited(
            _TOO_MANY[HOLDS.get(code or 0, PAGE)],
            retry_at=at,
            next_step="It continues at that time; asking earlier would lengthen the wait.",
            code=found.name,
        )
    if code == 100 and (unknown := _NO_FIELD.search(found.message)) is not None:
        return NoSuchField(unknown[1], f"Facebook refused: {said}", code=found.name)
    if (denied := _denied(found)) is not None:
        return _lapsed(found, token, now) or denied
    if _passing(found, answer.status):
        return _later(found, write)
    if code is None and write and answer.status < 400:
        return _uncertain(found)
    return Refused(
        f"Facebook refused: {said}" if said else "Facebook refused the request, without a reason",
        next_step="Open it in the browser." if write else "Look at the message; it is tried again later.",
        code=found.name,
    )


def still_blocked(until: datetime) -> Blocked:
    """Said in Facebook's place for a while after a policy block."""
    error = Blocked(_BLOCKED[0], next_step=_BLOCKED[1], code="not asked")
    error.retry_at = until
    return error


def _moved(found: Fault) -> PageMoved:
    new = _MOVED.search(found.message) or _MOVED.search(found.user_message)
    which = f' (page_id = "{new[1]}")' if new else ""
    return PageMoved(
        "this Page was merged into another one; under its old id Facebook shows nothing more",
        next_step=f"Put the id of the new Page into the config{which}, then sign in again: inbox login.",
        code=found.name,
    )


def _unknown_path(found: Fault) -> bool:
    """2500 stands for a call without a token, and for a path that this version does not know."""
    return found.code == 2500 and found.message.startswith("Unknown path")


def _row(found: Fault) -> tuple[str, str] | None:
    """Most exact first: code with subcode, code alone, then a subcode that is listed as a code of its own."""
    code, sub = found.code, found.subcode
    if code is None:
        return None
    for place in ((code, sub), (code, None), (sub, None)):
        if place[0] is not None and place in _REFUSED:
            return _REFUSED[place]
    return None


def _denied(found: Fault) -> Refused | None:
    """A missing permission, named where Facebook names it. Code 10 is also what a lapse looks like: data access
    ends after 90 days, and a permission that was not used for 90 days is taken back (facts/facebook.md#6.4)."""
    code = found.code
    if code is None:
        return None
    named = _PERMISSION.search(found.message) if code in (3, 10, 100) or 200 <= code <= 299 else None
    if not (code in (3, 10) or 200 <= code <= 299 or (named and "requires" in found.message)):
        return None
    which = f"the permission {named[1]}" if named else "a permission"
    lapse = " Facebook also takes a permission back that nobody used for 90 days." if code == 10 else ""
    return Refused(
        f"{which} is missing for this",
        next_step=f"Sign in again and grant it: inbox login.{lapse}",
        code=found.name,
    )


def _lapsed(found: Fault, token: TokenSource, now: datetime) -> AuthExpired | None:
    """A denial after the data access of this sign-in has ended: no permission is missing, they all sleep."""
    until = token.data_access_until
    if until is None or now < until:
        return None
    return AuthExpired(
        f"Facebook gives no data since {until:%d %b %Y}: it asks people to sign in again every 90 days",
        next_step=LOGIN,
        code=found.name,
    )


def _passing(found: Fault, status: int) -> bool:
    """Code 1 also stands for final errors; then `is_transient` is false (recorded: 1/1446036)."""
    if found.transient is not None:
        return found.transient
    return found.code in _TRANSIENT or status >= 500


def _later(found: Fault, write: bool) -> PlatformError:
    if write:
        return _uncertain(found)
    if found.code == 1 and found.subcode is None and "reduce the amount of data" in found.message:
        return TooMuch("Facebook finds the question too large", code=found.name)
    return Unavailable(
        "Facebook has internal problems", next_step="It is retried automatically.", code=found.name
    )


def _uncertain(found: Fault) -> Uncertain:
    what = (
        "Facebook says that the same text was just posted"
        if found.code == _DUPLICATE
        else "Facebook answered with an error that does not tell whether it was sent"
    )
    return Uncertain(
        f"the reply may or may not have arrived: {what}",
        next_step="It is being looked up on Facebook; it is not sent again automatically.",
        code=found.name,
    )
