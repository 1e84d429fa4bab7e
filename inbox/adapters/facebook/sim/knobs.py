"""What a test may set on the simulated platform: who is signed in, what it refuses, how it lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from inbox.adapters import simkit
from inbox.adapters.facebook.sim.world import (
    GraphError,
    World,
)

DETAILS = 20
MOST_THINGS = 4000
"""Posts times comments in one answer, beyond which Facebook asks to reduce the amount of data."""
VERSION = "v25.0"


class Knobs:
    """The simulated platform without its endpoints: its world, the token it takes, and the knobs."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        page_id: str = "1001",
        page_name: str = "Acme",
        token: str = "page-token-of-acme",
    ) -> None:
        self.world = World(clock, page_id=page_id, page_name=page_name)
        self.clock = clock
        self.token = token
        self.faults = simkit.Faults()
        self.requests: list[simkit.Request] = []
        """Everything that was asked, for tests of what we ask."""

        # knobs
        self.version = VERSION
        self.token_error: tuple[int, int | None] | None = None
        """(code, subcode) that every call answers, as after a password change."""
        self.person_token = False
        """The token is a person's: lists come back empty, nothing can be written."""
        self.tells_authors = True
        self.refuses: dict[str, GraphError] = {}
        """By edge of the Page, how asking for it is refused: the app may not read it."""
        self.first_photo_with_post = False
        """Whether the list of a post also shows the comments on its first photo (seen in 2015)."""
        self.reads_back = True
        """Whether the answer to a new comment shows the fields that were asked for, or its id alone."""
        self.ranked = True
        self.keeps_order = True
        """False: comments come oldest first, whatever was asked for."""
        self.details = DETAILS
        self.withheld: set[str] = set()
        """Ids left out of a page after it was cut: short and empty pages that still have a next one."""
        self.usage: dict[str, Any] = {}
        """Header name to its value, as text or as JSON."""
        self.calls_left: int | None = None
        self.regain_minutes = 0
        self.most_things = MOST_THINGS
        self.next_url: Callable[[str], str] = lambda url: url
        """Changes the `next` of every list (loops, other hosts)."""
