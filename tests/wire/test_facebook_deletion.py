"""What Facebook must answer for an id to count as naming nothing: everything else proves nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inbox.adapters.facebook import deletion
from inbox.adapters.facebook.errors import Gone
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable


@pytest.mark.parametrize("code", ["100/33", "803", "803/1"])
def test_an_id_that_names_nothing_may_be_deleted(code: str) -> None:
    """One sentence for four causes: the caller needs the list beside it, and a second look."""
    assert deletion.may_be_deleted(Gone("gone", next_step="", code=code))


@pytest.mark.parametrize(
    "error",
    [
        *(Gone("withheld", next_step="", code=code) for code in ("9000001", "100/9000001", "100", "", "33")),
        *(
            Refused("no", next_step="", code=code)
            for code in (
                "100/33",
                "803",
                "100",
                "10",
                "3",
                "200",
                "283",
                "299",
                "21",
                "100/21",
                "1705",
                "2500",
            )
        ),
        AuthExpired("token", next_step="", code="190"),
        AuthExpired("session", next_step="", code="102"),
        RateLimited("slow", retry_at=datetime(2026, 11, 30, tzinfo=UTC), code="80001"),
        Unavailable("trouble", next_step="", code="1"),
        Unavailable("trouble", next_step="", code="2"),
    ],
    ids=lambda error: f"{type(error).__name__}-{error.code}",
)
def test_permissions_trouble_and_withheld_details_prove_nothing(error: PlatformError) -> None:
    """Details of older messages are withheld with the words "has been deleted" (9000001)."""
    assert not deletion.may_be_deleted(error)


def test_only_two_answers_of_the_table_count_and_only_with_a_control() -> None:
    """A code that is added to the table proves nothing until somebody says so."""
    proofs = {code for code, (proof, *_) in deletion.ANSWERS.items() if proof != deletion.NEVER}
    assert proofs == {"100/33", "803"}
