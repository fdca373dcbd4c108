"""RunInstances: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    elastic_ips,
    fleet_launches,
    images,
    instance_profiles,
    instances,
    interfaces,
    key_pairs,
    launch_devices,
    launch_network,
    launched,
    launching,
    placement_groups,
    public_images,
    spot_launches,
    tags,
    volumes,
)
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.launch_network import Planned
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Interface, Mapped
from backtrail_aws.ec2.state_compute import Instance, ProfileUse
from backtrail_aws.ec2.state_images import Image
from backtrail_aws.ec2.state_storage import Volume
from backtrail_aws.ec2.type_data import Type

TAGGABLE = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What the record of a launch does not tell of one instance: its volumes, public address, and association, what
    it is charged as, whether it hibernates."""

    volumes: list[Volume] = []
    public: str | UnsetType = UNSET
    association: str | UnsetType = UNSET
    details: str | UnsetType = UNSET
    usage: str | UnsetType = UNSET
    hibernates: bool | UnsetType = UNSET


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """The same of all, by instance."""

    instances: dict[str, Beside]


class Plan(msgspec.Struct, kw_only=True):
    """What all instances of a launch have in common."""

    params: api.RunInstances
    image: Image
    kind: Type
    network: list[Planned]
    devices: list[tuple[str, Volume, bool]]
    profile: ProfileUse | None
    count: int
    addresses: dict[int, list[str]]


# decide


@service.handle(token="client_token")
def run_instances(state: Ec2, call: Call[api.RunInstances]) -> Answer[api.RunInstancesResult]:
    """At least as many instances as asked for, at most as many as there is room for."""
    plan = _planned(state, call)
    made: list[api.Instance] = []
    beside: dict[str, Beside] = {}
    for number in range(plan.count):
        identifier = call.new_id("i", str(number))
        shown, notes = _instance(state, call, plan, identifier, number)
        made.append(shown)
        beside[identifier] = notes
    result = api.RunInstancesResult(
        reservation_id=call.new_id("r"), owner_id=call.account, groups=[], instances=made
    )
    return Answer(result, note=Launched(instances=beside))


def _by_service(call: Call[Any]) -> bool:
    """Whether a service launches, for itself or for whoever asked it to: it may give tags of AWS's own."""
    return call.caller.service is not None or isinstance(call.caller.identity.invoked_by, str)


def _planned(state: Ec2, call: Call[api.RunInstances]) -> Plan:
    """What is to be launched. Raises `Refusal`."""
    params = launching.whole(state, call.params)
    if not _by_service(call):
        tags.check_new(params.tag_specifications, *TAGGABLE)
    image = launching.image_of(state, call, params)
    kind = launching.type_of(params, image)
    launching.check(state, call, params, kind)
    spot_launches.check(state, call, params, kind)
    network = launch_network.planned(state, call, params, kind)
    devices = launch_devices.planned(
        state, call, image, launch_devices.mapping(image, params.block_device_mappings)
    )
    profile = instance_profiles.chosen(call, params.iam_instance_profile)
    least, most = told(params.min_count, 1), told(params.max_count, 1)
    if not spot_launches.wanted(params):
        most = launching.room(state, call, kind, least, most)
    zone = told(launch_network.zone_of(network[0])[0], "")
    most = launching.capacity(state, call, kind, zone, least, most)
    group = told(params.placement, api.Placement()).group_name
    if isinstance(group, str) and group:
        placement_groups.check(state, call, group, kind, zone, most)
    return Plan(
        params=params, image=image, kind=kind, network=network, devices=devices, profile=profile, count=most,
        addresses=launch_network.addresses(state, network, most),
    )  # fmt: skip


