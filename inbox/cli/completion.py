"""Shell completion: what may stand at the cursor. The shells ask at every Tab, so it must answer at once and never fail.

The scripts of `inbox completion SHELL` (`completion_scripts`) run one of

    inbox --complete bash BREAKS LINE       BREAKS: $COMP_WORDBREAKS; LINE: the command up to the cursor, as it was typed
    inbox --complete zsh WORD... CURRENT    the words behind the program's name, without quotation marks
    inbox --complete fish WORD... CURRENT   the same, CURRENT as it was typed

The answer is one candidate a line, a tab and a description behind it where there is one (not for bash); before them
perhaps lines that begin with the control character US:

    US files, US folders   the shell completes paths
    US nospace             no space follows, the word goes on

Names come from the config and the store as they are now, read without locks and without the records of the program. They
may be written by strangers, so nothing in them is left that a terminal acts on. zsh and fish quote what they insert; bash
inserts what it gets, so for bash it is quoted here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.cli.arguments import parser
from inbox.domain import kinds
from inbox.domain.languages import CODES
from inbox.system import places
from inbox.wording.language import tr

if TYPE_CHECKING:
    import argparse

    from inbox.store.sqlite.read_only import ReadOnlyStore

Candidate = tuple[str, str]
"""A word and what it is; the description may be empty."""

DESCRIPTION = 60
"""Characters of a description."""
FILES, FOLDERS, NO_SPACE = "\x1ffiles", "\x1ffolders", "\x1fnospace"
WHEN = ("+1h", "+3h", "tomorrow", "mon 9", "reply")
SINCE = ("1d", "7d", "30d")
LENGTHS = ("30m", "1h", "3h", "24h")

KINDS = {
    "CONVERSATION": "conversation", "ACCOUNT": "account", "AGENT": "agent", "V": "view", "F": "filter", "D": "since",
    "QUERY": "filter", "C": "contact", "CONTACT": "contact", "ITEM": "outbox", "BACKUP": "backup", "KEY": "key",
    "FILE": "file", "DIR": "folder", "WHEN": "when", "VALUE": "value",
}  # fmt: skip
"""What the value of an option or a positional argument is, by its name in the help."""
OF_COMMAND = {
    ("tag", "add"): "tag", ("tag", "remove"): "used tag", ("stats", "target"): "length", ("do", "message"): "message",
    ("erase", "message"): "message", ("help", "word"): "topic", ("init", "x"): "", ("init", "facebook"): "",
}  # fmt: skip
"""The same where the name in the help says too little, by command and argument."""


def answer(words: Sequence[str]) -> str:
    """What the script of a shell gets; empty where nothing can be said. Never raises."""
    try:
        shell, *rest = words
        answers = {"bash": _for_bash, "zsh": _for_zsh, "fish": _for_fish}[shell](rest)
        return "".join(f"{line}\n" for line in dict.fromkeys(filter(None, answers)))
    except BaseException:  # noqa: BLE001 the shell of somebody who types is no place for errors
        return ""


def _for_zsh(words: Sequence[str]) -> Iterator[str]:
    *before, current = words
    return Completion(before, current, os.environ).lines()


def _for_fish(words: Sequence[str]) -> Iterator[str]:
    *before, current = words
    typed, _ = split_words(current) if current else ([""], "")
    return Completion(before, typed[-1], os.environ).lines()


def _for_bash(words: Sequence[str]) -> Iterator[str]:
    """Bash replaces only what is behind the last of its breaks, unless a quotation mark is open. `@` and `$` are breaks
    that it replaces too (readline's special prefixes)."""
    breaks, line = words
    (_, *before, current), quote = split_words(line)
    ends = (current.rfind(c) + (c not in "@$") for c in breaks if not c.isspace())
    behind = 0 if quote else max(0, *ends, 0)
    for answered in Completion(before, current, os.environ).lines():
        if answered[:1] == "\x1f":
            yield answered
        else:
            word = answered.partition("\t")[0]
            yield _quoted(word if word[:behind] != current[:behind] else word[behind:], quote)


def split_words(line: str) -> tuple[list[str], str]:
    """(the words of a line that may end inside one, as a shell reads them; the quotation mark that is open or nothing).

    The last word is the one at the end, empty behind a space.
    """
    words, quote, escaped, begun = [""], "", False, False
    for c in line:
        if escaped:
            words[-1] += c if quote != '"' or c in '$`"\\' else f"\\{c}"
            escaped = False
        elif c == "\\" and quote != "'":
            escaped = begun = True
        elif c == quote:
            quote = ""
        elif not quote and c in "'\"":
            quote, begun = c, True
        elif not quote and c.isspace():
            if begun:
                words.append("")
                begun = False
        else:
            words[-1] += c
            begun = True
    return words, quote


def _quoted(word: str, quote: str) -> str:
    """The word as bash reads it inside this quotation mark, or outside of any; empty where it cannot be written."""
    if quote == "'":
        return "" if "'" in word else word
    if quote:
        return (
            re.sub(r'([$`"\\])', r"\\\1", word) if "!" not in word else ""
        )  # history expansion has no quotes
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", word)


class Completion:
    """What may stand at the cursor of one command line."""

    def __init__(self, before: Sequence[str], current: str, env: Mapping[str, str]) -> None:
        self.current = current
        self.env = env
        self.command = ""
        """The name of the command, `config get` for one below another."""
        self.places: dict[str, Path] = {}
        """Values of `--config` and `--data`."""
        self._given: set[str] = set()
        """Destinations of the options that were given."""
        self._values: list[str] = []
        """Positional arguments so far."""
        self._waiting: argparse.Action | None = None
        """The option whose value the cursor is in."""
        self._only_values = False
        self._parser: argparse.ArgumentParser = parser()
        for word in before:
            self._read(word)

    def _read(self, word: str) -> None:
        if self._waiting is not None:
            if self._waiting.dest in ("config", "data"):
                self.places[self._waiting.dest] = Path(word).expanduser()
            self._waiting = None
        elif word == "--":
            self._only_values = True
        elif word[:1] == "-" and word != "-" and not self._only_values:
            option, sign, value = word.partition("=")
            action = self._parser._option_string_actions.get(option)
            if action is not None:
                self._given.add(action.dest)
                self._waiting = action if action.nargs != 0 and not sign else None
                if sign and action.dest in ("config", "data"):
                    self.places[action.dest] = Path(value).expanduser()
        elif (below := self._commands()) is not None and word in below.choices:
            self._parser = below.choices[word]
            self.command = f"{self.command} {word}".strip()
            self._values = []
        else:
            self._values.append(word)

    def _commands(self) -> Any:
        """The action that holds the commands of the parser, or None."""
        return next((a for a in self._parser._actions if not a.option_strings and a.nargs == "A..."), None)

    # -- candidates ------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        """The answer, line by line."""
        before, typed, found = self._candidates()
        for word, text in found:
            if word in (FILES, FOLDERS, NO_SPACE):
                yield word
            elif word.startswith(typed) and not any(ord(c) < 32 or ord(c) == 127 for c in word):
                yield f"{before}{word}\t{_short(text)}".rstrip("\t")

    def _candidates(self) -> tuple[str, str, Iterable[Candidate]]:
        """(what stands before the part that is completed, that part, what it may be)."""
        word = self.current
        if self._waiting is not None:
            return self._of(self._waiting, "", word)
        option, sign, value = word.partition("=")
        if sign and not self._only_values and (action := self._parser._option_string_actions.get(option)):
            return self._of(action, f"{option}=", value)
        below = self._commands()
        if below is not None and word[:1] != "-":
            return "", word, [(a.dest, a.help or "") for a in below._choices_actions]
        if word[:2] == "--" or (word == "-" and not self._only_values):
            return "", word, self._options()
        return self._of_place(word)

    def _options(self) -> list[Candidate]:
        return [
            (name, action.help or "")
            for action in self._parser._actions
            if action.help != "==SUPPRESS=="
            and (action.dest not in self._given or isinstance(action.default, list))
            for name in action.option_strings
            if name[:2] == "--"
        ]

    def _of_place(self, word: str) -> tuple[str, str, Iterable[Candidate]]:
        """Positional arguments: the one the cursor is in, and those behind one that takes several."""
        named = [a for a in self._parser._actions if not a.option_strings and a.nargs != "A..."]
        if not named:
            return "", word, self._options() if not word else []
        at = next(
            (n for n, a in enumerate(named[: len(self._values) + 1]) if a.nargs in ("+", "*")),
            len(self._values),
        )
        if at >= len(named):
            return "", word, []
        several = named[at].nargs in ("+", "*")
        before, typed, found = self._of(named[at], "", word)
        found = [each for each in found if each[0] not in self._values]
        if several and self._values:
            for action in named[at + 1 :]:
                found += self._of(action, "", word)[2]
        return before, typed, found

    def _of(self, action: argparse.Action, before: str, typed: str) -> tuple[str, str, Iterable[Candidate]]:
        if action.choices is not None:
            return before, typed, [(str(choice), "") for choice in action.choices]
        name = action.metavar if isinstance(action.metavar, str) else ""
        kind = OF_COMMAND.get((self.command, action.dest), KINDS.get(name, ""))
        if kind == "filter":
            inside, typed = _last_word(typed)
            return before + inside, typed, self._filter(typed)
        offered: dict[str, Callable[[], Iterable[Candidate]]] = {
            "conversation": lambda: self._conversations(typed),
            "account": self._accounts,
            "agent": lambda: [("-", tr("nobody")), *_plain(self._agents())],
            "view": self._views,
            "tag": lambda: _plain(self._tags()),
            "used tag": lambda: _plain(self._tags()),
            "contact": self._contacts,
            "outbox": lambda: self._store.outbox(),
            "message": lambda: self._store.messages(self._values[0] if self._values else None),
            "backup": lambda: _plain(self._backups()),
            "key": lambda: _plain(self._keys()),
            "value": lambda: _plain(self._setting_values()),
            "topic": self._topics,
            "file": lambda: [(FILES, "")],
            "folder": lambda: [(FOLDERS, "")],
            "when": lambda: _plain(WHEN),
            "since": lambda: _plain(SINCE),
            "length": lambda: _plain(LENGTHS),
        }
        return before, typed, offered[kind]() if kind in offered else []

    def _filter(self, typed: str) -> list[Candidate]:
        """Words of the filter language; `typed` is one of them."""
        sign = "-" if typed[:1] == "-" else ""
        operator, colon, _ = typed.removeprefix("-").partition(":")
        if not colon:
            return [(NO_SPACE, ""), *((f"{sign}{name}:", "") for name in kinds.OPERATORS)]
        offered: dict[str, Callable[[], list[Candidate]]] = {
            "in": self._accounts,
            "to": lambda: [("-", tr("nobody")), *_plain(self._agents())],
            "tag": lambda: _plain(self._tags()),
            "person": lambda: _plain(self._tags("person_tags")),
            "is": lambda: _plain(kinds.STATES),
            "on": lambda: _plain([*(surface.value for surface in kinds.Surface), *kinds.PLATFORMS]),
            "has": lambda: _plain(kinds.HOLDINGS),
            "lang": lambda: _plain(sorted(CODES.values())),
            "priority": lambda: _plain(priority.value for priority in kinds.Priority),
            "from": lambda: [(f"@{handle}", name or "") for handle, name in self._store.handles()],
            "before": lambda: _plain(SINCE),
            "after": lambda: _plain(SINCE),
            "silent": lambda: _plain(f">{length}" for length in LENGTHS),
        }
        found = offered[operator]() if operator in offered else []
        return [(f"{sign}{operator}:{_as_filter_value(word)}", text) for word, text in found]

    # -- names from the config -------------------------------------------------------------------------------

    @cached_property
    def _config(self) -> dict[str, Any]:
        """The config as it is written, not checked; empty where it cannot be read."""
        import tomllib

        try:
            text = places.config_path(self.places.get("config"), self.env).read_bytes().decode("utf-8-sig")
            return tomllib.loads(text)
        except (OSError, ValueError, RecursionError):
            return {}

    def _named(self, table: str) -> list[dict[str, Any]]:
        """The entries of a list in the config that have a name."""
        listed = self._config.get(table)
        entries = listed if isinstance(listed, list) else []
        return [each for each in entries if isinstance(each, dict) and isinstance(each.get("name"), str)]

    def _accounts(self) -> list[Candidate]:
        return [(each["name"], str(each.get("platform", ""))) for each in self._named("accounts")]

    def _views(self) -> list[Candidate]:
        built_in = [(name, tr(title)) for name, title in kinds.VIEWS.items()]
        return built_in + [(each["name"], str(each.get("filter", ""))) for each in self._named("views")]

    def _agents(self) -> list[str]:
        listed = self._config.get("agents")
        named = [self._config.get("agent"), *(listed if isinstance(listed, list) else [])]
        return list(dict.fromkeys([*(one for one in named if isinstance(one, str)), *self._store.agents()]))

    def _topics(self) -> list[Candidate]:
        from inbox.cli.help_commands import TOPICS

        if self._values:  # `inbox help config s`
            from inbox.cli.manual import below
            from inbox.cli.manual import commands as named

            command = named().get(self._values[0])
            return _plain(below(command)) if command is not None else []
        commands = next(a for a in parser()._actions if a.nargs == "A...")
        listed: Any = getattr(commands, "_choices_actions", [])
        return [
            *((a.dest, a.help or "") for a in listed),
            *((name, tr(text)) for name, text in TOPICS.items()),
        ]

    def _keys(self) -> list[str]:
        """Keys of the config: every setting, those of accounts, views and macros by name."""
        from inbox.config.edit import setting_keys

        return setting_keys(self._config)

    def _setting_values(self) -> list[str]:
        from inbox.config.edit import setting_values

        return setting_values(self._values[0]) if self._values else []

    # -- names from the store --------------------------------------------------------------------------------

    @cached_property
    def _store(self) -> ReadOnlyStore:
        from inbox.store.sqlite.read_only import ReadOnlyStore

        return ReadOnlyStore(places.data_path(self.places.get("data"), self.env))

    def _conversations(self, typed: str) -> list[Candidate]:
        return [
            (cid, ": ".join(filter(None, (who, preview))))
            for cid, who, preview in self._store.conversations(typed)
        ]

    def _contacts(self) -> list[Candidate]:
        handles = [(f"@{handle}", name or "") for handle, name in self._store.handles()]
        return [*self._conversations(self.current), *handles]

    def _tags(self, column: str = "tags") -> list[str]:
        return self._store.tags(column)

    def _backups(self) -> list[str]:
        folder = places.data_path(self.places.get("data"), self.env) / "backups"
        return sorted((file.stem for file in folder.glob("inbox-*.db")), reverse=True)


def _plain(words: Iterable[str]) -> list[Candidate]:
    return [(word, "") for word in words]


def _last_word(text: str) -> tuple[str, str]:
    """A filter up to its last word, and that word; spaces inside quotation marks separate nothing."""
    quoted = False
    begin = 0
    for at, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif c.isspace() and not quoted:
            begin = at + 1
    return text[:begin], text[begin:]


def _as_filter_value(word: str) -> str:
    return f'"{word}"' if re.search(r"\s", word) else word


def _short(text: str) -> str:
    """A description on one line that a terminal can show; strangers may have written it."""
    from inbox.domain.text import clean

    line = " ".join(clean(text, one_line=True).split())
    return line if len(line) <= DESCRIPTION else f"{line[: DESCRIPTION - 1]}…"
