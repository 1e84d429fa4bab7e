"""What a broken or hostile X could answer, through the whole adapter."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import hostile
import httpx
import pytest
from x_answers import NOW, Platform, adapter_on, messages_of, pages_of, reply

from inbox.domain.model import Surface
from inbox.errors import PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.platform import Page


def cases(*kinds: str) -> list[Any]:
    return [pytest.param(record, id=record["name"]) for record in hostile.answers("x", *kinds)]


def answer_of(record: Mapping[str, Any]) -> Platform:
    if "body_b64" in record:
        raw = base64.b64decode(record["body_b64"])
    elif "parts" in record:
        raw = "".join(piece * times for piece, times in record["parts"]).encode("utf-8", "surrogatepass")
    else:
        raw = record["body"].encode("utf-8", "surrogatepass")
    return lambda _: httpx.Response(record["status"], headers=record["headers"], stream=httpx.ByteStream(raw))


@pytest.mark.parametrize("record", cases("list"))
async def test_f54_f58_f59_a_hostile_list_meets_what_is_expected_of_it(record: dict[str, Any]) -> None:
    """Each record says what must hold; the adapter's share of it is checked here."""
    expect = set(record["expect"])
    pages: list[Page] = []
    error: PlatformError | None = None
    try:
        async for page in adapter_on(answer_of(record)).read(Surface.MENTIONS, None, NOW - timedelta(days=1)):
            pages.append(page)  # noqa: PERF401  # what came before an error counts too
    except PlatformError as caught:
        error = caught
    messages = messages_of(pages)
    by_key = {m.key: m for m in messages}
    poison = [p for page in pages for p in page.poison]
    assert len(by_key) == len(messages)
    if expect & {"clear_error", "cursor_kept", "memory_bounded", "nothing_half_stored"}:
        assert isinstance(error, Unavailable | Refused)
        assert error.message
        assert error.next_step
        assert pages == []
    else:
        assert error is None
        assert pages[-1].complete
    if "others_ingested" in expect and "1001" in record.get("body", ""):
        assert {"1001", "1003"} <= set(by_key)
    if "poison_quarantined" in expect:
        assert len(poison) == 1
    if "id_exact" in expect:
        assert {"1900000000000000001", "../../x"} & set(by_key)
    if "shown_as_empty" in expect:
        assert by_key["1002"].text == ""
    if "time_unknown_marked" in expect:
        assert by_key["1002"].sent_at is None
    if "time_exact" in expect:
        assert by_key["1002"].sent_at == datetime(2030, 1, 1, 10, 0, 30, tzinfo=UTC)
    if "timer_sane" in expect and by_key["1002"].sent_at:
        assert by_key["1002"].sent_at + timedelta(days=400)
    if "not_shown_as_message" in expect:
        assert messages == []
    newest = pages[-1].cursor["mentions"] if pages and pages[-1].cursor else None
    if newest:
        assert newest in by_key or newest in "".join(p.raw for p in poison)


@pytest.mark.parametrize("record", cases("error"))
async def test_f62_a_hostile_error_text_is_quoted_harmlessly(record: dict[str, Any]) -> None:
    """Error texts are outside text, and platforms echo what they were sent."""
    with pytest.raises(Refused) as caught:
        await pages_of(adapter_on(answer_of(record)))
    assert caught.value.message.isprintable()
    assert "FAKE-SECRET" not in caught.value.message


@pytest.mark.parametrize("record", cases("rate"))
async def test_f10_f11_a_hostile_limit_neither_runs_hot_nor_sleeps_for_a_year(record: dict[str, Any]) -> None:
    """The wait is clamped to 5 seconds to 1 hour, or the default."""
    with pytest.raises(RateLimited) as caught:
        await pages_of(adapter_on(answer_of(record)))
    wait = caught.value.retry_at - NOW
    assert timedelta(seconds=5) <= wait <= timedelta(hours=1)
    expect = set(record["expect"])
    if "backoff_default" in expect:
        assert wait == timedelta(minutes=1)
    if "backoff_capped" in expect:
        assert wait == timedelta(hours=1)
    if "honours_date" in expect:
        assert caught.value.retry_at == datetime(2030, 1, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("record", cases("send"))
async def test_f15_f16_f18_f21_a_hostile_answer_to_a_send_is_never_called_failed(
    record: dict[str, Any],
) -> None:
    """What may have arrived is looked up, not sent again."""
    expect = set(record["expect"])
    sending = adapter_on(answer_of(record)).send(reply(), lambda: None)
    if "reconcile_tolerant" in expect:
        assert (await sending).remote_id == "5"
        return
    with pytest.raises(PlatformError) as caught:
        await sending
    allowed = (Uncertain,) if "unconfirmed_not_failed" in expect else (Uncertain, Refused)
    assert isinstance(caught.value, allowed)


@pytest.mark.parametrize("record", cases("page"))
async def test_f56_a_hostile_row_of_pages_ends(record: dict[str, Any]) -> None:
    """The records name no X token; in X's own form they are self-loops, two-cycles and endless empty pages."""
    tokens = itertools.cycle(json.loads(record["body"])["next"].split(">"))
    calls = 0

    def platform(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        meta = {"result_count": 1, "next_token": next(tokens)}
        return httpx.Response(200, json={"data": [{"id": "5", "text": "again"}], "meta": meta})

    pages = await pages_of(adapter_on(platform))
    assert calls <= 3
    assert [m.key for m in messages_of(pages)] == ["5"] * calls
    assert any("repeated" in note for page in pages for note in page.notes)
    assert pages[-1].complete
