"""What a platform says about itself: its surfaces, reply rules, words, prices and questions; and where that is found.

A declaration is data and costs nothing to import. The package of a platform builds one, `declare` makes it known to
this process, and everything above asks `rule`, `title`, `letter` and `reason` here, so no rule knows a platform by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from inbox.domain import kinds
from inbox.domain.kinds import Surface, SurfaceKind
from inbox.domain.records import Record, field


class Window(Record):
    """For how long after the customer's last message the platform takes an answer, and its rule in words."""

    length: timedelta
    why: str
    """A clause without a full stop: "Messenger takes it within 24 hours of the customer's last message"."""


class SurfaceRule(Record, kw_only=True):
    """One surface of a platform. `title`: a thing of it in words ("comment"); `sign`: at most four cells for a row, behind
    the platform's letter."""

    id: Surface
    kind: SurfaceKind
    title: str
    sign: str
    read_by_default: bool = True
    """False: read only where the account's `surfaces` name it, because it needs permissions of its own."""
    window: Window | None = None
    """For private surfaces: until when any answer is taken. None: always."""
    extended_window: Window | None = None
    """Replaces `window` for accounts whose setting `human_agent` is on."""
    private_reply: Window | None = None
    """For public surfaces: the platform takes one private reply to a message. None: no private reply."""
    place: str = ""
    """What a row says in place of letter and sign, at most seven cells: for a surface of a sister platform."""
    unsure: str = ""
    """A hint without a full stop, where the platform refuses some replies and does not say beforehand which."""

    @property
    def private(self) -> bool:
        """Whether only the customer and we can read it."""
        return self.kind is SurfaceKind.DIRECT


class Question(Record, kw_only=True):
    """One question of `inbox init` about a setting of an account; an empty answer leaves the setting out."""

    setting: str
    text: str


class Declaration(Record, kw_only=True):
    """A platform. `name` is what accounts, entry point and stored conversations call it; `title` is for people;
    `letter` is one cell, or two, before the sign of a surface.

    `surfaces` are in the order in which they are read. `settings` is the record of the account's own settings: a
    `Record` with a default for every field and `forbid_unknown_fields=True`; None where there are none.
    """

    name: str
    title: str
    letter: str
    surfaces: tuple[SurfaceRule, ...]
    settings: type[Record] | None = None
    settings_problems: Callable[[Any], Iterable[tuple[tuple[str | int, ...], str]]] | None = None
    """Returns what is wrong with a record of `settings` that its types do not tell: (path within the account, in words)."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Codes of `Answerable.reason` to sentences that say why no answer is taken."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """What the platform charges for one of each, by a name of its own choice; the config's `[prices]` overrides it."""
    account_question: str = ""
    """What `inbox init` asks for the account's name; "" for a sentence made from the title."""
    account_example: str = ""
    """The name that is proposed; "" proposes none."""
    questions: tuple[Question, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    """Lines of the screen's legend, sign to meaning; empty for one line made from the surfaces."""
    words: tuple[str, ...] = ()
    """What else the filter `on:` takes for the platform, beside its name."""

    @property
    def surface_ids(self) -> tuple[Surface, ...]:
        """The ids of its surfaces, in the order in which they are read."""
        return tuple(rule.id for rule in self.surfaces)


_DECLARED: dict[str, Declaration] = {}
_RULES: dict[tuple[str, Surface], SurfaceRule] = {}


def declare(declaration: Declaration) -> None:
    """Make a platform known to this process; saying the same again does no harm.

    Raises ValueError where a surface id has another kind already, or stands twice.
    """
    ids = [rule.id for rule in declaration.surfaces]
    if len(set(ids)) < len(ids):
        raise ValueError(f"{declaration.name} declares a surface twice")
    for rule in declaration.surfaces:
        kinds.describe(rule.id, rule.kind)
    _DECLARED[declaration.name] = declaration
    _RULES.update({(declaration.name, rule.id): rule for rule in declaration.surfaces})
    kinds.PLATFORMS.update(dict.fromkeys((*declaration.words, declaration.name), declaration.name))


def all_declared() -> tuple[Declaration, ...]:
    """Every platform this process knows, in the order in which they were declared."""
    return tuple(_DECLARED.values())


def declared(platform: str) -> Declaration | None:
    """The declaration of a platform; None where it is not installed or could not be loaded."""
    return _DECLARED.get(platform)


def rule(platform: str, surface: Surface) -> SurfaceRule:
    """The rules of a surface. Of a platform that is not installed only the kind is known: no window, its own id as title."""
    return _RULES.get((platform, surface)) or SurfaceRule(
        id=surface, kind=surface.kind, title=surface.value.replace("_", " "), sign=surface.value[:4]
    )


def title(platform: str) -> str:
    """The platform's name for people; its plain name where it is not installed."""
    found = _DECLARED.get(platform)
    return found.title if found else platform


def letter(platform: str) -> str:
    """One or two characters for the platform."""
    found = _DECLARED.get(platform)
    return found.letter[:2] if found else platform[:1] or "?"


def reason(platform: str, code: str | None) -> str | None:
    """The platform's sentence for a code; None where it has none."""
    found = _DECLARED.get(platform)
    return found.reasons.get(code or "") if found else None
