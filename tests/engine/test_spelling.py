"""Dictionaries of the machine, words of the house, and the silence where there is neither."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from inbox.system import spelling
from inbox.system.spelling import Spelling


class Fake:
    """A dictionary that knows what stands in its file."""

    def __init__(self, path: Path) -> None:
        self.known = {word.partition("/")[0] for word in path.read_text("utf-8").split()[1:]}

    def spell(self, word: str) -> bool:
        return word in self.known

    def suggest(self, word: str) -> Sequence[str]:
        return sorted(known for known in self.known if known[:2] == word[:2])


def dictionary(folder: Path, name: str, *words: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.dic").write_text("\n".join([str(len(words)), *words, ""]), "utf-8")
    (folder / f"{name}.aff").write_text("SET UTF-8\n", "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dictionary(tmp_path / "dicts", "de_AT", "Paket", "Jänner")
    dictionary(tmp_path / "dicts", "de_DE", "Paket", "kommt", "das", "und", "wir", "ist", "nicht")
    dictionary(tmp_path / "dicts", "en_GB", "parcel", "the", "and", "you", "arrives")
    return tmp_path


def opened(folder: Path, **env: str) -> Spelling:
    return Spelling(folder, env, folders=[str(folder / "dicts")], load=Fake)


def test_a_reply_is_looked_up_in_its_own_language(folder: Path) -> None:
    found = opened(folder)
    assert found.mistakes("das Pakket ist nicht und wir", "", "English") == ["Pakket"]
    assert found.mistakes("the parsel and you", "", "German") == ["parsel"]


def test_a_short_reply_is_looked_up_in_the_customers_language_then_in_the_agents(folder: Path) -> None:
    """Three words tell no language by themselves."""
    found = opened(folder)
    assert found.mistakes("Pakket kommt", "das ist nicht mein Paket und wir warten", "English") == ["Pakket"]
    assert found.mistakes("parsel arrives", "", "English") == ["parsel"]


def test_the_locales_own_dictionary_comes_first(folder: Path) -> None:
    """In Austria January is not misspelt."""
    assert opened(folder, LANG="de_AT.UTF-8").mistakes("Jänner Paket", "", "German") == []
    assert opened(folder, LANG="C.UTF-8").mistakes("Jänner Paket", "", "German") == ["Jänner"]


def test_without_a_dictionary_there_is_nothing_to_say(folder: Path) -> None:
    assert opened(folder).mistakes("le colis est dans la boite et les clés", "", "French") == []
    assert opened(folder).suggestions("colis", "", "", "French") == []


def test_an_accepted_word_is_right_for_good(folder: Path) -> None:
    """Product names are in no dictionary, and everybody writes them all day."""
    opened(folder).accept("Routaro")
    opened(folder).accept("Routaro")
    assert opened(folder).mistakes("routaro Pakket", "", "German") == ["Pakket"]
    assert (folder / spelling.OWN).read_text("utf-8") == "Routaro\n"
    assert stat.S_IMODE((folder / spelling.OWN).stat().st_mode) == 0o600


def test_dictionaries_named_by_the_environment_come_first(folder: Path, tmp_path: Path) -> None:
    """DICPATH is how hunspell itself is told."""
    dictionary(tmp_path / "own", "de_DE", "Pakket")
    assert opened(folder, DICPATH=str(tmp_path / "own")).mistakes("Pakket", "", "German") == []


def test_without_the_extra_it_says_so_and_finds_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spelling, "hunspell", lambda: None)
    found = Spelling(folder, {}, folders=[str(folder / "dicts")])
    assert not found.installed
    assert found.mistakes("das Pakket ist nicht", "", "German") == []


def test_the_real_thing_agrees(folder: Path) -> None:
    """hunspell itself, on five words of our own."""
    pytest.importorskip("hunspell", exc_type=ImportError)
    found = Spelling(folder, {}, folders=[str(folder / "dicts")])
    assert found.installed
    assert found.mistakes("das Pakket ist nicht hier", "", "German") == ["Pakket", "hier"]
    assert found.suggestions("Pakket", "", "", "German") == ["Paket"]
    assert list(found.languages()) == ["German", "English"]
