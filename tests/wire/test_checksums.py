"""Checksums: known values, what a head may demand, multipart combinations."""

from __future__ import annotations

import base64
import hashlib
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.errors import Refusal
from backtrail.wire import checksums
from backtrail.wire.checksums import Demand

CRCS = ["CRC32", "CRC32C", "CRC64NVME"]


@pytest.mark.parametrize(
    ("algorithm", "hexadecimal"),
    [
        ("CRC32", "cbf43926"),
        ("CRC32C", "e3069283"),
        ("CRC64NVME", "ae8b14860a799888"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ("MD5", "25f9e794323b453885f5181f1b624d0b"),
        ("XXHASH64", "8cb841db40e6ae83"),
    ],
)
def test_check_values(algorithm: str, hexadecimal: str) -> None:
    """Each algorithm gives its published check value for `123456789`."""
    assert base64.b64decode(checksums.of(algorithm, b"123456789")).hex() == hexadecimal


@pytest.mark.parametrize(
    ("algorithm", "hexadecimal"),
    [
        ("XXHASH64", "ef46db3751d8e999"),
        ("XXHASH3", "2d06800538d394c2"),
        ("XXHASH128", "99aa06d3014798d86001c324468d497f"),
    ],
)
def test_values_of_nothing(algorithm: str, hexadecimal: str) -> None:
    """Big-endian, as the XXH family's canonical form: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md."""
    assert base64.b64decode(checksums.of(algorithm, b"")).hex() == hexadecimal


@given(
    algorithm=st.sampled_from(sorted(checksums.LENGTHS)), pieces=st.lists(st.binary(max_size=50), max_size=8)
)
def test_pieces_give_the_whole(algorithm: str, pieces: list[bytes]) -> None:
    """A checksum of pieces is the checksum of the whole."""
    checksum = checksums.start(algorithm)
    for piece in pieces:
        checksum.update(piece)
    assert checksums.text(checksum) == checksums.of(algorithm, b"".join(pieces))


@given(
    algorithm=st.sampled_from(CRCS),
    data=st.binary(max_size=3000),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
)
def test_full_object_from_parts(algorithm: str, data: bytes, cuts: list[int]) -> None:
    """The CRC of a whole comes from its parts' CRCs and sizes alone."""
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    parts = [data[a:b] for a, b in pairwise(places)]
    known = [(checksums.of(algorithm, part), len(part)) for part in parts]
    assert checksums.full_object(algorithm, known) == checksums.of(algorithm, data)


def test_full_object_of_huge_parts_is_quick() -> None:
    """Combining takes time by the logarithm of a part's size: zeros after zeros, up to 5 GiB."""
    part = checksums.of("CRC32", b"\0" * 1024)
    twice = checksums.full_object("CRC32", [(part, 1024), (part, 1024)])
    assert twice == checksums.of("CRC32", b"\0" * 2048)
    assert len(base64.b64decode(checksums.full_object("CRC64NVME", [("AAAAAAAAAAA=", 5 << 30)] * 1000))) == 8


def test_hashes_have_no_full_object() -> None:
    """SHA checksums cannot be combined."""
    with pytest.raises(KeyError):
        checksums.full_object("SHA256", [])


def test_composite_as_s3_answers() -> None:
    """A composite checksum that S3 gave for three parts, kept in a public issue thread."""
    parts = [
        "lcKa6Boe7a167tUCN5C4OaFygGSYD8MBnBARTrdL+1w=",
        "gHjhbUT4oo2tSCtSZJdlKi+jeNXJT+VImqdPXsXvkOc=",
        "4l9PQ3zOPZ0oGFvknFX+J4zZwE4WMzO+l3r8XrbWOeM=",
    ]
    assert checksums.composite("SHA256", parts) == "rVWtNbadtsaKXJAcgWPWjifHzJaXde/iV4jaJAOdivc=-3"
    assert checksums.composite("CRC32", [checksums.of("CRC32", b"a")]).endswith("-1")


def test_multipart_etag() -> None:
    """A multipart ETag is the MD5 of the parts' MD5s, and their number."""
    md5 = hashlib.md5(b"a").hexdigest()
    expected = hashlib.md5(bytes.fromhex(md5) * 2).hexdigest()
    assert checksums.multipart_etag([md5, md5]) == f"{expected}-2"


CRC = base64.b64encode(zlib.crc32(b"x").to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Demand()),
        ({"x-amz-checksum-crc32": CRC}, Demand("CRC32", CRC)),
        ({"x-amz-checksum-crc32": CRC, "x-amz-sdk-checksum-algorithm": "crc32"}, Demand("CRC32", CRC)),
        ({"x-amz-trailer": "x-amz-checksum-crc64nvme"}, Demand("CRC64NVME")),
        ({"x-amz-trailer": "X-Amz-Checksum-Sha1 ", "x-amz-sdk-checksum-algorithm": "SHA1"}, Demand("SHA1")),
        ({"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, Demand(md5="1B2M2Y8AsgTpgAmY7PhCfg==")),
        ({"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}, Demand()),
        ({"x-amz-checksum-mode": "ENABLED"}, Demand()),
    ],
)
def test_demands(headers: dict[str, str], expected: Demand) -> None:
    """A head demands one checksum, as a value or in the trailer, and perhaps an MD5."""
    assert checksums.demand(headers) == expected


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        (
            {"x-amz-checksum-crc32": CRC, "x-amz-checksum-crc32c": CRC},
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"x-amz-checksum-crc32": CRC, "x-amz-trailer": "x-amz-checksum-crc32"},
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"x-amz-checksum-crc32": "AAAA"},
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid.",
        ),
        (
            {"x-amz-checksum-sha256": CRC},
            "InvalidRequest",
            "Value for x-amz-checksum-sha256 header is invalid.",
        ),
        (
            {"x-amz-checksum-crc32": "é!"},
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid.",
        ),
        (
            {"x-amz-checksum-md4": CRC},
            "InvalidRequest",
            "The algorithm type you specified in x-amz-checksum- header is invalid.",
        ),
        (
            {"x-amz-trailer": "x-amz-checksum-sha10"},
            "InvalidRequest",
            "The value specified in the x-amz-trailer header is not supported",
        ),
        (
            {"x-amz-checksum-crc32": CRC, "x-amz-sdk-checksum-algorithm": "CRC32C"},
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-sdk-checksum-algorithm": "MD4"},
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-sdk-checksum-algorithm": "CRC32"},
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
            "headers were found.",
        ),
        ({"content-md5": "bad"}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
    ],
)
def test_wrong_demands(headers: dict[str, str], code: str, message: str) -> None:
    """A head that contradicts itself is refused in S3's words."""
    with pytest.raises(Refusal) as wrong:
        checksums.demand(headers)
    assert (wrong.value.code, wrong.value.message, wrong.value.status) == (code, message, 400)


