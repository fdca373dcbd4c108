"""Multipart uploads: parts, completion, checksums, copies of parts, giving up."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from backtrail import UNSET, Blob
from backtrail.blob import pieces
from backtrail.call import Effect, Outcome
from backtrail.wire import checksums
from backtrail_aws.s3 import api
from backtrail_aws.s3.digests import Digest, Reading

from .bucket_scenario import BUCKET, MIB, Buckets, blob, large

BIG = large(5 * MIB, "big", CRC32="AAAAAQ==", CRC64NVME="AAAAAAAAAAE=")


class Upload(Buckets):
    """A bucket with one upload under way."""

    def __init__(self, *, versioned: bool = False, **given: Any) -> None:
        super().__init__(versioned=versioned)
        self.id = self.ask(api.CreateMultipartUpload(bucket=BUCKET, key="k", **given)).upload_id

    def part(self, number: int, body: Blob, **more: Any) -> api.CompletedPart:
        """Upload a part; how the completion names it."""
        put = self.ask(
            api.UploadPart(bucket=BUCKET, key="k", upload_id=self.id, part_number=number, body=body, **more)
        )
        return api.CompletedPart(part_number=number, e_tag=put.e_tag, checksum_crc32=put.checksum_crc32)

    def completing(self, *parts: api.CompletedPart, **more: Any) -> api.CompleteMultipartUpload:
        """The call that completes the upload."""
        listed = api.CompletedMultipartUpload(parts=list(parts))
        return api.CompleteMultipartUpload(
            bucket=BUCKET, key="k", upload_id=self.id, multipart_upload=listed, **more
        )


def test_parts_become_an_object() -> None:
    """Uploaded in any order, replaced, listed, completed: one object, invisible before, with its parts behind it."""
    s3 = Upload(content_type="text/plain", metadata={"x": "y"}, tagging="a=b")
    tail = s3.part(7, blob(b"old tail"))
    first = s3.part(3, BIG)
    tail = s3.part(7, blob(b"tail"))
    assert s3.keys() == []
    listed = s3.ask(api.ListParts(bucket=BUCKET, key="k", upload_id=s3.id, max_parts=1))
    assert [(p.part_number, p.size) for p in listed.parts] == [(3, 5 * MIB)]
    assert (listed.is_truncated, listed.next_part_number_marker) == (True, 3)
    done = s3.ask(s3.completing(first, tail))
    md5s = bytes.fromhex(BIG.md5) + hashlib.md5(b"tail").digest()
    assert done.e_tag == f'"{hashlib.md5(md5s).hexdigest()}-2"'
    assert done.location == f"https://{BUCKET}.s3.us-east-1.amazonaws.com/k"
    got = s3.get("k", part_number=2)
    assert (got.content_range, got.parts_count) == (f"bytes {5 * MIB}-{5 * MIB + 3}/{5 * MIB + 4}", 2)
    assert isinstance(got.body, Blob) and [(p.start, p.end) for p in pieces(got.body, 5 * MIB - 1)] == [
        (5 * MIB - 1, 5 * MIB), (0, 4),
    ]  # fmt: skip
    assert (got.content_type, got.metadata, got.tag_count) == ("text/plain", {"x": "y"}, 1)
    assert s3.bucket.uploads == {}
    s3.replays()


def test_the_default_checksum_is_of_the_full_object() -> None:
    """CRC64NVME combined from the parts', without their bytes."""
    s3 = Upload()
    one, two = s3.part(1, BIG), s3.part(2, blob(b"tail"))
    done = s3.ask(s3.completing(one, two))
    tail = checksums.of("CRC64NVME", b"tail")
    whole = checksums.full_object("CRC64NVME", [("AAAAAAAAAAE=", 5 * MIB), (tail, 4)])
    assert (done.checksum_crc64_nvme, done.checksum_type) == (whole, "FULL_OBJECT")
    s3.replays()


