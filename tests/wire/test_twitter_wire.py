"""X's JSON into messages: each trap of the wire by itself, with cases of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.adapters.twitter import posts, wire
from inbox.adapters.twitter.direct import direct_events, pair
from inbox.domain.model import Answerable, Attachment, Person, Surface
from inbox.ports.platform import Identity, Incoming

US = wire.Us("acme-x", Identity(remote_id="7", name="Acme", handle="acme"))
ANNA, BEN = "21", "22"
USERS = [
    {"id": ANNA, "name": "Anna", "username": "anna_b"},
    {"id": BEN, "name": "Ben", "username": "ben"},
    {"id": "7", "name": "Acme", "username": "acme"},
]


def post(
    id: str = "100", text: str = "@acme hello", author: str | None = ANNA, **more: Any
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": id,
        "text": text,
        "conversation_id": id,
        "created_at": "2026-11-24T08:00:00.000Z",
    }
    if author:
        item["author_id"] = author
    return item | more


def mention(start: int, end: int, who: str = "7", handle: str = "acme") -> dict[str, Any]:
    return {"start": start, "end": end, "id": who, "username": handle}


def page(*items: object, **more: Any) -> dict[str, Any]:
    return {"data": list(items), "includes": {"users": USERS}, "meta": {"result_count": len(items)}} | more


def read(*items: object, **more: Any) -> wire.Feed:
    return posts.posts(page(*items, **more), US, Surface.MENTIONS)


def one(*items: object, **more: Any) -> Incoming:
    (message,) = read(*items, **more).messages
    return message


# -- who, where, when --------------------------------------------------------------------------------------


def test_a_mention_belongs_to_the_root_and_the_customer() -> None:
    """Two customers under one post are two conversations, each with its own timer."""
    message = one(post("100", conversation_id="90", in_reply_to_user_id=BEN))
    assert message.thread == f"90:{ANNA}"
    assert message.author == Person(name="Anna", handle="anna_b", remote_id=ANNA)
    assert message.contact == message.author
    assert not message.ours
    assert message.sent_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert message.url == "https://x.com/anna_b/status/100"


def test_our_reply_joins_the_conversation_of_whom_it_answers() -> None:
    """An answer given in X's own app has to stop the customer's timer."""
    replied = [{"type": "replied_to", "id": "100"}]
    message = one(
        post(
            "101",
            "@anna_b hi",
            "7",
            conversation_id="90",
            in_reply_to_user_id=ANNA,
            referenced_tweets=replied,
        )
    )
    assert (message.thread, message.ours, message.parent) == (f"90:{ANNA}", True, "100")
    assert message.contact is not None
    assert message.contact.handle == "anna_b"


def test_a_second_half_of_our_answer_names_only_its_parent() -> None:
    """Replying to ourselves names no customer; the store knows whose conversation the parent is in."""
    replied = [{"type": "replied_to", "id": "101"}]
    message = one(
        post("102", "2/2", "7", conversation_id="90", in_reply_to_user_id="7", referenced_tweets=replied)
    )
    assert (message.thread, message.parent, message.ours) == (None, "101", True)


def test_our_announcement_is_context_and_no_message() -> None:
    """A post of ours that answers nobody creates no open work."""
    feed = read(post("50", "We open at nine", "7"))
    assert feed.messages == []
    (context,) = feed.context
    assert (context.id, context.ours, context.text) == ("acme-x:50", True, "We open at nine")


def test_parents_and_quotes_come_along_as_context_once() -> None:
    """The agent sees what a customer answers, and a post that is in the page itself is not context too."""
    parent = post("90", "Third word", BEN)
    replied = [{"type": "replied_to", "id": "90"}, {"type": "quoted", "id": "100"}]
    feed = read(
        post("100"),
        post("101", referenced_tweets=replied),
        includes={"users": USERS, "tweets": [parent, post("100")]},
    )
    assert [(c.remote_id, c.author.name, c.ours) for c in feed.context] == [("90", "Ben", False)]


def test_trouble_with_a_parent_is_no_gap() -> None:
    """It is asked for again, and shown once X gives it: a gap would stay for ever."""
    error = {
        "resource_type": "tweet",
        "resource_id": "90",
        "title": "Service Unavailable",
        "type": "about:blank",
    }
    assert read(post("100"), errors=[error]).context == []


def test_a_parent_that_is_gone_is_a_gap() -> None:
    """Deleted or protected posts are named under `errors` of a 200."""
    error = {
        "resource_type": "tweet",
        "resource_id": "90",
        "title": "Authorization Error",
        "type": "https://api.x.com/2/problems/not-authorized-for-resource",
    }
    feed = read(post("100"), errors=[error])
    assert [(c.remote_id, c.gone, c.author) for c in feed.context] == [("90", True, Person())]


def test_a_missing_author_is_unknown_and_not_ours() -> None:
    """Nothing is made up; the message waits like any other."""
    message = one(post(author=None))
    assert (message.author, message.ours, message.thread) == (Person(), False, "100:unknown")


def test_fields_that_never_arrived_are_told() -> None:
    """X drops fields in silence and bills them all the same."""
    assert read({"id": "1", "text": "x"}).missing == ["author_id", "created_at", "conversation_id"]
    assert read(post()).missing == []
    assert read().missing == []


def test_a_repost_is_nobodys_own_words() -> None:
    """It must not open a conversation, but it counts for the cursor."""
    feed = read(post("100", "RT @ben: @acme", referenced_tweets=[{"type": "retweeted", "id": "9"}]))
    assert (feed.messages, feed.ids, feed.poison) == ([], ["100"], [])


@pytest.mark.parametrize("order", [("101", "100"), ("100", "101")])
def test_an_edit_replaces_the_text_under_its_first_id(order: tuple[str, str]) -> None:
    """Each edit is a new post with a new id; order of arrival must not matter."""
    versions = {
        "100": post("100", "first", edit_history_tweet_ids=["100"]),
        "101": post("101", "second", edit_history_tweet_ids=["100", "101"], conversation_id="100"),
    }
    message = one(*(versions[i] for i in order))
    assert (message.key, message.remote_id, message.text) == ("100", "101", "second")
    assert message.edited_at is not None


def test_an_edited_post_waits_from_its_first_publication() -> None:
    """X gives the time of the edit only; the first id still holds the first millisecond."""
    first, second = "2125137341445046273", "2125140000000000000"
    message = one(post(second, created_at="2026-11-24T08:12:00.000Z", edit_history_tweet_ids=[first, second]))
    assert message.sent_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert message.edited_at == datetime(2026, 11, 24, 8, 12, tzinfo=UTC)


def test_a_history_of_one_empty_string_is_no_history() -> None:
    """Seen in answers to POST /2/tweets."""
    assert one(post("100", edit_history_tweet_ids=[""])).key == "100"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2030-01-01T12:00:30+0200", datetime(2030, 1, 1, 10, 0, 30, tzinfo=UTC)),
        ("2030-01-01T10:00:30.250Z", datetime(2030, 1, 1, 10, 0, 30, 250_000, tzinfo=UTC)),
        ("yesterday", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1970-01-01T00:00:00Z", None),
        (1_700_000_000, None),
        (None, None),
        ("2" * 100, None),
    ],
)
def test_f59_times_are_exact_or_unknown(value: object, expected: datetime | None) -> None:
    """A timer that starts in 1970 or 9999 helps nobody."""
    assert wire.moment(value) == expected


# -- dialects ----------------------------------------------------------------------------------------------


def test_both_dialects_mean_the_same() -> None:
    """X renamed tweet to post in August 2026 and answers in either."""
    long_text = "@acme " + "word " * 80
    quoted = post("80", "ours", "7")
    tweet = post(
        "101",
        "@acme word…",
        note_tweet={"text": long_text},
        edit_history_tweet_ids=["100", "101"],
        referenced_tweets=[{"type": "quoted", "id": "80"}],
    )
    names = {
        "note_tweet": "note_post",
        "edit_history_tweet_ids": "edit_history_post_ids",
        "referenced_tweets": "referenced_posts",
    }
    newer = {names.get(k, k): v for k, v in tweet.items()}
    old = read(tweet, includes={"users": USERS, "tweets": [quoted]})
    new = read(newer, includes={"users": USERS, "posts": [quoted]})
    assert old == new
    assert old.messages[0].text == long_text
    assert old.messages[0].key == "100"


# -- text and attachments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a &amp; b &lt;3 &gt;", "a & b <3 >"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&copy; &nbsp", "&copy; &nbsp"),
    ],
)
def test_escapes_are_undone_once_and_only_those_x_writes(sent: str, meant: str) -> None:
    """Undoing twice would change what a person typed."""
    assert one(post(text=sent)).text == meant


def test_short_links_show_their_target() -> None:
    """An agent must see where a customer's link leads."""
    url = {
        "url": "https://t.co/abc",
        "expanded_url": "https://shop.example/?a=1&lt;=2",
        "start": 999,
        "end": 1,
    }
    message = one(post(text="see https://t.co/abc &amp; https://t.co/abcd", entities={"urls": [url]}))
    assert message.text == "see https://shop.example/?a=1&lt;=2 & https://shop.example/?a=1&lt;=2d"


