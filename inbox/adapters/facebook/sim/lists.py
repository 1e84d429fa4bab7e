"""Lists of a Page beside its posts, for the simulator: Reels, photos, albums, live videos, ads (specs v25.0, facts/facebook.md#3.5).

Written from the specs, as a second witness beside the reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from inbox.adapters.facebook.sim.values import stamp
from inbox.adapters.facebook.sim.world import INSTAGRAM_ID, GraphError, Post, World

NODES = {"reel": "Video", "photo": "Photo", "album": "Album", "live": "LiveVideo"}
"""By kind of a post; all others are of node type PagePost."""

STATUSES = frozenset(
    [
        "LIVE",
        "LIVE_STOPPED",
        "PROCESSING",
        "SCHEDULED_CANCELED",
        "SCHEDULED_EXPIRED",
        "SCHEDULED_LIVE",
        "SCHEDULED_UNPUBLISHED",
        "UNPUBLISHED",
        "VOD",
    ]
)


class SimList(Struct, frozen=True, kw_only=True):
    """One list of a Page: its edge, the node of its members, its own parameters, and which posts are in it."""

    edge: str
    node: str
    params: frozenset[str]
    pick: Callable[[Iterable[Post], Mapping[str, str]], list[Post]]


def _of(kind: str) -> Callable[[Iterable[Post], Mapping[str, str]], list[Post]]:
    return lambda posts, _: [post for post in posts if post.kind == kind]


def _photos(posts: Iterable[Post], params: Mapping[str, str]) -> list[Post]:
    """Without `type=uploaded` Facebook shows the profile pictures, of which there are none here."""
    kind = params.get("type", "profile")
    if kind not in ("profile", "tagged", "uploaded"):
        raise GraphError(100, "(#100) Param type must be one of {PROFILE, TAGGED, UPLOADED}")
    return [post for post in posts if post.kind == "photo"] if kind == "uploaded" else []


def _live(posts: Iterable[Post], params: Mapping[str, str]) -> list[Post]:
    try:
        wanted = json.loads(params.get("broadcast_status", "[]"))
    except ValueError:
        wanted = None
    if not isinstance(wanted, list) or not STATUSES.issuperset(wanted):
        raise GraphError(100, "(#100) Param broadcast_status must be an array of statuses")
    if params.get("source", "owner") not in ("owner", "target"):
        raise GraphError(100, "(#100) Param source must be one of {owner, target}")
    return [p for p in posts if p.kind == "live" and (not wanted or _status(p) in wanted)]


def _ads(posts: Iterable[Post], params: Mapping[str, str]) -> list[Post]:
    """Posts that only ads show, where they are asked for, and the Page's own that an ad shows as well."""
    inline = params.get("include_inline_create") == "true"
    return [p for p in posts if p.boosted or (p.kind == "ad" and inline)]


_RANGE = frozenset({"since", "until"})
LISTS = {
    one.edge: one
    for one in (
        SimList(edge="video_reels", node="Video", params=_RANGE, pick=_of("reel")),
        SimList(
            edge="photos",
            node="Photo",
            params=frozenset({"type", "business_id", "biz_tag_id"}),
            pick=_photos,
        ),
        SimList(edge="albums", node="Album", params=frozenset(), pick=_of("album")),
        SimList(
            edge="live_videos",
            node="LiveVideo",
            params=frozenset({"broadcast_status", "source"}),
            pick=_live,
        ),
        SimList(
            edge="ads_posts",
            node="PagePost",
            params=frozenset({"exclude_dynamic_ads", "include_inline_create"}) | _RANGE,
            pick=_ads,
        ),
    )
}


def page_members(world: World) -> dict[str, Any]:
    """The Page's own node."""
    handle = "".join(c for c in world.page_name.lower() if c.isalnum())
    linked = {"id": INSTAGRAM_ID, "username": world.instagram} if world.instagram else None
    return {
        "id": world.page_id,
        "name": world.page_name,
        "username": handle,
        "link": f"https://www.facebook.com/{handle}",
        "category": "Retail",
        "instagram_business_account": linked,
    }


def _status(live: Post) -> str:
    return "LIVE" if live.on_air else "VOD"


def own_members(post: Post, page_id: str) -> dict[str, Any]:
    """Members that each kind of post has for itself: its text, its link, what it belongs to."""
    link = _link(post, page_id)
    if post.kind == "photo":
        return {
            "name": post.text or None,
            "link": link,
            "page_story_id": post.story.id if post.story else None,
        }
    if post.kind == "album":
        return {"name": post.text, "link": link}
    if post.kind == "live":
        return {
            "title": post.text,
            "status": _status(post),
            "creation_time": stamp(post.at),
            "video": {"id": f"73{post.id[2:]}"},
            "permalink_url": link,
        }
    text = "description" if post.kind == "reel" else "message"
    promoted = "active" if post.boosted else "ineligible" if post.kind == "ad" else "inactive"
    return {
        text: post.text,
        "permalink_url": link,
        "is_inline_created": post.kind == "ad",
        "promotion_status": promoted,
    }


def _link(post: Post, page_id: str) -> str:
    site, number = "https://www.facebook.com", post.id.rsplit("_", 1)[-1]
    match post.kind:
        case "reel":
            return f"/reel/{number}/"
        case "photo":
            return f"{site}/photo.php?fbid={number}"
        case "album":
            return f"{site}/media/set/?set=a.{number}"
        case "live":
            return f"/{page_id}/videos/73{number[2:]}/"
        case _:
            return f"{site}/{post.id.rpartition('_')[0]}/posts/{number}"


def comment_link(post: Post, page_id: str, top: str) -> str:
    """The permanent link of a comment, up to its top-level one."""
    link = _link(post, page_id)
    if not link.startswith("http"):
        link = f"https://www.facebook.com{link}"
    if "?" in link:
        return f"{link}&comment_id={top}"
    return f"{link if link.endswith('/') else link + '/'}?comment_id={top}"
