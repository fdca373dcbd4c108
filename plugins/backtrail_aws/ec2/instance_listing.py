"""DescribeInstances: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instances, interfaces
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Interface
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_storage import VolumeUse

Look = Callable[[Instance], filters.Value]


@service.read
def describe_instances(state: Ec2, call: Call[api.DescribeInstances]) -> api.DescribeInstancesResult:
    """Instances in the order of their ids, each under the reservation that launched it."""
    params = call.params
    keep = filters.tagged(params.filters, fields(state, call))

    def seen(instance: Instance) -> bool:
        return instances.visible(call, instance) and (keep is None or keep(instance))

    wanted = told(params.instance_ids, [])
    if wanted and not isinstance(params.max_results, UnsetType):
        raise errors.page_with_ids("instancesSet")
    held: Any = state.compute.instances
    if wanted:
        held = {one.id: one for one in INSTANCES.find_all(state, wanted)}
    page = filters.paged(call, held, seen, bounds=(5, 1000))
    return api.DescribeInstancesResult(
        reservations=_reservations(state, call, page.items), next_token=page.next or UNSET
    )


def _reservations(state: Ec2, call: Call[Any], found: list[Instance]) -> list[api.Reservation]:
    by_id: dict[str, list[api.Instance]] = {}
    owners: dict[str, str] = {}
    for one in found:
        name = told(one.reservation, one.id)
        by_id.setdefault(name, []).append(instances.shown(state, call, one))
        owners[name] = one.owner or call.account
    return [
        api.Reservation(
            reservation_id=UNSET if name.startswith("i-") else name, owner_id=owners[name], groups=[],
            instances=sorted(held, key=lambda one: told(one.ami_launch_index, 0)),
        )
        for name, held in by_id.items()
    ]  # fmt: skip


def fields(state: Ec2, call: Call[Any]) -> filters.Fields[Instance]:
    """API_DescribeInstances: Filters."""
    return {**_plain(state, call), **_options(), **_devices(state), **_interfaces(state), **_placement()}


def _plain(state: Ec2, call: Call[Any]) -> dict[str, Look]:
    def answer(member: str) -> Look:
        return lambda instance: getattr(instances.shown(state, call, instance), member)

    def groups(instance: Instance) -> list[str]:
        held = interfaces.of_instance(state, instance.id)
        return held[0].groups if held else instance.groups

    def group_names(instance: Instance) -> list[Any]:
        known = state.network.security_groups
        return [known[one].name for one in groups(instance) if one in known]

    return {
        "architecture": lambda instance: instance.architecture,
        "boot-mode": lambda instance: instance.boot_mode,
        "client-token": lambda instance: instance.client_token,
        "current-instance-boot-mode": lambda instance: instance.booted,
        "dns-name": answer("public_dns_name"),
        "ebs-optimized": lambda instance: instance.ebs_optimized,
        "ena-support": lambda instance: instance.ena,
        "enclave-options.enabled": lambda instance: instance.enclave,
        "group-id": groups,
        "group-name": group_names,
        "hibernation-options.configured": lambda instance: instance.hibernates,
        "hypervisor": lambda instance: "xen",
        "instance-state-code": lambda instance: instances.CODES.get(instances.state_of(call, instance)),
        "instance-state-name": lambda instance: instances.state_of(call, instance),
        "instance.group-id": groups,
        "instance.group-name": group_names,
        "ip-address": answer("public_ip_address"),
        "monitoring-state": lambda instance: "enabled" if instance.monitored is True else "disabled",
        "operator.managed": lambda instance: False,
        "operator.principal": lambda instance: None,
        "owner-id": lambda instance: instance.owner,
        "platform": lambda instance: instance.platform,
        "platform-details": lambda instance: instance.details,
        "private-dns-name": answer("private_dns_name"),
        "private-ip-address": answer("private_ip_address"),
        "product-code": lambda instance: [one.product_code_id for one in instance.products],
        "product-code.type": lambda instance: [one.product_code_type for one in instance.products],
        "ramdisk-id": lambda instance: instance.ramdisk,
        "reason": lambda instance: instance.reason,
        "requester-id": lambda instance: None,
        "reservation-id": lambda instance: instance.reservation,
        "root-device-name": lambda instance: instance.root_name,
        "root-device-type": lambda instance: instance.root_type,
        "source-dest-check": answer("source_dest_check"),
        "spot-instance-request-id": lambda instance: instance.spot_request,
        "state-reason-code": lambda instance: instance.cause[0] if instance.cause else None,
        "state-reason-message": lambda instance: instance.cause[1] if instance.cause else None,
        "subnet-id": lambda instance: instance.subnet,
        "usage-operation": lambda instance: instance.usage,
        "virtualization-type": lambda instance: instance.virtualization,
        "vpc-id": lambda instance: instance.vpc,
    }


def _options() -> dict[str, Look]:
    return {
        "iam-instance-profile.arn": lambda instance: instance.profile.arn if instance.profile else None,
        "iam-instance-profile.id": lambda instance: instance.profile.id if instance.profile else None,
        "image-id": lambda instance: instance.image,
        "instance-id": lambda instance: instance.id,
        "instance-lifecycle": lambda instance: told(instance.lifecycle, "on-demand"),
        "instance-type": lambda instance: instance.type,
        "kernel-id": lambda instance: instance.kernel,
        "key-name": lambda instance: instance.key,
        "launch-index": lambda instance: instance.index,
        "launch-time": lambda instance: _time(instance.launched),
        "maintenance-options.auto-recovery": lambda instance: instance.recovery,
        "metadata-options.http-endpoint": lambda instance: getattr(instance.metadata, "http_endpoint", UNSET),
        "metadata-options.http-tokens": lambda instance: getattr(instance.metadata, "http_tokens", UNSET),
        "metadata-options.http-put-response-hop-limit": lambda instance: getattr(
            instance.metadata, "http_put_response_hop_limit", UNSET
        ),
        "metadata-options.instance-metadata-tags": lambda instance: getattr(
            instance.metadata, "instance_metadata_tags", UNSET
        ),
    }


def _placement() -> dict[str, Look]:
    def of(member: str) -> Look:
        return lambda instance: getattr(instance.placement, member)

    return {
        "affinity": of("affinity"),
        "availability-zone": lambda instance: instance.zone,
        "availability-zone-id": lambda instance: instance.zone_id,
        "host-id": of("host_id"),
        "placement-group-name": of("group_name"),
        "placement-partition-number": of("partition_number"),
        "tenancy": of("tenancy"),
    }


def _devices(state: Ec2) -> dict[str, Look]:
    def uses(instance: Instance) -> list[VolumeUse]:
        held = (state.storage.volumes.get(one) for one in state.compute.devices.get(instance.id, {}).values())
        return [one.uses[instance.id] for one in held if one is not None and instance.id in one.uses]

    return {
        "block-device-mapping.attach-time": lambda instance: [_time(one.since) for one in uses(instance)],
        "block-device-mapping.delete-on-termination": lambda instance: [
            str(one.delete).lower() for one in uses(instance)
        ],
        "block-device-mapping.device-name": lambda instance: [one.device for one in uses(instance)],
        "block-device-mapping.status": lambda instance: ["attached" for _ in uses(instance)],
        "block-device-mapping.volume-id": lambda instance: list(
            state.compute.devices.get(instance.id, {}).values()
        ),
    }


def _interfaces(state: Ec2) -> dict[str, Look]:
    def each(look: Callable[[Interface], Any]) -> Look:
        def values(instance: Instance) -> list[Any]:
            found: list[Any] = []
            for one in interfaces.of_instance(state, instance.id):
                value = look(one)
                found += value if isinstance(value, list) else [value]
            return [str(one).lower() if isinstance(one, bool | int) else one for one in found]

        return values

    def attached(member: str) -> Look:
        return each(lambda one: getattr(one.attachment, member, UNSET))

    def publics(member: str) -> Look:
        return each(lambda one: [getattr(private.public, member, UNSET) for private in one.private_ips])

    return {
        "network-interface.addresses.association.public-ip": publics("ip"),
        "network-interface.addresses.primary": each(lambda one: [bool(ip.primary) for ip in one.private_ips]),
        "network-interface.addresses.private-ip-address": each(
            lambda one: [ip.address for ip in one.private_ips]
        ),
        "network-interface.association.allocation-id": publics("allocation"),
        "network-interface.association.association-id": publics("association"),
        "network-interface.association.public-ip": publics("ip"),
        "network-interface.attachment.attachment-id": attached("id"),
        "network-interface.attachment.delete-on-termination": attached("delete_on_termination"),
        "network-interface.attachment.device-index": attached("device_index"),
        "network-interface.attachment.instance-id": attached("instance"),
        "network-interface.attachment.status": each(lambda one: "attached"),
        "network-interface.availability-zone": each(lambda one: one.zone),
        "network-interface.description": each(lambda one: one.description),
        "network-interface.group-id": each(lambda one: list(one.groups)),
        "network-interface.ipv6-addresses.ipv6-address": each(lambda one: list(one.ipv6)),
        "network-interface.mac-address": each(lambda one: one.mac),
        "network-interface.network-interface-id": each(lambda one: one.id),
        "network-interface.owner-id": each(lambda one: one.owner),
        "network-interface.private-ip-address": each(
            lambda one: one.primary.address if one.primary else UNSET
        ),
        "network-interface.requester-managed": each(lambda one: one.managed),
        "network-interface.source-dest-check": each(lambda one: one.check),
        "network-interface.status": each(lambda one: "in-use"),
        "network-interface.subnet-id": each(lambda one: one.subnet),
        "network-interface.vpc-id": each(lambda one: one.vpc),
    }


def _time(time: Any) -> str | UnsetType:
    return UNSET if isinstance(time, UnsetType) else str(IsoMillisZ.of(time).written())
