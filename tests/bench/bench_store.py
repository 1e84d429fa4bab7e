"""How fast is the store, and what does TinyDB's API cost over the bare `sqlite3` module?

    python tests/bench/bench_store.py [--messages N] [--folder DIR]

Both sides do the same work in turns, in one run, with the same pragmas and full durability. What the bare side does:
it keeps the same JSON documents, decoded by msgspec into the same records (`alike` makes sure), and the same trigram
index, in the plainest tables that answer the questions: one statement each. What it leaves out, and the store does not:
checksums, closed reply windows and ended snoozes in the order, versions, change numbers, the other columns and indexes of
the queue, and the re-reading of each hit. Medians; the ratios carry over to other machines, the milliseconds do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import tinydb

from inbox.domain.filter import parse
from inbox.domain.fold import fold, marked, pattern, spellings
from inbox.domain.model import Conversation, Direction, Message, Person, Priority, Status, Surface
from inbox.domain.queue import Scope, views
from inbox.domain.records import replace
from inbox.store.sqlite.connection import PRAGMAS
from inbox.store.sqlite.store import LocalStore, open_store
from inbox.wiring import open as wiring

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PER_CONVERSATION = 5
BATCH = 50
WORDS = """
    the a is my we you order parcel arrived broken thanks please where refund invoice late again still nobody
    answers help Rückerstattung Bestellung kaputt bitte warum immer noch keine Antwort Straße gracias pedido
    dónde está llegó remboursement commande toujours réponse İade sipariş teşekkürler 返金してください 注文 届きません
    😀 🙏 #fail @brand
    """.split()  # noqa: SIM905 - a list of fifty quoted words says less
FILTERS = ("refund", "#1234", "from:customer", "-from:customer9 -tag:vip", "is:breached", "priority:high")
Measured = tuple[str, float, float | None]
"""What, our milliseconds, those of the bare module."""
OPEN = Scope(statuses=frozenset({Status.OPEN}))


class Material:
    """Made by seed: a quarter of the conversations is open and waits."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.made = 0

    def conversation(self, number: int) -> Conversation:
        newest = NOW - timedelta(seconds=self.random.randrange(30 * 86400))
        waits = self.random.random() < 0.25
        surface = self.random.choice([Surface.MENTIONS, Surface.DIRECT, Surface.COMMENTS, Surface.MESSENGER])
        return Conversation(
            id=f"acme:{surface}:{10**17 + number}",
            account="acme",
            platform="twitter",
            surface=surface,
            thread=str(10**17 + number),
            contact=Person(name=f"Customer {number}", handle=f"customer{number}", remote_id=str(number)),
            status=Status.OPEN if waits else Status.RESOLVED,
            assignee=self.random.choice([None, None, "ann", "bob"]),
            priority=Priority.NORMAL,
            preview=self.text(8),
            message_count=PER_CONVERSATION,
            last_message_at=newest,
            last_in_at=newest,
            waiting_since=newest if waits else None,
            wait_kind="first" if waits else None,
            due_at=newest + timedelta(hours=3) if waits else None,
            closes_at=newest + timedelta(days=1) if surface is Surface.MESSENGER else None,
        )

    def text(self, words: int) -> str:
        return " ".join([*self.random.choices(WORDS, k=words), f"#{self.random.randrange(400_000):06d}"])

    def message(self, conversation: Conversation) -> Message:
        self.made += 1
        sent = (conversation.last_message_at or NOW) - timedelta(seconds=self.random.randrange(86400))
        return Message(
            id=f"acme:{2 * 10**18 + self.made}",
            conversation=conversation.id,
            remote_id=str(2 * 10**18 + self.made),
            direction=self.random.choice([Direction.IN, Direction.OUT]),
            author=conversation.contact,
            text=self.text(self.random.randrange(5, 30)),
            sent_at=sent,
            received_at=NOW,
        )


