"""Deployment packages: inline, in S3, or an image; looked into before anything is made of them.

Small ones are looked into in deciding; for those that are large, or lie in a bucket, an effect does it.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Any, Protocol

import msgspec

from backtrail import UNSET, Call, Effect, Params, UnsetType, field
from backtrail.blob import INLINE_BYTES, Blob, BlobPart, pieces
from backtrail_aws.lambda_ import errors, limits
from backtrail_aws.lambda_.state import Code

EFFECT = "examine"


class Location(Protocol):
    """The members by which every action says where a package is."""

    @property
    def zip_file(self) -> Blob | UnsetType: ...
    @property
    def s3_bucket(self) -> str | UnsetType: ...
    @property
    def s3_key(self) -> str | UnsetType: ...
    @property
    def s3_object_version(self) -> str | UnsetType: ...
    @property
    def content(self) -> Blob | UnsetType: ...


class GetObject(Params):
    """What S3 is asked."""

    bucket: str = field(name="bucketName")
    key: str
    version_id: str | UnsetType = field(name="versionId", default=UNSET)


class GetObjectResult(Params):
    """What S3 answers, of which the body is wanted."""

    body: Blob | UnsetType = field(name="Body", default=UNSET)


class HeadBucket(Params):
    """Whether a bucket is there."""

    bucket: str = field(name="bucketName")


class HeadBucketResult(Params):
    """Whether it is, and where."""

    bucket_region: str | UnsetType = field(name="x-amz-bucket-region", default=UNSET)


class Examining(msgspec.Struct, frozen=True, kw_only=True):
    """What the effect is to look into; with `keep`, bytes in hand that are to be kept."""

    parts: list[BlobPart]
    keep: bool


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: digest, sizes, what is wrong (`bad`, `empty`, `large`), and where it is kept."""

    sha256: str
    size: int
    unzipped: int = 0
    fault: str = ""
    content: Blob | UnsetType = UNSET


def examine(data: bytes) -> Examined:
    """What can be told of a package's bytes."""
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return Examined(sha256=digest, size=len(data), fault="bad")
    unzipped = sum(entry.file_size for entry in entries)
    fault = "" if entries else "empty"
    if unzipped > limits.UNZIPPED_MAX_BYTES:
        fault = "large"
    return Examined(sha256=digest, size=len(data), unzipped=unzipped, fault=fault)


def of_zip(call: Call[Any], where: Location, *, action: str) -> Code | Effect:
    """The package that a call brings or points to, or the effect that looks into it. Raises `Refusal`."""
    outcome = call.outcome
    if outcome is not None:
        if outcome.error:
            raise errors.failed(outcome.message)
        return _code(outcome.result, UNSET)
    blob = where.zip_file
    if isinstance(blob, UnsetType):
        blob = _in_s3(call, where)
    elif blob.size > limits.ZIP_MAX_BYTES:
        raise errors.package_too_large(limits.ZIP_REQUEST_MAX_BYTES, action)
    inline = isinstance(blob.data, bytes)
    if isinstance(blob.data, bytes) and blob.size <= INLINE_BYTES:
        return _code(examine(blob.data), blob)
    return Effect(name=EFFECT, args=Examining(parts=list(pieces(blob)), keep=inline))


def image(uri: str) -> Code:
    """A container image: its digest is not known here, so its URI stands for it."""
    return Code(sha256=hashlib.sha256(uri.encode()).hexdigest(), size=0, image=uri)


def handle(data: bytes) -> Blob:
    """A handle of bytes that are about to be kept under a name."""
    return Blob(size=len(data), md5=hashlib.md5(data, usedforsecurity=False).hexdigest())


def whole(parts: list[BlobPart]) -> Blob:
    """The body that its parts make, without opening any."""
    if len(parts) == 1 and parts[0].start == 0 and parts[0].end == parts[0].blob.size:
        return parts[0].blob
    return Blob(size=sum(part.end - part.start for part in parts), md5="", parts=parts)


def folded(where: Location, result: Any, uri: str | UnsetType) -> Code:
    """The package as a record tells it: digest and size from the answer, the bytes where the call had them."""
    content = where.content
    if isinstance(content, UnsetType):
        content = where.zip_file
    return Code(
        sha256=getattr(result, "code_sha256", UNSET),
        size=getattr(result, "code_size", UNSET),
        content=content,
        image=uri,
    )


def _code(found: Examined, blob: Blob | UnsetType) -> Code:
    if found.fault == "bad":
        raise errors.bad_zip()
    if found.fault == "empty":
        raise errors.empty_zip()
    if found.fault == "large":
        raise errors.unzipped_too_large(limits.UNZIPPED_MAX_BYTES)
    content = blob if isinstance(found.content, UnsetType) else found.content
    return Code(sha256=found.sha256, size=found.size, unzipped=found.unzipped, content=content)


def _in_s3(call: Call[Any], where: Location) -> Blob:
    """The object that a call points to."""
    if not isinstance(where.s3_bucket, str) or not isinstance(where.s3_key, str):
        # evidence: guess
        raise errors.invalid("Please provide a source for function code.")
    bucket = call.ask("s3", HeadBucket(bucket=where.s3_bucket), HeadBucketResult)
    if bucket is None:
        raise errors.s3_failed("NoSuchBucket", "The specified bucket does not exist")
    if isinstance(bucket.bucket_region, str) and bucket.bucket_region not in ("", call.region):
        raise errors.s3_failed(
            "PermanentRedirect",
            f"The bucket is in this region: {bucket.bucket_region}. Please use this region to retry the request",
        )
    wanted = GetObject(bucket=where.s3_bucket, key=where.s3_key, version_id=where.s3_object_version)
    found = call.ask("s3", wanted, GetObjectResult)
    if found is None or isinstance(found.body, UnsetType):
        raise errors.s3_failed("NoSuchKey", "The specified key does not exist.")
    return found.body
