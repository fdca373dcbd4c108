"""S3's refusals: code, message, status and members as S3 writes them.

Each names its evidence: a page, a record of the trails, the model, or a guess. `ErrorResponses` is the list of
codes and statuses, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

from __future__ import annotations

from backtrail import Refusal

Headers = list[tuple[str, str]]


def refused(
    code: str, message: str, status: int = 400, *, headers: Headers | None = None, **members: object
) -> Refusal:
    """A refusal, with the headers that its answer carries beside its XML."""
    if headers:
        members["headers"] = headers
    # evidence: page ErrorResponses; words: each caller's
    return Refusal(code, message, status=status, **members)


def access_denied(message: str = "Access Denied") -> Refusal:
    """The caller may not."""
    return refused("AccessDenied", message, 403)  # evidence: page ErrorResponses; words: each caller's


def no_such_bucket(bucket: str) -> Refusal:
    """There is no bucket of that name."""
    # evidence: page ErrorResponses
    return refused("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)


def no_such_key(key: str, headers: Headers | None = None) -> Refusal:
    """There is no object of that key, or its current version is a delete marker."""
    # evidence: page ErrorResponses
    return refused("NoSuchKey", "The specified key does not exist.", 404, headers=headers, Key=key)


def no_such_version(key: str, version_id: str) -> Refusal:
    """The key has no version of that id."""
    # evidence: page ErrorResponses
    return refused(
        "NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version_id
    )


def invalid_version(version_id: str) -> Refusal:
    """A version id that S3 could not have given out."""
    # evidence: page https://github.com/aws/aws-sdk-go/issues (InvalidArgument for versionId)
    return invalid_argument("Invalid version id specified", "versionId", version_id)


def not_for_marker(headers: Headers, method: str) -> Refusal:
    """A delete marker was named, and is no object."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
    return refused(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        headers=[*headers, ("Allow", "DELETE")],
        Method=method,
        ResourceType="DeleteMarker",
    )


def lost(method: str) -> Refusal:
    """The object was kept with reduced redundancy, and is lost."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
    return refused(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        Method=method,
        ResourceType="OBJECT",
    )


def invalid_argument(message: str, name: str, value: str | None = None) -> Refusal:
    """A parameter that S3 does not take."""
    # evidence: page ErrorResponses; words: each caller's
    if value is None:
        return refused("InvalidArgument", message, ArgumentName=name)
    return refused("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def invalid_request(message: str) -> Refusal:
    """Parameters that do not go together."""
    return refused("InvalidRequest", message)  # evidence: page ErrorResponses; words: each caller's


def malformed_xml() -> Refusal:
    """A body that the schema does not allow."""
    # evidence: page ErrorResponses
    return refused(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def precondition_failed(condition: str) -> Refusal:
    """A condition of the request does not hold."""
    # evidence: page ErrorResponses
    return refused(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        Condition=condition,
    )


def not_modified(headers: Headers) -> Refusal:
    """The caller's copy is still good: 304, no body."""
    return refused("NotModified", "Not Modified", 304, headers=headers)  # evidence: page RFC 9110


def conflict(condition: str, key: str) -> Refusal:
    """Somebody else writes the same key at this moment."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    return refused(
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
        409,
        Condition=condition,
        Key=key,
    )


def invalid_range(wanted: str, size: int) -> Refusal:
    """No byte of the range exists."""
    # evidence: page ErrorResponses
    return refused(
        "InvalidRange",
        "The requested range is not satisfiable",
        416,
        RangeRequested=wanted,
        ActualObjectSize=str(size),
        headers=[("Content-Range", f"bytes */{size}")],
    )


def invalid_part_number(wanted: int, actual: int) -> Refusal:
    """The object has fewer parts."""
    # evidence: page ErrorResponses
    return refused(
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        416,
        PartNumberRequested=str(wanted),
        ActualPartCount=str(actual),
    )


def no_such_upload(upload_id: str) -> Refusal:
    """The upload is unknown, completed or aborted."""
    # evidence: page ErrorResponses
    return refused(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed.",
        404,
        UploadId=upload_id,
    )


def invalid_part(upload_id: str, number: int, e_tag: str) -> Refusal:
    """A part of the list was not uploaded, or is another."""
    # evidence: page ErrorResponses
    return refused(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag.",
        UploadId=upload_id,
        PartNumber=str(number),
        ETag=e_tag,
    )


def invalid_part_order(upload_id: str) -> Refusal:
    """The list of parts is not in ascending order."""
    # evidence: page ErrorResponses
    return refused(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        UploadId=upload_id,
    )


def entity_too_small(size: int, minimum: int, number: int, e_tag: str) -> Refusal:
    """A part that is not the last is below the least size."""
    # evidence: page ErrorResponses
    return refused(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        ProposedSize=str(size),
        MinSizeAllowed=str(minimum),
        PartNumber=str(number),
        ETag=e_tag,
    )


def entity_too_large(size: int, maximum: int) -> Refusal:
    """The object would be above the greatest size."""
    # evidence: page ErrorResponses
    return refused(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        ProposedSize=str(size),
        MaxSizeAllowed=str(maximum),
    )


def key_too_long(size: int, maximum: int) -> Refusal:
    """The key has too many bytes."""
    # evidence: page ErrorResponses
    return refused("KeyTooLongError", "Your key is too long", Size=str(size), MaxSizeAllowed=str(maximum))


def metadata_too_large(size: int, maximum: int) -> Refusal:
    """The user's metadata has too many bytes."""
    # evidence: page ErrorResponses
    return refused(
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
        Size=str(size),
        MaxSizeAllowed=str(maximum),
    )


def invalid_storage_class(name: str) -> Refusal:
    """No storage class of that name."""
    # evidence: page ErrorResponses
    return refused(
        "InvalidStorageClass", "The storage class you specified is not valid", StorageClassRequested=name
    )


def invalid_object_state(storage_class: str, access_tier: str | None = None) -> Refusal:
    """An archived object that was not restored."""
    # evidence: page ErrorResponses
    message = "The operation is not valid for the object's storage class"
    if access_tier is None:
        return refused("InvalidObjectState", message, 403, StorageClass=storage_class)
    return refused("InvalidObjectState", message, 403, StorageClass=storage_class, AccessTier=access_tier)


def bad_digest(algorithm: str) -> Refusal:
    """A checksum is not that of what arrived."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    return refused("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")


def no_acls() -> Refusal:
    """The bucket's ACLs are disabled (BucketOwnerEnforced)."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    return refused("AccessControlListNotSupported", "The bucket does not allow ACLs")


def permanent_redirect(bucket: str, endpoint: str, region: str) -> Refusal:
    """The bucket lives in another region."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
    return refused(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all "
        "future requests to this endpoint.",
        301,
        headers=[("x-amz-bucket-region", region)],
        Endpoint=endpoint,
        Bucket=bucket,
    )


def wrong_region(signed: str, region: str) -> Refusal:
    """The signature names another region than the bucket's."""
    # evidence: page ErrorResponses
    return refused(
        "AuthorizationHeaderMalformed",
        f"The authorization header is malformed; the region '{signed}' is wrong; expecting '{region}'",
        400,
        headers=[("x-amz-bucket-region", region)],
        Region=region,
    )
