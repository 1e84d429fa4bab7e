"""X as data: surfaces, settings, words, prices and questions. Cheap to import: every start does."""

from __future__ import annotations

from collections.abc import Mapping

from inbox.adapters.twitter import settings
from inbox.domain.declarations import Declaration, Question, SurfaceRule
from inbox.domain.model import Deed, Surface, SurfaceKind

MAY_REFUSE = "X may refuse this: you are not named in the post itself"
"""X's rule is an inference there (x XCHAT 15)."""

_PUBLIC_DEEDS = frozenset({Deed.HIDE, Deed.UNHIDE, Deed.LIKE, Deed.UNLIKE, Deed.DELETE})
DEEDS: Mapping[Surface, frozenset[Deed]] = {
    Surface.MENTIONS: _PUBLIC_DEEDS,
    Surface.SEARCH: _PUBLIC_DEEDS,
    Surface.DIRECT: frozenset({Deed.DELETE}),
}
"""What can be done to a message besides answering it, by surface."""

DECLARATION = Declaration(
    name="twitter",
    title="X",
    letter="X",
    words=("x",),
    surfaces=(
        SurfaceRule(id=Surface.DIRECT, kind=SurfaceKind.DIRECT, title="direct message", sign="dm"),
        SurfaceRule(
            id=Surface.MENTIONS, kind=SurfaceKind.MENTION, title="mention", sign="@", unsure=MAY_REFUSE
        ),
        SurfaceRule(
            id=Surface.SEARCH, kind=SurfaceKind.SEARCH, title="search hit", sign="hit", unsure=MAY_REFUSE
        ),
    ),
    settings=settings.Settings,
    settings_problems=settings.problems,
    reasons={
        "not_summoned": "X takes an answer through its API only where the author mentioned us in that very post or "
        "quoted one of ours. Open it in the browser to answer.",
        "refused_before": "X has refused the last replies of this kind: the author answered us without naming us. "
        "Open it in the browser to answer.",
        "unknown_thread": "X did not say which conversation this belongs to, so it cannot be answered from here.",
        "encrypted": "This is an encrypted chat of X, which cannot be read or answered from here. Open it in X.",
    },
    prices={
        "post_read": 0.005,
        "own_post_read": 0.005,
        "user_read": 0.010,
        "direct_read": 0.010,
        "reply": 0.010,
        "link": 0.200,
        "direct": 0.015,
    },
    account_question="A name for your X account (- for none)",
    account_example="acme-x",
    questions=(Question(setting="client_id", text="OAuth 2.0 client id of its app (may come later)"),),
    legend=(("X @ dm hit", "X: mention, direct message, search hit"),),
)
