"""Every command of the screen, once. Bindings, footer, palette, help, the README's key table and remapping by
command id all come from `COMMANDS`. Imports no Textual, so that `inbox keys` needs no screen.

The code that does a command is found by its id: in `ui/handlers.py`, for the window of the replies that did not leave
in `ui/windows/outbox.py`. `blocked` returns why it cannot be done now; pressing the key then says that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inbox.domain.model import Deed
from inbox.domain.records import Record
from inbox.ui.commands.availability import (
    Blocked,
    free,
    needs_closed,
    needs_conversation,
    needs_deed,
    needs_hidden,
    needs_length,
    needs_link,
    needs_one,
    needs_other_way,
    needs_private_way,
    needs_repeatable,
    needs_way,
    not_writing,
)
from inbox.wording.language import tr

SCOPES: Mapping[str, str] = {
    "queue": "In the queue",
    "reader": "In a conversation",
    "triage": "On a conversation, or on all that are marked",
    "anywhere": "Everywhere",
    "composer": "While writing",
    "outbox": "Among the replies that did not leave",
}


class Command(Record, kw_only=True):
    """`keys`: as Textual names them, in the order of importance. `footer`: shown at the foot of the screen."""

    id: str
    keys: tuple[str, ...]
    title: str
    scope: str
    help: str
    blocked: Blocked = free
    footer: str | None = None
    palette: bool = True
    """False for movements: nobody looks for them in a list."""


def _move(id: str, keys: str, title: str, scope: str) -> Command:
    return Command(
        id=id,
        keys=tuple(keys.split()),
        title=title,
        scope=scope,
        help=title,
        palette=False,
    )


def _deed(id: str, key: str, title: str, help: str) -> Command:
    """Something done on the platform itself; the id ends with the deed."""
    deed = Deed(id.partition(".")[2])
    return Command(
        id=id,
        keys=(key,),
        title=title,
        scope="triage",
        help=help,
        blocked=needs_deed(deed),
    )


def _outbox(name: str, key: str, title: str, help: str, footer: str) -> Command:
    return Command(
        id=f"outbox.{name}",
        keys=(key,),
        title=title,
        scope="outbox",
        help=help,
        footer=footer,
        palette=False,
    )


VIEW_TITLES = (
    ("waiting", "Waiting"),
    ("mine", "Mine"),
    ("unassigned", "Unassigned"),
    ("mentions", "Mentions"),
    ("direct", "Direct messages"),
    ("comments", "Comments"),
    ("hits", "Search hits"),
    ("snoozed", "Snoozed"),
    ("failed", "Failed replies"),
    ("all", "All conversations"),
)

COMMANDS: tuple[Command, ...] = (
    # moving in the queue
    _move("queue.down", "j down", "Next conversation", "queue"),
    _move("queue.up", "k up", "Previous conversation", "queue"),
    _move("queue.first", "g home", "First conversation", "queue"),
    _move("queue.last", "G end", "Last conversation", "queue"),
    _move("queue.half_down", "ctrl+d pagedown", "Half a page down", "queue"),
    _move("queue.half_up", "ctrl+u pageup", "Half a page up", "queue"),
    Command(
        id="queue.jump",
        keys=("f",),
        title="Jump",
        scope="queue",
        help="Puts a letter beside every visible conversation; typing it goes there",
        blocked=needs_one,
    ),
    Command(
        id="conversation.open",
        keys=("enter", "right"),
        title="Open",
        scope="queue",
        help="Read the conversation",
        blocked=needs_one,
        footer="open",
    ),
    # reading
    _move("reader.down", "j down", "Scroll down", "reader"),
    _move("reader.up", "k up", "Scroll up", "reader"),
    _move("reader.first", "g home", "Beginning of the conversation", "reader"),
    _move("reader.last", "G end", "End of the conversation", "reader"),
    _move("reader.half_down", "ctrl+d pagedown space", "Half a page down", "reader"),
    _move("reader.half_up", "ctrl+u pageup", "Half a page up", "reader"),
    _move("conversation.next", "J", "Next conversation", "reader"),
    _move("conversation.previous", "K", "Previous conversation", "reader"),
    Command(
        id="thread.context",
        keys=("t",),
        title="Whole public thread",
        scope="reader",
        help="What others wrote around this conversation; once more hides it",
        blocked=needs_one,
    ),
    Command(
        id="thread.original",
        keys=("v",),
        title="Show hidden characters",
        scope="reader",
        help="The text with every invisible or dangerous character written out",
        blocked=needs_hidden,
    ),
    Command(
        id="message.automatic",
        keys=("u",),
        title="Automatic, or not",
        scope="reader",
        help="Says that no person wrote our newest message, or that one did; the same text counts alike everywhere",
    ),
    # acting on conversations
    Command(
        id="reply.write",
        keys=("r",),
        title="Reply",
        scope="triage",
        help="Write an answer; an unfinished one is still there",
        blocked=needs_way,
        footer="reply",
    ),
    Command(
        id="reply.private",
        keys=("R",),
        title="Reply privately",
        scope="triage",
        help="Answer a public comment with a private message, where the platform allows it",
        blocked=needs_private_way,
    ),
    Command(
        id="macro.use",
        keys=("m",),
        title="Macro",
        scope="triage",
        help="A canned answer and what goes with it: tags, owner, resolve; shows both first",
        blocked=needs_conversation,
    ),
    Command(
        id="note.write",
        keys=("c",),
        title="Internal note",
        scope="triage",
        help="For colleagues only; it never leaves the house",
        blocked=needs_one,
        footer="note",
    ),
    Command(
        id="conversation.resolve",
        keys=("e",),
        title="Resolve",
        scope="triage",
        help="Done: end the wait and go on to the next",
        blocked=needs_conversation,
        footer="resolve",
    ),
    Command(
        id="conversation.snooze",
        keys=("b",),
        title="Snooze",
        scope="triage",
        help="Hide until a time you choose, a new message, or the answer is due soon",
        blocked=needs_conversation,
        footer="snooze",
    ),
    Command(
        id="conversation.take",
        keys=("a",),
        title="Take",
        scope="triage",
        help="Assign to yourself; once more gives it back",
        blocked=needs_conversation,
        footer="take",
    ),
    Command(
        id="conversation.assign",
        keys=("A",),
        title="Assign",
        scope="triage",
        help="Give to a colleague, or to nobody",
        blocked=needs_conversation,
    ),
    Command(
        id="conversation.tags",
        keys=("l",),
        title="Tags",
        scope="triage",
        help="Add and remove tags",
        blocked=needs_conversation,
    ),
    Command(
        id="priority.raise",
        keys=("+",),
        title="Raise priority",
        scope="triage",
        help="low, normal, high, urgent",
        blocked=needs_conversation,
    ),
    Command(
        id="priority.lower",
        keys=("-",),
        title="Lower priority",
        scope="triage",
        help="urgent, high, normal, low",
        blocked=needs_conversation,
    ),
    Command(
        id="conversation.spam",
        keys=("!",),
        title="Spam",
        scope="triage",
        help="No timer, and it stays spam whatever arrives",
        blocked=needs_conversation,
    ),
    Command(
        id="conversation.reopen",
        keys=("E",),
        title="Reopen",
        scope="triage",
        help="Back into the queue; what waited waits again, from the old time",
        blocked=needs_closed,
    ),
    Command(
        id="mark.toggle",
        keys=("x",),
        title="Mark",
        scope="triage",
        help="Mark or unmark; the next command acts on all that are marked",
        blocked=needs_one,
        footer="mark",
    ),
    Command(
        id="mark.next",
        keys=("space",),
        title="Mark and move on",
        scope="queue",
        help="Mark, then go to the next conversation",
        blocked=needs_one,
    ),
    Command(
        id="mark.range",
        keys=("V",),
        title="Mark the range",
        scope="queue",
        help="Mark everything from the last mark to here",
        blocked=needs_one,
    ),
    Command(
        id="edit.repeat",
        keys=(".",),
        title="Repeat the last action",
        scope="triage",
        help="The same decision on this conversation, or on all that are marked",
        blocked=needs_repeatable,
    ),
    Command(
        id="conversation.why",
        keys=("w",),
        title="Why this due time",
        scope="triage",
        help="Start, target, hours that counted, due time and reply window, in words",
        blocked=needs_one,
    ),
    Command(
        id="conversation.log",
        keys=("W",),
        title="What was done",
        scope="triage",
        help="Who did what to this conversation, and when: the newest first",
        blocked=needs_one,
    ),
    Command(
        id="conversation.person",
        keys=("i",),
        title="The person",
        scope="triage",
        help="Their conversations on all platforms, notes and tags; once more goes back",
        blocked=needs_one,
    ),
    Command(
        id="person.join",
        keys=("p",),
        title="Join the person with another contact",
        scope="triage",
        help="Says that two contacts are one human: one history, one set of notes",
        blocked=needs_one,
    ),
    Command(
        id="person.part",
        keys=("P",),
        title="Part the person from a joined contact",
        scope="triage",
        help="They were two humans after all; what was written stays with each",
        blocked=needs_one,
    ),
    Command(
        id="conversation.browser",
        keys=("o",),
        title="Open in the browser",
        scope="triage",
        help="Shows the address first",
        blocked=needs_link,
    ),
    Command(
        id="copy.text",
        keys=("y",),
        title="Copy the text",
        scope="triage",
        help="The customer's newest message, through the terminal (OSC 52)",
        blocked=needs_one,
    ),
    Command(
        id="copy.link",
        keys=("Y",),
        title="Copy the link",
        scope="triage",
        help="The address of the conversation, through the terminal (OSC 52)",
        blocked=needs_link,
    ),
    # on the platform itself
    _deed(
        "message.hide",
        "X",
        "Hide, or show again",
        "The customer's newest comment, from the public on the platform",
    ),
    _deed(
        "message.like",
        "L",
        "Like, or take it back",
        "The customer's newest message, in the name of the account",
    ),
    _deed(
        "message.delete",
        "D",
        "Delete our newest message",
        "On the platform too; asks first, for nothing brings it back",
    ),
    _deed("person.block", "B", "Block the person", "They can no longer write to the account; asks first"),
    _deed("person.unblock", "U", "Unblock the person", "They can write to the account again"),
    # everywhere
    Command(
        id="edit.undo",
        keys=("z",),
        title="Undo",
        scope="anywhere",
        help="Take back the last change: a decision, a note, a draft, a reply that is still held",
        footer="undo",
    ),
    Command(
        id="edit.redo",
        keys=("Z",),
        title="Redo",
        scope="anywhere",
        help="Do again what was taken back",
    ),
    _move("search.next", "n", "Next hit, or next that waits", "anywhere"),
    _move("search.previous", "N", "Previous hit, or previous that waits", "anywhere"),
    Command(
        id="queue.filter",
        keys=("/",),
        title="Filter",
        scope="anywhere",
        help='As you type: words, "phrases", from: in: on: is: tag: before: after:, - negates; in a conversation: find',
        blocked=not_writing,
        footer="filter",
    ),
    Command(
        id="queue.sort",
        keys=("s",),
        title="Sort",
        scope="anywhere",
        help="By deadline, newest first, longest waiting first",
    ),
    Command(
        id="view.next",
        keys=("tab",),
        title="Next view",
        scope="anywhere",
        help="The view to the right",
        blocked=not_writing,
        palette=False,
    ),
    Command(
        id="view.previous",
        keys=("shift+tab",),
        title="Previous view",
        scope="anywhere",
        help="The view to the left",
        blocked=not_writing,
        palette=False,
    ),
    *(
        Command(
            id=f"view.{name}",
            keys=(str((at + 1) % 10),),
            title=f"View: {title}",
            scope="anywhere",
            help=f"Show {title.lower()}",
            blocked=not_writing,
        )
        for at, (name, title) in enumerate(VIEW_TITLES)
    ),
    Command(
        id="outbox.show",
        keys=("O",),
        title="Replies that did not leave",
        scope="anywhere",
        help="Held, failed and uncertain replies: send again, settle, or drop",
    ),
    Command(
        id="accounts.show",
        keys=("H",),
        title="How the accounts do",
        scope="anywhere",
        help="Last reading, requests left, problems and what to do about them",
    ),
    Command(
        id="stats.show",
        keys=("S",),
        title="Statistics",
        scope="anywhere",
        help="How well people were answered in the last seven days",
    ),
    Command(
        id="account.login",
        keys=("I",),
        title="Sign in",
        scope="anywhere",
        help="Sign an account in, or in again; reading goes on without a restart",
    ),
    Command(
        id="gaps.forget",
        keys=("F",),
        title="Forget what is missing",
        scope="anywhere",
        help="The line about messages that may be missing goes away; asks first",
    ),
    Command(
        id="accounts.read",
        keys=("ctrl+r",),
        title="Read now",
        scope="anywhere",
        help="Read all accounts as soon as the platforms' limits allow",
    ),
    Command(
        id="screen.theme",
        keys=("T",),
        title="Theme",
        scope="anywhere",
        help="Dark, light, high contrast",
    ),
    Command(
        id="tutorial.end",
        keys=("f8",),
        title="End the tutorial",
        scope="anywhere",
        help="The line of the demo that follows your first three answers",
    ),
    Command(
        id="screen.palette",
        keys=("colon", "ctrl+p"),
        title="Palette",
        scope="anywhere",
        help="Every command by name",
        palette=False,
    ),
    Command(
        id="screen.help",
        keys=("?", "f1"),
        title="Keys",
        scope="anywhere",
        help="The keys of this place",
        footer="keys",
    ),
    Command(
        id="screen.lag",
        keys=("f12",),
        title="Loop lag",
        scope="anywhere",
        help="For finding what makes it slow: how late the screen is called, until the key comes again",
    ),
    Command(
        id="screen.back",
        keys=("escape", "left", "h"),
        title="One level back",
        scope="anywhere",
        help="Never discards anything",
        palette=False,
    ),
    Command(
        id="screen.close",
        keys=("q",),
        title="Close, quit",
        scope="anywhere",
        help="Back to the queue; in the queue quit, with a question only if something is unsent",
    ),
    Command(
        id="screen.quit",
        keys=("ctrl+q",),
        title="Quit",
        scope="anywhere",
        help="With a question only if something is unsent",
    ),
    # writing
    Command(
        id="reply.send",
        keys=("ctrl+s",),
        title="Send",
        scope="composer",
        help="Starts the hold: until it leaves, z takes it back",
        footer="send",
    ),
    Command(
        id="reply.send_resolve",
        keys=("alt+enter", "f4"),
        title="Send, resolve, next",
        scope="composer",
        help="Sends, resolves once it is out, and goes to the next conversation",
        footer="send, resolve, next",
    ),
    Command(
        id="reply.parts",
        keys=("f3",),
        title="Send as numbered posts",
        scope="composer",
        help="A public reply that is too long goes out as 1/3, 2/3, 3/3; shows them first",
        blocked=needs_length,
        footer="as numbered posts",
    ),
    Command(
        id="reply.editor",
        keys=("ctrl+o",),
        title="Write in $EDITOR",
        scope="composer",
        help="Opens the text in your editor and takes it back",
        footer="editor",
    ),
    Command(
        id="reply.macro",
        keys=("ctrl+t",),
        title="Insert a macro",
        scope="composer",
        help="A canned answer at the cursor, with what goes with it",
        footer="macro",
    ),
    Command(
        id="reply.attach",
        keys=("f6",),
        title="Attach a file",
        scope="composer",
        help="Or take one off again; the platform's rule is checked first",
        footer="attach",
    ),
    Command(
        id="reply.insert",
        keys=("f7",),
        title="Mention or emoji",
        scope="composer",
        help="Somebody of this conversation, or an emoji by its name, at the cursor",
    ),
    Command(
        id="reply.spelling",
        keys=("f9",),
        title="Spelling",
        scope="composer",
        help="What may have been meant; or takes a word for right from now on",
    ),
    Command(
        id="reply.switch",
        keys=("f2",),
        title="Public or private",
        scope="composer",
        help="Changes the way this reply takes; the line above the text says which",
        blocked=needs_other_way,
        footer="public/private",
    ),
    Command(
        id="reply.leave",
        keys=("escape", "ctrl+g"),
        title="Leave",
        scope="composer",
        help="The draft is kept",
        footer="leave, draft kept",
        palette=False,
    ),
    # replies that did not leave
    _outbox("retry", "r", "Send again", "Your word to send it (again)", "send again"),
    _outbox("there", "t", "It is there", "You saw it on the platform: settled as sent", "it is there"),
    _outbox(
        "drop", "d", "Take back", "Not sent; the text becomes the draft again", "take back, keep as draft"
    ),
    _outbox("open", "enter", "Open the conversation", "Read the conversation the reply belongs to", "open"),
)

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}

# -- keys --------------------------------------------------------------------------------------------------

_REACHES: Mapping[str, frozenset[str]] = {
    # a key means one thing in each of these places; the same key may mean two things in two of them
    "queue": frozenset({"queue"}),
    "reader": frozenset({"reader"}),
    "triage": frozenset({"queue", "reader"}),
    "anywhere": frozenset({"queue", "reader"}),
    "composer": frozenset({"composer"}),
    "outbox": frozenset({"outbox"}),
}

_NAMES: Mapping[str, str] = {
    "question_mark": "?",
    "exclamation_mark": "!",
    "slash": "/",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    ":": "colon",
}

_SHOWN: Mapping[str, str] = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "colon": ":",
}


class Keymap(Record):
    """The keys that hold: command id to keys, and what was wrong with the wishes of the config."""

    keys: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...] = ()

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """Where the config has other keys than the table."""
        return {id: keys for id, keys in self.keys.items() if keys != BY_ID[id].keys}

    def shown(self, command: Command, *, all_keys: bool = True) -> str:
        keys = self.keys[command.id] if all_keys else self.keys[command.id][:1]
        return " ".join(show(key) for key in keys)


def keymap(wishes: Mapping[str, str] | None = None) -> Keymap:
    """The keys of every command, with the config's `keys` (id to keys, comma separated) in place of the
    defaults. A wish that names no command, or a key that is taken in the same place, is reported and left out.
    """
    keys = {command.id: command.keys for command in COMMANDS}
    problems = []
    wanted: dict[str, tuple[str, ...]] = {}
    for id, wish in (wishes or {}).items():
        if id not in keys:
            from difflib import get_close_matches  # nobody needs it who names the right ones

            close = get_close_matches(id, keys, 1)
            problems.append(
                tr('there is no command "{id}", did you mean "{close}"?', id=id, close=close[0])
                if close
                else tr('there is no command "{id}"; `inbox keys` lists them', id=id)
            )
            continue
        wanted[id] = tuple(_NAMES.get(k, k) for part in wish.split(",") if (k := part.strip()))
    trial = keys | wanted
    for id in wanted:
        for other, key in _clashes(id, trial):
            problems.append(
                tr(
                    '"{key}" for {id} already means "{title}" ({other}); give that another key',
                    key=show(key),
                    id=id,
                    title=tr(BY_ID[other].title),
                    other=other,
                )
            )
            trial[id] = keys[id]
    return Keymap(trial, tuple(problems))


def _clashes(id: str, keys: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    reach = _REACHES[BY_ID[id].scope]
    for other, taken in keys.items():
        if other != id and reach & _REACHES[BY_ID[other].scope]:
            for key in set(keys[id]) & set(taken):
                yield other, key


def clashes(map_: Keymap) -> list[tuple[str, str, str]]:
    """(command, command, key) for every key that means two things in one place."""
    return [(id, other, key) for id in map_.keys for other, key in _clashes(id, map_.keys) if id < other]


def show(key: str) -> str:
    """A key as people write it: `Ctrl+S`, `?`, `PgDn`."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    last = _SHOWN.get(last) or _NAMES.get(last) or last
    if modifiers:
        last = last.upper() if len(last) == 1 else last
    if last.startswith("f") and last[1:].isdigit():
        last = last.upper()
    return "+".join([*(m.capitalize() for m in modifiers), last])


def in_place(place: str) -> list[Command]:
    """Commands whose keys are active in a place, the nearest first."""
    scopes = {
        "queue": ("queue", "triage", "anywhere"),
        "filter": ("queue", "triage", "anywhere"),
        "reader": ("reader", "triage", "anywhere"),
        "within": ("reader", "triage", "anywhere"),
        "person": ("reader", "triage", "anywhere"),
        "composer": ("composer",),
        "outbox": ("outbox",),
    }[place]
    return [command for scope in scopes for command in COMMANDS if command.scope == scope]
