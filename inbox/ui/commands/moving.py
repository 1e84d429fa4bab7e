"""Commands that move: in the queue, and in the open conversation."""

from __future__ import annotations

from inbox.ui.commands.availability import needs_hidden, needs_one, needs_reader_beside
from inbox.ui.commands.command import Command, movement

MOVING: tuple[Command, ...] = (
    # moving in the queue
    movement("queue.down", "j down", "Next conversation", "queue"),
    movement("queue.up", "k up", "Previous conversation", "queue"),
    movement("queue.first", "g home", "First conversation", "queue"),
    movement("queue.last", "G end", "Last conversation", "queue"),
    movement("queue.half_down", "ctrl+d pagedown", "Half a page down", "queue"),
    movement("queue.half_up", "ctrl+u pageup", "Half a page up", "queue"),
    Command(
        id="queue.jump",
        keys=("f",),
        title="Jump",
        scope="queue",
        help="Puts a letter beside every visible conversation; typing it goes there",
        blocked=needs_one,
    ),
    Command(
        id="queue.rows",
        keys=("=",),
        title="One line or two",
        scope="queue",
        help="One line a conversation, or two where the list is high and beside the reader; kept for the next run",
    ),
    Command(
        id="list.wider",
        keys=(">",),
        title="Wider list",
        scope="triage",
        help="More of the screen for the list, less for the reader beside it; kept for the next run",
        blocked=needs_reader_beside,
    ),
    Command(
        id="list.narrower",
        keys=("<",),
        title="Narrower list",
        scope="triage",
        help="Less of the screen for the list, more for the reader beside it; kept for the next run",
        blocked=needs_reader_beside,
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
    movement("reader.down", "j down", "Scroll down", "reader"),
    movement("reader.up", "k up", "Scroll up", "reader"),
    movement("reader.first", "g home", "Beginning of the conversation", "reader"),
    movement("reader.last", "G end", "End of the conversation", "reader"),
    movement("reader.half_down", "ctrl+d pagedown space", "Half a page down", "reader"),
    movement("reader.half_up", "ctrl+u pageup", "Half a page up", "reader"),
    movement("conversation.next", "J", "Next conversation", "reader"),
    movement("conversation.previous", "K", "Previous conversation", "reader"),
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
)
