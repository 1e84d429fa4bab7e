"""The things the inbox talks about.

Facts only: what a platform told us and what an agent decided. Whatever follows from facts (due, breached,
order, "snoozed right now") is computed by `lifecycle`, `sla` and `queue`.

Instants are aware UTC datetimes, durations are `timedelta`, ids are text (platform ids exceed 2**53).
"""

# Annotations are evaluated here, at once: as text, msgspec would evaluate them one by one at the first decoding.

from datetime import datetime, timedelta
from enum import StrEnum

from inbox.domain.kinds import Deed as Deed
from inbox.domain.kinds import Priority as Priority
from inbox.domain.kinds import Status as Status
from inbox.domain.kinds import Surface as Surface
from inbox.domain.kinds import SurfaceKind as SurfaceKind
from inbox.domain.names import visible
from inbox.domain.records import Record, field, put

FIRST, NEXT = "first", "next"
"""Kinds of a wait: for our first answer in a conversation, or for one after that."""


class Direction(StrEnum):
    """`IN`: somebody else wrote it. `OUT`: our account wrote it, by whatever client. `NOTE`: for colleagues only.
    `NOTICE`: the platform's own line for the staff, which no customer sees and nobody wrote."""

    IN = "in"
    OUT = "out"
    NOTE = "note"
    NOTICE = "notice"


AUTOMATIC, PERHAPS = "automatic", "perhaps"
"""Values of `Message.automatic`: no person wrote it, for sure or by the rule of doubt."""
AI_BEGINS, AI_ENDS, STAFF_NOTICE = "ai begins", "ai ends", "staff"
"""Values of `Message.notice`, for messages with the direction `NOTICE`."""


class SendState(StrEnum):
    """What the agent sees of a reply; `Phase` in `domain.outbox` is the finer machine behind it."""

    RECEIVED = "received"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class Person(Record, kw_only=True):
    """Whoever wrote, as the platform shows them. Everything may be missing; nothing is ever made up.

    A name or handle of which nothing can be seen counts as missing, wherever the record comes from.
    """

    name: str | None = None
    handle: str | None = None
    remote_id: str | None = None

    def __post_init__(self) -> None:
        name, handle = self.name, self.handle
        # What begins with one of these characters of ASCII can be seen; a storm makes thousands of records a second.
        if name is not None and not "0" <= name[:1] <= "z" and visible(name) is None:
            put(self, "name", None)
        if handle is not None and not "0" <= handle[:1] <= "z" and visible(handle) is None:
            put(self, "handle", None)

    @property
    def label(self) -> str:
        return self.name or (f"@{self.handle}" if self.handle else None) or "unknown"


class Attachment(Record, kw_only=True):
    """`kind`: image, gif, video, audio, file, sticker, share, link, poll, place, reaction or unsupported.

    A reaction is something people put on the message later: its sign and who, as `name`.
    """

    kind: str
    name: str | None = None
    url: str | None = None


class Version(Record, kw_only=True):
    """An earlier text of an edited message, and until when it stood."""

    text: str
    until: datetime
    misread: bool = False
    """No edit: the platform showed these words under the very same id, and others before or since."""


class Answerable(Record, kw_only=True):
    """Whether the platform lets us answer this very message through its API.

    `None` means the platform did not say: then it is allowed until it refuses. `reason` is a code of
    `domain.reply.REASONS` and explains a `False`.
    """

    public: bool | None = None
    private: bool | None = None
    reason: str | None = None


