"""What becomes of a coroutine whose worker is cancelled before it starts."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from textual.worker import Worker


def close_when_done(worker: Worker[Any], work: Coroutine[Any, Any, Any]) -> None:
    """Close `work` when its worker ends; otherwise Python warns of one that was never awaited."""
    task = getattr(worker, "_task", None)
    if task is not None:
        task.add_done_callback(lambda _: work.close())
