"""A key pair, a certificate signed with it, and the codes of an MFA device: made here, secret to nobody."""

from __future__ import annotations

import base64
import hmac
import time
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

_KEY = rsa.generate_private_key(65537, 2048)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SIGNED = x509.CertificateBuilder(_NAME, _NAME, _KEY.public_key(), 1, _FROM, _UNTIL).sign(
    _KEY, hashes.SHA256()
)

CERTIFICATE = _SIGNED.public_bytes(Encoding.PEM).decode()
PRIVATE_KEY = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = _KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def code_of(seed: bytes | str, later: int) -> str:
    """What the device shows now, or so many steps later: https://www.rfc-editor.org/rfc/rfc6238."""
    step = (int(time.time()) // 30 + later).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(seed), step, "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
