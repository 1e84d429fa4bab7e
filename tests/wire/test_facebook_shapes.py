"""Odd shapes of Facebook's JSON: what is missing, null, of another type, or hidden in a link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.adapters.facebook import values, wire_messages, wire_posts
from inbox.domain.model import Answerable, Attachment, Person, Surface

THREAD = wire_messages.Thread(id="t_1", contact=Person(name="Ann", remote_id="7"), can_reply=True)


def message(**members: Any) -> Any:
    return wire_messages.message(
        {"id": "m_1", "from": {"id": "7"}, "message": "hi", **members}, THREAD, wire_messages.Us(id="1001")
    )


@pytest.mark.parametrize(("value", "text"), [("m_1", "m_1"), (1900000000000000001, "1900000000000000001")])
def test_ids_are_text_and_keep_every_digit(value: Any, text: str) -> None:
    """Ids exceed 2**53; one rounded digit would be another message."""
    assert values.text_id(value) == text


@pytest.mark.parametrize(
    "value", [None, "", " ", 1.9e18, True, {"a": 1}, ["1"], "a b", "a\nb", "a\0", "9" * 301]
)
def test_what_is_no_id_is_refused_with_a_reason(value: Any) -> None:
    """Two messages under one broken id would become one."""
    with pytest.raises(values.Unreadable, match="id"):
        values.text_id(value)


def test_both_spellings_of_an_id_are_one() -> None:
    """Answers write `m_mid.x` and `mid.x`, `123_456` and `456`, for the same thing."""
    assert values.message_key("m_mid.1:a") == values.message_key("mid.1:a") == "mid.1:a"
    assert values.key("123_456") == values.key("456") == "456"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-07-23T09:50:48+0000", datetime(2021, 7, 23, 9, 50, 48, tzinfo=UTC)),
        ("2021-07-23T11:50:48+0200", datetime(2021, 7, 23, 9, 50, 48, tzinfo=UTC)),
        ("2021-07-23T09:50:48Z", datetime(2021, 7, 23, 9, 50, 48, tzinfo=UTC)),
        (1627033848, datetime(2021, 7, 23, 9, 50, 48, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+1400", None),
        (10**30, None),
        (None, None),
        ([], None),
        (True, None),
    ],
)
def test_times_are_read_exactly_or_not_at_all(value: Any, expected: datetime | None) -> None:
    """A guessed time would start a timer that nobody set."""
    assert values.moment(value) == expected


def test_a_message_without_author_is_a_customers_and_nothing_is_made_up() -> None:
    """Unknown people wait for an answer like everybody else."""
    found = message(**{"from": None})
    assert (found.author, found.ours) == (Person(), False)


@pytest.mark.parametrize("empty", [None, [], ""])
def test_an_empty_text_says_that_something_is_not_shown(empty: Any) -> None:
    """PHP writes an empty list for nothing; Messenger itself sends no empty messages."""
    found = message(message=empty)
    assert found.text == ""
    assert found.attachments == (values.NOT_SHOWN,)


def test_a_text_of_another_type_is_refused() -> None:
    """Shown as its Python form it would look like the customer's words."""
    with pytest.raises(values.Unreadable, match="text"):
        message(message=["a"])


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": "1", "image_data": {"url": "https://x/1"}}, ("image", "https://x/1")),
        (
            {"id": "1", "image_data": {"url": "https://x/1", "render_as_sticker": True}},
            ("sticker", "https://x/1"),
        ),
        (
            {"id": "1", "image_data": {"animated_gif_url": "https://x/g", "url": "https://x/1"}},
            ("gif", "https://x/g"),
        ),
        ({"id": "1", "video_data": {"url": "https://x/v"}}, ("video", "https://x/v")),
        ({"id": "1", "mime_type": "audio/mpeg", "file_url": "https://x/a"}, ("audio", "https://x/a")),
        ({"id": "1", "mime_type": "application/pdf", "name": "a.pdf"}, ("file", None)),
        ({"id": "1", "mime_type": "image/jpeg"}, ("image", None)),
        ({"id": "1", "generic_template": {"title": "Order"}}, ("share", None)),
        ({"id": "1"}, ("unsupported", None)),
        ({"id": "1", "image_data": {"url": "javascript:x"}}, ("image", None)),
    ],
)
def test_attachments_have_a_kind_and_a_link_where_there_is_one(item: Any, expected: Any) -> None:
    """European media may come without any link; only http links are kept."""
    (found,) = message(attachments={"data": [item]}).attachments
    assert (found.kind, found.url) == expected


