"""The Graph API of a Page, simulated: a second witness of the platform, written from facts/facebook.md and the v25.0 specs.

    sim = Simulator(clock)
    ann = sim.world.person("Ann")
    sim.world.writes(ann, "Where is my parcel?")
    client = http.open_client(sim.url, transport=simkit.transport(sim))

It is strict where the real one is lenient (unknown fields and parameters answer code 100), so that a wrong call
shows in a test. Faults come through `sim.faults`, the limits through `sim.usage` and `sim.calls_left`.
"""

from __future__ import annotations

import json
from typing import Any

from inbox.adapters import simkit
from inbox.adapters.facebook.sim.call import Call
from inbox.adapters.facebook.sim.knobs import VERSION, Knobs
from inbox.adapters.facebook.sim.paging import Paging
from inbox.adapters.facebook.sim.reading import Reading
from inbox.adapters.facebook.sim.records import GraphError
from inbox.adapters.facebook.sim.shapes import Shapes
from inbox.adapters.facebook.sim.writing import Writing


class Simulator(Knobs):
    """Answers requests about its world. `handle` answers one; see `simkit` for ways to reach it."""

    url = "https://graph.facebook.com"

    @property
    def accepted(self) -> list[Any]:
        """What the platform took from us, in order."""
        return list(self.world.accepted)

    async def handle(self, request: simkit.Request) -> simkit.Response:
        """Answer one request as the Graph API does, with the faults that are due."""
        self.requests.append(request)
        call = Call(self, request)
        fault = self.faults.take(call.endpoint)
        return await simkit.perform(self.faults, fault, lambda: self._answer(call), self._canned)

    def _answer(self, call: Call) -> simkit.Response:
        try:
            if self.calls_left is not None:
                self.calls_left -= 1
                if self.calls_left < 0:
                    code = 80006 if "messages" in call.endpoint or "conversations" in call.endpoint else 80001
                    raise GraphError(code, f"(#{code}) There have been too many calls for this Page account.")
            return self._respond(200, self._run(call))
        except GraphError as error:
            return self._refuse(error)

    def _respond(self, status: int, body: Any) -> simkit.Response:
        headers = {
            "facebook-api-version": self.version,
            "date": simkit.http_date(self.clock()),
            "content-type": "application/json; charset=UTF-8",
        }
        for name, value in self.usage.items():
            headers[name] = value if isinstance(value, str) else json.dumps(value)
        if (
            self.calls_left is not None
            and self.calls_left <= 0
            and "x-business-use-case-usage" not in headers
        ):
            entry = {
                "type": "pages",
                "call_count": 100,
                "total_cputime": 3,
                "total_time": 5,
                "estimated_time_to_regain_access": self.regain_minutes,
            }
            headers["x-business-use-case-usage"] = json.dumps({self.world.page_id: [entry]})
        return simkit.answer(status, body, headers)

    def _refuse(self, error: GraphError) -> simkit.Response:
        body: dict[str, Any] = {
            "message": error.message,
            "type": "OAuthException",
            "code": error.code,
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
        }
        if error.subcode is not None:
            body["error_subcode"] = error.subcode
        if error.transient is not None:
            body["is_transient"] = error.transient
        return self._respond(error.status, {"error": body})

    def _canned(self, name: str) -> simkit.Response | None:
        """Faults in Facebook's own words. "fb:190/463", "fb:368@200": any code, with any status."""
        if name.startswith("fb:"):
            codes, _, status = name[3:].partition("@")
            code, _, subcode = codes.partition("/")
            return self._refuse(
                GraphError(
                    int(code),
                    f"(#{code}) Injected",
                    subcode=int(subcode) if subcode else None,
                    status=int(status or 400),
                )
            )
        match name:
            case "401":
                return self._refuse(GraphError(190, "Session has expired", subcode=463, status=401))
            case "429" | "429_no_headers":
                return self._refuse(GraphError(80001, "(#80001) There have been too many calls."))
            case "500" | "503":
                return self._refuse(
                    GraphError(2, "Service temporarily unavailable", status=int(name), transient=True)
                )
            case "sent_with_error":
                return self._refuse(GraphError(1, "An unknown error occurred", subcode=1357046, status=500))
            case "too_much":
                return self._refuse(
                    GraphError(
                        1,
                        "Please reduce the amount of data you're asking for, then retry your request",
                        status=500,
                    )
                )
            case _:
                return None

    def _run(self, call: Call) -> Any:
        if not call.steps or call.steps[0] != VERSION:
            raise GraphError(2500, "Unknown path components: " + call.request.path)
        if len(call.steps) not in (2, 3):
            raise GraphError(2500, "Unknown path components: " + call.request.path)
        call.sign_in()
        paging = Paging(call)
        shapes = Shapes(call, paging)
        if call.request.method == "GET":
            return Reading(call, paging, shapes).get(
                call.steps[1], call.steps[2] if len(call.steps) == 3 else None
            )
        if self.person_token:
            raise GraphError(1705, "(#1705) There was an error when posting to this Page.")
        if call.request.method == "POST":
            return Writing(call, shapes).post(call.steps[1], call.steps[2] if len(call.steps) == 3 else None)
        if call.request.method == "DELETE":
            return Writing(call, shapes).delete(
                call.steps[1], call.steps[2] if len(call.steps) == 3 else None
            )
        raise GraphError(100, f"Unsupported {call.request.method.lower()} request.", subcode=33)
