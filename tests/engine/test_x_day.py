"""A brand's day on X, read and answered through the whole engine: every request judged by X's specification, the
requests counted, the store compared with what really happened."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from contract.x_world import problems_of, specification
from domain.builders import ALWAYS
from platform_rules import configured, declared
from shared import shared

from inbox.adapters import http
from inbox.adapters.simkit import Request, VirtualClock, transport
from inbox.adapters.twitter import PLATFORM
from inbox.adapters.twitter.settings import Search
from inbox.adapters.twitter.sim import Simulator
from inbox.config.model import Config, price_table
from inbox.domain.model import Deed, Direction, Surface
from inbox.domain.outbox import Phase
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.reader import Reader
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore

MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
ACCOUNT = configured(
    name="acme-x",
    platform="twitter",
    searches=[Search(name="brand", query='("acme parcels" OR acmeparcels) -from:acme -is:retweet')],
)
TIMERS = Timers(hours=ALWAYS)
LONG = bool(os.environ.get("INBOX_LONG_TESTS"))
"""Whether the brand's day has 24 hours; else it is a working day."""


class Office:
    """The engine on a simulated X; time moves a quarter of a minute at a time."""

    def __init__(self, folder: Path, dialect: str = "tweet") -> None:
        self.clock = VirtualClock(MORNING)
        self.sim = Simulator(self.clock)
        self.people = [self.sim.user(f"Person {n}", f"person_{n}") for n in range(30)]
        self.store = LocalStore(folder)
        account = ACCOUNT
        account.dialect = dialect
        self.account = account
        self.reader = Reader(
            account="acme-x",
            platform="twitter",
            surfaces=PLATFORM.surfaces,
            open_adapter=self.connect,
            store=self.store,
            clock=self.clock,
            timers=TIMERS,
            backfill=timedelta(days=30),
            history=timedelta(hours=24),
            recheck_for=timedelta(days=7),
        )
        self.delivery = Delivery(self.store, self.clock, TIMERS, {"acme-x": self.reader})
        self.desk = Desk(
            self.store,
            self.clock,
            agent="tanja",
            timers=TIMERS,
            platforms=declared(
                {"acme-x": "twitter"},
                prices=price_table(Config()),
                length=lambda c, text, private: PLATFORM.length(
                    text, c.surface, private=private, account=self.account
                ),
                deeds=lambda c: PLATFORM.deeds[c.surface],
                files=lambda c, private: PLATFORM.files(c.surface, private=private),
                priced_as=lambda c, text, private: PLATFORM.priced_as(text, c.surface, private=private),
            ),
        )

    async def connect(self) -> Adapter:
        client = http.open_client(PLATFORM.api_url, transport(self.sim))
        return PLATFORM.connect(self.account, client, Secret(self.sim.token), self.clock)

    async def minute(self) -> None:
        for _ in range(4):
            surfaces = self.reader.due_now()
            if surfaces:
                await self.reader.round(surfaces)
            await self.delivery.step()
            self.clock.advance(15)

    async def minutes(self, count: int) -> None:
        for _ in range(count):
            await self.minute()

    def cid(self, key: str) -> str:
        found = self.store.messages.get(f"acme-x:{key}")
        assert found is not None
        return found.conversation

    def state(self) -> Any:
        """All the store knows, but for when it learned it."""
        return [
            (m.id, m.conversation, m.text, m.sent_at, m.deleted_at is None, m.reply_to)
            for cid in sorted(self.desk.queue.order("all"))
            for m in sorted(self.store.messages.of_conversation(cid), key=lambda m: m.id)
        ]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "data")
    yield made
    made.store.close()


def judged(calls: list[Request], dialect: str = "tweet") -> list[str]:
    """Objections of the specification; requests that differ only in ids and words are looked at once."""
    spec = specification(dialect)

    @cache
    def once(method: str, path: str, query: tuple[tuple[str, str], ...], body: bytes) -> tuple[str, ...]:
        return tuple(problems_of(spec, Request(method, path, query, {}, body)))

    return [p for c in calls for p in once(c.method, c.path, c.query, c.body)]


def kinds(calls: list[Request]) -> Counter[str]:
    return Counter(f"{c.method} {re.sub('[0-9-]{9,}', ':id', c.path)}" for c in calls)


