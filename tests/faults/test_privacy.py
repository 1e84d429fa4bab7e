"""F92, F93: what is kept about people can be handed out, is let go in time, and can be removed for good."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from engine.world import ANNA, NOON, TIMERS, World, build, said, source

from faults.corpus import CONFIG
from inbox.cli import main
from inbox.config import file
from inbox.config.model import ConfigError
from inbox.domain.model import Answerable, Context, Person, Surface
from inbox.engine.desk import undo_entries
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.privacy import Holdings, Records
from inbox.engine.station import retention
from inbox.engine.station.intake import take_in
from inbox.engine.station.retention import retain
from inbox.errors import StoreError
from inbox.ports.platform import Page, Poison
from inbox.store.sqlite import backup
from inbox.store.sqlite.store import LocalStore

Run = Callable[..., tuple[int, str, str]]

BOB = Person(name="Bob", handle="bob", remote_id="8")
SECRET_WORDS = "unmistakable-words-of-anna"
CANARIES = (b"unmistakable", b"Anna", b"anna-handle")
ANNA_ = Person(name="Anna", handle="anna-handle", remote_id="700700700700")
NAMED = "acme-x:mentions:root:700700700700"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    yield made
    made.store.close()


def records(world: World) -> Records:
    return Records(world.store, {"acme-x": "twitter"}, TIMERS)


def everything_about_anna() -> list[Page]:
    """A conversation of hers, a thread of others she wrote in, a post of hers around one of Bob's, a broken item."""
    hers = [
        said(f"{number}", f"{SECRET_WORDS} {number}", author=ANNA_, contact=ANNA_, thread="root:700700700700")
        for number in range(1000)
    ]
    among = [
        said("c1", "I have the same", author=BOB, contact=BOB, thread="c1", surface=Surface.COMMENTS),
        said(
            "c2", f"me too {SECRET_WORDS}", author=ANNA_, contact=BOB, thread="c1", surface=Surface.COMMENTS
        ),
    ]
    around = Context(
        id="acme-x:p9", remote_id="p9", author=ANNA_, ours=False, text=f"post {SECRET_WORDS}", sent_at=NOON
    )
    broken = Poison(
        raw=json.dumps({"author_id": "700700700700", "text": SECRET_WORDS, "x": 1}), reason="no id"
    )
    other = Poison(raw='{"author_id": "8"}', reason="no id")
    return [
        Page(messages=hers, context=[around], poison=[broken, other]),
        Page(messages=among),
    ]


def arrive(world: World) -> None:
    mentions, comments = everything_about_anna()
    take_in(world.store, mentions, source(), TIMERS, world.clock.now())
    take_in(world.store, comments, source(Surface.COMMENTS), TIMERS, world.clock.now())


def filled(world: World) -> None:
    arrive(world)
    world.desk.notes.add(NAMED, f"{SECRET_WORDS}: be kind")
    item = world.desk.replying.reply(NAMED, Reply(f"Dear Anna {SECRET_WORDS}", hold=timedelta(hours=1)))
    world.desk.outbox.cancel(item.id)
    world.desk.drafts.save(NAMED, f"Dear Anna, {SECRET_WORDS}")
    world.store.upkeep.backup()
    newest = next((world.store.folder / "backups").glob("*.db"))
    shutil.copyfile(newest, newest.with_suffix(".part"))  # a backup that was killed
    shutil.copyfile(newest, world.store.folder / backup.BUILT)
    aside = world.store.folder / "damaged-20260101T000000.000000Z"
    aside.mkdir()
    shutil.copyfile(world.store.folder / "inbox.db", aside / "inbox.db")


def on_disk(world: World) -> bytes:
    return b"".join(path.read_bytes() for path in world.store.folder.rglob("*") if path.is_file())


def test_f92_a_contact_is_exported_with_all_that_is_kept(world: World) -> None:
    """Art. 15 GDPR: everything about the person, nothing about others, in one go."""
    filled(world)
    held = records(world).find("@anna-handle", world.clock.now())
    lines = list(records(world).export(world.desk, held))
    kinds = [line["kind"] for line in lines]
    assert kinds.count("message") == 1000 + 1 + 1  # hers, the note, the one among others
    assert {"conversation", "context", "draft", "reply", "event", "set_aside"} <= set(kinds)
    assert kinds.count("set_aside") == 1
    assert "I have the same" not in json.dumps(lines)
    assert [line["text"] for line in lines if line["kind"] == "draft"] == [f"Dear Anna, {SECRET_WORDS}"]


