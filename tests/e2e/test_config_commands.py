"""`inbox config`: one setting is read or written, checked before it is written, and every comment stays."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from e2e.conftest import Run
from inbox.config import file as config_file
from inbox.system.places import example

CONFIG = """# my own words
agent = "tanja"  # that is me

[service]
# An IANA time zone.
#timezone = "Europe/Berlin"
hours = {{ daily = ["07:00-23:00"] }}

[[accounts]]
name = "acme-x"
platform = "twitter"
#client_id = "example"
api_url = "{url}"
[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "{page}"
api_url = "{url}"
[[views]]
name = "hot"
filter = "is:breached"
"""


def file() -> Path:
    return Path(os.environ["INBOX_CONFIG"])


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("agent", "mia", 'agent = "mia"  # that is me'),
        ("service.timezone", "Europe/Vienna", 'timezone = "Europe/Vienna"'),
        ("timers.first", "1h", 'first = "1h"'),
        ("screen.mouse", "false", "mouse = false"),
        ("backfill", "7d", 'backfill = "7d"'),
        ("accounts.acme-x.client_id", "abc", 'client_id = "abc"'),
        ("accounts[1].page_id", "77", 'page_id = "77"'),
        ("accounts.acme-page.surfaces", '["messenger"]', 'surfaces = ["messenger"]'),
        ("vault.kind", "file", 'kind = "file"'),
        ("service.hours", '{ mon = ["08:00-12:00"] }', 'hours = { mon = ["08:00-12:00"] }'),
        ("keys.\"conversation.snooze\"", "f9", '"conversation.snooze" = "f9"'),
    ],
)  # fmt: skip
def test_one_setting_is_written_and_nothing_else(run: Run, key: str, value: str, line: str) -> None:
    """Whoever keeps notes in the file finds them again."""
    before = file().read_text("utf-8")
    status, out, err = run("config", "set", key, value)
    assert (status, out, err) == (0, "", "")
    after = file().read_text("utf-8")
    assert line in after.splitlines()
    gone = [each for each in before.splitlines() if each not in after.splitlines()]
    assert len(gone) <= 1
    assert "# my own words" in after
    status, out, _ = run("config", "get", key, "--json")
    assert status == 0
    assert out in (value, tomllib.loads(line).popitem()[1]) or key.startswith(("accounts", "keys"))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("agnet", "x", 'did you mean "agent"'),
        ("timers.first", "soon", "timers.first"),
        ("screen.theme", "drak", "dark"),
        ("accounts.acme.client_id", "x", "'acme'"),
        ("accounts[7].client_id", "x", "accounts[7]"),
        ("vault", "file", "vault"),
        ("a b", "x", "no key"),
        ("accounts.acme-x.token", "EAAB" + "x" * 60, "secrets do not belong"),
    ],
)
def test_a_wrong_setting_changes_nothing(run: Run, key: str, value: str, said: str) -> None:
    """The next start of the screen would end with an error that somebody else has to find."""
    before = file().read_bytes()
    status, out, err = run("config", "set", key, value)
    assert (status, out) == (2, "")
    assert said in err
    assert "EAAB" not in err
    assert file().read_bytes() == before


def test_the_example_takes_every_setting_where_it_offers_it(run: Run) -> None:
    """`inbox init` writes it: a setting takes the place of its commented line, below its explanation."""
    file().write_text(example(), "utf-8")
    assert run("config", "set", "screen.theme", "light")[0] == 0
    changed = file().read_text("utf-8")
    assert changed == example().replace('#theme = "dark"', 'theme = "light"')
    assert config_file.parse(changed).screen.theme == "light"


def test_what_is_in_force_is_shown(run: Run) -> None:
    """Defaults too: nobody knows them by heart."""
    assert run("config", "path")[1].strip() == str(file())
    assert run("config", "get", "timers.first")[1] == "3h\n"
    assert 'timers.first = "3h"' in run("config", "show")[1].splitlines()
    assert run("config", "show", "--json")[1]["accounts"][0]["name"] == "acme-x"
    status, _, err = run("config", "get", "timers.frist")
    assert (status, 'did you mean "timers.first"' in err) == (2, True)


def test_a_check_names_what_cannot_be_meant(run: Run) -> None:
    """All of it was taken without a word: the view was empty, the key dead, the place stayed in the answer."""
    text = file().read_text("utf-8").replace('"is:breached"', '"is:foo"')
    macro = '[[macros]]\nname = "late"\ntext = "Hello {nme}, {Termin}?"\n'
    file().write_text(f'{text}\n{macro}\n[keys]\n"conversation.snooze" = "hyper+x"\n', "utf-8")
    status, found, _ = run("check", "--offline", "--json")
    wrong = {each["what"]: each["said"] for each in found if each["level"] == "problem"}
    assert status == 1
    assert "foo" in wrong["view hot"]
    assert "hyper+x" in wrong["key table"]
    assert "{nme}" in wrong["macro late"]
    assert "Termin" not in str(wrong), "a place for the agent is no mistake"


def test_a_fresh_inbox_has_no_problem(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`inbox check` is what a newcomer types second: what is yet to be done is a note, and the exit status 0."""
    for name in ("INBOX_TOKEN_ACME_X", "INBOX_TOKEN_ACME_PAGE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("TZ", "UTC")
    for text in ("", file().read_text("utf-8")):
        file().write_text(text, "utf-8")
        status, found, _ = run("check", "--offline", "--json")
        assert [each for each in found if each["level"] == "problem"] == []
        assert status == 0
    notes = {each["what"]: each["mend"] for each in found if each["level"] == "note"}
    assert notes["sign-in of acme-x"]
    assert "inbox config set vault.kind file" in notes["keyring"]


def test_a_stream_belongs_to_x(run: Run) -> None:
    """It was stored for a Page, and nothing ever read it."""
    status, _, err = run("login", "acme-page", "--stream")
    assert (status, "no stream" in err) == (2, True)


def test_init_names_what_is_wrong_and_no_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """It named a line of a file that did not exist."""
    status, _, err = run("init", "--config", str(tmp_path / "new.toml"), "--x", "acme x")
    assert status == 2
    assert "'acme x'" in err
    assert "new.toml" not in err
    assert not (tmp_path / "new.toml").exists()
