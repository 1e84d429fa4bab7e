"""The command line over the store of the demo, in this process: what a command of the manual does can be tried."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from unittest import mock

from inbox.cli import main
from inbox.demo.open import demo_setup
from inbox.wiring import setup as wiring_setup
from inbox.wiring.setup import Setup

DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Demo:
    """A store with a brand's morning in it; commands find it instead of a config of their own."""

    setup: Setup

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        with mock.patch.object(wiring_setup, "set_up", return_value=self.setup):
            return self.run_alone(*words, typed=typed)

    def run_alone(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """The same with the config of the environment, not over the demo."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", io.StringIO(typed)):
            try:
                status = main(words)
            except SystemExit as ended:  # `--help` and the like
                status = ended.code if isinstance(ended.code, int) else 0
        return status, out.getvalue(), err.getvalue()


@contextmanager
def demo_store() -> Iterator[Demo]:
    """The demo as it is when its screen opens."""
    env = {"TZ": "Europe/Berlin"}
    with demo_setup(seed=1, conversations=None, speed=1, env=env, today=DAY) as setup:
        # Half a minute in which a newcomer may try undo is longer than `--wait` waits.
        setup.config.sending.hold_public = setup.config.sending.hold_private = "1s"
        yield Demo(setup)
