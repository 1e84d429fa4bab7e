"""What `inbox check` finds about the terminal: what it can draw, how keys and notices arrive, spelling."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata

from inbox.cli.finding import Finding
from inbox.system import installation, programs
from inbox.ui.terminal import private_names
from inbox.ui.terminal.notice import multiplexer
from inbox.wiring import setup as wiring_setup
from inbox.wiring.setup import Setup

SLOW_ESCAPE = 100
"""Milliseconds that are felt."""


def terminal(env: Mapping[str, str]) -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    if encoding not in ("utf-8", "utf8"):
        yield Finding(
            "terminal", False, f"its encoding is {encoding or 'unknown'}", "Set LANG to a UTF-8 locale."
        )
    if env.get("TERM", "dumb") == "dumb":
        # Of a timer or a pipe it is no problem: nobody wants a screen there.
        yield Finding(
            "terminal",
            not sys.stdout.isatty(),
            "TERM names a terminal that cannot draw a screen",
            "Use the commands instead.",
        )
        return
    size = os.get_terminal_size() if sys.stdout.isatty() else None
    colours = _colours(env)
    told = f"{env['TERM']}, {colours}" + (f", {size.columns}x{size.lines}" if size else "")
    small = size is not None and (size.columns < 80 or size.lines < 24)
    facts = {
        "term": env["TERM"],
        "colours": colours,
        "columns": size.columns if size else None,
        "lines": size.lines if size else None,
        "multiplexer": multiplexer(env),
    }
    yield Finding("terminal", not small, told, "At least 80x24 is needed." if small else None, facts)
    if env.get("TMUX"):
        yield from _tmux_keys()
    if env.get("TMUX") and "256color" not in env["TERM"] and not env["TERM"].startswith("tmux"):
        yield Finding(
            "tmux",
            True,
            f"tells programs that it is {env['TERM']}",
            'set -g default-terminal "tmux-256color"',
        )


def drawing() -> Iterator[Finding]:
    """Whether parts of Textual itself work in place of quicker ones of ours, and why."""
    parts = sorted({one.part for one in private_names.PRIVATE_NAMES})
    why = {part: reason for part in parts if (reason := private_names.why_stock(part))}
    version = metadata.version("textual")
    facts = {"textual": version, "stock": sorted(why)}
    if not why:
        yield Finding("drawing", True, f"Textual {version}", None, facts)
        return
    stock, names, reason = private_names.STOCK, ", ".join(why), next(iter(why.values()))
    mend = (
        f"Unset {stock}, which was set to tell whose fault a picture is."
        if private_names.asked_for_stock()
        else "All works, some of it slower; install the newest inbox, which knows this Textual."
    )
    yield Finding("drawing", True, f"parts of Textual {version} itself ({names}): {reason}", mend, facts)


def _tmux_keys() -> Iterator[Finding]:
    """tmux holds Esc back, by default for half a second, to see whether a key sequence follows."""
    try:
        waits = int(programs.output_of(["tmux", "show-options", "-sv", "escape-time"]) or "")
    except ValueError:
        return
    slow = waits > SLOW_ESCAPE
    mend = "set -sg escape-time 10 in ~/.tmux.conf" if slow else None
    yield Finding("keys", True, f"tmux holds Esc back for {waits} ms", mend, {"escape_time": waits})


def notices(how: str, env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a notice that an answer is due soon can arrive."""
    between = multiplexer(env)
    facts = {"notify": how, "multiplexer": between}
    if how == "off":
        yield Finding("notices", True, "switched off in the config ([screen] notify)", None, facts)
    elif how == "bell":
        yield Finding("notices", True, "by the terminal's bell", None, facts)
    elif between is None:
        said = "as notices of the desktop (OSC 9), where the terminal knows them"
        yield Finding("notices", True, said, None, facts)
    elif between == "tmux":
        # Before 3.3 tmux knows no such option and lets everything through; off has been its default since.
        passes = programs.output_of(["tmux", "show-options", "-gwv", "allow-passthrough"])
        through = passes is None or passes.strip() in ("on", "all")
        yield Finding(
            "notices",
            True,
            "through tmux, as notices of the desktop and by its bell"
            if through
            else "tmux lets no notices of the desktop through; its bell rings instead",
            None if through else "set -g allow-passthrough on in ~/.tmux.conf",
            {**facts, "passthrough": through},
        )
    else:
        said = f"{between} lets no notices of the desktop through; its bell rings instead"
        yield Finding("notices", True, said, None, facts)


def _colours(env: Mapping[str, str]) -> str:
    """What programs may draw with, by what the environment says."""
    if env.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256color" in env.get("TERM", "") else "16 colours"


def spelling(setup: Setup, env: Mapping[str, str]) -> Iterator[Finding]:
    """Nothing needs it, so nothing about it is a problem."""
    found = wiring_setup.spelling(setup, env)
    languages = list(found.languages()) if found.installed else []
    facts = {"installed": found.installed, "languages": languages}
    if not setup.config.screen.spelling:
        yield Finding("spelling", True, "switched off in the config", None, facts)
    elif not found.installed:
        mend = f"Install it, if you want hints on it: {installation.how_to_add('spell')}"
        yield Finding("spelling", True, "not looked at: the extra `spell` is missing", mend, facts)
    elif not languages:
        mend = "Install the system's dictionaries, such as hunspell-de-de and hunspell-en-us."
        yield Finding("spelling", True, "not looked at: there is no dictionary", mend, facts)
    else:
        yield Finding("spelling", True, ", ".join(languages), None, facts)
