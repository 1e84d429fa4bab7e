"""What stands in the bars: today's figures, accounts, views, the open conversation, held replies, keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from inbox.domain.outbox import Phase
from inbox.domain.queue import MANY
from inbox.ui.commands.command import Command
from inbox.ui.commands.keymap import Keymap
from inbox.ui.text.part import Part
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.domain.model import Conversation
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.queue import View
    from inbox.domain.reply import ReplyWay
    from inbox.engine.health import AccountHealth, Today

SLACK = 3
BUILT_IN = 10
"""Views with a digit; those after them are saved ones."""
SHARE_CELLS = 10
"""Of the bar for the share answered in time."""
BARE, PLAIN, ROOMY, BARRED = range(4)
"""How much the header tells."""
GAP = Part("   ", "faint")
CLOSING = timedelta(hours=3)
"""A reply window that ends so soon is set apart even where the timer ends first."""
TOKEN_WARNING = 7
"""Days before its end from which a token that does not renew itself is worth a word."""
STALE_AFTER = timedelta(minutes=10)
"""An account that was not read for so long is worth a word."""


def header(
    today: Today | None, accounts: Sequence[AccountHealth], now: datetime, *, width: int, demo: bool
) -> tuple[list[Part], list[Part]]:
    """As roomy as the width allows, and not so tight that a second more would push something out."""
    title = [Part(" inbox ", "bright")]
    if demo:
        title += [Part(tr(" demo: simulated people ") if width >= 120 else tr(" demo "), "badge")]
    wide = width >= 100
    reading = any(account.first_reading for account in accounts)
    for fill, rooms in (
        (BARRED, width >= 110),
        (ROOMY, width >= 110),
        (BARRED, False),
        (ROOMY, False),
        (PLAIN, False),
        (BARE, False),
    ):
        left = (
            [*title, *_today(today, now, fill if wide else min(fill, PLAIN), reading=reading)]
            if today is not None
            else title
        )
        right = [*_accounts(accounts, now, roomy=rooms), Part(" ")]
        if sum(cell_len(part.text) for part in (*left, *right)) + SLACK <= width:
            break
    return left, right


def _today(today: Today, now: datetime, fill: int, *, reading: bool) -> list[Part]:
    """`reading`: an account is read for the first time, so who waits is not known yet."""
    roomy = fill >= ROOMY
    gap = GAP if roomy else Part("  ", "faint")
    nobody = tr("still reading") if reading else tr("nobody is waiting")
    parts = [
        gap,
        Part(tr("{waiting} waiting", waiting=today.waiting) if today.waiting else nobody, "text"),
    ]
    if today.breached:
        parts += [Part(" · ", "faint"), Part(tr("{breached} overdue", breached=today.breached), "late")]
    if today.oldest is not None and fill > BARE:
        parts += [
            Part(" · ", "faint"),
            Part(f"{tr('oldest ') if roomy else ''}{words.short(now - today.oldest)}", "quiet"),
        ]
    if today.answered:
        share = f"{today.in_time * 100 // today.answered} %"
        tone = "good" if today.in_time == today.answered else "bright"
        parts += [gap, Part(share, tone)]
        parts += [
            Part(tr(" of {answered}", answered=today.answered) if roomy else "", "quiet"),
            Part(tr(" in time today") if fill > BARE else tr(" in time"), "text"),
        ]
        if fill == BARRED:
            kept = today.in_time * SHARE_CELLS // today.answered
            parts += [Part(" " + "█" * kept, tone), Part("░" * (SHARE_CELLS - kept), "faint")]
    else:
        parts += [gap, Part(tr("no answers yet today") if roomy else tr("none answered yet"), "quiet")]
    return parts


def _accounts(accounts: Sequence[AccountHealth], now: datetime, *, roomy: bool) -> list[Part]:
    troubled = [a for a in accounts if account_state(a, now)[1] == "late"]
    if not accounts:
        return [Part(tr("no account"), "soon", "accounts.show")]
    if not roomy or len(accounts) > 3:
        if troubled:
            return [Part(words.plural(len(troubled), "account problem"), "late", "accounts.show")]
        for account in accounts:
            state, tone = account_state(account, now)
            if tone == "soon" and len(accounts) <= 3:
                return [Part(f"{safe_text.line(account.account)} {state}", "soon", "accounts.show")]
        if any(account.first_reading for account in accounts):
            return [Part(tr("still reading"), "soon", "accounts.show")]
        return [
            Part(tr("{plural} ok", plural=words.plural(len(accounts), "account")), "quiet", "accounts.show")
        ]
    parts: list[Part] = []
    for account in accounts:
        state, tone = account_state(account, now)
        brief = tr("problem") if tone == "late" else state
        parts += [
            Part("   " if parts else "", "faint"),
            Part(f"{safe_text.line(account.account)} ", "quiet", "accounts.show"),
            Part(brief, tone, "accounts.show"),
        ]
    return parts


def account_state(account: AccountHealth, now: datetime) -> tuple[str, str]:
    """How an account does, in words and tone."""
    if account.problem:
        return safe_text.line(said(account.problem)), "late"
    if account.first_reading:
        return words.reading_state(account.read_so_far, account.read_back_to), "soon"
    if account.last_read_at is None:
        return (tr("connecting") if account.signed_in else tr("not read yet")), "quiet"
    if account.resumes_at is not None and account.resumes_at > now:
        return tr("waits for the limit, {long}", long=words.long(account.resumes_at - now)), "soon"
    days = account.token_days_left(now)
    if days is not None and days <= TOKEN_WARNING:
        return (
            tr("sign in again today")
            if days < 1
            else tr("sign in again within {plural}", plural=words.plural(days, "day"))
        ), "soon"
    old = now - account.last_read_at > STALE_AFTER
    ago = words.ago(account.last_read_at, now)
    return tr("read {ago}" if old else "ok, {ago}", ago=ago), "soon" if old else "quiet"


def problem(
    accounts: Sequence[AccountHealth], trouble: str | None, now: datetime, *, sign_in_key: str | None = None
) -> tuple[list[Part], list[Part]]:
    """Return the worst problem and what to do about it; empty when all is well. `sign_in_key`: None where no account can
    be signed in."""
    if trouble:
        return [Part(" ! ", "late"), Part(safe_text.line(said(trouble)), "late")], []
    for account in accounts:
        state, tone = account_state(account, now)
        if tone == "late":
            step = f" · {safe_text.line(said(account.next_step))}" if account.next_step else ""
            return [
                Part(" ! ", "late"),
                Part(f"{safe_text.line(account.account)}: {state}", "late"),
                Part(step, "text"),
            ], _sign_in(sign_in_key) if sign_in_key and account.kind == "auth" else []
    return [], []


def _sign_in(key: str) -> list[Part]:
    return [Part(key, "key", "account.login"), Part(tr(" signs in "), "text", "account.login")]


BRIEF = {
    "mine": "mine",
    "unassigned": "free",
    "mentions": "@",
    "direct": "dm",
    "comments": "com",
    "hits": "hit",
    "snoozed": "later",
    "failed": "failed",
    "all": "all",
}
"""Titles of views where there is little room: the words of the queue's own signs."""


