"""The way to the platforms that the config names: a proxy, and an authority of the company's own.

`HTTPS_PROXY` and `SSL_CERT_FILE` are not trusted: whoever can set a variable could have tokens sent elsewhere. The
config, which only its owner can write, may name both. One process has one config, so this is one value.
"""

from __future__ import annotations

from inbox.domain.records import Record


class Network(Record, kw_only=True):
    """`proxy`: the address of an HTTP proxy; `ca_file`: PEM file of authorities trusted beside the usual ones."""

    proxy: str | None = None
    ca_file: str | None = None


_chosen = [Network()]


def choose(network: Network) -> None:
    """Use it for every client that is opened from now on."""
    _chosen[0] = network


def chosen() -> Network:
    """What is in use."""
    return _chosen[0]
