"""The lists of a Page that hold comments: which edge, which question, how often (facts/facebook.md#3.5).

A list of posts shows the comments on the posts themselves. Those on a Reel, on a single photo of a post with several, on
an album, on a live broadcast or under an ad come from lists of their own, which are read less often. Mentions of the Page
in other people's comments are in no list: only a webhook brings them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from inbox.adapters.facebook import wire_posts
from inbox.domain.model import Surface
from inbox.domain.records import Record

SCAN_ALL_EVERY = timedelta(minutes=30)
REELS_EVERY = timedelta(minutes=10)
NO_REELS_FOR = timedelta(hours=6)
"""Where the Page has none, or does not show them to us."""
BESIDE_EVERY = timedelta(minutes=30)
"""Photos, albums and broadcasts: together 144 calls a day."""
ADS_EVERY = timedelta(minutes=10)
"""144 calls a day."""
ONCE_A_DAY = timedelta(hours=24)
"""To read photos, albums and ads further back than one page, and to ask again for a list that was refused."""
NEAR_POSTS = 25
COMMENTS = 50
FEW_COMMENTS = 10

NO_REELS = "Facebook does not show the Page's Reels to this program; answer their comments in the browser"
NO_PHOTOS = "Facebook does not show the Page's photos to this program; answer comments on single photos in the browser"
NO_ALBUMS = "Facebook does not show the Page's albums to this program; answer their comments in the browser"
NO_LIVE_VIDEOS = (
    "Facebook does not show the Page's live videos to this program; answer their comments in the browser"
)
NO_ADS = (
    "Facebook does not show the Page's ads to this program: it takes the permissions pages_manage_ads, pages_show_list "
    "and ads_management and the task ADVERTISE; answer their comments in the browser, or take `ads = true` out"
)
UNANSWERED = "Facebook did not answer for one of its lists of comments; it is asked again within half an hour"

# -- fields ------------------------------------------------------------------------------------------------

LIKES_FIELD = "likes.limit(0).summary(true)"
TAGGED_TIME = "tagged_time"
"""A field of the items of `/{page-id}/tagged` only; any other question for it is answered with code 100."""
WALL_FIELDS = f"can_reply_privately,is_hidden,{LIKES_FIELD}"
"""For posts by others. `likes` tells in its summary whether we like it and may."""
POST_ATTACHMENT_FIELDS = "attachments{media_type,type,title,url,media}"
_EXTRA = {
    Surface.COMMENTS: POST_ATTACHMENT_FIELDS,
    Surface.VISITOR_POSTS: f"{POST_ATTACHMENT_FIELDS},{WALL_FIELDS}",
    Surface.TAGGED: f"{POST_ATTACHMENT_FIELDS},{LIKES_FIELD}",
}


def post_fields(surface: Surface, comments: int) -> str:
    """Fields of a post of `surface` with its newest `comments` comments."""
    return f"{wire_posts.POST_FIELDS},{_EXTRA[surface]},{_nested_comments(comments)}"


def _nested_comments(limit: int) -> str:
    return (
        f"comments.filter(stream).order(reverse_chronological).limit({limit}).summary(true)"
        f"{{{wire_posts.FULL_COMMENT_FIELDS}}}"
    )


def comments_shape(limit: int) -> Mapping[str, str]:
    """Parameters of `/{id}/comments`, for a page of `limit`."""
    return {
        "filter": "stream",
        "order": "reverse_chronological",
        "fields": wire_posts.FULL_COMMENT_FIELDS,
        "limit": str(limit),
    }


def live_comments_shape(limit: int, since: datetime) -> Mapping[str, str]:
    """As `comments_shape`, during a broadcast: without `no_filter` Facebook leaves out what it finds of low quality."""
    return {**comments_shape(limit), "live_filter": "no_filter", "since": str(int(since.timestamp()))}


# -- lists -------------------------------------------------------------------------------------------------


class CommentList(Record, kw_only=True):
    """One list of things people comment on."""

    edge: str
    kind: str
    """What its items are: post, reel, photo, album, live or ad."""
    fields: str
    """Fields of an item, without its comments."""
    light_fields: str
    """As `fields`, where only the count of comments is wanted."""
    params: Mapping[str, str] = {}
    near_items: int = NEAR_POSTS
    near_comments: int = COMMENTS
    pause: timedelta = timedelta(0)
    pause_if_empty: timedelta = timedelta(0)
    pause_if_refused: timedelta = ONCE_A_DAY
    whole_every: timedelta = ONCE_A_DAY
    shows: str = ""
    """Kind of attachment that stands for an item beside its text."""
    refused: str = ""
    """What the agent is told where Facebook does not show this list to us."""

    @property
    def live(self) -> bool:
        """Whether the comments are asked for item by item: nested ones take no `live_filter`."""
        return self.kind == "live"

    def near(self, limit: int) -> Mapping[str, str]:
        """Parameters for the newest items with their newest comments."""
        if self.live:
            return {**self.params, "fields": self.fields, "limit": str(limit)}
        # Halving the items must halve the comments too, or "too much" never heals.
        least = min(5, self.near_comments)
        comments = max(least, self.near_comments * limit // self.near_items)
        return {
            **self.params,
            "fields": f"{self.fields},{_nested_comments(comments)}",
            "limit": str(limit),
        }

    def light(self, limit: int) -> Mapping[str, str]:
        """Parameters for all items, with the count of their comments."""
        count = "" if self.live else ",comments.filter(stream).limit(0).summary(true)"
        return {**self.params, "fields": f"{self.light_fields}{count}", "limit": str(limit)}


EDGES = {
    Surface.COMMENTS: "published_posts",
    Surface.VISITOR_POSTS: "visitor_posts",
    Surface.TAGGED: "tagged",
}


def posts_of(surface: Surface) -> CommentList:
    """The list of posts that a surface is made of."""
    time = f"{TAGGED_TIME}," if surface is Surface.TAGGED else ""
    return CommentList(
        edge=EDGES[surface],
        kind="post",
        fields=f"{time}{wire_posts.POST_FIELDS},{_EXTRA[surface]}",
        light_fields=f"{time}{wire_posts.POST_FIELDS}",
    )


_REEL_FIELDS = "id,title,description,created_time,updated_time,from,permalink_url"
"""A Reel is a video node: no message, no story."""
_PHOTO_FIELDS = "id,page_story_id,created_time,updated_time,link,name"
_ALBUM_FIELDS = "id,name,link,updated_time"
_LIVE_FIELDS = "id,title,status,video{id},creation_time,permalink_url"
_AD_FIELDS = f"{wire_posts.POST_FIELDS},is_published,is_inline_created,promotion_status"

REELS = CommentList(
    edge="video_reels",
    kind="reel",
    fields=_REEL_FIELDS,
    light_fields=_REEL_FIELDS,
    pause=REELS_EVERY,
    pause_if_empty=NO_REELS_FOR,
    pause_if_refused=NO_REELS_FOR,
    whole_every=SCAN_ALL_EVERY,
    refused=NO_REELS,
)
PHOTOS = CommentList(
    edge="photos",
    kind="photo",
    fields=_PHOTO_FIELDS,
    light_fields=_PHOTO_FIELDS,
    params={"type": "uploaded"},
    near_items=100,
    near_comments=FEW_COMMENTS,
    pause=BESIDE_EVERY,
    pause_if_empty=BESIDE_EVERY,
    shows="image",
    refused=NO_PHOTOS,
)
ALBUMS = CommentList(
    edge="albums",
    kind="album",
    fields=_ALBUM_FIELDS,
    light_fields=_ALBUM_FIELDS,
    near_items=100,
    near_comments=FEW_COMMENTS,
    pause=BESIDE_EVERY,
    pause_if_empty=BESIDE_EVERY,
    shows="image",
    refused=NO_ALBUMS,
)
LIVE_VIDEOS = CommentList(
    edge="live_videos",
    kind="live",
    fields=_LIVE_FIELDS,
    light_fields=_LIVE_FIELDS,
    params={"broadcast_status": '["LIVE"]', "source": "owner"},
    pause=BESIDE_EVERY,
    pause_if_empty=BESIDE_EVERY,
    shows="video",
    refused=NO_LIVE_VIDEOS,
)
ADS = CommentList(
    edge="ads_posts",
    kind="ad",
    fields=f"{_AD_FIELDS},{POST_ATTACHMENT_FIELDS}",
    light_fields=_AD_FIELDS,
    # Without `since`: an ad of months ago still runs, and people still comment on it.
    params={"include_inline_create": "true", "exclude_dynamic_ads": "false"},
    pause=ADS_EVERY,
    pause_if_empty=ADS_EVERY,
    refused=NO_ADS,
)


def lists_beside(surface: Surface, *, ads: bool) -> tuple[CommentList, ...]:
    """Lists that are read beside the list of posts. `ads`: whether the account asks for those."""
    if surface is not Surface.COMMENTS:
        return ()
    return (REELS, PHOTOS, ALBUMS, LIVE_VIDEOS, *([ADS] if ads else []))
