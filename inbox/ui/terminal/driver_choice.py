"""Which driver reads and writes the terminal: ours, or Textual's with our reading of pastes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inbox.ui.terminal.private_names import why_stock

if TYPE_CHECKING:
    from textual.driver import Driver


def choose_driver(stock: type[Driver]) -> type[Driver]:
    """Return the driver to use where Textual would use `stock`.

    Ours replaces the one for Linux and macOS. Windows and the tests have one of their own. Textual's drivers look
    their parser up in their own module, so that is where ours is put.
    """
    safe = why_stock("pasting") is None
    if sys.platform == "win32":
        if safe:
            from textual.drivers import win32

            from inbox.ui.terminal.parser import Parser

            win32.XTermParser = Parser
        return stock
    from textual.drivers import linux_driver

    if stock is not linux_driver.LinuxDriver:
        return stock
    if safe and why_stock("driver") is None:
        from inbox.ui.terminal.driver import Terminal

        return Terminal
    if safe:
        from inbox.ui.terminal.parser import Parser

        linux_driver.XTermParser = Parser  # type: ignore[attr-defined]  # looked up there as it starts to read
    return stock
