"""What a platform is to the engine: the adapter of an account, and the records that pass between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from inbox.domain.records import Record, field

if TYPE_CHECKING:
    import httpx

    from inbox.config import model
    from inbox.domain.declarations import Declaration
    from inbox.ports.clock import Clock
    from inbox.ports.secrets import TokenSource
    from inbox.ports.sign_in import Authority

from inbox.domain.model import (
    Answerable,
    Attachment,
    Context,
    Deed,
    Person,
    Surface,
)
from inbox.domain.outbox import OutboxItem

POST_KEY = "post:"
"""Before the key of a post where comments have keys of their own kind: the two are numbered apart."""


class Incoming(Record, kw_only=True):
    """One message as an adapter understood it. `key` is the normalised remote id: equal for all spellings.

    `thread` names the conversation on the platform (BEHAVIOUR.md#surfaces). It is None for a post of ours
    whose conversation only the store can tell: then it joins the conversation of the message with key
    `parent`, and is left out while that is unknown. `contact` is the customer of the conversation, where this
    message tells. `deleted`: the platform says it is gone (only `key` counts then).
    """

    key: str
    remote_id: str
    surface: Surface
    thread: str | None
    author: Person
    ours: bool
    text: str
    sent_at: datetime | None
    parent: str | None = None
    """Key (normalised remote id) of the message or context this one answers."""
    contact: Person | None = None
    attachments: tuple[Attachment, ...] = ()
    edited_at: datetime | None = None
    deleted: bool = False
    url: str | None = None
    thread_url: str | None = None
    answerable: Answerable = Answerable()
    private: bool = False
    """A private answer of ours inside a public conversation, given in the platform's own app."""
    hidden: bool | None = None
    liked: bool | None = None
    """None where the platform does not tell: then what we did ourselves stands."""
    barred: tuple[Deed, ...] = ()
    same_second: tuple[str, ...] = ()
    """Keys of the messages with the same `sent_at` in the order of the platform's list, oldest first, this one among
    them. Empty where it is alone, or where the list gives no order and ids decide."""
    names: tuple[str, ...] = ()
    """Remote ids and names of the people whom a text of ours in a public thread tags."""
    notice: str = ""
    """The platform's own line for the staff: one of `AI_BEGINS`, `AI_ENDS`, `STAFF_NOTICE`; "" for a message."""
    edits_have_ids: bool = False
    """An edit gets another `remote_id` on the platform, so other words under the same one are no edit."""


def tombstone(key: str, remote_id: str, surface: Surface) -> Incoming:
    """What is no longer on the platform; only its key counts."""
    return Incoming(
        key=key,
        remote_id=remote_id,
        surface=surface,
        thread=None,
        author=Person(),
        ours=False,
        text="",
        sent_at=None,
        deleted=True,
    )


class Poison(Record, kw_only=True):
    """An item of a page that could not be understood: set aside, counted, never in the way of the others."""

    raw: str
    reason: str


class Gap(Record, kw_only=True):
    """A stretch of time of which the platform gives no more: messages in it may be missing here for good."""

    surface: Surface
    since: datetime | None
    until: datetime | None
    reason: str


class Listed(Record, kw_only=True):
    """What a list under one parent showed, so that the store can tell what it holds and the list lacks.

    `parent`: key of the conversation, or of the post above several. `keys` were shown. `since`: whatever is later
    than this would have been shown; None where the list was read to its end.
    """

    parent: str
    keys: frozenset[str]
    since: datetime | None = None


class Page(Record, kw_only=True):
    """One step of reading. `cursor` is stored in the same commit as the messages (None: leave the old one);
    it is opaque JSON of the adapter's, and `complete` says that this round has reached what was known."""

    messages: Sequence[Incoming] = ()
    context: Sequence[Context] = ()
    poison: Sequence[Poison] = ()
    cursor: Mapping[str, Any] | None = None
    complete: bool = False
    notes: Sequence[str] = ()
    """Things the agent should know of this round: fields that did not arrive, a wrong kind of token."""
    gaps: Sequence[Gap] = ()
    listed: Sequence[Listed] = ()
    """Lists to compare with the store: what they lack is asked for by id (`engine.deletions`)."""
    missing: Sequence[str] = ()
    """Keys of what answered "not there" in passing; proves nothing, is asked for by id."""


class Asked(Record, kw_only=True):
    """Something stored, to be asked for by its id. `thread`: the conversation's key on the platform; `parents`:
    remote ids of what it hangs under, the nearest first."""

    key: str
    remote_id: str
    thread: str = ""
    parents: tuple[str, ...] = ()


class Look(Record, kw_only=True):
    """What asking for a batch by id found; keys as in `Asked`. What is in none of the sets is undecided.

    `there`: the platform shows it. `deleted`: it said so in a way that proves a deletion (each adapter has a table).
    `with_parent`: not there, and what it hangs under is not there either, so it may be lost to us only.
    """

    there: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    with_parent: frozenset[str] = frozenset()
    unasked: frozenset[str] = frozenset()
    """What the limits left no call for: it is asked for again within the hour."""
    messages: Sequence[Incoming] = ()
    """As they are now, for edits; known by `remote_id`."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What they say now, by key, where an edit would have another id and nothing else was asked."""
    notes: Sequence[str] = ()


class Identity(Record, kw_only=True):
    """Who we are on the platform."""

    remote_id: str
    name: str | None = None
    handle: str | None = None


class Outgoing(Record, kw_only=True):
    """A reply handed to an adapter. `thread`, `surface` as in the conversation; `contact` the customer."""

    item: OutboxItem
    surface: Surface
    thread: str
    contact: Person
    last_in_at: datetime | None = None


class Receipt(Record, kw_only=True):
    """The platform took it: its id, its key as in `Incoming.key`, and its time where it told one."""

    remote_id: str
    key: str
    sent_at: datetime | None = None
    url: str | None = None
    note: str = ""
    """What the agent should know of how it was taken; goes into the history of the conversation."""


class Sightings(Record, kw_only=True):
    """Own messages that may be the reply whose outcome is unknown. `complete` is False when the look-up could
    not see everything since the attempt, so that absence proves nothing."""

    found: Sequence[Receipt]
    complete: bool


class Pace(Record, kw_only=True):
    """What the platform's limits leave: `remaining` of `limit` requests until `resets_at`, or nothing known.

    `resume_at` is set while nothing may be asked at all."""

    remaining: int | None = None
    limit: int | None = None
    resets_at: datetime | None = None
    resume_at: datetime | None = None
    percent_used: int | None = None


LOOK_BATCH = 100
"""Ids in one `AsksById.look`: what one call of X takes."""


class Adapter(Protocol):
    """One account on one platform. Never retries a write; reads may be retried by the caller.

    All methods raise the PlatformError family and nothing else for what the network or platform does.
    """

    async def identify(self) -> Identity:
        """Who the token belongs to. Called once before anything else; also tells a wrong kind of token."""

    def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        """What is new on `surface`, page by page, newest first. Without a cursor: everything since `since`."""

    def refresh(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """Read one conversation again, where that costs little; yields nothing where it does not."""

    async def send(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        """Send once. `on_wire` is called right before the first byte of the request leaves; until then every
        failure is Unavailable, AuthExpired or Refused, after it an unknown outcome is Uncertain."""

    async def find(self, outgoing: Outgoing, since: datetime) -> Sightings:
        """Own messages on the platform, at or after `since` minus clock skew, that can be this reply."""

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        """Do something to the message `outgoing.item.reply_to` (or the person `recipient`). Repeating it does
        no harm, so an unknown outcome may be Unavailable as well as Uncertain."""

    def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """The whole public thread around a conversation, as context; yields nothing where there is none."""

    def spent(self) -> Mapping[str, int]:
        """What was used since the last call of this, by the platform's own names ("post read": 100)."""

    def pace(self) -> Pace: ...

    def interval(self, surface: Surface) -> float:
        """Seconds between two reads of a surface that the limits allow in the long run."""

    async def aclose(self) -> None: ...


class Platform(Protocol):
    """What an entry point of the group `inbox.adapters` names: a module-level object of an adapter package.

    Importing it must not import httpx (start-up time); `connect` may.
    """

    interface: int
    """`INTERFACE` of the core it was written for; another one is refused when it is loaded."""
    declaration: Declaration
    """Surfaces, settings, words, prices: what the core asks without calling anything."""
    api_url: str
    """The platform's own base URL, used when the config names none."""
    deeds: Mapping[Surface, frozenset[Deed]]
    """What can be done to messages of a surface, besides answering."""

    def files(self, surface: Surface, *, private: bool) -> FileRule | None:
        """Which files may go with a reply; None where none may."""

    def profile(self, surface: Surface, person: Person) -> str | None:
        """The public page of a person in the browser; None where the platform tells apps none."""

    def connect(
        self, account: model.Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> Adapter: ...

    def authority(self, account: model.Account, clock: Clock) -> Authority:
        """Signing in. Importing what it needs may bring the network."""

    def length(self, text: str, surface: Surface, *, private: bool, account: model.Account) -> Length:
        """Count by the platform's own rule."""


class FileRule(Record, kw_only=True):
    """Files with a reply: how many at most, by media type the largest size in bytes, and which types go alone."""

    most: int
    sizes: Mapping[str, int]
    with_text: bool = True
    """False where one message takes either a text or files."""
    alone: frozenset[str] = frozenset()


@runtime_checkable
class LooksUp(Protocol):
    """An adapter that can fetch single posts by id."""

    def look_up(self, surface: Surface, remote_ids: Sequence[str]) -> AsyncIterator[Page]:
        """As context; what is deleted or protected as `Context.gone`."""


@runtime_checkable
class AsksById(Protocol):
    """An adapter that can say whether stored messages and posts still exist; of others nothing is looked at again."""

    async def look(self, surface: Surface, asked: Sequence[Asked]) -> Look:
        """Whether stored messages and posts are still there, at most `LOOK_BATCH` of them. Where limits come near
        or an answer says nothing, the rest is left undecided."""


@runtime_checkable
class AsksSingly(Protocol):
    """An adapter that needs one call for each stored message of some surfaces."""

    def asks_singly(self, surface: Surface) -> bool:
        """Whether this is one of them: only what is young is asked for daily there."""


class Heard(Record, kw_only=True):
    """What a platform told without being asked; the page has no cursor."""

    surface: Surface
    page: Page


@runtime_checkable
class Listens(Protocol):
    """An adapter that can be told, over a connection it holds open."""

    def listen(self, app: TokenSource) -> AsyncIterator[Heard]:
        """Until nobody listens; connects anew by itself. Raises the PlatformError family where that is of no
        use. Reading stays the truth: what is missed here is found there. `app`: the token of the app."""


@runtime_checkable
class Priced(Protocol):
    """A platform that charges for what is written."""

    def priced_as(self, text: str, surface: Surface, *, private: bool) -> str:
        """The name in `config.Prices` of a reply."""
        ...


class Presence(StrEnum):
    """What a customer may be shown of us: their message was seen, somebody writes, nobody does any more."""

    SEEN = "seen"
    TYPING = "typing"
    IDLE = "idle"


@runtime_checkable
class ShowsPresence(Protocol):
    """An adapter whose platform shows people that somebody is there."""

    async def show(self, presence: Presence, surface: Surface, contact: Person) -> None:
        """Show it to a person, where the account wants that. Raises the PlatformError family."""
        ...


class Length(Record, kw_only=True):
    """`used` of `limit`, in the platform's own unit; `valid_to` is the index in the text (in code points) up to
    which it fits."""

    used: int
    limit: int
    valid_to: int
    valid: bool = True
    """False where the platform refuses a character of the text, whatever its length."""

    @property
    def over(self) -> bool:
        return self.used > self.limit or (not self.valid and self.used > 0)