class Raw:
    """The same questions in plain SQL."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        for pragma in PRAGMAS:
            self.db.execute(f"PRAGMA {pragma}")

    def create(self) -> None:
        self.db.executescript("""
            CREATE TABLE c (n INTEGER PRIMARY KEY, id TEXT UNIQUE, status TEXT, due REAL, doc TEXT);
            CREATE INDEX c_due ON c (status, due, id);
            CREATE TABLE m (n INTEGER PRIMARY KEY, id TEXT UNIQUE, conversation TEXT, sent REAL, doc TEXT);
            CREATE INDEX m_thread ON m (conversation, sent);
            CREATE INDEX m_sent ON m (sent);
            CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='trigram case_sensitive 1');
        """)

    def batch(self, conversations: Sequence[Conversation], messages: Sequence[Message]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        for c in conversations:
            self.put(c)
        for m in messages:
            number = self.db.execute(
                "INSERT INTO m (id, conversation, sent, doc) VALUES (?, ?, ?, ?)",
                (m.id, m.conversation, m.sent_at.timestamp(), msgspec.json.encode(m).decode()),
            ).lastrowid
            self.db.execute("INSERT INTO t (rowid, text) VALUES (?, ?)", (number, marked(fold(m.text))))
        self.db.execute("COMMIT")

    def put(self, c: Conversation) -> None:
        due = c.due_at.timestamp() if c.due_at else None
        self.db.execute(
            "INSERT INTO c (id, status, due, doc) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET status = excluded.status, due = excluded.due, doc = excluded.doc",
            (c.id, c.status.value, due, msgspec.json.encode(c).decode()),
        )

    def triage(self, cid: str, assignee: str) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.put(replace(self.conversation(cid), assignee=assignee))
        self.db.execute("COMMIT")

    def conversation(self, cid: str) -> Conversation:
        row = self.db.execute("SELECT doc FROM c WHERE id = ?", (cid,)).fetchone()
        return msgspec.json.decode(row[0], type=Conversation)

    def list(self) -> list[Conversation]:
        rows = self.db.execute("SELECT doc FROM c WHERE status = 'open' ORDER BY due, id LIMIT 200")
        return [msgspec.json.decode(row[0], type=Conversation) for row in rows]

    def search(self, text: str) -> list[Message]:
        rows = self.db.execute(
            "SELECT doc FROM m WHERE n IN (SELECT rowid FROM t WHERE t MATCH ?) ORDER BY sent DESC LIMIT 50",
            (" OR ".join(f'"{pattern(one)}"' for one in spellings(fold(text))),),
        )
        return [msgspec.json.decode(row[0], type=Message) for row in rows]


def store_batch(
    store: LocalStore, conversations: Sequence[Conversation], messages: Sequence[Message]
) -> None:
    with store.transaction():
        for conversation in conversations:
            store.conversations.put(conversation)
        for message in messages:
            store.messages.put(message)


def store_list(store: LocalStore) -> list[Conversation]:
    return store.conversations.get_many(store.conversations.order(OPEN, now=NOW, limit=200))


def store_triage(store: LocalStore, cid: str, assignee: str) -> None:
    with store.transaction():
        conversation = store.conversations.get(cid)
        assert conversation
        store.conversations.put(replace(conversation, assignee=assignee))


def load(material: Material, count: int, take: Callable[..., None]) -> float:
    begin = time.perf_counter()
    for start in range(0, count, 200):
        conversations = [material.conversation(n) for n in range(start, min(count, start + 200))]
        take(conversations, [material.message(c) for c in conversations for _ in range(PER_CONVERSATION)])
    return time.perf_counter() - begin


def line(
    name: str, times: int, ours: Callable[[], object], theirs: Callable[[], object] | None = None
) -> Measured:
    """A line of the table. The two take turns, so that what else the machine does meets both alike."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for act, place in ((ours, spent[0]), (theirs, spent[1])):
            if act:
                begin = time.perf_counter()
                act()
                place.append(time.perf_counter() - begin)
    mine, other = (statistics.median(place) * 1000 if place else None for place in spent)
    return name, mine or 0.0, other


def appending(path: Path) -> Callable[[], None]:
    """What the disk asks for one durable action, at the least."""
    file = path.open("wb")

    def act() -> None:
        file.write(b"x" * 700)
        file.flush()
        os.fdatasync(file.fileno())

    return act


def opening(folder: Path) -> Callable[[], None]:
    def act() -> None:
        store, _ = open_store(folder)
        assert store_list(store)
        store.close()

    return act


def raw_opening(path: Path) -> Callable[[], None]:
    def act() -> None:
        raw = Raw(path)
        assert raw.list()
        raw.db.close()

    return act


MEMORY = """
import sys
sys.path[:0] = {places!r}
from pathlib import Path
import bench_store as bench
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
before = resident()
store, _ = bench.open_store(Path({folder!r}))
bench.store_list(store)
store.messages.search(["refund"])
print((resident() - before) / 1e6)
"""


