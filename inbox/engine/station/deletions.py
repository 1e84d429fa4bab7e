"""What the platforms no longer show: believed slowly, compared with the store, asked for by id.

One answer proves nothing (BEHAVIOUR.md#deletions). A look that misses a message hides it; a second one, at least an
hour later, erases its words. What is to be asked for again, and when, is kept in the store, so a restart and single
runs go on with it. Where too much of one batch is missing at once, nothing is believed, the account says so, and it is
asked again. What an answer must say to count is each adapter's table (`adapters/*/deletion.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from inbox.domain.model import Context, Conversation, Direction, Message, Surface
from inbox.domain.queue import Scope
from inbox.domain.records import Record, replace
from inbox.domain.sla import Timers
from inbox.domain.text import storable
from inbox.engine.automatic import settle_again
from inbox.engine.erasure_marks import gone
from inbox.engine.message_ids import find, possible_keys
from inbox.engine.station.corrections import corrected, digest
from inbox.engine.station.intake import SECOND_LOOK, Source, missed, take_in
from inbox.engine.station.second_looks import Due, Kept, daily_key, kept, put_off, setting_key
from inbox.ports.clock import Clock
from inbox.ports.platform import (
    LOOK_BATCH,
    POST_KEY,
    Adapter,
    Asked,
    AsksById,
    AsksSingly,
    Listed,
    Look,
    Page,
)
from inbox.ports.store import Store

log = logging.getLogger(__name__)

EVERY = timedelta(hours=20)
"""Between two looks at everything recent: with the second look the words are gone within a day, as X's terms ask."""
TOO_YOUNG = timedelta(minutes=5)
"""What was published less long ago may be missing from lists that lag (facts/facebook.md#4.5)."""
OURS_FOR = timedelta(days=2)
"""How long our own messages are asked for daily: X charges for each, and who takes one down does so soon. Later, lists
that lack one tell."""
QUIET = timedelta(hours=6)
"""How long something that a list lacks, but its id still finds, is left alone."""
LONGEST = timedelta(hours=24)
"""Between two looks at what is missing and can neither be found nor proved deleted."""
MOST_SUSPECTS = 50
"""Asked for by id in one go; the rest at the next look."""
CONTROLS = 20
"""Things that should be there, asked for beside those that are missing."""
SINGLY_FOR = timedelta(days=2)
"""How long messages are asked for daily where each takes a call of its own and is charged for."""
MOST_SINGLY = 500
"""Of these asked for in one day: with 14 calls in 15 minutes that takes less than the 20 hours to the next."""
CONTROLS_SINGLY = 3
PUT_OFF = timedelta(minutes=15)
"""Until what the limits left no call for is asked again: X's windows are so long."""
ENOUGH_TO_DOUBT = 2
SHARE_TO_DOUBT = 10
"""More than two, and more than a tenth of a batch, missing at once are no deletions but trouble."""
TIMES_DOUBTED = 3
DOUBTED_FOR = timedelta(hours=20)
"""What was doubted so often and for so long is taken one by one: a platform that is wrong is so for hours, and X's
terms ask for a day in all. Each of these looks found something that should be there."""
MOST_KEPT = 2000

DOUBTED = (
    "{count} of {asked} messages seem to be deleted at once; none of it was believed, and it is asked again"
)


class _Item(Record):
    """A stored message or context, and how to ask for it."""

    id: str
    asked: Asked
    stands: bool


def _singly(adapter: Adapter | AsksById, surface: Surface) -> bool:
    return isinstance(adapter, AsksSingly) and adapter.asks_singly(surface)


def _doubted(before: Due | None, surface: Surface, now: datetime, *, controlled: bool) -> Due:
    """The plan for something whose deletion was not believed. A look that found nothing at all counts for nothing."""
    again = Due(surface, now + SECOND_LOOK)
    if controlled:
        again.doubted = 1 + (before.doubted if before is not None else 0)
        again.since = before.since if before is not None and before.since is not None else now
    return again


