"""Folding, and that the index finds exactly what folding says, on texts nobody would think of."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import NOW, conversation, message

from inbox.domain.fold import SHORT, fold, holds, marked, pattern
from inbox.domain.queue import Scope
from inbox.store.local import LocalStore


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Rückerstattung", "ruckerstattung"),
        ("STRASSE straße", "strasse strasse"),
        ("İstanbul ISTANBUL", "istanbul istanbul"),
        ("ﬁnal ﬀ Ⅷ ℌ", "final ff viii h"),
        ("ＡＢＣ ﾊﾟ", "abc ハ"),
        (" two\n\t words\u00a0here ", "two words here"),
        ("Ελλάδα Σίσυφος", "ελλαδα σισυφοσ"),
        ("", ""),
    ],
)
def test_folding_drops_what_people_do_not_mean(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Words are folded once when a message is stored and again when a term of a search is."""
    assert fold(fold(text)) == fold(text)


# Few letters, so that terms are found; each kind of character that marks treat in its own way.
letters = st.sampled_from("aab1 .(#'\u0301é返金か😀ß\n_")
texts = st.text(letters, max_size=14)


def begins_a_word(text: str, at: int) -> bool:
    """The rule in words: after a blank; a letter or digit after neither; every ideograph, kana and symbol."""
    before, here = text[at - 1 : at], text[at]
    plain = before.isalnum() and here.isalnum()
    return before in ("", " ") or (here.isalnum() and not plain) or here in "返金か😀"


@given(texts.map(fold), texts.map(fold).filter(bool))
def test_a_term_matches_anywhere_or_when_short_where_a_word_begins(text: str, term: str) -> None:
    places = [at for at in range(len(text)) if text.startswith(term, at)]
    expected = places if len(term) >= SHORT else [at for at in places if begins_a_word(text, at)]
    assert holds(text, term) is bool(expected)
    assert (pattern(term) in marked(text)) is bool(expected)
    assert len(pattern(term)) >= SHORT


@pytest.fixture(scope="module")
def shelf() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "data"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, min_size=1, max_size=8), st.lists(texts, min_size=1, max_size=3))
def test_the_index_finds_what_reading_every_message_finds(
    shelf: Path, stored: list[str], terms: list[str]
) -> None:
    """The numbers of one example are overwritten by the next: edits must leave no old words behind."""
    store = LocalStore(shelf)
    try:
        with store.transaction():
            for number in range(8):
                text = stored[number] if number < len(stored) else ""
                store.put_conversation(conversation(number))
                store.put_message(message(number, text, conversation=f"acme:direct:{number}"))
        folded = [fold(term) for term in terms if fold(term)]
        expected = [
            number
            for number in reversed(range(len(stored)))
            if folded and all(holds(fold(stored[number]), term) for term in folded)
        ]
        assert [int(m.remote_id) for m in store.search(terms)] == expected
        if folded:
            scope = Scope(words=(tuple(folded),))
            assert store.order(scope, now=NOW) == [f"acme:direct:{n}" for n in sorted(expected)]
    finally:
        store.close()
