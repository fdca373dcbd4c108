"""CompleteMultipartUpload: the parts become an object.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html. No part is opened: the object's body
is the list of its parts' bodies, its ETag and checksums follow from theirs.
"""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import quote

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.blob import joined
from backtrail.wire import checksums as crc
from backtrail_aws.s3 import (
    api,
    conditions,
    errors,
    lifecycle_plan,
    lifecycle_steps,
    limits,
    object_checksums,
    object_encryption,
    versions,
)
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.multipart import check_key, place_of
from backtrail_aws.s3.object_checksums import COMPOSITE, FULL, LINEAR
from backtrail_aws.s3.objects_new import encrypted, quoted, unquoted
from backtrail_aws.s3.state import (
    S3,
    Bucket,
    Checksums,
    Done,
    ObjectVersion,
    PartInfo,
    Upload,
    UploadedPart,
    known_bucket,
    service,
)


@service.handle
def complete_multipart_upload(
    state: S3, call: Call[api.CompleteMultipartUpload]
) -> api.CompleteMultipartUploadResult:
    """The object, made of the parts that are listed; an equal repeat gets the first answer."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    wanted = _listed(params)
    upload = bucket.uploads.get(place_of(params.key, params.upload_id))
    if upload is None:
        return _repeated(bucket, params, wanted)
    if params.sse_customer_key is not UNSET:
        check_key(params, upload.version)
    parts = _matched(params, upload, wanted)
    _check_sizes(params, parts)
    conditions.check_write(params, bucket, params.key)
    checksums = _checksums(upload, parts)
    _check_claims(params, upload, checksums)
    result = api.CompleteMultipartUploadResult(
        location=_location(bucket, params.key),
        bucket=params.bucket,
        key=params.key,
        e_tag=quoted(_e_tag(call, upload, parts)),
        version_id=versions.new_id(call, bucket),
        expiration=_expiration(bucket, params.key, upload, parts),
    )
    return encrypted(object_checksums.shown(result, checksums), upload.version.encryption)


@service.project
def upload_completed(
    state: S3, event: Event[api.CompleteMultipartUpload, api.CompleteMultipartUploadResult]
) -> None:
    """The object is there, the upload is not. Of a foreign upload only its being an object is known."""
    params, result = event.params, event.result
    bucket = known_bucket(state, params.bucket, event)
    if params.upload_id in bucket.completed:
        return
    upload = bucket.uploads.pop(place_of(params.key, params.upload_id), None)
    lifecycle_plan.forget(state, bucket, params.key, params.upload_id)
    version = upload.version if upload is not None else ObjectVersion(owner=bucket.account)
    version.version_id = versions.recorded_id(bucket, event, result.version_id)
    version.e_tag = unquoted(result.e_tag)
    version.checksums = object_checksums.of_result(result)
    # "the date of initiation of the multipart upload":
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    version.modified = versions.second(event.time) if upload is None else upload.initiated
    if upload is not None:
        _assemble(version, upload, params)
    versions.put(state, bucket, params.key, version, event.time)
    if version.e_tag is not UNSET:
        bucket.completed[params.upload_id] = Done(
            key=params.key, version_id=version.version_id, e_tag=version.e_tag, event_id=event.id
        )


def _assemble(version: ObjectVersion, upload: Upload, params: api.CompleteMultipartUpload) -> None:
    listed = params.multipart_upload
    numbers = (
        [part.part_number for part in listed.parts]
        if listed is not UNSET and listed.parts is not UNSET
        else list(upload.parts)
    )
    parts = [upload.parts[number] for number in numbers if number is not UNSET and number in upload.parts]
    sizes = [part.size for part in parts if part.size is not UNSET]
    bodies = [part.body for part in parts if part.body is not UNSET]
    if not parts or len(sizes) != len(parts):
        return
    version.size = sum(sizes)
    if len(bodies) != len(parts):
        return
    version.body = joined(bodies)
    version.parts = [
        PartInfo(number=part.number, size=size, checksums=_relevant(part.checksums, version.checksums))
        for part, size in zip(parts, sizes, strict=True)
    ]


def _relevant(checksums: dict[str, str], of: Checksums | UnsetType) -> dict[str, str]:
    return {} if of is UNSET else {name: value for name, value in checksums.items() if name in of.values}


def _listed(params: api.CompleteMultipartUpload) -> list[api.CompletedPart]:
    """The parts that the caller lists. Refuses a list that is empty, too long, or out of order."""
    listed = params.multipart_upload
    if listed is UNSET or listed.parts is UNSET or not listed.parts:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
        raise errors.malformed_xml()
    if any(part.part_number is UNSET or part.e_tag is UNSET for part in listed.parts):
        raise errors.malformed_xml()
    numbers = [part.part_number for part in listed.parts if part.part_number is not UNSET]
    if len(numbers) > limits.PARTS_MAX or any(not 1 <= number <= limits.PARTS_MAX for number in numbers):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            f"Part number must be an integer between 1 and {limits.PARTS_MAX}, inclusive", "PartNumber"
        )
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise errors.invalid_part_order(params.upload_id)
    return listed.parts


def _matched(
    params: api.CompleteMultipartUpload, upload: Upload, wanted: list[api.CompletedPart]
) -> list[UploadedPart]:
    """The uploaded parts that are listed. Refuses one that is not there or is another."""
    needs_all = upload.checksum_algorithm is not UNSET and upload.checksum_kind == COMPOSITE
    parts: list[UploadedPart] = []
    for one in wanted:
        number = one.part_number if one.part_number is not UNSET else 0
        e_tag = one.e_tag.strip('"') if one.e_tag is not UNSET else ""
        part = upload.parts.get(number)
        if part is None or part.e_tag not in (UNSET, e_tag):
            raise errors.invalid_part(params.upload_id, number, e_tag)
        claims = object_checksums.claimed(one)
        if any(part.checksums.get(name, value) != value for name, value in claims.items()):
            raise errors.invalid_part(params.upload_id, number, e_tag)
        if needs_all and upload.checksum_algorithm not in claims:
            name = str(upload.checksum_algorithm).lower()
            # evidence: page https://github.com/apache/opendal/pull/4580
            raise errors.invalid_request(
                f"The upload was created using a {name} checksum. The complete request must include the checksum "
                f"for each part. It was missing for part {number} in the request."
            )
        parts.append(part)
    return parts


def _check_sizes(params: api.CompleteMultipartUpload, parts: list[UploadedPart]) -> None:
    for part in parts[:-1]:
        if part.size is not UNSET and part.size < limits.PART_MIN_BYTES:
            raise errors.entity_too_small(part.size, limits.PART_MIN_BYTES, part.number, str(part.e_tag))
    total = sum(part.size for part in parts if part.size is not UNSET)
    if total > limits.OBJECT_MAX_BYTES:
        raise errors.entity_too_large(total, limits.OBJECT_MAX_BYTES)
    if params.mpu_object_size not in (UNSET, total):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
        raise errors.invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {params.mpu_object_size} does not match what was "
            f"computed: {total}"
        )


def _checksums(upload: Upload, parts: list[UploadedPart]) -> Checksums:
    """The object's checksum from its parts': of the algorithm that the upload began with, else S3's own default."""
    kind = upload.checksum_kind
    algorithm = upload.checksum_algorithm
    if algorithm is UNSET:
        kind = FULL
        common = [
            name for name in ("CRC64NVME", "CRC32", "CRC32C") if all(name in part.checksums for part in parts)
        ]
        if not common:
            return Checksums()
        algorithm = common[0]
    values = [part.checksums.get(algorithm) for part in parts]
    known = [value for value in values if value is not None]
    sizes = [part.size for part in parts if part.size is not UNSET]
    if len(known) != len(parts) or len(sizes) != len(parts):
        return Checksums()
    if kind == FULL and algorithm in LINEAR:
        whole = crc.full_object(algorithm, zip(known, sizes, strict=True))
        return Checksums(values={algorithm: whole}, kind=FULL)
    return Checksums(values={algorithm: crc.composite(algorithm, known)}, kind=COMPOSITE)


