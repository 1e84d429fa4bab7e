"""How long a reply is, and where it stops fitting."""

from __future__ import annotations

import subprocess
import sys

import pytest
from drills import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.adapters.facebook.length import messenger_length
from inbox.adapters.lengths import Count, characters
from inbox.adapters.twitter import length, tlds
from inbox.adapters.twitter.length import links, tweet_length

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


# -- what weighs what --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("Hello", 5),
        ("Grüße", 5),
        ("Привет", 6),
        ("مرحبا", 5),
        ("a\u2014b \u201cc\u201d", 7),
        ("你好", 4),
        ("こんにちは", 10),
        ("20 €", 5),
        ("e\u0301", 1),
        ("한", 2),
        ("👍", 2),
        ("👍🏽", 2),
        (FAMILY, 2),
        ("❤\ufe0f", 2),
        ("❤\ufe0f\u200d🔥", 2),
        ("1\ufe0f\u20e3", 2),
        ("#\u20e3", 2),
        ("🇩🇪", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("🏳\ufe0f\u200d🌈", 2),
        ("🤷🏽\u200d♂\ufe0f", 2),
        ("👩🏽\u200d💻", 2),
        ("🧑🏽\u200d🤝\u200d🧑🏿", 2),
        ("👩\u200d❤\ufe0f\u200d💋\u200d👨", 2),
        ("©\ufe0f", 2),
        ("©", 1),
        ("👨\u200d👨", 5),
        ("a🏽", 3),
        ("12", 2),
        ("Hi http://test.co", 26),
        ("example.com", 23),
        ("https://example.com/" + "p" * 500, 23),
        ("https://t.co/abc?x=1 and https://t.co/abc", 51),
        ("see example.com.", 28),
        ("a.b.example", 11),
        ("file.tar.bz2", 12),
        ("me@example.com", 14),
        ("北京example.com北京", 31),
        ("http://ex_ample.com", 19),
        ("http://-a.example.com", 21),
        ("http://xn--はじめよう.com", 25),
        ("http://" + "a" * 63 + ".com", 23),
        ("http://" + "a" * 64 + ".com", 75),
        ("http://" + "あ" * 59 + ".com", 129),
        ("", 0),
    ],
)
def test_a_post_weighs_what_x_says(text: str, used: int) -> None:
    """A wrong count is a reply refused after it was sent, or one shortened without need."""
    assert tweet_length(text).used == used


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://en.wikipedia.org/wiki/Primer_(film).", ["https://en.wikipedia.org/wiki/Primer_(film)"]),
        ("(http://a.com/b)", ["http://a.com/b"]),
        ("http://a.com/b?c=d&e#f!", ["http://a.com/b?c=d&e#f"]),
        ("a.com?x=1", ["a.com"]),
        ("a.com/?x=1", ["a.com/?x=1"]),
        ("a.com:80/x", ["a.com:80/x"]),
        ("x.y.co.uk", ["x.y.co.uk"]),
        ("これは。example.com/a中", ["example.com/a"]),
        ("http://これは.com/a", ["http://これは.com/a"]),
        ("example.中国", ["example.中国"]),
        ("例え.中国", []),
        ("http://example.中国語", ["http://example.中国"]),
        ("HTTP://EXAMPLE.COM", ["HTTP://EXAMPLE.COM"]),
        ("http://xn--ls8h.XN--ls8h.la/", ["http://xn--ls8h.XN--ls8h.la/"]),
        ("@example.com #example.com $example.com", []),
        ("-example.com /example.com", []),
        ("http://t.co/" + "a" * 41, []),
        ("http://t.co/abc'def", ["http://t.co/abc"]),
        ("http://a.com http://b.org", ["http://a.com", "http://b.org"]),
        ("http://a.com\nb.org", ["http://a.com", "b.org"]),
        ("http://a_b.c-d.com", ["http://a_b.c-d.com"]),
        ("http://a..com b..org", []),
        ("éx.org", ["x.org"]),
        (" éx.org", ["éx.org"]),
    ],
)
def test_links_are_found_where_x_finds_them(text: str, found: list[str]) -> None:
    """Each costs 23 characters, and the reply two hundred times its price."""
    assert links(text) == found


def test_the_older_rules_count_each_part_of_an_emoji() -> None:
    """Config version 2, under which half of the official cases were written."""
    assert tweet_length(FAMILY, emoji=False).used == 11


# -- where it stops fitting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "valid_to"),
    [
        ("x" * 280, 280),
        ("x" * 281, 280),
        ("字" * 141, 140),
        ("a" + "字" * 140, 140),
        ("x" * 279 + "👍🏽", 279),
        ("x" * 278 + "👍🏽!", 280),
        ("x" * 257 + " http://example.com", 258),
        ("x" * 256 + " http://example.com ok", 275),
        ("e\u0301" * 281, 560),
        ("e\u0301" * 280, 560),
        ("ABC\ufffeDEF", 3),
        ("ABC\uffff" + "x" * 300, 3),
    ],
)
def test_the_point_up_to_which_a_text_fits_is_never_inside_a_link_or_an_emoji(
    text: str, valid_to: int
) -> None:
    """The composer marks from there on what has to go."""
    count = tweet_length(text)
    assert count.valid_to == valid_to
    assert count.valid == (valid_to == len(text))


