"""Faults in X's own words: limits, refusals and troubles as X answers them."""

from __future__ import annotations

from datetime import datetime

from inbox.adapters.simkit import Response, answer
from inbox.adapters.twitter.sim.answers import missing, problem, too_many


def canned(name: str, moment: datetime, me: str) -> Response | None:
    """Return the answer of a fault by its name, None for a name that is not X's own. `me`: the id of our account."""
    now = int(moment.timestamp())
    reset = {
        "429": str(now + 300),
        "429_past": str(now - 3600),
        "429_far": "99999999999",
        "429_garbage": "soon",
    }.get(name)
    if reset is not None:
        return too_many(
            {"x-rate-limit-limit": "15", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        )
    match name:
        case "429_no_headers":
            return too_many({})
        case "429_day":
            short = {
                "x-rate-limit-limit": "100",
                "x-rate-limit-remaining": "42",
                "x-rate-limit-reset": str(now + 60),
            }
            day = {
                "x-user-limit-24hour-limit": "1440",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(now + 20_000),
            }
            return too_many({**short, **day})
        case "401":
            return problem(401, "Unauthorized", "Unauthorized")
        case "402":
            detail = "Your enrolled account [1] does not have any credits to fulfill this request."
            return problem(402, "CreditsDepleted", detail, "credits")
        case "403_duplicate":
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        case "403_bare":
            return problem(403, "Forbidden", "Forbidden")
        case "usage_capped":
            detail = "Usage cap exceeded: Monthly product cap"
            return problem(429, "UsageCapExceeded", detail, "usage-capped")
        case "503_json":
            return problem(503, "Service Unavailable", "Service Unavailable")
        case "errors_only":
            return answer(200, {"errors": [missing(me, "id", "user")]})
        case _:
            return None
