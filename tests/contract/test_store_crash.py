"""Killed, torn, flipped, full, shared: what was acknowledged is there, and what is read is what was written."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import store_child
from store_samples import conversation, message

from inbox.errors import StoreError, StoreFull
from inbox.store.sqlite.store import LocalStore, open_store

KILLS = int(os.environ.get("INBOX_STORE_KILLS", "10"))
"""200 take about a minute."""


def child(mode: str, folder: Path, number: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, store_child.__file__, mode, str(folder), str(number)],
        stdout=subprocess.PIPE,
        text=True,
    )


# -- kill -9 -----------------------------------------------------------------------------------------------


def acknowledged_until_killed(folder: Path, start: int, milliseconds: float) -> int:
    """The last number the child acknowledged before it was killed."""
    with child("write", folder, start) as process:
        assert process.stdout
        opening = [process.stdout.readline() for _ in range(4)]  # one of each kind
        killer = threading.Timer(milliseconds / 1000, process.kill)
        killer.start()
        rest = process.stdout.read().split("\n")
        killer.join()
    whole = [*opening, *rest[:-1]]
    return int(whole[-1])


def done(store: LocalStore, number: int) -> bool:
    """Whether this operation, or a later one of its kind, is in the store."""
    kind = number % 4
    if kind == 0:
        head = store.conversations.get("acme:direct:1")
        return head is not None and int(head.preview) >= number
    if kind == 1:
        draft = store.outbox.draft("acme:direct:1", "ann")
        return draft is not None and int(draft.text) >= number
    if kind == 2:
        return all(
            store.messages.get(f"acme:{number * store_child.BATCH + n}") for n in range(store_child.BATCH)
        )
    return store.outbox.get(f"reply-{number}") is not None


def test_f78_no_acknowledged_operation_is_lost_by_kill_9(folder: Path) -> None:
    """The agent saw "resolved" or "queued": after that no crash may take it back, nor leave half a batch."""
    choice = random.Random(1)
    following = 0
    for _ in range(KILLS):
        last = acknowledged_until_killed(folder, following, choice.uniform(1, 100))
        store, notice = open_store(folder)
        assert notice == ""
        missing = [number for number in range(following, last + 1) if not done(store, number)]
        assert missing == []
        assert not done(store, last + 2), "at most the operation in progress may be there unacknowledged"
        newest_batch = next((n for n in range(last + 1, 0, -1) if n % 4 == 2 and done(store, n)), None)
        assert newest_batch is not None
        assert store.small_things.cursor("acme:direct") == {"at": newest_batch}
        head = store.conversations.get("acme:direct:2")
        assert head is not None
        assert head.preview == str(newest_batch)
        assert len(store.messages.of_conversation("acme:direct:1")) % store_child.BATCH == 0
        assert len(store.messages.search([f"batch{newest_batch}"])) == store_child.BATCH
        assert store.upkeep.health().findings == []
        store.close()
        following = last + 2
    print(f"{KILLS} kills, {following} operations, none of those acknowledged lost")
    assert following > KILLS * 4


def test_a_lease_ends_with_its_process(folder: Path, local: LocalStore) -> None:
    """A killed reader must not keep the platforms unread."""
    with child("lease", folder) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        with local.upkeep.lease("sync") as held:
            assert not held
        process.kill()
        process.wait()
        with local.upkeep.lease("sync") as held:
            assert held


# -- torn log ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "zeroed", "garbage"])
def test_a_torn_log_leaves_an_exact_prefix(folder: Path, tmp_path: Path, damage: str) -> None:
    """A power cut loses the tail of what the disk had promised, never the middle, never half a batch."""
    steps = 24
    assert child("abandon", folder, steps).wait() == 0
    log = (folder / "inbox.db-wal").read_bytes()
    choice = random.Random(damage)
    prefixes = set()
    for round_ in range(40):
        place = choice.randrange(len(log))
        tail = {
            "cut": b"",
            "zeroed": bytes(len(log) - place),
            "garbage": choice.randbytes(len(log) - place),
        }[damage]
        copy = tmp_path / f"copy{round_}"
        shutil.copytree(folder, copy)
        (copy / "inbox.db-wal").write_bytes(log[:place] + tail)
        store, notice = open_store(copy)
        cursor = store.small_things.cursor("acme:direct")
        held = cursor["at"] + 1 if cursor else 0
        prefixes.add(held)
        assert notice == ""
        assert [
            c.thread for c in store.conversations.get_many([f"acme:direct:{n}" for n in range(steps)])
        ] == [str(n) for n in range(held)]
        assert len(store.messages.search(["step"], limit=None)) == held
        store.close()
        shutil.rmtree(copy)
    assert len(prefixes) > 10


# -- flipped bits ------------------------------------------------------------------------------------------


PAGE = 4096


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, object]]:
    """A closed store's file, and the messages in it."""
    folder = tmp_path_factory.mktemp("written") / "data"
    store = LocalStore(folder)
    with store.transaction():
        for number in range(100):
            store.messages.put(message(number, f"text number {number} " + "lorem ipsum " * 10))
    found: dict[str, object] = {m.id: m for m in store.messages.of_conversation("acme:direct:1")}
    store.close()
    return (folder / "inbox.db").read_bytes(), found


