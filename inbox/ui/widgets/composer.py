"""Where a reply or a note is written. Small on purpose: a text area repaints wholly for every character.

Says in words, above the text, who will read it and through which account; below, how much fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets.text_area import Edit, EditResult, Location, Selection

from inbox.domain import graphemes
from inbox.domain.graphemes import joined, whole
from inbox.domain.text import sendable
from inbox.ports.platform import Length
from inbox.ui.commands.bindings import bindings
from inbox.ui.terminal.keys import Halves
from inbox.ui.terminal.text_area import StyledTextArea
from inbox.ui.text.part import Part
from inbox.ui.text.themes import tone
from inbox.ui.text.way import way_parts
from inbox.ui.text.writing import Writing
from inbox.ui.widgets.bar import Bar
from inbox.wording import safe_text
from inbox.wording.language import tr

PASTED = 20_000
"""Characters of one paste that are taken; the longest any platform takes is half of it."""
Ruler = Callable[[str, bool], Length]
"""How long a text is, when sent privately or not."""
TIPS = 3
"""Lines of hints below the text; what does not fit is counted."""


class ComposerArea(StyledTextArea):
    """The field of the composer: moves by whole characters, and counts as the platform does."""

    BINDINGS = bindings("composer")

    def __init__(
        self,
        recount: Callable[[], None],
        quote: Callable[[], None] | None = None,
        quote_keys: Collection[str] = (),
    ) -> None:
        """`recount` is called at each edit, so that the count stands in the same frame as the letter; the message
        `Changed` comes too late for that. `quote` is called for one of `quote_keys` in an empty line, where a letter
        that is typed would begin a quotation anyway."""
        self._halves = Halves()
        self._quote, self._quote_keys = quote, quote_keys
        self._beyond: Location | None = None
        self._one_sign = False
        super().__init__(
            "",
            tab_behavior="focus",
            show_line_numbers=False,
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,  # it would be drawn over what does not fit
        )
        self.cursor_blink = False
        self.disable_messages(self.SelectionChanged)  # nobody asks: it climbed to the app at each letter
        self._recount = recount

    def edit(self, edit: Edit) -> EditResult:
        """Apply an edit and count the text again."""
        result = super().edit(edit)
        self._recount()
        return result

    def mark_beyond(self, place: Location | None, *, one_sign: bool = False) -> None:
        """Set apart the text from `place` on, which does not fit, or the one sign there that is refused; None:
        nothing."""
        if (place, one_sign) != (self._beyond, self._one_sign):
            self._beyond, self._one_sign = place, one_sign
            self.redraw_lines()

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is shown."""
        line = super().get_line(line_index)
        if self._beyond is not None and line_index >= self._beyond[0]:
            row, column = self._beyond
            start = column if line_index == row else 0
            if not self._one_sign:
                line.stylize(self._too_long(), start)
            elif line_index == row:
                line.stylize(self._too_long(), start, start + 1)
        return line

    def _too_long(self) -> Style:
        """Underlined, so that it is seen without colours too."""
        return tone(self.app.theme_variables, "late", colour=not self.app.no_color) + Style(underline=True)

    def on_paste(self, event: events.Paste) -> None:
        """Bound what is pasted, before the text area takes it: it repaints wholly for every character, and no
        platform takes a book. Control characters a paste brings along could only do harm."""
        text = joined(event.text)
        text = text if len(text) <= PASTED else text[: whole(text[: PASTED + 1], PASTED)]
        event.text = sendable(text) if text.strip() else text

    # -- by whole signs ------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Insert what Textual ignores; its own handler runs next and does the rest."""
        if (
            self._quote is not None
            and {event.key, event.character}.intersection(self._quote_keys)
            and not self.document[self.cursor_location[0]]
        ):
            event.stop()
            event.prevent_default()
            self._quote()
            return
        text = "" if self.read_only else self._halves.text(event)
        if text:
            event.stop()
            event.prevent_default()
            self.replace(text, *self.selection, maintain_selection_offset=False)

    def get_cursor_left_location(self) -> Location:
        """Return the place before the character on the left, whatever it is made of."""
        row, column = self.cursor_location
        return (
            (row, graphemes.before(self.document[row], column))
            if column
            else super().get_cursor_left_location()
        )

    def get_cursor_right_location(self) -> Location:
        """Return the place after the character on the right, whatever it is made of."""
        row, column = self.cursor_location
        line = self.document[row]
        return (
            (row, graphemes.after(line, column))
            if column < len(line)
            else super().get_cursor_right_location()
        )

    def get_cursor_up_location(self) -> Location:
        """Return the place one line up, never inside a character."""
        return self._whole(super().get_cursor_up_location())

    def get_cursor_down_location(self) -> Location:
        """Return the place one line down, never inside a character."""
        return self._whole(super().get_cursor_down_location())

    def get_cursor_word_left_location(self) -> Location:
        """Return the place before the word on the left, never inside a character."""
        return self._whole(super().get_cursor_word_left_location())

    def get_cursor_word_right_location(self) -> Location:
        """Return the place after the word on the right, never inside a character."""
        row, column = super().get_cursor_word_right_location()
        line = self.document[row]
        return row, column if whole(line, column) == column else graphemes.after(line, column)

    def get_target_document_location(self, event: events.MouseEvent) -> Location:
        """Return the place under the mouse, never inside a character."""
        return self._whole(super().get_target_document_location(event))

    def _whole(self, place: Location) -> Location:
        row, column = place
        return row, whole(self.document[row], column)


