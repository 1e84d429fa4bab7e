"""How long a post is by X's own rule, and where it stops fitting.

Weighted length after twitter-text's config version 3 (docs.x.com, "Counting characters"; read 2026-11-23):
NFC first; most Latin, Greek, Cyrillic, Arabic and Hebrew characters weigh 1, everything else 2; a link weighs
23 whatever its length; an emoji weighs 2 however many code points it is made of.

Cheap enough for every keystroke: text without a dot has no link to look for, text without a joiner has no
emoji sequence, and all tables are made when the first text needs them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple, Protocol

from inbox.adapters.lengths import Count

URL_WEIGHT = 23
EMOJI_WEIGHT = 2
MAX_URL = 4096
MAX_LABEL = 63
MAX_TCO_SLUG = 40


def tweet_length(
    text: str, limit: int = 280, *, leading_mentions: frozenset[str] = frozenset(), emoji: bool = True
) -> Count:
    """Weighted length of a post.

    `leading_mentions`: handles (without @) that X itself puts in front of a reply. Where the text begins with
    them, as it does in a post read back from X, they count nothing; a mention that the agent types counts
    like any text, so what is being written is counted without this argument. `emoji=False` counts by config
    version 2, each code point of an emoji for itself.

    U+FFFE, U+FEFF and U+FFFF make a post invalid from there on.
    """
    start = _own_start(text, leading_mentions) if leading_mentions else 0
    body = text[start:] if start else text
    if body.isascii() and "." not in body:
        used = len(body)
        if not emoji or "\u20e3" not in body:
            return Count(used, limit, start + min(used, limit), 0 < used <= limit)
    normal = unicodedata.normalize("NFC", body)
    used, fits = _weigh(normal, limit, emoji)
    if normal != body:
        fits = _index_before_nfc(body, normal, fits, emoji)
    bad = _INVALID.search(body)
    if bad is not None:
        fits = min(fits, bad.start())
    return Count(used, limit, start + fits, 0 < used <= limit and bad is None)


def links(text: str) -> list[str]:
    """What X takes for links in `text`, in order. (A link in a post has a price of its own.)"""
    return [text[span.start : span.end] for span in _links(text)]


# -- weights -----------------------------------------------------------------------------------------------

_INVALID = re.compile("[\ufffe\ufeff\uffff]")
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_LEADING_MENTION = re.compile(r"\s*[@＠](\w{1,20})(?=\s|$)", re.ASCII)


class _Span(NamedTuple):
    start: int
    end: int
    weight: int


def _weigh(text: str, limit: int, emoji: bool) -> tuple[int, int]:
    """Weighted length of NFC `text`, and the index up to which it stays within `limit`."""
    used = at = 0
    fits: int | None = None
    for span in _entities(text, emoji):
        plain = _plain_weight(text, at, span.start)
        if fits is None and used + plain + span.weight > limit:
            room = limit - used
            fits = span.start if plain <= room else _cut(text, at, span.start, room)
        used += plain + span.weight
        at = span.end
    plain = _plain_weight(text, at, len(text))
    if fits is None:
        fits = _cut(text, at, len(text), limit - used)
    return used + plain, fits


def _plain_weight(text: str, start: int, end: int) -> int:
    return end - start + len(_HEAVY.findall(text, start, end))


def _cut(text: str, start: int, end: int, room: int) -> int:
    """The largest index up to `end` with text[start:index] weighing at most `room`."""
    if end - start <= room // 2:
        return end
    return start + bisect_right(list(accumulate(2 if _HEAVY.match(c) else 1 for c in text[start:end])), room)


def _entities(text: str, emoji: bool) -> Iterator[_Span]:
    """Links and emoji sequences by position, not overlapping; whoever begins first wins, a link on a tie."""
    spans = list(_links(text)) if "." in text else []
    if emoji and not text.isascii() and _SEQUENCE_MARK.search(text):
        spans += [_Span(*m.span(), EMOJI_WEIGHT) for m in _emoji_pattern().finditer(text)]
        spans.sort(key=lambda s: s.start)
    at = 0
    for span in spans:
        if span.start >= at:
            yield span
            at = span.end


def _own_start(text: str, leading: frozenset[str]) -> int:
    known = {handle.removeprefix("@").casefold() for handle in leading}
    at = 0
    while (m := _LEADING_MENTION.match(text, at)) and m[1].casefold() in known:
        at = m.end()
    return at + 1 if at and text[at : at + 1].isspace() else at


def _index_before_nfc(text: str, normal: str, index: int, emoji: bool) -> int:
    """Where `normal[:index]` ends in `text`, of which `normal` is the NFC: never inside a composed character, nor
    inside a link or an emoji, whose beginning alone can weigh more than the whole."""
    while True:
        at, reached = _composed_before(text, index)
        cut = next((span for span in _entities(normal, emoji) if span.start < reached < span.end), None)
        if cut is None:
            return at
        index = cut.start


def _composed_before(text: str, index: int) -> tuple[int, int]:
    """The end of the last composed character that ends at `index` of the NFC or before: in `text`, and in the NFC."""
    nfc = unicodedata.normalize
    at = reached = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and (
            unicodedata.combining(text[end])
            or len(nfc("NFC", text[end - 1 : end + 1])) < 2
            or len(nfc("NFC", text[at : end + 1])) <= len(nfc("NFC", text[at:end]))
        ):
            end += 1
        length = len(nfc("NFC", text[at:end]))
        if reached + length > index:
            break
        reached += length
        at = end
    return at, reached


# -- emoji -------------------------------------------------------------------------------------------------

# Only what is made of several code points needs a look: a single one weighs 2 by the table already.
_SEQUENCE_MARK = re.compile("[\ufe0f\u200d\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]")

# Unicode 17 emoji sequences (emoji-sequences, emoji-zwj-sequences). `~` is the joiner, `!` VS16, P a person,
# S a skin tone. A made-up chain (man + man) is not one emoji, to X neither.
_SEQUENCES = r"""
  P S? ~ (?: [⚕⚖✈]! | [🌾🍳🍼🎄🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦰🦱🦲🦳🦼🦽🩰] ) (?: ~ ➡! )?
