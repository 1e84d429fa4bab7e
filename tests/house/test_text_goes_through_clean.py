"""The screen's code keeps strangers' text away from markup, links and raw strings.

Read from the syntax tree of `inbox/ui`, for a message on the screen of a test is never as nasty as the one
that comes. What the tree cannot tell (a `str` that came from elsewhere) the strict guard tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "inbox" / "ui"

SINKS = {"Static", "Label", "Button", "Option", "Selection", "Checkbox", "Collapsible", "TabPane", "Tab"}
SINK_METHODS = {"notify", "add_row", "add_column", "update", "add_option", "set_label"}
SINK_WORDS = {"title", "label", "prompt", "tooltip", "message", "content", "subtitle", "sub_title"}
SINK_ATTRIBUTES = {"border_title", "border_subtitle", "title", "sub_title", "tooltip", "label", "placeholder"}
MARKUP_READERS = {"from_markup", "from_ansi", "render_markup", "to_content"}
FORBIDDEN_MODULES = {"rich.markup", "textual.markup", "rich.markdown"}
FORBIDDEN_WIDGETS = {"Markdown", "MarkdownViewer"}


def findings(source: str) -> list[str]:
    """`line: rule` for each place that breaks one, in order."""
    tree = ast.parse(source)
    found = []
    for scope in _scopes(tree):
        formatted = _names_of_formatted_text(scope)
        for node in _own_nodes(scope):
            found += [(node.lineno, rule) for rule in _broken(node, formatted)]  # type: ignore[attr-defined]
    return [f"{line}: {rule}" for line, rule in sorted(found)]


def _scopes(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """All below `scope` that belong to no function inside it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own_nodes(child)


def _names_of_formatted_text(scope: ast.AST) -> set[str]:
    return {
        target.id
        for node in _own_nodes(scope)
        if isinstance(node, ast.Assign) and _formatted(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _formatted(node: ast.AST | None, names: set[str]) -> bool:
    """Whether the expression is text put together from pieces, as a bare `str`."""
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "format_map" | "join")
        ):
            return True
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
            return any(_text(side) or _formatted(side, names) for side in (left, right))
        case ast.IfExp(body=body, orelse=orelse):
            return _formatted(body, names) or _formatted(orelse, names)
        case ast.BoolOp(values=values):
            return any(_formatted(value, names) for value in values)
        case ast.NamedExpr(value=value):
            return _formatted(value, names)
        case ast.Name(id=name):
            return name in names
    return False


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _broken(node: ast.AST, formatted: set[str]) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            if module in FORBIDDEN_MODULES:
                yield f"import from {module}"
            yield from (f"{n.name} reads markup" for n in names if n.name in FORBIDDEN_WIDGETS)
            yield from (f"import of {module}.markup" for n in names if n.name == "markup")
        case ast.Import(names=names):
            yield from (f"import of {n.name}" for n in names if n.name in FORBIDDEN_MODULES)
        case ast.Call():
            yield from _broken_call(node, formatted)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _broken_assignment(target, value, formatted)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield from _broken_assignment(target, value, formatted)
        case ast.AugAssign(target=ast.Attribute(attr=attr)) if attr in SINK_ATTRIBUTES:
            yield f"text is put together in {attr}"
        case ast.Constant(value=str(text)) if "[@click" in text or "[link=" in text:
            yield "markup with an action or a link"


def _broken_assignment(target: ast.AST, value: ast.AST, formatted: set[str]) -> Iterator[str]:
    if not isinstance(target, ast.Attribute):
        return
    if target.attr in SINK_ATTRIBUTES and _formatted(value, formatted):
        yield f"formatted str as {target.attr}"
    if target.attr == "link":
        yield "a link in a style"


