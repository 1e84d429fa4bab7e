"""How X says no, for the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.adapters.simkit import Allowance, Response, answer


class Problem(Exception):
    """An error answer in the form of X."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status))
        self.response = response


def missing(target: str, parameter: str, kind: str = "tweet") -> dict[str, Any]:
    return {
        "value": target,
        "detail": f"Could not find {kind} with {parameter}: [{target}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": target,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def protected(target: str, parameter: str) -> dict[str, Any]:
    """There, but not for this token (specification 2.167, NotAuthorizedForResourceProblem)."""
    return {
        **missing(target, parameter),
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{target}].",
        "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
    }


def out_of_order(target: str, parameter: str) -> dict[str, Any]:
    """Trouble of X's own about one post (ResourceUnavailableProblem)."""
    return {
        **missing(target, parameter),
        "title": "Service Unavailable",
        "detail": "The service is temporarily unavailable.",
        "type": "https://api.twitter.com/2/problems/resource-unavailable",
    }


def problem(status: int, title: str, detail: str, kind: str | None = None) -> Response:
    type_ = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    return answer(status, {"title": title, "detail": detail, "type": type_, "status": status})


def invalid(parameter: str, message: str) -> Problem:
    body = {
        "errors": [{"parameters": {parameter: []}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Problem(answer(400, body))


def too_many(headers: Mapping[str, str]) -> Response:
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    return answer(429, body, headers)


def limit_headers(short: Allowance, day: Allowance | None) -> dict[str, str]:
    def three(family: str, allowance: Allowance) -> dict[str, str]:
        return {
            f"{family}-limit": str(allowance.limit),
            f"{family}-remaining": str(allowance.remaining),
            f"{family}-reset": str(int(allowance.resets_at.timestamp())),
        }

    return three("x-rate-limit", short) | (three("x-user-limit-24hour", day) if day else {})
