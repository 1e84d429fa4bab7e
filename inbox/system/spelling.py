"""Spelling by the dictionaries of this machine (extra `spell`: hunspell inside the wheel), and by the words that were
accepted here.

A dictionary takes some 50 ms to load and holds Python up meanwhile, and so does a long German compound nobody knows (25 ms)
and every suggestion (130 ms): ask in a pause of typing, and for suggestions only when somebody wants them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from inbox.domain import spelling as rules
from inbox.domain.languages import language as language_of
from inbox.system.places import write_whole

FOLDERS = (
    "/usr/share/hunspell",
    "/usr/share/myspell",
    "/usr/share/myspell/dicts",
    "/opt/homebrew/share/hunspell",
    "/usr/local/share/hunspell",
    "/Library/Spelling",
    "~/Library/Spelling",
    "~/.local/share/hunspell",
)
OWN = "accepted-words.txt"
"""In the data folder, a word a line."""
MOST = 5
"""Suggestions for one word."""


class Dictionary(Protocol):
    """One language, as `hunspell.Hunspell` speaks it."""

    def spell(self, word: str) -> bool: ...
    def suggest(self, word: str) -> Sequence[str]: ...


class Spelling:
    """Belongs to no thread; asks of several are answered one after the other."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        folders: Iterable[str] = FOLDERS,
        load: Callable[[Path], Dictionary] | None = None,
    ) -> None:
        """`folder`: where accepted words are kept. `load` opens the dictionary with this `.dic`."""
        self.own = folder / OWN
        self.env = env
        self.folders = (*filter(None, env.get("DICPATH", "").split(os.pathsep)), *folders)
        self._load = load or hunspell()
        self._loaded: dict[str, Dictionary | None] = {}
        self._lock = threading.Lock()
        self._knows = lru_cache(10_000)(self._look_up)

    @property
    def installed(self) -> bool:
        """Whether the extra is there."""
        return self._load is not None

    def languages(self) -> dict[str, Path]:
        """Names of the languages that can be checked here, with their dictionaries."""
        found = {name: self._choice(code) for name, code in rules.CODES.items()}
        return {name: path for name, path in found.items() if path is not None}

    def mistakes(
        self, text: str, asked: str, usual: str, *, names: Iterable[str] = (), at: int | None = None
    ) -> list[str]:
        """Words of the reply `text` that look misspelt; none where its language has no dictionary. `asked`: what the
        customer wrote, and `usual`: the agent's language, tell it where the reply is too short to."""
        with self._lock:
            language = self._language(text, asked, usual)
            if language is None:
                return []
            accepted = self._accepted()
            return rules.misspelt(
                text,
                lambda word: word.casefold() in accepted or self._knows(language, word),
                names=names,
                at=at,
            )

    def checks(self, text: str, asked: str, usual: str) -> bool:
        """Tell whether there is a dictionary for the language of the reply `text`; the rest as for `mistakes`."""
        with self._lock:
            return self._language(text, asked, usual) is not None

    def suggestions(self, word: str, text: str, asked: str, usual: str) -> list[str]:
        """What may have been meant."""
        with self._lock:
            language = self._language(text, asked, usual)
            dictionary = self._dictionary(language) if language is not None else None
            return list(dictionary.suggest(word))[:MOST] if dictionary is not None else []

    def accept(self, word: str) -> None:
        """Take it for right from now on. Raises OSError."""
        with self._lock:
            known = self.own.read_text("utf-8").splitlines() if self.own.exists() else []
            if word not in known:
                write_whole(self.own, "\n".join([*known, word, ""]).encode())

    def _accepted(self) -> frozenset[str]:
        try:
            return frozenset(word.strip().casefold() for word in self.own.read_text("utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            return frozenset()

    def _look_up(self, language: str, word: str) -> bool:
        dictionary = self._dictionary(language)
        return dictionary is None or dictionary.spell(word)

    def _language(self, text: str, asked: str, usual: str) -> str | None:
        language = language_of(text) or language_of(asked) or usual
        return language if self._dictionary(language) is not None else None

    def _dictionary(self, language: str) -> Dictionary | None:
        if language not in self._loaded:
            path = self._choice(rules.CODES[language]) if language in rules.CODES else None
            self._loaded[language] = self._open(path) if path is not None else None
        return self._loaded[language]

    def _open(self, path: Path) -> Dictionary | None:
        try:
            return self._load(path) if self._load is not None else None
        except (OSError, ValueError):
            return None

    def _choice(self, code: str) -> Path | None:
        """The dictionary of the locale's country, else of the language's own, else any."""
        found = [
            path
            for folder in self.folders
            for path in sorted(Path(folder).expanduser().glob(f"{code}*.dic"))
            if path.stem.partition("_")[0] == code and path.with_suffix(".aff").exists()
        ]
        here = next((self.env[name] for name in ("LC_ALL", "LANG") if self.env.get(name)), "").partition(".")[
            0
        ]
        usual = {"en": "en_US"}.get(code, f"{code}_{code.upper()}")
        for wanted in (here, usual):
            for path in found:
                if path.stem == wanted:
                    return path
        return found[0] if found else None


def hunspell() -> Callable[[Path], Dictionary] | None:
    """Opens dictionaries by the extra `spell`; None where it is not installed."""
    try:
        from hunspell import Hunspell
    except ImportError:
        return None
    return lambda path: Hunspell(path.stem, hunspell_data_dir=str(path.parent))
