"""Commands about what is said about us: surges."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from inbox.cli.exit_status import HOLDS
from inbox.cli.lines import show_json, show_lines, show_nothing
from inbox.cli.open_desk import desk_of, set_up
from inbox.domain.statistics import beginning
from inbox.errors import UsageError
from inbox.wording.language import tr
from inbox.wording.surges import surge_line

if TYPE_CHECKING:
    from datetime import tzinfo

    from inbox.domain.listening.surge_log import Logged

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
    runs = any(one.surge.until is None for one in found)
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
