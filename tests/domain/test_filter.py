"""The filter language."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.builders import BERLIN, NOON, answers, asks, at, head, settled, snoozed, waiting, with_status
from inbox.domain.filter import OPERATORS, STATES, Filter, FilterError, parse
from inbox.domain.fold import OR
from inbox.domain.model import Conversation, Person, Priority, Status, Surface
from inbox.domain.queue import Scope, views
from inbox.domain.records import replace

VIEWS = {view.name: view.scope for view in views("tanja")}


def read(text: str) -> Filter:
    return parse(text, agent="tanja", now=NOON, zone=BERLIN)


def finds(
    text: str, c: Conversation, view: str = "all", minutes: float = 1, *, troubled: bool = False
) -> bool:
    return read(text).within(VIEWS[view]).matches(c, at(minutes), troubled=troubled)


RENE = Person(name="René Müller", handle="rene_m", remote_id="9")
DONE = settled(asks(1, -90), answers(2, -60))
RICH = replace(
    waiting(),
    contact=RENE,
    assignee="tanja",
    tags=("Refund", "needs answer"),
    priority=Priority.HIGH,
    surface=Surface.DIRECT,
)


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("from:rene", "from:anna"),
        ("from:@rene_m", "from:@rene_mx"),
        ('from:"rene mu"', 'from:"mu rene"'),
        ("FROM:MÜLLER", "from:miller"),
        ("in:acme", "in:other"),
        ("on:direct", "on:mentions"),
        ("on:DM", "on:comment"),
        ("on:x", "on:facebook"),
        ("on:twitter", "on:messenger"),
        ("is:waiting", "is:breached"),
        ("is:mine", "is:unassigned"),
        ("is:open", "is:snoozed"),
        ("tag:refund", "tag:ref"),
        ('tag:"Needs Answer"', "tag:needs"),
        ("priority:High", "priority:low"),
        ("after:2026-11-23", "before:2026-11-23"),
        ("before:2026-11-24", "after:2026-11-24"),
        ("after:3d", "before:3d"),
        ("in:acme tag:refund from:rene", "in:acme tag:refund from:anna"),
    ],
)
def test_each_operator_and_its_negation(yes: str, no: str) -> None:
    """All conditions must hold; a leading minus turns one round."""
    assert finds(yes, RICH)
    assert not finds(no, RICH)
    if " " not in yes.replace('"rene mu"', "").replace('"Needs Answer"', ""):
        assert not finds(f"-{yes}", RICH)
        assert finds(f"-{no}", RICH)


def test_dates_are_local_midnights() -> None:
    """In Berlin the 23rd began an hour before it did in UTC."""
    c = replace(waiting(), last_message_at=NOON.replace(day=22, hour=23))
    assert finds("after:2026-11-23", c)
    assert not finds("after:2026-11-23", replace(c, last_message_at=NOON.replace(day=22, hour=22, minute=59)))
    assert finds("before:2026-11-23", replace(c, last_message_at=NOON.replace(day=22, hour=22, minute=59)))
    assert not finds("before:2026-11-23", head())
    assert not finds("after:1d", head())


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("yesterday", "2026-11-22"),
        ("gestern", "2026-11-22"),
        ("mon", "2026-11-23"),
        ("So", "2026-11-22"),
        ('"last week"', "2026-11-16"),
        ("24.12.", "2025-12-24"),
        ("22.11.", "2026-11-22"),
        ("22.11.26", "2026-11-22"),
        ('"24 dec"', "2025-12-24"),
        ('"nov 22"', "2026-11-22"),
    ],
)
def test_days_are_written_as_everywhere_else(written: str, day: str) -> None:
    """What the snooze box takes is no mistake in a filter; a day without a year is the latest one."""
    assert read(f"after:{written}").scope == read(f"after:{day}").scope


def test_breached_is_a_matter_of_now() -> None:
    assert not finds("is:breached", waiting(), minutes=180)
    assert finds("is:breached", waiting(), minutes=181)
    assert not finds("is:breached", with_status(waiting(), Status.SPAM), minutes=181)


# -- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "not_words"),
    [
        ("", (), ()),
        ("  ", (), ()),
        ("Parcel lost", ("parcel", "lost"), ()),
        ('"Lost  Parcel" -refund', ("lost parcel",), ("refund",)),
        ('-"lost parcel"', (), ("lost parcel",)),
        ('"unfinished phra', ("unfinished phra",), ()),
        ("“lost parcel” „verlorenes Paket“", ("lost parcel", "verlorenes paket"), ()),
        ("Łódź", ("lodz",), ()),
        ("Rückerstattung", (f"ruckerstattung{OR}rueckerstattung",), ()),
        ("https://x.example/a?b=c", ("https://x.example/a?b=c",), ()),
        ("-HTTPS://x.example", (), ("https://x.example",)),
        ("12:30 Re:", ("12:30", "re:"), ()),
        ('"from:anna"', ("from:anna",), ()),
        ("-", (), ()),
        ("- parcel", ("parcel",), ()),
        ('""', (), ()),
        ("well-known", ("well-known",), ()),
    ],
)
def test_words_and_phrases_are_text(text: str, words: tuple[str, ...], not_words: tuple[str, ...]) -> None:
    """A web address, a time and a subject line are text, though they have colons; a lone minus is nothing yet."""
    got = read(text)
    assert (got.words, got.not_words) == (words, not_words)
    assert got.scope == Scope()


def test_words_and_operators_mix() -> None:
    got = read("parcel is:waiting -urgent in:acme")
    assert (got.words, got.not_words) == (("parcel",), ("urgent",))
    assert (got.scope.waiting, got.scope.account) == (True, "acme")


# -- mistakes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("form:anna", 'did you mean "from:"? Put it in quotes'),
        ('form:"anna b"', 'did you mean "from:"?'),
        (
            "zzz:1",
            "there are from:, in:, on:, is:, to:, tag:, person:, before:, after:, silent:, priority:, has:, lang:. Put it in quotes",
        ),
        ("from:", '"from:" needs a value.'),
        ("-tag:", '"tag:" needs a value.'),
        ('is:""', '"is:" needs a value.'),
        ("from: anna", '"from:" needs a value.'),
        ("from:@", "needs a name"),
        ("is:overdeu", 'did you mean "is:overdue"?'),
        ("is:braeched", 'did you mean "is:overdue"?'),
        ("is:qqq", "there are is:waiting, is:overdue, is:unassigned,"),
        ("on:coments", 'did you mean "comments"?'),
        ("on:qqq", "there are mentions, direct,"),
        ("priority:hihg", 'did you mean "high"?'),
        ("before:someday", "write 2026-11-01, or 3d"),
        ("after:2026-13-01", "there is no 2026-13-01"),
        ("-is:failed", 'the view "failed"'),
    ],
)
def test_a_mistake_is_told_with_its_mend(text: str, hint: str) -> None:
    """Typed while filtering: the hint stands under the line."""
    with pytest.raises(FilterError) as caught:
        read(text)
    assert hint in str(caught.value)


# -- with views ------------------------------------------------------------------------------------------------


def test_naming_a_status_looks_beyond_the_view() -> None:
    """Who types is:resolved wants what is resolved, wherever they stand."""
    resolved = with_status(DONE, Status.RESOLVED)
    for view in ("waiting", "mentions", "snoozed", "all"):
        assert finds("is:resolved", resolved, view)
        assert not finds("is:resolved", waiting(), view)
    assert not finds("is:resolved", resolved, "comments"), "the surface still counts"
    assert finds("is:snoozed", snoozed(waiting(), 100, 0), "waiting")
    assert not finds("is:snoozed", snoozed(waiting(), 100, 0), "waiting", minutes=100)
    assert not finds("is:open is:resolved", resolved)
    assert finds("is:resolved -is:spam", resolved, "waiting")


def test_a_negated_status_only_narrows() -> None:
    """-is:spam in the waiting view does not bring up what is resolved."""
    assert finds("-is:spam", waiting(), "waiting")
    assert not finds("-is:spam", with_status(DONE, Status.RESOLVED), "waiting")
    assert not finds("-is:spam", DONE, "waiting")
    assert not finds("-is:open", waiting(), "waiting")
    assert finds("-is:open", with_status(DONE, Status.RESOLVED), "all")


def test_failed_replies_are_found_whatever_the_status() -> None:
    resolved = with_status(DONE, Status.RESOLVED)
    assert finds("is:failed", resolved, "waiting", troubled=True)
    assert not finds("is:failed", resolved, "waiting")
    assert not finds("is:failed -is:resolved", resolved, "waiting", troubled=True)


def test_a_filter_never_leaves_the_view_it_narrows() -> None:
    """A view for one account, filtered for another, is empty; so is a view of others' work filtered for mine."""
    view = replace(VIEWS["all"], account="acme")
    other = replace(waiting(), account="other")
    for c in (waiting(), other):
        assert not read("in:other").within(view).matches(c, NOON)
    assert read("in:acme").within(view).matches(waiting(), NOON)
    bobs = replace(VIEWS["all"], assignee="bob")
    for assignee in ("bob", "tanja"):
        assert not read("is:mine").within(bobs).matches(waiting(assignee=assignee), NOON)
    assert not finds("on:direct", waiting(surface=Surface.DIRECT), "mentions")
    assert not finds("is:unassigned", replace(waiting(), assignee="tanja"), "mine")
    assert not finds("-is:waiting", DONE, "waiting")
    assert finds("is:waiting", waiting(), "mentions")
    assert not finds("is:waiting", DONE, "mentions")


