"""What is heard of an account: messages of the store as `domain.listening` walks over them, and the log of surges.

Facts are the messages. What is learned from them is kept as of the beginning of an hour (`listening:STREAM`), so that a
start does not walk over weeks again; the log of surges (`surges:ACCOUNT`) is what has been found and told. An account's
searches are a stream of their own: people who talk about us are not the people who write to us.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.domain.listening.surge_log import Logged
from inbox.domain.listening.surges import Heard, Watch, key
from inbox.domain.model import Direction, Status
from inbox.engine.health import health_key
from inbox.engine.listening_settings import LOG
from inbox.engine.timer_report import instant

if TYPE_CHECKING:
    from inbox.domain.model import Message
    from inbox.engine.listening_settings import Listening
    from inbox.ports.store import Store

HISTORY = timedelta(days=56)
"""What is walked over where nothing has been learned yet: older hours weigh less than a quarter."""
SEARCHES = ":search"


def streams(account: str) -> tuple[str, str]:
    """Return the names of what is heard of an account: people who address it, and hits of its searches."""
    return account, account + SEARCHES


def own_words(store: Store, account: str, settings: Listening) -> frozenset[str]:
    """Return the folded words that every message of an account may hold: its name and handle, and those of the config."""
    from inbox.domain.listening.tokens import words_of

    health = store.small_things.setting(health_key(account)) or {}
    names = " ".join([account, *(str(health.get(key) or "") for key in ("name", "handle"))])
    return settings.own_words | frozenset(
        words_of(names.replace("@", " ").replace("-", " ").replace("_", " "))
    )


def heard(store: Store, stream: str, messages: Iterable[Message], begins: float) -> Iterator[Heard]:
    """Yield what counts of some messages: customers' and our own, as of now; what is spam or gone is left out.

    `begins`: when the account was connected; what was sent before is history.
    """
    account = stream.removesuffix(SEARCHES)
    mine = [
        m
        for m in messages
        if m.id.startswith(f"{account}:")
        and (m.conversation.split(":")[1] == "search") == stream.endswith(SEARCHES)
    ]
    spam = {
        c.id
        for c in store.conversations.get_many(list({m.conversation for m in mine}))
        if c.status is Status.SPAM
    }
    for m in mine:
        if m.direction not in (Direction.IN, Direction.OUT) or not m.stands or m.conversation in spam:
            continue
        yield Heard(
            id=m.id,
            author=m.author.remote_id or m.author.handle or m.author.name or "",
            text=m.text,
            sent=m.sent_at.timestamp(),
            read=m.received_at.timestamp(),
            ours=m.direction is Direction.OUT,
            raises=m.time_known and m.sent_at.timestamp() >= begins,
        )
    yield from _our_posts(store, account, mine)


def _our_posts(store: Store, account: str, messages: Iterable[Message]) -> Iterator[Heard]:
    """Posts of ours that people comment on: a campaign speaks through them."""
    parents = {f"{account}:{m.reply_to}" for m in messages if m.reply_to}
    for post in store.messages.context(sorted(parents)):
        if post.ours and post.sent_at is not None and post.stands:
            sent = post.sent_at.timestamp()
            yield Heard(id=post.id, author="", text=post.text, sent=sent, read=sent, ours=True)


def in_order(messages: Iterable[Heard]) -> list[Heard]:
    """Return messages in the order of a walk, each once."""
    return sorted({message.id: message for message in messages}.values(), key=key)


# -- the log ------------------------------------------------------------------------------------------------


def _log_key(account: str) -> str:
    return LOG + account


def logged(store: Store, account: str) -> list[Logged]:
    """Return the surges of an account, oldest first; what cannot be read is left out."""
    import msgspec

    found = []
    for entry in store.small_things.setting(_log_key(account)) or ():
        try:
            found.append(msgspec.convert(entry, Logged))
        except msgspec.ValidationError:  # of another version
            continue
    return found


def put_log(store: Store, account: str, entries: Iterable[Logged]) -> None:
    """Write the log of an account."""
    import msgspec

    store.small_things.put_setting(_log_key(account), [msgspec.to_builtins(one) for one in entries] or None)


def surge_json(one: Logged) -> dict[str, Any]:
    """Return a surge as the public JSON has it (BEHAVIOUR.md#listening)."""
    surge = one.surge
    return {
        "account": one.account,
        "search": one.search,
        "since": moment(surge.since),
        "until": moment(surge.until),
        "tier": surge.tier,
        "times": round(surge.times, 1),
        "voices": surge.voices,
        "expected": round(surge.expected, 1),
        "negative": round(surge.negative, 2),
        "words": list(surge.words),
        "channel": surge.channel,
        "at": moment(surge.at),
        "acknowledged_by": one.acknowledged_by,
    }


def moment(seconds: float | None) -> str | None:
    """Return an instant of the JSON for seconds since 1970."""
    return None if seconds is None else instant(datetime.fromtimestamp(seconds, UTC))


def resumed(watch: Watch, kept: Any, messages: Iterable[Heard]) -> bool:
    """Let a watch go on from what was kept; False where that cannot be read, and everything is learned again."""
    try:
        watch.resume(kept, messages)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
