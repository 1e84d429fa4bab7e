"""What `inbox.ports.Store` promises. Every store passes this very class."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from store_samples import NOW, ago, conversation, message, reply

from inbox.domain import queue
from inbox.domain.fold import fold
from inbox.domain.model import Attachment, Context, Draft, Event, Person, Response, Surface, Version
from inbox.domain.outbox import OPEN, Attempt, OutboxItem, Phase
from inbox.domain.queue import Scope
from inbox.domain.records import replace
from inbox.errors import Conflict
from inbox.ports.platform import Poison
from inbox.ports.store import Store
from inbox.store.sqlite import filter_words
from inbox.store.sqlite.small_things import QUARANTINED
from inbox.store.sqlite.store import LocalStore

Open = Callable[[], Store]


class StoreContract:
    """A subclass gives `open`: called twice it opens two handles on one and the same store."""

    @pytest.fixture
    def open(self, tmp_path: Path) -> Iterator[Open]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, open: Open) -> Store:
        return open()

    # -- conversations -------------------------------------------------------------------------------------

    def test_a_conversation_comes_back_as_it_was_put(self, store: Store) -> None:
        """Microseconds, emoji, enums and nested records included: nothing may be rounded or lost."""
        put = store.conversations.put(
            conversation(
                contact=Person(name="İpek 😀", handle="ipek"),
                tags=("vip", "über"),
                last_message_at=NOW + timedelta(microseconds=1),
                responses=(
                    Response(
                        since=ago(hours=2), ended_at=ago(hours=1), due_at=None, kind="first", how="answered"
                    ),
                ),
            )
        )
        assert store.conversations.get(put.id) == put
        assert store.conversations.get("unknown") is None

    def test_every_put_raises_the_version(self, store: Store) -> None:
        """Undo and colleagues compare versions; the stored one counts, whatever the caller still held."""
        first = store.conversations.put(conversation())
        second = store.conversations.put(replace(first, assignee="ann"))
        third = store.conversations.put(replace(first, assignee="bob"))
        assert (first.version, second.version, third.version) == (1, 2, 3)
        assert store.conversations.get(first.id) == third

    def test_several_come_in_the_order_asked(self, store: Store) -> None:
        for number in range(5):
            store.conversations.put(conversation(number))
        asked = [f"acme:direct:{n}" for n in (3, 9, 0, 4)]
        assert [c.id for c in store.conversations.get_many(asked)] == [asked[0], asked[2], asked[3]]
        assert store.conversations.get_many([]) == []

    def test_waits_that_ended_are_found_by_time(self, store: Store) -> None:
        """The share kept today is counted from these."""

        def ended(*moments: datetime) -> tuple[Response, ...]:
            return tuple(
                Response(since=ago(days=9), ended_at=m, due_at=None, kind="next", how="answered")
                for m in moments
            )

        store.conversations.put(conversation(1, responses=ended(ago(hours=3))))
        store.conversations.put(conversation(2, responses=ended(NOW, ago(hours=5))))
        store.conversations.put(conversation(3))
        store.conversations.put(conversation(4, responses=ended(ago(hours=2))))
        found = {c.thread for c in store.conversations.answered_since(ago(hours=2))}
        assert found == {"2", "4"}

    def test_a_deleted_head_is_gone_and_that_is_a_change(self, store: Store) -> None:
        put = store.conversations.put(conversation())
        before, _ = store.changes.since(0)
        store.conversations.delete(put.id)
        store.conversations.delete("unknown")
        assert store.conversations.get(put.id) is None
        assert store.conversations.order(Scope(), now=NOW) == []
        assert store.changes.since(before)[1] == {put.id}

    def test_all_conversations_with_a_person_are_found(self, store: Store) -> None:
        """Export and erasure of a person's data start here; ids of two platforms may be equal."""
        ada = Person(name="Ada", remote_id="7")
        for number, platform, contact in (
            (1, "twitter", ada),
            (2, "facebook", ada),
            (3, "twitter", Person(remote_id="8")),
            (4, "twitter", Person(name="Ada")),
            (5, "twitter", replace(ada, name="Ada L.")),
        ):
            store.conversations.put(conversation(number, platform=platform, contact=contact))
        assert store.conversations.of_contact("twitter", "7") == ["acme:direct:1", "acme:direct:5"]

    # -- messages, context ---------------------------------------------------------------------------------

    def test_a_message_comes_back_as_it_was_put(self, store: Store) -> None:
        put = store.messages.put(
            message(
                text="first\nsecond \u2028 \ufffd",
                attachments=(Attachment(kind="image", url="https://example.test/a.png"),),
                versions=(Version(text="old", until=NOW),),
                edited_at=NOW,
            )
        )
        assert store.messages.get(put.id) == put
        assert store.messages.get("unknown") is None

    def test_messages_are_numbered_in_the_order_they_were_first_held(self, store: Store) -> None:
        """A resolve covers messages up to a number: an edit must not get a new one."""
        first, second = store.messages.put(message(1)), store.messages.put(message(2))
        edited = store.messages.put(replace(first, text="edited", seq=0))
        third = store.messages.put(message(3))
        assert 0 < first.seq < second.seq < third.seq
        assert edited.seq == first.seq

    def test_a_thread_is_sorted_by_time_then_number(self, store: Store) -> None:
        for number, at in ((1, NOW), (2, ago(minutes=1)), (3, NOW), (4, NOW)):
            store.messages.put(message(number, sent_at=at))
        store.messages.put(message(9, conversation="acme:direct:2"))
        assert [m.remote_id for m in store.messages.of_conversation("acme:direct:1")] == ["2", "1", "3", "4"]

    def test_context_is_kept_once_and_given_as_asked(self, store: Store) -> None:
        posts = [
            Context(id=f"acme:p{n}", remote_id=f"p{n}", author=Person(name="Brand"), ours=True, text="x")
            for n in range(3)
        ]
        for post in (*posts, replace(posts[1], gone=True)):
            store.messages.put_context(post)
        assert store.messages.context(["acme:p2", "acme:none", "acme:p1"]) == [
            posts[2],
            replace(posts[1], gone=True),
        ]

    # -- drafts --------------------------------------------------------------------------------------------

    def test_a_draft_belongs_to_a_conversation_and_an_agent(self, store: Store) -> None:
        ann = Draft(conversation="c:1", agent="ann", text="Hi", saved_at=NOW)
        bob = replace(ann, agent="bob", text="Hello")
        for draft in (ann, bob, replace(ann, conversation="c:2")):
            store.outbox.put_draft(draft)
        store.outbox.put_draft(replace(ann, text="Hi there"))
        assert store.outbox.draft("c:1", "ann") == replace(ann, text="Hi there")
        assert store.outbox.draft("c:1", "bob") == bob
        assert store.outbox.drafted(["c:1", "c:3"], "ann") == {"c:1"}
        assert {draft.conversation for draft in store.outbox.drafts_of("ann")} == {"c:1", "c:2"}
        assert store.outbox.drafts_of("nobody") == []
        store.outbox.delete_draft("c:1", "ann")
        store.outbox.delete_draft("c:1", "nobody")
        assert store.outbox.draft("c:1", "ann") is None
        assert store.outbox.drafted(["c:1", "c:2"], "ann") == {"c:2"}

    # -- outbox --------------------------------------------------------------------------------------------

    def test_a_reply_comes_back_as_it_was_put(self, store: Store) -> None:
        item = reply(attempts=(Attempt(started_at=NOW, worker="w", on_wire_at=NOW, outcome="timeout"),))
        store.outbox.put(item)
        assert store.outbox.get(item.id) == item
        assert store.outbox.by_key(item.key) == item
        assert store.outbox.get("unknown") is None
        assert store.outbox.by_key("unknown") is None

    def test_one_key_is_one_reply(self, store: Store) -> None:
        """Pressing send twice, or again after a crash, must not make two."""
        store.outbox.put(reply(1))
        with pytest.raises(Conflict) as caught:
            store.outbox.put(replace(reply(2), key="key-1"))
        assert caught.value.current == reply(1)
        assert store.outbox.items() == [reply(1)]

    def test_the_outbox_is_narrowed_by_conversation_and_phase_oldest_first(self, store: Store) -> None:
        items = [
            reply(4, phase=Phase.SENT, remote_id="r4"),
            reply(2, phase=Phase.FAILED),
            reply(3, conversation="acme:direct:2"),
            reply(1),
        ]
        for item in items:
            store.outbox.put(item)

        def ids(found: list[OutboxItem]) -> list[str]:
            return [item.id.removeprefix("reply-") for item in found]

        assert ids(store.outbox.items()) == ["1", "2", "3", "4"]
        assert ids(store.outbox.items(phases=OPEN)) == ["1", "2", "3"]
        assert ids(store.outbox.items(conversation="acme:direct:1")) == ["1", "2", "4"]
        assert ids(store.outbox.items(conversation="acme:direct:1", phases=[Phase.QUEUED])) == ["1"]
        assert ids(store.outbox.items(phases=[])) == []
        assert store.outbox.by_remote_id("acme", "r4") == items[0]
        assert store.outbox.by_remote_id("other", "r4") is None

    # -- small things --------------------------------------------------------------------------------------

    def test_cursors_and_settings_are_what_was_put(self, store: Store) -> None:
        assert store.small_things.cursor("acme:direct") is None
        assert store.small_things.setting("seen") is None
        store.small_things.put_cursor("acme:direct", {"since": "2001", "pages": [1, 2]})
        store.small_things.put_setting("seen", ["a", None, 1.5])
        store.small_things.put_setting("flag", False)
        assert store.small_things.cursor("acme:direct") == {"since": "2001", "pages": [1, 2]}
        assert store.small_things.setting("seen") == ["a", None, 1.5]
        assert store.small_things.setting("flag") is False
        store.small_things.put_setting("seen", None)
        assert store.small_things.setting("seen") is None

    def test_events_come_in_the_order_they_happened(self, store: Store) -> None:
        events = [
            Event(conversation="c:1", at=NOW, what="assigned", agent="ann", detail={"to": "bob"}),
            Event(conversation="c:1", at=NOW, what="resolved"),
        ]
        for event in (*events, Event(conversation="c:2", at=NOW, what="snoozed")):
            store.small_things.log(event)
        assert store.small_things.events("c:1") == events

    def test_the_quarantine_is_bounded_per_account(self, store: Store) -> None:
        """A platform that sends rubbish for a week must not fill the disk."""
        with store.transaction():
            for number in range(QUARANTINED + 5):
                store.small_things.quarantine(
                    "acme", NOW, Poison(raw=f"{number} \ud800 \x00", reason="no id")
                )
            store.small_things.quarantine("other", NOW, Poison(raw="x" * 10**6, reason="too long"))
        assert store.small_things.quarantined("acme") == QUARANTINED
        assert store.small_things.quarantined("other") == 1
        assert store.small_things.quarantined("none") == 0

    # -- transactions, living together -----------------------------------------------------------------------

    def test_a_transaction_is_all_or_nothing_over_every_kind(self, open: Open) -> None:
        store, other = open(), open()

        def take_in(fail: bool) -> None:
            with store.transaction():
                store.conversations.put(conversation())
                store.messages.put(message())
                with store.transaction():
                    store.small_things.put_cursor("feed", {"at": 1})
                assert other.conversations.get("acme:direct:1") is None
                if fail:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            take_in(fail=True)
        assert (store.messages.get("acme:1"), store.small_things.cursor("feed")) == (None, None)
        take_in(fail=False)
        assert other.messages.get("acme:1") is not None
        assert other.small_things.cursor("feed") == {"at": 1}

    def test_changes_name_the_conversations_touched_since(self, open: Open) -> None:
        """The screen follows another process by this and nothing else."""
        here, there = open(), open()
        start, _ = here.changes.since(0)
        assert not here.changes.pending()
        there.conversations.put(conversation(1))
        there.conversations.put(conversation(2))
        assert here.changes.pending()
        assert here.changes.pending()
        middle, touched = here.changes.since(start)
        assert touched == {"acme:direct:1", "acme:direct:2"}
        assert not here.changes.pending()
        assert here.changes.since(middle) == (middle, set())
        here.outbox.put(reply(conversation="acme:direct:2"))
        assert here.changes.pending()
        newest, touched = here.changes.since(middle)
        assert touched == {"acme:direct:2"}
        assert newest > middle
        assert there.changes.since(middle) == (newest, touched)
        assert here.changes.since(None) == (newest, set()), "who only begins need not read them all"

    def test_a_rolled_back_change_is_no_change(self, store: Store) -> None:
        before, _ = store.changes.since(0)

        def fail() -> None:
            with store.transaction():
                store.conversations.put(conversation())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert store.changes.since(before) == (before, set())

    def test_a_lease_has_one_holder(self, open: Open) -> None:
        """Exactly one process reads the platforms and sends."""
        here, there = open(), open()
        with (
            here.upkeep.lease("sync") as mine,
            there.upkeep.lease("sync") as theirs,
            there.upkeep.lease("other") as other,
        ):
            assert (mine, theirs, other) == (True, False, True)
        with there.upkeep.lease("sync") as now:
            assert now

    # -- search --------------------------------------------------------------------------------------------

    @pytest.fixture
    def library(self, store: Store) -> Store:
        texts = [
            "Wo bleibt meine RÜCKERSTATTUNG?",
            "rückerstattung erhalten, danke (Abel)",
            "払い戻しの返金をお願いします",
            "İstanbul'dan sipariş #48-17",
            "Straße 5\nhinten   links",
            "the refund never came 😀👍",
        ]
        with store.transaction():
            for number, text in enumerate(texts, 1):
                store.conversations.put(conversation(number))
                store.messages.put(message(number, text, conversation=f"acme:direct:{number}"))
        return store

    def test_messages_of_a_time_come_oldest_first_and_only_later_ones_where_asked(self, store: Store) -> None:
        """Listening takes up what arrived since it looked last, however late it was."""
        assert store.messages.newest_seq() == 0
        first = store.messages.put(message(3))
        late = store.messages.put(message(1))
        store.messages.put(message(9, conversation="acme:direct:2"))
        since, until = NOW + timedelta(seconds=1), NOW + timedelta(seconds=9)
        assert [m.id for m in store.messages.sent_since(since, until=until)] == ["acme:1", "acme:3"]
        assert [m.id for m in store.messages.sent_since(since, until=until, after=first.seq)] == [late.id]
        assert [m.id for m in store.messages.sent_since(until)] == ["acme:9"]
        assert store.messages.newest_seq() > late.seq

    @pytest.mark.parametrize(
        ("terms", "found"),
        [
            (["rückerstattung"], [2, 1]),
            (["RUCKERSTATT"], [2, 1]),
            (["erstatt"], [2, 1]),
            (["erstatt", "danke"], [2]),
            (["erstatt", "refund"], []),
            (["istanbul'DAN"], [4]),
            (["strasse 5 hinten links"], [5]),
            (["48-17"], [4]),
            (["返金を"], [3]),
            (["返金"], [3]),
            (["金"], [3]),
            (["ab"], [2]),
            (["be"], []),
            (["r"], [6, 2, 1]),
            (["ne", "ref"], [6]),
            (["48"], [4]),
            (["#4"], [4]),
            (["👍"], [6]),
            (['"'], []),
            (["never* OR refund"], []),
            ([], []),
            ([" "], []),
        ],
    )
    def test_search_finds_folded_substrings_newest_first(
        self, library: Store, terms: list[str], found: list[int]
    ) -> None:
        """Compounds, accents, scripts without blanks; under three characters only beginnings of words."""
        assert [int(m.remote_id) for m in library.messages.search(terms)] == found
        folded = tuple(fold(term) for term in terms if fold(term))
        if folded:
            order = library.conversations.order(Scope(words=(folded,)), now=NOW)
            assert order == [f"acme:direct:{n}" for n in sorted(found)]

    def test_the_newest_text_with_a_word_is_told_by_conversation(self, library: Store) -> None:
        """What the queue shows in the place of the newest words."""
        library.messages.put(message(7, "and the REFUND again", conversation="acme:direct:6"))
        found = {"acme:direct:6": "and the REFUND again"}
        asked = ["acme:direct:5", "acme:direct:6", "acme:direct:9"]
        assert library.messages.newest_with(["refund"], asked) == found
        assert library.messages.newest_with(["refund"], ["acme:direct:1"]) == {}
        with mock.patch("inbox.store.sqlite.messages.NEAR", 0):  # as in a thread where it stands far up
            assert library.messages.newest_with(["refund"], asked) == found

    def test_search_leaves_out_words_and_conversations(self, library: Store) -> None:
        def found(*words: str, **more: Any) -> list[int]:
            return [int(m.remote_id) for m in library.messages.search(words, now=NOW, **more)]

        library.conversations.put(conversation(1, tags=("vip",)))
        tagged = Scope(tests=(queue.Test(name="tag", value="vip"),))
        rest = Scope(tests=(queue.Test(name="tag", value="vip", negate=True),))
        assert found("erstatt", without=["danke"]) == [1]
        assert found("erstatt", without=["danke", "wo "]) == []
        assert found("erstatt", within=tagged) == [1]
        assert found("erstatt", within=rest) == [2]
        assert found("e", within=rest, limit=1) == [2]
        with mock.patch.object(filter_words, "FEW", 0):
            assert found("erstatt", within=tagged) == [1]
            assert found("erstatt", within=rest) == [2]
            assert found("erstatt", without=["danke"]) == [1]

    def test_newest_first_is_by_time_of_the_message_not_of_reading(self, store: Store) -> None:
        """History is read backwards."""
        for number, hours in ((1, 1), (2, 3), (3, 2)):
            store.messages.put(message(number, "refund", sent_at=ago(hours=hours)))
        assert [m.remote_id for m in store.messages.search(["refund"], limit=2)] == ["1", "3"]
        assert len(store.messages.search(["refund"], limit=None)) == 3

    def test_a_word_in_most_messages_is_found_newest_first_too(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Stores may search common words another way; the answer is the same."""
        monkeypatch.setattr("inbox.store.sqlite.filter_words.FEW", 20)
        numbers = list(range(60))
        random.Random(1).shuffle(numbers)
        with store.transaction():
            for number in numbers:
                store.messages.put(message(number, "refund" if number % 2 else "thanks"))
        for sample in (500, 1):  # matches by which they are known to be common
            monkeypatch.setattr("inbox.store.sqlite.common_words.SAMPLE", sample)
            assert [int(m.remote_id) for m in store.messages.search(["refund"], limit=5)] == [
                59,
                57,
                55,
                53,
                51,
            ]
            assert [int(m.remote_id) for m in store.messages.search(["refund"], limit=31)] == list(
                range(59, 0, -2)
            )

    def test_edited_and_emptied_texts_are_found_by_their_new_words_only(self, store: Store) -> None:
        """A deleted message must not be found by the text it had."""
        put = store.messages.put(message(text="secret plan"))
        store.messages.put(replace(put, text="harmless plan"))
        assert store.messages.search(["secret"]) == []
        assert len(store.messages.search(["harmless"])) == 1
        store.messages.put(replace(put, text=""))
        assert store.messages.search(["plan"]) == []
        store.messages.put(replace(put, text="back again"))
        assert len(store.messages.search(["back"])) == 1

    # -- care ----------------------------------------------------------------------------------------------

    def test_a_sound_store_says_so(self, library: Store) -> None:
        health = library.upkeep.health()
        assert health.ok
        assert health.facts["messages"] == "6"

    def test_surfaces_and_unknown_fields_survive_a_second_handle(self, open: Open) -> None:
        one, two = open(), open()
        put = one.conversations.put(conversation(surface=Surface.MESSENGER))
        assert two.conversations.get(put.id) == put


class TestLocalStore(StoreContract):
    @pytest.fixture
    def open(self, folder: Path) -> Iterator[Open]:
        opened: list[LocalStore] = []

        def handle() -> LocalStore:
            opened.append(LocalStore(folder))
            return opened[-1]

        yield handle
        for store in opened:
            store.close()

    def test_erased_conversations_are_in_no_file_any_more(self, folder: Path, open: Open) -> None:
        """Deleted rows, index words, log and backups: a person's words must be gone from the disk."""
        store = open()
        assert isinstance(store, LocalStore)
        for number in (1, 2):
            text = "unforgettable" if number == 1 else "everyday"
            store.conversations.put(conversation(number, preview=text))
            store.messages.put(message(number, text, conversation=f"acme:direct:{number}"))
            store.outbox.put(reply(number, text=text, conversation=f"acme:direct:{number}"))
        store.upkeep.backup()
        (folder / "damaged-20260302").mkdir()
        (folder / "damaged-20260302" / "inbox.db").write_bytes(b"unforgettable")
        with store.upkeep.alone():
            store.upkeep.forget(["acme:direct:1"])
            store.upkeep.scrub()
        everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert b"everyday" in everything
        assert b"unforgettable" not in everything
        assert store.messages.search(["unforgettable"]) == []
        assert store.outbox.items() == [reply(2, text="everyday", conversation="acme:direct:2")]
        assert store.upkeep.health().ok
