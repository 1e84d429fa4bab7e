"""Pages of lists, and the tokens that lead from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from inbox.adapters.twitter.sim.answers import invalid


class Pages:
    """Cuts lists into pages. Tokens are valid for any list, as long as the simulator lives."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._tokens: dict[str, tuple[str, int]] = {}

    def page(
        self, items: list[Any], params: Mapping[str, str], token: str | None, least: int
    ) -> tuple[list[Any], str | None]:
        """Return a page and the token of the next; a token stands for the last id shown, so arrivals do not shift it."""
        size = params.get("max_results", "10" if least == 5 else "100")
        if not size.isdigit() or not least <= int(size) <= 100:
            raise invalid(
                "max_results",
                f"The `max_results` query parameter value [{size}] is not between {least} and 100",
            )
        if token is not None:
            if token not in self._tokens:
                raise invalid("pagination_token", "The `pagination_token` query parameter value is not valid")
            below = self._tokens[token][1]
            items = [i for i in items if int(i.id) < below]
        page = items[: int(size)]
        more = self.next(page[-1].id) if len(items) > len(page) else None
        return page, more

    def next(self, last_id: str) -> str:
        """Return a new token for what is older than an id."""
        token = "7140dibdnow9c7btw" + "".join(self._random.choices("0123456789abcdefghjkmnp", k=24))
        self._tokens[token] = ("below", int(last_id))
        return token
