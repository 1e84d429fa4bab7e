"""The reader: one conversation, with a gutter on every line."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events

from inbox.ui.commands.bindings import bindings
from inbox.ui.picture import Open
from inbox.ui.text import thread
from inbox.ui.text.thread import GUTTERS, Line, Look
from inbox.ui.widgets.lines import Lines
from inbox.wording import words


class ThreadView(Lines):
    """The open conversation, oldest message first, with what was searched for marked."""

    BINDINGS = bindings("reader")

    def __init__(self, *, zone: tzinfo, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zone = zone
        self.open: Open | None = None
        self.lines: list[Line] = []
        self.original = False
        self.hits: tuple[str, ...] = ()
        self.seen: int | None = None
        self.here: int | None = None
        """The line of the hit that n and N go on from."""
        self._now = datetime.min.replace(tzinfo=UTC)

    # -- what it is given --------------------------------------------------------------------------------

    def show(self, opened: Open | None, now: datetime, *, seen: int | None = None) -> None:
        """Another conversation, from where reading begins. `seen`: see `Look`."""
        self.open, self.seen, self._now = opened, seen, now
        self.original, self.here = False, None
        self._build()
        self.top = self._start()
        self.refresh()

    def renew(self, opened: Open, now: datetime) -> None:
        """The same conversation, changed: stay at the same message, or at the end if the end was in sight."""
        if self.open == opened:
            return
        if self.seen is None and self.open is not None:
            self.seen = self.open.thread.conversation.last_seq
        self.open, self._now = opened, now
        self._rebuild()

    def tick(self, now: datetime) -> None:
        """Bring the waiting times of messages on their way up to date."""
        self._now = now
        self.refresh_lines(*(at for at, line in enumerate(self.lines) if line.item is not None))

    def set_hits(self, hits: tuple[str, ...]) -> None:
        """Mark what was searched for. `hits`: folded words."""
        if hits != self.hits:
            self.hits, self.here = hits, None
            self._rebuild()

    def toggle_original(self) -> bool:
        """Write out hidden characters, or stop that; returns whether they are written out now."""
        self.original = not self.original
        self._rebuild()
        return self.original

    # -- moving ------------------------------------------------------------------------------------------

    def page(self, direction: int) -> None:
        """Scroll by half a page; -1: up."""
        self.scroll_lines(self.top + direction * max(1, self.size.height // 2))

    def _hit_lines(self) -> list[int]:
        return [at for at, line in enumerate(self.lines) if self._hits_in(line)]

    def count_hits(self) -> int:
        """Return how often what was searched for is in the thread."""
        return sum(self._hits_in(line) for line in self.lines)

    @property
    def at_hit(self) -> tuple[int, int]:
        """Which hit n and N go on from, from 1, and how many there are; 0 before the first."""
        before = sum(self._hits_in(line) for line in self.lines[: self.here]) if self.here is not None else -1
        return before + 1, self.count_hits()

    @staticmethod
    def _hits_in(line: Line) -> int:
        return sum(style == "thread--hit" for _, style in line.parts)

    def first_hit(self) -> bool:
        """Go to the first hit in sight, else to the newest; False when there is none."""
        found = self._hit_lines()
        seen = [at for at in found if self.top <= at < self.top + self.size.height]
        if found:
            self._go(seen[0] if seen else found[-1])
        return bool(found)

    def next_hit(self, direction: int) -> bool:
        """Go to the next line with a hit, or the one before; False when there is none."""
        found = self._hit_lines()
        at = self.here if self.here in found else self.top - 1 if direction > 0 else self.top
        ahead = (
            [line for line in found if line > at] if direction > 0 else [line for line in found if line < at]
        )
        if ahead:
            self._go(ahead[0] if direction > 0 else ahead[-1])
        return bool(ahead)

    def _go(self, at: int) -> None:
        self.here = at
        if not self.top <= at < self.top + self.size.height:
            self.scroll_lines(at - self.size.height // 2)
        self.refresh()

    def _start(self) -> int:
        """Short threads from the top; long ones at the end, but not beyond the first unread line."""
        new = next((at for at, line in enumerate(self.lines) if line.key == "new"), None)
        return self.last_top if new is None else min(self.last_top, max(0, new - 1))

    # -- drawing -----------------------------------------------------------------------------------------

    def _build(self) -> None:
        if self.open is None or self.size.width < 4:
            self.lines = []
            return
        look = Look(
            width=self.size.width - 1,
            now=self._now,
            zone=self.zone,
            original=self.original,
            seen=self.seen,
            hits=self.hits,
        )
        self.lines = thread.lines(self.open.thread, self.open.around, look)

    def _rebuild(self) -> None:
        before = (self.lines, self.top)
        at_end = self.top >= self.last_top
        anchor = self.lines[self.top].key if self.top < len(self.lines) else None
        inside = 0
        while anchor and self.top - inside > 0 and self.lines[self.top - inside - 1].key == anchor:
            inside += 1
        self._build()
        found = next((at for at, line in enumerate(self.lines) if line.key == anchor), None)
        self.top = self.last_top if at_end or found is None else min(found + inside, self.last_top)
        if (self.lines, self.top) != before:
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        if not self.lines and self.open is not None:
            self._build()
            self.top = self._start()
            self.refresh()
        else:
            self._rebuild()

    def count(self) -> int:
        return len(self.lines)

    @property
    def blank(self) -> int:
        """A short conversation lies at the end, as in every chat: its newest message is beside the reply to it."""
        return max(0, self.size.height - len(self.lines))

    def draw(self, at: int, width: int) -> list[Segment]:
        line = self.lines[at]
        segments = []
        left, note = width, line.who == "note"
        if line.who is not None:
            segments.append(Segment(f"{GUTTERS[line.who]} ", self.style(f"thread--gutter-{line.who}")))
            left -= 2
        for text, name in self._parts(line):
            name = "thread--hit-here" if name == "thread--hit" and at == self.here else name
            fitted = text if cell_len(text) <= left else set_cell_size(text, left)
            segments.append(Segment(fitted, self.style("thread--note", name) if note else self.style(name)))
            left -= cell_len(fitted)
        if left > 0:
            fill = "thread--note" if note else "thread--text"
            segments.append(Segment(" " * left, self.style(fill)))
        return segments

    def _parts(self, line: Line) -> tuple[tuple[str, str], ...]:
        if line.item is None:
            return line.parts
        state = words.reply_state(line.item, self._now)
        return (line.parts[0], (f" · {state}", "thread--pending"))

    def empty(self, y: int, width: int) -> list[Segment]:
        if self.open is None and y == max(1, self.size.height // 3):
            return [Segment(f"{'Nothing is open.':^{width}}", self.style("thread--empty"))]
        return super().empty(y, width)
