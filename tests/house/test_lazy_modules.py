"""Modules that wait for their first use: they must mean the same as modules that do not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from house.test_start import imported

from inbox.system import lazy_modules

WAITING = """
import json, sys
from inbox.system import lazy_modules as later
later.install()
{program}
print(json.dumps([name for name, module in sys.modules.items() if type(module) is not later._Waiting]))
"""


@pytest.fixture
def put_off(tmp_path: Path) -> Iterator[object]:
    """Makes a module of a source, as the finder does with ours."""

    def make(source: str) -> ModuleType:
        path = tmp_path / "put_off.py"
        path.write_text(source, "utf-8")
        spec = spec_from_file_location("put_off", path)
        assert isinstance(spec, ModuleSpec)
        assert isinstance(spec.loader, SourceFileLoader)
        spec.loader = lazy_modules._Later(spec.loader)  # type: ignore[assignment]
        module = sys.modules["put_off"] = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield make
    sys.modules.pop("put_off", None)


def test_an_imported_module_waits_for_its_first_use() -> None:
    executed = imported(WAITING.format(program="from inbox.domain import text, fold\nfold.fold('A')"))
    assert "inbox.domain.fold" in executed
    assert "inbox.domain.text" not in executed


def test_a_name_taken_from_a_module_executes_it() -> None:
    assert "inbox.domain.text" in imported(WAITING.format(program="from inbox.domain.text import clean"))


def test_the_screen_is_imported_without_what_no_first_frame_needs() -> None:
    """Half of it is TLS. A name that is used after all costs more for having been put off."""
    executed = imported(
        WAITING.format(
            program="import msgspec, asyncio\nfrom inbox.ui.terminal import without_palette as sparing\nsparing.spare_the_palette()\nfrom inbox.ui.app import InboxApp"
        )
    )
    assert executed & lazy_modules.OF_OTHERS == set()
    assert not {name for name in executed if name.startswith(("textual.command", "textual.widgets._tree"))}


def test_a_module_that_waited_is_an_ordinary_one(put_off) -> None:
    module = put_off("'Says what it is.'\nBORN = __name__\n")
    assert module.BORN == "put_off"
    assert type(module) is ModuleType
    assert module.__doc__ == "Says what it is."
    assert isinstance(module.__spec__.loader, SourceFileLoader)
    with pytest.raises(AttributeError, match="module 'put_off' has no attribute 'missing'"):
        _ = module.missing


def test_a_module_may_ask_itself_for_what_it_does_not_have_yet(put_off) -> None:
    """As a circle of imports does; it gets the error it would always get."""
    module = put_off("import put_off\nFOUND = hasattr(put_off, 'LATER')\nLATER = 1\n")
    assert (module.FOUND, module.LATER) == (False, 1)


def test_an_error_comes_with_the_use_and_comes_again(put_off) -> None:
    module = put_off("raise RuntimeError('broken')")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            _ = module.anything


def test_a_second_thread_waits_until_the_module_is_whole(put_off) -> None:
    """The desk and the station touch the same modules in the same moment; half a module is an AttributeError."""
    module = put_off(
        "import threading\n"
        "STARTED, MAY_END = threading.Event(), threading.Event()\n"
        "STARTED.set()\n"
        "MAY_END.wait(10)\n"
        "WHOLE = True\n"
    )
    found: list[bool] = []
    first = threading.Thread(target=lambda: found.append(module.WHOLE))
    first.start()
    while "STARTED" not in vars(module):
        pass
    assert vars(module)["STARTED"].wait(10)
    second = threading.Thread(target=lambda: found.append(module.WHOLE))
    second.start()
    vars(module)["MAY_END"].set()
    first.join(10)
    second.join(10)
    assert found == [True, True]


def test_what_takes_the_palette_later_gets_the_real_one() -> None:
    """It is left out of the start only: nothing that imports it on its own may find an empty name."""
    executed = imported(
        WAITING.format(
            program="from inbox.ui.terminal import without_palette as sparing\nsparing.spare_the_palette()\nfrom textual.command import Hit"
        )
    )
    assert "textual.command" in executed
