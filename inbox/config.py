"""The configuration file: TOML into records, every problem at once, each with its line and a hint.

Public interface: product.md section 7. Loading raises `ConfigError`, whose `problems` are complete lines
`file:line: key: what is wrong, did you mean`. Where the file and the data are kept: `inbox.places`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from inbox import config_secrets, redact, toml_lines
from inbox.domain.durations import duration
from inbox.domain.hours import DAYS, MIDNIGHT, Interval
from inbox.domain.model import Priority, Surface
from inbox.domain.queue import views
from inbox.places import config_path, system_zone
from inbox.screen_settings import LANGUAGES, NOTICES, THEMES
from inbox.screen_settings import Macro as Macro
from inbox.screen_settings import SavedView as SavedView
from inbox.screen_settings import Screen as Screen

# -- records -----------------------------------------------------------------------------------------------


class Search(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    query: str


REDIRECT_PORTS = (8912, 8913, 8914)
"""Nobody's by IANA's list; three, because X takes ten addresses and wants each of them written out."""


class Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One account on one platform. `platform` names an entry point of the group `inbox.adapters`."""

    name: str
    platform: str
    surfaces: list[str] = []
    """Empty: all the platform offers and the account's settings allow, but for those of `ONLY_IF_NAMED`."""
    api_url: str | None = None
    """None: the platform's own host. http is taken for loopback only."""
    page_id: str | None = None
    """None: the Page that the token belongs to, chosen at sign-in."""
    client_id: str | None = None
    """The app that `inbox login` signs in through: X's client id, Facebook's app id. No secret."""
    auth_url: str | None = None
    """None: the platform's own page on which people sign in. http is taken for loopback only."""
    redirect_ports: list[int] = msgspec.field(default_factory=lambda: list(REDIRECT_PORTS))
    """Ports of this machine the browser is sent back to, tried in turn; the app must know the addresses."""
    redirect_url: str | None = None
    """Facebook: where the browser is sent where it runs elsewhere (`--paste`)."""
    login_config: str | None = None
    """Facebook Login for Business: the id of a configuration, which replaces the list of permissions."""
    human_agent: bool = False
    presence: bool = False
    """Facebook: show people that their message was seen and that somebody writes."""
    enterprise: bool = False
    """The X plan that may answer posts whose author did not mention the account."""
    dialect: str = "tweet"
    text_limit: int = 280
    searches: list[Search] = []
    stream: bool = False
    """X: be told as well, over the activity stream; takes the app's token (`inbox login ACCOUNT --stream`)."""