FILLS = ("all", "counted", "brief", "folded", "few counts")
"""How the views are shown in less and less room: every view; those with something in them; short names; saved views as
one number; counts only where they ask for something. Then one view after the other goes into that number."""
ASKING = ("waiting", "mine", "failed")
"""Views whose count is never left out for want of room."""
FIRST_TO_GO = ("snoozed", "hits", "unassigned", "comments", "direct", "mentions")
"""Calm views in the order in which they are left out."""


class TabRoom(NamedTuple):
    """How much is shown of the views: a place in `FILLS`, and the built-in views that are left out."""

    fill: int
    gone: frozenset[str] = frozenset()

    def at_least(self, step: str) -> bool:
        return self.fill >= FILLS.index(step)


def tabs(
    views: Sequence[View],
    counts: Mapping[str, int],
    current: str,
    *,
    width: int,
    extra: str,
    overdue: int = 0,
) -> tuple[list[Part], list[Part]]:
    """Return keys, names and counts, as much of them as fits into `width` cells, and at the right end `extra`. A count is
    joined to its name by a dot, so that it is not read as a key. `overdue`: how many of those waiting are late."""
    room = width - (cell_len(extra) + 2 if extra else 0)
    parts: list[Part] = []
    rooms = [TabRoom(fill) for fill in range(len(FILLS))]
    rooms += [TabRoom(len(FILLS) - 1, frozenset(FIRST_TO_GO[: n + 1])) for n in range(len(FIRST_TO_GO))]
    for each in rooms:
        parts = list(_tabs(views, counts, current, each, overdue))
        if sum(cell_len(part.text) for part in parts) <= room:
            break
    return parts, [Part(extra, "accent"), Part(" ")] if extra else []


def _tabs(
    views: Sequence[View], counts: Mapping[str, int], current: str, room: TabRoom, overdue: int
) -> Iterable[Part]:
    folded = 0
    for at, view in enumerate(views):
        number, here, builtin = counts.get(view.name, 0), view.name == current, at < BUILT_IN
        calm = not here and view.name not in (*ASKING, "all")
        if calm and (view.name in room.gone if builtin else room.at_least("folded")):
            folded += 1
        elif here or number or not room.at_least("counted") or view.name in ("waiting", "all"):
            command = f"view.{view.name}" if builtin else "view.choose"
            brief = not here and room.at_least("brief")
            title = safe_text.line(tr(BRIEF.get(view.name, view.title) if brief else view.title))
            if builtin:
                yield Part(f" {(at + 1) % 10} ", "tab-current" if here else "quiet", command)
            yield Part(title if builtin else f" {title}", "tab-current" if here else "tab", command)
            if number and (here or not room.at_least("few counts") or view.name in ASKING):
                count = f"·{MANY}+" if number > MANY and not builtin else f"·{number}"
                late = view.name == "failed" or (view.name == "waiting" and overdue)
                yield Part(count, "late" if late else "tab-current" if here else "bright", command)
            if not room.at_least("folded"):
                yield Part(" ", "tab-current" if here else "tab", command)
    if folded:
        yield Part(f" +{folded} ", "quiet", "view.choose")


