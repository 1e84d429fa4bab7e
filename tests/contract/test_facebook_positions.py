"""Where reading a Page goes on: a time that lies hides nothing."""

from __future__ import annotations

from datetime import timedelta

from facebook_station import START, station

from inbox.adapters.facebook import messenger
from inbox.domain.model import Surface

MESSENGER, COMMENTS = Surface.MESSENGER, Surface.COMMENTS


async def test_a_stored_time_in_the_future_is_given_up() -> None:
    """Every conversation since would be older than it, and never read."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hidden")
    s.cursors[MESSENGER] = {"watermark": (START + timedelta(days=3)).isoformat()}
    pages = await s.pages(MESSENGER)
    assert [m.text for page in pages for m in page.messages] == ["hidden"]
    assert any(messenger.GIVEN_UP in page.notes for page in pages)
    assert s.cursors[MESSENGER]["watermark"] <= START.isoformat()


async def test_a_machine_ahead_of_facebook_stores_no_time_that_facebook_has_not_reached() -> None:
    """What is written until then would count as read."""
    s = station()
    ours = s.clock
    s.sim.clock = lambda: ours() - timedelta(hours=3)
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    for conversation in s.world.conversations.values():
        conversation.updated = START + timedelta(hours=5)
    await s.read(MESSENGER)
    assert s.cursors[MESSENGER]["watermark"] <= (START - timedelta(hours=3)).isoformat()


async def test_a_clock_that_was_set_back_does_not_stop_the_scan_of_all_posts() -> None:
    """The last scan then lies in the future, for as long as the clock was wrong."""
    s = station()
    await s.read(COMMENTS)
    memory = dict(s.cursors[COMMENTS])
    memory["scanned_at"] = (START + timedelta(days=2)).isoformat()
    memory["visits"] = {edge: [(START + timedelta(days=2)).isoformat()] * 2 for edge in memory["visits"]}
    s.cursors[COMMENTS] = memory
    beside = ("video_reels", "photos", "albums", "live_videos")
    assert set(memory["visits"]) == set(beside)
    before = [s.asked(edge) for edge in beside]
    await s.read(COMMENTS)
    assert [s.asked(edge) for edge in beside] == [asked + 1 for asked in before]
    assert s.cursors[COMMENTS]["scanned_at"] <= START.isoformat()


async def test_the_position_of_an_earlier_version_is_read_on() -> None:
    """It knew the Reels as the only list beside the posts; nothing is read twice because of the new ones."""
    s = station()
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    await s.read(COMMENTS)
    memory = dict(s.cursors[COMMENTS])
    del memory["visits"]
    memory["reels_at"] = (START + timedelta(hours=5)).isoformat()
    s.cursors[COMMENTS] = memory
    before = s.asked("video_reels"), s.asked("photos")
    assert await s.read(COMMENTS) == []
    assert (s.asked("video_reels"), s.asked("photos")) == (before[0], before[1] + 1)
