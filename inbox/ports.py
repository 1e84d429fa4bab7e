"""What the engine needs from outside: platforms, a store, secrets, a clock. What goes wrong there: `errors`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from inbox.domain.records import Record, field

if TYPE_CHECKING:
    import httpx

    from inbox import config
    from inbox.domain.statistics import Automatic, Closed, PassedOn, Wait
    from inbox.signing_in import Authority, SignIn

from inbox.domain.model import (
    Answerable,
    Attachment,
    Context,
    Conversation,
    Deed,
    Draft,
    Event,
    Message,
    Person,
    Surface,
)
from inbox.domain.outbox import OutboxItem
from inbox.domain.queue import Scope

# -- platforms ---------------------------------------------------------------------------------------------


POST_KEY = "post:"
"""Before the key of a post where comments have keys of their own kind: the two are numbered apart."""


class Incoming(Record, kw_only=True):
    """One message as an adapter understood it. `key` is the normalised remote id: equal for all spellings.

    `thread` names the conversation on the platform (product.md section 2). It is None for a post of ours
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


# -- clock, secrets ----------------------------------------------------------------------------------------


class Platform(Protocol):
    """What an entry point of the group `inbox.adapters` names: a module-level object of an adapter package.

    Importing it must not import httpx (start-up time); `connect` may.
    """

    name: str
    surfaces: Sequence[Surface]
    """In the order in which they are read. All of them, unless the config names a choice."""
    api_url: str
    """The platform's own base URL, used when the config names none."""
    deeds: Mapping[Surface, frozenset[Deed]]
    """What can be done to messages of a surface, besides answering."""

    def files(self, surface: Surface, *, private: bool) -> FileRule | None:
        """Which files may go with a reply; None where none may."""

    def profile(self, surface: Surface, person: Person) -> str | None:
        """The public page of a person in the browser; None where the platform tells apps none."""

    def connect(
        self, account: config.Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> Adapter: ...

    def authority(self, account: config.Account, clock: Clock) -> Authority:
        """Signing in. Importing what it needs may bring the network."""

    def length(self, text: str, surface: Surface, *, private: bool, account: config.Account) -> Length:
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


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Vault(Protocol):
    """Tokens by account name. `source` says where one came from, for `accounts` and `check`."""

    def token(self, account: str) -> Secret | None: ...


@runtime_checkable
class WritableVault(Vault, Protocol):
    """A vault that also keeps what an account is signed in with. All methods block and raise VaultError, which
    is a PlatformError."""

    def given(self, account: str) -> str | None:
        """The read-only place the token comes from (environment, systemd credentials), or None."""
        ...

    def app_secret(self, account: str) -> Secret | None:
        """The secret of the account's app, where a read-only place holds it."""
        ...

    def put(self, account: str, secret: Secret) -> None: ...
    def forget(self, account: str) -> bool: ...
    def keyring_name(self) -> str:
        """What the secrets lie in, in words."""
        ...

    def sign_in(self, account: str) -> SignIn | None: ...
    def keep(self, account: str, sign_in: SignIn) -> None:
        """Durable, and read back, when it returns."""
        ...


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


# -- store -------------------------------------------------------------------------------------------------


class Health(Record, kw_only=True):
    ok: bool
    findings: Sequence[str]
    facts: Mapping[str, str]


class WaitingFigures(Record, kw_only=True):
    """How many open conversations wait, how many of them are past their due time, since when the first."""

    waiting: int
    breached: int
    oldest: datetime | None


class Store(Protocol):
    """Documents, durable when a call returns (or when the outermost `transaction` ends).

    One handle belongs to one thread; several handles and several processes may work on one store. The rules
    live in the engine: a use case opens a transaction, loads, applies a rule and puts back.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over every document kind. Nestable: the outermost one commits. Takes the write lock
        at once, so what is read inside cannot change before it is put back."""

    # conversations; every put bumps `version` and the change number
    def conversation(self, cid: str) -> Conversation | None: ...
    def conversations(self, cids: Sequence[str]) -> list[Conversation]:
        """In the order asked; unknown ids are left out."""

    def put_conversation(self, conversation: Conversation) -> Conversation:
        """Returns it with its new version."""

    def delete_conversation(self, cid: str) -> None:
        """Forget a head (its messages have gone elsewhere or are erased)."""

    def order(self, scope: Scope, *, now: datetime, limit: int | None = None) -> list[str]:
        """Conversation ids in queue order (product.md section 4): waiting ones by effective deadline, then the
        rest by newest message, ties by id. Uses an index; never reads documents it does not need."""

    def counts(self, scopes: Mapping[str, Scope], *, now: datetime) -> dict[str, int]:
        """How many conversations each scope holds; one with words or tests is counted up to `MANY` + 1."""

    def waiting_figures(self, now: datetime) -> WaitingFigures: ...
    def turns_at(self, now: datetime) -> datetime | None:
        """When order, counts or figures are next others though nobody writes: a snooze ends, a deadline or a reply
        window passes."""

    def automatic(self, since: datetime) -> Iterable[Automatic]:
        """Messages of ours since then that no person wrote."""
        ...

    def closed(self, since: datetime) -> Iterable[Closed]:
        """Matters that an agent resolved at or after `since`."""
        ...

    def overdue(self, since: datetime, until: datetime) -> list[str]:
        """Ids of waiting conversations whose answer became overdue after `since` and by `until`."""
        ...

    def answered_since(self, moment: datetime) -> list[Conversation]:
        """Conversations with a wait that ended at or after `moment`."""

    # what the statistics count: waits that ended at or after `since` and those that run, and replies since then
    def waits(self, since: datetime) -> Iterable[Wait]: ...
    def passed_on(self, since: datetime) -> Iterable[PassedOn]: ...

    def of_contact(self, platform: str, remote_id: str) -> list[str]:
        """Ids of all conversations with one person."""

    # messages and context
    def message(self, mid: str) -> Message | None: ...
    def messages(self, cid: str) -> list[Message]:
        """Of one conversation, in the order of `lifecycle.when`."""

    def put_message(self, message: Message) -> Message:
        """Insert or replace by `id`. A message new to its conversation gets the next `seq`; a known one keeps the
        `seq` it has."""

    def first_received(self, account: str) -> datetime | None:
        """When the oldest of an account's messages was read; None without any. Reads all of them."""

    def context(self, ids: Iterable[str]) -> list[Context]: ...
    def put_context(self, context: Context) -> None: ...
    def threads_under(self, account: str, surface: Surface, parents: Sequence[str]) -> list[str]:
        """Ids of conversations of a surface with a message that answers one of these keys. Reads all messages of
        the surface."""

    def context_under(self, account: str, root: str) -> list[Context]:
        """All context of one public thread, by time."""

    def search(
        self,
        terms: Sequence[str],
        *,
        without: Sequence[str] = (),
        within: Scope | None = None,
        now: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Message]:
        """Messages that contain every folded term (substring) and none of `without`, newest first; only of
        conversations that are `within` a scope at `now`. Terms under three characters match word beginnings."""

    def newest_with(self, terms: Sequence[str], cids: Sequence[str]) -> dict[str, str]:
        """By conversation, of these, the newest text that contains every term."""

    # drafts
    def draft(self, cid: str, agent: str) -> Draft | None: ...
    def put_draft(self, draft: Draft) -> None: ...
    def delete_draft(self, cid: str, agent: str) -> None: ...
    def drafted(self, cids: Sequence[str], agent: str) -> set[str]:
        """Which of these conversations have a draft of this agent."""

    # outbox
    def outbox_item(self, oid: str) -> OutboxItem | None: ...
    def outbox_by_key(self, key: str) -> OutboxItem | None: ...
    def put_outbox(self, item: OutboxItem) -> None:
        """Insert or replace by `id`; raises Conflict when another item has the same key. Counts as a change
        of its conversation."""

    def outbox(
        self, *, conversation: str | None = None, phases: Iterable[str] | None = None
    ) -> list[OutboxItem]:
        """Oldest first."""

    def outbox_by_remote(self, account: str, remote_id: str) -> OutboxItem | None: ...

    # small things
    def cursor(self, feed: str) -> dict[str, Any] | None: ...
    def put_cursor(self, feed: str, cursor: Mapping[str, Any]) -> None: ...
    def setting(self, key: str) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None:
        """None lets go of it, key and all."""

    def log(self, event: Event) -> None: ...
    def events(self, cid: str) -> list[Event]: ...
    def quarantine(self, account: str, at: datetime, poison: Poison) -> None:
        """Bounded: the oldest go when there are too many."""

    def quarantined(self, account: str) -> int: ...

    # forgetting
    def drafts(self, cid: str) -> list[Draft]:
        """Of every agent."""

    def written_by(self, account: str, remote_id: str) -> tuple[list[Message], list[Context]]:
        """Messages and context of a person in one account, wherever they stand. Reads everything."""

    def set_aside(self, account: str) -> dict[int, dict[str, Any]]:
        """Items in quarantine by number: `account`, `at`, `raw`, `reason`."""

    def drop_set_aside(self, numbers: Iterable[int]) -> None: ...
    def forget(self, cids: Sequence[str]) -> None:
        """Remove conversations with everything that hangs on them. Backups keep them until they roll over."""

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else has the store open. Raises StoreError where somebody has."""

    def scrub(self) -> None:
        """Let nothing that was removed be left on the disk, backups included. Call it inside `alone`."""

    # living together
    def changed(self) -> bool:
        """Has anybody written since the last call of `changes`? Costs microseconds."""

    def changes(self, since: int | None) -> tuple[int, set[str]]:
        """The newest change number and the conversations touched after `since` (None: only the number)."""

    def lease(self, name: str) -> AbstractContextManager[bool]:
        """True for exactly one holder on all processes until it leaves or dies; False for the others."""

    def backup_due(self) -> bool:
        """Whether the newest backup is older than a day."""

    def backup(self) -> str:
        """Make one, outside any transaction; returns its name."""

    def backup_when_due(self) -> str | None:
        """Write one where none was written for a day; None where none was due, also as another process was quicker.
        Raises StoreError."""
        ...

    def index_more(self) -> bool:
        """Go on with what search lacks after an update, for some 50 ms, outside any transaction; False: nothing is left."""

    def health(self) -> Health: ...
    def close(self) -> None: ...