def test_a_composite_checksum_needs_every_parts() -> None:
    """Parts and completion must carry it; the object's is the checksum of the parts' checksums."""
    s3 = Upload(checksum_algorithm="CRC32")
    bare = api.UploadPart(bucket=BUCKET, key="k", upload_id=s3.id, part_number=1, body=BIG)
    s3.when(bare).refused("InvalidRequest", "expected checksum Type: crc32, actual checksum Type: null")
    part = s3.part(1, BIG, checksum_crc32="AAAAAQ==")
    without = api.CompletedPart(part_number=1, e_tag=part.e_tag)
    s3.when(s3.completing(without)).refused("InvalidRequest", "missing for part 1")
    wrong = api.CompletedPart(part_number=1, e_tag=part.e_tag, checksum_crc32="AAAAAA==")
    s3.when(s3.completing(wrong)).refused("InvalidPart")
    done = s3.ask(s3.completing(part))
    assert done.checksum_crc32 == checksums.composite("CRC32", ["AAAAAQ=="])
    assert done.checksum_type == "COMPOSITE"
    told = s3.ask(api.GetObjectAttributes(bucket=BUCKET, key="k", object_attributes=["ObjectParts", "ETag"]))
    assert (told.e_tag, told.object_parts.parts[0].checksum_crc32) == (done.e_tag.strip('"'), "AAAAAQ==")
    s3.replays()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "MalformedXML"),
        ([(2, "two"), (1, "one")], "InvalidPartOrder"),
        ([(1, "one"), (1, "one")], "InvalidPartOrder"),
        ([(1, "one"), (3, "two")], "InvalidPart"),
        ([(1, "two")], "InvalidPart"),
        ([(2, "two"), (4, "four")], "EntityTooSmall"),
    ],
)
def test_completions_that_are_refused(parts: list[tuple[int, str]], code: str) -> None:
    """Each in S3's words; the upload stays under way."""
    s3 = Upload()
    tags = {
        "one": s3.part(1, BIG).e_tag,
        "two": s3.part(2, blob(b"2")).e_tag,
        "four": s3.part(4, blob(b"4")).e_tag,
    }
    s3.when(s3.completing(*(api.CompletedPart(part_number=n, e_tag=tags[t]) for n, t in parts))).refused(code)
    assert s3.bucket.uploads
    s3.replays()


def test_conditions_and_sizes_at_completion() -> None:
    """If-None-Match: * fails on a key that came meanwhile; the size that is claimed must be right."""
    s3 = Upload()
    part = s3.part(1, blob(b"x"))
    s3.when(s3.completing(part, mpu_object_size=2)).refused("InvalidRequest", "computed: 1")
    s3.put("k")
    s3.when(s3.completing(part, if_none_match="*")).refused("PreconditionFailed")
    s3.given(s3.completing(part, mpu_object_size=1))
    s3.replays()


def test_an_upload_beyond_the_greatest_object_is_refused() -> None:
    """Declared sizes suffice: ten thousand parts of over five GiB are more than 50 TiB."""
    s3 = Upload()
    parts = [s3.part(number, large(5 * 1024**3, str(number))) for number in range(1, 4)]
    kept = s3.bucket.uploads[next(iter(s3.bucket.uploads))].parts
    kept[1].size = 50 * 1024**4
    s3.when(s3.completing(*parts)).refused("EntityTooLarge")


def test_completing_again_gives_the_first_answer() -> None:
    """An equal repeat is answered and makes nothing new; afterwards there is no upload."""
    s3 = Upload(versioned=True)
    part = s3.part(1, blob(b"x"))
    first, again = s3.ask(s3.completing(part)), s3.ask(s3.completing(part))
    assert (first.e_tag, first.version_id) == (again.e_tag, again.version_id)
    found = s3.bucket.find("k")
    assert found is not None and len(list(found.versions())) == 1
    s3.when(api.ListParts(bucket=BUCKET, key="k", upload_id=s3.id)).refused("NoSuchUpload")
    s3.replays()


