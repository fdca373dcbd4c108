"""Lifecycle configurations of buckets. What they do as time goes by: `lifecycle`.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from backtrail import UNSET, Answer, Call, Event, Params
from backtrail_aws.s3 import api, bucket_errors, errors, lifecycle_plan, lifecycle_rules
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, Author, known_bucket, service

NOT_FOUND: Final = ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html: since
# September 2024 objects below 128 KB stay where they are unless the configuration says otherwise
DEFAULT_SIZE: Final = "all_storage_classes_128K"
SIZES: Final = (DEFAULT_SIZE, "varies_by_storage_class")


ARCHIVE_LAG_DAYS = service.option(
    "archive_lag_days", 0,
    "How many days late the lifecycle rules that are put from now on move objects to GLACIER and DEEP_ARCHIVE.",
    least=0, most=2,
)  # fmt: skip


class Lag(Params):
    """Beside rules: how late they archive."""

    days: int


@service.handle
def put_bucket_lifecycle_configuration(
    state: S3, call: Call[api.PutBucketLifecycleConfiguration]
) -> Answer[api.PutBucketLifecycleConfigurationResult]:
    """Rules in the place of those before."""
    params = call.params
    bucket_of(state, call, "s3:PutLifecycleConfiguration")
    size = params.transition_default_minimum_object_size
    if size is not UNSET and size not in SIZES:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
        raise errors.invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {size}")
    if params.lifecycle_configuration is UNSET:
        raise errors.malformed_xml()
    lifecycle_rules.check(params.lifecycle_configuration.rules)
    result = api.PutBucketLifecycleConfigurationResult(
        transition_default_minimum_object_size=DEFAULT_SIZE if size is UNSET else size
    )
    lag_days = call.option(ARCHIVE_LAG_DAYS)
    return Answer(result, note=Lag(days=lag_days) if lag_days else None)


@service.project
def bucket_lifecycle_put(state: S3, event: Event[api.PutBucketLifecycleConfiguration, None]) -> None:
    """The bucket has these rules. Those without an ID get one."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    size = params.transition_default_minimum_object_size
    bucket.transition_default_minimum_object_size = DEFAULT_SIZE if size is UNSET else size
    if params.lifecycle_configuration is UNSET:
        return
    rules = [
        rule if rule.id is not UNSET and rule.id else msgspec.structs.replace(rule, id=_made(event, index))
        for index, rule in enumerate(params.lifecycle_configuration.rules)
    ]
    bucket.lifecycle = api.BucketLifecycleConfiguration(rules=rules)
    lag = event.note(Lag)
    bucket.archive_lag_days = lag.days if lag is not None else 0
    arn = event.identity.arn
    bucket.lifecycle_author = Author(principal=arn if isinstance(arn, str) else "", event_id=event.id)
    lifecycle_plan.rebuild(state, bucket, event.time)


def _made(event: Event[api.PutBucketLifecycleConfiguration, None], index: int) -> str:
    """An ID as S3 makes them: a UUID in base64."""
    return base64.b64encode(event.new_id("uuid", f"lifecycle{index}").encode()).decode()


@service.read
def get_bucket_lifecycle_configuration(
    state: S3, call: Call[api.GetBucketLifecycleConfiguration]
) -> api.GetBucketLifecycleConfigurationResult:
    """The rules."""
    bucket = bucket_of(state, call, "s3:GetLifecycleConfiguration")
    if bucket.lifecycle is UNSET:
        raise missing(bucket, "lifecycle", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetBucketLifecycleConfigurationResult(
        rules=bucket.lifecycle.rules,
        transition_default_minimum_object_size=bucket.transition_default_minimum_object_size,
    )


@service.evidence
def bucket_lifecycle_not_found(state: S3, event: Event[api.GetBucketLifecycleConfiguration, None]) -> None:
    """There are no rules, or no bucket."""
    proved_absent(state, event, "lifecycle", NOT_FOUND[0])
    bucket = state.buckets.get(event.params.bucket)
    if bucket is not None and bucket.lifecycle is UNSET and bucket.planned:
        lifecycle_plan.rebuild(state, bucket, event.time)


@service.handle
def delete_bucket_lifecycle(state: S3, call: Call[api.DeleteBucketLifecycle]) -> None:
    """No rules any more."""
    bucket_of(state, call, "s3:PutLifecycleConfiguration")


@service.project
def bucket_lifecycle_deleted(state: S3, event: Event[api.DeleteBucketLifecycle, None]) -> None:
    """The bucket has no rules."""
    bucket = cleared(state, event, "lifecycle")
    bucket.transition_default_minimum_object_size = UNSET
    bucket.lifecycle_author = UNSET
    lifecycle_plan.rebuild(state, bucket, event.time)
