"""What the platforms did not give: a line at the foot, until it is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.queue import Scope
from inbox.engine.desk.desk import Desk
from inbox.engine.health import KnownGap
from inbox.ui.text.missing_span import gap_span
from inbox.ui.text.part import Part
from inbox.ui.windows.dialogs import Question
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class MissingMessages:
    """Stretches of time that a platform did not give."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def _known(self) -> list[tuple[str, KnownGap]]:
        """Gaps where the agent looks, with their accounts, the newest first."""
        context = self.context
        found = [(a.account, gap) for a in context.health for gap in a.gaps]
        if current := context.current if context.reading else None:
            found = [(a, gap) for a, gap in found if (a, gap.surface) == (current.account, current.surface)]
        else:
            views = context.figures.views if context.figures else ()
            scope = next((view.scope for view in views if view.name == context.view.name), Scope())
            found = [
                (a, gap)
                for a, gap in found
                if scope.account in (None, a) and (scope.surfaces is None or gap.surface in scope.surfaces)
            ]
        return sorted(found, key=lambda each: (each[1].until is None, each[1].until), reverse=True)

    def line(self) -> tuple[list[Part], list[Part]]:
        """What may be missing where the agent looks, and the key that forgets it; empty where nothing is."""
        gaps = self._known()
        return self._words(gaps) if gaps else ([], [])

    def _words(self, gaps: Sequence[tuple[str, KnownGap]]) -> tuple[list[Part], list[Part]]:
        account, gap = gaps[0]
        more = tr(" and {n} more", n=len(gaps) - 1) if len(gaps) > 1 else ""
        span = gap_span(gap, self.context.inbox.zone)
        told = safe_text.line(
            tr("Messages may be missing: {what}", what=f"{gap.surface}, {span} ({account}){more}")
        )
        roomy = self.context.screen.size.width >= 100
        left = [Part(" ! ", "soon"), Part(told, "text", "accounts.show")]
        return left, [
            Part(self.context.inbox.keymap.key("gaps.forget"), "key", "gaps.forget"),
            Part(tr(" forgets it ") if roomy else " ", "quiet", "gaps.forget"),
        ]

    def forget(self) -> None:
        """Asks first: nothing tells it again."""
        context = self.context
        gaps = self._known()
        if not gaps:
            context.say(tr("Nothing is known to be missing here."))
            return
        accounts = list(dict.fromkeys(account for account, _ in gaps))
        names = safe_text.line(", ".join(accounts))

        question = tr(
            "Forget that messages of {names} may be missing? They will not be fetched.", names=names
        )
        context.confirm(
            Question(question, yes=tr("forgets it"), no=tr("keeps the line")),
            lambda: context.run(self.forget_of(accounts)),
        )

    async def forget_of(self, accounts: Sequence[str]) -> None:
        """Forget what accounts are known to miss; can be undone."""
        context = self.context

        def forget(desk: Desk) -> None:
            for account in accounts:
                desk.accounts.forget_gaps(account)

        await context.ask(forget)
        context.say(tr("Forgotten."))
        context.renew()
