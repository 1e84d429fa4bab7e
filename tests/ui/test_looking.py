"""What the agent has not looked at yet: bold in the queue, found by `is:new`, and kept between two sessions."""

from __future__ import annotations

from ui.conftest import Opens


async def test_a_look_ends_what_is_new_for_this_agent_alone(opens: Opens) -> None:
    """Who comes back from lunch sees what came meanwhile; a colleague has a lunch of their own."""
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        row = seen.queue.row(cid)
        assert row is not None
        assert row.new
        new = seen.desk(lambda desk: desk.queue.order("waiting", "is:new"))
        assert cid in new
        await seen.press("enter", "escape")
        row = seen.queue.row(cid)
        assert row is not None
        assert not row.new
        after = seen.desk(lambda desk: desk.queue.order("waiting", "is:new"))
        assert after == [one for one in new if one != cid]
        assert cid in seen.desk(lambda desk: desk.queue.order("waiting", "-is:new"))
        assert not seen.desk(lambda desk: desk.queue.rows([cid]))[cid].new


async def test_the_cursor_alone_is_no_look_where_the_thread_is_not_shown(opens: Opens) -> None:
    """At 80 columns a row shows the beginning of one message: nobody has read the thread by that."""
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("j", "k")
        assert cid in seen.desk(lambda desk: desk.queue.order("waiting", "is:new"))
