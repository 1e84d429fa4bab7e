"""What became of a reply ends in a sentence, and the sentences can be read again."""

from __future__ import annotations

from inbox.domain.outbox import Phase, move
from inbox.engine.desk.desk import Desk
from ui.conftest import Opens, Seen


async def answered(seen: Seen, *sends: str) -> str:
    """A reply to Anna, handed over; returns the id of its conversation."""
    cid = seen.select("Anna Becker")
    await seen.press("r")
    await seen.type("Your parcel arrives tomorrow.")
    await seen.press(*sends)
    return cid


def becomes(cid: str, phase: Phase, **why: str) -> object:
    def change(desk: Desk) -> None:
        outbox = desk.workplace.store.outbox
        item = outbox.items(conversation=cid)[-1]
        on_wire = move(move(item, Phase.PREPARED), Phase.ON_WIRE)
        outbox.put(move(on_wire, phase, sent_at=desk.workplace.clock.now(), **why))

    return change


async def test_a_reply_that_left_is_said_with_its_time(opens: Opens) -> None:
    """A counter that disappears says neither that it was sent nor to whom."""
    async with opens(size=(120, 30)) as seen:
        cid = await answered(seen, "ctrl+s")
        await seen.changed(becomes(cid, Phase.SENT))
        assert "Sent to Anna Becker 15:05." in seen.text
    async with opens(size=(120, 30)) as seen:
        cid = await answered(seen, "alt+enter")
        await seen.changed(becomes(cid, Phase.SENT))
        assert "Sent to Anna Becker 15:05, resolved." in seen.text


async def test_a_reply_that_failed_is_said_with_the_key_to_it(opens: Opens) -> None:
    """The agent has gone on to the next conversation, and looks at another one."""
    async with opens(size=(120, 30)) as seen:
        cid = await answered(seen, "ctrl+s")
        await seen.changed(becomes(cid, Phase.FAILED, reason="X refused the request"))
        assert "The reply to Anna Becker: failed · O" in seen.text


async def test_what_was_said_can_be_read_again(opens: Opens) -> None:
    """Each line is gone with the next one, and it was the one before that mattered."""
    async with opens(size=(120, 30)) as seen:
        await seen.press("f10")
        assert "Nothing has been said yet." in seen.text
        await seen.press("escape", "e", "z", "f10")
        told = [line for line in seen.lines if "Resolved" in line]
        assert len(told) >= 1


async def test_the_list_of_replies_takes_no_row_it_says_nothing_in(opens: Opens) -> None:
    """Three blank lines below one failed reply hid three rows of the queue; and its keys are at the foot as everywhere."""
    async with opens(size=(100, 40)) as seen:
        await seen.press("O")
        hint = seen.app.screen.query_one("#hint")
        assert not hint.region.height
        assert "Esc close" in seen.lines[-1]
        await seen.press("r")
        assert hint.region.height == 1