def _check_claims(params: api.CompleteMultipartUpload, upload: Upload, actual: Checksums) -> None:
    """Refuses a checksum of the whole that is not what the parts give."""
    if params.checksum_type is not UNSET and upload.checksum_kind not in (UNSET, params.checksum_type):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
        raise errors.invalid_request(
            f"The upload was created using the {upload.checksum_kind} checksum mode. The complete request must use "
            "the same checksum mode."
        )
    for name, value in object_checksums.claimed(params).items():
        known = actual.values.get(name)
        if known is not None and known.partition("-")[0] != value.partition("-")[0]:
            raise errors.bad_digest(name.lower())


def _e_tag(call: Call[api.CompleteMultipartUpload], upload: Upload, parts: list[UploadedPart]) -> str:
    encryption = upload.version.encryption
    md5s = [part.e_tag for part in parts if part.e_tag is not UNSET]
    plain = encryption is UNSET or object_encryption.plain_md5(encryption)
    if not plain or len(md5s) != len(parts):
        return f"{call.new_id('hex32', 'etag')}-{len(parts)}"
    return crc.multipart_etag(md5s)


def _repeated(
    bucket: Bucket, params: api.CompleteMultipartUpload, wanted: list[api.CompletedPart]
) -> api.CompleteMultipartUploadResult:
    """The answer to an upload that was completed before, as long as its object is there."""
    done = bucket.completed.get(params.upload_id)
    found = bucket.find(params.key) if done is not None and done.key == params.key else None
    version = found.version(done.version_id) if found is not None and done is not None else None
    if done is None or version is None or version.e_tag != done.e_tag:
        raise errors.no_such_upload(params.upload_id)
    if version.parts is not UNSET and [part.number for part in version.parts] != [
        one.part_number for one in wanted
    ]:
        raise errors.no_such_upload(params.upload_id)
    result = api.CompleteMultipartUploadResult(
        location=_location(bucket, params.key),
        bucket=params.bucket,
        key=params.key,
        e_tag=quoted(done.e_tag),
        version_id=versions.answered_id(bucket, version),
    )
    return encrypted(object_checksums.shown(result, version.checksums), version.encryption)


def _expiration(bucket: Bucket, key: str, upload: Upload, parts: list[UploadedPart]) -> str | UnsetType:
    if bucket.lifecycle is UNSET:
        return UNSET
    size = sum(part.size for part in parts if part.size is not UNSET)
    return lifecycle_steps.expiration(bucket, key, upload.initiated, size, upload.version.tags)


def _location(bucket: Bucket, key: str) -> str:
    region = "us-east-1" if bucket.region is UNSET else bucket.region
    return f"https://{bucket.name}.s3.{region}.amazonaws.com/{quote(key, safe='')}"
