"""Who is who: contacts of several platforms that the agent says are one human, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from platform_rules import declared

from engine.world import NOON, TIMERS, World, said, source
from inbox.domain.model import Direction, Person, Surface
from inbox.domain.records import replace
from inbox.engine import report
from inbox.engine.desk.contacts import Contact
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.privacy import Records
from inbox.engine.station.intake import take_in
from inbox.engine.station.retention import retain
from inbox.errors import Conflict
from inbox.ports.platform import Page
from inbox.store.sqlite.store import LocalStore

BECKER = Person(name="Anna Becker", handle="anna_becker", remote_id="7")
ON_FACEBOOK = Person(name="Anna  BECKER", remote_id="fb-7")
IN_MESSENGER = Person(name="Anna Becker", remote_id="psid-7")
X = "acme-x:mentions:root:7"
FB = "acme-page:comments:c1"
DM = "acme-page:messenger:t1"
KEYS = {"twitter:7", "facebook:fb-7", "facebook:psid-7"}


@pytest.fixture
def anna(world: World) -> World:
    """One human, three contacts: on X, under a post on Facebook, and in Messenger."""
    world.desk.workplace.platforms.accounts = {"acme-x": "twitter", "acme-page": "facebook"}
    world.arrive(said("1", "Where is my parcel?", author=BECKER, contact=BECKER))
    page = replace(source(account="acme-page"), platform="facebook")
    for surface, thread, who, minutes in (
        (Surface.COMMENTS, "c1", ON_FACEBOOK, 5),
        (Surface.MESSENGER, "t1", IN_MESSENGER, 9),
    ):
        at = NOON - timedelta(minutes=minutes)
        message = said(
            thread, "Still nothing!", thread=thread, surface=surface, author=who, contact=who, at=at
        )
        take_in(
            world.store, Page(messages=[message]), replace(page, surface=surface), TIMERS, world.clock.now()
        )
    return world


def earlier(world: World, cid: str = X) -> list[str]:
    return [c.id for c in world.desk.people.file(cid).conversations]


def records(world: World) -> Records:
    return Records(world.store, world.desk.workplace.platforms.accounts, TIMERS)


def test_conversations_of_joined_contacts_are_one_history_newest_first(anna: World) -> None:
    """Who wrote on Facebook yesterday should not be greeted as a stranger on X today."""
    assert earlier(anna) == []
    anna.desk.people.join(X, FB)
    anna.desk.people.join(X, "facebook:psid-7")
    assert earlier(anna) == [FB, DM]
    assert earlier(anna, DM) == [X, FB]
    assert {c.key for c in anna.desk.people.file(FB).joined} == KEYS - {"facebook:fb-7"}


def test_notes_and_tags_are_seen_from_every_joined_contact(anna: World) -> None:
    anna.desk.notes.add(FB, "Calls back on Mondays only.")
    anna.desk.triage.tag([DM], add=["vip"])
    anna.desk.people.join(X, FB)
    anna.desk.people.join(DM, X)
    file = anna.desk.people.file(X)
    assert ([n.text for n in file.notes], file.tags) == (["Calls back on Mondays only."], ["vip"])
    assert [m.direction for m in anna.store.messages.of_conversation(X)] == [Direction.IN]


def test_it_is_kept_on_disk_and_every_desk_sees_it(anna: World) -> None:
    anna.desk.people.join(X, FB)
    again = LocalStore(anna.store.folder)
    desk = Desk(again, anna.clock, agent="jonas", timers=TIMERS, platforms=declared({}))
    assert [c.key for c in desk.conversation.thread(X).joined] == ["facebook:fb-7"]
    told = report.thread(desk.conversation.thread(X), desk.queue.rows([X])[X], NOON)["joined"]
    assert told == [{"platform": "facebook", "name": "Anna  BECKER", "handle": None, "remote_id": "fb-7"}]
    again.close()


def test_parting_leaves_the_others_joined(anna: World) -> None:
    """One wrong link must not cost the right ones."""
    anna.desk.people.join(X, FB)
    anna.desk.people.join(X, DM)
    anna.desk.people.part(X, FB)
    assert (earlier(anna), earlier(anna, FB)) == ([DM], [])
    anna.desk.people.part(X, DM)
    assert [key for key in KEYS if anna.store.small_things.setting(f"joined:{key}")] == []


def test_joining_and_parting_are_undone_like_everything(anna: World) -> None:
    anna.desk.people.join(X, FB)
    anna.desk.people.join(X, DM)
    anna.desk.undo()
    assert earlier(anna) == [FB]
    anna.desk.undo()
    assert earlier(anna) == []
    anna.desk.redo()
    anna.desk.redo()
    assert earlier(anna) == [FB, DM]
    anna.desk.people.part(X, DM)
    anna.desk.undo()
    assert earlier(anna, DM) == [X, FB]


def test_undo_of_a_join_that_a_colleague_went_on_with_is_refused(anna: World) -> None:
    anna.desk.people.join(X, FB)
    jonas = Desk(
        anna.store, anna.clock, agent="jonas", timers=TIMERS, platforms=anna.desk.workplace.platforms
    )
    jonas.people.join(X, DM)
    with pytest.raises(Conflict, match="jonas changed it meanwhile"):
        anna.desk.undo()
    assert earlier(anna) == [FB, DM]


def test_what_cannot_be_joined_says_why(anna: World) -> None:
    """A missing id, the same person twice, a name nobody has."""
    nobody = said("9", thread="other:?", author=Person(name="Ann"), contact=Person(name="Ann"))
    anna.arrive(nobody)
    with pytest.raises(NotAllowed, match="gives no id"):
        anna.desk.people.join("acme-x:mentions:other:?", FB)
    with pytest.raises(NotAllowed, match="same person already"):
        anna.desk.people.join(X, X)
    anna.desk.people.join(X, FB)
    with pytest.raises(NotAllowed, match="same person already"):
        anna.desk.people.join(FB, "@Anna_Becker")
    with pytest.raises(NotAllowed, match="not joined"):
        anna.desk.people.part(X, DM)
    for unknown in ("facebook:404", "@nobody", "nonsense"):
        with pytest.raises(Unknown):
            anna.desk.people.join(X, unknown)


def test_likely_matches_are_named_and_never_joined_by_themselves(anna: World) -> None:
    """The same folded name or handle elsewhere; in Facebook's two kinds of ids, too."""
    assert {c.key for c in anna.desk.people.likely(X)} == KEYS - {"twitter:7"}
    assert {c.key for c in anna.desk.people.likely(DM)} == KEYS - {"facebook:psid-7"}
    assert earlier(anna) == []
    anna.desk.people.join(X, DM)
    assert [c.key for c in anna.desk.people.likely(X)] == ["facebook:fb-7"]


