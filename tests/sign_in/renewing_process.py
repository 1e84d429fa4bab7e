"""A process of its own that asks X again and again: one line in, eight requests at once, one line out.

python renewing_process.py CONFIG DATA [die-after-answer]
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from inbox.accounts.vault import SystemVault
from inbox.adapters import http
from inbox.errors import PlatformError
from inbox.wiring import accounts
from inbox.wiring.setup import Setup, set_up

TOGETHER = 4


async def ask(setup: Setup) -> None:
    account = setup.config.accounts[0]
    live = accounts.live_sign_in(setup, account)
    client = http.open_client(account.api_url or "")
    loop = asyncio.get_running_loop()
    print("ready", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        answers = await asyncio.gather(
            *(
                http.call(client, "GET", "/2/users/me", credentials=http.Credentials(live))
                for _ in range(TOGETHER)
            ),
            return_exceptions=True,
        )
        failed = [a for a in answers if isinstance(a, BaseException)]
        told = failed[0] if failed else None
        print(f"{told.kind} {told.next_step}" if isinstance(told, PlatformError) else repr(told), flush=True)
    await client.aclose()


def main() -> None:
    if sys.argv[3:] == ["die-after-answer"]:
        # the answer of the platform is here, and the power goes before it is on the disk
        SystemVault.keep = lambda *_: os._exit(9)  # type: ignore[method-assign]
    asyncio.run(ask(set_up(Path(sys.argv[1]), Path(sys.argv[2]), {})))


if __name__ == "__main__":
    main()
