"""A customer sees that somebody reads and writes, where the account wants it, and never at the cost of anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.facebook_world import PageDesk, page_desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.presence import LASTS, Courtesy
from inbox.ports.platform import Presence


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageDesk]:
    with page_desk(tmp_path / "data", presence=True) as found:
        yield found


async def asked(page: PageDesk) -> tuple[str, Courtesy]:
    page.world.writes(page.world.person("Ann"), "hello")
    await page.read()
    return page.only(), Courtesy({"acme": page.reader})


def signs(page: PageDesk) -> list[str]:
    return [sign for _, sign in page.world.signs]


async def test_opening_and_writing_show_once(page: PageDesk) -> None:
    """The screen says so at every key; each call counts against the Page's limits."""
    cid, courtesy = await asked(page)
    for presence in (Presence.SEEN, Presence.SEEN, Presence.TYPING, Presence.TYPING, Presence.SEEN):
        await courtesy.show(cid, presence)
    assert signs(page) == ["mark_seen", "typing_on"]
    page.clock.advance(LASTS.total_seconds())
    await courtesy.show(cid, Presence.TYPING)
    await courtesy.show(cid, Presence.IDLE)
    await courtesy.show(cid, Presence.IDLE)
    assert signs(page)[2:] == ["typing_on", "typing_off"]


async def test_nothing_is_shown_unless_the_account_wants_it(tmp_path: Path) -> None:
    """Off by default: reading is nobody's business."""
    with page_desk(tmp_path / "data") as page:
        cid, courtesy = await asked(page)
        await courtesy.show(cid, Presence.SEEN)
        assert signs(page) == []


async def test_nothing_is_shown_once_the_window_has_closed(page: PageDesk) -> None:
    """Facebook would refuse it, as it would a reply."""
    cid, courtesy = await asked(page)
    page.clock.advance(timedelta(hours=24).total_seconds())
    before = len(page.sim.requests)
    await courtesy.show(cid, Presence.TYPING)
    assert len(page.sim.requests) == before


async def test_trouble_with_a_sign_is_nobodys_concern(page: PageDesk) -> None:
    """No account goes down and no reply is held up because of it."""
    cid, courtesy = await asked(page)
    page.sim.faults.inject("503", "POST messages")
    await courtesy.show(cid, Presence.TYPING)
    assert page.reader.trouble == {}
    page.desk.replying.reply(cid, Reply("On its way."))
    await page.deliver()
    assert [a.kind for a in page.sim.accepted] == ["message"]


async def test_public_conversations_know_no_signs(page: PageDesk) -> None:
    """There is nobody in particular to show them to."""
    page.world.comments(page.world.post("news"), "hi", by=page.world.person("Ann"))
    await page.read()
    await Courtesy({"acme": page.reader}).show(page.only(), Presence.TYPING)
    assert signs(page) == []
