"""One request: its path, its token, its parameters, and the fields it asks for."""

from __future__ import annotations

from inbox.adapters import simkit
from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.fields import Field
from inbox.adapters.facebook.sim.knobs import Knobs
from inbox.adapters.facebook.sim.values import (
    check_names,
    gone,
)
from inbox.adapters.facebook.sim.world import (
    Comment,
    GraphError,
)

GENERIC = frozenset(
    [
        "fields",
        "limit",
        "after",
        "before",
        "since",
        "until",
        "summary",
        "access_token",
        "appsecret_proof",
        "locale",
        "pretty",
    ]
)


class Call:
    """One request on its way. What is wrong with it raises GraphError, as in all that answers it."""

    def __init__(self, knobs: Knobs, request: simkit.Request) -> None:
        self.knobs, self.world, self.request = knobs, knobs.world, request
        self.steps = [s for s in request.path.split("/") if s]
        self.params = request.params
        edge = self.steps[2] if len(self.steps) > 2 else ""
        self.endpoint = f"{request.method} {edge or 'node'}"

    def sign_in(self) -> None:
        """Check the token."""
        given = self.request.bearer or self.params.get("access_token")
        if given is None:
            raise GraphError(2500, "An active access token must be used to query information", status=400)
        if given != self.knobs.token:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if self.knobs.token_error is not None:
            code, subcode = self.knobs.token_error
            raise GraphError(code, "Error validating access token", subcode=subcode, status=401)

    def allow(self, extra: frozenset[str] = frozenset(), less: frozenset[str] = frozenset()) -> None:
        """Check the names of the parameters against the usual ones. `extra`: further ones; `less`: usual ones that
        this edge does not take."""
        for name in self.params:
            if name not in (GENERIC | extra) - less:
                raise GraphError(100, f"(#100) Unknown parameter {name}")

    def fields(self, node: str, also: frozenset[str] = frozenset()) -> tuple[Field, ...]:
        """Return the fields that are asked for, or those the node shows without. `also`: fields that only this edge
        has."""
        try:
            fields = sim_fields.parse(self.params.get("fields") or sim_fields.DEFAULTS[node])
        except sim_fields.BadFields as error:
            raise GraphError(2500, f"Syntax error in fields: {error}") from None
        check_names(node, fields, also)
        return fields

    def own_page(self, id_: str) -> None:
        """Check that an id is that of the Page that the token belongs to."""
        if id_ not in ("me", self.world.page_id):
            raise gone(id_)

    def comment(self, id_: str) -> Comment:
        """Return a comment by its id."""
        found = self.world.find_comment(id_)
        if found is None:
            raise gone(id_)
        return found
