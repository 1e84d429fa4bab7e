"""The words of the frame around a reply: who will read it, and through which account it goes."""

from __future__ import annotations

from rich.cells import cell_len

from inbox.ui.text.part import Part
from inbox.wording.language import tr


def way_parts(private: bool, *, account: str, to: str, room: int) -> list[Part]:
    """Return it in full where there are `room` cells for it, and never without the word that matters."""
    how = tr("Private reply") if private else tr("Public reply")
    brief = (tr("private") if private else tr("public")).capitalize()
    whom = tr(" as {account} to {to}", account=account, to=to)
    readers = tr(" · nobody else reads it") if private else tr(" · everybody reads it")
    title, after = brief, whom
    for title, after in ((how, whom + readers), (how, whom), (brief, whom)):
        if cell_len(title + after) + 1 <= room:
            break
    return [Part(f" {title}", "private" if private else "public"), Part(after, "text")]
