"""What X answers in parts, for the simulator: how it says no, and what is attached."""

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


def media_object(key: str, kind: str, alt_text: str | None, params: Mapping[str, str]) -> dict[str, Any]:
    """An attached photo, GIF or video, with the fields that were asked for."""
    fields = set(params.get("media.fields", "").split(","))
    link = f"https://pbs.twimg.com/media/{key}.jpg"
    offered: dict[str, Any] = {"alt_text": alt_text}
    if kind == "photo":
        offered["url"] = link
    else:
        offered["preview_image_url"] = link
        offered["variants"] = [
            {"content_type": "application/x-mpegURL", "url": f"https://video.twimg.com/{key}.m3u8"},
            {
                "content_type": "video/mp4",
                "bit_rate": 832000,
                "url": f"https://video.twimg.com/{key}.mp4",
            },
        ]
    chosen = {name: value for name, value in offered.items() if name in fields and value}
    return {"media_key": key, "type": kind, **chosen}
