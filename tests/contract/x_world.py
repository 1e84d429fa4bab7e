"""A simulated X with two customers and the adapter in front of it, and X's specification as the judge of requests."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
from platform_rules import configured
from shared import shared

from inbox.adapters import http
from inbox.adapters.simkit import Request, VirtualClock, loopback, transport
from inbox.adapters.twitter import PLATFORM
from inbox.adapters.twitter.settings import Search
from inbox.adapters.twitter.sim import Simulator, between
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import replace
from inbox.ports.platform import Adapter, Incoming, Outgoing, Page
from inbox.ports.secrets import Secret

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
BACK = START - timedelta(days=30)


class World:
    """A simulated X with two customers, and the adapter in front of it."""

    def __init__(self, url: str | None = None, dialect: str = "tweet", token: str | None = None) -> None:
        self.clock = VirtualClock(START)
        self.sim = Simulator(self.clock)
        self.anna = self.sim.user("Anna", "anna_b")
        self.ben = self.sim.user("Ben", "ben")
        self.dialect = dialect
        self.token = Secret(token or self.sim.token)
        self.adapter = self.connect(url)

    def connect(self, url: str | None) -> Adapter:
        over = None if url else transport(self.sim)
        client = http.open_client(url or PLATFORM.api_url, over)
        search = Search(name="brand", query='(acme OR "acme gmbh") -from:acme -is:retweet')
        account = configured(name="acme-x", platform="twitter", dialect=self.dialect, searches=[search])
        return PLATFORM.connect(account, client, self.token, self.clock)

    async def read(
        self, surface: Surface = Surface.MENTIONS, cursor: Mapping[str, Any] | None = None
    ) -> Round:
        pages = [page async for page in self.adapter.read(surface, cursor, BACK)]
        return Round(pages)

    def reply(self, to: str, text: str = "We look into it", customer: str | None = None) -> Outgoing:
        item = OutboxItem(
            id="o1",
            key="k1",
            conversation="c",
            account="acme-x",
            agent="tanja",
            text=text,
            private=False,
            created_at=self.clock.now(),
            not_before=self.clock.now(),
            reply_to=to,
        )
        who = customer or self.anna
        return Outgoing(
            item=item, surface=Surface.MENTIONS, thread=f"{to}:{who}", contact=Person(remote_id=who)
        )

    def direct(self, text: str = "We look into it", customer: str | None = None) -> Outgoing:
        who = customer or self.anna
        out = self.reply("0", text, who)
        return replace(out, surface=Surface.DIRECT, thread=between(who, self.sim.me))


class Round:
    """One complete reading."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.messages = [m for page in pages for m in page.messages]
        self.context = [c for page in pages for c in page.context]
        self.notes = [n for page in pages for n in page.notes]
        self.cursor = json.loads(json.dumps(pages[-1].cursor))

    @property
    def keys(self) -> list[str]:
        return [m.key for m in self.messages]

    def of(self, key: str) -> Incoming:
        return next(m for m in self.messages if m.key == key)


@asynccontextmanager
async def on_network(world: World) -> AsyncIterator[World]:
    """The same world over a real socket."""
    async with loopback(world.sim) as url:
        await world.adapter.aclose()
        world.adapter = world.connect(url)
        yield world
        await world.adapter.aclose()


def specification(dialect: str) -> dict[str, Any]:
    name = "openapi.json" if dialect == "post" else "openapi-2.166.json"
    found: dict[str, Any] = json.loads(shared(f"wire/x/{name}").read_text())
    return found


def resolve(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def problems_of(spec: dict[str, Any], request: Request) -> list[str]:
    """What the specification has against a request: path, method, parameter names and values, body."""
    templates = sorted(spec["paths"], key=lambda p: p.count("{"))
    path = next((p for p in templates if re.fullmatch(re.sub(r"{\w+}", "[^/]+", p), request.path)), None)
    if path is None or request.method.lower() not in spec["paths"][path]:
        return [f"no operation {request.method} {request.path}"]
    operation = spec["paths"][path][request.method.lower()]
    known = {p["name"]: p for p in (resolve(spec, p) for p in operation.get("parameters", []))}
    problems = []
    for name, value in request.query:
        if name not in known or known[name]["in"] != "query":
            problems.append(f"{path}: no parameter {name}")
            continue
        schema = resolve(spec, known[name]["schema"])
        values: Any = value.split(",") if schema.get("type") == "array" else value
        values = int(value) if schema.get("type") == "integer" else values
        checker = jsonschema.Draft7Validator({**schema, "components": spec["components"]})
        problems += [f"{path}: {name}: {e.message}" for e in checker.iter_errors(values)]
    if request.body:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        checker = jsonschema.Draft7Validator({**schema, "components": spec["components"]})
        problems += [f"{path}: body: {e.message}" for e in checker.iter_errors(request.json())]
    return problems
