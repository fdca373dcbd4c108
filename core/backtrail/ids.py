"""Identifiers: the event's own, and all that derive from it.

A live event id is a UUID of version 7 (RFC 9562): 48 bits of milliseconds, 12 bits of the fraction of that
millisecond (the RFC's method 3), 62 bits of chance. It is minted at the decision, strictly increasing, and is
where decide and fold both read the exact engine time from. Every other identifier is derived from it by kind
and label, so that deciding again gives the same one whatever was decided before.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FRACTIONS = 4096  # of a millisecond, in 12 bits

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def event_id(time: datetime, chance: int) -> str:
    """The UUIDv7 of an exact time (microseconds) and 62 bits of chance."""
    micros = (time - _EPOCH) // _MICROSECOND
    millis, rest = divmod(micros, 1000)
    fraction = -(-rest * _FRACTIONS // 1000)  # rounded up, so that reading it back rounds down to the same
    value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def time_of(identifier: str) -> datetime | None:
    """The exact time (UTC) that a UUIDv7 carries; None for any other identifier."""
    if len(identifier) != 36 or identifier[14] != "7":
        return None
    try:
        millis = int(identifier[:8] + identifier[9:13], 16)
        fraction = int(identifier[15:18], 16)
        return _EPOCH + timedelta(milliseconds=millis, microseconds=fraction * 1000 // _FRACTIONS)
    except (ValueError, OverflowError):  # a foreign id may name a year that no calendar has
        return None


def digest(seed: str, kind: str, label: str = "") -> bytes:
    """64 bytes that depend on nothing but the event's id, the kind of thing and its label."""
    return hashlib.blake2b(f"{seed}\0{kind}\0{label}".encode(), digest_size=64).digest()


def letters(data: bytes, alphabet: str, length: int) -> str:
    """Spell bytes in an alphabet: `length` characters."""
    number, base = int.from_bytes(data, "big"), len(alphabet)
    out: list[str] = []
    for _ in range(length):
        number, index = divmod(number, base)
        out.append(alphabet[index])
    return "".join(out)


def new_id(seed: str, kind: str, label: str = "") -> str:
    """Derive an identifier of a kind: `i` -> i-0123456789abcdef0, `AROA` -> AROA and 17 letters, `uuid`.

    Kinds in capitals are IAM's unique ids (prefix and 17 of A-Z2-7, 21 in all; AKIA and ASIA keys have 16 and so 20),
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; `uuid` is a version 4 UUID;
    `hexN` is N hexadecimal digits, `letN` N letters and digits; all others EC2's: prefix, dash, 17 hexadecimal digits.
    """
    data = digest(seed, kind, label)
    if kind.isupper():
        return kind + letters(data, BASE32, 16 if kind in ("AKIA", "ASIA") else 17)
    if kind == "uuid":
        text = data.hex()
        variant = "89ab"[data[20] % 4]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"
    if kind.startswith("hex"):
        return data.hex()[: int(kind[3:])]
    if kind.startswith("let"):
        return letters(data, ALPHANUMERIC, int(kind[3:]))
    return f"{kind}-{data.hex()[:17]}"


def random_uuid(chance: int) -> str:
    """A version 4 UUID of chance (a request id)."""
    text = f"{chance:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def token(data: bytes) -> str:
    """Bytes as URL-safe text without padding, for paging tokens and receipts."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
