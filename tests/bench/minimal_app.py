"""The yardstick: the least a Textual app can be. A line that changes at `j`, a text field behind `i`."""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    BINDINGS = [("j", "step", "step")]

    def compose(self) -> ComposeResult:
        yield Static("READY", id="line")

    def action_step(self) -> None:
        self.steps = getattr(self, "steps", 0) + 1
        self.query_one("#line", Static).update(f"step {self.steps}")


Minimal().run()
