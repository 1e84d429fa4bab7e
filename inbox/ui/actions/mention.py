"""People to mention and emoji, found by typing, put in at the cursor."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context

EMOJI = ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x2600, 0x27BF))
"""Blocks of Unicode in which emoji of one code point stand."""
USUAL = "🙂😊👍🙏❤🎉😉😅🤝📦✅"
SHOWN = 40


class Mention:
    """Handles and emoji to put into the text."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def choose(self) -> None:
        """Ask for a handle or an emoji and put it at the cursor."""
        context = self.context
        handles = self._handles()

        def suggest(typed: str) -> list[Choice[str]]:
            wanted = typed.lower().strip().lstrip("@:")
            people = [Choice(f"@{handle}", f"@{handle} ", name) for handle, name in handles.items()]
            fitting = [p for p in people if found_in(f"{p.text} {p.detail}", wanted)]
            return [*fitting, *_emoji(wanted)]

        def chosen(text: str | None) -> None:
            if context.composer is not None:
                area = context.composer.area
                if text is not None:
                    area.insert(text)
                area.focus()

        context.screen.app.push_screen(
            Pick(
                tr("Mention or emoji"),
                suggest,
                hint=tr("People of this conversation, and emoji by their English names."),
                placeholder=tr("name"),
            ),
            chosen,
        )

    def _handles(self) -> dict[str, str]:
        """Handles of everybody in the thread, with their names, the newest first."""
        opened = self.context.opened
        if opened is None:
            return {}
        thread = opened.thread
        people = [m.author for m in reversed(thread.messages)] + [c.author for c in thread.context]
        return {safe_text.line(p.handle): safe_text.person(p) for p in people if p.handle}


def _emoji(wanted: str) -> Iterator[Choice[str]]:
    if not wanted:
        yield from (Choice(f"{sign}  {_name(sign)}", sign) for sign in USUAL)
        return
    words = wanted.split()
    found = [(sign, name) for sign, name in _names().items() if all(word in name for word in words)]
    yield from (Choice(f"{sign}  {name}", sign) for sign, name in found[:SHOWN])


def _name(sign: str) -> str:
    return unicodedata.name(sign, "").lower()


@cache
def _names() -> dict[str, str]:
    signs = (chr(code) for first, last in EMOJI for code in range(first, last + 1))
    return {sign: name for sign in signs if (name := _name(sign))}
