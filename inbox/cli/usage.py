"""Mistakes on the command line, answered in one line with what was probably meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from inbox.cli.leading_dashes import Parser
from inbox.domain.suggestion import closest
from inbox.errors import UsageError
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.wiring.setup import Setup


OTHER_WORDS = {
    "ack": "resolve", "answer": "reply", "block": "do", "close": "resolve", "configure": "config", "delete": "do",
    "doctor": "check", "done": "resolve", "download": "export", "dump": "export", "fetch": "sync", "find": "search",
    "forget": "erase", "get": "show", "hide": "do", "info": "show", "like": "do", "list": "queue", "ls": "queue",
    "merge": "join", "new": "queue", "open": "show", "pull": "sync", "read": "sync", "report": "stats", "rm": "erase",
    "send": "reply", "settings": "config", "setup": "init", "signin": "login", "signout": "logout", "split": "part",
    "start": "demo", "status": "accounts", "unblock": "do", "version": "--version", "view": "show", "write": "reply",
}  # fmt: skip
"""What other programs call a command of ours."""

MAY_BE_EMPTY = {"text", "filter", "query", "value", "describe"}
"""Arguments that may be empty: said apart, or meant."""


def empty(text: str) -> str:
    """Return what is said about a value without a letter in it: perhaps a variable of a script that is not set."""
    return tr("needs a value, and {value} is empty", value=repr(text))


def _other_word(word: str) -> str:
    meant = OTHER_WORDS.get(word.lower())
    return tr(', did you mean "{word}"?', word=meant) if meant else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean "x"?`, or nothing."""
    found = closest(word, known)
    return tr(', did you mean "{word}"?', word=found) if found else ""


def suggestion(word: str, known: Sequence[str], *, most: int = 12) -> str:
    """What is close to `word`; else what there is, as far as it fits on a line; else nothing."""
    if close := did_you_mean(word, known):
        return close
    if not known or len(known) > most:
        return ""
    if len(known) == 1:
        return tr("; there is only {name}", name=known[0])
    return tr("; there are {names}", names=", ".join(known))


class UsageParser(Parser):
    """An argument parser that takes no abbreviations and raises UsageError with one line for each mistake."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self._words: Sequence[str] = ()
        """What is being parsed."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, after a look for mistyped options. Raises UsageError."""
        self._words = words = list(args or ())
        self._look_for_mistyped_options(words)
        found, left = super().parse_known_args(words, namespace)  # type: ignore[no-untyped-call]  # as above it
        for word in left:
            if word[:1] == "-" and len(word) > 1 and word != "--":
                self._unknown_option(word)
            elif word != "--":
                self.error(tr("{word} is one word too many", word=repr(word)))
        return found, left

    def _look_for_mistyped_options(self, words: Sequence[str]) -> None:
        """Before argparse takes the value of an option it does not know for a command."""
        takes_value = False
        for word in words:
            option = word.partition("=")[0]
            known = self._option_string_actions.get(option)
            if word == "--" or (self._subparsers and not word.startswith("-") and not takes_value):
                return  # the rest belongs to a command, or is no option
            if not takes_value and known is None and option[:2] == "--":
                self._unknown_option(option)
            takes_value = known is not None and known.nargs != 0 and "=" not in word

    def _unknown_option(self, option: str) -> NoReturn:
        names = {name[2:]: name for name in self._option_string_actions if name[:2] == "--"}
        close = closest(option.lstrip("-"), names)
        behind = self._command_with(option)
        if behind:
            self.error(
                tr(
                    "{option} belongs behind the command, as in `{example}`",
                    option=option,
                    example=f"inbox {behind} {option}",
                )
            )
        hint = tr(', did you mean "{word}"?', word=names[close]) if close else ""
        self.error(tr("there is no option {option}{hint}", option=option, hint=hint))

    def _command_with(self, option: str) -> str:
        """The name of the first command that has the option; empty where none has."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                with_it = (
                    name
                    for name, command in action.choices.items()
                    if option in command._option_string_actions
                )
                return next(with_it, "")
        return ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(value, str) and not value.strip() and action.dest not in MAY_BE_EMPTY:
            raise argparse.ArgumentError(action, empty(value))
        if action.choices is None or value in action.choices:
            return
        names = [str(name) for name in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            hint = _other_word(value) or did_you_mean(value, names) or tr("; `inbox help` lists them")
            self.error(tr("there is no command {word}{hint}", word=repr(value), hint=hint))
        if names == ["-"]:  # a token; it must not be repeated in the answer
            said = tr(
                "takes only -, and reads from standard input: other programs can see what is typed here"
            )
            raise argparse.ArgumentError(action, said)
        said = tr("{word} is not known here{hint}", word=repr(value), hint=self._choices(value, names))
        if not action.option_strings:
            self.error(said)
        raise argparse.ArgumentError(action, said)

    def _choices(self, value: str, names: Sequence[str]) -> str:
        """What may have been meant by a word that is none of `names`; perhaps the words are the wrong way round."""
        swapped = next((word for word in self._words if word in names), None)
        if swapped is not None:
            return tr("; {word} comes last", word=repr(swapped))
        return suggestion(value, names)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with one line that names the command and its help."""
        command = self.prog.partition(" ")[2]
        if command:
            message = tr("{command}: {message} (inbox help {command})", command=command, message=message)
        raise in_words(message)


def in_words(message: str) -> UsageError:
    """Return an error whose words are not translated again: `tag` and `waiting` are no words of a sentence there."""
    error = UsageError(message)
    error.spoken = True
    return error


def known_account(setup: Setup, name: str) -> str:
    """The name of a configured account. Raises UsageError with what was probably meant."""
    if name in setup.accounts:
        return name
    if not setup.accounts:
        raise in_words(tr("the config names no account yet; add one under [[accounts]]"))
    hint = did_you_mean(name, setup.accounts)
    names = ", ".join(setup.accounts)
    raise in_words(
        tr(
            "the config names no account {name}; there are {names}{hint}",
            name=repr(name),
            names=names,
            hint=hint,
        )
    )


def known_agent(name: str, known: Sequence[str]) -> str:
    """Return the name of an agent who works here. Raises UsageError with what was probably meant, and how a new one is
    named."""
    if name in known:
        return name
    said = tr("nobody here is called {name}{hint}", name=repr(name), hint=suggestion(name, known))
    raise in_words(f"{said} ({tr('A new colleague: add --new')})")


def tag_hints(setup: Setup, text: str) -> list[str]:
    """For each tag of a filter that no conversation has: a sentence, with the one that was probably meant."""
    from inbox.domain.filter import operands
    from inbox.domain.fold import fold
    from inbox.store.sqlite.read_only import ReadOnlyStore

    wanted = [one.value for one in operands(text) if one.operator == "tag" and one.value]
    known = ReadOnlyStore(setup.folder).tags() if wanted else []
    there = {fold(tag) for tag in known}
    return [
        tr("no conversation has the tag {name}{hint}", name=repr(value), hint=did_you_mean(value, known))
        for value in wanted
        if fold(value) not in there
    ]


def known_view(desk: Desk, name: str) -> str:
    """The name of a view, built in or of the config. Raises UsageError with what was probably meant."""
    from inbox.domain.queue import views

    names = [*(view.name for view in views(desk.workplace.agent)), *desk.workplace.settings.saved_views]
    if name in names:
        return name
    hint = suggestion(name, names, most=30)
    raise in_words(tr("there is no view {name}{hint}", name=repr(name), hint=hint))