def test_a_link_to_attached_media_is_not_part_of_the_text() -> None:
    """The picture is an attachment; its t.co link is nobody's words."""
    url = {
        "url": "https://t.co/pic",
        "expanded_url": "https://x.com/anna_b/status/100/photo/1",
        "display_url": "pic.x.com/pic",
    }
    item = post(text="broken https://t.co/pic", entities={"urls": [url]}, attachments={"media_keys": ["3_5"]})
    medium = {
        "media_key": "3_5",
        "type": "photo",
        "url": "https://pbs.twimg.com/5.jpg",
        "alt_text": "a crack",
    }
    message = one(item, includes={"users": USERS, "media": [medium]})
    assert message.text == "broken"
    assert message.attachments == (
        Attachment(kind="image", name="a crack", url="https://pbs.twimg.com/5.jpg"),
    )
    bare = one(item)
    assert bare.attachments == (Attachment(kind="image", url="https://x.com/anna_b/status/100/photo/1"),)


def test_media_nobody_described_leave_their_link_in_the_text() -> None:
    """Without an attachment the link is all there is."""
    url = {"url": "https://t.co/pic", "expanded_url": "https://x.com/a/status/100/photo/1"}
    assert (
        one(post(text="x https://t.co/pic", entities={"urls": [url]})).text
        == "x https://x.com/a/status/100/photo/1"
    )


