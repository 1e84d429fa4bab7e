"""What an agent, a figure, an export and an erasure make of a message that one look has missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import NOON, TIMERS, World, build, said
from inbox.domain.model import Context, Message, Person
from inbox.domain.records import replace
from inbox.engine import report
from inbox.engine.automatic import settle_again
from inbox.engine.privacy import Records

CID = "acme-x:mentions:root:7"
MID = "acme-x:9"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    made.arrive(
        said("8", "older words", at=NOON - timedelta(hours=2)),
        said("9", "newest words", at=NOON - timedelta(hours=1)),
    )
    yield made
    made.store.close()


def stored(world: World) -> Message:
    message = world.store.message(MID)
    assert message is not None
    return message


def miss(world: World) -> None:
    world.store.put_message(replace(stored(world), gone_at=world.clock.now()))
    settle_again(world.store, [CID], TIMERS, world.clock.now())


def show_again(world: World) -> None:
    world.arrive(said("9", "newest words", at=NOON - timedelta(hours=1)))


def test_a_resolve_before_it_holds_when_it_comes_back_and_can_be_undone(world: World) -> None:
    """The platform's change of mind is no new message, and no change of an agent's."""
    world.desk.resolve([CID])
    miss(world)
    show_again(world)
    assert world.desk.conversation(CID).waiting_since is None
    world.desk.undo()
    assert world.desk.conversation(CID).waiting_since == NOON - timedelta(hours=2)
    world.desk.redo()
    assert world.desk.conversation(CID).waiting_since is None


def test_search_thread_and_counts_pass_it_over_and_have_it_back(world: World) -> None:
    """Hidden everywhere, and everywhere as it was."""
    whole = world.desk.conversation(CID)
    miss(world)
    hidden = world.desk.conversation(CID)
    assert (hidden.preview, hidden.message_count, hidden.last_in_at) == (
        "older words",
        1,
        NOON - timedelta(hours=2),
    )
    assert world.desk.search("newest") == []
    assert [m.remote_id for m in world.desk.thread(CID).messages] == ["8"]
    assert world.desk.why(CID)
    show_again(world)
    back = world.desk.conversation(CID)
    assert (back.preview, back.message_count, back.last_in_at, back.waiting_since) == (
        whole.preview,
        whole.message_count,
        whole.last_in_at,
        whole.waiting_since,
    )
    assert [m.remote_id for m in world.desk.search("newest")] == ["9"]


def test_it_says_nothing_in_an_export_and_is_erased_with_its_person(world: World) -> None:
    """A request of the person's is carried out whatever the platform shows at the moment."""
    miss(world)
    privacy = Records(world.store, world.desk.accounts_by_name, TIMERS)
    held = privacy.find(CID, world.clock.now())
    assert "newest words" not in str(list(privacy.export(world.desk, held)))
    privacy.erase(CID, world.clock.now())
    left = world.store.message(MID)
    assert left is None or (left.text, left.author) == ("", Person())


def test_a_post_around_it_that_is_missing_shows_neither_author_nor_text(world: World) -> None:
    """Both are kept until a second look, for nobody to read."""
    post = Context(
        id="acme-x:5", remote_id="5", author=Person(name="Berta"), ours=False, text="The post", root="root"
    )
    world.store.put_context(replace(post, gone_at=NOON))
    world.arrive(said("10", "An answer", parent="5", at=NOON))
    (shown,) = world.desk.thread(CID).context
    assert "Berta" not in str(report.around(shown))
    assert (shown.text, shown.author, shown.stands) == ("", Person(), False)
    (kept,) = world.store.context(["acme-x:5"])
    assert (kept.text, kept.author.name) == ("The post", "Berta")
