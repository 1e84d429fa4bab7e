from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox.store.sqlite.store import LocalStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store goes; does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def local(folder: Path) -> Iterator[LocalStore]:
    store = LocalStore(folder)
    yield store
    store.close()
