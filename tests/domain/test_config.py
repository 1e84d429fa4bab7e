"""The config file: what it takes, and how it says that something is wrong."""

from __future__ import annotations

import sys
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.config import calendar, file, model, platforms
from inbox.config.model import Config, ConfigError
from inbox.domain.hours import Interval
from inbox.system.installation import how_to_add

ACCOUNT = '[[accounts]]\nname = "acme-x"\nplatform = "twitter"\n'
PAGE = '[[accounts]]\nname = "acme-page"\nplatform = "facebook"\npage_id = "1001"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        file.parse(text, "c.toml")
    return caught.value.problems


def problem(text: str) -> str:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_an_empty_file_is_a_complete_config() -> None:
    """Out of the box: seven to eleven every day, three hours to answer."""
    got = file.parse("")
    assert got == Config()
    assert got.service.hours == {"daily": ["07:00-23:00"]}
    assert (got.timers.first, got.sending.hold_public) == ("3h", "10s")


def test_everything_that_is_wrong_is_told_in_one_go_with_its_line_and_a_hint() -> None:
    """Nobody should have to start the program five times to mend five lines."""
    text = (
        'agnt = "tanja"\n'  # 1
        'backfill = "30 days"\n'  # 2
        "[service]\n"  # 3
        'timezone = "Europe/Berln"\n'  # 4
        'hours = { monday = ["07:00-23:00"], tue = ["7-23", 5] }\n'  # 5
        "[[timers.policy]]\n"  # 6
        'surface = "directs"\n'  # 7
        "[[accounts]]\n"  # 8
        'name = "acme-x"\n'
        'platform = "twiter"\n'  # 10
        "[[accounts]]\n"  # 11
        'platform = "facebook"\n'
        "page_id = 1001\n"  # 13
        "surfaces = [\n"
        '  "messenger",\n'
        '  "coments",\n'  # 16
        "]\n"
    )
    assert problems(text) == [
        'c.toml:1: agnt: unknown key, did you mean "agent"?',
        "c.toml:2: backfill: '30 days' is not a duration; write for example 90s, 30m, 3h, 1h30m, 30d or 2w",
        "c.toml:4: service.timezone: 'Europe/Berln' is no IANA time zone, did you mean \"Europe/Berlin\"?",
        'c.toml:5: service.hours.monday: unknown day, did you mean "mon"?',
        "c.toml:5: service.hours.tue[0]: '7-23' is not an interval; write for example \"07:00-23:00\"",
        "c.toml:5: service.hours.tue[1]: expected text in quotes, found a whole number",
        "c.toml:7: timers.policy[0].surface: 'directs' is not known here, did you mean \"direct\"?",
        "c.toml:10: accounts[0].platform: 'twiter' is not known here, did you mean \"twitter\"?",
        "c.toml:11: accounts[1].name: is missing",
        "c.toml:13: accounts[1].page_id: expected text in quotes, found a whole number",
        "c.toml:16: accounts[1].surfaces[1]: 'coments' is not known here, did you mean \"comments\"?",
    ]


def test_a_syntax_error_names_file_and_line() -> None:
    assert problem('agent = "a"\nhistory = \n') == "c.toml:2: not TOML: Invalid value"


def test_a_file_that_breaks_off_names_its_last_line() -> None:
    assert problem('agent = "a"\nhistory = [\n\n\n').startswith("c.toml:2: not TOML: ")


