"""A sign-in that stays alive: single-use refresh tokens, many requests, several processes, a power cut
(FAULTS.md, F90)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbox.accounts.vault import VaultError
from inbox.adapters import http, simkit
from inbox.adapters.oauth import LiveSignIn, signed_out
from inbox.adapters.twitter.auth import XAuthority
from inbox.cli.failures import explain
from inbox.config.model import Account
from inbox.errors import AuthExpired, PlatformError, StoreError, Unavailable
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn
from inbox.system.clocks import SystemClock
from inbox.wiring.accounts import live_sign_in, writable
from inbox.wiring.setup import Setup
from sign_in.conftest import Office
from sign_in.platforms import X

ROUNDS = 100 if os.environ.get("INBOX_LONG_TESTS") else 20
SCOPE = "tweet.read offline.access"


def stored(office: Office, *, expires_in: float = 7200) -> Setup:
    """Signed in, without the ceremony."""
    office.x.issue(SCOPE)
    setup = office.setup()
    assert office.x.access is not None
    assert office.x.refresh is not None
    kept = SignIn(
        access=Secret(office.x.access),
        refresh=Secret(office.x.refresh),
        kind="oauth2",
        expires_at=datetime.now(UTC) + timedelta(seconds=expires_in),
    )
    writable(setup).keep("acme-x", kept)
    return setup


def live(setup: Setup) -> LiveSignIn:
    return live_sign_in(setup, setup.config.accounts[0])


@contextmanager
def client(office: Office) -> Iterator[http.Client]:
    opened = http.open_client(office.x_url)
    yield opened


# -- several processes -------------------------------------------------------------------------------------


@contextmanager
def process(office: Office, *more: str) -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("renewing_process.py")
    command = [sys.executable, str(program), str(office.config), str(office.folder / "data"), *more]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def go(*children: subprocess.Popen[str]) -> list[str]:
    """One round of all at once; what each of them says."""
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    return [child.stdout.readline().strip() for child in children if child.stdout is not None]


def test_f90_two_processes_share_one_single_use_refresh_token_for_many_rounds(office: Office) -> None:
    """A screen and `inbox sync`. Without a lock the family was revoked at the first race (E9); each round eight
    requests meet a dead access token at once, and exactly one renewal may come of it."""
    stored(office)
    with process(office) as one, process(office) as two:
        for round_ in range(1, ROUNDS + 1):
            office.x.access = "withdrawn early"
            assert go(one, two) == ["None", "None"]
            assert office.x.refreshed == round_
    assert not office.x.family_ended
    assert len(office.x.spent) == ROUNDS


def test_a_process_that_dies_between_answer_and_disk_means_sign_in_again(office: Office) -> None:
    """Nothing can be done about the lost pair, but it must end in words and not in a storm of dead tokens."""
    stored(office)
    office.x.access = "withdrawn early"
    with process(office, "die-after-answer") as dying:
        assert go(dying) == [""]
        assert dying.wait(5) == 9
    with process(office) as other:
        (first,) = go(other)
        assert first.startswith("auth Sign in again; drafts and replies wait")
        asked = len(office.x.forms("/2/oauth2/token"))
        assert go(other) == [first]
        assert len(office.x.forms("/2/oauth2/token")) == asked, "a dead token is not tried twice"


def test_a_new_sign_in_is_taken_up_without_a_restart(office: Office) -> None:
    """`inbox login` in another window mends a running screen."""
    setup = stored(office)
    office.x.access = office.x.refresh = None
    with process(office) as running:
        (told,) = go(running)
        assert told.startswith("auth")
        office.x.issue(SCOPE)
        assert office.x.access is not None
        writable(setup).keep("acme-x", SignIn(access=Secret(office.x.access), kind="oauth2"))
        assert go(running) == ["None"]


# -- one process -------------------------------------------------------------------------------------------


async def test_a_token_that_is_about_to_end_is_renewed_before_it_is_used(office: Office) -> None:
    """No request meets the end, and no write is refused for it."""
    setup = stored(office, expires_in=30)
    source = live(setup)
    with client(office) as opened:
        await asyncio.gather(
            *(http.call(opened, "GET", "/2/users/me", credentials=http.Credentials(source)) for _ in range(8))
        )
        await opened.aclose()
    assert office.x.refreshed == 1
    assert all(a.credentials == office.x.access for a in office.x.asked if a.path == "/2/users/me")


async def test_the_new_pair_is_stored_before_it_is_used(office: Office) -> None:
    setup = stored(office)
    office.x.access = "withdrawn early"
    used: list[bool] = []
    answer = office.x.answer

    def watch(asked: object) -> object:
        if (
            getattr(asked, "path", "") == "/2/users/me"
            and getattr(asked, "credentials", "") == office.x.access
        ):
            kept = writable(office.setup()).sign_in("acme-x")
            used.append(kept is not None and kept.access.reveal() == office.x.access)
        return answer(asked)  # type: ignore[arg-type]

    office.x.answer = watch  # type: ignore[assignment, method-assign]
    with client(office) as opened:
        await http.call(opened, "GET", "/2/users/me", credentials=http.Credentials(live(setup)))
        await opened.aclose()
    assert used == [True]


async def test_a_reply_refused_with_401_goes_out_once_more_and_once_only(office: Office) -> None:
    """401 says that nothing was accepted. `on_wire` marks the outbox once."""
    setup = stored(office)
    office.x.access = "withdrawn early"
    marks: list[str] = []
    with client(office) as opened:
        answer = await http.call(
            opened,
            "POST",
            "/2/tweets",
            credentials=http.Credentials(live(setup)),
            payload=http.Payload(json={"text": "x"}),
            write=http.Write(lambda: marks.append("wire")),
        )
        await opened.aclose()
    assert answer.status == 201
    assert marks == ["wire"]
    assert [a.path for a in office.x.asked] == ["/2/tweets", "/2/oauth2/token", "/2/tweets"]


async def test_a_second_401_is_the_end_of_the_sign_in_and_not_of_the_reply(office: Office) -> None:
    setup = stored(office)
    office.x.extra["/2/tweets"] = (401, {"title": "Unauthorized"})
    with client(office) as opened:
        with pytest.raises(AuthExpired):
            await http.call(
                opened,
                "POST",
                "/2/tweets",
                credentials=http.Credentials(live(setup)),
                payload=http.Payload(json={"text": "x"}),
                write=http.Write(),
            )
        await opened.aclose()
    assert len(office.x.forms("/2/tweets")) == 2


@pytest.mark.parametrize("status", [500, 503])
async def test_a_reply_is_not_in_doubt_because_the_renewal_is(office: Office, status: int) -> None:
    """Its own answer was clear: 401. It waits for the sign-in and is neither lost nor looked up."""
    setup = stored(office)
    office.x.access = "withdrawn early"
    office.x.extra["/2/oauth2/token"] = (status, {})
    with client(office) as opened:
        with pytest.raises(AuthExpired) as caught:
            await http.call(
                opened,
                "POST",
                "/2/tweets",
                credentials=http.Credentials(live(setup)),
                payload=http.Payload(json={"text": "x"}),
                write=http.Write(),
            )
        with pytest.raises(Unavailable):
            await http.call(opened, "GET", "/2/users/me", credentials=http.Credentials(live(setup)))
        await opened.aclose()
    assert caught.value.code == "401 not renewed"


class Vanishing:
    """Refuses the token, and is gone when the next one comes."""

    def __init__(self) -> None:
        self.asked = 0

    async def handle(self, request: simkit.Request) -> simkit.Response:
        self.asked += 1
        if self.asked > 1:
            raise simkit.NotListening
        return simkit.answer(401, {"title": "Unauthorized"})


async def test_a_reply_is_not_in_doubt_because_the_platform_went_away_after_its_401(
    office: Office, drawer: Drawer
) -> None:
    """Nothing of the second try left this machine, and the first was refused: there is nothing to look up."""
    platform = Vanishing()
    opened = http.open_client("https://api.x.com", simkit.transport(platform))
    with pytest.raises(AuthExpired) as caught:
        await http.call(
            opened,
            "POST",
            "/2/tweets",
            credentials=http.Credentials(in_drawer(drawer, office.x_url)),
            payload=http.Payload(json={"text": "x"}),
            write=http.Write(),
        )
    assert (caught.value.code, platform.asked) == ("401 not renewed", 2)
    platform.asked = 0
    with pytest.raises(Unavailable):
        await http.call(
            opened, "GET", "/2/users/me", credentials=http.Credentials(in_drawer(drawer, office.x_url))
        )
    await opened.aclose()


async def test_a_server_that_does_not_rotate_keeps_its_refresh_token(office: Office) -> None:
    office.x.rotates = False
    setup = stored(office)
    source = live(setup)
    refresh = office.x.refresh
    for _ in range(2):
        office.x.access = "withdrawn early"
        assert await source.renew(await source.token())
    kept = writable(setup).sign_in("acme-x")
    assert kept is not None
    assert kept.refresh is not None
    assert kept.refresh.reveal() == refresh


async def test_from_the_environment_nothing_is_renewed(office: Office) -> None:
    """It would work once: the new pair has no place to stay, and the next start would find a dead one."""
    stored(office)
    pair = {"access": office.x.access, "refresh": office.x.refresh, "kind": "oauth2", "expires_at": 1}
    entry = json.dumps(pair)
    setup = office.setup(INBOX_TOKEN_ACME_X=entry)
    source = live(setup)
    first = await source.token()
    assert await source.renew(first) is None
    assert office.x.refreshed == 0


async def test_without_a_token_the_way_to_one_is_named(office: Office) -> None:
    with pytest.raises(AuthExpired) as caught:
        await live(office.setup()).token()
    assert "inbox login acme-x" in caught.value.next_step
    assert "INBOX_TOKEN_ACME_X" in caught.value.next_step


# -- when the vault does not play along ---------------------------------------------------------------------


class Drawer:
    """A vault in memory; `locked` refuses to write."""

    def __init__(self, kept: SignIn) -> None:
        self.kept: SignIn | None = kept
        self.locked = False

    def sign_in(self, account: str) -> SignIn | None:
        return self.kept

    def keep(self, account: str, sign_in: SignIn) -> None:
        if self.locked:
            raise VaultError("The keyring is locked.", next_step="Unlock it.", code="locked")
        self.kept = sign_in


def in_drawer(drawer: Drawer, x_url: str, exclusive: Callable[[], object] | None = None) -> LiveSignIn:
    account = Account(name="acme-x", platform="twitter", api_url=x_url, client_id="x-client-1")
    return LiveSignIn(
        account="acme-x",
        vault=drawer,  # type: ignore[arg-type]
        authority=XAuthority(account, SystemClock()),
        exclusive=exclusive or ExitStack,  # type: ignore[arg-type]
        now=SystemClock().now,
        missing=lambda: signed_out("acme-x", "V"),
    )


@pytest.fixture
def drawer(office: Office) -> Drawer:
    office.x.issue(SCOPE)
    return Drawer(
        SignIn(access=Secret(office.x.access or ""), refresh=Secret(office.x.refresh or ""), kind="oauth2")
    )


async def test_a_pair_the_locked_keyring_did_not_take_is_stored_later(office: Office, drawer: Drawer) -> None:
    """The old one is spent: whoever throws the new one away signs the agent out."""
    source = in_drawer(drawer, office.x_url)
    old = await source.token()
    drawer.locked = True
    for _ in range(2):
        with pytest.raises(VaultError):
            await source.renew(old)
    drawer.locked = False
    fresh = await source.renew(old)
    assert fresh is not None
    assert fresh.reveal() == office.x.access
    assert drawer.kept is not None
    assert drawer.kept.access.reveal() == office.x.access
    assert office.x.refreshed == 1


async def test_a_sign_in_made_meanwhile_is_not_overwritten_by_an_older_pair(
    office: Office, drawer: Drawer
) -> None:
    source = in_drawer(drawer, office.x_url)
    old = await source.token()
    drawer.locked = True
    with pytest.raises(VaultError):
        await source.renew(old)
    drawer.locked, drawer.kept = False, SignIn(access=Secret("made-by-login"), kind="oauth2")
    fresh = await source.renew(old)
    assert fresh is not None
    assert fresh.reveal() == "made-by-login"


async def test_a_task_that_is_stopped_in_the_middle_does_not_lose_the_pair(
    office: Office, drawer: Drawer
) -> None:
    """Quitting the screen cancels what waits; the renewal itself ends on its own."""
    answering, answered = threading.Event(), threading.Event()
    answer = office.x.answer

    def slow(asked: object) -> object:
        answering.set()
        answered.wait(5)
        return answer(asked)  # type: ignore[arg-type]

    office.x.answer = slow  # type: ignore[assignment, method-assign]
    source = in_drawer(drawer, office.x_url)
    old = await source.token()
    task = asyncio.create_task(source.renew(old))
    await asyncio.to_thread(answering.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answered.set()
    while drawer.kept is None or drawer.kept.access.reveal() == old.reveal():
        await asyncio.sleep(0.005)
    office.x.answer = answer  # type: ignore[method-assign]
    fresh = await source.renew(old)
    assert fresh is not None
    assert fresh.reveal() == office.x.access
    assert office.x.refreshed == 1


async def test_a_lock_that_nobody_gives_back_is_trouble_of_this_moment(
    office: Office, drawer: Drawer
) -> None:
    def held() -> object:
        raise StoreError("held")

    source = in_drawer(drawer, office.x_url, held)
    with pytest.raises(Unavailable, match="does not finish"):
        await source.renew(await source.token())
    assert office.x.refreshed == 0


async def test_a_sign_in_that_went_away_is_told_like_one_that_never_was(
    office: Office, drawer: Drawer
) -> None:
    source = in_drawer(drawer, office.x_url)
    old = await source.token()
    drawer.kept = None
    with pytest.raises(AuthExpired, match="There is no token"):
        await source.renew(old)


async def test_an_app_id_that_is_wrong_does_not_kill_the_sign_in(office: Office, drawer: Drawer) -> None:
    """A mistake in the config is mended in the config; the refresh token is good and must stay in use."""
    office.x.client_secret = "set"
    source = in_drawer(drawer, office.x_url)
    old = await source.token()
    with pytest.raises(PlatformError) as caught:
        await source.renew(old)
    assert caught.value.kind == "refused"
    office.x.client_secret = None
    assert await source.renew(old)


async def test_errors_repeat_no_token(office: Office) -> None:
    """Servers quote what they were sent; what the vault has handed out is known and hidden."""
    source = live(stored(office))
    old = await source.token()
    said = f"refresh_token={office.x.refresh} is {office.x.access}"
    office.x.extra["/2/oauth2/token"] = (400, {"error": "server_error", "error_description": said})
    with pytest.raises(PlatformError) as caught:
        await source.renew(old)
    assert "canary" in said
    assert "canary" not in explain(caught.value)[1]


def test_the_test_server_ends_a_family_whose_token_is_used_twice() -> None:
    """The witness itself: without this the race would prove nothing."""
    x = X()
    x.issue(SCOPE)
    form = {"grant_type": "refresh_token", "refresh_token": x.refresh or ""}
    assert x._token(form)[0] == 200
    assert x._token(form)[0] == 400
    assert x.family_ended
