"""From what the screen knows to the hints below a reply. The checks are imported with the first key, not before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.model import Direction
from inbox.engine.desk.desk import Desk
from inbox.ui.picture import Open
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.checks import Hint, Situation
    from inbox.ui.text.writing import Writing

ASKED = 3
"""The customer's newest messages, from which their language is told."""


def asked(opened: Open | None) -> list[str]:
    """Return what the customer wrote last, oldest first."""
    messages = opened.thread.messages if opened else ()
    return [m.text for m in messages if m.direction is Direction.IN][-ASKED:]


def around(
    opened: Open | None, writing: Writing, agent: str, currency: str, last_account: str | None
) -> Situation:
    """`opened`: the conversation as it stands now; None where it has not been read."""
    from inbox.domain.checks import Situation

    messages = opened.thread.messages if opened else ()
    since = [m for m in messages if m.seq > writing.seen_seq and m.stands]
    on_the_way = [i.agent for i in opened.thread.replies if i.agent != agent] if opened else []
    answered = [m.agent or m.author.label for m in since if m.direction is Direction.OUT]
    return Situation(
        private=writing.private,
        asked=asked(opened),
        wrote_again=sum(m.direction is Direction.IN for m in since),
        answered_by=list(dict.fromkeys([*answered, *on_the_way])),
        currency=currency,
        account=writing.account,
        last_account=last_account,
        unsure=opened.thread.way.unsure if opened and not writing.private else None,
    )


def take(desk: Desk, writing: Writing, text: str, around: Situation) -> tuple[float | None, Sequence[Hint]]:
    """On the desk's thread: what sending the text costs, and what is to be said about it."""
    from inbox.domain import checks
    from inbox.domain.records import replace

    price = desk.replying.price(writing.conversation, text, writing.private)
    if "." in text and price is not None:
        plain = desk.replying.price(writing.conversation, "-", writing.private)
        around = replace(around, price=price, plain_price=plain)
    return price, checks.hints(text, around)


def spelling(misspelt: Sequence[str], text: str) -> list[str]:
    """What is said about the words of these that still stand in the text."""
    left = [word for word in misspelt if word in text]
    return [tr("spelling? {words}", words=", ".join(left))] if left else []
