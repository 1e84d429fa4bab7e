"""The list beside the reader: two lines a conversation where there is room, and as wide as the agent wants it."""

from __future__ import annotations

import pytest

from ui.conftest import Opens, Seen

HIGH = (120, 36)


def at(seen: Seen, text: str) -> int:
    """The line of the screen, within the list, that holds a text."""
    return next(y for y, line in enumerate(seen.lines) if text in line[: seen.queue.region.right])


async def test_a_high_list_beside_the_reader_gives_what_was_written_a_line_of_its_own(opens: Opens) -> None:
    """In one line the words had eleven cells: nobody can triage by "Guten Tag, i"."""
    async with opens(size=HIGH) as seen:
        name, y = "Anna Becker", at(seen, "Anna Becker")
        row = seen.queue.row(seen.queue.order[(y - seen.queue.region.y) // 2])
        assert row is not None
        assert row.conversation.contact.name == name
        said = seen.lines[y + 1][: seen.queue.region.right]
        assert row.conversation.preview[:20] in said
        assert seen.lines[y][: seen.queue.region.right].rstrip(" │┃").endswith("X @")
    for size in ((100, 40), (120, 30), (80, 24)):
        async with opens(size=size) as seen:
            assert seen.queue.tall == 1


async def test_the_cursor_a_click_and_a_timer_mean_the_conversation_and_not_the_line(opens: Opens) -> None:
    """Every key acts on what the agent sees under the cursor, on whichever of its lines."""
    async with opens(size=HIGH) as seen:
        await seen.press("j", "j")
        assert seen.queue.cur == 2
        y = seen.queue.region.y
        assert "▸" in seen.lines[y + 4]
        await seen.pilot.click(offset=(20, y + 7))
        await seen.settle()
        assert seen.queue.cur == 3
        await seen.press("G")
        assert seen.queue.cur == len(seen.queue.order) - 1
        last = seen.queue.row(seen.queue.order[-1])
        assert last is not None
        assert (last.conversation.contact.name or "")[:8] in "\n".join(seen.lines)


async def test_one_line_a_conversation_and_the_width_are_kept_for_the_next_run(opens: Opens) -> None:
    """Who has set the screen up does so once."""
    async with opens(size=HIGH) as seen:
        wide = seen.queue.region.width
        await seen.press("=", ">", ">")
        assert seen.queue.tall == 1
        wider = seen.queue.region.width
        assert wider > wide
    async with opens(size=HIGH) as seen:
        await seen.until(lambda: seen.queue.low)
        assert seen.queue.tall == 1
        assert seen.queue.region.width == wider
        await seen.press("=", "<")
        assert seen.queue.tall == 2
        assert seen.queue.region.width < wider


async def test_where_the_list_has_the_whole_width_the_keys_say_so(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press(">")
        assert "The list has the whole width here." in seen.text
        assert seen.queue.region.width == 80


async def test_the_newest_message_is_beside_the_reply_to_it(opens: Opens) -> None:
    """A gap between what was asked and what is written makes one look up and down for each word."""
    async with opens(size=HIGH) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        thread = seen.main.context.thread
        last = seen.lines[thread.region.bottom - 1][thread.region.x : thread.region.right]
        assert len(thread.lines) < thread.region.height
        text = "".join(part for part, _ in thread.lines[-1].parts).strip()
        assert text in last


async def test_the_conversation_is_read_while_a_reply_is_written(opens: Opens) -> None:
    """What the customer said three messages ago had to be remembered, or the draft left."""
    async with opens(size=(120, 24)) as seen:
        seen.select("Eva Lindner")
        await seen.press("r")
        await seen.type("Hello")
        thread = seen.main.context.thread
        end = thread.top
        assert end > 0
        await seen.press("pageup")
        assert thread.top < end
        await seen.press("alt+down")
        assert thread.top == end
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hello"


async def test_the_person_takes_no_room_where_nothing_is_known(opens: Opens) -> None:
    """A pane that says a name again, and "First contact", took a fifth of the screen from the thread."""
    async with opens(size=(160, 45)) as seen:
        panel, thread = seen.main.context.person, seen.main.context.thread
        seen.select("Anna Becker")
        await seen.settle()
        assert not panel.says_something
        assert not panel.region.width
        wide = thread.size.width
        cid = str(seen.main.context.reader.cid)
        await seen.changed(lambda desk: desk.notes.add(cid, "Rings back"))
        assert panel.says_something
        assert "Notes" in seen.text
        assert thread.size.width < wide
        await seen.changed(lambda desk: desk.undo())
        assert thread.size.width == wide


@pytest.mark.parametrize("keys", [("i",), ("enter", "i")])
async def test_a_person_of_whom_nothing_is_known_can_be_shown_all_the_same(
    opens: Opens, keys: tuple[str, ...]
) -> None:
    """Profile, notes and joining are reached from there."""
    async with opens(size=(160, 45)) as seen:
        seen.select("Anna Becker")
        await seen.settle()
        await seen.press(*keys)
        assert "First contact" in seen.text
        assert "Anna Becker" in seen.text
        await seen.press("i")
        assert "First contact" not in seen.text
