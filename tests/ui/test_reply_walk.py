"""Answering many alike on the screen: one person at a time, one key each, and all of it taken back with one."""

from __future__ import annotations

from inbox.config.model import Config
from inbox.config.screen import Macro
from inbox.domain.model import SendState
from inbox.domain.outbox import OutboxItem
from inbox.ui.windows.reply_walk import ReplyWalkScreen
from ui.conftest import Opens, Seen

NAMES = ("Anna Becker", "Tom Whitfield", "Marek Nowak")
CONFIG = Config(
    agent="tanja",
    macros=[
        Macro(name="Storm", text="Hallo {first_name}, wir sind dran. {agent}", tags=["storm"]),
        Macro(name="Date", text="Bis {Termin}."),
    ],
)


async def marked(seen: Seen, *names: str) -> list[str]:
    ids = []
    for name in names or NAMES:
        ids.append(seen.select(name))
        await seen.press("x")
    return ids


def outbox(seen: Seen, ids: list[str]) -> list[OutboxItem]:
    return [
        item
        for cid in ids
        for item in seen.desk(lambda desk, cid=cid: desk.workplace.store.outbox.items(conversation=cid))  # type: ignore[misc]
    ]


async def test_thirty_complaints_take_one_key_each(opens: Opens) -> None:
    """Marked, m, the macro, then Enter a person: each is seen filled in before it is sent."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen)
        await seen.press("m")
        assert "3 replies, one by one" in seen.text
        await seen.press("enter")
        assert "Reply 1 of 3 to Anna Becker" in seen.text
        assert "Hallo Anna, wir sind dran. tanja" in seen.text
        assert "Seit drei Tagen steht mein Paket" in seen.text
        assert "everybody reads it" in seen.text
        assert outbox(seen, ids) == []
        await seen.press("enter")
        assert "Reply 2 of 3 to Tom Whitfield" in seen.text
        assert "Hallo Tom, wir sind dran. tanja" in seen.text
        await seen.press("enter", "enter")
        assert not isinstance(seen.app.screen, ReplyWalkScreen)
        assert "3 replies held · z takes all back" in seen.text
        assert [item.state for item in outbox(seen, ids)] == [SendState.HELD] * 3
        await seen.press("z")
        assert "3 replies: taken back" in seen.text
        assert [item.state for item in outbox(seen, ids)] == [SendState.CANCELLED] * 3


async def test_n_skips_and_esc_stops_and_only_the_answered_lose_their_mark(opens: Opens) -> None:
    """Who was skipped still needs an answer of their own."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen)
        await seen.press("m", "enter", "n", "enter")
        assert "Reply 3 of 3 to Marek Nowak" in seen.text
        await seen.press("escape")
        assert len(outbox(seen, ids)) == 1
        assert "1 reply held · 2 not answered" in seen.text
        assert list(seen.queue.marks) == [ids[0], ids[2]]


async def test_a_barred_one_says_why_and_is_skipped_with_one_key(opens: Opens) -> None:
    """Hugo did not address us, and X refuses a reply: nothing is tried, the walk goes on."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen, "Hugo Lang", "Marek Nowak")
        await seen.press("m", "enter")
        first = "Hugo Lang" if "to Hugo Lang" in seen.text else "Marek Nowak"
        if first == "Marek Nowak":
            await seen.press("enter")
        assert "to Hugo Lang" in seen.text
        assert "Not sendable:" in seen.text
        await seen.press("enter")
        assert outbox(seen, [ids[0]]) == []
        if first == "Hugo Lang":
            assert "to Marek Nowak" in seen.text


async def test_an_open_place_is_never_sent_by_enter_and_can_be_filled_in(opens: Opens) -> None:
    """The words "Bis {Termin}." in public, thirty times over, is what everybody laughs about."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen, "Anna Becker", "Marek Nowak")
        await seen.press("m", "down", "enter")
        assert "Not sendable: still open: {Termin}" in seen.text
        await seen.press("r")
        for _ in range(len("{Termin}.")):
            await seen.press("backspace")
        await seen.type("morgen.")
        await seen.press("ctrl+s")
        assert [item.text for item in outbox(seen, ids)] == ["Bis morgen."]
        assert "Reply 2 of 2 to Marek Nowak" in seen.text


async def test_what_is_typed_in_a_walk_is_kept_when_it_is_left(opens: Opens) -> None:
    """A word typed is a word kept, here as in the composer."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen, "Anna Becker", "Marek Nowak")
        await seen.press("m", "enter", "r")
        await seen.type(" Liebe Grüße")
        await seen.press("escape", "escape")
        draft = seen.desk(lambda desk: desk.drafts.get(ids[0]))
        assert draft is not None
        assert draft.text == "Hallo Anna, wir sind dran. tanja Liebe Grüße"


async def test_z_in_a_walk_takes_back_what_was_sent_so_far(opens: Opens) -> None:
    async with opens(size=(100, 30), config=CONFIG) as seen:
        ids = await marked(seen)
        await seen.press("m", "enter", "enter", "enter", "z")
        assert "2 replies: taken back" in seen.text
        assert [item.state for item in outbox(seen, ids)] == [SendState.CANCELLED] * 2


async def test_after_an_answer_dot_writes_it_to_the_next_one_filled_in_and_unsent(opens: Opens) -> None:
    """The second person with the same question costs two keys, and reads their own name."""
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo Anna, wir suchen es.")
        await seen.press("ctrl+s", "escape")
        tom = seen.select("Tom Whitfield")
        await seen.press(".")
        assert seen.main.context.place == "composer"
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo Tom, wir suchen es."
        assert outbox(seen, [tom]) == []


async def test_after_an_answer_dot_walks_through_all_that_are_marked(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo Anna, wir suchen es.")
        await seen.press("ctrl+s", "escape")
        await marked(seen, "Tom Whitfield", "Marek Nowak")
        await seen.press(".")
        assert "Reply 1 of 2 to Tom Whitfield" in seen.text
        assert "Hallo Tom, wir suchen es." in seen.text


async def test_a_decision_after_an_answer_is_what_dot_repeats(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo Anna")
        await seen.press("ctrl+s", "escape")
        seen.select("Tom Whitfield")
        await seen.press("+")
        marek = seen.select("Marek Nowak")
        await seen.press(".")
        assert seen.main.context.place == "queue"
        assert seen.desk(lambda desk: desk.conversation.get(marek)).priority == "high"
