"""What is done on a Page besides answering with words: deeds, files, and the look at a comment just written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from facebook_station import Station, nothing, reply, station, to_comment, to_message

from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim.world import Comment, Post
from inbox.domain.model import Deed, Surface
from inbox.domain.records import replace
from inbox.errors import AuthExpired, Refused, Unavailable, Uncertain
from inbox.ports.platform import Outgoing

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(60)


@pytest.fixture
def s() -> Station:
    return station()


def one_comment(s: Station) -> Comment:
    return s.world.comments(s.world.post("news"), "This is rubbish", by=s.world.person("Ann"))


def with_file(outgoing: Outgoing, path: Path, *, text: str = "", shows: str = "") -> Outgoing:
    item = replace(outgoing.item, text=text, files=(str(path),), file_texts=(shows,))
    return replace(outgoing, item=item)


def picture(folder: Path) -> Path:
    path = folder / "parcel.png"
    path.write_bytes(PICTURE)
    return path


# -- deeds -------------------------------------------------------------------------------------------------


async def test_hiding_changes_nothing_but_that(s: Station) -> None:
    """The same call with `message` beside it would overwrite the customer's words (trap 1)."""
    comment = one_comment(s)
    target = to_comment(comment)
    await s.adapter.do(Deed.HIDE, target, nothing)
    assert (comment.hidden, comment.text) == (True, "This is rubbish")
    await s.adapter.do(Deed.UNHIDE, target, nothing)
    assert (comment.hidden, comment.text) == (False, "This is rubbish")
    assert [r.form for r in s.sim.requests if r.method == "POST"] == [
        {"is_hidden": "true"},
        {"is_hidden": "false"},
    ]


@pytest.mark.parametrize("kind", ["comment", "visitor's post"])
async def test_liking_and_unliking_go_to_the_edge_of_likes(s: Station, kind: str) -> None:
    """For comments and for posts by others alike."""
    post = s.world.visitor_post(s.world.person("Ann"), "hello")
    thing: Comment | Post = one_comment(s) if kind == "comment" else post
    surface = Surface.COMMENTS if kind == "comment" else Surface.VISITOR_POSTS
    target = reply(surface, post.id, to=thing.id)
    await s.adapter.do(Deed.LIKE, target, nothing)
    assert thing.liked
    await s.adapter.do(Deed.UNLIKE, target, nothing)
    assert not thing.liked


async def test_what_was_deleted_already_is_deleted(s: Station) -> None:
    """After an answer that was lost the same deed goes out again; that must not look like a failure."""
    mine = s.world.comments(one_comment(s), "Sorry!")
    target = reply(Surface.COMMENTS, mine.parent.short_id if mine.parent else "", to=mine.id)
    s.sim.faults.inject("accept_then_drop", "DELETE")
    with pytest.raises(Uncertain):
        await s.adapter.do(Deed.DELETE, target, nothing)
    await s.adapter.do(Deed.DELETE, target, nothing)
    assert mine.short_id not in s.world.comments_by_id