def test_unsupported_content_says_so() -> None:
    """Otherwise the agent answers half a message."""
    assert message(is_unsupported="true").attachments == (
        Attachment(kind="unsupported", name="attachment the API does not show"),
    )


@pytest.mark.parametrize("tags", [{}, [], {"0": [{"id": "1"}]}, [{"id": "1"}], None, "x", 7])
def test_message_tags_of_any_shape_do_no_harm(tags: Any) -> None:
    """They were recorded as object, list and keyed by offset."""
    assert wire_posts.comment({"id": "1_2", "message": "x", "message_tags": tags}).text == "x"


def test_a_conversation_that_takes_no_answer_says_why() -> None:
    """`can_reply` false is known before anybody types."""
    closed = wire_messages.Thread(id="t", can_reply=False)
    found = wire_messages.message(
        {"id": "m_1", "from": {"id": "7"}, "message": "x"}, closed, wire_messages.Us(id="1001")
    )
    assert found.answerable == Answerable(private=False, reason="cannot_reply")


# -- comments ----------------------------------------------------------------------------------------------


def comments(*raws: dict[str, Any]) -> list[wire_posts.Comment]:
    return [wire_posts.comment({"message": "x", **raw}) for raw in raws]


def test_an_answer_to_an_answer_belongs_to_the_top_comment() -> None:
    """One conversation per top-level comment, at every depth and in every order."""
    found = comments(
        {"id": "9_3", "parent": {"id": "9_2"}}, {"id": "9_1"}, {"id": "9_2", "parent": {"id": "9_1"}}
    )
    tree = wire_posts.Tree(found)
    assert [tree.top(c) for c in found] == ["1", "1", "1"]


def test_the_parents_parent_counts_where_the_parent_is_not_in_the_page() -> None:
    """Pages are cut anywhere; the thread of a comment must not depend on it."""
    (found,) = comments({"id": "9_3", "parent": {"id": "9_2", "parent": {"id": "9_1"}}})
    assert wire_posts.Tree([found]).top(found) == "1"


def test_parents_that_go_in_circles_end() -> None:
    """A hostile answer must not hang the reader."""
    found = comments({"id": "9_1", "parent": {"id": "9_2"}}, {"id": "9_2", "parent": {"id": "9_1"}})
    assert {wire_posts.Tree(found).top(c) for c in found} == {"1", "2"}


def test_the_permalink_tells_the_thread_where_there_is_no_parent() -> None:
    """`parent` is left out by old versions and for some tokens."""
    link = "https://www.facebook.com/1/posts/9/?comment_id=1&reply_comment_id=3"
    (found,) = comments({"permalink_url": link})
    assert (found.remote_id, found.key, found.parent) == ("9_3", "3", "1")
    assert wire_posts.Tree([found]).top(found) == "1"


def test_the_permalink_names_the_top_where_the_page_ends_below_it() -> None:
    """The parent is itself an answer, and its own parent was not told."""
    link = "https://www.facebook.com/1/posts/9/?comment_id=1&reply_comment_id=3"
    (found,) = comments({"id": "9_3", "parent": {"id": "9_2"}, "permalink_url": link})
    assert wire_posts.Tree([found]).top(found) == "1"


def test_a_comments_id_names_its_post() -> None:
    """Where no permalink came, this is what its context is found by."""
    (found,) = comments({"id": "9_1"})
    assert found.post == "9"
    (short,) = comments({"id": "1"})
    assert short.post is None


def test_the_old_permalink_form_is_read_too() -> None:
    """permalink.php names the post in its query."""
    (found,) = comments(
        {"permalink_url": "https://www.facebook.com/permalink.php?story_fbid=9&id=1&comment_id=2"}
    )
    assert (found.remote_id, found.post) == ("9_2", "9")


