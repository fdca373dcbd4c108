"""An instance at its beginning: as a launch makes it, and as the record of a launch tells of it."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, launch_devices, public_images, tags
from backtrail_aws.ec2.casting import cast
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Attachment, Interface, PrivateIp
from backtrail_aws.ec2.state_compute import Instance, ProfileUse
from backtrail_aws.ec2.state_images import Image
from backtrail_aws.ec2.type_data import Type

PENDING = ("pending", "pending")


# deciding


def fresh(
    call: Call[api.RunInstances],
    params: api.RunInstances,
    image: Image,
    kind: Type,
    identifier: str,
    number: int,
) -> Instance:
    """An instance that is being launched, but for its place in the network."""
    details, usage = public_images.DETAILS["linux"]
    boot = image.boot_mode
    return Instance(
        id=identifier, arn=call.arn("ec2", f"instance/{identifier}"), tags=tags.given(params.tag_specifications,
        "instance"),
        image=params.image_id, type=kind.name, key=params.key_name, index=number, launched=call.time, state="pending",
        since=call.time, cause=PENDING, root_name=told(image.root_name, launch_devices.UNKNOWN_ROOT),
        root_type=told(image.root_type, "ebs"), architecture=told(image.architecture, kind.architectures[-1]),
        virtualization=told(image.virtualization, "hvm"), platform=image.platform, details=told(image.details, details),
        usage=told(image.usage, usage), boot_mode=boot, booted=_booted(boot, kind),
        kernel=told(params.kernel_id, image.kernel), ramdisk=told(params.ramdisk_id, image.ramdisk),
        products=[api.ProductCode(product_code_id=one, product_code_type="marketplace") for one in image.products],
        ena=told(image.ena, True), ebs_optimized=told(params.ebs_optimized, False), check=True,
        monitored=told(told(params.monitoring, api.RunInstancesMonitoringEnabled(enabled=False)).enabled, False),
        client_token=params.client_token, lifecycle=_lifecycle(params), cpu=_cpu(params, kind),
        metadata=_metadata(params, image), names=_names(params), capacity=_capacity(params),
        hibernates=told(told(params.hibernation_options, api.HibernationOptionsRequest()).configured, False),
        enclave=told(told(params.enclave_options, api.EnclaveOptionsRequest()).enabled, False),
        recovery=told(told(params.maintenance_options, api.InstanceMaintenanceOptionsRequest()).auto_recovery,
        "default"),
    )  # fmt: skip


def _booted(mode: str | UnsetType, kind: Type) -> str:
    """CurrentInstanceBootMode: UserGuide/ami-boot.html"""
    uefi = mode in ("uefi", "uefi-preferred") and kind.nitro
    return "uefi" if uefi or "arm64" in kind.architectures else "legacy-bios"


def _lifecycle(params: api.RunInstances) -> str | UnsetType:
    market = told(params.instance_market_options, api.InstanceMarketOptionsRequest())
    return "spot" if market.market_type == "spot" else UNSET


def _cpu(params: api.RunInstances, kind: Type) -> api.CpuOptions:
    asked = told(params.cpu_options, api.CpuOptionsRequest())
    return api.CpuOptions(
        core_count=told(asked.core_count, kind.cores), threads_per_core=told(asked.threads_per_core, kind.threads),
        amd_sev_snp=asked.amd_sev_snp, nested_virtualization=asked.nested_virtualization,
    )  # fmt: skip


def _metadata(params: api.RunInstances, image: Image) -> api.InstanceMetadataOptionsResponse:
    """Version 2 alone where the image says so, as Amazon Linux 2023 does.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
    """
    asked = told(params.metadata_options, api.InstanceMetadataOptionsRequest())
    second = image.imds == "v2.0"
    return api.InstanceMetadataOptionsResponse(
        state="pending", http_tokens=told(asked.http_tokens, "required" if second else "optional"),
        http_put_response_hop_limit=told(asked.http_put_response_hop_limit, 2 if second else 1),
        http_endpoint=told(asked.http_endpoint, "enabled"), http_protocol_ipv6=told(asked.http_protocol_ipv6,
        "disabled"),
        instance_metadata_tags=told(asked.instance_metadata_tags, "disabled"),
    )  # fmt: skip


def _names(params: api.RunInstances) -> api.PrivateDnsNameOptionsResponse:
    asked = told(params.private_dns_name_options, api.PrivateDnsNameOptionsRequest())
    return api.PrivateDnsNameOptionsResponse(
        hostname_type=told(asked.hostname_type, "ip-name"),
        enable_resource_name_dns_a_record=told(asked.enable_resource_name_dns_a_record, False),
        enable_resource_name_dns_aaaa_record=told(asked.enable_resource_name_dns_aaaa_record, False),
    )


def _capacity(params: api.RunInstances) -> api.CapacityReservationSpecificationResponse:
    asked = params.capacity_reservation_specification
    if isinstance(asked, UnsetType):
        return api.CapacityReservationSpecificationResponse(capacity_reservation_preference="open")
    return cast(asked, api.CapacityReservationSpecificationResponse)


def placement(params: api.RunInstances, zone: tuple[Any, Any]) -> api.Placement:
    """Where an instance is."""
    asked = told(params.placement, api.Placement())
    return api.Placement(
        availability_zone=zone[0], availability_zone_id=zone[1], group_name=told(asked.group_name, ""),
        group_id=asked.group_id, tenancy=told(asked.tenancy, "default"), host_id=asked.host_id, affinity=asked.affinity,
        partition_number=asked.partition_number, host_resource_group_arn=asked.host_resource_group_arn,
    )  # fmt: skip


# folding


def folded(
    event: Event[Any, Any], params: api.RunInstances, made: api.Instance, reservation: str | UnsetType
) -> Instance:
    """The instance that a record shows; what an answer leaves out comes from the request."""
    place = told(made.placement, told(params.placement, api.Placement()))
    profile = told(made.iam_instance_profile, None)
    monitoring = told(made.monitoring, None)
    return Instance(
        id=told(made.instance_id, ""), tags=tags.plain(told(made.tags,
        [])) or tags.given(params.tag_specifications, "instance"),
        reservation=reservation, image=told(made.image_id, params.image_id), type=told(made.instance_type,
        params.instance_type),
        key=told(made.key_name, params.key_name), index=told(made.ami_launch_index, 0), launched=event.time,
        state="pending", since=event.time, zone=place.availability_zone, zone_id=place.availability_zone_id,
        placement=place, subnet=told(made.subnet_id, params.subnet_id), vpc=made.vpc_id,
        private_ip=made.private_ip_address,
        groups=[told(one.group_id, "") for one in told(made.security_groups,
        [])] or told(params.security_group_ids, []),
        root_name=made.root_device_name, root_type=made.root_device_type, architecture=made.architecture,
        virtualization=made.virtualization_type, platform=made.platform, details=made.platform_details,
        usage=made.usage_operation, boot_mode=made.boot_mode, booted=made.current_instance_boot_mode,
        kernel=made.kernel_id, ramdisk=made.ramdisk_id, products=told(made.product_codes, []), ena=made.ena_support,
        sriov=made.sriov_net_support, ebs_optimized=told(made.ebs_optimized, params.ebs_optimized),
        monitored=UNSET if monitoring is None else monitoring.state in ("enabled", "pending"),
        check=told(made.source_dest_check, True), client_token=told(made.client_token, params.client_token),
        profile=None if profile is None else ProfileUse(arn=told(profile.arn, ""), id=profile.id, since=event.time),
        lifecycle=made.instance_lifecycle, spot_request=made.spot_instance_request_id, **_options(params, made),
    )  # fmt: skip


def _options(params: api.RunInstances, made: api.Instance) -> dict[str, Any]:
    """The options of an instance, of which answers show some."""
    credit = told(params.credit_specification, None)
    metadata = made.metadata_options
    if not isinstance(metadata, UnsetType):
        metadata = cast(metadata, api.InstanceMetadataOptionsResponse, state="applied")
    return {
        "keeps": told(params.disable_api_termination, False), "keeps_running": told(params.disable_api_stop, False),
        "shutdown": told(params.instance_initiated_shutdown_behavior, "stop"), "user_data": params.user_data,
        "credits": UNSET if credit is None else credit.cpu_credits, "cpu": made.cpu_options, "metadata": metadata,
        "enclave": told(made.enclave_options, api.EnclaveOptions()).enabled,
        "hibernates": _hibernates(params, made),
        "recovery": told(made.maintenance_options, api.InstanceMaintenanceOptions()).auto_recovery,
        "names": made.private_dns_name_options, "capacity": made.capacity_reservation_specification,
    }  # fmt: skip


def _hibernates(params: api.RunInstances, made: api.Instance) -> bool | UnsetType:
    """Whether it does, which answers of launches leave out: as it was asked for, and not unless a template may have."""
    shown = told(made.hibernation_options, api.HibernationOptions()).configured
    asked = told(params.hibernation_options, api.HibernationOptionsRequest()).configured
    unasked = False if params.launch_template is UNSET else UNSET
    return next((one for one in (shown, asked) if one is not UNSET), unasked)


def interface(
    state: Ec2, event: Event[Any, Any], instance: Instance, shown: api.InstanceNetworkInterface
) -> Interface | None:
    """The interface that an instance's record shows; one that was there before keeps what it has."""
    identifier = shown.network_interface_id
    if isinstance(identifier, UnsetType):
        return None
    told_of = told(shown.attachment, api.InstanceNetworkInterfaceAttachment())
    attachment = Attachment(
        id=told(told_of.attachment_id, ""), instance=instance.id, owner=event.account, since=event.time,
        device_index=told(told_of.device_index, 0), card=told(told_of.network_card_index, 0),
        delete_on_termination=told(told_of.delete_on_termination, False),
    )  # fmt: skip
    held = state.addresses.interfaces.get(identifier)
    if held is not None:
        held.attachment = attachment
        return held
    listed = [
        PrivateIp(address=one.private_ip_address, primary=one.primary is True)
        for one in told(shown.private_ip_addresses, [])
        if isinstance(one.private_ip_address, str)
    ]
    if not listed and isinstance(shown.private_ip_address, str):
        listed = [PrivateIp(address=shown.private_ip_address, primary=True)]
    return Interface(
        id=identifier, subnet=shown.subnet_id, vpc=shown.vpc_id, zone=instance.zone, zone_id=instance.zone_id,
        description=told(shown.description, ""), groups=[told(one.group_id, "") for one in told(shown.groups, [])],
        private_ips=listed, ipv6=[told(one.ipv6_address, "") for one in told(shown.ipv6_addresses, [])],
        primary_ipv6=any(one.is_primary_ipv6 is True for one in told(shown.ipv6_addresses, [])),
        mac=shown.mac_address, kind=told(shown.interface_type, "interface"), check=told(shown.source_dest_check, True),
        attachment=attachment, tags=_interface_tags(event),
    )  # fmt: skip


def _interface_tags(event: Event[Any, Any]) -> dict[str, str]:
    specifications: Any = getattr(event.params, "tag_specifications", UNSET)
    return tags.given(specifications, "network-interface")
