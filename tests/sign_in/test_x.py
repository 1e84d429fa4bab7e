"""Signing in on X, against a server that is as strict as X."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest
from shared import shared

from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports.sign_in import SignIn
from inbox.wiring import accounts
from sign_in.conftest import Office, Person


def browser(office: Office) -> Person:
    """A person who agrees, and whose browser goes where it is sent."""

    def browse(url: str) -> bool:
        address = office.x.agree(url)
        asyncio.get_running_loop().run_in_executor(
            None, lambda: urllib.request.urlopen(address, timeout=5).read()
        )
        return True

    return Person(browse=browse)


async def signed_in(office: Office, **env: str) -> SignIn:
    setup = office.setup(**env)
    await accounts.access(setup, "acme-x").sign_in(browser(office), "browser")
    kept = accounts.writable(setup).sign_in("acme-x")
    assert kept is not None
    return kept


async def test_a_person_signs_in_with_the_browser(office: Office) -> None:
    """Code, proof, pair, and the name of the account as a sign that it works."""
    found = await accounts.access(office.setup(), "acme-x").sign_in(browser(office), "browser")
    assert (found.valid, found.owner, found.missing) == (True, "@acme", ())
    kept = accounts.writable(office.setup()).sign_in("acme-x")
    assert kept is not None
    assert (kept.access.reveal(), kept.kind) == (office.x.access, "oauth2")
    assert kept.refresh is not None
    assert kept.refresh.reveal() == office.x.refresh
    assert kept.expires_at is not None
    assert {"dm.read", "dm.write", "offline.access"} <= set(kept.scope)
    assert kept.ends_at is None, "it renews itself"


async def test_over_ssh_the_address_is_carried_by_hand(office: Office) -> None:
    person = Person()
    person.browse = lambda url: person.answers.append(office.x.agree(url)) is not None
    found = await accounts.access(office.setup(), "acme-x").sign_in(person, "paste")
    assert found.valid
    assert any("30 seconds" in told for told in person.told), "X's codes are short-lived"


async def test_only_what_is_used_is_asked_for(office: Office) -> None:
    """Likes left the other plans: asking for them would only frighten."""
    assert "like.write" not in {p.scope for p in accounts.authority(office.setup(), "acme-x").permissions}
    office.configure(x="enterprise = true")
    permissions = accounts.authority(office.setup(), "acme-x").permissions
    assert "like.write" in {p.scope for p in permissions}
    assert all(p.reason for p in permissions)


async def test_a_confidential_app_signs_in_with_its_secret(office: Office) -> None:
    """X answers "Missing valid authorization header" otherwise. The secret is kept, since renewals need it too."""
    office.x.client_secret = "canary x/secret:1"
    setup = office.setup()
    from inbox.ports.secrets import Secret

    await accounts.access(setup, "acme-x").sign_in(browser(office), "browser", Secret("canary x/secret:1"))
    kept = accounts.writable(setup).sign_in("acme-x")
    assert kept is not None
    again = await accounts.authority(setup, "acme-x").refresh(kept)
    assert again.access.reveal() == office.x.access


async def test_a_secret_in_the_environment_is_used_and_not_copied(office: Office) -> None:
    office.x.client_secret = "canary-env-secret"
    kept = await signed_in(office, INBOX_SECRET_ACME_X="canary-env-secret")
    assert kept.app_secret is not None
    stored = accounts.writable(office.setup()).sign_in("acme-x")
    assert stored is not None
    assert stored.app_secret is None


async def test_an_app_that_x_does_not_know_is_told_what_to_check(office: Office) -> None:
    office.x.client_secret = "set"
    with pytest.raises(Refused) as caught:
        await accounts.access(office.setup(), "acme-x").sign_in(browser(office), "browser")
    assert "client_id" in caught.value.next_step
    assert "--app-secret" in caught.value.next_step
    assert accounts.writable(office.setup()).sign_in("acme-x") is None, "nothing was stored"


async def test_a_code_that_came_too_late_is_no_dead_sign_in(office: Office) -> None:
    """It lives 30 seconds; the mend is to begin again."""
    person = browser(office)
    agree = office.x.agree

    def late(url: str) -> str:
        address = agree(url)
        office.x.codes.clear()
        return address

    office.x.agree = late  # type: ignore[method-assign]
    with pytest.raises(Refused) as caught:
        await accounts.access(office.setup(), "acme-x").sign_in(person, "browser")
    assert caught.value.next_step == "Begin again."


async def test_without_a_client_id_the_way_out_is_named(office: Office) -> None:
    text = office.config.read_text()
    office.config.write_text(text.replace('client_id = "x-client-1"', ""))
    with pytest.raises(Refused, match="names no client_id") as caught:
        await accounts.access(office.setup(), "acme-x").sign_in(browser(office), "browser")
    assert "--token -" in caught.value.next_step
    assert office.x.asked == []


async def test_a_token_from_the_environment_is_told_before_anybody_agrees(office: Office) -> None:
    """It would go on being used, and the new one never."""
    person = browser(office)
    with pytest.raises(Refused, match="comes from the environment"):
        await accounts.access(office.setup(INBOX_TOKEN_ACME_X="t"), "acme-x").sign_in(person, "browser")
    assert person.opened == []


async def test_a_vault_that_cannot_be_opened_is_told_before_anybody_agrees(office: Office) -> None:
    (office.folder / "passphrase").unlink()
    person = browser(office)
    await signed_out_of_vault(office)
    with pytest.raises(PlatformError) as caught:
        await accounts.access(office.setup(), "acme-x").sign_in(person, "browser")
    assert caught.value.kind == "keyring"
    assert person.opened == []


async def signed_out_of_vault(office: Office) -> None:
    """A file of tokens exists, and nobody knows its passphrase."""
    path = office.folder / "share" / "inbox" / "sign-in" / "tokens"
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps({"version": 1, "work": 1024, "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "sealed": "x"})
    )


async def test_signing_out_withdraws_both_tokens_and_forgets(office: Office) -> None:
    setup = office.setup()
    await signed_in(office)
    said = await accounts.access(setup, "acme-x").sign_out()
    assert (office.x.access, office.x.refresh) == (None, None)
    assert len(office.x.forms("/2/oauth2/revoke")) == 2
    assert accounts.writable(setup).sign_in("acme-x") is None
    assert "withdrawn" in said[0]


async def test_signing_out_without_x_forgets_all_the_same(office: Office) -> None:
    """Whoever gives a laptop away must not depend on the network."""
    await signed_in(office)
    office.x.extra["/2/oauth2/revoke"] = (503, {})
    said = await accounts.access(office.setup(), "acme-x").sign_out()
    assert accounts.writable(office.setup()).sign_in("acme-x") is None
    assert "could not be told" in said[0]


async def test_a_withdrawn_sign_in_says_sign_in_again(office: Office) -> None:
    await signed_in(office)
    office.x.access = office.x.refresh = None
    live = accounts.live_sign_in(office.setup(), office.setup().config.accounts[0])
    refused = await live.token()
    with pytest.raises(AuthExpired) as caught:
        await live.renew(refused)
    assert "Sign in again" in caught.value.next_step
    assert "drafts" in caught.value.next_step


async def test_a_check_tells_the_owner_the_plan_and_the_clock(office: Office) -> None:
    kept = await signed_in(office)
    found = await accounts.authority(office.setup(), "acme-x").check(kept)
    assert found.server_time is not None
    assert "mentioned" in found.facts["plan"]
    office.x.access = None
    found = await accounts.authority(office.setup(), "acme-x").check(kept)
    assert (found.valid, bool(found.problem), bool(found.mend)) == (False, True, True)


async def test_the_recorded_answer_of_x_is_understood(office: Office) -> None:
    """The body X really sent for a code."""
    recorded = json.loads(shared("wire/x/errors/token_200_authorization_code.json").read_text("utf-8"))
    body = recorded.get("response", recorded).get("body", recorded)
    office.x.extra["/2/oauth2/token"] = (200, body)
    person = browser(office)
    setup = office.setup()
    await accounts.access(setup, "acme-x").sign_in(person, "browser")
    kept = accounts.writable(setup).sign_in("acme-x")
    assert kept is not None
    assert kept.access.reveal() == body["access_token"]
    assert kept.expires_at is not None


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 5}, {"access_token": None}])
async def test_an_answer_without_a_token_stores_nothing(office: Office, body: dict[str, object]) -> None:
    office.x.extra["/2/oauth2/token"] = (200, body)
    with pytest.raises(PlatformError):
        await accounts.access(office.setup(), "acme-x").sign_in(browser(office), "browser")
    assert accounts.writable(office.setup()).sign_in("acme-x") is None


async def test_no_token_code_or_secret_stands_in_an_address(office: Office) -> None:
    """Addresses end up in logs of servers and proxies."""
    await signed_in(office)
    await accounts.access(office.setup(), "acme-x").sign_out()
    assert office.x.asked
    assert [a.target for a in office.x.asked if "canary" in a.target] == []
