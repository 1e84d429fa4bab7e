"""Days of the demo that are not the script's own: other people wrote, at other times, and the wave is another one.

The seed `SCRIPTED` is the day as the script tells it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from inbox.demo.script import Script, Talk
from inbox.domain.records import replace

SCRIPTED = 1
ABSENT = 0.35
"""Of the talks that are not the only one on their surface, so many do not take place."""
EARLIER = timedelta(hours=2)
"""So much earlier may a talk begin than the script says."""
WAVE_PEOPLE = (18, 48)
WAVE_LATER = (0, 300)
"""Seconds after the script's time at which the wave begins."""


def day_of(seed: int, told: Script) -> Script:
    """Return what happens on the day of this seed; the same for the same seed."""
    if seed == SCRIPTED:
        return told
    chance = Random(f"day {seed}")
    published = {post.name: post.at for post in told.announcements}
    seen: set[str] = set()
    talks = []
    for talk in told.talks:
        takes_place = chance.random() >= ABSENT or talk.on not in seen
        after = published.get(talk.under or "")
        moved = _earlier(talk, EARLIER * chance.random(), after)
        if takes_place:
            seen.add(talk.on)
            talks.append(moved)
    later = timedelta(seconds=chance.randrange(*WAVE_LATER))
    storm = replace(
        told.storm,
        first=told.storm.first + later,
        breaks=told.storm.breaks + later,
        people=chance.randrange(*WAVE_PEOPLE),
    )
    return replace(told, talks=tuple(talks), storm=storm)


def _earlier(talk: Talk, by: timedelta, after: timedelta | None) -> Talk:
    """The talk so much earlier; below a post at most half the way back to it. What begins after the screen opens keeps
    its time."""
    begins = talk.lines[0].at
    if begins > timedelta(0):
        return talk
    if after is not None:
        by = min(by, (begins - after) / 2)
    return replace(talk, lines=tuple(replace(said, at=said.at - by) for said in talk.lines))
