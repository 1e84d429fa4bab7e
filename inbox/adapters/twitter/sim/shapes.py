"""How posts and direct messages look in an answer, in the older and the newer dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.adapters.twitter.sim.answers import media_object
from inbox.adapters.twitter.sim.checks import dialect as dialect_of
from inbox.adapters.twitter.sim.records import Event, Media, Post
from inbox.adapters.twitter.sim.world import World


class Shapes:
    """Writes what the world holds as X does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._links: dict[str, str] = {}
        """Targets of links and what X shortened them to."""

    def post(self, post: Post, params: Mapping[str, str]) -> dict[str, Any]:
        """Return a post with the fields and expansions that were asked for."""
        dialect = dialect_of(params)
        fields = set(params.get(f"{dialect}.fields", "").split(","))
        expansions = set(params.get("expansions", "").split(","))
        whole, entities = self.spelled(post.text, post.id, post.media, post.author)
        text = _cut(whole) if (long := len(post.text) > 280) else whole
        history = f"edit_history_{dialect}_ids"
        item: dict[str, Any] = {"id": post.id, "text": text}
        if dialect == "tweet" or "edit_history_post_ids" in expansions:
            item[history] = post.history
        offered: dict[str, Any] = {
            "created_at": stamp(post.created_at),
            "conversation_id": post.conversation,
            "display_text_range": [post.typed_from, len(text)],
            "entities": entities,
            f"note_{dialect}": {"text": whole, "entities": entities} if long else None,
            "attachments": _attachments(post),
            "lang": "en",
        }
        item |= {name: value for name, value in offered.items() if name in fields and value}
        references = [
            {"type": kind, "id": target}
            for kind, target in (
                ("replied_to", post.reply_to),
                ("quoted", post.quote),
                ("retweeted", post.repost),
            )
            if target
        ]
        names: dict[str, Any] = {
            "author_id": post.author,
            "in_reply_to_user_id": post.reply_to_user,
            f"referenced_{dialect}s": references,
        }
        # In the older dialect these are fields, in the newer one they come with their expansion.
        asked = fields if dialect == "tweet" else expansions
        item |= {name: value for name, value in names.items() if name in asked and value}
        return {name: value for name, value in item.items() if name not in self._world.withheld}

    def includes(self, posts: Iterable[Post], params: Mapping[str, str]) -> dict[str, Any]:
        """Return what comes beside posts: people, related posts, media, polls, and errors about those not shown."""
        posts = list(posts)
        dialect = dialect_of(params)
        expansions = set(params.get("expansions", "").split(","))
        people: list[str] = []
        related: dict[str, Post] = {}
        errors: list[dict[str, Any]] = []
        wanted = "referenced_tweets.id" if dialect == "tweet" else "referenced_posts"
        for post in posts:
            people += [post.author] if "author_id" in expansions else []
            if "in_reply_to_user_id" in expansions and post.reply_to_user:
                people.append(post.reply_to_user)
            for target in (post.reply_to, post.quote, post.repost):
                if wanted not in expansions or not target:
                    continue
                found = self._world.known_post(target)
                if found is None:
                    errors.append(self._world.why_not(target, wanted))
                else:
                    related[found.id] = found
                    if f"{wanted}.author_id" in expansions or dialect == "post":
                        people.append(found.author)
        box: dict[str, Any] = {}
        if people:
            box["users"] = [self._world.users[u] for u in dict.fromkeys(people)]
        if related:
            box["tweets" if dialect == "tweet" else "posts"] = [
                self.post(p, params) for p in related.values()
            ]
        shown = [m for p in posts for m in p.media] if "attachments.media_keys" in expansions else []
        if shown:
            box["media"] = [media_object(m.key, m.type, m.alt_text, params) for m in shown]
        polls = [p for p in posts if p.poll] if "attachments.poll_ids" in expansions else []
        if polls:
            box["polls"] = [_poll(p) for p in polls]
        return {**({"includes": box} if box else {}), **({"errors": errors} if errors else {})}

    def event(self, event: Event, params: Mapping[str, str]) -> dict[str, Any]:
        """Return a direct message with the fields that were asked for."""
        fields = set(params.get("dm_event.fields", "id,text,event_type").split(","))
        expansions = set(params.get("expansions", "").split(","))
        text, entities = self.spelled(event.text, event.id, event.media, event.sender, direct=True)
        item: dict[str, Any] = {"id": event.id, "event_type": event.kind}
        if event.kind == "MessageCreate":
            item["text"] = text
        offered: dict[str, Any] = {
            "created_at": stamp(event.created_at),
            "dm_conversation_id": event.conversation,
            "entities": entities,
            "attachments": {"media_keys": [m.key for m in event.media]} if event.media else None,
        }
        item |= {name: value for name, value in offered.items() if name in fields and value}
        if "sender_id" in (fields | expansions):
            item["sender_id"] = event.sender
        return {name: value for name, value in item.items() if name not in self._world.withheld}

    def direct_includes(self, events: Iterable[Event], params: Mapping[str, str]) -> dict[str, Any]:
        """Return what comes beside direct messages: people and media."""
        events = list(events)
        expansions = set(params.get("expansions", "").split(","))
        box: dict[str, Any] = {}
        if "sender_id" in expansions:
            box["users"] = [self._world.users[u] for u in dict.fromkeys(e.sender for e in events)]
        shown = [m for e in events for m in e.media] if "attachments.media_keys" in expansions else []
        if shown:
            box["media"] = [media_object(m.key, m.type, m.alt_text, params) for m in shown]
        return {"includes": box} if box else {}

    def spelled(
        self, text: str, owner: str, media: Sequence[Media], author: str, direct: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """Text and entities as X sends them: escaped, links wrapped, a link for the media at the end."""
        urls: list[dict[str, Any]] = []
        mentions: list[dict[str, Any]] = []
        out = ""
        at = 0
        marks = sorted(
            [(m.start(), m.end(), "url") for m in re.finditer(r"https?://\S+", text)]
            + [(start, end, uid) for uid, start, end in self._world.mentions(text)]
        )
        for start, end, kind in marks:
            if start < at:
                continue
            out += _escaped(text[at:start])
            begin = len(out)
            if kind == "url":
                short = self._short(text[start:end])
                out += short
                urls.append({
                    "start": begin, "end": len(out), "url": short, "expanded_url": text[start:end],
                    "display_url": text[start:end].partition("://")[2][:27],
                })  # fmt: skip
            else:
                out += text[start:end]
                mentions.append(
                    {
                        "start": begin,
                        "end": len(out),
                        "username": self._world.users[kind]["username"],
                        "id": kind,
                    }
                )
            at = end
        out += _escaped(text[at:])
        if media:
            handle = self._world.users[author]["username"]
            page = f"https://twitter.com/{handle}/status/{owner}/photo/1"
            target = f"https://twitter.com/messages/media/{owner}" if direct else page
            short = self._short(target)
            begin = len(out) + 1
            out = f"{out} {short}"
            urls += [
                {
                    "start": begin, "end": len(out), "url": short, "expanded_url": target,
                    "display_url": "pic.twitter.com/" + short[-10:], "media_key": m.key,
                }
                for m in media
            ]  # fmt: skip
        entities = {name: value for name, value in (("urls", urls), ("mentions", mentions)) if value}
        return out, entities

    def _short(self, target: str) -> str:
        if target not in self._links:
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            self._links[target] = "https://t.co/" + "".join(self._world.random.choices(letters, k=10))
        return self._links[target]


def stamp(moment: datetime) -> str:
    """Return a time as X writes it, in milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text[:270] + "… https://t.co/longerposts"


def _attachments(post: Post) -> dict[str, Any] | None:
    box: dict[str, Any] = {}
    if post.media:
        box["media_keys"] = [m.key for m in post.media]
    if post.poll:
        box["poll_ids"] = [post.first_id]
    return box or None


def _poll(post: Post) -> dict[str, Any]:
    options = [{"position": n, "label": label, "votes": 0} for n, label in enumerate(post.poll, 1)]
    return {"id": post.first_id, "options": options}
