"""Who works here: names that are known, and notices for a colleague.

Known are the agents whom the config names and those who have worked on the store. A note that names one with `@`, and
an assignment by somebody else, are a notice for them: an event, a mark that `is:mentioned` finds, and a line on their
screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from inbox.domain.model import Conversation
from inbox.domain.records import replace

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.ports.store import Store

WORKED = "agents"
"""The setting with everybody who has worked on the store."""
NOTICES_KEPT = 50

Notice = dict[str, Any]
"""`conversation`, `by`, `what` ("assigned" or "mentioned"), `at`."""


def known(store: Store, configured: Iterable[str], me: str) -> list[str]:
    """Names of agents, by name; the one who asks first."""
    others = {*configured, *(store.small_things.setting(WORKED) or ())} - {me}
    return [me, *sorted(others, key=str.casefold)]


def note_work(store: Store, agent: str) -> None:
    """This agent works here. Writes only where that is news."""
    worked = store.small_things.setting(WORKED) or []
    if agent not in worked:
        store.small_things.put_setting(WORKED, sorted([*worked, agent]))


def named_in(text: str, agents: Iterable[str]) -> list[str]:
    """Which agents a note names: `@mia`, not `mia@example.com`; the longest name that fits."""
    found = []
    for agent in sorted(agents, key=len, reverse=True):
        pattern = rf"(?<![\w@.]){re.escape('@' + agent)}(?!\w)"
        if re.search(pattern, text, re.IGNORECASE):
            found.append(agent)
            text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return found


def notify(
    store: Store, head: Conversation, agents: Sequence[str], what: str, by: str, now: datetime
) -> Conversation:
    """Raise a notice for each of `agents` but `by` themselves; returns the head that `is:mentioned` finds."""
    others = [agent for agent in agents if agent != by]
    for agent in others:
        kept = store.small_things.setting(_key(agent)) or []
        notice = {"conversation": head.id, "by": by, "what": what, "at": now.isoformat()}
        store.small_things.put_setting(_key(agent), [*kept, notice][-NOTICES_KEPT:])
    return replace(head, mentioned=tuple(dict.fromkeys((*head.mentioned, *others)))) if others else head


def take_notices(store: Store, agent: str) -> list[Notice]:
    """Notices that the agent has not seen; they are seen now."""
    kept: list[Notice] = store.small_things.setting(_key(agent)) or []
    if kept:
        store.small_things.put_setting(_key(agent), None)
    return kept


def _key(agent: str) -> str:
    return f"notices:{agent}"
