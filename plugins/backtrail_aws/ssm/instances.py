"""Managed instances, as their agents tell of themselves: presence, inventory, compliance, associations.

Agents call actions that no public model has; real trails show them, and they are folded here. No agent runs here, so
an instance is managed when a record says so, or when EC2 has it running.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ssm import api, errors, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Instance, Run, Ssm, service

# what only agents call


class UpdateInstanceInformation(Params):
    """An agent is there, and what it runs on."""

    instance_id: str = field(name="instanceId")
    agent_version: str | UnsetType = field(name="agentVersion", default=UNSET)
    agent_status: str | UnsetType = field(name="agentStatus", default=UNSET)
    platform_type: str | UnsetType = field(name="platformType", default=UNSET)
    platform_name: str | UnsetType = field(name="platformName", default=UNSET)
    platform_version: str | UnsetType = field(name="platformVersion", default=UNSET)
    ip_address: str | UnsetType = field(name="iPAddress", default=UNSET)
    computer_name: str | UnsetType = field(name="computerName", default=UNSET)


class ExecutionResult(Params):
    """How an association goes."""

    execution_date: SpacedTime | UnsetType = field(name="executionDate", default=UNSET)
    status: str | UnsetType = UNSET
    execution_summary: str | UnsetType = field(name="executionSummary", default=UNSET)
    error_code: str | UnsetType = field(name="errorCode", default=UNSET)


class UpdateInstanceAssociationStatus(Params):
    """An agent tells how an association goes."""

    association_id: str = field(name="associationId")
    instance_id: str = field(name="instanceId")
    execution_result: ExecutionResult | UnsetType = field(name="executionResult", default=UNSET)


@service.project
def instance_information_updated(state: Ssm, event: Event[UpdateInstanceInformation, None]) -> None:
    """The instance is managed, and was heard of now."""
    params = event.params
    held = state.instance(event, params.instance_id)
    held.seen = event.time
    held.agent_version = told(params.agent_version, held.agent_version)
    held.agent_status = told(params.agent_status, held.agent_status)
    held.platform = told(params.platform_type, held.platform)
    held.platform_name = told(params.platform_name, held.platform_name)
    held.platform_version = told(params.platform_version, held.platform_version)
    held.address = told(params.ip_address, held.address)
    held.computer = told(params.computer_name, held.computer)


@service.project
def instance_association_status_updated(
    state: Ssm, event: Event[UpdateInstanceAssociationStatus, None]
) -> None:
    """The association went so."""
    params = event.params
    held = state.instance(event, params.instance_id)
    run = held.associations.setdefault(params.association_id, Run())
    result = told(params.execution_result, ExecutionResult())
    run.at = told(result.execution_date, event.time)
    run.status, run.summary, run.error = result.status, result.execution_summary, result.error_code
    if run.status == "Success":
        run.succeeded = run.at


# which there are


class _Filter(Params):
    name: str
    values: list[str]


class DescribeInstances(Params):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""

    instance_ids: list[str] | UnsetType = field(name="instanceIds", default=UNSET)
    filters: list[_Filter] | UnsetType = UNSET


class _State(Params):
    name: str | UnsetType = UNSET


class _Instance(Params):
    instance_id: str = field(name="instanceId")
    state: _State | UnsetType = UNSET


class _Reservation(Params):
    instances: list[_Instance] | UnsetType = UNSET


class _Instances(Params):
    reservations: list[_Reservation] | UnsetType = UNSET


def managed(state: Ssm, call: Call[Any], given: Sequence[str]) -> None:
    """Refuse instances that neither an agent spoke for, nor EC2 has running. Raises `Refusal`."""
    strangers = [one for one in given if one not in state.instances]
    unknown = [one for one in strangers if one not in _running(call, DescribeInstances(instance_ids=[one]))]
    if unknown:
        raise errors.bad_instances(unknown, call.account)


def tagged(state: Ssm, call: Call[Any], key: str, values: list[str]) -> list[str]:
    """The instances with a tag, of one of the values where there are any."""
    name = key.removeprefix("tag:")
    ours = [
        one.id
        for one in state.instances.values()
        if name in one.tags and (not values or one.tags[name] in values)
    ]
    wanted = _Filter(name=f"tag:{name}", values=values) if values else _Filter(name="tag-key", values=[name])
    return sorted({*ours, *_running(call, DescribeInstances(filters=[wanted]))})


def _running(call: Call[Any], asked: DescribeInstances) -> list[str]:
    found = call.ask("ec2", asked, _Instances)
    reservations = told(found.reservations, []) if found is not None else []
    return [
        one.instance_id
        for reservation in reservations
        for one in told(reservation.instances, [])
        if told(told(one.state, _State()).name, "running") in ("pending", "running")
    ]


@service.read
def describe_instance_information(
    state: Ssm, call: Call[api.DescribeInstanceInformation]
) -> api.DescribeInstanceInformationResult:
    """The instances that an agent spoke for."""
    params = call.params
    filters = [(one.key, one.values) for one in told(params.filters, [])]
    filters += [(one.key, one.value_set) for one in told(params.instance_information_filter_list, [])]
    tests = [_test(key, values, call.time) for key, values in filters]
    found = paged(
        state.instances, params.next_token, params.max_results, limits.INSTANCE_PAGE,
        lambda one: all(test(one) for test in tests),
    )  # fmt: skip
    return api.DescribeInstanceInformationResult(
        instance_information_list=[_shown(one, call.time) for one in found.items],
        next_token=found.next or UNSET,
    )


def _ping(one: Instance, now: datetime) -> str:
    if one.agent_status == "Inactive" or isinstance(one.seen, UnsetType):
        return "Inactive" if one.agent_status == "Inactive" else "ConnectionLost"
    return "Online" if now - one.seen <= timedelta(seconds=limits.PING_LOST_S) else "ConnectionLost"


def _kind(one: Instance) -> str:
    return "ManagedInstance" if one.id.startswith("mi-") else "EC2Instance"


def _test(key: str, values: Sequence[str], now: datetime) -> Callable[[Instance], bool]:
    reads: dict[str, Callable[[Instance], str]] = {
        "InstanceIds": lambda one: one.id,
        "AgentVersion": lambda one: told(one.agent_version, ""),
        "PingStatus": lambda one: _ping(one, now),
        "PlatformTypes": lambda one: told(one.platform, ""),
        "PlatformType": lambda one: told(one.platform, ""),
        "ResourceType": _kind,
    }
    if key.startswith("tag:"):
        name = key.removeprefix("tag:")
        return lambda one: one.tags.get(name) in values
    if key == "tag-key":
        return lambda one: any(name in one.tags for name in values)
    if key not in reads:
        # evidence: model; words: guess
        raise errors.bad_filter(f"The filter key {key} is not valid.")
    read = reads[key]
    return lambda one: read(one) in values


def _shown(one: Instance, now: datetime) -> api.InstanceInformation:
    runs = list(one.associations.values())
    last = max((run.at for run in runs if not isinstance(run.at, UnsetType)), default=UNSET)
    done = max((run.succeeded for run in runs if not isinstance(run.succeeded, UnsetType)), default=UNSET)
    newest = next((run.status for run in runs if run.at == last), UNSET)
    return api.InstanceInformation(
        instance_id=one.id, ping_status=_ping(one, now), last_ping_date_time=time(one.seen),
        agent_version=one.agent_version, platform_type=one.platform, platform_name=one.platform_name,
        platform_version=one.platform_version, resource_type=_kind(one), ip_address=one.address,
        computer_name=one.computer, association_status=newest, last_association_execution_date=time(last),
        last_successful_association_execution_date=time(done), source_id=one.id,
        source_type="AWS::SSM::ManagedInstance" if _kind(one) == "ManagedInstance" else "AWS::EC2::Instance",
        registration_date=time(one.registered) if _kind(one) == "ManagedInstance" else UNSET,
    )  # fmt: skip
