"""Where a key stands: the line is what people look for first."""

from __future__ import annotations

import tomllib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.config.lines import dotted, line_of, lines

TEXT = '''\
a = 1 # [not] a = header
"quoted key" = """
[no header]
b = 2
"""
[ service ]
hours = { mon = ["x", "y"], tue = [
  "}", # ]
  '#',
] }
when = 2026-12-24 07:00:00
[[accounts]]
name = 'it#s'
[[accounts.searches]]
name = "one"
[[accounts.searches]]
name = "a \\" b"
[[accounts]]
sub.dotted."deep key" = true
[accounts.more]
x = LITERAL
[[no]]
LITERAL
y = 1
'''.replace("LITERAL", "'" * 3)


def test_the_walk_finds_every_key_that_tomllib_finds() -> None:
    found = lines(TEXT)
    raw = tomllib.loads(TEXT)
    assert set(paths(raw)) <= set(found)


def paths(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    here = [place] if place else []
    return here + [path for key, member in members for path in paths(member, (*place, key))]


def test_each_key_has_its_own_line() -> None:
    found = lines(TEXT)
    wanted = {
        ("a",): "a = 1",
        ("quoted key",): '"quoted key"',
        ("service",): "[ service ]",
        ("service", "hours", "mon", 1): "hours",
        ("service", "hours", "tue"): "hours",
        ("service", "hours", "tue", 0): '  "}"',
        ("service", "hours", "tue", 1): "  '#'",
        ("service", "when"): "when",
        ("accounts", 0, "searches", 1, "name"): 'name = "a',
        ("accounts", 1): "[[accounts]]",
        ("accounts", 1, "sub", "dotted", "deep key"): "sub.dotted",
        ("accounts", 1, "more", "y"): "y = 1",
    }
    text = TEXT.splitlines()
    assert {path: text[found[path] - 1][: len(start)] for path, start in wanted.items()} == wanted


def test_what_has_no_line_takes_the_line_around_it() -> None:
    found = lines("[a]\nb = 1\n[[c]]\nd = 2\n")
    assert line_of(found, ("c", 0, "missing")) == 3
    assert line_of(found, ("nowhere",)) == 1


def test_a_path_reads_as_people_write_it() -> None:
    assert dotted(("accounts", 1, "surfaces", 0)) == "accounts[1].surfaces[0]"
    assert dotted(("keys", "conversation.snooze")) == 'keys."conversation.snooze"'


strings = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw builds tables
@given(
    st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), strings), max_size=6, unique_by=lambda p: p[0])
)
def test_strings_of_any_content_do_not_shift_the_lines(pairs: list[tuple[str, str]]) -> None:
    """A `#`, a bracket or a quote inside a text must not be taken for structure."""
    rows = []
    for key, value in pairs:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        rows.append(f'{key} = ["""{escaped}""", "{escaped}"] # "')
    text = "\n".join(rows)
    tomllib.loads(text)
    found = lines(text)
    assert [found[(key,)] for key, _ in pairs] == list(range(1, len(pairs) + 1))
