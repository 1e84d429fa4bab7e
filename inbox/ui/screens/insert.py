"""People to mention and emoji, found by typing, put in at the cursor; and words that look misspelt, put right."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from inbox.language import tr
from inbox.ui import shown
from inbox.ui.screens.attach import Attach
from inbox.ui.screens.dialogs import Choice, Pick

if TYPE_CHECKING:
    from inbox.spelling import Spelling

EMOJI = ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x2600, 0x27BF))
"""Blocks of Unicode in which emoji of one code point stand."""
USUAL = "🙂😊👍🙏❤🎉😉😅🤝📦✅"
SHOWN = 40
LANGUAGES = {"de": "German", "en": "English"}
"""The screen's languages, by their names in the dictionaries."""


class Insert(Attach):
    _spelling: Spelling | None = None

    def do_insert(self) -> None:
        handles = self._handles()

        def suggest(typed: str) -> list[Choice[str]]:
            wanted = typed.lower().strip().lstrip("@:")
            people = [Choice(f"@{handle}", f"@{handle} ", name) for handle, name in handles.items()]
            fitting = [p for p in people if wanted in f"{p.text} {p.detail}".lower()]
            return [*fitting, *_emoji(wanted)]

        def chosen(text: str | None) -> None:
            if self.composer is not None:
                area = self.composer.area
                if text is not None:
                    area.insert(text)
                area.focus()

        self.app.push_screen(
            Pick(
                tr("Mention or emoji"),
                suggest,
                hint=tr("People of this conversation, and emoji by their English names."),
                placeholder=tr("name"),
            ),
            chosen,
        )

    # -- spelling ----------------------------------------------------------------------------------------

    def _hint(self) -> None:
        super()._hint()
        if self.inbox.spelling is not None and self.writing is not None and not self.writing.note:
            self.run_worker(self._spell(), group="spelling", exclusive=True)

    async def _spell(self) -> None:
        """In a pause of typing, on a thread of its own: a dictionary may hold everything up for a moment."""
        composer = self.composer
        if composer is None or composer.writing is None:
            return
        text, at = composer.text, composer.cursor
        found = await asyncio.to_thread(self._mistakes, text, at)
        if composer.text == text and tuple(found) != self.misspelt:
            self.misspelt = tuple(found)
            super()._hint()

    def _mistakes(self, text: str, at: int) -> list[str]:
        names = self._people() if self.opened else ()
        return self._dictionaries().mistakes(text, *self._languages(), names=names, at=at)

    def _dictionaries(self) -> Spelling:
        if self._spelling is None:
            assert self.inbox.spelling is not None
            self._spelling = self.inbox.spelling()
        return self._spelling

    def _languages(self) -> tuple[str, str]:
        """What the customer wrote, and the agent's language."""
        asked = " ".join(self._around(self.writing).asked) if self.writing else ""
        return asked, LANGUAGES[self.inbox.language]

    def _people(self) -> list[str]:
        assert self.opened is not None
        thread = self.opened.thread
        people = [
            *(m.author for m in thread.messages),
            *(c.author for c in thread.context),
            thread.conversation.contact,
        ]
        return [self.inbox.agent, *(f"{p.name or ''} {p.handle or ''}" for p in people)]

    async def do_spelling(self) -> None:
        """What may have been meant, and taking a word for right from now on."""
        composer, text = self.composer, self.composer.text if self.composer else ""
        wrong = [word for word in self.misspelt if word in text]
        if composer is None or not wrong:
            self.say(tr("No word looks misspelt."))
            return
        options = await asyncio.to_thread(self._meant, wrong, text)

        def suggest(typed: str) -> list[Choice[tuple[str, str | None]]]:
            return [option for option in options if typed.lower() in option.text.lower()]

        def chosen(choice: tuple[str, str | None] | None) -> None:
            if choice is not None:
                self._put_right(*choice)
            composer.area.focus()

        hint = tr("Enter puts it right, or takes the word for right from now on.")
        self.app.push_screen(Pick(tr("Spelling"), suggest, hint=hint), chosen)

    def _meant(self, wrong: Sequence[str], text: str) -> list[Choice[tuple[str, str | None]]]:
        options: list[Choice[tuple[str, str | None]]] = []
        for word in wrong:
            meant = self._dictionaries().suggestions(word, text, *self._languages())
            options += [Choice(f"{word} → {other}", (word, other)) for other in meant]
            options.append(Choice(word, (word, None), tr("is right")))
        return options

    def _put_right(self, word: str, meant: str | None) -> None:
        composer = self.composer
        if meant is None:
            try:
                self._dictionaries().accept(word)
            except OSError as error:
                self.say(tr("The word could not be kept: {error}", error=error.strerror), "soon")
        elif composer is not None:
            composer.replace(word, meant)
        self.misspelt = tuple(other for other in self.misspelt if other != word)
        self._hint()

    def _handles(self) -> dict[str, str]:
        """Handles of everybody in the thread, with their names, the newest first."""
        opened = self.opened
        if opened is None:
            return {}
        thread = opened.thread
        people = [m.author for m in reversed(thread.messages)] + [c.author for c in thread.context]
        return {shown.line(p.handle): shown.person(p) for p in people if p.handle}


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