def _broken_call(call: ast.Call, formatted: set[str]) -> Iterator[str]:
    name = _name(call.func)
    words = {word.arg: word.value for word in call.keywords}
    if name in FORBIDDEN_WIDGETS:
        yield f"{name} reads markup"
    if name in MARKUP_READERS:
        yield f"{name} reads markup"
    if (markup := words.get("markup")) is not None and not _constant(markup, False):
        yield "markup is switched on"
    if name == "notify" and "markup" not in words:
        yield "notify without markup=False"
    if name == "update_link" and not (call.args and _constant(call.args[0], None)):
        yield "a link in a style"
    if name == "Style" and "link" in words:
        yield "a link in a style"
    if name in SINKS or (name in SINK_METHODS and isinstance(call.func, ast.Attribute)):
        given = [*call.args, *(value for word, value in words.items() if word in SINK_WORDS)]
        if any(_formatted(value, formatted) for value in given):
            yield f"formatted str to {name}"


def _constant(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_no_file_of_the_screen_breaks_a_rule() -> None:
    """`[/]` in a message ends the program, `[@click=app.quit]` makes a button of it."""
    files = sorted(UI.rglob("*.py"))
    assert files
    wrong = {str(path.relative_to(UI)): f for path in files if (f := findings(path.read_text("utf-8")))}
    assert not wrong


@pytest.mark.parametrize(
    "source",
    [
        "Markdown(text)",
        "from textual.widgets import Static, Markdown",
        "widgets.MarkdownViewer(text)",
        "Static(text, markup=True)",
        "Static(text, markup=flag)",
        "from rich.markup import escape",
        "from textual import markup",
        "import rich.markup",
        "Text.from_markup(text)",
        "Content.from_markup('[b]$name[/]', name=name)",
        "Static(f'{name} wrote')",
        "yield_ = Label(f'{name}')",
        "Label('%s wrote' % name)",
        "Label('{} wrote'.format(name))",
        "Label(name + ' wrote')",
        "Label('by ' + name + '!')",
        "Label(', '.join(names))",
        "Label('you' if mine else f'@{handle}')",
        "Label(name or f'@{handle}')",
        "Option(f'{name}', id='x')",
        "Button(label=f'Reply to {name}')",
        "self.notify(f'{n} new', markup=False)",
        "self.notify('done')",
        "self.notify('done', markup=True)",
        "self.notify('x', title=f'{account}', markup=False)",
        "table.add_row(cell, f'{name}')",
        "self.query_one(Static).update(f'{name}')",
        "self.border_title = f'{name}'",
        "self.border_subtitle = 'by ' + name",
        "self.title = '{}'.format(name)",
        "self.sub_title = f'{account}'",
        "self.app.sub_title += name",
        "widget.tooltip = f'{host}'",
        "def f(self):\n    line = f'{name} wrote'\n    self.query_one(Label).update(line)",
        "async def f():\n    yield Static(f'{name}')",
        "style = Style(link=url)",
        "style.link = url",
        "style.update_link(url)",
        "Static('[@click=app.quit]x[/]')",
        "LINK = '[link=https://x.com]x[/link]'",
    ],
)
def test_each_rule_finds_what_breaks_it(source: str) -> None:
    """A lint that finds nothing must be one that could."""
    assert len(findings(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Static(Content(clean(f'{name} wrote')))",
        "Static('Nothing is waiting.')",
        "Static(f'Nothing is waiting.')",
        "Label(shown)",
        "self.notify(clean(f'{n} new'), markup=False)",
        "self.notify(message=clean(text), title='Sent', markup=False)",
        "self.border_title = Content(clean(name, one_line=True))",
        "self.sub_title = clean(f'{account}')",
        "Static(content, markup=False)",
        "title = f'{name}'\nlog(title)",
        "counts.update(mine=1)",
        "path.write_text(f'{name}')",
        "raise ValueError(f'{name}')",
        "Command(id='x', title=f'{n}', keys='b')",
        "style.update_link(None)",
        "seen = style.link",
        "segments.append(Segment(f'{n}'))",
        "def f():\n    line = f'{n}'\ndef g(line):\n    Label(line)",
    ],
)
def test_no_rule_finds_what_is_in_order(source: str) -> None:
    """A lint that cries over good code is switched off."""
    assert findings(source) == []
