"""Signing in on Facebook, from the dialog to the token of the Page."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from shared import shared

from inbox.adapters.facebook.auth import FacebookAuthority
from inbox.adapters.facebook.graph import appsecret_proof
from inbox.errors import AuthExpired, PlatformError, Refused, Unavailable
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn, Way
from inbox.wiring import accounts
from sign_in.conftest import Office, Person

APP_SECRET = "canary-fb-app-secret"


def carrier(office: Office, *answers: str) -> Person:
    """A person who gives the app's secret, agrees, and pastes the address."""
    person = Person(answers=[*answers])
    person.browse = lambda url: person.answers.append(office.facebook.agree(url)) is not None
    return person


async def signed_in(office: Office, way: Way = "paste") -> SignIn:
    setup = office.setup()
    await accounts.access(setup, "acme-page").sign_in(carrier(office, APP_SECRET), way)
    kept = accounts.writable(setup).sign_in("acme-page")
    assert kept is not None
    return kept


async def test_the_pages_own_token_is_what_is_kept(office: Office) -> None:
    """A person's token reads empty lists without any error (facts/facebook.md#6.5)."""
    found = await accounts.access(office.setup(), "acme-page").sign_in(carrier(office, APP_SECRET), "paste")
    assert (found.valid, found.kind, found.owner, found.missing) == (True, "page", "Page 1001", ())
    kept = accounts.writable(office.setup()).sign_in("acme-page")
    assert kept is not None
    assert kept.access.reveal() == "canary-fb-page-1001"
    assert kept.refresh is not None
    assert kept.refresh.reveal() == "canary-fb-person-long", "needed to withdraw, and to see the tasks"
    assert kept.expires_at is None, "0 is Facebook's never"
    assert kept.data_access_until == datetime.fromtimestamp(1_900_000_000, UTC)
    assert kept.ends_at == kept.data_access_until


async def test_with_a_browser_here_it_comes_back_by_itself(office: Office) -> None:
    """Facebook takes the name localhost, and only that, without https."""

    def browse(url: str) -> bool:
        address = office.facebook.agree(url).partition("#")[0]
        assert address.startswith("http://localhost:")
        asked = urllib.request.Request(address.replace("localhost", "127.0.0.1"))
        asked.add_header("Host", address.split("/")[2])
        asyncio.get_running_loop().run_in_executor(
            None, lambda: urllib.request.urlopen(asked, timeout=5).read()
        )
        return True

    person = Person(browse=browse, answers=[APP_SECRET])
    found = await accounts.access(office.setup(), "acme-page").sign_in(person, "browser")
    assert found.valid


async def test_the_secret_of_the_app_is_asked_for_hidden(office: Office) -> None:
    person = carrier(office, APP_SECRET)
    await accounts.access(office.setup(), "acme-page").sign_in(person, "paste")
    assert person.asked[0][1] is True
    assert person.asked[1][1] is False


async def test_the_second_time_the_secret_is_known(office: Office) -> None:
    await signed_in(office)
    person = carrier(office)
    assert (await accounts.access(office.setup(), "acme-page").sign_in(person, "paste")).valid
    assert len(person.asked) == 1


async def test_the_page_is_found_on_a_later_leaf_of_the_list(office: Office) -> None:
    """Agencies have hundreds; the server shows one at a time."""
    office.facebook.pages = {"9": "First", "8": "Second", "1001": "Acme"}
    assert (await signed_in(office)).access.reveal() == "canary-fb-page-1001"


async def test_a_page_that_was_not_granted_names_those_that_were(office: Office) -> None:
    office.facebook.pages = {"1002": "Acme Shop"}
    with pytest.raises(Refused, match="the Page 1001 was not granted") as caught:
        await signed_in(office)
    assert "Acme Shop (1002)" in caught.value.message
    assert accounts.writable(office.setup()).sign_in("acme-page") is None


async def test_no_page_at_all_is_told(office: Office) -> None:
    office.facebook.pages = {}
    with pytest.raises(Refused, match="granted no Page"):
        await signed_in(office)


async def test_without_a_number_in_the_config_the_person_chooses(office: Office) -> None:
    """Whoever begins does not know the number of the Page."""
    office.configure(facebook="")
    person = carrier(office, APP_SECRET)
    person.choice = 1
    setup = office.setup()
    await accounts.access(setup, "acme-page").sign_in(person, "paste")
    assert "Acme (1001)" in person.asked[-1][0]
    kept = accounts.writable(setup).sign_in("acme-page")
    assert kept is not None
    assert kept.access.reveal() == "canary-fb-page-1002"


async def test_one_page_only_needs_no_choice(office: Office) -> None:
    office.configure(facebook="")
    office.facebook.pages = {"1002": "Acme Shop"}
    assert (await signed_in(office)).access.reveal() == "canary-fb-page-1002"


