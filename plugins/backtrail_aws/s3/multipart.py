"""Multipart uploads under way: beginning one, its parts, giving it up.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html. What the object will be is described when the
upload begins; its parts are bodies of their own until it completes.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from backtrail import UNSET, Blob, Call, Event, Params, Refusal, UnsetType
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import (
    api,
    errors,
    lifecycle_plan,
    lifecycle_steps,
    limits,
    object_checksums,
    object_encryption,
    versions,
)
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.objects_new import EMPTY, checked, described, encrypted, encryption_of, quoted, unquoted
from backtrail_aws.s3.objects_put import bytes_in, require_extras
from backtrail_aws.s3.state import (
    S3,
    Bucket,
    Encryption,
    ObjectVersion,
    Upload,
    UploadedPart,
    known_bucket,
    service,
)

P = TypeVar("P", bound=Params)


class OfUpload(Protocol):
    """Parameters that name an upload."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def upload_id(self) -> str: ...


@service.handle
def create_multipart_upload(
    state: S3, call: Call[api.CreateMultipartUpload]
) -> api.CreateMultipartUploadResult:
    """An upload under way, with an id of its own."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    encryption = checked(call, params, bucket)
    require_extras(state, call, params, bucket)
    algorithm = params.checksum_algorithm
    algorithm = algorithm if algorithm is UNSET else algorithm.upper()
    kind = object_checksums.kind_of(algorithm, params.checksum_type)
    ends = lifecycle_steps.abortion(bucket, params.key, versions.second(call.time))
    result = api.CreateMultipartUploadResult(
        bucket=params.bucket,
        key=params.key,
        upload_id=new_upload_id(call.event_id, call.new_id("let64", "upload")),
        checksum_algorithm=algorithm,
        checksum_type=kind,
        abort_date=UNSET if ends is None else IsoMillisZ.of(ends[0]),
        abort_rule_id=UNSET if ends is None else ends[1],
    )
    return encrypted(result, encryption)


@service.project
def upload_created(
    state: S3, event: Event[api.CreateMultipartUpload, api.CreateMultipartUploadResult]
) -> None:
    """The upload is under way. One whose id no record told is inferred from its first part."""
    params, result = event.params, event.result
    bucket = known_bucket(state, params.bucket, event)
    if result.upload_id is UNSET:
        return
    account = event.identity.account_id
    upload = bucket.uploads[place_of(params.key, result.upload_id)] = Upload(
        upload_id=result.upload_id,
        key=params.key,
        initiated=versions.second(event.time),
        initiator=initiator_of(event),
        owner=account if account is not UNSET else event.account,
        version=described(event, params, bucket, encryption_of(params, result)),
        checksum_algorithm=result.checksum_algorithm,
        checksum_kind=result.checksum_type,
    )
    lifecycle_plan.upload_begun(state, bucket, upload, event.time)


@service.handle
def upload_part(state: S3, call: Call[api.UploadPart]) -> api.UploadPartResult:
    """A part, in the place of the one with its number."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    check_number(params.part_number)
    upload = upload_of(bucket, params)
    check_key(params, upload.version)
    body = EMPTY if params.body is UNSET else params.body
    if body.size > limits.PART_MAX_BYTES:
        raise errors.entity_too_large(body.size, limits.PART_MAX_BYTES)
    checksums = _part_checksums(params, body, upload)
    encryption = upload.version.encryption
    result = api.UploadPartResult(e_tag=quoted(part_tag(call, encryption, body.md5)))
    # S3 tells what the caller named; its own default stays unsaid until the upload completes.
    claims = object_checksums.claimed(params)
    return encrypted(object_checksums.shown(result, claims or _named(checksums, upload)), encryption)


@service.project
def part_uploaded(state: S3, event: Event[api.UploadPart, api.UploadPartResult]) -> None:
    """The part is there."""
    params, result = event.params, event.result
    bucket = known_bucket(state, params.bucket, event)
    upload = known_upload(state, bucket, event)
    part = UploadedPart(
        number=params.part_number, modified=versions.second(event.time), e_tag=unquoted(result.e_tag)
    )
    # Who sent no body made an empty object; of a locked record nobody knows.
    unknown = params.body is not UNSET or result.e_tag is UNSET or event.locked
    body = params.body if unknown else EMPTY
    if body is not UNSET:
        part.body, part.size = body, body.size
        part.checksums = _kept_checksums(object_checksums.claimed(params), body)
    else:
        part.size = bytes_in(event)
    upload.parts[params.part_number] = part


@service.handle
def abort_multipart_upload(state: S3, call: Call[api.AbortMultipartUpload]) -> api.AbortMultipartUploadResult:
    """The upload and its parts are given up."""
    bucket = bucket_of(state, call, "s3:AbortMultipartUpload", call.params.key)
    if call.params.if_match_initiated_time is not UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
        # (directory buckets)
        raise errors.refused(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            501,
            Header="x-amz-if-match-initiated-time",
        )
    upload_of(bucket, call.params)
    return api.AbortMultipartUploadResult()


