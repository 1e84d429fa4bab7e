"""What the command line says of timers that rest, conversations that sleep and waits that have ended; and two processes
with different policies on one store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engine.world import ANNA, TIMERS, said, source

from e2e.conftest import Run
from inbox.domain.model import Person, Surface
from inbox.domain.sla import local
from inbox.engine import policies
from inbox.engine.station.intake import take_in
from inbox.engine.timer_report import instant
from inbox.ports.platform import Incoming, Page
from inbox.store.sqlite.store import LocalStore

CONFIG = """
agent = "tanja"

[service]
timezone = "UTC"
hours = {{ daily = ["00:00-24:00"] }}

[timers]
first = "3h"
[[timers.policy]]
surface = "mentions"
next = "1h"

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions", "search"]
api_url = "{url}"
"""
CID = "acme-x:mentions:root:7"
HIT = "acme-x:search:hit:9"
HOUR = timedelta(hours=1)
Arrives = Callable[..., None]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def arrives(tmp_path: Path, run: Run) -> Arrives:
    """Messages come in, as a reading of the account stores them."""
    status, _, _ = run("queue")  # the policies of the config are in force
    assert status == 0

    def arrive(*messages: Incoming, surface: Surface = Surface.MENTIONS) -> None:
        with closing(LocalStore(tmp_path / "data")) as store:
            timers = policies.current(store, TIMERS, "")
            take_in(store, Page(messages=messages), source(surface), timers, datetime.now(UTC))

    return arrive


def configure(tmp_path: Path, old: str, new: str) -> None:
    config = tmp_path / "config.toml"
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    (one,) = found
    return one


def test_a_timer_outside_service_hours_says_until_when_it_rests(
    run: Run, arrives: Arrives, now: datetime, tmp_path: Path
) -> None:
    """Who works at night from a script must not take a standing clock for a running one."""
    opens = (now + 3 * HOUR).replace(minute=0, second=0)
    hours = f"{opens:%H:%M}-{opens + 2 * HOUR:%H:%M}"
    configure(tmp_path, "00:00-24:00", hours)
    arrives(said("1", at=now - timedelta(minutes=10)))
    found = only(run("queue", "--json")[1])["timer"]
    assert (found["state"], found["resting_until"]) == ("running", instant(opens))
    words = f"rests until {local(opens, UTC)}: outside service hours"
    assert words in run("queue")[1]
    assert words in run("show", CID)[1]
    assert run("show", CID, "--json")[1]["timer"]["resting_until"] == instant(opens)


def test_a_conversation_that_sleeps_says_until_when_and_why(
    run: Run, arrives: Arrives, now: datetime
) -> None:
    arrives(said("1", at=now - HOUR), said("2", at=now - HOUR / 2, ours=True))
    assert run("snooze", CID, "--until", "+5h")[0] == 0
    found = only(run("queue", "--view", "snoozed", "--json")[1])
    assert (found["snoozed_for"], found["through_thanks"]) == ("time", False)
    until = datetime.fromisoformat(found["snoozed_until"])
    assert f"snoozed until {local(until, UTC)}" in run("queue", "--view", "snoozed")[1]
    assert f"snoozed until {local(until, UTC)}" in run("show", CID)[1]
    assert run("snooze", CID, "--until", "reply", "--through-thanks")[0] == 0
    found = only(run("queue", "--view", "snoozed", "--json")[1])
    assert (found["snoozed_until"], found["snoozed_for"], found["through_thanks"]) == (None, "reply", True)
    assert "snoozed until the customer writes, thanks do not wake it" in run("show", CID)[1]


def test_one_that_is_due_sooner_than_it_sleeps_says_that(run: Run, arrives: Arrives, now: datetime) -> None:
    """Rule 7: it comes back when the answer becomes due soon, half an hour before the three are over."""
    arrives(said("1", at=now - HOUR))
    run("snooze", CID, "--until", "+9h")
    back = local(now + 1.5 * HOUR, UTC)
    assert f"snoozed until {back}, when the answer is due soon" in run("queue", "--view", "snoozed")[1]


def test_show_tells_every_wait_with_its_policy_and_how_it_ended(
    run: Run, arrives: Arrives, now: datetime
) -> None:
    arrives(
        said("1", at=now - 8 * HOUR),
        said("2", at=now - 4 * HOUR, ours=True),
        said("3", at=now - 3 * HOUR),
        said("4", at=now - 2.5 * HOUR, ours=True),
        said("5", at=now - HOUR / 2),
    )
    shown = run("show", CID, "--json")[1]
    assert shown["timer"]["policy"] == "surface mentions"
    keys = ("kind", "since", "due_at", "ended_at", "how", "in_time", "policy")
    assert [tuple(wait[key] for key in keys) for wait in shown["waits"]] == [
        (
            *("first", instant(now - 8 * HOUR), instant(now - 5 * HOUR), instant(now - 4 * HOUR)),
            *("answered", False, "default"),
        ),
        (
            *("next", instant(now - 3 * HOUR), instant(now - 2 * HOUR), instant(now - 2.5 * HOUR)),
            *("answered", True, "surface mentions"),
        ),
        ("next", instant(now - HOUR / 2), instant(now + HOUR / 2), None, None, None, "surface mentions"),
    ]
    assert [wait["breached_at"] for wait in shown["waits"]] == [instant(now - 5 * HOUR), None, None]
    run("resolve", CID)
    ended = run("show", CID, "--json")[1]["waits"][-1]
    assert (ended["how"], ended["agent"], ended["in_time"]) == ("resolved", "tanja", True)


def test_a_taken_hit_counts_from_its_taking_and_says_so(run: Run, arrives: Arrives, now: datetime) -> None:
    """A post of nine hours ago is not nine hours late because somebody takes it on now."""
    ben = Person(name="Ben", remote_id="9")
    arrives(
        said("h", at=now - 9 * HOUR, thread="hit:9", surface=Surface.SEARCH, contact=ben),
        surface=Surface.SEARCH,
    )
    untaken = run("show", HIT, "--json")[1]
    assert (untaken["timer"]["from"], untaken["timer"]["due_at"]) == (None, None)
    run("assign", HIT, "--to", "tanja")
    taken = run("show", HIT, "--json")[1]
    assert taken["timer"]["from"] == "taken"
    assert datetime.fromisoformat(taken["timer"]["due_at"]) >= now + 3 * HOUR
    arrives(said("1", at=now - HOUR, author=ANNA))
    assert run("show", CID, "--json")[1]["timer"]["from"] == "published"


# -- two processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def at_work(tmp_path: Path, run: Run) -> Iterator[subprocess.Popen[str]]:
    """Another inbox on the store, in a process of its own, until its standard input ends."""
    env = {**os.environ, "INBOX_CONFIG": str(tmp_path / "config.toml"), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        [sys.executable, "-m", "inbox", "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert all(lines), "the second one counts conversations: by then it has the store"
        yield process
        if process.poll() is None:
            process.kill()


def in_force(tmp_path: Path) -> tuple[list[str], int]:
    """Fingerprints of the policies that were in force, the last one is; and how often the store says they changed."""
    with closing(LocalStore(tmp_path / "data")) as store:
        told = [e for e in store.small_things.events("") if e.what == "the timer policies changed"]
        return [one["fingerprint"] for one in store.small_things.setting(policies.POLICIES)], len(told)


def test_two_processes_with_other_policies_re_time_nothing_back_and_forth(
    run: Run, arrives: Arrives, now: datetime, tmp_path: Path, at_work: subprocess.Popen[str]
) -> None:
    """A script with a config of its own beside the screen: it measures by what is in force, and says so in one line."""
    arrives(said("1", at=now - HOUR))
    before, due = in_force(tmp_path), instant(now + 2 * HOUR)
    configure(tmp_path, 'first = "3h"', 'first = "30m"')
    for _ in range(2):
        status, found, err = run("queue", "--json")
        assert (status, only(found)["timer"]["due_at"]) == (0, due)
        assert err.splitlines() == [
            "inbox: Another inbox is at work here; its timer policies are in force, not yours."
        ]
        run("priority", CID, "high")
        assert only(run("queue", "--json")[1])["timer"]["due_at"] == due
    assert in_force(tmp_path) == before
    assert at_work.stdin is not None
    at_work.stdin.close()
    at_work.wait(20)
    status, found, err = run("queue", "--json")
    assert (status, err) == (0, "")
    assert (only(found)["timer"]["due_at"], only(found)["timer"]["state"]) == (
        instant(now - HOUR / 2),
        "breached",
    )
    fingerprints, changes = in_force(tmp_path)
    assert (fingerprints[:-1], changes) == (before[0], before[1] + 1), "alone, it puts its own in force, once"
