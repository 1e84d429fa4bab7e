"""Bodies of answers: unpacked step by step up to a limit, and parsed into one JSON document or refused."""

from __future__ import annotations

import json
import zlib
from typing import Any

import httpx


class TooLarge(Exception):
    """The body is larger than what the caller takes."""


class Undecodable(Exception):
    """The body is packed in a way that was not asked for, or its packing is damaged."""


async def read_body(response: httpx.Response, most: int) -> bytes:
    """The unpacked body, never more than `most` bytes of it in memory."""
    if response.is_stream_consumed:  # a mock transport that was given its content whole
        if len(response.content) > most:
            raise TooLarge
        return response.content
    unpack = _Unpack(response.headers.get("content-encoding", ""), most)
    async for chunk in response.aiter_raw():
        unpack.feed(chunk)
    return unpack.finish()


class _Unpack:
    """Unpacks piece by piece. httpx unpacks whole chunks: 300 kB of gzip grew memory by 586 MB (E4)."""

    def __init__(self, encoding: str, most: int) -> None:
        self._most = most
        self._taken = 0
        self._out = bytearray()
        match encoding.strip().lower():
            case "" | "identity":
                self._gzip = None
            case "gzip" | "x-gzip":
                self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
            case _:
                raise Undecodable

    def feed(self, chunk: bytes) -> None:
        """Unpack one piece. Raises where the unpacked size passes the limit."""
        self._taken += len(chunk)
        room = self._most - len(self._out)
        if self._taken > self._most:
            raise TooLarge
        if self._gzip:
            try:
                chunk = self._gzip.decompress(chunk, room + 1)
            except zlib.error:
                raise Undecodable from None
        if len(chunk) > room:
            raise TooLarge
        self._out += chunk

    def finish(self) -> bytes:
        """Return the whole body, unpacked."""
        if self._gzip and self._taken and (not self._gzip.eof or self._gzip.unused_data):
            raise Undecodable  # cut short, or something else behind the packed document
        return bytes(self._out)


class NotJson(ValueError):
    """Bytes that are no JSON document we accept; the text says why and quotes nothing."""


def parse(raw: bytes) -> Any:
    """One JSON document in UTF-8 (a byte order mark is let pass), or NotJson.

    NaN and infinities, which no store takes, become None. Nesting that would exhaust the stack and numbers of
    thousands of digits raise something else in every Python version (E12); here all of it is NotJson.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError:
        raise NotJson("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise NotJson("it is no JSON") from None
