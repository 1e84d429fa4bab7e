"""The corpus of hostile texts against the cleaner and its companions, and against cleaners that must fail.

What a record demands of the whole program (nothing clicked, nothing moved) is asked of the screen elsewhere;
here each `must` word that the pure functions decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hostile import Record
from hostile import texts as records

from inbox.domain import text as rules
from inbox.domain.text import clean, escaped, filename, hidden, looks_like, storable
from inbox.domain.web_links import link_host, openable

Cleaner = Callable[[str], str]
OURS = ("acme_support", "Acme Support")
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufffc\U000e0000-\U000e0fff]"
)
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")


def faults(record: Record, cleaner: Cleaner) -> list[str]:
    """What is wrong with the text as `cleaner` shows it."""
    must = record["must"]
    shown = cleaner(record["text"])
    written = shown.encode("utf-8", "surrogatepass")
    joined = shown.replace("\u200d", "")
    found = [
        f"{bytes.fromhex(h)!r} left" for h in record.get("absent_hex", ()) if bytes.fromhex(h) in written
    ]
    found += [f"{piece!a} lost" for piece in record.get("visible", ()) if piece not in shown]
    if record.get("equals", shown) != shown:
        found.append("harmless text altered")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in shown):
        found.append("control character or half a pair left")
    if "no_bidi" in must and BIDI.search(shown):
        found.append("bidi control left")
    if "no_invisible" in must and (
        INVISIBLE.search(shown) or any(unicodedata.category(c) == "Cf" for c in joined)
    ):
        found.append("invisible character left")
    if "bounded" in must and len(shown) > rules.MAX_CHARACTERS:
        found.append("unbounded")
    if "layout" in must and re.search(r"[\u0300-\u036f]{5}", shown):
        found.append("a pile of marks left")
    return found


def decided(record: Record) -> list[str]:
    """What is wrong with the other answers about the text."""
    text, must = record["text"], record["must"]
    stored, altered = storable(text)
    found = []
    if "marked" in must and not (hidden(text) and escaped(text).isascii()):
        found.append("not marked")
    if record["class"] == "control-group" and "equals" in record and hidden(text):
        found.append("marked without a reason")
    if "\0" in stored or stored != stored.encode("utf-8", "replace").decode() or altered != (stored != text):
        found.append("not storable, or not told")
    if "stored_exact" in must and stored != text:
        found.append("stored otherwise")
    if "one_line_when_listed" in must and "\n" in clean(text, one_line=True):
        found.append("several lines in a list")
    if record["class"] == "spoof" and ("warn_spoof" in must) != looks_like(text, OURS):
        found.append("spoof warning wrong")
    if "open_safe" in must and openable(text):
        host = link_host(text)
        if not (
            text.lower().startswith(("http://", "https://")) and host and host.isascii() and "@" not in text
        ):
            found.append("opened unsafely")
    if "path_safe" in must and not re.fullmatch(r"[^\W_][\w .()+-]{0,119}", filename(text)):
        found.append("unsafe file name")
    return found


def test_the_corpus_is_all_there() -> None:
    """A checker that runs over nothing finds nothing."""
    assert len(records()) >= 119


def test_every_hostile_text_is_shown_as_its_record_demands() -> None:
    """The bar for the cleaner, in lists and in the reader."""
    for name, cleaner in (("reader", clean), ("reader, plain emoji", lambda t: clean(t, plain_emoji=True))):
        wrong = {r["name"]: found for r in records() if (found := faults(r, cleaner))}
        assert not wrong, name


def test_every_hostile_text_is_marked_stored_opened_and_saved_as_its_record_demands() -> None:
    """The same for what is not shown."""
    assert not {r["name"]: found for r in records() if (found := decided(r))}


def drop_nothing(text: str) -> str:
    return text


def drop_what_textual_drops(text: str) -> str:
    return text.translate(dict.fromkeys((7, 8, 11, 12, 13)))


def drop_sequences(text: str) -> str:
    """The usual advice: a regular expression for CSI and OSC."""
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", "", text)


def drop_c0(text: str) -> str:
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "", text)


def keep_ascii(text: str) -> str:
    return "".join(c for c in text if c == "\n" or " " <= c <= "~")


@pytest.mark.parametrize(
    ("cleaner", "share"),
    [
        (drop_nothing, 0.2),
        (drop_what_textual_drops, 0.18),
        (drop_sequences, 0.16),
        (drop_c0, 0.09),
        (keep_ascii, 0.03),
    ],
)
def test_the_checker_catches_cleaners_that_are_not_enough(cleaner: Cleaner, share: float) -> None:
    """A bar that a wrong cleaner clears would prove nothing about the right one."""
    caught = [r["name"] for r in records() if faults(r, cleaner)]
    assert len(caught) >= share * len(records())


OWN: list[Record] = [
    {
        "text": "Hi\x1b[2J\x1b[Hgone",
        "must": ["no_control"],
        "absent_hex": ["1b5b324a"],
        "visible": ["Hi", "gone"],
    },
    {"text": "a\x1b\x1b[31m[31mb", "must": ["no_control"], "absent_hex": ["1b5b33316d"]},
    {"text": "a\x1b]0;never ended", "must": ["no_control"], "absent_hex": ["1b5d"]},
    {"text": "a\x9b31mb", "must": ["no_control"], "absent_hex": ["c29b"]},
    {"text": "a\u202eb\u2066", "must": ["no_bidi", "no_invisible"]},
    {"text": "ok\U000e0069", "must": ["no_invisible"]},
    {"text": "Grüße 👍", "must": [], "equals": "Grüße 👍"},
]


def test_own_cases_hold_without_the_corpus() -> None:
    """The same checker, where the recorded material is not at hand."""
    assert not [found for record in OWN if (found := faults(record, clean))]
    for cleaner in (drop_nothing, drop_sequences, drop_c0, keep_ascii):
        assert any(faults(record, cleaner) for record in OWN), cleaner.__name__
