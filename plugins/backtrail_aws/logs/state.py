"""What CloudWatch Logs knows of one account in one region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from backtrail import UNSET, Sealed, Service, SortedMap, State, UnsetType
from backtrail_aws.logs import api, limits
from backtrail_aws.logs.trail import TRAIL

V = TypeVar("V")


class LogEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One log event: when it happened, when it came in, what it says. It is kept under its id."""

    timestamp_ms: int
    ingested_ms: int
    message: Sealed[str]


class LogStream(msgspec.Struct, kw_only=True):
    """A log stream. `place` is where its group's `recent` has it; `token` is what PutLogEvents answers."""

    name: str
    arn: str
    created_ms: int | UnsetType = UNSET
    token: str = ""
    last_ingested_ms: int = 0
    place: str = ""
    events: SortedMap[str, LogEvent] = msgspec.field(default_factory=SortedMap[str, LogEvent])


class LogGroup(msgspec.Struct, kw_only=True):
    """A log group. Of one that was only inferred (`created_ms` UNSET), what no record told is unknown.

    `order` has the ids of all events, which sort by time, with the stream of each; `recent` the streams by the time
    of their last event. `expiry_ms` is when the state's `alarms` have it next.
    """

    name: str
    arn: str
    created_ms: int | UnsetType = UNSET
    log_class: str | UnsetType = UNSET
    kms_key: str | UnsetType = UNSET
    retention_days: int | UnsetType = UNSET
    protected: bool | UnsetType = UNSET
    tags: dict[str, str] = {}
    stored_bytes: int = 0
    expiry_ms: int = 0
    streams: SortedMap[str, LogStream] = msgspec.field(default_factory=SortedMap[str, LogStream])
    recent: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    order: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    metric_filters: SortedMap[str, api.MetricFilter] = msgspec.field(
        default_factory=SortedMap[str, api.MetricFilter]
    )
    subscriptions: SortedMap[str, api.SubscriptionFilter] = msgspec.field(
        default_factory=SortedMap[str, api.SubscriptionFilter]
    )


class Destination(msgspec.Struct, kw_only=True):
    """Where other accounts may send their logs."""

    name: str
    arn: str
    target: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    created_ms: int | UnsetType = UNSET
    tags: dict[str, str] = {}


class Query(msgspec.Struct, kw_only=True):
    """A query that was started. Its rows are found when they are asked for, over what had come in by `created_ms`."""

    id: str
    text: str
    groups: list[str]
    start_ms: int
    end_ms: int
    created_ms: int
    limit: int | UnsetType = UNSET
    user: str | UnsetType = UNSET
    status: str = "Complete"


class ExportTask(msgspec.Struct, kw_only=True):
    """An export of a log group to a bucket."""

    id: str
    group: str
    bucket: str
    from_ms: int
    to_ms: int
    created_ms: int
    name: str | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    streams: str | UnsetType = UNSET
    status: str = "PENDING"
    message: str | UnsetType = UNSET
    completed_ms: int | UnsetType = UNSET


class DeliverySource(msgspec.Struct, kw_only=True):
    """A resource of another service that delivers logs."""

    name: str
    arn: str
    resource: str
    log_type: str
    configuration: dict[str, str] | UnsetType = UNSET
    tags: dict[str, str] = {}


class DeliveryDestination(msgspec.Struct, kw_only=True):
    """Where logs are delivered to."""

    name: str
    arn: str
    kind: str | UnsetType = UNSET
    resource: str | UnsetType = UNSET
    output_format: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    tags: dict[str, str] = {}


class Delivery(msgspec.Struct, kw_only=True):
    """One source that delivers to one destination."""

    id: str
    arn: str
    source: str | UnsetType = UNSET
    destination: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    record_fields: list[str] | UnsetType = UNSET
    field_delimiter: str | UnsetType = UNSET
    s3: api.S3DeliveryConfiguration | UnsetType = UNSET
    tags: dict[str, str] = {}


class Logs(State):
    """The log groups of one account in one region, and all that is built on them.

    `alarms` is what time will bring: sortable time and name of a group -> the group, whose oldest events expire
    then. `query_order` has queries by the time at which they were started.
    """

    groups: SortedMap[str, LogGroup] = msgspec.field(default_factory=SortedMap[str, LogGroup])
    alarms: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    policies: SortedMap[str, api.ResourcePolicy] = msgspec.field(
        default_factory=SortedMap[str, api.ResourcePolicy]
    )
    destinations: SortedMap[str, Destination] = msgspec.field(default_factory=SortedMap[str, Destination])
    queries: dict[str, Query] = {}
    query_order: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    results_key: str | UnsetType = UNSET
    definitions: SortedMap[str, api.QueryDefinition] = msgspec.field(
        default_factory=SortedMap[str, api.QueryDefinition]
    )
    exports: SortedMap[str, ExportTask] = msgspec.field(default_factory=SortedMap[str, ExportTask])
    sources: SortedMap[str, DeliverySource] = msgspec.field(default_factory=SortedMap[str, DeliverySource])
    targets: SortedMap[str, DeliveryDestination] = msgspec.field(
        default_factory=SortedMap[str, DeliveryDestination]
    )
    deliveries: SortedMap[str, Delivery] = msgspec.field(default_factory=SortedMap[str, Delivery])


service = Service("logs", Logs, trail=TRAIL, validate=True)
limits.declare(service)
service.resource(
    "AWS::Logs::LogGroup",
    collection=lambda state: state.groups,
    arn=lambda group: f"{group.arn}:*",
    tags=lambda group: group.tags,
)


def _streams(state: Logs) -> Mapping[str, LogStream]:
    return {
        f"{group.name}:{stream.name}": stream
        for group in state.groups.values()
        for stream in group.streams.values()
    }


service.resource(
    "AWS::Logs::LogStream",
    collection=_streams,
    arn=lambda stream: stream.arn,
    parent=lambda stream: f"{stream.arn.partition(':log-stream:')[0]}:*",
)
service.resource(
    "AWS::Logs::Destination",
    collection=lambda state: state.destinations,
    arn=lambda destination: destination.arn,
    tags=lambda destination: destination.tags,
)
service.resource(
    "AWS::Logs::DeliverySource",
    collection=lambda state: state.sources,
    arn=lambda source: source.arn,
    tags=lambda source: source.tags,
)
service.resource(
    "AWS::Logs::DeliveryDestination",
    collection=lambda state: state.targets,
    arn=lambda target: target.arn,
    tags=lambda target: target.tags,
)
service.resource(
    "AWS::Logs::Delivery",
    collection=lambda state: state.deliveries,
    arn=lambda delivery: delivery.arn,
    tags=lambda delivery: delivery.tags,
)
