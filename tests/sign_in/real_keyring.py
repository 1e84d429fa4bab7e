"""A process with the keyring this machine really offers: stores, reads, forgets, and prints what happened."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime

from inbox.accounts.vault import SystemVault, VaultError
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn

KEPT = SignIn(
    access=Secret("canary-access-" + "a" * 200),
    refresh=Secret("canary-refresh-" + "r" * 200),
    expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    scope=("tweet.read",),
    kind="oauth2",
)


def work() -> dict[str, object]:
    vault = SystemVault(os.environ, patience=20)
    if "read" in sys.argv:
        found = vault.sign_in("acme-x")
        return {"found": found is not None}
    vault.keep("acme-x", KEPT)
    again = SystemVault(os.environ)
    same = again.sign_in("acme-x") == KEPT
    if "keep" in sys.argv:
        return {"same": same}
    return {
        "same": same,
        "name": vault.keyring_name(),
        "forgotten": again.forget("acme-x"),
        "left": again.sign_in("acme-x") is not None,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(work()))
    except VaultError as error:
        print(json.dumps({"code": error.code, "said": error.message, "next": error.next_step}))
