"""The contract of the inbox, run on the example platform as its author would."""

from __future__ import annotations

import shutil
from pathlib import Path

from inbox_letters import LETTERS, PLATFORM  # type: ignore[import-not-found]  # the file beside this one

from inbox.platform_kit.contract import PlatformContract, PlatformWorld
from inbox.platform_kit.simkit import VirtualClock


class Folder(PlatformWorld):
    """A folder in which customers and we leave letters."""

    platform, surface = PLATFORM, LETTERS

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        super().__init__(folder / "letters", clock)
        self.folder.mkdir()

    def settings(self) -> dict[str, str]:
        return {"folder": str(self.folder)}

    def customer_writes(self, customer: str, text: str) -> None:
        number = len(list(self.folder.glob("*.txt"))) + 1
        (self.folder / f"{customer}.in.{number}.txt").write_text(text, "utf-8")

    def taken(self) -> list[str]:
        return [file.read_text("utf-8") for file in sorted(self.folder.glob("*.out.*.txt"))]

    def cut_off(self) -> None:
        shutil.rmtree(self.folder)


class TestLetters(PlatformContract):
    World = Folder
