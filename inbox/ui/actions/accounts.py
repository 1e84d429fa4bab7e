"""The accounts: how they do, and signing in without leaving the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.engine.health import AccountHealth
from inbox.ui.text import bars
from inbox.ui.windows.accounts import AccountsScreen
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main


class Accounts:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    def show(self) -> None:
        screen = self.screen
        screen.renew()
        window = AccountsScreen(
            lambda: screen.health,
            forget=lambda name: screen.run(screen.missing_messages.forget_of([name])),
            read=self.read_now,
        )
        screen.app.push_screen(window, self._sign_in)

    def read_now(self) -> None:
        self.screen.inbox.session.read_now()
        self.screen.say(tr("Reading now, as far as the platforms' limits allow."))

    # -- signing in --------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """The one account that needs it; where that is not clear, the agent chooses."""
        accounts = self.screen.health
        needy = [a for a in accounts if not a.signed_in or a.kind == "auth"]
        clear = needy if len(needy) == 1 else accounts if len(accounts) == 1 else ()
        if clear:
            self._sign_in(clear[0].account)
        elif self._can_sign_in():
            self._choose_account(needy)

    def _choose_account(self, needy: Sequence[AccountHealth]) -> None:
        screen = self.screen

        def suggest(typed: str) -> list[Choice[str]]:
            now = screen.inbox.session.clock.now()
            first = sorted(screen.health, key=lambda a: a not in needy)
            return [
                Choice(a.account, a.account, bars.account_state(a, now)[0])
                for a in first
                if found_in(a.account, typed)
            ]

        screen.app.push_screen(
            Pick(tr("Sign in"), suggest, hint=tr("Enter begins; nothing is changed before it succeeds.")),
            self._sign_in,
        )

    def _can_sign_in(self) -> bool:
        screen = self.screen
        if screen.inbox.signing is None:
            screen.say(tr("The accounts of the demo are signed in already."), "soon")
        elif not screen.health:
            screen.say(tr("No account is set up: inbox init writes a config."), "soon")
        return screen.inbox.signing is not None and bool(screen.health)

    def _sign_in(self, account: str | None) -> None:
        screen = self.screen
        if account is None or not self._can_sign_in() or screen.inbox.signing is None:
            return
        from inbox.ui.windows.sign_in import SignInScreen  # rarely

        platform = next(a.platform for a in screen.health if a.account == account)
        window = SignInScreen(account, words.platform(platform), screen.inbox.signing, self._signed_in)
        screen.app.push_screen(window)

    def _signed_in(self, told: str) -> None:
        """It works: read with it at once."""
        screen = self.screen
        screen.inbox.session.read_now()
        screen.say(tr("{told} Reading goes on.", told=told))
        screen.renew()
