"""Checksums of bodies: computed while they stream, compared with what the caller says, combined for
multipart.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html. Values are base64 of
the big-endian bytes; algorithms are named as S3 names them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Final, Protocol

import msgspec

from backtrail.errors import Refusal

LENGTHS: Final = {
    "CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16,
    "XXHASH64": 8, "XXHASH3": 8, "XXHASH128": 16,
}  # fmt: skip
"""The algorithms that S3 takes, and how many bytes each yields."""

DEFAULT: Final = "CRC64NVME"
"""What S3 computes for an object whose uploader names no algorithm (the same page)."""

HEADER: Final = "x-amz-checksum-"
_NOT_VALUES = frozenset({"x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"})
_CRT = {"CRC32C": "crc32c", "CRC64NVME": "crc64nvme"}
_HASHES = {"SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
_WEAK = {"SHA1": hashlib.sha1, "MD5": hashlib.md5}
_XX = {"XXHASH64": "new_xxhash64", "XXHASH3": "new_xxhash3_64", "XXHASH128": "new_xxhash3_128"}
_BY_HEADER = {HEADER + name.lower(): name for name in LENGTHS}


class Checksum(Protocol):
    """A checksum that takes its data in pieces."""

    def update(self, data: bytes, /) -> object: ...
    def digest(self) -> bytes: ...


class _Crc:
    """A CRC by one of the functions that continue from a previous value."""

    __slots__ = ("_function", "_length", "_value")

    def __init__(self, function: Callable[[bytes, int], int], length: int) -> None:
        self._function = function
        self._length = length
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._length, "big")


class _XxHash:
    """One of the XXH family, which awscrt finishes once."""

    __slots__ = ("_done", "_hash")

    def __init__(self, hash: _Finishing) -> None:
        self._hash = hash
        self._done: bytes | None = None

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        if self._done is None:
            self._done = self._hash.finalize()
        return self._done


class _Finishing(Protocol):
    """What awscrt has."""

    def update(self, data: bytes, /) -> object: ...
    def finalize(self) -> bytes: ...


def start(algorithm: str) -> Checksum:
    """A fresh checksum. Raises `KeyError` for an algorithm that S3 does not have."""
    if algorithm == "CRC32":
        return _Crc(zlib.crc32, 4)
    if algorithm in _HASHES:
        return _HASHES[algorithm]()
    if algorithm in _WEAK:
        return _WEAK[algorithm](usedforsecurity=False)
    # Imported by name: awscrt has no types, takes 60 ms to import, and most callers send CRC32.
    if algorithm in _XX:
        return _XxHash(getattr(import_module("awscrt.checksums").XXHash, _XX[algorithm])())
    function: Callable[[bytes, int], int] = getattr(import_module("awscrt.checksums"), _CRT[algorithm])
    return _Crc(function, LENGTHS[algorithm])


def of(algorithm: str, data: bytes) -> str:
    """The base64 checksum of bytes at hand."""
    checksum = start(algorithm)
    checksum.update(data)
    return text(checksum)


def text(checksum: Checksum) -> str:
    """A checksum's value as S3's headers have it."""
    return base64.b64encode(checksum.digest()).decode()


class Demand(msgspec.Struct, frozen=True):
    """What a request's head says about its body's checksum.

    `algorithm` is None when it says nothing; `value` is None when the value follows in the trailer. `md5`
    is the base64 of `Content-MD5`.
    """

    algorithm: str | None = None
    value: str | None = None
    md5: str | None = None


NOTHING: Final = Demand()


def demand(headers: dict[str, str]) -> Demand:
    """What the head demands. Raises `Refusal` where it contradicts itself or cannot be read."""
    md5 = headers.get("content-md5")
    if md5 is not None and decoded(md5, 16) is None:
        message = "The Content-MD5 you specified was invalid."
        raise Refusal("InvalidDigest", message, status=400, **{"Content-MD5": md5})
    named = [name for name in headers if name.startswith(HEADER) and name not in _NOT_VALUES]
    trailer = headers.get("x-amz-trailer")
    if not named and trailer is None and "x-amz-sdk-checksum-algorithm" not in headers:
        return NOTHING if md5 is None else Demand(md5=md5)
    if len(named) + (trailer is not None) > 1:
        raise _invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    algorithm, value = _declared(headers, named, trailer)
    _agree(headers.get("x-amz-sdk-checksum-algorithm"), algorithm)
    return Demand(algorithm, value, md5)


def _declared(
    headers: dict[str, str], named: list[str], trailer: str | None
) -> tuple[str | None, str | None]:
    """The algorithm and value of the one checksum that a head declares."""
    if trailer is not None:
        algorithm = _BY_HEADER.get(trailer.strip().lower())
        if algorithm is None:
            raise _invalid("The value specified in the x-amz-trailer header is not supported")
        return algorithm, None
    if not named:
        return None, None
    algorithm = _BY_HEADER.get(named[0])
    if algorithm is None:
        raise _invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
    return algorithm, checked(algorithm, headers[named[0]])


def _agree(sdk: str | None, algorithm: str | None) -> None:
    if sdk is None:
        return
    if sdk.upper() not in LENGTHS or (algorithm is not None and sdk.upper() != algorithm):
        raise _invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if algorithm is None:
        raise _invalid(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
            "headers were found."
        )


def checked(algorithm: str, value: str) -> str:
    """A checksum's text, proven to be base64 of the algorithm's length. Raises `Refusal`."""
    value = value.strip()
    if decoded(value, LENGTHS[algorithm]) is None:
        raise _invalid(f"Value for {HEADER}{algorithm.lower()} header is invalid.")
    return value


def decoded(value: str, length: int) -> bytes | None:
    """The bytes of strict base64 text of one length; None for any other text."""
    try:
        data = base64.b64decode(value.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return data if len(data) == length else None


def compare(algorithm: str, declared: str, computed: str) -> None:
    """Raises `BadDigest` unless two base64 checksums are equal."""
    if declared != computed:
        raise Refusal("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")


def compare_md5(declared: str, computed: bytes) -> None:
    """Raises `BadDigest` unless a Content-MD5 is the body's."""
    calculated = base64.b64encode(computed).decode()
    if declared.strip() != calculated:
        raise Refusal(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=declared,
            CalculatedDigest=calculated,
        )


