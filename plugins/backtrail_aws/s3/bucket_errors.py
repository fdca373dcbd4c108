"""Refusals of bucket calls, in S3's words."""

from __future__ import annotations

from typing import TypeVar

from backtrail import Call, Refusal
from backtrail_aws.s3.errors import invalid_request, refused

P = TypeVar("P")

# The codes and statuses: https://docs.aws.amazon.com/AmazonS3/latest/developerguide/ErrorResponses.html


def invalid_name(name: str) -> Refusal:
    """A name that no bucket can have."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return refused("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def name_taken(name: str) -> Refusal:
    """Somebody else has a bucket of that name."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    return refused(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        409,
        BucketName=name,
    )


def already_owned(name: str) -> Refusal:
    """The caller has a bucket of that name."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    return refused(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
        BucketName=name,
    )


def too_many_buckets() -> Refusal:
    """The account's quota is used up."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return refused("TooManyBuckets", "You have attempted to create more buckets than allowed")


def not_empty(name: str, *, versioned: bool) -> Refusal:
    """A bucket that still holds objects."""
    message = "The bucket you tried to delete is not empty"
    if versioned:
        message += ". You must delete all versions in the bucket."
    # evidence: record incident-a DeleteBucket (the longer form: page
    # https://repost.aws/knowledge-center/s3-delete-bucket-versioning)
    return refused("BucketNotEmpty", message, 409, BucketName=name)


def illegal_location(constraint: str | None) -> Refusal:
    """A location that the endpoint does not make buckets in; None where none was named."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return refused(
        "IllegalLocationConstraintException",
        f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
        "this request was sent to.",
    )


def invalid_location(constraint: str) -> Refusal:
    """A location that is no region, or the one that must not be named."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return refused(
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        LocationConstraint=constraint,
    )


def acl_with_ownership() -> Refusal:
    """An ACL beside BucketOwnerEnforced."""
    # evidence: issue https://github.com/aws/aws-cdk/issues/25288
    return refused(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )


def acl_with_block() -> Refusal:
    """A public ACL on a bucket that is only being made, and so blocks public access."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (code and words as S3's
    # answers are quoted in public sources)
    return refused(
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )


def prevented(call: Call[P], action: str, bucket: str, what: str, setting: str) -> Refusal:
    """Public access that the bucket blocks: `what` is `policies` or `ACLs`, `setting` the one that does."""
    caller = call.caller.arn or "anonymous"
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    return refused(
        "AccessDenied",
        f'User: {caller} is not authorized to perform: {action} on resource: "arn:aws:s3:::{bucket}" because public '
        f"{what} are prevented by the {setting} setting in S3 Block Public Access.",
        403,
    )


def not_yours() -> Refusal:
    """An operation that only the bucket owner's account may do, whatever the policy says."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    return refused("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)


def malformed_policy(message: str) -> Refusal:
    """A policy that S3 does not take."""
    # evidence: page ErrorResponses; words: each caller's
    return refused("MalformedPolicy", message)


def invalid_state(message: str) -> Refusal:
    """A configuration that another one on the bucket does not allow."""
    # evidence: page ErrorResponses; words: each caller's
    return refused("InvalidBucketState", message, 409)


def missing_acl() -> Refusal:
    """A call that sets an ACL and says none."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return refused(
        "MissingSecurityHeader", "Your request was missing a required header", MissingHeaderName="x-amz-acl"
    )


def no_such_configuration() -> Refusal:
    """No configuration of that id."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html
    return refused("NoSuchConfiguration", "The specified configuration does not exist.", 404)


def too_many_configurations(most: int) -> Refusal:
    """The bucket has as many configurations of a kind as it may have."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
    return refused(
        "TooManyConfigurations",
        "You are attempting to create a new configuration but have already reached the "
        f"{most:,}-configuration limit.",
    )


def mixed_up(message: str) -> Refusal:
    """Settings that do not go together (InvalidRequest)."""
    return invalid_request(message)  # evidence: page ErrorResponses; words: each caller's


def absent(code: str, message: str, bucket: str) -> Refusal:
    """A bucket that does not have what was asked for. The messages stand in real records."""
    # evidence: record production-b GetBucketCors, GetBucketLifecycle, GetBucketReplication and their like
    return refused(code, message, 404, BucketName=bucket)
