"""A Page at the desk: windows at their edges, in the queue and in what is sent; deeds, files and unsent messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.facebook_world import MORNING, PageDesk, page_desk
from inbox.domain.model import Deed, SendState, Surface
from inbox.domain.outbox import Phase
from inbox.domain.sla import deadline
from inbox.engine import report
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DAY, WEEK = 24 * HOUR, 7 * 24 * HOUR
PRIVATE = pytest.mark.parametrize("surface", [Surface.MESSENGER, Surface.INSTAGRAM])


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageDesk]:
    with page_desk(tmp_path / "data") as found:
        yield found


async def asked(page: PageDesk, surface: Surface) -> str:
    """Ann's question of the morning, read."""
    ann = page.world.person("Ann")
    write = page.world.writes_on_instagram if surface is Surface.INSTAGRAM else page.world.writes
    write(ann, "Where is my parcel?")
    await page.read()
    return page.only()


def tags(page: PageDesk) -> list[str | None]:
    return [taken.tag for taken in page.sim.accepted if taken.kind == "message"]


# -- windows -----------------------------------------------------------------------------------------------


@PRIVATE
@pytest.mark.parametrize(
    ("passed", "human_agent", "tag"),
    [
        (DAY - SECOND, False, None),
        (DAY - SECOND, True, None),
        (DAY + SECOND, False, "closed"),
        (DAY + SECOND, True, "HUMAN_AGENT"),
        (WEEK - SECOND, True, "HUMAN_AGENT"),
        (WEEK, True, "closed"),
        (WEEK + SECOND, True, "closed"),
    ],
)
async def test_at_its_edges_a_window_decides_the_same_in_the_queue_and_on_the_wire(
    tmp_path: Path, surface: Surface, passed: timedelta, human_agent: bool, tag: str | None
) -> None:
    """23:59:59 goes out as an ordinary reply, 24:00:01 only as a person's, seven days not at all."""
    with page_desk(tmp_path / "data", human_agent=human_agent) as page:
        cid = await asked(page, surface)
        closes = MORNING + (WEEK if human_agent else DAY)
        assert page.desk.conversation.get(cid).closes_at == closes
        page.clock.turn_to(MORNING + passed)
        (row,) = report.queue(page.desk, page.desk.queue.order("waiting"))
        assert row["reply"]["closes_at"] == report.instant(closes)
        assert row["reply"]["allowed"] is (tag != "closed")
        if tag == "closed":
            with pytest.raises(NotAllowed, match="window"):
                page.desk.replying.reply(cid, Reply("On its way."))
            assert tags(page) == []
            return
        item = page.desk.replying.reply(cid, Reply("On its way."))
        await page.deliver()
        sent = page.store.outbox.get(item.id)
        assert sent is not None
        assert sent.state is SendState.SENT, sent.reason
        assert tags(page) == [tag]


@pytest.mark.parametrize("human_agent", [False, True])
async def test_a_reply_that_crosses_the_edge_on_its_way_is_decided_anew(
    tmp_path: Path, human_agent: bool
) -> None:
    """Written at 23:59:58, held for five seconds: Facebook would refuse it as an ordinary reply."""
    with page_desk(tmp_path / "data", human_agent=human_agent) as page:
        cid = await asked(page, Surface.MESSENGER)
        page.clock.turn_to(MORNING + DAY - 2 * SECOND)
        item = page.desk.replying.reply(cid, Reply("On its way.", hold=5 * SECOND))
        page.clock.advance(5)
        await page.deliver()
        after = page.store.outbox.get(item.id)
        assert after is not None
        if human_agent:
            assert tags(page) == ["HUMAN_AGENT"]
        else:
            assert (after.phase, page.sim.accepted) == (Phase.FAILED, [])
            assert "24 hours" in (after.reason or "")
            assert "browser" in (after.next_step or "")


