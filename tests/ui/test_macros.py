"""Macros: seen before they are taken, and taken back in one step."""

from __future__ import annotations

from pathlib import Path

from inbox.config.model import Config
from inbox.config.screen import Macro
from inbox.domain.model import Status
from ui.conftest import Opens, Seen


def config() -> Config:
    return Config(
        agent="tanja",
        macros=[
            Macro(
                name="Delivery is late",
                text="Hallo {first_name}, Ihr Paket kommt {when}. {agent}",
                tags=["delivery"],
                assign="me",
                resolve=True,
            ),
            Macro(name="Not for us", text="", tags=["other"], resolve=True),
        ],
    )


def head(seen: Seen, cid: str):  # type: ignore[no-untyped-def]
    return seen.desk(lambda desk: desk.conversation.get(cid))


async def test_a_macro_is_shown_filled_in_before_it_is_taken(opens: Opens) -> None:
    """Nobody should learn from the customer what a macro does."""
    async with opens(size=(100, 30), config=config()) as seen:
        seen.select("Anna Becker")
        await seen.press("m")
        assert "Hallo Anna, Ihr Paket kommt {when}. tanja" in seen.text
        assert "+delivery · to me · resolves once it is out" in seen.text


async def test_a_macro_writes_the_answer_and_does_the_rest_as_one_step(opens: Opens) -> None:
    async with opens(size=(100, 30), config=config()) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("m")
        await seen.type("dlv")
        await seen.press("enter")
        assert seen.main.context.place == "composer"
        assert "sends, then resolves" in seen.text
        c = head(seen, cid)
        assert (c.tags, c.assignee, c.status) == (("delivery",), "tanja", Status.OPEN)
        await seen.type("morgen")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo Anna, Ihr Paket kommt morgen. tanja"
        await seen.press("ctrl+s")
        items = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
        assert [i.also_resolve for i in items] == [True]


async def test_inside_the_composer_it_goes_in_at_the_cursor_and_ctrl_z_takes_it_out(opens: Opens) -> None:
    async with opens(size=(100, 30), config=config()) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Guten Tag!")
        await seen.press("ctrl+t", "enter")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text.startswith("Guten Tag!\nHallo Anna")
        await seen.press("ctrl+z")
        assert seen.main.context.composer.text == "Guten Tag!"


async def test_a_macro_without_text_acts_on_all_marked_and_is_taken_back_at_once(opens: Opens) -> None:
    async with opens(size=(100, 30), config=config()) as seen:
        ids = [seen.select("Anna Becker")]
        await seen.press("x")
        ids.append(seen.select("Tom Whitfield"))
        await seen.press("x", "m")
        await seen.type("not")
        await seen.press("enter")
        assert {head(seen, cid).status for cid in ids} == {Status.RESOLVED}
        await seen.press("z")
        assert [(head(seen, cid).status, head(seen, cid).tags) for cid in ids] == [(Status.OPEN, ())] * 2


async def test_without_macros_the_key_says_where_they_come_from(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        await seen.press("m")
        assert "under [[macros]]" in seen.text


async def test_a_misspelt_place_is_said_and_nothing_is_inserted_without_a_yes(opens: Opens) -> None:
    """ "Hello {nme}" went out to a customer."""
    misspelt = Config(agent="tanja", macros=[Macro(name="late", text="Hallo {nme}, morgen.", tags=["late"])])
    async with opens(size=(100, 30), config=misspelt) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("m")
        assert "{nme} is not filled in, did you mean {name}?" in seen.text
        await seen.press("enter", "enter")
        assert seen.main.context.writing is None, "Enter is the harmless answer"
        assert head(seen, cid).tags == ()
        await seen.press("m", "enter", "y")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo {nme}, morgen."
        assert seen.main.context.composer.area.selected_text == "{nme}", "ready to be typed over"


MANY = Config(
    agent="tanja",
    macros=[
        Macro(name="Sorry", text="Hello {first_name}, we are sorry and will look into it for you."),
        Macro(name="Chat only", text="Hi", surfaces=["direct"]),
        Macro(name="Verspätet", text="Hallo {first_name}, das tut uns leid, wir sehen uns das gleich an."),
        Macro(name="Danke", text="Hallo {first_name}, wir freuen uns, und das ist schön.", language="de"),
    ],
)


async def test_a_digit_takes_a_macro_at_once(opens: Opens) -> None:
    """Two keys for an answer that is written ten times a day."""
    async with opens(size=(100, 30), config=MANY) as seen:
        seen.select("Tom Whitfield")
        await seen.press("m", "1")
        assert seen.main.context.place == "composer"
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text.startswith("Hello Tom, we are sorry")


async def test_macros_in_the_language_of_the_person_come_first(opens: Opens) -> None:
    """Who writes German is not answered in English by the first key."""
    async with opens(size=(100, 30), config=MANY) as seen:
        seen.select("Anna Becker")
        await seen.press("m")
        shown = [line for line in seen.lines if "│ " in line and any(f" {n} " in line for n in "1234")]
        names = [m.name for line in shown for m in MANY.macros if m.name in line and f"{m.name} " in line]
        assert names[:2] == ["Verspätet", "Danke"]
        await seen.press("2")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo Anna, wir freuen uns, und das ist schön."


async def test_the_most_used_comes_first_in_the_next_run_and_not_in_this_one(
    opens: Opens, tmp_path: Path
) -> None:
    """A digit that means another macro after each use is no digit one can learn."""
    async with opens(size=(100, 30), config=MANY) as seen:
        seen.select("Anna Becker")
        for _ in range(2):
            await seen.press("m", "2", "ctrl+a", "backspace", "escape", "escape")
    async with opens(size=(100, 30), config=MANY, folder=tmp_path / "store") as seen:
        seen.select("Lena Schuster")
        await seen.press("m", "1")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo Lena, wir freuen uns, und das ist schön."


async def test_those_for_the_place_they_wrote_in_come_before_the_rest(opens: Opens) -> None:
    config = Config(
        agent="tanja", macros=[Macro(name="A", text="A"), Macro(name="B", text="B", surfaces=["direct"])]
    )
    async with opens(size=(100, 30), config=config) as seen:
        seen.select("Oliver Brandt")
        await seen.press("m")
        assert "1 B" in seen.text
        await seen.press("escape")
        seen.select("Anna Becker")
        await seen.press("m")
        assert "1 A" in seen.text
