"""The last look at every line before the terminal sees it.

`clean` is the rule, this is the net below it: Textual lets ESC, C1, NUL and bidi controls through from every
widget, and writes the address of a link into its escape sequence unescaped (Textual 8.2.8, measured). So a
forgotten `clean` costs a glyph and not the terminal; in tests it costs the test (`strict`).

    def get_line_filters(self) -> Sequence[LineFilter]:
        return (*super().get_line_filters(), self.guard)
"""

from __future__ import annotations

import re

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_FORBIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class UncleanText(Exception):
    """Text reached the screen that did not come from `clean`. Raised by a strict guard only."""


class Guard(LineFilter):
    """Takes control, bidi and surrogate characters, and links with any, out of a line of the screen.

    One instance per app: Textual keeps what a filter made of a line, by filter.
    """

    def __init__(self, *, strict: bool = False) -> None:
        super().__init__()
        self.strict = strict

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same list where nothing was found, which is all but always."""
        for text, style, control in segments:
            if control is None and not (_fit(text) and (style is None or _link_fits(style))):
                return [self._guarded(segment) for segment in segments]
        return segments

    def _guarded(self, segment: Segment) -> Segment:
        text, style, control = segment
        if control is not None:
            return segment
        if not _fit(text):
            self._tell(text)
            text = _FORBIDDEN.sub(_same_width, text)
        if style is not None and not _link_fits(style):
            self._tell(str(style.link))
            style = style.update_link(None)
        return Segment(text, style)

    def _tell(self, text: str) -> None:
        if self.strict:
            raise UncleanText(f"not from clean(): {text!a}")


def _fit(text: str) -> bool:
    # str.isprintable is False for every forbidden character, and for some allowed ones (a no-break space).
    return text.isprintable() or _FORBIDDEN.search(text) is None


def _link_fits(style: Style) -> bool:
    link = style.link
    return link is None or _fit(link)


def _same_width(found: re.Match[str]) -> str:
    """Rich lays a surrogate out as one column and the others as none, and the line is laid out already."""
    return "\ufffd" if "\ud800" <= found[0] <= "\udfff" else ""
