"""The private names of Textual that the program uses, and whether the installed Textual still has them.

`PRIVATE_NAMES` is the table: where a name lives, what it takes, why it is used. No other module outside this folder
may use a private name. Where a name is missing or takes something else, the part it belongs to is not used, and
Textual's own works instead: slower, and correct. `INBOX_STOCK_TERMINAL=1` asks for that, to tell whose fault a
picture is.

Parts of the table:

* `painting`: drawing what changed and nothing else;
* `driver`: reading and writing the terminal on the event loop;
* `commands`: running a key's command without asking every container first;
* `writing`: the text area of the composer;
* `start`: what a screen has no use for;
* `clicks`, `workers`: small things, which are simply left out;
* `pasting` and `crash`: what is pasted presses no key, and a crash shows no customer's words. They are for safety
  and not for speed, so `INBOX_STOCK_TERMINAL` leaves them on.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Final, NamedTuple

STOCK: Final = "INBOX_STOCK_TERMINAL"
"""The environment variable that asks for Textual's own parts; empty, `0` and absent mean no."""

SAFETY: Final = frozenset({"pasting", "crash"})
"""Parts that `INBOX_STOCK_TERMINAL` leaves on."""


class PrivateName(NamedTuple):
    """One private name of Textual."""

    part: str
    """What is given up without it."""
    owner: str
    """`module`, or `module:Class`."""
    name: str
    takes: tuple[str, ...] | None
    """A function's parameters in their order; None: an attribute, a class or a constant."""
    why: str
    saves: str = ""
    """What it buys: milliseconds, by the measurement described in `.github/decisions/0003-own-painting.md`."""
    upstream: str = ""
    """An issue or pull request of Textual's, where one is known."""


_SCREEN = "textual.screen:Screen"
_LINUX = "textual.drivers.linux_driver:LinuxDriver"
_APP = "textual.app:App"

