"""Request metrics of buckets, by filter. Metrics themselves are CloudWatch's.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, configuration_sets
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, known_bucket, service


@service.handle
def put_bucket_metrics_configuration(state: S3, call: Call[api.PutBucketMetricsConfiguration]) -> None:
    """A filter under whose name metrics are kept; none filters nothing."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutMetricsConfiguration")
    wanted = params.metrics_configuration
    configuration_sets.check(bucket.metrics, params.id, wanted.id)
    if wanted.filter is UNSET:
        return
    both = wanted.filter.and_
    points = wanted.filter.access_point_arn is not UNSET
    configuration_sets.check_filter(wanted.filter, points + (both is not UNSET))
    if both is not UNSET:
        configuration_sets.check_all(both.prefix, both.tags, int(both.access_point_arn is not UNSET))


@service.project
def bucket_metrics_configuration_put(
    state: S3, event: Event[api.PutBucketMetricsConfiguration, None]
) -> None:
    """The bucket has it."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.metrics[event.params.id] = event.params.metrics_configuration


@service.read
def get_bucket_metrics_configuration(
    state: S3, call: Call[api.GetBucketMetricsConfiguration]
) -> api.GetBucketMetricsConfigurationResult:
    """One configuration."""
    bucket = bucket_of(state, call, "s3:GetMetricsConfiguration")
    held = configuration_sets.found(bucket, "metrics", bucket.metrics, call.params.id)
    return api.GetBucketMetricsConfigurationResult(metrics_configuration=held)


@service.read
def list_bucket_metrics_configurations(
    state: S3, call: Call[api.ListBucketMetricsConfigurations]
) -> api.ListBucketMetricsConfigurationsResult:
    """A page of them."""
    bucket = bucket_of(state, call, "s3:GetMetricsConfiguration")
    found = configuration_sets.listed(bucket.metrics, call.params.continuation_token)
    return api.ListBucketMetricsConfigurationsResult(
        metrics_configuration_list=found.items,
        is_truncated=found.next is not None,
        continuation_token=call.params.continuation_token,
        next_continuation_token=UNSET if found.next is None else found.next,
    )


@service.handle
def delete_bucket_metrics_configuration(state: S3, call: Call[api.DeleteBucketMetricsConfiguration]) -> None:
    """Remove one that is there."""
    bucket = bucket_of(state, call, "s3:PutMetricsConfiguration")
    if bucket.implied_by is None:
        configuration_sets.found(bucket, "metrics", bucket.metrics, call.params.id)


@service.project
def bucket_metrics_configuration_deleted(
    state: S3, event: Event[api.DeleteBucketMetricsConfiguration, None]
) -> None:
    """The bucket does not have it."""
    configuration_sets.removed(state, event, "metrics").metrics.pop(event.params.id, None)
