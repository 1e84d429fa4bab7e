"""The first hour on the command line: init, login, check, logout, as a person or a script types them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inbox.cli import check_machine, login
from inbox.config import file
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn
from inbox.system import places
from inbox.wiring import accounts
from inbox.wiring import open as wiring
from sign_in.conftest import Office, Run


def test_from_nothing_to_a_signed_in_account_over_ssh(
    office: Office, run: Run, shown: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of it: scopes and addresses first, then the page, then the name of the account."""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    status, out, err = run("login", "acme-x", typed=[lambda: office.x.agree(shown())])
    assert status == 0, err
    assert out == "acme-x is signed in as @acme.\n"
    before = err[: err.index("/i/oauth2/authorize")]
    assert "answer direct messages" in before
    assert f"http://127.0.0.1:{office.ports[0]}/callback" in before
    status, out, _ = run("check", "--json")
    found = {f["what"]: f for f in json.loads(out)}
    assert found["sign-in of acme-x"]["ok"], found
    assert found["sign-in of acme-x"]["facts"]["renews_itself"] is True


def test_a_page_is_signed_in_by_pasting_too(office: Office, run: Run, shown: Callable[[], str]) -> None:
    typed: list[str | Callable[[], str]] = ["canary-fb-app-secret", lambda: office.facebook.agree(shown())]
    status, out, err = run("login", "acme-page", "--paste", typed=typed)
    assert (status, out) == (0, "acme-page is signed in as Page 1001.\n"), err
    status, out, _ = run("logout", "acme-page")
    assert office.facebook.withdrawn
    assert "forgotten" in out


def test_a_token_that_the_platform_does_not_take_is_not_stored(office: Office, run: Run) -> None:
    """It was "stored", in the place of one that worked."""
    status, out, err = run("login", "acme-x", "--token", "-", typed=["canary-pasted-token"])
    assert (status, out) == (1, "")
    assert err.startswith("Nothing is stored: ")
    assert "canary" not in err
    assert accounts.writable(office.setup()).token("acme-x") is None


