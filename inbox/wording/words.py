"""How times, timers and states are put into words and signs. Pure; every state reads without colour.

The eight cells of the timer column: two for a sign, six for the time.

    "    2h41"  runs           "!    24m"  due soon         "!! -1h12"  overdue
    " z  2h41"  rests now      " w    3h"  the platform's reply window ends before the timer
    "!w    9m"  ... and soon   "answered"  nobody waits     "→  14:00"  snoozed until
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from inbox.domain import declarations
from inbox.domain.model import Conversation, Priority, SendState, Status, SurfaceKind
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.queue import status_at, taken, waits, wake_at
from inbox.domain.records import Record
from inbox.domain.sla import Timer, TimerState, deadline, timer
from inbox.domain.text import clean
from inbox.wording.language import plural as plural
from inbox.wording.language import said, spoken, tr

TIMER_WIDTH = 8
WINDOW_WARNING = timedelta(minutes=30)
SECONDS_BELOW = timedelta(minutes=2)


class TimerCell(Record):
    """`text` fills the timer column exactly; `tone` is one of calm, resting, soon, late, quiet."""

    text: str
    tone: str


def timer_cell(c: Conversation, now: datetime, opens_at: datetime | None, zone: tzinfo) -> TimerCell:
    """`opens_at`: when service resumes, None while it is open (`hours.opens_at(now)`, asked once a tick)."""
    if status_at(c, now) is not Status.OPEN or not waits(c):
        return _quiet(c, now, zone)
    end = deadline(c, now)
    if end is None:
        return TimerCell(_cell(tr("waits")), "calm")
    left = end.at - now
    if end.what == "window":
        soon = left <= WINDOW_WARNING
        return TimerCell(f"{'!w' if soon else ' w'}{short(left):>6}", "soon" if soon else "calm")
    running = timer(c, now, opens_at)
    if running.state is TimerState.BREACHED:
        return TimerCell(f"!!{'-' + short(left):>6}", "late")
    if running.state is TimerState.DUE_SOON:
        sign = "!z" if running.resting_until else "! "
        return TimerCell(f"{sign}{short(left):>6}", "soon")
    if running.resting_until:
        return TimerCell(f" z{short(left):>6}", "resting")
    return TimerCell(f"  {short(left):>6}", "calm")


def _quiet(c: Conversation, now: datetime, zone: tzinfo) -> TimerCell:
    status = status_at(c, now)
    if status is Status.SNOOZED and (wake := wake_at(c)) is not None:
        back = soonest(wake, now, zone)
        early = wake != c.snoozed_until and len(back) <= TIMER_WIDTH - 2
        return TimerCell(f"→!{back:>6}" if early else f"→{back:>7}", "quiet")
    word = status.value
    if status is Status.OPEN:
        if c.surface.kind is SurfaceKind.SEARCH and c.last_message_at is not None and not taken(c):
            return TimerCell(_cell(tr("{age} ago", age=age(now - c.last_message_at))), "quiet")
        word = "answered"
    return TimerCell(_cell(tr(word)), "quiet")


def _cell(word: str) -> str:
    return f"{word:<{TIMER_WIDTH}}"[:TIMER_WIDTH]


def short(length: timedelta) -> str:
    """At most five cells, without a sign: `12d`, `3d04h`, `2h41`, `34m`, `1m07s`. Seconds only below two minutes."""
    seconds = int(abs(length).total_seconds())
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days > 9:
        return f"{days}d"
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}"
    return f"{minutes}m" if timedelta(minutes=minutes) >= SECONDS_BELOW else f"{minutes}m{seconds:02}s"


def age(length: timedelta) -> str:
    """At most three cells, in the largest unit: `5m`, `3h`, `12d`, `40w`."""
    minutes = max(1, int(length.total_seconds()) // 60)
    for size, unit in ((60 * 24 * 100, "w"), (60 * 24, "d"), (60, "h")):
        if minutes >= size:
            return f"{min(99, minutes // (60 * 24 * 7 if unit == 'w' else size))}{unit}"
    return f"{minutes}m"


def long(length: timedelta) -> str:
    """`2 h 41 min`, `8 s`: for sentences. Minutes at best above one hour."""
    seconds = int(abs(length).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        told = [(f"{days}", "d"), (f"{hours % 24}", "h")]
    elif hours:
        told = [(f"{hours}", "h"), (f"{minutes % 60:02}", "min")]
    else:
        told = [(f"{minutes}", "min")] if minutes else [(f"{seconds}", "s")]
    return " ".join(f"{n} {tr(unit)}" for n, unit in told[:1] + [each for each in told[1:] if int(each[0])])


def ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return tr("never")
    return (
        tr("just now") if now - moment < timedelta(seconds=5) else tr("{long} ago", long=long(now - moment))
    )


def soonest(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """The shortest form that is not ambiguous, at most seven cells: `14:00`, `Mon 9h`, `24 Dec`."""
    here, there = now.astimezone(zone), moment.astimezone(zone)
    days = (there.date() - here.date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if 0 < days < 7:
        return f"{tr(f'{there:%a}')} {there.hour}h"
    return _day_of_month(there)


def clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def day(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """For day separators: `Today`, `Yesterday`, `Monday 23 November 2026`."""
    there = moment.astimezone(zone).date()
    away = (now.astimezone(zone).date() - there).days
    name = {0: tr("Today"), 1: tr("Yesterday")}.get(away)
    full = tr(
        "{weekday} {day} {month} {year}",
        weekday=tr(f"{there:%A}"),
        day=there.day,
        month=tr(f"{there:%B}"),
        year=there.year,
    )
    return f"{name}, {full}" if name else full


def moment(at: datetime, zone: tzinfo) -> str:
    """`Mon 23 Nov 14:05`."""
    there = at.astimezone(zone)
    return f"{tr(f'{there:%a}')} {_day_of_month(there)} {there:%H:%M}"


def thousands(n: int) -> str:
    """`1,240`, in German `1.240`."""
    return f"{n:,}" if spoken() == "en" else f"{n:,}".replace(",", ".")


def first_reading(account: str, count: int, back_to: datetime | None, zone: tzinfo) -> str:
    """`reading acme-x, back to 12 Nov: 1,240 so far`."""
    many = thousands(count)
    name = clean(account, one_line=True)
    if back_to is None:
        return tr("reading {account}: {n} so far", account=name, n=many)
    day_ = _day_of_month(back_to.astimezone(zone))
    return tr("reading {account}, back to {day}: {n} so far", account=name, day=day_, n=many)


def reading_state(count: int, back_to: datetime | None) -> str:
    """`reading, back to 12 Nov: 1,240 so far`, behind the name of an account."""
    if back_to is None:
        return tr("reading: {n} so far", n=thousands(count))
    return tr("reading, back to {day}: {n} so far", day=_day_of_month(back_to), n=thousands(count))


def _day_of_month(there: datetime) -> str:
    return tr("{day} {month}", day=there.day, month=tr(f"{there:%b}"))


# -- where it comes from -----------------------------------------------------------------------------------


def platform(name: str) -> str:
    """The platform's name for people."""
    return declarations.title(name)


