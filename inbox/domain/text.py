"""Text from strangers: what may reach the screen, the store and the disk (links: `inbox.domain.web_links`).

`clean` is the only maker of `Shown`, and only `Shown` reaches a terminal. It does not parse escape sequences
(every filter that does has been walked around); it takes away the characters that make them work, and those
that hide, reorder or smear text. What it does is fixed by classes of characters, in two passes over the text:
first each character for itself, then joiners, variation selectors and combining marks by what they follow.

The original is never changed: store, search and export keep what was written. `hidden` counts what a reader
of the cleaned text does not see, `escaped` shows the original in ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from typing import NewType

Shown = NewType("Shown", str)
"""Text that can be written to a terminal. Made by `clean` alone; still plain text, never markup."""

MAX_COLUMNS = 2000
MAX_LINES = 400
MAX_CHARACTERS = 40_000
MAX_MARKS = 4
"""Combining marks on one base, of the stacking and of the spacing kind each."""
MAX_JOINERS = 6
"""Joiners in one emoji."""
ELLIPSIS = "…"


def clean(text: str, one_line: bool = False, plain_emoji: bool | None = None) -> Shown:
    """Make `text` safe and bounded for the terminal.

    `one_line`: for names, handles, titles and list rows; line ends become spaces. `plain_emoji` (default:
    as `one_line`) takes emoji apart into glyphs whose width all terminals agree on. Cut texts end in "…".
    Never raises; cleaning twice changes nothing more; ASCII letters and digits come through in order.
    """
    if len(text) <= MAX_COLUMNS and text.isascii() and text.isprintable():
        return Shown(text)
    plain = one_line if plain_emoji is None else plain_emoji
    return Shown(_bound(_settle(_alone(_bound_raw(text), one_line, plain))))


def hidden(text: str) -> int:
    """How many characters `clean` removes or replaces, so that a row can carry a mark.

    Line ends and tabs do not count, they are white space to everybody; other spaces do, for they make equal
    what is not. What is cut off does not count: the ellipsis tells.
    """
    if text.isascii() and text.isprintable():
        return 0
    text = _bound_raw(text)
    alone = _alone(text, one_line=False, plain=False)
    kept = alone.translate(_NO_DOTTED_CIRCLE)
    return len(text.translate(_COUNTED)) + len(kept) - len(_settle(alone).translate(_NO_DOTTED_CIRCLE))


def escaped(text: str) -> Shown:
    """The original in ASCII with `\\x`, `\\u` and `\\U` escapes, for a look at what was hidden; line by line."""
    lines = text[:MAX_CHARACTERS].split("\n")
    return clean("\n".join(ascii(line)[1:-1] for line in lines))


def storable(text: str) -> tuple[str, bool]:
    """`text` with NUL and lone surrogates as U+FFFD, which no store of ours holds, and whether it had any.

    Done once, when a message comes in; all else is stored as it was written.
    """
    if "\0" not in text and (text.isascii() or not re.search(_SURROGATE, text)):
        return text, False
    return re.sub(_UNSTORABLE, "\ufffd", text), True


# What is a string here and below is compiled by `re` at its first use, which is not before the first frame.
_SURROGATE = "[\ud800-\udfff]"
_UNSTORABLE = "[\0\ud800-\udfff]"


_NOT_SENT = "[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def sendable(text: str) -> str:
    """What a person typed or pasted, as it goes out: line ends as LF, no control characters, none that turn the
    direction of what follows; "" when nothing of it can be seen."""
    kept = re.sub(_NOT_SENT, "", text.replace("\r\n", "\n").replace("\r", "\n"))
    seen = any(
        c not in _UNSEEN and not c.isspace() and unicodedata.category(c) not in ("Cf", "Mn") for c in kept
    )
    return kept if seen else ""


# -- first pass: each character for itself -----------------------------------------------------------------


class _Table(dict[int, str | None]):
    """A table for `str.translate` that works out each code point when it first occurs."""

    LARGEST = 10_000

    def __init__(self, rule: Callable[[int], str | None]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str | None:
        if len(self) >= self.LARGEST:  # somebody sends all of Unicode
            self.clear()
        self[code] = found = self._rule(code)
        return found


_FILLERS = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0))
_SELECTORS = frozenset(
    (*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))
)  # all variation selectors but VS15 and VS16
_ZWJ, _VS15, _VS16, _KEYCAP, _BRAILLE_BLANK, _OBJECT = 0x200D, 0xFE0E, 0xFE0F, 0x20E3, 0x2800, 0xFFFC
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_NEW_EMOJI = range(0x1F000, 0x1FB00)  # Python 3.11 knows those of Unicode 14 only


def _shown(code: int) -> str | None:
    """What stands for the character on the screen; None drops it."""
    if code == 0x0A:
        return "\n"
    if code == 0x09:
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code in (_ZWJ, _VS15, _VS16):
        return chr(code)
    if code in _FILLERS or code in _SELECTORS or 0xE0000 <= code < 0xE0080:
        return None
    if code == _BRAILLE_BLANK:
        return " "
    if code == _OBJECT:
        return "\ufffd"
    match unicodedata.category(chr(code)):
        case "Cf":
            return None
        case "Cn":
            return chr(code) if code in _NEW_EMOJI else "\ufffd"
        case "Cc" | "Cs" | "Co":
            return "\ufffd"
        case "Zs":
            return " "
        case "Zl" | "Zp":
            return "\n"
    return chr(code)


def _shown_plain(code: int) -> str | None:
    """As `_shown`, without what glues emoji together; a flag becomes its two letters."""
    if code in (_ZWJ, _VS15, _VS16, _KEYCAP) or code in _SKIN:
        return None
    if code in _FLAG_LETTERS:
        return chr(ord("A") + code - _FLAG_LETTERS.start)
    return _shown(code)


def _counted(code: int) -> str | None:
    """One character where `_shown` removes or replaces, nothing where it does not."""
    if code in (0x09, 0x0A, 0x0D, 0x2028, 0x2029):
        return None
    return None if _shown(code) == chr(code) else "x"


_SHOWN, _PLAIN, _COUNTED = _Table(_shown), _Table(_shown_plain), _Table(_counted)
_NO_DOTTED_CIRCLE = {0x25CC: None}


def _alone(text: str, one_line: bool, plain: bool) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN if plain else _SHOWN)
    return text.replace("\n", " ") if one_line else text


# -- second pass: by what they follow ----------------------------------------------------------------------

# One letter per character, so that ordinary regular expressions find the places in a text that need a look.
_BREAK, _DIGIT, _JOINER, _SELECTOR, _CAP, _MARK, _SPACING, _PICTOGRAPH, _TONE, _OTHER = "ndzvkmcpsa"

# Extended_Pictographic (Unicode 15.1, emoji-data), with gaps of unassigned characters closed.
_PICTOGRAPHS = frozenset(map(ord, "©®‼⁉™ℹ↩↪⌚⌛⌨⎈⏏Ⓜ▪▫▶◀⤴⤵⬛⬜⭐⭕〰〽㊗㊙")).union(
    range(0x2194, 0x219A),
    range(0x23E9, 0x23F4),
    range(0x23F8, 0x23FB),
    range(0x25FB, 0x25FF),
    range(0x2600, 0x27C0),
    range(0x2B05, 0x2B08),
)


def _kind(code: int) -> str:
    if code in (0x0A, 0x20):
        return _BREAK
    if code == _ZWJ:
        return _JOINER
    if code in (_VS15, _VS16):
        return _SELECTOR
    if code == _KEYCAP:
        return _CAP
    if code in _SKIN:
        return _TONE
    if code in _PICTOGRAPHS or (code in _NEW_EMOJI and code not in _FLAG_LETTERS):
        return _PICTOGRAPH
    if chr(code) in "0123456789#*":
        return _DIGIT
    category = unicodedata.category(chr(code))
    if category in ("Mn", "Me"):
        return _MARK
    return _SPACING if category == "Mc" else _OTHER


_KINDS = _Table(_kind)
_GLUED = re.compile("[psvz]*[vz][psvz]*")
_MARKS = re.compile("[mck]+")


def _settle(text: str) -> str:
    if text.isascii():
        return text
    kinds = text.translate(_KINDS)
    if _JOINER in kinds or _SELECTOR in kinds:
        text = _rewrite(text, kinds, _GLUED, _glue)
        kinds = text.translate(_KINDS)
    if _MARKS.search(kinds):
        text = _rewrite(text, kinds, _MARKS, _stack)
    return text


def _rewrite(
    text: str, kinds: str, places: re.Pattern[str], rule: Callable[[str, str, int, int], str]
) -> str:
    pieces: list[str] = []
    at = 0
    for place in places.finditer(kinds):
        pieces += (text[at : place.start()], rule(text, kinds, place.start(), place.end()))
        at = place.end()
    return "".join((*pieces, text[at:]))


def _glue(text: str, kinds: str, start: int, end: int) -> str:
    """A selector stays right behind a pictograph or inside a keycap, a joiner between two pictographs.

    Decided by what has been kept so far and by pictographs ahead, which always stay: so a second cleaning
    decides the same.
    """
    if kinds[start:end] == _SELECTOR and kinds[start - 1 : start] == _DIGIT and kinds[end : end + 1] == _CAP:
        return text[start:end]
    kept: list[str] = []
    before = ""
    joined = 0
    for i in range(start, end):
        kind = kinds[i]
        if kind == _SELECTOR:
            if before not in (_PICTOGRAPH, _TONE):
                continue
        elif kind == _JOINER:
            ahead = i + 1 < end and kinds[i + 1] in (_PICTOGRAPH, _TONE)
            if not ahead or before in ("", _JOINER) or joined == MAX_JOINERS:
                continue
            joined += 1
        elif kind == _PICTOGRAPH and before != _JOINER:
            joined = 0
        kept.append(text[i])
        before = kind
    return "".join(kept)


def _stack(text: str, kinds: str, start: int, end: int) -> str:
    """At most `MAX_MARKS` of each kind in a row, on a dotted circle where there is nothing to stand on."""
    kept = [] if start and kinds[start - 1] != _BREAK else ["\u25cc"]
    stacking = spacing = 0
    for i in range(start, end):
        if kinds[i] == _SPACING:
            spacing += 1
            if spacing <= MAX_MARKS:
                kept.append(text[i])
        else:
            stacking += 1
            if stacking <= MAX_MARKS:
                kept.append(text[i])
        if stacking >= MAX_MARKS and spacing >= MAX_MARKS:
            break
    return "".join(kept)


# -- limits ------------------------------------------------------------------------------------------------


def _columns(code: int) -> str:
    """As many letters as the character takes columns at most."""
    char = chr(code)
    if code == _ZWJ or unicodedata.category(char) in ("Mn", "Me"):
        return ""
    return "xx" if code in _NEW_EMOJI or unicodedata.east_asian_width(char) in "WF" else "x"


_COLUMNS = _Table(_columns)


def _bound_raw(text: str) -> str:
    """Nothing is done with more than `MAX_CHARACTERS`, however much comes."""
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + ELLIPSIS


def _bound(text: str) -> str:
    if len(text) * 2 > MAX_COLUMNS:
        lines = text.split("\n", MAX_LINES)
        if len(lines) > MAX_LINES:
            lines[MAX_LINES - 1 :] = [ELLIPSIS]
        text = "\n".join(map(_bound_line, lines))
        if len(text) > MAX_CHARACTERS:
            above, end, last = _cut(text, MAX_CHARACTERS - 1).rpartition("\n")
            text = above + end + _bound_line(last)
    elif text.count("\n") >= MAX_LINES:
        text = "\n".join((*text.split("\n", MAX_LINES - 1)[:-1], ELLIPSIS))
    return text


def _bound_line(line: str) -> str:
    if len(line) * 2 <= MAX_COLUMNS or len(line.translate(_COLUMNS)) <= MAX_COLUMNS:
        return line
    widths = accumulate(len(_COLUMNS[ord(char)] or "") for char in line)
    return _cut(line, next(i for i, width in enumerate(widths) if width >= MAX_COLUMNS))


def _cut(text: str, at: int) -> str:
    return text[:at].rstrip("\u200d\ufe0e\ufe0f") + ELLIPSIS


# -- names and handles -------------------------------------------------------------------------------------

_PROGRAM = "you system inbox admin administrator"
"""What the program calls the agent and itself."""

_DECORATION = """
official offiziell verified verifiziert real echt the team account page profile profil support help hilfe
helpdesk desk service kundenservice kundendienst care customer online hq inc ltd gmbh ag com de net org eu
uk us
"""
"""Words that turn a brand's name into one that seems to be the brand's as well."""

_LOOKALIKES = str.maketrans(
    "аьсԁеҽғһіїјкӏԛмнорԗгѕтԝухѵүзіЬʙαβγεηικνορτυχωϲϳᴀᴄᴅᴇɢɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢꜱꜰʜıłøđħŧƒɑɡɩſʋαհոսօցյ0134578|!$@€£",
    "abcdeefhiijklqmhopprstwyxvyeibbabyenikvoptuxwcjacdegijklmnoprtuvwyzsfhilodhtfagisvahnuogjoleastblisael",
)
_SAME_SHAPE = str.maketrans("i", "l")
_NOT_WORD = re.compile(r"[\W_]+")
_LONGEST_NAME = 200
_TYPO_LENGTH = 8
"""Shorter names differ from each other by one letter too often."""


def same_handle(a: str, b: str) -> bool:
    """Whether both are the same account's handle: the platforms ignore case, and nothing else."""
    return a.removeprefix("@").casefold() == b.removeprefix("@").casefold()


