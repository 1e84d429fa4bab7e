"""Nothing that opens an account gets into a log, an error or a question on the screen.

Two nets: values we know (registered when they are read, whatever they look like, also URL-encoded and in
base64) and shapes of values we do not know. What is hidden reads `***`.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, quote_plus

import msgspec

HIDDEN = "***"
SHORTEST = 8
"""Shorter known values are left alone: hiding `test` everywhere would make a log useless."""

_SECRET_KEY = (
    r"[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api_?key|private_?key|consumer_?key|credentials?"
    r"|code_verifier|appsecret_proof)"
)
# Those that are strings are compiled by `re` at their first use, which is not before the first frame.
_VALUE = r"""(?!\*)[^\s"'&,;}]+"""
_NAMED = (
    rf"""(?i)\b({_SECRET_KEY})(["']?\s*(?:=|%3D)\s*["']?|["']?\s*:\s*["'])({_VALUE})"""
    # behind a bare colon also stand ordinary words ("token: expired")
    rf"""|\b({_SECRET_KEY})(["']?\s*:\s*)((?=\S*\d|\S{{12}}){_VALUE})"""
)
_HEADER = r"""(?i)\b(authorization["']?\s*[:=,]\s*b?["']?)(?:[a-z0-9]+\s+)?[^\s"',;)]+"""
_QUERY = r"([?&](?:code|state|oauth_\w+)=)[^&\s\"']+"
_USER = r"(://)[^/\s@]+@"
_SHAPES = re.compile(
    r"(?i:\bbearer\s+)[A-Za-z0-9._~+/=%-]{8,}"  # an authorization header
    r"|\bEAA[A-Za-z0-9]{10,}"  # Facebook: user and Page tokens
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # a JSON web token
    r"|\bA{8,}[A-Za-z0-9%+/=_-]{20,}"  # X: app-only bearer token
    r"|\b\d{4,}-[A-Za-z0-9]{30,}"  # X: OAuth 1.0a user token
    r"|(?<![\w.-])[A-Za-z0-9_-]{60,}(?![\w.-])"  # X: OAuth 2 tokens, and whatever else is that long
)
_SECRET_NAME = re.compile(rf"(?i){_SECRET_KEY}s?")
_KNOWN: set[str] = set()


def known(secret: str) -> None:
    """Hide this value from now on. A JSON object (a token with its refresh token) is taken apart."""
    if len(secret) < SHORTEST:
        return
    raw = secret.encode()
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    _KNOWN.update({secret, quote(secret, safe=""), quote_plus(secret)}, encoded)
    _KNOWN.update(form.rstrip("=") for form in encoded)
    if secret.lstrip().startswith("{"):
        for name, value in _members(secret):
            if isinstance(value, str) and is_secret_name(name):
                known(value)


def _members(text: str) -> list[tuple[str, object]]:
    try:
        parsed = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    return list(parsed.items()) if isinstance(parsed, dict) else []


def redact(text: str) -> str:
    """`text` with every known secret and everything that looks like one hidden."""
    for value in sorted(_KNOWN, key=len, reverse=True):
        if value in text:
            text = text.replace(value, HIDDEN)
    text = re.sub(_HEADER, rf"\1{HIDDEN}", text)
    text = re.sub(_NAMED, _hide_value, text)
    text = re.sub(_QUERY, rf"\1{HIDDEN}", text)
    text = re.sub(_USER, rf"\1{HIDDEN}@", text)
    return _SHAPES.sub(HIDDEN, text)


def holds_known(text: str) -> bool:
    """Whether a known secret is in `text`, in any of its forms."""
    return any(value in text for value in _KNOWN)


def _hide_value(match: re.Match[str]) -> str:
    return f"{match[1] or match[4]}{match[2] or match[5]}{HIDDEN}"


def is_secret_name(name: str) -> bool:
    """Does a key of this name usually hold a secret: `access_token`, `app-secret`, `API_KEY`?"""
    return _SECRET_NAME.fullmatch(name) is not None


def looks_secret(value: str) -> bool:
    """Does this value have the shape of a token, whatever it is called?"""
    return _SHAPES.search(value) is not None
