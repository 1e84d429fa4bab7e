"""A store whose full text is made again, after folding changed: search is right at every moment of it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from random import Random

import pytest
from store_samples import NOW, conversation, message

from inbox.domain.filter import parse
from inbox.domain.fold import fold, holds
from inbox.domain.model import Person
from inbox.domain.queue import Scope
from inbox.domain.records import replace
from inbox.store.sqlite import handle, indexing, schema
from inbox.store.sqlite.store import LocalStore, open_store

WORDS = ("Łódź", "Rückerstattung", "Rueckerstattung", "don\u2019t", "parcel", "e\u2011mail", "❤️", "neu")
TERMS = ("lodz", "Rückerstattung", "don't", "parcel", "e-mail", "❤", "rueck", "ne")


def cid(number: int) -> str:
    return f"acme:direct:{number}"


def put(store: LocalStore, number: int, text: str) -> None:
    store.conversations.put(conversation(number))
    store.messages.put(message(number, text, conversation=cid(number)))


def check(store: LocalStore, texts: dict[int, str]) -> None:
    """Ask in every way the store can be asked, and compare with reading each text."""
    for term in map(fold, TERMS):
        found = {number for number, text in texts.items() if holds(fold(text), term)}
        assert {int(m.remote_id) for m in store.messages.search([term])} == found, term
        assert set(store.conversations.order(Scope(words=((term,),)), now=NOW)) == set(map(cid, found)), term
        assert set(store.conversations.order(Scope(not_words=(term,)), now=NOW, limit=5)) <= {
            cid(number) for number in texts if number not in found
        }
        assert set(store.messages.newest_with([term], [cid(number) for number in texts])) == set(
            map(cid, found)
        )


@pytest.mark.parametrize("seed", range(4))
def test_search_is_right_while_the_full_text_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Messages come, change and are erased meanwhile, on either side of where the work has got to."""
    monkeypatch.setattr(indexing, "BATCH", 5)
    chance, store = Random(seed), LocalStore(tmp_path / "data")
    texts = {number: " ".join(chance.sample(WORDS, 3)) for number in range(30)}
    for number, text in texts.items():
        put(store, number, text)
    with store.transaction():
        store.handle.storage.empty_text("messages")
    steps = 0
    while store.upkeep.index_more():
        steps += 1
        check(store, texts)
        for number in (chance.randrange(30), 30 + steps):
            texts[number] = " ".join(chance.sample(WORDS, 3))
            put(store, number, texts[number])
        gone = chance.choice(sorted(texts))
        del texts[gone]
        store.upkeep.forget([cid(gone)])
    assert steps > 4
    check(store, texts)
    assert indexing.indexed_to(store.handle.sql, "messages") is None
    store.handle.sql.run("INSERT INTO text_messages (text_messages) VALUES ('integrity-check')")
    store.close()


def older(folder: Path, count: int) -> None:
    """A store as the layout before this one left it: the same documents, folded by other rules."""
    store = LocalStore(folder)
    for number in range(count):
        put(store, number, f"Łódź {number}")
    tagged = replace(conversation(0), tags=("Rückläufer",), contact=Person(name="Øyvind", remote_id="7"))
    store.conversations.put(tagged)
    with store.transaction():
        store.handle.sql.run("INSERT INTO text_messages (text_messages) VALUES ('delete-all')")
        store.handle.sql.run("UPDATE doc_conversations SET who = 'øyvind', tags = ''")
        store.handle.sql.run("DROP TABLE indexing")
        store.handle.sql.run("PRAGMA user_version = 2")
    store.close()


@pytest.mark.parametrize("at_once", [0.0, 10.0])
def test_an_older_store_finds_by_the_new_rules_from_its_first_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: float
) -> None:
    """However much of the full text there was time for; names and tags are folded again at once."""
    monkeypatch.setattr(indexing, "BATCH", 5)
    monkeypatch.setattr(handle, "INDEXED_AT_ONCE", at_once)
    folder = tmp_path / "data"
    older(folder, 23)
    store, notice = open_store(folder)
    assert notice == ""
    assert (indexing.indexed_to(store.handle.sql, "messages") is None) is bool(at_once)
    assert len(store.messages.search(["lodz"], limit=None)) == 23
    for asked in ("from:oyvind", "from:oeyvind", "tag:ruecklaeufer", "tag:RÜCKLÄUFER"):
        scope = parse(asked, agent="ann", now=NOW, zone=UTC).within(Scope())
        assert store.conversations.order(scope, now=NOW) == [cid(0)], asked
    while store.upkeep.index_more():
        pass
    assert schema.version(store.handle.storage) == schema.VERSION
    assert len(store.messages.search(["lodz"], limit=None)) == 23
    assert store.upkeep.health().ok
    store.close()
