"""What people write to an invented brand in weeks of its life, seeded: ordinary days, campaigns, TV moments, a crisis.

The voices an hour follow the day, the week, a slow drift and noise; words come from a Zipf vocabulary and from topics
that wax and wane. A text ends in `~` where a hint would call it negative: seven of ten negative ones, one of twelve others.
Nothing of it knows the rules that are tested with it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from inbox.domain.listening.surges import Heard

START = 1_780_272_000.0
"""Monday, 1 June 2026, 00:00 UTC."""
MINUTES = 1440

_WEEKDAY = (0.9, 0.5, 0.3, 0.2, 0.2, 0.4, 1.2, 2.6, 4.2, 5.6, 6.3, 6.4, 6.2, 5.9, 5.8, 5.7, 5.8, 6.2, 6.9, 7.6, 7.8, 6.6, 4.3, 2.2)  # fmt: skip
_WEEKEND = (1.4, 0.9, 0.5, 0.3, 0.2, 0.3, 0.6, 1.4, 2.8, 4.3, 5.4, 5.8, 5.8, 5.6, 5.5, 5.6, 5.8, 6.3, 7.2, 8.1, 8.4, 7.2, 4.9, 2.9)  # fmt: skip


@dataclass
class Crisis:
    """`more`: additional messages an hour from `minute` on, for `lasts` minutes. `words`: what they are about."""

    minute: int
    more: float
    lasts: int = 120
    words: tuple[str, str] = ("akkubrand", "seriennummer")
    negative: float = 0.8


@dataclass
class World:
    """One brand: `an_hour` voices in an average hour, for `weeks`."""

    seed: int
    an_hour: float
    weeks: int
    crises: list[Crisis] = field(default_factory=list)
    events: bool = True
    campaigns: list[int] = field(default_factory=list)
    tv: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._r = random.Random(self.seed)
        r = self._r
        shift = r.choice((-1, 0, 1))
        mean = (5 * sum(_WEEKDAY) * 1.08 + 2 * sum(_WEEKEND) * 0.8) / 168
        self._hours = [
            [v * f / mean * r.uniform(0.85, 1.15) for v in (*day[-shift:], *day[:-shift])]
            for day, f in ((_WEEKDAY, 1.08), (_WEEKEND, 0.8))
        ]
        self._common = [f"wort{n}" for n in range(6000)]
        self._zipf = list(accumulate(1 / (n + 3) for n in range(6000)))
        self.topics = [[f"thema{t}x{n}" for n in range(60)] for t in range(20)]
        self._topic_zipf = list(accumulate(1 / (n + 2) for n in range(60)))
        self._moods = [r.betavariate(2, 4) for _ in range(20)]
        self._heat = [0.0] * 20
        self._day_factor, self._noise = 1.0, 0.0

    def messages(self) -> Iterator[Heard]:
        """Yield everything, in the order of sending, read within a minute."""
        r, total = self._r, self.weeks * 7 * MINUTES
        if self.events:
            self.campaigns = sorted(
                int(r.uniform(0, total)) for _ in range(_poisson(r, 3 * self.weeks / 4.3))
            )
            self.tv = sorted(int(r.uniform(0, total)) for _ in range(_poisson(r, 2 * self.weeks / 4.3)))
        sizes = {at: r.uniform(0.6, 1.3) for at in self.campaigns} | {at: r.uniform(3, 7) for at in self.tv}
        number = 0
        for minute in range(total):
            if minute % MINUTES == 0:
                self._new_day()
            if minute % 30 == 0:
                self._drift()
            rate = self._rate(minute)
            extra = self._events(minute, sizes)
            if minute in self.campaigns:
                yield Heard(
                    id=f"own{minute}",
                    author="brand",
                    text=self._advert(minute),
                    sent=START + minute * 60,
                    read=START + minute * 60,
                    ours=True,
                )
            for _ in range(_poisson(r, rate)):
                number += 1
                yield self._say(number, minute, self._ordinary())
            for _ in range(_poisson(r, rate * extra)):
                number += 1
                words = (
                    self._advert(self._last(self.campaigns, minute))
                    if r.random() < 0.5 and self._campaign(minute)
                    else self._ordinary()[0]
                )
                yield self._say(number, minute, (words, 0.2))
            for crisis in self.crises:
                if crisis.minute <= minute < crisis.minute + crisis.lasts:
                    for _ in range(_poisson(r, crisis.more / 60)):
                        number += 1
                        yield self._say(number, minute, self._angry(crisis))

    def _new_day(self) -> None:
        r = self._r
        self._day_factor = r.gammavariate(1 / 0.22**2, 0.22**2) * (0.6 if r.random() < 1 / 30 else 1)

    def _drift(self) -> None:
        """AR(1) noise of 90 minutes on the rate; topics wax and wane within half a day."""
        r = self._r
        keep = math.exp(-30 / 90)
        self._noise = keep * self._noise + r.gauss(0, 0.2 * math.sqrt(1 - keep**2))
        keep = math.exp(-0.5 / 12)
        self._heat = [keep * h + r.gauss(0, 0.6 * math.sqrt(1 - keep**2)) for h in self._heat]
        self._topic_weights = list(accumulate(math.exp(h) for h in self._heat))

    def _rate(self, minute: int) -> float:
        day = minute // MINUTES
        profile = self._hours[1 if day % 7 >= 5 else 0]
        slow = 1.01 ** (day % 28)
        return (
            self.an_hour
            / 60
            * profile[minute % MINUTES // 60]
            * self._day_factor
            * slow
            * math.exp(self._noise)
        )

    def _events(self, minute: int, sizes: dict[int, float]) -> float:
        extra = 0.0
        for marks, half in ((self.campaigns, 60), (self.tv, 6)):
            for at in marks:
                if at <= minute < at + 10 * half:
                    extra += sizes[at] * 0.5 ** ((minute - at) / half)
        return extra

    def _campaign(self, minute: int) -> bool:
        return any(at <= minute < at + 600 for at in self.campaigns)

    def _last(self, marks: list[int], minute: int) -> int:
        return max(at for at in marks if at <= minute)

    def _advert(self, minute: int) -> str:
        return f"aktion{minute} rabatt{minute} gutschein{minute}"

    def _ordinary(self) -> tuple[str, float]:
        r = self._r
        words = r.choices(self._common, cum_weights=self._zipf, k=r.randint(4, 9))
        topic = r.choices(range(20), cum_weights=self._topic_weights)[0]
        words += r.choices(self.topics[topic], cum_weights=self._topic_zipf, k=r.randint(1, 3))
        r.shuffle(words)
        return " ".join(words), self._moods[topic]

    def _angry(self, crisis: Crisis) -> tuple[str, float]:
        r = self._r
        words = r.choices(self._common, cum_weights=self._zipf, k=r.randint(3, 7))
        words += [w for w, share in zip(crisis.words, (0.6, 0.35), strict=True) if r.random() < share]
        r.shuffle(words)
        return " ".join(words), crisis.negative

    def _say(self, number: int, minute: int, said: tuple[str, float]) -> Heard:
        r = self._r
        text, mood = said
        negative = r.random() < mood
        hinted = r.random() < (0.7 if negative else 0.08)
        author = f"regular{r.randrange(300)}" if r.random() < 0.15 else f"person{number}"
        sent = START + minute * 60 + r.uniform(0, 60)
        return Heard(
            id=f"m{number:07}",
            author=author,
            text=f"{text}{' ~' if hinted else ''}",
            sent=sent,
            read=sent + 30,
        )


def hinted(text: str) -> bool:
    """The judge that goes with these texts."""
    return text.endswith("~")


def _poisson(r: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(r.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, r.random()
    while product > limit:
        count += 1
        product *= r.random()
    return count
