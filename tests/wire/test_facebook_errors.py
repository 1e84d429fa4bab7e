"""Facebook's error codes and usage headers become the right kind of error, with words and a next step."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.adapters import http
from inbox.adapters.facebook import errors
from inbox.adapters.facebook.usage import Usage
from inbox.domain.model import Surface
from inbox.errors import PlatformError, RateLimited
from inbox.ports.secrets import Secret

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = Secret("EAAGtokenOfAcme")


def explained(
    body: Any, *, write: bool = False, status: int = 400, headers: dict[str, str] | None = None
) -> PlatformError | None:
    usage = Usage()
    usage.note(headers or {}, NOW)
    answer = http.Answer(status, headers or {}, body, "json")
    return errors.explain(answer, write=write, now=NOW, token=TOKEN, usage=usage)


def error(code: int, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    members = {"code": code, "message": "said", **more}
    if subcode:
        members["error_subcode"] = subcode
    return {"error": members}


@pytest.mark.parametrize(
    ("code", "subcode", "read", "write"),
    [
        (190, None, "auth", "auth"),
        (190, 463, "auth", "auth"),
        (190, 467, "auth", "auth"),
        (190, 492, "auth", "auth"),
        (102, None, "auth", "auth"),
        (104, None, "auth", "auth"),
        (2500, None, "auth", "auth"),
        (1, None, "unavailable", "uncertain"),
        (2, None, "unavailable", "uncertain"),
        (1200, None, "unavailable", "uncertain"),
        (1, 1357046, "unavailable", "uncertain"),
        (506, 1455006, "refused", "uncertain"),
        (4, None, "rate_limited", "rate_limited"),
        (17, None, "rate_limited", "rate_limited"),
        (32, None, "rate_limited", "rate_limited"),
        (341, None, "rate_limited", "rate_limited"),
        (613, None, "rate_limited", "rate_limited"),
        (80001, None, "rate_limited", "rate_limited"),
        (80002, None, "rate_limited", "rate_limited"),
        (80006, None, "rate_limited", "rate_limited"),
        (613, 2018338, "refused", "refused"),
        (368, None, "refused", "refused"),
        (368, 999, "refused", "refused"),
        (10, 1893063, "refused", "refused"),
        (2022, None, "refused", "refused"),
        (10, 2018278, "refused", "refused"),
        (10, 2534022, "refused", "refused"),
        (10, 2018108, "refused", "refused"),
        (551, 1545041, "refused", "refused"),
        (200, 1545041, "refused", "refused"),
        (100, 2018001, "refused", "refused"),
        (100, 2534037, "refused", "refused"),
        (2018300, None, "refused", "refused"),
        (10, 2018300, "refused", "refused"),
        (2018321, None, "refused", "refused"),
        (100, 33, "refused", "refused"),
        (803, None, "refused", "refused"),
        (9000001, None, "refused", "refused"),
        (10900, None, "refused", "refused"),
        (10903, None, "refused", "refused"),
        (1705, None, "refused", "refused"),
        (12, None, "refused", "refused"),
        (3, None, "refused", "refused"),
        (10, None, "refused", "refused"),
        (200, None, "refused", "refused"),
        (299, None, "refused", "refused"),
        (100, None, "refused", "refused"),
        (424242, None, "refused", "refused"),
    ],
)
def test_each_code_has_its_kind_for_reads_and_writes(
    code: int, subcode: int | None, read: str, write: str
) -> None:
    """A wrong kind either sends twice or gives up what could be sent."""
    for is_write, kind in ((False, read), (True, write)):
        found = explained(error(code, subcode), write=is_write)
        assert found is not None
        assert found.kind == kind
        assert found.message
        assert found.next_step
        assert found.code == (f"{code}/{subcode}" if subcode else f"{code}")


@pytest.mark.parametrize(("code", "status"), [(1, 500), (2, 503), (1200, 200)])
def test_a_code_that_is_usually_passing_is_final_where_facebook_says_so(code: int, status: int) -> None:
    """Recorded: code 1 with `is_transient` false. Retrying it for ever helps nobody."""
    found = explained(error(code, is_transient=False), status=status, write=True)
    assert found is not None
    assert found.kind == "refused"


def test_the_documented_error_although_sent_is_uncertain_even_where_it_is_called_final() -> None:
    """1/1357046: the messages are sent although the call answers an error."""
    found = explained(error(1, 1357046, is_transient=False), write=True)
    assert found is not None
    assert found.kind == "uncertain"


def test_an_unknown_error_with_a_server_status_is_passing() -> None:
    """A write may have been taken."""
    assert explained(error(424242), status=500, write=True).kind == "uncertain"  # type: ignore[union-attr]
    assert explained(error(424242), status=500).kind == "unavailable"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "no code at all"}},
        {"error": "invalid_request", "error_description": "no code at all"},
        {"error_type": "OAuthException", "error_message": "no code at all"},
        {"error": {}},
    ],
)
def test_errors_without_a_code_are_errors_in_every_form(body: Any) -> None:
    """Three forms were recorded. With HTTP 200 on a write nothing is known for sure."""
    assert explained(body).kind == "refused"  # type: ignore[union-attr]
    assert explained(body, write=True, status=200).kind == "uncertain"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "error"},
        {"data": [{"message": "error code 190"}]},
        {"error": None},
        {"error": []},
        [],
        None,
        "error",
    ],
)
def test_a_customer_called_error_is_no_error(body: Any) -> None:
    """Errors are told by members, never by searching the text (trap 9)."""
    assert explained(body, status=200) is None


def test_the_missing_permission_is_named() -> None:
    """ "Missing permission" alone sends the agent guessing."""
    text = "(#200) Requires either pages_manage_engagement permission to manage the object"
    found = explained(error(200, message=text))
    assert found is not None
    assert "pages_manage_engagement" in found.message


def test_code_10_says_that_permissions_lapse() -> None:
    """After 90 days without use it looks like a permission that never was (trap 17)."""
    found = explained(error(10))
    assert found is not None
    assert "90 days" in found.next_step


def test_losing_the_role_says_that_a_new_sign_in_does_not_help() -> None:
    """190/492 looks like an expired token."""
    found = explained(error(190, 492))
    assert found is not None
    assert "role" in found.message
    assert "does not help" in found.next_step


def test_facebooks_words_are_cleaned_and_hold_no_token() -> None:
    """They are shown to the agent and written to the log."""
    said = f"bad token {TOKEN.reveal()} or EAAG-FAKE-SECRET-1 \x1b]0;T\x07 [/]"
    found = explained(error(424242, message=said))
    assert found is not None
    assert TOKEN.reveal() not in found.message
    assert "EAAG-FAKE-SECRET-1" not in found.message
    assert found.message.isprintable()


# -- limits ------------------------------------------------------------------------------------------------


def business(*entries: dict[str, Any]) -> dict[str, str]:
    return {"x-business-use-case-usage": json.dumps({"1": list(entries)})}


def test_a_throttled_call_waits_as_long_as_facebook_states() -> None:
    """Calls made meanwhile lengthen the wait."""
    headers = business(
        {"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 7},
        {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 23},
    )
    found = explained(error(80001), headers=headers)
    assert isinstance(found, RateLimited)
    assert found.retry_at == NOW + timedelta(minutes=23)


@pytest.mark.parametrize("minutes", [10**9, -5, 0, "soon", None, 1.5])
def test_a_throttled_call_waits_some_minutes_where_the_statement_is_nonsense(minutes: Any) -> None:
    """Neither hot nor a year (F11)."""
    headers = business({"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes})
    found = explained(error(80001), headers=headers)
    assert isinstance(found, RateLimited)
    assert NOW + timedelta(minutes=1) <= found.retry_at <= NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    "value", ["{call_count:1}", "", "[]", "null", "7", '{"call_count":"x"}', "[" * 5000, "\xff"]
)
def test_garbled_usage_headers_do_no_harm(value: str) -> None:
    """They come with every answer (F11, hostile usage-header-bad)."""
    usage = Usage()
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        usage.note({name: value}, NOW)
    assert usage.pace(NOW).percent_used is None
    assert usage.interval(Surface.MESSENGER, NOW) == 45


def test_reading_slows_down_from_three_quarters_and_stops_at_the_limit() -> None:
    """So that answers still go out when people write a lot."""
    usage = Usage()
    seconds = []
    for percent in (10, 75, 80, 99):
        usage.note({"x-app-usage": json.dumps({"call_count": percent})}, NOW)
        seconds.append(usage.interval(Surface.MESSENGER, NOW))
    assert seconds[0] == seconds[1] == 45
    assert 45 < seconds[2] < seconds[3] < 45 * 8.1
    assert usage.closed_until(NOW, write=False) is None
    usage.note({"x-app-usage": json.dumps({"total_time": 100})}, NOW)
    assert usage.closed_until(NOW, write=False) == NOW + timedelta(minutes=5)
    assert usage.closed_until(NOW, write=True) is None
    assert usage.closed_until(NOW + timedelta(minutes=6), write=False) is None


def test_messenger_is_not_slowed_by_what_the_posts_used_up() -> None:
    """The two limits are counted apart."""
    usage = Usage()
    usage.note(business({"type": "pages", "call_count": 95}), NOW)
    assert usage.interval(Surface.MESSENGER, NOW) == 45
    assert usage.interval(Surface.COMMENTS, NOW) > 180


def test_an_old_reading_no_longer_slows_us() -> None:
    """The header only comes after enough calls, so the last one could otherwise stand for ever."""
    usage = Usage()
    usage.note({"x-app-usage": '{"call_count": 95}'}, NOW)
    assert usage.interval(Surface.COMMENTS, NOW + timedelta(hours=2)) == 180


# -- 90 days -----------------------------------------------------------------------------------------------


class Lapsing(Secret):
    """A sign-in whose access to data ended an hour ago."""

    @property
    def data_access_until(self) -> datetime | None:
        return NOW - timedelta(hours=1)


@pytest.mark.parametrize("code", [10, 3, 200, 299])
def test_a_data_lapse_is_told_from_a_missing_permission(code: int) -> None:
    """Nothing has to be granted: a new sign-in of the same person is all (trap 17)."""
    answer = http.Answer(403, {}, error(code), "json")
    late = errors.explain(answer, write=False, now=NOW, token=Lapsing("EAAGtokenOfAcme"), usage=Usage())
    assert late is not None
    assert late.kind == "auth"
    assert "20 Nov 2026" in late.message
    assert "90 days" in late.message
    intime = errors.explain(answer, write=False, now=NOW, token=TOKEN, usage=Usage())
    assert intime is not None
    assert intime.kind == "refused"
    assert "permission" in intime.message


def test_a_closed_window_is_no_lapse() -> None:
    """Code 10 has many meanings; the subcode decides first."""
    answer = http.Answer(403, {}, error(10, 2018278), "json")
    found = errors.explain(answer, write=True, now=NOW, token=Lapsing("EAAGtokenOfAcme"), usage=Usage())
    assert found is not None
    assert found.kind == "refused"
    assert "24 hours" in found.message


def test_a_path_that_facebook_does_not_know_is_no_lost_sign_in() -> None:
    """The same code 2500 as a call without a token; signing in again would not help."""
    found = explained(error(2500, message="Unknown path components: /video_reels"))
    assert found is not None
    assert found.kind == "refused"


def test_a_missing_instagram_permission_is_named() -> None:
    """As those of the Page are."""
    said = error(200, message="(#200) Requires instagram_manage_messages permission")
    found = explained(said)
    assert found is not None
    assert "instagram_manage_messages" in found.message


@pytest.mark.parametrize(
    ("code", "subcode", "certain"),
    [
        (100, 33, "it was deleted, or this sign-in may not see it"),
        (803, None, "it was deleted, or this sign-in may not see it"),
        (9000001, None, "only of the 20 newest messages"),
        (100, 9000001, "only of the 20 newest messages"),
    ],
)
def test_nothing_is_called_deleted_that_may_only_be_out_of_sight(
    code: int, subcode: int | None, certain: str
) -> None:
    """One sentence of Facebook's stands for four causes, another withholds details of what exists (facts/facebook.md#4.1)."""
    found = explained(error(code, subcode))
    assert found is not None
    assert found.message.endswith((certain, f"{certain} of a conversation"))
    assert "browser" in found.next_step
