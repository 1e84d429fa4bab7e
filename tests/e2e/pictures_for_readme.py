"""The pictures of the README, from the real demo in a real terminal: `uv run --with pillow python tests/e2e/pictures_for_readme.py`.

Starts `inbox demo` in tmux, presses keys as an agent does, and draws what the terminal shows. Writes `.readme/inbox.gif`
(the walk) and `.readme/inbox.png` (one screen of it); `--frames FOLDER` writes every frame, for a look. Takes tmux and the font
DejaVu Sans Mono (`--font` names another one).
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from e2e.terminal import INBOX, Terminal  # noqa: E402  # a script knows its folder only once it runs

WIDTH, HEIGHT = 124, 36
LOOKS = 8
FONT_SIZE = 13
FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSansMono-Oblique.ttf")
DARK, LIGHT = (18, 18, 18), (224, 224, 224)
SGR = re.compile(r"\x1b\[([\d;:]*)m|\x1b[()][A-Z0-9]|[\x0e\x0f]")
TEXT = "Six weeks is too long, Oskar. Your refund leaves today, and I write to you here once it has."

BASIC = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (60, 100, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip

Colour = tuple[int, int, int]


@dataclass
class Style:
    """How a cell is drawn."""

    fore: Colour = LIGHT
    back: Colour = DARK
    bold: bool = False
    italic: bool = False
    dim: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False

    def take(self, codes: str) -> None:
        """Change by the numbers of one SGR sequence (ECMA-48 8.3.117, xterm's colours)."""
        numbers = [int(n or 0) for n in re.split("[;:]", codes or "0")]
        while numbers:
            match numbers.pop(0):
                case 0:
                    self.__init__()  # type: ignore[misc]  # everything back
                case 1:
                    self.bold = True
                case 2:
                    self.dim = True
                case 3:
                    self.italic = True
                case 4:
                    self.underline = True
                case 7:
                    self.reverse = True
                case 9:
                    self.strike = True
                case 22:
                    self.bold = self.dim = False
                case 23:
                    self.italic = False
                case 24:
                    self.underline = False
                case 27:
                    self.reverse = False
                case 29:
                    self.strike = False
                case 38:
                    self.fore = _colour(numbers)
                case 48:
                    self.back = _colour(numbers)
                case 39:
                    self.fore = LIGHT
                case 49:
                    self.back = DARK
                case n if 30 <= n <= 37 or 90 <= n <= 97:
                    self.fore = BASIC[n - 30 if n < 40 else n - 82]
                case n if 40 <= n <= 47 or 100 <= n <= 107:
                    self.back = BASIC[n - 40 if n < 50 else n - 92]

    def colours(self) -> tuple[Colour, Colour]:
        """(letters, ground) as they are seen."""
        fore, back = (self.back, self.fore) if self.reverse else (self.fore, self.back)
        if self.dim:
            fore = tuple((2 * f + b) // 3 for f, b in zip(fore, back, strict=True))  # type: ignore[assignment]
        return fore, back


def _colour(numbers: list[int]) -> Colour:
    if numbers[:1] == [2]:
        numbers.pop(0)
        return (numbers.pop(0), numbers.pop(0), numbers.pop(0))
    numbers.pop(0)
    n = numbers.pop(0)
    if n < 16:
        return BASIC[n]
    if n >= 232:
        return (8 + 10 * (n - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    return steps[(n - 16) // 36], steps[(n - 16) // 6 % 6], steps[(n - 16) % 6]


def _cells(line: str, style: Style) -> Iterator[tuple[str, int, Style]]:
    """(character with its marks, columns, style) of one line of `capture-pane -e`."""
    at = 0
    for found in [*SGR.finditer(line), None]:
        text = line[at : found.start() if found else None]
        held = ""
        for c in text:
            if held and (unicodedata.combining(c) or c in "\u200d\ufe0f\ufe0e"):
                held += c
                continue
            if held:
                yield held, _columns(held), style
            held = c
        if held:
            yield held, _columns(held), style
        if found:
            at = found.end()
            if found[1] is not None:
                style.take(found[1])


def _columns(text: str) -> int:
    return 2 if unicodedata.east_asian_width(text[0]) in "WF" else 1


class Painter:
    """Draws screens with Pillow."""

    def __init__(self, font: str | None) -> None:
        from PIL import ImageFont

        names = (font,) * 3 if font else FONTS
        self._plain, self._bold, self._italic = (ImageFont.truetype(name, FONT_SIZE) for name in names)
        self._known: dict[str, bool] = {}
        self.cell = (round(self._plain.getlength("M")), sum(self._plain.getmetrics()) + 1)

    def _has(self, text: str) -> bool:
        """Whether the font has the sign; emoji and scripts that it lacks are left out, where a terminal shows them."""
        if text not in self._known:
            box = self._plain.getmask("\U0010fffe")
            self._known[text] = bytes(self._plain.getmask(text[0])) != bytes(box)
        return self._known[text]

    def paint(self, screen: str) -> Any:
        """A picture of what `capture-pane -e` told."""
        from PIL import Image, ImageDraw

        wide, high = self.cell
        picture = Image.new("RGB", (WIDTH * wide + 16, HEIGHT * high + 16), DARK)
        draw = ImageDraw.Draw(picture)
        style = Style()
        for row, line in enumerate(screen.splitlines()[:HEIGHT]):
            column = 0
            for text, columns, drawn in _cells(line, style):
                x, y = 8 + column * wide, 8 + row * high
                fore, back = drawn.colours()
                if back != DARK:
                    draw.rectangle((x, y, x + columns * wide - 1, y + high - 1), fill=back)
                font = self._bold if drawn.bold else self._italic if drawn.italic else self._plain
                if text.strip() and self._has(text):
                    draw.text((x, y), text, font=font, fill=fore)
                if drawn.underline:
                    draw.line((x, y + high - 2, x + columns * wide - 1, y + high - 2), fill=fore)
                if drawn.strike:
                    draw.line((x, y + high // 2, x + columns * wide - 1, y + high // 2), fill=fore)
                column += columns
        return picture


def walk(terminal: Terminal) -> Iterator[tuple[str, int]]:
    """(screen, milliseconds it is shown): an agent's first minute."""

    def shown(milliseconds: int) -> tuple[str, int]:
        return terminal.tmux("capture-pane", "-e", "-p"), milliseconds

    command = shlex.join([str(INBOX), "demo", "--seed", "1"])
    terminal.start(f"env COLORTERM=truecolor TZ=Europe/Berlin {command}", width=WIDTH, height=HEIGHT)
    terminal.until(lambda text: re.search(r"1 Waiting·\d+", text) and "▸" in text)
    yield shown(1800)
    yield from press(terminal, shown, "j", each=700)
    yield from press(terminal, shown, "w", each=2600)
    yield from press(terminal, shown, "Escape", each=500)
    yield from press(terminal, shown, "r", each=900)
    for at in range(0, len(TEXT), 6):
        terminal.type(TEXT[at : at + 6])
        terminal.until(f"{len(TEXT[: at + 6])} / ")
        yield shown(110)
    yield shown(1100)
    yield from press(terminal, shown, "C-s", each=2200)
    yield from press(terminal, shown, "z", each=1800)
    yield from press(terminal, shown, "Escape", each=700)
    yield from press(terminal, shown, "e", each=1200)
    yield from press(terminal, shown, "z", each=1500)
    yield from press(terminal, shown, "S", each=3000)
    yield from press(terminal, shown, "Escape", each=1200)


def press(terminal: Terminal, shown: Any, *keys: str, each: int) -> Iterator[tuple[str, int]]:
    """Press keys one by one; each picture is taken once the screen has come to rest."""
    for key in keys:
        before = terminal.text
        terminal.press(key)
        terminal.until(lambda text, before=before: text != before)
        settled(terminal)
        yield shown(each)


def settled(terminal: Terminal) -> None:
    """Wait until `LOOKS` looks in a row show the same, but for the clocks that count down."""
    seen: list[str] = []

    def at_rest(text: str) -> bool:
        seen.append(re.sub(r"\d+", "", text))
        return len(seen) >= LOOKS and len(set(seen[-LOOKS:])) == 1

    terminal.until(at_rest)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pictures_for_readme")
    parser.add_argument("--folder", type=Path, default=ROOT / ".readme")
    parser.add_argument("--frames", type=Path, help="also write each frame as PNG")
    parser.add_argument("--font")
    chosen = parser.parse_args(argv)
    painter = Painter(chosen.font)
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(f"inbox-pictures-{os.getpid()}", Path(folder))
        try:
            frames = [(painter.paint(screen), length) for screen, length in walk(terminal)]
        finally:
            subprocess.run(["tmux", "-L", terminal.socket, "kill-server"], capture_output=True, check=False)
    if chosen.frames:
        chosen.frames.mkdir(parents=True, exist_ok=True)
        for n, (frame, _) in enumerate(frames):
            frame.save(chosen.frames / f"{n:02}.png")
    written(chosen.folder, frames)
    return 0


def written(folder: Path, frames: list[tuple[Any, int]]) -> None:
    """Write the walk and its one still screen: the answer that is being written."""
    from PIL import Image

    still = max(frames, key=lambda frame: len(frame[0].getcolors(1 << 24) or ()))[0]
    palette = still.quantize(128)
    few = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame, _ in frames]
    few[0].save(
        folder / "inbox.gif", save_all=True, append_images=few[1:], duration=[length for _, length in frames],
        loop=0, optimize=False, disposal=1,
    )  # fmt: skip
    still.quantize(256, dither=Image.Dither.NONE).save(folder / "inbox.png", optimize=True)
    for name in ("inbox.gif", "inbox.png"):
        print(f"{name}: {(folder / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    sys.exit(main())
