"""What a Page may be set to in the config, beside what every account has. Cheap to import: every start does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.config.lines import Problem
    from inbox.config.model import Account


class Settings(Record, kw_only=True, forbid_unknown_fields=True):
    """The settings of one Page."""

    page_id: str | None = None
    """None: the Page that the token belongs to, chosen at sign-in."""
    human_agent: bool = False
    """Whether Meta has granted the app to answer for seven days instead of 24 hours."""
    presence: bool = False
    """Show people that their message was seen and that somebody writes."""
    ads: bool = False
    """Also read comments under ads and posts that only ads show."""
    redirect_url: str | None = None
    """Where the browser is sent where it runs elsewhere (`--paste`); None: Facebook's own page for that."""
    login_config: str | None = None
    """Facebook Login for Business: the id of a configuration, which replaces the list of permissions."""


def settings_of(account: Account) -> Settings:
    """Return the Page's settings; the defaults where the config has none."""
    return account.settings or Settings()


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield what the types do not tell, by place within the account."""
    from inbox.config import value_checks

    if settings.page_id is not None and not re.fullmatch(r"[0-9]+", settings.page_id):
        yield ("page_id",), f"{settings.page_id!r} is not a Page's number"
    if settings.redirect_url is not None:
        yield from value_checks.address(("redirect_url",), settings.redirect_url)
