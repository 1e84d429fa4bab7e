"""Every recorded body of the Graph API is understood, or refused for a reason that is stated here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from inbox.adapters.facebook import errors, values, wire_messages, wire_posts
from inbox.adapters.facebook.usage import Usage
from inbox.domain.model import Attachment, Person, Surface

BODIES = shared("wire/facebook/bodies")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

NOT_READ = {
    "auth": "login is not the adapter's matter",
    "batch": "the adapter makes no batch calls: each item counts as a call of its own",
    "headers": "read by Usage, below",
    "instagram_comments": "comments on Instagram are not among the surfaces",
    "pages": "read by person(), below",
    "ratings": "retired: asking for it answers code 12 since v22.0",
    "threads": "Threads is not among the surfaces; its error is read below",
    "users": "the profile of a person needs a reviewed feature; names come from participants",
    "webhooks": "the adapter polls; webhooks need a public address",
}


def body(name: str) -> Any:
    return json.loads((BODIES / name).read_text(encoding="utf-8"))


def outcome(read: Any, raw: Any) -> str:
    """The reason why it was not read, or "read"."""
    try:
        read(raw)
    except values.Unreadable as error:
        return str(error)
    return "read"


def names(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (BODIES / folder).glob("*.json"))


def test_every_folder_of_recorded_bodies_is_read_or_its_absence_is_explained() -> None:
    """A new kind of recording must not go unnoticed."""
    read = {
        "comments",
        "conversations",
        "errors",
        "instagram",
        "live",
        "messages",
        "paging",
        "photos",
        "posts",
        "send",
    }
    assert {path.name for path in Path(BODIES).iterdir()} == read | set(NOT_READ)


@pytest.mark.parametrize("name", names("conversations"))
def test_recorded_conversations_are_read(name: str) -> None:
    """The Page is one of the participants; the customer is the other one."""
    thread = wire_messages.conversation(body(name), wire_messages.Us(id="2121008874780932"))
    assert thread.id == "t_587956915396498"
    assert thread.url == "https://www.facebook.com/2121008874780932/inbox/2582605345287947/"
    if "full" in name:
        assert thread.contact == Person(name="Kun Liu", remote_id="2711636948859886")
        assert thread.can_reply is True


def test_a_recorded_conversation_of_instagram_names_the_customer() -> None:
    """The account takes part under another id than in messages; its user name tells it."""
    raw = body("instagram/conversation_participants.json")
    us = wire_messages.Us(id="<IGID>", handle=None, surface=Surface.INSTAGRAM)
    assert wire_messages.conversation(raw, us).contact == Person(handle="<IG_USER_NAME>", remote_id="<IGSID>")


def test_a_recorded_message_of_instagram_shows_all_it_holds() -> None:
    """File, share, the story on both sides, the heart, and that something is not shown."""
    us = wire_messages.Us(id="1", surface=Surface.INSTAGRAM)
    found = wire_messages.message(body("instagram/message_all_fields.json"), wire_messages.Thread(id="t"), us)
    assert found.surface is Surface.INSTAGRAM
    kinds = [a.kind for a in found.attachments]
    assert kinds.count("reaction") == 1
    assert "unsupported" in kinds
    assert [a.name for a in found.attachments if a.kind == "reaction"] == ["love by @<IG_USERNAME>"]


@pytest.mark.parametrize("name", [*names("messages"), "instagram/message_all_fields.json"])
def test_recorded_messages_are_read(name: str) -> None:
    """Text, sticker, share and image all arrive with an author and something to show."""
    message = wire_messages.message(body(name), wire_messages.Thread(id="t_1"), wire_messages.Us(id="none"))
    assert message.author.remote_id
    assert message.text or message.attachments
    assert not message.key.startswith("m_")


def test_a_recorded_message_of_the_page_is_ours() -> None:
    """Otherwise our own answers would wait for an answer."""
    message = wire_messages.message(
        body("messages/message_sent_by_page.json"),
        wire_messages.Thread(id="t_1"),
        wire_messages.Us(id="325327235726"),
    )
    assert message.ours
    assert message.key == "mid.45374638:527262bab35"
    assert message.contact == Person(name="Test User", remote_id="6217463217")
    assert message.sent_at == datetime(2016, 1, 2, 23, 40, 56, tzinfo=UTC)


def test_recorded_attachments_keep_kind_and_link() -> None:
    """An agent who sees no picture must at least see that there is one."""
    image = wire_messages.message(
        body("messages/message_image.json"), wire_messages.Thread(id="t"), wire_messages.Us(id="p")
    ).attachments
    assert [(a.kind, a.name) for a in image] == [("image", "image-651143212510248")]
    assert image[0].url
    assert image[0].url.startswith("https://scontent")
    share = wire_messages.message(
        body("messages/message_share_nulls.json"), wire_messages.Thread(id="t"), wire_messages.Us(id="p")
    ).attachments
    assert share == (Attachment(kind="share", name=None, url="https://example.org/sample.png"),)
    sticker = wire_messages.message(
        body("messages/message_sticker.json"), wire_messages.Thread(id="t"), wire_messages.Us(id="p")
    ).attachments
    assert [a.kind for a in sticker] == ["sticker"]


@pytest.mark.parametrize("name", [n for n in names("comments") if "post_comments" not in n])
def test_recorded_single_comments_are_read(name: str) -> None:
    """With and without author, attachment, flags and comment id in the permalink."""
    raw = body(name)
    comment = wire_posts.comment(raw)
    assert comment.remote_id == raw["id"]
    assert comment.text == raw["message"]


def test_recorded_flags_of_a_comment_say_how_it_may_be_answered() -> None:
    """`can_comment` and `can_reply_privately` decide what the agent is offered."""
    comment = wire_posts.comment(body("comments/comment_full.json"))
    assert (comment.answerable.public, comment.answerable.private) == (True, True)
    assert [a.kind for a in comment.attachments] == ["image"]
    assert comment.post == "2954961744718970"


@pytest.mark.parametrize("name", [n for n in names("comments") if "post_comments" in n])
def test_recorded_comments_without_id_and_parent_find_their_thread(name: str) -> None:
    """In this recording only the permalink tells which comment it is and whose answer."""
    edge = values.edge(body(name))
    comments = [wire_posts.comment(raw) for raw in edge.items]
    tree = wire_posts.Tree(comments)
    for raw, comment in zip(edge.items, comments, strict=True):
        link = raw["permalink_url"]
        top = link.split("?comment_id=")[1].split("&")[0]
        own = link.rsplit("=", 1)[1]
        assert comment.remote_id == f"10158407654328553_{own}"
        assert tree.top(comment) == top
    assert any(c.parent for c in comments)


@pytest.mark.parametrize("name", [n for n in names("posts") if "feed" not in n])
def test_recorded_posts_are_read(name: str) -> None:
    """Old posts name no author; those that tag the Page tell a time of their own."""
    post = wire_posts.post(body(name))
    assert post.text
    assert post.created is not None
    if "full" in name:
        assert [a.kind for a in post.attachments] == ["image"]
        assert post.comments.total == 47


@pytest.mark.parametrize("name", names("photos"))
def test_a_recorded_photo_has_comments_of_its_own(name: str) -> None:
    """Its list of comments ends on this page, although cursors stand there."""
    photo = wire_posts.post(body(name))
    assert photo.comments.total == 1
    assert photo.comments.next is None
    (raw,) = photo.comments.items
    comment = wire_posts.comment(raw)
    assert (comment.text, comment.key) == ("Whooo, great Picture", "3527532723")
    assert wire_posts.post_context(photo, "1", Person(name="Acme")).author == Person(name="Acme")


@pytest.mark.parametrize("name", names("live"))
def test_a_recorded_live_video_is_read_by_its_title(name: str) -> None:
    """It tells neither a time nor a text where they were not asked for."""
    live = wire_posts.post(body(name))
    assert (live.text, live.created, live.url) == ("F8 Refresh 2021 Sessions", None, None)


@pytest.mark.parametrize("name", [*names("paging"), *[n for n in names("posts") if "feed" in n]])
def test_recorded_lists_end_only_without_next(name: str) -> None:
    """Cursors stay on the last page; bodies paged by time have none at all."""
    raw = body(name)
    edge = values.edge(raw)
    assert len(edge.items) in (5, 6)
    assert (edge.next is None) == ("next" not in raw["paging"])
    assert "access_token" not in (edge.next or {})
    if edge.next and "feed" in name:
        assert edge.next["until"] == "1624385168"
        assert "since" not in edge.next


@pytest.mark.parametrize(
    ("name", "kind", "code", "words"),
    [
        ("100_appsecret_proof", "refused", "100", "app secret proof"),
        ("100_missing_permission", "refused", "100", "pages_read_engagement"),
        ("100_nonexisting_field", "refused", "100", "nonexisting field"),
        ("10_permission", "refused", "10", "permission is missing"),
        ("190_460_user_msg", "auth", "190/460", "password"),
        ("190_463_expired", "auth", "190/463", "expired"),
        ("1_1446036_duplicate", "refused", "1/1446036", "Duplicate"),
        ("2_transient", "unavailable", "2", "internal problems"),
        ("368_blocked", "refused", "368", "blocked"),
        ("threads_100_33", "refused", "100/33", "Facebook"),
    ],
)
def test_recorded_errors_have_their_name(name: str, kind: str, code: str, words: str) -> None:
    """What the agent reads, and what the engine does, follows from this."""
    from inbox.adapters import http
    from inbox.ports.secrets import Secret

    answer = http.Answer(400, {}, body(f"errors/{name}.json"), "json")
    error = errors.explain(answer, write=False, now=NOW, token=Secret("page-token"), usage=Usage())
    assert error is not None
    assert (error.kind, error.code) == (kind, code)
    assert words in error.message
    assert error.next_step


def test_every_recorded_error_is_in_the_table_above() -> None:
    """A new recording must get its row."""
    assert len(names("errors")) == 10


def test_the_recorded_answer_to_a_send_names_the_message() -> None:
    """Its id is the later message's, apart from the `m_` before it."""
    assert values.message_key(body("send/send_response.json")["message_id"]).startswith("mid.1456970487936")