def test_videos_polls_and_odd_media_are_named() -> None:
    """Unsupported content says so."""
    box = {"media_keys": ["7_1", "16_2", "99_3"], "poll_ids": ["4"]}
    variants = [
        {"content_type": "application/x-mpegURL", "url": "m3u8"},
        {"content_type": "video/mp4", "bit_rate": 1, "url": "low"},
        {"content_type": "video/mp4", "bit_rate": 9, "url": "high"},
    ]
    media = [
        {"media_key": "7_1", "type": "video", "variants": variants},
        {"media_key": "16_2", "type": "animated_gif", "preview_image_url": "still"},
        {"media_key": "99_3", "type": "hologram"},
    ]
    polls = [{"id": "4", "options": [{"label": "yes"}, {"label": "no"}]}]
    found = one(post(attachments=box), includes={"media": media, "polls": polls}).attachments
    assert found == (
        Attachment(kind="video", url="high"),
        Attachment(kind="gif", url="still"),
        Attachment(kind="unsupported"),
        Attachment(kind="poll", name="yes / no"),
    )


def test_f44_two_writings_of_one_reply_are_alike() -> None:
    """X wraps links, escapes, and puts mentions in front; the look-up must still know its own."""
    typed = "Grüße & see example.com/a?b  or\nhttps://shop.example <here>"
    read_back = "@anna_b @ben Gru\u0308\u00dfe &amp; see https://t.co/1 or https://t.co/2 &lt;here&gt;"
    assert wire.alike(typed) == wire.alike(read_back)
    assert wire.alike("yes") != wire.alike("no")