def surface(c: Conversation) -> str:
    """What the conversation is, in words: "direct message"."""
    return tr(declarations.rule(c.platform, c.surface).title)


def sign(c: Conversation) -> str:
    """Platform and surface in eight cells: `X @`, `fb com`, `ig dm`."""
    return f"{place(c)[:7]:<8}"


def place(c: Conversation) -> str:
    """Platform and surface in short: `X @`, `fb com`, `ig dm`."""
    rule = declarations.rule(c.platform, c.surface)
    return rule.place or f"{declarations.letter(c.platform)} {rule.sign[:4]}"


PRIORITIES: Mapping[Priority, str] = {
    Priority.LOW: "↓",
    Priority.NORMAL: " ",
    Priority.HIGH: "↑",
    Priority.URGENT: "⇑",
}
REPLIES: Mapping[str, str] = {
    SendState.UNCERTAIN: "?",
    SendState.FAILED: "✗",
    SendState.SENDING: "»",
    SendState.HELD: "›",
}
"""In the order of what the agent should know first."""


def reply_mark(outbox: Mapping[str, int]) -> str:
    return next((sign for state, sign in REPLIES.items() if outbox.get(state)), " ")


POSING = "≠"

_BEFORE_PLATFORMS = (
    ("!! -1h12", "overdue since 1 h 12 min"),
    ("!    24m", "due soon"),
    ("    2h41", "time left to answer"),
    (" z  2h41", "the timer rests: outside service hours"),
    (" w  2h41", "the platform's reply window ends before the timer"),
    ("→  14:00", "snoozed until then"),
    ("→! 14:00", "snoozed for longer, but back then: the answer is due soon"),
)
_AFTER_PLATFORMS = (
    ("3h ago", "a search hit: when it was posted; no timer runs"),
    ("bold name", "something came that you have not looked at"),
    ("▸ ✓", "here is the cursor; marked"),
    ("3×", "so many messages wait for one answer"),
    ("de en tr", "the language they write, where most write another"),
    ("⇑ ↑ ↓", "priority urgent, high, low"),
    ("✎", "a draft of yours"),
    ("› » ✗ ?", "a reply is held, being sent, failed, uncertain"),
    ("●  ○", "yours; taken by a colleague (two-line rows name them)"),
    (POSING, "not us, though the name looks like it"),
)