class Message(Record, kw_only=True):
    """One message, post, comment or note.

    `id` is `account:key`, where `key` is the normalised remote id: the same post is the same message however
    often, in whatever spelling and through whichever feed it is read. `seq` is the order in which the store
    first held it (0 = not stored yet); a resolve covers messages up to a `seq`.
    """

    id: str
    conversation: str
    remote_id: str
    direction: Direction
    author: Person
    text: str
    sent_at: datetime
    received_at: datetime
    seq: int = 0
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reply_to: str | None = None
    """Key (normalised remote id) of the message or context this one answers."""
    attachments: tuple[Attachment, ...] = ()
    versions: tuple[Version, ...] = ()
    url: str | None = None
    private: bool = False
    """True for a private answer inside a public conversation."""
    answerable: Answerable = Answerable()
    outbox: str | None = None
    """The outbox item that became this message, when we sent it."""
    agent: str | None = None
    """Who of us wrote it, when we sent it."""
    time_known: bool = True
    """False when the platform gave no usable time and `sent_at` is the time of our reading."""
    hidden: bool = False
    """Hidden from the public on the platform, by us or by its filter."""
    liked: bool = False
    """Liked by our account."""
    barred: tuple[Deed, ...] = ()
    """What the platform says cannot be done to this very message."""
    altered: bool = False
    """True when characters no store can hold (NUL, lone surrogates) were replaced on the way in."""
    gone_at: datetime | None = None
    """When a look at the platform first missed it: hidden since, its words kept until a second look confirms it
    (BEHAVIOUR.md#deletions). A tombstone keeps it; without it, a tombstone is one that we made ourselves."""
    rank: int = 0
    """Place among the messages of this conversation with the same `sent_at`, by the order of the platform's list,
    oldest first. Equal ones are ordered by id, as X's grow with time."""
    automatic: str = ""
    """`AUTOMATIC`, `PERHAPS`, or "" where a person wrote it (`domain.automatic`)."""
    names: tuple[str, ...] = ()
    """Remote ids and names of the people whom an answer in a public thread tags; empty: it is for everybody. Of a
    customer's message: an alias of its author, who was erased."""
    notice: str = ""
    """Which kind of notice for the staff it is: `AI_BEGINS`, `AI_ENDS`, `STAFF_NOTICE`; "" for all else."""

    @property
    def edits(self) -> tuple[Version, ...]:
        """Earlier texts that its author replaced."""
        return tuple(version for version in self.versions if not version.misread)

    @property
    def shown(self) -> bool:
        """False from the first look that missed it until it is seen again or known to be deleted."""
        return self.gone_at is None or self.deleted_at is not None

    @property
    def stands(self) -> bool:
        """Neither deleted nor missing."""
        return self.gone_at is None and self.deleted_at is None

    @property
    def left_at(self) -> datetime | None:
        """Since when it has been missing or deleted."""
        return self.gone_at or self.deleted_at


class Context(Record, kw_only=True):
    """A post that is not part of any conversation but explains one: the post people comment on, a parent by a
    third person, our own announcement. Found by `reply_to` of a message; kept once however many refer to it."""

    id: str
    """`account:key`, as in `Message`."""
    remote_id: str
    author: Person
    ours: bool
    text: str
    sent_at: datetime | None = None
    reply_to: str | None = None
    root: str | None = None
    """Key of the post the whole public thread hangs under."""
    attachments: tuple[Attachment, ...] = ()
    url: str | None = None
    gone: bool = False
    """Deleted or protected: shown as a gap."""
    gone_at: datetime | None = None
    """As in `Message`: shown as a gap meanwhile, its words kept."""

    @property
    def stands(self) -> bool:
        """Neither deleted nor missing."""
        return self.gone_at is None and not self.gone


class Resolve(Record, kw_only=True):
    """Ends the wait of every message the store held then (`seq` up to `upto`).

    `reason`: "agent", or "history" in stores of a time before conversations had a horizon.
    """

    at: datetime
    upto: int
    agent: str | None = None
    reason: str = "agent"


class Response(Record, kw_only=True):
    """A wait that ended: since when, until when, due when, and how ("answered", "resolved" or "taken_back").

    `judged` ones were measured by the policy and the tags that were in force when they ended; the others are from a
    store written before that was so, and keep the due time they had.
    """

    since: datetime
    ended_at: datetime
    due_at: datetime | None
    kind: str
    how: str
    agent: str | None = None
    judged: bool = False
    target: timedelta | None = None
    policy: str = ""
    breached_at: datetime | None = None
    """When the answer became overdue; None where it never was."""
    proactive: bool = False
    """A search hit: nobody had addressed us. Counted apart."""

    @property
    def in_time(self) -> bool:
        """Ended before it was overdue under any policy that was in force meanwhile."""
        if self.breached_at is not None:
            return False
        return self.due_at is None or self.ended_at <= self.due_at


class Label(Record, kw_only=True):
    """What timer policies ask of a conversation, from `at` on (None: from its beginning).

    `undone_at`: when the agent took that decision back; waits that ended before keep it.
    """

    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    person_tags: tuple[str, ...] = ()
    at: datetime | None = None
    undone_at: datetime | None = None