def title(c: Conversation, *, here: bool) -> tuple[list[Part], list[Part]]:
    """Line one of the open conversation: who, and where. `here`: the keys mean it."""
    name = safe_text.person(c.contact)
    handle = safe_text.handle(c.contact)
    where = f"{words.platform(c.platform)} {words.surface(c)}"
    left = [Part("▸" if here else " ", "accent"), Part(name, "bright")]
    if handle:
        left.append(Part(f" {handle}", "quiet"))
    return left, [Part(f"{where} · {safe_text.line(c.account)} ", "quiet")]


def subtitle(
    c: Conversation, way: ReplyWay, now: datetime, opens_at: datetime | None, zone: tzinfo, agent: str
) -> tuple[list[Part], list[Part]]:
    """Line two: how the timer stands, whose it is, how it can be answered."""
    cell = words.timer_cell(c, now, opens_at, zone)
    tone = {"late": "late", "soon": "soon", "calm": "text"}.get(cell.tone, "quiet")
    left = [Part(f" {words.timer_sentence(c, now, opens_at, zone)}", tone)]
    if c.assignee:
        left.append(Part(f" · {tr('yours') if c.assignee == agent else safe_text.line(c.assignee)}", "text"))
    if c.priority != "normal":
        left.append(Part(f" · {tr(str(c.priority))}", "text"))
    left += [Part(f" #{safe_text.line(tag)}", "accent") for tag in c.tags]
    if way.allowed:
        until = (
            tr(" until {soonest}", soonest=words.soonest(way.closes_at, now, zone)) if way.closes_at else ""
        )
        closing = way.closes_at is not None and way.closes_at - now < CLOSING
        if way.unsure:
            return left, [Part(tr("X may refuse a reply "), "quiet")]
        return left, [
            Part(tr("{how} reply{until} ", how=tr(way.how), until=until), "soon" if closing else "quiet")
        ]
    return left, [Part(tr("no reply through the API "), "soon")]


def held(
    outbox: Sequence[OutboxItem], names: Mapping[str, str], now: datetime, keymap: Keymap, *, roomy: bool
) -> list[Part]:
    """The reply that leaves next, counted down; then what needs a word."""
    waiting = [i for i in outbox if i.phase is Phase.QUEUED and i.not_before > now]
    if waiting:
        item = min(waiting, key=lambda i: i.not_before)
        name = names.get(item.conversation)
        to = tr(" to {name}", name=name) if name else ""
        more = tr(" (and {n} more)", n=len(waiting) - 1) if len(waiting) > 1 else ""
        return [
            Part(
                tr(
                    "reply{to}{more} leaves in {seconds_held} s · ",
                    to=to,
                    more=more,
                    seconds_held=words.seconds_held(item, now),
                ),
                "accent",
            ),
            Part(keymap.key("edit.undo"), "key", "edit.undo"),
            Part(tr(" takes it back "), "accent", "edit.undo"),
        ]
    asks = [
        i for i in outbox if i.state == "failed" or i.phase in (Phase.ASK_AGENT, Phase.STALE, Phase.BLOCKED)
    ]
    if asks:
        return [
            Part(f"{_by_state(asks, roomy=roomy)} · ", "late", "outbox.show"),
            Part(keymap.key("outbox.show"), "key", "outbox.show"),
            Part(" ", "late"),
        ]
    moving = [i for i in outbox if i.state in ("sending", "uncertain", "held")]
    return [Part(f"{_by_state(moving, roomy=roomy)} ", "quiet", "outbox.show")] if moving else []


STATES = ("failed", "uncertain", "held", "sending")
"""Of replies, what asks for a word first."""


def _by_state(items: Sequence[OutboxItem], *, roomy: bool) -> str:
    """How many replies are in which state, by the word that rows, windows and the filter have for it too."""
    states = [str(item.state) for item in items]
    counted = [f"{states.count(state)} {tr(state)}" for state in STATES if state in states]
    return tr("replies: {join}", join=", ".join(counted)) if roomy else ", ".join(counted)


def keys(commands: Iterable[Command], keymap: Keymap) -> tuple[list[Part], list[Part]]:
    """The footer; the key for all keys stands at the right, so that it is never cut off."""
    left: list[Part] = [Part(" ")]
    right: list[Part] = []
    for command in commands:
        if command.footer:
            to = right if command.id == "screen.help" else left
            to.append(Part(keymap.shown(command, all_keys=False), "key", command.id))
            to.append(Part(f" {tr(command.footer)}{' ' if to is right else '  '}", "quiet", command.id))
    return left, right
