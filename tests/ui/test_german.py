"""Nothing that is read stays English in German: every place of the screen, and every command that prints for people."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from e2e.conftest import Run, run, world  # noqa: F401  # fixtures

from inbox.cli.arguments import parser
from inbox.cli.manual import commands
from inbox.wording.language import catalogue, choose, said
from ui import scene
from ui.conftest import Opens
from ui.sentences import below
from ui.test_language import command_line, german
from ui.test_plain import Talk, talk  # noqa: F401  # a fixture

CONFIG = """
agent = "tanja"
[screen]
language = "de"
[[accounts]]
name = "acme-x"
platform = "twitter"
api_url = "{url}"
[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "{page}"
api_url = "{url}"
"""

TELLING = 14
"""Letters in a row by which an English sentence is known."""


def english_in(text: str) -> list[str]:
    """English sentences of ours that stand in a text."""
    flat = " ".join(text.split())
    found = []
    for english, other in catalogue("de").items():
        piece = max(re.split(r"\{\w*\}|%\(?\w*\)?\w?", english), key=len).strip()
        if piece not in other and len(piece) >= TELLING and " " in piece and " ".join(piece.split()) in flat:
            found.append(english)
    return found


def test_english_is_noticed() -> None:
    """The tests below would be worth nothing if it were not."""
    assert english_in("│ Nothing is known to be missing │") == []
    assert english_in("Nothing is known to\n be missing here. ") != []


PLACES = {
    "queue": (),
    "reader": ("enter",),
    "person": ("enter", "i"),
    "help": ("?",),
    "help in the reader": ("enter", "?"),
    "palette": (":",),
    "why": ("w",),
    "log": ("e", "z", "a", "L"),
    "snooze": ("b",),
    "tags": ("l",),
    "assign": ("A",),
    "macros": ("m",),
    "outbox": ("O",),
    "accounts": ("I",),
    "composer": ("r",),
    "note": ("c",),
    "a view without anything": ("9",),
    "filter nobody understands": ("/", "i", "s", ":", "x"),
    "nothing to take back": ("z",),
    "filter": ("/",),
    "sort": ("s",),
}


@pytest.mark.parametrize("keys", PLACES.values(), ids=PLACES)
async def test_no_place_of_the_screen_speaks_english(opens: Opens, keys: tuple[str, ...]) -> None:
    async with opens(size=(140, 60), config=german()) as seen:
        seen.select("Anna Becker")
        await seen.press(*keys)
        assert english_in(seen.text) == []


async def test_a_refusal_to_take_back_is_said_in_german(opens: Opens) -> None:
    """Who changed it meanwhile, and what they did, is recognised out of the sentence of the desk."""
    async with opens(size=(140, 40), config=german()) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("e")

        await seen.changed(
            lambda desk: scene.desk(desk.workplace.store, desk.workplace.clock, agent="ben").triage.spam(
                [cid]
            )
        )
        await seen.press("z")
        assert "hat es inzwischen geändert (als Spam markiert)" in seen.main.context.bars.message[0]


async def test_why_it_is_due_is_told_in_german(opens: Opens) -> None:
    async with opens(size=(140, 40), config=german()) as seen:
        seen.select("Anna Becker")
        await seen.press("w")
        assert "Wartet seit Di 24. Nov" in seen.text
        assert "Ziel: 3 Std. Servicezeit, nach der Vorgabe." in seen.text
        assert re.search(r"Zählt: Di 24. Nov \d\d:\d\d bis \d\d:\d\d \(3 Std.\).", seen.text)
        assert re.search(r"Fällig Di 24. Nov \d\d:\d\d: vor 1 Std. \d+ Min.", seen.text)


def test_plain_lines_are_german(talk: Talk) -> None:  # noqa: F811
    choose("de", {})
    heard = talk(
        *(
            "help",
            "list",
            "more",
            "open 2",
            "why",
            "next",
            "take",
            "snooze 1 morgen 9",
            "tag 3 lob",
            "undo",
            "redo",
        ),
        *(
            "reply 2",
            "Hallo {name},",
            ".",
            "outbox",
            "undo",
            "dance",
            "open 99",
            "view nirgends",
            "find from:",
            "quit",
        ),
    )
    assert english_in("\n".join(heard)) == []
    assert "Zurückgestellt. undo nimmt es zurück." in heard
    assert "Bis Mi 25. Nov 09:00." in heard
    assert "Hinweis: noch offen: {name}." in heard


COMMANDS = (
    "--help",
    "queue",
    "queue --view nowhere",
    "queue --filter is:nothing",
    "accounts",
    "sync --once",
    "stats",
    "stats --since soon",
    "check --offline",
    "outbox",
    "outbox retry",
    "outbox retry 1",
    "show nothing",
    "resolve nothing",
    "snooze nothing --until whenever",
    "tag nothing",
    "reply nothing --text Hallo",
    "restore",
    "erase --contact nobody --yes",
    "keys",
    "man",
    "nonsense",
    "queue --limit 0",
)


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_speaks_english(
    words: str,
    run: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Help comes before any config is read: there the locale decides."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    try:
        _, out, err = run(*words.split())
    except SystemExit:
        out, err = capsys.readouterr()
    assert english_in(f"{out}\n{err}") == []


def test_the_help_of_every_command_is_german() -> None:
    choose("de", {})
    helped = [parser().format_help(), *(command.format_help() for command in commands().values())]
    assert len(helped) > 25
    assert english_in("\n".join(helped)) == []


def test_help_speaks_the_language_of_the_config(run: Run, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Nothing else of the config is needed for it, and a broken one must not keep anybody from reading it."""
    with pytest.raises(SystemExit):
        run("queue", "--help")
    assert capsys.readouterr().out.startswith("Aufruf: ")
    Path(os.environ["INBOX_CONFIG"]).write_text("[broken", "utf-8")
    with pytest.raises(SystemExit):
        run("queue", "--help")
    assert capsys.readouterr().out.startswith("usage: ")


def test_json_stays_english(run: Run) -> None:  # noqa: F811
    """It is read by programs, which must not depend on who happens to run them."""
    _, stats, _ = run("stats", "--since", "30d", "--json")
    assert stats["total"]["answered"] == 0
    assert stats["total"].keys() == {
        *("answered", "in_time", "in_time_percent", "first_response", "next_response"),
        *("resolved_unanswered", "unanswered", "overdue", "passed_on"),
        *("automatic", "proactive", "resolution"),
    }
    assert stats.keys() == {
        *("since", "until", "target_seconds", "policies_changed_at", "total", "accounts", "agents", "days")
    }
    _, found, _ = run("check", "--offline", "--json")
    assert {"service hours", "data folder"} <= {finding["what"] for finding in found}


def test_every_sentence_from_below_is_known_again_with_what_was_filled_in() -> None:
    """No two of them may be taken for each other, and nothing that was filled in may get lost."""
    choose("de", {})
    known, checked = catalogue("de"), 0
    for english in {*below(), *command_line()} & known.keys():
        names = re.findall(r"\{(\w+)\}", english)
        filled = {name: f"Wert{n}" if n == 0 else f", Wert{n}" for n, name in enumerate(names)}
        told, expected = (s.format_map(filled) if names else s for s in (english, known[english]))
        assert said(told) == expected.replace("..", ".") or said(told) == expected, english
        checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Ben changed it meanwhile (resolved).", "Ben hat es inzwischen geändert (erledigt)."),
        ("assigned to tanja: taken back", "zugewiesen an tanja: zurückgenommen"),
        ("X refused the request: You are failed.", "X hat die Anfrage abgelehnt: You are failed."),
        ("Due Mon 02 Nov 09:00: 2 h 41 min ago.", "Fällig Mo 2. Nov 09:00: vor 2 Std. 41 Min."),
        (
            "config.toml:3: first: '3x' is longer than ten years",
            "config.toml:3: first: '3x' ist länger als zehn Jahre",
        ),
        ("German, French", "Deutsch, Französisch"),
        ("what a plug-in says", "what a plug-in says"),
    ],
)
def test_a_sentence_from_below_is_recognised(english: str, german: str) -> None:
    """It may have been stored by another process long ago; only the words are left."""
    choose("de", {})
    assert said(english) == german


def test_a_page_long_reason_of_a_platform_is_shown_as_it_is() -> None:
    """To look for its pieces would hold up the screen: 18 seconds for 45 kB."""
    page = "resolved: no; yes, " * 3000
    assert said(page) == page


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ('"hi" is no priority; did you mean "high"?', '"hi" ist keine Priorität; meintest du "high"?'),
        (
            '"9" is no priority; there are priority:low, priority:high.',
            '"9" ist keine Priorität; es gibt priority:low, priority:high.',
        ),
    ],
)
def test_what_is_to_be_typed_is_not_translated(english: str, german: str) -> None:
    """`priority:hoch` and a view `meine` were suggested, and nothing understands them."""
    try:
        choose("de", {})
        assert said(english) == german
    finally:
        choose("en", {})
