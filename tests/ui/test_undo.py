"""Undo and redo go over the whole command table: whatever a command stores, z takes back and Z does again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from inbox.config.model import Config
from inbox.config.screen import Macro
from inbox.domain.lifecycle import triage_facts
from inbox.domain.model import Deed, Direction, Status
from inbox.engine.desk.contacts import contact_of
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import content
from inbox.engine.desk.workplace import Settings
from inbox.engine.health import health_key
from inbox.ports.platform import FileRule
from inbox.ui.actions.editor import Editor
from inbox.ui.commands.program import VIEW_TITLES
from inbox.ui.commands.table import COMMANDS
from ui.conftest import Opens, Seen

ANNA_ID = "acme-x:mentions:m0"
ANNA, TOM, PETER, EVA = "Anna Becker", "Tom Whitfield", "Peter Hahn", "Eva Lindner"
Does = Callable[[Seen], Awaitable[None]]

NOTHING_STORED = {
    "thread.back", "thread.forward", "screen.messages", "walk.skip", "walk.stop", "draft.previous", "draft.next", "screen.redraw", "screen.suspend", "listening.topics", "listening.groups",
    "queue.down", "queue.up", "queue.first", "queue.last", "queue.half_down", "queue.half_up", "queue.jump",
    "conversation.open", "reader.down", "reader.up", "reader.first", "reader.last", "reader.half_down",
    "reader.half_up", "conversation.next", "conversation.previous", "thread.context", "thread.original",
    "mark.toggle", "mark.next", "mark.range", "mark.again", "mark.all", "mark.alike", "conversation.why", "conversation.log", "conversation.person",
    "conversation.browser", "copy.text", "copy.link", "search.next", "search.previous", "queue.filter",
    "queue.sort", "view.next", "view.previous", "view.choose", "outbox.show", "stats.show", "accounts.show", "accounts.read", "screen.theme",
    "screen.palette", "screen.lag", "screen.help", "screen.back", "screen.close", "screen.quit", "reply.leave", "outbox.open",
    *(c.id for c in COMMANDS if c.id in {f"view.{name}" for name, _ in VIEW_TITLES}),
}  # fmt: skip
"""They look, move, or change what is shown."""
NOT_TAKEN_BACK = {
    "queue.rows": "how the list is laid out is no decision about anybody; the key again changes it back",
    "list.wider": "as queue.rows",
    "list.narrower": "as queue.rows",
    "edit.undo": "is undo",
    "edit.redo": "is redo",
    "walk.undo": "is undo",
    "reply.previous_draft": "leaves this draft as Esc does, and stores nothing besides",
    "reply.next_draft": "as reply.previous_draft",
    "account.login": "signing in is between the agent and the platform; `inbox logout` ends it",
    "reply.spelling": "a word taken for right is the agent's dictionary, not a decision about anybody",
    "tutorial.end": "whoever ended the tutorial sees it again in the next demo",
}


def keys(*pressed: str, on: str = ANNA, typed: str = "") -> Does:
    """On somebody's conversation in the queue: some keys, then words, then the rest after a "..."."""
    first, _, rest = " ".join(pressed).partition(" ... ")

    async def does(seen: Seen) -> None:
        seen.select(on)
        await seen.settle()
        await seen.press(*first.split())
        await seen.type(typed)
        await seen.press(*rest.split())

    return does


def among_the_unsent(key: str, name: str) -> Does:
    """In the window of the unsent replies, on the one to somebody."""

    async def does(seen: Seen) -> None:
        await seen.press("O")
        screen = seen.app.screen
        at = next(i for i, item in enumerate(screen.items) if name in screen.names[item.conversation])  # type: ignore[attr-defined]
        await seen.press(*("j" for _ in range(at)), key, "escape")

    return does


def walking(*pressed: str, typed: str = "") -> Does:
    """In a walk through two people, on the first; then out of it, without marks."""

    async def does(seen: Seen) -> None:
        for name in (TOM, ANNA):
            seen.select(name)
            await seen.press("x")
        await seen.press("m", *"late", "enter", *pressed)
        await seen.type(typed)
        await seen.press("escape", "escape", "escape")

    return does