async def test_a_days_work_asks_x_nothing_that_is_not_in_its_specification(
    office: Office, tmp_path: Path
) -> None:
    """People write, agents answer, hide, attach, delete and look around: no unknown name, no wrong body, no 429,
    everything there once."""
    sim, desk, chance = office.sim, office.desk, Random(11)
    picture = tmp_path / "label.png"
    picture.write_bytes(b"\x89PNG" + bytes(5000))
    ours = sim.post(sim.me, "We deliver on Sunday now!")
    written: list[str] = []
    for hour in range(24 if LONG else 8):
        for _ in range(chance.randrange(0, 7)):
            who = chance.choice(office.people)
            match chance.randrange(5):
                case 0:
                    sim.dm(who, f"where is {chance.randrange(9999)}?")
                case 1:
                    written.append(sim.post(who, "nice", reply_to=ours))
                case 2:
                    written.append(sim.post(who, f"acme parcels lost mine {chance.randrange(99)}"))
                case _:
                    written.append(sim.post(who, f"@acme help {chance.randrange(9999)} https://a.example/x"))
            await office.minutes(chance.randrange(1, 6))
        for cid in desk.queue.order("waiting", limit=4):
            head = desk.conversation.get(cid)
            sure = head.surface.private or head.answerable.public  # the rest is tried, and refused here
            if sure and desk.conversation.way(head).allowed:
                desk.replying.reply(cid, Reply(f"We look into it, case {hour}-{chance.randrange(10**6)}"))
        await office.minutes(20)
    hit = next(
        cid
        for cid in desk.queue.order("all")
        if ":mentions:" in cid and desk.conversation.get(cid).answerable.public
    )
    desk.replying.reply(
        hit, Reply("Here is the label", files=[str(picture)], file_texts=["a shipping label"])
    )
    under = next(p for p in written if (sim.posts[p].reply_to == ours))
    desk.moderation.do(office.cid(under), Deed.HIDE, f"acme-x:{under}")
    await office.minutes(5)
    sent = next(m for m in office.store.messages.of_conversation(hit) if m.direction is Direction.OUT)
    desk.moderation.do(hit, Deed.DELETE, sent.id)
    await office.minutes(2)
    await office.reader.whole(office.cid(under))
    await office.reader.recheck()
    assert judged(sim.calls) == []
    assert set(kinds(sim.calls)) >= {
        "GET /2/users/me",
        "GET /2/users/:id/mentions",
        "GET /2/users/:id/tweets",
        "GET /2/tweets/search/recent",
        "GET /2/tweets",
        "GET /2/dm_events",
        "GET /2/dm_conversations/:id/dm_events",
        "POST /2/tweets",
        "POST /2/dm_conversations/:id/messages",
        "POST /2/media/upload",
        "PUT /2/tweets/:id/hidden",
        "DELETE /2/tweets/:id",
    }
    keys = Counter(
        m.id for cid in desk.queue.order("all") for m in office.store.messages.of_conversation(cid)
    )
    assert set(keys.values()) == {1}
    assert {f"acme-x:{key}" for key in written} <= set(keys)
    texts = Counter(a.text for a in sim.accepted)
    assert set(texts.values()) == {1}
    failed = [i for i in office.store.outbox.items() if i.phase is not Phase.SENT]
    assert failed == []
    assert under in sim.hidden


async def test_an_idle_hour_and_a_busy_hour_stay_far_below_every_limit(office: Office) -> None:
    """The figures of the closing note. Nothing new costs nothing; each limit of 15 minutes keeps room."""
    sim = office.sim
    await office.minutes(15)
    sim.calls.clear()
    await office.minutes(60)
    idle, idle_kinds = len(sim.calls), kinds(sim.calls)
    (before,) = office.desk.accounts.health()
    sim.calls.clear()
    for n in range(30):
        cid_of = sim.post(office.people[n], f"@acme where is parcel {n}?")
        sim.dm(office.people[n], f"and my refund {n}?")
        await office.minute()
        office.desk.replying.reply(office.cid(cid_of), Reply(f"We look for parcel {n}"))
        await office.minute()
    busy, busy_kinds = len(sim.calls), kinds(sim.calls)
    (after,) = office.desk.accounts.health()
    a_minute = {
        "GET /2/users/:id/mentions": 60,
        "GET /2/users/:id/tweets": 60,
        "GET /2/tweets/search/recent": 60,
    }
    assert (idle, idle_kinds) == (228, {**a_minute, "GET /2/dm_events": 48})
    assert (busy, busy_kinds) == (259, {**a_minute, "GET /2/dm_events": 49, "POST /2/tweets": 30})
    assert before.cost_today is not None
    assert before.cost_today < 0.02
    assert (after.cost_today or 0) - before.cost_today == pytest.approx(1.19, abs=0.05)
    assert after.problem is None


