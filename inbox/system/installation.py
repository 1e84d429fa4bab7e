"""How this copy of the program was installed, and so how something is added to it."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

DISTRIBUTION = "social-inbox"
EXTRAS = {"holidays": "holidays", "spell": "hunspell", "vault": "cryptography"}
"""Extra to the module that is there with it."""


def how_to_add(extra: str, prefix: Path | None = None) -> str:
    """The command that adds an extra to this copy: of a clone, a tool of uv or pipx, or a plain environment.

    `prefix`: the environment's folder, that of this process by default.
    """
    prefix = prefix or Path(sys.prefix)
    source, editable = _origin()
    # uv makes the whole environment again: an extra that is not named is gone afterwards.
    extras = ",".join(sorted({extra, *_present()}))
    if (prefix / "uv-receipt.toml").exists():
        return f"uv tool install '{DISTRIBUTION}[{extras}]{f' @ {source}' if source else ''}'"
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx inject {DISTRIBUTION} {_requirements(extra)}"
    if editable and prefix.name == ".venv":
        return f"uv sync --inexact --extra {extra}"
    if (
        "archive-v0" in prefix.parts or "environments-v2" in prefix.parts
    ):  # uvx keeps its environments in uv's cache
        return f"uvx --from '.[{extras}]' inbox"
    return f"{sys.executable} -m pip install {_requirements(extra)}"


def _present() -> set[str]:
    """Extras that this copy has already; not those that come with every copy."""
    return {extra for extra, module in EXTRAS.items() if extra != "vault" and find_spec(module) is not None}


def _origin() -> tuple[str | None, bool]:
    """(address it was installed from, None for a package index; whether it is a checkout in use as it is)."""
    try:
        text = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        told = json.loads(text) if text else {}
    except (metadata.PackageNotFoundError, ValueError):
        return None, False
    return told.get("url"), bool(told.get("dir_info", {}).get("editable"))


def _requirements(extra: str) -> str:
    """What the extra brings, as words for a shell; the extra itself where nothing is known of it."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        wanted = []
    marks = (f"extra == '{extra}'", f'extra == "{extra}"')
    found = [line.partition(";")[0].strip() for line in wanted if any(mark in line for mark in marks)]
    return " ".join(f"'{line}'" for line in found) or f"'{DISTRIBUTION}[{extra}]'"