class Service(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    timezone: str | None = None
    hours: dict[str, list[str]] = msgspec.field(default_factory=lambda: {"daily": ["07:00-23:00"]})
    holidays: list[str] = []
    """Dates as `YYYY-MM-DD` (TOML dates arrive here as such) and country codes (`DE`, `DE-NW`)."""


class TimerPolicy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """First match decides; without a condition it matches everything."""

    account: str | None = None
    surface: str | None = None
    priority: str | None = None
    tag: str | None = None
    first: str | None = None
    next: str | None = None


class TimerSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    first: str = "3h"
    next: str = "3h"
    warn_before: str = "30m"
    policy: list[TimerPolicy] = []


class Sending(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    hold_public: str = "10s"
    hold_private: str = "5s"


class VaultSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where tokens are kept. `file`: an encrypted file (extra `vault`), for machines without a keyring."""

    kind: str = "keyring"
    file: str | None = None
    passphrase_file: str | None = None


class Prices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What X charges for one of each, in `currency` (pricing.mdx, 2026-08-22). Estimates only.

    An account that also owns its developer app pays 0.001 for `own_post_read`.
    """

    currency: str = "USD"
    post_read: float = 0.005
    own_post_read: float = 0.005
    user_read: float = 0.010
    direct_read: float = 0.010
    reply: float = 0.010
    link: float = 0.200
    direct: float = 0.015


class Privacy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`retention`: how long a closed conversation is kept after its last message; nothing: for ever."""

    retention: str = "90d"


class Config(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    agent: str = "me"
    backfill: str = "30d"
    history: str = "24h"
    recheck: str = "7d"
    """How far back posts are looked at again, daily, for deletion; "0s": not at all."""
    service: Service = msgspec.field(default_factory=Service)
    timers: TimerSettings = msgspec.field(default_factory=TimerSettings)
    sending: Sending = msgspec.field(default_factory=Sending)
    screen: Screen = msgspec.field(default_factory=Screen)
    vault: VaultSettings = msgspec.field(default_factory=VaultSettings)
    privacy: Privacy = msgspec.field(default_factory=Privacy)
    prices: Prices = msgspec.field(default_factory=Prices)
    accounts: list[Account] = []
    views: list[SavedView] = []
    macros: list[Macro] = []
    keys: dict[str, str] = {}
    """Command id to key, replacing the default keys of that command."""


class ConfigError(Exception):
    """One or more problems; `str()` is one per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NoConfig(ConfigError):
    """There is no file at the place where one was looked for."""


# -- loading -----------------------------------------------------------------------------------------------

Place = toml_lines.Path
Problem = tuple[Place, str]


def load(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read and check the file: `path`, else the one that `config_path` finds.

    Raises ConfigError with every problem found, NoConfig where there is no file.
    """
    path = config_path(path, env)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NoConfig([f"{path}: no such file; `inbox init` writes one, `inbox demo` needs none"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: this is not UTF-8; save the file as UTF-8"]) from None
    return parse(text, str(path))


def parse(text: str, file: str = "config.toml") -> Config:
    """A config from TOML text; `file` is the name that problems begin with."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(text, file, error)]) from None
    except RecursionError:
        raise ConfigError([f"{file}:1: nested too deeply"]) from None
    problems = list(config_secrets.found(raw))
    config, mistakes = _convert(config_secrets.without(raw, {place for place, _ in problems}))
    problems += _elsewhere(mistakes, problems)
    problems += _elsewhere(_check(config, raw), problems)
    if problems:
        found = toml_lines.lines(text)
        at = sorted(
            (toml_lines.line_of(found, place), toml_lines.dotted(place), what) for place, what in problems
        )
        raise ConfigError([f"{file}:{line}: {key}: {what}" for line, key, what in dict.fromkeys(at)])
    return config


def _elsewhere(found: Iterable[Problem], known: Iterable[Problem]) -> list[Problem]:
    """Those of `found` that do not merely follow from a known one."""
    broken = {place for place, _ in known}
    return [problem for problem in found if not any(_around(place, problem[0]) for place in broken)]


def _around(outer: Place, inner: Place) -> bool:
    return inner[: len(outer)] == outer


_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def _syntax(text: str, file: str, error: tomllib.TOMLDecodeError) -> str:
    message = str(error)
    where = _AT.search(message)
    line = where[1] if where and where[1] else str(text.rstrip().count("\n") + 1)
    return f"{file}:{line}: not TOML: {redact.redact(_AT.sub('', message))}"


# -- conversion: repair one mistake, convert again, until all are known --------------------------------------

_WHERE = re.compile(r" - at `(\$[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_WRONG = re.compile(r"Expected `(.*)`, got `(.*)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number with a point",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
    "date": "a date",
    "datetime": "a date with time",
    "time": "a time",
}
_KINDS: dict[str, Callable[[], Any]] = {"str": str, "object": dict, "array": list}


def _convert(raw: dict[str, Any]) -> tuple[Config, list[Problem]]:
    problems: dict[Place, str] = {}
    while True:
        try:
            return msgspec.convert(raw, Config, strict=True), list(problems.items())
        except msgspec.ValidationError as error:
            place, what = _repair(raw, str(error))
            if not any(_around(known, place) for known in problems):
                problems[place] = what


def _repair(raw: dict[str, Any], message: str) -> Problem:
    """Take the mistake that msgspec names out of `raw`, so that the next one shows."""
    where = _WHERE.search(message)
    what = _WHERE.sub("", message)
    place = _place(raw, where[1], message) if where else ()
    if match := _UNKNOWN.fullmatch(what):
        del _member(raw, place)[match[1]]
        return (*place, match[1]), _unknown_key(place, match[1])
    if match := _MISSING.fullmatch(what):
        _member(raw, place)[match[1]] = ""
        return (*place, match[1]), "is missing"
    match = _WRONG.fullmatch(what)
    if match is None or not place:
        raise ConfigError([message])
    want, got = match[1].removesuffix(" | null"), match[2]
    holder, last = _member(raw, place[:-1]), place[-1]
    if isinstance(holder, dict):
        del holder[last]
    else:
        holder[last] = _KINDS[want]()
    return place, f"expected {_WORDS.get(want, want)}, found {_WORDS.get(got, got)}"


def _member(raw: Any, place: Place) -> Any:
    for part in place:
        raw = raw[part]
    return raw


def _place(raw: dict[str, Any], path: str, message: str) -> Place:
    """msgspec's `$.service.hours[...][1]` as a place. `[...]` is some key of a table: the first that is to blame."""
    place: Place = ()
    for name, index in _STEP.findall(path):
        step = _to_blame(raw, place, message) if index == "..." else name or int(index)
        place = (*place, step)
    return place


def _to_blame(raw: dict[str, Any], place: Place, message: str) -> str:
    for key, value in _member(raw, place).items():
        alone: Any = {key: value}
        for part in reversed(place):
            alone = {part: alone}
        try:
            msgspec.convert(alone, Config, strict=True)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return str(key)
    raise ConfigError([message])


def _unknown_key(place: Place, name: str) -> str:
    fields = _fields(place)
    hint = did_you_mean(name, fields)
    if not hint and (section := next((s for s in _sections() if name in _fields(s)), None)) is not None:
        hint = (
            f"; it belongs to {'the top of the file' if not section else f'[{toml_lines.dotted(section)}]'}"
        )
    return f"unknown key{hint}" if hint else f"unknown key; known are {', '.join(fields)}"


def _fields(place: Place) -> list[str]:
    """The keys of the record at `place`."""
    record: Any = Config
    for part in place:
        record = get_args(record)[0] if isinstance(part, int) else get_type_hints(record)[part]
    return list(record.__struct_fields__)


def _sections() -> Iterator[Place]:
    yield ()
    for name, kind in get_type_hints(Config).items():
        if get_origin(kind) is None and issubclass(kind, msgspec.Struct):
            yield (name,)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean "x"?`, or nothing."""
    spellings = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), spellings, n=1, cutoff=0.6)
    return f', did you mean "{spellings[close[0]]}"?' if close else ""


# -- values ------------------------------------------------------------------------------------------------

_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def interval(text: str) -> Interval:
    """`07:00-23:00`, `22:00-02:00` (over midnight), `00:00-24:00` (all day). Raises ValueError."""
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not an interval; write for example "07:00-23:00"')
    opens_hour, opens_minute, closes_hour, closes_minute = map(int, match.groups())
    try:
        opens = time(opens_hour, opens_minute)
        closes = MIDNIGHT if (closes_hour, closes_minute) == (24, 0) else time(closes_hour, closes_minute)
    except ValueError:
        raise ValueError(f"{text!r}: hours run from 00:00 to 24:00") from None
    if opens == closes and (closes_hour, opens) != (24, MIDNIGHT):
        raise ValueError(f'{text!r} begins where it ends; all day is "00:00-24:00"')
    return Interval(opens, closes)


def week(hours: Mapping[str, list[str]]) -> dict[str, tuple[Interval, ...]]:
    """Day name to intervals. `daily` fills the days that are not named; a named day replaces it."""
    return {day: tuple(map(interval, hours.get(day, hours.get("daily", [])))) for day in DAYS}


def holiday_dates(entries: Iterable[str], years: Iterable[int]) -> frozenset[date]:
    """The dates of `service.holidays`; those of countries for `years` only (needs the extra `holidays`)."""
    wanted, found = list(years), set[date]()
    for entry in entries:
        if _COUNTRY.fullmatch(entry):
            found.update(_country(entry, wanted))
        else:
            found.add(date.fromisoformat(entry))
    return frozenset(found)


_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


def _country(code: str, years: list[int]) -> Iterable[date]:
    try:
        import holidays  # 120 ms: only where a country is named
    except ImportError:
        raise ValueError(
            f"{code} needs the extra `holidays`: uv tool install 'social-inbox[holidays]'; or write the dates"
        ) from None
    country, _, region = code.partition("-")
    regions = holidays.list_supported_countries()
    if country not in regions:
        raise ValueError(f"no holidays are known for {country}{did_you_mean(country, regions)}")
    if region and region not in regions[country]:
        raise ValueError(
            f"{country} has no region {region}; known are {', '.join(regions[country]) or 'none'}"
        )
    return holidays.country_holidays(country, subdiv=region or None, years=years)


def time_zone(config: Config, env: Mapping[str, str]) -> tuple[ZoneInfo, str | None]:
    """The configured zone, else this machine's, else UTC; with a note where the agent should look at it."""
    return (ZoneInfo(config.service.timezone), None) if config.service.timezone else system_zone(env)


def price_table(config: Config) -> dict[str, float]:
    """Name of what is charged to its price."""
    names = [name for name in Prices.__struct_fields__ if name != "currency"]
    return {name: getattr(config.prices, name) for name in names}


def token_variable(account: str) -> str:
    """The environment variable that overrides the keyring: `acme-x` is `INBOX_TOKEN_ACME_X`."""
    return "INBOX_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", account.upper())


def secret_variable(account: str) -> str:
    """The environment variable for the secret of the account's app: `acme-x` is `INBOX_SECRET_ACME_X`."""
    return token_variable(account).replace("TOKEN", "SECRET", 1)


# -- checks of meaning -------------------------------------------------------------------------------------

SURFACES: Mapping[str, tuple[Surface, ...]] = {
    "twitter": (Surface.MENTIONS, Surface.DIRECT, Surface.SEARCH),
    "facebook": (
        Surface.MESSENGER,
        Surface.COMMENTS,
        Surface.VISITOR_POSTS,
        Surface.TAGGED,
        Surface.INSTAGRAM,
    ),
}
"""Product.md section 2. Platforms that others add may use any surface."""
ONLY_IF_NAMED = frozenset({Surface.INSTAGRAM})
"""Surfaces that are not read unless the account's `surfaces` name them: they need permissions of their own."""
_ONLY = {
    "facebook": ("page_id", "human_agent", "presence", "redirect_url", "login_config"),
    "twitter": ("enterprise", "dialect", "text_limit", "searches", "stream"),
}
VAULTS = ("keyring", "file")
DIALECTS = ("tweet", "post")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def platforms() -> list[str]:
    """Names of the installed adapters. Nothing of theirs is imported."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group="inbox.adapters").names)


def _check(config: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _top(config)
    yield from _service(config.service)
    yield from _timers(config)
    yield from _accounts(config, raw)
    built_in = [view.name for view in views(config.agent)]
    yield from _names(("views",), [view.name for view in config.views], built_in)
    for at, view in enumerate(config.views):
        yield from _filled(("views", at, "filter"), view.filter)
    yield from _names(("macros",), [macro.name for macro in config.macros])
    for at, macro in enumerate(config.macros):
        if not (macro.tags or macro.assign or macro.resolve):
            yield from _filled(("macros", at, "text"), macro.text)
    for command, key in config.keys.items():
        yield from _filled(("keys", command), key)


def _top(config: Config) -> Iterator[Problem]:
    if config.agent.strip() in ("", "-") or not config.agent.isprintable():
        yield ("agent",), "name the person who works here; `-` means nobody"
    yield from _duration(("backfill",), config.backfill)
    yield from _duration(("history",), config.history, zero=True)
    yield from _duration(("recheck",), config.recheck, zero=True)
    for name, price in price_table(config).items():
        if not 0 <= price < 1000:
            yield ("prices", name), f"{price} is no price of a single request"
    yield from _duration(("sending", "hold_public"), config.sending.hold_public, zero=True)
    yield from _duration(("sending", "hold_private"), config.sending.hold_private, zero=True)
    yield from _duration(("privacy", "retention"), config.privacy.retention, zero=True)
    yield from _one_of(("screen", "theme"), config.screen.theme, THEMES)
    yield from _one_of(("screen", "language"), config.screen.language, LANGUAGES)
    yield from _one_of(("screen", "notify"), config.screen.notify, NOTICES)
    for at, hours in enumerate(config.screen.quiet):
        try:
            interval(hours)
        except ValueError as error:
            yield ("screen", "quiet", at), str(error)
    yield from _one_of(("vault", "kind"), config.vault.kind, VAULTS)


def _duration(place: Place, text: str | None, *, zero: bool = False) -> Iterator[Problem]:
    if text is None:
        return
    try:
        length = duration(text)
    except ValueError as error:
        yield place, str(error)
        return
    if not length and not zero:
        yield place, "must be longer than nothing"


def _one_of(place: Place, word: str | None, known: Iterable[str]) -> Iterator[Problem]:
    if word is not None and word not in (names := list(known)):
        hint = did_you_mean(word, names) or f"; known are {', '.join(names) or 'none'}"
        yield place, f"{word!r} is not known here{hint}"


def _filled(place: Place, text: str) -> Iterator[Problem]:
    if not text.strip():
        yield place, "is empty"


def _names(place: Place, names: list[str], taken: Iterable[str] = ()) -> Iterator[Problem]:
    seen = set(taken)
    for at, name in enumerate(names):
        yield from _filled((*place, at, "name"), name)
        if name in seen:
            yield (*place, at, "name"), f"{name!r} is taken"
        seen.add(name)


def _service(service: Service) -> Iterator[Problem]:
    if service.timezone is not None:
        yield from _timezone(service.timezone)
    valid = True
    for day, intervals in service.hours.items():
        for problem in _day(day, intervals):
            valid = False
            yield problem
    if valid and not any(week(service.hours).values()):
        yield ("service", "hours"), 'there is no opening time at all; all day is { daily = ["00:00-24:00"] }'
    for at, entry in enumerate(service.holidays):
        try:
            holiday_dates([entry], [2026])
        except ValueError as error:
            form = _COUNTRY.fullmatch(entry)
            yield (
                ("service", "holidays", at),
                str(error)
                if form
                else f'{entry!r} is neither a date ("2026-12-24") nor a country code ("DE-NW")',
            )


def _day(day: str, intervals: list[str]) -> Iterator[Problem]:
    place: Place = ("service", "hours", day)
    if day not in (*DAYS, "daily"):
        yield place, f"unknown day{did_you_mean(day, [*DAYS, 'daily']) or '; known are daily, mon ... sun'}"
    for at, text in enumerate(intervals):
        try:
            interval(text)
        except ValueError as error:
            yield (*place, at), str(error)


def _timezone(name: str) -> Iterator[Problem]:
    if problem := not_a_timezone(name):
        yield ("service", "timezone"), problem


def not_a_timezone(name: str) -> str | None:
    """What is wrong with the name of a time zone; None for a good one."""
    from zoneinfo import available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of the time zone data, such as "Europe"
        zones = available_timezones()
        last = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        hint = did_you_mean(name, zones)
        if city := get_close_matches(name.strip().replace(" ", "_").title(), last, n=1, cutoff=0.8):
            hint = f', did you mean "{last[city[0]]}"?'
        return f"{name!r} is no IANA time zone{hint}"
    return None


def _timers(config: Config) -> Iterator[Problem]:
    timers = config.timers
    yield from _duration(("timers", "first"), timers.first)
    yield from _duration(("timers", "next"), timers.next)
    yield from _duration(("timers", "warn_before"), timers.warn_before, zero=True)
    for at, policy in enumerate(timers.policy):
        place: Place = ("timers", "policy", at)
        yield from _one_of((*place, "account"), policy.account, [account.name for account in config.accounts])
        yield from _one_of((*place, "surface"), policy.surface, [*Surface])
        yield from _one_of((*place, "priority"), policy.priority, [*Priority])
        if policy.tag is not None:
            yield from _filled((*place, "tag"), policy.tag)
        yield from _duration((*place, "first"), policy.first)
        yield from _duration((*place, "next"), policy.next)


def _accounts(config: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    installed = platforms() if config.accounts else []
    seen: dict[str, str] = {}
    for at, account in enumerate(config.accounts):
        place: Place = ("accounts", at)
        yield from _account_name((*place, "name"), account.name, seen)
        yield from _one_of((*place, "platform"), account.platform, installed)
        offered = SURFACES.get(account.platform, tuple(Surface))
        for position, surface in enumerate(account.surfaces):
            if surface in [*Surface] and surface not in offered:
                known = ", ".join(offered)
                yield (
                    (*place, "surfaces", position),
                    f"{account.platform} has no {surface}; known are {known}",
                )
            else:
                yield from _one_of((*place, "surfaces", position), surface, offered)
            if surface in account.surfaces[:position]:
                yield (*place, "surfaces", position), f"{surface!r} stands here twice"
        yield from _platform_settings(place, account, _member(raw, place))


def _account_name(place: Place, name: str, seen: dict[str, str]) -> Iterator[Problem]:
    if not _NAME.fullmatch(name):
        yield (
            place,
            f"{name!r}: a name is made of letters a-z, digits, `-`, `_` and `.`, and begins with none of these",
        )
        return
    variable = token_variable(name)
    if variable in seen:
        other = seen[variable]
        why = "" if other == name else f": both would read {variable}"
        yield place, f"{name!r} is taken by another account, {other!r}{why}" if why else f"{name!r} is taken"
    seen.setdefault(variable, name)


def _platform_settings(place: Place, account: Account, raw: Mapping[str, Any]) -> Iterator[Problem]:
    for platform, settings in _ONLY.items():
        if account.platform in _ONLY and account.platform != platform:
            for setting in settings:
                if setting in raw:
                    yield (*place, setting), f"is a setting of {platform} accounts"
    if account.page_id is not None and not re.fullmatch(r"[0-9]+", account.page_id):
        yield (*place, "page_id"), f"{account.page_id!r} is not a Page's number"
    for name in ("api_url", "auth_url", "redirect_url"):
        if (url := getattr(account, name)) is not None:
            yield from _url((*place, name), url)
    if account.client_id is not None and not re.fullmatch(r"[A-Za-z0-9_.:-]+", account.client_id):
        yield (*place, "client_id"), "is not the id of an app"
    if not account.redirect_ports or not all(1024 <= port <= 65535 for port in account.redirect_ports):
        yield (*place, "redirect_ports"), "names ports from 1024 to 65535, at least one"
    yield from _one_of((*place, "dialect"), account.dialect, DIALECTS)
    if not 1 <= account.text_limit <= 25_000:
        yield (*place, "text_limit"), "must lie between 1 and 25000"
    yield from _names((*place, "searches"), [search.name for search in account.searches])
    for at, search in enumerate(account.searches):
        yield from _filled((*place, "searches", at, "query"), search.query)
        most = 4096 if account.enterprise else 512
        if len(search.query) > most:
            yield (
                (*place, "searches", at, "query"),
                f"X takes {most} characters; these are {len(search.query)}",
            )


def _url(place: Place, url: str) -> Iterator[Problem]:
    """The token goes there: encrypted, or not off this machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https"):
        yield place, "is not an address; write for example https://api.x.com"
    elif parts.username is not None or parts.password is not None:
        yield place, "must not carry a user or a password"
    elif parts.query or parts.fragment:
        yield place, "is a base address: no `?` and no `#`"
    elif parts.scheme == "http" and host not in LOOPBACK:
        yield (
            place,
            f"your token would travel unencrypted to {host}: use https (http is for this machine only)",
        )
