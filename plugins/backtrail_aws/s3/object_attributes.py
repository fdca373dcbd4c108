"""GetObjectAttributes: what is known of an object, as far as it is asked for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, UnsetType
from backtrail_aws.s3 import api, errors, object_checksums, object_encryption, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.listing_walk import page_size
from backtrail_aws.s3.state import S3, ObjectVersion, service

_NAMES = frozenset({"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"})


@service.read
def get_object_attributes(state: S3, call: Call[api.GetObjectAttributes]) -> api.GetObjectAttributesResult:
    """The attributes that the caller names. The ETag has no quotes here."""
    params = call.params
    action = "s3:GetObjectAttributes" if params.version_id is UNSET else "s3:GetObjectVersionAttributes"
    bucket = bucket_of(state, call, action, params.key)
    wanted = set(params.object_attributes)
    if not wanted or wanted - _NAMES:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
        raise errors.invalid_argument(
            "Invalid attribute name specified.", "x-amz-object-attributes", ",".join(sorted(wanted))
        )
    version = versions.object_of(state, call, bucket, params.key, params.version_id)
    object_encryption.check_read(object_encryption.customer_md5(params), version)
    checksums = version.checksums
    has_checksums = checksums is not UNSET and bool(checksums.values)
    return api.GetObjectAttributesResult(
        last_modified=version.modified,
        version_id=versions.answered_id(bucket, version),
        e_tag=version.e_tag if "ETag" in wanted else UNSET,
        checksum=(
            object_checksums.shown(api.Checksum(), checksums)
            if "Checksum" in wanted and has_checksums
            else UNSET
        ),
        object_parts=_parts(params, version) if "ObjectParts" in wanted else UNSET,
        storage_class=version.storage_class if "StorageClass" in wanted else UNSET,
        object_size=version.size if "ObjectSize" in wanted else UNSET,
    )


def _parts(
    params: api.GetObjectAttributes, version: ObjectVersion
) -> api.GetObjectAttributesParts | UnsetType:
    """The parts of a multipart object: listed where each has a checksum of its own, else counted."""
    if version.parts is UNSET:
        return UNSET
    total = len(version.parts)
    composite = version.checksums is not UNSET and version.checksums.kind == object_checksums.COMPOSITE
    if not composite:
        return api.GetObjectAttributesParts(total_parts_count=total)
    limit = page_size(params.max_parts, "max-parts")
    marker = 0 if params.part_number_marker is UNSET else params.part_number_marker
    numbered = list(enumerate(version.parts, 1))
    page = [(number, part) for number, part in numbered if number > marker][:limit]
    return api.GetObjectAttributesParts(
        total_parts_count=total,
        part_number_marker=marker,
        next_part_number_marker=page[-1][0] if page else 0,
        max_parts=limit,
        is_truncated=bool(page) and page[-1][0] < total,
        parts=[
            object_checksums.shown(api.ObjectPart(part_number=number, size=part.size), part.checksums)
            for number, part in page
        ],
    )
