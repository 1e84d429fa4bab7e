"""Every sentence in the code that somebody reads, found in the source: what must stand in the catalogues.

A sentence with values filled in is found as a template, its places named after what is filled in:
`f"no view \"{view}\"; there are {', '.join(names)}"` is `no view "{view}"; there are {names}`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import inbox

PACKAGE = Path(inbox.__file__).parent
SILENT = (
    "sim",
    "demo/",
    "platform_kit/contract",
    "logs.py",
    "installation.py",
    "wire.py",
    "wire_messages.py",
    "wire_posts.py",
    "domain/web_links.py",
    "values.py",
    "conditions.py",
    "sqlite/queue.py",
    "read_only.py",
    "scope.py",
    "schema.py",
    "config/lines.py",
    "tlds.py",
    "windows_zones.py",
    "domain/text.py",
    "records.py",
    "domain/checks.py",
    "domain/languages.py",
    "deletion.py",
    "notices.py",
    "domain/listening/",
)
"""Modules whose texts nobody reads as ours: the simulated world, the log, tables. The checks are found by their `tell`."""
QUIET_CALLS = {
    *(
        "compile",
        "fullmatch",
        "execute",
        "rows",
        "row",
        "says",
        "_says",
        "_kind",
        "startswith",
        "removeprefix",
    ),
    *(
        "debug",
        "info",
        "warning",
        "getLogger",
        "TypeVar",
        "post",
        "get",
        "create_task",
        "Forbidden",
        "TypeError",
    ),
    *("ValidationError", "courteously", "encode", "cast", "once"),
}
"""Calls with patterns, SQL, log lines, field names and programmers' errors."""
QUIET_NAMES = {"code", "name", "pattern"}
_SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|BEGIN|WHERE|FROM|DROP|ORDER BY|VACUUM|SAVEPOINT|MATCH|ALTER|IS|IN)\b|<>|[=(] ?\?"
)
_PLACE = re.compile(r"\{\w+\}")
PLACES = _PLACE
_WORD = re.compile(r"[A-Za-z]{2,}")
NEVER_READ = {
    "inbox config set vault.kind file",
    "inbox config set accounts.{name}.client_id ID",
    'instr(CAST(doc AS TEXT), \'"automatic":"{mark}"\')',
    # internal names and formats
    "sent, length(id), id",
    "fb dm com",
    "no such (module|tokenizer)",
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d\d) ([A-Z][a-z]{2}) (\d\d:\d\d)",
    "Could not decode to UTF-8|no such (table|column|index)|malformed|unsupported file format|table .* has",
    "direct message not permitted",
    "client not enrolled",
    "dm.read and dm.write",
    "tweet.read and dm.read",
    "time runs forward",
    "the clock stands still",
    "an id that cannot be kept",
    "inbox login ACCOUNT",
    "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))",
    "resolve [N], spam [N], reopen [N], take [N]",
    "tag [N] WORD or -WORD",
    "wed wednesday mi mittwoch",
    "sat saturday sa samstag sonnabend",
    # what the platform says, not we
    "token was invalid",
    "token is invalid",
    "token has been invalidated",
}
_HEADER = re.compile(r"^[a-z-]+: \S|^<!doctype|\bmo montag|tag$")


def below() -> Iterator[str]:
    """What the layers below the screen and the command line may say."""
    for file in sorted(PACKAGE.rglob("*.py")):
        folders = file.relative_to(PACKAGE).parts
        if folders[0] not in ("ui", "cli", "wording") and not any(
            part in file.relative_to(PACKAGE).as_posix() for part in SILENT
        ):
            yield from sentences(file)


def sentences(file: Path) -> Iterator[str]:
    for text in _strings(ast.parse(file.read_text("utf-8"))):
        words = _WORD.findall(_PLACE.sub("", text))
        ended = text.rstrip().endswith((".", "?", "!", ":")) and " " in text.strip()
        if (
            (len(words) >= 3 or (ended and len(words) >= 2))
            and " " in text
            and not _SQL.search(text)
            and not _HEADER.search(text)
            and text not in NEVER_READ
        ):
            yield text


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call) and (_called(node) in QUIET_CALLS or _is_log(node)):
        return
    if isinstance(node, ast.keyword) and node.arg in QUIET_NAMES:
        return
    if isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.JoinedStr):
        yield template(node)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _strings(value.value)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
        return
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _strings(child)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_log(node: ast.Call) -> bool:
    return (
        _called(node) in ("error", "exception")
        and getattr(getattr(node.func, "value", None), "id", "") == "log"
    )


