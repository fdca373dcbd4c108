"""Starting, stopping, rebooting and terminating instances, and watching them closely.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    elastic_ips,
    errors,
    instance_ends,
    instances,
    interfaces,
    launching,
    placement_groups,
    type_data,
)
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance

Changes: TypeAlias = "Sequence[api.InstanceStateChange] | UnsetType"


def _change(instance: Instance, before: str, after: str) -> api.InstanceStateChange:
    return api.InstanceStateChange(
        instance_id=instance.id,
        current_state=instances.state_shown(after),
        previous_state=instances.state_shown(before),
    )


def _bad_state(instance: Instance, what: str) -> Refusal:
    # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
    return Refusal(
        "IncorrectInstanceState",
        f"The instance '{instance.id}' is not in a state from which it can be {what}.",
    )


def _told_of(
    state: Ec2, event: Event[Any, Any], ids: Sequence[str], changes: Changes, entered: Sequence[str]
) -> Iterator[Instance]:
    """The instances that a record's call changed: those whose new state is one of these, as far as it tells."""
    shown = {
        one.instance_id: told(one.current_state, api.InstanceState()).name
        for one in told(changes, [])
        if isinstance(one.instance_id, str)
    }
    for identifier in ids:
        instance = INSTANCES.known(state, event, identifier)
        now = shown.get(identifier, entered[0])
        if now in entered:
            yield instance


# stop


@service.handle
def stop_instances(state: Ec2, call: Call[api.StopInstances]) -> api.StopInstancesResult:
    """Instances with a root volume stop; one that is protected does not."""
    made: list[api.InstanceStateChange] = []
    for instance in _named(state, call.params.instance_ids):
        now = instances.state_of(call, instance)
        if now in ("shutting-down", "terminated"):
            raise _bad_state(instance, "stopped")
        _check_stop(state, call, instance)
        made.append(_change(instance, now, "stopped" if now == "stopped" else "stopping"))
    return api.StopInstancesResult(stopping_instances=made)


def _named(state: Ec2, identifiers: list[str]) -> list[Instance]:
    if not identifiers:
        raise errors.missing("InstanceId")
    return INSTANCES.find_all(state, identifiers)


def _check_stop(state: Ec2, call: Call[api.StopInstances], instance: Instance) -> None:
    if instance.root_type == "instance-store":
        # evidence: page UserGuide/Stop_Start.html; words: guess
        raise Refusal(
            "UnsupportedOperation",
            f"The instance '{instance.id}' does not have an 'ebs' root device type and cannot be stopped",
        )
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if instance.lifecycle == "spot" and request is not None and request.kind == "one-time":
        # evidence: page UserGuide/how-to-stop-start-spot.html; words: guess
        raise Refusal(
            "UnsupportedOperation",
            f"You can't stop the Spot Instance '{instance.id}' because it is associated with a one-time Spot Instance "
            "request. You can only stop Spot Instances associated with persistent Spot Instance requests.",
        )
    if instance.keeps_running is True:
        # evidence: page UserGuide/ec2-stop-protection.html; words: guess
        raise errors.not_permitted(
            f"The instance '{instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try "
            "again."
        )
    if call.params.hibernate is True and instance.hibernates is not True:
        # evidence: page errors-overview.html (UnsupportedHibernationConfiguration); words: guess
        raise Refusal(
            "UnsupportedHibernationConfiguration",
            f"The instance '{instance.id}' was not launched with the hibernation option enabled",
        )


@service.project
def instances_stopped(state: Ec2, event: Event[api.StopInstances, api.StopInstancesResult]) -> None:
    """They stop."""
    instances.forget(state, event)
    cause = instance_ends.HIBERNATED if event.params.hibernate is True else instance_ends.BY_USER
    changes = event.result.stopping_instances
    for instance in _told_of(state, event, event.params.instance_ids, changes, ("stopping",)):
        instance_ends.stopped(state, event, instance, cause)


