"""One finding of `inbox check`: ok, a note, or a problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.domain.records import Record, field


class Finding(Record):
    """`ok` is False for a problem only; with a `mend`, what is in order is a note: worth a look, and no problem.
    `facts` are for scripts: names to JSON values, in addition to the words."""

    what: str
    ok: bool
    said: str
    mend: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """ok, note or problem."""
        return "problem" if not self.ok else "note" if self.mend else "ok"

    def json(self) -> dict[str, Any]:
        """The finding as `--json` prints it."""
        return {
            "what": self.what,
            "level": self.level,
            "ok": self.ok,
            "said": self.said,
            "mend": self.mend,
            "facts": dict(self.facts),
        }
