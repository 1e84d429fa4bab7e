"""The platforms a config may name: two that come with us, others through entry points of the group `inbox.adapters`.

Entry points are asked for only when a config names another platform: that reads all that is installed (35 ms).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from inbox.domain import declarations
from inbox.domain.declarations import Declaration
from inbox.domain.records import Record

GROUP = "inbox.adapters"
BUILT_IN = ("twitter", "facebook")
INTERFACE = 1
"""Version of what a platform and the core know of each other. It rises when a platform has to be changed."""


class Found(Record, kw_only=True):
    """What the entry point of a platform gave. `problem`: why it cannot be used, in words; "" where it can."""

    platform: Any = None
    problem: str = ""


@cache
def declare_built_in() -> None:
    """Make the platforms that come with us known. Cheap: no network code is imported."""
    for name in BUILT_IN:
        declarations.declare(import_module(f"inbox.adapters.{name}.declaration").DECLARATION)


def names() -> list[str]:
    """Names of the installed platforms. Nothing of theirs is imported."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP).names)


def is_installed(name: str) -> bool:
    """Tell whether a package for the platform is installed; entry points are asked for others than our own only."""
    return name in BUILT_IN or (bool(name) and name in names())


def declaration(name: str) -> Declaration | None:
    """The declaration of a platform, which is loaded where that is still to be done; None where it cannot be."""
    declare_built_in()
    if name not in BUILT_IN and declarations.declared(name) is None:
        try:
            find(name)
        except LookupError:
            return None
    return declarations.declared(name)


def find(name: str) -> Found:
    """Load a platform of another package and declare it. Whatever its code raises becomes a `problem`, with the kind
    of the error only: the text of the error may hold a token. Raises LookupError where none of this name is installed."""
    from importlib.metadata import entry_points

    points = entry_points(group=GROUP, name=name)
    if not points:
        raise LookupError(f"no adapter for the platform {name} is installed")
    return load(name, next(iter(points)).load)


def load(name: str, entry: Any) -> Found:
    """As `find`, from the callable of an entry point."""
    try:
        platform = entry()
        problem = _other_interface(platform) or _declare(name, platform.declaration)
    except Exception as error:  # noqa: BLE001 code of others, run at its import
        return Found(problem=type(error).__name__)
    return Found(problem=problem) if problem else Found(platform=platform)


def _other_interface(platform: Any) -> str:
    version = getattr(platform, "interface", None)
    if version == INTERFACE:
        return ""
    if isinstance(version, int) and version > INTERFACE:
        return f"it needs a newer inbox: its interface is {version}, this inbox has {INTERFACE}"
    return f"it is too old: its interface is {version or 'unknown'}, this inbox has {INTERFACE}"


def _declare(name: str, found: Declaration) -> str:
    if found.name != name:
        return f"it calls itself {found.name}"
    try:
        declarations.declare(found)
    except ValueError as error:
        return str(error)
    return ""
