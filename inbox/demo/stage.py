"""Where the story is played: what its people do on the simulated X and the simulated Facebook.

Both stages take the same lines. `played` are the things (posts, comments, messages) that became of a talk so far;
`answered` finds the talk that an accepted answer of ours belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct, field

from inbox.adapters import simkit
from inbox.adapters.facebook import sim as facebook
from inbox.adapters.facebook.sim import world as sim_world
from inbox.adapters.twitter import sim as twitter
from inbox.demo.script import Announcement, Line, Picture, Talk
from inbox.domain.records import Record

KEPT_REQUESTS = 500
"""Requests a simulator remembers: a demo may run for days."""


class Played(Struct):
    """A talk under way. `reactions`: what its customer will still say to answers of ours."""

    talk: Talk
    reactions: list[str] = field(default_factory=list)
    things: list[Any] = field(default_factory=list)


class Answer(Record):
    """One of our answers that arrived on the platform, and how its reader reacts: a call with text and time."""

    played: Played
    at: datetime
    react: Callable[[str, datetime], None]


class Stage(Protocol):
    platform: str

    def meet(self, key: str, name: str) -> None:
        """Make a person known under a key of the script."""
        ...

    def remote_id(self, key: str, on: str) -> str:
        """How the platform names a person on a surface."""
        ...

    def play(self, played: Played, line: Line, at: datetime) -> None: ...
    def answers(self) -> list[Answer]:
        """Answers of ours that arrived since the last call."""
        ...


class RoomyLimiter(simkit.Limiter):
    """The demo reads every few seconds. Direct messages of X may be read once a minute; a demo would look asleep."""

    def take(self, key: str, limit: int, window: timedelta) -> simkit.Allowance:
        return super().take(key, limit * 1000, window)


# -- X -----------------------------------------------------------------------------------------------------


class LivingX(twitter.Simulator):
    """X, on which the story has always gone on up to now when somebody asks."""

    def __init__(
        self, clock: Callable[[], datetime], *, seed: int, token: str, name: str, handle: str
    ) -> None:
        super().__init__(clock, seed=seed, token=token, name=name, handle=handle)
        self.catch_up: Callable[[], None] = lambda: None
        self._limiter = RoomyLimiter(clock)

    async def handle(self, request: simkit.Request) -> simkit.Response:
        self.catch_up()
        del self.calls[:-KEPT_REQUESTS]
        return await super().handle(request)


class XStage:
    platform = "twitter"

    def __init__(self, sim: LivingX) -> None:
        self.sim = sim
        self._people = {"us": sim.me}
        self._played: dict[str, Played] = {}
        """By id of a post or of a direct conversation."""
        self._heard = 0

    def meet(self, key: str, name: str) -> None:
        self._people[key] = self.sim.user(name, key)

    def remote_id(self, key: str, on: str) -> str:
        return self._people[key]

    def play(self, played: Played, line: Line, at: datetime) -> None:
        match line.verb:
            case "closes":
                self.sim.closed_to_dm.add(self._people[line.who])
            case "edit":
                self.sim.edit(played.things[line.n], line.text, at=at)
            case "delete":
                self.sim.delete(played.things[line.n])
            case _ if played.talk.on == "direct":
                self._message(played, line, at)
            case _:
                self._post(played, line, at)

    def _post(self, played: Played, line: Line, at: datetime) -> None:
        parent = None
        if played.things and line.verb != "alone":
            parent = played.things[line.n if line.verb == "to" else -1]
        author = self._people[line.who]
        post = self.sim.post(author, line.text, reply_to=parent, at=at, media=_x_media(line.picture))
        played.things.append(post)
        self._played[post] = played

    def _message(self, played: Played, line: Line, at: datetime) -> None:
        customer = self._people[played.talk.customer]
        sender = self._people[line.who]
        other = customer if sender == self.sim.me else self.sim.me
        played.things.append(self.sim.dm(sender, line.text, to=other, at=at, media=_x_media(line.picture)))
        self._played[twitter.between(customer, self.sim.me)] = played

    def answers(self) -> list[Answer]:
        fresh, self._heard = self.sim.accepted[self._heard :], len(self.sim.accepted)
        return [answer for accepted in fresh if (answer := self._answer(accepted)) is not None]

    def _answer(self, accepted: twitter.Accepted) -> Answer | None:
        played = self._played.get(accepted.target)
        if played is None:
            return None
        if accepted.kind == "dm":
            customer = next(p for p in accepted.target.split("-") if p != self.sim.me)
            return Answer(played, accepted.at, lambda text, at: self._write(customer, text, at))
        author = self.sim.posts[accepted.target].author
        return Answer(
            played, accepted.at, lambda text, at: self._reply(played, author, accepted.id, text, at)
        )

    def _write(self, customer: str, text: str, at: datetime) -> None:
        self.sim.dm(customer, text.replace("@", ""), at=at)

    def _reply(self, played: Played, author: str, to: str, text: str, at: datetime) -> None:
        self._played[self.sim.post(author, text, reply_to=to, at=at)] = played


def _x_media(picture: Picture | None) -> tuple[tuple[str, str | None], ...]:
    if picture is None:
        return ()
    return ((("animated_gif" if picture.kind == "gif" else picture.kind), picture.shows),)


# -- Facebook ----------------------------------------------------------------------------------------------


class LivingPage(facebook.Simulator):
    """Facebook, on which the story has always gone on up to now when somebody asks."""

    def __init__(self, clock: Callable[[], datetime], *, page_id: str, page_name: str, token: str) -> None:
        super().__init__(clock, page_id=page_id, page_name=page_name, token=token)
        self.catch_up: Callable[[], None] = lambda: None

    async def handle(self, request: simkit.Request) -> simkit.Response:
        self.catch_up()
        del self.requests[:-KEPT_REQUESTS]
        return await super().handle(request)


class PageStage:
    platform = "facebook"

    def __init__(self, sim: LivingPage) -> None:
        self.sim = sim
        self.world = sim.world
        self._people: dict[str, sim_world.Person | None] = {"us": None}
        self._posts: dict[str, sim_world.Post] = {}
        """What the brand announced, by its name in the script."""
        self._played: dict[str, Played] = {}
        """By id of a comment or post, or by whom the Page writes to in Messenger."""
        self._heard = 0

    def meet(self, key: str, name: str) -> None:
        self._people[key] = self.world.person(name)

    def remote_id(self, key: str, on: str) -> str:
        person = self._people[key]
        assert person is not None  # the Page is no customer of its own
        return person.psid if on == "messenger" else person.author_id

    def announce(self, announcement: Announcement, at: datetime) -> None:
        self._posts[announcement.name] = self.world.post(announcement.text, at=at)

    def close(self, announcement: Announcement, at: datetime) -> None:
        self._posts[announcement.name].closed = True

    def play(self, played: Played, line: Line, at: datetime) -> None:
        if line.verb == "edit":
            self.world.edit(played.things[line.n], line.text)
        elif line.verb == "delete":
            self.world.delete(played.things[line.n])
        else:
            thing = self._say(played, line, at)
            played.things.append(thing)
            if not isinstance(thing, sim_world.Message):
                self._played[thing.id] = played

    def _say(
        self, played: Played, line: Line, at: datetime
    ) -> sim_world.Message | sim_world.Comment | sim_world.Post:
        person, on = self._people[line.who], played.talk.on
        if on == "messenger":
            return self._message(played, person, line, at)
        if on == "comments":
            top = not played.things or line.verb == "alone"
            under = self._posts[played.talk.under or ""] if top else played.things[line.n]
            return self.world.comments(
                under, line.text, by=person, at=at, attachment=_story_attachment(line.picture)
            )
        if played.things:
            under = played.things[line.n]
            return self.world.comments(
                under, line.text, by=person, at=at, attachment=_story_attachment(line.picture)
            )
        assert person is not None  # a visitor's post is never ours
        wall = self.world.visitor_post if on == "visitor_posts" else self.world.tagging_post
        post = wall(person, line.text, at=at)
        if (attachment := _story_attachment(line.picture)) is not None:
            post.attachments.append(attachment)
        return post

    def _message(
        self, played: Played, person: sim_world.Person | None, line: Line, at: datetime
    ) -> sim_world.Message:
        if person is not None:
            self._played[person.psid] = played
            attachments = [_message_attachment(line.picture)] if line.picture else []
            return self.world.writes(person, line.text, at=at, attachments=attachments)
        customer = self._people[played.talk.customer]
        assert customer is not None
        return self.world.answers(customer, line.text, at=at)

    def answers(self) -> list[Answer]:
        accepted = self.world.accepted
        fresh, self._heard = accepted[self._heard :], len(accepted)
        return [answer for one in fresh if (answer := self._answer(one)) is not None]

    def _answer(self, accepted: sim_world.Accepted) -> Answer | None:
        played = self._played.get(accepted.target)
        if played is None:
            return None
        if accepted.kind == "message":
            writer = self.world.people[accepted.target]
            return Answer(played, accepted.at, lambda text, at: self._write(writer, text, at))
        under = self.world.posts.get(accepted.target) or self.world.find_comment(accepted.target)
        if under is None or under.author is None:
            return None
        author = under.author
        if accepted.kind == "private":
            return Answer(played, accepted.at, lambda text, at: self._write(author, text, at))
        return Answer(played, accepted.at, lambda text, at: self._comment(played, under, author, text, at))

    def _write(self, person: sim_world.Person, text: str, at: datetime) -> None:
        self.world.writes(person, text.replace("@nordlicht", "Nordlicht"), at=at)

    def _comment(
        self,
        played: Played,
        under: sim_world.Post | sim_world.Comment,
        author: sim_world.Person,
        text: str,
        at: datetime,
    ) -> None:
        said = self.world.comments(under, text.replace("@nordlicht", "Nordlicht"), by=author, at=at)
        self._played[said.id] = played


def _link(picture: Picture) -> str:
    name = hashlib.sha256(picture.shows.encode()).hexdigest()[:12]
    return f"https://pictures.example.com/{name}.{'jpg' if picture.kind == 'photo' else 'mp4'}"


def _message_attachment(picture: Picture) -> dict[str, Any]:
    link, still = _link(picture), picture.kind == "photo"
    shape = {"url": link, "width": 1200, "height": 900}
    return {
        "id": link.rsplit("/", 1)[1].split(".")[0],
        "mime_type": "image/jpeg" if still else "video/mp4",
        "name": link.rsplit("/", 1)[1],
        "size": 184_320,
        **({"image_data": shape} if still else {"video_data": shape}),
    }


def _story_attachment(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    kind = "photo" if picture.kind == "photo" else "video"
    link = _link(picture)
    return {
        "type": kind,
        "media_type": kind,
        "title": picture.shows,
        "url": f"https://www.facebook.com/photo/?fbid={int(hashlib.sha256(link.encode()).hexdigest()[:8], 16)}",
        "media": {"image": {"src": link, "width": 1200, "height": 900}},
    }