def damages(raw: bytes) -> Iterator[bytes]:
    """One bit at two places of each 4 kB; every eighth 4 kB as zeros; cut at every eighth; garbage behind the end."""
    choice = random.Random(4)
    for page in range(0, len(raw), PAGE):
        for _ in range(2):
            flipped = bytearray(raw)
            flipped[page + choice.randrange(PAGE)] ^= 1 << choice.randrange(8)
            yield bytes(flipped)
        if page // PAGE % 8 == 0:
            yield raw[:page] + bytes(PAGE) + raw[page + PAGE :]
            yield raw[: page + choice.randrange(PAGE)]
    yield raw + choice.randbytes(1000)


def test_f82_damage_is_never_a_wrong_document(
    written: tuple[bytes, dict[str, object]], tmp_path: Path
) -> None:
    """SQLite has no checksums on its pages: without ours, a third of the flips went unnoticed."""
    raw, wanted = written
    noticed = tried = 0
    for damaged in damages(raw):
        folder = tmp_path / "copy"
        folder.mkdir(mode=0o700)
        (folder / "inbox.db").write_bytes(damaged)
        noticed += noticed_flip(folder, wanted)
        shutil.rmtree(folder)
        tried += 1
    assert tried > 2 * len(raw) // PAGE
    assert tried > noticed > tried / 5


def noticed_flip(folder: Path, wanted: dict[str, object]) -> bool:
    try:
        store = LocalStore(folder)
    except StoreError:
        return True
    failures = gone = 0
    for mid, expected in wanted.items():
        try:
            found = store.messages.get(mid)
        except StoreError:
            failures += 1
        else:
            gone += found is None
            assert found in (expected, None)
    with suppress(StoreError):
        assert all(wanted[m.id] == m for m in store.messages.of_conversation("acme:direct:1"))
    with suppress(StoreError):
        assert all(wanted[m.id] == m for m in store.messages.search(["number"], limit=None))
    if gone:
        assert not store.upkeep.health().ok
    with suppress(StoreError):
        store.close()
    return bool(failures or gone)


# -- disk full ---------------------------------------------------------------------------------------------


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Like a full disk for every file larger than `size` bytes; works without being root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_until_full(store: LocalStore, first: int) -> int:
    """Batches of a message and a cursor until the disk takes no more; returns how many were acknowledged."""
    number = first
    with suppress(StoreFull):
        for number in range(first, first + 5000):
            with store.transaction():
                store.messages.put(message(number, f"number{number} " + "x" * 3000))
                store.small_things.put_cursor("feed", {"at": number})
        raise AssertionError("the disk never got full")
    return number


def nothing_torn(store: LocalStore, count: int) -> None:
    """Nothing acknowledged is missing, nothing else is there."""
    assert store.small_things.cursor("feed") == ({"at": count - 1} if count else None)
    assert len(store.messages.of_conversation("acme:direct:1")) == count
    assert store.messages.get(f"acme:{count}") is None


@pytest.mark.parametrize("size", [400_000 + step * 4099 for step in range(8)])
def test_f80_a_full_disk_is_an_error_and_nothing_else(folder: Path, local: LocalStore, size: int) -> None:
    """TinyDB's own file was destroyed for good by this. Each size fails at another place of another write."""
    with no_file_beyond(size):
        count = write_until_full(local, 0)
        nothing_torn(local, count)
        with pytest.raises(StoreFull) as caught:
            local.small_things.put_setting("big", "x" * 500_000)
        assert "Make room" in str(caught.value)
        nothing_torn(local, count)
    local.messages.put(message(count, "again"))
    local.small_things.put_cursor("feed", {"at": count})
    nothing_torn(local, count + 1)
    again = LocalStore(folder)
    nothing_torn(again, count + 1)
    assert again.upkeep.health().findings == []
    again.close()


