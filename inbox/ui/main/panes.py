"""Which panes the terminal leaves room for, and which of them has the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from inbox.ui.context import Context

SIDE_BY_SIDE = 120
"""Columns from which list and thread are side by side; below, one of them has the screen."""
NARROWEST, WIDEST = 26, 66
"""Percent of the width between which the edge of the list can be moved."""
THREE_PANES = 140
"""Columns from which the person is beside them too, where there is something to say of them; below, it is shown in the
thread's place when asked for."""


class Panes:
    """The width of the terminal as classes of the screen, which the style sheet goes by."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.share: int | None = None
        """Percent of the width that the agent gives to the list; None: what the style sheet says."""

    @property
    def side_by_side(self) -> bool:
        """Whether the reader is beside the list."""
        return self.context.screen.app.size.width >= SIDE_BY_SIDE

    @property
    def list_share(self) -> int:
        """Percent of the width that the list has beside the reader."""
        return self.share or (42 if self.has_room_for_three else 48)

    def set_share(self, share: object) -> None:
        """Give the list so many percent of the width, within reason; anything else: what the style sheet says."""
        self.share = min(max(share, NARROWEST), WIDEST) if isinstance(share, int) else None
        self._style_list()

    def _style_list(self) -> None:
        pane = self.context.screen.query_one("#list")
        if self.share is not None and self.side_by_side:
            pane.styles.width = f"{self.share}%"
        elif pane.styles.has_rule("width"):
            pane.styles.clear_rule("width")

    @property
    def has_room_for_three(self) -> bool:
        """Whether the terminal is wide enough for the person beside both."""
        return self.context.screen.app.size.width >= THREE_PANES

    @property
    def three_panes(self) -> bool:
        """Whether the person is beside both: a pane that only says a name again would take its room from the thread."""
        person = self.context.person
        return self.has_room_for_three and (person.says_something or self.context.place == "person")

    def weigh_person(self) -> None:
        """The person shown is another one, or more is known of them: give them room, or the thread theirs."""
        if self.context.screen.has_class("three") is not self.three_panes:
            self.style()

    @property
    def person_shown(self) -> bool:
        """Whether the person can be seen."""
        return self.has_room_for_three or self.context.screen.has_class("person")

    @property
    def commanding(self) -> bool:
        """Every key is a command: no window is open, nothing is typed. A screen behind an open window is current too, as
        Textual says it (`Screen.is_current`)."""
        screen = self.context.screen
        return screen.is_current and screen.app.screen is screen and isinstance(screen.focused, Lines)

    def style(self, *, update: bool = True) -> None:
        """Set the classes for the width. `update`: style the panes for it."""
        screen, wide = self.context.screen, self.side_by_side
        screen.set_class(wide, "wide", update=update)
        screen.set_class(self.has_room_for_three, "broad", update=update)
        screen.set_class(self.three_panes, "three", update=update)
        screen.set_class(not wide, "one", update=update)
        if self.share is not None:
            self._style_list()

    def show_place(self) -> None:
        """Give the screen to the pane with the keys. Where all of them have room, a class would restyle each for
        nothing."""
        context = self.context
        context.queue.moved = context.queue.moved or context.reading
        if not self.side_by_side:
            context.screen.set_class(context.reading, "reading")
        self.weigh_person()
        if not self.has_room_for_three:
            context.screen.set_class(context.place == "person", "person")
