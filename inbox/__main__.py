"""Runs the program as `python -m inbox`."""

from inbox.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