async def test_the_person_of_a_conversation_is_blocked_by_their_id(s: Station) -> None:
    """Only conversations name people by the id that the call takes."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "spam")
    await s.adapter.do(Deed.BLOCK, to_message(s, ann), nothing)
    assert ann.blocked
    await s.adapter.do(Deed.UNBLOCK, to_message(s, ann), nothing)
    assert not ann.blocked


async def test_nobody_is_blocked_by_the_id_of_a_comments_author(s: Station) -> None:
    """It is another number for the same person: the call would hit nobody, or somebody else."""
    assert Deed.BLOCK not in PLATFORM.deeds[Surface.COMMENTS]
    with pytest.raises(Refused, match="no way to block"):
        await s.adapter.do(Deed.BLOCK, to_comment(one_comment(s)), nothing)
    assert s.sim.requests == []


async def test_a_private_message_cannot_be_taken_back(s: Station) -> None:
    """A private answer stands in the thread of a comment, where deleting is offered for comments."""
    with pytest.raises(Refused, match="private message"):
        await s.adapter.do(Deed.DELETE, reply(Surface.COMMENTS, "1", to="m_abc"), nothing)
    assert s.sim.requests == []


async def test_a_deed_meets_the_same_errors_as_a_reply(s: Station) -> None:
    """A lost sign-in blocks it, with words; it leaves again afterwards."""
    s.sim.faults.inject("401", "POST likes")
    with pytest.raises(AuthExpired):
        await s.adapter.do(Deed.LIKE, to_comment(one_comment(s)), nothing)


async def test_the_first_byte_of_a_deed_is_announced(s: Station) -> None:
    """The outbox writes down that it is on its way before it is."""
    told: list[int] = []
    await s.adapter.do(Deed.LIKE, to_comment(one_comment(s)), lambda: told.append(len(s.sim.requests)))
    assert told == [0]


# -- what a comment allows and how it stands ---------------------------------------------------------------


async def test_a_comment_tells_how_it_stands_and_what_it_allows(s: Station) -> None:
    """The agent sees what is hidden, and is not offered what Facebook would refuse."""
    comment = one_comment(s)
    comment.hidden = comment.liked = True
    comment.extra = {"can_like": False, "can_remove": "false"}
    (found,) = await s.read(Surface.COMMENTS)
    assert (found.hidden, found.liked) == (True, True)
    assert set(found.barred) == {Deed.LIKE, Deed.DELETE}


async def test_a_comment_hidden_in_facebooks_own_app_is_seen(s: Station) -> None:
    """A colleague's decision shows at the next reading, and is no edit."""
    comment = one_comment(s)
    await s.read(Surface.COMMENTS)
    comment.hidden = True
    (found,) = await s.read(Surface.COMMENTS)
    assert (found.hidden, found.edited_at) == (True, None)


async def test_a_post_by_a_visitor_tells_whether_we_hid_or_like_it(s: Station) -> None:
    """Posts say so in their likes; on somebody else's wall nothing can be hidden."""
    post = s.world.visitor_post(s.world.person("Ann"), "hello")
    post.hidden = post.liked = True
    (found,) = await s.read(Surface.VISITOR_POSTS)
    assert (found.hidden, found.liked, found.barred) == (True, True, ())
    s.world.tagging_post(s.world.person("Ben"), "@acme")
    (tagged,) = await s.read(Surface.TAGGED)
    assert Deed.HIDE in tagged.barred


async def test_a_flag_that_does_not_come_bars_nothing(s: Station) -> None:
    """Older bodies have none of them."""
    one_comment(s).extra = dict.fromkeys(
        ("can_hide", "can_like", "can_remove", "is_hidden", "user_likes"), ...
    )
    (found,) = await s.read(Surface.COMMENTS)
    assert (found.hidden, found.liked, found.barred) == (None, None, ())


# -- reading back what was written -------------------------------------------------------------------------


@pytest.mark.parametrize("reads_back", [True, False])
async def test_a_new_comment_is_looked_at_where_it_stands(reads_back: bool) -> None:
    """Where the answer is an id alone it is asked for; either way its place is checked."""
    s = station(reads_back=reads_back)
    comment = one_comment(s)
    receipt = await s.adapter.send(to_comment(comment), nothing)
    assert receipt.note == ""
    assert receipt.sent_at is not None
    assert receipt.url is not None
    assert comment.text == "This is rubbish"


async def test_an_answer_to_an_answer_is_in_its_place_under_the_top_comment(s: Station) -> None:
    """Facebook flattens; that is no mistake."""
    comment = one_comment(s)
    below = s.world.comments(comment, "And?", by=s.world.person("Ben"))
    assert (await s.adapter.send(to_comment(below), nothing)).note == ""