class Composer(Vertical):
    """Where replies and notes are written: the way it goes, the text, its length, and hints."""

    class Changed(Message):
        """The text has changed."""

        def __init__(self, writing: Writing, text: str) -> None:
            super().__init__()
            self.writing = writing
            self.text = text

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Composer.Changed)

    def __init__(self, send_key: str = "Ctrl+S", quote_keys: Collection[str] = ()) -> None:
        """`send_key`: the key that sends, as people write it; `quote_keys`: those that quote, as Textual names them."""
        super().__init__(id="composer")
        self.send_key = send_key
        self.writing: Writing | None = None
        self.area = ComposerArea(self._count, self._quote, quote_keys)
        self.way = Bar(id="composer-way")
        self.foot = Bar(id="composer-foot")
        self.tips = tuple(Bar(classes="tip") for _ in range(TIPS))
        self.hints: tuple[str, ...] = ()
        self.ruler: Ruler | None = None
        self.length: Length | None = None
        self.cost = ""
        """What sending it costs, in words; empty where it costs nothing."""
        self.loaded = ""
        """What stood in it before the agent wrote."""
        self.saved = ""

    def compose(self) -> ComposeResult:
        yield self.way
        yield self.area
        yield self.foot
        for tip in self.tips:
            tip.display = False
            yield tip

    # -- what it is given --------------------------------------------------------------------------------

    def begin(self, writing: Writing, text: str, *, saved: str = "", ruler: Ruler | None = None) -> None:
        """Start with a text. `saved`: what is said of its draft; `ruler`: counts its length."""
        self.writing, self.ruler, self.saved = writing, ruler, saved
        self.loaded = text
        self.hint("", ())
        self.area.load_text(text)
        self.area.move_cursor(self.area.document.end)
        self._frame(writing)
        self.area.focus()
        self._count()

    def renew(self, writing: Writing) -> None:
        """The same text, another way, or the conversation went on meanwhile."""
        if writing != self.writing:
            self.writing = writing
            self._frame(writing)
            self._count()

    def _frame(self, writing: Writing) -> None:
        """The colour of the whole frame says who reads it."""
        self.set_class(writing.note, "note")
        self.set_class(writing.private and not writing.note, "private")
        self.set_class(not writing.private and not writing.note, "public")

    def _quote(self) -> None:
        if self.writing is not None and not self.writing.note:
            self.post_message(Bar.Pressed("reply.quote"))
        else:
            self.area.insert(">")

    def hint(self, cost: str, hints: Sequence[str]) -> None:
        """What an attentive colleague would say; never in the way."""
        if cost != self.cost:
            self.cost = cost
            self._say()
        new = tuple(hints)
        if new == self.hints:
            return
        self.hints = new
        told = list(new[:TIPS])
        if len(new) > TIPS:
            told[-1] = f"{told[-1]} · +{len(new) - TIPS}"
        for at, tip in enumerate(self.tips):
            tip.display = at < len(told)
            if tip.display:
                tip.show([Part(" › ", "soon"), Part(safe_text.line(told[at]), "text")])
        self.set_class(bool(told), "hinted")

    def kept(self, words: str) -> None:
        """Show what was saved, and when."""
        self.saved = words
        self._say()

    @property
    def other_way(self) -> str | None:
        """Why it cannot go the other way: privately or publicly."""
        if self.writing is None:
            return None
        return "A note goes nowhere." if self.writing.note else self.writing.switch

    @property
    def too_long(self) -> bool:
        """A public reply that does not fit into one post."""
        w = self.writing
        public = w is not None and not w.private and not w.note
        return public and self.length is not None and self.length.over

    @property
    def text(self) -> str:
        """Return the text as it is now."""
        return self.area.text

    @property
    def cursor(self) -> int:
        """Where the cursor stands, in characters."""
        row, column = self.area.cursor_location
        return sum(len(line) + 1 for line in self.text.split("\n")[:row]) + column

    def replace(self, word: str, other: str) -> None:
        """Put another word in the place of each one like this; `ctrl+z` takes it back."""
        for hit in reversed(list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", self.text))):
            self.select(*hit.span())
            self.area.replace(other, *self.area.selection)
        self.area.move_cursor(self.area.document.end)

    def select(self, start: int, end: int) -> None:
        """Mark a stretch of the text, so that the next key replaces it."""
        before, inside = self.text[:start], self.text[:end]
        self.area.selection = Selection(
            (before.count("\n"), start - before.rfind("\n") - 1),
            (inside.count("\n"), end - inside.rfind("\n") - 1),
        )

    # -- what it says ------------------------------------------------------------------------------------

    def on_text_area_changed(self, event: StyledTextArea.Changed) -> None:
        """Count the text and report the change."""
        event.stop()
        if self.writing is not None:
            self._count()
            self.post_message(self.Changed(self.writing, self.area.text))

    def _count(self) -> None:
        """20,000 characters take 2 ms by the rule of X, a usual answer 0.05."""
        w = self.writing
        self.length = length = self.ruler(self.area.text, w.private) if w and self.ruler else None
        if length is not None and length.over and self.area.text:
            self.area.mark_beyond(self._place(length.valid_to), one_sign=length.used <= length.limit)
        else:
            self.area.mark_beyond(None)
        self._say()

    def _place(self, at: int) -> Location:
        """Row and column of a character of the text."""
        before = self.area.text[:at]
        return before.count("\n"), at - before.rfind("\n") - 1

    def _say(self) -> None:
        w = self.writing
        if w is None:
            return
        if w.note:
            self.way.show(
                [Part(tr(" Internal note"), "note"), Part(tr(" · colleagues only, nothing is sent"), "text")],
                [Part(self.send_key, "key", "reply.send"), Part(tr(" keeps it "), "text", "reply.send")],
            )
            self.foot.show([Part(f" {self.saved}", "quiet")], [])
            return
        self.way.show(*self._way(w))
        left = self._counted()
        for file in w.files:
            left.append(Part(f" · + {safe_text.line(file.name)}", "accent", "reply.attach"))
        self.foot.show(left, [Part(f"{self.saved} ", "quiet")])

    def _way(self, w: Writing) -> tuple[list[Part], list[Part]]:
        """Who will read it, through which account: said in full where there is room, and never cut away."""
        sends = tr(" sends, then resolves ") if w.resolve else tr(" sends ")
        key = Part(self.send_key, "key", "reply.send")
        room = self.way.size.width - len(key.text) - 1
        left = way_parts(w.private, account=w.account, to=w.to, room=room - cell_len(sends))
        if sum(cell_len(part.text) for part in left) + cell_len(sends) > room:
            sends = " "
        return left, [key, Part(sends, "text", "reply.send")]

    def on_resize(self) -> None:
        self._say()

    def _counted(self) -> list[Part]:
        length = self.length
        if length is None:
            return [Part(" ", "quiet")]
        if not length.over:
            near = length.used > length.limit * 9 // 10
            cost = f" · {self.cost}" if self.cost else ""
            return [
                Part(f" {length.used} / {length.limit}", "soon" if near else "quiet"),
                Part(cost, "quiet"),
            ]
        if length.used <= length.limit:
            return [
                Part(f" {length.used} / {length.limit}", "quiet"),
                Part(tr(" the platform refuses a character: {sign}", sign=self._refused(length)), "late"),
            ]
        return [
            Part(f" {length.used} / {length.limit}", "late"),
            Part(
                tr(" too long by {n}: what is underlined does not fit", n=length.used - length.limit), "late"
            ),
        ]

    def _refused(self, length: Length) -> str:
        """Name the character by its number, since most of these are invisible."""
        return " ".join(
            f"U+{ord(sign):04X}" for sign in self.area.text[length.valid_to : length.valid_to + 1]
        )
