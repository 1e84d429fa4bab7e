"""A platform of another package takes only its own accounts down, by name, whatever it raises and wherever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from e2e.conftest import Run, run, world  # noqa: F401  # fixtures

from engine.world import NOON, build, said
from inbox.config.file import parse
from inbox.config.model import ConfigError
from inbox.config.platforms import Found
from inbox.domain.model import Surface
from inbox.errors import Refused, Uncertain
from inbox.ports import platform as platform_ports
from inbox.ports.platform import Identity, Listed, Pace, Page
from inbox.wiring.foreign_platform import ForeignPlatform, guarded
from inbox.wiring.platforms import platform

CONFIG = """
agent = "tanja"
backfill = "3000d"   # the recordings are old; here they are to open
history = "3000d"
[[accounts]]
name = "town"
platform = "townsquare"
[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "{page}"
surfaces = ["messenger", "comments"]
api_url = "{url}"
"""

MODULES = {
    "raises at its import": "raise RuntimeError('canary-of-a-token')",
    "cannot be imported": "import a_package_nobody_has",
    "is no platform": "PLATFORM = object()",
    "raises in every call": """
from inbox.domain.model import Surface
from inbox.domain.declarations import Declaration, SurfaceRule
from inbox.domain.model import SurfaceKind
ROOM = SurfaceRule(id=Surface("square"), kind=SurfaceKind.DIRECT, title="talk in the square", sign="sq")
class P:
    interface = 1; declaration = Declaration(name="townsquare", title="Town", letter="t", surfaces=(ROOM,)); api_url = "https://town.example"; deeds = {}
    def __getattr__(self, name):
        if name.startswith("_"): raise AttributeError(name)
        raise KeyError("canary-of-a-token")
PLATFORM = P()
""",
    "raises when it reads": """
from inbox.ports import platform as ports
from inbox.domain.model import Surface
class A:
    async def identify(self): return ports.Identity(remote_id="1", name="Town", handle="town")
    async def read(self, *a, **k):
        raise ZeroDivisionError("canary-of-a-token")
        yield
    def spent(self): return {}
    def pace(self): return ports.Pace()
    def interval(self, surface): return 60.0
    async def aclose(self): raise OSError("canary-of-a-token")
from inbox.domain.declarations import Declaration, SurfaceRule
from inbox.domain.model import SurfaceKind
ROOM = SurfaceRule(id=Surface("square"), kind=SurfaceKind.DIRECT, title="talk in the square", sign="sq")
class P:
    interface = 1; declaration = Declaration(name="townsquare", title="Town", letter="t", surfaces=(ROOM,)); api_url = "https://town.example"; deeds = {}
    def connect(self, account, client, token, clock): return A()
    def authority(self, account, clock):
        from inbox.adapters.facebook import PLATFORM
        return PLATFORM.authority(account, clock)
    def files(self, surface, *, private): return None
    def profile(self, surface, person): return None
    def length(self, text, surface, *, private, account): return ports.Length(used=1, limit=2, valid_to=1)
PLATFORM = P()
""",
}


@pytest.fixture(params=MODULES, ids=lambda name: name.replace(" ", "-"))
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A package with an entry point, as another author would have it installed."""
    (tmp_path / "townsquare_inbox.py").write_text(MODULES[request.param], "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "townsquare_inbox", raising=False)
    point = EntryPoint("townsquare", "townsquare_inbox:PLATFORM", "inbox.adapters")

    def entry_points(**wanted: str) -> EntryPoints:
        return EntryPoints([point]).select(**wanted)

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    monkeypatch.setenv("INBOX_TOKEN_TOWN", "canary-of-a-token")
    platform.cache_clear()
    yield request.param
    platform.cache_clear()


def test_the_other_account_is_read_and_the_broken_one_is_named(installed: str, run: Run) -> None:  # noqa: F811
    """It ended the whole program: nothing was read of a healthy account."""
    status, told, err = run("sync", "--once", "--json")
    accounts = {one["account"]: one for one in told["accounts"]}
    assert status == 1
    assert accounts["acme-page"]["ok"] is True
    assert accounts["acme-page"]["new"] > 0
    assert "townsquare" in accounts["town"]["error"]["message"]
    assert accounts["town"]["error"]["next_step"]
    assert "canary" not in f"{told}{err}"
    _, queue, _ = run("queue", "--view", "all", "--json")
    assert {c["account"] for c in queue} == {"acme-page"}


@pytest.mark.parametrize(
    "setting", ['page_id = "1"', "enterprise = true", 'dialect = "post"', "human_agent = true"]
)
def test_settings_of_our_platforms_are_no_settings_of_others(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were taken there without a word, and did nothing."""
    monkeypatch.setattr("inbox.config.platforms.names", lambda: ["townsquare"])
    account = f'[[accounts]]\nname = "town"\nplatform = "townsquare"\n{setting}\n'
    with pytest.raises(ConfigError) as wrong:
        parse(account)
    assert any("is a setting of" in problem for problem in wrong.value.problems)


def test_check_and_accounts_go_on_too(installed: str, run: Run) -> None:  # noqa: F811
    """They are what somebody runs to find out."""
    run("sync", "--once")
    status, told, err = run("check", "--offline", "--json")
    assert status in (0, 1)
    assert "Traceback" not in err
    assert any("acme-page" in each["what"] for each in told)
    status, told, _ = run("accounts", "--json")
    assert {one["account"] for one in told} == {"town", "acme-page"}
    assert "canary" not in str(told)


class Faulty:
    """An adapter all of whose calls fail in a way of its own."""

    async def send(self, outgoing: object, on_wire: object) -> object:
        raise IndexError("canary")

    async def identify(self) -> object:
        raise AttributeError("canary")

    async def look_up(self, surface: object, ids: object) -> AsyncIterator[object]:
        yield "a page"
        raise KeyError("canary")

    def pace(self) -> object:
        raise TypeError("canary")


def test_what_an_adapter_raises_becomes_an_error_of_its_account() -> None:
    """A write leaves the outcome open: nobody knows how far it got."""
    adapter: Any = guarded("townsquare", Faulty())  # type: ignore[arg-type]  # it is faulty
    assert isinstance(adapter, platform_ports.LooksUp)
    assert not isinstance(adapter, platform_ports.ShowsPresence)
    with pytest.raises(Uncertain, match="townsquare"):
        asyncio.run(adapter.send(None, None))
    with pytest.raises(Refused, match="AttributeError in identify"):
        asyncio.run(adapter.identify())
    with pytest.raises(Refused):
        adapter.pace()

    seen: list[object] = []

    async def read() -> None:
        async for page in adapter.look_up(None, []):
            seen.append(page)  # noqa: PERF401 what came before the error counts

    with pytest.raises(Refused):
        asyncio.run(read())
    assert seen == ["a page"]


def test_a_question_of_the_screen_gets_a_plain_answer() -> None:
    """The length is asked for with every key: an exception there would end the screen."""
    wrong = SimpleNamespace(api_url="", deeds={}, length=lambda *a, **k: 1 / 0)
    platform = ForeignPlatform("townsquare", Found(platform=wrong))
    told = platform.length("Hello", Surface.MESSENGER, private=False, account=None)  # type: ignore[arg-type]
    assert (told.used, told.valid_to) == (5, 5)
    assert platform.files(Surface.MESSENGER, private=False) is None
    assert platform.priced_as("Hello", Surface.MESSENGER, private=False) is None


class ReadsOnly:
    """The least an adapter of another package offers: it reads, and a list of its lacks what is stored."""

    def __init__(self) -> None:
        self.lists = [Page(listed=[Listed(parent="0:7", keys=frozenset())], complete=True)]

    async def identify(self) -> Identity:
        return Identity(remote_id="1")

    async def read(self, *_: object) -> AsyncIterator[Page]:
        for page in self.lists:
            yield page

    def spent(self) -> dict[str, int]:
        return {}

    def pace(self) -> Pace:
        return Pace()

    def interval(self, surface: Surface) -> float:
        return 60.0

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize("wrapped", [True, False])
async def test_an_adapter_that_cannot_ask_by_id_is_read_and_never_looked_at_again(
    tmp_path: Path, wrapped: bool
) -> None:
    """It is an optional part of the interface: the words stay, nothing is hidden, and no error is reported."""
    small = build(tmp_path / "inbox")
    small.arrive(said("0", thread="0:7", at=NOON - timedelta(hours=1)))
    reads: Any = ReadsOnly()

    async def connect() -> Any:
        return guarded("townsquare", reads) if wrapped else reads

    small.reader.open_adapter = connect
    small.reader.recheck_for = timedelta(days=7)
    assert (await small.reader.round()).ok
    small.reader.deletions.said(Surface.MENTIONS, ["0"])
    small.clock.advance(2 * 24 * 3600)
    await small.reader.recheck()
    (stored,) = small.store.messages.of_conversation("acme-x:mentions:0:7")
    assert stored.stands
    (account,) = small.desk.accounts.health()
    assert (account.problem, account.notes) == (None, ())
    small.store.close()
