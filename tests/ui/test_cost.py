"""What one refresh of the screen asks of the store: counted, so that no busy computer decides it.

`tests/bench` measures the time; here nothing may begin to read what nobody sees.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inbox.store.sqlite import documents
from inbox.store.sqlite.connection import Connection
from inbox.store.sqlite.store import LocalStore
from inbox.ui import picture
from inbox.ui.picture import Wish
from ui import scene

ROWS = 40
WISHES = {
    "the first frame": Wish(view="waiting", limit=ROWS, first_rows=ROWS, figures=False),
    "a renewal": Wish(view="waiting", limit=100, first_rows=ROWS),
    "another view": Wish(view="all", limit=100, first_rows=ROWS, figures=False),
    "a letter of a filter": Wish(
        view="all", filter_text="parcel from:person -tag:x", limit=100, first_rows=ROWS, figures=False
    ),
}


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    run, intact = Connection.run, documents.intact

    def counting_run(self: Connection, *args: Any) -> Any:
        counted["statements"] += 1
        return run(self, *args)

    def counting_intact(*args: Any) -> bool:
        counted["documents"] += 1
        return intact(*args)

    monkeypatch.setattr(Connection, "run", counting_run)
    monkeypatch.setattr(documents, "intact", counting_intact)
    return counted


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Stores with a short queue and a long one; only read here."""
    folder = tmp_path_factory.mktemp("queues")
    for size in (120, 360):
        scene.many(folder / str(size), scene.StandingClock(), size)
    return [folder / "120", folder / "360"]


@pytest.mark.parametrize("name", WISHES)
def test_f87_a_refresh_reads_what_is_seen_however_long_the_queue(
    name: str, queues: list[Path], spent: Counter[str]
) -> None:
    costs = []
    for queue in queues:
        clock = scene.StandingClock()
        store = LocalStore(queue)
        desk = scene.desk(store, clock)
        spent.clear()
        taken = picture.take(desk, WISHES[name])
        assert taken.order is not None
        assert len(taken.order) == WISHES[name].limit
        costs.append(dict(spent))
        store.close()
    assert costs[0] == costs[1]
    seen = ROWS + 5 + (picture.URGENT + 10 if WISHES[name].figures else 0)
    told = ROWS if WISHES[name].filter_text else 0  # where the words stand in each
    assert costs[1]["documents"] <= seen + told
    assert costs[1]["statements"] <= 64 + told
