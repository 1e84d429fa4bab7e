"""Keys that arrive in one burst: one write to the terminal, quicker than the program reads. The real program."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from faults.endings import filled
from faults.pseudo import Screen
from faults.test_wait_for_outcome import sees
from faults.test_whole_program import Program, program  # noqa: F401
from inbox.domain.queue import Scope
from inbox.store.sqlite.store import LocalStore


def test_a_choice_and_enter_in_one_write_are_what_was_typed(program: Program) -> None:  # noqa: F811
    """A connection that stalls delivers a word and Enter together. Enter was run before the letters, so that another tag
    than the one typed was given."""
    filled(program)
    with (
        closing(LocalStore(program.folder / "data")) as store,
        Screen(*program.words, env=program.environment, folder=program.folder) as screen,
    ):

        def tags() -> set[str]:
            heads = store.conversations.get_many(store.conversations.order(Scope(), now=datetime.now(UTC)))
            return {tag for head in heads for tag in head.tags}

        screen.until(b"parcel")
        screen.quiet()
        given = set()
        for tag in ("billing", "angry", "vip", "refund"):
            seen = len(screen.written)
            screen.does("l")
            screen.until(b"Esc leaves", since=seen)
            screen.quiet()
            screen.press(f"{tag}\r")
            given.add(tag)
            sees(screen, lambda: tags() == given)
