"""Whatever somebody mistypes, one line says what is wrong and what was probably meant; the exit status is 2."""

from __future__ import annotations

import shlex

import pytest

from e2e.conftest import Run

CONFIG = """
agent = "tanja"
[[accounts]]
name = "acme-x"
platform = "twitter"
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

COMMANDS = {
    "queu": "queue", "que": "queue", "qeue": "queue", "Queue": "queue", "shwo": "show", "shw": "show",
    "serach": "search", "seach": "search", "stat": "stats", "statistics": "stats", "acounts": "accounts",
    "accoutns": "accounts", "repyl": "reply", "replay": "reply", "outbx": "outbox", "out-box": "outbox",
    "resovle": "resolve", "reslove": "resolve", "reopne": "reopen", "spma": "spam", "snoze": "snooze",
    "asign": "assign", "assgin": "assign", "tga": "tag", "tags": "tag", "priorty": "priority",
    "notes": "note", "jion": "join", "prat": "part", "udno": "undo", "snyc": "sync", "syn": "sync", "logn": "login",
    "log-in": "login", "log-out": "logout", "exprt": "export", "eraze": "erase", "restor": "restore", "bakup": "backup",
    "innit": "init", "chekc": "check", "kyes": "keys", "hlep": "help", "mna": "man", "completions": "completion",
    "dmeo": "demo", "confg": "config", "topcis": "topics", "surge": "surges", "gruops": "groups", "hints": "hint",
}  # fmt: skip
OPTIONS = {
    "queue --vew mine": "--view", "queue --viw=mine": "--view", "queue --fliter x": "--filter",
    "queue --limt 3": "--limit", "queue --jsno": "--json", "queue --id": "--ids", "queue --View mine": "--view",
    "queue --lim 3": "--limit", "search x --jso": "--json", "search x --limits 3": "--limit",
    "stats --sicne 7d": "--since", "stats --sinc 7d": "--since", "sync --onc": "--once", "sync --one": "--once",
    "reply c --txt hello": "--text", "reply c --text x --privat": "--private", "reply c --text x --wiat": "--wait",
    "reply c --text x --atach f": "--attach", "reply c --text x --descibe f": "--describe",
    "snooze c --untill mon": "--until", "assign c --too ben": "--to", "tag c --ad x": "--add",
    "tag c --remve x": "--remove", "note c --texxt x": "--text", "check --ofline": "--offline",
    "login acme-x --past": "--paste", "login acme-x --tokn -": "--token", "erase --contct x": "--contact",
    "erase --contact x --yess": "--yes", "export --contat x": "--contact", "demo --sped 2": "--speed",
    "demo --sede 2": "--seed", "demo --conversation 5": "--conversations", "demo --plian": "--plain",
    "--confg x queue": "--config", "--dat x queue": "--data", "--verbos queue": "--verbose", "--plane": "--plain",
    "init --agnet x": "--agent", "init --time-zone x": "--timezone",
}  # fmt: skip
VALUES = {
    "queue --view mien": '"mine"', "queue --view watiing": '"waiting"', "queue --view hto": '"hot"',
    "queue --filter is:brached": '"is:overdue"', "queue --limit abc": "a number from 1 on", "queue --limit 0": "a number",
    "queue --limit -3": "a number", "queue --limit 1e3": "a number", "search x --limit two": "a number",
    "demo --seed x": "a whole number", "demo --speed fast": "a number above 0", "demo --speed nan": "a number above 0",
    "demo --conversations none": "a number from 1 on", "priority c hgih": '"high"', "do c hyde": '"hide"',
    "outbox rety x": '"retry"', "completion bsh": '"bash"', "login acme": '"acme-x"', "logout acme-pag": '"acme-page"',
    "accounts --forget-gaps acme-": '"acme-x"', "assign c --to ''": "is empty", "tag c --add ''": "is empty",
    "tag c --add ' '": "is empty", "snooze c --until whenever": "no time", "stats --since soon": "--since",
    "help queu": '"queue"', "queue mine": "one word too many", "show": "CONVERSATION", "reply c": "--text",
    "snooze c": "--until", "queue --view": "needs a value", "erase": "--contact", "sync --once=3": "--once",
    "login acme-x --paste --device": "not go together with", "queue --json --ids": "not go together with",
    "queue --filter in:acme": '"acme-x"', "queue --filter to:tanjaa": '"tanja"', "search in:acme-pag": '"acme-page"',
    "search ''": "name what to look for", "search ' '": "name what to look for", "--json queue": "inbox queue --json",
    "--config '' queue": "is empty", "--data '' queue": "is empty", "-x": "no option -x", "queue -x": "no option -x",
    "stats --target 0h": "no time to answer", "restore foo": "inbox restore", "restore foo --yes": "inbox restore",
    "config get service.timezon": '"service.timezone"', "config get servce.timezone": '"service.timezone"',
    "config get accounts.acme-y.name": '"accounts.acme-x.name"', "config get qqq": "inbox config show",
    "assign c --to tanjaa": '"tanja"', "login acme-x --device --app-secret": "no sign-in of this kind",
}  # fmt: skip
OTHER_PROGRAMS = {
    "ls": '"queue"', "send": '"reply"', "answer": '"reply"', "close": '"resolve"', "version": '"--version"',
    "status": '"accounts"', "doctor": '"check"', "setup": '"init"', "hide": '"do"', "delete": '"do"',
    "people": "`inbox help` lists them", "serve": "`inbox help` lists them", "quit": "`inbox help` lists them",
    "import": "`inbox help` lists them", "mail": "`inbox help` lists them",
}  # fmt: skip
"""Words of other programs; what is like no command gets no guess."""
EMPTY = {
    "''": "is empty", "show ''": "is empty", "reply '' --text x": "is empty", "reply c --text x --attach ''": "is empty",
    "do c hide --message ''": "is empty", "outbox cancel ''": "is empty", "resolve ''": "is empty",
    "resolve c ''": "is empty", "snooze c --until ''": "is empty", "tag c --remove ' '": "is empty",
    "join c ''": "is empty", "login ''": "is empty", "export --contact ''": "is empty",
    "erase --contact '' --yes": "is empty", "erase --message '' --yes": "is empty", "restore '' --yes": "is empty",
    "accounts --forget-gaps ''": "is empty", "stats --since ''": "is empty", "stats --target ''": "is empty",
    "queue --view ''": "is empty", "queue --view=": "is empty", "help ''": "is empty", "config get ''": "is empty",
    "init --agent ''": "is empty", "note c --text ''": "the note is empty", "queue --limit ''": "a number from 1 on",
}  # fmt: skip
"""A variable of a script that is not set: `export --contact ''` handed out everybody."""
CONFIGURED = {
    "config gett": '"get"', "config get": "missing: KEY", "config set agent": "missing: VALUE",
    "config path x": "one word too many", "config set service.hours 7-23": 'daily = ["07:00-23:00"]',
    "config set timers.first soon": "is not a duration", "config set sending.hold_public -1s": "is not a duration",
    "config set views.hot.filter is:foo": "view hot", "config set keys.qqq x": 'no command "qqq"',
    "config set 'keys.\"conversation.snooze\"' hyper+x": "'hyper+x'", "config set nosuch.key 1": "unknown key",
    "config set screen.language fr": "en, de", "help config gte": '"get"', "help queue show": "one word too many",
    "help show --json": "no option --json", "man foo": "there is only config", "completion powershell": "bash, zsh, fish",
}  # fmt: skip
ORDER = {
    "do hide c": "'hide' comes last", "priority high c": "'high' comes last", "queue -- x": "'x' is one word too many",
    "queue --json=yes": "takes no value", "login acme-x --token abc": "standard input",
    "tag c": "--add or --remove", "stats --since 0d": "no time at all",
    "stats --since 7": "neither", "stats --since 2999-01-01": "still to come", "queue --filter after:32.13.": "32.13.",
    "queue --filter is:": "needs a value", "queue --filter has:picture": "has:file", "queue --filter laang:de": "lang:",
    "queue --filter 'silent:>'": "silent:>30m", "queue --filter priority:hi": '"high"', "init --config /nonexist/c --hours 7-23": "07:00-23:00",
    "init --config /nonexist/c --page-id abc --facebook p --agent x": "--page-id: 'abc'", "--config /nonexist queue": "inbox init",
    "--config /tmp queue": "cannot be read", "--data /dev/null queue": "a folder is needed",
}  # fmt: skip
LINES = [
    *OTHER_PROGRAMS.items(),
    *EMPTY.items(),
    *CONFIGURED.items(),
    *ORDER.items(),
    *COMMANDS.items(),
    *OPTIONS.items(),
    *VALUES.items(),
]


@pytest.mark.parametrize(("line", "meant"), LINES, ids=[line for line, _ in LINES])
def test_a_mistyped_line_gets_one_line_with_what_was_meant(run: Run, line: str, meant: str) -> None:
    """A wall of usage is read by nobody, and an abbreviation that works today means something else tomorrow."""
    status, out, err = run(*shlex.split(line))
    assert (status, out) == (2, "")
    assert err.startswith("inbox: ")
    assert err.count("\n") == 1
    assert meant in err
    for inside in ("_positive", "Namespace", "usage:", "Traceback", "expected one", "argument ", "c.toml:"):
        assert inside not in err


def test_nobody_confirms_what_cannot_be_done(run: Run) -> None:
    """The word was asked for, typed, and then there was no such message."""
    status, out, err = run("erase", "--message", "nothing")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1


def test_a_tag_that_nobody_has_is_named(run: Run) -> None:
    """An empty answer to `tag:refnd` reads as if there were no refunds."""
    for words in (["queue", "--filter", "tag:refnd"], ["search", "tag:refnd"]):
        status, out, err = run(*words)
        assert (status, out, err) == (0, "", "inbox: no conversation has the tag 'refnd'\n")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("show nosuch", 1, 'no conversation "nosuch"'),
        ("resolve nosuch", 1, 'no conversation "nosuch"'),
        ("reply nosuch --text x", 1, 'no conversation "nosuch"'),
        ("outbox retry nosuch", 1, 'no outbox item "nosuch"'),
        ("join nosuch x", 1, 'no conversation "nosuch"'),
        ("export --contact @nosuch", 1, "nobody here is"),
        ("erase --contact @nosuch --yes", 1, "nobody here is"),
        ("export", 0, "nothing to export"),
        ("undo", 1, "nothing to undo"),
        ("search nosuch", 0, "nothing was found"),
    ],
)
def test_what_is_not_there_is_said_and_the_status_is_honest(
    run: Run, line: str, status: int, said: str
) -> None:
    """A script goes by the status; 2 would say that it was written wrongly."""
    found, out, err = run(*shlex.split(line))
    assert (found, out) == (status, "")
    assert err.startswith("inbox: ")
    assert err.count("\n") == 1
    assert said in err


def test_what_is_to_be_typed_is_the_same_in_german(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said `meintest du „meine“`, and no view is called that; of the command `tag` it spoke as of `Schlagwort`."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert "„mine“" in run("queue", "--view", "mein")[2]
    assert "es gibt waiting, mine," in run("queue", "--view", "qqq")[2]
    assert run("tag", "c", "--add", "")[2].startswith("inbox: tag: --add: ")


def test_an_older_word_for_overdue_is_understood_and_not_offered(run: Run) -> None:
    """Views and scripts were written with it; two words for one state make people look for the difference."""
    assert run("queue", "--filter", "is:breached")[0] == 0
    assert "breached" not in run("queue", "--filter", "is:qqq")[2]


def test_every_command_has_a_mistyped_line(run: Run) -> None:
    """A new command is in the list above, or it is not looked at."""
    from inbox.cli.manual import commands

    assert len(LINES) >= 100
    assert commands().keys() - set(COMMANDS.values()) <= {"do"}  # two letters are too few for a guess


@pytest.mark.parametrize("words", [["help"], ["help", "queue"], ["help", "help"]])
def test_help_is_a_command_too(run: Run, words: list[str]) -> None:
    """It is what people type first."""
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert out.startswith("usage: inbox")


def test_what_is_empty_says_so(run: Run) -> None:
    """No output at all looks like a broken command; it stays off standard output, which scripts read."""
    for words in (
        ["queue"],
        ["queue", "--view", "mine"],
        ["queue", "--filter", "anna"],
        ["search", "anna"],
        ["outbox"],
    ):
        status, out, err = run(*words)
        assert (status, out) == (0, ""), words
        assert err.startswith("inbox: "), words
        status, out, err = run(*words, "--ids")
        assert (status, out, err) == (0, "", ""), words