async def test_who_can_soon_no_longer_be_answered_comes_first(tmp_path: Path) -> None:
    """The window orders the queue where it closes before the answer is due; once closed it orders nothing."""
    with page_desk(tmp_path / "data", target=2 * DAY) as page:
        ann, ben = page.world.person("Ann"), page.world.person("Ben")
        page.world.comments(page.world.post("news"), "older", by=ben, at=MORNING - 30 * HOUR)
        page.world.writes(ann, "newer", at=MORNING - 23 * HOUR)
        await page.read()
        first, second = page.desk.queue.order("waiting")
        found = page.desk.conversation.get(first)
        ahead = deadline(found, MORNING)
        assert (found.surface, found.closes_at) == (Surface.MESSENGER, MORNING + HOUR)
        assert ahead is not None
        assert (ahead.what, ahead.at) == ("window", MORNING + HOUR)
        page.clock.turn_to(MORNING + HOUR + SECOND)
        assert page.desk.queue.order("waiting") == [second, first]
        way = page.desk.conversation.way(page.desk.conversation.get(first))
        assert (way.allowed, way.closes_at) == (False, MORNING + HOUR)


async def test_why_tells_which_rule_closes_what_and_when(tmp_path: Path) -> None:
    """With the human-agent feature two things end: the ordinary reply, and every reply."""
    with page_desk(tmp_path / "data", human_agent=True) as page:
        cid = await asked(page, Surface.MESSENGER)
        assert page.desk.conversation.why(cid)[-2:] == [
            "The ordinary reply closes Sat 21 Nov 06:00: Messenger takes it within 24 hours of the customer's last "
            "message.",
            "The platform's reply window closes Fri 27 Nov 06:00: a reply written by a person is taken for 7 days "
            "(human_agent).",
        ]


async def test_why_tells_whether_the_private_reply_to_a_comment_is_left_used_or_over(page: PageDesk) -> None:
    """One, within seven days; afterwards the agent must not look for it."""
    ann = page.world.person("Ann")
    comment = page.world.comments(page.world.post("news"), "Where is it?", by=ann)
    await page.read()
    cid = page.only()
    assert page.desk.conversation.why(cid)[-1] == (
        "The private reply closes Fri 27 Nov 06:00: Facebook takes one, within 7 days of the comment."
    )
    page.clock.turn_to(MORNING + WEEK)
    assert "The private reply closed Fri 27 Nov" in page.desk.conversation.why(cid)[-1]
    page.clock.turn_to(MORNING + HOUR)
    page.world.answers_privately(comment, "I wrote to you.")
    page.world.comments(comment, "And?", by=ann)
    await page.read()
    assert page.desk.conversation.get(cid).answerable.private is not None


async def test_a_colleagues_private_answer_uses_the_private_reply_up(page: PageDesk) -> None:
    """Given in Facebook's own app: the customer is answered, and a second try would be refused."""
    comment = page.world.comments(page.world.post("news"), "Where is it?", by=page.world.person("Ann"))
    await page.read()
    page.clock.advance(60)
    page.world.answers_privately(comment, "I wrote to you.")
    page.clock.advance(600)
    await page.read()
    cid = next(c for c in page.desk.queue.order("all") if ":comments:" in c)
    found = page.desk.conversation.get(cid)
    assert found.privately_answered
    assert found.waiting_since is None
    assert [m.private for m in page.desk.conversation.thread(cid).messages] == [False, True]
    assert not page.desk.conversation.way(found, private=True).allowed


# -- deeds, files, unsent ----------------------------------------------------------------------------------


async def test_hiding_a_comment_from_the_desk_hides_it_on_facebook(page: PageDesk) -> None:
    """And the next reading, which shows it hidden, changes nothing any more."""
    comment = page.world.comments(page.world.post("news"), "rubbish", by=page.world.person("Ann"))
    await page.read()
    cid = page.only()
    page.desk.moderation.do(cid, Deed.HIDE, f"acme:{comment.short_id}")
    await page.deliver()
    assert comment.hidden
    (shown,) = page.desk.conversation.thread(cid).messages
    assert shown.hidden
    version = page.desk.conversation.get(cid).version
    page.clock.advance(600)
    await page.read()
    assert page.desk.conversation.get(cid).version == version


async def test_our_own_comment_is_taken_back_after_it_went_out(page: PageDesk) -> None:
    """Undo reaches as far as the platform lets it."""
    page.world.comments(page.world.post("news"), "Where?", by=page.world.person("Ann"))
    await page.read()
    page.desk.replying.reply(page.only(), Reply("Wrong text"))
    await page.deliver()
    page.desk.undo()
    await page.deliver()
    assert "Wrong text" not in {c.text for c in page.world.comments_by_id.values()}