def test_f92_everything_is_exported_as_it_is_stored(world: World) -> None:
    """An export one cannot rely on is no way out of the program."""
    filled(world)
    hostile = "a\x1b]52;c;ZXZpbA==\x07b \u202e=1+1 \u200d"
    world.arrive(said("h1", hostile, author=BOB, contact=BOB, thread="root:8"))
    lines = list(records(world).export(world.desk))
    assert {line["id"] for line in lines if line["kind"] == "message"} >= {
        "acme-x:0",
        "acme-x:c1",
        "acme-x:h1",
    }
    assert hostile in [line.get("text") for line in lines]
    assert sum(line["kind"] == "set_aside" for line in lines) == 2
    assert all("\n" not in json.dumps(line) for line in lines)


def test_f92_an_erased_person_is_in_no_file_any_more(world: World) -> None:
    """Art. 17 GDPR: text, names, ids, in the store, its index, its log, the backups and what was set aside."""
    filled(world)
    assert all(canary in on_disk(world) for canary in CANARIES)
    held = records(world).erase("@anna-handle", world.clock.now())
    left = on_disk(world)
    assert not [canary for canary in (*CANARIES, b"700700700700") if canary in left]
    assert isinstance(held, Holdings)
    assert len(held.messages) == 1001
    assert world.store.messages.search([SECRET_WORDS]) == []
    assert world.store.small_things.quarantined("acme-x") == 1
    assert world.store.messages.get("acme-x:c1").text == "I have the same"  # type: ignore[union-attr]
    assert world.store.upkeep.health().ok
    again = LocalStore(world.store.folder)
    assert again.conversations.get(NAMED) is None
    again.close()


def test_f92_polling_does_not_bring_an_erased_person_back(world: World) -> None:
    """The platforms still show it all: an overlap, a new backfill or a look at the thread must change nothing."""
    filled(world)
    records(world).erase(NAMED, world.clock.now())
    arrive(world)
    world.clock.advance(3600)
    arrive(world)
    assert world.store.conversations.get(NAMED) is None
    assert world.store.messages.search([SECRET_WORDS]) == []
    assert b"unmistakable" not in on_disk(world)
    assert world.store.messages.context(["acme-x:p9"])[0].gone
    timeless = said("t1", SECRET_WORDS, author=ANNA_, contact=ANNA_, thread="root:700700700700", at=None)  # type: ignore[arg-type]
    world.arrive(timeless)
    assert world.store.conversations.get(NAMED) is None


def test_f92_whoever_writes_again_afterwards_is_heard(world: World) -> None:
    """Erased is what was; a new question is a new conversation with nothing of the old."""
    filled(world)
    records(world).erase(NAMED, world.clock.now())
    world.clock.advance(600)
    world.arrive(
        said(
            "new",
            "Hello again",
            at=world.clock.now(),
            author=ANNA_,
            contact=ANNA_,
            thread="root:700700700700",
        )
    )
    assert [m.text for m in world.store.messages.of_conversation(NAMED)] == ["Hello again"]
    assert world.desk.queue.order("waiting").count(NAMED) == 1


def test_f92_marks_name_nobody(world: World) -> None:
    """A list of erased ids would be what was to be erased."""
    filled(world)
    records(world).erase(NAMED, world.clock.now())
    kept = json.dumps(world.store.small_things.setting("erasures"))
    assert "700700700700" not in kept
    assert "mentions" not in kept


async def test_f92_a_reply_under_way_is_settled_before_its_person_goes(world: World) -> None:
    """Its outcome could not be looked up any more."""
    world.arrive(said("1"))
    world.platform.outcomes = ["taken, then silence"]
    world.platform.hidden = True
    world.desk.replying.reply("acme-x:mentions:root:7", Reply("Hello", hold=timedelta(0)))
    await world.delivery.step()
    with pytest.raises(NotAllowed, match="Settle it first"):
        records(world).erase("twitter:7", world.clock.now())
    assert world.store.messages.of_conversation("acme-x:mentions:root:7")


