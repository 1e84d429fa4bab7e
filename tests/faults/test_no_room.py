"""A disk that is really full, by the kernel's own word (no file may grow): what commands say, and what goes on when there
is room again. Real processes."""

from __future__ import annotations

import pytest

from faults.endings import FULL, filled, piped, previews, wait_until
from faults.test_whole_program import Program, program  # noqa: F401

resource = pytest.importorskip("resource", reason="limits are set in the way of Unix")


def test_f80_on_a_full_disk_each_command_says_so_in_one_line(program: Program) -> None:  # noqa: F811
    """No traceback, no "something went wrong", nothing half done; and it works again when there is room."""
    cid = filled(program)
    backups = program.folder / "data" / "backups"
    (name,) = [kept.stem for kept in backups.glob("*.db")]
    for words in (
        ("sync", "--once"),
        ("reply", cid, "--text", "On its way."),
        ("reply", cid, "--text", "On its way.", "--wait"),
        ("note", cid, "--text", "x"),
        ("export",),
        ("restore", name, "--yes"),
    ):
        with piped(program, *words, before=FULL) as running:
            running.ended(30)
            said = running.said.splitlines()
            assert (running.process.returncode, len(said)) == (1, 1), (words, said)
            assert "The disk took no more" in said[0], words
    assert not list((program.folder / "data").glob("*.part*")), "what was begun would keep it full"
    assert program.x.simulation.accepted == []
    assert "sent" in program.says("reply", cid, "--text", "On its way.", "--wait")
    assert len(program.x.simulation.accepted) == 1


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="limits of another process are set by Linux alone"
)
def test_f80_sync_that_begins_on_a_full_disk_goes_on_when_there_is_room(
    program: Program,  # noqa: F811
) -> None:
    """Started by a service manager after the night in which the disk filled up: it must not have to be started again."""
    filled(program)
    with piped(program, "sync", before=FULL) as running:
        assert running.process.stderr
        assert b"The disk took no more" in running.process.stderr.readline()
        program.x.simulation.post(program.x.simulation.user("Carl", "carl"), "@acme And mine?")
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, unlimited)
        wait_until(lambda: "And mine?" in previews(program.folder / "data"), 60)
