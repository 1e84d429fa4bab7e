"""Out of the terminal: a link to the browser, a link or a text to the clipboard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.domain.model import Direction
from inbox.domain.web_links import link_host, openable
from inbox.ui.text import thread
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Links:
    """Links of a conversation: opened in the browser, copied; and the copy of a message."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def browse(self) -> None:
        """Open a link in the browser; asks where there are several."""
        context = self.context
        links = [link for link in context.addresses() if openable(link)]
        if not links:
            context.say(
                tr(
                    "The link leads to no public web page; {key} copies it.",
                    key=self.context.inbox.keymap.key("copy.link"),
                ),
                "soon",
            )
            return

        titles = self._titles()
        if context.place != "person":  # there the profile comes first
            first = [link for link in titles if link in links]
            links = [*first, *(link for link in links if link not in titles)]

        def suggest(typed: str) -> list[Choice[str]]:
            found = [
                Choice(titles.get(link) or link_host(link) or "", link, link_host(link) or "")
                for link in links
            ]
            return [one for one in found if found_in(f"{one.text} {one.value}", typed)]

        def preview(link: str) -> str:
            return link

        context.choose(
            Pick(
                tr("Open in the browser"),
                suggest,
                hint=tr("Enter opens it in the browser."),
                placeholder=tr("which"),
                preview=preview,
                numbered=True,
            ),
            lambda link: context.run(self._open_browser(link)),
        )

    def _titles(self) -> dict[str, str]:
        """Say what each address leads to: the whole thread, the newest post, the profile, then the earlier posts."""
        context, titles = self.context, dict[str, str]()
        opened, current, zone = context.opened, context.current, context.inbox.zone
        posts = [m for m in reversed(opened.thread.messages) if m.url] if opened is not None else []
        if current is not None and current.url:
            titles[current.url] = tr("The whole thread")
        for m in posts[:1]:
            at, who = words.moment(m.sent_at, zone), safe_text.person(m.author)
            titles.setdefault(m.url or "", tr("This post: {who}, {at}", who=who, at=at))
        if current is not None and opened is not None and opened.profile:
            titles.setdefault(opened.profile, tr("Profile of {name}", name=safe_text.person(current.contact)))
        for m in posts[1:]:
            at, who = words.moment(m.sent_at, zone), safe_text.person(m.author)
            titles.setdefault(m.url or "", tr("{who}, {at}", who=who, at=at))
        for m in opened.thread.messages if opened is not None else ():
            for a in m.attachments:
                if a.url:
                    titles.setdefault(a.url, thread.attachment(a))
        return titles

    async def _open_browser(self, link: str) -> None:
        opened = await asyncio.get_running_loop().run_in_executor(None, self.context.inbox.browse, link)
        host = link_host(link) or tr("the link")
        self.context.say(
            tr("Opened {host}.", host=host)
            if opened
            else tr(
                "No browser could be started; {key} copies the link.",
                key=self.context.inbox.keymap.key("copy.link"),
            )
        )

    def copy_text(self) -> None:
        """Copy the newest message of the customer to the clipboard."""
        context = self.context
        opened, current = context.opened, context.current
        text = current.preview if current else ""
        if opened is not None:
            arrived = [m for m in opened.thread.messages if m.direction is Direction.IN and m.stands]
            text = arrived[-1].text if arrived else text
        context.screen.app.copy_to_clipboard(safe_text.block(text))
        context.say(tr("Copied, if your terminal allows it (OSC 52)."))

    def copy(self) -> None:
        """Copy the nearest link to the clipboard."""
        context = self.context
        context.screen.app.copy_to_clipboard(safe_text.line(context.addresses()[0]))
        context.say(tr("Link copied, if your terminal allows it (OSC 52)."))
