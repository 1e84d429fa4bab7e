"""Commands that decide about conversations: resolve, reopen, spam, snooze, assign, tag, priority, note, join, part, undo."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence

from inbox.cli.lines import resting, show_json, show_lines, show_nothing
from inbox.cli.open_desk import set_up, text_of, working_desk
from inbox.cli.usage import known_agent, suggestion
from inbox.domain.durations import sleep
from inbox.domain.model import Priority
from inbox.domain.text import clean
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.undo import Done
from inbox.engine.timer_report import instant
from inbox.errors import UsageError
from inbox.wiring.setup import Setup
from inbox.wording.language import said, tr


def decide(arguments: Namespace, act: Callable[[Desk, Setup], Done]) -> int:
    """Do something to conversations and print what was done; returns the exit status."""
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        done = act(desk, setup)
    _show(done)
    return 0


def _show(done: Done) -> None:
    print(clean(f"{said(done.what)}: {', '.join(dict.fromkeys(done.ids))}", one_line=True))


def resolve(arguments: Namespace) -> int:
    """End the wait of conversations and file them."""
    return decide(arguments, lambda desk, _: desk.triage.resolve(arguments.conversations))


def reopen(arguments: Namespace) -> int:
    """Take back a resolve, a snooze or the mark as spam."""
    return decide(arguments, lambda desk, _: desk.triage.reopen(arguments.conversations))


def spam(arguments: Namespace) -> int:
    """Mark conversations as spam."""
    return decide(arguments, lambda desk, _: desk.triage.spam(arguments.conversations))


def snooze(arguments: Namespace) -> int:
    """Hide conversations until a time, or until the customer writes; says until when each is hidden, which may be earlier."""

    def act(desk: Desk, setup: Setup) -> Done:
        try:
            asked = sleep(arguments.until, setup.clock.now(), setup.zone)
        except ValueError as error:
            raise UsageError(f"--until: {error}") from None
        through = asked.through_thanks or arguments.through_thanks
        return desk.triage.snooze(arguments.conversations, asked.until, through_thanks=through)

    setup = set_up(arguments)
    with working_desk(setup) as desk:
        done = act(desk, setup)
        by_time: dict[str, list[str]] = {}
        for cid in dict.fromkeys(done.ids):
            until = resting(desk.conversation.get(cid), setup.clock.now(), setup.zone, None)
            by_time.setdefault(until or said(done.what), []).append(cid)
    show_lines(clean(f"{until}: {', '.join(ids)}", one_line=True) for until, ids in by_time.items())
    return 0


def assign(arguments: Namespace) -> int:
    """Give conversations to an agent, or to nobody. Raises UsageError for a name nobody here has."""
    who = None if arguments.to == "-" else arguments.to

    def act(desk: Desk, _: Setup) -> Done:
        if who is not None and not arguments.new:
            known_agent(who, desk.workplace.agent_names())
        return desk.triage.assign(arguments.conversations, who)

    return decide(arguments, act)


def tag(arguments: Namespace) -> int:
    """Add and remove tags, of conversations or of the persons in them."""
    if not arguments.add and not arguments.remove:
        raise UsageError("name a tag with --add or --remove")
    names, add, remove = arguments.conversations, _tags(arguments.add), _tags(arguments.remove)
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        heads = [desk.conversation.get(cid) for cid in names]
        there = {tag for head in heads for tag in (head.person_tags if arguments.person else head.tags)}
        for missing in [tag for tag in remove if tag not in there and tag not in add]:
            show_nothing(_no_such_tag(missing, sorted(there)))
            remove.remove(missing)
        if not add and not remove:
            return 0  # it is as it was asked for
        done = (desk.people if arguments.person else desk.triage).tag(names, add, remove)
    _show(done)
    return 0


def _no_such_tag(name: str, there: Sequence[str]) -> str:
    return tr("there is no tag {name} to remove{hint}", name=repr(name), hint=suggestion(name, there))


def _tags(given: Sequence[str]) -> list[str]:
    """Tags as they were named, also several in one word: `a,b`."""
    return [tag.strip() for word in given for tag in word.split(",") if tag.strip()]


def priority(arguments: Namespace) -> int:
    """Set the priority of conversations."""
    level = Priority(arguments.priority)
    return decide(arguments, lambda desk, _: desk.triage.prioritise(arguments.conversations, level))


def note(arguments: Namespace) -> int:
    """Add a note for colleagues to a conversation."""
    text = text_of(arguments.text)
    if not text.strip():
        raise UsageError(tr("the note is empty"))
    return decide(arguments, lambda desk, _: desk.notes.add(arguments.conversation, text))


def join(arguments: Namespace) -> int:
    """Say that two contacts are the same person."""
    return decide(arguments, lambda desk, _: desk.people.join(arguments.conversation, arguments.contact))


def part(arguments: Namespace) -> int:
    """Say that two contacts are two persons after all."""
    return decide(arguments, lambda desk, _: desk.people.part(arguments.conversation, arguments.contact))


def undo(arguments: Namespace) -> int:
    """Take back the agent's last step, whichever run did it, or list what can be taken back."""
    setup = set_up(arguments)
    with working_desk(setup) as desk:
        if arguments.list:
            _list_undoable(desk, setup, arguments)
            return 0
        done = desk.undo()
    if arguments.json:
        show_json({"what": done.what, "conversations": list(done.ids)})
    else:
        print(clean(": ".join(filter(None, (said(done.what), ", ".join(done.ids)))), one_line=True))
    return 0


def _list_undoable(desk: Desk, setup: Setup, arguments: Namespace) -> None:
    found = desk.workplace.log.earlier()
    if arguments.json:
        show_json([{"at": instant(entry.at), "what": entry.what} for entry in found])
    elif not found:
        show_nothing(tr("nothing to undo"))
    else:
        zone = setup.zone
        show_lines(
            clean(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {said(entry.what)}", one_line=True)
            for entry in found
        )
