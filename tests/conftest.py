"""For the whole suite: the same examples on every run of CI, new ones on every run at a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from inbox.language import choose

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def begins_in_english() -> Iterator[None]:
    """Whatever language a test spoke, the next begins in English, on a machine with any locale."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")
        yield
    choose("en", {})
