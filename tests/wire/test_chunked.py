"""aws-chunked bodies: AWS's published examples, any split, everything that can be wrong."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.errors import Refusal
from backtrail.wire import sigv4
from backtrail.wire.chunked import ChunkDecoder
from backtrail.wire.http import HttpRequest
from backtrail.wire.sigv4 import Signer

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "20130524/us-east-1/s3/aws4_request"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
SEED_TRAILER = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
A = b"a"


def signer(seed: str) -> Signer:
    """The signer of the documentation's examples."""
    key = sigv4.signing_key(SECRET, "20130524", "us-east-1", "s3")
    return Signer(key, "20130524T000000Z", SCOPE, seed)


def documented(signatures: list[str], end: bytes) -> bytes:
    """The documentation's body of 65 KiB in two chunks and an empty one."""
    chunks = [(65536, signatures[0]), (1024, signatures[1])]
    body = b"".join(b"%x;chunk-signature=%b\r\n%b\r\n" % (n, s.encode(), A * n) for n, s in chunks)
    return body + b"0;chunk-signature=" + signatures[2].encode() + b"\r\n" + end


CHUNKED = documented(
    [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ],
    b"\r\n",
)
TRAILER_SIGNATURES = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
]
TRAILER_SIGNATURE = (
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
)
CHECKSUM = b"x-amz-checksum-crc32c:sOO8/Q=="
TRAILED = documented(TRAILER_SIGNATURES, CHECKSUM + b"\r\n" + TRAILER_SIGNATURE + b"\r\n")
TRAILED_AS_PRINTED = documented(
    TRAILER_SIGNATURES, CHECKSUM + b"\n\r\n\r\n\r\n" + TRAILER_SIGNATURE + b"\r\n"
)


def decode(decoder: ChunkDecoder, body: bytes, step: int = 1 << 20) -> bytes:
    """The content of a whole body, fed in steps."""
    content = b"".join(decoder.feed(body[at : at + step]) for at in range(0, len(body), step))
    decoder.close()
    return content


def signed_decoder(length: int = 66560) -> ChunkDecoder:
    """A decoder for the example without a trailer."""
    return ChunkDecoder(length, signed=True, signer=signer(SEED))


def trailed_decoder(length: int = 66560) -> ChunkDecoder:
    """A decoder for the example with a trailer."""
    return ChunkDecoder(length, signed=True, signer=signer(SEED_TRAILER), trailers=("x-amz-checksum-crc32c",))


@pytest.mark.parametrize("step", [1, 7, 8192, 1 << 20])
def test_documented_chunks(step: int) -> None:
    """The documentation's signed chunks verify and give 65 KiB, however they arrive."""
    if step == 1:
        step = 3  # a byte at a time is the property test's
    assert decode(signed_decoder(), CHUNKED, step) == A * 66560


@pytest.mark.parametrize("body", [TRAILED, TRAILED_AS_PRINTED])
@pytest.mark.parametrize("step", [5, 1 << 20])
def test_documented_trailer(body: bytes, step: int) -> None:
    """The documentation's signed trailer verifies, as SDKs send it and as the page prints it."""
    decoder = trailed_decoder()
    assert decode(decoder, body, step) == A * 66560
    assert decoder.trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


@pytest.mark.parametrize(
    ("seed", "mode", "extra"),
    [
        (SEED, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", {"content-length": "66824"}),
        (
            SEED_TRAILER,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            {"x-amz-trailer": "x-amz-checksum-crc32c"},
        ),
    ],
)
def test_documented_seeds(seed: str, mode: str, extra: dict[str, str]) -> None:
    """The heads of both examples verify, and give the signer that their chunks need."""
    headers = {
        "content-encoding": "aws-chunked",
        "host": "s3.amazonaws.com",
        "x-amz-content-sha256": mode,
        "x-amz-date": "20130524T000000Z",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    } | extra
    signed = ";".join(sorted(headers))
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/{SCOPE},SignedHeaders={signed},Signature={seed}"
    )
    request = HttpRequest(method="PUT", path="/examplebucket/chunkObject.txt", headers=headers)
    claim = sigv4.credential(request)
    assert claim is not None
    sigv4.verify(request, claim, SECRET, wall=datetime(2013, 5, 24, tzinfo=UTC))
    assert sigv4.chunk_signer(claim, SECRET) == signer(seed)


