"""The accounts: how they do, and signing in without leaving the context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.engine.health import AccountHealth
from inbox.ui.actions.missing_messages import MissingMessages
from inbox.ui.text import bars
from inbox.ui.windows.accounts import AccountsScreen
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Accounts:
    """The window of accounts, and reading now."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def show(self) -> None:
        """Open the window of accounts."""
        context = self.context
        context.renew()
        window = AccountsScreen(
            lambda: context.health,
            forget=lambda name: context.run(context.part(MissingMessages).forget_of([name])),
            read=self.read_now,
        )
        context.screen.app.push_screen(window, self._sign_in)

    def read_now(self) -> None:
        """Ask the station to read every account now."""
        self.context.inbox.session.read_now()
        self.context.say(tr("Reading now, as far as the platforms' limits allow."))

    # -- signing in --------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """The one account that needs it; where that is not clear, the agent chooses."""
        accounts = self.context.health
        needy = [a for a in accounts if not a.signed_in or a.kind == "auth"]
        clear = needy if len(needy) == 1 else accounts if len(accounts) == 1 else ()
        if clear:
            self._sign_in(clear[0].account)
        elif self._can_sign_in():
            self._choose_account(needy)

    def _choose_account(self, needy: Sequence[AccountHealth]) -> None:
        context = self.context

        def suggest(typed: str) -> list[Choice[str]]:
            now = context.inbox.session.clock.now()
            first = sorted(context.health, key=lambda a: a not in needy)
            return [
                Choice(a.account, a.account, bars.account_state(a, now)[0])
                for a in first
                if found_in(a.account, typed)
            ]

        context.screen.app.push_screen(
            Pick(tr("Sign in"), suggest, hint=tr("Enter begins; nothing is changed before it succeeds.")),
            self._sign_in,
        )

    def _can_sign_in(self) -> bool:
        context = self.context
        if context.inbox.signing is None:
            context.say(tr("The accounts of the demo are signed in already."), "soon")
        elif not context.health:
            context.say(tr("No account is set up: inbox init writes a config."), "soon")
        return context.inbox.signing is not None and bool(context.health)

    def _sign_in(self, account: str | None) -> None:
        context = self.context
        if account is None or not self._can_sign_in() or context.inbox.signing is None:
            return
        from inbox.ui.windows.sign_in import SignInScreen  # rarely

        platform = next(a.platform for a in context.health if a.account == account)
        window = SignInScreen(account, words.platform(platform), context.inbox.signing, self._signed_in)
        context.screen.app.push_screen(window)

    def _signed_in(self, told: str) -> None:
        """It works: read with it at once."""
        context = self.context
        context.inbox.session.read_now()
        context.say(tr("{told} Reading goes on.", told=told))
        context.renew()
