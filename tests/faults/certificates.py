"""Certificates for servers of the tests: one authority, good ones, and those that prove nothing.

Made anew in every run, kept nowhere; `cryptography` is in the test group.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inbox.adapters import http_client

ADDRESS = IPv4Address("127.0.0.1")
DAY = timedelta(days=1)


_NOTHING = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)
_SIGNS = x509.KeyUsage(**(_NOTHING | {"key_cert_sign": True}))
_SERVES = x509.KeyUsage(**(_NOTHING | {"digital_signature": True}))


class _Signer:
    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self.sign(self.key, self.name, authority=True)

    def sign(
        self,
        key: ec.EllipticCurvePrivateKey,
        subject: x509.Name,
        *,
        valid: tuple[timedelta, timedelta] = (-DAY, DAY),
        names: tuple[x509.GeneralName, ...] = (),
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + valid[0])
            .not_valid_after(now + valid[1])
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            # From Python 3.13 on the default is strict (RFC 5280): without these nothing is trusted.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(_SIGNS if authority else _SERVES, critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())


@cache
def _authority() -> _Signer:
    return _Signer("an authority of the tests")


@cache
def serves(kind: str) -> ssl.SSLContext:
    """What a server at 127.0.0.1 shows: "good", "expired", "other host" or "by itself"."""
    signer = _Signer("nobody") if kind == "by itself" else _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    shown: x509.GeneralName = (
        x509.DNSName("other.example") if kind == "other host" else x509.IPAddress(ADDRESS)
    )
    valid = (-9 * DAY, -2 * DAY) if kind == "expired" else (-DAY, DAY)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "platform")])
    made = signer.sign(key, subject, valid=valid, names=(shown,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(key.private_bytes(*kinds) + _pem(made))
        context.load_cert_chain(path)
    return context


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@contextmanager
def trusted() -> Iterator[None]:
    """Let the program trust the tests' authority, and look at everything else as it always does."""
    context: Any = http_client.trusting.__wrapped__()
    context.load_verify_locations(cadata=_pem(_authority().certificate).decode())
    with mock.patch.object(http_client, "trusting", return_value=context):
        yield