PRIVATE_NAMES: Final = (
    PrivateName("painting", "textual._compositor", "Compositor", None, "subclassed to ask fewer widgets"),
    PrivateName(
        "painting",
        "textual._compositor:Compositor",
        "_render_chops",
        ("self", "crop", "is_rendered_line"),
        "asks every widget of a changed container for all its lines; ours asks those in the change",
        upstream="Textualize/textual#3801",
    ),
    PrivateName("painting", _SCREEN, "_compositor", None, "where the screen keeps its compositor"),
    PrivateName("painting", _SCREEN, "_layout_required", None, "whether a frame is wanted"),
    PrivateName("painting", _SCREEN, "_scroll_required", None, "whether a frame is wanted"),
    PrivateName("painting", _SCREEN, "_repaint_required", None, "whether a frame is wanted"),
    PrivateName("painting", _SCREEN, "_recompose_required", None, "whether a frame is wanted"),
    PrivateName("painting", _SCREEN, "_dirty_widgets", None, "whether a frame is wanted"),
    PrivateName("painting", _APP, "_batch_count", None, "whether frames are held back"),
    PrivateName(
        "painting", _SCREEN, "_on_timer_update", ("self",), "paints a frame at once, not at the next tick"
    ),
    PrivateName(
        "painting", _SCREEN, "_invoke_and_clear_callbacks", ("self",), "what waits for a frame, without one"
    ),
    PrivateName(
        "painting",
        _SCREEN,
        "_refresh_layout",
        ("self", "size", "scroll"),
        "the first layout, once; Textual styles and lays out twice when a screen resumes",
    ),
    PrivateName(
        "driver", _APP, "_driver", None, "whether the terminal is behind; a desktop notice is written to it"
    ),
    PrivateName("driver", _LINUX, "_key_thread", None, "stopped: keys are read on the loop"),
    PrivateName(
        "driver",
        _LINUX,
        "_writer_thread",
        None,
        "stopped: frames are written on the loop",
    ),
    PrivateName(
        "driver",
        _LINUX,
        "_sigcont_application",
        ("self",),
        "paints everything again after `fg`",
    ),
    PrivateName(
        "driver",
        "textual._xterm_parser:XTermParser",
        "_timeout_time",
        None,
        "until when ESC may be the start of a longer key: the loop sleeps so long and does not look ten times a second",
    ),
    PrivateName("driver", "textual._time", "get_time", None, "the clock of `_timeout_time`"),
    PrivateName(
        "commands",
        _APP,
        "_check_bindings",
        ("self", "key", "priority"),
        "runs a command at the first look; Textual passes the key through all containers first",
    ),
    PrivateName(
        "writing",
        "textual.widgets:TextArea",
        "_theme",
        None,
        "whether the styles of the text area are still right; Textual works out eight of them for each letter",
    ),
    PrivateName(
        "clicks",
        "textual.widgets:Input",
        "_cell_offset_to_index",
        ("self", "offset"),
        "a click puts the cursor before a whole sign, not into the middle of it",
    ),
    PrivateName(
        "workers",
        "textual.worker:Worker",
        "_task",
        None,
        "closes the coroutine of a worker that is cancelled before it starts",
    ),
    PrivateName("start", _APP, "_disable_tooltips", None, "one widget less in every screen"),
    PrivateName("start", _APP, "_disable_notifications", None, "one widget less in every screen"),
    PrivateName(
        "pasting",
        "textual._xterm_parser",
        "XTermParser",
        None,
        "fed with pasted text made plain: an ESC in a paste would press keys",
    ),
    PrivateName("pasting", "textual._xterm_parser:XTermParser", "feed", ("self", "data"), "as above"),
    PrivateName("pasting", "textual._xterm_parser:XTermParser", "tick", ("self",), "as above"),
    PrivateName(
        "pasting",
        "textual._ansi_sequences",
        "ANSI_SEQUENCES_KEYS",
        None,
        "Alt+Enter is ESC CR in most terminals, which Textual reads as Enter",
        upstream="Textualize/textual#6577",
    ),
    PrivateName(
        "crash",
        _APP,
        "_handle_exception",
        ("self", "error"),
        "Textual would print the values of all local variables, customers' words among them",
    ),
    PrivateName("crash", _APP, "_exception", None, "the first error, which a test raises again"),
    PrivateName("crash", _APP, "_exception_event", None, "tells a test that there is one"),
)


def difference(one: PrivateName) -> str | None:
    """Return in what the installed Textual differs from the table, as half a sentence; None where it does not."""
    module, _, cls = one.owner.partition(":")
    try:
        owner = import_module(module)
        if cls:
            owner = getattr(owner, cls)
    except (ImportError, AttributeError):
        return f"{one.owner} is missing"
    if one.takes is not None:
        found = getattr(owner, one.name, None)
        if not isinstance(found, FunctionType):
            return f"{one.owner}.{one.name} is missing"
        code = found.__code__
        takes = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return None if takes == one.takes else f"{one.owner}.{one.name} takes {', '.join(takes)}"
    if hasattr(owner, one.name) or (isinstance(owner, type) and _sets(owner, one.name)):
        return None
    return f"{one.owner}.{one.name} is missing"


def _sets(cls: type, name: str) -> bool:
    """Whether a method of the class or of a parent uses the attribute; constructors are looked at first."""
    parents = cls.__mro__
    methods = [parent.__dict__.get("__init__") for parent in parents]
    methods += [method for parent in parents for method in parent.__dict__.values()]
    return any(isinstance(method, FunctionType) and name in method.__code__.co_names for method in methods)


def asked_for_stock() -> bool:
    """Return whether the environment asks for Textual's own parts."""
    return os.environ.get(STOCK, "") not in ("", "0")


@cache
def why_stock(part: str) -> str | None:
    """Return why Textual's own works in place of a part, as half a sentence; None where ours does."""
    if part not in SAFETY and asked_for_stock():
        return f"{STOCK} is set"
    return next((told for one in PRIVATE_NAMES if one.part == part and (told := difference(one))), None)
