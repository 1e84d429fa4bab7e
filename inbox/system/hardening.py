"""What is shut before anything secret is read (decisions/0010-one-seam-for-the-network.md): no core dumps, no debugger of the same
user, and no environment variable that makes a library write down keys, text or tokens."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping

from inbox.errors import UsageError

LEAKS = {
    "TEXTUAL_LOG": "writes every key you type into a file that others can read",
    "SSLKEYLOGFILE": "writes down the keys of encrypted connections, and with them your tokens",
}
PR_SET_DUMPABLE = 4
"""linux/prctl.h"""


def refuse_leaks(env: Mapping[str, str]) -> None:
    """Raises UsageError where the environment would give secrets away."""
    for variable, effect in LEAKS.items():
        if env.get(variable):
            raise UsageError(f"{variable} is set: it {effect}; take it away, or add --debug-insecure")
    if "devtools" in env.get("TEXTUAL", "").split(","):
        raise UsageError(
            "TEXTUAL names devtools: it sends what is on the screen elsewhere; take it away, or add --debug-insecure"
        )


def close_doors() -> None:
    """For a process of its own only: it cannot be taken back."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
