"""Opening the screen: the agent's own inbox, or the demo."""

from __future__ import annotations

import gc
import os
import sys
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from inbox.cli.open_desk import set_up, unlock
from inbox.cli.progress_line import progress_line
from inbox.cli.screen_signals import giver_back, leaving
from inbox.cli.signals import ALL, ends_in_time, leave_at_once
from inbox.config.model import NoConfig
from inbox.errors import StoreError, Unreadable, UsageError
from inbox.ports.sign_in import Signing
from inbox.system import logs, progress
from inbox.wiring import accounts
from inbox.wiring import open as wiring
from inbox.wiring import setup as wiring_setup
from inbox.wording.language import tr

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from inbox.engine.session import Session
    from inbox.ports.sign_in import Dialogue, TokenCheck, Way
    from inbox.wiring.setup import Setup

WITHOUT_SCREEN = "use `inbox --plain`, or a command such as `inbox queue`"
DEMO_WITHOUT_SCREEN = "use `inbox demo --plain`"
PATIENCE = 1.0
"""Seconds to wait for what was done: nobody who leaves waits longer for that."""


def open_screen(arguments: Namespace) -> int:
    """Open the agent's own inbox; offers to write a config on the first start."""
    try:
        setup = set_up(arguments)
    except NoConfig:
        from inbox.cli.init import wanted

        if not wanted(arguments):
            raise
        setup = set_up(arguments)
    try:
        if arguments.plain:
            return _plain(setup, verbose=arguments.verbose)
        return _show(setup, demo=False, verbose=arguments.verbose)
    except Unreadable as error:
        from inbox.cli.backup_commands import begin_instead

        return begin_instead(setup, error)


def demo(arguments: Namespace) -> int:
    """Open the inbox on simulated platforms, in a data folder that is gone at the end."""
    if not arguments.plain:
        refuse_undrawable(os.environ, DEMO_WITHOUT_SCREEN)
    from inbox.demo.open import demo_setup

    made = demo_setup(
        seed=arguments.seed,
        conversations=arguments.conversations,
        speed=arguments.speed,
        env=os.environ,
        progress=lambda written, of: progress.report("past", written, of),
    )
    with ExitStack() as stack:
        # Not while the screen draws: both use standard error. The readings of the demo's morning are part of its story.
        with progress_line(only="past"):
            setup = stack.enter_context(made)
        if arguments.plain:
            return _plain(setup, verbose=arguments.verbose)
        return _show(setup, demo=True, verbose=arguments.verbose)


def refuse_undrawable(env: Mapping[str, str], without_screen: str = WITHOUT_SCREEN) -> None:
    """Raises UsageError where there is no terminal to draw on: it would draw into a file and never end."""
    streams = {"standard input": sys.stdin, "standard output": sys.stdout, "standard error": sys.stderr}
    closed = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if closed:
        raise UsageError(f"{closed[0]} is no terminal, and the screen needs one; {without_screen}")
    term = env.get("TERM", "")
    if sys.platform != "win32" and term in ("", "dumb", "unknown"):
        raise UsageError(f"TERM is {term or 'empty'}: nothing can be drawn there; {without_screen}")


def _plain(setup: Setup, *, verbose: bool) -> int:
    from inbox.cli import plain

    unlock(setup, new=False)
    logs.configure(setup.folder, verbose=verbose)
    session = wiring.open_session(setup)
    try:
        return plain.run(session, agent=setup.agent, zone=setup.zone, macros=setup.config.macros)
    finally:
        session.close()


def _show(setup: Setup, *, demo: bool, verbose: bool) -> int:
    refuse_undrawable(os.environ)
    unlock(setup)
    os.environ.setdefault("TEXTUAL_FPS", "120")
    gc.disable()  # what is imported stays; on again after the first frame
    logs.configure(setup.folder, verbose=verbose)
    session = wiring.open_session(setup)
    session.open()  # in its thread, while this one reads Textual from the disk
    from inbox.ui.terminal import without_palette

    without_palette.spare_the_palette()
    from inbox.ui.app import InboxApp

    app = InboxApp(
        session,
        agent=setup.agent,
        zone=setup.zone,
        hours=setup.timers.hours,
        config=setup.config,
        demo=demo,
        signing=None if demo else signing(setup),
        spelling=partial(wiring_setup.spelling, setup, os.environ) if setup.config.screen.spelling else None,
    )

    def leave(status: int) -> None:
        app.main.keep_text()
        app.exit(return_code=status)

    left = threading.Event()
    try:
        with (
            progress.watched_by(app.long_work.note),
            ends_in_time(leave_at_once, ALL, last_words=giver_back(left.is_set)),
            leaving(leave),
        ):
            try:
                app.run(mouse=setup.config.screen.mouse)
            finally:
                left.set()
        if not app.return_code:
            _say_goodbye(session)
    finally:
        session.close()
    if session.unreadable is not None:
        raise session.unreadable
    return app.return_code or 0


def _say_goodbye(session: Session) -> None:
    """Say what the agent did. The terminal is the shell's again."""
    from inbox.engine.desk import summary

    try:
        done = session.call(summary.of_run).result(PATIENCE)
    except (StoreError, TimeoutError, RuntimeError):  # the screen has said what is wrong with the store
        return
    if not done.decided and not done.answered:
        return
    said = tr("{decided} decided, {answered} answered", decided=done.decided, answered=done.answered)
    if done.share is not None:
        said = tr("{said}; {percent} of today's answers in time", said=said, percent=f"{done.share:.0%}")
    print(f"{said}.")


def signing(setup: Setup) -> Signing:
    """The screen may not know vaults and platforms; it gets what it needs of them."""

    def browser() -> bool:
        from inbox.cli.login import browser_here  # asyncio with it, which the screen imports beside the store

        return browser_here(os.environ)

    async def sign_in(name: str, dialogue: Dialogue, way: Way) -> TokenCheck:
        return await accounts.access(setup, name).sign_in(dialogue, way)

    return Signing(
        authority=partial(accounts.authority, setup),
        sign_in=sign_in,
        browser_here=browser,
    )
