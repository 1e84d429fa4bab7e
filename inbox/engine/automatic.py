"""Telling messages that no person wrote, with what the store knows of their texts.

Of a text only a hash is kept, and of the conversations in which it met the rule of doubt likewise: it says nothing
about anybody. The rules themselves: `domain.automatic`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from inbox.domain import automatic, lifecycle
from inbox.domain.automatic import MET_IN, UNKNOWN, Known
from inbox.domain.model import Conversation, Direction, Message
from inbox.domain.queue import Scope
from inbox.engine.breaches import noted

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.domain.sla import Timers
    from inbox.ports.store import Store

MET_KEPT = 12
"""Conversations that are remembered for one text: enough that some may turn out otherwise."""
SEARCHED_WORDS = 6


def setting_of(text: str) -> str:
    """The setting that keeps what is known of a normalised text."""
    return f"automatic:{_hash(text)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def known(store: Store, text: str) -> Known:
    kept = store.small_things.setting(setting_of(text))
    return Known(word=kept.get("word"), frequent=_frequent(kept)) if kept else UNKNOWN


def _frequent(kept: dict[str, Any]) -> bool:
    return len(kept.get("met", ())) >= MET_IN and not kept.get("sent", False)


def mark_thread(store: Store, head: Conversation, timers: Timers) -> tuple[list[Message], set[str]]:
    """The messages of a conversation with their marks brought up to date in the store, and the texts of which more is
    known now, so that other conversations must be looked at (`spread`). Call it inside a transaction."""
    return mark_messages(store, head, store.messages.of_conversation(head.id), timers)


def mark_messages(
    store: Store, head: Conversation, messages: list[Message], timers: Timers
) -> tuple[list[Message], set[str]]:
    """As `mark_thread`, with the messages that the store holds, for who has read them already."""
    if not any(m.direction is Direction.OUT for m in messages):
        return messages, set()
    marked = automatic.mark(head, messages, timers.automatic, lambda text: known(store, text))
    for before, after in zip(messages, marked.messages, strict=True):
        if after != before:
            store.messages.put(after)
    return marked.messages, _learn(store, head, marked)


def _learn(store: Store, head: Conversation, marked: automatic.Marked) -> set[str]:
    """Remember where a text was as quick as a machine. Returns the texts that are frequent from now on, or no more."""
    changed, here = set[str](), _hash(head.id)
    for text in set(marked.texts.values()):
        kept = store.small_things.setting(setting_of(text)) or {}
        met = [one for one in kept.get("met", ()) if one != here]
        if text in marked.quick:
            met = [*met, here][-MET_KEPT:] if here not in kept.get("met", ()) else kept["met"]
        if met == kept.get("met", []):
            continue
        now = {**kept, "met": met}
        if len(met) >= MET_IN and "sent" not in now:
            now["sent"] = any(m.outbox for m in _same_text(store, text))
        store.small_things.put_setting(setting_of(text), now)
        if _frequent(now) != _frequent(kept):
            changed.add(text)
    return changed


def sent_from_here(store: Store, head: Conversation, message: Message) -> set[str]:
    """A person sends this text, too. Returns it where it was frequent until now, for `spread`."""
    text = automatic.normalised(
        message.text, automatic.customers(head, store.messages.of_conversation(head.id))
    )
    kept = store.small_things.setting(setting_of(text))
    if not kept or kept.get("sent"):
        return set()
    store.small_things.put_setting(setting_of(text), {**kept, "sent": True})
    return {text} if _frequent(kept) else set()


def conversations_with(store: Store, texts: Iterable[str]) -> list[str]:
    """Ids of conversations in which we wrote one of these normalised texts."""
    return list(dict.fromkeys(m.conversation for text in texts for m in _same_text(store, text)))


def _same_text(store: Store, text: str) -> list[Message]:
    heads: dict[str, Sequence[Message]] = {}
    same = []
    for hit in store.messages.search(_words(text), limit=None) if _words(text) else ():
        if hit.direction is not Direction.OUT:
            continue
        if hit.conversation not in heads:
            heads[hit.conversation] = store.messages.of_conversation(hit.conversation)
        head = store.conversations.get(hit.conversation)
        if head is None:
            continue
        people = automatic.customers(head, heads[hit.conversation])
        if automatic.normalised(hit.text, people) == text:
            same.append(hit)
    return same


def _words(text: str) -> list[str]:
    """Words that a search finds the text by."""
    found = re.findall(r"\w{3,}", text.replace(automatic.NAME, " "))
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:SEARCHED_WORDS]


def conversations_fitting(store: Store, patterns: Iterable[str], now: datetime) -> list[str]:
    """Ids of conversations in which we wrote what one of these patterns of the config names."""
    ids: dict[str, None] = {}
    for pattern in patterns:
        words = [word for part in pattern.split("*") for word in _inner_words(part)]
        if not words:
            return store.conversations.order(Scope(), now=now)
        hits = store.messages.search(words, limit=None)
        ids |= {m.conversation: None for m in hits if m.direction is Direction.OUT}
    return list(ids)


def _inner_words(part: str) -> list[str]:
    """Words of a pattern; the first and the last beside a `*` may be parts of longer ones, which a search finds too."""
    return re.findall(r"\w{3,}", part.casefold())[:SEARCHED_WORDS]


def settle_again(store: Store, cids: Iterable[str], timers: Timers, now: datetime) -> None:
    """Mark and settle conversations anew, because more is known of a text of ours in them."""
    for cid in cids:
        head = store.conversations.get(cid)
        if head is None:
            continue
        messages, _ = mark_thread(store, head, timers)
        after = noted(store, lifecycle.settled_again(head, messages, timers), now)
        if after != head:
            store.conversations.put(after)
