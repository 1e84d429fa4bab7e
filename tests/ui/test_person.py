"""The person panel: one history over all platforms, joined by the agent alone, and who only looks like us."""

from __future__ import annotations

import pytest

from inbox.domain.model import Person, Surface
from inbox.engine.desk import impersonation
from inbox.engine.desk.desk import Desk
from ui import scene
from ui.conftest import Opens, Seen

ON_FACEBOOK = Person(name="Anna Becker", remote_id="480")
FB = "acme-page:messenger:t80"
FB_COMMENT = "acme-page:comments:c0"


def writes_on_facebook_too(desk: Desk) -> None:
    said = scene.said(
        "t80", "Und mein Paket?", ON_FACEBOOK, ago=scene.minutes(400), surface=Surface.MESSENGER
    )
    scene.arrive(desk.workplace.store, said, account="acme-page")
    desk.notes.add(FB, "Hat dienstags frei.")


async def beside_anna(seen: Seen) -> str:
    await seen.changed(writes_on_facebook_too)
    cid = seen.select("Anna Becker")
    if seen.queue.row(cid).conversation.platform != "twitter":  # type: ignore[union-attr]
        cid = next(c for c in seen.queue.order if c.endswith("m0"))
        seen.queue.select(cid)
    await seen.settle()
    return cid


async def test_a_likely_match_is_suggested_and_joined_only_with_enter(opens: Opens) -> None:
    """No platform says who somebody is elsewhere: the agent does, and can take it back."""
    async with opens(size=(80, 24)) as seen:
        cid = await beside_anna(seen)
        await seen.press("i")
        assert "First contact" in seen.text
        assert "Perhaps the same" in seen.text
        assert "Anna Becker on Facebook" in seen.text
        assert seen.desk(lambda desk: desk.people.file(cid)).joined == []
        await seen.press("j", "enter")
        assert "Joined: they are one person" in seen.text
        assert "Perhaps the same" not in seen.text
        assert "= Anna Becker on Facebook" in seen.text
        assert "1 more conversation" in seen.text
        assert "Facebook Messenger · is open" in seen.text
        assert "Hat dienstags frei." in seen.text
        await seen.press("z")
        assert "Perhaps the same" in seen.text
        await seen.press("Z")
        assert "1 more conversation" in seen.text


async def test_an_earlier_conversation_on_another_platform_is_opened_with_enter(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        cid = await beside_anna(seen)
        await seen.changed(lambda desk: desk.people.join(cid, FB))
        await seen.press("i", "j", "enter")
        assert seen.main.context.place == "reader"
        assert seen.main.context.reader.cid == FB
        told = " ".join(entry.text for entry in seen.main.context.person.entries)
        assert "= Anna Becker @anna_bck on X" in told


async def test_p_joins_with_anybody_by_name_and_by_handle(opens: Opens) -> None:
    """The names that differ are the ones the agent has to tell us."""
    async with opens(size=(100, 30)) as seen:
        cid = await beside_anna(seen)
        await seen.press("p")
        assert "The same person as Anna Becker" in seen.text
        assert "perhaps the same" in seen.text
        await seen.type("sabine")
        assert "Sabine Krüger on Facebook" in seen.text
        await seen.press("enter")
        assert [c.person.name for c in seen.desk(lambda desk: desk.people.file(cid)).joined] == [
            "Sabine Krüger"
        ]
        await seen.press("p")
        await seen.type("@nobody_at_all")
        await seen.press("enter")
        assert 'nobody here is "@nobody_at_all"' in seen.text
        await seen.press("P")
        assert "Parted: two persons again" in seen.text
        await seen.press("P")
        assert "joined with nobody" in seen.text


async def test_of_several_joined_the_agent_says_who_is_parted(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        cid = await beside_anna(seen)
        await seen.changed(lambda desk: [desk.people.join(cid, FB), desk.people.join(cid, "@obrandt")])
        await seen.press("P")
        assert "Not the same person as Anna Becker" in seen.text
        await seen.type("oliver")
        await seen.press("enter")
        assert [c.key for c in seen.desk(lambda desk: desk.people.file(cid)).joined] == ["facebook:480"]


async def test_the_profile_is_opened_in_the_browser_host_first(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        opened: list[str] = []
        seen.app.browse = lambda link: opened.append(link) or True  # type: ignore[func-returns-value]
        seen.desk(
            lambda desk: setattr(
                desk.workplace.platforms, "profile", lambda c: f"https://x.com/{c.contact.handle}"
            )
        )
        seen.select("Anna Becker")
        await seen.press("i")
        assert "o opens x.com" in seen.text
        await seen.press("o")
        assert "x.com" in next(line for line in seen.lines if "https://x.com/anna_bck" in line)
        await seen.press("enter")
        assert opened == ["https://x.com/anna_bck"]


async def test_who_only_looks_like_us_is_marked_in_the_queue_and_beside_the_thread(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anybody answers a fake support account as if it were a colleague; computed once, not per frame."""
    fake = Person(name="Acme Parcels Support", handle="acmeparcells", remote_id="666")

    async with opens(size=(160, 30)) as seen:
        said = scene.said("m66", "DM us your card number", fake, ago=scene.minutes(30))
        await seen.changed(lambda desk: scene.arrive(desk.workplace.store, said))
        row = next(line for line in seen.lines if "Acme Parcels" in line)
        assert "≠Acme Parcels" in row
        assert "not us" in row
        seen.select("Acme Parcels Support")
        await seen.press("i")
        assert "≠ not us, though it looks" in seen.text
        asked: list[object] = []
        monkeypatch.setattr(impersonation, "looks_like", lambda name, ours: asked.append(name))
        await seen.press("escape", "escape", "k", "j")
        await seen.changed(lambda desk: desk.notes.add(FB_COMMENT, "one more"))
        assert asked == []


async def test_the_links_of_a_conversation_say_what_they_lead_to(opens: Opens) -> None:
    """Four rows that are all named x.com are a guess."""
    async with opens(size=(100, 40)) as seen:
        seen.desk(lambda desk: setattr(desk.workplace.platforms, "profile", lambda c: "https://x.com/eva_l"))
        seen.select("Eva Lindner")
        await seen.press("enter", "o")
        rows = [line for line in seen.lines if "x.com" in line and "│" in line]
        titles = [line.split("│")[1].strip() for line in rows]
        assert titles[0].startswith("1 The whole thread")
        assert titles[1].startswith("2 This post: Eva Lindner, Tue 24 Nov 12:07")
        assert titles[2].startswith("3 Profile of Eva Lindner")
        assert titles[3].startswith("4 Eva Lindner, Tue 24 Nov 12:00")
