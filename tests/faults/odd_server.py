"""A platform of plain sockets that answers one question with bytes no library would send.

Both platforms in one: the lists that reading asks for, written from the recorded shapes and without the simulators, so
that it is a witness of its own. Whatever a fault does to one answer, the next one is good again.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

US = {"x": "750362064426721281", "page": "1001"}
ANNA = "1072250532645998596"
FIRST_ID_AT = 1_288_834_974_657
"""Milliseconds since 1970 from which the ids of X count (facts/x.md#3.1)."""

Fault = Callable[["Line", bytes], Awaitable[None]]
"""What goes out in place of the good body."""


@dataclass
class Line:
    """One connection with a question on it."""

    writer: asyncio.StreamWriter
    server: OddServer

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(
        self, body: bytes, *headers: str, status: str = "200 OK", length: int | None = None
    ) -> None:
        """A whole answer with these headers; `length` where that is to be told wrong."""
        size = len(body) if length is None else length
        named = "".join(f"{header}\r\n" for header in headers)
        typed = "" if "content-type" in named.lower() else "Content-Type: application/json; charset=utf-8\r\n"
        await self.send(f"HTTP/1.1 {status}\r\n{typed}{named}Content-Length: {size}\r\n\r\n".encode() + body)


@dataclass
class OddServer:
    """What people wrote, and the fault of the next answer whose path ends in `at`."""

    texts: list[tuple[int, str]] = field(default_factory=list)
    fault: Fault | None = None
    at: str = ""
    met: bool = False
    url: str = ""

    @property
    def letters(self) -> list[str]:
        return [text for _, text in self.texts]

    def write(self, text: str) -> None:
        self.texts.append((int(datetime.now(UTC).timestamp() * 1000) + len(self.texts), text))

    # -- on the wire ---------------------------------------------------------------------------------------

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, Line(writer, self)):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, line: Line) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ")[1].partition("?")[0]
        body = json.dumps(self.body(path)).encode()
        if self.fault is not None and not self.met and path.endswith(self.at):
            self.met = True
            await self.fault(line, body)
            return False
        await line.answer(body)
        return True

    # -- what is shown -------------------------------------------------------------------------------------

    def body(self, path: str) -> Any:
        last = path.rstrip("/").rpartition("/")[2]
        if path.startswith("/2/"):
            return self._of_x(last)
        return self._of_the_page(last)

    def _of_x(self, last: str) -> Any:
        if last == "me":
            return {"data": {"id": US["x"], "name": "Acme", "username": "acme"}}
        if last == "mentions":
            rows = [
                {
                    "id": str((at - FIRST_ID_AT) << 22),
                    "text": f"@acme {text}",
                    "author_id": ANNA,
                    "conversation_id": str((at - FIRST_ID_AT) << 22),
                    "created_at": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
                    "edit_history_tweet_ids": [str((at - FIRST_ID_AT) << 22)],
                }
                for at, text in reversed(self.texts)
            ]
            people = {"users": [{"id": ANNA, "name": "Anna", "username": "anna"}]}
            return {"data": rows, "includes": people, "meta": {"result_count": len(rows)}}
        return {"meta": {"result_count": 0}}

    def _of_the_page(self, last: str) -> Any:
        if last in ("me", US["page"]):
            return {"id": US["page"], "name": "Acme"}
        if last != "conversations":
            return {"data": []}
        messages = [
            {
                "id": f"m_{at}",
                "created_time": stamp(at),
                "from": {"id": "24000000000001", "name": "Anna"},
                "to": {"data": [{"id": US["page"], "name": "Acme"}]},
                "message": text,
            }
            for at, text in reversed(self.texts)
        ]
        people = [{"id": "24000000000001", "name": "Anna"}, {"id": US["page"], "name": "Acme"}]
        thread = {
            "id": "t_1",
            "updated_time": messages[0]["created_time"],
            "participants": {"data": people},
            "messages": {"data": messages},
        }
        return {"data": [thread]}


