"""What is deleted on a Page is noticed here, and what is not deleted is never lost: through the whole reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.facebook_world import MORNING, PageDesk, page_desk
from inbox.adapters.facebook.sim.world import Comment
from inbox.domain.model import Message
from inbox.engine.desk.drafts import Reply

HOUR = 3600.0
DAY = timedelta(days=1)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageDesk]:
    with page_desk(tmp_path / "inbox") as desk:
        desk.reader.recheck_for = 7 * DAY
        yield desk


def stored(page: PageDesk) -> dict[str, Message]:
    return {
        m.remote_id: m for c in page.desk.queue.order("all") for m in page.store.messages.of_conversation(c)
    }


def missing(page: PageDesk) -> set[str]:
    return {key for key, m in stored(page).items() if not m.shown}


def erased(page: PageDesk) -> set[str]:
    return {key for key, m in stored(page).items() if m.deleted_at}


async def later(page: PageDesk) -> None:
    """A single run an hour later, by a process that remembers nothing."""
    await page.reader.close()
    page.clock.advance(HOUR + 60)
    await page.read()
    await page.reader.recheck()


def thread(page: PageDesk, count: int) -> list[Comment]:
    ann, post = page.world.person("Ann"), page.world.post("news")
    return [
        page.world.comments(post, f"c{n}", by=ann, at=MORNING - timedelta(minutes=200 - n))
        for n in range(count)
    ]


async def test_a_comment_is_missed_although_facebook_counts_one_too_many(page: PageDesk) -> None:
    """Its counts are off by some for ever; the list that was read to its end tells."""
    said = thread(page, 6)
    await page.read()
    page.world.delete(said[2])
    said[0].post.overcounted = 1
    await page.reader.close()
    page.clock.advance(60)
    await page.read()
    assert missing(page) == {said[2].id}
    await later(page)
    assert (erased(page), missing(page)) == ({said[2].id}, set())
    assert stored(page)[said[2].id].text == ""
    waiting = page.desk.queue.order("waiting")
    assert f"acme:comments:{said[2].short_id}" not in waiting
    assert len(waiting) == 5


async def test_deletions_in_a_thread_longer_than_a_page_are_noticed(page: PageDesk) -> None:
    """A hundred and thirty comments, the three that went are on no page that a round reads."""
    said = thread(page, 130)
    await page.read()
    assert len(stored(page)) == 130
    gone = {said[n].id for n in (3, 40, 77)}
    for n in (3, 40, 77):
        page.world.delete(said[n])
    await page.reader.close()
    page.clock.advance(60)
    await page.read()
    assert missing(page) == gone
    await later(page)
    assert (erased(page), missing(page)) == (gone, set())


async def test_what_the_list_shows_is_there_whatever_its_id_answers(page: PageDesk) -> None:
    """100/33 names missing permissions as a cause too. An agent answers: the reply leaves, and every word stays."""
    said = thread(page, 6)
    await page.read()
    before = {key: m.text for key, m in stored(page).items()}
    page.world.unreadable.update(c.id for c in said)
    page.world.unreadable.update(c.short_id for c in said)
    for _ in range(30):
        await later(page)
    assert {key: m.text for key, m in stored(page).items()} == before
    assert (missing(page), erased(page)) == (set(), set())
    assert len(page.desk.queue.order("waiting")) == 6
    item = page.desk.replying.reply(f"acme:comments:{said[0].short_id}", Reply("On its way."))
    await page.deliver()
    sent = page.store.outbox.get(item.id)
    assert sent is not None
    assert [a.text for a in page.sim.accepted] == ["On its way."], sent.reason


async def test_comments_on_a_photo_are_looked_for_in_the_photos_own_list(page: PageDesk) -> None:
    """The post the photo belongs to does not list them: there, every one of them would be missing."""
    ann, post = page.world.person("Ann"), page.world.post("Three tents", at=MORNING - DAY)
    photo = page.world.photo("", of=post, at=MORNING - DAY)
    said = [
        page.world.comments(photo, f"c{n}", by=ann, at=MORNING - timedelta(minutes=60 - n)) for n in range(5)
    ]
    await page.read()
    (shown,) = {
        tuple(c.text for c in page.desk.conversation.thread(cid).context)
        for cid in page.desk.queue.order("all")
    }
    assert set(shown) == {"", "Three tents"}
    page.world.unreadable.update(c.id for c in said)
    page.world.delete(said[2])
    await later(page)
    assert missing(page) == {said[2].id}
    await later(page)
    assert (erased(page), missing(page)) == ({said[2].id}, set())


async def test_a_post_that_is_lost_takes_no_word_of_its_comments_along(page: PageDesk) -> None:
    """Where only the one post is lost to us, its comments are hidden at most, and come back with it."""
    said = thread(page, 2)
    other = page.world.comments(
        page.world.post("more"),
        "stays",
        by=page.world.person("Ben"),
        at=MORNING - HOUR * timedelta(seconds=1),
    )
    await page.read()
    page.world.delete(said[0].post)
    for _ in range(50):
        await later(page)
    assert erased(page) == set()
    assert {m.text for m in stored(page).values()} == {"c0", "c1", "stays"}
    assert stored(page)[other.id].stands


async def test_a_message_unsent_in_the_middle_is_noticed_by_the_next_single_run(page: PageDesk) -> None:
    """Compared with the store: the process that read the conversation is long gone."""
    ann = page.world.person("Ann")
    sent = [page.world.writes(ann, f"m{n}", at=MORNING - timedelta(minutes=30 - n)) for n in range(3)]
    await page.read()
    page.world.unsends(sent[1])
    await page.reader.close()
    page.clock.advance(60)
    await page.read()
    assert missing(page) == {sent[1].id}
    assert [m.text for m in page.desk.conversation.thread(page.only()).messages] == ["m0", "m2"]
    await later(page)
    assert erased(page) == {sent[1].id}


async def test_the_first_and_the_last_message_can_be_unsent_too(page: PageDesk) -> None:
    """Both ends of the list, also where the agent is about to answer."""
    ann = page.world.person("Ann")
    sent = [page.world.writes(ann, f"m{n}", at=MORNING - timedelta(minutes=30 - n)) for n in range(4)]
    await page.read()
    page.world.unsends(sent[0])
    page.world.unsends(sent[3])
    await page.reader.close()
    item = page.desk.replying.reply(page.only(), Reply("Hello."))
    await page.deliver()
    assert missing(page) == {sent[0].id, sent[3].id}
    held = page.store.outbox.get(item.id)
    assert held is not None
    assert (held.text, page.sim.accepted) == ("Hello.", [])


async def test_an_older_message_is_noticed_by_the_daily_look(page: PageDesk) -> None:
    """Its conversation does not move because of it, and no round reads that far back."""
    ann = page.world.person("Ann")
    sent = [page.world.writes(ann, f"m{n}", at=MORNING - timedelta(minutes=90 - n)) for n in range(20)]
    await page.read()
    for n in range(30):
        page.world.writes(ann, f"n{n}", at=MORNING - timedelta(minutes=60 - n))
    await page.read()
    page.clock.advance(10 * HOUR)
    page.world.writes(page.world.person("Ben"), "hello")
    await page.read()
    page.world.unsends(sent[5])
    page.clock.advance(20 * HOUR)
    await page.read()
    await page.reader.recheck()
    assert missing(page) == {sent[5].id}


async def test_messages_pushed_out_by_newer_ones_are_not_gone(page: PageDesk) -> None:
    """Facebook gives details of twenty; asking for older ones answers "deleted" (9000001), and that proves nothing."""
    ann = page.world.person("Ann")
    for n in range(20):
        page.world.writes(ann, f"m{n}", at=MORNING - timedelta(minutes=50 - n))
    await page.read()
    for n in range(15):
        page.world.writes(ann, f"new {n}", at=MORNING - timedelta(minutes=20 - n))
    for _ in range(30):
        await later(page)
    assert (missing(page), erased(page)) == (set(), set())


async def test_a_list_that_lags_deletes_nothing(page: PageDesk) -> None:
    """A message that is missing but answers when it is asked for still stands; trouble proves nothing either."""
    ann = page.world.person("Ann")
    sent = [page.world.writes(ann, f"m{n}", at=MORNING - timedelta(minutes=30 - n)) for n in range(3)]
    await page.read()
    page.sim.withheld.add(sent[1].id)
    for _ in range(10):
        await later(page)
        page.sim.faults.inject("503", "GET node")
        await page.reader.round()
        await page.reader.recheck()
        while page.sim.faults.take("GET node") is not None:
            pass
    assert (missing(page), erased(page)) == (set(), set())


async def test_our_own_comment_that_was_deleted_there_is_noticed(page: PageDesk) -> None:
    """A colleague took it down in the browser."""
    said = thread(page, 3)
    await page.read()
    page.desk.replying.reply(f"acme:comments:{said[0].short_id}", Reply("We are sorry."))
    await page.deliver()
    page.clock.advance(HOUR)
    await page.read()
    (ours,) = [c for c in said[0].post.comments if c.author is None]
    page.world.delete(ours)
    page.clock.advance(60)
    await page.read()
    assert missing(page) == {ours.id}
    await later(page)
    assert erased(page) == {ours.id}
