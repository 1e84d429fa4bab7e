"""What runs in a process of its own, so that it can be killed: `python store_child.py MODE FOLDER [NUMBER]`.

write   operations from NUMBER on, each acknowledged by a line with its number once it is durable
abandon NUMBER operations, then gone without closing
count   NUMBER times: read a counter, add one, put it back
lease   take the lease "sync", say so, keep it
screen  two handles; writes each line of its standard input as a setting of that name, and answers with the line
visit   open the store twice and leave
sync    write three settings; while the second is written, the file FOLDER/fail-sync stands
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from store_samples import NOW, conversation, message, reply

from inbox.domain.model import Draft
from inbox.errors import StoreError
from inbox.store.sqlite.store import LocalStore

BATCH = 5


def operate(store: LocalStore, number: int) -> None:
    """By turns: triage, a draft, a batch of messages with head and cursor, a reply."""
    kind = number % 4
    if kind == 0:
        store.conversations.put(conversation(1, preview=str(number)))
    elif kind == 1:
        store.outbox.put_draft(
            Draft(conversation="acme:direct:1", agent="ann", text=str(number), saved_at=NOW)
        )
    elif kind == 2:
        with store.transaction():
            for part in range(BATCH):
                store.messages.put(message(number * BATCH + part, f"batch{number}"))
            store.conversations.put(conversation(2, preview=str(number)))
            store.small_things.put_cursor("acme:direct", {"at": number})
    else:
        store.outbox.put(reply(number))


def say(line: object) -> None:
    os.write(1, f"{line}\n".encode())


def write_past_a_failing_sync(store: LocalStore, failing: Path) -> None:
    for step in range(3):
        if step == 1:
            failing.touch()
        try:
            store.small_things.put_setting(f"step{step}", step)
            say("saved")
        except StoreError as error:
            say(error)
        failing.unlink(missing_ok=True)
        say([store.small_things.setting(f"step{n}") for n in range(3)])
    store.close()


def take_notes(store: LocalStore, folder: Path) -> None:
    station = LocalStore(folder)
    say("open")
    for line in sys.stdin:
        store.small_things.put_setting(line.strip(), True)
        say(line.strip())
    station.close()
    store.close()


def main(mode: str, folder: Path, number: int) -> None:
    store = LocalStore(folder)
    if mode == "write":
        while True:
            operate(store, number)
            say(number)
            number += 1
    elif mode == "abandon":
        for step in range(number):
            with store.transaction():
                store.conversations.put(conversation(step))
                store.messages.put(message(step, f"step {step}"))
                store.small_things.put_cursor("acme:direct", {"at": step})
        os._exit(0)
    elif mode == "screen":
        take_notes(store, folder)
    elif mode == "visit":
        LocalStore(folder).close()
        store.close()
    elif mode == "sync":
        write_past_a_failing_sync(store, folder / "fail-sync")
    elif mode == "count":
        for _ in range(number):
            with store.transaction():
                store.small_things.put_setting("counter", store.small_things.setting("counter") + 1)
        store.close()
    else:
        with store.upkeep.lease("sync") as held:
            say(held)
            time.sleep(3600)  # killed long before


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