@pytest.mark.parametrize("text", ["", "\ufeff", "a\ufffe", "\uffff"])
def test_nothing_and_forbidden_characters_make_no_post(text: str) -> None:
    """X answers 400 to them."""
    assert not tweet_length(text).valid


words = st.sampled_from(
    [
        "a",
        " ",
        ".",
        "example.com",
        "http://",
        "/",
        "字",
        "e\u0301",
        "👍🏽",
        FAMILY,
        "🇩🇪",
        "\u0301",
        "\ufe0f",
        "_",
        "-",
        "ß.de",
    ]
)
drafts = st.lists(words, max_size=40).map("".join)


@settings(max_examples=examples(300), deadline=None)
@given(drafts, st.integers(1, 60))
def test_what_is_said_to_fit_does_fit(text: str, limit: int) -> None:
    """Cutting at the mark gives a reply that X accepts, unless the cut itself makes a link (example.coma)."""
    count = tweet_length(text, limit)
    assert 0 <= count.valid_to <= len(text)
    assert (count.used <= limit) == (count.valid_to == len(text))
    fitting = text[: count.valid_to]
    if links(fitting) == links(text)[: len(links(fitting))]:
        assert tweet_length(fitting, limit).used <= limit


@pytest.mark.parametrize("limit", range(1, 60))
def test_the_mark_never_parts_an_emoji_that_an_accent_follows(limit: int) -> None:
    """An accent belongs to what is before it, here the last child of a family; without the child the family is no
    emoji any more, and weighs more than with it. That there is a decomposed letter made the mark go back so far."""
    text = "字字ß.de字aaahttp://👨\u200d👩\u200d👧\u200d👦\u0301a\u0301"
    assert tweet_length(text[: tweet_length(text, limit).valid_to], limit).used <= limit


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=60), st.integers(1, 60))
def test_counting_takes_any_text(text: str, limit: int) -> None:
    """It runs on each keystroke, whatever was pasted."""
    count = tweet_length(text, limit)
    assert 0 <= count.valid_to <= len(text)
    assert count.used <= 3 * 2 * len(text) + 23 * len(links(text))  # NFC makes three of one at most


# -- replies -----------------------------------------------------------------------------------------------


def test_mentions_that_x_put_in_front_do_not_count() -> None:
    """A reply read back begins with them; the agent had all 280 characters."""
    text = "@acme @Jane_Doe " + "x" * 280
    assert tweet_length(text, leading_mentions=frozenset({"acme", "jane_doe"})) == Count(280, 280, 296, True)


def test_mentions_that_the_agent_types_count() -> None:
    """Only what X added by itself is free, and only at the very beginning."""
    free = frozenset({"acme"})
    assert tweet_length("@acme hi").used == 8
    assert tweet_length("@jane @acme hi", leading_mentions=free).used == 14
    assert tweet_length("@acme hi @acme", leading_mentions=free).used == 8
    assert tweet_length("@acmeX hi", leading_mentions=free).used == 9


# -- Facebook ----------------------------------------------------------------------------------------------


def test_messenger_counts_characters_and_not_bytes() -> None:
    """Clients that count bytes refuse half of an Arabic reply."""
    assert messenger_length("ü" * 2000) == Count(2000, 2000, 2000, True)
    assert messenger_length("ü" * 2001) == Count(2001, 2000, 2000, False)
    assert messenger_length("ü" * 2001).left == -1


def test_other_limits_are_counted_the_same_way() -> None:
    """Comments and direct messages have their own limits."""
    assert characters("abc", 2) == Count(3, 2, 2, False)
    assert not characters("", 2).valid


# -- cost --------------------------------------------------------------------------------------------------


class Looked:
    """Counts at how many characters the host finder looks, in place of a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.characters = 0
        honest = length._labels

        def labels(text: str, at: int, end: int) -> list[tuple[int, int]]:
            self.characters += end - at
            return honest(text, at, end)

        monkeypatch.setattr(length, "_labels", labels)


@pytest.mark.parametrize("piece", ["a.", "故.com", "_a.", "-.", "xn--a.", "a_b."])
def test_a_long_text_without_spaces_is_read_once(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official regular expressions take seconds here, and premium accounts write 25,000 characters."""
    looked = Looked(monkeypatch)
    text = piece * 5000
    tweet_length(text, 25_000)
    assert looked.characters <= 2 * len(text)


def test_nothing_is_compiled_or_loaded_before_it_is_needed() -> None:
    """The first screen shows no counter: it shall not wait for one."""
    code = (
        "import sys; import inbox.adapters.twitter.length as l; l.tweet_length('Hello');"
        "assert not {'regex', 'inbox.adapters.twitter.tlds'} & set(sys.modules);"
        "l.tweet_length('see example.com 你好 👍'); assert 'regex' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_list_of_domains_is_whole_and_in_order() -> None:
    """It is generated; an edit by hand would be lost with the next one."""
    for names in (tlds.ASCII.split(), tlds.UNICODE.split()):
        assert names == sorted(set(names))
        assert all(name == name.lower() for name in names)
    assert len(tlds.ASCII.split()) > 1400
    assert all(name.isascii() for name in tlds.ASCII.split())
    assert not any(name.isascii() for name in tlds.UNICODE.split())
