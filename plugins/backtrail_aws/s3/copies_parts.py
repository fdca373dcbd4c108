"""UploadPartCopy: a part made of an object, or of a range of one.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

from __future__ import annotations

from backtrail import UNSET, Blob, Call, Effect, Event, NotInTrail
from backtrail_aws.s3 import api, conditions, digests, errors, limits, object_checksums, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.copies import check_source_key, known_checksums, known_md5
from backtrail_aws.s3.copies_source import Source, find_source, recorded_source, source_of
from backtrail_aws.s3.multipart import check_key, check_number, known_upload, part_tag, upload_of
from backtrail_aws.s3.objects_new import encrypted, quoted, unquoted
from backtrail_aws.s3.ranges import Span, copied
from backtrail_aws.s3.state import S3, ObjectVersion, Upload, UploadedPart, known_bucket, service


@service.handle
def upload_part_copy(state: S3, call: Call[api.UploadPartCopy]) -> api.UploadPartCopyResult | Effect:
    """A part that is all of a source, or its range."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    check_number(params.part_number)
    upload = upload_of(bucket, params)
    check_key(params, upload.version)
    source, version = find_source(state, call, source_of(params.copy_source))
    conditions.check_copy(params, version)
    check_source_key(call, version)
    if refusal := versions.refuse_archived(version, call.time):
        raise refusal
    whole, body = _body_of(source, version, params)
    known = known_checksums(version) if whole else {}
    digest = digests.of(call, body, _algorithms(upload), known_md5(version) if whole else "", known)
    if isinstance(digest, Effect):
        return digest
    told = api.CopyPartResult(
        e_tag=quoted(part_tag(call, upload.version.encryption, digest.md5)),
        last_modified=versions.second(call.time),
    )
    result = api.UploadPartCopyResult(
        copy_part_result=object_checksums.shown(told, digest.checksums),
        copy_source_version_id=versions.answered_id(source.found, version)
        if source.found is not None
        else UNSET,
    )
    return encrypted(result, upload.version.encryption)


@service.project
def part_copied(state: S3, event: Event[api.UploadPartCopy, api.UploadPartCopyResult]) -> None:
    """The part is there. Where nobody saw the source, its bytes are not known."""
    params, told = event.params, event.result.copy_part_result
    bucket = known_bucket(state, params.bucket, event)
    upload = known_upload(state, bucket, event)
    part = UploadedPart(number=params.part_number, modified=versions.second(event.time))
    if told is not UNSET:
        part.e_tag = unquoted(told.e_tag)
        part.checksums = object_checksums.claimed(told)
    source = recorded_source(state, params.copy_source, event.result.copy_source_version_id)
    if source is not None and source.body is not UNSET:
        span = _recorded_span(params, source.body.size)
        part.body = digests.cut(source.body, span.start, span.end)
        part.size = part.body.size
    upload.parts[params.part_number] = part


def _recorded_span(params: api.UploadPartCopy, size: int) -> Span:
    """The range that a recorded copy took, within what the source has."""
    if params.copy_source_range is UNSET:
        return Span(0, size, size)
    first, _, last = params.copy_source_range.partition("=")[2].partition("-")
    if not (first.isdecimal() and last.isdecimal()):
        return Span(0, size, size)
    return Span(min(int(first), size), min(int(last) + 1, size), size)


def _body_of(source: Source, version: ObjectVersion, params: api.UploadPartCopy) -> tuple[bool, Blob]:
    """The bytes that are copied, and whether they are all of the source."""
    if version.body is UNSET:
        raise NotInTrail(f"No record holds the content of {source.bucket}/{source.key}.")
    size = version.body.size
    wanted = params.copy_source_range
    span = Span(0, size, size) if wanted is UNSET else copied(wanted, size)
    if span.length > limits.PART_MAX_BYTES:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
        raise errors.invalid_request(
            "The specified copy source is larger than the maximum allowable size for a copy source: "
            f"{limits.PART_MAX_BYTES}"
        )
    return span.length == size, digests.cut(version.body, span.start, span.end)


def _algorithms(upload: Upload) -> list[str]:
    """The checksums that the upload will need of each part."""
    return ["CRC64NVME" if upload.checksum_algorithm is UNSET else upload.checksum_algorithm]