def test_a_key_below_the_wrong_header_is_told_where_it_belongs() -> None:
    """The classic of TOML: a setting added at the end of the file lands in the last table."""
    assert problem(ACCOUNT + 'hold_public = "3s"\n').endswith("unknown key; it belongs to [sending]")
    assert problem('[sending]\nbackfill = "3d"\n').endswith("unknown key; it belongs to the top of the file")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("accounts = [5]\n", "accounts[0]: expected a table"),
        ("accounts = {}\n", "accounts: expected a list in [ ]"),
        ("service = 3\n", "service: expected a table"),
        ("[keys]\n\"a.b\" = 1\n'c.d' = 'x'\n", 'keys."a.b": expected text in quotes'),
        ("[screen]\nmouse = 'yes'\n", "screen.mouse: expected true or false"),
        (ACCOUNT + "text_limit = 1.5\n", "accounts[0].text_limit: expected a whole number"),
        ("[service]\nholidays = [07:30:00]\n", "service.holidays[0]: expected text in quotes, found a time"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_key(text: str, key: str) -> None:
    assert key in problem(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('agent = "-"', "name the person"),
        ('history = "-3h"', "is not a duration"),
        ('backfill = "0d"', "longer than nothing"),
        ('backfill = "999999w"', "longer than ten years"),
        ('[service]\ntimezone = "Berlin"', 'did you mean "Europe/Berlin"?'),
        ('[service]\ntimezone = "Europe"', "no IANA time zone"),
        ('[service]\ntimezone = "../etc/passwd"', "no IANA time zone"),
        ("[service]\nhours = {}", "no opening time at all"),
        ("[service]\nhours = { daily = [] }", "no opening time at all"),
        ('[service]\nholidays = ["2026-13-01"]', "neither a date"),
        ('[service]\nholidays = ["DE-XX"]', "DE has no region XX"),
        ('[service]\nholidays = ["QQ"]', "no holidays are known for QQ"),
        ('[[timers.policy]]\naccount = "acme"', "known are none"),
        ('[[timers.policy]]\npriority = "hi"', 'did you mean "high"?'),
        ('[screen]\ntheme = "drak"', 'did you mean "dark"?'),
        ('[screen]\nlanguage = "fr"', "known are en, de"),
        ('[screen]\nnotify = "bel"', 'did you mean "bell"?'),
        ('[screen]\nquiet = ["22-7"]', "screen.quiet[0]: "),
        ('[[macros]]\nname = "late"\ntext = ""', "macros[0].text: is empty"),
        ('[[views]]\nname = "mine"\nfilter = "is:open"', "'mine' is taken"),
        ('[[views]]\nname = "hot"\nfilter = " "', "views[0].filter: is empty"),
        ('[[macros]]\nname = "late"', "macros[0].text: is missing"),
        ('[[macros]]\nname = "a"\ntext = "b"\nlanguage = "xx"', "macros[0].language: 'xx' is not known here"),
        (
            '[[macros]]\nname = "a"\ntext = "b"\nsurfaces = ["dm"]',
            "macros[0].surfaces[0]: 'dm' is not known here",
        ),
        (ACCOUNT + ACCOUNT, "'acme-x' is taken"),
        (ACCOUNT + ACCOUNT.replace("acme-x", "acme_x"), "both would read INBOX_TOKEN_ACME_X"),
        (ACCOUNT.replace("acme-x", "acme:x"), "a name is made of"),
        (ACCOUNT.replace("acme-x", "größe"), "a name is made of"),
        (ACCOUNT + 'surfaces = ["comments"]', "known are mentions, direct, search"),
        (ACCOUNT + 'surfaces = ["direct", "direct"]', "stands here twice"),
        (ACCOUNT + 'page_id = "5"', "is a setting of facebook accounts"),
        (ACCOUNT + 'dialect = "toot"', "known are tweet, post"),
        (ACCOUNT + "text_limit = 0", "between 1 and 25000"),
        (
            ACCOUNT + '[[accounts.searches]]\nname = "a"\nquery = ""',
            "accounts[0].searches[0].query: is empty",
        ),
        (
            ACCOUNT + f'[[accounts.searches]]\nname = "a"\nquery = "{"acme OR " * 65}b"',
            "accounts[0].searches[0].query: X takes 512 characters; these are 521",
        ),
        ("[prices]\nreply = -0.01", "no price of a single request"),
        ('[prices]\nreply = "cheap"', "expected a number with a point"),
        ("[prices]\nrepyl = 0.01", 'did you mean "reply"?'),
        ('recheck = "often"', "recheck: 'often' is not a duration"),
        (PAGE + "stream = true", "is a setting of twitter accounts"),
        (PAGE + 'client_id = "two words"\n', "client_id: is not the id of an app"),
        (PAGE + "redirect_ports = [80]\n", "redirect_ports: names ports from 1024"),
        (PAGE + "redirect_ports = []\n", "redirect_ports: names ports from 1024"),
        (ACCOUNT + 'auth_url = "http://x.com/authorize"', "auth_url: your token would travel unencrypted"),
        (ACCOUNT + 'redirect_url = "https://x.com"', "is a setting of facebook accounts"),
        ('[vault]\nkind = "fiel"', 'did you mean "file"?'),
        (PAGE.replace("1001", "acme"), "not a Page's number"),
        (PAGE + "enterprise = true", "is a setting of twitter accounts"),
    ],
)
def test_a_value_without_sense_is_refused_with_words(text: str, words: str) -> None:
    """Each of these would otherwise show itself as a timer, a view or an account that silently does nothing."""
    assert words in problem(text)


