"""Answers a platform has no business to give, made by seed from the one it would have given; and all that were recorded.

Each is a function of (request, the good answer, a seeded chance, an answer to somebody else's question).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from shared import SHARED

from inbox.adapters.simkit import JSON_TYPE, Dropped, NotListening, Request, Response, answer

Odd = Callable[[Request, Response, Random, Response], Response]
STATUSES = (204, 302, 400, 401, 402, 403, 404, 405, 408, 410, 413, 422, 429, 500, 502, 503, 504, 520)
DATES = ("created_at", "created_time", "updated_time", "timestamp")
PAGES = ("next_token", "next", "after", "previous_token")
OTHER_TYPES: tuple[Any, ...] = (
    None,
    0,
    -1,
    2**70,
    True,
    "",
    "x",
    "\ud800",
    [],
    [None],
    {},
    {"id": None},
    1.5,
)


@cache
def all_odd(platform: str) -> Mapping[str, Odd]:
    """By name, in a fixed order. Made once: all recorded bodies are read for it."""
    found = dict(_whole())
    found |= {f"part: {rule.__name__.strip('_')} {n}": _parted(rule, n) for rule in PARTS for n in range(4)}
    found |= dict(_of_x() if platform == "twitter" else _of_facebook())
    return found | dict(_recorded(platform))


# -- the whole answer --------------------------------------------------------------------------------------


def _whole() -> Iterator[tuple[str, Odd]]:
    for status in STATUSES:
        yield (
            f"status {status}",
            _body(status, b"<html><body>no</body></html>", {"content-type": "text/html"}),
        )
        yield f"status {status} with the good body", _restatus(status)
    for name, raw in (
        ("nothing", b""),
        ("null", b"null"),
        ("a list", b"[]"),
        ("an object", b"{}"),
        ("a text", b'"ok"'),
        ("true", b"true"),
        ("no data", b'{"data":null}'),
        ("data of another kind", b'{"data":{}}'),
        ("a list of nothing", b'{"data":[null,{},[],"x",1]}'),
        ("an empty list", b'{"data":[]}'),
        ("an empty list, counted", b'{"data":[],"meta":{"result_count":0},"paging":{}}'),
        ("no result", b'{"meta":{"result_count":0}}'),
        ("a portal", b"<!doctype html><title>Sign in to the network</title>"),
        ("no text at all", b"\x00\xff\xfe{"),
        ("deep", b"[" * 20_000 + b"]" * 20_000),
    ):
        yield name, _body(200, raw, JSON_TYPE)
    yield "cut", lambda request, good, chance, other: _with(good, good.body[: len(good.body) * 2 // 3])
    yield "another object's", lambda request, good, chance, other: other
    yield "429 without a time", lambda *_: answer(429, {"title": "Too Many Requests"})
    yield "429 past", lambda *_: answer(429, {}, {"x-rate-limit-reset": "1", "x-rate-limit-remaining": "0"})
    yield "dropped", _raising(Dropped)
    yield "refused", _raising(NotListening)


def _body(status: int, raw: bytes, headers: Any) -> Odd:
    return lambda request, good, chance, other: Response(status, raw, dict(headers))


def _restatus(status: int) -> Odd:
    return lambda request, good, chance, other: Response(status, good.body, good.headers)


def _raising(error: type[Exception]) -> Odd:
    def odd(*_: object) -> Response:
        raise error

    return odd


def _with(good: Response, raw: bytes) -> Response:
    return Response(200, raw, good.headers)


# -- a part of it ------------------------------------------------------------------------------------------

Place = tuple[Any, Any]
"""A list or an object, and the index or name of a member."""


def _places(node: Any) -> Iterator[Place]:
    for name in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield node, name
        yield from _places(node[name])


def _named(body: Any, *names: str) -> list[Place]:
    return [place for place in _places(body) if place[1] in names and isinstance(place[0], dict)]


def _lists(body: Any) -> list[list[Any]]:
    return [place[0][place[1]] for place in _places(body) if isinstance(place[0][place[1]], list)]


def _parted(rule: Callable[[Any, Random], None], number: int) -> Odd:
    def odd(request: Request, good: Response, chance: Random, other: Response) -> Response:
        try:
            body = json.loads(good.body)
        except ValueError:
            return good
        rule(body, Random(f"{number} {chance.random()}"))
        return _with(good, json.dumps(body).encode("utf-8", "surrogatepass"))

    return odd


def _other_type(body: Any, chance: Random) -> None:
    if places := list(_places(body)):
        node, name = chance.choice(places)
        node[name] = chance.choice(OTHER_TYPES)


def _missing(body: Any, chance: Random) -> None:
    if places := list(_places(body)):
        node, name = chance.choice(places)
        del node[name]


def _no_ids(body: Any, chance: Random) -> None:
    for node, name in _named(body, "id"):
        if chance.random() < 0.5:
            del node[name]


def _swapped_ids(body: Any, chance: Random) -> None:
    """Two objects of one answer carry each other's id."""
    places = _named(body, "id")
    if len(places) > 1:
        (one, name), (two, other) = chance.sample(places, 2)
        one[name], two[other] = two[other], one[name]