def test_a_recorded_page_is_read_as_who_we_are() -> None:
    """`identify` reads these members."""
    assert values.person(body("pages/page_full.json")) == Person(
        name="Facebook", handle="facebookapp", remote_id="20531316728"
    )


def test_the_documented_usage_header_is_read_but_an_advertising_limit_does_not_stop_us() -> None:
    """The sample is of `ads_insights`, which is another tool's trouble."""
    sample = body("headers/x_business_use_case_usage.json")
    usage = Usage()
    usage.note({"x-business-use-case-usage": json.dumps(sample)}, NOW)
    assert usage.pace(NOW).resume_at is None
    sample["{business-id}"][0]["type"] = "pages"
    usage.note({"x-business-use-case-usage": json.dumps(sample)}, NOW)
    assert usage.closed_until(NOW, write=False) == NOW + timedelta(minutes=10)
    assert usage.interval(Surface.COMMENTS, NOW) >= 600
    assert usage.interval(Surface.MESSENGER, NOW) == 45


@pytest.mark.parametrize(
    "name", [n for f in ("webhooks", "auth", "ratings", "users", "batch") for n in names(f)]
)
def test_bodies_of_other_calls_are_never_taken_for_messages(name: str) -> None:
    """A relay's body in the wrong place is set aside with a reason, without an exception of another kind."""
    raw = body(name)
    for read in (
        wire_posts.comment,
        wire_posts.post,
        lambda r: wire_messages.conversation(r, wire_messages.Us(id="p")),
    ):
        assert outcome(read, raw)