CHANGES: Mapping[str, Does] = {
    "reply.write": keys("r", "...", "escape", typed="Hallo"),
    "reply.private": keys("R", "...", "escape", on=PETER, typed="Guten Tag"),
    "macro.use": keys("m", "...", "enter", typed="Not for"),
    "note.write": keys("c", "...", "ctrl+s", typed="Be kind"),
    "conversation.resolve": keys("e"),
    "conversation.snooze": keys("b", "...", "enter", typed="+3h"),
    "conversation.take": keys("a"),
    "conversation.assign": keys("A", "...", "enter", typed="jonas"),
    "conversation.tags": keys("l", "...", "enter", typed="late"),
    "priority.raise": keys("+"),
    "priority.lower": keys("-"),
    "conversation.spam": keys("!"),
    "conversation.reopen": keys("E", on="Kemal"),
    "edit.repeat": keys("+", "z", "."),
    "message.hide": keys("enter", "X", "escape"),
    "message.automatic": keys("enter", "u", "escape", on=EVA),
    "message.like": keys("enter", "L", "escape"),
    "message.delete": keys("enter", "D", "y", "escape", on=EVA),
    "person.block": keys("enter", "B", "y", "escape"),
    "person.unblock": keys("enter", "U", "escape"),
    "person.join": keys("p", "...", "enter", typed="sabine"),
    "person.part": keys("P", on="Oliver Brandt"),
    "gaps.forget": keys("F", "y"),
    "reply.send": keys("r", "...", "ctrl+s", typed="Morgen"),
    "reply.send_resolve": keys("r", "...", "f4", typed="Morgen"),
    "reply.parts": keys("r", "...", "f3", "enter", typed="Wir haben nachgesehen. " * 15),
    "reply.editor": keys("r", "ctrl+o", "escape"),
    "reply.quote": keys("r", ">", "escape"),
    "reply.macro": keys("r", "ctrl+t", "...", "enter", "escape", typed="late"),
    "reply.attach": keys("r", "f6", "...", "enter", "escape", typed="karte"),
    "reply.insert": keys("r", "f7", "...", "enter", "escape", typed="thumbs"),
    "reply.switch": keys("r", "f2", "...", "escape", on=PETER, typed="Guten Tag"),
    "walk.send": walking("enter"),
    "walk.send_resolve": walking("f4"),
    "walk.change": walking("r", typed="Dear"),
    "outbox.retry": among_the_unsent("r", "Monika"),
    "outbox.there": among_the_unsent("t", "Jürgen"),
    "outbox.drop": among_the_unsent("d", "Monika"),
}
LONG = "Wir haben nachgesehen. " * 15
SENDS = {"reply.send": "Morgen", "reply.send_resolve": "Morgen", "reply.parts": LONG}
"""Taken back, the words are the draft again: undo never costs any."""
IN_BULK = (
    "conversation.resolve", "conversation.snooze", "conversation.take", "conversation.assign",
    "conversation.tags", "priority.raise", "conversation.spam", "macro.use",
)  # fmt: skip


def config() -> Config:
    macros = [
        Macro(name="late", text="Hallo {first_name}, morgen.", tags=["delivery"]),
        Macro(name="Not for us", text="", tags=["other"], resolve=True),
    ]
    return Config(agent="tanja", macros=macros)


def facts(desk: Desk) -> dict[str, object]:
    """Everything a command can store."""
    store, ids = desk.workplace.store, sorted(desk.queue.order("all"))
    heads = store.conversations.get_many(ids)
    notes = {
        m.id: m.text
        for c in ids
        for m in store.messages.of_conversation(c)
        if m.direction is Direction.NOTE and m.text
    }
    gaps = [
        (store.small_things.setting(health_key(account)) or {}).get("gaps", [])
        for account in desk.workplace.platforms.accounts
    ]
    return {
        "heads": {c.id: triage_facts(c) for c in heads},
        "notes": notes,
        "drafts": {c: content(desk.drafts.get(c)) for c in ids},
        "outbox": {(item.id, item.phase) for item in desk.outbox.items() if item.deed is None},
        "deeds": sorted(item.deed for item in desk.outbox.items() if item.deed),
        "joined": {c.id: store.small_things.setting(f"joined:{contact_of(c).key}") for c in heads},
        "gaps": gaps,
        "automatic": {m.id for c in ids for m in store.messages.of_conversation(c) if m.automatic},
    }


