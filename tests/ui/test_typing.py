"""What is typed is kept sign by sign, and taken back sign by sign: in the composer, a note and a line of text."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from inbox.ports.platform import Length
from ui.conftest import Opens, Seen

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TYPED = [
    FAMILY,
    "❤\ufe0f",
    "e\u0301\u0323",
    "می\u200cخواهم",
    "Rück\u00aderstattung",
    "שלום\u200f!",
    "10\u00a0€",
    "🏴\U000e0067\U000e0062\U000e007f",
    "\ud83d\udc68!",
]


async def key(seen: Seen, character: str) -> None:
    """As the driver hands a character over."""
    assert seen.main.app.focused is not None
    seen.main.app.post_message(events.Key(character, character))
    await seen.settle()


def whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


@pytest.mark.parametrize("text", TYPED)
@pytest.mark.parametrize("place", ["r", "c", "slash"])
async def test_every_typed_character_is_kept(opens: Opens, text: str, place: str) -> None:
    """Joiners, selectors and marks are part of what people write in their languages."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press(place)
        for character in text:
            await key(seen, character)
        focused = seen.main.app.focused
        kept = focused.value if isinstance(focused, Input) else seen.main.context.composer.text  # type: ignore[union-attr]
        assert kept == whole(text)


async def test_enter_comes_behind_what_was_typed_before_it_in_one_burst(opens: Opens) -> None:
    """Who types quicker than the program reads must not give another tag than the one typed."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("l")
        for key in (*"billing", "enter"):
            seen.send(key)
        await seen.settle()
        assert seen.desk(lambda desk: desk.conversation.get(cid)).tags == ("billing",)


@pytest.mark.parametrize("place", ["r", "slash"])
async def test_keys_go_by_whole_signs(opens: Opens, place: str) -> None:
    """One Backspace takes away what looks like one letter, and leaves no half of a family."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press(place)
        focused = seen.main.app.focused
        assert focused is not None

        def text() -> str:
            return focused.value if isinstance(focused, Input) else focused.text  # type: ignore[union-attr]

        seen.main.app.post_message(events.Paste(f"x{FAMILY}"))
        await seen.settle()
        await seen.press("backspace")
        assert text() == "x"
        seen.main.app.post_message(events.Paste(f"{FAMILY}e\u0301y"))
        await seen.settle()
        await seen.press("left", "left", "left", "delete")
        assert text() == "xe\u0301y"
        await seen.press("right", "backspace", "a")
        assert text() == "xay"
        await seen.press("shift+left", "backspace")
        assert text() == "xy"
        await seen.press("home", "backspace", "end", "delete")
        assert text() == "xy"


async def test_a_control_character_is_never_text(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        for character in "a\x9b\x00\udc68b":
            await key(seen, character)
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "ab"


async def test_a_character_the_platform_refuses_is_named_and_not_called_too_long(opens: Opens) -> None:
    """It is invisible mostly: "too long by -275" sends people looking for words to cut."""
    async with opens(size=(80, 24)) as seen:
        refused = Length(used=3, limit=280, valid_to=1, valid=False)
        seen.desk(lambda desk: setattr(desk.workplace.platforms, "length", lambda c, text, private: refused))
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("abc")
        assert "the platform refuses a character: U+0062" in seen.text
        assert "too long" not in seen.text
