"""Bodies: botocore's uploads with every checksum, limits, refusals before and after the bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.blob import Blob
from backtrail.errors import Refusal
from backtrail.payload import UNSET
from backtrail.wire import checksums
from backtrail.wire.bodies import PUT_MAX_BYTES, Body, BodyReader, settled
from backtrail.wire.http import HttpRequest

from .signing import client, sent
from .test_chunked import CHUNKED, SEED, SEED_TRAILER, TRAILED, signer

EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def uploaded(url: str, **params: Any) -> tuple[HttpRequest, bytes]:
    """The head and the raw body that botocore would send for an upload."""
    request = sent(client("s3", url), "put_object", Bucket="bucket", Key="key", **params)
    return request, request.content


def head(**headers: str) -> HttpRequest:
    """A PutObject's head."""
    return HttpRequest(
        method="PUT",
        path="/bucket/key",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def read(reader: BodyReader, raw: bytes, step: int = 100) -> tuple[bytes, Body]:
    """A whole body through a reader."""
    content = b"".join(reader.feed(raw[at : at + step]) for at in range(0, len(raw), step))
    return content, reader.finish()


@pytest.mark.parametrize(
    "algorithm", [None, *(name for name in checksums.LENGTHS if name != "MD5")]
)  # botocore has no MD5
@pytest.mark.parametrize("url", ["http://localhost:4566", "https://localhost:4566"])
@pytest.mark.parametrize("stream", [False, True])
def test_uploads_of_botocore(algorithm: str | None, url: str, stream: bool) -> None:
    """Whatever checksum, scheme and kind of body botocore has, the content comes out proven."""
    content = bytes(range(256)) * 100
    params: dict[str, Any] = {"Body": io.BytesIO(content) if stream else content}
    if algorithm is not None:
        params["ChecksumAlgorithm"] = algorithm
    request, raw = uploaded(url, ContentEncoding="gzip", **params)
    got, body = read(BodyReader(request), raw)
    used = algorithm or "CRC32"
    assert got == content
    assert body.size == len(content)
    assert body.md5 == hashlib.md5(content).hexdigest()
    assert body.checksums == {used: checksums.of(used, content)}
    plain = settled(request, body, got)
    assert plain.headers["content-encoding"] == "gzip"
    assert plain.headers["content-length"] == str(len(content))
    assert plain.headers[f"x-amz-checksum-{used.lower()}"] == checksums.of(used, content)
    assert "x-amz-trailer" not in plain.headers and plain.body == content


def test_an_upload_that_was_changed_on_its_way() -> None:
    """One changed byte is caught by the signed hash or by the checksum, whichever was sent."""
    request, raw = uploaded("http://localhost:4566", Body=b"hello")
    with pytest.raises(Refusal) as signed:
        read(BodyReader(request), b"jello")
    assert signed.value.code == "XAmzContentSHA256Mismatch"
    assert signed.value.members["S3ComputedContentSHA256"] == hashlib.sha256(b"jello").hexdigest()
    request, raw = uploaded("https://localhost:4566", Body=io.BytesIO(b"hello"))
    assert request.headers["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    with pytest.raises(Refusal) as summed:
        read(BodyReader(request), raw.replace(b"hello", b"jello"))
    assert summed.value.message == "The CRC32 you specified did not match the calculated checksum."


def test_signed_chunks_are_verified() -> None:
    """The documented signed bodies pass with their signer, the trailer's checksum proven, and only so."""
    mode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    request = head(x_amz_content_sha256=mode, x_amz_decoded_content_length="66560")
    _, body = read(BodyReader(request, signer=signer(SEED)), CHUNKED)
    assert body.size == 66560
    with pytest.raises(Refusal) as wrong:
        read(BodyReader(request, signer=signer("0" * 64)), CHUNKED)
    assert wrong.value.code == "SignatureDoesNotMatch"
    request.headers |= {"x-amz-content-sha256": f"{mode}-TRAILER", "x-amz-trailer": "x-amz-checksum-crc32c"}
    _, body = read(BodyReader(request, signer=signer(SEED_TRAILER)), TRAILED)
    assert body.checksums == {"CRC32C": "sOO8/Q=="}


def test_content_md5() -> None:
    """Content-MD5 is held against the decoded body."""
    good = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    _, body = read(BodyReader(head(content_length="5", content_md5=good)), b"hello")
    assert body.size == 5
    with pytest.raises(Refusal) as wrong:
        read(BodyReader(head(content_length="5", content_md5=good)), b"jello")
    assert wrong.value.code == "BadDigest"
    with pytest.raises(Refusal) as invalid:
        BodyReader(head(content_length="5", content_md5="x"))
    assert invalid.value.code == "InvalidDigest"


def test_refusals_before_a_byte_is_read() -> None:
    """What the head alone makes impossible is refused at once, so that `Expect: 100-continue` saves the
    upload.
    """
    with pytest.raises(Refusal) as large:
        BodyReader(head(content_length=str(PUT_MAX_BYTES + 1)))
    assert (large.value.code, large.value.status) == ("EntityTooLarge", 400)
    assert large.value.members == {"ProposedSize": "5368709121", "MaxSizeAllowed": "5368709120"}
    BodyReader(head(content_length=str(PUT_MAX_BYTES)))
    for headers in ({}, {"transfer_encoding": "chunked"}):
        with pytest.raises(Refusal) as missing:
            BodyReader(head(**headers))
        assert (missing.value.code, missing.value.status) == ("MissingContentLength", 411)
    for length in ("abc", "-1", "1" * 30):
        with pytest.raises(Refusal) as bad:
            BodyReader(head(content_length=length))
        assert bad.value.code == "BadRequest"
    with pytest.raises(Refusal) as mode:
        BodyReader(head(x_amz_content_sha256="STREAMING-X", x_amz_decoded_content_length="1"))
    assert mode.value.code == "InvalidRequest"
    with pytest.raises(Refusal) as trailer:
        BodyReader(head(content_length="1", x_amz_trailer="x-amz-checksum-crc32"))
    assert trailer.value.code == "MalformedTrailerError"


@pytest.mark.parametrize("length", [{}, {"x_amz_decoded_content_length": "abc"}])
def test_chunked_bodies_need_their_decoded_length(length: dict[str, str]) -> None:
    """Without a readable x-amz-decoded-content-length S3 answers 411."""
    mode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    with pytest.raises(Refusal) as missing:
        BodyReader(head(content_length="100", x_amz_content_sha256=mode, **length))
    assert missing.value.code == "MissingContentLength"


def test_decoded_length_means_nothing_to_a_plain_body() -> None:
    """S3 ignores x-amz-decoded-content-length where nothing is encoded, also under `Content-Encoding:
    aws-chunked`.
    """
    request = head(content_length="5", x_amz_decoded_content_length="9", content_encoding="aws-chunked")
    content, body = read(BodyReader(request), b"hello")
    assert (content, body.size) == (b"hello", 5)
    assert "content-encoding" not in settled(request, body, content).headers


def test_short_and_long_bodies() -> None:
    """A body that is not as long as its head says is IncompleteBody."""
    with pytest.raises(Refusal) as short:
        read(BodyReader(head(content_length="6")), b"hello")
    assert short.value.members == {"NumberBytesExpected": "6", "NumberBytesProvided": "5"}
    with pytest.raises(Refusal) as over:
        read(BodyReader(HttpRequest(method="POST", path="/b/k", headers={}), limit=4), b"hello")
    assert over.value.code == "EntityTooLarge"


def test_a_request_without_a_body() -> None:
    """A GET needs no length and has no checksum."""
    _, body = read(BodyReader(HttpRequest(method="GET", path="/b/k", headers={})), b"")
    assert body == Body(size=0, md5=EMPTY_MD5)


def test_default_checksum_and_hash() -> None:
    """The checksum that S3 adds by itself, and a hash for services that sign it."""
    _, body = read(BodyReader(head(content_length="5"), default=checksums.DEFAULT, sha256=True), b"hello")
    assert body.checksums == {"CRC64NVME": checksums.of("CRC64NVME", b"hello")}
    assert body.sha256 == hashlib.sha256(b"hello").hexdigest()


def test_trailer_without_a_checksum_value() -> None:
    """A trailer whose checksum is no base64 of its length is refused by name."""
    request = head(
        x_amz_content_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        x_amz_decoded_content_length="5",
        x_amz_trailer="x-amz-checksum-crc32",
    )
    with pytest.raises(Refusal) as wrong:
        read(BodyReader(request), b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:zzz\r\n\r\n")
    assert wrong.value.message == "Value for x-amz-checksum-crc32 header is invalid."


def test_the_handle() -> None:
    """A body becomes a Blob, by name or inline."""
    body = Body(size=1, md5="m", checksums={"CRC32": "c"})
    assert body.blob(name="n") == Blob(size=1, md5="m", name="n", checksums={"CRC32": "c"})
    assert Body(size=1, md5="m").blob(data=b"x") == Blob(size=1, md5="m", data=b"x", checksums=UNSET)


def test_memory_stays_constant() -> None:
    """A large chunked body passes through in the memory of its pieces."""
    size, piece = 64 * 1024 * 1024, b"x" * 65536
    reader = BodyReader(
        head(
            x_amz_content_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER", x_amz_decoded_content_length=str(size)
        )
    )
    tracemalloc.start()
    try:
        reader.feed(b"%x\r\n" % size)
        total = sum(len(reader.feed(piece)) for _ in range(size // len(piece)))
        reader.feed(b"\r\n0\r\n\r\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (total, reader.finish().size) == (size, size)
    assert peak < 1 << 20


names = st.sampled_from(
    [
        "content-length",
        "x-amz-content-sha256",
        "x-amz-decoded-content-length",
        "x-amz-trailer",
        "content-md5",
        "x-amz-checksum-crc32",
        "x-amz-sdk-checksum-algorithm",
        "transfer-encoding",
        "content-encoding",
    ]
)
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["5", "0", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
    | st.sampled_from(["x-amz-checksum-crc32", "NhCmhg==", "CRC32", "aws-chunked", "UNSIGNED-PAYLOAD"]),
)


@given(
    headers=st.dictionaries(names, texts),
    raw=st.one_of(
        st.binary(max_size=100),
        st.sampled_from([b"hello", b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"]),
    ),
)
def test_fuzz_never_anything_but_a_refusal(headers: dict[str, str], raw: bytes) -> None:
    """Any head and body give a proven body or a refusal."""
    request = HttpRequest(method="PUT", path="/b/k", headers=headers)
    try:
        content, body = read(BodyReader(request), raw, 7)
    except Refusal:
        return
    assert body.md5 == hashlib.md5(content).hexdigest()
    settled(request, body, content)
