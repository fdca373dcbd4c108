"""What a run printed goes to CloudWatch Logs, as calls of the function's role.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backtrail import Command, Params, UnsetType, field
from backtrail_aws.lambda_.moments import micros
from backtrail_aws.lambda_.runs import Facts
from backtrail_aws.lambda_.state import Function

_EVENTS_MAX = 10_000  # API_PutLogEvents


class CreateLogGroup(Params):
    """A command to CloudWatch Logs."""

    log_group_name: str = field(name="logGroupName")


class CreateLogStream(Params):
    """A command to CloudWatch Logs."""

    log_group_name: str = field(name="logGroupName")
    log_stream_name: str = field(name="logStreamName")


class InputLogEvent(Params):
    """One line, with its time in milliseconds."""

    timestamp: int
    message: str


class PutLogEvents(Params):
    """A command to CloudWatch Logs."""

    log_group_name: str = field(name="logGroupName")
    log_stream_name: str = field(name="logStreamName")
    log_events: list[InputLogEvent] = field(name="logEvents")


def written(
    function: Function | None, run: Facts | UnsetType, text: str | UnsetType, time: datetime
) -> Iterator[Command]:
    """The commands that write a run's log, where there is somebody to keep it."""
    if function is None or isinstance(run, UnsetType) or isinstance(text, UnsetType) or not run.logged:
        return
    role = function.latest.config.role
    account = function.arn.split(":")[4]

    def command(params: Params) -> Command:
        as_ = role if isinstance(role, str) else None
        return Command("logs", params, as_=as_, account=account, source_arn=function.arn)

    if run.group_missing:
        yield command(CreateLogGroup(log_group_name=run.log_group))
    if run.cold:
        yield command(CreateLogStream(log_group_name=run.log_group, log_stream_name=run.log_stream))
    stamp = micros(time) // 1000
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    events = [InputLogEvent(timestamp=stamp, message=line) for line in lines[-_EVENTS_MAX:]]
    yield command(
        PutLogEvents(log_group_name=run.log_group, log_stream_name=run.log_stream, log_events=events)
    )
