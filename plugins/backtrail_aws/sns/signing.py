"""The key that signs what is posted, and its certificate: both derived from the log's key, so that they stay.

RSA keys of 2,048 bits, certificates as AWS's: self-made, so a receiver that checks who issued them will not have it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

BITS = 2_048
_EXPONENT = 65_537
_ROUNDS = 8
"""Miller-Rabin rounds: for a random number of 1,024 bits, three are enough for a chance of 2^-80 (HAC, table 4.4)."""
_FROM, _TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_NAME = "sns.amazonaws.com"


class Signer:
    """Signs, and says with which certificate."""

    def __init__(self, seed: bytes) -> None:
        self._key = _private_key(seed)
        self.pem = _certificate(self._key, seed)
        self.name = hashlib.md5(self.pem, usedforsecurity=False).hexdigest()

    def sign(self, text: str, version: str) -> str:
        """The signature of a string, in base64: SHA-1 for version 1, SHA-256 for version 2."""
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
        data = text.encode("utf-8", "surrogatepass")
        return base64.b64encode(self._key.sign(data, padding.PKCS1v15(), algorithm)).decode()


@lru_cache(8)
def signer(seed: bytes) -> Signer:
    """The signer of a seed. Finding its primes takes about a second, once."""
    return Signer(seed)


def _private_key(seed: bytes) -> rsa.RSAPrivateKey:
    candidates = _candidates(seed, BITS // 2)
    p = next(one for one in candidates if _is_prime(one))
    q = next(one for one in candidates if one != p and _is_prime(one))
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(_EXPONENT, p * q),
    )  # fmt: skip
    return numbers.private_key()


def _candidates(seed: bytes, bits: int) -> Iterator[int]:
    """Odd numbers with both upper bits set, so that the product of two has all its bits, and prime to the exponent."""
    counter = 0
    while True:
        data = hashlib.shake_256(seed + counter.to_bytes(8, "big")).digest(bits // 8)
        counter += 1
        number = int.from_bytes(data, "big") | (3 << (bits - 2)) | 1
        if (number - 1) % _EXPONENT and all(number % small for small in _SMALL):
            yield number


def _is_prime(number: int) -> bool:
    """Miller-Rabin with the first primes as bases: the candidates are random, so fixed bases do."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _SMALL[:_ROUNDS]:
        found = pow(base, odd, number)
        if found in (1, number - 1):
            continue
        for _ in range(twos - 1):
            found = found * found % number
            if found == number - 1:
                break
        else:
            return False
    return True


def _primes_below(limit: int) -> list[int]:
    return [
        number
        for number in range(3, limit, 2)
        if all(number % other for other in range(3, int(number**0.5) + 1, 2))
    ]


_SMALL = _primes_below(2_000)


def _certificate(key: rsa.RSAPrivateKey, seed: bytes) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(seed + b"serial").digest()[:16], "big") | 1)
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