@service.project
def upload_aborted(state: S3, event: Event[api.AbortMultipartUpload, None]) -> None:
    """The upload is gone."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.uploads.pop(place_of(event.params.key, event.params.upload_id), None)
    lifecycle_plan.forget(state, bucket, event.params.key, event.params.upload_id)


# what the parts of an upload have in common


def place_of(key: str, upload_id: str) -> str:
    """Where an upload lies among a bucket's: by key, then by id."""
    return f"{key}\0{upload_id}"


def new_upload_id(event_id: str, rest: str) -> str:
    """An id that sorts by time, so that the uploads of one key are listed in the order of their beginning."""
    return event_id.replace("-", "")[:16] + rest


def upload_of(bucket: Bucket, params: OfUpload) -> Upload:
    """The upload that a call names. Refuses ids that are unknown, or another key's."""
    found = bucket.uploads.get(place_of(params.key, params.upload_id))
    if found is None:
        raise errors.no_such_upload(params.upload_id)
    return found


def known_upload(state: S3, bucket: Bucket, event: Event[Any, Any]) -> Upload:
    """The upload that a record is about, inferred where nobody saw it begin."""
    params = event.params
    place = place_of(params.key, params.upload_id)
    found = bucket.uploads.get(place)
    if found is None:
        found = bucket.uploads[place] = Upload(
            upload_id=params.upload_id,
            key=params.key,
            initiated=versions.second(event.time),
            initiator=initiator_of(event),
            owner=event.account,
            version=ObjectVersion(owner=bucket.account, modified=versions.second(event.time)),
        )
        event.implied.append(params.upload_id)
        lifecycle_plan.upload_begun(state, bucket, found, event.time)
    return found


def initiator_of(event: Event[Any, Any]) -> str:
    """Who began an upload, as S3 names IAM's principals: by ARN. The account itself has a canonical id, left empty."""
    arn = event.identity.arn
    return arn if isinstance(arn, str) and not arn.endswith(":root") else ""


def check_number(number: int) -> None:
    """Refuses part numbers that S3 does not have."""
    if not 1 <= number <= limits.PARTS_MAX:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
        raise errors.invalid_argument(
            f"Part number must be an integer between 1 and {limits.PARTS_MAX}, inclusive",
            "partNumber",
            str(number),
        )


def check_key(params: object_encryption.CustomerKey, version: ObjectVersion) -> None:
    """Refuses a part that does not come with the customer's key which its upload began with."""
    given = object_encryption.customer_md5(params)
    encryption = version.encryption
    if encryption is UNSET:
        return
    if encryption.customer_md5 is not UNSET and given is UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
        raise errors.invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the "
            "appropriate encryption parameters."
        )
    if encryption.customer_md5 != given:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request(
            "The provided encryption parameters did not match the ones used originally."
            if encryption.customer_md5 is not UNSET
            else "The multipart upload initiate did not request encryption. Subsequent part requests must not "
            "include encryption parameters."
        )


def part_tag(call: Call[P], encryption: Encryption | UnsetType, md5: str) -> str:
    """A part's ETag: its MD5, where the object's would be one."""
    plain = encryption is UNSET or object_encryption.plain_md5(encryption)
    return md5 if plain else call.new_id("hex32", "etag")


def _part_checksums(params: api.UploadPart, body: Blob, upload: Upload) -> dict[str, str]:
    """A part's checksums. Refuses those that the upload was not begun with.

    https://github.com/apache/arrow-rs-object-store/issues/34 and https://github.com/versity/versitygw/issues/1342 have
    the messages: a composite checksum needs every part's, a full object's does not.
    """
    claims = object_checksums.claimed(params)
    for name, value in claims.items():
        actual = object_checksums.of_body(body, name)
        if actual is not None and actual != value:
            raise errors.bad_digest(name)
    wanted = upload.checksum_algorithm
    given = next(iter(claims), None)
    bare = given is None and upload.checksum_kind == object_checksums.COMPOSITE
    # an upload that named no algorithm takes any: SDKs send CRC32 unasked
    if wanted is not UNSET and (bare or given not in (None, wanted)):
        raise _mismatch(wanted, given)
    return _kept_checksums(claims, body)


def _kept_checksums(claims: dict[str, str], body: Blob) -> dict[str, str]:
    kept = dict(claims)
    if body.checksums is not UNSET:
        kept |= body.checksums
    if not kept and (own := object_checksums.of_body(body, "CRC64NVME")) is not None:
        kept["CRC64NVME"] = own
    return kept


def _named(checksums: dict[str, str], upload: Upload) -> dict[str, str]:
    wanted = upload.checksum_algorithm
    return {wanted: checksums[wanted]} if wanted is not UNSET and wanted in checksums else {}


def _mismatch(expected: str, actual: str | None) -> Refusal:
    # evidence: page https://github.com/versity/versitygw/issues/1342
    said = "null" if actual is None else actual.lower()
    return errors.invalid_request(
        f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, actual checksum Type: {said}"
    )