# start


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the record of a start does not tell: the new public addresses, by instance."""

    public: dict[str, str]


@service.handle
def start_instances(state: Ec2, call: Call[api.StartInstances]) -> Answer[api.StartInstancesResult]:
    """Instances that are stopped start, where there is room for them."""
    made: list[api.InstanceStateChange] = []
    public: dict[str, str] = {}
    found = _named(state, call.params.instance_ids)
    for instance in found:
        now = instances.state_of(call, instance)
        if now not in ("stopped", "running", "pending"):
            raise _bad_state(instance, "started")
        if now == "stopped":
            _check_start(state, call, instance)
        made.append(_change(instance, now, "pending" if now == "stopped" else now))
        if now == "stopped" and instance.public:
            public[instance.id] = elastic_ips.public_ip(call.new_id("hex8", f"public/{instance.id}"))
    _check_room(state, call, [one for one in found if instances.state_of(call, one) == "stopped"])
    return Answer(api.StartInstancesResult(starting_instances=made), note=Started(public=public))


def _check_start(state: Ec2, call: Call[Any], instance: Instance) -> None:
    root = state.compute.devices.get(instance.id, {}).get(told(instance.root_name, ""))
    known = isinstance(instance.root_name, str) and instance.root_type == "ebs" and bool(instance.booted)
    if known and root is None and interfaces.of_instance(state, instance.id):
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal(
            "IncorrectInstanceState",
            f"Invalid value '{instance.id}' for instanceId. Instance does not have a volume attached at root "
            f"({instance.root_name})",
        )


def _check_room(state: Ec2, call: Call[Any], starting: list[Instance]) -> None:
    """Refuse what the quota, AWS's hosts or a placement group's rack have no room for."""
    for instance in starting:
        kind = type_data.types().get(told(instance.type, ""))
        if kind is None:
            continue
        if instance.lifecycle != "spot":
            same = sum(one.type == instance.type for one in starting)
            launching.room(state, call, kind, same, same)
        zone = told(instance.zone, "")
        here = sum(one.zone == instance.zone for one in starting)
        launching.capacity(state, call, kind, zone, here, here)
        group = placement_groups.named(state, told(instance.placement.group_name, "") or "-")
        if group is not None and group.strategy == "cluster":
            there = placement_groups.members(state, group)
            mine = sum(one.placement.group_name == group.name for one in starting)
            placement_groups.check_room(call, group, there, mine)


@service.project
def instances_started(state: Ec2, event: Event[api.StartInstances, api.StartInstancesResult]) -> None:
    """They start."""
    instances.forget(state, event)
    note = event.note(Started)
    public: dict[str, Any] = note.public if note is not None else {}
    _rack(state, event.params.instance_ids)
    changes = event.result.starting_instances
    for instance in _told_of(state, event, event.params.instance_ids, changes, ("pending",)):
        instance_ends.started(state, event, instance, public.get(instance.id, UNSET))


def _rack(state: Ec2, starting: Sequence[str]) -> None:
    """A cluster of which nothing runs is placed anew when it starts."""
    for group in state.compute.placement_groups.values():
        there = placement_groups.members(state, group)
        stopped = [one for one in there if one.state in ("stopping", "stopped")]
        if (
            group.strategy == "cluster"
            and there
            and stopped == there
            and any(one.id in starting for one in there)
        ):
            group.rack += 1


# reboot


@service.handle
def reboot_instances(state: Ec2, call: Call[api.RebootInstances]) -> None:
    """They go on running, with their addresses and disks."""
    for instance in _named(state, call.params.instance_ids):
        if instances.state_of(call, instance) not in ("pending", "running"):
            raise _bad_state(instance, "rebooted")


@service.project
def instances_rebooted(state: Ec2, event: Event[api.RebootInstances, None]) -> None:
    """They are known to be there."""
    for identifier in event.params.instance_ids:
        INSTANCES.known(state, event, identifier)


# terminate


@service.handle
def terminate_instances(state: Ec2, call: Call[api.TerminateInstances]) -> api.TerminateInstancesResult:
    """Instances end, unless one of them is protected."""
    made: list[api.InstanceStateChange] = []
    for instance in _named(state, call.params.instance_ids):
        now = instances.state_of(call, instance)
        over = now in ("shutting-down", "terminated")
        if instance.keeps is True and not over:
            # evidence: page errors-overview.html (OperationNotPermitted); words: guess
            raise errors.not_permitted(
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' instance "
                "attribute and try again."
            )
        made.append(_change(instance, now, now if over else "shutting-down"))
    return api.TerminateInstancesResult(terminating_instances=made)


@service.project
def instances_terminated(
    state: Ec2, event: Event[api.TerminateInstances, api.TerminateInstancesResult]
) -> None:
    """They end, with what goes with them."""
    instances.forget(state, event)
    changes = event.result.terminating_instances
    ends = ("shutting-down", "terminated")
    for instance in _told_of(state, event, event.params.instance_ids, changes, ends):
        if instances.alive(instance):
            instance_ends.ended(state, event, instance)


@service.evidence
def instances_were_gone(state: Ec2, event: Event[api.TerminateInstances, None]) -> None:
    """One instance that could not be terminated because it is not there is not there."""
    if event.error == "Client.InvalidInstanceID.NotFound" and len(event.params.instance_ids) == 1:
        instance = state.compute.instances.get(event.params.instance_ids[0])
        if instance is not None and instances.alive(instance):
            instance_ends.ended(state, event, instance, text="Gone")


# monitor


@service.handle
def monitor_instances(state: Ec2, call: Call[api.MonitorInstances]) -> api.MonitorInstancesResult:
    """Metrics come every minute."""
    return api.MonitorInstancesResult(
        instance_monitorings=_monitorings(_named(state, call.params.instance_ids), "pending")
    )


@service.handle
def unmonitor_instances(state: Ec2, call: Call[api.UnmonitorInstances]) -> api.UnmonitorInstancesResult:
    """Metrics come every five minutes."""
    return api.UnmonitorInstancesResult(
        instance_monitorings=_monitorings(_named(state, call.params.instance_ids), "disabling")
    )


def _monitorings(found: list[Instance], state: str) -> list[api.InstanceMonitoring]:
    return [
        api.InstanceMonitoring(instance_id=one.id, monitoring=api.Monitoring(state=state)) for one in found
    ]


@service.project
def instances_monitored(state: Ec2, event: Event[api.MonitorInstances, api.MonitorInstancesResult]) -> None:
    """They do."""
    for identifier in event.params.instance_ids:
        INSTANCES.known(state, event, identifier).monitored = True


@service.project
def instances_unmonitored(
    state: Ec2, event: Event[api.UnmonitorInstances, api.UnmonitorInstancesResult]
) -> None:
    """They do."""
    for identifier in event.params.instance_ids:
        INSTANCES.known(state, event, identifier).monitored = False
