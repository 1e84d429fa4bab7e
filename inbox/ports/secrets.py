"""A token that never appears in text, and where the next one comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol


class TokenSource(Protocol):
    """The token of one account, as it is at the moment of a request. Belongs to one event loop."""

    @property
    def app_secret(self) -> Secret | None:
        """The secret of the app the token was made for, where it is on hand."""
        ...

    @property
    def data_access_until(self) -> datetime | None:
        """Facebook: when calls for data fail although the token lives; None where that is not known."""
        ...

    async def token(self) -> Secret:
        """For the next request. Raises AuthExpired, Unavailable."""
        ...

    async def renew(self, refused: Secret) -> Secret | None:
        """After the platform refused `refused` with 401: another token to try, once; None where there is none.
        Raises AuthExpired, Unavailable."""
        ...

    def hidden(self) -> Sequence[Secret]:
        """What an error message must not repeat."""
        ...


class Secret:
    """A token. Text forms show `***`; `reveal()` is called where a header is made and nowhere else. No record: those
    show all their fields, and can be written.

    It is a TokenSource as well: one that never changes.
    """

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "keyring") -> None:
        self._value: Final = value
        self.source: Final = source

    def reveal(self) -> str:
        return self._value

    @property
    def fits_a_header(self) -> bool:
        """Whether it can be sent at all: visible ASCII, and not empty."""
        return bool(self._value) and all("!" <= sign <= "~" for sign in self._value)

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return f"Secret(source={self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._value, self.source) == (other._value, other.source)

    def __hash__(self) -> int:
        return hash((self._value, self.source))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")

    @property
    def app_secret(self) -> Secret | None:
        return None

    @property
    def data_access_until(self) -> datetime | None:
        return None

    async def token(self) -> Secret:
        return self

    async def renew(self, refused: Secret) -> Secret | None:
        return None

    def hidden(self) -> Sequence[Secret]:
        return (self,)
