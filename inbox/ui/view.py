"""Which conversations the queue lists, in which order, and where its cursor goes with the next reading.

    show, filter, sort_next  ->  fresh: the next order belongs to another list, so it begins at its top
    go_to_end                ->  to_end: the next reading asks for the whole order, then the cursor goes to its last
    leave                    ->  leaving: sent away by the agent, so the cursor need not wait for them
    select_after_renewal     ->  the cursor goes there once an order holds it

The verbs are for handlers, `ordered` and `selected` for the reading that carries their wishes out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from inbox.ui import picture

if TYPE_CHECKING:
    from inbox.engine.desk.filter_offers import Offer


class View:
    """The state of the main screen's list. It knows no widget and asks no store."""

    def __init__(self) -> None:
        self.name = "waiting"
        """As in `domain.queue.views`, or a view of the config."""
        self.filter_text = ""
        self.sort = "deadline"
        """A key of `picture.SORTS`."""
        self.typing = False
        """The filter ends where the agent is typing."""
        self.offers: Sequence[Offer] = ()
        """What may follow there."""
        self.fresh = True
        self.to_end = False
        self.leaving: set[str] = set()
        self.select_next: str | None = None
        self.whole = False
        """The reader shows the public thread around the conversation too."""
        self.repeatable = False
        """The last act was a decision or an answer, which can be done again elsewhere."""

    # -- for handlers ------------------------------------------------------------------------------------

    def show(self, name: str) -> None:
        """List the conversations of another view, from its top."""
        self.name = name
        self._begin_again()

    def sort_next(self) -> str:
        """Sort by the next kind of `picture.SORTS`, from the top. Returns its title, in English."""
        kinds = list(picture.SORTS)
        self.sort = kinds[(kinds.index(self.sort) + 1) % len(kinds)]
        self._begin_again()
        return picture.SORTS[self.sort][0]

    def filter(self, text: str, *, typing: bool = False) -> None:
        """List only what fits `text`; empty: all of the view. `typing`: its end may be completed."""
        self.filter_text, self.typing = text, typing
        self.fresh = True

    def go_to_end(self) -> None:
        """Put the cursor on the last conversation once all of them are known."""
        self.to_end = True

    def leave(self, ids: Iterable[str]) -> None:
        """Take these conversations for gone: the agent has sent them away."""
        self.leaving.update(ids)

    def stay(self, ids: Iterable[str]) -> None:
        """Take back `leave`: they were not sent away after all."""
        self.leaving.difference_update(ids)

    def select_after_renewal(self, cid: str | None) -> None:
        """Put the cursor on a conversation as soon as an order holds it."""
        self.select_next = cid

    def toggle_whole(self) -> bool:
        """Show the public thread around the open conversation, or hide it again. Returns whether it is shown."""
        self.whole = not self.whole
        return self.whole

    def decided(self) -> None:
        """Note that the last act can be repeated."""
        self.repeatable = True

    def wrote(self) -> None:
        """Note that the last act was meant for one place alone, such as a note: an older decision must not be taken in
        its place."""
        self.repeatable = False

    def _begin_again(self) -> None:
        self.leaving.clear()
        self.fresh = True

    # -- for the reading ---------------------------------------------------------------------------------

    @property
    def wanted(self) -> tuple[str, str, str]:
        """What an order must have been asked for to be shown: view, filter and sorting."""
        return self.name, self.filter_text, self.sort

    def ordered(self, order: Collection[str], *, all_known: bool) -> bool:
        """Note that an order of this list is shown. `all_known`: it was asked for without a limit.

        Returns whether the cursor goes to its end now.
        """
        self.fresh = False
        if self.leaving:
            self.leaving &= set(order)
        ended = self.to_end and all_known
        self.to_end = self.to_end and not ended
        return ended

    def selected(self) -> None:
        """Note that the cursor is where `select_after_renewal` wanted it."""
        self.select_next = None
