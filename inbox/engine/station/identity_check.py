"""Who an account is on its platform: somebody else than before is believed when it is said twice.

One wrong answer to "who am I" would have what a customer wrote taken for ours, and the lists of a stranger read into
the inbox.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from inbox.errors import Unavailable
from inbox.ports.platform import Identity
from inbox.ports.store import Store

AFTER = timedelta(minutes=10)
"""How much later a second answer counts. Who signs another account in under an old name waits so long."""


def confirm_identity(store: Store, account: str, told: Identity, now: datetime) -> None:
    """Keep who the account is. Raises Unavailable where it is another one than before, said for the first time."""
    name = f"identity:{account}"
    kept = store.small_things.setting(name) or {}
    known, other, since = kept.get("id"), kept.get("other"), kept.get("since")
    said_at = datetime.fromisoformat(since) if since and other == told.remote_id else now
    if known in (None, told.remote_id) or now - said_at >= AFTER:
        if kept != {"id": told.remote_id}:
            store.small_things.put_setting(name, {"id": told.remote_id})
        return
    if other != told.remote_id or said_at > now:
        store.small_things.put_setting(name, {"id": known, "other": told.remote_id, "since": now.isoformat()})
    raise Unavailable(
        "the platform says that the token belongs to another account than before",
        code="another account",
        next_step="It is asked again automatically, and believed if it says so again ten minutes later.",
    )