def test_a_policy_without_conditions_is_allowed() -> None:
    got = file.parse('[[timers.policy]]\nfirst = "1h"\n')
    assert got.timers.policy[0].first == "1h"


def test_dates_and_texts_are_both_holidays() -> None:
    got = file.parse('[service]\nholidays = [2026-12-24, "2026-12-31", "DE-NW"]\n')
    dates = calendar.holiday_dates(got.service.holidays, [2026])
    assert {date(2026, 12, 24), date(2026, 12, 31), date(2026, 11, 1)} <= dates
    assert date(2026, 10, 31) not in dates, "a working day in North Rhine-Westphalia"


def test_a_country_without_the_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert how_to_add("holidays") in problem('[service]\nholidays = ["DE-NW"]\n')


def test_holidays_without_a_country_do_not_load_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs 120 ms at every start."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert file.parse("[service]\nholidays = [2026-12-24]\n").service.holidays == ["2026-12-24"]


# -- addresses: where a token may go ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.x.com", "unencrypted to api.x.com"),
        ("http://localhost.evil.example", "unencrypted"),
        ("http://127.0.0.1.evil.example:80", "unencrypted"),
        ("http://127.0.0.1@evil.example/", "user or a password"),
        ("https://user:pw@api.x.com", "user or a password"),
        ("ftp://api.x.com", "not an address"),
        ("api.x.com", "not an address"),
        ("https://", "not an address"),
        ("https://[::1", "not an address"),
        ("https://api.x.com:port", "not an address"),
        ("https://api.x.com/?a=b", "base address"),
        ("", "not an address"),
    ],
)
def test_a_token_is_never_sent_unencrypted_to_another_machine(url: str, words: str) -> None:
    assert words in problem(ACCOUNT + f"api_url = '{url}'\n")


@pytest.mark.parametrize(
    "url", ["https://api.x.com", "http://127.0.0.1:8080", "http://localhost:1/base", "http://[::1]:9"]
)
def test_https_and_this_machine_are_taken(url: str) -> None:
    assert file.parse(ACCOUNT + f"api_url = '{url}'\n").accounts[0].api_url == url


# -- secrets -----------------------------------------------------------------------------------------------

