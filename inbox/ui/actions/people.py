"""Saying who is who: contacts of several platforms joined to one human, and parted again. Never done by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.engine.desk.contacts import Contact
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.people import PersonFile
from inbox.ui.widgets.person import on_platform
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context

RECENT = 300
"""Conversations whose people are offered by name; anybody else is found by typing @handle or platform:id."""


class People:
    """Contacts that are one person: joined and parted by the agent."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def join(self) -> None:
        """Ask who is the same person as the contact here, and join them."""
        context, current = self.context, self.context.current
        if current is None:
            return
        likely, others = await context.ask(lambda desk: _offered(desk, current.id))

        def suggest(typed: str) -> list[Choice[str]]:
            wanted = typed.strip()
            options = [Choice(on_platform(one), one.key, tr("perhaps the same")) for one in likely]
            options += [Choice(on_platform(one), one.key) for one in others]
            fitting = [option for option in options if found_in(option.text, wanted)]
            named = Choice(typed.strip(), typed.strip(), tr("@handle, platform:id or conversation"))
            return fitting if fitting or not wanted else [named]

        context.choose(
            Pick(
                tr("The same person as {name}", name=safe_text.person(current.contact)),
                suggest,
                hint=tr(
                    "Enter joins them: one history, one set of notes. {key} takes it back.",
                    key=context.inbox.keymap.key("edit.undo"),
                ),
                placeholder=tr("name"),
            ),
            lambda other: context.run(self.join_with(current.id, other)),
        )

    async def join_with(self, cid: str, other: str) -> None:
        """Join the contacts of two conversations."""
        context = self.context
        await context.ask(lambda desk: desk.people.join(cid, other))
        context.say(
            tr(
                "Joined: they are one person from now on · {key} takes it back",
                key=context.inbox.keymap.key("edit.undo"),
            )
        )
        context.renew()

    async def part(self) -> None:
        """Ask which of the joined contacts to take out again."""
        context, current = self.context, self.context.current
        if current is None:
            return
        file = await context.ask(lambda desk: desk.people.file(current.id))
        if not file.joined:
            context.say(
                tr("They are joined with nobody; {key} joins.", key=context.inbox.keymap.key("person.join")),
                "soon",
            )
        elif len(file.joined) == 1:
            await self._part(current.id, file.joined[0].key)
        else:
            self._choose_parted(current.id, file)

    def _choose_parted(self, cid: str, file: PersonFile) -> None:
        def suggest(typed: str) -> list[Choice[str]]:
            options = [Choice(on_platform(one), one.key) for one in file.joined]
            return [option for option in options if found_in(option.text, typed)]

        self.context.choose(
            Pick(
                tr("Not the same person as {name}", name=safe_text.person(file.person)),
                suggest,
                hint=tr("Enter parts them; what was written stays with each."),
                placeholder=tr("name"),
            ),
            lambda other: self.context.run(self._part(cid, other)),
        )

    async def _part(self, cid: str, other: str) -> None:
        context = self.context
        await context.ask(lambda desk: desk.people.part(cid, other))
        context.say(
            tr("Parted: two persons again · {key} takes it back", key=context.inbox.keymap.key("edit.undo"))
        )
        context.renew()


def _offered(desk: Desk, cid: str) -> tuple[list[Contact], list[Contact]]:
    """Likely matches, and the people of the newest conversations."""
    file, likely = desk.people.file(cid), desk.people.likely(cid)
    known = {one.key for one in (file.contact, *file.joined, *likely)}
    rows = desk.queue.rows(desk.queue.order("all", limit=RECENT)).values()
    people = (Contact(platform=row.conversation.platform, person=row.conversation.contact) for row in rows)
    return likely, list(_without(people, known))


def _without(people: Iterable[Contact], known: set[str]) -> Iterable[Contact]:
    others = {one.key: one for one in people if one.key and one.key not in known}
    return sorted(others.values(), key=lambda one: one.person.label.lower())
