"""What the suite does not hold is said at its end, whatever else it says."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from house.test_promises import NOT_BUILT

    for reason in dict.fromkeys(NOT_BUILT.values()):
        numbers = " ".join(f"F{number:02}" for number, why in sorted(NOT_BUILT.items()) if why == reason)
        terminalreporter.write_line(f"without a test: {numbers} ({reason})")
