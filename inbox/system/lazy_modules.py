"""Modules that are executed when something in them is first used, not when they are imported.

The first frame needs a third of what our modules say, and nothing of TLS. With `install`, `from inbox.engine import
people` costs nothing until the first `people.join`; `from inbox.engine.desk.people import join` executes it at once, as
ever. Without it everything means the same, only sooner.

`importlib.util.LazyLoader` does this too, but before Python 3.11.8 two threads that touch a module at once find half of
it; and it executes a module for every look at `__path__`, which `import` itself takes.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader

OURS = "inbox."
OF_OTHERS = {
    *("ssl", "asyncio.sslproto", "asyncio.staggered", "bz2", "ipaddress", "locale", "lzma"),
    *("mimetypes", "textwrap", "tokenize"),
    *("msgspec.inspect", "msgspec.msgpack", "msgspec.toml", "msgspec.yaml"),
}
"""What others import for occasions that no first frame is: 8 ms, half of it TLS."""


def install() -> None:
    """From now on, for the modules of this program and for `OF_OTHERS`. For a process of its own only."""
    sys.meta_path.insert(0, cast("Any", _Finder))


class _Finder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(OURS) and name not in OF_OTHERS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None and spec.submodule_search_locations is None:
            spec.loader = cast("Loader", _Later(spec.loader))
        return spec


class _Later:
    """The loader of a module until it is executed."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        # One a module: two threads that execute two of them may each need the other's.
        self.lock = RLock()
        self.running = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""
        module.__class__ = _Waiting

    def execute(self, module: ModuleType) -> None:
        """Once; a second thread waits until the first one is done."""
        with self.lock:
            if self.running or type(module) is not _Waiting:
                return
            self.running = True
            try:
                self.loader.exec_module(module)
            finally:
                self.running = False
            module.__loader__ = self.loader
            if module.__spec__ is not None:
                module.__spec__.loader = self.loader
            cast("Any", module).__class__ = ModuleType


class _Waiting(ModuleType):
    """A module that was not executed yet, or is being executed: it has only what its spec says, or what is there so far."""

    def __getattr__(self, name: str) -> Any:
        if name != "__path__":  # `import` asks every module for it
            later = self.__spec__.loader if self.__spec__ else None
            if isinstance(later, _Later):
                later.execute(self)
        return ModuleType.__getattribute__(self, name)  # or the error that any module gives
