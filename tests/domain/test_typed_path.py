"""A path may be typed in many ways, and dropped in some more: none of them is the agent's mistake."""

from __future__ import annotations

import pytest

from inbox.domain.typed_path import readings


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("~/photos/a.png", "~/photos/a.png"),
        ("/tmp/a.png", "/tmp/a.png"),
        ("~//tmp/a.png", "/tmp/a.png"),
        ("~/~/a.png", "~/a.png"),
        ("~/photos//tmp/a.png", "/tmp/a.png"),
        ("'/tmp/my a.png'", "/tmp/my a.png"),
        ("~/'/tmp/my a.png' ", "/tmp/my a.png"),
        ('~/"/tmp/a.png"', "/tmp/a.png"),
        ("~/'/tmp/my a.pn", "/tmp/my a.pn"),
        (r"~//tmp/my\ a\(1\).png", "/tmp/my a(1).png"),
        ("~/file:///tmp/my%20a.png", "/tmp/my a.png"),
        ("file://localhost/tmp/%C3%A4.png", "/tmp/ä.png"),
        ("'file:///tmp/a.png'", "/tmp/a.png"),
        ("photos/kar", "photos/kar"),
        ("", ""),
    ],
)
def test_the_path_that_is_meant_comes_first(typed: str, meant: str) -> None:
    assert readings(typed)[0] == meant


def test_a_blank_at_the_end_may_belong_to_the_name_or_to_the_drop() -> None:
    assert readings("/tmp/a.png ") == ["/tmp/a.png ", "/tmp/a.png"]


def test_a_backslash_may_belong_to_the_name() -> None:
    assert r"/tmp/a\b.png" in readings(r"/tmp/a\b.png")
