"""Whether what the config says can be meant: names, durations, hours, zones, accounts and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from inbox.config import mistakes, platforms
from inbox.config.calendar import CALENDAR, COUNTRY, calendars, holiday_dates, interval, not_a_timezone, week
from inbox.config.model import PLATFORM_SETTINGS, price_table, token_variable
from inbox.config.screen import LANGUAGES, NOTICES, THEMES
from inbox.domain.durations import duration
from inbox.domain.hours import DAYS
from inbox.domain.kinds import SurfaceKind, surfaces
from inbox.domain.model import Priority, Surface
from inbox.domain.queue import views

if TYPE_CHECKING:
    from inbox.config.lines import Place, Problem
    from inbox.config.model import Account, Config, Service
    from inbox.domain.declarations import Declaration

VAULTS = ("keyring", "file")
DIALECTS = ("tweet", "post")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


def offers(platform: str, setting: str) -> bool:
    """Whether accounts of a platform may have a setting that not all platforms have."""
    return setting in PLATFORM_SETTINGS.get(platform, ())


def problems(config: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Every one that the types of the records do not tell. `raw`: what stood in the file."""
    yield from _top(config)
    yield from _service(config.service)
    yield from _accounts(config, raw)  # first: it declares the platforms, whose surfaces policies may name
    yield from _timers(config)
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
    for at, name in enumerate(config.agents):
        if name.strip() in ("", "-") or not name.isprintable():
            yield ("agents", at), "is no name of an agent; `-` means nobody"
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
    if config.network.proxy:
        yield from _proxy(("network", "proxy"), config.network.proxy)


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
        hint = mistakes.did_you_mean(word, names) or f"; known are {', '.join(names) or 'none'}"
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
            calendars([entry], UTC, [2026])
        except ValueError as error:
            form = re.fullmatch(COUNTRY, entry)
            yield (
                ("service", "holidays", at),
                str(error)
                if form or entry.endswith(CALENDAR)
                else f'{entry!r} is neither a date ("2026-12-24") nor a country code ("DE-NW") nor a calendar ("team.ics")',
            )


def _day(day: str, intervals: list[str]) -> Iterator[Problem]:
    place: Place = ("service", "hours", day)
    if day not in (*DAYS, "daily"):
        yield (
            place,
            f"unknown day{mistakes.did_you_mean(day, [*DAYS, 'daily']) or '; known are daily, mon ... sun'}",
        )
    for at, text in enumerate(intervals):
        try:
            interval(text)
        except ValueError as error:
            yield (*place, at), str(error)


def _timezone(name: str) -> Iterator[Problem]:
    if problem := not_a_timezone(name):
        yield ("service", "timezone"), problem


def _timers(config: Config) -> Iterator[Problem]:
    timers = config.timers
    yield from _duration(("timers", "first"), timers.first)
    yield from _duration(("timers", "next"), timers.next)
    yield from _duration(("timers", "warn_before"), timers.warn_before, zero=True)
    yield from _duration(("timers", "resolve"), timers.resolve)
    for at, pattern in enumerate(timers.automatic):
        if not pattern.strip("* "):
            yield ("timers", "automatic", at), "would make every message automatic; write a part of the text"
    for at, policy in enumerate(timers.policy):
        place: Place = ("timers", "policy", at)
        yield from _one_of((*place, "account"), policy.account, [account.name for account in config.accounts])
        yield from _one_of((*place, "surface"), policy.surface, _surface_ids())
        yield from _one_of((*place, "priority"), policy.priority, [*Priority])
        if policy.tag is not None:
            yield from _filled((*place, "tag"), policy.tag)
        if policy.person is not None:
            yield from _filled((*place, "person"), policy.person)
        yield from _duration((*place, "first"), policy.first)
        yield from _duration((*place, "next"), policy.next)


def _offered(declared: Declaration) -> list[Surface]:
    """The surfaces of a platform, by kind; those that are read only where they are named come last."""
    order = list(SurfaceKind)
    rules = sorted(declared.surfaces, key=lambda rule: (not rule.read_by_default, order.index(rule.kind)))
    return [rule.id for rule in rules]


def _surface_ids() -> list[str]:
    """Every known surface, those that come with us first."""
    ours = [*Surface]
    return [*ours, *sorted(surfaces().difference(ours))]


def _accounts(config: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for at, account in enumerate(config.accounts):
        place: Place = ("accounts", at)
        yield from _account_name((*place, "name"), account.name, seen)
        known = _known_platform(account.platform)
        if not known:
            yield from _one_of((*place, "platform"), account.platform, platforms.names())
        declared = platforms.declaration(account.platform) if known else None
        offered = _offered(declared) if declared else []
        for position, surface in enumerate(account.surfaces):
            if not declared:
                continue  # nobody can say what it offers
            if surface not in offered and surface in surfaces():
                yield (
                    (*place, "surfaces", position),
                    f"{account.platform} has no {surface}; known are {', '.join(offered)}",
                )
            else:
                yield from _one_of((*place, "surfaces", position), surface, offered)
            if surface in account.surfaces[:position]:
                yield (*place, "surfaces", position), f"{surface!r} stands here twice"
        yield from _platform_settings(place, account, raw["accounts"][at])


def _known_platform(name: str) -> bool:
    """Whether a package for it is installed; entry points are asked for others than our own only."""
    return name in platforms.BUILT_IN or (bool(name) and name in platforms.names())


def not_a_name(name: str) -> str | None:
    """What is wrong with the name of an account; None for a good one."""
    if re.fullmatch(_NAME, name):
        return None
    return f"{name!r}: a name is made of letters a-z, digits, `-`, `_` and `.`, and begins with a letter or digit"


def not_an_app(name: str) -> str | None:
    """What is wrong with the id of an app; None for a good one."""
    return None if re.fullmatch(r"[A-Za-z0-9_.:-]+", name) else "is not the id of an app"


def _account_name(place: Place, name: str, seen: dict[str, str]) -> Iterator[Problem]:
    if problem := not_a_name(name):
        yield place, problem
        return
    variable = token_variable(name)
    if variable in seen:
        other = seen[variable]
        why = "" if other == name else f": both would read {variable}"
        yield place, f"{name!r} is taken by another account, {other!r}{why}" if why else f"{name!r} is taken"
    seen.setdefault(variable, name)


def _platform_settings(place: Place, account: Account, raw: Mapping[str, Any]) -> Iterator[Problem]:
    known = _known_platform(account.platform)
    for platform, settings in PLATFORM_SETTINGS.items():
        if known and account.platform != platform:
            for setting in settings:
                if setting in raw and not hasattr(account.settings, setting):
                    yield (*place, setting), f"is a setting of {platform} accounts"
    if account.page_id is not None and not re.fullmatch(r"[0-9]+", account.page_id):
        yield (*place, "page_id"), f"{account.page_id!r} is not a Page's number"
    for name in ("api_url", "auth_url", "redirect_url"):
        if (url := getattr(account, name)) is not None:
            yield from _url((*place, name), url)
    if account.client_id is not None and (problem := not_an_app(account.client_id)):
        yield (*place, "client_id"), problem
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


def _proxy(place: Place, url: str) -> Iterator[Problem]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or parts.path.strip("/"):
        yield place, "is no address of a proxy; write for example http://proxy.example.com:3128"
    elif parts.username is not None or parts.password is not None:
        yield (
            place,
            "must not carry a user or a password; put the whole address into INBOX_PROXY in the environment",
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
