"""The suite that every platform has to pass, for pytest: what the core relies on, tried from outside.

The author of a platform says what people do there, and inherits the tests:

    from inbox.platform_kit.contract import PlatformContract, PlatformWorld

    class Toots(PlatformWorld):
        platform, surface = PLATFORM, Surface("toots")

        def customer_writes(self, customer: str, text: str) -> None: ...
        def taken(self) -> list[str]: ...

    class TestToots(PlatformContract):
        World = Toots

It needs pytest and nothing else. What it cannot know of a platform, such as its error codes, is left to tests beside it.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("inbox.platform_kit.contract_suite")  # so that a failure shows the values

from inbox.platform_kit.contract_suite import PlatformContract, PlatformWorld  # noqa: E402

__all__ = ["PlatformContract", "PlatformWorld"]