def test_a_namesake_on_the_same_platform_is_somebody_else(anna: World) -> None:
    """X has one id and one handle for each: an equal name there is another human."""
    twin = Person(name="Anna Becker", handle="other_anna", remote_id="8")
    anna.arrive(said("8", thread="root:8", author=twin, contact=twin))
    assert "twitter:8" not in {c.key for c in anna.desk.people.likely(X)}
    assert anna.desk.people.likely("acme-x:mentions:root:8") != []


def test_a_handle_written_as_a_name_is_likely_too(anna: World) -> None:
    handle_only = Person(handle="annabecker", remote_id="9")
    anna.arrive(said("9", thread="root:9", author=handle_only, contact=handle_only))
    assert "twitter:9" in {c.key for c in anna.desk.people.likely(DM)}


# -- what is kept about people -----------------------------------------------------------------------------


def test_erasing_one_of_a_pair_erases_that_one_and_says_what_stays(anna: World) -> None:
    """F92: the agent gets what they asked for, and knows what they did not."""
    anna.desk.people.join(X, FB)
    anna.desk.people.join(X, DM)
    held = records(anna).find(X, NOON)
    assert {c.key for c in held.joined} == KEYS - {"twitter:7"}
    assert "Joined with facebook:fb-7 (Anna  BECKER), which stays: name it by itself." in held.lines()
    records(anna).erase(X, NOON)
    assert anna.store.conversations.get(X) is None
    assert (earlier(anna, FB), earlier(anna, DM)) == ([DM], [FB])
    on_disk = b"".join(file.read_bytes() for file in anna.store.folder.rglob("*") if file.is_file())
    assert [word for word in (b"twitter:7", b"anna_becker") if word in on_disk] == []
    assert "twitter" not in " ".join(e.what for e in anna.store.small_things.events(FB))


def test_an_export_of_one_names_the_others_and_hands_out_none_of_theirs(anna: World) -> None:
    """If the agent was wrong, nobody gets a stranger's words."""
    anna.desk.people.join(X, FB)
    lines = list(records(anna).export(anna.desk, records(anna).find(X, NOON)))
    pair = {"kind": "joined", "contacts": ["facebook:fb-7", "twitter:7"]}
    assert [line for line in lines if line["kind"] == "joined"] == [pair]
    assert FB not in {line.get("conversation") for line in lines}
    everything = list(records(anna).export(anna.desk))
    assert [line for line in everything if line["kind"] == "joined"] == [pair]


def test_a_join_goes_with_the_last_conversation_of_a_contact(anna: World) -> None:
    """Retention: what is let go leaves no link behind."""
    anna.desk.people.join(X, FB)
    anna.desk.people.join(X, DM)
    anna.desk.triage.resolve([X])
    anna.clock.advance(91 * 86400)
    assert retain(anna.store, timedelta(days=90), anna.clock.now()) == 1
    assert earlier(anna, FB) == [DM]
    assert anna.store.small_things.setting("joined:twitter:7") is None


def test_a_contact_has_a_key_people_can_type() -> None:
    assert Contact(platform="twitter", person=BECKER).key == "twitter:7"
    assert Contact(platform="facebook", person=Person(name="?")).key == ""
