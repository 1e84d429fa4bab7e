"""Direct messages of the Instagram account that is linked to the Page, over the same token (facts/facebook.md#1.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facebook_station import START, Station, nothing, reply, station
from platform_rules import configured

from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim.world import INSTAGRAM_ID
from inbox.adapters.facebook.sim.world import Person as SimPerson
from inbox.domain.model import Deed, Person, Surface
from inbox.errors import Refused, Uncertain
from inbox.ports.platform import Outgoing
from inbox.wiring.platforms import surfaces

GRAM = Surface.INSTAGRAM


def to_ann(s: Station, ann: SimPerson, text: str = "Hi Ann") -> Outgoing:
    (conversation,) = [c for c in s.world.conversations.values() if c.instagram]
    out = reply(GRAM, conversation.id, text=text, last_in_at=conversation.newest_from_person())
    contact = Person(remote_id=ann.igsid, handle=ann.handle)
    return Outgoing(
        item=out.item, surface=GRAM, thread=conversation.id, contact=contact, last_in_at=out.last_in_at
    )


async def test_messages_of_instagram_and_messenger_stay_apart() -> None:
    """One token, two platforms: what belongs to one must not be answered on the other."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "on Messenger")
    s.world.writes_on_instagram(ann, "on Instagram")
    (gram,) = await s.read(GRAM)
    (messenger,) = await s.read(Surface.MESSENGER)
    assert (gram.surface, gram.text) == (GRAM, "on Instagram")
    assert gram.contact == Person(handle=ann.handle, remote_id=ann.igsid)
    assert (messenger.surface, messenger.text) == (Surface.MESSENGER, "on Messenger")
    asked = [r.params.get("platform") for r in s.sim.requests if r.path.endswith("/conversations")]
    assert asked == ["instagram", "messenger"]


async def test_our_own_messages_are_ours_by_id_or_by_name() -> None:
    """The account has one id for the Page and another in messages; the user name is the same."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes_on_instagram(ann, "hello")
    await s.adapter.send(to_ann(s, ann), nothing)
    mine = next(m for m in await s.read(GRAM) if m.text == "Hi Ann")
    assert mine.ours
    assert mine.author == Person(handle="acme.ig", remote_id=INSTAGRAM_ID)
    s.world.accepted.clear()
    message = next(m for c in s.world.conversations.values() for m in c.messages if m.by_page)
    message.extra = {"from": {"username": "acme.ig", "id": "4711"}}
    assert all(m.ours for m in await s.read(GRAM) if m.text == "Hi Ann")


async def test_a_reply_names_the_person_by_their_id_on_instagram() -> None:
    """No metadata: it is described for Messenger only."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes_on_instagram(ann, "hello")
    await s.adapter.send(to_ann(s, ann), nothing)
    assert s.sim.requests[-1].json() == {
        "recipient": {"id": ann.igsid},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hi Ann"},
    }


@pytest.mark.parametrize("human_agent", [False, True])
async def test_the_window_is_that_of_messenger_with_a_code_of_its_own(human_agent: bool) -> None:
    """Our clock may be wrong: Facebook's refusal has the same words."""
    s = station(human_agent=human_agent)
    ann = s.world.person("Ann")
    s.world.writes_on_instagram(ann, "hello", at=START - timedelta(hours=30))
    outgoing = to_ann(s, ann)
    if human_agent:
        await s.adapter.send(outgoing, nothing)
        assert s.sim.accepted[-1].tag == "HUMAN_AGENT"
        return
    with pytest.raises(Refused) as ours:
        await s.adapter.send(outgoing, nothing)
    assert ours.value.code == "window 24h"
    unaware = Outgoing(item=outgoing.item, surface=GRAM, thread=outgoing.thread, contact=outgoing.contact)
    with pytest.raises(Refused, match="24 hours") as theirs:
        await s.adapter.send(unaware, nothing)
    assert theirs.value.code == "10/2534022"


async def test_a_lost_answer_is_looked_up_among_instagrams_messages() -> None:
    """Found by author, text and time in that conversation."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes_on_instagram(ann, "hello")
    s.sim.faults.inject("accept_then_drop", "POST messages")
    with pytest.raises(Uncertain):
        await s.adapter.send(to_ann(s, ann), nothing)
    found = await s.adapter.find(to_ann(s, ann), START)
    assert (len(found.found), found.complete) == (1, True)


async def test_without_a_linked_account_the_surface_says_so_and_the_others_work() -> None:
    """The next step names the permissions, for either may be missing."""
    s = station()
    s.world.instagram = None
    with pytest.raises(Refused, match="no Instagram account is linked") as caught:
        await s.read(GRAM)
    assert "instagram_manage_messages" in caught.value.next_step
    assert await s.read(Surface.MESSENGER) == []


async def test_stories_and_reactions_show() -> None:
    """A heart on our message, an answer to our story: without them the text makes no sense."""
    s = station()
    ann = s.world.person("Ann")
    message = s.world.writes_on_instagram(
        ann, "Love it", story={"reply_to": {"link": "https://cdn.example/story", "id": "1"}}
    )
    message.reactions.append(("love", ann))
    (found,) = await s.read(GRAM)
    assert [(a.kind, a.name, a.url) for a in found.attachments] == [
        ("share", "the story this answers", "https://cdn.example/story"),
        ("reaction", "love by Ann", None),
    ]


async def test_the_person_can_be_blocked() -> None:
    """The same call takes the Instagram-scoped id."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes_on_instagram(ann, "spam")
    await s.adapter.do(Deed.BLOCK, to_ann(s, ann), nothing)
    assert ann.blocked


def test_instagram_counts_bytes() -> None:
    """1000 bytes: an umlaut is two, most emoji four."""
    account = configured(name="acme", platform="facebook", page_id="1001")

    def length(text: str, surface: Surface = GRAM) -> tuple[int, int, int, bool]:
        found = PLATFORM.length(text, surface, private=True, account=account)
        return found.used, found.limit, found.valid_to, found.over

    assert length("a" * 1000) == (1000, 1000, 1000, False)
    assert length("ü" * 501) == (1002, 1000, 500, True)
    assert length("a" + "🎉" * 250) == (1001, 1000, 250, True)
    assert length("ü" * 501, Surface.MESSENGER)[0] == 501


def test_instagram_is_read_only_where_it_is_named() -> None:
    """It needs permissions of its own, which most Pages did not grant."""
    account = configured(name="acme", platform="facebook", page_id="1001")
    assert GRAM not in surfaces(account)
    account.surfaces = ["messenger", "instagram"]
    assert surfaces(account) == [Surface.MESSENGER, GRAM]


def test_signing_in_asks_for_instagrams_permissions_only_where_it_is_read() -> None:
    """Nobody should grant what is not used; without them the surface could not be read."""
    account = configured(name="acme", platform="facebook", page_id="1001")
    clock = station().clock
    gram = {"instagram_basic", "instagram_manage_messages"}
    assert not gram & {p.scope for p in PLATFORM.authority(account, clock).permissions}
    account.surfaces = ["messenger", "instagram"]
    asked = PLATFORM.authority(account, clock).permissions
    assert gram <= {p.scope for p in asked}
    assert all(p.reason for p in asked)
