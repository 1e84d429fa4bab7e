"""Whatever happens on the Page, in whatever order, with whatever answers lost: in the end we hold what stands there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drills import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from platform_rules import configured

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM, values
from inbox.adapters.facebook.sim import Simulator
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.errors import PlatformError
from inbox.ports.platform import Asked, Incoming, Listed, Look
from inbox.ports.secrets import Secret

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SURFACES = (Surface.MESSENGER, Surface.COMMENTS, Surface.VISITOR_POSTS)
FAULTS = ["drop_before_accept", "503", "cut_json", "html", "too_much", "fb:2"]

ACTIONS = [
    "write",
    "write",
    "post",
    "visitor",
    "comment",
    "comment",
    "answer",
    "edit",
    "delete",
    "wait",
    "fault",
]
DAYS = st.lists(
    st.tuples(st.sampled_from([*ACTIONS, "read", "read", "read"]), st.integers(0, 10_000)),
    min_size=30,
    max_size=60,
)
PLAN = settings(
    deadline=None,
    derandomize=True,
    max_examples=examples(60),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
"""The same days on every machine; no search for explanations, which takes half a minute."""


@dataclass
class Watcher:
    """A Page and a reader that keeps what it was told, as a store would."""

    clock: simkit.VirtualClock = field(default_factory=lambda: simkit.VirtualClock(START))
    held: dict[str, Incoming] = field(default_factory=dict)
    posts_by_key: dict[str, str] = field(default_factory=dict)
    suspects: dict[str, Surface] = field(default_factory=dict)
    cursors: dict[Surface, Any] = field(default_factory=dict)
    comments: list[Any] = field(default_factory=list)
    posts: list[Any] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.sim = Simulator(self.clock)
        self.people = [self.sim.world.person(f"P{n}") for n in range(4)]
        account = configured(name="acme", platform="facebook", page_id="1001")
        client = http.open_client(self.sim.url, transport=simkit.transport(self.sim))
        self.adapter = PLATFORM.connect(account, client, Secret(self.sim.token), self.clock)

    def text(self) -> str:
        self.count += 1
        return f"text {self.count}"

    async def do(self, action: str, number: int) -> None:
        world, person = self.sim.world, self.people[number % 4]
        standing = [c for c in self.comments if c.short_id in world.comments_by_id]
        match action:
            case "write":
                world.writes(person, self.text())
            case "post":
                self.posts.append(world.post(self.text()))
            case "visitor":
                self.posts.append(world.visitor_post(person, self.text()))
            case "comment" if self.posts:
                under = self.posts[number % len(self.posts)]
                self.comments.append(world.comments(under, self.text(), by=person))
            case "answer" if standing:
                under = standing[number % len(standing)]
                by = person if number % 3 else None
                self.comments.append(world.comments(under, self.text(), by=by))
            case "edit" if standing:
                world.edit(standing[number % len(standing)], self.text())
            case "delete" if standing:
                world.delete(standing[number % len(standing)])
            case "wait":
                self.clock.advance(number % 3000)
            case "fault":
                self.sim.faults.inject(FAULTS[number % len(FAULTS)])
            case "read":
                await self.read()

    async def read(self) -> None:
        for surface in SURFACES:
            with suppress(PlatformError):
                since = self.clock.now() - timedelta(days=30)
                async for page in self.adapter.read(surface, self.cursors.get(surface), since):
                    assert not page.poison
                    for message in page.messages:
                        self.held[message.key] = message
                    self.posts_by_key |= {values.key(c.remote_id): c.remote_id for c in page.context}
                    self.suspect(surface, page.listed)
                    if page.cursor is not None:
                        self.cursors[surface] = page.cursor
            await self.ask(surface)

    def suspect(self, surface: Surface, listed: Sequence[Listed]) -> None:
        """As the engine does: what is held under a parent and its list lacks."""
        for one in listed:
            for m in self.held.values():
                above = self.above(m)
                parent = above[-1] if surface is Surface.COMMENTS else m.thread
                late = one.since is None or (m.sent_at is not None and m.sent_at > one.since)
                if m.surface is surface and parent == one.parent and late and m.key not in one.keys:
                    self.suspects[m.key] = surface

    def above(self, message: Incoming) -> list[str]:
        """Keys of what a message hangs under, its post last."""
        keys: list[str] = []
        parent = message.parent
        while parent is not None and parent not in keys:
            keys.append(parent)
            parent = self.held[parent].parent if parent in self.held else None
        return keys or [message.key]

    async def ask(self, surface: Surface) -> None:
        asked = [
            Asked(
                key=key,
                remote_id=self.held[key].remote_id,
                thread=self.held[key].thread or "",
                parents=tuple(
                    self.posts_by_key.get(k) or (self.held[k].remote_id if k in self.held else k)
                    for k in self.above(self.held[key])
                    if k != key
                ),
            )
            for key, on in self.suspects.items()
            if on is surface and not self.held[key].deleted
        ]
        with suppress(PlatformError):
            look = await self.adapter.look(surface, asked) if asked else Look()
            for key in look.deleted | look.with_parent:
                self.held[key] = replace(self.held[key], deleted=True)

    def expected(self) -> dict[str, str]:
        world = self.sim.world
        found = {c.short_id: c.text for c in world.comments_by_id.values()}
        found |= {"post:" + p.id.split("_")[1]: p.text for p in world.posts.values() if p.author is not None}
        for conversation in world.conversations.values():
            found |= {m.id.removeprefix("m_"): m.text for m in conversation.messages[-20:]}
        return found


async def play(actions: list[tuple[str, int]]) -> Watcher:
    watcher = Watcher()
    for action, number in actions:
        await watcher.do(action, number)
        watcher.clock.advance(1)
    while watcher.sim.faults.take("any") is not None:
        pass
    # Posts further back are looked at every half hour.
    for _ in range(4):
        watcher.clock.advance(1900)
        await watcher.read()
    return watcher


@PLAN
@given(DAYS)
def test_in_the_end_we_hold_what_stands_on_the_page(actions: list[tuple[str, int]]) -> None:
    """Promise 1: not zero times, not twice, whatever the order, the restarts and the overlaps."""
    watcher = asyncio.run(play(actions))
    held = {key: m.text for key, m in watcher.held.items() if not m.deleted}
    expected = watcher.expected()
    missing = {k: v for k, v in expected.items() if held.get(k) != v}
    assert missing == {}
    extra = set(held) - set(expected)
    # Older messages of a conversation were seen while they were among the 20 newest.
    assert all(watcher.held[key].surface is Surface.MESSENGER for key in extra)


@PLAN
@given(DAYS)
def test_a_message_never_changes_its_conversation(actions: list[tuple[str, int]]) -> None:
    """Pages are cut anywhere; a thread that depended on the cut would tear conversations apart."""
    watcher = asyncio.run(play(actions))
    threads = {c.short_id: (c.parent or c).short_id for c in watcher.sim.world.comments_by_id.values()}
    for key, message in watcher.held.items():
        if message.surface is Surface.COMMENTS and key in threads:
            assert message.thread == threads[key]
