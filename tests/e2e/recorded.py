"""A loopback server that answers with recorded bodies of both platforms, and remembers what it was asked.

The bodies are the recordings beside the checkout; what is put around them (who we are, an empty page, which
conversation a recorded message belongs to) is written here after the facts pages.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared import shared

X_TOKEN = "x-canary-5c1b"
FACEBOOK_TOKEN = "fb-canary-77aa"
PAGE = "2121008874780932"
CUSTOMER = "2711636948859886"


def recorded(name: str) -> Any:
    return json.loads(shared(f"wire/x/recorded/{name}.json").read_text("utf-8"))["response"]["body"]


def body(name: str) -> Any:
    return json.loads(shared(f"wire/facebook/bodies/{name}.json").read_text("utf-8"))


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    token: str | None
    body: Any


@dataclass
class Recorded:
    """Answers for both platforms; `sent` holds the writes."""

    asked: list[Asked] = field(default_factory=list)

    @property
    def sent(self) -> list[Asked]:
        return [a for a in self.asked if a.method == "POST"]

    def answer(self, a: Asked) -> tuple[int, Any]:
        expected = FACEBOOK_TOKEN if a.path.startswith("/v") else X_TOKEN
        if a.token != expected:
            return 401, {
                "title": "Unauthorized",
                "type": "about:blank",
                "status": 401,
                "detail": "Unauthorized",
            }
        known = self._facebook(a) if a.path.startswith("/v") else self._x(a)
        return known or (
            404,
            {"error": {"message": "Unknown path components", "type": "OAuthException", "code": 2500}},
        )

    def _x(self, a: Asked) -> tuple[int, Any] | None:
        if a.method == "POST" and a.path == "/2/tweets":
            return 201, {"data": {**recorded("create_post_201")["data"], "text": a.body["text"]}}
        if a.method == "POST" and a.path.startswith("/2/dm_conversations/"):
            return 201, recorded("dm_send_to_participant_201")
        first = "pagination_token" not in a.query
        return {
            "/2/users/me": (200, {"data": {"id": "15392391", "name": "KFC", "username": "kfc"}}),
            "/2/users/15392391/mentions": (
                200,
                recorded("brand_inbox_to_kfc") if first else {"meta": {"result_count": 0}},
            ),
            "/2/users/15392391/tweets": (200, recorded("mentions_empty")),
            "/2/dm_events": (
                200,
                recorded("dm_events_with_participant") if first else {"meta": {"result_count": 0}},
            ),
        }.get(a.path)

    def _facebook(self, a: Asked) -> tuple[int, Any] | None:
        path = a.path.split("/", 2)[2]
        if a.method == "POST" and path == f"{PAGE}/messages":
            return 200, {"recipient_id": a.body["recipient"].get("id", CUSTOMER), "message_id": "m_sent-1"}
        if a.method == "POST" and path.endswith("/comments"):
            return 200, {"id": body("comments/comment_create_response")["id"]}
        conversation = {
            **body("conversations/conversation_full"),
            "messages": {"data": [body("messages/message_text_emoji")]},
        }
        post = {
            "id": f"{PAGE}_2954961744718970",
            "message": "Our new colours are here.",
            "created_time": "2021-07-23T08:00:00+0000",
            "updated_time": "2021-07-23T08:35:18+0000",
            "comments": {"data": [body("comments/comment_full")]},
        }
        return {
            "me": (200, {"id": PAGE, "name": "MyLife"}),
            PAGE: (200, {"id": PAGE, "name": "MyLife"}),
            f"{PAGE}/conversations": (200, {"data": [conversation]}),
            f"{PAGE}/published_posts": (200, {"data": [post]}),
            **{
                f"{PAGE}/{edge}": (200, {"data": []})
                for edge in ("video_reels", "photos", "albums", "live_videos")
            },
            f"{PAGE}/feed": (200, {"data": [post]}),
            "t_587956915396498/messages": (200, {"data": [body("messages/message_text_emoji")]}),
        }.get(path)


@contextmanager
def serving(world: Recorded, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on a free loopback port; yields the base URL. `tls`: what the server shows, https then."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None: ...

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            kind = self.headers.get("content-type", "")
            parsed = (
                json.loads(raw)
                if raw and "json" in kind
                else {k: v[0] for k, v in parse_qs(raw.decode()).items()}
            )
            scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
            asked = Asked(
                self.command, parts.path, parse_qs(parts.query), token if scheme == "Bearer" else None, parsed
            )
            world.asked.append(asked)
            status, answer = world.answer(asked)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
