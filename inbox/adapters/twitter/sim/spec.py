"""What X's specification names, for the simulator: routes, limits, parameters, fields (2.167, and 2.166 for the
older dialect)."""

from __future__ import annotations

import re

LIMITS = {
    "GET /2/users/me": 75,
    "GET /2/users/:id/mentions": 300,
    "GET /2/users/:id/tweets": 900,
    "GET /2/tweets": 5000,
    "GET /2/tweets/search/recent": 300,
    "GET /2/dm_events": 15,
    "GET /2/dm_events/:id": 15,
    "GET /2/users/:id/public_keys": 900,
    "GET /2/dm_conversations/:id/dm_events": 15,
    "GET /2/dm_conversations/with/:id/dm_events": 15,
    "POST /2/tweets": 100,
    "DELETE /2/tweets/:id": 50,
    "PUT /2/tweets/:id/hidden": 50,
    "POST /2/users/:id/likes": 50,
    "DELETE /2/users/:id/likes/:post": 50,
    "DELETE /2/dm_events/:id": 300,
    "POST /2/media/upload": 500,
    "POST /2/media/upload/initialize": 1_875,
    "POST /2/media/upload/:id/append": 1_875,
    "POST /2/media/upload/:id/finalize": 1_875,
    "GET /2/media/upload": 1_000,
    "POST /2/media/metadata": 500,
    "POST /2/dm_conversations/:id/messages": 15,
    "POST /2/dm_conversations/with/:id/messages": 15,
}
DAY_LIMITS = {
    "POST /2/tweets": 10_000,
    "POST /2/users/:id/likes": 1_000,
    "DELETE /2/dm_events/:id": 1_500,
    "POST /2/dm_conversations/:id/messages": 1_440,
    "POST /2/dm_conversations/with/:id/messages": 1_440,
}

FIELDS = {"user.fields", "media.fields", "poll.fields", "place.fields", "expansions"}
PAGING = {"max_results", "pagination_token"}
IDS = {"since_id", "until_id"}
TIMES = {"start_time", "end_time"}
POST_LIST = FIELDS | PAGING | IDS | TIMES | {"tweet.fields", "post.fields"}
DM_LIST = (
    (FIELDS - {"poll.fields", "place.fields"})
    | PAGING
    | {
        "dm_event.fields",
        "event_types",
        "tweet.fields",
        "post.fields",
    }
)
PARAMETERS = {
    "GET /2/users/me": {"user.fields", "expansions", "tweet.fields", "post.fields"},
    "GET /2/users/:id/mentions": POST_LIST,
    "GET /2/users/:id/tweets": POST_LIST | {"exclude"},
    "GET /2/tweets": FIELDS | {"ids", "tweet.fields", "post.fields"},
    "GET /2/tweets/search/recent": POST_LIST | {"query", "next_token", "sort_order"},
    "GET /2/media/upload": {"media_id", "command"},
    "GET /2/dm_events": DM_LIST,
    "GET /2/dm_events/:id": DM_LIST - PAGING - {"event_types"},
    "GET /2/users/:id/public_keys": {"public_key.fields"},
    "GET /2/dm_conversations/:id/dm_events": DM_LIST,
    "GET /2/dm_conversations/with/:id/dm_events": DM_LIST,
}
COMMON_POST_FIELDS = {
    "article", "article_title", "attachments", "card_uri", "community_id", "context_annotations",
    "conversation_id", "created_at", "display_text_range", "edit_controls", "entities", "geo", "id", "lang",
    "matched_media_notes", "media_metadata", "non_public_metrics", "note_request_suggestions",
    "organic_metrics", "paid_partnership", "possibly_sensitive", "promoted_metrics", "public_metrics",
    "reply_settings", "scopes", "source", "suggested_source_links", "suggested_source_links_with_counts",
    "text", "withheld",
}  # fmt: skip
COMMON_EXPANSIONS = {
    "article.cover_media", "article.media_entities", "attachments.media_keys",
    "attachments.media_source_tweet", "attachments.poll_ids", "author_id", "entities.mentions.username",
    "geo.place_id", "in_reply_to_user_id",
}  # fmt: skip
NAMES = {
    "tweet": {
        "fields": COMMON_POST_FIELDS
        | {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "note_tweet", "referenced_tweets"},
        "expansions": COMMON_EXPANSIONS
        | {
            "edit_history_tweet_ids",
            "entities.note.mentions.username",
            "referenced_tweets.id",
            "referenced_tweets.id.attachments.media_keys",
            "referenced_tweets.id.author_id",
        },
        "dm fields": {
            "attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id",
            "participant_ids", "referenced_tweets", "sender_id", "text",
        },
        "dm expansions": {"attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id"},
    },
    "post": {
        "fields": COMMON_POST_FIELDS | {"note_post"},
        "expansions": COMMON_EXPANSIONS | {"edit_history_post_ids", "referenced_posts", "username"},
        "dm fields": {
            "attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id", "text",
        },
        "dm expansions": {"attachments.media_keys", "participant_ids", "referenced_posts", "sender_id"},
    },
}  # fmt: skip
POST_BODY = {
    "card_uri", "community_id", "direct_message_deep_link", "edit_options", "for_super_followers_only", "geo",
    "made_with_ai", "media", "nullcast", "paid_partnership", "poll", "quote_tweet_id", "reply",
    "reply_settings", "share_with_followers", "text",
}  # fmt: skip
REPLY_BODY = {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}

