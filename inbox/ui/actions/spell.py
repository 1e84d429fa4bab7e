"""Words of what is written that look misspelt: told in a pause of typing, put right or taken for right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.ui.text import reply_hints
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.system.spelling import Spelling
    from inbox.ui.context import Context

LANGUAGES = {"de": "German", "en": "English"}
"""The screen's languages, by their names in the dictionaries."""


class Spell:
    """Spelling of what is being written."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.misspelt: tuple[str, ...] = ()
        """Words of the reply that look so, as of the last pause of typing."""
        self._spelling: Spelling | None = None

    async def look(self, then: Callable[[], None]) -> None:
        """Look for words that seem misspelt, on a thread of its own: a dictionary may hold everything up for a moment.
        `then` is called where they are others than before."""
        composer = self.context.composer
        if composer is None or composer.writing is None:
            return
        text, at = composer.text, composer.cursor
        found = await asyncio.to_thread(self._mistakes, text, at)
        if composer.text == text and tuple(found) != self.misspelt:
            self.misspelt = tuple(found)
            then()

    def _mistakes(self, text: str, at: int | None) -> list[str]:
        names = self._people() if self.context.opened else ()
        return self._dictionaries().mistakes(text, *self._languages(), names=names, at=at)

    def _dictionaries(self) -> Spelling:
        if self._spelling is None:
            assert self.context.inbox.spelling is not None
            self._spelling = self.context.inbox.spelling()
        return self._spelling

    def _languages(self) -> tuple[str, str]:
        """What the customer wrote, and the agent's language."""
        context = self.context
        asked = " ".join(reply_hints.asked(context.opened))
        return asked, LANGUAGES[context.inbox.language]

    def _people(self) -> list[str]:
        context = self.context
        assert context.opened is not None
        thread = context.opened.thread
        people = [
            *(m.author for m in thread.messages),
            *(c.author for c in thread.context),
            thread.conversation.contact,
        ]
        return [context.inbox.agent, *(f"{p.name or ''} {p.handle or ''}" for p in people)]

    async def correct(self, then: Callable[[], None]) -> None:
        """Offer what may have been meant, or to take a word for right from now on. `then` is called after the choice."""
        context = self.context
        composer = context.composer
        if composer is None:
            return
        text = composer.text
        if context.inbox.spelling is not None:  # also what was typed since the last pause
            self.misspelt = tuple(await asyncio.to_thread(self._mistakes, text, None))
        wrong = [word for word in self.misspelt if word in text]
        if not wrong:
            context.say(*await asyncio.to_thread(self._nothing_found, text))
            return
        options = await asyncio.to_thread(self._meant, wrong, text)

        def suggest(typed: str) -> list[Choice[tuple[str, str | None]]]:
            return [option for option in options if found_in(option.text, typed)]

        def chosen(choice: tuple[str, str | None] | None) -> None:
            if choice is not None:
                self._put_right(*choice)
                then()
            composer.area.focus()

        hint = tr("Enter corrects it, or accepts the word from now on.")
        context.screen.app.push_screen(Pick(tr("Spelling"), suggest, hint=hint), chosen)

    def _nothing_found(self, text: str) -> tuple[str, str]:
        """Say, and in which tone, that nothing is misspelt: only where that was checked."""
        if self.context.inbox.spelling is None:
            return tr("Spelling is not checked: screen.spelling is off in the config."), "soon"
        if not self._dictionaries().installed:
            return tr(
                "Spelling is not checked: the extra `spell` is missing; `inbox check` says how to add it."
            ), "soon"
        if not self._dictionaries().checks(text, *self._languages()):
            return tr(
                "Spelling is not checked: there is no dictionary for the language of this reply."
            ), "soon"
        return tr("No word looks misspelt."), "text"

    def _meant(self, wrong: Sequence[str], text: str) -> list[Choice[tuple[str, str | None]]]:
        options: list[Choice[tuple[str, str | None]]] = []
        for word in wrong:
            meant = self._dictionaries().suggestions(word, text, *self._languages())
            options += [Choice(f"{word} → {other}", (word, other)) for other in meant]
            options.append(Choice(word, (word, None), tr("is right")))
        return options

    def _put_right(self, word: str, meant: str | None) -> None:
        context, composer = self.context, self.context.composer
        if meant is None:
            try:
                self._dictionaries().accept(word)
            except OSError as error:
                context.say(tr("The word could not be kept: {error}", error=error.strerror), "soon")
        elif composer is not None:
            composer.replace(word, meant)
        self.misspelt = tuple(other for other in self.misspelt if other != word)
