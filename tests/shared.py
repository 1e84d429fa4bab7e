"""Where the recorded bodies, specs and hostile texts stand: beside the checkout, never inside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("INBOX_RECORDINGS") or Path(__file__).resolve().parents[2] / "shared")
"""Another folder, or none (`INBOX_RECORDINGS=none`): the suite as it runs in a stranger's clone."""


def shared(path: str) -> Path:
    """The file or folder `path` under shared/.

    Skips the test, saying so, where it is missing (a user's machine); fails where `CI` is set.
    """
    found = SHARED / path
    if not found.exists():
        reason = f"shared/{path} is not beside this checkout"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason, allow_module_level=True)
    return found
