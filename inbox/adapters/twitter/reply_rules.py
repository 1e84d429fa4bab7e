"""What X takes through its API: which posts may be answered, hidden or liked. No network, no clock.

Rules of the changelog of 2026-02-23 and 2026-04-20, and of hide-replies/introduction.mdx; what is only inferred is
`Answerable()` ("nobody knows"), never a refusal.
"""

from __future__ import annotations

import re

from inbox.adapters.twitter.wire import (
    Includes,
    Json,
    Us,
    either,
    full_text,
    listing,
    optional_id,
    referred,
    string,
)
from inbox.domain.model import Answerable, Deed

# -- what may be done to it? -----------------------------------------------------------------------------


def barred(post: Json, us: Us, includes: Includes) -> tuple[Deed, ...]:
    """What X surely refuses: likes on self-serve plans (changelog of 2026-04-20), and hiding anything but a
    reply of somebody else in a conversation we began (hide-replies/introduction.mdx)."""
    likes = () if us.exempt else (Deed.LIKE, Deed.UNLIKE)
    return (*likes, *(() if _may_hide(post, us, includes) else (Deed.HIDE, Deed.UNHIDE)))


def _may_hide(post: Json, us: Us, includes: Includes) -> bool:
    root = optional_id(post.get("conversation_id"))
    if us.wrote(post) or root is None or referred(post, "replied_to") is None:
        return False
    began = includes.posts.get(root)
    return began is None or us.wrote(began)


# -- may we answer it? -------------------------------------------------------------------------------------


NOT_SUMMONED = Answerable(public=False, reason="not_summoned")


def summoned(post: Json, us: Us, includes: Includes) -> Answerable:
    """Whether X takes a reply of ours through the API (facts/x.md#1.1).

    The author must have mentioned us in this very post or quoted one of our posts. Mentions that X puts in
    front of a reply by itself do not count, but below a post of ours, or of the author's own, it is an inference
    that X refuses them (no source shows either answer: facts/x.md#1.2): None, so the send is tried. X leaves `entities` out
    where there are none; then our name in the text decides, and if it stands there after all, nobody knows: None.
    """
    if us.exempt or _quotes_us(post, us, includes):
        return Answerable(public=True)
    text, entities = full_text(post)
    doubt = Answerable() if _answers_us(post, us, includes) else NOT_SUMMONED
    if not isinstance(entities.get("mentions"), list):
        handle = us.identity.handle
        named = handle is None or f"@{handle}".lower() in text.lower()
        return Answerable() if named else doubt
    ours = [m for m in listing(entities["mentions"]) if _is_us(m, us)]
    hidden = _implicit_until(post, text, us, includes)
    explicit = any(isinstance(s := m.get("start"), int) and s >= hidden for m in ours)
    if explicit:
        return Answerable(public=True)
    return Answerable() if ours and _parent_is_no_third(post, includes) else doubt


def _answers_us(post: Json, us: Us, includes: Includes) -> bool:
    """Whether the post replies to one of ours, with or without a mention."""
    answers = referred(post, "replied_to")
    return answers is not None and _author_answered(post, answers, includes) == us.id


def _parent_is_no_third(post: Json, includes: Includes) -> bool:
    """Whether a post that names us replies to one of its author's own, or to one nobody knows the author of."""
    answers = referred(post, "replied_to")
    if answers is None:
        return False
    return _author_answered(post, answers, includes) in (None, optional_id(post.get("author_id")))


def _author_answered(post: Json, answers: str, includes: Includes) -> str | None:
    """Who wrote the post that this one replies to, as far as the page tells."""
    parent = includes.posts.get(answers, {})
    return optional_id(parent.get("author_id")) or optional_id(post.get("in_reply_to_user_id"))


def _is_us(mention: Json, us: Us) -> bool:
    told = optional_id(mention.get("id"))
    if told is not None:
        return told == us.id
    name, handle = string(mention.get("username")), us.identity.handle
    return bool(name and handle and name.lower() == handle.lower())


def _implicit_until(post: Json, text: str, us: Us, includes: Includes) -> int:
    """Index in the text where the author's own words begin: after the mentions X put in front of a reply.

    A post that answers no post has none: who begins with @us typed it. `display_text_range` is what X shows as
    typed (activity/event-payloads.mdx); it may move the border to the front, but not behind the leading mentions.
    """
    answers = referred(post, "replied_to")
    if answers is None:
        return 0
    parent = includes.posts.get(answers)
    if parent is not None and not us.wrote(parent) and _leaves_us_out(parent, us):
        return 0  # nothing in the parent would have brought us in: the author did
    end = _leading_end(text)
    return min(end, _shown_from(post, end))


def _shown_from(post: Json, unknown: int) -> int:
    """Where the shown part of a post begins; `unknown` where X does not say, or speaks of the cut text of a long one."""
    shown = post.get("display_text_range")
    if either(post, "note_tweet", "note_post") is not None or not isinstance(shown, list) or len(shown) != 2:
        return unknown
    start = shown[0]
    return start if isinstance(start, int) and not isinstance(start, bool) and start >= 0 else unknown


_LEADING = re.compile(r"\s*@(\w{1,30})(?=\s|$)", re.ASCII)


def _leading_end(text: str) -> int:
    """The end of the mentions X put in front: each once, each followed by a space. "@us @us, listen" has one."""
    seen: set[str] = set()
    end = 0
    while (mention := _LEADING.match(text, end)) and mention[1].lower() not in seen:
        seen.add(mention[1].lower())
        end = mention.end()
    return end


def _leaves_us_out(parent: Json, us: Us) -> bool:
    """Whether a parent surely does not mention us. One without any @ has no mentions to tell."""
    text, entities = full_text(parent)
    told = isinstance(entities.get("mentions"), list)
    return not any(_is_us(m, us) for m in listing(entities["mentions"])) if told else "@" not in text


def _quotes_us(post: Json, us: Us, includes: Includes) -> bool:
    quoted = referred(post, "quoted")
    if quoted is None:
        return False
    if quoted in includes.posts:
        return us.wrote(includes.posts[quoted])
    handle = us.identity.handle
    if not handle:
        return False
    ours = re.compile(
        rf"https?://(?:\w+\.)?(?:twitter|x)\.com/{re.escape(handle)}/status/{re.escape(quoted)}\b", re.I
    )
    links = listing(full_text(post)[1].get("urls"))
    return any(ours.match(string(e.get("expanded_url")) or "") for e in links)
