"""Commands about what is said about us: surges, topics, groups of posts that are alike, hints."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from inbox.cli.exit_status import HOLDS
from inbox.cli.lines import show_json, show_json_line, show_lines, show_nothing
from inbox.cli.open_desk import desk_of, set_up
from inbox.domain.statistics import beginning
from inbox.errors import UsageError
from inbox.wording.language import tr
from inbox.wording.listening import group_line, hint_line, topic_line
from inbox.wording.surges import surge_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from inbox.domain.listening.groups import Group
    from inbox.domain.listening.hints import Hint
    from inbox.domain.listening.surge_log import Logged
    from inbox.domain.listening.topics import Topic

SINCE = timedelta(days=30)


def surges(arguments: Namespace) -> int:
    """Print the log of surges; with `--check` exit status 5 while one runs."""
    from inbox.engine.listening import surge_json

    since = None
    if arguments.replay is not None:
        found, now, zone = _replayed(arguments)
    elif arguments.sensitivity is not None:
        raise UsageError("--sensitivity goes with --replay; the config says it otherwise: [insight] surge")
    else:
        setup = set_up(arguments)
        now, zone = setup.clock.now(), setup.zone
        since = now - SINCE
        with closing(desk_of(setup)) as desk:
            found = desk.listening.surges()
    if arguments.since:
        since = _since(arguments.since, now, zone)
    begin = since.timestamp() if since else 0.0
    found = [one for one in found if one.surge.until is None or one.surge.until >= begin]
    if arguments.json:
        show_json({"surges": [surge_json(one) for one in found]})
    elif found:
        show_lines(surge_line(one, zone) for one in found)
    else:
        show_nothing(tr("no surge"))
    runs = any(one.surge.until is None and one.surge.at is not None for one in found)
    return HOLDS if arguments.check and runs else 0


def _since(text: str, now: datetime, zone: tzinfo) -> datetime:
    try:
        return beginning(text, now, zone)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from None


def _replayed(arguments: Namespace) -> tuple[list[Logged], datetime, tzinfo]:
    """What a file of messages would have raised, the time of its last line, and the time zone."""
    from inbox.cli.replay import frame, replayed
    from inbox.domain.listening.baseline import places_in
    from inbox.domain.listening.surge_log import Logged
    from inbox.domain.listening.surges import Watch, walk
    from inbox.domain.listening.tone import is_negative

    around = frame(arguments)
    messages = replayed(arguments.replay)
    last = max((max(m.sent, m.read) for some in messages.values() for m in some), default=0.0)
    places = places_in(around.zone, around.is_holiday)
    sensitivity = arguments.sensitivity or around.sensitivity
    found = []
    for account, some in messages.items():
        watch = Watch(places, is_negative, sensitivity=sensitivity, ignored=around.ignored(account))
        walk(watch, some)
        found += [Logged(account=account, search=False, surge=one) for one in watch.found(last)]
    found.sort(key=lambda one: (one.surge.since, one.account))
    return found, datetime.fromtimestamp(last, UTC), around.zone


def topics(arguments: Namespace) -> int:
    """Print what people write about now and did not before."""
    if arguments.replay is not None:
        found = _replayed_topics(arguments)
    elif arguments.at is not None:
        raise UsageError("--at goes with --replay")
    else:
        setup = set_up(arguments)
        since = _since(arguments.since, setup.clock.now(), setup.zone)
        with closing(desk_of(setup)) as desk:
            found = desk.listening.topics(since)
    if arguments.json:
        show_json({"topics": [topic_json(one) for one in found]})
    elif found:
        show_lines(topic_line(one) for one in found)
    else:
        show_nothing(tr("nothing new"))
    return 0


def _replayed_topics(arguments: Namespace) -> list[Topic]:
    """The topics of a file, over all its accounts, as of `--at` or its last line."""
    from inbox.cli.replay import frame, replayed
    from inbox.domain.durations import instant
    from inbox.domain.listening.topics import topics as topics_of

    around = frame(arguments)
    messages = replayed(arguments.replay)
    every = [message for some in messages.values() for message in some]
    now = datetime.fromtimestamp(max((m.sent for m in every), default=0.0), UTC)
    if arguments.at is not None:
        try:
            now = instant(arguments.at)
        except ValueError as error:
            raise UsageError(f"--at: {error}") from None
    length = now - _since(arguments.since, now, around.zone)
    if length <= timedelta(0):
        raise UsageError(f"--since: {arguments.since} is not before {now.isoformat()}")
    ignored = frozenset[str]().union(*(around.ignored(account) for account in messages))
    return topics_of(now.timestamp(), length.total_seconds(), every, ignored)


def topic_json(topic: Topic) -> dict[str, object]:
    """Return a topic as the public JSON has it (BEHAVIOUR.md#listening)."""
    return {
        "words": list(topic.words),
        "voices": topic.voices,
        "before": topic.before,
        "score": round(topic.score, 1),
        "conversations": list(topic.messages),
    }


def groups(arguments: Namespace) -> int:
    """Print groups of conversations that wait and say nearly the same; of a file, of all its messages."""
    can_answer: dict[str, int | None] = {}
    if arguments.replay is not None:
        if arguments.filter:
            raise UsageError("--filter does not go with --replay")
        from inbox.cli.replay import replayed
        from inbox.domain.listening.groups import groups as groups_of

        every = [one for some in replayed(arguments.replay).values() for one in some if not one.ours]
        found, alone = groups_of(every)
    else:
        setup = set_up(arguments)
        with closing(desk_of(setup)) as desk:
            grouped = desk.listening.groups(desk.queue.order("waiting", arguments.filter))
        found, alone = list(grouped.groups), grouped.alone
        can_answer.update(grouped.can_answer)
    if arguments.json:
        listed = [group_json(one, can_answer.get(one.id)) for one in found]
        show_json({"groups": listed, "alone": alone})
    elif found:
        show_lines(group_line(one, can_answer.get(one.id)) for one in found)
        show_nothing(tr("{n} like no other", n=alone))
    else:
        show_nothing(tr("no two are alike"))
    return 0


def group_json(group: Group, can_answer: int | None) -> dict[str, object]:
    """Return a group as the public JSON has it; `can_answer` None: nothing is known of the platforms."""
    return {
        "id": group.id,
        "name": group.name,
        "conversations": list(group.messages),
        "can_answer": can_answer,
        "sample": group.sample,
    }


def hint(arguments: Namespace) -> int:
    """Print the hints about a conversation, or one object a line for each line of a file; or refuse one."""
    if arguments.replay is not None:
        return _replayed_hints(arguments)
    if arguments.conversation is None:
        raise UsageError("name a conversation, or a file with --replay")
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        if arguments.no is not None:
            desk.listening.refuse_hint(arguments.conversation, arguments.no)
        found, language = desk.listening.hints(arguments.conversation)
    if arguments.json:
        show_json(_hint_json(arguments.conversation, found, language))
    elif found:
        show_lines(hint_line(one) for one in found)
    else:
        show_nothing(tr("no hint is sure here"))
    return 0


def _replayed_hints(arguments: Namespace) -> int:
    from inbox.cli.replay import lines_of
    from inbox.domain.listening.hints import hints, language_of

    if arguments.conversation is not None or arguments.no is not None:
        raise UsageError("--replay goes without a conversation")
    for _, one in lines_of(arguments.replay):
        show_json_line(_hint_json(one.id, hints(one.text), language_of(one.text)))
    return 0


def _hint_json(name: str, found: Iterable[Hint], language: str | None) -> dict[str, object]:
    listed = [{"kind": one.kind, "sure": round(one.sure, 2), "because": list(one.because)} for one in found]
    return {"id": name, "hints": listed, "language": language}