def prepare(desk: Desk) -> None:
    """What some commands need: a platform that offers all, a gap, a pair, and nothing to undo."""
    desk.workplace.platforms.deeds = lambda c: frozenset(Deed)
    desk.workplace.settings = Settings(colleagues=["jonas"])
    desk.workplace.platforms.files = lambda c, private: FileRule(most=1, sizes={"application/pdf": 1000})
    gap = {"surface": "mentions", "since": None, "until": None, "reason": "X gives no more"}
    key = health_key("acme-x")
    desk.workplace.store.small_things.put_setting(
        key, {**desk.workplace.store.small_things.setting(key), "gaps": [gap]}
    )
    oliver = next(c for c in desk.queue.order("all") if c.endswith(":d0"))
    desk.people.join(oliver, "facebook:300")


def test_every_command_is_accounted_for() -> None:
    """Whoever adds a command says what undo does with it."""
    assert {c.id for c in COMMANDS} == NOTHING_STORED | NOT_TAKEN_BACK.keys() | CHANGES.keys()


async def test_z_restores_what_any_command_stored_and_Z_repeats_it(  # the keys are called so
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the queue, after leaving the composer and every window; the same step for one and for many."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where F6 begins to look
    (tmp_path / "karte.pdf").write_bytes(b"%PDF")
    async with opens(size=(100, 30), config=config()) as seen:
        monkeypatch.setattr(Editor, "_edited", lambda editor, command, text: "from the editor")
        await seen.changed(prepare)
        await seen.press("0")
        before = seen.desk(facts)
        for marked, names in (((), CHANGES), ((TOM, ANNA), IN_BULK)):
            for id in names:
                while seen.main.context.place != "queue":
                    await seen.press("escape")
                for name in marked:
                    seen.select(name)
                    await seen.press("x")
                await CHANGES[id](seen)
                after = seen.desk(facts)
                assert after != before, f"{id} stored nothing: {seen.main.context.bars.message[0]}"
                for key in ("z", "Z", "z"):
                    await seen.press(key)
                    if seen.main.context.writing is not None:  # a reply that came back is written on
                        await seen.press("escape")
                    if id in SENDS and key == "z":
                        draft = seen.desk(discard_draft)
                        assert draft in SENDS[id], id
                        assert differ(seen.desk(facts), before) == {}, (
                            f"{id}, {key}: {seen.main.context.bars.message[0]}"
                        )
                        seen.desk(lambda desk, draft=draft: desk.drafts.save(ANNA_ID, draft))  # type: ignore[misc]
                    else:
                        wanted = before if key == "z" else after
                        assert differ(seen.desk(facts), wanted) == {}, (
                            f"{id}, {key}: {seen.main.context.bars.message[0]}"
                        )
                seen.desk(discard_draft)


def discard_draft(desk: Desk) -> str:
    draft = desk.drafts.get(ANNA_ID)
    desk.drafts.save(ANNA_ID, "")
    desk.drafts._begun.clear()
    return draft.text if draft else ""


def differ(now: dict[str, object], wanted: dict[str, object]) -> dict[str, tuple[object, object]]:
    return {what: (now[what], wanted[what]) for what in now if now[what] != wanted[what]}


async def test_after_a_restart_z_takes_back_what_was_done_before(opens: Opens, tmp_path: Path) -> None:
    """The terminal was closed by mistake right after the wrong key."""
    async with opens() as seen:
        seen.select(ANNA)
        await seen.press("e")
        assert seen.desk(lambda desk: desk.conversation.get(ANNA_ID)).status is Status.RESOLVED
    async with opens(folder=tmp_path / "store") as seen:
        assert ANNA_ID not in seen.queue.order
        await seen.press("z")
        assert seen.desk(lambda desk: desk.conversation.get(ANNA_ID)).status is Status.OPEN
        assert "taken back" in seen.main.context.bars.message[0]
