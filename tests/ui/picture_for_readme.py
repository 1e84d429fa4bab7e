"""The picture in the README, made from the scene of the tests: `PYTHONPATH=tests python -m ui.picture_for_readme`.

Takes a Chromium to turn Textual's SVG into a PNG. `--size 80x24 --theme light FILE` makes others, for a look.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from inbox.config import Config
from inbox.store.local import LocalStore
from inbox.ui.app import InboxApp
from ui import scene

PICTURE = Path(__file__).resolve().parents[2] / ".readme" / "inbox.png"
SIZE = (150, 34)
FONT = '"DejaVu Sans Mono", "Noto Sans Mono", "Noto Sans Mono CJK JP", "Noto Color Emoji", monospace'
KEYS = ("j", "j", "j", "j", "r")
"""From the top of the queue to the long dialogue, and into a reply."""
TEXT = "Liebe Eva, klare Antwort: 1. Wir haften. 2. Das Geld ist bis Donnerstag auf Ihrem Konto. 3. Zu Recht gefragt."
LEFT_OUT = ("Mallory", "田中 美咲")
"""People a picture does no good: one attacks the terminal, the other needs a font that not every machine has."""


async def svg(
    folder: Path,
    *,
    size: tuple[int, int] = SIZE,
    config: Config | None = None,
    keys: Sequence[str] = KEYS,
    text: str = TEXT,
) -> str:
    """The screen over the scene after some keys and some writing, as SVG."""
    clock = scene.StandingClock()
    scene.fill(folder, clock)
    with closing(LocalStore(folder)) as store:
        desk = scene.desk(store, clock)
        heads = store.conversations(desk.order("all"))
        desk.resolve([c.id for c in heads if any(name in c.contact.label for name in LEFT_OUT)])
    config = config or Config(agent="tanja")
    session = scene.session(folder, clock)
    app = InboxApp(session, agent="tanja", zone=scene.ZONE, hours=scene.HOURS, config=config, strict=True)
    try:
        async with app.run_test(size=size) as pilot:
            while app.main.figures is None or not app.main._settled:
                await pilot.pause(0.05)
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.2)
            await pilot.press(*({" ": "space"}.get(c, c) for c in text))
            await pilot.pause(0.6)
            return app.export_screenshot(title="inbox", simplify=True)
    finally:
        session.close()


def png(drawn: str, target: Path) -> None:
    """Through a browser, because only a browser knows every script that people write in."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("a Chromium is needed for the picture")
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn).groups())  # type: ignore[union-attr]
    local = re.sub(r"@font-face\s*\{.*?\}", "", drawn, flags=re.DOTALL)
    local = re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {FONT};", local)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<style>body{{margin:0}}svg{{display:block}}</style>{local}", "utf-8")
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", "--default-background-color=00000000",
            f"--window-size={round(width)},{round(height)}", f"--screenshot={target}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="ui.picture_for_readme")
    parser.add_argument("target", type=Path, nargs="?", default=PICTURE)
    parser.add_argument("--size", default="x".join(map(str, SIZE)))
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--language", default="en")
    parser.add_argument("--keys", default=" ".join(KEYS))
    parser.add_argument("--text", default=TEXT)
    chosen = parser.parse_args(argv)
    width, _, height = chosen.size.partition("x")
    config = Config(agent="tanja")
    config.screen.theme, config.screen.language = chosen.theme, chosen.language
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "store"
        drawn = asyncio.run(
            svg(
                folder,
                size=(int(width), int(height)),
                config=config,
                keys=chosen.keys.split(),
                text=chosen.text,
            )
        )
    png(drawn, chosen.target)
    print(f"{chosen.target}: {chosen.target.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
