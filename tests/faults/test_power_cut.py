"""F79: what a power cut leaves of the store, its backups, the encrypted file and the config.

Every scene is traced once, and a choice of all that its disk could hold is opened; `python -m faults.power_scenes`
opens all of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

import pytest

from faults.power import SECTOR, Recording, Said, SyncFile, Write, can_trace, record, states
from faults.power_scenes import SCENES, cut

STATES = 60 if os.environ.get("INBOX_LONG_TESTS") else 15
"""Opened of each scene."""

needs_strace = pytest.mark.skipif(
    not can_trace(), reason="strace is not installed here, or may not look at other processes"
)


@needs_strace
@pytest.mark.parametrize("scene", SCENES)
def test_f79_a_power_cut_leaves_the_old_or_the_new_state(scene: str, tmp_path: Path) -> None:
    """The disk had not written all of it, and not in our order: what was acknowledged is there, nothing is half
    there, and nothing is set right by throwing it away."""
    found = cut(scene, tmp_path, Random(scene), each=2, most=STATES)
    assert found.wrong == []
    assert 0 < found.old <= found.states


# -- the instrument ------------------------------------------------------------------------------------------

WRITES = {
    "in place": "f = os.open('{0}/a', os.O_RDWR); os.write(f, new); os.fsync(f)",
    "not synced": "f = os.open('{0}/b', os.O_CREAT | os.O_WRONLY); os.write(f, new); os.rename('{0}/b', '{0}/a'); d()",
    "folder not synced": "f = os.open('{0}/b', os.O_CREAT | os.O_WRONLY); os.write(f, new); os.fsync(f);"
    "os.rename('{0}/b', '{0}/a')",
    "whole": "f = os.open('{0}/b', os.O_CREAT | os.O_WRONLY); os.write(f, new); os.fsync(f);"
    "os.rename('{0}/b', '{0}/a'); d()",
}
"""Ways to replace a file, all but the last one wrong (E7)."""

WRITER = """
import os
new = b"n" * 2000
d = lambda: os.fsync(os.open("{0}", os.O_RDONLY))
{1}
os.write(1, b"done\\n")
"""


@needs_strace
@pytest.mark.parametrize("way", WRITES)
def test_a_way_of_writing_that_tears_or_forgets_is_seen(tmp_path: Path, way: str) -> None:
    """An enumerator that lets the naive ways pass would be no bar."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_bytes(b"o" * 2000)
    code = WRITER.format(root, WRITES[way].format(root))
    recording = record(root, [sys.executable, "-c", code], tmp_path / "trace")
    held = [(state.said, state.files.get("a")) for state in states(recording, Random(1), 8)]
    old, new = b"o" * 2000, b"n" * 2000
    torn = [raw for _, raw in held if raw not in (old, new)]
    forgotten = [raw for said, raw in held if said and raw == old]
    assert bool(torn) == (way in ("in place", "not synced"))
    assert bool(forgotten) == (way == "folder not synced")
    assert {(0, old), (1, new)} <= set(held)


def test_sectors_are_lost_one_by_one_until_they_are_synced() -> None:
    """A page of four kilobytes is eight chances."""
    writing = Write(1, 0, b"x" * 3 * SECTOR)
    unsynced = Recording(names={"": 0, "a": 1}, files={1: b""}, steps=[writing])
    shapes = {state.files["a"].replace(b"x" * SECTOR, b"x") for state in states(unsynced, Random(1), 100)}
    assert {b"", b"x", b"xx", b"xxx"} < shapes
    assert len(shapes) == 8
    steps = [writing, SyncFile(1), Said("saved")]
    synced = Recording(names={"": 0, "a": 1}, files={1: b""}, steps=steps)
    assert {state.files["a"] for state in states(synced, Random(1), 100) if state.said} == {writing.raw}
