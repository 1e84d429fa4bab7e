"""The `fields` language of the Graph API, for the simulator: `a,b{c,d},comments.order(x).limit(5){id}.as(y)`.

Written from the documents (Graph API: field expansion), as a second witness beside the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field


class BadFields(ValueError):
    """The text is no field list."""


class Field(Struct):
    """One name of a `fields` parameter, with modifiers such as `limit(5)` and the fields inside it."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    children: tuple[Field, ...] | None = None
    alias: str | None = None

    @property
    def label(self) -> str:
        """Return the name under which the answer shows it."""
        return self.alias or self.name


def parse(source: str) -> tuple[Field, ...]:
    """Raises BadFields."""
    reader = _Reader(source)
    found = tuple(reader.fields())
    if reader.at != len(source):
        raise BadFields(f"unexpected {source[reader.at]!r} at {reader.at}")
    return found


def show(fields: tuple[Field, ...]) -> str:
    """The text again, as it stands in the `next` of a nested list."""
    return ",".join(_one(f) for f in fields)


def _one(f: Field) -> str:
    calls = "".join(f".{name}({value})" for name, value in f.modifiers.items())
    inner = f"{{{show(f.children)}}}" if f.children is not None else ""
    alias = f".as({f.alias})" if f.alias else ""
    return f"{f.name}{calls}{inner}{alias}"


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def fields(self) -> Iterator[Field]:
        while True:
            yield self._field()
            if self._peek() != ",":
                return
            self.at += 1

    def _field(self) -> Field:
        found = Field(self._word())
        while self._peek() in (".", "{"):
            if self._peek() == "{":
                if found.children is not None:
                    raise BadFields("two lists of sub-fields")
                self.at += 1
                found.children = tuple(self.fields())
                self._expect("}")
                continue
            self.at += 1
            name, value = self._call()
            if name == "as":
                found.alias = value
            else:
                found.modifiers[name] = value
        return found

    def _call(self) -> tuple[str, str]:
        name = self._word()
        self._expect("(")
        end = self.source.find(")", self.at)
        if end < 0:
            raise BadFields("an open parenthesis")
        value, self.at = self.source[self.at : end], end + 1
        return name, value

    def _word(self) -> str:
        start = self.at
        while self.at < len(self.source) and (self.source[self.at].isalnum() or self.source[self.at] == "_"):
            self.at += 1
        if start == self.at:
            raise BadFields(f"a name was expected at {start}")
        return self.source[start : self.at]

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise BadFields(f"{character!r} was expected at {self.at}")
        self.at += 1


NODES: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "Page": "id name username link category about picture fan_count overall_star_rating rating_count "
        "unread_message_count unseen_message_count displayed_message_response_time is_published verification_status "
        "instagram_business_account connected_instagram_account",
        "User": "id name first_name last_name",
        "UnifiedThread": "can_reply folder former_participants id is_owner is_subscribed link linked_group "
        "message_count messages name participants scoped_thread_key senders snippet unread_count updated_time wallpaper",
        "UnifiedMessage": "id created_time from to message sticker tags attachments shares reactions story reply_to "
        "is_unsupported",
        "PagePost": "actions admin_creator application attachments can_reply_privately child_attachments comments "
        "created_time event from full_picture icon id is_expired is_hidden is_inline_created is_popular is_published message "
        "message_tags parent_id permalink_url picture place privacy promotion_status properties shares status_type story story_tags "
        "likes subscribed target targeting timeline_visibility updated_time via",
        "Video": "comments created_time description from id length likes permalink_url picture post_id source title "
        "updated_time",
        "Photo": "album alt_text alt_text_custom backdated_time backdated_time_granularity can_backdate can_delete can_tag "
        "comments created_time event from height icon id images likes link name name_tags page_story_id picture place "
        "position source target updated_time webp_images width",
        "Album": "backdated_time backdated_time_granularity can_backdate can_upload comments count cover_photo "
        "created_time description edit_link event from id is_user_facing likes link location modified_major name "
        "photo_count photos place privacy type updated_time video_count",
        "LiveVideo": "broadcast_start_time comments creation_time description embed_html from id live_views "
        "permalink_url planned_start_time seconds_left status stream_url title video",
        "Comment": "admin_creator application attachment can_comment can_hide can_like can_remove "
        "can_reply_privately comment_count comments created_time from id is_hidden is_private like_count "
        "live_broadcast_timestamp message message_tags object parent permalink_url private_reply_conversation "
        "user_likes",
        "Attachment": "id mime_type name size image_data video_data file_url generic_template",
        "Share": "id link name description type url title template",
        "StoryAttachment": "description description_tags media media_type subattachments target title type "
        "unshimmed_url url",
    }.items()
}
"""Names usable in `fields` by node type (specs v25.0; messages and attachments from the reference pages)."""

TAGGED_ONLY = frozenset({"tagged_time"})
"""Fields that posts have as items of `/{page-id}/tagged` and nowhere else (facts/facebook.md#3.7)."""

DEFAULTS: Mapping[str, str] = {
    "Page": "id,name",
    "User": "id,name",
    "UnifiedThread": "id,updated_time",
    "UnifiedMessage": "id,created_time",
    "PagePost": "created_time,message,id",
    "Video": "id,updated_time",
    "Photo": "created_time,id",
    "Album": "created_time,name,id",
    "LiveVideo": "embed_html,id,status,stream_url,title",
    "Comment": "created_time,from,message,id",
    "Attachment": "id,mime_type,name,size,image_data,video_data,file_url",
    "Share": "id",
    "StoryAttachment": "description,media,target,title,type,url",
}
