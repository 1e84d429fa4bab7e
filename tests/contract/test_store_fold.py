"""Folding, and that the index finds exactly what folding says, on texts nobody would think of."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import NOW, conversation, message

from inbox.domain.fold import SHORT, fold, found_in, holds, marked, pattern, spans, spellings
from inbox.domain.queue import Scope
from inbox.store.sqlite import schema
from inbox.store.sqlite.store import LocalStore


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Réclamation", "reclamation"),
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


SAME = [
    (
        "Rückerstattung",
        "Rueckerstattung",
        "RUCKERSTATTUNG",
        "Ru\u0308ckerstattung",
        "R\u00fcck\u00aderstattung",
    ),
    ("Größe", "groesse", "GROSSE", "grö\u00dfe", "GRÖSSE", "größ\u200be", "GRÖ\u1e9eE"),
    ("don't", "don\u2019t", "don\u02bct", "don\u00b4t", "don`t", "DON\uff07T"),
    ('say "yes"', "say \u201cyes\u201d", "say \u201eyes\u201c", "say \u00abyes\u00bb"),
    ("e-mail", "e\u2011mail", "E\u2010Mail", "e\u2013mail", "e\u2212mail"),
    ("Łódź", "lodz", "LODZ", "L\u0142o\u0301dz\u0301"[1:]),
    ("København", "kobenhavn", "koebenhavn"),
    ("Århus", "arhus", "aarhus", "A\u030arhus"),
    ("Kadıköy", "kadikoy", "KADIKÖY", "kadikoey"),
    ("Encyclopædia", "encyclopaedia"),
    ("Đoković", "dokovic"),
    ("\u2764", "\u2764\ufe0f", "\u2764\ufe0e"),
    ("👨‍👩‍👧", "👨👩👧"),
    ("office", "o\ufb03ce", "ＯＦＦＩＣＥ", "𝐨𝐟𝐟𝐢𝐜𝐞", "of\u2060fice"),
    ("wait...", "wait\u2026"),
    ("می\u200cخواهم", "میخواهم"),
]


@pytest.mark.parametrize(("written", "others"), [(one[0], one) for one in SAME])
def test_what_looks_the_same_finds_each_other(written: str, others: tuple[str, ...]) -> None:
    """Nobody sees which apostrophe, which hyphen or what joiner a customer's telephone wrote."""
    for other in others:
        assert holds(fold(f"x {written} y"), fold(other))
        assert holds(fold(f"x {other} y"), fold(written))
        assert found_in(written, other)
        assert list(spans(f"x {written} y", fold(other))) == [(2, 2 + len(written))]


def test_an_umlaut_is_found_by_both_of_its_spellings_and_no_other_word_by_them() -> None:
    """`ue` means an umlaut only where somebody wrote one: who looks for "neue" does not want every "neu"."""
    assert holds(fold("Rueckerstattung"), fold("Rückerstattung"))
    assert not holds(fold("neu"), fold("neue"))
    assert not holds(fold("Trust"), fold("true"))
    assert holds(fold("aktuell"), fold("ell"))
    assert holds(fold('"Müller sprach mit Groß"'), fold("mueller sprach mit gross"))


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("Eine Rückerstattung, bitte", "rueck", ["Rück"]),
        ("Eine Rückerstattung, bitte", "erstattung, bitte", ["erstattung, bitte"]),
        ("Ru\u0308ckerstattung", "ru", ["Ru\u0308"]),
        ("lost  parcel, lost\nparcel", "lost parcel", ["lost  parcel", "lost\nparcel"]),
        ("a\u00adb\u00adc d", "abc", ["a\u00adb\u00adc"]),
        ("\u2764\ufe0f\u2764\ufe0f", "\u2764", ["\u2764\ufe0f", "\u2764\ufe0f"]),
        ("strasse Straße", "straße", ["strasse", "Straße"]),
        ("undo, doing, do", "do", ["do", "do"]),
        ("nothing", "parcel", []),
        ("", "parcel", []),
    ],
)
def test_a_hit_is_marked_in_the_text_as_it_was_written(text: str, term: str, expected: list[str]) -> None:
    """Folding changes lengths; a mark that is off by one letter looks like a defect, and it is one."""
    assert [text[start:end] for start, end in spans(text, fold(term))] == expected


@given(st.text(), st.text(max_size=4))
def test_marks_are_where_the_text_holds_the_term(text: str, term: str) -> None:
    places = list(spans(text, fold(term))) if fold(term) else []
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    if places:
        assert holds(fold(text), fold(term))


def test_the_index_of_a_store_was_made_by_this_folding() -> None:
    """Whoever changes what folding gives must add a migration that is `fold_again`, then its layout and sum here."""
    kinds = (*range(0x20, 0x2FFF), *range(0xFB00, 0xFB50), *range(0xFE00, 0xFF00))
    assigned = [chr(code) for code in kinds if unicodedata.ucd_3_2_0.category(chr(code)) != "Cn"]
    folded = "\n".join(marked(fold(f"a{char}b")) for char in assigned)
    folds = [start + 1 for start, step in schema.MIGRATIONS.items() if step is schema.fold_again]
    assert (max(folds), crc32(folded.encode())) == (3, 2105757511)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Words are folded once when a message is stored and again when a term of a search is."""
    assert fold(fold(text)) == fold(text)


# Few letters, so that terms are found; each kind of character that marks treat in its own way.
letters = st.sampled_from("aaeub1 .(#'\u0301\u0308éüø\u00ad返金か😀ß\n_")
texts = st.text(letters, max_size=14)


def begins_a_word(text: str, at: int) -> bool:
    """The rule in words: after a blank; a letter or digit after neither; every ideograph, kana and symbol."""
    before, here = text[at - 1 : at], text[at]
    plain = before.isalnum() and here.isalnum()
    return before in ("", " ") or (here.isalnum() and not plain) or here in "返金か😀"


@given(texts.map(fold), texts.map(lambda text: spellings(fold(text))[0]).filter(bool))
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
                store.conversations.put(conversation(number))
                store.messages.put(message(number, text, conversation=f"acme:direct:{number}"))
        folded = [fold(term) for term in terms if fold(term)]
        expected = [
            number
            for number in reversed(range(len(stored)))
            if folded and all(holds(fold(stored[number]), term) for term in folded)
        ]
        assert [int(m.remote_id) for m in store.messages.search(terms)] == expected
        if folded:
            scope = Scope(words=(tuple(folded),))
            assert store.conversations.order(scope, now=NOW) == [f"acme:direct:{n}" for n in sorted(expected)]
    finally:
        store.close()
