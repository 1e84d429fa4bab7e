"""A day of an invented brand on simulated platforms: what `inbox demo` shows, and a populated world for tests.

    day = brand_day.build(seed=1, clock=clock.now)
    day.transports()                # for adapters in this process
    simkit.loopback(day.x)          # or over HTTP

What happens is a list of deeds in time. They are done when somebody asks a simulator for anything: no thread, no
task, and the same seed gives the same day however often one looks.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from inbox.adapters import simkit
from inbox.adapters.facebook import settings as facebook
from inbox.adapters.twitter import settings as twitter
from inbox.config.model import Account, with_settings
from inbox.demo import script
from inbox.demo.other_days import day_of
from inbox.demo.script import Deskwork, Line, Saying, Script, Talk, Trouble
from inbox.demo.stage import Answer, LivingPage, LivingX, PageStage, Played, Stage, XStage
from inbox.domain.records import Record

if TYPE_CHECKING:
    import httpx

BRAND, HANDLE, PAGE_ID = "Nordlicht", "nordlicht", "104729"
X_ACCOUNT, PAGE_ACCOUNT = "nordlicht-x", "nordlicht-page"
ON_X = frozenset({"mentions", "direct", "search"})

REACTS_AFTER = (8.0, 25.0)
"""Seconds until a customer reacts to an answer."""
ASKS_BACK = 0.3
"""How many of them have another question, where the script gives them no words."""
CROWD_SINCE = timedelta(hours=3, minutes=20)

Deed = Callable[[datetime], None]


class BrandDay(Record):
    """Two populated simulators and the accounts that belong to them. `tokens` by account name."""

    x: LivingX
    facebook: LivingPage
    story: Story
    accounts: Sequence[Account]
    tokens: Mapping[str, str]

    def transports(self) -> dict[str, httpx.AsyncBaseTransport]:
        return {X_ACCOUNT: simkit.transport(self.x), PAGE_ACCOUNT: simkit.transport(self.facebook)}


class DeskTask(Record):
    """What the agent had done before the screen opens, and where: a person (by remote id) on a surface."""

    platform: str
    surface: str
    customer: str
    work: Deskwork


def scripted(seed: int) -> int:
    """How many conversations the day of this seed holds when the screen opens."""
    return sum(talk.conversations for talk in day_of(seed, script.load()).talks)


def build(
    seed: int,
    clock: Callable[[], datetime],
    *,
    opens: datetime | None = None,
    most: int | None = None,
    crowd: int = 0,
) -> BrandDay:
    """The day, with everything done that has happened by now.

    `opens` (default: now) is the moment that the script calls 10:40. `most` keeps only so many of the script's
    conversations, some of every surface; `crowd` adds so many people who wrote during the last hours and still wait.
    """
    x = LivingX(clock, seed=seed, token=f"demo-token-of-x-{seed}", name=BRAND, handle=HANDLE)
    page = LivingPage(clock, page_id=PAGE_ID, page_name=BRAND, token=f"demo-token-of-the-page-{seed}")
    story = Story(day_of(seed, script.load()), seed, clock, opens or clock(), XStage(x), PageStage(page))
    story.tell(most, crowd)
    x.catch_up = page.catch_up = story.catch_up
    story.catch_up()
    return BrandDay(
        x=x,
        facebook=page,
        story=story,
        accounts=(
            with_settings(
                Account(name=X_ACCOUNT, platform="twitter", surfaces=["direct", "mentions", "search"]),
                twitter.Settings(
                    searches=(
                        twitter.Search(name="brand", query=f"{HANDLE} -@{HANDLE} -from:{HANDLE} -is:retweet"),
                    )
                ),
            ),
            with_settings(
                Account(name=PAGE_ACCOUNT, platform="facebook"), facebook.Settings(page_id=PAGE_ID)
            ),
        ),
        tokens={X_ACCOUNT: x.token, PAGE_ACCOUNT: page.token},
    )


class Story:
    """Deeds in time, and the people who do them."""

    def __init__(
        self,
        told: Script,
        seed: int,
        clock: Callable[[], datetime],
        opens: datetime,
        x: XStage,
        page: PageStage,
    ) -> None:
        self.script = told
        self.opens = opens
        self._clock = clock
        self._x, self._page = x, page
        # Apart, so that an agent's answers do not change who writes next.
        self._chance, self._moods = Random(seed), Random(seed + 1)
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._count = 0
        self._strangers = 0
        self._deck: list[Saying] = []
        self._told: Sequence[Talk] = ()

    def tell(self, most: int | None, crowd: int) -> None:
        """Lay out everything that is known beforehand."""
        told = self.script
        self._told = told.talks if most is None else _first(told.talks, most)
        for key, name in told.people.items():
            self._x.meet(key, name)
            self._page.meet(key, name)
        for post in told.announcements:
            self._plan(post.at, partial(self._page.announce, post))
            if post.closed is not None:
                self._plan(post.closed, partial(self._page.close, post))
        for talk in self._told:
            self._begin(talk)
        for _ in range(crowd):
            ago = CROWD_SINCE * self._chance.uniform(0.01, 1)
            self._plan(-ago, partial(self._stranger, self._draw()))
        self._break_storm()
        for trouble in told.troubles:
            self._plan(trouble.at, partial(self._disturb, trouble))
        self._plan(told.everyday.first, self._next_arrival)

    def catch_up(self) -> None:
        """Do every deed whose time has come, and let people react to the answers that reached them."""
        for stage in (self._x, self._page):
            for answer in stage.answers():
                self._hear(answer)
        now = self._clock()
        while self._deeds and self._deeds[0][0] <= now:
            when, _, deed = heapq.heappop(self._deeds)
            deed(when)

    def desk_work(self) -> Iterator[DeskTask]:
        """In the order of the script; only of talks that are told."""
        for talk in self._told:
            if talk.desk is not None:
                stage = self._stage(talk.on)
                customer = stage.remote_id(talk.customer, talk.on)
                yield DeskTask(stage.platform, talk.on, customer, talk.desk)

    # -- planning ------------------------------------------------------------------------------------------

    def _plan(self, after: timedelta, deed: Deed) -> None:
        self._plan_at(self.opens + after, deed)

    def _plan_at(self, when: datetime, deed: Deed) -> None:
        self._count += 1
        heapq.heappush(self._deeds, (when, self._count, deed))

    def _stage(self, on: str) -> Stage:
        return self._x if on in ON_X else self._page

    def _begin(self, talk: Talk) -> None:
        played = Played(talk, list(talk.react) if talk.react is not None else self._usual(talk.lang))
        stage = self._stage(talk.on)
        for said in talk.lines:
            self._plan(said.at, partial(stage.play, played, said))

    def _disturb(self, trouble: Trouble, at: datetime) -> None:
        sim = self._x.sim if trouble.platform == "twitter" else self._page.sim
        sim.faults.inject(trouble.fault, trouble.endpoint)

    def _usual(self, lang: str) -> list[str]:
        """What somebody says to our answers: thanks; or first another question, then thanks."""
        thanks = self._moods.choice(self.script.thanks[lang])
        if self._moods.random() >= ASKS_BACK:
            return [thanks]
        return [self._moods.choice(self.script.asks[lang]), thanks]

    def _hear(self, answer: Answer) -> None:
        if not answer.played.reactions:
            return
        text = answer.played.reactions.pop(0)
        after = timedelta(seconds=self._moods.uniform(*REACTS_AFTER))
        self._plan_at(answer.at + after, partial(answer.react, text))

    # -- strangers -----------------------------------------------------------------------------------------

    def _draw(self) -> Saying:
        """The next thing that anybody might write; all are said before one is said again."""
        if not self._deck:
            self._deck = list(self.script.everyday.says)
            self._chance.shuffle(self._deck)
        return self._deck.pop()

    def _next_arrival(self, at: datetime) -> None:
        self._stranger(self._draw(), at)
        everyday = self.script.everyday
        pause = self._chance.uniform(everyday.least, everyday.most)
        self._plan_at(at + timedelta(seconds=pause), self._next_arrival)

    def _break_storm(self) -> None:
        """A trickle, then within a minute everybody."""
        storm = self.script.storm
        early = max(1, storm.people // 10)
        for n in range(storm.people):
            if n < early:
                after = storm.first + (storm.breaks - storm.first) * (n / early)
            else:
                # Many at once at first, fewer later: the square of an even draw.
                after = storm.breaks + timedelta(seconds=storm.lasts * self._chance.random() ** 2)
            saying = storm.says[n] if n < 1 else self._chance.choice(storm.says)
            self._plan(after, partial(self._stranger, saying))

    def _stranger(self, saying: Saying, at: datetime) -> None:
        """Somebody new writes something."""
        self._strangers += 1
        first = self._chance.choice(self.script.first_names)
        last = self._chance.choice(self.script.last_names)
        key = f"{first[:5]}_{last[:5]}{self._strangers}".lower()
        stage = self._stage(saying.on)
        stage.meet(key, f"{first} {last}")
        said = Line(at - self.opens, key, saying.text)
        talk = Talk(saying.on, saying.lang, (said,), saying.under)
        stage.play(Played(talk, self._usual(saying.lang)), said, at)


def _first(talks: Sequence[Talk], most: int) -> list[Talk]:
    """Talks that make at most `most` conversations: the first of every surface, then the second of every one."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Talk]] = []
    for talk in talks:
        ranked.append((seen[talk.on], talk))
        seen[talk.on] += 1
    mixed = [talk for _, talk in sorted(ranked, key=lambda pair: pair[0])]
    counted = accumulate(talk.conversations for talk in mixed)
    return [talk for talk, upto in zip(mixed, counted, strict=True) if upto <= most]