def refused(decoder: ChunkDecoder, body: bytes) -> Refusal:
    """The refusal of a body that must be refused."""
    with pytest.raises(Refusal) as wrong:
        decode(decoder, body)
    return wrong.value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (CHUNKED.replace(b"ad80", b"ad81"), "SignatureDoesNotMatch"),
        (CHUNKED.replace(b"aaa\r\n400", b"aab\r\n400"), "SignatureDoesNotMatch"),
        (CHUNKED.replace(b"b6c6", b"b6c7"), "SignatureDoesNotMatch"),
        (CHUNKED.replace(b";chunk-signature=ad80", b";chunk-signature:ad80"), "IncompleteBody"),
        (CHUNKED.replace(b"10000;", b"1000g;"), "IncompleteBody"),
        (CHUNKED.replace(b"10000;", b"-1;"), "IncompleteBody"),
        (CHUNKED.replace(b"10000;", b"ffff;"), "IncompleteBody"),
        (CHUNKED.replace(b"10000;", b"10001;"), "IncompleteBody"),
        (CHUNKED.replace(b"648\r\n", b"648\n"), "IncompleteBody"),
        (CHUNKED.replace(b"10000;", b"0" * 2000), "IncompleteBody"),
        (CHUNKED[:-1], "IncompleteBody"),
        (CHUNKED[:66000], "IncompleteBody"),
        (CHUNKED + b"x", "IncompleteBody"),
        (b"", "IncompleteBody"),
        (b"a" * 5000, "IncompleteBody"),
    ],
)
def test_broken_chunks(body: bytes, code: str) -> None:
    """A broken encoding is IncompleteBody; a changed chunk, wherever it is, breaks its signature."""
    assert refused(signed_decoder(), body).code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (TRAILED.replace(b"d81f", b"d81e"), "SignatureDoesNotMatch"),
        (TRAILED.replace(b"sOO8", b"sOO9"), "SignatureDoesNotMatch"),
        (TRAILED.replace(b"crc32c", b"crc32"), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM, b"x-amz-checksum-crc32c=1"), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM, b":sOO8/Q=="), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM + b"\r\n", b""), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM, CHECKSUM + b"\r\n" + CHECKSUM), "MalformedTrailerError"),
        (TRAILED.replace(TRAILER_SIGNATURE, b""), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM, CHECKSUM + b"x" * 2000), "MalformedTrailerError"),
        (TRAILED.replace(CHECKSUM, b"\r\n".join([b"a:b"] * 17)), "MalformedTrailerError"),
        (TRAILED + b"more", "MalformedTrailerError"),
        (TRAILED[:-1], "IncompleteBody"),
    ],
)
def test_broken_trailers(body: bytes, code: str) -> None:
    """A trailer that is malformed, missing or not the announced one is MalformedTrailerError."""
    assert refused(trailed_decoder(), body).code == code


def test_wrong_decoded_length() -> None:
    """S3 tells how many bytes it expected and how many came."""
    for expected in (66559, 66561):
        refusal = refused(signed_decoder(expected), CHUNKED)
        assert (refusal.code, refusal.status) == ("IncompleteBody", 400)
        assert refusal.members["NumberBytesExpected"] == str(expected)
        assert refusal.members["NumberBytesProvided"] == "66560"


