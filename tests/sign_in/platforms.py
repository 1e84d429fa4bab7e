"""Authorization servers of both platforms on loopback, written from their documents and not from our code.

They are strict where the platforms are: exact redirect addresses, S256, single-use codes and refresh tokens (a
second use ends the whole family, as RFC 9700 advises), proofs made with the right secret and the right token.
Every request is remembered, so that a test can search it for what must not be in an address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Asked:
    method: str
    target: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    scheme: str
    credentials: str


Answer = tuple[int, Any]
Between = Callable[[Asked, int, bytes], tuple[int, bytes] | None]
"""What goes out in place of an answer; None: nothing, and the connection ends."""


class Server:
    """One platform; `clock_ahead` is by how many seconds its `Date` is wrong."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.clock_ahead = 0.0
        self.between: Between = lambda asked, status, raw: (status, raw)
        self.numbers = itertools.count(1)

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def forms(self, path: str) -> list[dict[str, str]]:
        return [a.form for a in self.asked if a.path == path]


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """Serve on a free loopback port; yields the base URL."""
    import time

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet: two would wait 40 ms for an acknowledgement

        def log_message(self, *args: object) -> None: ...

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate((timestamp or time.time()) + server.clock_ahead, usegmt=True)

        def serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            scheme, _, credentials = (self.headers.get("authorization") or "").partition(" ")
            asked = Asked(
                self.command, self.path, parts.path, _flat(parts.query), _flat(raw), scheme, credentials
            )
            with server.lock:
                server.asked.append(asked)
                status, body = server.answer(asked)
                out = server.between(asked, status, json.dumps(body).encode())
            if out is None:
                self.close_connection = True
                return
            status, data = out
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = serve

    class Threads(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64  # eight requests at once, and no second of waiting for a lost one

    http = Threads(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


# -- X -----------------------------------------------------------------------------------------------------


@dataclass
class X(Server):
    """`agree` plays the person in the browser."""

    client_id: str = "x-client-1"
    client_secret: str | None = None
    """Set: a confidential app, which has to sign in with it."""
    redirects: tuple[str, ...] = ()
    rotates: bool = True

    def __post_init__(self) -> None:
        super().__init__()
        self.codes: dict[str, dict[str, str]] = {}
        self.access: str | None = None
        self.refresh: str | None = None
        self.spent: set[str] = set()
        self.family_ended = False
        self.refreshed = 0
        self.scope = ""
        self.extra: dict[str, Answer] = {}

    def agree(self, address: str) -> str:
        """What the browser is sent to after the person agreed on the page `address`."""
        parts = urlsplit(address)
        assert " " not in address
        assert "+" not in parts.query, "X's page does not take + for a blank"
        asked = _flat(parts.query)
        assert parts.path == "/i/oauth2/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", self.client_id)
        assert asked["redirect_uri"] in self.redirects
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert 32 <= len(asked["state"]) <= 500
        code = f"canary-x-code-{next(self.numbers)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?state={asked['state']}&code={code}"

    def issue(self, scope: str) -> Answer:
        number = next(self.numbers)
        self.access = f"canary-x-access-{number:04d}"
        if self.rotates or self.refresh is None:
            self.refresh = f"canary-x-refresh-{number:04d}"
        self.scope = scope
        body = {"token_type": "bearer", "expires_in": 7200, "access_token": self.access, "scope": scope}
        return 200, {**body, "refresh_token": self.refresh} if "offline.access" in scope else body

    def answer(self, asked: Asked) -> Answer:
        if asked.path in self.extra:
            return self.extra[asked.path]
        match asked.method, asked.path:
            case "POST", "/2/oauth2/token":
                return self._client(asked) or self._token(asked.form)
            case "POST", "/2/oauth2/revoke":
                return self._client(asked) or self._revoke(asked.form)
            case "GET", "/2/users/me":
                if asked.scheme != "Bearer" or asked.credentials != self.access:
                    return 401, {
                        "title": "Unauthorized",
                        "type": "about:blank",
                        "status": 401,
                        "detail": "Unauthorized",
                    }
                return 200, {"data": {"id": "15392391", "name": "Acme", "username": "acme"}}
            case "POST", "/2/tweets":
                if asked.credentials != self.access:
                    return 401, {
                        "title": "Unauthorized",
                        "type": "about:blank",
                        "status": 401,
                        "detail": "Unauthorized",
                    }
                return 201, {"data": {"id": "1999999999999999999", "text": "x"}}
        return 404, {}

    def _client(self, asked: Asked) -> Answer | None:
        if self.client_secret is None:
            known = asked.form.get("client_id") == self.client_id and not asked.scheme
        else:
            pair = base64.b64decode(asked.credentials).decode() if asked.scheme == "Basic" else ""
            known = [unquote(p) for p in pair.split(":")] == [self.client_id, self.client_secret]
        if known:
            return None
        return 401, {
            "error": "unauthorized_client",
            "error_description": "Missing valid authorization header",
        }

    def _token(self, form: Mapping[str, str]) -> Answer:
        invalid = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if (
                asked is None
                or asked["code_challenge"] != challenge
                or asked["redirect_uri"] != form["redirect_uri"]
            ):
                said = "Value passed for the authorization code was invalid."
                return 400, {"error": "invalid_request", "error_description": said}
            return self.issue(asked["scope"])
        if form.get("grant_type") == "refresh_token":
            given = form["refresh_token"]
            if given in self.spent:
                self.family_ended, self.access, self.refresh = True, None, None
            if given != self.refresh:
                return 400, invalid
            if self.rotates:
                self.spent.add(given)
            self.refreshed += 1
            return self.issue(self.scope)
        return 400, {"error": "unsupported_grant_type"}

    def _revoke(self, form: Mapping[str, str]) -> Answer:
        if form["token"] == self.refresh:
            self.refresh = None
        if form["token"] == self.access:
            self.access = None
        return 200, {"revoked": True}


# -- Facebook ----------------------------------------------------------------------------------------------

SCOPES = [
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
]


@dataclass
class Facebook(Server):
    app_id: str = "4242"
    app_secret: str = "canary-fb-app-secret"
    client_token: str = "canary-fb-client-token"
    redirects: tuple[str, ...] = ()
    page_tasks: list[str] = field(default_factory=lambda: ["MESSAGING", "MODERATE", "CREATE_CONTENT"])
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    pages: dict[str, str] = field(default_factory=lambda: {"1001": "Acme", "1002": "Acme Shop"})
    pending: int = 0
    """Polls of the device flow before the person has typed the code."""

    def __post_init__(self) -> None:
        super().__init__()
        self.codes: dict[str, dict[str, str]] = {}
        self.long: str | None = None
        self.short: str | None = None
        self.debug: dict[str, Any] = {}
        self.withdrawn = False

    @property
    def page_token(self) -> str:
        return "canary-fb-page-1001"

    def agree(self, address: str) -> str:
        parts = urlsplit(address)
        asked = _flat(parts.query)
        assert parts.path == "/v25.0/dialog/oauth"
        assert (asked["client_id"], asked["response_type"]) == (self.app_id, "code")
        assert asked["redirect_uri"] in self.redirects
        assert "config_id" in asked or set(asked["scope"].split(",")) == set(SCOPES)
        code = f"canary-fb-code-{next(self.numbers)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}#_=_"

    def answer(self, asked: Asked) -> Answer:
        version, _, path = asked.path.removeprefix("/").partition("/")
        if version != "v25.0":
            return self._error(2500, None, "Unknown path components")
        match asked.method, path:
            case "POST", "oauth/access_token":
                return self._token(asked.form)
            case "POST", "device/login":
                if asked.form["access_token"] != f"{self.app_id}|{self.client_token}":
                    return self._error(190, None, "Invalid OAuth access token")
                return 200, {
                    "code": "canary-fb-device-code",
                    "user_code": "A1NWZ9",
                    "verification_uri": "https://www.facebook.com/device",
                    "expires_in": 420,
                    "interval": 5,
                }
            case "POST", "device/login_status":
                return self._device()
            case "GET", "me/accounts":
                return self._proved(asked, self.long) or self._accounts(asked)
            case "POST", "debug_token":
                return self._debug(asked)
            case "DELETE", "me/permissions":
                refused = self._proved(asked, self.long)
                self.withdrawn = refused is None
                return refused or (200, {"success": True})
            case "GET", "me" | "1001":
                return self._proved(asked, self.page_token) or (200, {"id": "1001", "name": "Acme"})
        return self._error(2500, None, "Unknown path components")

    def _error(self, code: int, subcode: int | None, message: str, status: int = 400) -> Answer:
        error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}
        return status, {"error": error if subcode is None else {**error, "error_subcode": subcode}}

    def _proved(self, asked: Asked, token: str | None) -> Answer | None:
        """The bearer token, and a proof made with it; nothing of both in the address but the proof."""
        if self.withdrawn or asked.scheme != "Bearer" or asked.credentials != token:
            return self._error(190, 467, "Error validating access token: The session is invalid", 401)
        proof = hmac.new(self.app_secret.encode(), asked.credentials.encode(), hashlib.sha256).hexdigest()
        if asked.query.get("appsecret_proof") != proof:
            return self._error(100, None, "Invalid appsecret_proof provided in the API argument")
        return None

    def _token(self, form: Mapping[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (self.app_id, self.app_secret):
            return self._error(1, None, "Error validating client secret.")
        if form.get("grant_type") == "fb_exchange_token":
            if form["fb_exchange_token"] != self.short:
                return self._error(190, None, "Invalid OAuth access token")
            self.long = "canary-fb-person-long"
            return 200, {"access_token": self.long, "token_type": "bearer", "expires_in": 5_184_000}
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return self._error(100, 36009, "This authorization code has been used.")
        self.short = "canary-fb-person-short"
        return 200, {"access_token": self.short, "token_type": "bearer", "expires_in": 5183999}

    def _device(self) -> Answer:
        if self.pending > 0:
            self.pending -= 1
            return self._error(31, 1349174, "This request requires the user to take a pending action")
        if self.pending < 0:
            return self._error(463, 1349152, "The session has expired")
        self.short = "canary-fb-device-short"
        return 200, {"access_token": self.short, "expires_in": 5183996}

    def _accounts(self, asked: Asked) -> Answer:
        """One Page on each leaf, so that reading only the first leaf shows."""
        names = list(self.pages.items())
        after = asked.query.get("after", "0")
        if not after.isdigit():
            return self._error(100, None, "Invalid cursors values")
        at = int(after)
        shown = [
            {"id": i, "name": n, "access_token": f"canary-fb-page-{i}", "tasks": self.page_tasks}
            for i, n in names[at : at + 1]
        ]
        paging: dict[str, Any] = {"cursors": {"before": str(at), "after": str(at + 1)}}
        if at + 1 < len(names):
            paging["next"] = "https://graph.facebook.com/elsewhere"
        return 200, {"data": shown, "paging": paging} if shown else {"data": []}

    def _debug(self, asked: Asked) -> Answer:
        if asked.form.get("method") != "GET":
            return self._error(100, 33, "Unsupported post request.")
        app = f"{self.app_id}|{self.app_secret}"
        if asked.credentials not in (app, asked.form["input_token"]):
            return self._error(190, None, "Invalid OAuth access token", 401)
        body = {
            "app_id": self.app_id,
            "type": "PAGE",
            "application": "Inbox",
            "data_access_expires_at": 1_900_000_000,
            "expires_at": 0,
            "is_valid": True,
            "scopes": self.scopes,
            "profile_id": asked.form["input_token"].removeprefix("canary-fb-page-"),
            "user_id": "77",
        }
        return 200, {"data": {**body, **self.debug}}
