"""The packages that come with an installation, and their licences, from the metadata of what is installed here.

`python tests/house/licences.py` writes the page of the manual; `test_package.py` compares it.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "inbox" / "manual" / "licences.md"
DISTRIBUTION = "social-inbox"

IDENTIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Classifier to SPDX identifier, for packages whose metadata have no License-Expression."""

BY_HAND = {
    "chunspell": "MIT; the hunspell inside it: MPL-1.1 OR GPL-2.0 OR LGPL-2.1",
    "python-dateutil": "BSD-3-Clause; newer parts Apache-2.0 OR BSD-3-Clause",
}
"""What the metadata say in words of their own, read in the package."""

ELSEWHERE = {
    "colorama": ("BSD-3-Clause", "Windows"),
    "pywin32-ctypes": ("BSD-3-Clause", "Windows"),
    "tzdata": ("Apache-2.0", "Windows; with the extra `holidays` everywhere"),
    "backports-tarfile": ("MIT", "Python 3.11"),
    "importlib-metadata": ("Apache-2.0", "Python 3.11"),
    "lazy-importer": ("Apache-2.0", "Python 3.11"),
    "zipp": ("MIT", "Python 3.11"),
    "secretstorage": ("BSD-3-Clause", "Linux"),
    "jeepney": ("MIT", "Linux"),
}
"""Packages that not every machine has, so that not every machine can compare them: licence, and where they come."""


def closure(extras: frozenset[str]) -> set[str]:
    """Names of every package that an installation with these extras brings to this machine, our own left out."""
    environment: dict[str, str] = {**default_environment()}
    found: set[tuple[str, frozenset[str]]] = set()
    todo = [(DISTRIBUTION, extras)]
    while todo:
        name, wanted = todo.pop()
        for line in metadata.requires(name) or ():
            asked = Requirement(line)
            if asked.marker and not any(
                asked.marker.evaluate({**environment, "extra": extra}) for extra in ("", *wanted)
            ):
                continue
            key = (canonicalize_name(asked.name), frozenset(asked.extras))
            if key not in found:
                found.add(key)
                todo.append(key)
    return {name for name, _ in found} - {DISTRIBUTION}


def licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression. Raises KeyError for one nobody has looked up."""
    if name in BY_HAND:
        return BY_HAND[name]
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return str(expression)
    short = told.get("License") or ""
    if re.fullmatch(r"[A-Za-z0-9.+-]+", short):
        return str(short)
    named = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    return " OR ".join(IDENTIFIERS[each] for each in named) or IDENTIFIERS["no licence in its metadata"]


def rows() -> dict[str, tuple[str, str]]:
    """Package to (licence, where it comes): "always", the extra that brings it, or the systems that do."""
    always = closure(frozenset())
    found = {name: (licence(name), "always") for name in always}
    for extra in ("holidays", "spell"):
        for name in closure(frozenset({extra})) - always:
            found[name] = (licence(name), f"the extra `{extra}`")
    return {**found, **ELSEWHERE}


def page() -> str:
    table = [f"| {name} | {terms} | {where} |" for name, (terms, where) in sorted(rows().items())]
    return "\n".join(
        [
            "# Packages and their licences",
            "",
            "The inbox itself is under the MIT licence. An installation brings these packages along; none of them is",
            "part of the inbox's own files. Whoever passes on one bundle of all passes on their licences too.",
            "",
            "| package | licence | comes |",
            "|---|---|---|",
            *table,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
