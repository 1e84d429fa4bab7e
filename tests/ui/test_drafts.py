"""Several drafts open at once, quotations, and a frame that says who reads along."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from inbox.ui.widgets.queue import Queue
from ui.conftest import Opens, Seen


def text(seen: Seen) -> str:
    assert seen.main.context.composer is not None
    return seen.main.context.composer.text


def styles(seen: Seen, words: str) -> list[Style]:
    """How each character of the first line that holds some words is shown, from there on."""
    height = seen.app.size.height
    for strip in seen.app.screen._compositor.render_strips()[:height]:
        line = "".join(s.text for s in strip)
        if words in line:
            shown = [s.style or Style() for s in strip for _ in s.text]
            return shown[line.index(words) :]
    raise AssertionError(f"{words} is not seen in\n{seen.text}")


# -- from draft to draft -----------------------------------------------------------------------------------


async def begin(seen: Seen, **texts: str) -> None:
    for name, words in texts.items():
        seen.select(name.replace("_", " "))
        await seen.press("r")
        await seen.type(words)
        await seen.press("escape", "escape")


async def test_open_drafts_are_gone_through_with_two_keys(opens: Opens) -> None:
    """Who asked a colleague about three answers comes back to three drafts, not to a search for them."""
    async with opens(size=(100, 30)) as seen:
        await begin(seen, Anna_Becker="To Anna", Lena_Schuster="To Lena")
        seen.select("Nadia")
        await seen.press(")")
        assert text(seen) == "To Anna"
        assert "Draft 1 of 3." in seen.text
        await seen.press("escape", ")")
        assert text(seen).startswith("Hallo Oliver")
        await seen.press("escape", ")")
        assert text(seen) == "To Lena"
        await seen.press("escape", ")")
        assert text(seen) == "To Anna"
        await seen.press("escape", "(")
        assert text(seen) == "To Lena"


async def test_while_writing_alt_and_an_arrow_go_to_the_next_draft_and_no_word_is_lost(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        await begin(seen, Anna_Becker="To Anna", Lena_Schuster="To Lena")
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type(" and more")
        await seen.press("alt+right", "alt+right")
        assert text(seen) == "To Lena"
        await seen.press("alt+left", "alt+left")
        assert text(seen) == "To Anna and more"


async def test_without_a_draft_it_says_so(opens: Opens) -> None:
    async with opens(size=(100, 30), empty=True) as seen:
        await seen.press(")")
        assert "There is no other open draft." in seen.text


# -- quoting -----------------------------------------------------------------------------------------------


async def test_a_greater_than_in_an_empty_line_quotes_and_ctrl_z_takes_it_out(opens: Opens) -> None:
    """Three questions in one message are answered below each."""
    async with opens(size=(100, 40)) as seen:
        seen.select("Grace Liu")
        await seen.press("r")
        await seen.type("Hi Grace,")
        await seen.press("enter", ">")
        assert text(seen) == (
            "Hi Grace,\n> Hi, I was charged twice for the same label, see the screenshot.\n\n"
        )
        await seen.type("Refunded.")
        assert text(seen).endswith("screenshot.\n\nRefunded.")
        await seen.press("ctrl+z", "ctrl+z")
        assert text(seen) == "Hi Grace,\n"


async def test_elsewhere_it_is_a_letter(opens: Opens) -> None:
    """ "Settings > Parcels" is what half of all answers say."""
    async with opens(size=(100, 40)) as seen:
        seen.select("Grace Liu")
        await seen.press("r")
        await seen.type("Settings > Parcels")
        assert text(seen) == "Settings > Parcels"


async def test_in_a_note_it_is_a_letter_too(opens: Opens) -> None:
    async with opens(size=(100, 40)) as seen:
        await seen.press("c")
        await seen.type("> see above")
        assert text(seen) == "> see above"


# -- what does not fit, and who reads along ----------------------------------------------------------------


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast"])
async def test_what_does_not_fit_is_underlined_where_it_stands(opens: Opens, theme: str) -> None:
    """A quotation of its end below the text says nothing of where to cut."""
    async with opens(size=(100, 40)) as seen:
        seen.app.theme = f"inbox-{theme}"
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("a" * 90 + "\n" + "b" * 90 + "\n" + "c" * 90 + "\n" + "d" * 10)
        assert "too long by 3: what is underlined does not fit" in seen.text
        assert [bool(style.underline) for style in styles(seen, "d" * 10)[:10]] == [False] * 7 + [True] * 3
        assert not any(style.underline for style in styles(seen, "c" * 20)[:90])
        await seen.press("backspace", "backspace", "backspace")
        assert not any(style.underline for style in styles(seen, "d" * 7)[:7])


async def test_the_other_way_has_another_limit_and_the_underline_goes(opens: Opens) -> None:
    async with opens(size=(100, 40)) as seen:
        seen.select("Peter Hahn")
        await seen.press("r")
        await seen.type("a" * 270 + " aaa aaa aaa aaa")
        assert any(style.underline for style in styles(seen, "aaa aaa aaa")[:22])
        await seen.press("f2")
        assert "Private reply" in seen.text
        assert not any(style.underline for style in styles(seen, "aaa aaa aaa")[:22])


async def test_public_and_private_differ_in_the_colour_and_the_words_of_the_whole_frame(opens: Opens) -> None:
    """A private matter in public is the dearest mistake of this trade."""
    async with opens(size=(100, 40)) as seen:
        frames = {}
        for name, way in (("Anna Becker", "Public reply"), ("Grace Liu", "Private reply")):
            seen.select(name)
            await seen.press("r")
            assert (
                "everybody reads it" in seen.text if way[:2] == "Pu" else "nobody else reads it" in seen.text
            )
            above = {style.bgcolor for style in styles(seen, f" {way}")}
            composer = seen.main.context.composer
            assert composer is not None
            below = {style.bgcolor for style in styles(seen, composer.foot.plain.strip()[:7])}
            assert above == below
            assert len(above) == 1
            frames[way] = above
            await seen.press("escape", "escape")
        assert frames["Public reply"] != frames["Private reply"]


async def test_an_empty_reply_says_nothing_but_the_limit(opens: Opens) -> None:
    async with opens(size=(100, 40)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.foot.plain.split("  ")[0].strip() == "0 / 280"


async def test_after_send_resolve_next_the_list_is_drawn_where_it_was(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that begins at the next row for a moment is a flash at every answer of the day."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo")
        tops: list[int] = []
        paint = Queue.render_lines

        def watched(queue: Queue, crop: Region) -> list[Strip]:
            tops.append(queue.top)
            return paint(queue, crop)

        monkeypatch.setattr(Queue, "render_lines", watched)
        await seen.press("f4")
        assert set(tops) == {0}