async def test_f47_a_text_and_a_file_leave_as_two_messages_in_order(page: PageDesk, tmp_path: Path) -> None:
    """The text waits until the file is surely out: otherwise it would speak of something nobody got."""
    cid = await asked(page, Surface.MESSENGER)
    path = tmp_path / "label.png"
    path.write_bytes(b"\x89PNG")
    page.sim.faults.inject("drop_before_accept", "POST message_attachments")
    item = page.desk.replying.reply(cid, Reply("Here is the label.", files=[str(path)], key="once"))
    assert (
        page.desk.replying.reply(cid, Reply("Here is the label.", files=[str(path)], key="once")).id
        == item.id
    )
    await page.deliver()
    assert page.sim.accepted == []
    for _ in range(3):
        page.clock.advance(30)
        await page.deliver()
    assert [(a.kind, a.text) for a in page.sim.accepted] == [
        ("upload", "image/png"),
        ("message", ""),
        ("message", "Here is the label."),
    ]
    page.clock.advance(60)
    await page.read()
    assert len(page.desk.conversation.thread(cid).messages) == 3


async def test_a_reply_to_a_message_that_was_unsent_meanwhile_is_held(page: PageDesk) -> None:
    """The thread is looked at once more before a reply leaves."""
    ann = page.world.person("Ann")
    page.world.writes(ann, "hello")
    page.clock.advance(10)
    last = page.world.writes(ann, "I want to cancel")
    await page.read()
    cid = page.only()
    page.world.unsends(last)
    page.clock.advance(600)
    item = page.desk.replying.reply(cid, Reply("Cancelled."))
    await page.deliver()
    after = page.store.outbox.get(item.id)
    assert after is not None
    assert after.phase is Phase.STALE
    assert "deleted" in (after.reason or "")
    assert page.sim.accepted == []
    assert [m.text for m in page.desk.conversation.thread(cid).missing] == ["I want to cancel"]


async def test_what_was_unsent_while_the_program_was_off_is_noticed_before_a_reply(page: PageDesk) -> None:
    """The adapter remembers nothing of an earlier run; the store does."""
    ann = page.world.person("Ann")
    for n in range(3):
        page.world.writes(ann, f"hello {n}", at=MORNING - timedelta(minutes=30 - n))
    last = page.world.writes(ann, "I want to cancel", at=MORNING - timedelta(minutes=20))
    await page.read()
    cid = page.only()
    await page.reader.close()
    page.world.unsends(last)
    page.clock.advance(3600)
    page.desk.replying.reply(cid, Reply("Cancelled."))
    await page.deliver()
    assert page.sim.accepted == []
    assert [m.text for m in page.desk.conversation.thread(cid).missing] == ["I want to cancel"]


async def test_older_messages_that_facebook_no_longer_shows_stay(page: PageDesk) -> None:
    """Only the newest twenty have details: what is older was not unsent."""
    ann = page.world.person("Ann")
    for n in range(15):
        page.world.writes(ann, f"old {n}", at=MORNING - timedelta(minutes=90 - n))
    await page.read()
    cid = page.only()
    await page.reader.close()
    for n in range(15):
        page.world.writes(ann, f"new {n}", at=MORNING - timedelta(minutes=20 - n))
    page.desk.replying.reply(cid, Reply("Hello."))
    await page.deliver()
    assert not any(m.deleted_at for m in page.desk.conversation.thread(cid).messages)


async def test_the_daily_second_look_brings_edits_and_deletions_to_where_they_belong(page: PageDesk) -> None:
    """Under posts so old that no round compares them any more."""
    ann, ben = page.world.person("Ann"), page.world.person("Ben")
    post = page.world.post("news")
    first, second = (page.world.comments(post, f"by {who.name}", by=who) for who in (ann, ben))
    below = page.world.comments(first, "and this", by=ann)
    await page.read()
    page.world.edit(below, "and that")
    page.world.delete(second)
    page.reader.recheck_for = 7 * DAY
    page.clock.advance(600)
    await page.reader.recheck()
    texts = {
        m.text: c for c in page.desk.queue.order("all") for m in page.desk.conversation.thread(c).messages
    }
    assert texts["and that"] == texts["by Ann"] == f"acme:comments:{first.short_id}"
    gone = page.desk.conversation.thread(f"acme:comments:{second.short_id}")
    assert ([m.text for m in gone.missing], gone.messages) == (["by Ben"], [])


