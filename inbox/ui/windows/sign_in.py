"""Signing an account in, in a window: what is asked for and why, the address, and whatever the platform wants to know.

What is secret is never drawn: its field shows dots, and it is gone from the field once it was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input
from textual.worker import Worker

from inbox.errors import PlatformError, StoreError
from inbox.ports.sign_in import Signing, TokenCheck, Way
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.text_input import TextInput
from inbox.ui.windows.dialogs import LEAVE, Options, Page, Window
from inbox.wording import safe_text
from inbox.wording.language import said, tr

WAYS: dict[Way, str] = {
    "browser": "With the browser of this machine",
    "paste": "With a browser elsewhere: its address is pasted here afterwards",
    "device": "With a code that is typed on any other device",
}


class Told(Page):
    """What was said so far; the newest is in sight."""

    def add(self, lines: Sequence[Sequence[Part]]) -> None:
        """Append lines and scroll to the last one."""
        self.show([*self.lines, *lines])
        self.call_after_refresh(lambda: self.scroll_lines(self.last_top))


class SignInScreen(Window[None]):
    """Is itself the `Dialogue` the platform's sign-in talks with."""

    BINDINGS = [
        Binding(LEAVE, "leave", show=False, priority=True),
        Binding("ctrl+y", "copy", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("enter", "take", show=False),
    ]

    def __init__(
        self, account: str, platform: str, signing: Signing, signed_in: Callable[[str], None]
    ) -> None:
        """`signed_in` is called once it worked, with words for the status line."""
        super().__init__()
        self.account, self.platform = account, platform
        self._signing, self._signed_in = signing, signed_in
        self.told = Told([], id="page")
        self.list = Options()
        self.field = TextInput(id="typed", compact=True)
        self.hint = Bar(id="hint")
        self.address: str | None = None
        self._answer: asyncio.Future[str] | None = None
        self._chosen: asyncio.Future[int] | None = None
        self._work: Worker[None] | None = None
        self._over = False

    def parts(self) -> ComposeResult:
        yield self.told
        yield self.field
        yield self.list
        yield self.hint

    def on_mount(self) -> None:
        heading = safe_text.line(
            tr("Sign in: {account} ({platform})", account=self.account, platform=self.platform)
        )
        self.head(heading, tr("Esc leaves"))
        self.field.display = self.list.display = False
        self.told.focus()
        self._begin()

    # -- the course of it --------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._over = False
        self._work = self.run_worker(self._sign_in())

    async def _sign_in(self) -> None:
        try:
            way = await self._way()
            found = await self._signing.sign_in(self.account, self, way)
        except (PlatformError, StoreError) as error:
            self._tell_failure(error)
        else:
            self._tell_end(found)

    async def _way(self) -> Way:
        """After what will be asked for, and why: no page opens before that is read."""
        authority = self._signing.authority(self.account)
        self.told.add([[Part(tr("The platform will ask you to let this inbox:"), "heading")]])
        for permission in authority.permissions:
            self._reason(permission.scope, said(permission.reason))
        usual = "browser" if self._signing.browser_here() else "paste"
        ways = sorted(authority.ways, key=lambda way: way != usual)
        at = await self.choose(tr("How?"), [tr(WAYS[way]) for way in ways])
        if ways[at] != "device":
            self.told.add(
                [[], [Part(tr("Your app must know these redirect addresses, word for word:"), "heading")]]
            )
            self.told.add([[Part(f"  {line}")] for a in authority.redirects for line in self._wrap(a, 2)])
        return ways[at]

    def _reason(self, scope: str, reason: str) -> None:
        lines = self._wrap(reason, 28)
        self.told.add(
            [
                [Part(f"  {safe_text.line(scope) if at == 0 else '':<25} ", "bright"), Part(line)]
                for at, line in enumerate(lines)
            ]
        )

    def _tell_failure(self, error: PlatformError | StoreError) -> None:
        self._finish()
        reason = safe_text.line(said(str(getattr(error, "message", error))))
        self.told.add(
            [[], *([Part(line, "late")] for line in self._wrap(tr("Not signed in: {reason}", reason=reason)))]
        )
        if step := getattr(error, "next_step", None):
            self.told.add([[Part(line, "bright")] for line in self._wrap(said(step))])
        self._hint([(tr("Enter"), tr("begins again")), (tr("Esc"), tr("closes"))])

    def _tell_end(self, found: TokenCheck) -> None:
        self._finish()
        if not found.valid or found.problem:
            trouble = (
                said(found.problem)
                if found.problem
                else tr("the platform does not take it, without a reason")
            )
            self.told.add(
                [
                    [],
                    *(
                        [Part(line, "late")]
                        for line in self._wrap(tr("Stored, but: {trouble}", trouble=trouble))
                    ),
                ]
            )
            self.tell(found.mend or "")
            self._hint([(tr("Enter"), tr("begins again")), (tr("Esc"), tr("closes"))])
            return
        told = safe_text.line(_signed_in(self.account, found.owner))
        self.told.add([[], [Part(told, "bright")]])
        for scope in found.missing:
            self.tell(tr("Not granted: {scope}. What needs it will not work.", scope=scope))
        self._over = True
        self._signed_in(told)
        self._hint([(tr("Enter"), tr("closes"))])

    def _finish(self) -> None:
        self.field.display = self.list.display = False
        self.field.value = ""
        self._answer = self._chosen = self._work = None
        self.told.focus()

    # -- the dialogue ------------------------------------------------------------------------------------

    def tell(self, text: str) -> None:
        """Show a sentence of the sign-in; nothing for an empty one."""
        if text:
            self.told.add([[Part(line)] for line in self._wrap(said(text))])

    async def open(self, url: str) -> bool:
        """The address to read and to copy, and in the browser where there is one here."""
        self.address = url
        self.told.add([[], [Part(tr("Open this address:"), "heading")]])
        self.told.add([[Part(line, "key")] for line in self._wrap(url)])
        self._hint([("Ctrl+Y", tr("copies the address")), (tr("Esc"), tr("leaves"))])
        if not self._signing.browser_here():
            return False
        return await asyncio.to_thread(self.inbox.browse, url)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for a line of text and wait for it. `secret`: it is not shown while typed."""
        self.told.add([[], *([Part(line, "bright")] for line in self._wrap(said(question.strip())))])
        self.field.password, self.field.value = secret, ""
        self.field.display = True
        self.field.focus()
        copy = [("Ctrl+Y", tr("copies the address"))] if self.address else []
        self._hint([(tr("Enter"), tr("goes on")), *copy, (tr("Esc"), tr("leaves"))])
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            self._answer = None
            self.field.display = False
            self.field.value = ""
            self.told.focus()

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Ask for one of the options and wait; returns its number from 0."""
        self.told.add([[], [Part(safe_text.line(said(question)), "heading")]])
        lines = [
            [Part(f" {n}  ", "key"), Part(f"{safe_text.line(text)} ")] for n, text in enumerate(options, 1)
        ]
        self.list.cursor = 0
        self.list.show(lines)
        self.list.display = True
        self._hint([(tr("Enter"), tr("chooses")), (tr("Esc"), tr("leaves"))])
        self._chosen = asyncio.get_running_loop().create_future()
        try:
            at = await self._chosen
            self.told.add([[Part(f"  {safe_text.line(options[at])}")]])
            return at
        finally:
            self._chosen = None
            self.list.display = False
            self._hint([(tr("Esc"), tr("leaves"))])

    # -- keys --------------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the typed line to the question that waits for it."""
        event.stop()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(event.value.strip())

    def on_options_chosen(self, message: Options.Chosen) -> None:
        """Take the option that was clicked."""
        message.stop()
        self._choose(message.at)

    def on_key(self, event: events.Key) -> None:
        """Take an option by its number, counted from 1 as shown."""
        if self._chosen is not None and event.key.isdigit():
            event.stop()
            self._choose(int(event.key) - 1)

    def _choose(self, at: int) -> None:
        if self._chosen is not None and not self._chosen.done() and 0 <= at < len(self.list.lines):
            self._chosen.set_result(at)

    def action_take(self) -> None:
        """Take the option under the cursor, or close the window once the sign-in is over."""
        if self._chosen is not None:
            self._choose(self.list.cursor)
        elif self._over:
            self.dismiss(None)
        elif self._work is None:
            self._begin()

    def action_move(self, steps: int) -> None:
        """Move the cursor among the options, or scroll the text where there are none."""
        if self._chosen is not None:
            self.list.put(self.list.cursor + steps)
        else:
            self.told.action_scroll(steps)

    def action_copy(self) -> None:
        """Copy the address to open to the clipboard of the terminal."""
        if self.address is not None:
            self.app.copy_to_clipboard(self.address)
            self.tell(tr("Copied, if your terminal allows it (OSC 52)."))

    def action_leave(self) -> None:
        """Cancel the sign-in and close the window."""
        if self._work is not None:
            self._work.cancel()
        self.dismiss(None)

    # -- drawing -----------------------------------------------------------------------------------------

    def _wrap(self, text: str, indent: int = 0) -> list[str]:
        width = min(100, self.app.size.width * 94 // 100) - 6 - indent
        return safe_text.wrap(safe_text.block(text), width)

    def _hint(self, keys: Sequence[tuple[str, str]]) -> None:
        parts = [part for key, does in keys for part in (Part(key, "key"), Part(f" {does}   ", "quiet"))]
        self.hint.show(parts)


def _signed_in(account: str, owner: str) -> str:
    if not owner:
        return tr("{account} is signed in.", account=account)
    return tr("{account} is signed in as {owner}.", account=account, owner=owner)