def _instance(
    state: Ec2, call: Call[api.RunInstances], plan: Plan, identifier: str, number: int
) -> tuple[api.Instance, Beside]:
    """One of the instances, as the answer shows it, and what the answer leaves out."""
    held: list[Interface] = []
    for one in plan.network:
        address = plan.addresses[one.index][number] if one.index in plan.addresses else ""
        held.append(
            launch_network.made(state, call, plan.params, one, identifier, f"{number}/{one.index}", address)
        )
    zone = launch_network.zone_of(plan.network[0])
    instance = launched.fresh(call, plan.params, plan.image, plan.kind, identifier, number)
    instance.zone, instance.zone_id = zone
    instance.subnet, instance.vpc = held[0].subnet, held[0].vpc
    instance.placement = launched.placement(plan.params, zone)
    instance.profile = plan.profile
    instance.spot_request = spot_launches.request_of(call, plan.params, number)
    shown = instances.shown(state, call, instance, held)
    beside = Beside(
        volumes=launch_devices.made(call, plan.params, identifier, number, zone, plan.devices),
        public=elastic_ips.public_ip(call.new_id("hex8", f"public/{number}"))
        if plan.network[0].public
        else UNSET,
        association=call.new_id("iip-assoc", str(number)) if plan.profile is not None else UNSET,
        details=instance.details, usage=instance.usage, hibernates=instance.hibernates,
    )  # fmt: skip
    return _new(shown), beside


def _new(shown: api.Instance) -> api.Instance:
    """As the answer of a launch shows it: real records have none of these, and interfaces that are being attached."""
    cards = [
        msgspec.structs.replace(
            one,
            attachment=one.attachment if isinstance(one.attachment, UnsetType)
            else msgspec.structs.replace(one.attachment, status="attaching"),
        )
        for one in told(shown.network_interfaces, [])
    ]  # fmt: skip
    return msgspec.structs.replace(
        shown, network_interfaces=cards, platform_details=UNSET, usage_operation=UNSET, hibernation_options=UNSET,
        usage_operation_update_time=UNSET, network_performance_options=UNSET,
    )  # fmt: skip


# fold


@service.project
def instances_run(state: Ec2, event: Event[api.RunInstances, api.RunInstancesResult]) -> None:
    """The instances are there, with what they were launched with. A foreign record tells nothing of their volumes."""
    instances.forget(state, event)
    params = launching.as_folded(state, event.params)
    note = event.note(Launched)
    if isinstance(params.key_name, str):
        key_pairs.noticed(state, event, params.key_name)
    _image_used(state, event, params)
    for made in told(event.result.instances, []):
        if not isinstance(made.instance_id, str):
            continue
        beside = note.instances.get(made.instance_id, Beside()) if note is not None else Beside()
        instance = launched.folded(event, params, made, event.result.reservation_id)
        instance.arn = INSTANCES.arn(event, instance.id)
        instance.details = told(beside.details, instance.details)
        instance.usage, instance.hibernates = (
            told(beside.usage, instance.usage),
            told(beside.hibernates, instance.hibernates),
        )
        state.compute.instances[instance.id] = instance
        _attach(state, event, made, instance, beside)
        spot_launches.folded(state, event, params, instance)
        if (fleet := fleet_launches.marked(instance.tags)) is not None:
            state.fleets.members.setdefault(fleet, []).append(instance.id)


def _image_used(state: Ec2, event: Event[Any, Any], params: api.RunInstances) -> None:
    """An image that nobody registered here was there; one that is known was launched just now."""
    if not isinstance(params.image_id, str) or params.image_id in public_images.of(event.region):
        return
    if params.image_id in state.images.shared:
        return
    image = images.IMAGES.known(state, event, params.image_id)
    image.launched = event.time


def _attach(
    state: Ec2, event: Event[Any, Any], made: api.Instance, instance: Instance, beside: Beside
) -> None:
    """What an instance comes with: interfaces, a public address, volumes, a profile."""
    for number, shown in enumerate(told(made.network_interfaces, [])):
        interface = launched.interface(state, event, instance, shown)
        if interface is None:
            continue
        if number == 0 and isinstance(beside.public, str) and interface.primary is not None:
            interface.primary.public = Mapped(ip=beside.public)
        interfaces.put(state, event, interface)
    instance.public = isinstance(beside.public, str)
    for volume in beside.volumes:
        use = volume.uses.pop(instance.id, None)
        volumes.put(state, event, volume)
        if use is not None:
            volumes.used(state, volume, use)
    if instance.profile is not None:
        instance.profile.association = beside.association
        instance_profiles.use(state, instance, instance.profile)
