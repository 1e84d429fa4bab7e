"""What may follow in the filter, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from inbox.wording import safe_text

if TYPE_CHECKING:
    from inbox.engine.desk.filter_offers import Offer

BESIDE = 24
"""Columns left to what stands at the right end of the status line."""


def filter_offers(offers: Sequence[Offer], width: int) -> str:
    """Return `Tab  waiting 34 · overdue 6`: as many as the width allows; empty where nothing is offered."""
    line = ""
    for offer in offers:
        count = "" if offer.count is None else f" {offer.count}"
        longer = f"{f'{line} · ' if line else 'Tab  '}{safe_text.line(offer.value)}{count}"
        if line and cell_len(longer) > width - BESIDE:
            break
        line = longer
    return line