def test_f92_nobody_else_may_have_the_store_open(world: World) -> None:
    """A reader with a page in hand would put the person back, and its log would keep their words."""
    filled(world)
    other = LocalStore(world.store.folder)
    with pytest.raises(StoreError, match="Close it first"):
        records(world).erase(NAMED, world.clock.now())
    assert world.store.conversations.get(NAMED) is not None
    other.close()
    records(world).erase(NAMED, world.clock.now())


def test_f92_a_kill_while_erasing_leaves_all_or_nothing_of_the_store(world: World) -> None:
    """Half an erasure would look like a whole one."""
    filled(world)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    asked = records(world)
    asked.store.upkeep.scrub, keep = die, asked.store.upkeep.scrub  # type: ignore[method-assign]
    with pytest.raises(Killed):
        asked.erase(NAMED, world.clock.now())
    asked.store.upkeep.scrub = keep  # type: ignore[method-assign]
    assert world.store.conversations.get(NAMED) is None
    with pytest.raises(Unknown, match="nothing is kept"):
        asked.erase("twitter:700700700700", world.clock.now())


@pytest.mark.parametrize("asked", ["@nobody", "twitter:99", "acme-x:mentions:none", "facebook:7", ""])
def test_nobody_is_erased_by_a_slip(world: World, asked: str) -> None:
    """A name that fits nobody must not fit somebody."""
    filled(world)
    with pytest.raises(Unknown):
        records(world).erase(asked, world.clock.now())
    assert len(world.store.messages.of_conversation(NAMED)) == 1001


def test_one_handle_of_two_people_is_asked_about(world: World) -> None:
    world.arrive(said("1"), said("2", author=BOB, contact=Person(handle="ANNA", remote_id="8"), thread="r:8"))
    with pytest.raises(Unknown, match="twitter:7, twitter:8"):
        records(world).find("@anna", world.clock.now())


# -- retention -----------------------------------------------------------------------------------------------


def closed(world: World, number: int) -> str:
    person = Person(name=f"P{number}", handle=f"p{number}", remote_id=f"9{number}")
    thread = f"root:9{number}"
    world.arrive(said(f"9{number}", at=world.clock.now(), author=person, contact=person, thread=thread))
    cid = f"acme-x:mentions:{thread}"
    world.desk.triage.resolve([cid])
    return cid


def test_f93_what_is_closed_for_long_enough_goes_and_nothing_else(world: World) -> None:
    """A wait, a draft, an open reply or a younger message keep a conversation, however old."""
    old, drafted, waiting, spam = (closed(world, n) for n in range(4))
    world.desk.drafts.save(drafted, "later")
    world.desk.triage.reopen([waiting])
    world.desk.triage.spam([spam])
    world.clock.advance(89 * 86_400)
    young = closed(world, 5)
    assert retain(world.store, timedelta(days=90), world.clock.now()) == 0
    world.clock.advance(2 * 86_400)
    assert retain(world.store, timedelta(days=90), world.clock.now()) == 2
    assert sorted(world.desk.queue.order("all")) == sorted([drafted, waiting, young])
    assert world.store.messages.of_conversation(old) == world.store.messages.of_conversation(spam) == []
    assert world.store.small_things.events(old) == []
    assert world.store.small_things.setting("retention")["forgotten"] == 2
    assert retain(world.store, timedelta(0), world.clock.now() + timedelta(days=999)) == 0


