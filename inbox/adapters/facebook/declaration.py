"""Facebook as data: surfaces, words and questions. Cheap to import: every start does."""

from __future__ import annotations

from inbox.adapters.facebook import settings
from inbox.adapters.facebook.reply_rules import (
    INSTAGRAM_EXTENDED,
    INSTAGRAM_WINDOW,
    MESSENGER_EXTENDED,
    MESSENGER_WINDOW,
    PRIVATE_REPLY,
)
from inbox.domain.declarations import Declaration, Question, SurfaceRule
from inbox.domain.model import Surface, SurfaceKind

DECLARATION = Declaration(
    name="facebook",
    title="Facebook",
    letter="fb",
    surfaces=(
        SurfaceRule(
            id=Surface.MESSENGER,
            kind=SurfaceKind.DIRECT,
            title="Messenger",
            sign="dm",
            window=MESSENGER_WINDOW,
            extended_window=MESSENGER_EXTENDED,
        ),
        SurfaceRule(
            id=Surface.COMMENTS,
            kind=SurfaceKind.COMMENT,
            title="comment",
            sign="com",
            private_reply=PRIVATE_REPLY,
        ),
        SurfaceRule(
            id=Surface.VISITOR_POSTS,
            kind=SurfaceKind.POST,
            title="post on the Page",
            sign="post",
            private_reply=PRIVATE_REPLY,
        ),
        SurfaceRule(id=Surface.TAGGED, kind=SurfaceKind.POST, title="post that tags the Page", sign="tag"),
        SurfaceRule(
            id=Surface.INSTAGRAM,
            kind=SurfaceKind.DIRECT,
            title="Instagram message",
            sign="dm",
            place="ig dm",
            read_by_default=False,
            window=INSTAGRAM_WINDOW,
            extended_window=INSTAGRAM_EXTENDED,
        ),
    ),
    settings=settings.Settings,
    settings_problems=settings.problems,
    reasons={
        "cannot_reply": "Facebook no longer takes messages in this conversation.",
        "private_reply_used": "The one private reply that Facebook allows to a comment was already sent.",
    },
    account_question="A name for your Facebook Page (- for none)",
    account_example="acme-page",
    questions=(Question(setting="client_id", text="Id of its Meta app (may come later)"),),
    legend=(
        ("fb dm com", "Facebook: Messenger, comment"),
        ("fb post tag", "Facebook: post on the Page, post that tags the Page"),
        ("ig dm", "Instagram message"),
    ),
)