def test_comparisons() -> None:
    """What differs is BadDigest or XAmzContentSHA256Mismatch, with both values where S3 shows them."""
    checksums.compare("CRC32", CRC, CRC)
    with pytest.raises(Refusal) as crc:
        checksums.compare("CRC32", CRC, "AAAAAA==")
    assert crc.value.message == "The CRC32 you specified did not match the calculated checksum."
    with pytest.raises(Refusal) as md5:
        checksums.compare_md5("1B2M2Y8AsgTpgAmY7PhCfg==", hashlib.md5(b"x").digest())
    assert md5.value.code == "BadDigest"
    assert md5.value.members == {
        "ExpectedDigest": "1B2M2Y8AsgTpgAmY7PhCfg==",
        "CalculatedDigest": "ndTkYSaMgDT1yFZOFVxnpg==",
    }
    with pytest.raises(Refusal) as sha:
        checksums.compare_sha256("0" * 64, "1" * 64)
    assert (sha.value.code, sha.value.status) == ("XAmzContentSHA256Mismatch", 400)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "content-md5",
                "x-amz-trailer",
                "x-amz-sdk-checksum-algorithm",
                "x-amz-checksum-crc32",
                "x-amz-checksum-x",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_fuzz_never_anything_but_a_refusal(headers: dict[str, str]) -> None:
    """Any values are understood or refused."""
    try:
        checksums.demand(headers)
    except Refusal as refusal:
        assert refusal.code in ("InvalidRequest", "InvalidDigest")
