"""Account status, in a window that stays true while it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding

from inbox.engine.health import AccountHealth
from inbox.ui.text import bars
from inbox.ui.text.missing_span import gap_span
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.windows.dialogs import LEAVE, Page, Window
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

LABEL = 15
"""Cells of the names at the left of an account's facts."""
CHARGED = {
    "post_read": "posts read",
    "own_post_read": "own posts read",
    "user_read": "people looked up",
    "direct_read": "direct messages read",
    "reply": "replies",
    "link": "replies with a link",
}
"""What is charged, by the names of the price table."""


# -- in words ----------------------------------------------------------------------------------------------


def account_lines(
    a: AccountHealth, now: datetime, zone: tzinfo, currency: str, width: int
) -> list[list[Part]]:
    """Everything known of an account, the trouble first."""
    state, tone = bars.account_state(a, now)
    lines = [[Part(safe_text.line(a.account), "bright"), Part(f"  {_signed_in_as(a)}", "quiet")]]
    lines += _wrapped("", state, "late" if tone == "late" else "text", width)
    if a.next_step:
        lines += _wrapped(tr("What to do"), said(a.next_step), "bright", width)
    for name, fact, tone in _facts(a, now, zone, currency):
        lines += _wrapped(name, fact, tone, width)
    return lines


def _signed_in_as(a: AccountHealth) -> str:
    platform = words.platform(a.platform)
    who = f"@{a.handle}" if a.handle else a.name
    if not a.signed_in:
        last = tr("not signed in, last as {who}", who=who) if who else tr("not signed in")
        return f"{platform} · {safe_text.line(last)}"
    now = tr("signed in as {who}", who=who) if who else tr("signed in")
    return f"{platform} · {safe_text.line(now)}"


def _facts(a: AccountHealth, now: datetime, zone: tzinfo, currency: str) -> Iterable[tuple[str, str, str]]:
    """(name, words, tone) of what is known, in the order of use."""
    if a.last_read_at is not None:
        ago = words.ago(a.last_read_at, now)
        yield tr("Last good read"), f"{words.moment(a.last_read_at, zone)}, {ago}", "text"
    if a.remaining is not None and a.limit:
        yield tr("Requests left"), tr("{n} of {limit}", n=a.remaining, limit=a.limit), "text"
    if a.percent_used is not None:
        yield tr("Limits used"), tr("{n} % of the tightest", n=a.percent_used), "text"
    if a.resumes_at is not None and a.resumes_at > now:
        left, at = words.long(a.resumes_at - now), words.moment(a.resumes_at, zone)
        yield tr("Goes on"), tr("in {left}, {at}", left=left, at=at), "text"
    if a.cost_today is not None:
        cost = f"{a.cost_today:.2f} {currency}"
        yield tr("Cost today"), tr("about {cost}: {what}", cost=cost, what=_counted(a)), "text"
    if a.token_ends_at is not None:
        yield tr("Token"), _token_end(a, now, zone), "text"
    if a.quarantined:
        told = tr("{n} could not be understood: inbox check", n=words.plural(a.quarantined, "message"))
        yield tr("Set aside"), told, "soon"
    for gap in a.gaps:
        yield tr("May be missing"), f"{gap.surface}, {gap_span(gap, zone)}: {said(gap.reason)}", "soon"
    for note in a.notes[: len(a.notes) - len(a.gaps)]:  # the rest tells the gaps again
        yield "", said(note), "quiet"


def _counted(a: AccountHealth) -> str:
    """`posts read 61, replies 3`, in the order of the price table."""
    return ", ".join(f"{tr(what)} {a.spent[name]}" for name, what in CHARGED.items() if a.spent.get(name))


def _token_end(a: AccountHealth, now: datetime, zone: tzinfo) -> str:
    assert a.token_ends_at is not None
    days, when = a.token_days_left(now), words.moment(a.token_ends_at, zone)
    if a.token_ends_at <= now:
        return tr("ended {when}", when=when)
    if not days:
        return tr("ends today, {when}", when=when)
    return tr("{days} left, until {when}", days=words.plural(days, "day"), when=when)


def _wrapped(name: str, fact: str, tone: str, width: int) -> list[list[Part]]:
    """A fact with its name at the left; lines after the first are indented below it."""
    lines = safe_text.wrap(safe_text.line(fact), max(20, width - LABEL - 3))
    return [
        [Part(f"{name if at == 0 else '':<{LABEL}} ", "quiet"), Part(line, tone)]
        for at, line in enumerate(lines)
    ]


