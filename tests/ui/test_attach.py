"""Files with a reply: found by path, refused with the platform's reason before anything is queued."""

from __future__ import annotations

from pathlib import Path

import pytest

from inbox.ports.platform import FileRule
from ui.conftest import Opens, Seen

RULE = FileRule(most=1, sizes={"image/jpeg": 1_000_000})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "karte.jpg").write_bytes(b"\xff\xd8" * 100)
    (folder / "photos" / "klein.bmp").write_bytes(b"BM" * 100)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def with_rule(seen: Seen, rule: FileRule | None) -> None:
    seen.desk(lambda desk: setattr(desk.workplace.platforms, "files", lambda c, private: rule))


async def attaches_the_card(seen: Seen, words: str = "") -> str:
    """To a reply to Anna Becker, begun with these words; returns the conversation's id."""
    with_rule(seen, RULE)
    cid = seen.select("Anna Becker")
    await seen.press("r")
    await seen.type(words)
    await seen.press("f6")
    await seen.type("photos/kar")
    await seen.press("enter", "enter")
    return cid


async def test_a_file_is_found_described_and_sent_along(opens: Opens, home: Path) -> None:
    async with opens(size=(100, 30)) as seen:
        with_rule(seen, RULE)
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Meinen Sie diese?")
        await seen.press("f6")
        await seen.type("ph")
        assert "photos/" in seen.text
        await seen.press("enter")
        assert "klein.bmp" in seen.text
        assert "klein.bmp: the platform does not" in seen.text
        await seen.type("kar")
        await seen.press("enter")
        assert "What does karte.jpg show?" in seen.text
        await seen.type("Die Karte")
        await seen.press("enter")
        assert "+ karte.jpg" in seen.text
        assert seen.main.context.place == "composer"
        await seen.press("ctrl+s")
        (item,) = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
        assert item.files == (str(home / "photos" / "karte.jpg"),)
        assert item.file_texts == ("Die Karte",)


async def test_a_file_can_be_taken_off_and_leaving_keeps_it(opens: Opens, home: Path) -> None:
    async with opens(size=(100, 30)) as seen:
        await attaches_the_card(seen)
        assert "+ karte.jpg" in seen.text
        await seen.press("escape", "r")
        assert "+ karte.jpg" in seen.text
        await seen.press("f6", "ctrl+u", "enter")
        assert "+ karte.jpg" not in seen.text


async def test_a_file_is_on_disk_with_the_draft_and_seen_in_the_queue(opens: Opens, home: Path) -> None:
    """Promise 2 for what was attached: a kill in the next moment costs nothing."""
    async with opens(size=(160, 30)) as seen:
        cid = await attaches_the_card(seen)
        stored = seen.desk(lambda desk: desk.drafts.get(cid))
        assert stored is not None
        assert [file.name for file in stored.files] == ["karte.jpg"]
        await seen.press("escape")
        assert "Draft kept" in seen.text
        assert "+karte.jpg" in next(line for line in seen.lines if "Anna Becker" in line and "✎" in line)


async def test_a_file_that_went_is_told_and_nothing_is_sent(opens: Opens, home: Path) -> None:
    """In one line, with the text where it was."""
    async with opens(size=(100, 30)) as seen:
        cid = await attaches_the_card(seen, "Diese?")
        (home / "photos" / "karte.jpg").unlink()
        await seen.press("ctrl+s")
        assert "karte.jpg is no longer there; nothing was sent." in seen.text
        assert seen.main.context.place == "composer"
        assert seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid)) == []


async def test_where_no_file_may_go_the_key_says_so(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        with_rule(seen, None)
        seen.select("Anna Becker")
        await seen.press("r", "f6")
        assert "takes no files with such a reply" in seen.text


@pytest.mark.parametrize(
    "dropped",
    [
        "{folder}/my photo (1).jpg",
        "'{folder}/my photo (1).jpg' ",
        '"{folder}/my photo (1).jpg"',
        "file://{folder}/my%20photo%20(1).jpg",
        "{escaped}",
    ],
)
async def test_a_path_is_taken_as_terminals_write_a_dropped_file(
    opens: Opens, home: Path, dropped: str
) -> None:
    """Each terminal writes a drop its own way, behind the ~/ that stands in the field already."""
    photo = home / "photos" / "my photo (1).jpg"
    photo.write_bytes(b"\xff\xd8" * 100)
    escaped = str(photo).replace(" ", r"\ ").replace("(", r"\(").replace(")", r"\)")
    async with opens(size=(100, 30)) as seen:
        with_rule(seen, RULE)
        seen.select("Anna Becker")
        await seen.press("r", "f6")
        await seen.type(dropped.format(folder=photo.parent, escaped=escaped))
        await seen.press("enter", "enter")
        assert "+ my photo (1).jpg" in seen.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/nowhere/at/all/a.jpg", "there is no folder /nowhere/at/all"),
        ("photos/xyz", "nothing here begins with this"),
        ("photos/karte.jpg/x", "karte.jpg is no folder"),
        ("~nobody-of-this-name/x", "there is no folder"),
    ],
)
async def test_a_wrong_path_says_what_is_wrong_with_it(
    opens: Opens, home: Path, typed: str, told: str
) -> None:
    """An empty list says nothing: is it the path, the folder, or the platform?"""
    async with opens(size=(100, 30)) as seen:
        with_rule(seen, RULE)
        seen.select("Anna Becker")
        await seen.press("r", "f6")
        if typed.startswith("~"):
            await seen.press("backspace", "backspace")
        await seen.type(typed)
        assert told in seen.text
        await seen.press("enter")
        assert "Attach a file" in seen.text
