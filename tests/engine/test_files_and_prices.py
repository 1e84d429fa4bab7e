"""Files that go with a reply, what a reply costs, and what is remembered of a platform's gaps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import World, said
from inbox.domain.files import endings, media_type, size
from inbox.domain.model import Conversation, Deed, Surface
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.station.spending import add_spending, cost
from inbox.ports.platform import FileRule, Gap, Page

CID = "acme-x:mentions:root:7"
RULE = FileRule(most=2, sizes={"image/png": 1000, "image/gif": 1000}, alone=frozenset({"image/gif"}))


@pytest.fixture
def waiting(world: World) -> World:
    world.arrive(said("1"))
    world.desk.workplace.platforms.files = lambda conversation, private: RULE
    return world


def file(folder: Path, name: str, size: int = 10) -> str:
    path = folder / name
    path.write_bytes(bytes(size))
    return str(path)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.png", "b.png", "c.png"], "At most 2"),
        (["a.exe"], "does not take this kind"),
        (["a"], "does not take this kind"),
        (["large.png"], "takes up to"),
        (["empty.png"], "is empty"),
        (["folder.png"], "no file that can be sent"),
        (["missing.png"], "no such file"),
        (["missing"], "no such file"),
        (["missing.exe"], "no such file"),
        (["a.png", "b.gif"], "goes alone"),
    ],
)
def test_a_file_the_platform_would_refuse_is_refused_before_anything_is_queued(
    waiting: World, tmp_path: Path, names: list[str], words: str
) -> None:
    """The agent hears it while the reply is still a draft."""
    for name in ("a.png", "b.png", "c.png", "b.gif", "a.exe", "a"):
        file(tmp_path, name)
    file(tmp_path, "large.png", 1001)
    file(tmp_path, "empty.png", 0)
    (tmp_path / "folder.png").mkdir()
    waiting.desk.drafts.save(CID, "See")
    with pytest.raises(NotAllowed, match=words):
        waiting.desk.replying.reply(CID, Reply("See", files=[str(tmp_path / n) for n in names]))
    assert waiting.desk.outbox.items() == []
    assert waiting.desk.drafts.get(CID) is not None


def test_where_no_files_may_go_the_reply_says_so(waiting: World, tmp_path: Path) -> None:
    """Not every platform takes them everywhere."""
    waiting.desk.workplace.platforms.files = lambda conversation, private: None
    with pytest.raises(NotAllowed, match="takes no files"):
        waiting.desk.replying.reply(CID, Reply("See", files=[file(tmp_path, "a.png")]))


async def test_files_travel_with_the_reply_and_may_go_without_words(waiting: World, tmp_path: Path) -> None:
    """As whole paths: the program may be started elsewhere tomorrow."""
    path = file(tmp_path, "a.png")
    waiting.desk.replying.reply(CID, Reply("", files=[path], file_texts=["a box"]))
    await waiting.turn(10)
    (sent,) = waiting.platform.accepted
    assert (sent.item.files, sent.item.file_texts) == ((path,), ("a box",))


def test_the_files_of_a_long_answer_go_with_its_first_part(waiting: World, tmp_path: Path) -> None:
    """Once, and where people look first."""
    items = waiting.desk.replying.reply_in_parts(CID, Reply("Long. " * 120, files=[file(tmp_path, "a.png")]))
    assert [len(i.files) for i in items] == [1, *(0 for _ in items[1:])]


def test_the_price_of_a_link_is_known_while_typing(waiting: World) -> None:
    """On X it is twenty times that of a plain reply."""

    def named(conversation: Conversation, text: str, private: bool) -> str:
        return "link" if "http" in text else "reply"

    desk = waiting.desk
    assert desk.replying.price(CID, "hello") is None
    desk.workplace.platforms.priced_as, desk.workplace.platforms.prices = named, {"reply": 0.01, "link": 0.2}
    assert (desk.replying.price(CID, "hello"), desk.replying.price(CID, "see http://a.com")) == (0.01, 0.2)


def test_the_days_cost_adds_up_and_begins_anew_at_midnight_utc(waiting: World) -> None:
    """As X counts."""
    desk = waiting.desk
    desk.workplace.platforms.prices = {"post_read": 0.005, "reply": 0.01}
    add_spending(waiting.store, "acme-x", {"post_read": 100}, waiting.clock.now())
    add_spending(waiting.store, "acme-x", {"post_read": 1, "reply": 2, "unknown": 5}, waiting.clock.now())
    assert desk.accounts.health()[0].cost_today == pytest.approx(0.525)
    waiting.clock.advance(12 * 3600)
    assert desk.accounts.health()[0].cost_today is None


async def test_gaps_are_kept_once_and_outlive_the_next_reading(waiting: World) -> None:
    """What is missing for good is not news of one round."""
    gap = Gap(
        surface=Surface.MENTIONS,
        since=waiting.clock.now() - timedelta(days=9),
        until=waiting.clock.now(),
        reason="X gives no more",
    )
    for _ in range(2):
        waiting.platform.pages[Surface.MENTIONS] = [Page(gaps=[gap]), Page(complete=True)]
        await waiting.reader.round()
    waiting.platform.pages[Surface.MENTIONS] = [Page(complete=True)]
    await waiting.reader.round()
    (health,) = waiting.desk.accounts.health()
    assert [(g.surface, g.reason) for g in health.gaps] == [("mentions", "X gives no more")]


async def test_what_we_hid_stays_hidden_where_the_platform_does_not_tell(waiting: World) -> None:
    """X names no hidden flag; reading the post again must not show it as visible."""
    waiting.desk.moderation.do(CID, Deed.HIDE, "acme-x:1")
    await waiting.turn(0)
    waiting.arrive(said("1", text="Where is my parcel, please?"))
    assert waiting.store.messages.of_conversation(CID)[0].hidden
    waiting.arrive(said("1", text="Where is my parcel, please?", hidden=False))
    assert not waiting.store.messages.of_conversation(CID)[0].hidden


def test_a_deed_without_a_message_takes_the_newest_that_fits(waiting: World) -> None:
    """For the command line."""
    waiting.arrive(said("2"), said("3", barred=(Deed.HIDE,)))
    assert waiting.desk.moderation.newest_for(CID, Deed.HIDE) == "acme-x:2"
    assert waiting.desk.moderation.newest_for(CID, Deed.BLOCK) is None
    with pytest.raises(NotAllowed):
        waiting.desk.moderation.newest_for(CID, Deed.DELETE)


def test_what_has_no_price_costs_nothing_and_says_nothing() -> None:
    """Facebook counts calls but charges for none: "about 0.00" would only puzzle."""
    assert cost({"call": 12}, {"post read": 0.005}) is None
    assert cost({"call": 12, "post read": 2}, {"post read": 0.005}) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 kB"), (3000, "3 kB"), (999_000, "999 kB"), (1_250_000, "1.2 MB")]
)
def test_a_small_file_is_not_told_as_nothing(count: int, words: str) -> None:
    assert size(count) == words


def test_every_kind_that_a_platform_takes_can_be_named_by_a_file() -> None:
    """A document could not be sent: the platform took it, and no name of a file meant it."""
    from inbox.adapters.facebook import offers as facebook
    from inbox.adapters.twitter import offers as twitter

    for sizes in (facebook.MESSAGE_SIZES, facebook.COMMENT_SIZES, twitter.PUBLIC_FILES.sizes):
        named = {media_type(f"a.{ending}") for ending in endings(sizes)}
        assert named == set(sizes)
