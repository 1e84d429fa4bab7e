"""The footer: the keys of the innermost layer, and nothing of what lies below it. Pure.

What stands at the right is never cut off: the way out, and the key for all keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from inbox.ui.commands.keymap import show
from inbox.ui.text.part import Part
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.commands.keymap import Keymap

Parts = tuple[list[Part], list[Part]]
Key = tuple[str, str]
"""The id of a command, and what its key does here, in English."""

MARKED: Sequence[Key] = (
    ("conversation.resolve", "resolve"),
    ("macro.use", "macro, one by one"),
    ("conversation.tags", "tag"),
    ("conversation.take", "take"),
    ("conversation.snooze", "snooze"),
    ("conversation.assign", "assign"),
    ("mark.alike", "and alike"),
    ("mark.toggle", "more"),
)
PERSON: Sequence[Key] = (
    ("conversation.browser", "profile"),
    ("person.join", "join"),
    ("person.part", "part"),
    ("note.write", "note"),
)
REPLY: Sequence[Key] = (
    ("reply.parts", "as numbered posts"),
    ("reply.send", "send"),
    ("reply.send_resolve", "send, resolve"),
    ("reply.macro", "macro"),
    ("reply.switch", "public/private"),
    ("thread.back", "thread"),
    ("reply.attach", "attach"),
    ("reply.editor", "editor"),
)
NOTE: Sequence[Key] = (("reply.send", "keep"), ("reply.editor", "editor"), ("thread.back", "thread"))
WITHIN: Sequence[Key] = (("search.next", "next hit"), ("search.previous", "previous hit"))
BACK: Key = ("screen.back", "no marks")
LEAVE_PERSON: Key = ("conversation.person", "back")
LEAVE_WRITING: Key = ("reply.leave", "keep draft")
ALL: Sequence[Key] = (*MARKED, *PERSON, *REPLY, *NOTE, *WITHIN, BACK, LEAVE_PERSON, LEAVE_WRITING)
"""Every key of a footer that is a command's."""


def marks(n: int, keymap: Keymap) -> Parts:
    """Return what can be done to `n` marked conversations."""
    badge = [Part(tr(" {n} marked ", n=n), "badge"), Part("  ")]
    return [*badge, *_keys(MARKED, keymap)], [
        *_keys([BACK], keymap),
        *_help(keymap),
    ]


def person(target: str, keymap: Keymap) -> Parts:
    """Return the keys of the person panel. `target`: what Enter does to the line with the cursor: open, join, or
    nothing."""
    enter = [("conversation.open", target)] if target else []
    return [Part(" "), *_keys([*enter, *PERSON], keymap)], [
        *_keys([LEAVE_PERSON], keymap),
        *_help(keymap),
    ]


def filtering(*, offered: bool, keymap: Keymap) -> Parts:
    """Return the keys while the filter is typed: letters are letters there. `offered`: Tab takes what is offered."""
    left = [
        *_fixed("enter", tr("to the list")),
        *_fixed("tab", tr("take the first") if offered else tr("next view")),
    ]
    return [Part(" "), *left], [*_fixed("escape", tr("no filter")), *_help(keymap, "f1")]


def finding(keymap: Keymap) -> Parts:
    """Return the keys while something is looked for in a conversation."""
    return [Part(" "), *_fixed("enter", tr("first hit")), *_keys(WITHIN, keymap)], [
        *_fixed("escape", tr("leave")),
        *_help(keymap, "f1"),
    ]


def note(keymap: Keymap) -> Parts:
    """Return the keys while a note is written: nothing is sent, so nothing is said of sending."""
    return [Part(" "), *_keys(NOTE, keymap)], [
        *_keys([LEAVE_WRITING], keymap),
        *_help(keymap, "f1"),
    ]


def reply(possible: Collection[str], keymap: Keymap) -> Parts:
    """Return the keys while a reply is written. `possible`: the ids of the commands that can be done now."""
    keys = [key for key in REPLY if key[0] in possible]
    return [Part(" "), *_keys(keys, keymap)], [
        *_keys([LEAVE_WRITING], keymap),
        *_help(keymap, "f1"),
    ]


def window(keys: Iterable[tuple[str, str]]) -> Parts:
    """Return the keys of a window over the screen, as it names them."""
    return [Part(" "), *(part for key, words in keys for part in _fixed(key, tr(words)))], []


def _keys(keys: Iterable[Key], keymap: Keymap) -> list[Part]:
    return [
        part
        for id, words in keys
        for part in (Part(keymap.key(id), "key", id), Part(f" {tr(words)}  ", "quiet", id))
    ]


def _fixed(key: str, words: str) -> list[Part]:
    return [Part(show(key), "key"), Part(f" {words}  ", "quiet")]


def _help(keymap: Keymap, key: str | None = None) -> list[Part]:
    """`key`: the one that works where letters are typed, if the agent has kept it."""
    keys = keymap.keys["screen.help"]
    told = key if key in keys else keys[0]
    return [Part(show(told), "key", "screen.help"), Part(f" {tr('keys')} ", "quiet", "screen.help")]