def test_f93_what_is_young_is_not_even_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading every closed conversation held up the keys for a second at 75,000, once a day."""
    old = closed(world, 1)
    world.clock.advance(91 * 86_400)
    closed(world, 2)
    read, conversations = list[str](), world.store.conversations.get_many
    monkeypatch.setattr(
        world.store.conversations, "get_many", lambda ids: read.extend(ids) or conversations(ids)
    )
    assert retain(world.store, timedelta(days=90), world.clock.now()) == 1
    assert read == [old]


def test_f93_a_run_killed_half_way_repeats_with_the_same_result(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    cids = [closed(world, n) for n in range(7)]
    world.clock.advance(91 * 86_400)
    forget, rounds = world.store.upkeep.forget, []

    def die_at_the_third(doomed: list[str]) -> None:
        forget(doomed)
        rounds.append(doomed)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(world.store.upkeep, "forget", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        retain(world.store, timedelta(days=90), world.clock.now())
    assert len(world.desk.queue.order("all")) == len(cids) - 4
    monkeypatch.setattr(world.store.upkeep, "forget", forget)
    assert retain(world.store, timedelta(days=90), world.clock.now()) == 3
    assert world.desk.queue.order("all") == []
    assert world.store.upkeep.health().ok


def test_f93_a_forgotten_conversation_does_not_come_back_unless_somebody_writes(world: World) -> None:
    """A Messenger thread is one conversation for life: a new message brings the thread back as it arrives."""
    cid = closed(world, 1)
    world.clock.advance(91 * 86_400)
    retain(world.store, timedelta(days=90), world.clock.now())
    person = Person(name="P1", handle="p1", remote_id="91")
    world.arrive(
        said("new", "Me again", at=world.clock.now(), author=person, contact=person, thread="root:91")
    )
    assert [m.text for m in world.store.messages.of_conversation(cid)] == ["Me again"]
    assert world.desk.queue.order("waiting") == [cid]


def test_a_person_without_an_id_cannot_be_asked_for(world: World) -> None:
    """Facebook leaves authors out: everybody unknown is not one person."""
    world.arrive(said("1", author=Person(), contact=None, answerable=Answerable()))
    with pytest.raises(Unknown, match="does not say who"):
        records(world).find("acme-x:mentions:root:7", world.clock.now())
    assert ANNA.remote_id == "7"


# -- the commands ----------------------------------------------------------------------------------------------


@pytest.fixture
def run(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    filled(world)
    world.store.close()
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*words, "--config", str(tmp_path / "config.toml"), "--data", str(tmp_path / "inbox")])
        return status, *capsys.readouterr()

    return call


def test_f92_an_erasure_is_shown_first_and_has_to_be_typed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Final, so: what would go, in numbers, and a word that no finger types by itself."""
    status, out, err = run("erase", "--contact", "@anna-handle")
    assert status == 2
    assert "--yes" in err
    assert "1001 messages and notes" in out
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert run("erase", "--contact", "@anna-handle")[0] == 1
    assert "unmistakable" in run("export", "--contact", "@anna-handle")[1]
    monkeypatch.setattr("builtins.input", lambda _: "erase")
    assert run("erase", "--contact", "@anna-handle")[0] == 0
    assert run("export", "--contact", "@anna-handle")[0] == 1
    assert "unmistakable" not in run("export")[1]


def test_f92_a_script_says_yes(run: Run) -> None:
    """A request by letter is one of many; nobody sits in front of it."""
    status, out, _ = run("erase", "--contact", NAMED, "--yes")
    assert status == 0
    assert "Removed" in out


def test_the_config_says_how_long_closed_conversations_are_kept() -> None:
    """90 days unless somebody says otherwise; nothing that is no duration."""
    assert file.parse("").privacy.retention == "90d"
    assert file.parse('[privacy]\nretention = "0s"').privacy.retention == "0s"
    with pytest.raises(ConfigError, match=r"config.toml:2: privacy.retention"):
        file.parse('[privacy]\nretention = "soon"')


def test_a_persons_tags_are_handed_out_and_removed_and_no_step_of_undo_leads_back(world: World) -> None:
    """Tags on a person are kept under their id, and what an agent did with them may be taken back for a day: both are
    about the person."""
    arrive(world)
    key = f"twitter:{ANNA_.remote_id}"
    world.desk.people.tag([NAMED], add=["vip"])
    world.desk.triage.resolve([NAMED])
    held = records(world).find(key, world.clock.now())
    told = list(records(world).export(world.desk, held))
    assert {"kind": "person_tags", "contact": key, "tags": ["vip"]} in told
    assert any("tags on the person" in line for line in held.lines())
    records(world).erase(key, world.clock.now())
    assert world.store.small_things.setting(f"person-tags:{key}") is None
    assert undo_entries.entries(world.store) == []


def test_the_tags_of_a_person_go_with_their_last_conversation(world: World) -> None:
    """Retention keeps nothing about people of whom nothing else is kept."""
    world.arrive(said("1"))
    world.desk.people.tag(["acme-x:mentions:root:7"], add=["vip"])
    world.desk.triage.resolve(["acme-x:mentions:root:7"])
    world.clock.advance(timedelta(days=40).total_seconds())
    assert retain(world.store, timedelta(days=30), world.clock.now()) == 1
    assert world.store.small_things.setting("person-tags:twitter:7") is None
