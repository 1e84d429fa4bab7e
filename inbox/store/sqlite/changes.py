"""Changes of conversations in SQLite: a number for each, and whether there may be new ones."""

from __future__ import annotations

from inbox.store.sqlite.handle import Handle


class SqliteChanges:
    """Implements `ports.store.Changes`."""

    def __init__(self, handle: Handle) -> None:
        self._sql = handle.sql
        self._seen = (-1, -1)

    def pending(self) -> bool:
        """Compare SQLite's own count of commits with the one of the last `since`: two PRAGMAs, no table is read."""
        return self._commits() != self._seen

    def since(self, number: int | None) -> tuple[int, set[str]]:
        """Read the table `touched` by its number, which each transaction writes along with what it changes."""
        # The commits first: what is committed between the two is found now, and looked for once more.
        self._seen = self._commits()
        if number is None:
            return self._newest(), set()
        rows = list(self._sql.rows("SELECT n, conversation FROM touched WHERE n > ? ORDER BY n", (number,)))
        return (rows[-1][0] if rows else self._newest()), {conversation for _, conversation in rows}

    def _newest(self) -> int:
        row = self._sql.row("SELECT MAX(n) FROM touched")
        return int(row[0] or 0) if row else 0

    def _commits(self) -> tuple[int, int]:
        """Return a mark that changes with each commit: of others (SQLite's own count), and of this handle."""
        row = self._sql.row("PRAGMA data_version")
        return (int(row[0]) if row else 0, self._sql.commits)
