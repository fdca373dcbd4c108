"""Instances, as they are asked for: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, state_at, told
from backtrail.life import Phase
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, hostnames, interface_answers, interfaces, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface, PrivateIp
from backtrail_aws.ec2.state_compute import Instance

CYCLE = {
    "pending": Phase(seconds=20, next="running"),
    "stopping": Phase(seconds=30, next="stopped"),
    "shutting-down": Phase(seconds=30, next="terminated"),
}
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
"""API_InstanceState"""
SHOWN_FOR = timedelta(hours=1)
"""How long a terminated instance is still shown: "usually less than an hour", terminating-instances.html"""


class _Instances(Kind[Instance]):
    """Instances word an id of the wrong form unlike others."""

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[Instance]:
        """The instances of some ids."""
        wanted = list(dict.fromkeys(identifiers))
        held = state.compute.instances
        for one in wanted:
            if one not in held and not self.fits(one):
                # evidence: record denied-calls StopInstances
                raise Refusal("InvalidInstanceID.Malformed", f"The instance ID '{one}' is malformed")
        if lost := [one for one in wanted if one not in held]:
            raise errors.not_found("InvalidInstanceID.NotFound", "instance ID", lost)
        return [held[one] for one in wanted]


INSTANCES = _Instances(
    "instance", "i", Instance, lambda state: state.compute.instances, code="InvalidInstanceID.NotFound",
    noun="instance ID", malformed="InvalidInstanceID.Malformed", cloudformation="AWS::EC2::Instance",
    parameters=("instance_id", "instance_ids"), created_by=("RunInstances",),
    parent=lambda instance: told(instance.subnet, None),
)  # fmt: skip


def state_of(call: Call[Any], instance: Instance) -> str:
    """The state of an instance at the time of a call."""
    if isinstance(instance.since, UnsetType) or instance.state not in CYCLE:
        return instance.state
    return state_at(CYCLE, instance.state, instance.since, call.time, pace=call.pace(instance.since))


def alive(instance: Instance) -> bool:
    """Whether it is neither terminated nor about to be."""
    return instance.state not in ("shutting-down", "terminated")


def visible(call: Call[Any], instance: Instance) -> bool:
    """Whether it is shown: a terminated one is for an hour."""
    if instance.state not in ("shutting-down", "terminated") or isinstance(instance.since, UnsetType):
        return True
    return call.time < instance.since + SHOWN_FOR


def forget(state: Ec2, event: Event[Any, Any]) -> None:
    """In a fold: what was terminated long enough ago is gone."""
    for identifier, time in list(state.compute.ended.items()):
        if event.time < time + SHOWN_FOR:
            return
        del state.compute.ended[identifier]
        state.compute.instances.pop(identifier, None)


# shown


def state_shown(name: str) -> api.InstanceState:
    """A state with its number."""
    return api.InstanceState(code=CODES.get(name, 16), name=name)


def shown(
    state: Ec2, call: Call[Any], instance: Instance, made: list[Interface] | None = None
) -> api.Instance:
    """An instance as answers show it; `made` are its interfaces while it is being launched."""
    now = state_of(call, instance)
    gone = not alive(instance)
    held = made if made is not None else ([] if gone else interfaces.of_instance(state, instance.id))
    first = held[0] if held else None
    private = first.primary if first is not None else None
    address = private.address if private is not None else (UNSET if gone else instance.private_ip)
    public = private.public.ip if private is not None and not isinstance(private.public, UnsetType) else UNSET
    profile = instance.profile
    return api.Instance(
        instance_id=instance.id, image_id=instance.image, state=state_shown(now), instance_type=instance.type,
        private_dns_name=_private_name(call, instance, address),
        public_dns_name="" if isinstance(public, UnsetType) else _public_name(state, call, instance, public),
        state_transition_reason=instance.reason, state_reason=_cause(instance, now), key_name=instance.key,
        ami_launch_index=instance.index, product_codes=instance.products, launch_time=_time(instance.launched),
        placement=instance.placement, kernel_id=instance.kernel, ramdisk_id=instance.ramdisk,
        platform=instance.platform, monitoring=_monitoring(instance),
        subnet_id=UNSET if gone else instance.subnet, vpc_id=UNSET if gone else instance.vpc,
        private_ip_address=address, public_ip_address=public, architecture=instance.architecture,
        block_device_mappings=[] if gone else devices_shown(state, instance),
        client_token=told(instance.client_token, ""),
        ebs_optimized=instance.ebs_optimized, ena_support=instance.ena, hypervisor="xen",
        iam_instance_profile=UNSET if profile is None else api.IamInstanceProfile(arn=profile.arn, id=profile.id),
        instance_lifecycle=instance.lifecycle, spot_instance_request_id=instance.spot_request,
        network_interfaces=[_interface(state, call, one) for one in held], root_device_name=instance.root_name,
        root_device_type=instance.root_type, security_groups=[] if gone else _groups(state, instance, first),
        source_dest_check=first.check if first is not None else instance.check, sriov_net_support=instance.sriov,
        tags=tags.shown(instance.tags) or UNSET, virtualization_type=instance.virtualization, cpu_options=instance.cpu,
        capacity_reservation_specification=instance.capacity,
        hibernation_options=_flag(instance.hibernates, api.HibernationOptions, "configured"),
        metadata_options=instance.metadata,
        enclave_options=_flag(instance.enclave, api.EnclaveOptions, "enabled"),
        boot_mode=instance.boot_mode, current_instance_boot_mode=instance.booted, platform_details=instance.details,
        usage_operation=instance.usage, usage_operation_update_time=_time(instance.launched),
        private_dns_name_options=instance.names,
        ipv6_address=first.ipv6[0] if first is not None and first.ipv6 else UNSET,
        maintenance_options=_flag(instance.recovery, api.InstanceMaintenanceOptions, "auto_recovery"),
        operator=api.OperatorResponse(managed=False),
        network_performance_options=api.InstanceNetworkPerformanceOptions(bandwidth_weighting="default"),
    )  # fmt: skip


def _flag(value: bool | str | UnsetType, kind: Any, member: str) -> Any:
    """A Struct with one member, where it is known."""
    return UNSET if isinstance(value, UnsetType) else kind(**{member: value})


def _time(time: Any) -> Any:
    return UNSET if isinstance(time, UnsetType) else IsoMillisZ.of(time)


def _cause(instance: Instance, now: str) -> api.StateReason | UnsetType:
    if instance.cause is None or now == "running":
        return UNSET
    return api.StateReason(code=instance.cause[0], message=instance.cause[1])


def _monitoring(instance: Instance) -> api.Monitoring | UnsetType:
    if isinstance(instance.monitored, UnsetType):
        return UNSET
    return api.Monitoring(state="enabled" if instance.monitored else "disabled")


def _private_name(call: Call[Any], instance: Instance, address: str | UnsetType) -> str:
    """By its address, or by its id: vpc/latest/userguide/vpc-dns.html"""
    if isinstance(address, UnsetType):
        return ""
    name = hostnames.private(address, call.region)
    named = instance.names
    if isinstance(named, api.PrivateDnsNameOptionsResponse) and named.hostname_type == "resource-name":
        return f"{instance.id}.{name.partition('.')[2]}"
    return name


def _public_name(state: Ec2, call: Call[Any], instance: Instance, address: str) -> str:
    """A public host name, in a VPC that gives host names."""
    vpc = state.network.vpcs.get(told(instance.vpc, ""))
    if vpc is not None and vpc.dns_hostnames is False:
        return ""
    return hostnames.public(address, call.region)


def _groups(state: Ec2, instance: Instance, first: Interface | None) -> list[api.GroupIdentifier]:
    if first is not None:
        return interface_answers.groups_shown(state, first)
    held = state.network.security_groups
    return [
        api.GroupIdentifier(group_id=one, group_name=held[one].name if one in held else UNSET)
        for one in instance.groups
    ]


def devices_shown(state: Ec2, instance: Instance) -> list[api.InstanceBlockDeviceMapping]:
    """An instance's volumes."""
    found: list[api.InstanceBlockDeviceMapping] = []
    for device, identifier in sorted(state.compute.devices.get(instance.id, {}).items()):
        volume = state.storage.volumes.get(identifier)
        use = volume.uses.get(instance.id) if volume is not None else None
        if use is None:
            continue
        ebs = api.EbsInstanceBlockDevice(
            attach_time=_time(use.since),
            delete_on_termination=use.delete,
            status="attached",
            volume_id=identifier,
        )
        found.append(api.InstanceBlockDeviceMapping(device_name=device, ebs=ebs))
    return found


