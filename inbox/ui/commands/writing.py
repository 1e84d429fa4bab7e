"""Commands of the composer."""

from __future__ import annotations

from inbox.ui.commands.availability import needs_length, needs_other_way
from inbox.ui.commands.command import Command

WRITING: tuple[Command, ...] = (
    Command(
        id="reply.send",
        keys=("ctrl+s",),
        title="Send",
        scope="composer",
        help="Starts the hold: until it leaves, it can be taken back",
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
        id="thread.back",
        keys=("pageup", "alt+up"),
        title="Read back",
        scope="composer",
        help="Scrolls the conversation up while you write",
    ),
    Command(
        id="thread.forward",
        keys=("pagedown", "alt+down"),
        title="Read on",
        scope="composer",
        help="Scrolls the conversation down while you write",
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
        help="Suggestions; or accepts the word from now on",
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
        footer="keep draft",
        palette=False,
    ),
)