# -- may we answer -----------------------------------------------------------------------------------------

REPLY = {"in_reply_to_user_id": BEN, "referenced_tweets": [{"type": "replied_to", "id": "90"}]}
NO = Answerable(public=False, reason="not_summoned")
YES = Answerable(public=True)


def test_a_post_that_begins_with_us_names_us() -> None:
    """It answers no post, so its author typed the mention."""
    assert one(post(in_reply_to_user_id="7", entities={"mentions": [mention(0, 5)]})).answerable == YES


def test_mentions_x_put_in_front_of_a_reply_do_not_count() -> None:
    """X refuses such replies since 2026-02-23."""
    item = post(text="@ben @acme thanks", **REPLY, entities={"mentions": [mention(5, 10)]})
    assert one(item).answerable == NO


def test_a_mention_after_the_leading_ones_counts() -> None:
    """There the author typed it."""
    item = post(text="@ben tell @acme", **REPLY, entities={"mentions": [mention(10, 15)]})
    assert one(item).answerable == YES


def test_a_second_mention_in_front_was_typed() -> None:
    """X puts each name once, and a blank behind it."""
    item = post(text="@acme @acme, listen", **REPLY, entities={"mentions": [mention(0, 5), mention(6, 11)]})
    assert one(item).answerable == YES


def test_a_leading_mention_the_parent_cannot_explain_was_typed() -> None:
    """A friend's post that does not name us brings no mention of us with it."""
    item = post(text="@ben @acme look", **REPLY, entities={"mentions": [mention(5, 10)]})
    friends = post("90", "parcel lost again", BEN)
    assert one(item, includes={"users": USERS, "tweets": [friends]}).answerable == YES
    naming = post("90", "ask @acme", BEN, entities={"mentions": [mention(4, 9)]})
    assert one(item, includes={"users": USERS, "tweets": [naming]}).answerable == NO


def test_only_what_is_certain_is_refused() -> None:
    """Whether X takes an answer to a reply to us is an inference: it is tried, and the platform has the word."""
    to_us = {"in_reply_to_user_id": "7", "referenced_tweets": [{"type": "replied_to", "id": "90"}]}
    own = {"in_reply_to_user_id": "42", "referenced_tweets": [{"type": "replied_to", "id": "90"}]}
    nobody_knows = {"referenced_tweets": [{"type": "replied_to", "id": "90"}]}
    named = {"text": "@acme thanks", "entities": {"mentions": [mention(0, 5)]}}
    untagged = {"text": "thanks", "entities": {"mentions": []}}
    author = one(post(**named)).author.remote_id
    own["in_reply_to_user_id"] = author or ""
    for parent in (to_us, own, nobody_knows):
        assert one(post(**named, **parent)).answerable == Answerable(), parent
    assert one(post(**untagged, **to_us)).answerable == Answerable()
    for parent in (own, REPLY):
        assert one(post(**untagged, **parent)).answerable == NO
    assert one(post(**named, **REPLY)).answerable == NO
    ours = {"users": USERS, "tweets": [post("90", "ours", "7")]}
    assert one(post(**named, **nobody_knows), includes=ours).answerable == Answerable()


@pytest.mark.parametrize(
    ("shown", "answerable"),
    [
        ([6, 20], YES),  # X shows our name as typed
        ([0, 20], YES),
        ([12, 20], NO),
        ([14, 45], NO),  # published by X with a name that was shortened since
        (None, NO), ([], NO), ([True, 3], NO), (["5", "9"], NO), ([-1, 4], NO), (7, NO), ({"0": 5}, NO),
    ],
)  # fmt: skip
def test_what_x_shows_as_typed_tells_a_mention_of_the_author(shown: object, answerable: Answerable) -> None:
    """Leading names alone look the same, whether X or the author put them there."""
    item = post(
        text="@ben2 @acme and more",
        **REPLY,
        entities={"mentions": [mention(6, 11)]},
        display_text_range=shown,
    )
    assert one(item).answerable == answerable


