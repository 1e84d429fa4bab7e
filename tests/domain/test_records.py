"""What the whole program takes for granted of a record."""

from __future__ import annotations

import pytest

from inbox.domain.records import Record, field, replace


class Parcel(Record, kw_only=True):
    number: str
    weight: int = 1
    stops: list[str] = field(default_factory=list)


class Letter(Record, kw_only=True):
    number: str
    weight: int = 1


def test_a_record_cannot_be_changed() -> None:
    """The desk, the screen and the store pass the same ones around."""
    parcel = Parcel(number="a")
    for change in (lambda: setattr(parcel, "weight", 3), lambda: delattr(parcel, "weight")):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(AttributeError):
        parcel.colour = "red"  # type: ignore[attr-defined]
    assert replace(parcel, weight=7) == Parcel(number="a", weight=7)
    assert parcel.weight == 1


def test_a_record_takes_nothing_but_its_fields() -> None:
    with pytest.raises(TypeError, match="Missing required argument 'number'"):
        Parcel()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field 'wieght'"):
        replace(Parcel(number="a"), wieght=7)  # type: ignore[call-arg]


def test_records_are_equal_by_their_fields_and_within_their_kind() -> None:
    """Undo, intake and the screen decide by it whether something is new."""
    assert Letter(number="a") == Letter(number="a") != Letter(number="b")
    assert len({Letter(number="a"), Letter(number="a"), Letter(number="b")}) == 2
    other = type("Letter", (Record,), {"__annotations__": {"number": "str"}})
    assert Letter(number="a") != other(number="a")


def test_two_records_share_no_list() -> None:
    assert Parcel(number="a").stops is not Parcel(number="a").stops
