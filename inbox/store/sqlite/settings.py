"""Settings: JSON values by name, such as health of an account, marks of what retention let go, tags of people.

Most names have the form `kind:of what`. A page of messages asks for several kinds per message, of which most stores
hold none; inside a transaction, where no other process writes, one look per kind answers for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.store.sqlite.documents import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inbox.store.sqlite.connection import Connection
    from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB


class Settings:
    """The settings of one open store. `database`: what writes documents, opened at its first use."""

    def __init__(self, database: Callable[[], SQLiteTinyDB], connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._absent: dict[str, bool] = {}
        """By kind, whether there is no setting of it, as of `_learned`."""
        self._learned = (0, 0)

    def get(self, name: str) -> Any:
        """None where nothing was put."""
        if self._is_of_absent_kind(name):
            return None
        with self._connection.fitting():
            document = Rows(self._connection, "settings").get(name)
            return None if document is None else document["value"]

    def of(self, names: Sequence[str]) -> dict[str, Any]:
        """Those of `names` that were put."""
        with self._connection.fitting():
            return {
                name: document["value"] for name, document in Rows(self._connection, "settings").of(names)
            }

    def put(self, name: str, value: Any) -> None:
        """None removes it."""
        self._absent.clear()
        if value is None:
            self._database().table("settings").remove(doc_ids=[name])
        else:
            self._database().table("settings").put(name, {"value": value})

    def _is_of_absent_kind(self, name: str) -> bool:
        kind, colon, _ = name.partition(":")
        if not colon or not self._connection.depth:
            return False
        # A savepoint that is rolled back brings back what was removed in it.
        now = self._connection.begun, self._connection.rollbacks
        if now != self._learned:
            self._absent, self._learned = {}, now
        if kind not in self._absent:
            # ";" is the character after ":"
            found = self._connection.row(
                "SELECT 1 FROM doc_settings WHERE id >= ? AND id < ? LIMIT 1", (f"{kind}:", f"{kind};")
            )
            self._absent[kind] = found is None
        return self._absent[kind]
