"""What an agent has looked at: up to which message of each conversation, and what is new to them therefore."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from inbox.domain.queue import is_new

if TYPE_CHECKING:
    from inbox.domain.model import Conversation
    from inbox.ports.store import Store


def looked_key(cid: str, agent: str) -> str:
    """The setting that holds the `came_seq` an agent has looked at; the filter `is:new` is answered from it."""
    return f"looked:{cid}\n{agent}"


def new_to(store: Store, agent: str, heads: Iterable[Conversation]) -> set[str]:
    """Return the ids of those in which something waits that the agent has not looked at."""
    waiting = {looked_key(c.id, agent): c for c in heads if is_new(c, 0)}
    if not waiting:
        return set()
    looked = store.small_things.settings(list(waiting))
    return {c.id for key, c in waiting.items() if is_new(c, _number(looked.get(key)))}


def look(store: Store, agent: str, cid: str) -> bool:
    """Keep that the agent looks at a conversation now. Returns whether anything there was new to them."""
    with store.transaction():
        head = store.conversations.get(cid)
        if head is None or cid not in new_to(store, agent, [head]):
            return False
        store.small_things.put_setting(looked_key(cid, agent), head.came_seq)
    return True


def _number(value: object) -> int:
    """Of a setting, which may have become anything."""
    return value if isinstance(value, int) else 0
