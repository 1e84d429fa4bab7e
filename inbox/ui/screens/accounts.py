"""The accounts on the main screen: signing in without leaving it, and what may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from inbox.domain.queue import Scope
from inbox.engine.desk import Desk
from inbox.engine.health import AccountHealth, KnownGap
from inbox.language import tr
from inbox.ui import bars, shown, words
from inbox.ui.screens.dialogs import Choice, Pick, Question
from inbox.ui.screens.macros import Macros
from inbox.ui.widgets.bar import Bar, Part


def gap_span(gap: KnownGap, zone: tzinfo) -> str:
    """`23 Nov 14:05 to 24 Nov 09:10`."""
    since = _day_and_time(gap.since, zone) if gap.since else tr("the beginning")
    until = _day_and_time(gap.until, zone) if gap.until else tr("now")
    return tr("{since} to {until}", since=since, until=until)


def _day_and_time(moment: datetime, zone: tzinfo) -> str:
    return words.moment(moment, zone).partition(" ")[2]


class Accounts(Macros):
    gap_bar: Bar | None = None
    """Above the panes, once something is known to be missing."""

    @property
    def accounts(self) -> Sequence[AccountHealth]:
        return self.figures.accounts if self.figures else ()

    def do_show_accounts(self) -> None:
        from inbox.ui.screens.account_window import (
            AccountsScreen,  # 3 ms, which the first frame need not wait
        )

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

        question = tr(
            "Forget what may be missing of {names}? The messages themselves stay away.", names=names
        )
        self.confirm(
            Question(question, yes=tr("forgets it"), no=tr("keeps the line")),
            lambda: self.run(self._forget(accounts)),
        )

    async def _forget(self, accounts: Sequence[str]) -> None:
        def forget(desk: Desk) -> None:
            for account in accounts:
                desk.forget_gaps(account)

        await self.ask(forget)
        self.say(tr("Forgotten."))
        self.renew()
