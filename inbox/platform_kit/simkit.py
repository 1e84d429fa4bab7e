"""Parts of a simulated platform, for the tests of its package: a clock to turn, limits, faults, two ways to be reached.

A simulator is a second witness: write it from the platform's documentation, and share no code with the parser it checks.
It is an object with `async handle(request) -> Response`; `PlatformWorld.simulation` takes one.
"""

from __future__ import annotations

from inbox.adapters.simkit import (
    Allowance,
    Dropped,
    Faults,
    Limiter,
    NotListening,
    Request,
    Response,
    Simulation,
    VirtualClock,
    answer,
    http_date,
    loopback,
    perform,
    transport,
)

__all__ = [
    "Allowance",
    "Dropped",
    "Faults",
    "Limiter",
    "NotListening",
    "Request",
    "Response",
    "Simulation",
    "VirtualClock",
    "answer",
    "http_date",
    "loopback",
    "perform",
    "transport",
]
