"""A surge where the agent already looks: a line below the header, one notice, and two keys that show what it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from inbox.config.model import Config, Insight
from inbox.domain.listening.alarm import Surge
from inbox.domain.listening.surge_log import Logged
from inbox.domain.model import Person, Surface
from inbox.domain.records import replace
from inbox.engine import listening
from inbox.engine.desk.desk import Desk
from inbox.engine.station.intake import Source, take_in
from inbox.ports.platform import Incoming, Page
from inbox.ui.windows.dialogs import Pick
from ui import scene
from ui.conftest import Opens

BEGAN = scene.NOW.timestamp() - 600
STORM = Surge(
    since=BEGAN, until=None, tier="red", voices=41, expected=12.0, negative=0.7, words=("Akku-Rückruf", "Seriennummer"),
    channel="words", at=BEGAN + 300, red_at=BEGAN + 300,
)  # fmt: skip


def logs(*surges: Surge) -> Callable[[Desk], Any]:
    entries = [Logged(account="acme-x", search=False, surge=one) for one in surges]
    return lambda desk: listening.put_log(desk.workplace.store, "acme-x", entries)


def post(key: str, text: str, ago: timedelta) -> Incoming:
    who = Person(name=key, handle=key, remote_id=key)
    return Incoming(
        key=key,
        remote_id=key,
        surface=Surface.MENTIONS,
        thread=f"{key}:{key}",
        author=who,
        contact=who,
        ours=False,
        text=text,
        sent_at=scene.NOW - ago,
    )


def says_alike(desk: Desk) -> None:
    """Seven people write one thing."""
    text = "Warum schweigt ihr zum Akku-Rückruf? Mein Gerät liegt neben dem Bett"
    messages = [post(f"storm{n}", f"{text} {n}", timedelta(minutes=n + 1)) for n in range(7)]
    source = Source(account="acme-x", platform="twitter", surface=Surface.MENTIONS)
    take_in(desk.workplace.store, Page(messages=messages), source, scene.TIMERS, scene.NOW)


def has_a_past(desk: Desk) -> None:
    """In the weeks before people wrote of other things."""
    messages = [post(f"old{n}", f"Paket {n}", timedelta(hours=30 + 8 * n)) for n in range(60)]
    source = Source(account="acme-x", platform="twitter", surface=Surface.MENTIONS)
    take_in(desk.workplace.store, Page(messages=messages), source, scene.TIMERS, scene.NOW)


async def test_a_storm_is_a_line_below_the_header_while_it_runs(opens: Opens) -> None:
    """Since when, how much, about what, and the key: nothing of it has to be looked for."""
    async with opens(size=(100, 30)) as seen:
        assert "STORM" not in seen.text
        await seen.changed(logs(STORM))
        line = next(line for line in seen.lines if "STORM" in line)
        assert seen.lines.index(line) == 1
        for word in ("since 14:55", "3.4x", "41 voices", '"Akku-Rückruf"', "C"):
            assert word in line
        await seen.changed(logs(replace(STORM, until=BEGAN + 500)))
        assert not any(line.startswith("▲") for line in seen.lines)


async def test_red_is_told_once_and_what_was_seen_is_not(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One notice: whoever is rung for the same storm every minute switches it off."""
    rung: list[str] = []
    async with opens(size=(100, 30)) as seen:
        monkeypatch.setattr(seen.app, "bell", lambda: rung.append("bell"))
        await seen.changed(logs(replace(STORM, tier="yellow", red_at=None)))
        assert rung == []
        await seen.changed(logs(STORM))
        await seen.changed(logs(replace(STORM, voices=50)))
        assert rung == ["bell"]
        await seen.changed(logs(replace(STORM, since=BEGAN - 7200, at=BEGAN - 7000, red_at=BEGAN - 7000)))
        assert rung == ["bell"]


async def test_switched_off_nothing_rings(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line stays: it is there to be looked at."""
    rung: list[str] = []
    async with opens(config=Config(agent="tanja", insight=Insight(notify="off"))) as seen:
        monkeypatch.setattr(seen.app, "bell", lambda: rung.append("bell"))
        await seen.changed(logs(STORM))
        assert "STORM" in seen.text
        assert rung == []


async def test_c_shows_groups_marks_one_and_notes_that_the_surge_was_seen(opens: Opens) -> None:
    """From the alarm to the people in two keys."""
    async with opens(size=(110, 30)) as seen:
        await seen.changed(lambda desk: (logs(STORM)(desk), says_alike(desk)))
        await seen.press("C")
        await seen.until(lambda: isinstance(seen.app.screen, Pick))
        assert "Akku-Rückruf" in seen.text
        assert "7 can be answered" in seen.text
        await seen.press("enter")
        await seen.until(lambda: len(seen.queue.marks) == 7)
        assert seen.desk(lambda desk: desk.listening.running())[0].acknowledged_by == "tanja"


async def test_m_shows_what_is_new_and_lists_its_conversations(opens: Opens) -> None:
    """Every figure opens what it counts."""
    async with opens(size=(110, 30)) as seen:
        await seen.changed(lambda desk: (says_alike(desk), has_a_past(desk)))
        await seen.press("M")
        await seen.until(lambda: isinstance(seen.app.screen, Pick))
        assert "7 voices" in seen.text
        await seen.press("enter")
        await seen.until(lambda: len(seen.queue.order) == 7)


async def test_w_explains_a_hint_by_the_words_that_caused_it(opens: Opens) -> None:
    """What cannot be explained is not believed, and what is not sure is not shown."""
    angry = post(
        "angry", "nobody answers my mails and the parcel is lost, this is unacceptable", timedelta(minutes=1)
    )
    source = Source(account="acme-x", platform="twitter", surface=Surface.MENTIONS)
    async with opens(size=(120, 36)) as seen:
        await seen.changed(
            lambda desk: take_in(
                desk.workplace.store, Page(messages=[angry]), source, scene.TIMERS, scene.NOW
            )
        )
        seen.select("angry")
        await seen.press("w")
        await seen.until(lambda: "Hint: negative" in seen.text)
        assert "because:" in seen.text


async def test_on_a_calm_day_both_keys_say_so(opens: Opens) -> None:
    """No empty window."""
    async with opens(empty=True) as seen:
        await seen.press("M")
        await seen.until(lambda: "Nothing is new" in seen.text)
        await seen.press("C")
        await seen.until(lambda: "No two conversations" in seen.text)
