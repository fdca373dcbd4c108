"""What subscription filters send: events that match, to functions, streams and other accounts' destinations.

The payload is JSON, compressed with gzip; a function gets it in base64 under `awslogs.data`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Call, Command, Event, Params, Sealed, UnsetType, field, told
from backtrail_aws.logs import api, directory, firehose_records, kinesis_records, patterns, stock
from backtrail_aws.logs.api import PutLogEvents, PutLogEventsResult
from backtrail_aws.logs.log_events import accepted
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import LogGroup, Logs, service
from backtrail_aws.logs.subscription_filters import FIREHOSE, KINESIS, LAMBDA, LOGS, service_of

_LEVEL = 6  # "gzip level 6": the page above


class Invoke(Params):
    """What Lambda is told: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: Sealed[bytes] | UnsetType = UNSET


class DeliverLogEvents(Params):
    """The service's own action: events have arrived at a destination, maybe from another account."""

    destination_arn: str = field(name="destinationArn")
    partition_key: str = field(name="partitionKey")
    data: Sealed[bytes] | UnsetType = UNSET


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    messageType: str = "DATA_MESSAGE"
    owner: str
    logGroup: str
    logStream: str
    subscriptionFilters: list[str]
    logEvents: list[_Sent]


class _Sent(msgspec.Struct, frozen=True):
    id: str
    timestamp: int
    message: str


@service.react
def forward_log_events(state: Logs, event: Event[PutLogEvents, PutLogEventsResult]) -> Iterator[Command]:
    """Each filter of the group sends the events that it matches, all of one batch together."""
    group = state.groups.get(event.params.log_group_name)
    if group is None or not group.subscriptions:
        return
    arrived = _arrived(group, event)
    for one in group.subscriptions.values():
        pattern = patterns.told(told(one.filter_pattern, ""))
        matching = [sent for sent in arrived if pattern is not None and pattern.matches(sent.message)]
        command = _command(group, one, event, matching) if matching else None
        if command is not None:
            yield command


@service.handle(internal=True)
def deliver_log_events(state: Logs, call: Call[DeliverLogEvents]) -> None:
    """Nothing to decide: they have arrived."""


@service.react
def pass_on_log_events(state: Logs, event: Event[DeliverLogEvents, None]) -> Iterator[Command]:
    """A destination puts them into its stream."""
    named = directory.parsed(event.params.destination_arn)
    found = state.destinations.get(named.name) if named is not None else None
    if found is None or isinstance(found.target, UnsetType):
        return
    data = told(event.params.data, b"")
    command = _to_stream(found.target, found.role, event.params.partition_key, data, found.arn)
    if command is not None:
        yield command


@service.project
def log_events_delivered(state: Logs, event: Event[DeliverLogEvents, None]) -> None:
    """Nothing is kept of what only passes."""


def _arrived(group: LogGroup, event: Event[PutLogEvents, PutLogEventsResult]) -> list[_Sent]:
    events = told(event.params.log_events, [])
    taken = accepted(group, [one.timestamp for one in events], millis(event.time))
    batch = stock.batch_of(event.id)
    return [
        _Sent(
            stock.id_of(events[place].timestamp, batch, place), events[place].timestamp, events[place].message
        )
        for place in range(taken.first, taken.end)
    ]


def _packed(
    group: LogGroup, one: api.SubscriptionFilter, event: Event[PutLogEvents, Any], sent: list[_Sent]
) -> bytes:
    payload = _Payload(
        owner=event.account,
        logGroup=group.name,
        logStream=event.params.log_stream_name,
        subscriptionFilters=[told(one.filter_name, "")],
        logEvents=sent,
    )
    return gzip.compress(msgspec.json.encode(payload), _LEVEL, mtime=0)


def _command(
    group: LogGroup, one: api.SubscriptionFilter, event: Event[PutLogEvents, Any], sent: list[_Sent]
) -> Command | None:
    """What a filter sends; None for a destination of no kind that there is (a foreign record may have any)."""
    data = _packed(group, one, event, sent)
    arn, source = told(one.destination_arn, ""), f"{group.arn}:*"
    key = event.params.log_stream_name if one.distribution != "Random" else event.new_id("hex32", "partition")
    kind = service_of(arn)
    if kind == LAMBDA:
        body = msgspec.json.encode({"awslogs": {"data": base64.b64encode(data).decode()}})
        invoke = Invoke(function_name=arn, invocation_type="Event", payload=body)
        return Command("lambda", invoke, source_arn=source)
    named = directory.parsed(arn) if kind == LOGS else None
    if named is not None:
        deliver = DeliverLogEvents(destination_arn=arn, partition_key=key, data=data)
        return Command("logs", deliver, account=named.account, region=named.region, source_arn=source)
    return _to_stream(arn, one.role_arn, key, data, source)


def _to_stream(arn: str, role: str | UnsetType, key: str, data: bytes, source: str) -> Command | None:
    """The command that puts data into a stream, by the role that may; None for what is no stream."""
    kind, name = service_of(arn), arn.rpartition("/")[2]
    acting = role if isinstance(role, str) else None
    if kind == KINESIS:
        record = kinesis_records.PutRecord(stream_name=name, stream_arn=arn, partition_key=key, data=data)
        return Command("kinesis", record, as_=acting, source_arn=source)
    if kind == FIREHOSE:
        held = firehose_records.Record(data=data)
        put = firehose_records.PutRecord(delivery_stream_name=name, record=held)
        return Command("firehose", put, as_=acting, source_arn=source)
    return None