async def test_a_comment_that_landed_elsewhere_is_told_and_not_sent_again(s: Station) -> None:
    """It was taken; the agent decides what to do about it."""
    comment = one_comment(s)
    other = one_comment(s)
    target = to_comment(comment)
    receipt = await s.adapter.send(replace(target, item=replace(target.item, reply_to=other.id)), nothing)
    assert receipt.note == ""
    s.sim.reads_back = False
    s.world.comments_by_id.clear()
    s.world.comments_by_id |= {comment.short_id: comment, other.short_id: other}
    moved = _landing_under(s, other)
    receipt = await s.adapter.send(to_comment(comment, text="Second"), nothing)
    assert "elsewhere" in receipt.note
    assert len(moved) == 1


def _landing_under(s: Station, other: Comment) -> list[str]:
    """From now on Facebook hangs our comments under another one than was asked for."""
    taken: list[str] = []
    add = s.world.add_comment

    def elsewhere(under: Any, text: str, picture: str | None = None) -> Comment:
        taken.append(text)
        return add(other, text, picture)

    s.world.add_comment = elsewhere  # type: ignore[method-assign]
    return taken


async def test_a_failed_look_at_the_new_comment_changes_nothing(s: Station) -> None:
    """The reply was taken; an error here would make it look lost."""
    s.sim.reads_back = False
    comment = one_comment(s)
    s.sim.faults.inject("503", "GET node")
    receipt = await s.adapter.send(to_comment(comment), nothing)
    assert receipt.remote_id in {c.id for c in s.world.comments_by_id.values()}
    assert (receipt.sent_at, receipt.note) == (None, "")


async def test_a_comment_that_is_taken_but_not_shown_is_told(s: Station) -> None:
    """Facebook holds some back as spam; the customer would wait for an answer nobody sees."""
    s.sim.reads_back = False
    comment = one_comment(s)
    s.sim.faults.inject("fb:100/33", "GET node")
    assert "spam" in (await s.adapter.send(to_comment(comment), nothing)).note


# -- files -------------------------------------------------------------------------------------------------


async def test_a_picture_goes_to_messenger_in_two_steps(s: Station, tmp_path: Path) -> None:
    """The upload is seen by nobody; only the second call counts, and it says so before it leaves."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "Which parcel?")
    told: list[str] = []
    receipt = await s.adapter.send(
        with_file(to_message(s, ann), picture(tmp_path)), lambda: told.append(s.sim.requests[-1].path)
    )
    assert [a.kind for a in s.sim.accepted] == ["upload", "message"]
    assert s.sim.accepted[0].text == "image/png"
    assert told == [s.sim.requests[-2].path]
    assert told[0].endswith("/message_attachments")
    (mine,) = [m for m in await s.read(Surface.MESSENGER) if m.ours]
    assert (mine.key, [a.kind for a in mine.attachments]) == (receipt.key, ["image"])


async def test_a_picture_goes_into_a_comment_beside_its_text(s: Station, tmp_path: Path) -> None:
    """As an unpublished photo of the Page, with what it shows for people who cannot see it."""
    comment = one_comment(s)
    outgoing = with_file(to_comment(comment), picture(tmp_path), text="Look", shows="a parcel")
    await s.adapter.send(outgoing, nothing)
    (mine,) = [c for c in comment.post.comments if c.author is None]
    assert (mine.text, mine.parent) == ("Look", comment)
    assert mine.attachment is not None
    upload = next(r for r in s.sim.requests if r.path.endswith("/photos"))
    assert b"a parcel" in upload.body
    assert PICTURE in upload.body


async def test_an_upload_that_fails_leaves_nothing_behind(s: Station, tmp_path: Path) -> None:
    """Nothing has left for the customer, so it may be tried again by itself."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "hi")
    outgoing = with_file(to_message(s, ann), picture(tmp_path))
    for fault in ("accept_then_drop", "503", "cut_json"):
        s.sim.faults.inject(fault, "POST message_attachments")
        told: list[None] = []
        with pytest.raises(Unavailable):
            await s.adapter.send(outgoing, lambda told=told: told.append(None))  # type: ignore[misc]
        assert told == []
    assert "message" not in {a.kind for a in s.sim.accepted}


