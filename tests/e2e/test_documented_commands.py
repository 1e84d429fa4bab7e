"""Every command of the README and of the manual is run, over the store of the demo; what is not is listed with the reason.

A manual is believed until the first line of it fails.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.demo_store import Demo, demo_store
from e2e.test_manual_pages import README, commands
from inbox.cli.help_commands import TOPICS, page
from inbox.system.places import example

SCREEN = "opens the screen: tests/e2e/test_demo_in_tmux.py types into it"
SIGN_IN = "needs a platform's sign-in page: tests/sign_in/test_first_hour.py answers it"
UNTIL_STOPPED = "reads until it is stopped: tests/faults/test_whole_program.py stops it"
ASKS = "needs a terminal for an editor: tests/e2e/test_config_commands.py has one"
HINT = "prints nothing where no hint is left: tests/engine/test_listening.py refuses one"
CALM = "prints nothing on a calm day: tests/e2e/test_listening_commands.py has another"
PAST = "needs a file of messages: tests/e2e/test_listening_commands.py has one"
ASIDE = "changes the whole store: has a test of its own below"

NOT_HERE = {
    "inbox": SCREEN,
    "inbox demo": SCREEN,
    "inbox login": SIGN_IN,
    "inbox login ACCOUNT": SIGN_IN,
    "inbox login ACCOUNT --stream": SIGN_IN,
    "inbox sync": UNTIL_STOPPED,
    "inbox sync --json": UNTIL_STOPPED,
    "inbox config edit": ASKS,
    "inbox config set network.ca_file /etc/ssl/certs/acme-ca.pem": "needs that file: tests/e2e/test_behind_a_proxy.py has one",
    "inbox restore NAME": ASIDE,
    "inbox surges": CALM,
    "inbox surges --check": CALM,
    "inbox surges --replay FILE": PAST,
    "inbox topics --replay FILE --at INSTANT": PAST,
    "inbox groups --replay FILE": PAST,
    "inbox hint --replay FILE": PAST,
    "inbox hint C --no negative": HINT,
    "inbox restore --empty": ASIDE,
}
"""Command line to why it is not run here."""

NAMED_ALONE = {"inbox search"}
"""Commands that a sentence names without what they ask for."""

FILLED = {
    "lost parcel": "boots",  # nobody of the demo has lost a parcel
    "TOPIC": "agent",
    "KEY": "timers.first",
    "QUERY": "boots",
    "T": "We are looking into it.",
    "...": "Gladly.",
}
TYPED = {"inbox --plain": "quit\n"}
ENDS_WITH = {
    "inbox check": (0, 1),  # a machine without a keyring is a problem
    "inbox check --json": (0, 1),
    'inbox reply C --text "..." --wait': (0, 1),
}
"""Exit status of what depends on this machine; of everything else it is 0."""


def lines() -> dict[str, list[str]]:
    """Page to the command lines in it, each once over all pages."""
    found: dict[str, list[str]] = {}
    met = set[str]()
    for name in ("README", *TOPICS):
        text = README.read_text("utf-8") if name == "README" else page(name)
        found[name] = [line for line in dict.fromkeys(commands(text)) if line not in met]
        met.update(found[name])
    return found


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_store() as made:
        yield made


@pytest.fixture
def own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config of the reader's own, with the account that the manual names."""
    file = tmp_path / "config.toml"
    file.write_text(f'{example()}\n[[accounts]]\nname = "acme-x"\nplatform = "twitter"\n', "utf-8")
    monkeypatch.setenv("INBOX_CONFIG", str(file))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    return file


@pytest.mark.parametrize("name", ["README", *TOPICS])
def test_every_command_of_a_page_does_what_it_says(demo: Demo, own_config: Path, name: str) -> None:
    wrong = {}
    for line in lines()[name]:
        if line in NOT_HERE or line in NAMED_ALONE:
            continue
        words = filled(demo, line)
        if words[0] == "init":  # never writes over a config
            words = ["--config", str(own_config.with_name("new.toml")), *words]
        run = demo.run if words[0] != "check" else demo.run_alone
        status, out, err = run(*words, typed=TYPED.get(line, ""))
        if status not in ENDS_WITH.get(line, (0,)) or not (out or words[:2] == ["config", "set"]):
            wrong[line] = (words, status, err)
    assert wrong == {}


def test_a_backup_and_an_empty_store_take_the_place_of_the_present_one() -> None:
    with demo_store() as demo:
        demo.run("note", conversation(demo), "--text", "before")  # makes the backup of the day, too
        (kept,) = json.loads(demo.run("restore", "--json")[1])[:1]
        assert demo.run("restore", kept["name"], "--yes")[0] == 0
        assert demo.run("restore", "--empty", "--yes")[0] == 0
        assert json.loads(demo.run("queue", "--view", "all", "--json")[1]) == []


def test_what_is_not_run_is_still_in_the_texts() -> None:
    """An excuse for a line that nobody reads any more goes."""
    met = {line for found in lines().values() for line in found}
    assert (NOT_HERE.keys() | NAMED_ALONE | TYPED.keys() | ENDS_WITH.keys()) - met == set()


def conversation(demo: Demo, *, comment: bool = False) -> str:
    """Somebody who waits and may be answered; the first of the queue that is still there."""
    queue = json.loads(demo.run("queue", "--json")[1])
    return str(
        next(c["id"] for c in queue if c["reply"]["allowed"] and (not comment or c["surface"] == "comments"))
    )


def filled(demo: Demo, line: str) -> list[str]:
    """A line with real ids in its places."""
    words = shlex.split(line)[1:]
    chosen = conversation(demo, comment=words[:1] == ["do"]) if "C" in words or "ID" in words else ""
    queue = json.loads(demo.run("queue", "--view", "all", "--json")[1]) if chosen else []
    places = {**FILLED, "C": chosen}
    if "CONTACT" in words:
        ours = next(c for c in queue if c["id"] == chosen)
        other = next(c for c in queue if c["platform"] != ours["platform"] and c["contact"]["remote_id"])
        places["CONTACT"] = f"{other['platform']}:{other['contact']['remote_id']}"
    if "ID" in words:
        places["ID"] = json.loads(demo.run("show", chosen, "--json")[1])["messages"][0]["id"]
    if "ITEM" in words:
        items = json.loads(demo.run("outbox", "--json")[1])
        places["ITEM"] = next(item["id"] for item in items if item["state"] == "failed")
    return [*(places.get(word, word) for word in words), *(["--yes"] if words[0] == "erase" else [])]
