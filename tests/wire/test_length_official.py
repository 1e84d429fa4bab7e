"""X's own conformance cases for length and links (twitter-text)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml
from shared import shared

from inbox.adapters.twitter.length import links, tweet_length

Case = dict[str, Any]


@cache
def documents(file: str) -> dict[str, Any]:
    """Read once, and by libyaml where it is built in: in Python alone this was a fifth of the suite's collection."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(shared(f"wire/x/twitter-text/{file}").read_text("utf-8"), loader))


def cases(file: str, *groups: str) -> list[Any]:
    tests = documents(file)["tests"]
    return [pytest.param(case, id=case["description"][:60]) for group in groups for case in tests[group]]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check(case: Case, *, emoji: bool) -> None:
    text, expected = case["text"], case["expected"]
    count = tweet_length(text, emoji=emoji)
    assert count.used == expected["weightedLength"]
    assert count.valid == expected["valid"]
    assert count.used * 1000 // count.limit == expected["permillage"]
    # Theirs is the last UTF-16 unit that fits, ours the code point after it.
    assert utf16(text[: count.valid_to]) - 1 == expected["validRangeEnd"]


@pytest.mark.parametrize(
    "case",
    cases(
        "validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"
    ),
)
def test_posts_are_counted_by_the_rules_in_force(case: Case) -> None:
    """Config version 3."""
    check(case, emoji=True)


@pytest.mark.parametrize("case", cases("validate.yml", "WeightedTweetsCounterTest"))
def test_posts_are_counted_by_the_rules_before(case: Case) -> None:
    """Config version 2: all but emoji is the same, so these cases bind as well."""
    check(case, emoji=False)


@pytest.mark.parametrize("case", cases("extract.yml", "urls", "tco_urls_with_params"))
def test_links_are_found_as_officially_required(case: Case) -> None:
    """What is a link decides over 23."""
    assert links(case["text"]) == case["expected"]


@pytest.mark.parametrize("case", cases("extract.yml", "urls_with_indices", "urls_with_directional_markers"))
def test_links_are_found_in_their_order(case: Case) -> None:
    """Neighbouring links without a space between them are told apart."""
    assert links(case["text"]) == [expected["url"] for expected in case["expected"]]


# The official validator takes these as links; the official counter, which decides here, does not.
ONLY_VALID = ("Valid url: port and userinfo", "Valid url: ipv4")
VALID_LINKS = [
    case
    for case in cases("validate.yml", "urls", "urls_without_protocol")
    if case.values[0]["expected"] and case.values[0]["description"] not in ONLY_VALID
]


@pytest.mark.parametrize("case", VALID_LINKS)
def test_a_valid_link_alone_counts_twenty_three(case: Case) -> None:
    """However long it is."""
    assert tweet_length(case["text"]).used == 23