def test_what_x_shows_can_only_make_a_mention_more_certain() -> None:
    """A range that hides what the author wrote behind the names must not turn a sure answer into a refusal."""
    named = post(
        text="@ben tell @acme", **REPLY, entities={"mentions": [mention(10, 15)]}, display_text_range=[15, 15]
    )
    assert one(named).answerable == YES
    note = {"text": "@ben2 @acme " + "word " * 80, "entities": {"mentions": [mention(6, 11)]}}
    long = post(text="cut", note_tweet=note, display_text_range=[0, 3], **REPLY)
    assert one(long).answerable == NO, "the range is one of the cut text"


def test_an_edit_history_of_another_post_is_set_aside() -> None:
    """Taken for an edit, the item would replace the words of a post that is not its own."""
    feed = read(post("1001"), post("1003", edit_history_tweet_ids=["1001", "1002"]))
    assert [m.key for m in feed.messages] == ["1001"]
    assert len(feed.poison) == 1


def test_quoting_one_of_ours_summons_us() -> None:
    """Known by the quoted post, or by its address where the post did not come along."""
    quotes = {"referenced_tweets": [{"type": "quoted", "id": "80"}], "entities": {"mentions": []}}
    ours, others = post("80", "x", "7"), post("80", "x", BEN)
    assert one(post(**quotes), includes={"tweets": [ours]}).answerable == YES
    assert one(post(**quotes), includes={"tweets": [others]}).answerable == NO
    link = {"url": "https://t.co/q", "expanded_url": "https://twitter.com/Acme/status/80"}
    assert one(post(**quotes | {"entities": {"urls": [link]}})).answerable == YES


def test_an_enterprise_plan_may_answer_everybody() -> None:
    """The rule is for self-serve plans; the account's setting says which one it is."""
    item = post(text="@ben @acme thanks", **REPLY, entities={"mentions": [mention(5, 10)]})
    us = wire.Us("acme-x", US.identity, exempt=True)
    (message,) = posts.posts({"data": [item]}, us, Surface.MENTIONS).messages
    assert message.answerable == YES


def test_without_entities_our_name_in_the_text_decides() -> None:
    """X leaves out what is not there; what stands in the text and was not told is allowed until X refuses it."""
    assert one(post(text="@acme where is it?")).answerable == Answerable()
    assert one(post(text="acme lost my parcel")).answerable == NO


def test_a_direct_message_without_a_conversation_cannot_be_answered() -> None:
    """There is nowhere to send it; the agent is told before typing."""
    (message,) = direct_events({"data": [{"id": "5", "text": "hi"}]}, US).messages
    assert message.answerable == Answerable(private=False, reason="unknown_thread")


# -- poison ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        None, "x", 7, [], {}, {"text": "x"}, {"id": ""}, {"id": {"a": 1}}, {"id": 1.9e18}, {"id": True},
        {"id": "9" * 100_000}, {"id": "1002", "text": ["a"]}, {"id": "1\u0000"}, {"id": "1 2"},
    ],
)  # fmt: skip
def test_f54_one_bad_item_is_set_aside_and_the_others_go_on(bad: object) -> None:
    """A page holds a hundred customers; one broken item must not hide the rest."""
    feed = read(post("1001"), bad, post("1003"))
    assert [m.key for m in feed.messages] == ["1001", "1003"]
    assert len(feed.poison) == 1
    assert len(feed.poison[0].raw) <= wire.RAW_LIMIT