async def test_a_lost_answer_to_a_picture_is_found_by_its_picture(s: Station, tmp_path: Path) -> None:
    """It has no words to compare; a message without a file is not taken for it."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "hi")
    outgoing = with_file(to_message(s, ann), picture(tmp_path))
    before = s.clock.now()
    s.sim.faults.inject("accept_then_drop", "POST messages")
    with pytest.raises(Uncertain):
        await s.adapter.send(outgoing, nothing)
    s.world.answers(ann, "x").text = ""
    found = await s.adapter.find(outgoing, before)
    assert found.complete
    assert len(found.found) == 1


async def test_a_file_and_a_text_are_two_messages(s: Station, tmp_path: Path) -> None:
    """Messenger takes one or the other; half of it must not go out."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "hi")
    rule = PLATFORM.files(Surface.MESSENGER, private=True)
    assert rule is not None
    assert not rule.with_text
    with pytest.raises(Refused, match="not both"):
        await s.adapter.send(with_file(to_message(s, ann), picture(tmp_path), text="Look"), nothing)
    assert s.sim.accepted == []


async def test_a_file_that_is_gone_is_named_without_its_folder(s: Station, tmp_path: Path) -> None:
    """The agent may have moved it since; the path is nobody's business."""
    ann = s.world.person("Ann")
    s.world.writes(ann, "hi")
    with pytest.raises(Refused, match=r"gone\.png cannot be read") as caught:
        await s.adapter.send(with_file(to_message(s, ann), tmp_path / "gone.png"), nothing)
    assert str(tmp_path) not in caught.value.message


def test_what_takes_no_file_says_so() -> None:
    """A private answer to a comment is words; Instagram's files are not described for uploads."""
    assert PLATFORM.files(Surface.COMMENTS, private=True) is None
    assert PLATFORM.files(Surface.INSTAGRAM, private=True) is None
    assert PLATFORM.files(Surface.TAGGED, private=False) is not None


# -- the one private answer --------------------------------------------------------------------------------


async def test_a_private_answer_that_a_colleague_gave_is_seen_before_ours_leaves(s: Station) -> None:
    """Facebook allows one; the second would be refused, and the agent would not know why."""
    comment = one_comment(s)
    s.world.answers_privately(comment, "I wrote to you")
    with pytest.raises(Refused, match="already sent"):
        await s.adapter.send(to_comment(comment, private=True), nothing)
    assert s.sim.accepted == []


async def test_a_private_answer_that_is_not_offered_is_not_tried(s: Station) -> None:
    """The author may have closed their messages since."""
    comment = one_comment(s)
    comment.extra = {"can_reply_privately": False}
    with pytest.raises(Refused, match="no private reply"):
        await s.adapter.send(to_comment(comment, private=True), nothing)
    assert s.sim.accepted == []


async def test_an_answer_under_another_comment_is_not_taken_for_ours(s: Station) -> None:
    """Looked up by author, text and place: a colleague wrote the same words under somebody's comment."""
    post = s.world.visitor_post(s.world.person("Ann"), "hello")
    below = s.world.comments(post, "me too", by=s.world.person("Ben"))
    s.world.comments(below, "It is on its way.")
    found = await s.adapter.find(reply(Surface.VISITOR_POSTS, post.id, to=post.id), s.clock.now())
    assert (tuple(found.found), found.complete) == ((), True)
    s.world.comments(post, "It is on its way.")
    found = await s.adapter.find(reply(Surface.VISITOR_POSTS, post.id, to=post.id), s.clock.now())
    assert len(found.found) == 1
