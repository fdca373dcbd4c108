"""Notification configurations of buckets: who is told of what. The telling: `notifications`.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, notification_destinations, notification_rules
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import check_told, cleared, proved_gone
from backtrail_aws.s3.state import S3, known_bucket, service

C = TypeVar("C", api.TopicConfiguration, api.QueueConfiguration, api.LambdaFunctionConfiguration)


@service.handle
def put_bucket_notification_configuration(
    state: S3, call: Call[api.PutBucketNotificationConfiguration]
) -> None:
    """A configuration in the place of the one before; an empty one tells nobody.

    Its destinations must exist and let S3 tell them, where their service is served here.
    """
    bucket = bucket_of(state, call, "s3:PutBucketNotification")
    region = call.region if bucket.region is UNSET else bucket.region
    wanted = call.params.notification_configuration
    notification_rules.check(wanted, region)
    if call.params.skip_destination_validation is not True:
        notification_destinations.check(call, bucket, wanted)


@service.project
def bucket_notification_configuration_put(
    state: S3, event: Event[api.PutBucketNotificationConfiguration, None]
) -> None:
    """These are told. Configurations without an Id get one."""
    wanted = event.params.notification_configuration
    if wanted == api.NotificationConfiguration():
        cleared(state, event, "notification")
        return
    known_bucket(state, event.params.bucket, event).notification = api.NotificationConfiguration(
        topic_configurations=_named(event, "topic", wanted.topic_configurations),
        queue_configurations=_named(event, "queue", wanted.queue_configurations),
        lambda_function_configurations=_named(event, "lambda", wanted.lambda_function_configurations),
        event_bridge_configuration=wanted.event_bridge_configuration,
    )


def _named(
    event: Event[api.PutBucketNotificationConfiguration, None], kind: str, wanted: list[C] | UnsetType
) -> list[C] | UnsetType:
    """Configurations with Ids: those that were given, and new ones. UNSET where there are none."""
    if wanted is UNSET or not wanted:
        return UNSET
    return [
        one
        if one.id is not UNSET and one.id
        else msgspec.structs.replace(one, id=event.new_id("uuid", f"{kind}{i}"))
        for i, one in enumerate(wanted)
    ]


@service.read
def get_bucket_notification_configuration(
    state: S3, call: Call[api.GetBucketNotificationConfiguration]
) -> api.GetBucketNotificationConfigurationResult:
    """Who is told; empty where nobody is."""
    bucket = bucket_of(state, call, "s3:GetBucketNotification")
    check_told(bucket, "notification")
    held = api.NotificationConfiguration() if bucket.notification is UNSET else bucket.notification
    return api.GetBucketNotificationConfigurationResult(
        topic_configurations=held.topic_configurations,
        queue_configurations=held.queue_configurations,
        lambda_function_configurations=held.lambda_function_configurations,
        event_bridge_configuration=held.event_bridge_configuration,
    )


@service.evidence
def bucket_notification_configuration_not_found(
    state: S3, event: Event[api.GetBucketNotificationConfiguration, None]
) -> None:
    """A bucket that is not there is gone."""
    proved_gone(state, event)
