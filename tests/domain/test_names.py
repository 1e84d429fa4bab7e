"""A person is shown by something that can be seen."""

from __future__ import annotations

import pytest

from inbox.domain.model import Person
from inbox.domain.names import visible

BLANK = (
    "\u3164\u115f\u1160\uffa0\u2800\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202e\u2066\u034f\ufe0f"
    "\u180e\u17b4\u00a0\u3000\x07\U000e0041\U000e0101"
)


@pytest.mark.parametrize("name", [*BLANK, BLANK, " \u3164 \u200f", "\u2800\u2800", ""])
def test_a_name_of_which_nothing_is_seen_is_missing(name: str) -> None:
    """A blank column says nothing, and two of them are the same person to everybody."""
    assert visible(name) is None
    assert Person(name=name, handle="anna").label == "@anna"
    assert Person(name=name).label == "unknown"
    assert Person(name="Anna", handle=name).handle is None


@pytest.mark.parametrize(
    "name", ["Anna", "\u200fעדה", "\u3164x", "김", "👨\u200d👩\u200d👧", "°", "\u00ad7", "é", "e\u0301"]
)
def test_a_name_with_something_to_see_is_kept_as_it_is(name: str) -> None:
    """The original is never changed: it may be looked for."""
    assert Person(name=name).name == name


def test_names_of_an_older_store_are_looked_at_too() -> None:
    """They were stored before anybody looked."""
    import msgspec

    kept = msgspec.json.decode('{"name": "\u3164", "handle": "anna"}'.encode(), type=Person)
    assert (kept.name, kept.label) == (None, "@anna")
    assert msgspec.convert({"name": "\u2800"}, Person).label == "unknown"
