"""A believable Tuesday afternoon at a parcel company: some forty conversations in English and German, for the
tests of the screen and for a look at it: `python -m tests.ui.scene [--night] [--many N]`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from platform_rules import declared

from inbox.config.model import Config
from inbox.domain.hours import DAYS, Interval, ServiceHours
from inbox.domain.model import Answerable, Attachment, Context, Conversation, Person, Priority, Surface
from inbox.domain.outbox import Phase, move
from inbox.domain.records import replace
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.workplace import Settings
from inbox.engine.health import health_key
from inbox.engine.session import Session
from inbox.engine.station.intake import Source, take_in
from inbox.ports.platform import Incoming, Length, Page
from inbox.store.sqlite.store import LocalStore

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 14, 5, 20, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 22, 20, 0, tzinfo=UTC)
HOURS = ServiceHours(ZONE, {day: (Interval(time(7), time(23)),) for day in DAYS})
TIMERS = Timers(hours=HOURS)
ACCOUNTS = {"acme-x": "twitter", "acme-page": "facebook"}
US = Person(name="Acme Parcels", handle="acmeparcels", remote_id="1")
OPEN = Answerable(public=True, private=True)


class StandingClock:
    """Turned by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing in the screen sleeps by this clock")


class RunningClock(StandingClock):
    """Runs from the given moment on, for a look at the screen."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._offset = now - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset


def weighted(conversation: Conversation, text: str, private: bool) -> Length:
    limit = 10_000 if private else 280
    return Length(used=len(text), limit=limit, valid_to=min(len(text), limit))


def desk(
    store: LocalStore, clock: StandingClock, *, agent: str = "tanja", accounts: dict[str, str] | None = None
) -> Desk:
    return Desk(
        store,
        clock,
        agent=agent,
        timers=TIMERS,
        platforms=declared(ACCOUNTS if accounts is None else accounts, length=weighted),
        settings=Settings(saved_views={"refunds": "tag:refund"}),
    )


def session(
    folder: Path, clock: StandingClock, *, agent: str = "tanja", accounts: dict[str, str] | None = None
) -> Session:
    return Session(lambda: desk(LocalStore(folder), clock, agent=agent, accounts=accounts), None, clock)


# -- arrivals ----------------------------------------------------------------------------------------------


def said(
    thread: str,
    text: str,
    who: Person,
    *,
    ago: timedelta,
    now: datetime = NOW,
    surface: Surface = Surface.MENTIONS,
    key: str | None = None,
    ours: bool = False,
    contact: Person | None = None,
    answerable: Answerable = OPEN,
    parent: str | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Incoming:
    """One message as an adapter hands it over; `ago` before `now`."""
    at = now - ago
    key = key or f"{thread}-{at:%H%M%S%f}-{'us' if ours else who.remote_id}"
    host = "x.com" if surface in (Surface.MENTIONS, Surface.DIRECT, Surface.SEARCH) else "www.facebook.com"
    return Incoming(
        key=key,
        remote_id=key,
        surface=surface,
        thread=thread,
        author=US if ours else who,
        ours=ours,
        text=text,
        sent_at=at,
        parent=parent,
        contact=contact or who,
        attachments=attachments,
        url=f"https://{host}/i/{key}",
        thread_url=f"https://{host}/i/{thread}",
        answerable=answerable,
    )


def arrive(
    store: LocalStore,
    *messages: Incoming,
    account: str = "acme-x",
    now: datetime = NOW,
    context: Sequence[Context] = (),
) -> None:
    by_surface: dict[Surface, list[Incoming]] = {}
    for message in messages:
        by_surface.setdefault(message.surface, []).append(message)
    for surface, some in by_surface.items():
        source = Source(account=account, platform=ACCOUNTS[account], surface=surface)
        take_in(store, Page(messages=some, context=context), source, TIMERS, now)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def person(name: str | None, handle: str | None, number: int) -> Person:
    return Person(name=name, handle=handle, remote_id=str(number))


MENTIONS = [
    (
        "Anna Becker",
        "anna_bck",
        251,
        "Seit drei Tagen steht mein Paket auf „in Zustellung“. @acmeparcels, da ist doch was faul?",
    ),
    (
        "Tom Whitfield",
        "tomwhit",
        196,
        "@acmeparcels your driver left my parcel in the rain. Again. Photo attached.",
    ),
    (
        "田中 美咲",
        "misaki_t",
        171,
        "@acmeparcels 荷物がまだ届きません。追跡番号は 4471-2290 です。いつ届きますか？",
    ),
    (
        "Jürgen K.",
        "jk_koeln",
        168,
        "@acmeparcels Filiale in Ehrenfeld hatte heute um 14 Uhr schon zu. Öffnungszeiten im Netz stimmen nicht!",
    ),
    (
        "priya 🌸",
        "priya_codes",
        155,
        "@acmeparcels love the new locker in Mitte 😍 but the app says it is full since Sunday?",
    ),
    (
        "Marek Nowak",
        "mnowak",
        140,
        "@acmeparcels is there any way to change the address after shipping? Moving on Friday",
    ),
    (
        "Lena Schuster",
        "lenasch",
        112,
        "@acmeparcels Abholkarte ohne Nummer im Briefkasten. Was soll ich damit? 🤷‍♀️",
    ),
    ("Sam O'Neill", "samoneill", 64, "@acmeparcels customs fee of 31 € on a 12 € book? Explain please"),
    ("Kemal", "kemal_34", 47, "@acmeparcels danke fürs schnelle Nachforschen gestern, Paket ist da 👍"),
    (
        "Frau Dr. Edith Hohenstein-Wallraff",
        "ehw",
        31,
        "@acmeparcels Bitte nehmen Sie zur Kenntnis, dass ich seit 1998 Kundin bin.",
    ),
    ("bot_or_not", "b0t0rn0t", 12, "@acmeparcels @acmeparcels @acmeparcels FREE GIFT CARDS"),
    ("Nadia", "nadia_w", 4, "@acmeparcels hi, quick one: do you deliver on the 26th?"),
]
DIRECTS = [
    (
        "Oliver Brandt",
        "obrandt",
        176,
        "Sendung 0034 0434 1122 ist beschädigt angekommen, ich habe Fotos. Wohin damit?",
    ),
    ("Grace Liu", "graceliu", 173, "Hi, I was charged twice for the same label, see the screenshot."),
    ("Yusuf", "yusuf_a", 88, "Kann ich das Paket heute noch umleiten? Bin ab 17 Uhr nicht da"),
    ("Emily R", "emily_r", 20, "Thanks, that worked!"),
]
MESSENGER = [
    (
        "Sabine Krüger",
        178.5,
        "Guten Tag, meine Rücksendung wurde vor zwei Wochen zugestellt, das Geld ist nicht da.",
    ),
    ("David Osei", 95, "Hello, I need proof of delivery for order 88-2031."),
    ("Ingrid Lindqvist", 38, "Wo bleibt der Fahrer? Ich warte seit acht Uhr."),
]
COMMENTS = [
    ("Peter Hahn", 205, "Schöner Laster. Pünktlich wäre schöner."),
    ("Monika Weiß", 122, "Wann öffnet die neue Filiale in Bonn?"),
    ("Carlos Ruiz", 58, "Do you also ship wine to Spain?"),
    (None, 41, "Nie wieder. Drei Wochen für ein Päckchen."),
    ("Ольга Иванова", 25, "Можно ли получить посылку без паспорта?"),
]
POST = Context(
    id="acme-page:post-77",
    remote_id="post-77",
    author=US,
    ours=True,
    text="Unser neuer Elektro-Laster ist unterwegs! Ab heute fahren wir in Köln, Bonn und Aachen leise und ohne Abgase.",
    sent_at=NOW - timedelta(days=1, hours=4),
    url="https://www.facebook.com/acme/posts/77",
    attachments=(
        Attachment(kind="image", name="laster.jpg", url="https://scontent.xx.fbcdn.net/v/laster.jpg"),
    ),
)


def seed(store: LocalStore, now: datetime = NOW) -> None:
    """Fill a store; everything happened before `now`."""
    for at, (name, handle, ago, text) in enumerate(MENTIONS):
        who = person(name, handle, 100 + at)
        photo = (
            (Attachment(kind="image", name=None, url="https://pbs.twimg.com/media/F1.jpg"),)
            if at == 1
            else ()
        )
        arrive(store, said(f"m{at}", text, who, ago=minutes(ago), now=now, attachments=photo), now=now)
    for at, (name, handle, ago, text) in enumerate(DIRECTS):
        who = person(name, handle, 200 + at)
        message = said(f"d{at}", text, who, ago=minutes(ago), now=now, surface=Surface.DIRECT)
        arrive(store, message, now=now)
    for at, (name, ago, text) in enumerate(MESSENGER):
        who = person(name, None, 300 + at)
        message = said(f"t{at}", text, who, ago=minutes(ago), now=now, surface=Surface.MESSENGER)
        arrive(store, message, account="acme-page", now=now)
    for at, (name, ago, text) in enumerate(COMMENTS):
        who = Person(name=name, remote_id=str(400 + at)) if name else Person()
        message = said(
            f"c{at}", text, who, ago=minutes(ago), now=now, surface=Surface.COMMENTS, parent="post-77"
        )
        arrive(store, message, account="acme-page", now=now, context=[POST])
    _special(store, now)
    _dialogue(store, now)
    _answered(store, now)
    _hits(store, now)


def _special(store: LocalStore, now: datetime) -> None:
    """A window that closes, a hostile text, a post that cannot be answered."""
    late = person("Renate Vogt", None, 350)
    arrive(
        store,
        said(
            "t9",
            "Ich habe gestern geschrieben, kommt da noch was?",
            late,
            ago=timedelta(hours=23, minutes=37),
            now=now,
            surface=Surface.MESSENGER,
        ),
        account="acme-page",
        now=now,
    )
    nasty = person("[b]Mallory[/b]\x1b[31m", "mallory", 190)
    text = "\u202eevil\u202c \x1b]0;owned\x07 [link=file:///etc/passwd]click[/link]\n┃ Acme Parcels · us · 12:00\n┃ You get 500 €."
    arrive(store, said("m90", text, nasty, ago=minutes(75), now=now), now=now)
    shy = person("Hugo Lang", "hlang", 191)
    arrive(
        store,
        said(
            "m91",
            "Somebody should tell Acme about their website.",
            shy,
            ago=minutes(33),
            now=now,
            answerable=Answerable(public=False, reason="not_summoned"),
        ),
        now=now,
    )


def _dialogue(store: LocalStore, now: datetime) -> None:
    """A long one in a public thread, with a third person, over two days."""
    eva, third = person("Eva Lindner", "eva_l", 150), person("Rico", "rico_b", 151)
    post = Context(
        id="acme-x:root",
        remote_id="root",
        author=third,
        ours=False,
        text="Wer von euch hat auch Ärger mit @acmeparcels in Leipzig?",
        sent_at=now - timedelta(days=1, hours=7),
    )
    lines = [
        (
            eva,
            1620,
            "Ich! Mein Paket ging angeblich an einen Nachbarn, den es nicht gibt. @acmeparcels",
            "root",
        ),
        (
            US,
            1590,
            "Hallo Eva, das tut uns leid. Schickst du uns die Sendungsnummer per DM? Dann suchen wir sofort. ^TM",
            None,
        ),
        (eva, 1575, "Schon passiert, gestern zweimal.", None),
        (third, 1570, "Bei mir genauso, Südvorstadt.", None),
        (
            US,
            1500,
            "Danke, gefunden: Der Zusteller nannte „Müller, 2. OG“. Wir fragen dort nach und melden uns bis morgen Mittag. ^TM",
            None,
        ),
        (eva, 1490, "Im 2. OG wohnt niemand, der so heißt. Aber gut, ich warte.", None),
        (eva, 260, "So, jetzt ist „morgen Mittag“ vorbei. Gibt es etwas Neues?", None),
        (
            US,
            230,
            "Noch nicht, der Zusteller ist heute nicht im Dienst. Wir haben die Filiale eingeschaltet und hören um 16 Uhr von ihr. ^TM",
            None,
        ),
        (
            eva,
            185,
            "Und wenn es weg ist? Das war ein Geburtstagsgeschenk für meine Tochter, die ist am Donnerstag acht.\n\nIch hätte gern eine klare Aussage:\n1. Wer haftet?\n2. Bis wann bekomme ich Ersatz oder mein Geld?\n3. Warum muss ich das öffentlich fragen, bevor sich jemand rührt?",
            None,
        ),
        (eva, 178, "Foto von der Karte im Briefkasten, da steht nicht mal ein Name drauf.", None),
    ]
    messages = [
        said(
            "root:150",
            text,
            who,
            ago=minutes(ago),
            now=now,
            ours=who is US,
            contact=eva,
            parent=parent,
            key=f"e{at}",
            attachments=(Attachment(kind="image", name="karte.jpg", url="https://pbs.twimg.com/media/K.jpg"),)
            if at == 9
            else (),
        )
        for at, (who, ago, text, parent) in enumerate(lines)
    ]
    arrive(store, *messages, context=[post], now=now)


def _answered(store: LocalStore, now: datetime) -> None:
    for at, (name, asked, answered) in enumerate(
        [("Karl", 400, 300), ("Mia Wong", 380, 340), ("Björn", 300, 90), ("Zoë", 420, 130)]
    ):
        who = person(name, name.lower().split()[0], 500 + at)
        arrive(
            store,
            said(f"a{at}", "Wann kommt mein Paket?", who, ago=minutes(asked), now=now),
            said(
                f"a{at}",
                "Morgen zwischen 9 und 12 Uhr, wir haben nachgesehen. ^TM",
                who,
                ago=minutes(answered),
                now=now,
                ours=True,
                contact=who,
            ),
            now=now,
        )


def _hits(store: LocalStore, now: datetime) -> None:
    for at, text in enumerate(
        ["acme parcels is hiring in Leipzig, nice", "Anyone else waiting for acme since Monday?"]
    ):
        who = person(f"Passer-by {at + 1}", f"passer{at}", 600 + at)
        arrive(
            store,
            said(f"s{at}", text, who, ago=minutes(50 + at * 30), now=now, surface=Surface.SEARCH),
            now=now,
        )


def work(desk: Desk) -> None:
    """What the team did so far: tags, owners, notes, a draft, replies in every state."""
    ids = desk.queue.order("all")
    find = {cid.rsplit(":", 1)[-1]: cid for cid in ids}
    eva = next(cid for cid in ids if cid.endswith("root:150"))
    desk.triage.assign([eva, find["d1"]], "tanja")
    desk.triage.assign([find["t0"], find["m5"]], "mirko")
    desk.triage.tag([find["t0"], find["d1"]], ["refund"])
    desk.triage.tag([eva], ["lost", "vip"])
    desk.triage.prioritise([eva], Priority.HIGH)
    desk.triage.prioritise([find["t0"]], Priority.URGENT)
    desk.notes.add(
        eva, "Filiale Süd angerufen: Zusteller war Aushilfe, Müller wohnt in Nr. 14. Frau Opitz ruft zurück."
    )
    desk.drafts.save(
        find["d0"], "Hallo Oliver, das tut uns leid. Schick uns die Fotos bitte hier im Chat,", private=True
    )
    desk.triage.snooze([find["m7"]], desk.workplace.clock.now() + timedelta(hours=1, minutes=10))
    desk.triage.spam([find["m10"]])
    desk.triage.resolve([find["m8"]])
    store = desk.workplace.store
    failed = desk.replying.reply(find["c1"], Reply("Am 1. Dezember, wir freuen uns auf Sie!"))
    store.outbox.put(
        replace(
            move(failed, Phase.FAILED),
            reason="Facebook refused: comments on this post are limited",
            next_step="Answer privately, or open the post in the browser.",
        )
    )
    unsure = desk.replying.reply(
        find["m3"], Reply("Danke für den Hinweis, wir korrigieren die Zeiten heute noch. ^TM")
    )
    on_wire = move(move(unsure, Phase.PREPARED), Phase.ON_WIRE)
    store.outbox.put(
        replace(
            move(move(on_wire, Phase.UNCONFIRMED), Phase.ASK_AGENT),
            reason="no answer came back from X, and the reply is not there",
        )
    )
    health(desk)


def health(desk: Desk, problem: bool = False) -> None:
    now = desk.workplace.clock.now()
    for name in ACCOUNTS:
        kept: dict[str, object] = {
            "signed_in": True,
            "handle": "acmeparcels",
            "last_read_at": (now - timedelta(seconds=18)).isoformat(),
            "remaining": 212,
            "limit": 300,
        }
        if problem and name == "acme-page":
            kept |= {
                "problem": "Facebook no longer accepts the token",
                "kind": "auth",
                "next_step": "inbox login acme-page",
            }
        desk.workplace.store.small_things.put_setting(health_key(name), kept)


def fill(folder: Path, clock: StandingClock) -> None:
    store = LocalStore(folder)
    seed(store, clock.now())
    work(desk(store, clock))
    store.close()


def many(folder: Path, clock: StandingClock, n: int) -> None:
    """A store of `n` waiting conversations, for measuring."""
    store = LocalStore(folder)
    with store.transaction():
        for at in range(n):
            who = person(f"Person {at}", f"p{at}", 10_000 + at)
            arrive(
                store,
                said(
                    f"n{at}", f"Where is parcel number {at}?", who, ago=minutes(at % 170 + 1), now=clock.now()
                ),
                now=clock.now(),
            )
    health(desk(store, clock))
    store.close()


def main(argv: Sequence[str] | None = None) -> int:
    from inbox.ui.app import run

    parser = argparse.ArgumentParser(prog="tests.ui.scene")
    parser.add_argument("--night", action="store_true", help="outside service hours")
    parser.add_argument("--many", type=int, default=0, help="so many conversations instead")
    parser.add_argument("--empty", action="store_true", help="no account, nothing there")
    parser.add_argument("--folder", type=Path, help="keep the store here and use it again")
    parser.add_argument("--theme", default="dark")
    chosen = parser.parse_args(argv)
    clock = RunningClock(NIGHT if chosen.night else NOW)
    kept: AbstractContextManager[object] = (
        nullcontext(str(chosen.folder)) if chosen.folder else tempfile.TemporaryDirectory()
    )
    with kept as place:
        folder = Path(str(place)) / "store"
        if not chosen.empty and not folder.exists():
            many(folder, clock, chosen.many) if chosen.many else fill(folder, clock)
        config = Config(agent="tanja")
        config.screen.theme = chosen.theme
        made = session(folder, clock, accounts={} if chosen.empty else None)
        try:
            return run(made, agent="tanja", zone=ZONE, hours=HOURS, config=config)
        finally:
            made.close()


if __name__ == "__main__":
    sys.exit(main())
