"""What an account on X may be set to in the config, beside what every account has. Cheap to import: every start does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.config.lines import Problem
    from inbox.config.model import Account

DIALECTS = ("tweet", "post")
QUERY_LENGTH = 512
ENTERPRISE_QUERY_LENGTH = 4096
"""Characters that X takes for a search, by plan."""


class Search(Record, kw_only=True, forbid_unknown_fields=True):
    """A saved search; each hit becomes a conversation."""

    name: str
    query: str


class Settings(Record, kw_only=True, forbid_unknown_fields=True):
    """The settings of one account."""

    enterprise: bool = False
    """The plan that may answer posts whose author did not mention the account."""
    dialect: str = "tweet"
    """Names of the API's fields: those of specification 2.166 ("tweet") or those of 2.167 ("post")."""
    text_limit: int = 280
    """Weighted characters of a post."""
    searches: tuple[Search, ...] = ()
    stream: bool = False
    """Also be told, over the activity stream; takes the app's token (`inbox login ACCOUNT --stream`)."""


def settings_of(account: Account) -> Settings:
    """Return the account's settings; the defaults where the config has none."""
    return account.settings or Settings()


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield what the types do not tell, by place within the account."""
    from inbox.config import value_checks

    yield from value_checks.one_of(("dialect",), settings.dialect, DIALECTS)
    if not 1 <= settings.text_limit <= 25_000:
        yield ("text_limit",), "must lie between 1 and 25000"
    yield from value_checks.names(("searches",), [search.name for search in settings.searches])
    most = ENTERPRISE_QUERY_LENGTH if settings.enterprise else QUERY_LENGTH
    for at, search in enumerate(settings.searches):
        yield from value_checks.filled(("searches", at, "query"), search.query)
        if len(search.query) > most:
            yield ("searches", at, "query"), f"X takes {most} characters; these are {len(search.query)}"
