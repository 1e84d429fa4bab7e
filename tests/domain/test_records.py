"""Records are made late, and nobody may notice."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError, field
from typing import Any

import msgspec
import pytest

from inbox.domain.records import dataclass


def two_of_a_kind(decorate: Any) -> type:
    @decorate(frozen=True, slots=True, kw_only=True)
    class Parcel:
        """A parcel."""

        number: str
        weight: int = 1
        stops: list[str] = field(default_factory=list, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "number", self.number.upper())

    return Parcel


@pytest.fixture(params=["first use", "already used"])
def parcel(request: pytest.FixtureRequest) -> type:
    made = two_of_a_kind(dataclass)
    if request.param == "already used":
        made(number="z")
    return made


def test_a_record_behaves_like_the_dataclass_it_stands_for(parcel: type) -> None:
    """Whatever is asked of it first."""
    original = two_of_a_kind(dataclasses.dataclass)
    for ask in (repr, hash, lambda p: p == type(p)(number="A", stops=["x"]), dataclasses.asdict):
        fresh = two_of_a_kind(dataclass)
        assert ask(msgspec.convert({"number": "a"}, fresh)) == ask(msgspec.convert({"number": "a"}, original))
    assert [f.name for f in dataclasses.fields(parcel)] == ["number", "weight", "stops"]
    assert dataclasses.replace(parcel(number="a"), weight=7) == parcel(number="a", weight=7)
    assert parcel(number="a").stops is not parcel(number="a").stops
    assert not hasattr(parcel(number="a"), "__dict__")


def test_a_record_refuses_wrong_arguments_and_changes(parcel: type) -> None:
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'number'"):
        parcel()
    with pytest.raises(FrozenInstanceError):
        parcel(number="a").weight = 3
    with pytest.raises(FrozenInstanceError):
        del parcel(number="a").weight


def test_records_of_different_kinds_are_never_equal() -> None:
    assert two_of_a_kind(dataclass)(number="a") != two_of_a_kind(dataclass)(number="a")


def test_a_record_that_was_not_used_has_compiled_nothing() -> None:
    """The reason for all this: what is not needed before the first frame costs nothing there."""
    made = two_of_a_kind(dataclass)
    before = made.__init__
    made(number="a")
    assert made.__init__ is not before