def test_an_empty_filter_is_the_view() -> None:
    for scope in VIEWS.values():
        assert read("").within(scope) == scope


def test_two_of_a_kind_must_both_hold() -> None:
    assert finds("tag:refund tag:nothing", replace(RICH, tags=("refund", "nothing")))
    assert not finds("tag:refund tag:nothing", RICH)
    assert not finds("in:acme in:other", RICH)
    assert not finds("on:direct on:mentions", RICH)
    assert finds("-on:comments -on:mentions", RICH)


# -- properties ------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(f"{op}:" for op in OPERATORS),
        *STATES,
        *Surface,
        "-",
        '"',
        "“",
        " ",
        "3d",
        "2026-11-01",
        "9999999w",
        "0001-01-01",
    ]
) | st.text(max_size=5)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
@example("after:0001-01-01 before:9999-12-31")
@example("before:" + "9" * 5000 + "d")
def test_anything_typed_is_a_filter_or_a_filter_error(text: str) -> None:
    """It is read at every key; and what was read can be asked of every conversation."""
    try:
        got = read(text)
    except FilterError:
        return
    for view in VIEWS.values():
        got.within(view).matches(RICH, NOON)
        got.within(view).matches(head(), NOON.astimezone(UTC))


@given(
    st.sampled_from(["is:mine", "is:waiting", "tag:refund", "from:rene", "on:dm", "in:acme", "priority:high"])
)
def test_a_condition_and_its_negation_split_every_view(text: str) -> None:
    for view in VIEWS:
        for c in (RICH, DONE, waiting(surface=Surface.COMMENTS)):
            inside = VIEWS[view].matches(c, at(1))
            assert finds(text, c, view) + finds(f"-{text}", c, view) == inside
