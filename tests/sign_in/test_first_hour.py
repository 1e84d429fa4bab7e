"""From nothing to an answered customer, with the README's commands: both platforms simulated over real HTTP, each
behind its own authorization server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbox.adapters import simkit
from inbox.adapters.facebook.sim import Simulator as FacebookSim
from inbox.adapters.twitter.sim import Simulator as XSim
from inbox.cli import main
from sign_in.conftest import Office, Run
from sign_in.platforms import Asked, Server

README = Path(__file__).resolve().parents[2] / "README.md"


class Guarded:
    """A platform as a whole: `guard` answers what is about signing in, the simulator everything else."""

    def __init__(self, guard: Server, sim: XSim | FacebookSim, token: Callable[[], str | None]) -> None:
        self.guard = guard
        self.sim = sim
        self.token = token

    async def handle(self, request: simkit.Request) -> simkit.Response:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        form = request.form if "form" in request.headers.get("content-type", "") else {}
        asked = Asked(request.method, request.path, request.path, request.params, form, scheme, credentials)
        if any(part in request.path for part in ("oauth", "/accounts", "debug_token", "permissions")):
            status, body = self.guard.answer(asked)
            return simkit.answer(status, body)
        self.sim.token = self.token() or "nobody's"
        return await self.sim.handle(request)


@contextmanager
def in_a_thread(platform: Guarded) -> Iterator[str]:
    """On a loop of its own: commands run loops of theirs."""
    ready, done, url = threading.Event(), asyncio.Event(), ""
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        nonlocal url
        async with simkit.loopback(platform) as url:
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(5)
        loop.close()


@pytest.fixture
def sims(office: Office) -> Iterator[tuple[XSim, FacebookSim]]:
    """The office's platforms, with people on them."""

    def now() -> datetime:
        return datetime.now(UTC)

    x = XSim(now)
    facebook = FacebookSim(now, page_id="1001", token="canary-fb-page-1001")
    with (
        in_a_thread(Guarded(office.x, x, lambda: office.x.access)) as office.x_url,
        in_a_thread(
            Guarded(office.facebook, facebook, lambda: office.facebook.page_token)
        ) as office.facebook_url,
    ):
        yield x, facebook


def to_loopback(office: Office) -> None:
    """The one thing that is not in the README: these platforms are on this machine."""
    text = office.config.read_text("utf-8")
    for platform, url, page in (
        ("twitter", office.x_url, "/i/oauth2/authorize"),
        ("facebook", office.facebook_url, "/v25.0/dialog/oauth"),
    ):
        mine = (
            f'platform = "{platform}"\napi_url = "{url}"\nauth_url = "{url}{page}"\n'
            f"redirect_ports = {office.ports}\n"
        )
        text = text.replace(f'platform = "{platform}"\n', mine)
    office.config.write_text(
        text.replace("[vault]\n", f'[vault]\nkind = "file"\npassphrase_file = "{office.folder}/passphrase"\n')
        .replace("#hold_public = ", "hold_public = ")
        .replace('hold_public = "10s"', 'hold_public = "0s"'),
        "utf-8",
    )


def test_the_readmes_commands_lead_from_nothing_to_an_answer(
    office: Office,
    sims: tuple[XSim, FacebookSim],
    run: Run,
    shown: Callable[[], str],
) -> None:
    """init, login, check, sync, queue, reply; then the sign-in dies, and the reply waits for the next one."""
    x, facebook = sims
    for command in ("inbox init", "inbox login ACCOUNT", "inbox check"):
        assert command in README.read_text("utf-8")
    office.config.unlink()
    anna = x.user("Anna", "anna")
    post = x.post(anna, "@acme where is my parcel?", at=datetime.now(UTC) - timedelta(minutes=5))
    facebook.world.writes(
        facebook.world.person("Ben"), "Are you open?", at=datetime.now(UTC) - timedelta(minutes=9)
    )

    assert run("init", "--agent", "tanja", "--timezone", "UTC", "--hours", "00:00-24:00", "--x", "acme-x",
               "--x-client-id", office.x.client_id, "--facebook", "acme-page",
               "--facebook-app-id", office.facebook.app_id)[0] == 0  # fmt: skip
    to_loopback(office)
    assert run("check", "--offline")[0] == 0, "that nobody is signed in yet is a note"
    status, out, err = run("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])
    assert (status, out) == (0, "acme-x is signed in as @acme.\n"), err
    office.facebook.pages = {"1001": "Acme"}
    status, out, err = run(
        "login", "acme-page", "--paste",
        typed=["canary-fb-app-secret", lambda: office.facebook.agree(shown())],
    )  # fmt: skip
    assert (status, out) == (0, "acme-page is signed in as Page 1001.\n"), err
    status, out, err = run("sync", "--once", "--json")
    assert (status, [a["ok"] for a in json.loads(out)["accounts"]]) == (0, [True, True]), out + err
    queue = json.loads(run("queue", "--json")[1])
    assert {c["contact"]["name"] for c in queue} == {"Anna", "Ben"}

    # the sign-in is withdrawn on the platform: one clear line, and the reply stays in the outbox
    office.x.access = office.x.refresh = None
    conversation = next(c["id"] for c in queue if c["contact"]["name"] == "Anna")
    status, out, _ = run("reply", conversation, "--text", "It left today.", "--wait", "--json")
    item = json.loads(out)
    assert item["state"] == "held", item
    _, _, err = run("sync", "--once")
    assert err.count("acme-x") == 1
    assert "Sign in again" in err
    assert x.accepted == []

    # a new sign-in, and it leaves, once (by itself within two minutes; here the agent does not wait)
    run("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])
    assert run("outbox", "retry", item["id"])[0] == 0
    assert run("sync", "--once")[0] == 0
    assert [(a.target, a.text) for a in x.accepted] == [(post, "It left today.")]


def test_a_renewal_in_the_middle_is_not_noticed(
    office: Office,
    sims: tuple[XSim, FacebookSim],
    run: Run,
    shown: Callable[[], str],
) -> None:
    """Every two hours, also between claiming a reply and sending it."""
    x, _ = sims
    office.configure(more='[service]\ntimezone = "UTC"\nhours = { daily = ["00:00-24:00"] }\n')
    post = x.post(x.user("Anna", "anna"), "@acme hello?", at=datetime.now(UTC) - timedelta(minutes=5))
    run("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])
    run("sync", "--once")
    (conversation,) = json.loads(run("queue", "--json")[1])
    office.x.access = "withdrawn early"
    status, out, err = run("reply", conversation["id"], "--text", "Hello Anna!", "--wait", "--json")
    assert (status, json.loads(out)["state"]) == (0, "sent"), err
    assert [a.target for a in x.accepted] == [post]
    assert office.x.refreshed == 1


def test_help_names_what_the_first_hour_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["login", "--help"])
    out = capsys.readouterr().out
    for word in ("--paste", "--device", "--token", "--app-secret", "ssh"):
        assert word in out
