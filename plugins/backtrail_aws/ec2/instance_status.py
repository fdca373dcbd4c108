"""How instances are: status checks, console, firmware, password.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instances
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance

IMPAIRED = service.option(
    "impaired_instances", "", "Ids of instances whose status checks fail, divided by commas; `*` for all."
)


def impaired(state: Ec2, call: Call[Any], instance: Instance) -> bool:
    """Whether its checks are to fail: by the option, or because its zone is down."""
    if instance.zone in state.watching.zones_down:
        return True
    named = str(call.option(IMPAIRED)).replace(" ", "").split(",")
    return instance.id in named or "*" in named


@service.read
def describe_instance_status(
    state: Ec2, call: Call[api.DescribeInstanceStatus]
) -> api.DescribeInstanceStatusResult:
    """Running instances, or all that are asked for."""
    params = call.params
    wanted = told(params.instance_ids, [])
    if wanted and not isinstance(params.max_results, UnsetType):
        raise errors.page_with_ids("instancesSet")
    everything = params.include_all_instances is True
    keep = filters.matching(params.filters, _fields(state, call))

    def seen(one: Instance) -> bool:
        shown = instances.visible(call, one) if everything else instances.state_of(call, one) == "running"
        return shown and (keep is None or keep(one))

    held: Any = state.compute.instances
    if wanted:
        held = {one.id: one for one in INSTANCES.find_all(state, wanted)}
    page = filters.paged(call, held, seen, bounds=(5, 1000))
    return api.DescribeInstanceStatusResult(
        instance_statuses=[_shown(state, call, one) for one in page.items], next_token=page.next or UNSET
    )


def _checks(state: Ec2, call: Call[Any], instance: Instance) -> tuple[str, str]:
    """Status and reachability of both checks."""
    if instances.state_of(call, instance) != "running":
        return "not-applicable", ""
    return ("impaired", "failed") if impaired(state, call, instance) else ("ok", "passed")


def _shown(state: Ec2, call: Call[Any], instance: Instance) -> api.InstanceStatus:
    status, reachable = _checks(state, call, instance)
    details: Any = UNSET
    if reachable:
        since = IsoMillisZ.of(call.time) if reachable == "failed" else UNSET
        details = [api.InstanceStatusDetails(name="reachability", status=reachable, impaired_since=since)]
    summary = api.InstanceStatusSummary(status=status, details=details)
    ebs = api.EbsStatusSummary(
        status=status,
        details=[api.EbsStatusDetails(name="reachability", status=reachable)] if reachable else UNSET,
    )
    return api.InstanceStatus(
        instance_id=instance.id, availability_zone=instance.zone, availability_zone_id=instance.zone_id,
        instance_state=instances.state_shown(instances.state_of(call, instance)), instance_status=summary,
        system_status=summary, attached_ebs_status=ebs, operator=api.OperatorResponse(managed=False),
    )  # fmt: skip


_EVENTS = (
    "event.code", "event.description", "event.instance-event-id", "event.not-after", "event.not-before",
    "event.not-before-deadline", "operator.principal",
)  # fmt: skip


def _nothing(instance: Instance) -> None:
    """No instance has events here, nor an operator."""


def _fields(state: Ec2, call: Call[Any]) -> filters.Fields[Instance]:
    """API_DescribeInstanceStatus: Filters."""
    none: dict[str, Callable[[Instance], filters.Value]] = dict.fromkeys(_EVENTS, _nothing)
    return {
        **none,
        "attached-ebs-status.status": lambda one: _checks(state, call, one)[0],
        "availability-zone": lambda one: one.zone,
        "availability-zone-id": lambda one: one.zone_id,
        "instance-state-code": lambda one: instances.CODES.get(instances.state_of(call, one)),
        "instance-state-name": lambda one: instances.state_of(call, one),
        "instance-status.reachability": lambda one: _checks(state, call, one)[1],
        "instance-status.status": lambda one: _checks(state, call, one)[0],
        "operator.managed": lambda one: False,
        "system-status.reachability": lambda one: _checks(state, call, one)[1],
        "system-status.status": lambda one: _checks(state, call, one)[0],
    }


@service.read
def get_console_output(state: Ec2, call: Call[api.GetConsoleOutput]) -> api.GetConsoleOutputResult:
    """What an instance would have written first: nothing runs here, so it tells no more than what it is."""
    instance = INSTANCES.find(state, call.params.instance_id)
    text = ""
    if instances.state_of(call, instance) not in ("pending", "terminated"):
        lines = [
            f"[    0.000000] Linux version 6.1 ({told(instance.architecture, 'x86_64')})",
            f"[    0.000000] Command line: root=LABEL=/ console=tty0 console=ttyS0 instance={instance.id}",
            f"[    1.000000] Hypervisor detected, instance type {told(instance.type, '')}",
        ]
        if isinstance(instance.user_data, str):
            lines.append("[    9.000000] cloud-init: user data found, not run")
        text = base64.b64encode("\r\n".join([*lines, ""]).encode()).decode()
    return api.GetConsoleOutputResult(
        instance_id=instance.id, timestamp=IsoMillisZ.of(call.time), output=text
    )


@service.read
def get_instance_uefi_data(state: Ec2, call: Call[api.GetInstanceUefiData]) -> api.GetInstanceUefiDataResult:
    """The variables of an instance that boots by UEFI: those of its image."""
    instance = INSTANCES.find(state, call.params.instance_id)
    if told(instance.booted, "") == "legacy-bios":
        # evidence: page API_GetInstanceUefiData; words: guess
        raise Refusal("UnsupportedOperation", "The instance does not boot in UEFI mode.")
    image = state.images.images.get(told(instance.image, ""))
    data = image.uefi_data if image is not None else UNSET
    return api.GetInstanceUefiDataResult(instance_id=instance.id, uefi_data=told(data, ""))


@service.read
def get_password_data(state: Ec2, call: Call[api.GetPasswordData]) -> api.GetPasswordDataResult:
    """Windows does not run here, so no password was ever made: the answer is that it is not there yet."""
    instance = INSTANCES.find(state, call.params.instance_id)
    return api.GetPasswordDataResult(
        instance_id=instance.id, timestamp=IsoMillisZ.of(call.time), password_data=""
    )
