"""Checks of a request as X makes them, and stricter ones: a name that is not in the specification is a mistake of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.adapters.simkit import Request
from inbox.adapters.twitter.sim.answers import Problem, invalid, problem
from inbox.adapters.twitter.sim.spec import NAMES, PARAMETERS


def check_parameters(name: str, request: Request) -> None:
    """Check names and values of the query. Raises Problem."""
    for parameter, _ in request.query:
        if parameter not in PARAMETERS[name]:
            raise invalid(parameter, f"The query parameter [{parameter}] is not one of the allowed ones")
    params = request.params
    if "tweet.fields" in params and "post.fields" in params:
        raise invalid("post.fields", "one dialect at a time")
    names = NAMES[dialect(params)]
    direct = "dm_" in name
    checks = {
        "tweet.fields": names["fields"],
        "post.fields": names["fields"],
        "expansions": names["dm expansions" if direct else "expansions"],
        "dm_event.fields": names["dm fields"],
    }
    for parameter, allowed in checks.items():
        if name == "GET /2/users/me":
            continue
        for value in filter(None, params.get(parameter, "").split(",")):
            if value not in allowed:
                raise invalid(
                    parameter, f"The `{parameter}` query parameter value [{value}] is not one of them"
                )


def dialect(params: Mapping[str, str]) -> str:
    """Tell by its parameters in which dialect a request is written: `tweet` or `post`."""
    newer = "post.fields" in params or "referenced_posts" in params.get("expansions", "")
    return "post" if newer else "tweet"


def time(params: Mapping[str, str], name: str) -> datetime | None:
    """Return a time from the query, None where it is not there. Raises Problem."""
    if name not in params:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", params[name]):
        raise invalid(name, f"The `{name}` query parameter value [{params[name]}] is not a time")
    return datetime.fromisoformat(params[name])


def user_id(text: str) -> str:
    """Return a user's id that is written as one. Raises Problem."""
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise invalid("id", f"The `id` query parameter value [{text}] is not valid")
    return text


def members(request: Request, allowed: set[str]) -> dict[str, Any]:
    """Return the members of a JSON body. Raises Problem for one that the schema does not know."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Problem(problem(415, "Unsupported Media Type", "Content-Type must be application/json"))
    try:
        body = request.json()
    except ValueError:
        raise invalid("body", "Requests with bodies must have JSON in them") from None
    if not isinstance(body, dict):
        raise invalid("body", "$: must be an object")
    for name in body:
        if name not in allowed:
            raise invalid(
                name,
                f"$.{name}: is not defined in the schema and the schema does not allow additional properties",
            )
    return body