async def test_missing_tasks_and_permissions_are_told_at_once(office: Office) -> None:
    """Otherwise the inbox is empty, without any error."""
    office.facebook.page_tasks = ["MESSAGING", "ANALYZE"]
    office.facebook.scopes = [s for s in office.facebook.scopes if s != "pages_read_user_content"]
    person = carrier(office, APP_SECRET)
    found = await accounts.access(office.setup(), "acme-page").sign_in(person, "paste")
    assert set(found.missing) == {"pages_read_user_content", "MODERATE", "CREATE_CONTENT"}
    assert any("MODERATE" in told for told in person.told)
    assert any("pages_read_user_content" in told for told in person.told)


async def test_instagram_is_asked_for_only_where_it_is_read(office: Office) -> None:
    """Most Pages have none, and each permission has to be reviewed."""
    assert not any(
        "instagram" in p.scope for p in accounts.authority(office.setup(), "acme-page").permissions
    )
    text = office.config.read_text().replace('["messenger"]', '["messenger", "instagram"]')
    office.config.write_text(text)
    authority = accounts.authority(office.setup(), "acme-page")
    assert {"instagram_basic", "instagram_manage_messages"} <= {p.scope for p in authority.permissions}
    kept = SignIn(access=Secret("canary-fb-page-1001"), app_secret=Secret(APP_SECRET), kind="page")
    assert "instagram_manage_messages" in (await authority.check(kept)).missing


async def test_login_for_business_asks_by_its_configuration(office: Office) -> None:
    office.configure(facebook='page_id = "1001"\nlogin_config = "555"')
    person = carrier(office, APP_SECRET)
    await accounts.access(office.setup(), "acme-page").sign_in(person, "paste")
    assert "config_id=555" in person.opened[0]
    assert "scope=" not in person.opened[0]


async def test_a_wrong_secret_stores_nothing(office: Office) -> None:
    with pytest.raises(PlatformError):
        await accounts.access(office.setup(), "acme-page").sign_in(carrier(office, "wrong"), "paste")
    assert accounts.writable(office.setup()).sign_in("acme-page") is None


# -- a code on another device ------------------------------------------------------------------------------


