"""What `clean` and its companions make of text from strangers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.domain import text as rules
from inbox.domain.text import (
    clean,
    escaped,
    filename,
    hidden,
    looks_like,
    same_handle,
    storable,
)
from inbox.domain.web_links import link_host, openable

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
NASTY = (
    "\x00\t\n\r\x0b\x1b\x7f\x85\x9b\xa0\xad\u0301\u0300\u034f\u061c\u0903\u093e\u115f\u180b\u180e\u2000\u200b\u200c\u200d"
    "\u200e\u2028\u2029\u202e\u2066\u20e3\u2400\u25cc\u2764\u2800\u3000\u3164\ufe00\ufe0e\ufe0f\ufeff\ufffc\ufffd\uffff"
    "\ue000\ud83d\ude00\u0378😀👍🏽🏿👨🇩🇪1#a[]\U000e0041\U000e0100\U0001fae8\U0001faf9"
)
anything = st.text(
    st.one_of(st.sampled_from(NASTY), st.characters(), st.characters(categories=["Cs"])), max_size=80
)
modes = st.tuples(st.booleans(), st.sampled_from([None, True, False]))


# -- properties --------------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(anything, modes)
def test_cleaning_twice_is_cleaning_once(text: str, mode: tuple[bool, bool | None]) -> None:
    """Text passes several hands; the second must find nothing that the first made."""
    once = clean(text, *mode)
    assert clean(once, *mode) == once


@settings(max_examples=400, deadline=None)
@given(anything, modes)
def test_nothing_that_acts_hides_or_reorders_is_left(text: str, mode: tuple[bool, bool | None]) -> None:
    """The promise of the cleaner, by Unicode's own categories: only the joiner of an emoji is excepted."""
    for char in clean(text, *mode):
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Zl", "Zp")
        assert unicodedata.category(char) != "Cf" or (char == "\u200d" and mode[1] is not True)
        assert unicodedata.category(char) != "Zs" or char == " "


@settings(max_examples=300, deadline=None)
@given(anything)
def test_ascii_letters_and_digits_come_through_in_order(text: str) -> None:
    """What was written in plain letters can be read, whatever stands between them."""
    assert _plain(clean(text)) == _plain(text)


@settings(max_examples=200, deadline=None)
@given(anything)
def test_one_line_is_one_line(text: str) -> None:
    """A name with a line break would forge a row of the list."""
    assert len(clean(text, one_line=True).splitlines()) <= 1


@settings(max_examples=200, deadline=None)
@given(anything)
def test_hidden_is_zero_exactly_where_only_white_space_or_a_base_for_marks_changed(text: str) -> None:
    """The mark on a row must be neither forgotten nor cried over nothing."""
    same = text.replace("\r\n", "\n").translate(
        {0x0D: 0x0A, 0x2028: 0x0A, 0x2029: 0x0A, 0x09: 0x20, 0x25CC: None}
    )
    assert (hidden(text) == 0) == (clean(text).replace("\u25cc", "") == same)


@settings(max_examples=200, deadline=None)
@given(anything)
def test_no_text_makes_any_of_the_companions_raise(text: str) -> None:
    """They run on the screen's thread: an exception there is the end of the program."""
    assert hidden(text) >= 0
    assert escaped(text).isascii()
    stored, _ = storable(text)
    assert "\0" not in stored.encode().decode()
    assert looks_like(text, [text, "Acme Support"]) in (True, False)
    assert link_host("https://" + text) is None or link_host("https://" + text).isascii()  # type: ignore[union-attr]
    assert openable(text) in (True, False)
    name = filename(text)
    assert name
    assert len(name.encode()) <= rules.MAX_NAME_BYTES
    assert not set(name) & set('/\\\0\n:*?"<>|')
    assert name[0] not in ".- "


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isalnum())


# -- what it looks like ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x00\x7fb", "a␀␡b"),
        ("a\x9bb\x85c", "a\ufffdb\ufffdc"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("pass\u200bwo\xadrd\ufeff", "password"),
        ("ok\U000e0069\U000e0067", "ok"),
        ("a\xa0b\u3000c", "a b c"),
        ("\u2800\u3164", " "),
        ("a\ud83db\uffff\ue000", "a\ufffdb\ufffd\ufffd"),
        ("e" + "\u0301" * 200 + " ok", "e" + "\u0301" * 4 + " ok"),
        ("\u0301x \u0308", "\u25cc\u0301x \u25cc\u0308"),
        ("a\u200d\u0301", "a\u0301"),
        ("a" + "\u200d\u0301" * 19_000, "a" + "\u0301" * 4),
        (FAMILY, FAMILY),
        ("\u200d😀\u200d", "😀"),
        ("❤\ufe0f\ufe0f\ufe0f a\ufe0f", "❤\ufe0f a"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("\u2400\u200d\ufe0e", "\u2400"),
        ("\U0001fae8\U0001faf9", "\U0001fae8\U0001faf9"),
        ("می\u200cخواهم", "میخواهم"),
    ],
)
def test_each_kind_of_character_is_shown_in_its_way(text: str, shown: str) -> None:
    """The table of the cleaning rules, one line per rule."""
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus München, 3 € für „Tee“ – schön!",
        "if a[0] < b[1]: print('[ok]')",
        "مرحبا بك",
        "שלום",
        "你好，订单在哪？",
        "नमस्ते",
        "ခွင့်ပြုပါ",
        "ភាសាខ្មែរ",
        "Danke 👍🏽 😀",
        "Line 1\nLine 2\n\nLine 4",
        "",
    ],
)
def test_honest_writing_stays_as_it_is(text: str) -> None:
    """A cleaner that damages Arabic or Burmese is no cleaner."""
    assert clean(text) == text
    assert hidden(text) == 0


