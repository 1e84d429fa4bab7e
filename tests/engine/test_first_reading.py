"""While an account is read for the first time nobody says that nobody waits, and everybody sees how far it has come."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from engine.world import BERLIN, NOON, World, build, said
from inbox.domain.model import Surface
from inbox.engine import report
from inbox.engine.health import AccountHealth, FirstReading, day_so_far
from inbox.errors import Unavailable
from inbox.ports.platform import Page
from inbox.ui.text import bars
from inbox.wording import words

DAY = timedelta(days=1)
ACCOUNT = AccountHealth(
    account="acme-x",
    platform="twitter",
    signed_in=True,
    last_read_at=NOON,
    first_reading=(FirstReading(surface="mentions", count=1240, back_to=NOON - 12 * DAY),),
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


def health(world: World) -> AccountHealth:
    (found,) = world.desk.accounts.health()
    return found


async def test_it_counts_over_pages_and_restarts_and_ends(world: World) -> None:
    """A long first reading is cut off and goes on; its figures go on too, and are gone when it is over."""
    broken = Unavailable("no answer", next_step="Later.")
    first = [Page(messages=[said("9", at=NOON - DAY), said("8", at=NOON - 2 * DAY)]), broken]
    world.platform.pages = {Surface.MENTIONS: first}
    done = await world.reader.round()
    assert done.reading == (2, NOON - 2 * DAY)
    assert (health(world).read_so_far, health(world).read_back_to) == (2, NOON - 2 * DAY)
    shown = report.account(health(world), NOON)["first_reading"]
    assert shown == {"read": 2, "back_to": "2026-11-22T12:00:00Z"}
    world.platform.pages = {Surface.MENTIONS: [Page(messages=[said("7", at=NOON - 5 * DAY)])]}
    done = await world.reader.round()
    assert done.reading == (3, NOON - 5 * DAY)
    assert done.goes_on_at == world.reader.due[Surface.MENTIONS], "nobody wonders whether it stands"
    world.platform.pages = {Surface.MENTIONS: [Page(messages=[said("6", at=NOON - 6 * DAY)], complete=True)]}
    done = await world.reader.round()
    assert (done.reading, done.goes_on_at) == (None, None)
    assert not health(world).first_reading
    assert (await world.reader.round()).reading is None


async def test_a_message_that_is_shown_again_after_an_interruption_counts_once(world: World) -> None:
    """A figure that grows by what is known already would promise more than there is."""
    broken = Unavailable("no answer", next_step="Later.")
    page = Page(messages=[said("9", at=NOON - DAY), said("8", at=NOON - 2 * DAY)])
    world.platform.pages = {Surface.MENTIONS: [page, broken]}
    assert (await world.reader.round()).reading == (2, NOON - 2 * DAY)
    older = Page(messages=[*page.messages, said("7", at=NOON - 3 * DAY)])
    world.platform.pages = {Surface.MENTIONS: [page, older, broken]}
    assert (await world.reader.round()).reading == (3, NOON - 3 * DAY)


def test_the_sentence_says_how_far() -> None:
    """The one thing an agent asks then: is it doing anything, and how long yet?"""
    assert (
        words.first_reading("acme-x", 1240, NOON - 12 * DAY, UTC)
        == "reading acme-x, back to 12 Nov: 1,240 so far"
    )
    assert words.first_reading("acme-x", 0, None, UTC) == "reading acme-x: 0 so far"


@pytest.mark.parametrize("accounts", [1, 4])
@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_header_claims_nothing(world: World, width: int, accounts: int) -> None:
    """Neither "nobody is waiting" nor "4 accounts ok" is known before everything was read once."""
    today = day_so_far(world.store, NOON, BERLIN)
    left, right = bars.header(today, [ACCOUNT] * accounts, NOON, width=width, demo=False)
    text = "".join(part.text for part in (*left, *right))
    assert "nobody is waiting" not in text
    assert "ok" not in text
    assert "reading" in text