| (?: \p{Emoji_Modifier_Base} S? | [⛹🏋🏌🕵]! | [👯🤼🧞🧟] ) ~ [♀♂]! (?: ~ ➡! )?
| P S? ~ ❤! ~ (?: 💋 ~ )? P S?
| P S? ~ 🤝 ~ P S?
| (?: 👨 (?: ~ [👨👩] )? | 👩 (?: ~ 👩 )? ) ~ (?: 👧 (?: ~ [👦👧] )? | 👦 (?: ~ 👦 )? )
| 🧑 (?: ~ 🧑 )? ~ 🧒 (?: ~ 🧒 )?
| [🏃🚶🧎] S? ~ ➡!
| [👯🤼] S | 🫱 S ~ 🫲 S
| 🏳! ~ (?: 🌈 | ⚧! ) | 🏴 ~ ☠! | 👁!? ~ 🗨!? | 🐕 ~ 🦺 | 🐈 ~ ⬛ | 🐻 ~ ❄! | 🐦 ~ [⬛🔥] | 🍋 ~ 🟩 | 🍄 ~ 🟫
| ❤! ~ [🔥🩹] | 😮 ~ 💨 | 😵 ~ 💫 | 😶 ~ 🌫! | ⛓! ~ 💥 | 🙂 ~ [↔↕]!
| 🏴 [\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6} \U000E007F
| \p{Regional_Indicator}{2}
| [0-9\#*] !? \u20E3
| \p{Emoji_Modifier_Base} S
| (?! [0-9\#*] ) \p{Emoji} !
"""


class _Pattern(Protocol):
    def finditer(self, text: str) -> Iterator[re.Match[str]]: ...


@cache
def _emoji_pattern() -> _Pattern:
    import regex  # type: ignore[import-untyped]  # it ships no types; imported late, for it takes 20 ms

    source = _SEQUENCES.replace("~", "\u200d").replace("!", "\ufe0f")
    source = source.replace("(?\ufe0f", "(?!").replace("P ", "[🧑👨👩] ").replace("S", "[🏻-🏿]")
    pattern: _Pattern = regex.compile(source, regex.VERBOSE)
    return pattern


# -- links -------------------------------------------------------------------------------------------------
#
# The rules are those of twitter-text's conformance cases. A host is looked for only in runs of host
# characters that have a dot in them, and each run is read once, so the time is linear: a regular expression
# of the whole rule goes back over every label, which takes seconds on a long text without spaces.

_DIRECTIONAL = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NO_HOST = (
    r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"
    "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufffe\ufeff\uffff" + _DIRECTIONAL
)
_ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    "\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_PATH = rf"[A-Za-z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&\u0400-\u04ff{_ACCENTED}]"
_PATH_END = rf"[A-Za-z0-9=_#/+\-\u0400-\u04ff{_ACCENTED}]"
_PARENS = rf"\((?:{_PATH}++|{_PATH}*+\({_PATH}++\){_PATH}*+)\)"
_QUERY = r"[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"

_RUN = rf"[^{_NO_HOST}.]++(?:\.++[^{_NO_HOST}.]++)++"
_LABEL = rf"[^{_NO_HOST}._-](?:[^{_NO_HOST}.]*[^{_NO_HOST}._-])?"
_SCHEME = r"(?ia)https?://\Z"
_BEFORE_LINK = rf"[^A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]|[{_DIRECTIONAL}]"
_WORD = r"[0-9A-Za-z]++"
_AFTER_TLD = r"(?![0-9a-zA-Z@+-])"
_PUNYCODE_TLD = r"[Xx][Nn]--[-0-9A-Za-z]+"
_PORT = r":[0-9]+"
_PATH_RUN = rf"/(?:{_PATH}|{_PARENS})*+"
_PATH_LAST = rf"(?:{_PATH_END}|\))\Z"
_QUERY_RUN = rf"\?{_QUERY}*[A-Za-z0-9\-_&=#/]"
_TCO = rf"(?ia)https?://t\.co/([a-z0-9]+)(?:\?{_QUERY}*[a-z0-9\-_&=#/])?"
_IDEOGRAPHIC_DOT = "[\u3002\uff0e\uff61]"
_ASCII_LABELS = rf"(?:[-A-Za-z0-9{_ACCENTED}]++\.)++"


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """Compiled when first needed: start-up shows no counter."""
    return re.compile(source)


@cache
def _ascii_tlds() -> frozenset[str]:
    from inbox.adapters.twitter import tlds

    return frozenset(tlds.ASCII.split())


@cache
def _unicode_tlds() -> re.Pattern[str]:
    from inbox.adapters.twitter import tlds

    longest_first = sorted(tlds.UNICODE.split(), key=len, reverse=True)
    return re.compile(f"(?i:{'|'.join(longest_first)})(?![0-9a-zA-Z@+-])")


def _tld_end(text: str, at: int) -> int | None:
    """Where the top-level domain that begins at `at` ends."""
    if (word := _compiled(_WORD).match(text, at)) is not None:
        if word[0].lower() in _ascii_tlds() and _compiled(_AFTER_TLD).match(text, word.end()):
            return word.end()
        punycode = _compiled(_PUNYCODE_TLD).match(text, at)
        return punycode.end() if punycode else None
    found = _unicode_tlds().match(text, at)
    return found.end() if found else None


def _links(text: str) -> Iterator[_Span]:
    done = 0
    for run in _compiled(_RUN).finditer(text):
        at = run.start()
        while (host := _first_host(text, at, run.end(), done)) is not None:
            start, host_start, host_end = host
            end, has_path = _rest(text, host_end)
            done = at = end
            if _host_is_valid(text[host_start:host_end], end - start):
                if host_start > start:
                    yield from _with_scheme(text, start, end)
                elif text[start - 1 : start] not in ("-", "_", ".", "/") or start == 0:
                    yield from _without_scheme(text, host_start, host_end, end if has_path else None)
            if at >= run.end():
                break


def _with_scheme(text: str, start: int, end: int) -> Iterator[_Span]:
    tco = _compiled(_TCO).match(text, start, end)
    if tco is None:
        yield _Span(start, end, URL_WEIGHT)
    elif len(tco[1]) <= MAX_TCO_SLUG:
        yield _Span(start, tco.end(), URL_WEIGHT)


def _without_scheme(text: str, start: int, host_end: int, end: int | None) -> Iterator[_Span]:
    """Only ASCII (and accented) host names count without a scheme; the path belongs to the last of them."""
    hosts = list(_ascii_hosts(text[:host_end], start))
    for begin, stop in hosts[:-1]:
        yield _Span(begin, stop, URL_WEIGHT)
    if hosts:
        yield _Span(hosts[-1][0], end or hosts[-1][1], URL_WEIGHT)


def _ascii_hosts(text: str, at: int = 0) -> Iterator[tuple[int, int]]:
    while (labels := _compiled(_ASCII_LABELS).search(text, at)) is not None:
        at = labels.end()
        for dot in [i + 1 for i in range(labels.end() - 1, labels.start(), -1) if text[i] == "."]:
            if (end := _tld_end(text, dot)) is not None:
                yield labels.start(), end
                at = max(at, end)
                break


def _first_host(text: str, at: int, end: int, done: int) -> tuple[int, int, int] | None:
    """The first host in the run text[at:end]: start of the link, of the host, end of the host.

    `done` is the end of the link before; the character in front of a link may not belong to that one.
    """
    labels = _labels(text, at, end)
    reach = _reach(text, labels)
    for (start, stop), tld in zip(labels, reach, strict=True):
        if tld is None or text[stop - 1] in "-_":
            continue
        host_end, through_other_labels = tld
        if (
            start == at
            and (scheme := _scheme_before(text, start, done)) is not None
            and (_good_first_label(text[start:stop], through_other_labels))
        ):
            return scheme, start, host_end
        first = start if through_other_labels else max(start, text.rfind("_", start, stop) + 1)
        if first == 0 and stop > 1 and text[1] not in "-_" and _compiled(_BEFORE_LINK).match(text):
            first = 1  # at the very beginning, what can stand in front of a link is taken for that
        for i in range(first, stop):
            if text[i] not in "-_" and _may_follow(text, i, done):
                return i, i, host_end
    return None


def _labels(text: str, at: int, end: int) -> list[tuple[int, int]]:
    """Every dot-ended piece of text[at:end], without its dot."""
    pieces = []
    while (dot := text.find(".", at, end)) >= 0:
        pieces.append((at, dot))
        at = dot + 1
    return [(start, stop) for start, stop in pieces if stop > start]


def _reach(text: str, labels: list[tuple[int, int]]) -> list[tuple[int, bool] | None]:
    """For each label: where the longest host that begins in it ends, and whether that takes further labels."""
    reach: list[tuple[int, bool] | None] = [None] * len(labels)
    through: int | None = None
    next_start = -1
    for k in range(len(labels) - 1, -1, -1):
        start, stop = labels[k]
        if stop + 1 != next_start:  # two dots in a row part the names
            through = None
        own = None if through is not None else _tld_end(text, stop + 1)
        if through is not None:
            reach[k] = through, True
        elif own is not None:
            reach[k] = own, False
        if not _compiled(_LABEL).fullmatch(text, start, stop):
            through = None
        elif through is None and own is not None and "_" not in text[start:stop]:
            through = own
        next_start = start
    return reach


def _good_first_label(label: str, through_other_labels: bool) -> bool:
    return _compiled(_LABEL).fullmatch(label) is not None and (through_other_labels or "_" not in label)


def _scheme_before(text: str, at: int, done: int) -> int | None:
    scheme = _compiled(_SCHEME).search(text, max(0, at - 8), at)
    return scheme.start() if scheme and _may_follow(text, scheme.start(), done) else None


def _may_follow(text: str, at: int, done: int) -> bool:
    if at == 0:
        return True
    return at > done and _compiled(_BEFORE_LINK).match(text, at - 1) is not None


def _rest(text: str, at: int) -> tuple[int, bool]:
    """Where port, path and query after a host end, and whether there is a path."""
    if (port := _compiled(_PORT).match(text, at)) is not None:
        at = port.end()
    path = _compiled(_PATH_RUN).match(text, at)
    if path is not None:
        end = path.end()
        while end > at + 1 and not _compiled(_PATH_LAST).search(text, end - 1, end):
            end -= 1
        at = end
    query = _compiled(_QUERY_RUN).match(text, at)
    return (query.end() if query else at), path is not None


def _host_is_valid(host: str, link_length: int) -> bool:
    """DNS limits: a label has at most 63 characters in its punycode form; `xn--` names are ASCII."""
    if host.startswith("xn--") and next(_ascii_hosts(host), None) is None:
        return False
    labels = host.split(".")
    return link_length <= MAX_URL and all(0 < _dns_length(label) <= MAX_LABEL for label in labels)


def _dns_length(label: str) -> int:
    if label.isascii() or len(label) > MAX_LABEL:  # punycode is never shorter, and quadratic to make
        return len(label)
    pieces = _compiled(_IDEOGRAPHIC_DOT).split(label)
    return len(pieces) - 1 + sum(len(p) if p.isascii() else 4 + len(p.encode("punycode")) for p in pieces)
