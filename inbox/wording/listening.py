"""Topics, groups of posts and hints in words: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.text import clean
from inbox.wording.language import plural, tr
from inbox.wording.surges import quoted

if TYPE_CHECKING:
    from inbox.domain.listening.groups import Group
    from inbox.domain.listening.hints import Hint
    from inbox.domain.listening.topics import Topic


def kind_title(kind: str) -> str:
    """Return the name of a kind of hint."""
    titles = {
        "negative": tr("negative"),
        "urgent": tr("urgent"),
        "praise": tr("praise"),
        "question": tr("question"),
        "complaint": tr("complaint"),
        "idea": tr("idea"),
    }
    return titles.get(kind, kind)


def topic_line(topic: Topic) -> str:
    """Return a topic as one line: how many now, how many before, and its words."""
    usual = tr("before: {n}", n=topic.before)
    return f"{plural(topic.voices, 'voice'):>12}  ({usual})  {quoted(topic.words)}"


def group_line(group: Group, can_answer: int | None) -> str:
    """Return a group of posts as one line: its size, what it is called, and a post of it."""
    able = "" if can_answer is None else tr("{n} can be answered", n=can_answer) + "  "
    name, sample = (clean(text, one_line=True) for text in (group.name, group.sample))
    return f"{len(group.messages):>5}  {group.id}  {able}{name}: {sample}"


def hint_line(hint: Hint) -> str:
    """Return a hint as one line: what, how sure, and because of which words."""
    sure = tr("{n} % sure", n=round(100 * hint.sure))
    because = tr("because: {words}", words=quoted(hint.because)) if hint.because else ""
    return "  ".join(filter(None, (kind_title(hint.kind), sure, because)))