CANARY = "EAABsbCS1iHgBAKcanary0123456789"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'token = "{CANARY}"', "c.toml:1: token"),
        (ACCOUNT + f'access_token = "{CANARY}"', "c.toml:4: accounts[0].access_token"),
        (ACCOUNT + 'app-secret = "canary-hunter2"', "c.toml:4: accounts[0].app-secret"),
        (ACCOUNT + 'password = "canary-hunter2"', "c.toml:4: accounts[0].password"),
        (ACCOUNT + 'api_key = "canary-hunter2"', "c.toml:4: accounts[0].api_key"),
        (ACCOUNT + "token = 12345678", "c.toml:4: accounts[0].token"),
        (ACCOUNT + '[accounts.token]\nvalue = "canary-hunter2"', "c.toml:4: accounts[0].token"),
        (PAGE.replace("1001", CANARY), "c.toml:4: accounts[0].page_id"),
        (ACCOUNT.replace("acme-x", CANARY), "c.toml:2: accounts[0].name"),
        ('agent = "Bearer canary.abcdefghijk"', "c.toml:1: agent"),
        (f'[keys]\n"{CANARY}" = "x"', "c.toml:1: keys"),
        (f'[service]\nholidays = [\n"{CANARY}"]', "c.toml:3: service.holidays[0]"),
        ('agent = "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJlY2FuYXJ5"', "c.toml:1: agent"),
    ],
)
def test_a_secret_in_the_file_is_refused_by_its_place_and_never_repeated(text: str, place: str) -> None:
    """The message may end in a ticket or a chat; the value must not."""
    message = problem(text)
    assert message.startswith(place + ": secrets do not belong")
    assert "inbox login" in message
    assert "INBOX_TOKEN_<ACCOUNT>" in message
    assert "canary" not in message.lower()
    assert "hunter2" not in message


def test_a_syntax_error_does_not_repeat_a_secret() -> None:
    message = problem(f'[{CANARY}]\n[{CANARY}]\nx = "y"\n')
    assert message.startswith("c.toml:2: not TOML: ")
    assert CANARY not in message


def test_a_search_query_is_no_secret() -> None:
    query = '(acme OR "acme gmbh") -from:acme -is:retweet -"gewinnspiel teilnahmebedingungen" lang:de'
    text = ACCOUNT + f"[[accounts.searches]]\nname = 'brand'\nquery = '{query}'\n"
    assert file.parse(text).accounts[0].settings.searches[0].query == query


# -- hours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("07:00-23:00", Interval(time(7), time(23))),
        ("22:00-02:00", Interval(time(22), time(2))),
        ("00:00-24:00", Interval(time(0), time(0))),
        ("20:30 - 24:00", Interval(time(20, 30), time(0))),
        ("7:00-9:30", Interval(time(7), time(9, 30))),
    ],
)
def test_intervals_are_read(text: str, want: Interval) -> None:
    assert calendar.interval(text) == want


@pytest.mark.parametrize(
    "text", ["", "7-23", "07:00", "07:60-08:00", "07:00-24:01", "24:00-02:00", "09:00-09:00", "00:00-00:00"]
)
def test_other_intervals_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"interval|24:00"):
        calendar.interval(text)


def test_a_named_day_replaces_daily() -> None:
    got = calendar.week({"daily": ["07:00-23:00"], "sat": ["09:00-12:00", "13:00-14:00"], "sun": []})
    assert got["mon"] == (Interval(time(7), time(23)),)
    assert got["sat"] == (Interval(time(9), time(12)), Interval(time(13), time(14)))
    assert got["sun"] == ()


# -- files -------------------------------------------------------------------------------------------------


def test_a_missing_file_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(model.NoConfig, match=r"inbox init.*inbox demo"):
        file.load(tmp_path / "none.toml", {})


