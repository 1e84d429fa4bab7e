"""The command line. `inbox` alone opens the screen; everything else works without one (product.md section 6).

Exit status: 0 well, 1 not done or a problem, 2 wrong usage or config, 3 uncertain, 4 refused by a rule.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

PROBLEM, USAGE, UNCERTAIN, REFUSED = 1, 2, 3, 4
UNREAD = {"-h", "--help", "keys", "man", "completion"}
"""What prints words without reading the config, which has the last word on the language everywhere else."""


class UsageError(Exception):
    """The command's words do not fit; the text says what to write."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. The entry point of the program `inbox`."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words == ["--version"]:
        # argparse alone takes longer than all of this
        from inbox import __version__

        print(f"inbox {__version__}")
        return 0
    import os

    if argv is None:
        from inbox import later

        later.install()
    from inbox.cli import alone
    from inbox.language import choose

    choose(_configured() if UNREAD & set(words) else None, os.environ)
    arguments = alone.read(words)
    if arguments is None:
        from inbox.cli.arguments import parser

        arguments = parser().parse_args(words)
    try:
        _harden(arguments.debug_insecure, own_process=argv is None)
        status: int = arguments.run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `inbox queue | head`: whoever reads has enough.
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 top of the program: whatever it is becomes one line
        if arguments.debug:
            _trace(error)
        return fail(error)
    return status


def _configured() -> str | None:
    """The language in the config, by a glance at its text: help must not wait for the whole of it."""
    import os
    import re

    from inbox import places

    try:
        text = places.config_path(None, os.environ).read_text("utf-8")
    except (OSError, UnicodeError):
        return None
    found = re.search(r"""^language\s*=\s*["'](en|de)["']""", text, re.MULTILINE)
    return found[1] if found else None


def _harden(insecure: bool, *, own_process: bool) -> None:
    import os

    from inbox.cli import hardening

    if not insecure:
        hardening.refuse_leaks(os.environ)
        if own_process:
            hardening.close_doors()


def _trace(error: Exception) -> None:
    import traceback

    from inbox.redact import redact

    print(redact("".join(traceback.format_exception(error))), file=sys.stderr)


def fail(error: Exception) -> int:
    """One line for what went wrong, and the exit status for it. Nothing of a traceback: it holds locals."""
    from inbox.cli.failures import explain

    status, text = explain(error)
    print(text, file=sys.stderr)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
