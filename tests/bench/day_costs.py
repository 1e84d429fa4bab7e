"""What a day of reading costs: requests by platform, and dollars where the platform charges.

    python tests/bench/day_costs.py [--hours 24]

Plays days against the simulators with the real adapters, reader and store, at the pace of the running program, the
second looks for deleted messages included. Nothing is measured in seconds, so the figures are the same everywhere.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.facebook_world import page_desk
from engine.test_x_day import ACCOUNT, Office

from inbox.adapters.facebook import PLATFORM as FACEBOOK
from inbox.config.model import Config, price_table
from inbox.domain.model import Surface
from inbox.engine.station.spending import cost, spent_today
from inbox.errors import PlatformError

MINUTE = timedelta(minutes=1)
LOOKS = 60
"""Minutes between two times at which missing messages are asked for."""


async def look_again(reader: Any) -> None:
    try:
        await reader.recheck()
    except PlatformError as error:
        print(f"  not looked again: {error}")


async def x_day(hours: int, mentions: int, directs: int) -> tuple[Counter[str], Counter[str]]:
    """(requests by endpoint, charges by name of the price) of a day with so many messages, spread evenly."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        await office.minutes(60)
        office.sim.calls.clear()
        spent, day = Counter[str](), {}
        written = Counter[str]()
        before = Counter(spent_today(office.store, ACCOUNT.name, office.clock.now()))
        for minute in range(hours * 60):
            for what, count in (("mention", mentions), ("direct", directs)):
                while written[what] < count * (minute + 1) // (hours * 60):
                    who = office.people[written.total() % 30]
                    written[what] += 1
                    if what == "mention":
                        office.sim.post(who, f"@acme where is parcel {written[what]}?")
                    else:
                        office.sim.dm(who, f"and my refund {written[what]}?")
            await office.minute()
            if minute % LOOKS == 0:
                await look_again(office.reader)
            now = office.clock.now()
            day[now.date()] = Counter(spent_today(office.store, ACCOUNT.name, now))
        for counts in day.values():
            spent += counts
        calls = Counter(re.sub(r"[0-9-]{9,}", ":id", c.path) for c in office.sim.calls)
        office.store.close()
        return calls, spent - before


async def facebook_day(hours: int, comments: int, messages: int) -> Counter[str]:
    """Requests by edge of a day with so many comments and Messenger messages, spread evenly."""
    surfaces = [s for s in FACEBOOK.surfaces if not s.value.startswith(Surface.INSTAGRAM.value)]
    with tempfile.TemporaryDirectory() as folder, page_desk(Path(folder) / "data", surfaces=surfaces) as page:
        world = page.world
        people = [world.person(f"P{n}") for n in range(30)]
        posts = [world.post(f"news {n}", at=page.clock.now() - timedelta(days=n)) for n in range(30)]
        page.reader.recheck_for = timedelta(days=7)
        await page.pass_time(3 * 60 * MINUTE)
        begin = len(page.sim.requests)
        written = Counter[str]()
        for minute in range(hours * 60):
            for what, count in (("comment", comments), ("message", messages)):
                while written[what] < count * (minute + 1) // (hours * 60):
                    who = people[written.total() % 30]
                    written[what] += 1
                    if what == "comment":
                        world.comments(posts[written[what] % 10], f"where is {written[what]}?", by=who)
                    else:
                        world.writes(who, f"and my refund {written[what]}?")
            await page.pass_time(MINUTE)
            if minute % LOOKS == 0:
                await look_again(page.reader)
        steps = [r.path.strip("/").split("/") for r in page.sim.requests[begin:]]
        return Counter(s[2] if len(s) > 2 else "node" for s in steps)


def row(name: str, calls: Counter[str], usd: float | None = None) -> str:
    parts = ", ".join(f"{path} {count}" for path, count in calls.most_common(7))
    money = f" {usd:.3f} USD" if usd is not None else ""
    return f"{name}: {calls.total()} requests{money} ({parts})"


async def main(hours: int) -> None:
    prices = price_table(Config())
    for name, mentions, directs in (("idle", 0, 0), ("200 mentions", 200, 0), ("200 + 100 direct", 200, 100)):
        calls, spent = await x_day(hours, mentions, directs)
        print(row(f"X, {name}", calls, cost(spent, prices) or 0.0), dict(spent), flush=True)
    for name, comments, messages in (
        ("idle", 0, 0),
        ("200 comments", 200, 0),
        ("200 + 100 messages", 200, 100),
    ):
        print(row(f"Facebook, {name}", await facebook_day(hours, comments, messages)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=24)
    asyncio.run(main(parser.parse_args().hours))