def template(node: ast.JoinedStr) -> str:
    """An f-string with names in place of what is filled in, each once: `{at}`, `{at2}`."""
    seen: Counter[str] = Counter()
    pieces = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            name = _name(value.value)
            seen[name] += 1
            pieces.append(f"{{{name}}}" if seen[name] == 1 else f"{{{name}{seen[name]}}}")
        elif isinstance(value, ast.Constant):
            pieces.append(str(value.value).replace("{", "{{").replace("}", "}}"))
    return "".join(pieces)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=ast.Attribute(attr="join"), args=[first, *_]):
            return _name(first)
        case ast.Call(
            func=ast.Name(id="clean" | "str" | "len" | "round" | "abs" | "max" | "sorted" | "map"),
            args=[*_, last],
        ):
            return _name(last)
        case ast.Call(func=func):
            return _name(func)
        case (
            ast.Subscript(value=value)
            | ast.BinOp(left=value)
            | ast.BoolOp(values=[value, *_])
            | ast.IfExp(body=value)
        ):
            return _name(value)
        case ast.GeneratorExp(generators=[first, *_]) | ast.ListComp(generators=[first, *_]):
            return _name(first.iter)
    return "value"


SHORT = {
    # keys, as keyboards name them
    *("Ctrl", "Shift", "Space", "Home", "End", "PgDn", "PgUp"),
    # what the search above takes for a name, as it is short
    *(
        "is empty",
        "is missing",
        "never open",
        "none yet",
        "no answer",
        "breached",
        "noted",
        "done again",
        "the default",
        "signed out",
    ),
    *(
        "a list in [ ]",
        "a whole number",
        "a permission",
        "all set aside",
        "somebody else",
        "the account",
        "renews itself",
    ),
    *(
        "A colleague",
        "the draft",
        "joined",
        "parted",
        "the reply",
        "not us, though it looks like it",
        "A new message",
        "Unlock it",
        "Try again",
        "Thank you",
        "Nothing here",
        "Already answered",
    ),
    *(
        "{name} is taken",
        "{done} replies: {how}",
        "the replies",
        "unknown key{hint}",
        "unknown day{did_you_mean}",
        "; known are {names}",
        "not TOML: {redact}",
    ),
    *(
        "expected {get}, found {get2}",
        "Facebook refused: {said}",
        "the permission {named}",
        "sent, but: {note}",
    ),
    *(
        "assigned to {to}",
        "tagged {words}",
        "priority {priority}",
        "macro {name}",
        "{version} without {lacking}",
    ),
    *(
        "{what} closed {local}: {why}.",
        "{what} closes {local}: {why}.",
    ),
    *(
        "open now, time zone {zone}",
        "open again {local}, time zone {zone}",
        "agrees with {platform}",
        "ends {end}",
    ),
    *("{remaining} of {limit} left", "not granted: {lacking}", "{get} of {owner}", "from the {source}"),
    *("conversations {value}", "messages {value}", "newest backup {value}"),
    # states, units and names of things
    *(
        "failed",
        "uncertain",
        "waiting",
        "public",
        "private",
        "hit",
        "answered",
        "oldest ",
        "d",
        "h",
        "min",
        "s",
    ),
    *("liking", "files", "direct messages", "hiding replies", "writing posts", "deleting posts"),
    *(
        "config",
        "keyring",
        "service hours",
        "time zone",
        "data folder",
        "the data folder",
        "store",
        "backup",
        "spelling",
        "network",
        "file {value}",
        "size {value}",
        "terminal",
    ),
    *(
        "clock",
        "environment",
        "encrypted file",
        "systemd credentials",
        "16 colours",
        "256 colours",
        "16 million colours",
    ),
    *("FILES", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"),
    *(
        "image",
        "gif",
        "video",
        "audio",
        "sticker",
        "share",
        "link",
        "poll",
        "place",
        "reaction",
        "unsupported",
    ),
    # of argparse itself
    "%(prog)s: error: %(message)s\n",
    "ambiguous option: %(option)s could match %(matches)s",
    "invalid %(type)s value: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "unrecognized arguments: %s",
    *("expected at most one argument", "expected at least one argument"),
}
"""What is said in other ways than by `tr` and a whole sentence."""
