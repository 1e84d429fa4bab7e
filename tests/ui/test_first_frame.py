"""What is done until the first frame stands, counted and not timed: everything once, and nothing that comes later."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from inbox.ui.app import InboxApp
from inbox.ui.main import renewal
from inbox.ui.terminal.compositor import Narrow
from inbox.ui.terminal.private_names import why_stock
from ui.conftest import Opens

pytestmark = pytest.mark.skipif(
    why_stock("painting") is not None, reason="Textual's own part is in use, which is slower"
)

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 45)])


@SIZES
async def test_the_first_frame_has_the_rows_after_one_styling_one_layout_and_one_painting(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Textual would do each twice and more, 20 ms of work, and the first key waits for all of it."""
    done: list[str] = []
    styled: Counter[DOMNode] = Counter()
    frames: list[str] = []
    apply, display = Stylesheet.apply, InboxApp._display

    def counting(name: str) -> Any:
        method = getattr(Narrow, name)

        def counted(self: Narrow, *args: Any, **named: Any) -> Any:
            done.append(name)
            return method(self, *args, **named)

        return counted

    def styling(self: Stylesheet, node: DOMNode, **named: Any) -> None:
        if not frames:
            styled[node] += 1
        apply(self, node, **named)

    def shown(self: InboxApp, screen: Any, update: Any) -> None:
        if update is not None:
            done.append("frame")
            frames.append("\n".join("".join(s.text for s in line) for line in getattr(update, "strips", [])))
        display(self, screen, update)

    for name in ("reflow", "render_full_update"):
        monkeypatch.setattr(Narrow, name, counting(name))
    monkeypatch.setattr(Stylesheet, "apply", styling)
    monkeypatch.setattr(InboxApp, "_display", shown)
    monkeypatch.setattr(renewal, "FIRST_WAIT", 30)
    async with opens(size=size) as seen:
        assert done[:3] == ["reflow", "render_full_update", "frame"]
        assert done.count("render_full_update") == 1
        assert "Anna Becker" in frames[0]
        assert set(styled) >= {seen.app, seen.main, seen.queue}
        assert {node.id: times for node, times in styled.items() if times > 1} == {}


@SIZES
async def test_what_is_styled_later_changes_nothing_that_stands(opens: Opens, size: tuple[int, int]) -> None:
    """A rule that is read after the first frame and means a part of it would take hold with the next change of theme."""
    async with opens(size=size) as seen:
        nodes = [seen.app, *seen.app.walk_children(with_self=False)]
        before = [node.styles.base.get_rules() for node in nodes]
        seen.app.stylesheet.update(seen.app, animate=False)
        assert [node.styles.base.get_rules() for node in nodes] == before
