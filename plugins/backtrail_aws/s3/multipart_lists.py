"""ListParts and ListMultipartUploads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html and API_ListMultipartUploads.html there.
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, Call
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api, errors, lifecycle_steps, object_checksums
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.listing_walk import after, check_encoding, page_size, rolled, told
from backtrail_aws.s3.multipart import check_key, place_of, upload_of
from backtrail_aws.s3.objects_new import quoted
from backtrail_aws.s3.owners import canonical_id, owner_of
from backtrail_aws.s3.state import S3, Bucket, Upload, UploadedPart, service


@service.read
def list_parts(state: S3, call: Call[api.ListParts]) -> api.ListPartsResult:
    """A page of an upload's parts, by number."""
    params = call.params
    bucket = bucket_of(state, call, "s3:ListMultipartUploadParts", params.key)
    limit = page_size(params.max_parts, "max-parts")
    marker = 0 if params.part_number_marker is UNSET else params.part_number_marker
    if marker < 0:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
        raise errors.invalid_argument(
            "Argument part-number-marker must be an integer between 0 and 2147483647",
            "part-number-marker",
            str(marker),
        )
    upload = upload_of(bucket, params)
    if params.sse_customer_key is not UNSET:
        check_key(params, upload.version)
    parts: list[api.Part] = []
    truncated = False
    for _, part in upload.parts.items_from(marker, after=True):
        if len(parts) == limit:
            truncated = True
            break
        parts.append(_part(part, upload))
    ends = lifecycle_steps.abortion(bucket, params.key, upload.initiated)
    return api.ListPartsResult(
        abort_date=UNSET if ends is None else IsoMillisZ.of(ends[0]),
        abort_rule_id=UNSET if ends is None else ends[1],
        bucket=params.bucket,
        key=params.key,
        upload_id=params.upload_id,
        part_number_marker=marker,
        next_part_number_marker=parts[-1].part_number if parts else 0,
        max_parts=limit,
        is_truncated=truncated,
        parts=parts or UNSET,
        initiator=_initiator(upload),
        owner=owner_of(upload.version.owner),
        storage_class=upload.version.storage_class,
        checksum_algorithm=upload.checksum_algorithm,
        checksum_type=upload.checksum_kind,
    )


@service.read
def list_multipart_uploads(state: S3, call: Call[api.ListMultipartUploads]) -> api.ListMultipartUploadsResult:
    """A page of the uploads under way, by key and beginning."""
    params = call.params
    bucket = bucket_of(state, call, "s3:ListBucketMultipartUploads")
    limit = page_size(params.max_uploads, "max-uploads")
    check_encoding(params.encoding_type)
    uploads: list[Upload] = []
    prefixes: list[str] = []
    last: Upload | str | None = None
    truncated = False
    for found in _uploads(bucket, params):
        if len(uploads) + len(prefixes) == limit:
            truncated = limit > 0
            break
        last = found
        if isinstance(found, str):
            prefixes.append(found)
        else:
            uploads.append(found)
    more = last if truncated else None
    return api.ListMultipartUploadsResult(
        bucket=params.bucket,
        key_marker=told(params.key_marker),
        upload_id_marker=told(params.upload_id_marker) if told(params.key_marker) else "",
        next_key_marker=UNSET if more is None else more if isinstance(more, str) else more.key,
        next_upload_id_marker=UNSET if more is None else "" if isinstance(more, str) else more.upload_id,
        prefix=told(params.prefix),
        delimiter=params.delimiter,
        max_uploads=limit,
        encoding_type=params.encoding_type,
        is_truncated=truncated,
        uploads=[_listed(upload) for upload in uploads] or UNSET,
        common_prefixes=[api.CommonPrefix(prefix=prefix) for prefix in prefixes] or UNSET,
    )


def _uploads(bucket: Bucket, params: api.ListMultipartUploads) -> Iterator[Upload | str]:
    """Uploads in order, and common prefixes, each found by seeking."""
    prefix, delimiter, marker = told(params.prefix), told(params.delimiter), told(params.key_marker)
    start: str | None = _begin(prefix, delimiter, marker, told(params.upload_id_marker))
    while start is not None:
        jump: str | None = None
        for _, upload in bucket.uploads.items_from(start, after=True):
            if not upload.key.startswith(prefix):
                return
            jump = rolled(upload.key, prefix, delimiter)
            if jump is not None:
                yield jump
                break
            yield upload
        start = after(jump) if jump is not None else None


def _begin(prefix: str, delimiter: str, marker: str, upload_id: str) -> str | None:
    """Where a page begins: after all uploads of the marker's key, or after one of them."""
    if not marker or marker < prefix:
        return prefix
    if marker.startswith(prefix) and rolled(marker, prefix, delimiter) == marker:
        return after(marker)
    return place_of(marker, upload_id) if upload_id else f"{marker}\x01"


def _part(part: UploadedPart, upload: Upload) -> api.Part:
    shown = api.Part(
        part_number=part.number,
        last_modified=part.modified,
        e_tag=UNSET if part.e_tag is UNSET else quoted(part.e_tag),
        size=part.size,
    )
    wanted = upload.checksum_algorithm
    told = {name: value for name, value in part.checksums.items() if wanted is not UNSET and name == wanted}
    return object_checksums.shown(shown, told)


def _listed(upload: Upload) -> api.MultipartUpload:
    return api.MultipartUpload(
        upload_id=upload.upload_id,
        key=upload.key,
        initiated=upload.initiated,
        storage_class=upload.version.storage_class,
        owner=owner_of(upload.version.owner),
        initiator=_initiator(upload),
        checksum_algorithm=upload.checksum_algorithm,
        checksum_type=upload.checksum_kind,
    )


def _initiator(upload: Upload) -> api.Initiator:
    """An IAM principal by its ARN and name, the account itself by its canonical id."""
    if not upload.initiator:
        return api.Initiator(id=canonical_id(upload.owner))
    return api.Initiator(id=upload.initiator, display_name=upload.initiator.rpartition("/")[2])