class Taking(Record, kw_only=True):
    """When an agent took a search hit; `undone_at` as in `Label`."""

    at: datetime
    undone_at: datetime | None = None


class Case(Record, kw_only=True):
    """From a customer's first message to the resolve that closed the matter; measured where `[timers] resolve` is
    set. `due_at` None: no target was set then."""

    since: datetime
    ended_at: datetime
    due_at: datetime | None = None
    agent: str | None = None


class Conversation(Record, kw_only=True):
    """The head of a conversation: triage facts, and a summary of its messages kept by `lifecycle.settle`."""

    id: str
    """`account:surface:thread`."""
    account: str
    platform: str
    surface: Surface
    thread: str
    """The conversation's key on the platform (see BEHAVIOUR.md#surfaces)."""
    contact: Person = Person()
    url: str | None = None

    # triage facts
    status: Status = Status.OPEN
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    snoozed_at: datetime | None = None
    snoozed_until: datetime | None = None
    resolves: tuple[Resolve, ...] = ()

    # summary of the messages
    preview: str = ""
    preview_out: bool = False
    """The newest message is ours."""
    message_count: int = 0
    last_message_at: datetime | None = None
    last_in_at: datetime | None = None
    last_in_id: str | None = None
    """Remote id of the customer's newest message that still stands: what a reply answers."""
    last_seq: int = 0
    answerable: Answerable = Answerable()
    """Of that newest customer message."""
    privately_answered: bool = False
    waiting_since: datetime | None = None
    wait_kind: str | None = None
    responses: tuple[Response, ...] = ()

    # what the timers make of it; a pure function of the above and the policy
    due_at: datetime | None = None
    warn_at: datetime | None = None
    closes_at: datetime | None = None
    """When the platform's reply window closes; None where there is none."""

    version: int = 0

    horizon: datetime | None = None
    """What was published before is history: shown, never waiting, in no statistic. None: nothing is."""
    # facts and figures of the timers that are kept with it
    labels: tuple[Label, ...] = ()
    """Earlier and present tags and priority, by time; empty where they never changed."""
    person_tags: tuple[str, ...] = ()
    """Tags of the contact as a person, the same in every conversation with them."""
    takings: tuple[Taking, ...] = ()
    """Of a search hit, by time."""
    assigned_at: datetime | None = None
    breached_at: datetime | None = None
    """When the wait that runs became overdue under a policy that is no longer in force."""
    breaches: tuple[datetime, ...] = ()
    """Moments of breach that the history tells of already."""
    policy: str = ""
    """By which policy the wait that runs is measured, in words; "default" where none fits."""
    automatic_count: int = 0
    """Messages of ours that no person wrote."""
    cases: tuple[Case, ...] = ()
    case_since: datetime | None = None
    """First message of the matter that is open."""
    mentioned: tuple[str, ...] = ()
    """Agents whom a note names or to whom a colleague gave it."""
    through_thanks: bool = False
    """While snoozed, a message that only thanks does not wake it."""
    only_thanks: bool = False
    """All that waits here only thanks us."""
    unanswered: int = 0
    """Messages that wait for an answer; 0 in a head that was settled before they were counted."""
    language: str = ""
    """Code (ISO 639-1) of the language the customer writes, "" where it is not plain (`domain.languages`)."""
    came_seq: int = 0
    """`seq` of the customer's newest message: an agent who has looked at it has seen all."""


class AttachedFile(Record, kw_only=True):
    """A file that goes with a reply, as it was when the agent attached it: `size` in bytes, `modified` in
    nanoseconds since 1970. A missing one has the size 0. `shows` says what is seen on it, where the agent said so.
    """

    path: str
    kind: str = ""
    size: int = 0
    modified: int = 0
    shows: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Draft(Record, kw_only=True):
    conversation: str
    agent: str
    text: str
    saved_at: datetime
    seen_seq: int = 0
    """The newest message the agent had seen when the draft was begun."""
    private: bool = False
    files: tuple[AttachedFile, ...] = ()


class Event(Record, kw_only=True):
    """What happened to a conversation, by whom: the audit trail. `what` is a verb in the past tense."""

    conversation: str
    at: datetime
    what: str
    agent: str | None = None
    detail: dict[str, str] = field(default_factory=dict)