def test_a_full_file_system_is_an_error_and_nothing_else(tmp_path: Path) -> None:
    """The real thing, where the tests may mount a small one."""
    point = tmp_path / "small"
    point.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(point)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root can mount a file system")
    filler, store = point / "filler", None
    try:
        filler.write_bytes(bytes(800_000))
        store = LocalStore(point / "data")
        count = write_until_full(store, 0)
        nothing_torn(store, count)
        with pytest.raises(StoreFull):
            store.upkeep.backup()
        assert list((point / "data" / "backups").iterdir()) == []
        filler.unlink()
        store.messages.put(message(count, "again"))
        store.small_things.put_cursor("feed", {"at": count})
        store.close()
        store = LocalStore(point / "data")
        nothing_torn(store, count + 1)
    finally:
        if store:
            store.close()
        subprocess.run(["umount", str(point)], check=True)


# -- a sync that fails ---------------------------------------------------------------------------------------

FAILING_SYNC = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int sync_or_fail(int fd, const char *name) {
    if (access(getenv("FAIL_SYNC"), F_OK) == 0) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return sync_or_fail(fd, "fsync"); }
int fdatasync(int fd) { return sync_or_fail(fd, "fdatasync"); }
"""


def test_f81_what_the_disk_did_not_sync_is_not_shown_as_saved(folder: Path, tmp_path: Path) -> None:
    """A failed sync is an error; the file is opened again, and the next write is a new one."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or not compiler:
        pytest.skip("failing syncs are injected with a C compiler and LD_PRELOAD")
    source, library = tmp_path / "sync.c", tmp_path / "sync.so"
    source.write_text(FAILING_SYNC)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAIL_SYNC": str(folder / "fail-sync")}
    done = subprocess.run(
        [sys.executable, store_child.__file__, "sync", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    first, seen, second, after, third, last = done.stdout.splitlines()
    assert (first, seen) == ("saved", "[0, None, None]")
    assert "SQLITE_IOERR_FSYNC" in second
    assert after == "[0, None, None]"
    assert (third, last) == ("saved", "[0, None, 2]")
    store = LocalStore(folder)
    assert [store.small_things.setting(f"step{n}") for n in range(3)] == [0, None, 2]
    store.close()


# -- several at once -----------------------------------------------------------------------------------------


def test_two_processes_that_add_to_one_counter_lose_nothing(folder: Path, local: LocalStore) -> None:
    """Screen and `inbox sync` write to one store; a reader is never refused meanwhile."""
    local.small_things.put_setting("counter", 0)
    with child("count", folder, 100) as one, child("count", folder, 100) as two:
        seen = [0]
        while one.poll() is None or two.poll() is None:
            seen.append(local.small_things.setting("counter"))
    assert (one.returncode, two.returncode) == (0, 0)
    assert seen == sorted(seen)
    assert local.small_things.setting("counter") == 200
    assert local.changes.pending()


def test_two_threads_with_a_handle_each_lose_nothing(folder: Path, local: LocalStore) -> None:
    """The screen's store thread and the reader's share a process."""
    local.conversations.put(conversation())
    failures: list[BaseException] = []

    def work() -> None:
        try:
            store = LocalStore(folder)
            for _ in range(50):
                with store.transaction():
                    head = store.conversations.get("acme:direct:1")
                    assert head
                    store.conversations.put(head)
            store.close()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    head = local.conversations.get("acme:direct:1")
    assert head
    assert head.version == 101


def test_a_writer_that_hangs_is_named_and_nothing_is_saved(
    folder: Path, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended program must not freeze the other one for ever."""
    monkeypatch.setattr("inbox.store.sqlite.connection.PATIENCE", 0.02)
    other = LocalStore(folder)
    with local.transaction(), pytest.raises(StoreError, match="has been writing"):
        other.small_things.put_setting("x", 1)
    assert local.small_things.setting("x") is None
    other.small_things.put_setting("x", 2)
    assert local.small_things.setting("x") == 2
    other.close()