def _interface(state: Ec2, call: Call[Any], one: Interface) -> api.InstanceNetworkInterface:
    held = one.attachment
    primary = one.primary
    return api.InstanceNetworkInterface(
        association=_association(one, primary, call.region),
        attachment=UNSET if isinstance(held, UnsetType) else api.InstanceNetworkInterfaceAttachment(
            attach_time=_time(held.since), attachment_id=held.id, delete_on_termination=held.delete_on_termination,
            device_index=held.device_index, status="attached", network_card_index=held.card,
        ),
        description=told(one.description, ""), groups=interface_answers.groups_shown(state, one),
        ipv6_addresses=[
            api.InstanceIpv6Address(ipv6_address=address, is_primary_ipv6=one.primary_ipv6 and not number)
            for number, address in enumerate(one.ipv6)
        ],
        mac_address=one.mac, network_interface_id=one.id, owner_id=one.owner,
        private_dns_name=interface_answers.private_name(state, one, primary, call.region),
        private_ip_address=UNSET if primary is None else primary.address,
        private_ip_addresses=[
            api.InstancePrivateIpAddress(
                association=_association(one, private, call.region), primary=private.primary,
                private_dns_name=interface_answers.private_name(state, one, private, call.region),
                private_ip_address=private.address,
            )
            for private in one.private_ips
        ],
        source_dest_check=one.check, status="in-use", subnet_id=one.subnet, vpc_id=one.vpc, interface_type=one.kind,
        operator=api.OperatorResponse(managed=False),
    )  # fmt: skip


def _association(
    one: Interface, private: PrivateIp | None, region: str
) -> api.InstanceNetworkInterfaceAssociation | UnsetType:
    if private is None or isinstance(private.public, UnsetType):
        return UNSET
    public = private.public
    return api.InstanceNetworkInterfaceAssociation(
        ip_owner_id="amazon" if isinstance(public.allocation, UnsetType) else one.owner,
        public_dns_name=hostnames.public(public.ip, region), public_ip=public.ip,
    )  # fmt: skip
