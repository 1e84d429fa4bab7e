"""Lists of posts: mentions, own posts, look-ups by id, the search of the last seven days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from inbox.adapters.simkit import Request, Response, answer
from inbox.adapters.twitter.sim.answers import invalid
from inbox.adapters.twitter.sim.checks import time
from inbox.adapters.twitter.sim.paging import Pages
from inbox.adapters.twitter.sim.records import Post
from inbox.adapters.twitter.sim.shapes import Shapes
from inbox.adapters.twitter.sim.spec import IDS, TIMES
from inbox.adapters.twitter.sim.world import EPOCH, World

RECENT = timedelta(days=7)
"""How far back the search goes."""


class PostLists:
    """Answers the endpoints that list posts."""

    def __init__(self, world: World, pages: Pages, shapes: Shapes) -> None:
        self._world, self._pages, self._shapes = world, pages, shapes

    def about(self, user: str) -> list[Post]:
        """Return the posts that name a user or answer one, newest first."""
        return [
            p
            for p in self._world.visible()
            if p.reply_to_user == user or user in (u for u, _, _ in self._world.mentions(p.text))
        ]

    def by(self, user: str, params: Mapping[str, str]) -> list[Post]:
        """Return the posts of a user, newest first, without what `exclude` names."""
        left_out = params.get("exclude", "").split(",")
        return [
            p
            for p in self._world.visible()
            if p.author == user
            and not ("replies" in left_out and p.reply_to_user)
            and not ("retweets" in left_out and p.repost)
        ]

    def listed(self, request: Request, posts: list[Post], *, least: int = 5) -> Response:
        """Answer with a page of some posts. `least`: the smallest `max_results` that the endpoint takes."""
        params = request.params
        ids, times = IDS & set(params), TIMES & set(params)
        if ids and times:
            one, other = sorted(ids)[0], sorted(times)[0]
            raise invalid(one, f"Invalid use of '{one}' in conjunction with '{other}'.")
        for name in sorted(ids):
            if not re.fullmatch(r"[0-9]{1,19}", params[name]):
                raise invalid(name, f"The `{name}` query parameter value [{params[name]}] is not valid")
        start, end = time(params, "start_time"), time(params, "end_time")
        since, until = int(params.get("since_id", 0)), int(params.get("until_id", 10**19))
        wanted = [
            p
            for p in posts
            if since < int(p.id) < until
            and (start is None or p.created_at >= start)
            and (end is None or p.created_at < end)
        ]
        token = params.get("pagination_token") or params.get("next_token")
        page, more = self._pages.page(wanted, params, token, least)
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body["data"] = [self._shapes.post(p, params) for p in page]
            body["meta"] |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
            body |= self._shapes.includes(page, params)
        if more:
            body["meta"]["next_token"] = more
        return answer(200, body)

    def looked_up(self, request: Request) -> Response:
        """Answer the look-up by ids; what is not shown is named among the errors."""
        params = request.params
        asked = params.get("ids", "").split(",")
        found = [p for i in asked if i not in self._world.out_of_order and (p := self._world.known_post(i))]
        gone = [
            self._world.why_not(i, "ids")
            for i in asked
            if i in self._world.out_of_order or not self._world.known_post(i)
        ]
        body: dict[str, Any] = {}
        if found:
            body = {
                "data": [self._shapes.post(p, params) for p in found],
                **self._shapes.includes(found, params),
            }
        if gone:
            body["errors"] = [*body.get("errors", []), *gone]
        return answer(200, body)

    def searched(self, request: Request) -> Response:
        """Answer the search of the last seven days, which is 30 seconds behind."""
        params = request.params
        now = self._world.clock()
        query = params.get("query", "")
        if not query or len(query) > 512:
            raise invalid(
                "query", "The `query` query parameter can not be empty or longer than 512 characters"
            )
        oldest = (int((now - RECENT).timestamp() * 1000) - EPOCH) << 22
        if 0 < int(params.get("since_id", oldest)) < oldest:
            stamp = (now - RECENT).strftime("%Y-%m-%dT%H:%MZ")
            raise invalid(
                "since_id",
                f"'since_id' must be a tweet id created after {stamp}. Please use a 'since_id' that is larger than {oldest}",
            )
        start = time(params, "start_time")
        if start is not None and start < now - RECENT:
            raise invalid("start_time", "'start_time' must be on or after the last 7 days")
        if "pagination_token" in params and "next_token" in params:
            raise invalid("next_token", "one of both")
        upto = now - timedelta(seconds=30)
        hits = [
            p
            for p in self._world.visible()
            if p.created_at <= upto and not p.repost and self._matches(p, query)
        ]
        return self.listed(request, hits, least=10)

    def _matches(self, post: Post, query: str) -> bool:
        """Groups of OR in brackets, phrases, words, from:, to:, @, -is:retweet and negation: what brands ask."""
        groups = re.findall(r"-?\([^)]*\)|-?\"[^\"]*\"|\S+", query)
        return all(self._group(post, g) for g in groups if g.upper() != "AND")

    def _group(self, post: Post, group: str) -> bool:
        if group.startswith("-"):
            return not self._group(post, group[1:])
        if group.startswith("("):
            return any(self._matches(post, part) for part in re.split(r"\s+OR\s+", group[1:-1]))
        operator, colon, value = group.partition(":")
        if colon and operator == "from":
            return post.author == self._world.by_handle(value)
        if colon and operator == "to":
            return post.reply_to_user is not None and post.reply_to_user == self._world.by_handle(value)
        if colon and operator == "is":
            return {"retweet": bool(post.repost), "reply": bool(post.reply_to), "quote": bool(post.quote)}[
                value
            ]
        if colon and operator == "conversation_id":
            return post.conversation == value
        if group.startswith("@"):
            who = self._world.by_handle(group[1:])
            return any(user == who for user, _, _ in self._world.mentions(post.text))
        return bool(re.search(rf"(?<!\w){re.escape(group.strip(chr(34)))}(?!\w)", post.text, re.IGNORECASE))