class Deletions:
    """One account's looks at what it has stored. All state is in the store."""

    def __init__(self, store: Store, clock: Clock, timers: Timers, account: str, platform: str) -> None:
        self.store = store
        self.clock = clock
        self.timers = timers
        self.account = account
        self.platform = platform

    def notes(self) -> tuple[str, ...]:
        """What the account says about looks that were not believed."""
        return tuple(dict.fromkeys(kept(self.store, self.account).notes.values()))

    # -- when -----------------------------------------------------------------------------------------------

    async def compare(
        self, adapter: Adapter, surface: Surface, listed: Sequence[Listed], missing: Iterable[str] = ()
    ) -> None:
        """Ask for what the store holds and these lists lack. Raises PlatformError."""
        if not isinstance(adapter, AsksById):
            return
        lacking, shown = self._lacking(surface, listed)
        ids = list(dict.fromkeys([*lacking, *self._ids(surface, missing)]))
        if not ids:
            return
        now = self.clock.now()
        found = kept(self.store, self.account)
        fresh = [i for i in ids if (due := found.due.get(i)) is None or due.at <= now]
        self._keep_due({i: Due(surface, now) for i in fresh})
        items = [item for item in map(self._item, fresh[:MOST_SUSPECTS]) if item is not None]
        await self._ask(adapter, surface, items, shown=shown)

    def said(self, surface: Surface, keys: Iterable[str]) -> None:
        """The platform told of deletions by itself, and they have been taken in: plan the second look."""
        now = self.clock.now()
        ids = self._ids(surface, keys)
        self._keep_due({i: Due(surface, now + SECOND_LOOK) for i in ids if self._missing_since(i)})

    async def due(self, adapter: Adapter, surfaces: Sequence[Surface]) -> None:
        """Ask again for what it is time for. Raises PlatformError."""
        if not isinstance(adapter, AsksById):
            return
        now = self.clock.now()
        found = kept(self.store, self.account)
        for surface in surfaces:
            ids = [i for i, due in found.due.items() if due.surface is surface and due.at <= now]
            known = {i: item for i in ids if (item := self._item(i)) is not None}
            self._forget(i for i in ids if i not in known or found.due[i].there)
            items = [item for i, item in known.items() if not found.due[i].there]
            items.sort(key=lambda item: item.stands)  # what is hidden waits for its second look
            for at in range(0, len(items), LOOK_BATCH - CONTROLS):
                await self._ask(adapter, surface, items[at : at + LOOK_BATCH - CONTROLS], controls=True)

    async def daily(self, adapter: Adapter, surfaces: Sequence[Surface], back: timedelta) -> None:
        """Ask once a day for everything of the conversations of the last `back`. Raises PlatformError."""
        now = self.clock.now()
        last = self.store.small_things.setting(daily_key(self.account))
        if (
            not isinstance(adapter, AsksById)
            or not back
            or (last and now - datetime.fromisoformat(last) < EVERY)
        ):
            return
        believed = True
        for surface in surfaces:
            singly = _singly(adapter, surface)
            items = list(self._recent(surface, now - back, singly=singly))[: MOST_SINGLY if singly else None]
            for at in range(0, len(items), LOOK_BATCH):
                believed = await self._ask(adapter, surface, items[at : at + LOOK_BATCH]) and believed
        again = now if believed else now - EVERY + SECOND_LOOK
        self.store.small_things.put_setting(daily_key(self.account), again.isoformat())

    # -- what ----------------------------------------------------------------------------------------------

    def _ids(self, surface: Surface, keys: Iterable[str]) -> list[str]:
        return [find(self.store, self.account, surface, key, answers=False)[0] for key in keys]

    def _lacking(self, surface: Surface, listed: Sequence[Listed]) -> tuple[list[str], int]:
        """Ids of what the store holds under these parents and the lists should have shown; and how much they did
        show of it."""
        lacking, shown = list[str](), 0
        for one in listed:
            cids = [f"{self.account}:{surface}:{one.parent}"]
            if self.store.conversations.get(cids[0]) is None:
                # Stores of an earlier version hold posts under their bare number.
                parents = [one.parent, one.parent.removeprefix(POST_KEY)]
                cids = self.store.messages.threads_under(self.account, surface, parents)
            named = {f"{self.account}:{key}" for bare in one.keys for key in possible_keys(surface, bare)}
            for cid in cids:
                for m in self.store.messages.of_conversation(cid):
                    late = one.since is None or (m.time_known and m.sent_at > one.since)
                    if m.id in named:
                        shown += 1
                    elif late and self._to_ask(m) and m.stands:
                        lacking.append(m.id)
        return lacking, shown

    def _to_ask(self, m: Message) -> bool:
        """Whether a message can be asked for: notes are ours alone, a private answer in a public thread belongs
        to another list, and what is new may not be in every list yet."""
        private_elsewhere = m.private and not Surface(m.conversation.split(":", 2)[1]).private
        young = m.shown and self.clock.now() - m.sent_at < TOO_YOUNG
        ours_alone = m.direction is Direction.NOTE or private_elsewhere
        return not ours_alone and not young and m.deleted_at is None

    def _item(self, mid: str) -> _Item | None:
        """None for what is deleted, forgotten, or too young to be asked for."""
        message = self.store.messages.get(mid)
        if message is not None and not message.deleted_at:
            return self._of_message(message) if self._to_ask(message) else None
        for context in self.store.messages.context([mid]):
            if not context.gone:
                return self._of_context(context)
        return None

    def _of_message(self, m: Message) -> _Item:
        thread = m.conversation.split(":", 2)[2]
        asked = Asked(
            key=m.id.split(":", 1)[1],
            remote_id=m.remote_id,
            thread=thread,
            parents=tuple(self._parents(m)),
        )
        return _Item(m.id, asked, m.stands)

    def _of_context(self, c: Context) -> _Item:
        return _Item(c.id, Asked(key=c.id.split(":", 1)[1], remote_id=c.remote_id), c.stands)

    def _parents(self, m: Message) -> Iterator[str]:
        """Remote ids upwards, as far as they are known here."""
        seen, above = {m.id}, m.reply_to
        while above is not None and (mid := f"{self.account}:{above}") not in seen:
            seen.add(mid)
            found = self.store.messages.get(mid)
            if found is None:
                # It hangs under this one, whatever that belongs to: a photo's comments are in the photo's own list.
                yield from (context.remote_id for context in self.store.messages.context([mid])[:1])
                return
            yield found.remote_id
            above = found.reply_to

    def _recent(self, surface: Surface, since: datetime, *, singly: bool = False) -> Iterator[_Item]:
        """Everything in and around conversations with a message since then, each once. `singly`: only messages
        younger than `SINGLY_FOR`."""
        young = self.clock.now() - SINGLY_FOR if singly else None
        seen: set[str] = set()
        for head in self._heads(surface):
            if head.last_message_at is None or head.last_message_at < since:
                continue
            messages = self.store.messages.of_conversation(head.id)
            around = self.store.messages.context_under(self.account, head.thread.split(":")[0])
            around += self.store.messages.context(
                {f"{self.account}:{m.reply_to}" for m in messages if m.reply_to}
            )
            wanted = (m for m in messages if young is None or m.sent_at > young)
            items = [self._of_message(m) for m in wanted if self._to_ask(m) and not self._ours_long_ago(m)]
            items += [self._of_context(c) for c in around if not c.gone]
            for item in items:
                if item.id not in seen:
                    seen.add(item.id)
                    yield item

    def _ours_long_ago(self, m: Message) -> bool:
        return m.direction is Direction.OUT and m.shown and self.clock.now() - m.sent_at > OURS_FOR

    def _heads(self, surface: Surface) -> list[Conversation]:
        scope = Scope(account=self.account, surfaces=frozenset({surface}))
        return self.store.conversations.get_many(self.store.conversations.order(scope, now=self.clock.now()))

    def _controls(self, surface: Surface, beside: Sequence[_Item], most: int) -> list[_Item]:
        """Newest things that should be there, as many as it takes to tell trouble from deletions."""
        taken = {item.id for item in beside}
        scope = Scope(account=self.account, surfaces=frozenset({surface}))
        newest = self.store.conversations.order(scope, now=self.clock.now(), limit=3 * most)
        messages = (
            m
            for cid in newest
            for m in self.store.messages.of_conversation(cid)
            if m.stands and self._to_ask(m)
        )
        return [self._of_message(m) for m in islice((m for m in messages if m.id not in taken), most)]

    # -- asking and believing --------------------------------------------------------------------------------

    async def _ask(
        self,
        adapter: AsksById,
        surface: Surface,
        items: Sequence[_Item],
        *,
        controls: bool = False,
        shown: int = 0,
    ) -> bool:
        """Ask for a batch; returns False where nothing of it was believed. `shown`: how many others a list has just
        shown beside them. Raises PlatformError."""
        if not items:
            return True
        most = CONTROLS_SINGLY if _singly(adapter, surface) else CONTROLS
        beside = self._controls(surface, items, most) if controls else []
        # The limits may end the look anywhere: one item and what should be there come first.
        look = await adapter.look(surface, [item.asked for item in (*items[:1], *beside, *items[1:])])
        with self.store.transaction():
            return self._apply(surface, items, beside, look, shown)

    def _apply(
        self, surface: Surface, items: Sequence[_Item], beside: Sequence[_Item], look: Look, shown: int
    ) -> bool:
        self._take(surface, (*items, *beside), look)
        if beside and all(item.asked.key in look.unasked for item in beside):
            look = put_off(look)
        absent = look.deleted | look.with_parent
        everything = {item.asked.key: item for item in (*beside, *items)}
        long_doubted = self._long_doubted(items, look)
        newly = [
            item
            for key, item in everything.items()
            if key in absent and item.stands and key not in long_doubted
        ]
        asked = shown + sum(item.stands for key, item in everything.items() if key not in look.unasked)
        lost = len(newly) > ENOUGH_TO_DOUBT and len(newly) * SHARE_TO_DOUBT > asked
        nobody = bool(beside) and not any(item.asked.key in look.there for item in beside)
        doubted = lost or (nobody and any(item.asked.key in absent for item in items))
        touched = set[str]()
        for item in everything.values():
            if item.asked.key in look.there:
                touched |= self._found(item)
            elif item.asked.key in absent and (not doubted or item.asked.key in long_doubted):
                touched |= self._missed(item, for_good=item.asked.key in look.deleted)
        other = self._other_words(everything.values(), look)
        believed = self._believed(other, len(everything))
        for mid, text in believed.items():
            touched |= self._correct(mid, text)
        settle_again(self.store, sorted(touched), self.timers, self.clock.now())
        own = {item.asked.key for item in items}
        look = replace(look, unasked=look.unasked & own)
        self._plan(surface, everything.values(), look, doubted=doubted)
        again = self.clock.now() + SECOND_LOOK
        self._keep_due({mid: Due(surface, again, text=digest(text)) for mid, text in other.items()})
        note = DOUBTED.format(count=max(len(newly), 1), asked=shown + len(everything)) if doubted else None
        self._say(surface, note)
        return not doubted

    def _take(self, surface: Surface, items: Sequence[_Item], look: Look) -> None:
        """What was found as it is now, under the key the store has for it."""
        keys = {item.asked.remote_id: item.asked.key for item in items}
        known = [replace(m, key=keys[m.remote_id]) for m in look.messages if m.remote_id in keys]
        known = [
            m for m in known if m.key in look.there and self.store.messages.get(f"{self.account}:{m.key}")
        ]
        if known:
            source = Source(account=self.account, platform=self.platform, surface=surface)
            take_in(self.store, Page(messages=known), source, self.timers, self.clock.now())

    def _found(self, item: _Item) -> set[str]:
        message = self.store.messages.get(item.id)
        if message is not None and not message.shown:
            self.store.messages.put(replace(message, gone_at=None))
            return {message.conversation}
        for context in self.store.messages.context([item.id]):
            if context.gone_at is not None and not context.gone:
                self.store.messages.put_context(replace(context, gone_at=None))
        return set()

    def _other_words(self, items: Iterable[_Item], look: Look) -> dict[str, str]:
        """By message or context id, what the look says otherwise than the store. Ours are kept as they were sent."""
        found: dict[str, str] = {}
        for item in items:
            text, stored = look.texts.get(item.asked.key), self._words(item.id)
            if text is not None and stored is not None and (plain := storable(text)[0]) != stored:
                found[item.id] = plain
        return found

    def _words(self, mid: str) -> str | None:
        """The stored words of a message or context; None where no look corrects them."""
        message = self.store.messages.get(mid)
        if message is not None:
            kept_as_sent = message.outbox is not None or message.deleted_at is not None
            return None if kept_as_sent else message.text
        return next((c.text for c in self.store.messages.context([mid]) if not c.gone), None)

    def _believed(self, other: Mapping[str, str], asked: int) -> Mapping[str, str]:
        """A few other words of messages are believed at once, many, and those of posts around them, which keep no
        earlier words, only when a second look shows the same. Either way they are asked for again in an hour, so that
        a wrong answer does not last."""
        due = kept(self.store, self.account).due
        few = len(other) <= ENOUGH_TO_DOUBT or len(other) * SHARE_TO_DOUBT <= asked
        return {
            mid: text
            for mid, text in other.items()
            if (few and self.store.messages.get(mid) is not None)
            or (mid in due and due[mid].text == digest(text))
        }

    def _correct(self, mid: str, text: str) -> set[str]:
        """Store other words. Returns the conversations that have to be settled again."""
        message = self.store.messages.get(mid)
        if message is not None:
            self.store.messages.put(corrected(message, text, self.clock.now()))
            return {message.conversation}
        for context in self.store.messages.context([mid]):
            self.store.messages.put_context(replace(context, text=text))
        return set()

    def _missed(self, item: _Item, *, for_good: bool) -> set[str]:
        now = self.clock.now()
        message = self.store.messages.get(item.id)
        if message is not None and not message.deleted_at:
            after = missed(message, now, for_good=for_good)
            if after == message:
                return set()
            self.store.messages.put(after)
            return {message.conversation}
        for context in self.store.messages.context([item.id]):
            if context.gone:
                continue
            if context.gone_at is None:
                self.store.messages.put_context(replace(context, gone_at=now))
            elif for_good and now - context.gone_at >= SECOND_LOOK:
                self.store.messages.put_context(gone(context))
        return set()

    # -- what is asked next -----------------------------------------------------------------------------------

    def _plan(self, surface: Surface, items: Iterable[_Item], look: Look, *, doubted: bool) -> None:
        now = self.clock.now()
        found = kept(self.store, self.account)
        plan: dict[str, Due] = {}
        done: list[str] = []
        for item in items:
            since = self._missing_since(item.id)
            if item.asked.key in look.unasked:
                plan[item.id] = Due(surface, now + PUT_OFF)
            elif since is not None:
                plan[item.id] = Due(surface, now + min(max(SECOND_LOOK, now - since), LONGEST))
            elif doubted and item.asked.key in look.deleted:
                plan[item.id] = _doubted(found.due.get(item.id), surface, now, controlled=bool(look.there))
            elif item.id not in found.due:
                continue
            elif item.asked.key in look.deleted:
                done.append(item.id)  # erased
            else:
                plan[item.id] = Due(surface, now + QUIET, there=True)
        self._forget(done)
        self._keep_due(plan)

    def _long_doubted(self, items: Iterable[_Item], look: Look) -> set[str]:
        """Keys of what each look of a day said to be deleted, this one too."""
        due = kept(self.store, self.account).due
        ripe = {
            item.asked.key
            for item in items
            if (one := due.get(item.id)) is not None
            and one.since is not None
            and one.doubted >= TIMES_DOUBTED
            and self.clock.now() - one.since >= DOUBTED_FOR
        }
        return ripe & look.deleted if look.there else set()

    def _missing_since(self, mid: str) -> datetime | None:
        message = self.store.messages.get(mid)
        if message is not None:
            return None if message.shown else message.gone_at
        return next((c.gone_at for c in self.store.messages.context([mid]) if not c.gone), None)

    def _keep_due(self, plan: Mapping[str, Due]) -> None:
        if not plan:
            return
        with self.store.transaction():
            found = kept(self.store, self.account)
            found.due.update(plan)
            quiet = [i for i, due in found.due.items() if due.there]
            for one in quiet[: max(0, len(found.due) - MOST_KEPT)]:
                del found.due[one]
            self._keep(found)

    def _forget(self, ids: Iterable[str]) -> None:
        gone_ids = list(ids)
        if not gone_ids:
            return
        with self.store.transaction():
            found = kept(self.store, self.account)
            for one in gone_ids:
                found.due.pop(one, None)
            self._keep(found)

    def _say(self, surface: Surface, note: str | None) -> None:
        found = kept(self.store, self.account)
        if found.notes.get(surface) == note:
            return
        found.notes.pop(surface, None)
        if note is not None:
            found.notes[surface] = note
            log.warning("%s %s: %s", self.account, surface, note)
        self._keep(found)

    def _keep(self, found: Kept) -> None:
        self.store.small_things.put_setting(setting_key(self.account), msgspec.to_builtins(found))
