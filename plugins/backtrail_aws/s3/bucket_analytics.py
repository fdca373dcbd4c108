"""Storage class analysis of buckets. Nothing is analysed here.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, configuration_sets, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, known_bucket, service


@service.handle
def put_bucket_analytics_configuration(state: S3, call: Call[api.PutBucketAnalyticsConfiguration]) -> None:
    """What to analyse, and where its export goes."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutAnalyticsConfiguration")
    wanted = params.analytics_configuration
    configuration_sets.check(bucket.analytics, params.id, wanted.id)
    if wanted.filter is not UNSET:
        both = wanted.filter.and_
        configuration_sets.check_filter(wanted.filter, int(both is not UNSET))
        if both is not UNSET:
            configuration_sets.check_all(both.prefix, both.tags)
    export = wanted.storage_class_analysis.data_export
    if export is UNSET:
        return
    target = export.destination.s3_bucket_destination
    if (
        export.output_schema_version != "V_1"
        or target.format != "CSV"
        or not target.bucket.startswith("arn:")
    ):
        raise errors.malformed_xml()


@service.project
def bucket_analytics_configuration_put(
    state: S3, event: Event[api.PutBucketAnalyticsConfiguration, None]
) -> None:
    """The bucket has it."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.analytics[event.params.id] = event.params.analytics_configuration


@service.read
def get_bucket_analytics_configuration(
    state: S3, call: Call[api.GetBucketAnalyticsConfiguration]
) -> api.GetBucketAnalyticsConfigurationResult:
    """One configuration."""
    bucket = bucket_of(state, call, "s3:GetAnalyticsConfiguration")
    held = configuration_sets.found(bucket, "analytics", bucket.analytics, call.params.id)
    return api.GetBucketAnalyticsConfigurationResult(analytics_configuration=held)


@service.read
def list_bucket_analytics_configurations(
    state: S3, call: Call[api.ListBucketAnalyticsConfigurations]
) -> api.ListBucketAnalyticsConfigurationsResult:
    """A page of them."""
    bucket = bucket_of(state, call, "s3:GetAnalyticsConfiguration")
    found = configuration_sets.listed(bucket.analytics, call.params.continuation_token)
    return api.ListBucketAnalyticsConfigurationsResult(
        analytics_configuration_list=found.items,
        is_truncated=found.next is not None,
        continuation_token=call.params.continuation_token,
        next_continuation_token=UNSET if found.next is None else found.next,
    )


@service.handle
def delete_bucket_analytics_configuration(
    state: S3, call: Call[api.DeleteBucketAnalyticsConfiguration]
) -> None:
    """Remove one that is there."""
    bucket = bucket_of(state, call, "s3:PutAnalyticsConfiguration")
    if bucket.implied_by is None:
        configuration_sets.found(bucket, "analytics", bucket.analytics, call.params.id)


@service.project
def bucket_analytics_configuration_deleted(
    state: S3, event: Event[api.DeleteBucketAnalyticsConfiguration, None]
) -> None:
    """The bucket does not have it."""
    configuration_sets.removed(state, event, "analytics").analytics.pop(event.params.id, None)
