"""What the platforms did not give: a line above the panes, until it is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.domain.queue import Scope
from inbox.engine.desk.desk import Desk
from inbox.engine.health import KnownGap
from inbox.ui.widgets.bar import Bar, Part
from inbox.ui.windows.dialogs import Question
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main


class Gaps:
    def __init__(self, screen: Main) -> None:
        self.screen = screen
        self.bar: Bar | None = None
        """Above the panes, once something is known to be missing."""

    def _known(self) -> list[tuple[str, KnownGap]]:
        """Gaps where the agent looks, with their accounts, the newest first."""
        screen = self.screen
        found = [(a.account, gap) for a in screen.health for gap in a.gaps]
        if current := screen.current if screen.reading else None:
            found = [(a, gap) for a, gap in found if (a, gap.surface) == (current.account, current.surface)]
        else:
            views = screen.figures.views if screen.figures else ()
            scope = next((view.scope for view in views if view.name == screen.view), Scope())
            found = [
                (a, gap)
                for a, gap in found
                if scope.account in (None, a) and (scope.surfaces is None or gap.surface in scope.surfaces)
            ]
        return sorted(found, key=lambda each: (each[1].until is None, each[1].until), reverse=True)

    def show(self) -> bool:
        """Whether there are any where the agent looks."""
        gaps = self._known()
        if gaps and self.bar is None:
            self.bar = Bar(id="gaps")
            self.screen.mount(self.bar, before="#panes")
        if self.bar is not None:
            self.bar.display = bool(gaps)
            if gaps:
                self.bar.show(*self._words(gaps))
        return bool(gaps)

    def _words(self, gaps: Sequence[tuple[str, KnownGap]]) -> tuple[list[Part], list[Part]]:
        account, gap = gaps[0]
        more = tr(" and {n} more", n=len(gaps) - 1) if len(gaps) > 1 else ""
        span = gap_span(gap, self.screen.inbox.zone)
        told = safe_text.line(
            tr("Messages may be missing: {what}", what=f"{gap.surface}, {span} ({account}){more}")
        )
        roomy = self.screen.size.width >= 100
        left = [Part(" ! ", "soon"), Part(told, "text", "accounts.show")]
        return left, [
            Part("F", "key", "missing_messages.forget"),
            Part(tr(" forgets it ") if roomy else " ", "quiet", "missing_messages.forget"),
        ]

    def forget(self) -> None:
        """Asks first: nothing tells it again."""
        screen = self.screen
        gaps = self._known()
        if not gaps:
            screen.say(tr("Nothing is known to be missing here."))
            return
        accounts = list(dict.fromkeys(account for account, _ in gaps))
        names = safe_text.line(", ".join(accounts))

        question = tr(
            "Forget what may be missing of {names}? The messages themselves stay away.", names=names
        )
        screen.confirm(
            Question(question, yes=tr("forgets it"), no=tr("keeps the line")),
            lambda: screen.run(self.forget_of(accounts)),
        )

    async def forget_of(self, accounts: Sequence[str]) -> None:
        screen = self.screen

        def forget(desk: Desk) -> None:
            for account in accounts:
                desk.forget_gaps(account)

        await screen.ask(forget)
        screen.say(tr("Forgotten."))
        screen.renew()


def gap_span(gap: KnownGap, zone: tzinfo) -> str:
    """`23 Nov 14:05 to 24 Nov 09:10`."""
    since = _day_and_time(gap.since, zone) if gap.since else tr("the beginning")
    until = _day_and_time(gap.until, zone) if gap.until else tr("now")
    return tr("{since} to {until}", since=since, until=until)


def _day_and_time(moment: datetime, zone: tzinfo) -> str:
    return words.moment(moment, zone).partition(" ")[2]