def looks_like(name: str, ours: Iterable[str]) -> bool:
    """Whether a stranger's `name` or handle could be taken for one of `ours`, or for the program's own words.

    Compared by look: without what cannot be seen, accents, case, separators and words like "official"; with
    look-alike letters made equal; for longer names with one letter wrong, missing or swapped. An equal name
    is alike too: whoever asks knows by the account's id that it is not ourselves.
    """
    words = _words(name)
    if not words:
        return False
    if len(words) == 1 and words[0] in _looks(_PROGRAM):
        return True
    mine = ["".join(_words(one)) for one in ours]
    return any(mine) and any(_alike(name, own) for name in set(_undecorated(words)) for own in mine if own)


def _words(name: str) -> list[str]:
    """The words of a name, each by its look."""
    visible = _alone(name[:_LONGEST_NAME], one_line=True, plain=True)
    letters = visible.replace("@", " ").replace("!", "i")
    if not letters.isascii():
        split = unicodedata.normalize("NFKD", letters)
        letters = "".join(c for c in split if not unicodedata.category(c).startswith("M"))
    looks = letters.casefold().translate(_LOOKALIKES).translate(_SAME_SHAPE)
    return [word for word in _NOT_WORD.split(looks) if word]


@cache
def _looks(words: str) -> frozenset[str]:
    return frozenset(look for word in words.split() for look in _words(word))