ROUTES = (
    (re.compile(r"GET /2/users/me"), "GET /2/users/me"),
    (re.compile(r"GET /2/users/(?P<id>[^/]+)/mentions"), "GET /2/users/:id/mentions"),
    (re.compile(r"GET /2/users/(?P<id>[^/]+)/tweets"), "GET /2/users/:id/tweets"),
    (re.compile(r"GET /2/tweets"), "GET /2/tweets"),
    (re.compile(r"GET /2/tweets/search/recent"), "GET /2/tweets/search/recent"),
    (re.compile(r"GET /2/dm_events"), "GET /2/dm_events"),
    (re.compile(r"GET /2/dm_events/(?P<id>[0-9]{1,19})"), "GET /2/dm_events/:id"),
    (re.compile(r"GET /2/users/(?P<id>[^/]+)/public_keys"), "GET /2/users/:id/public_keys"),
    (
        re.compile(r"GET /2/dm_conversations/with/(?P<id>[^/]+)/dm_events"),
        "GET /2/dm_conversations/with/:id/dm_events",
    ),
    (re.compile(r"GET /2/dm_conversations/(?P<id>[^/]+)/dm_events"), "GET /2/dm_conversations/:id/dm_events"),
    (re.compile(r"POST /2/tweets"), "POST /2/tweets"),
    (re.compile(r"DELETE /2/tweets/(?P<id>[^/]+)"), "DELETE /2/tweets/:id"),
    (re.compile(r"PUT /2/tweets/(?P<id>[^/]+)/hidden"), "PUT /2/tweets/:id/hidden"),
    (re.compile(r"POST /2/users/(?P<id>[^/]+)/likes"), "POST /2/users/:id/likes"),
    (re.compile(r"DELETE /2/users/[^/]+/likes/(?P<id>[^/]+)"), "DELETE /2/users/:id/likes/:post"),
    (re.compile(r"DELETE /2/dm_events/(?P<id>[^/]+)"), "DELETE /2/dm_events/:id"),
    (re.compile(r"POST /2/media/upload"), "POST /2/media/upload"),
    (re.compile(r"POST /2/media/upload/initialize"), "POST /2/media/upload/initialize"),
    (re.compile(r"POST /2/media/upload/(?P<id>[^/]+)/append"), "POST /2/media/upload/:id/append"),
    (re.compile(r"POST /2/media/upload/(?P<id>[^/]+)/finalize"), "POST /2/media/upload/:id/finalize"),
    (re.compile(r"GET /2/media/upload"), "GET /2/media/upload"),
    (re.compile(r"POST /2/media/metadata"), "POST /2/media/metadata"),
    (
        re.compile(r"POST /2/dm_conversations/with/(?P<id>[^/]+)/messages"),
        "POST /2/dm_conversations/with/:id/messages",
    ),
    (re.compile(r"POST /2/dm_conversations/(?P<id>[^/]+)/messages"), "POST /2/dm_conversations/:id/messages"),
)
