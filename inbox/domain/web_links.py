"""Links from strangers: which host a browser would go to, and whether it may be sent there.

Browsers agree on few odd addresses (WHATWG URL): where they may differ, a link has no host to show and is not opened.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from inbox.domain.text import hidden

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

# Patterns are strings: `re` compiles them at their first use, which is not before the first frame.
_URL = r"(?ias)(https?)://([^/?#]*)([/?#].*)?"
_NEVER_IN_URLS = r"[\s\\]"
_HOST_DOTS = "[\u3002\uff0e\uff61]"
_IGNORED_IN_HOSTS = "[\ufe0e\ufe0f]"
_HOST_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NUMBER = r"0[xX][0-9a-fA-F]*|[0-9]+"
MAX_URL = 4096


def link_host(url: str) -> str | None:
    """The host a browser would go to, in ASCII (punycode, numbers as dotted quads), to be shown before opening.

    None where the link is not http or https, or browsers may disagree on what its host is.
    """
    parts = _url_parts(url)
    return parts[1] if parts else None


def openable(url: str) -> bool:
    """Whether `url` may be handed to the browser, as one argument and never through a shell.

    Only http and https, without user name or password, control, space or invisible characters, to a host by
    name or public address: a stranger has no business with what answers on the agent's own network.
    """
    parts = _url_parts(url)
    if parts is None:
        return False
    credentials, host = parts
    if credentials:
        return False
    address = _address(host)
    if address is None:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))
    return address.is_global


def _url_parts(url: str) -> tuple[bool, str] | None:
    """Whether there are credentials, and the host."""
    if len(url) > MAX_URL or hidden(url) or re.search(_NEVER_IN_URLS, url):
        return None
    found = re.fullmatch(_URL, url)
    if found is None:
        return None
    before, at, authority = found[2].rpartition("@")
    host = _host(authority)
    return (bool(at or before), host) if host else None


def _host(authority: str) -> str | None:
    if authority.startswith("["):
        literal, _, port = authority[1:].partition("]")
        return literal.lower() if _port_ok(port) and ":" in literal and _address(literal) else None
    name, colon, port = authority.partition(":")
    if not _port_ok(colon + port):
        return None
    # Lower case and not folded: to a browser straße.de and strasse.de are two hosts (UTS 46, nontransitional).
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())
    name = re.sub(_IGNORED_IN_HOSTS, "", re.sub(_HOST_DOTS, ".", name)).removesuffix(".")
    labels = [_host_label(label) for label in name.split(".")]
    if not all(labels) or len(name) > 253:
        return None
    host = ".".join(label for label in labels if label)
    return _dotted_quad(host) if re.fullmatch(_NUMBER, host.rpartition(".")[2]) else host


def _port_ok(port: str) -> bool:
    return port in ("", ":") or (
        port[0] == ":" and port[1:].isascii() and port[1:].isdecimal() and len(port) < 7
    )


def _host_label(label: str) -> str | None:
    if not label.isascii():
        if len(label) > 63:
            return None
        label = "xn--" + label.encode("punycode").decode("ascii")
    return label if re.fullmatch(_HOST_LABEL, label) else None


def _dotted_quad(host: str) -> str | None:
    """Browsers read 2130706433, 0x7f.1 and 0177.0.0.1 as 127.0.0.1 (WHATWG URL, IPv4 parser)."""
    pieces = host.split(".")
    if len(pieces) > 4 or not all(re.fullmatch(_NUMBER, piece) for piece in pieces):
        return None
    try:
        numbers = [_number(piece) for piece in pieces]
    except ValueError:
        return None
    last = numbers.pop()
    if any(n > 255 for n in numbers) or last >= 256 ** (4 - len(numbers)):
        return None
    value = last + sum(n << (8 * (3 - i)) for i, n in enumerate(numbers))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _number(piece: str) -> int:
    if len(piece) > 20:
        raise ValueError(piece)
    if piece[:2] in ("0x", "0X"):
        return int(piece[2:] or "0", 16)
    return int(piece, 8 if piece[0] == "0" else 10)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address

    try:
        return ip_address(host)
    except ValueError:
        return None
