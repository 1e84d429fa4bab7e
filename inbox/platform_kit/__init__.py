"""The public interface for platforms of other packages: everything such a package imports from the inbox.

A package names a `Platform` object as an entry point of the group `inbox.adapters`. `INTERFACE` is the version of this
page: the object's `interface` has to be the same number, else the platform is refused when it is loaded, with one line
that says which of the two to update. How to write one: `inbox help platforms`; an example: `tests/example_platform/`.

`Surface("toots")` makes the id of a surface. Whatever a platform raises takes only its own accounts down; it should raise
the `PlatformError` family, whose classes say whether the core waits, tries again or asks the agent.
"""

from __future__ import annotations

from inbox.config.platforms import INTERFACE
from inbox.domain.declarations import Declaration, Question, SurfaceRule, Window
from inbox.domain.model import Answerable, Attachment, Context, Deed, Person, Surface, SurfaceKind
from inbox.domain.records import Record, field
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.clock import Clock
from inbox.ports.platform import (
    Adapter,
    AsksById,
    AsksSingly,
    FileRule,
    Gap,
    Heard,
    Identity,
    Incoming,
    Length,
    Listed,
    Listens,
    Look,
    LooksUp,
    Outgoing,
    Pace,
    Page,
    Platform,
    Poison,
    Presence,
    Priced,
    Receipt,
    ShowsPresence,
    Sightings,
    tombstone,
)
from inbox.ports.secrets import Secret, TokenSource
from inbox.ports.sign_in import Authority, Dialogue, Permission, SignIn, TokenCheck, Way

__all__ = [
    "INTERFACE",
    "Adapter",
    "Answerable",
    "AsksById",
    "AsksSingly",
    "Attachment",
    "AuthExpired",
    "Authority",
    "Clock",
    "Context",
    "Declaration",
    "Deed",
    "Dialogue",
    "FileRule",
    "Gap",
    "Heard",
    "Identity",
    "Incoming",
    "Length",
    "Listed",
    "Listens",
    "Look",
    "LooksUp",
    "Outgoing",
    "Pace",
    "Page",
    "Permission",
    "Person",
    "Platform",
    "PlatformError",
    "Poison",
    "Presence",
    "Priced",
    "Question",
    "RateLimited",
    "Receipt",
    "Record",
    "Refused",
    "Secret",
    "ShowsPresence",
    "Sightings",
    "SignIn",
    "Surface",
    "SurfaceKind",
    "SurfaceRule",
    "TokenCheck",
    "TokenSource",
    "Unavailable",
    "Uncertain",
    "Way",
    "Window",
    "field",
    "tombstone",
]
