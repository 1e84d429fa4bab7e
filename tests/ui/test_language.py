"""The screen in German: every word of it, and in the places where English words fit."""

from __future__ import annotations

import argparse
import ast
import calendar
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from inbox.cli import arguments, check, check_accounts, manual, plain
from inbox.cli.arguments import parser
from inbox.cli.manual import commands
from inbox.config import mistakes
from inbox.config.model import Config
from inbox.config.platforms import BUILT_IN
from inbox.domain import checks, declarations, languages
from inbox.domain.declarations import all_declared
from inbox.domain.model import Deed, Priority, Status
from inbox.domain.queue import views
from inbox.ui import picture
from inbox.ui.commands.table import COMMANDS, SCOPES
from inbox.ui.text import bars, footer, thread
from inbox.ui.text.empty_queue import EMPTY
from inbox.ui.text.lessons import FIRST_HINTS, LAST_WORDS, LESSONS
from inbox.ui.windows.accounts import CHARGED
from inbox.ui.windows.dialogs import Pick
from inbox.ui.windows.help import Help
from inbox.ui.windows.sheet import Sheet
from inbox.ui.windows.sign_in import WAYS
from inbox.wording import statistics, words
from inbox.wording.language import FOLDER, catalogue, choose
from ui.conftest import Opens
from ui.sentences import PACKAGE, SHORT, below, sentences, template

UI = PACKAGE / "ui"
PLACES = re.compile(r"\{([\w.]*)\}")


def literals(node: ast.AST) -> Iterator[str]:
    """What a call may say: its strings, those behind a condition too, but not what is compared or looked up."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)


def spoken(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("tr", "filled") and node.args:
                yield from literals(node.args[0])
            elif name == "plural":
                told = [word for arg in node.args[1:] for word in literals(arg)]
                yield from told
                if len(told) == 1:
                    yield f"{told[0]}s"


def returned(file: Path) -> Iterator[str]:
    """The reasons why a command cannot be done."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from (word for word in literals(node.value) if " " in word)


def refusals(file: Path) -> Iterator[str]:
    """Why something was not taken: what is raised with it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotTaken":
            yield from (word for arg in node.args for word in literals(arg))


def everything() -> set[str]:
    """Every sentence of ours: what another package's platform says, which an earlier test may have declared, is none."""
    ours = {name: one for name, one in declarations._DECLARED.items() if name in BUILT_IN}
    with mock.patch.dict(declarations._DECLARED, ours, clear=True):
        return _everything()