def legend() -> tuple[tuple[str, str], ...]:
    """What the signs of a row mean, sign to meaning; the platforms' own signs in the middle."""
    platforms = (line for one in declarations.all_declared() for line in _signs(one))
    return (*_BEFORE_PLATFORMS, *platforms, *_AFTER_PLATFORMS)


def _signs(one: declarations.Declaration) -> tuple[tuple[str, str], ...]:
    if one.legend:
        return one.legend
    signs = " ".join(rule.sign[:4] for rule in one.surfaces)
    return (
        (f"{one.letter[:2]} {signs}", f"{one.title}: {', '.join(tr(rule.title) for rule in one.surfaces)}"),
    )


# -- our replies -------------------------------------------------------------------------------------------


def reply_state(item: OutboxItem, now: datetime) -> str:
    """Return what happens with a reply, in a few words."""
    if item.phase is Phase.QUEUED:
        wait = seconds_held(item, now)
        return tr("held, leaves in {wait} s", wait=wait) if wait > 0 else tr("held, leaves now")
    words = {
        Phase.PREPARED: tr("sending"),
        Phase.ON_WIRE: tr("sending"),
        Phase.SENT: tr("sent"),
        Phase.CANCELLED: tr("taken back"),
        Phase.RETRY_WAIT: tr("held, tries again {again}", again=_again(item, now)),
        Phase.BLOCKED: tr("held, behind another"),
        Phase.STALE: tr("held for your decision"),
        Phase.FAILED: tr("failed"),
        Phase.UNCONFIRMED: tr("uncertain: being looked up on the platform"),
        Phase.ASK_AGENT: tr("uncertain"),
    }
    return words[item.phase]


def reply_reason(item: OutboxItem) -> str:
    """Why, and the next step, as one paragraph; empty where there is nothing to explain."""
    parts = [said(part) for part in (item.reason, item.next_step) if part]
    sentences = (part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)
    joined = clean(" ".join(sentences), one_line=True)
    return joined[:1].upper() + joined[1:]


def seconds_held(item: OutboxItem, now: datetime) -> int:
    """Full seconds until it leaves, begun ones counted; 0 or less: due."""
    return math.ceil((item.not_before - now).total_seconds())


def _again(item: OutboxItem, now: datetime) -> str:
    left = item.not_before - now
    return tr("in {long}", long=long(left)) if left > timedelta(0) else tr("now")


def timer_sentence(c: Conversation, now: datetime, opens_at: datetime | None, zone: tzinfo) -> str:
    """The timer of the open conversation as a sentence."""
    status = status_at(c, now)
    if status is Status.SNOOZED:
        wake, until = wake_at(c), moment(c.snoozed_until, zone) if c.snoozed_until else tr("they reply")
        if c.through_thanks:
            until = tr("{when}, thanks do not wake it", when=until)
        if wake is not None and wake != c.snoozed_until:
            back = moment(wake, zone)
            return tr(
                "Back {back}, when the answer is due soon; snoozed until {until}", back=back, until=until
            )
        return tr("Snoozed until {moment}", moment=until)
    if status is not Status.OPEN:
        return {"resolved": tr("Resolved"), "spam": tr("Spam")}[status.value]
    if not waits(c):
        return tr("Search hit, no timer") if c.surface.kind is SurfaceKind.SEARCH else tr("Nobody is waiting")
    parts = [_answer_words(timer(c, now, opens_at), now, zone)]
    end = deadline(c, now)
    if end is not None and end.what == "window":
        parts.insert(0, tr("Reply window closes in {long}", long=long(end.at - now)))
    return " · ".join(parts)


def _answer_words(t: Timer, now: datetime, zone: tzinfo) -> str:
    if t.due_at is None or t.remaining is None:
        return tr("Waits, with no due time")
    if t.state is TimerState.BREACHED:
        return tr("Overdue by {long}", long=long(t.remaining))
    soon = t.state is TimerState.DUE_SOON
    words = tr("Due soon, in {left}" if soon else "Due in {left}", left=long(t.remaining))
    if t.resting_until:
        words += tr(", rests until {soonest}", soonest=soonest(t.resting_until, now, zone))
    return words
