"""The same sign-in as on the command line, through the screen and its window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from inbox.cli.screen import signing
from inbox.engine.session import Session
from inbox.ui.app import InboxApp
from inbox.ui.windows.sign_in import SignInScreen
from inbox.wiring import accounts
from inbox.wiring import open as wiring
from sign_in.conftest import Office

APP_SECRET = "canary-fb-app-secret"


async def until(app: InboxApp, so: Callable[[SignInScreen], object]) -> SignInScreen:
    for _ in range(1500):
        if isinstance(app.screen, SignInScreen) and so(app.screen):
            return app.screen
        await asyncio.sleep(0.003)
    raise AssertionError(app.screen)


async def give(app: InboxApp, pilot: Pilot[None], text: str) -> None:
    window = await until(app, lambda w: w._answer is not None)
    window.field.value = text
    assert text not in seen(app) or not window.field.password
    await pilot.press("enter")


def seen(app: InboxApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_a_page_is_signed_in_from_the_screen_and_no_secret_is_drawn(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the palette's command to the stored token of the Page, against a platform on this machine."""
    office.configure(facebook="")
    setup = office.setup()
    session = Session(lambda: wiring.open_desk(setup), None, setup.clock)
    read: list[bool] = []
    monkeypatch.setattr(session, "read_now", lambda: read.append(True))
    app = InboxApp(
        session,
        agent=setup.agent,
        zone=setup.zone,
        hours=setup.timers.hours,
        config=setup.config,
        signing=signing(setup),
        strict=True,
    )
    shots = []
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            while app.main.context.figures is None:
                await asyncio.sleep(0.003)
            await pilot.press("I", *"page", "enter")
            window = await until(app, lambda w: w._chosen is not None)
            assert "read and answer Messenger conversations" in window.told.plain
            await pilot.press("1")  # no browser here, so pasting comes first
            await give(app, pilot, APP_SECRET)
            window = await until(app, lambda w: w.address)
            shots.append(seen(app))
            assert window.address is not None
            await give(app, pilot, office.facebook.agree(window.address))
            window = await until(app, lambda w: w._chosen is not None or w._over)
            if window._chosen is not None:
                await pilot.press("1")
                window = await until(app, lambda w: w._over)
            shots.append(seen(app) + window.told.plain)
            assert "acme-page is signed in as Page 1001." in window.told.plain
            await pilot.press("enter")
            shots.append(seen(app))
    finally:
        session.close()
    assert read == [True]
    kept = accounts.writable(office.setup()).sign_in("acme-page")
    assert kept is not None
    assert kept.access.reveal() == "canary-fb-page-1001"
    assert "canary" not in "".join(shots)
    assert b"canary" not in office.written()