def _everything() -> set[str]:
    said = {
        word
        for part in ("ui", "cli", "wording")
        for file in (PACKAGE / part).rglob("*.py")
        for word in spoken(file)
    }
    said |= {*below(), *command_line()}
    said |= set(returned(UI / "commands" / "availability.py"))
    said |= set(refusals(UI / "actions" / "editor.py"))
    for c in COMMANDS:
        said |= {c.title, c.help, c.footer or ""}
    said |= {words for _, words in (*footer.ALL, *Sheet.keys, *Help.keys, *Pick.keys)}
    said |= {
        *SCOPES.values(),
        *bars.BRIEF.values(),
        *bars.STATES,
        *(rule.title for one in all_declared() for rule in one.surfaces),
        *thread.TOLD,
    }
    said |= {view.title for view in views("x")} | {meaning for _, meaning in words.legend()}
    said |= {told for told, _ in picture.SORTS.values()} | {
        line for lines in EMPTY.values() for line in lines
    }
    said |= {*WAYS.values(), *CHARGED.values(), LAST_WORDS}
    said |= {
        *statistics.COLUMNS,
        *plain.WRITERS.values(),
        "tomorrow 9",
        "mon 9",
        "First answer",
        "Next answer",
        "all",
        "nobody",
    }
    said |= {each.words for each in (*FIRST_HINTS, *LESSONS)}
    said |= {*map(str, Priority), *map(str, Status), *map(str, Deed)}
    said |= {*calendar.day_name, *calendar.day_abbr, *calendar.month_name, *calendar.month_abbr}
    tree = ast.parse(Path(checks.__file__).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tell":
            said |= set(literals(node.args[1]))
    said |= set(languages._STOPS) | {"Cyrillic", "Greek", "Arabic", "Hebrew", "Hangul", "Chinese or Japanese"}
    said |= {f"a{n} {kind}" for n, kind in checks_kinds()}
    return SHORT | {w for w in said if re.search(r"[A-Za-z]{2,}", PLACES.sub("", w)) or "} {" in w}


def subcommands() -> Iterator[argparse.ArgumentParser]:
    """`inbox config set`, and others below a command."""
    for command in commands().values():
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from action.choices.values()


WITHOUT_SENTENCES = {"arguments", "manual", "fast_start", "completion_scripts"}
"""Of the command line: the words of its parsers and tables are collected from them themselves."""


def command_line() -> Iterator[str]:
    """What its parsers say, and the questions, findings and refusals of its commands."""
    top = parser()
    yield from (top.description or "", top.epilog or "", "problem")
    for command in (top, *commands().values(), *subcommands()):
        yield from (group.title or "" for group in command._action_groups)
        for action in command._actions:
            yield action.help or ""
            yield from (listed.help or "" for listed in getattr(action, "_choices_actions", ()))
    for file in sorted((PACKAGE / "cli").rglob("*.py")):
        if file.stem not in WITHOUT_SENTENCES:
            yield from sentences(file)
    for table in (manual.FILES, manual.ENVIRONMENT, manual.STATUS, manual.EXAMPLES, plain.HELP):
        yield from (meaning for _, meaning in table)
    yield from check_accounts.KINDS.values()
    yield from check.LEVELS.values()
    yield from mistakes._WORDS.values()
    for name in ("check", "check_accounts", "check_machine", "check_terminal", "config_checks"):
        yield from labels(PACKAGE / "cli" / f"{name}.py")
    yield from arguments.PHRASES.values()


def labels(file: Path) -> Iterator[str]:
    """What each finding of `inbox check` is about."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Finding", "ConfigProblem"):
            what = node.args[0]
            yield from (template(what),) if isinstance(what, ast.JoinedStr) else literals(what)


def checks_kinds() -> Iterator[tuple[str, str]]:
    for kind in ("e-mail address", "IBAN", "order number"):
        yield "n", kind
    for kind in ("card number", "phone number"):
        yield "", kind


def test_every_word_of_the_screen_is_there_in_german() -> None:
    """A screen half in English reads like a mistake. `python -m ui.test_language` (in tests) lists what is missing."""
    missing = everything() - catalogue("de").keys()
    assert sorted(missing) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(catalogue("de").keys() - everything()) == []


def test_a_translation_has_the_places_of_the_original() -> None:
    """A missing place hides a fact; an unknown one is an error while the agent works."""
    for english, german in catalogue("de").items():
        assert sorted(PLACES.findall(english)) == sorted(PLACES.findall(german)), english


@pytest.mark.parametrize("word", ["waits", "hit", "answered", "resolved", "spam"])
def test_words_in_the_timer_column_fit(word: str) -> None:
    assert len(catalogue("de").get(word, word)) <= words.TIMER_WIDTH


def test_the_locale_chooses_unless_the_config_does() -> None:
    try:
        assert choose(None, {"LANG": "de_DE.UTF-8"}) == "de"
        assert choose(None, {"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}) == "en"
        assert choose("de", {"LC_ALL": "en_GB"}) == "de"
        assert choose(None, {"LANG": "fr_FR"}) == "en"
        assert choose(None, {}) == "en"
    finally:
        choose("en", {})


def german() -> Config:
    config = Config(agent="tanja")
    config.screen.language = "de"
    return config


@pytest.mark.parametrize("size", [(80, 24), (120, 35), (200, 60)])
async def test_the_screen_speaks_german_at_every_size(opens: Opens, size: tuple[int, int]) -> None:
    async with opens(size=size, config=german()) as seen:
        assert "warten" in seen.lines[0]
        assert "überfällig" in seen.lines[0]
        seen.select("Eva Lindner")
        await seen.press("enter")
        assert "Überfällig seit 5 Min." in seen.text
        assert "Notiz" in seen.text
        await seen.press("escape")
        seen.select("Anna Becker")
        await seen.press("enter")
        assert "Heute, Dienstag, 24. November 2026" in seen.text
        await seen.press("r")
        assert "Öffentlich" in seen.text
        await seen.type("Hallo {name}")
        await seen.until(lambda: "noch offen: {name}" in seen.text)
        await seen.press("escape")
        assert "Entwurf bleibt" in seen.text
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_snoozing_in_german(opens: Opens) -> None:
    """`morgen 9`, `mo 9`: the words of the one who types."""
    async with opens(size=(100, 30), config=german()) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("b")
        await seen.type("morgen 8:30")
        assert "Mi 25. Nov 08:30 · in 17 Std." in seen.text
        await seen.press("enter")
        assert "Zurückgestellt bis Mi 25. Nov 08:30" in seen.text
        until = seen.desk(lambda desk: desk.conversation.get(cid)).snoozed_until
        assert until is not None
        assert f"{until:%d %H:%M}" == "25 07:30"


if __name__ == "__main__":
    known = catalogue("de") if (FOLDER / "de.po").exists() else {}
    for word in sorted(everything() - known.keys()):
        print(word)


SECOND_WORDS = {
    "de": {
        r"\bGespräch(e|en|s)?\b": "Unterhaltung",
        r"\b(Marken?|Etikett(en)?|Tags? (setzen|entfernen))\b": "Schlagwort",
        r"\bMakros?\b": "Textbaustein",
        r"\b[Bb]lockier": "sperren",
        r"\bCtrl\+": "Strg+",
        r"\bTokens\b": "Token",
        r"\bSchreibmarke\b": "Cursor",
        r"\bHandlung(en)?\b": "Aktion",
        r"\b[Ww]iederholt? tun\b": "wiederholen",
    },
    "en": {r"\b[Mm]end(s|ing)?\b": "correct, repair", r"\banew\b": "again", r"\b[Dd]eeds?\b": "action"},
}
"""What stands for a word of the glossary that was chosen already (.github/GLOSSARY.md)."""


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_two_words_stand_for_one_thing(language: str) -> None:
    """A reader takes another word for another thing, and looks for it in vain."""
    told = catalogue("de")
    texts = told.values() if language == "de" else told.keys()
    plain = [re.sub(r"\{\w*\}", "", text) for text in texts]
    found = [
        (text, better)
        for pattern, better in SECOND_WORDS[language].items()
        for text in plain
        if re.search(pattern, text)
    ]
    assert found == []
