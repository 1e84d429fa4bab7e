"""Small pieces of the simulator: checks of names and parameters, cursors, times, bodies of forms.

Strict where the real one is lenient; written from the documents, as a second witness beside the reader.
"""

from __future__ import annotations

import base64
import email
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.fields import Field
from inbox.adapters.facebook.sim.world import GraphError


def gone(id_: str) -> GraphError:
    """Return the error for a node that does not exist, or not for us."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{id_}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation",
        subcode=33,
    )


INNER = {
    ("PagePost", "comments"): "Comment",
    ("Video", "comments"): "Comment",
    ("Photo", "comments"): "Comment",
    ("Album", "comments"): "Comment",
    ("LiveVideo", "comments"): "Comment",
    ("LiveVideo", "video"): "Video",
    ("PagePost", "attachments"): "StoryAttachment",
    ("Comment", "comments"): "Comment",
    ("Comment", "parent"): "Comment",
    ("UnifiedThread", "messages"): "UnifiedMessage",
    ("UnifiedMessage", "attachments"): "Attachment",
    ("UnifiedMessage", "shares"): "Share",
}


def check_names(node: str, fields: Sequence[Field], also: frozenset[str] = frozenset()) -> None:
    """Unknown names are refused wherever they stand, also where the list is empty. `also`: what the items of
    this very edge know beside the fields of their node."""
    for wanted in fields:
        if wanted.name not in sim_fields.NODES[node] | also:
            raise GraphError(
                100, f"(#100) Tried accessing nonexisting field ({wanted.name}) on node type ({node})"
            )
        inner = INNER.get((node, wanted.name))
        if inner is not None and wanted.children is not None:
            check_names(inner, wanted.children)


def multipart(kind: str, body: bytes) -> dict[str, Any]:
    """Fields as text; files as (media type, content)."""
    whole = email.message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in whole.walk():
        if part.is_multipart():
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(name)] = (part.get_content_type(), content) if part.get_filename() else content.decode()
    return found


def only(body: Mapping[str, Any], known: set[str] | frozenset[str]) -> None:
    """Check that a body has no other members. Raises GraphError."""
    for name in body:
        if name not in known:
            raise GraphError(100, f"(#100) Unknown parameter {name}")


def decoded(value: Any) -> dict[str, Any]:
    """A member of a JSON body, or of a form where it is JSON in text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise GraphError(100, "(#100) The parameter recipient or message is no object")
    return value


def inner(node: str, items: list[dict[str, Any]], wanted: Field) -> dict[str, Any]:
    fields = wanted.children or sim_fields.parse(sim_fields.DEFAULTS[node])
    return {"data": [{f.name: item[f.name] for f in fields if f.name in item} for item in items]}


def choice(params: Mapping[str, str], name: str, values: tuple[str, str]) -> str:
    """An enum parameter; the first value is the default."""
    value = params.get(name, values[0])
    if value not in values:
        raise GraphError(100, f"(#100) Param {name} must be one of {{{', '.join(values)}}}")
    return value


def number(value: str | None, default: int) -> int:
    """Return a number of a parameter. Raises GraphError."""
    if value is None:
        return default
    if not value.isdigit():
        raise GraphError(100, "(#100) param limit must be a non-negative integer")
    return int(value)


def moment(value: str) -> datetime:
    """Return a time of a parameter: seconds since 1970 or ISO 8601. Raises GraphError."""
    if value.isdigit():
        return datetime.fromtimestamp(int(value), UTC)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise GraphError(100, "(#100) param since must be a date") from None


def stamp(moment: datetime) -> str:
    """Whole seconds and an offset without a colon, as Facebook writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def cursor(place: tuple[float, Any]) -> str:
    """Return a place in a list as an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode()


def uncursor(value: str | None) -> list[Any] | None:
    """Return the place that a cursor names; None without one. Raises GraphError."""
    if not value:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(value))
    except ValueError:
        raise GraphError(100, "(#100) Invalid cursor") from None
    return found if isinstance(found, list) else None
