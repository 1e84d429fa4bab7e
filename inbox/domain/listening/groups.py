"""Groups of posts that say nearly the same, by MinHash: each post is compared with a handful of others, however many
there are.

A post's shingles (pieces of four characters) are hashed into 32 bins, of which each keeps the smallest; two posts
that share two neighbouring bins are candidates, and what decides is how many shingles they share.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from zlib import crc32

from inbox.domain.listening.surges import Heard, key
from inbox.domain.listening.tokens import LONGEST_TEXT, fold_words, spelling, words_of
from inbox.domain.records import Record

ALIKE = 0.5
"""Share of common shingles from which on two posts are of one group."""
_CUT = 0.75
"""A post that lies within a longer one is taken as alike from two thirds of its shingles on."""
_LONG_ENOUGH = 20
_BINS, _NEWEST = 32, 8
_NOT_WORDS = r"(?:https?://|www\.)\S+|@\w+|[^\w\s]|_"


class Group(Record, kw_only=True):
    """Posts that say nearly the same. `id` stays while posts are added. `messages`: ids, by time. `sample`: the post
    that is nearest to the others."""

    id: str
    name: str
    messages: tuple[str, ...]
    sample: str


def alike_text(text: str) -> str:
    """Return what of a text is compared: folded words with single blanks, one at each end."""
    return f" {' '.join(re.sub(_NOT_WORDS, ' ', fold_words(text[:LONGEST_TEXT])).split())} "


def shingles(text: str) -> frozenset[int]:
    """Return the hashed pieces of four characters of a text."""
    folded = alike_text(text).encode("utf-8", "replace")
    return frozenset(
        (crc32(folded[at : at + 4]) * 2654435761) & 0xFFFFFFFF for at in range(max(1, len(folded) - 3))
    )


def likeness(one: frozenset[int], other: Iterable[int]) -> float:
    """Return how alike two sets of shingles are, 0 to 1."""
    others = list(other)
    common = len(one.intersection(others))
    smaller = min(len(one), len(others))
    jaccard = common / (len(one) + len(others) - common)
    return max(jaccard, common / smaller * _CUT if smaller >= _LONG_ENOUGH else 0.0)


def like(text: str, others: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids of the texts (id, text) that say the same as `text`, in their order; none where it says nothing but
    names and addresses."""
    wanted = shingles(text)
    if not alike_text(text).strip():
        return []
    return [id for id, other in others if likeness(wanted, shingles(other)) >= ALIKE]


class Grouping:
    """Puts posts into groups as they come. Memory: half a kilobyte a post."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        """Numbers of posts, by group."""
        self._shingles: list[array[int]] = []
        self._group_of: list[int] = []
        self._bands: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        self._same: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Add a post; returns the number of its group."""
        number = len(self._shingles)
        pieces = shingles(text)
        folded = alike_text(text)
        twin = self._same.setdefault(folded, number)
        self._shingles.append(array("Q", pieces))
        keys = _bands(pieces)
        group = self._group_of[twin] if twin != number else self._best(pieces, keys)
        if group is None:
            group = len(self.groups)
            self.groups.append([])
        self.groups[group].append(number)
        self._group_of.append(group)
        if twin == number:  # one of many equal ones stands for all of them
            for band in keys:
                kept = self._bands[band]
                kept.append(number)
                del kept[:-_NEWEST]
        return group

    def _best(self, pieces: frozenset[int], keys: Sequence[tuple[int, int, int]]) -> int | None:
        candidates = {number for band in keys for number in self._bands.get(band, ())}
        best, most = None, ALIKE
        for number in sorted(candidates):
            near = likeness(pieces, self._shingles[number])
            if near >= most:
                best, most = self._group_of[number], near
        return best

    def central(self, members: Sequence[int]) -> int:
        """Return the post that is nearest to the others; of a large group thirty are compared."""
        some = members[:: max(1, len(members) // 30)][:30]
        sets = {number: frozenset(self._shingles[number]) for number in some}
        return max(some, key=lambda one: (sum(likeness(sets[one], sets[other]) for other in some), -one))


def _bands(pieces: frozenset[int]) -> list[tuple[int, int, int]]:
    """The bands of a signature: 16 of two bins; an empty bin takes the next full one."""
    smallest: list[int | None] = [None] * _BINS
    for piece in pieces:
        at = piece >> 27
        known = smallest[at]
        if known is None or piece < known:
            smallest[at] = piece
    filled = 0
    for at in range(2 * _BINS - 1, -1, -1):
        value = smallest[at % _BINS]
        if value is None:
            smallest[at % _BINS] = filled or None
        else:
            filled = value
    full = [value or 0 for value in smallest]
    return [(at, full[at], full[at + 1]) for at in range(0, _BINS, 2)]


def groups(messages: Iterable[Heard]) -> tuple[list[Group], int]:
    """Return groups of at least two posts, the largest first, and how many posts stand alone."""
    posts = sorted(messages, key=key)
    grouping = Grouping()
    for post in posts:
        grouping.add(post.text)
    large = [members for members in grouping.groups if len(members) > 1]
    large.sort(key=lambda members: (-len(members), members[0]))
    words = _Words(posts)
    found = [
        Group(
            id=_id(posts[members[0]].id),
            name=words.name([posts[number] for number in members]),
            messages=tuple(posts[number].id for number in members),
            sample=posts[grouping.central(members)].text,
        )
        for members in large
    ]
    return found, len(posts) - sum(map(len, large))


def _id(first: str) -> str:
    return blake2b(first.encode("utf-8", "replace"), digest_size=3).hexdigest()


class _Words:
    """In how many posts each word is, to name a group by what sets it apart."""

    def __init__(self, posts: Sequence[Heard]) -> None:
        self._of_post = {post.id: set(words_of(post.text)) for post in posts}
        self._used = Counter(word for words in self._of_post.values() for word in words)
        self._all = len(posts)

    def name(self, members: Sequence[Heard]) -> str:
        """Return three words that most of a group's posts have and others have not."""
        used = Counter(word for post in members for word in self._of_post[post.id])
        best = sorted(used, key=lambda word: (-self._apart(word, used, len(members)), word))[:3]
        texts = [post.text for post in members[:50]]
        return " · ".join(spelling(word, texts) for word in best) or texts[0][:40]

    def _apart(self, word: str, used: Mapping[str, int], size: int) -> float:
        """Share of the group with the word, less the share of the others."""
        others = self._all - size
        elsewhere = (self._used[word] - used[word]) / others if others else 0.0
        return used[word] / size - elsewhere
