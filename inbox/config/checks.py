"""Whether what the config says can be meant: names, durations, hours, zones, accounts and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from inbox.config import mistakes, platforms, value_checks
from inbox.config.calendar import CALENDAR, COUNTRY, calendars, holiday_dates, interval, not_a_timezone, week
from inbox.config.model import price_table, token_variable
from inbox.config.screen import LANGUAGES, MACRO_LANGUAGES, NOTICES, SURGE_NOTICES, SURGES, THEMES
from inbox.domain.durations import duration
from inbox.domain.hours import DAYS
from inbox.domain.kinds import SurfaceKind, surfaces
from inbox.domain.model import Priority, Surface
from inbox.domain.queue import views

if TYPE_CHECKING:
    from inbox.config.lines import Place, Problem
    from inbox.config.model import Account, Config, Service
    from inbox.config.screen import Screen
    from inbox.domain.declarations import Declaration

VAULTS = ("keyring", "file")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


def offers(platform: str, setting: str) -> bool:
    """Whether accounts of a platform may have a setting that not all platforms have."""
    declared = platforms.declaration(platform)
    return (
        declared is not None
        and declared.settings is not None
        and setting in declared.settings.__struct_fields__
    )


def problems(config: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Every one that the types of the records do not tell. `raw`: what stood in the file."""
    yield from _top(config)
    yield from _service(config.service)
    yield from _accounts(config, raw)  # first: it declares the platforms, whose surfaces policies may name
    yield from _timers(config)
    built_in = [view.name for view in views(config.agent)]
    yield from value_checks.names(("views",), [view.name for view in config.views], built_in)
    for at, view in enumerate(config.views):
        yield from value_checks.filled(("views", at, "filter"), view.filter)
    yield from value_checks.names(("macros",), [macro.name for macro in config.macros])
    for at, macro in enumerate(config.macros):
        if not (macro.tags or macro.assign or macro.resolve):
            yield from value_checks.filled(("macros", at, "text"), macro.text)
        yield from value_checks.one_of(("macros", at, "language"), macro.language, MACRO_LANGUAGES)
        for position, surface in enumerate(macro.surfaces):
            yield from value_checks.one_of(("macros", at, "surfaces", position), surface, _surface_ids())
    for command, key in config.keys.items():
        yield from value_checks.filled(("keys", command), key)


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
    yield from _themes(config.screen)
    yield from value_checks.one_of(("screen", "language"), config.screen.language, LANGUAGES)
    yield from value_checks.one_of(("screen", "notify"), config.screen.notify, NOTICES)
    yield from value_checks.one_of(("insight", "surge"), config.insight.surge, SURGES)
    yield from value_checks.one_of(("insight", "notify"), config.insight.notify, SURGE_NOTICES)
    for at, word in enumerate(config.insight.own_words):
        yield from value_checks.filled(("insight", "own_words", at), word)
    for at, hours in enumerate(config.screen.quiet):
        try:
            interval(hours)
        except ValueError as error:
            yield ("screen", "quiet", at), str(error)
    yield from value_checks.one_of(("vault", "kind"), config.vault.kind, VAULTS)
    if config.network.proxy:
        yield from _proxy(("network", "proxy"), config.network.proxy)


def _themes(screen: Screen) -> Iterator[Problem]:
    yield from value_checks.one_of(("screen", "theme"), screen.theme, [*THEMES, *screen.themes])
    for name, theme in screen.themes.items():
        place: Place = ("screen", "themes", name)
        if name in THEMES:
            yield place, f"{name!r} is taken by a theme of the program; give yours another name"
        if problem := not_a_name(name):
            yield place, problem
        yield from value_checks.one_of((*place, "based_on"), theme.based_on, THEMES)
        for role in theme.__struct_fields__[1:]:
            yield from value_checks.colour((*place, role), getattr(theme, role))


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
        yield from value_checks.one_of(
            (*place, "account"), policy.account, [account.name for account in config.accounts]
        )
        yield from value_checks.one_of((*place, "surface"), policy.surface, _surface_ids())
        yield from value_checks.one_of((*place, "priority"), policy.priority, [*Priority])
        if policy.tag is not None:
            yield from value_checks.filled((*place, "tag"), policy.tag)
        if policy.person is not None:
            yield from value_checks.filled((*place, "person"), policy.person)
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
        known = platforms.is_installed(account.platform)
        if not known:
            yield from value_checks.one_of((*place, "platform"), account.platform, platforms.names())
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
                yield from value_checks.one_of((*place, "surfaces", position), surface, offered)
            if surface in account.surfaces[:position]:
                yield (*place, "surfaces", position), f"{surface!r} stands here twice"
        yield from _account_settings(place, account)


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


def _account_settings(place: Place, account: Account) -> Iterator[Problem]:
    declared = platforms.declaration(account.platform) if platforms.is_installed(account.platform) else None
    if declared is not None and declared.settings_problems is not None and account.settings is not None:
        try:
            found = list(declared.settings_problems(account.settings))
        except Exception as error:  # noqa: BLE001 may be code of others
            found = [(("platform",), f"could not check its settings ({type(error).__name__})")]
        yield from (((*place, *path), what) for path, what in found)
    for name in ("api_url", "auth_url"):
        if (url := getattr(account, name)) is not None:
            yield from value_checks.address((*place, name), url)
    if account.client_id is not None and (problem := not_an_app(account.client_id)):
        yield (*place, "client_id"), problem
    if not account.redirect_ports or not all(1024 <= port <= 65535 for port in account.redirect_ports):
        yield (*place, "redirect_ports"), "names ports from 1024 to 65535, at least one"


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