def _same_ids(body: Any, chance: Random) -> None:
    places = _named(body, "id")
    if places:
        same = chance.choice(places)
        for node, name in places:
            node[name] = same[0][same[1]]


def _foreign_ids(body: Any, chance: Random) -> None:
    """The answer to another Page's or account's question: as good as ours, every object somebody else's."""
    by = chance.randrange(1, 4000)
    for node, name in _named(body, "id"):
        if isinstance(node[name], str):
            node[name] = re.sub(r"[0-9]+$", lambda found: str(int(found[0]) + by), node[name])


def _odd_dates(body: Any, chance: Random) -> None:
    for node, name in _named(body, *DATES):
        node[name] = chance.choice(
            (
                "2099-01-01T00:00:00.000Z",
                "1970-01-01T00:00:00+0000",
                "9999-12-31T23:59:59Z",
                "yesterday",
                0,
                "",
            )
        )


def _future_ids(body: Any, chance: Random) -> None:
    """A list whose newest id was born in a hundred years: what takes it for its place never reads again."""
    for node, name in _named(body, "id", "newest_id")[:1]:
        if str(node[name]).isdigit():
            node[name] = str(2**62 + chance.randrange(2**40))


def _repeated(body: Any, chance: Random) -> None:
    for found in _lists(body):
        found += found[:]


def _backwards(body: Any, chance: Random) -> None:
    for found in _lists(body):
        found.reverse()


def _emptied(body: Any, chance: Random) -> None:
    """Full a minute ago."""
    for found in _lists(body):
        found.clear()


