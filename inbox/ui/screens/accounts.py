"""How the accounts do, what may be missing, and signing in without leaving the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from inbox.domain.queue import Scope
from inbox.engine.desk import AccountHealth, Desk
from inbox.engine.health import KnownGap
from inbox.ui import bars, shown, words
from inbox.ui.language import tr
from inbox.ui.screens.dialogs import LEAVE, Choice, Page, Pick, Question
from inbox.ui.screens.macros import Macros
from inbox.ui.widgets.bar import Bar, Part

if TYPE_CHECKING:
    from inbox.ui.app import InboxApp

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
    lines = [[Part(shown.line(a.account), "bright"), Part(f"  {_signed_in_as(a)}", "quiet")]]
    lines += _wrapped("", state, "late" if tone == "late" else "text", width)
    if a.next_step:
        lines += _wrapped(tr("What to do"), a.next_step, "bright", width)
    for name, said, tone in _facts(a, now, zone, currency):
        lines += _wrapped(name, said, tone, width)
    return lines


def _signed_in_as(a: AccountHealth) -> str:
    platform = words.platform(a.platform)
    who = f"@{a.handle}" if a.handle else a.name
    if not a.signed_in:
        last = tr("not signed in, last as {who}", who=who) if who else tr("not signed in")
        return f"{platform} · {shown.line(last)}"
    now = tr("signed in as {who}", who=who) if who else tr("signed in")
    return f"{platform} · {shown.line(now)}"


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
        yield tr("May be missing"), f"{gap.surface}, {gap_span(gap, zone)}: {gap.reason}", "soon"
    for note in a.notes[: len(a.notes) - len(a.gaps)]:  # the rest tells the gaps again
        yield "", note, "quiet"


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


def gap_span(gap: KnownGap, zone: tzinfo) -> str:
    """`23 Nov 14:05 to 24 Nov 09:10`."""
    since = _day_and_time(gap.since, zone) if gap.since else tr("the beginning")
    until = _day_and_time(gap.until, zone) if gap.until else tr("now")
    return tr("{since} to {until}", since=since, until=until)


def _day_and_time(moment: datetime, zone: tzinfo) -> str:
    return words.moment(moment, zone).partition(" ")[2]


def _wrapped(name: str, said: str, tone: str, width: int) -> list[list[Part]]:
    """A fact with its name at the left; lines after the first are indented below it."""
    lines = shown.wrap(shown.line(said), max(20, width - LABEL - 3))
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
        if self.starts and at == self.starts[self.cursor]:
            return self.style("page--cursor", f"page--{tone}")
        return self.style(f"page--{tone}")

    def draw(self, at: int, width: int) -> list[Segment]:
        here = bool(self.starts) and at == self.starts[self.cursor]
        sign = Segment("▸ " if here else "  ", self.part_style(at, "key"))
        return [sign, *super().draw(at, width - 2)]

    def put(self, lines: Sequence[Sequence[Part]], starts: list[int]) -> None:
        self.starts = starts
        self.cursor = min(self.cursor, max(0, len(starts) - 1))
        self.show(lines)

    def action_scroll(self, steps: int) -> None:
        if not self.starts:
            return
        self.cursor = min(max(0, self.cursor + steps), len(self.starts) - 1)
        first = self.starts[self.cursor]
        after = self.starts[self.cursor + 1] if self.cursor + 1 < len(self.starts) else len(self.lines)
        if not (self.top <= first and after <= self.top + self.size.height):
            self.top = min(first, self.last_top)
        self.refresh()


class AccountsScreen(ModalScreen[str | None]):
    """Stays true while it is open. Dismissed with the account to sign in, or None."""

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

    @property
    def inbox(self) -> InboxApp:
        return cast("InboxApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(id="window", classes="wide"):
            yield Bar(id="heading")
            yield self.page
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self.query_one("#heading", Bar).show(
            [Part(tr("Accounts"), "bright")], [Part(tr("Esc closes"), "quiet")]
        )
        self.page.focus()
        self.fill()
        self.set_interval(1.0, self.fill)

    def on_resize(self) -> None:
        self.fill()

    def fill(self) -> None:
        now, width = self.inbox.session.clock.now(), min(100, self.app.size.width * 94 // 100) - 5
        lines: list[list[Part]] = []
        starts = []
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
        self.dismiss(self.account.account if self.account else None)

    def action_forget(self) -> None:
        if self.account is not None and self.account.gaps:
            self._forget(self.account.account)

    def action_read(self) -> None:
        self._read()

    def action_close(self) -> None:
        self.dismiss(None)


# -- on the main screen ------------------------------------------------------------------------------------


class Accounts(Macros):
    gap_bar: Bar | None = None
    """Above the panes, once something is known to be missing."""

    @property
    def accounts(self) -> Sequence[AccountHealth]:
        return self.figures.accounts if self.figures else ()

    def do_show_accounts(self) -> None:
        self.renew()
        window = AccountsScreen(
            lambda: self.accounts, forget=lambda name: self.run(self._forget([name])), read=self.do_read_now
        )
        self.app.push_screen(window, self._sign_in)

    def _empty_words(self) -> Sequence[str]:
        """Where nothing was ever read, nothing is answered either."""
        accounts = self.accounts
        if accounts and self.inbox.signing is not None and not any(a.last_read_at for a in accounts):
            return (tr("Nothing was read yet."), "", tr("I signs in an account; H shows how they do."))
        return super()._empty_words()

    # -- signing in --------------------------------------------------------------------------------------

    def do_sign_in(self) -> None:
        """The one account that needs it; where that is not clear, the agent chooses."""
        accounts = self.accounts
        needy = [a for a in accounts if not a.signed_in or a.kind == "auth"]
        clear = needy if len(needy) == 1 else accounts if len(accounts) == 1 else ()
        if clear:
            self._sign_in(clear[0].account)
        elif self._can_sign_in():
            self._choose_account(needy)

    def _choose_account(self, needy: Sequence[AccountHealth]) -> None:
        def suggest(typed: str) -> list[Choice[str]]:
            now = self.inbox.session.clock.now()
            first = sorted(self.accounts, key=lambda a: a not in needy)
            return [
                Choice(a.account, a.account, bars.account_state(a, now)[0])
                for a in first
                if typed.lower() in a.account.lower()
            ]

        self.app.push_screen(
            Pick(tr("Sign in"), suggest, hint=tr("Enter begins; nothing is changed before it succeeds.")),
            self._sign_in,
        )

    def _can_sign_in(self) -> bool:
        if self.inbox.signing is None:
            self.say(tr("The accounts of the demo are signed in already."), "soon")
        elif not self.accounts:
            self.say(tr("No account is set up: inbox init writes a config."), "soon")
        return self.inbox.signing is not None and bool(self.accounts)

    def _sign_in(self, account: str | None) -> None:
        if account is None or not self._can_sign_in() or self.inbox.signing is None:
            return
        from inbox.ui.screens.sign_in import SignInScreen  # nobody needs it before the first frame

        platform = next(a.platform for a in self.accounts if a.account == account)
        window = SignInScreen(account, words.platform(platform), self.inbox.signing, self._signed_in)
        self.app.push_screen(window)

    def _signed_in(self, told: str) -> None:
        """It works: read with it at once."""
        self.inbox.session.read_now()
        self.say(tr("{told} Reading goes on.", told=told))
        self.renew()

    # -- what may be missing -----------------------------------------------------------------------------

    def _known_gaps(self) -> list[tuple[str, KnownGap]]:
        """Gaps where the agent looks, with their accounts, the newest first."""
        found = [(a.account, gap) for a in self.accounts for gap in a.gaps]
        if current := self.current if self.reading else None:
            found = [(a, gap) for a, gap in found if (a, gap.surface) == (current.account, current.surface)]
        else:
            views = self.figures.views if self.figures else ()
            scope = next((view.scope for view in views if view.name == self.view), Scope())
            found = [
                (a, gap)
                for a, gap in found
                if scope.account in (None, a) and (scope.surfaces is None or gap.surface in scope.surfaces)
            ]
        return sorted(found, key=lambda each: (each[1].until is None, each[1].until), reverse=True)

    def _show_bars(self) -> None:
        super()._show_bars()
        gaps = self._known_gaps()
        if gaps and self.gap_bar is None:
            self.gap_bar = Bar(id="gaps")
            self.mount(self.gap_bar, before="#panes")
        if self.gap_bar is not None:
            self.gap_bar.display = bool(gaps)
            if gaps:
                self.gap_bar.show(*self._gap_words(gaps))

    def _gap_words(self, gaps: Sequence[tuple[str, KnownGap]]) -> tuple[list[Part], list[Part]]:
        account, gap = gaps[0]
        more = tr(" and {n} more", n=len(gaps) - 1) if len(gaps) > 1 else ""
        span = gap_span(gap, self.inbox.zone)
        told = shown.line(
            tr("Messages may be missing: {what}", what=f"{gap.surface}, {span} ({account}){more}")
        )
        roomy = self.size.width >= 100
        left = [Part(" ! ", "soon"), Part(told, "text", "accounts.show")]
        return left, [
            Part("F", "key", "gaps.forget"),
            Part(tr(" forgets it ") if roomy else " ", "quiet", "gaps.forget"),
        ]

    def do_forget_gaps(self) -> None:
        """Asks first: nothing tells it again."""
        gaps = self._known_gaps()
        if not gaps:
            self.say(tr("Nothing is known to be missing here."))
            return
        accounts = list(dict.fromkeys(account for account, _ in gaps))
        names = shown.line(", ".join(accounts))

        def answered(yes: bool | None) -> None:
            if yes:
                self.run(self._forget(accounts))

        question = tr(
            "Forget what may be missing of {names}? The messages themselves stay away.", names=names
        )
        self.app.push_screen(Question(question, yes=tr("forgets it"), no=tr("keeps the line")), answered)

    async def _forget(self, accounts: Sequence[str]) -> None:
        def forget(desk: Desk) -> None:
            for account in accounts:
                desk.forget_gaps(account)

        await self.ask(forget)
        self.say(tr("Forgotten."))
        self.renew()
