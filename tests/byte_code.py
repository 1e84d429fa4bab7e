"""Byte code for the suite; imported by conftest.py before everything else."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def keep() -> None:
    """Compile each module once for the whole suite, in a folder of its own, where the surroundings forbid Python to
    write byte code (images of containers often do). The tests start hundreds of processes, and each spent most of its
    start compiling the same modules; each worker of `pytest -n` compiled every module of the tests."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "bytecode")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


keep()
