"""A sender in a process of its own, so that it can be killed: `python child.py FOLDER URL CASE TEXT`.

Puts one reply into the outbox of the one conversation there is, and delivers until it is told to stop.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults.matrix import CASES, begin
from inbox.config import platforms
from inbox.engine.desk.drafts import Reply
from inbox.system.clocks import SystemClock

platforms.declare_built_in()  # as every start of the program does


async def main(folder: Path, url: str, case_name: str) -> None:
    case = next(case for case in CASES if case.name == case_name)
    life = begin(folder, case, SystemClock(), url)
    (cid,) = life.desk.queue.order("all")
    draft = life.desk.drafts.get(cid)
    assert draft is not None
    item = life.desk.replying.reply(
        cid, Reply(draft.text, private=case.private, key="the-key", hold=timedelta(0))
    )
    print(item.id, flush=True)
    while True:
        await life.delivery.step()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