def _undecorated(words: list[str]) -> Iterable[str]:
    """The name in one piece, with and without decoration at either end."""
    decoration = _looks(_DECORATION)
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            yield "".join(words[start:end])
            if words[end - 1] not in decoration:
                break
        if words[start] not in decoration:
            break


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    if min(len(a), len(b)) < _TYPO_LENGTH or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


# -- file names --------------------------------------------------------------------------------------------

_NOT_IN_NAMES = r"[^\w .()+-]+"
_DEVICES = r"(?i)(con|prn|aux|nul|clock\$?|com\d|lpt\d|conin\$?|conout\$?)"
MAX_NAME_BYTES = 120


def filename(name: str) -> str:
    """A file name of our own making for a stranger's `name`: one path component, ordinary on every system.

    Keeps letters, digits and the last extension; never empty, hidden, a device, an option or over 120 bytes.
    """
    shown = _alone(name[:MAX_CHARACTERS], one_line=True, plain=True)
    plain = re.sub(_NOT_IN_NAMES, "_", unicodedata.normalize("NFC", shown[-1000:]))
    plain = " ".join(plain.split()).strip(" .-_")
    stem, dot, extension = plain.rpartition(".")
    if not dot or not stem or not extension.isalnum() or len(extension) > 10:
        stem, dot, extension = plain, "", ""
    stem = _cut_bytes(stem, MAX_NAME_BYTES - len((dot + extension).encode())).strip(" .-_") or "attachment"
    if re.fullmatch(_DEVICES, stem.partition(".")[0].strip()):
        stem = "file " + stem
    return stem + dot + extension


def _cut_bytes(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
