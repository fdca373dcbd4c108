"""CopyObject: what is copied, what is replaced, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET
from backtrail.call import Effect, Outcome
from backtrail_aws.s3 import api
from backtrail_aws.s3.digests import Digest

from .bucket_scenario import BUCKET, MIB, Buckets, blob, large

TAG = '"5d41402abc4b2a76b9719d911017c592"'


def copying(key: str = "copy", source: str = f"{BUCKET}/k", **more: Any) -> api.CopyObject:
    """A copy within the bucket."""
    return api.CopyObject(bucket=BUCKET, key=key, copy_source=source, **more)


def test_a_copy_has_the_sources_description() -> None:
    """Bytes, metadata, headers and tags; not its storage class, nor its redirect."""
    s3 = Buckets()
    s3.put(
        "k", content_type="a/b", metadata={"x": "y"}, tagging="a=b", storage_class="STANDARD_IA",
        website_redirect_location="/z",
    )  # fmt: skip
    told = s3.ask(copying()).copy_object_result
    assert (told.e_tag, told.checksum_crc64_nvme) == (TAG, "M3eFcAZSQlc=")
    got = s3.get("copy")
    assert (got.content_type, got.metadata, got.tag_count) == ("a/b", {"x": "y"}, 1)
    assert (got.storage_class, got.website_redirect_location) == (UNSET, UNSET)
    assert s3.content("copy") == b"hello"
    s3.replays()


def test_directives_replace_metadata_and_tags() -> None:
    """REPLACE takes the request's; other words are refused."""
    s3 = Buckets()
    s3.put("k", metadata={"x": "y"}, tagging="a=b")
    s3.given(
        copying(metadata_directive="REPLACE", metadata={"n": "m"}, tagging_directive="REPLACE", tagging="c=d")
    )
    got = s3.get("copy")
    assert (got.metadata, got.content_type) == ({"n": "m"}, "binary/octet-stream")
    assert s3.ask(api.GetObjectTagging(bucket=BUCKET, key="copy")).tag_set == [api.Tag(key="c", value="d")]
    s3.when(copying(metadata_directive="MERGE")).refused("InvalidArgument")
    s3.replays()


def test_a_copy_onto_itself_must_change_something() -> None:
    """A storage class is a change: so objects move between classes."""
    s3 = Buckets()
    s3.put("k", metadata={"x": "y"})
    s3.when(copying("k")).refused("InvalidRequest", "copy an object to itself")
    s3.given(copying("k", storage_class="STANDARD_IA", metadata_directive="COPY"))
    assert (s3.get("k").storage_class, s3.get("k").metadata) == ("STANDARD_IA", {"x": "y"})
    s3.replays()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"copy_source_if_match": '"no"'}, "PreconditionFailed"),
        ({"copy_source_if_none_match": TAG}, "PreconditionFailed"),
        ({"copy_source_if_match": TAG}, None),
        ({"if_none_match": "*", "key": "k2"}, "PreconditionFailed"),
        ({"source": f"{BUCKET}"}, "InvalidArgument"),
        ({"source": f"{BUCKET}/missing"}, "NoSuchKey"),
        ({"source": "missing/k"}, "NoSuchBucket"),
        ({"source": f"/{BUCKET}/%6B"}, None),
        ({"expected_source_bucket_owner": "999988887777"}, "AccessDenied"),
        ({"checksum_algorithm": "MD4"}, "InvalidRequest"),
    ],
)
def test_conditions_and_sources(given: dict[str, Any], code: str | None) -> None:
    """Conditions on both ends; sources are percent-encoded, with or without a slash."""
    s3 = Buckets()
    s3.put("k")
    s3.put("k2")
    s3.when(copying(**given))
    assert (s3.error.code if s3.error is not None else None) == code
    s3.replays()


def test_another_checksum_is_computed_from_bytes_in_hand() -> None:
    """A small body is digested at once."""
    s3 = Buckets()
    s3.put("k")
    told = s3.ask(copying(checksum_algorithm="SHA1")).copy_object_result
    assert (told.checksum_sha1, told.checksum_crc64_nvme) == ("qvTGHdzF6KLavt4PO0gs2a6pQ00=", UNSET)
    s3.replays()


def test_a_large_body_is_read_by_an_effect() -> None:
    """Its digest decides the copy; one for other bytes makes it be read again; a failed one is a 500."""
    s3 = Buckets()
    s3.ask(api.PutObject(bucket=BUCKET, key="k", body=large(6 * MIB)))
    s3.when(copying(checksum_algorithm="SHA256"))
    effect: object = s3.answer
    assert isinstance(effect, Effect)
    reading = effect.args
    s3.when(copying(checksum_algorithm="SHA256"), outcome=Outcome(result=Digest("other", "", {})))
    effect = s3.answer
    assert isinstance(effect, Effect)
    s3.when(copying(checksum_algorithm="SHA256"), outcome=Outcome(error="X")).refused("InternalError")
    digest = Digest(reading.fingerprint, "0" * 32, {"SHA256": "x"})
    s3.when(copying(checksum_algorithm="SHA256"), outcome=Outcome(result=digest))
    assert s3.answer.copy_object_result.checksum_sha256 == "x"
    s3.replays()


def test_a_source_that_is_a_marker_or_too_large() -> None:
    """A delete marker cannot be named; more than 5 GiB must be copied in parts."""
    s3 = Buckets(versioned=True)
    s3.put("k")
    gone = s3.ask(api.DeleteObject(bucket=BUCKET, key="k"))
    s3.when(copying(source=f"{BUCKET}/k?versionId={gone.version_id}")).refused(
        "InvalidRequest", "delete marker"
    )
    s3.when(copying()).refused("NoSuchKey")
    s3.given(api.PutObject(bucket=BUCKET, key="k", body=blob(b"x")))
    found = s3.bucket.objects["k"].current
    found.body, found.size = large(5 * 1024**3 + 1), 5 * 1024**3 + 1
    s3.when(copying()).refused("InvalidRequest", "larger than the maximum")


def test_archived_sources_must_be_restored_first() -> None:
    """ObjectNotInActiveTierError until a copy is there."""
    s3 = Buckets()
    s3.put("k", storage_class="GLACIER")
    s3.when(copying()).refused("ObjectNotInActiveTierError")
    s3.given(api.RestoreObject(bucket=BUCKET, key="k", restore_request=api.RestoreRequest(days=1)))
    s3.later(hours=6)
    s3.given(copying())
    s3.replays()
