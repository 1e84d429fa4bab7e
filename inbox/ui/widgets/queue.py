"""The queue: one line a conversation, or two where there is room, the most urgent first.

The cursor is a conversation, not a row: what arrives above moves the window, never what the agent looks at. A
conversation that leaves the view while the cursor is on it stays until the cursor goes on, so that no key ever
hits another conversation than the one the agent read.

The timer stands at the left edge, where a partial repaint is cheapest; text from outside stands last, where a
terminal's idea of its width cannot push anything else.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from inbox.domain.records import replace
from inbox.ui.commands.bindings import bindings
from inbox.ui.text import queue_row
from inbox.ui.widgets.lines import Lines
from inbox.wording import safe_text as shown
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.model import Conversation
    from inbox.engine.desk.rows import Row

ROWS_KEPT = 4000
STRIPS_KEPT = 4000
MARGIN = 2
"""Rows kept in sight above and below the cursor."""
MARK_COLUMNS = range(8, 12)
HIGH = 30
"""Lines of a list from which on a conversation may take two."""

LABELS = "asdfghjklqwertyuiopzxcvbnmASDFGHJKLQWERTYUIOPZXCVBNM1234567890"
"""Keys to jump by, the nearest to the hand first."""


NO_TIMER = words.TimerCell("", "")
"""Of a second line."""


class Kept(NamedTuple):
    """A line as it was drawn last: for its row and timer, and the segments after the timer."""

    row: Row
    timer: words.TimerCell
    after: list[Segment]
    strip: Strip


class Queue(Lines):
    BINDINGS = bindings("queue")

    class Selected(Message):
        """The cursor stands on another conversation now (None: the view is empty)."""

        def __init__(self, conversation: str | None) -> None:
            super().__init__()
            self.conversation = conversation

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Queue.Selected)

    class Opened(Message):
        def __init__(self, conversation: str) -> None:
            super().__init__()
            self.conversation = conversation

    class Jumped(Message):
        """The jump is over, wherever it led."""

    class RowsWanted(Message):
        """The window shows rows whose conversations are not here yet, or comes near the end of what is known."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Queue.RowsWanted)

    def __init__(self, *, agent: str, zone: tzinfo, id: str | None = None) -> None:
        super().__init__(id=id)
        self.agent = agent
        self.zone = zone
        self.order: list[str] = []
        self.cut = False
        """The view goes on below what is known of its order."""
        self.cur = 0
        self.marks: dict[str, None] = {}
        """Marked conversations, in the order of marking."""
        self.marked_before: dict[str, None] = {}
        """Those marked when the marks were last taken away."""
        self.growing = False
        """A first reading brings what waits in no order: the cursor stays at the top until the agent moves it."""
        self.moved = False
        """The agent has moved the cursor or the list, or marked something, since this view was opened."""
        self.labels: dict[str, str] = {}
        """Letters to jump by, while a jump is under way."""
        self.lingering: str | None = None
        self._sized = False
        self.low = False
        """The agent wants one line a conversation at every size."""
        self.hits: tuple[str, ...] = ()
        """Words that were searched for, folded."""
        self.words_when_empty: Sequence[str] = (tr("Reading ..."),)
        self._rows: dict[str, Row] = {}
        self._strips: dict[tuple[object, ...], Kept] = {}
        self._now = datetime.min.replace(tzinfo=UTC)
        self._opens_at: datetime | None = None
        self._cells: dict[str, words.TimerCell] = {}
        """By conversation, as they stand in this second."""
        self.drawn = 0
        """Lines built since the start, for the test that only seen rows are drawn."""

    # -- what it is given --------------------------------------------------------------------------------

    def set_order(
        self, order: Sequence[str], *, keep: bool = True, leaving: Container[str] = (), whole: bool = True
    ) -> None:
        """A new order. `keep`: of the same view, so hold the cursor on its conversation; it stays even if it has
        left the view, unless the agent sent it away (`leaving`). `whole`: nothing of the view lies below it, so marks
        of what it does not hold are no longer there."""
        old, at = self.selected, self.cur
        before = self._window()
        new = list(order)
        self.lingering = None
        if not keep:
            self.moved = False
        if not keep or old is None or (self.growing and not self.moved):
            self.cur = self.top = 0
        else:
            try:
                self.cur = new.index(old)
            except ValueError:
                self.cur = min(at, len(new))
                if old in leaving:
                    self.cur = min(at, max(0, len(new) - 1))
                else:
                    new.insert(self.cur, old)
                    self.lingering = old
            self.top += self.cur - at
        self.order = new
        self.top = min(max(0, self.top), self.last_top)
        if self.marks and whole:
            there = set(new)
            self.marks = {cid: None for cid in self.marks if cid in there}
        if self._window() != before or not keep:
            self.refresh()
        elif self.cur != at:
            self.refresh_lines(at, self.cur)
        if self.selected != old:
            self.post_message(self.Selected(self.selected))

    def set_rows(self, rows: Mapping[str, Row]) -> None:
        changed = []
        for cid, row in rows.items():
            if self._rows.get(cid) != row:
                self._rows.pop(cid, None)
                self._rows[cid] = row
                self._cells.pop(cid, None)
                changed.append(cid)
        while len(self._rows) > ROWS_KEPT:
            self._rows.pop(next(iter(self._rows)))
        if changed:
            seen = set(changed)
            window = self._window()
            self.refresh_lines(*(self.top + y for y, cid in enumerate(window) if cid in seen))

    def set_looked(self, cid: str) -> None:
        """Nothing there is new to the agent any more."""
        row = self._rows.get(cid)
        if row is not None and row.new:
            self._rows[cid] = replace(row, new=False)
            self.refresh_lines(
                *(self.top + y for y, shown_id in enumerate(self._window()) if shown_id == cid)
            )

    def tick(self, now: datetime, opens_at: datetime | None) -> None:
        """Repaint the timers whose text is another one now."""
        self._now, self._opens_at = now, opens_at
        before, self._cells = self._cells, {}
        shown = ((at, self._rows.get(cid)) for at, cid in enumerate(self._window(), self.top))
        self.refresh_lines(
            *(at for at, row in shown if row and self._timer(row) != before.get(row.conversation.id)),
            width=words.TIMER_WIDTH,
        )

    def say_when_empty(self, lines: Sequence[str]) -> None:
        if list(lines) != list(self.words_when_empty):
            self.words_when_empty = lines
            if not self.order:
                self.refresh()

    # -- what it tells -----------------------------------------------------------------------------------

    @property
    def selected(self) -> str | None:
        return self.order[self.cur] if self.cur < len(self.order) else None

    def row(self, cid: str) -> Row | None:
        return self._rows.get(cid)

    def heads(self) -> list[Conversation]:
        """Conversations that were read so far."""
        return [row.conversation for row in self._rows.values()]

    @property
    def targets(self) -> list[str]:
        """What a command acts on: the marked ones, in queue order, or the one under the cursor."""
        if self.marks:
            here = [cid for cid in self.order if cid in self.marks]
            return here if len(here) == len(self.marks) else list(dict.fromkeys([*here, *self.marks]))
        return [self.selected] if self.selected else []

    def wanted(self) -> list[str]:
        """Ids in and around the window, for reading ahead."""
        height = self.fits
        return self.order[max(0, self.top - height) : self.top + 2 * height]

    @property
    def short(self) -> bool:
        """Soon the window will need more of the order than is known."""
        return self.cut and self.top + 4 * self.fits > len(self.order)

    def missing(self) -> list[str]:
        return [cid for cid in self.wanted() if cid not in self._rows]

    def after(self, leaving: Iterable[str]) -> str | None:
        """The conversation to go on to when `leaving` go: the next below the cursor, else the next above."""
        gone = set(leaving)
        below = (cid for cid in self.order[self.cur :] if cid not in gone)
        above = (cid for cid in reversed(self.order[: self.cur]) if cid not in gone)
        return next(below, None) or next(above, None)

    # -- moving ------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        self.go(self.cur + steps)

    def go(self, to: int) -> None:
        """Put the cursor on a row, as near as possible."""
        to = min(max(0, to), len(self.order) - 1)
        if to < 0 or to == self.cur:
            return
        old, self.cur, self.moved = self.cur, to, True
        self._let_go(old)
        self._follow(old)
        self.post_message(self.Selected(self.selected))

    def select(self, cid: str) -> bool:
        """Put the cursor on a conversation; False when the view does not hold it."""
        try:
            at = self.order.index(cid)
        except ValueError:
            return False
        self.go(at)
        return True

    def _let_go(self, old: int) -> None:
        if self.lingering is not None and old < len(self.order) and self.order[old] == self.lingering:
            del self.order[old]
            self.lingering = None
            if self.cur > old:
                self.cur -= 1
            self.refresh()

    def _follow(self, old: int) -> None:
        if not self.size.height:  # hidden: where the window lies is found when its size is told again
            return
        height = self.fits
        margin = min(MARGIN, (height - 1) // 2)
        top = min(self.top, self.cur - margin)
        top = max(top, self.cur + margin - height + 1)
        top = min(max(0, top), self.last_top)
        if top != self.top:
            self.top = top
            self.refresh()
            if self.missing() or self.short:
                self.post_message(self.RowsWanted())
        elif old != self.cur:
            self.refresh_lines(old, self.cur)

    def page(self, direction: int) -> None:
        step = max(1, self.fits // 2)
        self.scroll_lines(self.top + direction * step)
        self.go(self.cur + direction * step)

    def scroll_lines(self, to: int) -> None:
        self.moved = True
        super().scroll_lines(to)
        if self.missing() or self.short:
            self.post_message(self.RowsWanted())

    def jump(self) -> None:
        """Give every visible row a letter; the next key goes there."""
        self.labels = dict(zip(self._window(), LABELS, strict=False))
        self.refresh()

    def land(self, key: str) -> bool:
        """The key after a jump: go to its conversation. False: no jump is under way."""
        if not self.labels:
            return False
        wanted = next((cid for cid, label in self.labels.items() if label == key), None)
        self.labels = {}
        self.refresh()
        self.post_message(self.Jumped())
        if wanted is not None:
            self.select(wanted)
        return True

    # -- marks -------------------------------------------------------------------------------------------

    def toggle_mark(self, cid: str) -> None:
        self.moved = True
        if cid in self.marks:
            del self.marks[cid]
        else:
            self.marks[cid] = None
        self.refresh_lines(*(self.top + y for y, shown_id in enumerate(self._window()) if shown_id == cid))

    def mark_range(self) -> None:
        """From the latest mark to the cursor; without a mark just the cursor's row."""
        anchor = next(reversed(self.marks), self.selected)
        start = self.order.index(anchor) if anchor in self.order else self.cur
        low, high = sorted((start, self.cur))
        self.marks |= dict.fromkeys(self.order[low : high + 1])
        self.refresh()

    def clear_marks(self) -> None:
        if self.marks:
            self.marked_before, self.marks = self.marks, {}
            self.refresh()

    def mark(self, ids: Iterable[str]) -> None:
        """Mark these too, whether or not their place in the list is known yet."""
        self.moved = True
        self.marks |= dict.fromkeys(ids)
        self.refresh()

    def unmark(self, ids: Iterable[str]) -> None:
        """Take these marks away; they can all be brought back."""
        gone = set(ids).intersection(self.marks)
        if gone:
            self.marked_before = dict(self.marks)
            self.marks = {cid: None for cid in self.marks if cid not in gone}
            self.refresh()

    def mark_again(self) -> bool:
        """Mark what was marked before the marks were taken away. Returns whether any of it is listed."""
        listed = set(self.order)
        found = {cid: None for cid in self.marked_before if cid in listed}
        if found:
            self.moved = True
            self.marks |= found
            self.refresh()
        return bool(found)

    # -- mouse and focus ---------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        at = self.top + event.y // self.tall
        if at >= len(self.order):
            return
        again = at == self.cur
        cid = self.order[at]
        self.go(at)
        if event.x in MARK_COLUMNS:
            self.toggle_mark(cid)
        elif again or event.chain > 1:
            self.post_message(self.Opened(cid))

    def watch_has_focus(self, focused: bool) -> None:
        if self.labels:
            self.labels = {}
            self.refresh()
        self.refresh_lines(self.cur)

    def set_low(self, low: bool) -> None:
        """One line a conversation, also where two have room."""
        self.low = low
        self._choose_height()

    def _wanted_height(self) -> int:
        """Two lines a conversation where the list is high, and narrow because something stands beside it."""
        beside = self.size.width < self.app.size.width
        return 2 if beside and not self.low and self.size.height >= HIGH else 1

    def _choose_height(self) -> None:
        tall = self._wanted_height()
        if tall != self.tall:
            first, self.tall = self.top + (self.cur - self.top) // 2, tall
            self.top = min(max(0, first if tall == 2 else self.top), self.last_top)
            if self.order:
                self._follow(self.cur)
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        if not self._sized:  # the first frame is painted before the first size is told
            self._sized, self.tall = True, self._wanted_height()
        return super().render_lines(crop)

    def on_resize(self, event: events.Resize) -> None:
        self._choose_height()
        super().on_resize(event)
        if self.order:
            self._follow(self.cur)
        if self.missing() or self.short:
            self.post_message(self.RowsWanted())

    def forget_styles(self) -> None:
        super().forget_styles()
        self._strips.clear()

    # -- drawing -----------------------------------------------------------------------------------------

    def count(self) -> int:
        return len(self.order)

    @property
    def fits(self) -> int:
        """How many conversations are wholly seen at once, at least one."""
        return max(1, self.size.height // self.tall)

    def _window(self) -> list[str]:
        return self.order[self.top : self.top - (-self.size.height // self.tall)]

    def _timer(self, row: Row) -> words.TimerCell:
        cid = row.conversation.id
        if (found := self._cells.get(cid)) is None:
            found = words.timer_cell(row.conversation, self._now, self._opens_at, self.zone)
            self._cells[cid] = found
        return found

    def render_line(self, y: int) -> Strip:
        at, line = self.top + y // self.tall, y % self.tall
        row = self._rows.get(self.order[at]) if at < len(self.order) else None
        if row is None:
            return super().render_line(y)
        timer = self._timer(row) if line == 0 else NO_TIMER
        cid, width = self.order[at], self.room.width
        bar = self._bar(y)
        mark = self.labels.get(cid) or cid in self.marks
        key = (cid, width, bar, self._cursor(at), mark, self.hits, self.tall, line)
        kept = self._strips.get(key)
        if kept is None or kept.row is not row:
            after = [*self._after_timer(row, at, line, width - 1), bar]
        elif kept.timer == timer:
            return kept.strip
        else:
            after = kept.after
        self.drawn += 1
        if len(self._strips) >= STRIPS_KEPT:
            self._strips.clear()
        first = [Segment(timer.text, self._style(at, f"queue--timer-{timer.tone}"))] if timer.text else []
        strip = Strip([*first, *after], width)
        self._strips[key] = Kept(row, timer, after, strip)
        return strip

    def _after_timer(self, row: Row, at: int, line: int, width: int) -> list[Segment]:
        mark = self.labels.get(row.conversation.id) or ("✓" if row.conversation.id in self.marks else " ")
        look = queue_row.Look(self.agent, self.hits, mark, "▸" if self._cursor(at) else " ")
        if self.tall == 1:
            pieces = queue_row.one_line(row, look, width)
        else:
            pieces = (
                queue_row.first_line(row, look, width)
                if line == 0
                else queue_row.second_line(row, look, width)
            )
        return [Segment(text, self._style(at, name)) for text, name in pieces]

    def _cursor(self, at: int) -> str | None:
        if at != self.cur:
            return None
        return "queue--cursor" if self.has_focus else "queue--cursor-away"

    def draw(self, at: int, width: int) -> list[Segment]:
        cursor = self._cursor(at)
        style = self.style(cursor) if cursor else self.style()
        return [Segment(f"{' ' * 9}{'▸' if cursor else ' '}{'':{max(0, width - 10)}}", style)]

    def _style(self, at: int, name: str) -> Style:
        cursor = self._cursor(at)
        return self.style(cursor, name) if cursor else self.style(name)

    def empty(self, y: int, width: int) -> list[Segment]:
        first = max(1, self.size.height // 3)
        if self.order or not first <= y < first + len(self.words_when_empty):
            return super().empty(y, width)
        name = ("queue--person",) if y == first else ("queue--empty",)
        return [Segment(shown.fit(f"{self.words_when_empty[y - first]:^{width}}", width), self.style(*name))]
