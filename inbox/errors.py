"""The one family of errors.

    PlatformError
    ├── Unavailable        nothing was accepted, try later (refused, DNS, TLS; on reads also 5xx, timeouts, HTML)
    ├── RateLimited        not accepted; `retry_at` says when
    ├── AuthExpired        sign in again
    ├── Refused            final for this request: permission, window, gone, duplicate of a read, bad request
    └── Uncertain          writes only: the outcome is unknown; never resend by itself
    StoreError
    ├── Damaged            a file that cannot be trusted was set aside
    ├── Unreadable         nothing can be read of it, and there is no backup: a person has to decide
    ├── StoreFull          nothing was written
    ├── StoreBusy          another process has it just now
    └── LeaseLost          another process reads and sends now: this one stood still
    Conflict               somebody else changed it meanwhile
    UsageError             the command line or its environment asks for something that does not exist

Every error carries `message` (what happened, cleaned of tokens) and `next_step` (what the agent can do).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class PlatformError(Exception):
    """Something between us and a platform went wrong. `kind` is the stable word used in JSON and logs."""

    kind = "error"

    def __init__(self, message: str, *, next_step: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.code = code
        """The platform's own code ("190/463", "403 duplicate"), for the log."""

    retry_at: datetime | None = None


class Unavailable(PlatformError):
    kind = "unavailable"


class RateLimited(PlatformError):
    kind = "rate_limited"

    def __init__(
        self, message: str, *, retry_at: datetime, next_step: str = "", code: str | None = None
    ) -> None:
        super().__init__(message, next_step=next_step, code=code)
        self.retry_at = retry_at


class AuthExpired(PlatformError):
    kind = "auth"


class Refused(PlatformError):
    kind = "refused"


NOT_SUMMONED = "not summoned"
"""End of the code of a Refused that says: the platform takes no reply to this very message through its API, because
its author did not call us."""


class Uncertain(PlatformError):
    kind = "uncertain"


class StoreError(Exception):
    """The store could not do what was asked; the message says what to do."""

    passing = False
    """Whether it may well work a little later without anybody's doing: a full disk, somebody else's lock."""


class Damaged(StoreError):
    pass


class Unreadable(StoreError):
    pass


class StoreFull(StoreError):
    passing = True


class StoreBusy(StoreError):
    """Somebody else has it now."""

    passing = True


class LeaseLost(StoreError):
    """Whoever had the lease of the store stood still, and somebody else goes on for it."""

    passing = True


class Conflict(Exception):
    """`current` is what stands there now."""

    def __init__(self, current: object, message: str) -> None:
        super().__init__(message)
        self.current = current


class UsageError(Exception):
    """The words of a command line or of its environment do not fit; the text says what to write."""

    spoken = False
    """Whether the text is in the agent's language already."""
