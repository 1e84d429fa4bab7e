"""The whole hostile corpus as an inbox: every record in every place text of strangers can stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.builders import ALWAYS
from hostile import Record
from hostile import texts as records
from platform_rules import declared

from inbox.domain.model import Answerable, Attachment, Context, Person, Surface
from inbox.domain.outbox import Phase
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.health import AccountHealth, health_key
from inbox.engine.station.intake import Source, take_in
from inbox.ports.platform import Incoming, Page, Poison
from inbox.store.sqlite.store import LocalStore
from inbox.system.clocks import SystemClock

TIMERS = Timers(hours=ALWAYS)
IN_A_THREAD = 40

CONFIG = """
agent = "tanja"

[service]
timezone = "Europe/Berlin"
hours = { daily = ["00:00-24:00"] }

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions"]
api_url = "http://127.0.0.1:9"
"""


def harmless(found: Sequence[Record]) -> list[Record]:
    """The same inbox with plain words: what the program itself writes."""
    return [{**record, "text": f"plain words {number}"} for number, record in enumerate(found)]


def message(record: Record, key: str, thread: str, at: datetime) -> Incoming:
    """The record as text, name and handle of the author, file name and link at once."""
    text = record["text"]
    return Incoming(
        key=key,
        remote_id=key,
        surface=Surface.MENTIONS,
        thread=thread,
        author=Person(name=text[:5000], handle=text[:500], remote_id=f"9{key}"),
        contact=Person(name=text[:5000], handle=text[:500], remote_id=f"9{thread}"),
        ours=False,
        text=text,
        sent_at=at,
        parent=f"around-{thread}",
        attachments=(Attachment(kind="file", name=text[:5000], url=text[:5000]),),
        url=text[:5000],
        answerable=Answerable(public=True),
    )


def fill(folder: Path, found: Sequence[Record]) -> LocalStore:
    """One conversation per record (for the lists), and long ones with many (for the reader)."""
    store = LocalStore(folder)
    clock = SystemClock()
    now = clock.now()
    source = Source(account="acme-x", platform="twitter", surface=Surface.MENTIONS)
    singles = [message(r, f"1{n:04}", f"1{n:04}", now - timedelta(minutes=n)) for n, r in enumerate(found)]
    threads = [
        message(r, f"2{n:04}", f"2{n // IN_A_THREAD:04}", now - timedelta(days=2, minutes=n))
        for n, r in enumerate(found)
    ]
    around = [
        Context(
            id=f"acme-x:around-{m.thread}",
            remote_id="1",
            author=m.author,
            ours=False,
            text=m.text,
            sent_at=m.sent_at,
        )
        for m in singles
    ]
    poison = [Poison(raw=r["text"], reason=r["text"][:200]) for r in found[:100]]
    take_in(store, Page(messages=[*singles, *threads], context=around, poison=poison), source, TIMERS, now)
    _work(store, clock, found)
    return store


def _work(store: LocalStore, clock: SystemClock, found: Sequence[Record]) -> None:
    """Texts in what agents and platforms leave: replies that failed, drafts, notes, tags, colleagues, problems."""
    desk = Desk(store, clock, agent="tanja", timers=TIMERS, platforms=declared({"acme-x": "twitter"}))
    loud = [r for r in found if r["class"] in ("escape", "control", "markup", "imitation", "invisible")]
    for number, record in enumerate(loud[:120]):
        cid = f"acme-x:mentions:1{found.index(record):04}"
        text = record["text"][:2000]
        if not text.strip():
            continue
        desk.notes.add(cid, text)
        desk.triage.tag([cid], add=[text[:40].replace("\0", "")])
        desk.triage.assign([cid], text[:40])
        item = desk.replying.reply(cid, Reply(text, hold=timedelta(days=9)))
        desk.workplace.store.outbox.put(_failed(item, text))
        if number % 3 == 0:
            desk.drafts.save(cid, text)
    store.small_things.put_setting(
        health_key("acme-x"),
        {
            "account": "acme-x",
            "platform": "twitter",
            "name": loud[0]["text"],
            "handle": loud[1]["text"],
            "problem": loud[2]["text"],
            "kind": "refused",
            "next_step": loud[3]["text"],
            "notes": [r["text"][:300] for r in loud[:40]],
        },
    )


def _failed(item: Any, text: str) -> Any:
    from inbox.domain.records import replace

    return replace(item, phase=Phase.FAILED, reason=text, next_step=text)


__all__ = ["CONFIG", "IN_A_THREAD", "UTC", "AccountHealth", "Record", "fill", "harmless", "records"]