async def test_ten_days_offline_are_caught_up_whenever_the_program_is_killed(tmp_path: Path) -> None:
    """A kill between any two commits: the next start goes on, and the store ends as it would have."""

    async def play(folder: Path, killed_after: int | None) -> Any:
        office = Office(folder)
        for n in range(260):
            office.sim.post(office.people[n % 30], f"@acme {n}")
            office.sim.post(office.sim.me, f"news {n}")
            office.sim.dm(office.people[n % 30], f"psst {n}")
            office.clock.advance(3300)
        if killed_after is not None:
            adapter = await office.connect()
            await _some_pages(office, adapter, killed_after)
        for _ in range(3):
            await office.reader.round()
            office.clock.advance(900)
        state = office.state()
        office.store.close()
        return state

    whole = await play(tmp_path / "whole", None)
    assert len(whole) == 520
    for killed_after in (1, 2, 4):
        assert await play(tmp_path / f"killed-{killed_after}", killed_after) == whole


async def _some_pages(office: Office, adapter: Adapter, count: int) -> None:
    from inbox.engine.station.intake import take_in

    for surface in (Surface.MENTIONS, Surface.DIRECT):
        source = office.reader._source(surface)
        pages = 0
        async for page in adapter.read(surface, None, office.clock.now() - timedelta(days=30)):
            take_in(office.store, page, source, TIMERS, office.clock.now())
            pages += 1
            if pages == count:
                break


async def test_the_recorded_brand_inbox_read_again_in_other_cuts_and_orders_changes_nothing(
    tmp_path: Path,
) -> None:
    """84 real posts: each once, each conversation by root and customer, however X cuts and shuffles its pages."""
    body = json.loads(shared("wire/x/recorded/brand_inbox_to_kfc.json").read_text())["response"]["body"]
    rows = body["data"]
    states = []
    for seed in range(3):
        chance = Random(seed)
        cut = rows if seed == 0 else chance.sample(rows, len(rows))
        size = (len(rows), 30, 11)[seed]
        step = size if seed < 2 else size - 4  # the last one overlaps
        pages = [cut[at : at + size] for at in range(0, len(cut), step)]
        states.append(await _read_recorded(tmp_path / str(seed), body, pages))
    assert states[0] == states[1] == states[2]
    assert len(states[0]) == len({row["id"] for row in rows})
    threads = {(m[1].split(":")[2], m[1].split(":")[3]) for m in states[0]}
    named = {(row.get("conversation_id", row["id"]), row["author_id"]) for row in rows}
    assert threads == named


async def _read_recorded(folder: Path, body: dict[str, Any], pages: list[list[Any]]) -> Any:
    import httpx

    office = Office(folder)

    def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "15392391", "name": "KFC", "username": "kfc"}})
        if request.url.path != "/2/users/15392391/mentions":
            return httpx.Response(200, json={"meta": {"result_count": 0}})
        at = int(request.url.params.get("pagination_token", "0"))
        meta = {
            "result_count": len(pages[at]),
            **({"next_token": str(at + 1)} if at + 1 < len(pages) else {}),
        }
        return httpx.Response(200, json={**body, "data": pages[at], "meta": meta})

    async def connect() -> Adapter:
        client = http.open_client(PLATFORM.api_url, httpx.MockTransport(platform))
        return PLATFORM.connect(office.account, client, Secret("t"), office.clock)

    office.reader.open_adapter = connect
    await office.reader.round()
    first = office.state()
    office.clock.advance(60)
    report = await office.reader.round()
    assert (report.new, office.state()) == (0, first)
    office.store.close()
    return first


async def test_a_thread_older_than_a_week_is_reached_by_walking_up(office: Office) -> None:
    """X's search forgets after seven days; the parents still tell."""
    sim = office.sim
    last = root = sim.post(office.people[1], "who knows acme?")
    for n in range(5):
        last = sim.post(office.people[2 + n % 2], f"step {n}", reply_to=last)
    sim.delete(root)
    office.clock.advance(10 * 86_400)
    mine = sim.post(office.people[9], "and @acme says?", reply_to=last)
    await office.minute()
    cid = office.cid(mine)
    near = [c.text.split()[-1] for c in office.desk.conversation.thread(cid).context if not c.gone]
    assert near == ["2", "3", "4"], "what stands right above comes by itself, and is paid for"
    await office.reader.whole(cid)
    around = office.desk.conversation.thread(cid).context
    assert [c.text.split()[-1] for c in around if not c.gone] == ["0", "1", "2", "3", "4"]
    assert [c.remote_id for c in around if c.gone] == [root]


