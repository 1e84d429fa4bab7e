"""Whether a request fits Meta's own description of Graph API v25.0."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from shared import shared

from inbox.adapters.facebook.graph import VERSION
from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.values import multipart
from inbox.adapters.simkit import Request

SPECS = shared("wire/facebook/specs/v25.0")
GENERIC = {"fields", "limit", "after", "before", "since", "until", "summary", "pretty"}
"""Modifiers that the specs do not list (README beside them)."""
UNDESCRIBED = {
    "UnifiedMessage": "id created_time from to message sticker tags attachments shares reactions story reply_to "
    "is_unsupported",
    "LiveVideo": "id title status video creation_time permalink_url",
}
"""Nodes the specs lack, by the reference page and the generated SDK with a recorded body (facts/facebook.md#3.2)."""
UNDESCRIBED_PARAMS = {("LiveVideo", "comments"): {"filter", "live_filter", "order", "since"}}
"""The same list on every node with comments (facts/facebook.md#3.2)."""


@cache
def spec(node: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / f"{node}.json").read_text(encoding="utf-8"))
    return found


def readable(node: str) -> set[str]:
    edges = {a["endpoint"] for a in spec(node)["apis"] if a["method"] == "GET" and "endpoint" in a}
    return {f["name"] for f in spec(node)["fields"]} | edges


def api(node: str, method: str, edge: str | None) -> dict[str, Any]:
    """The description of one call; on the node itself it is called #get, #update or #delete."""
    own = {"GET": "#get", "POST": "#update", "DELETE": "#delete"}[method]
    for found in spec(node)["apis"]:
        if found["method"] == method and found.get("endpoint") == edge and (edge or found.get("name") == own):
            described: dict[str, Any] = found
            return described
    raise AssertionError(f"{method} {edge} is no call of {node}")


def params(node: str, method: str, edge: str | None) -> set[str]:
    return {p["name"] for p in api(node, method, edge)["params"]}


def answer_of(node: str, edge: str) -> str:
    return next(a["return"] for a in spec(node)["apis"] if a.get("endpoint") == edge and a["method"] == "GET")


def check_fields(node: str, fields: tuple[sim_fields.Field, ...]) -> None:
    if node in UNDESCRIBED:
        assert {f.name for f in fields} <= set(UNDESCRIBED[node].split())
        return
    for f in fields:
        # `tagged_time` is on the reference page of the edge only (facts/facebook.md#3.7).
        assert f.name in readable(node) | {"tagged_time"}, f"{f.name} is nothing of {node}"
        inner = {
            "comments": "Comment",
            "parent": "Comment",
            "messages": "UnifiedMessage",
            "instagram_business_account": "IGUser",
            "connected_instagram_account": "IGUser",
        }.get(f.name)
        if inner and f.children is not None:
            check_fields(inner, f.children)
        if f.name in ("comments", "messages"):
            modifiers = set(f.modifiers) - {"limit", "summary"}
            assert modifiers <= params(node, "GET", f.name)


_THINGS = {"73": "AdVideo", "74": "Photo", "75": "Album", "76": "LiveVideo"}


def node_of(id_: str) -> str:
    if id_ in ("me", "1001"):
        return "Page"
    if id_.startswith(("t_", "aWdfZG1f")):
        return "UnifiedThread"
    if id_.startswith(("m_", "aWdfZAG")):
        return "UnifiedMessage"
    if id_[:2] in _THINGS and "_" not in id_:
        return _THINGS[id_[:2]]
    return "PagePost" if id_.startswith(("1001_", "59")) else "Comment"


FILE_FIELDS = {"message_attachments": {"filedata"}, "photos": {"source"}}
"""Parts of an upload: the specs list no files at all ("Saving assets", reference of page photos)."""


def check(request: Request) -> None:
    version, id_, *edge = request.path.strip("/").split("/")
    assert version == VERSION == "v25.0"
    assert "access_token" not in request.params
    assert request.bearer
    node = node_of(id_)
    name = edge[0] if edge else None
    if node in UNDESCRIBED:
        known = UNDESCRIBED_PARAMS.get((node, name or ""), set())
        assert request.method == "GET"
        assert name is None or known
        assert set(request.params) <= known | GENERIC
        check_fields("Comment" if name else node, sim_fields.parse(request.params["fields"]))
        return
    known = params(node, request.method, name)
    assert set(request.params) <= known | GENERIC
    if "fields" in request.params and request.method == "GET":
        check_fields(answer_of(node, name) if name else node, sim_fields.parse(request.params["fields"]))
    if request.method == "POST":
        sent = members(request)
        assert sent <= known | FILE_FIELDS.get(name or "", set())
        assert {p["name"] for p in api(node, "POST", name)["params"] if p["required"]} <= sent


def members(request: Request) -> set[str]:
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        return set(request.json())
    if kind.startswith("multipart/"):
        return set(multipart(kind, request.body))
    return set(request.form)
