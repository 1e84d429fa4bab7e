"""What the config decides about listening."""

from __future__ import annotations

from inbox.domain.records import Record

LOG = "surges:"
"""The setting of the log of an account's surges begins with it; the name of the account follows."""


class Listening(Record, kw_only=True):
    """What the config decides about listening. `surge`: off, calm, normal or early. `notify`: off, red or all."""

    surge: str = "normal"
    notify: str = "red"
    own_words: frozenset[str] = frozenset()
    """Words of the brand itself, folded: never what a surge or a topic is about."""