@pytest.mark.parametrize(
    "odd",
    [
        {"entities": 7}, {"entities": {"urls": "x", "mentions": {"a": 1}}}, {"entities": {"urls": [None, 7, {}]}},
        {"attachments": []}, {"attachments": {"media_keys": [1, None, {}]}}, {"referenced_tweets": [1, {"type": []}]},
        {"edit_history_tweet_ids": [None, {}]}, {"note_tweet": []}, {"in_reply_to_user_id": {}}, {"created_at": []},
        {"entities": {"mentions": [{"start": "a"}, {"id": 7, "start": None}]}}, {"conversation_id": []},
    ],
)  # fmt: skip
def test_odd_members_cost_at_most_themselves(odd: dict[str, Any]) -> None:
    """The text of a customer is shown even if everything around it is broken."""
    message = one(
        post(
            text="help",
        )
        | odd
    )
    assert message.text == "help"


def test_ids_are_exact_text() -> None:
    """A number of 19 digits does not survive a float."""
    assert one(post(id=1900000000000000001)).key == "1900000000000000001"  # type: ignore[arg-type]
    assert wire.newest(["9", "10", "x"]) == "10"


@pytest.mark.parametrize(
    "body", [[], None, "x", {}, {"data": {}}, {"data": 7, "meta": {}}, {"error": {}}, {"errors": []}]
)
def test_an_answer_without_posts_or_count_is_no_empty_inbox(body: object) -> None:
    """Errors alone with status 200 must never look like silence."""
    with pytest.raises(wire.Malformed):
        wire.check(body)


# -- direct messages ---------------------------------------------------------------------------------------


def event(id: str = "500", **more: Any) -> dict[str, Any]:
    base = {
        "id": id,
        "event_type": "MessageCreate",
        "text": "hi",
        "sender_id": ANNA,
        "dm_conversation_id": f"7-{ANNA}",
        "created_at": "2026-11-24T08:00:00.000Z",
    }
    return base | more


def direct(*items: object, thread: str | None = None) -> wire.Feed:
    return direct_events(page(*items), US, thread)


def test_a_direct_message_names_its_conversation_and_customer() -> None:
    """Also where only we wrote: the other side stands in the id of the pair."""
    theirs, ours = direct(event("501"), event("500", sender_id="7")).messages
    assert (theirs.thread, theirs.ours, theirs.contact) == (f"7-{ANNA}", False, theirs.author)
    assert (ours.ours, ours.contact) == (True, theirs.author)
    assert ours.author.handle == "acme"


def test_joining_and_leaving_is_not_a_message() -> None:
    """Nobody wrote anything."""
    joined = {"id": "9", "event_type": "ParticipantsJoin", "participant_ids": [ANNA]}
    feed = direct(joined, event())
    assert [m.key for m in feed.messages] == ["500"]
    assert feed.ids == ["9", "500"]


def test_an_event_without_sender_is_unknown_and_not_ours() -> None:
    """X's default fields; the conversation asked for still names the customer."""
    feed = direct({"event_type": "MessageCreate", "id": "5", "text": "x"}, thread=f"7-{ANNA}")
    (message,) = feed.messages
    assert (message.author, message.ours, message.thread) == (Person(), False, f"7-{ANNA}")
    assert message.contact == Person(name="Anna", handle="anna_b", remote_id=ANNA)
    assert feed.missing == ["sender_id", "created_at", "dm_conversation_id"]


def test_the_pair_is_ordered_by_number() -> None:
    """ "9" comes before "10", whatever text order says."""
    assert pair("10", "9") == "9-10"


def test_a_group_has_no_single_customer() -> None:
    """A group's id names nobody: who wrote is the contact."""
    (message,) = direct(event(dm_conversation_id="1582103724607971328")).messages
    assert message.contact == message.author


def test_shared_posts_and_pictures_come_along() -> None:
    """A direct message may hold nothing but a post."""
    item = event(text="", referenced_tweets=[{"id": "77"}], attachments={"media_keys": ["3_1"]})
    kinds = [(a.kind, a.url) for a in direct(item).messages[0].attachments]
    assert kinds == [("image", None), ("share", "https://x.com/i/status/77")]