def test_the_environment_names_the_file_unless_the_command_line_does(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text('agent = "ann"')
    second.write_text('agent = "ben"')
    env = {"INBOX_CONFIG": str(second)}
    assert file.load(None, env).agent == "ben"
    assert file.load(first, env).agent == "ann"


def test_a_file_written_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    """Byte order mark and CRLF; the line count must not suffer."""
    path = tmp_path / "c.toml"
    path.write_bytes('\ufeffagent = "ann"\r\n\r\nhistroy = "1h"\r\n'.encode())
    with pytest.raises(ConfigError, match=r'c\.toml:3: histroy: unknown key, did you mean "history"'):
        file.load(path, {})


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes('# a\nagent = "J\xf6rg"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"c\.toml:2: this is not UTF-8"):
        file.load(path, {})


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        file.load(tmp_path, {})


def test_absurd_nesting_is_an_error_and_no_crash() -> None:
    assert "nested too deeply" in problem("agent = " + "[" * 20_000 + "]" * 20_000)


def test_the_configured_zone_comes_before_that_of_the_machine() -> None:
    env = {"TZ": "Asia/Tokyo"}
    assert calendar.time_zone(file.parse('[service]\ntimezone = "Europe/Berlin"'), env) == (
        ZoneInfo("Europe/Berlin"),
        None,
    )
    assert calendar.time_zone(Config(), env) == (ZoneInfo("Asia/Tokyo"), None)


def test_platforms_are_known_without_importing_them() -> None:
    """Start-up time: adapters bring httpx."""
    assert {"twitter", "facebook"} <= set(platforms.names())


# -- random damage: never anything but ConfigError -----------------------------------------------------------

_plain = st.one_of(st.booleans(), st.integers(-5, 5), st.text(max_size=4), st.dates())
_lists = st.lists(_plain, max_size=2)
_values = st.one_of(
    _plain, _lists, st.dictionaries(st.text(max_size=5), st.one_of(_plain, _lists), max_size=2)
)


def _toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case _:
            text = str(value or "")
            return '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'


_KEYS = [
    "agent",
    "service",
    "hours",
    "holidays",
    "timers",
    "policy",
    "accounts",
    "name",
    "keys",
    "views",
    "macros",
    "x",
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw builds tables
@given(
    st.dictionaries(
        st.sampled_from(_KEYS),
        st.one_of(_values, st.dictionaries(st.sampled_from(_KEYS), _values)),
        max_size=4,
    )
)
def test_whatever_the_file_holds_the_answer_is_a_config_or_a_list_of_lines(raw: dict[str, object]) -> None:
    """A traceback at start is the worst first impression there is."""
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in raw.items())
    found: list[str] = []
    try:
        file.parse(text, "c.toml")
    except ConfigError as error:
        found = error.problems or ["an error without a problem"]
    lines = text.count("\n") + 1
    assert all(1 <= int(line.split(":", 2)[1]) <= lines for line in found)


@pytest.mark.parametrize(
    ("theme", "place", "said"),
    [
        ({"late": "#ff00"}, "screen.themes.night.late", "'#ff00' is no colour"),
        ({"soon": "orang"}, "screen.themes.night.soon", 'did you mean "orange"?'),
        ({"based_on": "drak"}, "screen.themes.night.based_on", 'did you mean "dark"?'),
        ({"lat": "red"}, "screen.themes.night.lat", 'did you mean "late"?'),
    ],
)
def test_a_mistake_in_a_theme_of_ones_own_is_named_with_its_place(
    theme: dict[str, str], place: str, said: str
) -> None:
    """A wrong colour must not wait until the evening on which the theme is chosen."""
    text = "[screen.themes.night]\n" + "".join(f'{role} = "{colour}"\n' for role, colour in theme.items())
    with pytest.raises(ConfigError) as refused:
        file.parse(text)
    assert place in str(refused.value)
    assert said in str(refused.value)


def test_a_theme_is_chosen_by_the_name_it_was_given() -> None:
    """`theme` takes the three and the agent's own, and says so of another word."""
    own = '[screen]\ntheme = "night"\n[screen.themes.night]\nlate = "red"\n'
    assert file.parse(own).screen.themes["night"].late == "red"
    for wrong in (own.replace("themes.night", "themes.nigh"), '[screen.themes.dark]\nlate = "red"\n'):
        with pytest.raises(ConfigError):
            file.parse(wrong)
