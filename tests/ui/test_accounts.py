"""Account status, what may be missing, and signing in: on the screen, without leaving it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from inbox.config.model import Config
from inbox.engine.desk.desk import Desk
from inbox.engine.health import health_key
from inbox.errors import PlatformError, Refused
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import Authority, Dialogue, Permission, SignIn, Signing, TokenCheck, Way
from inbox.system import progress
from inbox.ui.text import long_work
from inbox.ui.windows.accounts import AccountsScreen
from inbox.ui.windows.sign_in import SignInScreen
from ui import scene
from ui.conftest import Opens, Seen

SECRET = "s3cr3t-canary"
ADDRESS = "https://www.facebook.com/dialog/oauth?client_id=12&" + "scope=pages_messaging&" * 14 + "state=end"


def account(name: str, **facts: object) -> Callable[[Desk], None]:
    """What the reading left behind, with these facts changed."""

    def put(desk: Desk) -> None:
        kept = desk.workplace.store.small_things.setting(health_key(name)) or {}
        desk.workplace.store.small_things.put_setting(health_key(name), {**kept, **facts})

    return put


def gap(surface: str = "mentions") -> list[dict[str, object]]:
    return [
        {
            "surface": surface,
            "since": (scene.NOW - timedelta(days=3)).isoformat(),
            "until": (scene.NOW - timedelta(hours=5)).isoformat(),
            "reason": "X gives no more than 800",
        }
    ]


def window(seen: Seen) -> str:
    """The words of the open window, without what lies around it."""
    rows = [line.partition("│")[2].rpartition("│")[0] for line in seen.lines]
    return " ".join(" ".join(rows).replace("┃", " ").split())


# -- how they do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_everything_known_of_an_account_stands_in_one_window(
    opens: Opens, size: tuple[int, int]
) -> None:
    """Whoever wonders why nothing comes in looks here, and should need no second place."""
    async with opens(size=size) as seen:
        now = seen.clock.now()
        soon, later = (
            (now + timedelta(minutes=12)).isoformat(),
            (now + timedelta(days=9, hours=1)).isoformat(),
        )
        facts = {"percent_used": 81, "resumes_at": soon, "token_ends_at": later, "gaps": gap()}
        spent = {"day": now.date().isoformat(), "counts": {"reply": 3, "post_read": 60}}
        seen.desk(lambda desk: desk.workplace.store.small_things.put_setting("spent:acme-x", spent))
        seen.desk(
            lambda desk: setattr(desk.workplace.platforms, "prices", {"reply": 0.01, "post_read": 0.005})
        )
        await seen.changed(account("acme-x", **facts))
        await seen.press("H")
        told = window(seen)
        for words in (
            "X · signed in as @acmeparcels",
            "Last good read Tue 24 Nov 15:05, 18 s ago",
            "212 of 300",
            "81 % of the tightest",
            "in 12 min",
            "9 days left",
            "about 0.33 USD: posts read 60, replies 3",
            "mentions, 21 Nov 15:05 to 24 Nov 10:05",
        ):
            assert words in told, words


async def test_the_window_of_the_accounts_follows_what_happens(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        await seen.press("H")
        await seen.changed(account("acme-x", remaining=7))
        assert isinstance(seen.app.screen, AccountsScreen)
        seen.app.screen.fill()
        await seen.until(lambda: "7 of 300" in seen.text)


async def test_a_dead_token_raises_one_notice_with_the_way_out(opens: Opens) -> None:
    """Two would be noise; none would be silence while customers wait."""
    async with opens(size=(120, 30), signing=Platform().signing()) as seen:
        await seen.changed(lambda desk: scene.health(desk, problem=True))
        told = [line for line in seen.lines if "no longer accepts the token" in line]
        assert len(told) == 1
        assert "I signs in" in told[0]


async def test_before_the_first_reading_the_empty_queue_does_not_say_all_is_answered(opens: Opens) -> None:
    """On the first day it would be a lie, and the next step is to sign in."""
    async with opens(size=(80, 24), empty=True, signing=Platform().signing()) as seen:
        assert "I signs in an account" in seen.text
        assert "Everything is answered" not in seen.text


# -- while an account is read for the first time -----------------------------------------------------------


READING = [{"surface": "mentions", "count": 1240, "back_to": (scene.NOW - timedelta(days=12)).isoformat()}]


def comes(name: str, hours: int) -> Callable[[Desk], None]:
    """A first reading brings somebody who has waited longer than all others, so they belong at the top."""

    def put(desk: Desk) -> None:
        who = scene.person(name, name.lower(), 700 + hours)
        scene.arrive(
            desk.workplace.store, scene.said(f"first-{hours}", "Hello?", who, ago=timedelta(hours=hours))
        )

    return put


async def test_during_the_first_reading_the_cursor_stays_at_the_top_until_it_is_moved(opens: Opens) -> None:
    """What is most urgent comes last; a cursor that holds the first arrival would sink out of sight with it."""
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", first_reading=READING))
        for hours in (60, 70):
            await seen.changed(comes(f"Ida{hours}", hours))
            assert seen.queue.cur == seen.queue.top == 0
            assert seen.queue.selected == seen.queue.order[0]
            assert "first-" in seen.queue.order[0]
        await seen.press("j")
        held = seen.queue.selected
        await seen.changed(comes("Ida80", 80))
        assert seen.queue.selected == held, "it is the agent's now"
        assert seen.queue.cur == 2


async def test_during_the_first_reading_a_conversation_that_was_opened_is_kept(opens: Opens) -> None:
    """Whoever reads one and comes back must find the cursor on it."""
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", first_reading=READING))
        held = seen.queue.selected
        await seen.press("enter")
        await seen.changed(comes("Ida60", 60))
        await seen.press("escape")
        assert seen.queue.selected == held
        await seen.changed(comes("Ida70", 70))
        assert seen.queue.selected == held


async def test_after_the_first_reading_an_arrival_moves_nothing(opens: Opens) -> None:
    """From then on what is under the cursor stays under it, moved or not."""
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", first_reading=READING))
        await seen.changed(account("acme-x", first_reading=[]))
        held = seen.queue.selected
        await seen.changed(comes("Ida60", 60))
        assert seen.queue.selected == held
        assert seen.queue.cur == 1


async def test_the_accounts_window_shows_how_far_the_first_reading_is(opens: Opens) -> None:
    """Is it doing anything, and how long yet?"""
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", first_reading=READING))
        await seen.press("H")
        assert "back to 12 Nov: 1,240 so far" in seen.text


@pytest.mark.parametrize("reading", [True, False])
async def test_no_notice_is_raised_during_the_first_reading(opens: Opens, reading: bool) -> None:
    """Everything that waits arrives at once, in no order: a bell for each would be noise."""
    config = Config(agent="tanja")
    config.screen.notify = "bell"
    async with opens(size=(80, 24), config=config) as seen:
        await seen.changed(account("acme-x", first_reading=READING if reading else []))
        before = seen.main.context.bars.message[0]

        def due_soon(desk: Desk) -> None:
            who = scene.person("Ida", "ida", 790)
            scene.arrive(desk.workplace.store, scene.said("soon", "Hello?", who, ago=timedelta(minutes=160)))

        await seen.changed(due_soon)
        told = "the answer is due in" in seen.main.context.bars.message[0]
        assert told is not reading
        assert told or seen.main.context.bars.message[0] == before
        if reading:
            await seen.changed(account("acme-x", first_reading=[]))
            assert "the answer is due in" not in seen.main.context.bars.message[0], (
                "nor afterwards, for what came during it"
            )


# -- what may be missing -----------------------------------------------------------------------------------


async def test_a_gap_stands_above_the_views_it_concerns_until_it_is_forgotten(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", gaps=gap()))
        line = "Messages may be missing: mentions, 21 Nov 15:05"
        assert line in seen.text
        await seen.press("6")
        assert line not in seen.text, "comments miss nothing"
        await seen.press("4")
        assert line in seen.text
        await seen.press("F", "enter")
        assert line in seen.text, "Enter keeps it"
        await seen.press("F", "y")
        assert line not in seen.text
        assert not seen.desk(lambda desk: [gap for a in desk.accounts.health() for gap in a.gaps])


async def test_a_gap_stands_above_a_conversation_of_its_surface_only(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.changed(account("acme-x", gaps=gap()))
        seen.select("Anna Becker")
        await seen.press("enter")
        assert "may be missing" in seen.text
        await seen.press("escape")
        seen.select("Renate Vogt")
        await seen.press("enter")
        assert "may be missing" not in seen.text


async def test_nothing_is_forgotten_where_nothing_is_missing(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("F")
        assert "Nothing is known to be missing here." in seen.text


# -- signing in --------------------------------------------------------------------------------------------


@dataclass
class Platform:
    """Plays the platform's part of a sign-in, asking for everything a sign-in may ask for."""

    fails: PlatformError | None = None
    pages: Sequence[str] = ("Acme Parcels (77)", "Acme Shops (78)")
    permissions: Sequence[Permission] = (
        Permission(scope="pages_messaging", reason="read and answer Messenger conversations of the Page"),
        Permission(scope="pages_read_user_content", reason="read comments, posts by visitors and tags"),
    )
    ways: Sequence[Way] = ("browser", "paste", "device")
    redirects: Sequence[str] = ("http://localhost:8765/",)
    renewable: bool = False
    taken: list[object] = field(default_factory=list)
    browser: bool = False

    async def come_in(self, name: str, dialogue: Dialogue, way: Way) -> TokenCheck:
        self.taken = [name, way, await dialogue.ask("App secret: ", secret=True)]
        await dialogue.open(ADDRESS)
        self.taken.append(await dialogue.ask("Paste its whole address here: "))
        if self.fails is not None:
            raise self.fails
        at = await dialogue.choose("Which Page is it?", self.pages)
        return TokenCheck(valid=True, kind="page", owner=self.pages[at], missing=("CREATE_CONTENT",))

    async def sign_in(self, way: Way, dialogue: Dialogue, app_secret: Secret | None) -> SignIn:
        raise AssertionError("the screen asks the wiring, which keeps what was found")

    async def refresh(self, kept: SignIn) -> SignIn:
        raise AssertionError

    async def revoke(self, kept: SignIn) -> str:
        raise AssertionError

    async def check(self, kept: SignIn) -> TokenCheck:
        raise AssertionError

    def signing(self) -> Signing:
        def authority(name: str) -> Authority:
            return self

        return Signing(authority=authority, sign_in=self.come_in, browser_here=lambda: self.browser)


