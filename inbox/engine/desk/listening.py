"""What is said about us: surges and who has seen them, topics, posts that are alike, hints."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.domain.model import Direction
from inbox.domain.records import Record, replace
from inbox.engine import listening
from inbox.engine.health import health_key
from inbox.engine.listening_settings import LOG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.domain.listening.groups import Group
    from inbox.domain.listening.hints import Hint
    from inbox.domain.listening.surge_log import Logged
    from inbox.domain.listening.surges import Heard
    from inbox.domain.listening.topics import Topic
    from inbox.domain.model import Message
    from inbox.engine.desk.workplace import Workplace


UNKNOWN_AFTER = timedelta(hours=3)
GROUPED = 20_000
"""Conversations that are put into groups at most."""


class Grouped(Record, kw_only=True):
    """Groups of conversations whose newest messages are alike, the largest first. `alone`: how many are like no other;
    `can_answer`: how many of each group can be answered now, by the id of the group."""

    groups: tuple[Group, ...]
    alone: int
    can_answer: dict[str, int]


class Listening:
    """Reads what the station has found, and looks at the messages of the store."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def surges(self, since: datetime | None = None) -> list[Logged]:
        """Return the surges of all accounts that were not over at `since`, oldest first."""
        begin = 0.0 if since is None else since.timestamp()
        found = [
            one
            for account in self._work.platforms.accounts
            for one in listening.logged(self._work.store, account)
            if one.surge.until is None or one.surge.until >= begin
        ]
        return sorted(found, key=lambda one: (one.surge.since, one.account, one.search))

    def running(self) -> list[Logged]:
        """Return the surges that run and could be told, the worst first. Costs a look at the settings where there never was one."""
        work = self._work
        if not any(work.store.small_things.setting(LOG + account) for account in work.platforms.accounts):
            return []
        found = [
            one
            for one in self.surges()
            if one.surge.until is None and one.surge.at is not None and self._is_read(one.account)
        ]
        return sorted(found, key=lambda one: (one.surge.tier != "red", -one.surge.voices))

    def _is_read(self, account: str) -> bool:
        """Whether the account has been read lately: of one that has not nobody knows whether its surge goes on."""
        kept = self._work.store.small_things.setting(health_key(account)) or {}
        read: str | None = kept.get("last_read_at")
        return read is not None and self._work.clock.now() - datetime.fromisoformat(read) < UNKNOWN_AFTER

    def acknowledge(self) -> None:
        """Note that the agent has seen what runs: it is measured on, and no longer rings."""
        store, agent = self._work.store, self._work.agent
        for account in self._work.platforms.accounts:
            with store.transaction():
                entries = listening.logged(store, account)
                seen = [
                    replace(one, acknowledged_by=agent)
                    if one.surge.until is None and one.acknowledged_by is None
                    else one
                    for one in entries
                ]
                if seen != entries:
                    listening.put_log(store, account, seen)

    # -- topics, groups, hints -----------------------------------------------------------------------------------

    def topics(self, since: datetime) -> list[Topic]:
        """Return what people write about since then and did not in the weeks before; ids are those of conversations."""
        from inbox.domain.listening.topics import BEFORE, topics

        work, now = self._work, self._work.clock.now()
        messages = work.store.messages.sent_since(since - timedelta(days=BEFORE))
        heard = [
            one
            for account in work.platforms.accounts
            for stream in listening.streams(account)
            for one in listening.heard(work.store, stream, messages, 0.0)
        ]
        words = frozenset[str]().union(
            *(
                listening.own_words(work.store, account, work.settings.listening)
                for account in work.platforms.accounts
            )
        )
        of_message = {message.id: message.conversation for message in messages}
        return [
            replace(topic, messages=tuple(dict.fromkeys(of_message[mid] for mid in topic.messages)))
            for topic in topics(now.timestamp(), (now - since).total_seconds(), heard, words)
        ]

    def groups(self, cids: Sequence[str]) -> Grouped:
        """Put conversations into groups by what their customers wrote last."""
        from inbox.domain.listening.groups import groups

        work = self._work
        heads = work.store.conversations.get_many(list(cids)[:GROUPED])
        newest = [(head.id, self._newest(head.id)) for head in heads]
        posts = [_post(cid, message) for cid, message in newest if message is not None]
        found, alone = groups(posts)
        able = {head.id for head in heads if work.way(head).allowed}
        return Grouped(
            groups=tuple(found),
            alone=alone,
            can_answer={group.id: len(able.intersection(group.messages)) for group in found},
        )

    def hints(self, cid: str) -> tuple[list[Hint], str | None]:
        """Return the hints about what a customer wrote last, without those that an agent has refused, and its language.

        Raises Unknown.
        """
        from inbox.domain.listening.hints import hints, language_of

        self._work.conversation(cid)
        message = self._newest(cid)
        if message is None:
            return [], None
        refused = self._work.store.small_things.setting(_refused(cid)) or ()
        found = [hint for hint in hints(message.text) if hint.kind not in refused]
        return found, language_of(message.text)

    def refuse_hint(self, cid: str, kind: str) -> None:
        """Note that a hint is wrong here: it is not shown again in this conversation. Raises Unknown."""
        store = self._work.store
        with store.transaction():
            self._work.conversation(cid)
            refused = store.small_things.setting(_refused(cid)) or []
            if kind not in refused:
                store.small_things.put_setting(_refused(cid), [*refused, kind])

    def _newest(self, cid: str) -> Message | None:
        """What a customer wrote last."""
        messages = self._work.store.messages.of_conversation(cid)
        return next((m for m in reversed(messages) if m.direction is Direction.IN and m.stands), None)


def _refused(cid: str) -> str:
    return f"hint_refused:{cid}"


def _post(cid: str, message: Message) -> Heard:
    from inbox.domain.listening.surges import Heard

    return Heard(
        id=cid,
        author=message.author.remote_id or "",
        text=message.text,
        sent=message.sent_at.timestamp(),
        read=message.received_at.timestamp(),
    )