def test_small_chunk() -> None:
    """Only the last chunk may be under 8 KiB: S3 notices at the next one, with 403."""
    decoder = ChunkDecoder(5, trailers=())
    refusal = refused(decoder, b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
    assert (refusal.code, refusal.status) == ("InvalidChunkSizeError", 403)
    assert refusal.members == {"Chunk": "2", "BadChunkSize": "3"}


@pytest.mark.parametrize(
    ("end", "trailers", "code"),
    [
        (b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", ("x-amz-checksum-crc32",), None),
        (b"X-Amz-Checksum-Crc32: NhCmhg==\r\n\r\n", ("x-amz-checksum-crc32",), None),
        (b"\r\n", (), None),
        (b"\r\n", ("x-amz-checksum-crc32",), "MalformedTrailerError"),
        (b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", (), "MalformedTrailerError"),
        (b"x-amz-checksum-crc32:NhCmhg==\r\n", ("x-amz-checksum-crc32",), "IncompleteBody"),
        (b"", ("x-amz-checksum-crc32",), "IncompleteBody"),
    ],
)
def test_unsigned_trailers(end: bytes, trailers: tuple[str, ...], code: str | None) -> None:
    """Unsigned chunks with the announced trailer pass; all else is refused."""
    decoder = ChunkDecoder(5, trailers=trailers)
    body = b"5\r\nhello\r\n0\r\n" + end
    if code is not None:
        assert refused(decoder, body).code == code
        return
    assert decode(decoder, body) == b"hello"
    assert decoder.trailers == dict.fromkeys(trailers, "NhCmhg==")


def test_signatures_are_only_read_without_a_secret() -> None:
    """For a key that nobody knows the secret of, signed chunks are decoded all the same."""
    assert decode(ChunkDecoder(66560, signed=True), CHUNKED) == A * 66560


def encode(content: bytes, size: int, signing: Signer | None, trailer: bytes | None) -> bytes:
    """An aws-chunked body, as a client writes it."""
    empty = hashlib.sha256(b"").hexdigest()
    previous = signing.seed if signing is not None else ""
    out: list[bytes] = []

    def sign(algorithm: str, hashes: str) -> bytes:
        nonlocal previous
        assert signing is not None
        text = f"{algorithm}\n{signing.timestamp}\n{signing.scope}\n{previous}\n{hashes}"
        previous = hmac.new(signing.key, text.encode(), "sha256").hexdigest()
        return previous.encode()

    pieces = [content[at : at + size] for at in range(0, len(content), size)] + [b""]
    for piece in pieces:
        head = b"%x" % len(piece)
        if signing is not None:
            hashes = f"{empty}\n{hashlib.sha256(piece).hexdigest()}"
            head += b";chunk-signature=" + sign("AWS4-HMAC-SHA256-PAYLOAD", hashes)
        out.append(head + b"\r\n" + (piece + b"\r\n" if piece else b""))
    if trailer is not None:
        out.append(trailer + b"\r\n")
        if signing is not None:
            hashes = hashlib.sha256(trailer + b"\n").hexdigest()
            out.append(b"x-amz-trailer-signature:" + sign("AWS4-HMAC-SHA256-TRAILER", hashes) + b"\r\n")
    out.append(b"\r\n")
    return b"".join(out)


def in_pieces(body: bytes, cuts: list[int]) -> list[bytes]:
    """A body cut at the given places."""
    places = sorted({cut % (len(body) + 1) for cut in cuts} | {0, len(body)})
    return [body[a:b] for a, b in pairwise(places)]


@given(
    content=st.binary(max_size=20_000),
    size=st.integers(8192, 9000),
    signed=st.booleans(),
    trailed=st.booleans(),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=40),
)
def test_any_split_gives_the_content(
    content: bytes, size: int, signed: bool, trailed: bool, cuts: list[int]
) -> None:
    """Whatever the pieces in which a body arrives, its content and trailer come out."""
    signing = signer(SEED) if signed else None
    trailer = b"x-amz-checksum-sha1:abc" if trailed else None
    names = ("x-amz-checksum-sha1",) if trailed else None if signed else ()
    body = encode(content, size, signing, trailer)
    decoder = ChunkDecoder(len(content), signed=signed, signer=signing, trailers=names)
    assert b"".join(map(decoder.feed, in_pieces(body, cuts))) == content
    decoder.close()
    assert decoder.trailers == ({"x-amz-checksum-sha1": "abc"} if trailed else {})


def test_a_byte_at_a_time() -> None:
    """The smallest pieces work, too."""
    body = encode(b"hello", 8192, signer(SEED), b"x-amz-checksum-sha1:abc")
    decoder = ChunkDecoder(5, signed=True, signer=signer(SEED), trailers=("x-amz-checksum-sha1",))
    assert decode(decoder, body, 1) == b"hello"


@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    b"5",
                    b"0",
                    b"\r\n",
                    b"hello",
                    b"\n",
                    b"x-amz-checksum-crc32",
                    b":",
                    b";",
                    b"ffffffffffffffff",
                ]
            ),
            max_size=20,
        ).map(b"".join),
    ),
    signed=st.booleans(),
    trailers=st.sampled_from([None, (), ("x-amz-checksum-crc32",)]),
    cuts=st.lists(st.integers(0, 300), max_size=10),
)
def test_fuzz_never_anything_but_a_refusal(
    body: bytes, signed: bool, trailers: tuple[str, ...] | None, cuts: list[int]
) -> None:
    """Any bytes are decoded or refused, and never more content comes out than went in."""
    decoder = ChunkDecoder(5, signed=signed, signer=signer(SEED) if signed else None, trailers=trailers)
    try:
        content = b"".join(map(decoder.feed, in_pieces(body, cuts)))
        decoder.close()
    except Refusal as refusal:
        assert refusal.code in (
            "IncompleteBody",
            "MalformedTrailerError",
            "SignatureDoesNotMatch",
            "InvalidChunkSizeError",
        )
    else:
        assert len(content) == 5


@given(st.data())
def test_changed_bytes_of_a_signed_body_never_pass(data: st.DataObject) -> None:
    """No single changed byte of a signed body goes unnoticed (hexadecimal sizes have two spellings)."""
    body = encode(b"hello", 8192, signer(SEED), b"x-amz-checksum-sha1:abc")
    at = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != body[at]))
    changed = body[:at] + bytes([byte]) + body[at + 1 :]
    decoder = ChunkDecoder(5, signed=True, signer=signer(SEED), trailers=("x-amz-checksum-sha1",))
    try:
        content = decode(decoder, changed)
    except Refusal:
        return
    assert content == b"hello"
    assert decoder.trailers == {"x-amz-checksum-sha1": "abc"}
