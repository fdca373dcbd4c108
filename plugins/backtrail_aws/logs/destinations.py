"""Destinations: where other accounts' subscription filters may send to.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, BadToken, Call, Event, known, page, told
from backtrail_aws.logs import api, documents, errors, limits, tags
from backtrail_aws.logs.api import (
    DeleteDestination,
    DescribeDestinations,
    DescribeDestinationsResult,
    PutDestination,
    PutDestinationPolicy,
    PutDestinationResult,
)
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Destination, Logs, service
from backtrail_aws.logs.subscription_filters import FIREHOSE, KINESIS, service_of


@service.handle
def put_destination(state: Logs, call: Call[PutDestination]) -> PutDestinationResult:
    """The destination, new or with another target."""
    params, name = call.params, call.params.destination_name
    if service_of(params.target_arn) not in (KINESIS, FIREHOSE):
        # evidence: page API_PutDestination; words: guess
        raise errors.invalid(f"The targetArn {params.target_arn} is not valid.")
    old = state.destinations.get(name)
    tags.check(told(params.tags, {}), old.tags if old is not None else {}, name)
    made = _made(old, params, call.arn("logs", f"destination:{name}"), millis(call.time))
    return PutDestinationResult(destination=_shown(made))


@service.project
def destination_put(state: Logs, event: Event[PutDestination, None]) -> None:
    """The destination is there; its policy and tags stay."""
    params, name = event.params, event.params.destination_name
    made = _made(
        state.destinations.get(name), params, event.arn("logs", f"destination:{name}"), millis(event.time)
    )
    state.destinations[name] = made


@service.handle
def put_destination_policy(state: Logs, call: Call[PutDestinationPolicy]) -> None:
    """Refuse destinations that are not there, and what is no policy."""
    policy = call.params.access_policy
    if call.params.destination_name not in state.destinations:
        raise errors.not_there("destination")
    if len(policy.encode()) > limits.POLICY_BYTES_MAX or not documents.is_policy(policy):
        # evidence: page API_PutDestinationPolicy; words: guess
        raise errors.invalid("The specified access policy is not valid.")


@service.project
def destination_policy_put(state: Logs, event: Event[PutDestinationPolicy, None]) -> None:
    """The destination has the policy."""
    _noticed(state, event.params.destination_name, event).policy = event.params.access_policy


@service.read
def describe_destinations(state: Logs, call: Call[DescribeDestinations]) -> DescribeDestinationsResult:
    """Destinations by name."""
    params = call.params
    limit, token = told(params.limit, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        found = page(state.destinations, token, limit, prefix=told(params.destination_name_prefix, ""))
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeDestinationsResult(
        destinations=[_shown(one) for one in found.items], next_token=found.next or UNSET
    )


@service.handle
def delete_destination(state: Logs, call: Call[DeleteDestination]) -> None:
    """Refuse what is not there. Filters that send to it stay."""
    if call.params.destination_name not in state.destinations:
        raise errors.not_there("destination")


@service.project
def destination_deleted(state: Logs, event: Event[DeleteDestination, None]) -> None:
    """The destination is gone."""
    state.destinations.pop(event.params.destination_name, None)


def _made(old: Destination | None, params: PutDestination, arn: str, now_ms: int) -> Destination:
    return Destination(
        name=params.destination_name,
        arn=arn,
        target=params.target_arn,
        role=params.role_arn,
        policy=old.policy if old is not None else UNSET,
        created_ms=told(old.created_ms, now_ms) if old is not None else now_ms,
        tags={**(old.tags if old is not None else {}), **told(params.tags, {})},
    )


def _noticed(state: Logs, name: str, event: Event[Any, Any]) -> Destination:
    arn = event.arn("logs", f"destination:{name}")
    return known(state.destinations, name, event, lambda: Destination(name=name, arn=arn))


def _shown(one: Destination) -> api.Destination:
    return api.Destination(
        destination_name=one.name, target_arn=one.target, role_arn=one.role, access_policy=one.policy,
        arn=one.arn, creation_time=one.created_ms,
    )  # fmt: skip