def stamp(milliseconds: int) -> str:
    """As Facebook writes a time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@contextmanager
def odd_server() -> Iterator[OddServer]:
    """One on a free port, in a thread of its own, while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="odd server", daemon=True)
    thread.start()
    server = OddServer()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(server.connected, "127.0.0.1", 0, limit=2**20)

    async def end() -> None:
        listening.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    listening = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


# -- faults ------------------------------------------------------------------------------------------------

FAULTS: dict[str, Fault] = {}


def _kept(name: str) -> Callable[[Fault], Fault]:
    def keep(fault: Fault) -> Fault:
        FAULTS[name] = fault
        return fault

    return keep


def _raw(name: str, make: Callable[[bytes], bytes]) -> None:
    async def fault(line: Line, body: bytes) -> None:
        await line.send(make(body))

    FAULTS[name] = fault


def _altered(name: str, make: Callable[[bytes], bytes], *headers: str, status: str = "200 OK") -> None:
    async def fault(line: Line, body: bytes) -> None:
        await line.answer(make(body), *headers, status=status)

    FAULTS[name] = fault


def _good(body: bytes) -> bytes:
    return body


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
FOR_LENGTH: dict[str, Callable[[bytes], bytes]] = {
    "cut in the body": lambda b: JSON + b"Content-Length: %d\r\n\r\n" % len(b) + b[: len(b) // 2],
    "a length that is too short": lambda b: JSON + b"Content-Length: %d\r\n\r\n" % (len(b) // 2) + b,
    "a length that is none": lambda b: JSON + b"Content-Length: many\r\n\r\n" + b,
    "a length below zero": lambda b: JSON + b"Content-Length: -1\r\n\r\n" + b,
    "a length beyond 64 bits": lambda b: JSON + b"Content-Length: 36893488147419103232\r\n\r\n" + b,
    "two lengths": lambda b: JSON + b"Content-Length: 2\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "chunks cut short": lambda b: JSON + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(b) + b[:-3],
    "a chunk of no size": lambda b: JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + b + b"\r\n0\r\n\r\n",
    "chunks and a length": lambda b: (
        JSON
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(b)
        + b
        + b"\r\n0\r\n\r\n"
    ),
    "no length, then closed": lambda b: JSON + b"\r\n" + b,
    "no length, cut": lambda b: JSON + b"\r\n" + b[: len(b) // 2],
    "nothing": lambda b: b"",
    "half a head": lambda b: b"HTTP/1.1 200 OK\r\nContent-Ty",
    "a head without end": lambda b: b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000,
    "a hundred thousand headers": lambda b: b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
    "a header without a name": lambda b: b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\n{}",
    "a header with a NUL": lambda b: b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "another protocol": lambda b: b"SSH-2.0-OpenSSH_9.6\r\n",
    "an old protocol": lambda b: b,
    "a status of four digits": lambda b: b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}",
    "a status of no meaning": lambda b: b"HTTP/1.1 999 Hm\r\nContent-Length: 2\r\n\r\n{}",
    "a promise without an answer": lambda b: b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    "another protocol is promised": lambda b: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
}
for _name, _make in FOR_LENGTH.items():
    _raw(_name, _make)

_raw(
    "promises, then the answer",
    lambda b: (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        + JSON
        + b"Content-Length: %d\r\n\r\n" % len(b)
        + b
    ),
)
for _status in (301, 302, 303, 307, 308):
    _altered(
        f"a redirect {_status} to another host",
        lambda b: b"",
        "Location: https://elsewhere.invalid/2/users/me",
        status=f"{_status} Moved",
    )
_altered("a redirect to itself", lambda b: b"", "Location: /2/users/me", status="302 Found")
_altered("a redirect to nowhere", lambda b: b"", status="302 Found")
for _status in (201, 202, 203, 206, 226, 300, 304, 404, 409, 418, 451, 500, 511, 599):
    _altered(f"status {_status} with the good answer", _good, status=f"{_status} Hm")

_altered("packed, it says", _good, "Content-Encoding: gzip")
_altered("packed in a way nobody asked for", _good, "Content-Encoding: br")
_altered("packed and cut", lambda b: gzip.compress(b)[:-9], "Content-Encoding: gzip")
_altered("packed twice", lambda b: gzip.compress(b) * 2, "Content-Encoding: gzip")
_altered(
    "packed without measure",
    lambda b: gzip.compress(b" " * 60_000_000, 9),
    "Content-Encoding: gzip",
)
_altered("twenty megabytes", lambda b: b'{"data":[' + b" " * 20_000_000 + b"]}")
_altered("a web page", lambda b: b"<!doctype html><title>Sign in</title>", "Content-Type: text/html")
_altered("the good answer as a web page", _good, "Content-Type: text/html")
_altered("not UTF-8", lambda b: b.replace(b"Anna", b"A\xff\xfe\xc0na"))
_altered("UTF-16", lambda b: b.decode().encode("utf-16"))
_altered("two documents", lambda b: b + b)
_altered("something behind the document", lambda b: b + b" garbage")
_altered("NUL bytes", lambda b: b.replace(b"Anna", b"An\0na"))
_altered("deep", lambda b: b'{"data":' + b"[" * 90_000 + b"]" * 90_000 + b"}")
_altered("deep objects", lambda b: b'{"data":[' + b'{"a":' * 90_000 + b"1" + b"}" * 90_000 + b"]}")
_altered("a number of five thousand digits", lambda b: b'{"data":' + b"9" * 5000 + b"}")
_altered("no number", lambda b: b'{"data":NaN,"meta":{"result_count":Infinity}}')
_altered("a member twice, the last one empty", lambda b: b[:-1] + b',"data":[]}')
_altered("a member twice, the last one null", lambda b: b[:-1] + b',"data":null,"meta":null}')
_altered(
    "half a character in every text", lambda b: b.replace(b"Anna", b"\\ud83dA").replace(b"@acme ", b"\\udc00")
)
_altered("half a character in every id", lambda b: b.replace(b'"id": "', b'"id": "\\ud800'))
_altered("ids as numbers", lambda b: _unquoted(b))
_altered("ids as broken numbers", lambda b: _unquoted(b, ".5"))
_altered("ids beyond 64 bits", lambda b: b.replace(b'"id": "', b'"id": "99999999999'))
_altered("ids below zero", lambda b: b.replace(b'"id": "', b'"id": "-'))
_altered("a clock of another century", _good, "Date: Sat, 01 Jan 2101 00:00:00 GMT")
_altered(
    "a clock a day ahead",
    _good,
    f"Date: {format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}",
)
_altered("a clock that is none", _good, "Date: yesterday, I think")
_altered(
    "limits of no sense",
    _good,
    "x-rate-limit-limit: many",
    "x-rate-limit-remaining: -1",
    "x-rate-limit-reset: 99999999999999999999999999",
    'X-App-Usage: {"call_count": "NaN"}',
    'X-Business-Use-Case-Usage: [1, {"a": {}}]',
)


def _unquoted(body: bytes, behind: str = "") -> bytes:
    return re.sub(rb'"id": "(\d+)"', rb'"id": \1' + behind.encode(), body)


@_kept("slow")
async def _(line: Line, body: bytes) -> None:
    await line.send(JSON + b"Content-Length: %d\r\n\r\n" % len(body))
    for at in range(len(body)):
        await line.send(body[at : at + 1])
        await asyncio.sleep(0.1)


@_kept("promises without end")
async def _(line: Line, body: bytes) -> None:
    while True:
        await line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.01)


@_kept("a second answer behind the first")
async def _(line: Line, body: bytes) -> None:
    empty = b'{"data":[],"meta":{"result_count":0}}'
    await line.answer(body)
    await line.answer(empty)