# -- the window --------------------------------------------------------------------------------------------


class AccountList(Page):
    """A page with a cursor that moves from account to account."""

    cursor = 0

    def __init__(self) -> None:
        super().__init__([], id="page")
        self.starts: list[int] = []
        """The first line of each account."""

    def part_style(self, at: int, tone: str) -> Style:
        """Return the style of a part, marked in the first line of the account under the cursor."""
        if self.starts and at == self.starts[self.cursor]:
            return self.style("page--cursor", f"page--{tone}")
        return self.style(f"page--{tone}")

    def draw(self, at: int, width: int) -> list[Segment]:
        """Draw a line, with the cursor's sign in the first line of its account."""
        here = bool(self.starts) and at == self.starts[self.cursor]
        sign = Segment("▸ " if here else "  ", self.part_style(at, "key"))
        return [sign, *super().draw(at, width - 2)]

    def put(self, lines: Sequence[Sequence[Part]], starts: list[int]) -> None:
        """Show lines. `starts`: the number of the first line of each account."""
        self.starts = starts
        self.cursor = min(self.cursor, max(0, len(starts) - 1))
        self.show(lines)

    def action_scroll(self, steps: int) -> None:
        """Move the cursor by accounts, and scroll it into view."""
        if not self.starts:
            return
        self.cursor = min(max(0, self.cursor + steps), len(self.starts) - 1)
        first = self.starts[self.cursor]
        after = self.starts[self.cursor + 1] if self.cursor + 1 < len(self.starts) else len(self.lines)
        if not (self.top <= first and after <= self.top + self.size.height):
            self.top = min(first, self.last_top)
        self.refresh()


class AccountsScreen(Window[str]):
    """Stays true while it is open. Dismissed with the account to sign in, or None."""

    keys = (("j", "down"), ("k", "up"), ("escape", "close"))

    BINDINGS = [
        Binding("enter,I", "sign_in", show=False),
        Binding("F", "forget", show=False),
        Binding("ctrl+r", "read", show=False),
        Binding(f"{LEAVE},q,H", "close", show=False),
    ]

    def __init__(
        self,
        accounts: Callable[[], Sequence[AccountHealth]],
        *,
        forget: Callable[[str], None],
        read: Callable[[], None],
    ) -> None:
        """`accounts`: how they do now. `forget` the gaps of one, `read` all of them."""
        super().__init__()
        self._accounts, self._forget, self._read = accounts, forget, read
        self.page = AccountList()

    def parts(self) -> ComposeResult:
        yield self.page
        yield Bar(id="hint")

    def on_mount(self) -> None:
        """Fill the window, and again every second."""
        self.head(tr("Accounts"), tr("Esc closes"))
        self.page.focus()
        self.fill()
        self.set_interval(1.0, self.fill)

    def on_resize(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Write the accounts again as they are now: times move on, and a reading may have ended."""
        now, width = self.inbox.session.clock.now(), min(100, self.app.size.width * 94 // 100) - 5
        lines: list[list[Part]] = []
        starts = []
        if work := self.inbox.work_in_words():
            lines.append([Part(work, "soon")])
        for a in self._accounts():
            lines += [[]] if lines else []
            starts.append(len(lines))
            lines += account_lines(a, now, self.inbox.zone, self.inbox.config.prices.currency, width)
        self.page.put(lines or [[Part(tr("No account is set up: inbox init writes a config."))]], starts)
        self._hint()

    def _hint(self) -> None:
        a = self.account
        parts = [] if a is None else [Part(tr("Enter"), "key"), Part(tr(" signs in  "), "quiet")]
        if a is not None and a.gaps:
            parts += [Part("F", "key"), Part(tr(" forgets what is missing  "), "quiet")]
        parts += [Part("Ctrl+R", "key"), Part(tr(" reads now"), "quiet")]
        self.query_one("#hint", Bar).show(parts)

    @property
    def account(self) -> AccountHealth | None:
        """The one under the cursor."""
        accounts = self._accounts()
        return accounts[self.page.cursor] if self.page.cursor < len(accounts) else None

    def action_sign_in(self) -> None:
        """Close the window and sign in to the account under the cursor."""
        self.dismiss(self.account.account if self.account else None)

    def action_forget(self) -> None:
        """Forget what the account under the cursor is known to miss."""
        if self.account is not None and self.account.gaps:
            self._forget(self.account.account)

    def action_read(self) -> None:
        """Read every account now, as far as the limits allow."""
        self._read()