def memory(folder: Path) -> float:
    """Megabytes that an open store, a list and a search take, on top of the imports (Linux)."""
    if sys.platform != "linux":
        return 0.0
    places = [str(Path(__file__).parent), str(Path(wiring.__file__).parents[1])]
    program = MEMORY.format(places=places, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def alike(store: LocalStore, raw: Raw, cid: str) -> None:
    """Both sides answer with the same records, or their times mean nothing."""
    ours, theirs = store.conversations.get(cid), raw.conversation(cid)
    assert ours is not None
    assert replace(ours, version=theirs.version) == theirs
    assert len(store_list(store)) == len(raw.list()) > 0
    assert {m.id: m.text for m in store.messages.search(["#1234"])} == {
        m.id: m.text for m in raw.search("#1234")
    }


def filtered(store: LocalStore, view: str, text: str) -> list[str]:
    """Two screens of a filtered view, as a letter is answered with."""
    asked = parse(text, agent="ann", now=NOW, zone=UTC)
    scope = next(view_.scope for view_ in views("ann") if view_.name == view)
    return store.conversations.order(asked.within(scope), now=NOW, limit=80)


def compare(
    store: LocalStore, raw: Raw, folder: Path, raw_path: Path, material: Material
) -> Iterator[Measured]:
    choice = random.Random(2)
    ids = store.conversations.order(Scope(), now=NOW)
    agents = iter(range(10**9))

    def fresh() -> tuple[list[Conversation], list[Message]]:
        conversations = store.conversations.get_many(choice.sample(ids, 10))
        return conversations, [material.message(c) for c in conversations for _ in range(BATCH // 10)]

    batches = iter([fresh() for _ in range(60)])
    yield line("open + first 200", 21, opening(folder), raw_opening(raw_path))
    yield line("list 200 by deadline", 51, lambda: store_list(store), raw.list)
    yield line("append + fdatasync, for comparison", 200, appending(folder / "floor"))
    yield line(
        "triage action, durable",
        300,
        lambda: store_triage(store, choice.choice(ids), f"a{next(agents)}"),
        lambda: raw.triage(choice.choice(ids), f"a{next(agents)}"),
    )
    yield line(
        f"take in {BATCH} messages",
        30,
        lambda: store_batch(store, *next(batches)),
        lambda: raw.batch(*next(batches)),
    )
    for name, term in (
        ("rare word", "#1234"),
        ("word", "Rückerstattung"),
        ("substring", "erstatt"),
        ("nothing", "qqqqq"),
        ("3 letters", "ord"),
    ):
        title = f"search {name} ({len(store.messages.search([term]))} hits)"
        yield line(title, 21, partial(store.messages.search, [term]), partial(raw.search, term))
    yield line("search 2 letters (prefix)", 11, lambda: store.messages.search(["he"]))
    for text in FILTERS:
        yield line(f"filter {text}", 11, partial(filtered, store, "all", text))
    scopes = {view.name: view.scope for view in views("ann")}
    yield line("counts of 10 views", 21, lambda: store.conversations.counts(scopes, now=NOW))
    yield line("figures of the header", 21, lambda: store.conversations.waiting_figures(NOW))
    for text in FILTERS[:4:3]:
        saved = {text: parse(text, agent="ann", now=NOW, zone=UTC).within(Scope())}
        yield line(f"count: {text}", 5, partial(store.conversations.counts, saved, now=NOW))
    yield line("first 200 of all", 51, lambda: store.conversations.order(Scope(), now=NOW, limit=200))
    yield line("order of all, no limit", 11, lambda: store.conversations.order(Scope(), now=NOW))
    yield line("one thread", 101, lambda: store.messages.of_conversation(choice.choice(ids)))
    yield line("changed?", 1001, store.changes.pending)
    yield line("backup, verified", 1, store.upkeep.backup)


def row(name: str, ours: float, theirs: float | None) -> str:
    if theirs is None:
        return f"{name:34} {ours:10.3f}"
    return f"{name:34} {ours:10.3f} {theirs:12.3f} {ours / theirs:8.2f}"


def measured(messages: int, root: Path) -> Iterator[Measured]:
    """All figures at one size, in a folder of its own below `root`; one that is there already is used again."""
    count, folder = messages // PER_CONVERSATION, root / f"store-{messages}"
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    store, _ = open_store(folder / "store")
    raw = Raw(folder / "raw.db")
    if made:
        raw.create()
        loaded = load(Material(), count, lambda c, m: store_batch(store, c, m))
        yield "load everything", loaded * 1000, load(Material(), count, raw.batch) * 1000
        alike(store, raw, store.conversations.order(Scope(), now=NOW, limit=1)[0])
    material = Material(seed=3)
    material.made = time.time_ns()  # ids that no run before has used
    yield from compare(store, raw, folder / "store", folder / "raw.db", material)
    raw.db.close()
    store.close()
    yield "memory over the imports, MB", memory(folder / "store"), None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=Path, help="where to measure; default: the system's temporary folder"
    )
    options = parser.parse_args()
    print(
        f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} cores\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"TinyDB {tinydb.__version__}; {options.messages} messages\n"
        f"{'ms, median':34} {'store':>10} {'raw sqlite3':>12} {'ratio':>8}"
    )
    with tempfile.TemporaryDirectory(prefix="inbox-bench-", dir=options.folder) as root:
        for figures in measured(options.messages, Path(root)):
            print(row(*figures), flush=True)


if __name__ == "__main__":
    main()