def test_a_token_made_elsewhere_is_stored_as_it_is(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the platform cannot be asked: a machine may be prepared before it has a network."""
    office.config.write_text(
        office.config.read_text("utf-8").replace(office.x_url, "http://127.0.0.1:9"), "utf-8"
    )
    status, out, _ = run("login", "acme-x", "--token", "-", typed=["canary-pasted-token"])
    assert (status, "stored" in out, "canary" in out) == (0, True, False)
    kept = accounts.writable(office.setup()).token("acme-x")
    assert kept is not None
    assert kept.reveal() == "canary-pasted-token"


@pytest.mark.parametrize("typed", [[], ["two words"], ["one", "two"]])
def test_something_else_than_a_token_is_refused(office: Office, run: Run, typed: list[Any]) -> None:
    status, _, err = run("login", "acme-x", "--token", "-", typed=typed)
    assert (status, err.count("\n")) == (2, 1)


def test_an_unknown_account_names_the_known_ones(office: Office, run: Run) -> None:
    status, _, err = run("login", "acme")
    assert (status, "acme-x, acme-page" in err) == (2, True)


def test_x_has_no_device_login_and_says_what_it_has(office: Office, run: Run) -> None:
    status, _, err = run("login", "acme-x", "--device")
    assert (status, "browser, paste" in err) == (2, True)


def test_a_script_without_a_person_ends_in_words(office: Office, run: Run) -> None:
    """Standard input is at its end: no endless wait, no traceback."""
    status, _, err = run("login", "acme-x", "--paste")
    assert status == 1
    assert "--token -" in err
    assert "Traceback" not in err


def test_saying_no_is_told_and_stores_nothing(office: Office, run: Run, shown: Callable[[], str]) -> None:
    def refuse() -> str:
        state = re.search(r"state=([^&]+)", shown())
        assert state
        return f"http://127.0.0.1/callback?error=access_denied&state={state[1]}"

    status, _, err = run("login", "acme-x", "--paste", typed=[refuse])
    assert (status, "not granted" in err) == (1, True)
    assert accounts.writable(office.setup()).sign_in("acme-x") is None


def test_signing_out_twice_is_no_error(office: Office, run: Run) -> None:
    assert run("logout", "acme-x")[:2] == (0, "There was no token for acme-x.\n")


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ({"SSH_CONNECTION": "1", "DISPLAY": ":0"}, "paste"),
        ({"SSH_TTY": "/dev/pts/1"}, "paste"),
        ({}, "paste"),
        ({"DISPLAY": ":0"}, "browser"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "browser"),
    ],
)
@pytest.mark.skipif("sys.platform != 'linux'", reason="other systems always have a screen")
def test_the_usual_way_is_the_one_that_works_here(env: dict[str, str], way: str) -> None:
    """A browser in the terminal would draw over the program; over ssh it would open where nobody sits."""
    assert login.usual_way(env) == way


def test_a_sign_in_that_cannot_be_looked_at_is_stored_all_the_same(
    office: Office, run: Run, shown: Callable[[], str]
) -> None:
    """The person has agreed; a second of trouble must not cost them that."""
    office.x.extra["/2/users/me"] = (503, {})
    status, _, err = run("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])
    assert (status, "is stored, but: whether it works could not be seen" in err) == (1, True)
    assert accounts.writable(office.setup()).sign_in("acme-x") is not None


# -- check -------------------------------------------------------------------------------------------------


def findings(run: Run, *words: str) -> dict[str, dict[str, Any]]:
    _, out, _ = run("check", "--json", *words)
    found: list[dict[str, Any]] = json.loads(out)
    assert all(f.keys() == {"what", "level", "ok", "said", "mend", "facts"} for f in found)
    return {f["what"]: f for f in found}


def keep(office: Office, name: str, sign_in: SignIn) -> None:
    accounts.writable(office.setup()).keep(name, sign_in)


def test_what_refusals_taught_an_account_is_told(office: Office, run: Run) -> None:
    """Else nobody would know why a reply is no longer offered, or that it will be."""
    assert not any(what.startswith("replies of") for what in findings(run, "--offline"))
    store = wiring.open_store(office.setup())
    now = datetime.now(UTC)
    for refused, offered, words in (
        (1, True, "still tried"),
        (3, False, "last 3 replies"),
        (0, True, "X took"),
    ):
        store.small_things.put_setting("not answerable:acme-x", {"refused": refused, "at": now.isoformat()})
        told = findings(run, "--offline")["replies of acme-x"]
        assert told["ok"]
        assert words in told["said"]
        assert (told["facts"]["refused_in_a_row"], told["facts"]["offered"]) == (refused, offered)
        assert (told["facts"]["offered_again_at"] is None) == offered
    store.close()


def test_every_problem_of_a_check_has_a_mend(office: Office, run: Run) -> None:
    """Signed out, and the clock an hour behind."""
    office.x.issue("tweet.read users.read")
    office.x.clock_ahead = 3600
    keep(office, "acme-x", SignIn(access=Secret(office.x.access or ""), kind="oauth2", scope=("tweet.read",)))
    found = findings(run)
    assert found["sign-in of acme-page"]["said"] == "there is none"
    assert "inbox login acme-page" in found["sign-in of acme-page"]["mend"]
    assert "dm.read" in found["sign-in of acme-x"]["facts"]["missing"]
    assert re.fullmatch(r"3(599|600) s behind that of twitter", found["clock"]["said"])
    assert all(f["mend"] for f in found.values() if not f["ok"])
    status, out, _ = run("check")
    assert status == 1
    assert out.count("problem  ") >= 2
    assert "note  " in out


def test_f34_what_is_not_used_of_the_environment_is_told(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all goes through a proxy nothing else explains why no platform can be reached. Its password is not shown."""
    for name in list(os.environ):
        if name.upper() in check_machine.UNUSED:
            monkeypatch.delenv(name)
    monkeypatch.setenv("https_proxy", "http://anna:canary-proxy@proxy.example:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "")
    said = findings(run, "--offline")["network"]
    assert said["said"] == "not used: https_proxy; calls go straight to the platforms"
    assert said["ok"]
    assert "canary-proxy" not in str(said)


def test_a_check_tells_kind_scopes_dates_and_tasks_of_a_page(office: Office, run: Run) -> None:
    office.facebook.long = "canary-fb-person-long"
    office.facebook.debug = {
        "data_access_expires_at": int((datetime.now(UTC) + timedelta(days=60)).timestamp())
    }
    keep(
        office,
        "acme-page",
        SignIn(
            access=Secret("canary-fb-page-1001"),
            refresh=Secret("canary-fb-person-long"),
            app_secret=Secret("canary-fb-app-secret"),
            kind="page",
        ),
    )
    found = findings(run)["sign-in of acme-page"]
    assert found["ok"], found
    facts = found["facts"]
    assert (facts["kind"], facts["owner"], facts["source"]) == ("page", "Page 1001", "keyring")
    assert facts["tasks"] == "MESSAGING, MODERATE, CREATE_CONTENT"
    assert "pages_messaging" in facts["scope"]
    assert facts["data_access_until"].endswith("Z")
    assert facts["expires_at"] is None


def test_access_that_ends_soon_is_told_before(office: Office, run: Run) -> None:
    office.facebook.debug = {
        "data_access_expires_at": int((datetime.now(UTC) + timedelta(days=5, hours=1)).timestamp())
    }
    keep(office, "acme-page", SignIn(access=Secret("canary-fb-page-1001"), kind="page"))
    found = findings(run)["sign-in of acme-page"]
    assert (found["ok"], found["said"]) == (False, "ends in 5 days")
    assert "inbox login" in found["mend"]


def test_an_ended_token_of_x_is_renewed_by_the_check_and_no_problem(office: Office, run: Run) -> None:
    office.x.issue("users.read tweet.read tweet.write dm.read dm.write offline.access")
    kept = SignIn(
        access=Secret("canary-old"),
        refresh=Secret(office.x.refresh or ""),
        kind="oauth2",
        expires_at=datetime.now(UTC) - timedelta(days=1),
    )
    keep(office, "acme-x", kept)
    assert findings(run)["sign-in of acme-x"]["ok"]
    assert office.x.refreshed == 1


def test_offline_asks_nobody(office: Office, run: Run) -> None:
    keep(office, "acme-x", SignIn(access=Secret("canary-t")))
    found = findings(run, "--offline")
    assert "was not asked" in found["sign-in of acme-x"]["said"]
    assert office.x.asked == []


def test_a_platform_that_cannot_be_reached_is_not_a_dead_sign_in(office: Office, run: Run) -> None:
    office.x.extra["/2/users/me"] = (503, {})
    keep(office, "acme-x", SignIn(access=Secret("canary-t")))
    assert findings(run)["sign-in of acme-x"]["said"].startswith("could not be checked")


def test_sqlite_the_backup_and_the_terminal_are_looked_at(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    found = findings(run, "--offline")
    assert found["SQLite"]["facts"]["lacking"] == []
    assert found["backup"]["ok"], "nothing is there yet that could be lost"
    assert found["terminal"]["facts"]["colours"] == "16 million colours"
    assert found["keyring"]["said"] == "encrypted file"


def test_a_timer_of_the_system_needs_no_terminal(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cron and systemd set no TERM; a check there failed for a screen that nobody wants."""
    monkeypatch.delenv("TERM", raising=False)
    assert findings(run, "--offline")["terminal"]["level"] == "note"


@pytest.mark.parametrize(("waits", "level"), [("500", "note"), ("10", "ok")])
def test_a_tmux_that_holds_esc_back_is_told(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, waits: str, level: str
) -> None:
    """Esc leaves every place of the screen; half a second each time is felt."""
    program = office.folder / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$3" = escape-time ] && echo {waits}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    monkeypatch.setenv("TERM", "tmux-256color")
    found = findings(run, "--offline")["keys"]
    assert (found["level"], bool(found["mend"])) == (level, level == "note")


def test_keys_of_the_config_that_clash_are_told_and_the_table_shows_those_that_hold(
    office: Office, run: Run
) -> None:
    """On the screen a clash is one line at the start; here it can be read again, with its mend."""
    config = office.folder / "config.toml"
    wishes = '\n[keys]\n"conversation.resolve" = "r"\n"conversation.snooze" = "d"\n"priority.rise" = "u"\n'
    config.write_text(config.read_text("utf-8") + wishes, "utf-8")
    _, out, _ = run("check", "--offline", "--json")
    told = [f["said"] for f in json.loads(out) if f["what"] == "key table"]
    assert told == [
        'there is no command "priority.rise", did you mean "priority.raise"?',
        '"r" for conversation.resolve already means "Reply" (reply.write); give that another key',
    ]
    _, table, _ = run("keys")
    shown = {line.split()[1]: line.split()[0] for line in table.splitlines() if "conversation." in line}
    assert (shown["conversation.snooze"], shown["conversation.resolve"]) == ("d", "e")


def test_days_left_stand_with_the_account(office: Office, run: Run) -> None:
    """What the screen's header and `accounts --json` show."""
    until = datetime.now(UTC) + timedelta(days=9, hours=1)
    kept = SignIn(
        access=Secret("canary-fb-page-1001"), app_secret=Secret("canary-fb-app-secret"), kind="page"
    )
    keep(
        office,
        "acme-page",
        SignIn(access=kept.access, app_secret=kept.app_secret, kind="page", data_access_until=until),
    )
    run("sync", "--once")
    _, out, _ = run("accounts", "--json")
    account = next(a for a in json.loads(out) if a["account"] == "acme-page")
    assert account["token_days_left"] == 9
    assert account["token_ends_at"].endswith("Z")


def test_accounts_tell_a_sign_out_and_a_new_sign_in_at_once(
    office: Office, run: Run, shown: Callable[[], str]
) -> None:
    """Not only after the next reading: whoever looks now must see how it is now."""
    keep(office, "acme-x", SignIn(access=Secret("canary-dead"), kind="oauth2"))
    run("sync", "--once")

    def health() -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(run("accounts", "--json")[1])
        return next(a for a in found if a["account"] == "acme-x")

    assert health()["kind"] == "auth"
    assert run("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])[0] == 0
    assert (health()["problem"], health()["signed_in"]) == (None, True)
    run("logout", "acme-x")
    assert (health()["problem"], health()["signed_in"]) == ("signed out", False)
    assert "inbox login acme-x" in health()["next_step"]


# -- init --------------------------------------------------------------------------------------------------


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if re.match(r"#( |$)", line)]


def test_options_are_filled_into_the_example_and_every_comment_stays(home: Path, run: Run) -> None:
    status, out, err = run(
        "init", "--agent", "Tanja", "--timezone", "Europe/Berlin", "--hours", "08:00-20:00",
        "--x", "acme-x", "--x-client-id", "abc123", "--facebook", "acme-page",
        "--facebook-app-id", "42", "--page-id", "1001",
    )  # fmt: skip
    assert (status, err) == (0, "")
    text = (home / "config.toml").read_text("utf-8")
    assert comments(text) == comments(places.example())
    made = file.parse(text)
    assert (made.agent, made.service.timezone, made.service.hours) == (
        "Tanja",
        "Europe/Berlin",
        {"daily": ["08:00-20:00"]},
    )
    assert [
        (a.name, a.platform, a.client_id, getattr(a.settings, "page_id", None)) for a in made.accounts
    ] == [
        ("acme-x", "twitter", "abc123", None),
        ("acme-page", "facebook", "42", "1001"),
    ]
    assert "inbox login acme-x" in out
    assert "inbox login acme-page" in out


def test_a_person_is_asked_and_enter_is_an_answer(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong zone is asked for again, with what was probably meant."""
    monkeypatch.setenv("TZ", "Europe/Vienna")
    typed: list[Any] = ["Jonas", "Berlin", "", "8 to 5", "09:00-17:00", "brand-x", "", "-"]
    status, _, err = run("init", typed=typed, tty=True)
    assert status == 0, err
    assert 'did you mean "Europe/Berlin"' in err
    made = file.load(home / "config.toml", {})
    assert (made.agent, made.service.timezone) == ("Jonas", "Europe/Vienna")
    assert made.service.hours == {"daily": ["09:00-17:00"]}
    assert [(a.name, a.client_id) for a in made.accounts] == [("brand-x", None)]


def test_a_wrong_option_writes_nothing(home: Path, run: Run) -> None:
    status, _, err = run("init", "--timezone", "Europe/Belrin")
    assert (status, 'did you mean "Europe/Berlin"' in err) == (2, True)
    assert not (home / "config.toml").exists()


def test_what_is_typed_cannot_break_out_of_its_setting(home: Path, run: Run) -> None:
    name = 'x"\nbackfill = "1s'
    run("init", "--agent", name)
    path = home / "config.toml"
    assert not path.exists() or file.load(path, {}).backfill == "30d"
    run("init", "--agent", 'Ann "the\\boss" é')
    assert file.load(path, {}).agent == 'Ann "the\\boss" é'


def test_the_first_start_offers_a_config(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever types `inbox` has begun; the screen opens once the questions are answered."""
    opened: list[str] = []
    monkeypatch.setattr("inbox.cli.screen._show", lambda setup, **_: opened.append(setup.agent) or 0)
    typed: list[Any] = ["", "Jonas", "Europe/Berlin", "", "-", "-"]
    status, _, err = run(typed=typed, tty=True)
    assert (status, opened) == (0, ["Jonas"]), err
    (home / "config.toml").unlink()
    status, _, err = run(typed=["no"], tty=True)
    assert (status, "inbox demo" in err) == (2, True)
    assert opened == ["Jonas"]


# -- nothing leaks -----------------------------------------------------------------------------------------


def test_no_secret_is_in_any_output_file_log_or_address(
    office: Office, run: Run, shown: Callable[[], str], home: Path
) -> None:
    """F88: a whole life of both accounts, verbose, with trouble on the way, searched for canaries."""
    written: list[str] = []

    def do(*words: str, typed: list[Any] | None = None) -> None:
        _, out, err = run(*words, "--verbose", "--debug", typed=typed)
        written.extend((out, err))

    do("login", "acme-x", "--paste", typed=[lambda: office.x.agree(shown())])
    do(
        "login",
        "acme-page",
        "--paste",
        typed=["canary-fb-app-secret", lambda: office.facebook.agree(shown())],
    )
    do("check")
    do("check", "--json")
    do("sync", "--once")
    office.x.access = "withdrawn early"
    do("sync", "--once")
    office.x.refresh = None
    office.x.access = "withdrawn again"
    do("sync", "--once")
    do("accounts")
    office.facebook.withdrawn = True
    do("sync", "--once", "--json")
    do("check")
    office.x.extra["/2/oauth2/revoke"] = (400, {"error": "x", "error_description": f"bad {office.x.access}"})
    do("logout", "acme-x")
    do("logout", "acme-page")
    assert "acme-x: the sign-in was renewed" in (home / "data" / "inbox.log").read_text()
    assert "canary" not in "".join(written)
    import base64

    everything = office.written()
    for value in (b"canary", base64.b64encode(b"canary-x-acc")[:12], base64.b64encode(b"canary-fb-pa")[:12]):
        assert value not in everything
    assert not [a.target for a in (*office.x.asked, *office.facebook.asked) if "canary" in a.target]


def test_a_german_speaker_is_told_in_german_what_comes_next(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing a newcomer reads was half in English: lines were put together before they were translated."""
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    status, out, _ = run("init", "--agent", "Tanja", "--x", "acme-x")
    assert status == 0
    assert out.splitlines()[0] == f"{home / 'config.toml'} geschrieben."
    assert out.splitlines()[1] == "Als Nächstes:"
    assert not re.search(r"\b(the|and|keyring|what|Wrote|Next)\b", out)