async def at_the_ways(seen: Seen) -> None:
    """Through the palette into the sign-in of the account that needs it."""
    await seen.changed(lambda desk: scene.health(desk, problem=True))
    await seen.press(":")
    await seen.type("sign in")
    seen.send("enter")
    await waiting(seen, lambda screen: screen._chosen is not None)


async def waiting(seen: Seen, so: Callable[[SignInScreen], object]) -> None:
    """A sign-in that waits for the person never rests, so wait for what it waits for."""
    import asyncio

    for _ in range(1000):
        screen = seen.app.screen
        if isinstance(screen, SignInScreen) and so(screen) and not screen._dirty_widgets:
            await asyncio.sleep(0.02)
            return
        await asyncio.sleep(0.003)
    raise AssertionError(seen.text)


async def typed(seen: Seen, text: str) -> None:
    screen = seen.app.screen
    assert isinstance(screen, SignInScreen)
    before = screen._answer
    for c in text:
        seen.send(c)
    await waiting(seen, lambda s: s.field.value == text)
    assert SECRET not in seen.text
    seen.send("enter")
    await waiting(seen, lambda s: s._answer is not before)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_sign_in_begins_with_what_is_asked_for_and_ends_with_reading(
    opens: Opens, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: scopes with reasons, the way, the secret, the address, the paste, the Page, and no restart."""
    platform = Platform()
    async with opens(size=size, signing=platform.signing()) as seen:
        read: list[bool] = []
        monkeypatch.setattr(seen.session, "read_now", lambda: read.append(True))
        await at_the_ways(seen)
        assert "pages_read_user_content read comments, posts by visitors and tags" in window(seen)
        assert platform.taken == [], "nothing is asked of the platform before the reasons were read"
        seen.send("1")
        await waiting(seen, lambda s: s._answer is not None)
        assert "http://localhost:8765/" in window(seen)
        await typed(seen, SECRET)
        await waiting(seen, lambda s: s._answer is not None and s.address is not None)
        assert "".join(ADDRESS.split())[-40:] in "".join(window(seen).replace("│", " ").split())
        await typed(seen, "http://localhost:8765/?code=x")
        await waiting(seen, lambda s: s._chosen is not None)
        assert "Acme Shops (78)" in seen.text
        seen.send("down")
        seen.send("enter")
        await seen.until(lambda: "is signed in as Acme Shops (78)" in window(seen))
        assert "Not granted: CREATE_CONTENT" in window(seen)
        assert platform.taken == ["acme-page", "paste", SECRET, "http://localhost:8765/?code=x"]
        assert read == [True]
        assert SECRET not in seen.text
        await seen.press("enter")
        assert seen.app.screen is seen.main
        assert "acme-page is signed in as Acme Shops (78). Reading goes on." in seen.text


async def test_a_failed_sign_in_says_why_and_begins_again(opens: Opens) -> None:
    """Somebody who said no by mistake must not have to look for the way back."""
    denied = Refused("access was not granted; nothing was stored", next_step="Agree on the platform's page.")
    platform = Platform(fails=denied)
    async with opens(size=(100, 30), signing=platform.signing()) as seen:
        await at_the_ways(seen)
        seen.send("1")
        await waiting(seen, lambda s: s._answer is not None)
        await typed(seen, SECRET)
        await waiting(seen, lambda s: s._answer is not None)
        await typed(seen, "x")
        await seen.until(lambda: "Not signed in: access was not granted" in window(seen))
        assert "Agree on the platform's page." in window(seen)
        platform.fails = None
        seen.send("enter")
        await waiting(seen, lambda s: s._chosen is not None)


async def test_leaving_a_sign_in_ends_it(opens: Opens) -> None:
    async with opens(size=(100, 30), signing=Platform().signing()) as seen:
        await at_the_ways(seen)
        await seen.press("escape")
        assert seen.app.screen is seen.main
        assert not [w for w in seen.app.workers if w.group == "default" and not w.is_finished]


async def test_where_a_browser_is_it_gets_the_address(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform(browser=True)
    async with opens(size=(100, 30), signing=platform.signing()) as seen:
        opened: list[str] = []

        def browse(link: str) -> bool:
            opened.append(link)
            return True

        monkeypatch.setattr(seen.app, "browse", browse)
        await at_the_ways(seen)
        seen.send("enter")
        await waiting(seen, lambda s: s._answer is not None)
        await typed(seen, SECRET)
        await waiting(seen, lambda s: s._answer is not None)
        assert platform.taken[1] == "browser"
        assert opened == [ADDRESS]


async def test_the_demo_has_nothing_to_sign_in(opens: Opens) -> None:
    async with opens(size=(100, 30), demo=True) as seen:
        await seen.press("I")
        assert "signed in already" in seen.text


async def test_long_work_on_the_store_stands_in_the_header_and_in_the_window_of_accounts(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daily backup of a large store takes a quarter of a minute, a new layout a whole one."""
    monkeypatch.setattr(long_work, "LONG", 0)
    async with opens(size=(120, 35)) as seen:
        assert "writing a backup" not in seen.text
        with progress.watched_by(seen.app.long_work.note):
            progress.report("backup", 40_000_000, 350_000_000)
        seen.main.context.bars.show_times()
        await seen.pilot.pause()
        assert "writing a backup: 40 of 350 MB" in seen.lines[0]
        await seen.press("H")
        assert "writing a backup: 40 of 350 MB" in "\n".join(seen.lines[1:])


def test_only_work_that_goes_on_for_long_is_shown_and_only_while_it_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fresh inbox said `writing a backup: 0 of 0 MB`; and nobody says that work is over, a killed process could not."""
    now = [100.0]
    monkeypatch.setattr(long_work.time, "monotonic", lambda: now[0])
    work = long_work.LongWork()
    work.note("update", 0, 3, {})
    now[0] += long_work.LONG / 2
    work.note("update", 1, 3, {})
    assert work.words() == ""
    now[0] += long_work.LONG
    work.note("update", 2, 3, {})
    assert work.words() == "bringing the store up to date: 2 of 3"
    now[0] += long_work.SHOWN + 0.1
    assert work.words() == ""


def test_a_first_reading_is_shown_with_its_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stand there twice."""
    monkeypatch.setattr(long_work, "LONG", 0)
    work = long_work.LongWork()
    work.note("reading", 100, None, {"account": "acme-x"})
    assert work.words() == ""
