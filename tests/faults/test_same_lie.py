"""A platform that is wrong about the same thing for almost a week, then right: no word is lost, all is caught up.

ODD_ANSWERS=40 ODD_SEED=7 pytest tests/faults/test_same_lie.py      more of them, and others
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from faults.odd_answers import all_odd
from faults.odd_world import SHORT, Stage, lost

MOST = int(os.environ.get("ODD_ANSWERS", "1"))
SEED = os.environ.get("ODD_SEED", "1")
ROUNDS = 26
"""Six hours apart: X's search reaches back seven days."""
BELIEVED = ("partial: resource-not-found",)
"""Said of the same posts for a day, beside others that are there, it is what X says of deleted ones."""


def pairs(stage: Stage, platform: str) -> list[tuple[str, str]]:
    kinds = [name for name in all_odd(platform) if not name.startswith(BELIEVED)]
    found = [(asked, name) for asked in sorted(stage.between[platform].asked) for name in kinds]
    Random(f"{SEED} {platform} for long").shuffle(found)
    return found[:MOST]


async def lie(stage: Stage, platform: str, asked: str, name: str) -> list[str]:
    """What that costs; empty: nothing."""
    other = "facebook" if platform == "twitter" else "twitter"
    between = stage.between[platform]
    before, found = stage.kept(), list[str]()
    between.odd, between.always = {asked: (name, all_odd(platform)[name])}, True
    for _ in range(ROUNDS):
        stage.write(platform)
        stage.write(other)
        stage.wait(timedelta(hours=6))
        await stage.read(threads=False)
        found += [f"stopped the other account: {one}" for one in stage.missing(other)]
    between.odd, between.always = {}, False
    found += [f"lost {one}" for one in lost(stage, before)]
    await stage.pass_and_read(3)
    for _ in range(4):
        if stage.missing(platform):
            await stage.pass_and_read(1, timedelta(hours=6))
    found += [f"lost later {one}" for one in lost(stage, before)]
    return found + [f"not there later: {one}" for one in stage.missing(platform)]


@pytest.mark.timeout(120 + 60 * MOST)
@pytest.mark.parametrize("platform", ["twitter", "facebook"])
async def test_the_same_wrong_answer_for_a_week_costs_no_word(platform: str, tmp_path: Path) -> None:
    """What is believed when it is said twice, or for a day, must not be a way round all doubt."""
    first = Stage(tmp_path / "first")
    await first.read()
    tried = pairs(first, platform)
    first.store.close()
    wrong: dict[tuple[str, str], list[str]] = {}
    for n, (asked, name) in enumerate(tried):
        stage = Stage(tmp_path / str(n))
        await stage.pass_and_read(1, SHORT)
        await stage.read()
        if cost := await lie(stage, platform, asked, name):
            wrong[asked, name] = cost[:4]
        stage.store.close()
    assert wrong == {}