def compare_sha256(declared: str, computed: str) -> None:
    """Raises `XAmzContentSHA256Mismatch` unless a signed payload hash (hex) is the body's."""
    if declared.lower() != computed:
        raise Refusal(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=declared,
            S3ComputedContentSHA256=computed,
        )


def composite(algorithm: str, parts: Sequence[str]) -> str:
    """A multipart object's COMPOSITE checksum: the checksum of its parts' checksums, and how many they
    are.
    """
    checksum = start(algorithm)
    for part in parts:
        checksum.update(base64.b64decode(part))
    return f"{text(checksum)}-{len(parts)}"


def full_object(algorithm: str, parts: Iterable[tuple[str, int]]) -> str:
    """A multipart object's FULL_OBJECT checksum from each part's CRC and size, without its bytes.

    Raises `KeyError` for SHA1 and SHA256, which cannot be combined; S3 refuses that as well.
    """
    polynomial, length = _POLYNOMIALS[algorithm]
    width = length * 8
    whole = 0
    for part, size in parts:
        crc = int.from_bytes(base64.b64decode(part), "big")
        whole = _multiply(_power(size, polynomial, width), whole, polynomial, width) ^ crc
    return base64.b64encode(whole.to_bytes(length, "big")).decode()


def multipart_etag(md5s: Sequence[str]) -> str:
    """A multipart object's ETag without quotes: the MD5 of its parts' MD5s (hex), and how many they are."""
    joined = b"".join(bytes.fromhex(md5) for md5 in md5s)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(md5s)}"


_POLYNOMIALS = {
    "CRC32": (0xEDB88320, 4),
    "CRC32C": (0x82F63B78, 4),
    "CRC64NVME": (0x9A6C9329AC4BC9B5, 8),
}
"""Each CRC's polynomial, bits reversed, and its length in bytes. CRC64NVME: NVM Command Set 1.0,
5.2.1.3.4.
"""


def _multiply(a: int, b: int, polynomial: int, width: int) -> int:
    """The product of two polynomials over GF(2) modulo a third, all with reversed bits (as zlib's
    crc32_combine).
    """
    bit, product = 1 << (width - 1), 0
    while bit and a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = (b >> 1) ^ polynomial if b & 1 else b >> 1
    return product


def _power(size: int, polynomial: int, width: int) -> int:
    """x to the power of 8 * size: what `size` bytes more do to a CRC."""
    power, square = 1 << (width - 1), 1 << (width - 1 - 8)
    while size:
        if size & 1:
            power = _multiply(square, power, polynomial, width)
        square = _multiply(square, square, polynomial, width)
        size >>= 1
    return power


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidRequest", message)
