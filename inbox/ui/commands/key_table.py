"""All keys as tables: for `.readme/keys.md`, and for `inbox keys`."""

from __future__ import annotations

from inbox.ui.commands.keymap import Keymap, keymap
from inbox.ui.commands.table import COMMANDS, SCOPES
from inbox.wording.language import tr


def key_table(map_: Keymap | None = None, *, markdown: bool = True) -> str:
    """All keys, by place: as Markdown tables, or as plain columns for `inbox keys`."""
    map_ = map_ or keymap()
    blocks = []
    for scope, title in SCOPES.items():
        rows = [(map_.shown(c), c.title, c.help, c.id) for c in COMMANDS if c.scope == scope]
        blocks.append(_markdown(title, rows) if markdown else _plain(title, rows))
    return "\n\n".join(blocks) + "\n"


def _markdown(title: str, rows: list[tuple[str, str, str, str]]) -> str:
    lines = [f"**{title}**", "", "| Key | Command | | Id |", "|---|---|---|---|"]
    for keys, name, help_, id in rows:
        shown = " ".join(f"`{key}`" for key in keys.split())
        lines.append(f"| {shown} | {name} | {help_ if help_ != name else ''} | `{id}` |")
    return "\n".join(lines)


def _plain(title: str, rows: list[tuple[str, str, str, str]]) -> str:
    wide = max(len(keys) for keys, *_ in rows)
    names = max(len(id) for *_, id in rows)
    lines = [tr(title)]
    for keys, name, help_, id in rows:
        words = tr(name) if help_ == name else f"{tr(name)}: {tr(help_)}"
        lines.append(f"  {keys:<{wide}}  {id:<{names}}  {words}")
    return "\n".join(lines)
