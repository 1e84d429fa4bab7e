"""Macros: a canned answer and what goes with it, shown before it is taken.

Text, tags, owner and resolving are one step of undo (z); inside the composer the text is one too (Ctrl+Z). Where
there is a text, a macro that resolves does so once the answer is out, like Alt+Enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.config.screen import Macro
from inbox.domain import macros
from inbox.domain.fold import found_in
from inbox.domain.model import Conversation
from inbox.domain.records import replace
from inbox.ui.actions.macro_order import MacroOrder
from inbox.ui.actions.repeat import Answer, Repeat
from inbox.ui.actions.walk import Walk
from inbox.ui.actions.write import Write
from inbox.ui.windows.dialogs import Choice, Pick, Question
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Macros:
    """Macros of the config: text, tags, assignment and resolving in one."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def use(self) -> None:
        """Ask for a macro and do what it says to the targets."""
        context, targets = self.context, self.context.targets
        known = context.inbox.config.macros
        if not known:
            context.say(tr("There is no macro yet; they are in the config, under [[macros]]."), "soon")
            return
        first = context.head(targets[0])
        known = context.part(MacroOrder).sorted(known, first)
        note = context.writing is not None and context.writing.note

        def suggest(typed: str) -> list[Choice[Macro]]:
            return [_choice(macro, len(targets), note) for macro in _fitting(typed, known)]

        def preview(macro: Macro) -> str:
            return self._filled(macro, first)

        context.choose(
            Pick(
                tr("Macro for {whom}", whom=context.whom(targets)),
                suggest,
                hint=tr("Enter or the digit takes it; nothing is sent yet."),
                placeholder="macro",
                preview=preview,
                numbered=True,
            ),
            lambda macro: self._ask_first(macro, targets),
        )

    def _ask_first(self, macro: Macro, targets: Sequence[str]) -> None:
        """Take a macro; one with a misspelt place is not put into an answer without a word."""
        context, wrong = self.context, macros.mistaken(macro.text)
        context.part(MacroOrder).used(macro.name, len(targets))
        if not wrong:
            context.run(self._take(macro, targets))
            return
        question = Question(
            tr("{problem} Insert it as it is?", problem=_wrong(wrong)),
            yes=tr("inserts it"),
            no=tr("leaves it"),
        )
        context.confirm(question, lambda: context.run(self._take(macro, targets)))

    def _filled(self, macro: Macro, head: Conversation | None) -> str:
        return macros.fill(macro.text, macros.values(head, self.context.inbox.agent)) if head else macro.text

    async def _take(self, macro: Macro, targets: Sequence[str]) -> None:
        context = self.context
        text = bool(macro.text.strip())
        if text and len(targets) > 1:
            context.part(Walk).begin([_as_answer(macro, context.inbox.agent).to(cid) for cid in targets])
            return
        if text and not await self._insert(macro, targets[0]):
            return
        if text:
            context.part(Repeat).began(targets[0], _as_answer(macro, context.inbox.agent))
        resolve = macro.resolve and not text
        if not (macro.tags or macro.assign or resolve):
            await context.ask(lambda desk: desk.drafts.end_writing(targets[0]))
            return
        assign = context.inbox.agent if macro.assign == "me" else macro.assign
        whom = context.whom(targets)
        if resolve:
            context.queue.clear_marks()
            context.leave_view(targets)
        await context.ask(
            lambda desk: desk.triage.macro(
                macro.name, targets, tags=macro.tags, assign=assign, resolve=resolve
            )
        )
        told = tr("Macro {name}: {whom} · {does}", name=macro.name, whom=whom, does=_does(macro))
        context.say(
            told
            if text
            else f"{told} · {tr('{key} takes it back', key=context.inbox.keymap.key('edit.undo'))}"
        )
        context.renew()

    async def _insert(self, macro: Macro, cid: str) -> bool:
        """Put the text at the cursor, as one step of the composer's own undo. False: no reply can be written."""
        context = self.context
        if context.writing is None or context.writing.conversation != cid:
            await context.part(Write).begin(cid)
        await context.part(Write).keep_draft(ended=True)
        composer, w = context.composer, context.writing
        if composer is None or w is None or w.conversation != cid:
            return False
        filled = self._filled(macro, context.head(cid))
        area = composer.area
        start = area.cursor_location
        before = area.get_text_range((0, 0), start)
        gap = "\n" if before and not before[-1].isspace() else ""
        result = area.insert(gap + filled, maintain_selection_offset=False)
        area.history.checkpoint()
        area.move_cursor(result.end_location)
        if found := macros.first_open(area.text):
            composer.select(*found)
        if macro.resolve:
            composer.renew(replace(w, resolve=True))
        area.focus()
        await context.part(Write).keep_draft()
        return True


def _as_answer(macro: Macro, agent: str) -> Answer:
    return Answer(
        text=macro.text,
        private=False,
        resolve=macro.resolve,
        macro=macro.name,
        tags=tuple(macro.tags),
        assign=agent if macro.assign == "me" else macro.assign,
    )


def _fitting(typed: str, known: Sequence[Macro]) -> list[Macro]:
    """Those whose name (or text) holds the typed letters in their order, the best first."""
    if not typed.strip():
        return list(known)
    from textual.fuzzy import Matcher  # not before somebody looks for a macro

    matcher = Matcher(typed.strip())
    ranked = [(2 * matcher.match(m.name) + matcher.match(" ".join(m.tags)), m) for m in known]
    found = [pair for pair in ranked if pair[0] > 0]
    found = found or [(1.0, m) for m in known if found_in(m.text, typed)]
    return [macro for _, macro in sorted(found, key=lambda pair: -pair[0])]


def _choice(macro: Macro, many: int, note: bool) -> Choice[Macro]:
    text = bool(macro.text.strip())
    if text and note:
        return Choice(macro.name, macro, tr("an answer, and this is a note"), True)
    wrong, does = macros.mistaken(macro.text), _does(macro)
    if text and many > 1:
        does = " · ".join(filter(None, (tr("{n} replies, one by one", n=many), does)))
    return Choice(safe_text.line(macro.name), macro, _wrong(wrong[:1]) if wrong else does)


def _wrong(places: Sequence[macros.Mistaken]) -> str:
    return " ".join(
        tr(
            "{written} is not filled in, did you mean {meant}?",
            written=safe_text.line(each.written),
            meant=each.meant,
        )
        for each in places
    )


def _does(macro: Macro) -> str:
    parts = [f"+{tag}" for tag in macro.tags]
    if macro.assign:
        parts.append(tr("to nobody") if macro.assign == "-" else tr("to {assign}", assign=macro.assign))
    if macro.resolve:
        parts.append(tr("resolves once it is out") if macro.text.strip() else tr("resolves"))
    return " · ".join(parts)