def test_an_upload_given_up_is_gone() -> None:
    """Abort removes it; everything about it is NoSuchUpload then, and for another key all along."""
    s3 = Upload()
    s3.when(api.ListParts(bucket=BUCKET, key="other", upload_id=s3.id)).refused("NoSuchUpload")
    s3.given(api.AbortMultipartUpload(bucket=BUCKET, key="k", upload_id=s3.id))
    s3.when(api.AbortMultipartUpload(bucket=BUCKET, key="k", upload_id=s3.id)).refused("NoSuchUpload")
    part = api.UploadPart(bucket=BUCKET, key="k", upload_id=s3.id, part_number=1, body=BIG)
    s3.when(part).refused("NoSuchUpload")
    s3.when(s3.completing(api.CompletedPart(part_number=1, e_tag="x"))).refused("NoSuchUpload")
    s3.replays()


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_bounds(number: int) -> None:
    """One to ten thousand."""
    s3 = Upload()
    part = api.UploadPart(bucket=BUCKET, key="k", upload_id=s3.id, part_number=number, body=blob(b"x"))
    s3.when(part).refused("InvalidArgument")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"checksum_type": "COMPOSITE"}, "InvalidRequest"),
        ({"checksum_algorithm": "SHA256", "checksum_type": "FULL_OBJECT"}, "InvalidRequest"),
        ({"checksum_algorithm": "CRC64NVME", "checksum_type": "COMPOSITE"}, "InvalidRequest"),
        ({"checksum_algorithm": "MD4"}, "InvalidRequest"),
        ({"storage_class": "COLD"}, "InvalidStorageClass"),
    ],
)
def test_uploads_that_cannot_begin(given: dict[str, Any], code: str) -> None:
    """Checksums of a type that their algorithm does not have, and what a put would be refused for."""
    s3 = Buckets()
    s3.when(api.CreateMultipartUpload(bucket=BUCKET, key="k", **given)).refused(code)
    s3.replays()


def test_parts_copied_from_objects() -> None:
    """A range in hand is digested at once; one in the store by an effect, whose outcome the part then tells."""
    s3 = Upload()
    s3.put("small", b"0123456789")
    s3.ask(api.PutObject(bucket=BUCKET, key="large", body=large(6 * MIB)))
    small = _copying(s3, 2, "small", "bytes=2-4")
    told = s3.ask(small).copy_part_result
    assert told.e_tag == f'"{hashlib.md5(b"234").hexdigest()}"'
    big = _copying(s3, 1, "large", f"bytes=0-{5 * MIB - 1}")
    s3.when(big)
    effect: object = s3.answer
    assert isinstance(effect, Effect) and isinstance(effect.args, Reading)
    reading = effect.args
    assert [(part.start, part.end) for part in reading.parts] == [(0, 5 * MIB)]
    digest = Digest(reading.fingerprint, "0" * 32, {"CRC64NVME": "AAAAAAAAAAI="})
    s3.when(big, outcome=Outcome(result=digest))
    assert s3.answer.copy_part_result.e_tag == f'"{"0" * 32}"'
    parts = [
        api.CompletedPart(part_number=1, e_tag="0" * 32),
        api.CompletedPart(part_number=2, e_tag=told.e_tag),
    ]
    s3.given(s3.completing(*parts))
    assert s3.get("k").content_length == 5 * MIB + 3
    s3.when(_copying(s3, 1, "small", "bytes=5-20")).refused("NoSuchUpload")
    s3.replays()


def test_ranges_of_copies_must_lie_within_the_source() -> None:
    """Neither past its end nor in another form."""
    s3 = Upload()
    s3.put("small", b"0123456789")
    for wanted in ("bytes=5-20", "bytes=5-", "5-6", "bytes=6-5"):
        s3.when(_copying(s3, 1, "small", wanted)).refused("InvalidArgument")
    s3.replays()


def _copying(s3: Upload, number: int, source: str, wanted: str) -> api.UploadPartCopy:
    return api.UploadPartCopy(
        bucket=BUCKET, key="k", upload_id=s3.id, part_number=number,
        copy_source=f"{BUCKET}/{source}", copy_source_range=wanted if wanted else UNSET,
    )  # fmt: skip
