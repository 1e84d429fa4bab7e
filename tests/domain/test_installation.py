"""What a text says about installing fits the way this copy was installed: no package is named that nobody has."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from inbox.system import installation
from inbox.system.installation import EXTRAS, how_to_add


@pytest.mark.parametrize(
    ("mark", "told", "command"),
    [
        ("uv-receipt.toml", '{"url": "file:///src/inbox", "dir_info": {}}',
         "uv tool install 'social-inbox[holidays] @ file:///src/inbox'"),
        ("uv-receipt.toml", None, "uv tool install 'social-inbox[holidays]'"),
        ("pipx_metadata.json", None, "pipx inject social-inbox 'holidays"),
        (".venv/x", '{"url": "file:///src/inbox", "dir_info": {"editable": true}}', "uv sync --inexact --extra holidays"),
        ("pyvenv.cfg", None, "-m pip install 'holidays"),
    ],
)  # fmt: skip
def test_the_command_fits_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, told: str | None, command: str
) -> None:
    """Five ways to install it, five commands."""

    class Installed:
        requires = ('holidays>=0.100; extra == "holidays"', "textual>=8")

        def read_text(self, name: str) -> str | None:
            return told

    monkeypatch.setattr(metadata, "distribution", lambda name: Installed())
    monkeypatch.setattr(installation, "find_spec", lambda name: None)
    file = tmp_path / mark
    file.parent.mkdir(exist_ok=True)
    file.touch()
    assert command in how_to_add("holidays", file.parent)


def test_an_extra_that_is_there_stays_when_another_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`uv tool install` makes the environment again: what is not named would be gone, and holidays with it."""
    (tmp_path / "uv-receipt.toml").touch()
    monkeypatch.setattr(installation, "find_spec", lambda name: object() if name == "holidays" else None)
    assert "[holidays,spell]" in how_to_add("spell", tmp_path)


def test_every_extra_is_one_of_the_distribution() -> None:
    """A hint that names another one would lead nowhere."""
    extras = set(metadata.metadata(installation.DISTRIBUTION).get_all("Provides-Extra") or ())
    assert extras == {*EXTRAS, "all"}
