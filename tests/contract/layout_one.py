"""A store as the first published layout kept it, to be brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from inbox.domain.records import replace
from inbox.store.sqlite import schema

_NOW = schema.SPECS["conversations"]
_COUNT = 15
"""Columns of a conversation; later layouts put theirs behind them."""

SPEC = replace(
    _NOW,
    columns=_NOW.columns[:_COUNT],
    values=lambda document: _NOW.values(document)[:_COUNT],
    indexes=(
        "CREATE INDEX {table}_deadline ON {table} "
        "(status, soonest, id, closes, due, wake, surface, account, assignee) WHERE soonest IS NOT NULL",
        "CREATE INDEX {table}_closed ON {table} (status, due, id, closes, wake, surface, account, assignee) "
        "WHERE due IS NOT NULL AND closes IS NOT NULL",
        "CREATE INDEX {table}_recent ON {table} "
        "(status, waits, recency, id, soonest, wake, surface, account, assignee) WHERE soonest IS NULL",
        "CREATE INDEX {table}_undue ON {table} "
        "(status, closes, recency, id, due, soonest, wake, surface, account, assignee) "
        "WHERE due IS NULL AND soonest IS NOT NULL",
        "CREATE INDEX {table}_facts ON {table} (status, surface, account, assignee, waits, wake)",
        "CREATE INDEX {table}_contact ON {table} (contact, platform) WHERE contact IS NOT NULL",
        "CREATE INDEX {table}_waiting ON {table} (status, wake, due, since) WHERE waits = 1",
        "CREATE INDEX {table}_ended ON {table} (ended) WHERE ended IS NOT NULL",
    ),
    beside=(),
    text=None,
)


_MESSAGES = schema.SPECS["messages"]
MESSAGES = replace(
    _MESSAGES,
    columns=_MESSAGES.columns[:3],
    values=lambda document: _MESSAGES.values(document)[:3],
    indexes=_MESSAGES.indexes[:2],
)


@contextmanager
def layout_one() -> Iterator[None]:
    """While this lasts, stores are made and written as they were then. The queue cannot be read meanwhile."""
    with (
        mock.patch.multiple(schema, VERSION=1, BESIDE={"touched"}),
        mock.patch.dict(schema.SPECS, {"conversations": SPEC, "messages": MESSAGES}),
    ):
        yield
