"""What the composer tells beside the text: what sending costs, and to the customer that somebody writes."""

from __future__ import annotations

import pytest

from inbox.domain.model import Conversation
from inbox.engine.desk.desk import Desk
from inbox.ports.platform import Presence
from ui.conftest import Opens, Seen

PRICES = {"reply": 0.01, "link": 0.2}


def priced(desk: Desk) -> None:
    """X charges for posts, and much more for one with a link; Facebook charges nothing."""

    def priced_as(conversation: Conversation, text: str, private: bool) -> str | None:
        if conversation.platform != "twitter":
            return None
        return "link" if "https://" in text else "reply"

    desk.workplace.platforms.priced_as, desk.workplace.platforms.prices = priced_as, PRICES


def shown_to_customers(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Presence]]:
    found: list[tuple[str, Presence]] = []
    monkeypatch.setattr(seen.session, "show_presence", lambda cid, presence: found.append((cid, presence)))
    return found


async def test_what_a_reply_costs_stands_at_the_send_key_and_follows_the_text(opens: Opens) -> None:
    """On X a link makes a reply twenty times dearer; who knows it before sending can leave it out."""
    async with opens(size=(80, 24)) as seen:
        seen.desk(priced)
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo")
        assert "5 / 280 · 0.01 USD" in seen.text
        await seen.type(" https://acme.example/x")
        assert "28 / 280 · 0.20 USD" in seen.text


async def test_where_nothing_is_charged_no_price_stands(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.desk(priced)
        seen.select("Renate Vogt")
        await seen.press("r")
        await seen.type("Hallo")
        assert "5 / 10000" in seen.text
        assert "USD" not in seen.text


async def test_a_customer_sees_that_somebody_reads_writes_and_leaves(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the account wants it, and how often it is worth a request, the engine decides."""
    async with opens(size=(80, 24)) as seen:
        found = shown_to_customers(seen, monkeypatch)
        await seen.press("j", "k")
        assert found == [], "the cursor passes by; nobody has read anything"
        cid = seen.select("Renate Vogt")
        await seen.press("enter", "r")
        assert found == [(cid, Presence.SEEN)]
        await seen.type("Hallo")
        await seen.until(lambda: len(found) > 1)
        assert set(found[1:]) == {(cid, Presence.TYPING)}
        assert len(found) < 4, "once for what is saved together, not at every key"
        await seen.press("escape")
        assert found[-1] == (cid, Presence.IDLE)


async def test_a_draft_that_is_looked_at_is_not_writing(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens(size=(80, 24)) as seen:
        found = shown_to_customers(seen, monkeypatch)
        seen.select("Oliver Brandt")
        await seen.press("r")
        assert "die Fotos bitte hier im Chat" in seen.text
        assert Presence.TYPING not in [presence for _, presence in found]


async def test_a_note_is_nobodys_business(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    """A customer who sees us write waits for an answer that a note is not."""
    async with opens(size=(80, 24)) as seen:
        found = shown_to_customers(seen, monkeypatch)
        seen.select("Renate Vogt")
        await seen.press("c")
        await seen.type("Chef fragen")
        await seen.press("escape")
        assert {presence for _, presence in found} <= {Presence.SEEN}