class Patient:
    """A clock on which time passes by sleeping only."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def by_device(office: Office, person: Person) -> SignIn:
    authority = FacebookAuthority(office.setup().config.accounts[1], Patient())
    return await authority.sign_in("device", person, Secret(APP_SECRET))


async def test_a_machine_without_a_browser_shows_a_code(office: Office) -> None:
    office.facebook.pending = 2
    person = Person(answers=["canary-fb-client-token"])
    kept = await by_device(office, person)
    assert kept.access.reveal() == "canary-fb-page-1001"
    assert any("A1NWZ9" in told for told in person.told)
    assert not any("canary" in told for told in person.told)
    assert len(office.facebook.forms("/v25.0/device/login_status")) == 3


async def test_a_code_nobody_types_ends_by_itself(office: Office) -> None:
    office.facebook.pending = 10**6
    with pytest.raises(Unavailable, match="nobody typed the code"):
        await by_device(office, Person(answers=["canary-fb-client-token"]))
    assert len(office.facebook.forms("/v25.0/device/login_status")) <= 420 / 5


async def test_a_code_that_facebook_calls_old_ends_at_once(office: Office) -> None:
    office.facebook.pending = -1
    with pytest.raises(Unavailable, match="nobody typed the code"):
        await by_device(office, Person(answers=["canary-fb-client-token"]))


# -- proof, state, withdrawal ------------------------------------------------------------------------------


def test_the_proof_is_the_one_of_the_documentation() -> None:
    """Hex HMAC-SHA256 of the token under the secret; computed elsewhere with `openssl dgst -sha256 -hmac`."""
    assert appsecret_proof(Secret("token"), Secret("secret")) == (
        "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a"
    )


async def test_reading_proves_the_apps_secret_with_the_token_that_is_sent(office: Office) -> None:
    """Apps can demand it; a proof of another token is refused (the server checks)."""
    await signed_in(office)
    setup = office.setup()
    account = setup.config.accounts[1]
    adapter = await accounts.open_adapter(setup, account, accounts.live_sign_in(setup, account))
    try:
        assert (await adapter.identify()).remote_id == "1001"
    finally:
        await adapter.aclose()


@pytest.mark.parametrize(
    ("debug", "words"),
    [
        ({"is_valid": False, "error": {"code": 190, "subcode": 463, "message": "x"}}, "expired"),
        ({"is_valid": False, "error": {"code": 190, "subcode": 460, "message": "x"}}, "password"),
        ({"is_valid": False, "error": {"code": 190, "subcode": 492, "message": "x"}}, "no longer has a role"),
        ({"is_valid": False}, "no longer valid"),
        ({"data_access_expires_at": 1_000_000_000}, "90 days"),
        ({"type": "USER"}, "of a user, not of a Page"),
        ({"profile_id": "31"}, "belongs to Page 31"),
    ],
)
async def test_a_token_that_does_not_do_is_named_with_its_mend(
    office: Office, debug: dict[str, object], words: str
) -> None:
    kept = await signed_in(office)
    office.facebook.debug = debug
    found = await accounts.authority(office.setup(), "acme-page").check(kept)
    assert found.problem is not None
    assert words in found.problem
    assert found.mend


async def test_signing_out_withdraws_the_permissions(office: Office) -> None:
    await signed_in(office)
    said = await accounts.access(office.setup(), "acme-page").sign_out()
    assert office.facebook.withdrawn
    assert "other Pages of the same person" in said[0]
    assert accounts.writable(office.setup()).sign_in("acme-page") is None


async def test_signing_out_does_not_sign_the_second_page_out(office: Office) -> None:
    """Facebook can only take everything from a person at once."""
    office.config.write_text(
        office.config.read_text()
        + f'\n[[accounts]]\nname = "shop"\nplatform = "facebook"\napi_url = "{office.facebook_url}"\n'
    )
    await signed_in(office)
    accounts.access(office.setup(), "shop").keep_token(Secret("canary-shop-token"))
    said = await accounts.access(office.setup(), "acme-page").sign_out()
    assert not office.facebook.withdrawn
    assert "shop" in said[0]


async def test_a_dead_page_token_is_not_renewed_but_told(office: Office) -> None:
    kept = await signed_in(office)
    with pytest.raises(AuthExpired, match="renews no sign-in"):
        await accounts.authority(office.setup(), "acme-page").refresh(kept)


async def test_recorded_answers_of_facebook_are_understood(office: Office) -> None:
    """What `debug_token` really answered, with and without `data` around it."""
    for name in ("debug_token", "debug_token_unwrapped"):
        body = json.loads(shared(f"wire/facebook/bodies/auth/{name}.json").read_text("utf-8"))
        office.facebook.debug = {}
        office.facebook._debug = lambda asked, body=body: (200, body)  # type: ignore[method-assign]
        kept = SignIn(access=Secret("t"), app_secret=Secret(APP_SECRET), kind="page")
        found = await accounts.authority(office.setup(), "acme-page").check(kept)
        assert found.kind == "user"
        assert found.data_access_until is not None
        assert "pages_show_list" in found.scope


def keeps_details_back(office: Office) -> None:
    """An app made since 2026-11-04: no method override, so `debug_token` cannot be asked without a token in the URL."""
    office.facebook._debug = lambda asked: office.facebook._error(  # type: ignore[method-assign]
        100, None, "Unknown parameter method"
    )


async def test_a_new_app_that_may_not_override_the_method_is_no_problem(office: Office) -> None:
    """Else `inbox check` would call every sign-in through a new app broken, for ever."""
    kept = await signed_in(office)
    keeps_details_back(office)
    found = await accounts.authority(office.setup(), "acme-page").check(kept)
    assert (found.valid, found.problem, found.owner, found.missing) == (True, None, "Page 1001", ())
    assert [a.target for a in office.facebook.asked if "canary" in a.target] == []


async def test_a_new_app_is_told_of_a_dead_token_all_the_same(office: Office) -> None:
    kept = await signed_in(office)
    keeps_details_back(office)
    office.facebook.withdrawn = True
    found = await accounts.authority(office.setup(), "acme-page").check(kept)
    assert not found.valid
    assert found.problem


async def test_a_new_app_is_told_of_a_token_of_another_page(office: Office) -> None:
    kept = await signed_in(office)
    keeps_details_back(office)
    office.config.write_text(office.config.read_text().replace('"1001"', '"2002"'))
    found = await accounts.authority(office.setup(), "acme-page").check(kept)
    assert found.problem is not None
    assert "Page 1001" in found.problem


async def test_no_token_code_or_secret_stands_in_an_address(office: Office) -> None:
    """Meta's documents put all of them there."""
    kept = await signed_in(office)
    await accounts.authority(office.setup(), "acme-page").check(kept)
    await accounts.access(office.setup(), "acme-page").sign_out()
    assert len(office.facebook.asked) > 5
    assert [a.target for a in office.facebook.asked if "canary" in a.target] == []
    assert [a.target for a in office.facebook.asked if "secret=" in a.target] == []


def test_a_sign_in_ends_with_whatever_ends_first() -> None:
    soon = datetime(2026, 12, 1, tzinfo=UTC)
    later = soon + timedelta(days=30)
    page = SignIn(access=Secret("t"), kind="page", data_access_until=soon, expires_at=later)
    assert page.ends_at == soon
    assert SignIn(access=Secret("t"), kind="page", expires_at=later).ends_at == later
    assert SignIn(access=Secret("t"), kind="oauth2", refresh=Secret("r"), expires_at=soon).ends_at is None
    assert SignIn(access=Secret("t"), kind="oauth2", expires_at=soon).ends_at == soon
