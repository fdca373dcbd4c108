"""Metric streams: kept, started and stopped. Nothing flows through them here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Metric-Streams.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, BadToken, Call, Event, UnsetType, known, page, told
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudwatch import api, errors, limits
from backtrail_aws.cloudwatch.state import CloudWatch, Stream, service

RUNNING, STOPPED = "running", "stopped"


@service.handle
def put_metric_stream(state: CloudWatch, call: Call[api.PutMetricStream]) -> api.PutMetricStreamResult:
    """Refuse filters that both take in and leave out."""
    params = call.params
    if told(params.include_filters, []) and told(params.exclude_filters, []):
        # evidence: API_PutMetricStream; words: guess
        raise errors.combination("IncludeFilters and ExcludeFilters cannot both be specified.")
    if params.output_format not in ("json", "opentelemetry0.7", "opentelemetry1.0"):
        # evidence: API_PutMetricStream; words: guess
        raise errors.value(f"The value {params.output_format} for parameter OutputFormat is invalid.")
    return api.PutMetricStreamResult(arn=_arn(call, params.name))


def _arn(event: Call[Any] | Event[Any, Any], name: str) -> str:
    return event.arn("cloudwatch", f"metric-stream/{name}")


def _known(state: CloudWatch, event: Event[Any, Any], name: str) -> Stream:
    return known(state.streams, name, event, lambda: Stream(name=name, arn=_arn(event, name)))


@service.project
def metric_stream_put(
    state: CloudWatch, event: Event[api.PutMetricStream, api.PutMetricStreamResult]
) -> None:
    """A new stream runs; one that was there goes on as it was."""
    params = event.params
    stream = _known(state, event, params.name)
    if isinstance(stream.made, UnsetType):
        stream.made = event.time
        stream.tags = {one.key: one.value for one in told(params.tags, [])}
    stream.given, stream.changed = msgspec.structs.replace(params, tags=UNSET), event.time


@service.read
def get_metric_stream(state: CloudWatch, call: Call[api.GetMetricStream]) -> api.GetMetricStreamResult:
    """A stream, as it was put."""
    stream = state.streams.get(call.params.name)
    if stream is None:
        raise errors.no_stream(call.params.name)
    given = stream.given
    if given is None:
        return api.GetMetricStreamResult(arn=stream.arn, name=stream.name, state=stream.state)
    return api.GetMetricStreamResult(
        arn=stream.arn, name=stream.name, include_filters=given.include_filters,
        exclude_filters=given.exclude_filters, firehose_arn=given.firehose_arn, role_arn=given.role_arn,
        state=stream.state, creation_date=_time(stream.made), last_update_date=_time(stream.changed),
        output_format=given.output_format, statistics_configurations=given.statistics_configurations,
        include_linked_accounts_metrics=told(given.include_linked_accounts_metrics, False),
    )  # fmt: skip


def _time(time: datetime | UnsetType) -> CommaTime | UnsetType:
    return UNSET if isinstance(time, UnsetType) else CommaTime.of(time)


@service.read
def list_metric_streams(state: CloudWatch, call: Call[api.ListMetricStreams]) -> api.ListMetricStreamsResult:
    """Streams by name."""
    limit = told(call.params.max_results, limits.RULES_LISTED_MAX)
    try:
        found = page(state.streams, told(call.params.next_token, "") or None, limit)
    except BadToken as error:
        raise errors.bad_token() from error
    return api.ListMetricStreamsResult(
        next_token=found.next or UNSET,
        entries=[
            api.MetricStreamEntry(
                arn=one.arn, creation_date=_time(one.made), last_update_date=_time(one.changed), name=one.name,
                firehose_arn=one.given.firehose_arn if one.given is not None else UNSET, state=one.state,
                output_format=one.given.output_format if one.given is not None else UNSET,
            )
            for one in found.items
        ],
    )  # fmt: skip


@service.handle
def delete_metric_stream(state: CloudWatch, call: Call[api.DeleteMetricStream]) -> None:
    """One that is not there is gone already."""


@service.project
def metric_stream_deleted(state: CloudWatch, event: Event[api.DeleteMetricStream, None]) -> None:
    """It is gone."""
    state.streams.pop(event.params.name, None)


@service.handle
def start_metric_streams(state: CloudWatch, call: Call[api.StartMetricStreams]) -> None:
    """Names of streams that are not there are passed over."""


@service.handle
def stop_metric_streams(state: CloudWatch, call: Call[api.StopMetricStreams]) -> None:
    """Names of streams that are not there are passed over."""


@service.project
def metric_streams_started(state: CloudWatch, event: Event[api.StartMetricStreams, None]) -> None:
    """They run."""
    _switch(state, event.params.names, RUNNING, event.time)


@service.project
def metric_streams_stopped(state: CloudWatch, event: Event[api.StopMetricStreams, None]) -> None:
    """They stand still."""
    _switch(state, event.params.names, STOPPED, event.time)


def _switch(state: CloudWatch, names: list[str], value: str, now: datetime) -> None:
    for name in names:
        stream = state.streams.get(name)
        if stream is not None:
            stream.state, stream.changed = value, now
