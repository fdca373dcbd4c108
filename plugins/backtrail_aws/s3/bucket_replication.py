"""Replication configurations of buckets. Nothing is replicated here.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from typing import Final

import msgspec

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, bucket_errors, errors, replication_rules
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import ENABLED, S3, known_bucket, service

NOT_FOUND: Final = (
    "ReplicationConfigurationNotFoundError",
    "The replication configuration was not found",
)


@service.handle
def put_bucket_replication(state: S3, call: Call[api.PutBucketReplication]) -> None:
    """Rules in the place of those before. Source and destinations must be versioned."""
    bucket = bucket_of(state, call, "s3:PutReplicationConfiguration")
    if bucket.versioning != ENABLED and bucket.implied_by is None:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
        raise errors.refused(
            "InvalidRequest",
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            BucketName=bucket.name,
        )
    replication_rules.check(call.params.replication_configuration)
    for rule in call.params.replication_configuration.rules:
        _check_destination(state, bucket.name, rule.destination.bucket.rpartition(":::")[2])


def _check_destination(state: S3, source: str, name: str) -> None:
    """The destination exists and is versioned. Buckets of other accounts are all here, too."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
    if name == source:
        raise errors.invalid_request("Destination bucket cannot be the same as the source bucket.")
    target = state.buckets.get(name)
    if target is None:
        raise errors.invalid_request("Destination bucket must exist.")
    if target.versioning != ENABLED and target.implied_by is None:
        raise errors.invalid_request("Destination bucket must have versioning enabled.")


@service.project
def bucket_replication_put(state: S3, event: Event[api.PutBucketReplication, None]) -> None:
    """The bucket has these rules. Those without an ID get one."""
    wanted = event.params.replication_configuration
    rules = [
        rule
        if rule.id is not UNSET and rule.id
        else msgspec.structs.replace(rule, id=event.new_id("let48", f"replication{index}"))
        for index, rule in enumerate(wanted.rules)
    ]
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.replication = api.ReplicationConfiguration(role=wanted.role, rules=rules)


@service.read
def get_bucket_replication(state: S3, call: Call[api.GetBucketReplication]) -> api.GetBucketReplicationResult:
    """The rules."""
    bucket = bucket_of(state, call, "s3:GetReplicationConfiguration")
    if bucket.replication is UNSET:
        raise missing(bucket, "replication", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetBucketReplicationResult(replication_configuration=bucket.replication)


@service.evidence
def bucket_replication_not_found(state: S3, event: Event[api.GetBucketReplication, None]) -> None:
    """There are no rules, or no bucket."""
    proved_absent(state, event, "replication", NOT_FOUND[0])


@service.handle
def delete_bucket_replication(state: S3, call: Call[api.DeleteBucketReplication]) -> None:
    """No rules any more."""
    bucket_of(state, call, "s3:PutReplicationConfiguration")


@service.project
def bucket_replication_deleted(state: S3, event: Event[api.DeleteBucketReplication, None]) -> None:
    """The bucket has no rules."""
    cleared(state, event, "replication")
