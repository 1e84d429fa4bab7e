"""One odd answer while somebody signs in, while a sign-in is renewed, looked at or withdrawn (the eighth promise).

Whatever an endpoint answers: it ends in words, what was signed in before is still there, no secret is in what is said
or logged, and the next good answer is believed, without a restart.

    ODD_ANSWERS=all ODD_SEED=7 pytest tests/sign_in/test_odd_answers.py      all of them: a some minutes
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from faults.odd_answers import Odd, all_odd

from inbox.adapters.facebook.auth import FacebookAuthority
from inbox.adapters.oauth import LiveSignIn
from inbox.adapters.simkit import Dropped, NotListening, Request, Response
from inbox.errors import PlatformError, StoreError
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn
from inbox.wiring import accounts
from sign_in.conftest import Office, Person
from sign_in.platforms import Asked, Server

ASKED = os.environ.get("ODD_ANSWERS", "25")
PAIRS = 10**6 if ASKED == "all" else int(ASKED)
SEED = os.environ.get("ODD_SEED", "1")
SECRET = "canary-fb-app-secret"
BEFORE = SignIn(access=Secret("canary-kept-access"), refresh=Secret("canary-kept-refresh"), kind="oauth2")
LATER = timedelta(hours=2)
"""By then a renewal that was refused is tried again."""


@dataclass
class Way:
    """One use of sign-in endpoints; `odd_at` counts the request of it that is answered oddly."""

    name: str
    server: Callable[[Office], Server]
    run: Callable[[Office], Awaitable[object]]
    requests: int
    signs_in: str | None = None
    """The account that is signed in by it when all goes well."""


def carrier(agree: Callable[[str], str]) -> Person:
    person = Person()
    person.browse = lambda url: person.answers.append(agree(url)) is not None
    return person


async def x_signs_in(office: Office) -> object:
    return await accounts.access(office.setup(), "acme-x").sign_in(carrier(office.x.agree), "paste")


async def page_signs_in(office: Office) -> object:
    person = carrier(office.facebook.agree)
    return await accounts.access(office.setup(), "acme-page").sign_in(person, "paste", Secret(SECRET))


async def page_by_device(office: Office) -> object:
    class Patient:
        def now(self) -> datetime:
            return datetime.now(UTC)

        async def sleep(self, seconds: float) -> None: ...

    authority = FacebookAuthority(office.setup().config.accounts[1], Patient())
    return await authority.sign_in("device", Person(answers=["canary-fb-client-token"]), Secret(SECRET))


async def page_is_looked_at(office: Office) -> object:
    office.facebook.long = "canary-fb-person-long"
    kept = SignIn(access=Secret("canary-fb-page-1001"), refresh=Secret(office.facebook.long), kind="page")
    return await accounts.authority(office.setup(), "acme-page").check(_with_secret(kept))


async def page_is_withdrawn(office: Office) -> object:
    office.facebook.long, office.facebook.withdrawn = "canary-fb-person-long", False
    kept = SignIn(access=Secret("canary-fb-page-1001"), refresh=Secret(office.facebook.long), kind="page")
    return await accounts.authority(office.setup(), "acme-page").revoke(_with_secret(kept))


async def x_is_withdrawn(office: Office) -> object:
    return await accounts.authority(office.setup(), "acme-x").revoke(BEFORE)


def _with_secret(kept: SignIn) -> SignIn:
    return SignIn(access=kept.access, refresh=kept.refresh, kind=kept.kind, app_secret=Secret(SECRET))


WAYS = (
    Way("X, signing in", lambda o: o.x, x_signs_in, 2, "acme-x"),
    Way("X, withdrawing", lambda o: o.x, x_is_withdrawn, 2),
    Way("Facebook, signing in", lambda o: o.facebook, page_signs_in, 7, "acme-page"),
    Way("Facebook, on another device", lambda o: o.facebook, page_by_device, 6),
    Way("Facebook, looking", lambda o: o.facebook, page_is_looked_at, 3),
    Way("Facebook, withdrawing", lambda o: o.facebook, page_is_withdrawn, 1),
)


def chosen(tries: list[tuple[int, str]], what: str) -> Iterator[tuple[int, str]]:
    chance = Random(f"{SEED} {what}")
    chance.shuffle(tries)
    yield from tries[:PAIRS]


class OneOdd:
    """Between a server and us: the request number `at` gets this odd answer, all others are left alone."""

    def __init__(self, at: int, name: str, odd: Odd) -> None:
        self.at, self.name, self.odd = at, name, odd
        self.count = 0
        self.seen = Response(200, b"{}", {})

    @property
    def met(self) -> bool:
        return self.count > self.at

    def __call__(self, asked: Asked, status: int, raw: bytes) -> tuple[int, bytes] | None:
        good = Response(status, raw, {})
        self.count += 1
        if self.count != self.at + 1:
            self.seen = good
            return status, raw
        try:
            said = self.odd(
                Request(asked.method, asked.path), good, Random(f"{self.name} {self.at}"), self.seen
            )
        except (Dropped, NotListening):
            return None
        return said.status, said.body


def unmeant(error: BaseException) -> bool:
    return not isinstance(error, PlatformError | StoreError)


@pytest.mark.timeout(60 + 2 * min(PAIRS, 300))
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_an_odd_answer_while_signing_in_ends_in_words_and_takes_nothing(
    way: Way, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    platform = "twitter" if way.name.startswith("X") else "facebook"
    kinds, server = all_odd(platform), way.server(office)
    vault = accounts.writable(office.setup())
    found: dict[str, object] = {}
    tries = [(at, name) for at in range(way.requests) for name in kinds]
    for at, name in chosen(tries, way.name):
        for account in ("acme-x", "acme-page"):
            vault.keep(account, BEFORE)
        server.between = odd = OneOdd(at, name, kinds[name])
        case, failed, said = f"request {at} <- {name}", False, ""
        try:
            await way.run(office)
        except Exception as error:  # noqa: BLE001 whatever it is, it is looked at
            failed, said = True, f"{error} {getattr(error, 'next_step', '')}"
            if unmeant(error):
                found[case] = repr(error)
        server.between = lambda asked, status, raw: (status, raw)
        for account in ("acme-x", "acme-page"):
            kept = vault.sign_in(account)
            if not same(kept, BEFORE) and (failed or account != way.signs_in):
                found[case] = f"{account} is not what it was"
            elif kept is not None and not (
                kept.access.reveal().isascii() and kept.access.reveal().isprintable()
            ):
                found[case] = "something was stored that cannot be a token"
        if "canary" in said + caplog.text:
            found[case] = f"a secret is told: {said} {caplog.text}"
        try:
            await way.run(office)
        except Exception as error:  # noqa: BLE001
            found[case] = f"afterwards: {error!r}"
        assert odd.met or at >= 2, "an endpoint that is never asked"
    for case, what in found.items():
        print(case, what, sep=": ")
    assert found == {}


def same(one: SignIn | None, other: SignIn) -> bool:
    return one is not None and (one.access.reveal(), one.refresh and one.refresh.reveal()) == (
        other.access.reveal(),
        other.refresh and other.refresh.reveal(),
    )


def renewed_by(live: LiveSignIn, office: Office) -> bool:
    return live.kept is not None and live.kept.access.reveal() == office.x.access


@pytest.mark.timeout(60 + 2 * min(PAIRS, 300))
async def test_an_odd_answer_to_a_renewal_does_not_end_a_sign_in(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """A screen that is open for weeks renews every two hours. The answer was wrong, so X has not done what it says: the
    refresh token is still good, and the next try must come without a restart."""
    kinds = all_odd("twitter")
    setup = office.setup()
    vault = accounts.writable(setup)
    found: dict[str, object] = {}
    for at, name in chosen([(0, name) for name in kinds], "renewal"):
        office.x.issue("tweet.read offline.access")
        access, refresh = office.x.access, office.x.refresh
        assert access is not None
        assert refresh is not None
        ends = datetime.now(UTC) - timedelta(seconds=1)
        kept = SignIn(access=Secret(access), refresh=Secret(refresh), kind="oauth2", expires_at=ends)
        vault.keep("acme-x", kept)
        live = accounts.live_sign_in(setup, setup.config.accounts[0])
        office.x.between = OneOdd(at, name, kinds[name])
        said = ""
        try:
            await live.token()
        except Exception as error:  # noqa: BLE001
            said = f"{error} {getattr(error, 'next_step', '')}"
            if unmeant(error):
                found[name] = repr(error)
            if not same(vault.sign_in("acme-x"), kept):
                found[name] = "the sign-in that was kept is another one"
        office.x.between = lambda asked, status, raw: (status, raw)
        if said:
            office.x.access, office.x.refresh = access, refresh
            office.x.spent.clear()
            live.now = lambda: datetime.now(UTC) + LATER
            try:
                await live.token()
            except Exception as error:  # noqa: BLE001
                found[name] = f"afterwards: {error!r}"
            if not renewed_by(live, office):
                found.setdefault(name, "not renewed afterwards")
        if "canary" in said + caplog.text:
            found[name] = f"a secret is told: {said} {caplog.text}"
    for case, what in found.items():
        print(case, what, sep=": ")
    assert found == {}