async def test_what_is_deleted_on_x_goes_here_within_a_day(office: Office) -> None:
    """Not what is protected: it is there, but not for us. Also an edited one, which X names by another id, and a third person's post around a conversation."""
    sim = office.sim
    parent = sim.post(office.people[3], "acme?")
    asked = sim.post(office.people[4], "@acme hello", reply_to=parent)
    typo = sim.post(office.people[5], "@acme helo")
    kept = sim.post(office.people[6], "@acme hi")
    edited = sim.edit(typo, "@acme hello!")
    await office.minutes(2)
    sim.delete(parent)
    sim.delete(edited)
    sim.protected.add(office.people[4])
    office.clock.advance(20 * 3600)
    sim.calls.clear()
    await office.reader.recheck()
    gone = {key: office.store.messages.get(f"acme-x:{key}") for key in (asked, typo, kept)}
    assert {key: m is not None and not m.stands for key, m in gone.items()} == {
        asked: False,
        typo: True,
        kept: False,
    }
    (around,) = office.store.messages.context([f"acme-x:{parent}"])
    assert (around.text, around.stands) == ("acme?", False)
    office.clock.advance(3600)
    await office.reader.recheck()
    (around,) = office.store.messages.context([f"acme-x:{parent}"])
    assert (around.gone, around.text) == (True, "")
    erased = office.store.messages.get(f"acme-x:{typo}")
    assert erased is not None
    assert (erased.text, erased.deleted_at) == ("", office.clock.now())
    assert kinds(sim.calls) == {"GET /2/tweets": 2}


async def test_a_gap_and_the_days_cost_stand_in_the_accounts(office: Office) -> None:
    """What X gives no more of stays visible until the agent has seen it; the sum begins anew at midnight UTC."""
    sim = office.sim
    sim.post(office.people[0], "@acme first")
    await office.minute()
    for n in range(900):
        office.clock.advance(1)
        sim.post(office.people[n % 30], f"@acme {n}")
    office.clock.advance(8 * 86_400)
    await office.minutes(3)
    (health,) = office.desk.accounts.health()
    (gap,) = health.gaps
    assert any(note.startswith("Missing for good: mentions") for note in health.notes)
    assert (gap.surface, "800" in gap.reason) == ("mentions", True)
    assert health.spent["post_read"] == 800
    assert health.cost_today == pytest.approx(800 * 0.005 + 31 * 0.010)
    office.desk.accounts.forget_gaps("acme-x")
    office.clock.advance(16 * 3600)
    (health,) = office.desk.accounts.health()
    assert (health.gaps, health.cost_today) == ([], None)


async def test_one_message_is_removed_for_good(office: Office) -> None:
    """On somebody's demand: reading X again, or its whole thread, does not bring it back."""
    from inbox.engine.desk.privacy import Records

    sim = office.sim
    asked = sim.post(office.people[3], "@acme my address is Elm Street 5")
    other = sim.post(office.people[4], "@acme hello", reply_to=asked)
    await office.minutes(1)
    cid = office.cid(asked)
    Records(office.store, {"acme-x": "twitter"}, TIMERS).erase_message(f"acme-x:{asked}", office.clock.now())
    await office.minutes(3)
    await office.reader.whole(office.cid(other))
    (left,) = office.store.messages.of_conversation(cid)
    assert (left.text, left.author.remote_id, left.deleted_at is not None) == ("", None, True)
    assert office.desk.conversation.get(cid).waiting_since is None
    assert all("Elm" not in c.text for c in office.desk.conversation.public_thread(office.cid(other)))
    assert office.desk.queue.search("Elm") == []


async def test_a_long_answer_is_a_numbered_thread_on_x(office: Office) -> None:
    """Each part within the weighted limit, with links and CJK counted as X counts, under the part before."""
    sim = office.sim
    asked = sim.post(office.people[3], "@acme how?")
    await office.minutes(1)
    text = "ご不便をおかけして申し訳ございません。 See https://acme.com/help/returns for more. " * 8
    items = office.desk.replying.reply_in_parts(office.cid(asked), Reply(text))
    await office.minutes(3)
    sent = [a for a in sim.accepted if a.kind == "post"]
    assert len(sent) == len(items) > 2
    assert [a.target for a in sent] == [asked, *(a.id for a in sent[:-1])]
    assert all(PLATFORM.length(a.text, Surface.MENTIONS, private=False, account=ACCOUNT).valid for a in sent)
    assert [a.text[-3:] for a in sent] == [f"{n}/{len(sent)}" for n in range(1, len(sent) + 1)]


async def test_a_search_hit_that_turns_out_to_address_us_is_shown_once(office: Office) -> None:
    """Mention and search find the same post."""
    post = office.sim.post(office.people[0], "@acme the acme parcels app is broken")
    office.clock.advance(60)
    await office.minutes(3)
    assert [cid for cid in office.desk.queue.order("all") if office.store.messages.of_conversation(cid)] == [
        f"acme-x:mentions:{post}:{office.people[0]}"
    ]