def test_lists_take_emoji_apart_into_glyphs_all_terminals_measure_alike() -> None:
    """A row one cell too wide shifts all columns to its right."""
    assert clean(f"{FAMILY} 👍🏽 ❤\ufe0f 1\ufe0f\u20e3 🇩🇪", one_line=True) == "👨👩👧👦 👍 ❤ 1 DE"
    assert clean(f"{FAMILY} 👍🏽", one_line=True, plain_emoji=False) == f"{FAMILY} 👍🏽"


def test_a_chain_of_joined_emoji_is_cut_into_emoji_people_use() -> None:
    """Forty joined glyphs are one cell cluster to some terminals and eighty cells to others."""
    chain = clean("\u200d".join("👨" * 40))
    assert chain.count("👨") == 40
    assert max(len(part) for part in chain.replace("👨👨", "👨 👨").split()) == 2 * rules.MAX_JOINERS + 1


@pytest.mark.parametrize("text", ["x" * 100_000, "ab" * 500_000, "字" * 9000, "e\u0301" * 9000, "😀" * 5000])
def test_a_long_line_is_cut_and_says_so(text: str) -> None:
    """Layout costs time by the column; an agent must see that there is more."""
    shown = clean(text)
    assert shown.endswith("…")
    assert len(shown.translate({0x0301: None})) <= rules.MAX_COLUMNS
    assert clean(shown) == shown


def test_many_lines_are_cut_and_say_so() -> None:
    """20,000 lines in one message would bury the conversation."""
    shown = clean("line\n" * 20_000)
    assert shown.count("\n") == rules.MAX_LINES - 1
    assert shown.endswith("\n…")
    assert clean(shown) == shown
    short = clean("l\n" * 450)
    assert short.count("\n") == rules.MAX_LINES - 1


def test_long_lines_and_many_of_them_are_bounded_in_all() -> None:
    """The limits multiply: 400 lines of 2,000 columns are a megabyte with marks."""
    shown = clean(("e" + "\u0301" * 4) * 300 + "\n" + ("w" * 1999 + "\n") * 400)
    assert len(shown) <= rules.MAX_CHARACTERS
    assert clean(shown) == shown