def _halved(body: Any, chance: Random) -> None:
    for found in _lists(body):
        del found[len(found) // 2 :]


def _endless(body: Any, chance: Random) -> None:
    """The next page is this one, for ever."""
    if isinstance(body, dict):
        if isinstance(body.get("meta"), dict):
            body["meta"]["next_token"] = "again"
        elif isinstance(body.get("data"), list):
            body["paging"] = {
                "cursors": {"before": "a", "after": "again"},
                "next": "https://graph.facebook.com/again",
            }


def _no_more_pages(body: Any, chance: Random) -> None:
    for node, name in _named(body, *PAGES):
        del node[name]


def _other_texts(body: Any, chance: Random) -> None:
    for node, name in _named(body, "text", "message", "name", "username"):
        node[name] = chance.choice(("", " ", "\x1b]0;x\x07", "x" * 5000, "\u202egnorw"))


PARTS = (
    _other_type,
    _missing,
    _no_ids,
    _swapped_ids,
    _same_ids,
    _foreign_ids,
    _odd_dates,
    _future_ids,
    _repeated,
    _backwards,
    _emptied,
    _halved,
    _endless,
    _no_more_pages,
    _other_texts,
)


# -- what the platforms call errors ------------------------------------------------------------------------

X_PROBLEMS = {
    "resource-not-found": "Not Found Error",
    "not-authorized-for-resource": "Authorization Error",
    "resource-unavailable": "Service Unavailable",
    "disallowed-resource": "Disallowed Resource",
    "client-disconnected": "ConnectionException",
    "": "",
}


def _of_x() -> Iterator[tuple[str, Odd]]:
    """Partial errors (facts/x.md#7.2): 200, some or all objects named in `errors` instead of shown."""
    for kind, title in X_PROBLEMS.items():
        for share in (0.5, 1.0):
            yield f"partial: {kind or 'untyped'} {share}", _unshown(kind, title, share)


def _unshown(kind: str, title: str, share: float) -> Odd:
    def odd(request: Request, good: Response, chance: Random, other: Response) -> Response:
        try:
            body = json.loads(good.body)
        except ValueError:
            return good
        if not isinstance(body, dict):
            return good
        data = body.get("data", [])
        shown = data if isinstance(data, list) else [data]
        left = [one for one in shown if chance.random() >= share]
        problems = [
            {
                "resource_id": one.get("id"),
                "value": one.get("id"),
                "parameter": "ids",
                "resource_type": "tweet",
                "title": title,
                "detail": f"Could not find tweet with ids: [{one.get('id')}].",
                "type": f"https://api.twitter.com/2/problems/{kind}",
            }
            for one in shown
            if one not in left
        ]
        return answer(
            200, {**({"data": left} if left else {}), "errors": problems, "meta": {"result_count": len(left)}}
        )

    return odd


GRAPH_ERRORS = (
    *(
        (1, None),
        (2, None),
        (4, None),
        (10, None),
        (17, None),
        (32, None),
        (100, None),
        (100, 33),
        (102, None),
    ),
    *((190, None), (190, 463), (200, None), (210, None), (283, None), (341, None), (368, None), (551, None)),
    *((613, None), (803, None), (80001, None), (80006, None), (9000001, None), (0, None), (21, None)),
)


def _of_facebook() -> Iterator[tuple[str, Odd]]:
    for code, subcode in GRAPH_ERRORS:
        error: dict[str, Any] = {"message": f"(#{code}) no", "type": "OAuthException", "code": code}
        if subcode is not None:
            error["error_subcode"] = subcode
        raw = json.dumps({"error": error}).encode()
        yield f"error {code}/{subcode}", _body(400, raw, JSON_TYPE)
        yield f"error {code}/{subcode} with 200", _body(200, raw, JSON_TYPE)
    for name in UNKNOWN_FIELDS:
        yield f"error 100, no field {name}", _body(400, _unknown_field(name), JSON_TYPE)


UNKNOWN_FIELDS = (
    "message",
    "from",
    "created_time",
    "attachments",
    "permalink_url",
    "messages",
    "comments",
    "id",
)


def _unknown_field(name: str) -> bytes:
    """As Facebook refuses a name in `fields`; what believes it reads everything without its words from then on."""
    words = f"(#100) Tried accessing nonexisting field ({name}) on node type (Comment)"
    return json.dumps({"error": {"message": words, "type": "OAuthException", "code": 100}}).encode()


def _recorded(platform: str) -> Iterator[tuple[str, Odd]]:
    """Errors as they were really seen; none where the recordings are not beside this checkout."""
    wire = SHARED / "wire" / ("x" if platform == "twitter" else "facebook")
    folders = [wire / "errors", wire / "recorded"] if platform == "twitter" else [wire / "bodies" / "errors"]
    for path in sorted(path for folder in folders if folder.is_dir() for path in folder.glob("*.json")):
        found = _seen(path)
        if found is not None:
            yield f"recorded: {path.stem}", _body(found[0], found[1], JSON_TYPE)


def _seen(path: Path) -> tuple[int, bytes] | None:
    whole = json.loads(path.read_text("utf-8"))
    if not isinstance(whole, dict):
        return None
    response = whole.get("response", whole)
    body = response.get("body", response) if isinstance(response, dict) else response
    status = response.get("status", 0) if isinstance(response, dict) else 0
    if not isinstance(body, dict) or not ({"error", "errors", "title"} & body.keys()):
        return None
    return status or (400 if "error" in body else 200), json.dumps(body).encode()
