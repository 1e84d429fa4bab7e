"""Who we are on Facebook and Instagram: one wrong answer makes no stranger of us, and nobody else us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from facebook_station import START
from platform_rules import configured

from inbox.adapters import http
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Surface
from inbox.errors import Unavailable
from inbox.ports.platform import Adapter, Incoming
from inbox.ports.secrets import Secret

GRAM = "17841"


class WrongOnce:
    """A Page with one Instagram conversation; the first answer that `wrong` changes is a wrong one."""

    def __init__(self, wrong: Callable[[str, Any], Any]) -> None:
        self.wrong: Callable[[str, Any], Any] | None = wrong
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        good = self.body(request.url.path, request.url.params.get("fields", ""))
        said = self.wrong(request.url.path, good) if self.wrong else good
        if said != good:
            self.wrong = None
        return httpx.Response(200, json=said)

    def body(self, path: str, fields: str) -> Any:
        last = path.rpartition("/")[2]
        if last == "conversations":
            ours = {"id": GRAM, "username": "acme"}
            ann = {"id": "77", "username": "ann"}
            messages = [
                {
                    "id": f"m{n}",
                    "created_time": f"2026-11-20T11:0{n}:00+0000",
                    "from": by,
                    "to": {"data": [ours if by is ann else ann]},
                    "message": text,
                }
                for n, by, text in ((2, ours, "in the shop"), (1, ann, "where?"))
            ]
            whole = {
                "id": "t1",
                "updated_time": "2026-11-20T11:02:00+0000",
                "participants": {"data": [ann, ours]},
            }
            return {"data": [{**whole, "messages": {"data": messages}}]}
        page = {"id": "1001", "name": "Acme"}
        if "instagram" in fields:
            return {**page, "instagram_business_account": {"id": GRAM, "username": "acme"}}
        return page

    def adapter(self) -> Adapter:
        client = http.open_client("https://graph.facebook.com", httpx.MockTransport(self))
        account = configured(
            name="acme", platform="facebook", page_id="1001", surfaces=["messenger", "instagram"]
        )
        return PLATFORM.connect(account, client, Secret("t"), VirtualClock(START))


async def read(adapter: Adapter) -> list[Incoming]:
    return [
        m async for page in adapter.read(Surface.INSTAGRAM, None, START.replace(day=1)) for m in page.messages
    ]


async def test_an_answer_about_another_page_is_not_taken_for_ours() -> None:
    """Its id was asked for lists until a restart: every surface "no longer shows this"."""
    odd = WrongOnce(lambda path, good: {**good, "id": "1234"} if path.endswith("/1001") else good)
    adapter = odd.adapter()
    with pytest.raises(Unavailable):
        await adapter.identify()
    assert (await adapter.identify()).remote_id == "1001"
    await read(adapter)
    assert not any("1234" in path for path in odd.paths)


async def test_another_instagram_account_named_once_makes_no_customer_of_us() -> None:
    """Who is "us" was learned from one answer, and held until a restart."""

    def wrong(path: str, good: Any) -> Any:
        member = "instagram_business_account"
        return {**good, member: {"id": "77", "username": "ann"}} if member in good else good

    adapter = WrongOnce(wrong).adapter()
    await adapter.identify()
    with pytest.raises(Unavailable):
        await read(adapter)
    assert [(m.text, m.ours) for m in await read(adapter)] == [("in the shop", True), ("where?", False)]