def test_the_work_grows_as_the_text_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quadratic cleaning is a way to stop the screen. Counted in places looked at, for clocks lie in CI."""
    looks = 0
    honest = rules._rewrite

    def counting(text: str, kinds: str, *rest: object) -> str:
        nonlocal looks
        looks += len(kinds)
        return honest(text, kinds, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rules, "_rewrite", counting)
    work = []
    for size in (1000, 2000, 4000):
        looks = 0
        clean("a\u0301👨\u200d" * size)
        work.append(looks)
    assert work[2] - work[1] == 2 * (work[1] - work[0]) > 0
    looks = 0
    clean("a\u0301👨\u200d" * 1_000_000)
    assert looks <= 2 * rules.MAX_CHARACTERS


def test_sending_all_of_unicode_does_not_fill_the_memory() -> None:
    """The tables remember what they worked out; they must not remember everything."""
    for start in range(0x10000, 0x30000, 0x1000):
        clean("".join(map(chr, range(start, start + 0x1000))))
    assert len(rules._SHOWN) <= rules._Table.LARGEST
    assert len(rules._KINDS) <= rules._Table.LARGEST


def test_the_count_of_hidden_characters_is_exact() -> None:
    """The row says how many; the agent decides by it whether to look."""
    assert hidden("a\x1bb\u200b\u202ec") == 3
    assert hidden("e" + "\u0301" * 10) == 6
    assert hidden("a\tb\r\nc\u2028") == 0
    assert hidden("a\xa0b") == 1


def test_the_original_can_be_looked_at_in_ascii() -> None:
    """What was hidden must be inspectable without being obeyed."""
    assert escaped("a\x1b[2J\u202e\ud83d\nü") == "a\\x1b[2J\\u202e\\ud83d\n\\xfc"


def test_what_no_store_holds_is_replaced_once_and_told() -> None:
    """PostgreSQL refuses NUL and surrogates, SQLite surrogates: what one store took, the other would not."""
    assert storable("a\x00b\ud83dc") == ("a\ufffdb\ufffdc", True)
    kept = "a\x1b\u202e\u200c😀\uffff"
    assert storable(kept) == (kept, False)


# -- names -------------------------------------------------------------------------------------------------

OURS = ("acme_support", "Acme Support", "Tanja")


@pytest.mark.parametrize(
    "name",
    [
        "@аcme_support",
        "@acme_suppοrt",
        "@ａcme_support",
        "@acme_supp0rt",
        "@acme\u200b_support",
        "@acme_suppo\u0323rt",
        "@ᴀᴄᴍᴇ_support",
        "@acme_suport",
        "@acme_supprot",
        "@acmesupport_official",
        "🇦🇨🇲🇪 Support",
        "Acme Support ✓",
        "ACME-SUPPORT",
        "The real Acme Support Team",
        "Acme Support",
        "Tanja",
        "You",
        "SYSTEM",
        "lnbox",
    ],
)
def test_a_name_that_could_be_taken_for_ours_is_told(name: str) -> None:
    """Customers and agents alike send data to whom they take for the brand."""
    assert looks_like(name, OURS)


@pytest.mark.parametrize(
    "name",
    [
        "Acme",
        "Acme Fan Club",
        "Support",
        "Tania",
        "Youssef",
        "Systemfehler",
        "Jane Doe",
        "北京",
        "-",
        "",
        "✓",
    ],
)
def test_an_ordinary_name_raises_no_warning(name: str) -> None:
    """A warning that comes too often is not read."""
    assert not looks_like(name, OURS)


def test_a_handle_is_the_same_in_any_case_and_only_then() -> None:
    """The look-alike must never be taken for the account itself."""
    assert same_handle("@Acme_Support", "acme_support")
    assert not same_handle("acme_support", "аcme_support")
    assert not same_handle("@@acme_support", "acme_support")


# -- links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://x.com/a/status/1?s=1#f", "x.com"),
        ("HTTP://X.COM:8080", "x.com"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://bank.example\u2215login.evil.example/", "bank.xn--examplelogin-ni5g.evil.example"),
        ("https://bank\u3002example", "bank.example"),
        ("https://münchen.de/", "xn--mnchen-3ya.de"),
        ("https://straße.de", "xn--strae-oqa.de"),
        ("https://аpple.example", "xn--pple-43d.example"),
        ("https://2130706433/", "127.0.0.1"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("https://[2606:4700::1]:443/", "2606:4700::1"),
        ("https://a.example/%1b]0;T%07", "a.example"),
        ("javascript:alert(1)", None),
        ("file:///x", None),
        ("ssh://-oProxyCommand=x/", None),
        ("-https://a.example", None),
        ("https://a.example/\nHost: x", None),
        ("https://a.example/ b", None),
        ("https://a.example\\@evil.example/", None),
        ("https://a.example/\x1b]0;T\x07", None),
        ("https://a\u200b.example/", None),
        ("https://ex%41mple.com/", None),
        ("https://℀.example/", None),
        ("https://a..b/", None),
        ("https:///x", None),
        ("https://256.1.1.1/", None),
        ("https://09.1.1.1/", None),
        ("https://a.example:1e3/", None),
        ("https://" + "a" * 64 + ".example/", None),
        ("https://a.example/" + "p" * 5000, None),
    ],
)
def test_the_host_shown_is_the_one_a_browser_goes_to(url: str, host: str | None) -> None:
    """The agent decides by the host; where browsers may differ there is none to show."""
    assert link_host(url) == host


@pytest.mark.parametrize("url", ["https://x.com/a?b=$(id)#c", "http://münchen.de", "https://1.1.1.1/"])
def test_ordinary_links_can_be_opened(url: str) -> None:
    """`$(id)` is harmless where no shell reads it."""
    assert openable(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://bank.example@evil.example/",
        "https://@x.com/",
        "data:text/html,<b>x",
        "https://2130706433/",
        "http://169.254.10.10/latest",
        "http://10.0.0.1./",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost:8080/",
        "http://router/",
        "http://x.localhost/",
        "mailto:a@b.example",
        "",
    ],
)
def test_what_a_stranger_may_not_open_is_not_openable(url: str) -> None:
    """Credentials forge the host; addresses of the own network answer to the agent's browser only."""
    assert not openable(url)


# -- file names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../x.txt", "x.txt"),
        ("a/b\\c.png", "a_b_c.png"),
        ("a\x00.png", "a.png"),
        ("CON", "file CON"),
        ("nul.txt", "file nul.txt"),
        ("-rf", "rf"),
        ("inv\u202egpj.exe", "invgpj.exe"),
        (".bashrc", "bashrc"),
        (" x .png", "x.png"),
        ("a\nb.png", "a b.png"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("...", "attachment"),
        ("", "attachment"),
        ("n" * 300 + ".png", "n" * 116 + ".png"),
    ],
)
def test_an_attachment_is_saved_under_a_name_of_our_own_making(name: str, saved: str) -> None:
    """Never outside the folder, never hidden, never a device or an option."""
    assert filename(name) == saved
