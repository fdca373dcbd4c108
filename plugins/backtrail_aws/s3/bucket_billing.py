"""Requester pays, transfer acceleration, and attribute-based access: one word each.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import check_told
from backtrail_aws.s3.state import S3, known_bucket, service

OWNER, REQUESTER = "BucketOwner", "Requester"


@service.handle
def put_bucket_request_payment(state: S3, call: Call[api.PutBucketRequestPayment]) -> None:
    """Who pays for requests and transfer."""
    bucket_of(state, call, "s3:PutBucketRequestPayment")
    if call.params.request_payment_configuration.payer not in (OWNER, REQUESTER):
        raise errors.malformed_xml()


@service.project
def bucket_request_payment_put(state: S3, event: Event[api.PutBucketRequestPayment, None]) -> None:
    """The payer is this one."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.request_payer = event.params.request_payment_configuration.payer


@service.read
def get_bucket_request_payment(
    state: S3, call: Call[api.GetBucketRequestPayment]
) -> api.GetBucketRequestPaymentResult:
    """The payer: the owner unless told otherwise."""
    bucket = bucket_of(state, call, "s3:GetBucketRequestPayment")
    check_told(bucket, "request_payer")
    return api.GetBucketRequestPaymentResult(
        payer=OWNER if bucket.request_payer is UNSET else bucket.request_payer
    )


@service.handle
def put_bucket_accelerate_configuration(state: S3, call: Call[api.PutBucketAccelerateConfiguration]) -> None:
    """Transfer acceleration on or suspended; names with dots cannot have it."""
    bucket = bucket_of(state, call, "s3:PutAccelerateConfiguration")
    if call.params.accelerate_configuration.status not in ("Enabled", "Suspended"):
        raise errors.malformed_xml()
    if "." in bucket.name:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
        raise errors.invalid_request(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        )


@service.project
def bucket_accelerate_configuration_put(
    state: S3, event: Event[api.PutBucketAccelerateConfiguration, None]
) -> None:
    """The bucket is accelerated, or not."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.accelerate = event.params.accelerate_configuration.status


@service.read
def get_bucket_accelerate_configuration(
    state: S3, call: Call[api.GetBucketAccelerateConfiguration]
) -> api.GetBucketAccelerateConfigurationResult:
    """The state; empty for a bucket that never had it."""
    bucket = bucket_of(state, call, "s3:GetAccelerateConfiguration")
    check_told(bucket, "accelerate")
    return api.GetBucketAccelerateConfigurationResult(status=bucket.accelerate)


@service.handle
def put_bucket_abac(state: S3, call: Call[api.PutBucketAbac]) -> None:
    """Attribute-based access control by the bucket's tags, on or off."""
    bucket_of(state, call, "s3:PutBucketAbac")
    if call.params.abac_status.status not in ("Enabled", "Disabled"):
        raise errors.malformed_xml()


@service.project
def bucket_abac_put(state: S3, event: Event[api.PutBucketAbac, None]) -> None:
    """It is on, or off."""
    known_bucket(state, event.params.bucket, event).abac = event.params.abac_status


@service.read
def get_bucket_abac(state: S3, call: Call[api.GetBucketAbac]) -> api.GetBucketAbacResult:
    """Whether it is on: off unless told otherwise."""
    bucket = bucket_of(state, call, "s3:GetBucketAbac")
    check_told(bucket, "abac")
    held = api.AbacStatus(status="Disabled") if bucket.abac is UNSET else bucket.abac
    return api.GetBucketAbacResult(abac_status=held)
