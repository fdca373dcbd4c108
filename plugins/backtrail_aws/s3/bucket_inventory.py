"""Inventories of buckets. No report is written here.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
"""

from __future__ import annotations

from typing import Final

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, configuration_sets, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, known_bucket, service

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html
_FORMATS: Final = ("CSV", "ORC", "Parquet")
_FREQUENCIES: Final = ("Daily", "Weekly")
_VERSIONS: Final = ("All", "Current")
_FIELDS: Final = frozenset(
    [
        "Size",
        "LastModifiedDate",
        "StorageClass",
        "ETag",
        "IsMultipartUploaded",
        "ReplicationStatus",
        "EncryptionStatus",
        "ObjectLockRetainUntilDate",
        "ObjectLockMode",
        "ObjectLockLegalHoldStatus",
        "IntelligentTieringAccessTier",
        "BucketKeyStatus",
        "ChecksumAlgorithm",
        "ObjectAccessControlList",
        "ObjectOwner",
        "LifecycleExpirationDate",
        "ObjectLockEventHoldStatus",
        "ObjectLockEventHoldDuration",
        "IntelligentTieringReferenceDate",
    ]
)


@service.handle
def put_bucket_inventory_configuration(state: S3, call: Call[api.PutBucketInventoryConfiguration]) -> None:
    """What to list, how often, and where the list goes."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutInventoryConfiguration")
    wanted = params.inventory_configuration
    configuration_sets.check(bucket.inventory, params.id, wanted.id)
    target = wanted.destination.s3_bucket_destination
    fields = [] if wanted.optional_fields is UNSET else wanted.optional_fields
    if (
        target.format not in _FORMATS
        or wanted.schedule.frequency not in _FREQUENCIES
        or wanted.included_object_versions not in _VERSIONS
        or not _FIELDS.issuperset(fields)
    ):
        raise errors.malformed_xml()
    if not target.bucket.startswith("arn:"):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise errors.refused("InvalidS3DestinationBucket", "Invalid bucket ARN.")


@service.project
def bucket_inventory_configuration_put(
    state: S3, event: Event[api.PutBucketInventoryConfiguration, None]
) -> None:
    """The bucket has it."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.inventory[event.params.id] = event.params.inventory_configuration


@service.read
def get_bucket_inventory_configuration(
    state: S3, call: Call[api.GetBucketInventoryConfiguration]
) -> api.GetBucketInventoryConfigurationResult:
    """One configuration."""
    bucket = bucket_of(state, call, "s3:GetInventoryConfiguration")
    held = configuration_sets.found(bucket, "inventory", bucket.inventory, call.params.id)
    return api.GetBucketInventoryConfigurationResult(inventory_configuration=held)


@service.read
def list_bucket_inventory_configurations(
    state: S3, call: Call[api.ListBucketInventoryConfigurations]
) -> api.ListBucketInventoryConfigurationsResult:
    """A page of them."""
    bucket = bucket_of(state, call, "s3:GetInventoryConfiguration")
    found = configuration_sets.listed(bucket.inventory, call.params.continuation_token)
    return api.ListBucketInventoryConfigurationsResult(
        inventory_configuration_list=found.items,
        is_truncated=found.next is not None,
        continuation_token=call.params.continuation_token,
        next_continuation_token=UNSET if found.next is None else found.next,
    )


@service.handle
def delete_bucket_inventory_configuration(
    state: S3, call: Call[api.DeleteBucketInventoryConfiguration]
) -> None:
    """Remove one that is there."""
    bucket = bucket_of(state, call, "s3:PutInventoryConfiguration")
    if bucket.implied_by is None:
        configuration_sets.found(bucket, "inventory", bucket.inventory, call.params.id)


@service.project
def bucket_inventory_configuration_deleted(
    state: S3, event: Event[api.DeleteBucketInventoryConfiguration, None]
) -> None:
    """The bucket does not have it."""
    configuration_sets.removed(state, event, "inventory").inventory.pop(event.params.id, None)