@pytest.mark.parametrize("link", [None, "https://www.facebook.com/1/posts/9/", "https://[", "x", 7])
def test_a_comment_without_id_and_link_is_refused(link: Any) -> None:
    """Nothing names it, so it could never be answered or recognised."""
    with pytest.raises(values.Unreadable):
        comments({"permalink_url": link})


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, Answerable()),
        ({"can_comment": False}, Answerable(public=False, reason="comments_closed")),
        ({"can_comment": True, "can_reply_privately": True}, Answerable(public=True, private=True)),
        (
            {"can_comment": True, "can_reply_privately": False, "private_reply_conversation": {"id": "t_1"}},
            Answerable(public=True, private=False, reason="private_reply_used"),
        ),
        (
            {"private_reply_conversation": {"id": "t_1"}},
            Answerable(private=False, reason="private_reply_used"),
        ),
        ({"can_reply_privately": False}, Answerable(private=False, reason="not_offered")),
    ],
)
def test_the_flags_of_a_comment_become_ways_to_answer(members: Any, expected: Answerable) -> None:
    """Every "no" has a reason that the screen knows in words."""
    from inbox.adapters.facebook.declaration import DECLARATION
    from inbox.domain.reply import REASONS

    (found,) = comments({"id": "9_1", **members})
    assert found.answerable == expected
    assert expected.reason is None or expected.reason in {**REASONS, **DECLARATION.reasons}


def test_a_parent_that_came_along_in_full_is_a_message_too() -> None:
    """A new answer to a comment of last year is only understood with that comment."""
    found = comments(
        {
            "id": "9_2",
            "parent": {"id": "9_1", "message": "old", "created_time": "2020-01-01T00:00:00+0000"},
        }
    )
    assert [c.text for c in wire_posts.Tree(found).missing_parents()] == ["old"]
    (bare,) = comments({"id": "9_2", "parent": {"id": "9_1"}})
    assert wire_posts.Tree([bare]).missing_parents() == []


def test_a_visitor_post_is_a_message_that_names_its_own_thread() -> None:
    """Its comments and our answer under it join it there."""
    post = wire_posts.post({"id": "1001_5", "from": {"id": "7", "name": "Ann"}, "message": "hello"})
    found = wire_posts.post_message(post, Surface.VISITOR_POSTS, "1001")
    assert (found.key, found.thread, found.contact) == ("post:5", "1001_5", Person(name="Ann", remote_id="7"))


# -- lists -------------------------------------------------------------------------------------------------


def test_the_token_in_next_is_dropped() -> None:
    """Facebook puts it there; it must not travel in our URLs."""
    edge = values.edge(
        {
            "data": [],
            "paging": {"next": "https://graph.facebook.com/x?access_token=SECRET&after=A&appsecret_proof=P"},
        }
    )
    assert edge.next == {"after": "A"}
    assert edge.next_host == "https://graph.facebook.com"


@pytest.mark.parametrize("body", [None, [], {}, {"data": None}, {"data": {}}, {"data": "x"}, 7])
def test_what_is_no_list_is_refused(body: Any) -> None:
    """An empty list would look like "nothing new" and move the cursor."""
    with pytest.raises(values.Unreadable):
        values.edge(body)


def outcome(read: Any, raw: Any) -> str:
    """The reason why it was not read, or "read"."""
    try:
        read(raw)
    except values.Unreadable as error:
        return str(error)
    return "read"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "from",
                    "message",
                    "created_time",
                    "parent",
                    "permalink_url",
                    "attachments",
                    "data",
                    "comments",
                    "attachment",
                    "participants",
                    "messages",
                    "paging",
                    "next",
                    "shares",
                    "reply_to",
                    "mid",
                    "summary",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_nothing_but_unreadable_comes_out_of_any_json(raw: Any) -> None:
    """One poison item must not stop the page it stands in (F54)."""
    reads = (
        wire_posts.comment,
        wire_posts.post,
        lambda r: wire_messages.conversation(r, wire_messages.Us(id="p")),
        lambda r: wire_messages.message(r, THREAD, wire_messages.Us(id="p")),
        values.edge,
    )
    for read in reads:
        assert outcome(read, raw)
    assert values.poison(raw, "x").raw is not None
