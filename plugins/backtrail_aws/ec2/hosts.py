"""Dedicated hosts: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instances, limits, regions, tags, type_data, volumes
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_fleets import Host
from backtrail_aws.ec2.type_data import Type

HOSTS = Kind(
    "dedicated-host", "h", Host, lambda state: state.fleets.hosts, code="InvalidHostID.NotFound", noun="host ID",
    cloudformation="AWS::EC2::Host", parameters=("host_id", "host_ids"), created_by=("AllocateHosts",),
)  # fmt: skip


@service.handle(token="client_token")
def allocate_hosts(state: Ec2, call: Call[api.AllocateHosts]) -> api.AllocateHostsResult:
    """Hosts for a type or a family of instances, in a zone."""
    params = call.params
    tags.check_new(params.tag_specifications, "dedicated-host")
    zone = told(params.availability_zone, told(params.availability_zone_id, ""))
    if not zone:
        raise errors.missing("AvailabilityZone")
    if regions.zone(call.region, zone) is None:
        raise volumes.no_zone(zone)
    if isinstance(params.instance_type, str) == isinstance(params.instance_family, str):
        # evidence: page API_AllocateHosts; words: guess
        raise errors.combination("Specify either an instance type or an instance family, but not both.")
    _largest(params.instance_type, params.instance_family)
    if told(params.auto_placement, "on") not in ("on", "off"):
        # evidence: page errors-overview.html (InvalidAutoPlacement); words: guess
        raise Refusal("InvalidAutoPlacement", f"Invalid value '{params.auto_placement}' for AutoPlacement.")
    count = told(params.quantity, 1)
    if count < 1:
        # evidence: page errors-overview.html (InvalidQuantity); words: guess
        raise Refusal("InvalidQuantity", f"Invalid value '{count}' for Quantity.")
    if len(state.fleets.hosts) + count > call.quota("hosts", limits.HOSTS_MAX):
        # evidence: page errors-overview.html (HostLimitExceeded); words: guess
        raise Refusal("HostLimitExceeded", "You have reached the limit on the number of Dedicated Hosts.")
    return api.AllocateHostsResult(host_ids=[call.new_id("h", str(number)) for number in range(count)])


def _largest(kind: str | UnsetType, family: str | UnsetType) -> Type:
    """The type that fills a host. Raises `Refusal` where there is no such type or family."""
    wanted = family if isinstance(family, str) else told(kind, "").partition(".")[0]
    found = [one for one in type_data.types().values() if one.family == wanted]
    if not found or (isinstance(kind, str) and kind not in type_data.types()):
        # evidence: page errors-overview.html (InvalidInstanceFamily); words: guess
        raise Refusal(
            "InvalidInstanceFamily", f"The instance type or family '{told(kind, wanted)}' is invalid."
        )
    return max(found, key=lambda one: (one.vcpus, not one.metal))


@service.project
def hosts_allocated(state: Ec2, event: Event[api.AllocateHosts, api.AllocateHostsResult]) -> None:
    """There are the hosts."""
    params = event.params
    zone = regions.zone(event.region, told(params.availability_zone, told(params.availability_zone_id, "")))
    for identifier in told(event.result.host_ids, []):
        state.fleets.hosts[identifier] = Host(
            id=identifier, arn=HOSTS.arn(event, identifier), tags=tags.given(params.tag_specifications,
            "dedicated-host"),
            zone=zone.name if zone is not None else params.availability_zone,
            zone_id=zone.id if zone is not None else UNSET,
            type=params.instance_type, family=params.instance_family, auto_placement=told(params.auto_placement, "on"),
            recovery=told(params.host_recovery, "off"), maintenance=told(params.host_maintenance, "off"),
            allocated=event.time,
        )  # fmt: skip


def _on(state: Ec2, host: Host) -> list[Instance]:
    """The instances on a host."""
    return [
        one
        for one in state.compute.instances.values()
        if one.placement.host_id == host.id and instances.alive(one)
    ]


# modify, release


@service.handle
def modify_hosts(state: Ec2, call: Call[api.ModifyHosts]) -> api.ModifyHostsResult:
    """Each host for itself; its type only while nothing runs on it."""
    done: list[str] = []
    failed: list[api.UnsuccessfulItem] = []
    changes = isinstance(call.params.instance_type, str) or isinstance(call.params.instance_family, str)
    if changes:
        _largest(call.params.instance_type, call.params.instance_family)
    for identifier in call.params.host_ids:
        host = state.fleets.hosts.get(identifier)
        if host is None:
            failed.append(
                _failure(identifier, "Client.InvalidHost.NotFound", "The specified host does not exist.")
            )
        elif changes and _on(state, host):
            failed.append(
                _failure(identifier, "Client.InvalidHost.Occupied", "The host has instances on it.")
            )
        else:
            done.append(identifier)
    return api.ModifyHostsResult(successful=done, unsuccessful=failed)


def _failure(identifier: str, code: str, text: str) -> api.UnsuccessfulItem:
    return api.UnsuccessfulItem(
        resource_id=identifier, error=api.UnsuccessfulItemError(code=code, message=text)
    )


@service.project
def hosts_modified(state: Ec2, event: Event[api.ModifyHosts, api.ModifyHostsResult]) -> None:
    """Those that could be changed are."""
    params = event.params
    for identifier in told(event.result.successful, params.host_ids):
        host = HOSTS.known(state, event, identifier)
        host.auto_placement = told(params.auto_placement, host.auto_placement)
        host.recovery = told(params.host_recovery, host.recovery)
        host.maintenance = told(params.host_maintenance, host.maintenance)
        if isinstance(params.instance_type, str) or isinstance(params.instance_family, str):
            host.type, host.family = params.instance_type, params.instance_family


@service.handle
def release_hosts(state: Ec2, call: Call[api.ReleaseHosts]) -> api.ReleaseHostsResult:
    """Each host for itself; one that has instances stays."""
    done: list[str] = []
    failed: list[api.UnsuccessfulItem] = []
    for identifier in call.params.host_ids:
        host = state.fleets.hosts.get(identifier)
        if host is None:
            failed.append(
                _failure(identifier, "Client.InvalidHost.NotFound", "The specified host does not exist.")
            )
        elif _on(state, host):
            text = "Dedicated host has running instances on it and cannot be released."
            failed.append(_failure(identifier, "Client.InvalidHost.Occupied", text))
        else:
            done.append(identifier)
    return api.ReleaseHostsResult(successful=done, unsuccessful=failed)


@service.project
def hosts_released(state: Ec2, event: Event[api.ReleaseHosts, api.ReleaseHostsResult]) -> None:
    """They are gone."""
    for identifier in told(event.result.successful, event.params.host_ids):
        state.fleets.hosts.pop(identifier, None)


# describe


_FIELDS: filters.Fields[Host] = {
    "auto-placement": lambda one: one.auto_placement,
    "availability-zone": lambda one: one.zone,
    "client-token": lambda one: None,
    "host-reservation-id": lambda one: None,
    "instance-type": lambda one: one.type,
    "state": lambda one: "available",
}
"""API_DescribeHosts: Filters."""


@service.read
def describe_hosts(state: Ec2, call: Call[api.DescribeHosts]) -> api.DescribeHostsResult:
    """Hosts in the order of their ids."""
    wanted = told(call.params.host_ids, [])
    held = {one.id: one for one in HOSTS.find_all(state, wanted)} if wanted else state.fleets.hosts
    page = filters.paged(call, held, filters.tagged(call.params.filter, _FIELDS), bounds=(5, 500))
    return api.DescribeHostsResult(
        hosts=[_shown(state, one) for one in page.items], next_token=page.next or UNSET
    )


def _shown(state: Ec2, host: Host) -> api.Host:
    there = _on(state, host)
    large = (
        _largest(host.type, host.family)
        if not (isinstance(host.type, UnsetType) and isinstance(host.family, UnsetType))
        else None
    )
    properties: api.HostProperties | UnsetType = UNSET
    capacity: api.AvailableCapacity | UnsetType = UNSET
    if large is not None:
        known = type_data.types()
        used = sum(known[told(one.type, "")].vcpus for one in there if told(one.type, "") in known)
        properties = api.HostProperties(
            cores=large.cores,
            sockets=2,
            total_v_cpus=large.vcpus,
            instance_type=host.type,
            instance_family=host.family,
        )
        kinds = [known[host.type]] if isinstance(host.type, str) and host.type in known else [
            one for one in known.values() if one.family == host.family
        ]  # fmt: skip
        capacity = api.AvailableCapacity(
            available_v_cpus=large.vcpus - used,
            available_instance_capacity=[
                api.InstanceCapacity(
                    instance_type=one.name, total_capacity=large.vcpus // one.vcpus,
                    available_capacity=max(large.vcpus - used, 0) // one.vcpus,
                )
                for one in kinds
            ],
        )  # fmt: skip
    return api.Host(
        host_id=host.id, state="available", auto_placement=host.auto_placement, availability_zone=host.zone,
        availability_zone_id=host.zone_id, owner_id=host.owner, host_recovery=host.recovery,
        host_maintenance=host.maintenance,
        allocation_time=UNSET if isinstance(host.allocated, UnsetType) else IsoMillisZ.of(host.allocated),
        allows_multiple_instance_types="on" if isinstance(host.family, str) else "off", host_properties=properties,
        available_capacity=capacity, member_of_service_linked_resource_group=False, tags=tags.shown(host.tags) or UNSET,
        instances=[
            api.HostInstance(instance_id=one.id, instance_type=one.type, owner_id=one.owner) for one in there
        ],
    )  # fmt: skip