async def test_a_comment_in_the_wrong_place_stands_in_the_history(page: PageDesk) -> None:
    """Sent is sent: it is told, and nothing goes out again."""
    comment = page.world.comments(page.world.post("news"), "Where?", by=page.world.person("Ann"))
    await page.read()
    cid = page.only()
    other = page.world.comments(comment.post, "other", by=page.world.person("Ben"))
    add = page.world.add_comment
    page.world.add_comment = lambda under, text, picture=None: add(other, text, picture)  # type: ignore[method-assign]
    item = page.desk.replying.reply(cid, Reply("On its way."))
    await page.deliver()
    sent = page.store.outbox.get(item.id)
    assert sent is not None
    assert sent.state is SendState.SENT
    assert any("elsewhere" in e.what for e in page.desk.conversation.thread(cid).events)
    assert [a.kind for a in page.sim.accepted] == ["comment"]


# -- limits ------------------------------------------------------------------------------------------------


def business(kind: str, percent: int, minutes: int = 0) -> dict[str, object]:
    entry = {
        "type": kind,
        "call_count": percent,
        "total_cputime": 1,
        "total_time": 1,
        "estimated_time_to_regain_access": minutes,
    }
    return {"x-business-use-case-usage": {"1001": [entry]}}


async def test_from_75_percent_on_the_page_is_read_less_often_and_says_how_much_is_used(
    page: PageDesk,
) -> None:
    """The agent sees the budget before it is gone."""
    page.sim.usage = business("messenger", 90)
    await page.read()
    (account,) = [report.account(a, page.clock.now()) for a in page.desk.accounts.health()]
    assert account["limits_used_percent"] == 90
    due = {surface: (at - page.clock.now()).total_seconds() for surface, at in page.reader.due.items()}
    assert due[Surface.MESSENGER] > 4 * 45
    assert due[Surface.COMMENTS] == 180, "the Page's other budget is untouched"


def conversations(page: PageDesk) -> int:
    """How often Messenger was read; the posts have a limit of their own."""
    return sum(r.params.get("platform") == "messenger" for r in page.sim.requests)


async def test_at_100_percent_nothing_is_asked_until_the_stated_time_and_the_delay_is_told(
    page: PageDesk,
) -> None:
    """Calls in the meantime would lengthen the wait; the agent sees how old the queue is."""
    cid = await asked(page, Surface.MESSENGER)
    page.sim.usage = business("messenger", 100, minutes=20)
    page.clock.advance(60)
    await page.reader.round([Surface.MESSENGER])
    page.sim.usage = {}
    before = conversations(page)
    await page.pass_time(timedelta(minutes=19, seconds=30))
    assert conversations(page) == before
    (account,) = [report.account(a, page.clock.now()) for a in page.desk.accounts.health()]
    assert account["lag_seconds"] >= 19 * 60
    await page.pass_time(timedelta(minutes=2))
    assert conversations(page) > before
    assert page.desk.conversation.get(cid).waiting_since is not None
    (account,) = [report.account(a, page.clock.now()) for a in page.desk.accounts.health()]
    assert account["lag_seconds"] < 120


async def test_a_lost_sign_in_stops_sending_and_leaves_the_queue_readable(page: PageDesk) -> None:
    """190: the reply waits for a new sign-in, and leaves then."""
    cid = await asked(page, Surface.MESSENGER)
    page.sim.token_error = (190, 460)
    item = page.desk.replying.reply(cid, Reply("On its way."))
    await page.deliver()
    await page.reader.round()
    held = page.store.outbox.get(item.id)
    assert held is not None
    assert held.phase is Phase.BLOCKED
    (account,) = page.desk.accounts.health()
    assert not account.signed_in
    assert "password" in (account.problem or "")
    assert page.desk.queue.order("all") == [cid]
    page.sim.token_error = None
    for _ in range(4):
        await page.pass_time(timedelta(minutes=5))
    sent = page.store.outbox.get(item.id)
    assert sent is not None
    assert sent.state is SendState.SENT
    assert len(tags(page)) == 1
