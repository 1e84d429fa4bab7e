"""What every record is: frozen, slotted, made in C.

`dataclasses` writes and compiles six methods for every class it is given, 0.3 to 1 ms each; msgspec makes the class of
a record in 30 µs, and it is what reads and writes the stored documents anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, dataclass_transform

from msgspec import Struct, field
from msgspec.structs import force_setattr as put

if TYPE_CHECKING:
    from dataclasses import replace  # the type checker knows which fields of a record it may be given
else:
    from msgspec.structs import replace

__all__ = ["Record", "field", "put", "replace"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(Struct, frozen=True):
    """`class Wait(Record, kw_only=True)`. Equal are records of one class with equal fields, and each field is shown in
    the `repr`: what must stay secret is no field of a record but a `ports.Secret`."""
