"""Subscription filters: which events go where.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.logs import api, directory, errors, limits, patterns
from backtrail_aws.logs.api import (
    DeleteSubscriptionFilter,
    DescribeSubscriptionFilters,
    DescribeSubscriptionFiltersResult,
    PutSubscriptionFilter,
)
from backtrail_aws.logs.metric_filters import check_regexes
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Logs, service

LAMBDA, KINESIS, FIREHOSE, LOGS = "lambda", "kinesis", "firehose", "logs"
_BY_ROLE = (KINESIS, FIREHOSE)


@service.handle
def put_subscription_filter(state: Logs, call: Call[PutSubscriptionFilter]) -> None:
    """Refuse patterns that are none, destinations of no kind that there is, and a third filter."""
    params = call.params
    pattern = patterns.of(params.filter_pattern)
    _check_destination(state, call, service_of(params.destination_arn))
    group = directory.group(state, params.log_group_name)
    if params.filter_name not in group.subscriptions:
        if len(group.subscriptions) >= call.quota("subscriptions", limits.SUBSCRIPTIONS_MAX):
            raise errors.limit_exceeded()
        check_regexes(group, pattern)


@service.project
def subscription_filter_put(state: Logs, event: Event[PutSubscriptionFilter, None]) -> None:
    """The group has the filter; one of that name is replaced."""
    params = event.params
    group = directory.noticed(state, params.log_group_name, event)
    old = group.subscriptions.get(params.filter_name)
    group.subscriptions[params.filter_name] = api.SubscriptionFilter(
        filter_name=params.filter_name,
        log_group_name=params.log_group_name,
        filter_pattern=params.filter_pattern,
        destination_arn=params.destination_arn,
        role_arn=params.role_arn,
        distribution=told(params.distribution, "ByLogStream"),
        apply_on_transformed_logs=told(params.apply_on_transformed_logs, False),
        creation_time=old.creation_time if old is not None else millis(event.time),
        field_selection_criteria=params.field_selection_criteria,
        emit_system_fields=params.emit_system_fields,
    )


@service.read
def describe_subscription_filters(
    state: Logs, call: Call[DescribeSubscriptionFilters]
) -> DescribeSubscriptionFiltersResult:
    """A group's filters by name."""
    params = call.params
    group = directory.group(state, params.log_group_name)
    limit, token = told(params.limit, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        found = page(group.subscriptions, token, limit, prefix=told(params.filter_name_prefix, ""))
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeSubscriptionFiltersResult(subscription_filters=found.items, next_token=found.next or UNSET)


@service.handle
def delete_subscription_filter(state: Logs, call: Call[DeleteSubscriptionFilter]) -> None:
    """Refuse what is not there."""
    group = directory.group(state, call.params.log_group_name)
    if call.params.filter_name not in group.subscriptions:
        raise errors.not_there("subscription filter")


@service.project
def subscription_filter_deleted(state: Logs, event: Event[DeleteSubscriptionFilter, None]) -> None:
    """The filter is gone."""
    group = directory.noticed(state, event.params.log_group_name, event)
    group.subscriptions.pop(event.params.filter_name, None)


def service_of(arn: str) -> str:
    """The service in an ARN; empty for what is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""


def _check_destination(state: Logs, call: Call[PutSubscriptionFilter], kind: str) -> None:
    params, arn = call.params, call.params.destination_arn
    if kind not in (LAMBDA, KINESIS, FIREHOSE, LOGS):
        # evidence: guess
        raise errors.invalid(f"PutSubscriptionFilter operation cannot work with destinationArn {arn}.")
    if kind == LAMBDA and params.role_arn is not UNSET:
        # evidence: guess
        raise errors.invalid("destinationArn for vendor lambda cannot be used with roleArn")
    if kind in _BY_ROLE and isinstance(params.role_arn, UnsetType):
        # evidence: guess
        raise errors.invalid(f"destinationArn for vendor {kind} cannot be used without roleArn")
    if params.distribution is not UNSET and kind not in (KINESIS, LOGS):
        # evidence: page API_PutSubscriptionFilter; words: guess
        raise errors.invalid("distribution is only applicable when the destination is a Kinesis data stream.")
    named = directory.parsed(arn) if kind == LOGS else None
    if named is not None and named.account == call.account and named.name not in state.destinations:
        raise errors.not_there("destination")
