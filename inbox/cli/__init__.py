"""The command line. `inbox` alone opens the screen; everything else works without one (BEHAVIOUR.md#command-line).

Exit status: 0 well, 1 not done or a problem, 2 wrong usage or config, 3 uncertain, 4 refused by a rule, 5 what `--check`
asks for holds.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from contextlib import AbstractContextManager


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. The entry point of the program `inbox`.

    `argv` None: this process's own words. Else the caller's process stays as it is: no core limits, no lazy modules.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    if argv is None:
        from inbox.cli import output

        output.guard()
    arguments = None
    try:
        if words == ["--version"]:
            return _version()
        if words[:1] == ["--complete"]:
            return _complete(words[1:], own_process=argv is None)
        if argv is None:
            from inbox.system import lazy_modules

            lazy_modules.install()
        arguments = read(words)
        _harden(arguments.debug_insecure, own_process=argv is None)
        with _ending_in_time(own_process=argv is None):
            status: int = arguments.run(arguments)
            _flush()
        return status
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 top of the program: whatever it is becomes one line
        if arguments is not None and arguments.debug:
            _trace(error)
        if arguments is not None:
            _doubt(arguments, error)
        return fail(error)


def _version() -> int:
    """Answered without argparse, which alone takes longer than all of this."""
    from inbox import __version__

    print(f"inbox {__version__}")
    _flush()
    return 0


def _complete(words: Sequence[str], *, own_process: bool) -> int:
    """What a shell asks at every Tab: nothing else of the program is needed, and nothing may go wrong."""
    import os

    if own_process:
        from inbox.system import lazy_modules

        lazy_modules.install()
    from inbox.cli import completion
    from inbox.wording.language import choose

    choose(_configured(words), os.environ)
    sys.stdout.write(completion.answer(words))
    _flush()
    return 0


def read(words: Sequence[str]) -> Namespace:
    """What the words of a command line ask for. Raises UsageError; SystemExit after `--help`."""
    import os

    from inbox.cli import fast_start
    from inbox.wording.language import choose

    arguments = fast_start.read(words)
    # What is said before the config is read, help and mistakes, has its language too.
    choose(_configured(words) if arguments is None else None, os.environ)
    if arguments is None:
        from inbox.cli.arguments import parser

        try:
            arguments = parser().parse_args(words)
        except SystemExit:  # `--help` has printed
            _flush()
            raise
    return arguments


def _flush() -> None:
    """Let the output arrive before the status says that all is well. Raises UnwrittenOutput."""
    if "inbox.cli.output" in sys.modules:
        from inbox.cli import output

        output.finish()


def _configured(words: Sequence[str]) -> str | None:
    """The language in the config, by a glance at its text: help must not wait for the whole of it."""
    import os
    import re
    from pathlib import Path

    from inbox.system import places

    given = dict(zip(words, words[1:], strict=False)).get("--config")  # noqa: RUF007 no itertools for a glance
    try:
        text = places.config_path(Path(given) if given else None, os.environ).read_text("utf-8")
    except (OSError, ValueError):
        return None
    found = re.search(r"""^language\s*=\s*["'](en|de)["']""", text, re.MULTILINE)
    return found[1] if found else None


def _harden(insecure: bool, *, own_process: bool) -> None:
    import os

    from inbox.system import hardening

    if not insecure:
        hardening.refuse_leaks(os.environ)
        if own_process:
            hardening.close_doors()


def _ending_in_time(*, own_process: bool) -> AbstractContextManager[None]:
    """Every command ends within seconds of a signal, whatever it waits for; some have a gentler way of their own."""
    from contextlib import nullcontext

    if not own_process:
        return nullcontext()
    from inbox.cli.signals import ALL, ends_in_time, leave_at_once

    return ends_in_time(leave_at_once, ALL)


def _doubt(arguments: Namespace, error: Exception) -> None:
    """What nobody foresaw may come of a damaged store: the next start looks at it."""
    from inbox.cli.failures import foreseen

    if foreseen(error) or not hasattr(arguments, "data"):
        return
    import os

    from inbox.store.sqlite import folder
    from inbox.system import places

    folder.doubt(places.data_path(arguments.data, os.environ))


def _trace(error: Exception) -> None:
    import traceback

    from inbox.system.redact import redact

    print(redact("".join(traceback.format_exception(error))), file=sys.stderr)


def fail(error: Exception) -> int:
    """One line for what went wrong, and the exit status for it. Nothing of a traceback: it holds locals."""
    from inbox.cli.failures import explain

    status, text = explain(error)
    try:
        print(text, file=sys.stderr)
    except (OSError, ValueError):  # a full disk behind `2>`: the status says what is left to say
        sys.stderr = None  # or Python tries again at the end, and says 120
    return status


if __name__ == "__main__":
    raise SystemExit(main())
