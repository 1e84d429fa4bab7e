"""The public JSON (BEHAVIOUR.md#json). Keys are added, never renamed; absent values are null; instants are RFC
3339 UTC with `Z`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from inbox.domain.lifecycle import place
from inbox.domain.model import Context, Direction, Draft, Event, Message, Person, SendState
from inbox.domain.outbox import OutboxItem
from inbox.domain.queue import status_at
from inbox.domain.records import replace
from inbox.domain.reply import ReplyWay
from inbox.domain.statistics import Figures, Statistics, Times
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.rows import STATES, Row, Thread
from inbox.engine.health import AccountHealth
from inbox.engine.station.round_report import RoundReport
from inbox.engine.station.single_run import SyncReport
from inbox.engine.timer_report import automatic_of, instant, snooze_of, timer_of, waits_of
from inbox.errors import PlatformError

Json = dict[str, Any]


def person(who: Person) -> Json:
    return {"name": who.name, "handle": who.handle, "remote_id": who.remote_id}


def conversation(row: Row, way: ReplyWay, now: datetime, opens_at: datetime | None = None) -> Json:
    """`opens_at`: when service resumes; None while it is open."""
    c = row.conversation
    timing = timer_of(c, now, opens_at)
    return {
        "id": c.id,
        "account": c.account,
        "platform": c.platform,
        "surface": c.surface.value,
        "contact": person(c.contact),
        "status": status_at(c, now).value,
        "assignee": c.assignee,
        "tags": list(c.tags),
        "priority": c.priority.value,
        "preview": c.preview,
        "message_count": c.message_count,
        "last_message_at": instant(c.last_message_at),
        "waiting_since": instant(c.waiting_since) if timing["kind"] else None,
        "timer": timing,
        "reply": {
            "allowed": way.allowed,
            "how": way.how,
            "closes_at": instant(way.closes_at),
            "reason": way.reason,
        },
        "has_draft": row.has_draft,
        "outbox": {state.value: row.outbox.get(state.value, 0) for state in STATES},
        "url": c.url,
        **snooze_of(c, now),
        "person_tags": list(c.person_tags),
        "version": c.version,
        "posing": row.posing,
        "language": c.language or None,
        "unanswered": c.unanswered,
        "new": row.new,
    }


def queue(desk: Desk, ids: Sequence[str]) -> list[Json]:
    now = desk.workplace.clock.now()
    rows = desk.queue.rows(ids)
    opens = desk.queue.opens_at()
    return [
        conversation(rows[cid], desk.conversation.way(rows[cid].conversation), now, opens)
        for cid in ids
        if cid in rows
    ]


def thread(opened: Thread, row: Row, now: datetime, opens_at: datetime | None = None) -> Json:
    held = (*opened.messages, *opened.missing)
    remote = {m.id.split(":", 1)[1]: m.remote_id for m in held}
    # Messages come in the order of the thread, and stay in it: `sorted` keeps what has the same place.
    messages = [(place(m), {**message(m, remote), "posing": m.id in opened.posing}) for m in held]
    messages += [(item.created_at, pending(item, opened)) for item in opened.replies]
    return {
        **conversation(row, opened.way, now, opens_at),
        "waits": waits_of(opened.conversation),
        "messages": [shown for _, shown in sorted(messages, key=lambda pair: pair[0])],
        "context": [around(c) for c in opened.context],
        "draft": draft(opened.draft) if opened.draft else None,
        "events": [event(e) for e in opened.events],
        "joined": [{"platform": c.platform, **person(c.person)} for c in opened.joined],
    }


def message(m: Message, remote: dict[str, str]) -> Json:
    """A message of any state. `gone`: the platform did not show it at the last look; what it says is hidden until
    it is seen again or known to be deleted."""
    if not m.shown:
        m = replace(m, text="", attachments=(), versions=(), url=None)
    state = SendState.SENT if m.direction is Direction.OUT else SendState.RECEIVED
    return {
        "id": m.id,
        "conversation": m.conversation,
        "remote_id": m.remote_id if m.direction is not Direction.NOTE else None,
        "direction": m.direction.value,
        "author": person(m.author),
        "text": m.text,
        "sent_at": instant(m.sent_at),
        "seen_at": instant(m.received_at),
        "automatic": automatic_of(m),
        "edited_at": instant(m.edited_at),
        "deleted_at": instant(m.deleted_at),
        "gone": not m.shown,
        "reply_to": remote.get(m.reply_to, m.reply_to) if m.reply_to else None,
        "attachments": [{"kind": a.kind, "name": a.name, "url": a.url} for a in m.attachments],
        "state": state.value,
        "private": m.private,
        "url": m.url,
        "versions": [{"text": v.text, "until": instant(v.until)} for v in m.edits],
    }


def draft(kept: Draft) -> Json:
    return {
        "text": kept.text,
        "saved_at": instant(kept.saved_at),
        "private": kept.private,
        "files": [{"path": f.path, "name": f.name, "kind": f.kind, "size": f.size} for f in kept.files],
    }


def pending(item: OutboxItem, opened: Thread) -> Json:
    """A reply that is not (yet) a message on the platform."""
    return {
        "id": item.id,
        "conversation": item.conversation,
        "remote_id": item.remote_id,
        "direction": Direction.OUT.value,
        "author": {"name": item.agent, "handle": None, "remote_id": None},
        "text": item.text,
        "sent_at": instant(item.created_at),
        "seen_at": None,
        "automatic": False,
        "edited_at": None,
        "deleted_at": None,
        "gone": False,
        "reply_to": item.reply_to,
        "attachments": [{"kind": "file", "name": Path(f).name, "url": None} for f in item.files],
        "state": item.state.value,
        "private": item.private,
        "url": None,
        "versions": [],
        "posing": False,
    }


def around(c: Context) -> Json:
    if not c.stands:
        c = replace(c, text="", attachments=(), url=None)
    return {
        "id": c.id,
        "remote_id": c.remote_id,
        "direction": Direction.OUT.value if c.ours else Direction.IN.value,
        "author": person(c.author),
        "text": c.text,
        "sent_at": instant(c.sent_at),
        "reply_to": c.reply_to,
        "attachments": [{"kind": a.kind, "name": a.name, "url": a.url} for a in c.attachments],
        "url": c.url,
        "gone": not c.stands,
    }


def event(e: Event) -> Json:
    return {"at": instant(e.at), "agent": e.agent, "what": e.what, **e.detail}


def outbox(items: Iterable[OutboxItem]) -> list[Json]:
    return [
        {
            "id": i.id,
            "conversation": i.conversation,
            "account": i.account,
            "agent": i.agent,
            "state": i.state.value,
            "phase": i.phase.value,
            "text": i.text,
            "private": i.private,
            "created_at": instant(i.created_at),
            "not_before": instant(i.not_before),
            "attempts": len(i.attempts),
            "remote_id": i.remote_id,
            "reason": i.reason,
            "next_step": i.next_step,
            "files": list(i.files),
            "deed": i.deed,
            "after": i.after,
        }
        for i in items
    ]


def account(health: AccountHealth, now: datetime) -> Json:
    lag = now - health.last_read_at if health.last_read_at else None
    return {
        "account": health.account,
        "platform": health.platform,
        "signed_in": health.signed_in,
        "name": health.name,
        "handle": health.handle,
        "last_read_at": instant(health.last_read_at),
        "lag_seconds": int(lag.total_seconds()) if lag is not None else None,
        "requests_left": health.remaining,
        "requests_limit": health.limit,
        "limits_used_percent": health.percent_used,
        "resumes_at": instant(health.resumes_at),
        "problem": health.problem,
        "kind": health.kind,
        "next_step": health.next_step,
        "notes": list(health.notes),
        "quarantined": health.quarantined,
        "gaps": [
            {"surface": g.surface, "since": instant(g.since), "until": instant(g.until), "reason": g.reason}
            for g in health.gaps
        ],
        "spent_today": dict(health.spent),
        "cost_today": health.cost_today,
        "token_ends_at": instant(health.token_ends_at),
        "token_days_left": health.token_days_left(now),
        "first_reading": {"read": health.read_so_far, "back_to": instant(health.read_back_to)}
        if health.first_reading
        else None,
        "troubles": [
            {"task": t.task, "account": t.account, "message": t.message, "since": instant(t.since)}
            for t in health.troubles
        ],
    }


def error(e: PlatformError) -> Json:
    return {"kind": e.kind, "message": e.message, "next_step": e.next_step, "retry_at": instant(e.retry_at)}


def round_(done: RoundReport) -> Json:
    return {
        "account": done.account,
        "ok": done.ok,
        "fetched": done.fetched,
        "new": done.new,
        "error": error(done.error) if done.error else None,
        "unfinished": done.unfinished,
    }


def sync(report: SyncReport) -> Json:
    return {
        "accounts": [round_(done) for done in report.rounds],
        "outbox": tally(list(report.replies)),
    }


def statistics(found: Statistics) -> Json:
    """`inbox stats --json`: `total`, and the same figures apart in `accounts`, `agents` (`agent` null: nobody) and
    `days`. Times are seconds, `median` and `p90` by the clock on the wall, `service_...` in service hours; null
    where there was no such answer. `in_time_percent` is null without an answer."""
    return {
        "since": instant(found.since),
        "until": instant(found.until),
        "policies_changed_at": [instant(moment) for moment in found.changes],
        "target_seconds": None if found.target is None else int(found.target.total_seconds()),
        "total": _figures(found.total),
        "accounts": [{"account": name, **_figures(f)} for name, f in found.accounts.items()],
        "agents": [{"agent": name, **_figures(f)} for name, f in found.agents.items()],
        "days": [{"day": day.isoformat(), **_figures(f)} for day, f in found.days.items()],
    }


def _figures(f: Figures) -> Json:
    return {
        "answered": f.answered,
        "in_time": f.in_time,
        "in_time_percent": None if f.share is None else round(f.share * 100, 1),
        "first_response": _times(f.first, f.first_service),
        "next_response": _times(f.next, f.next_service),
        "resolved_unanswered": f.resolved,
        "unanswered": f.unanswered,
        "overdue": f.overdue,
        "passed_on": f.passed_on,
        "automatic": f.automatic,
        "proactive": f.proactive,
        "resolution": {**_resolution(f), "in_time": f.closed_in_time, "with_target": f.closed_with_target},
    }


def _resolution(f: Figures) -> Json:
    """From the first message of a matter to the resolve that closed it, by the clock on the wall."""
    median, p90 = f.closed.median, f.closed.p90
    return {
        "count": f.closed.count,
        "median_seconds": None if median is None else round(median.total_seconds()),
        "p90_seconds": None if p90 is None else round(p90.total_seconds()),
    }


def _times(wall: Times, service: Times) -> Json:
    def seconds(length: timedelta | None) -> int | None:
        return None if length is None else round(length.total_seconds())

    return {
        "count": wall.count,
        "median_seconds": seconds(wall.median),
        "p90_seconds": seconds(wall.p90),
        "median_service_seconds": seconds(service.median),
        "p90_service_seconds": seconds(service.p90),
    }


def tally(items: list[OutboxItem]) -> dict[str, int]:
    """How a delivery ended: sent, failed, uncertain, waiting."""
    names = {
        SendState.SENT: "sent",
        SendState.FAILED: "failed",
        SendState.UNCERTAIN: "uncertain",
        SendState.HELD: "waiting",
        SendState.SENDING: "waiting",
    }
    counts = {"sent": 0, "failed": 0, "uncertain": 0, "waiting": 0}
    for item in items:
        if item.deed is None and item.state in names:
            counts[names[item.state]] += 1
    return counts
