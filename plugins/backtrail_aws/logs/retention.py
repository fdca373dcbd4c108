"""Retention: how long a group keeps its events, and what time does to them.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backtrail import UNSET, Answer, Call, Command, Event, Params, field
from backtrail_aws.logs import directory, errors, limits, stock
from backtrail_aws.logs.api import DeleteRetentionPolicy, PutRetentionPolicy
from backtrail_aws.logs.moments import millis, moment
from backtrail_aws.logs.state import Logs, service


@service.handle
def put_retention_policy(state: Logs, call: Call[PutRetentionPolicy]) -> None:
    """Refuse a number of days that is none of the service's."""
    days = call.params.retention_in_days
    if days not in limits.RETENTION_DAYS:
        allowed = ", ".join(map(str, limits.RETENTION_DAYS))
        # evidence: page API_PutRetentionPolicy; words: guess
        raise errors.constraint(days, "retentionInDays", f"Member must satisfy enum value set: [{allowed}]")
    directory.group(state, call.params.log_group_name)


@service.project
def retention_policy_put(state: Logs, event: Event[PutRetentionPolicy, None]) -> None:
    """The group keeps its events so long, those that it has, too."""
    group = directory.noticed(state, event.params.log_group_name, event)
    group.retention_days = event.params.retention_in_days
    stock.expect_expiry(state, group)


@service.handle
def delete_retention_policy(state: Logs, call: Call[DeleteRetentionPolicy]) -> None:
    """A group without a policy is no error."""
    directory.group(state, call.params.log_group_name)


@service.project
def retention_policy_deleted(state: Logs, event: Event[DeleteRetentionPolicy, None]) -> None:
    """The group keeps its events for ever."""
    group = directory.noticed(state, event.params.log_group_name, event)
    group.retention_days = UNSET
    stock.expect_expiry(state, group)


# time


class ExpireLogEvents(Params):
    """The service's own action: the retention of a group's oldest events has ended."""

    log_group_name: str = field(name="logGroupName")


class Expired(Params):
    """Beside an ExpireLogEvents: how many events were removed."""

    events: int


def next_due(state: Logs) -> datetime | None:
    """When time next has something to do here."""
    first = state.alarms.first()
    return moment(stock.due_moment(first)) if first is not None else None


@service.timer(next_due)
def time_came(state: Logs, now: datetime) -> Iterator[Command]:
    """The groups whose oldest events expire."""
    now_ms = millis(now)
    for alarm, name in state.alarms.items():
        if stock.due_moment(alarm) > now_ms:
            return
        yield Command("logs", ExpireLogEvents(log_group_name=name))


@service.handle(internal=True)
def expire_log_events(state: Logs, call: Call[ExpireLogEvents]) -> Answer[None]:
    """How many events have expired by now."""
    group = state.groups.get(call.params.log_group_name)
    count = stock.expired(group, stock.kept_from(group, millis(call.time))) if group is not None else 0
    return Answer(None, note=Expired(events=count))


@service.project
def log_events_expired(state: Logs, event: Event[ExpireLogEvents, None]) -> None:
    """They are gone."""
    group = state.groups.get(event.params.log_group_name)
    if group is not None:
        stock.expire(group, stock.kept_from(group, millis(event.time)))
        stock.expect_expiry(state, group)
