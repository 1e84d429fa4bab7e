"""Platforms of other packages: whatever goes wrong in one takes only its own accounts down, by name.

Our own adapters raise the PlatformError family and nothing else. Of others nothing is taken for granted: an entry point
may raise when it is imported, and any call may raise anything. What is raised becomes a refusal of that account, or the
plain answer where the screen only wants to know something.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from inbox.config.platforms import INTERFACE
from inbox.domain import declarations
from inbox.domain.declarations import Declaration
from inbox.errors import PlatformError, Refused, StoreError, Uncertain
from inbox.ports import platform as platform_ports

if TYPE_CHECKING:
    import httpx

    from inbox.config.model import Account
    from inbox.config.platforms import Found
    from inbox.domain.model import Deed, Person, Surface
    from inbox.ports.clock import Clock
    from inbox.ports.platform import Adapter, FileRule, Length, Platform
    from inbox.ports.secrets import Secret, TokenSource
    from inbox.ports.sign_in import Authority

log = logging.getLogger(__name__)

WRITES = ("send", "do")
"""Calls of an adapter that change something: what they raise leaves the outcome open."""


class ForeignPlatform:
    """Implements `ports.Platform` around an entry point's object, or in place of one that cannot be loaded."""

    def __init__(self, name: str, found: Found) -> None:
        self.name = name
        self.interface = INTERFACE
        self.declaration = declarations.declared(name) or Declaration(
            name=name, title=name, letter=name[:1], surfaces=()
        )
        self.broken = found.problem
        """Why it cannot be used, in words; "" where it can."""
        self._platform: Platform | None = found.platform
        if found.problem:
            log.error("the platform %s cannot be loaded: %s", name, found.problem)
        self.api_url: str = self._given("api_url", "")
        self.deeds: Mapping[Surface, frozenset[Deed]] = self._given("deeds", {})

    def _given(self, name: str, otherwise: Any) -> Any:
        try:
            return getattr(self._platform, name, otherwise)
        except Exception as error:  # noqa: BLE001 code of others
            log.warning("%s.%s: %s", self.name, name, type(error).__name__)
            return otherwise

    @property
    def loaded(self) -> Platform:
        """The object behind it. Raises Refused where it could not be loaded."""
        if self._platform is None:
            raise Refused(
                f"the platform {self.name} cannot be loaded ({self.broken})",
                next_step="Update or remove the package it comes from; the other accounts go on.",
                code="broken platform",
            )
        return self._platform

    def files(self, surface: Surface, *, private: bool) -> FileRule | None:
        return cast("FileRule | None", self._asked("files", None, surface, private=private))

    def profile(self, surface: Surface, person: Person) -> str | None:
        return cast("str | None", self._asked("profile", None, surface, person))

    def length(self, text: str, surface: Surface, *, private: bool, account: Account) -> Length:
        plain = platform_ports.Length(used=len(text), limit=10_000, valid_to=len(text))
        counted = self._asked("length", plain, text, surface, private=private, account=account)
        return cast("Length", counted)

    def priced_as(self, text: str, surface: Surface, *, private: bool) -> str | None:
        """What a reply is charged as; None where the platform names no prices."""
        if not isinstance(self._platform, platform_ports.Priced):
            return None
        return cast("str | None", self._asked("priced_as", None, text, surface, private=private))

    def authority(self, account: Account, clock: Clock) -> Authority:
        with _as_refusal(self.name, "authority"):
            return self.loaded.authority(account, clock)
        raise AssertionError  # pragma: no cover  # the block returns or raises

    def connect(
        self, account: Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> Adapter:
        with _as_refusal(self.name, "connect"):
            return guarded(self.name, self.loaded.connect(account, client, token, clock))
        raise AssertionError  # pragma: no cover  # the block returns or raises

    def _asked(self, call: str, otherwise: Any, *args: Any, **kwargs: Any) -> Any:
        if self._platform is None:
            return otherwise
        try:
            return getattr(self._platform, call)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 code of others
            log.warning("%s.%s: %s", self.name, call, type(error).__name__)
            return otherwise


class NoToken:
    """Implements `ports.TokenSource` for an account whose platform cannot say how people sign in: raises why."""

    app_secret = None
    data_access_until = None

    def __init__(self, error: PlatformError) -> None:
        self._error = error

    async def token(self) -> Secret:
        raise self._error

    async def renew(self, refused: Secret) -> Secret | None:
        return None

    def hidden(self) -> Sequence[Secret]:
        return ()


class _as_refusal:
    """Turns whatever code of others raises into Refused; our own family, the store's and an end pass."""

    def __init__(self, platform: str, call: str) -> None:
        self._platform, self._call = platform, call

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(
            error, (PlatformError, StoreError, StopAsyncIteration)
        ):
            raise _refusal(self._platform, self._call, error) from None


def _refusal(platform: str, call: str, error: Exception) -> PlatformError:
    """Names the kind only: the text may hold a token."""
    log.error("%s.%s: %s", platform, call, type(error).__name__)
    words = f"the platform {platform} made a mistake of its own ({type(error).__name__} in {call})"
    if call in WRITES:
        return Uncertain(words, next_step="Look on the platform whether it is there.", code="foreign error")
    return Refused(words, next_step="Update the package it comes from.", code="foreign error")


def guarded(platform: str, adapter: Adapter) -> Adapter:
    """The adapter, all of whose calls raise the PlatformError family only.

    A class of its own for each, so that `isinstance` with the protocols of `ports` sees what the adapter offers.
    """

    async def aclose() -> None:
        """Whatever it raises: nothing is asked of it any more."""
        with contextlib.suppress(Exception):
            await adapter.aclose()

    calls = {
        name: _guarded_call(platform, name, call)
        for name in dir(adapter)
        if not name.startswith("_") and callable(call := getattr(adapter, name))
    }
    calls["aclose"] = aclose
    kind = type("GuardedAdapter", (), {name: staticmethod(call) for name, call in calls.items()})
    return cast("Adapter", kind())


def _guarded_call(platform: str, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with _as_refusal(platform, name):
            result = call(*args, **kwargs)
        if inspect.isawaitable(result):
            return _awaited(platform, name, result)
        if hasattr(result, "__aiter__"):
            return _pages(platform, name, result)
        return result

    return plain


async def _awaited(platform: str, name: str, result: Any) -> Any:
    with _as_refusal(platform, name):
        return await result


async def _pages(platform: str, name: str, pages: Any) -> AsyncIterator[Any]:
    async with contextlib.aclosing(pages):
        while True:
            try:
                with _as_refusal(platform, name):
                    page = await anext(pages)
            except StopAsyncIteration:
                return
            yield page
