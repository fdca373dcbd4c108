"""DescribeInstanceTypes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, type_data
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.type_data import Type

_FREE = ("t2.micro", "t3.micro", "t3.small", "t4g.micro", "t4g.small", "c7i-flex.large", "m7i-flex.large")
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-free-tier-usage.html"""


@service.read
def describe_instance_types(
    state: Ec2, call: Call[api.DescribeInstanceTypes]
) -> api.DescribeInstanceTypesResult:
    """Types by name; those that are named must be there."""
    params = call.params
    wanted = told(params.instance_types, [])
    if wanted and not isinstance(params.max_results, UnsetType):
        raise errors.page_with_ids("instanceTypeSet")
    known = type_data.types()
    if lost := [one for one in wanted if one not in known]:
        # evidence: page errors-overview.html (InvalidInstanceType); words: guess
        raise Refusal(
            "InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(lost)}]"
        )
    held = {one: known[one] for one in wanted} if wanted else known
    page = filters.paged(call, held, filters.matching(params.filters, _FIELDS), bounds=(5, 100))
    return api.DescribeInstanceTypesResult(
        instance_types=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(kind: Type) -> api.InstanceTypeInfo:
    """A type as answers show it."""
    return api.InstanceTypeInfo(
        instance_type=kind.name, current_generation=kind.current, free_tier_eligible=kind.name in _FREE,
        supported_usage_classes=["on-demand"] if kind.family in ("m1",
        "t1") and not kind.current else ["on-demand", "spot"],
        supported_root_device_types=["ebs", "instance-store"] if kind.paravirtual and kind.disks else ["ebs"],
        supported_virtualization_types=["hvm", "paravirtual"] if kind.paravirtual else ["hvm"], bare_metal=kind.metal,
        hypervisor=UNSET if kind.metal else ("nitro" if kind.nitro else "xen"), processor_info=_processor(kind),
        v_cpu_info=api.VCpuInfo(
            default_v_cpus=kind.vcpus, default_cores=kind.cores, default_threads_per_core=kind.threads,
            valid_cores=sorted({kind.cores, *range(2, kind.cores + 1, 2)}),
            valid_threads_per_core=list(range(1, kind.threads + 1)),
        ),
        memory_info=api.MemoryInfo(size_in_mi_b=kind.mib), instance_storage_supported=kind.disks is not None,
        instance_storage_info=_storage(kind), ebs_info=_ebs(kind), network_info=_network(kind), gpu_info=_gpus(kind),
        placement_group_info=api.PlacementGroupInfo(supported_strategies=_strategies(kind)),
        hibernation_supported=kind.hibernates, burstable_performance_supported=kind.burstable,
        dedicated_hosts_supported=kind.family not in ("t1", "m1", "t2"), auto_recovery_supported=kind.disks is None,
        supported_boot_modes=_boots(kind), nitro_enclaves_support="supported" if _enclaves(kind) else "unsupported",
        nitro_tpm_support="supported" if kind.nitro and not kind.metal else "unsupported", phc_support="unsupported",
        nitro_tpm_info=api.NitroTpmInfo(supported_versions=["2.0"]) if kind.nitro and not kind.metal else UNSET,
    )  # fmt: skip


def _processor(kind: Type) -> api.ProcessorInfo:
    return api.ProcessorInfo(
        supported_architectures=list(kind.architectures),
        sustained_clock_speed_in_ghz=kind.ghz,
        manufacturer=kind.maker,
    )


def _boots(kind: Type) -> list[str]:
    if "arm64" in kind.architectures:
        return ["uefi"]
    return ["legacy-bios", "uefi"] if kind.nitro else ["legacy-bios"]


def _enclaves(kind: Type) -> bool:
    return kind.nitro and not kind.metal and kind.vcpus >= 4 and not kind.burstable


def _strategies(kind: Type) -> list[str]:
    return ["cluster", "partition", "spread"] if kind.clusters else ["partition", "spread"]


def _storage(kind: Type) -> api.InstanceStorageInfo | UnsetType:
    disks = kind.disks
    if disks is None:
        return UNSET
    return api.InstanceStorageInfo(
        total_size_in_gb=disks.size * disks.count, nvme_support="required" if kind.nitro else "unsupported",
        disks=[api.DiskInfo(size_in_gb=disks.size, count=disks.count, type=disks.kind)],
        encryption_support="required" if kind.nitro else "unsupported",
    )  # fmt: skip


def _ebs(kind: Type) -> api.EbsInfo:
    figures = kind.ebs
    info: Any = UNSET
    if figures is not None:
        info = api.EbsOptimizedInfo(
            baseline_bandwidth_in_mbps=figures.base_mbps, baseline_throughput_in_m_bps=figures.base_mbps / 8,
            baseline_iops=figures.base_iops, maximum_bandwidth_in_mbps=figures.max_mbps,
            maximum_throughput_in_m_bps=figures.max_mbps / 8, maximum_iops=figures.max_iops,
        )  # fmt: skip
    return api.EbsInfo(
        ebs_optimized_support=kind.ebs_optimized, encryption_support="supported", ebs_optimized_info=info,
        nvme_support="required" if kind.nitro else "unsupported", attachment_limit_type="shared",
        maximum_ebs_attachments=limits.NITRO_ATTACHMENTS_MAX if kind.nitro else limits.XEN_ATTACHMENTS_MAX - 1,
    )  # fmt: skip


def _network(kind: Type) -> api.NetworkInfo:
    return api.NetworkInfo(
        network_performance=kind.network, maximum_network_interfaces=kind.interfaces, maximum_network_cards=1,
        default_network_card_index=0, ipv4_addresses_per_interface=kind.addresses,
        ipv6_addresses_per_interface=kind.addresses if kind.family not in ("t1", "m1", "m2", "c1") else 0,
        ipv6_supported=kind.family not in ("t1", "m1", "m2", "c1", "m3", "g2"), ena_support=kind.ena,
        efa_supported=kind.metal and kind.nitro, encryption_in_transit_supported=kind.nitro and not kind.burstable,
        ena_srd_supported=False,
        network_cards=[
            api.NetworkCardInfo(
                network_card_index=0, network_performance=kind.network, maximum_network_interfaces=kind.interfaces
            )
        ],
    )  # fmt: skip


def _gpus(kind: Type) -> api.GpuInfo | UnsetType:
    chips = kind.gpus
    if chips is None:
        return UNSET
    return api.GpuInfo(
        gpus=[
            api.GpuDeviceInfo(
                name=chips.name, manufacturer=chips.maker, count=chips.count,
                memory_info=api.GpuDeviceMemoryInfo(size_in_mi_b=chips.mib),
            )
        ],
        total_gpu_memory_in_mi_b=chips.mib * chips.count,
    )  # fmt: skip


def _of(*path: str) -> Callable[[Type], filters.Value]:
    """What an answer shows at a path of members."""

    def look(kind: Type) -> filters.Value:
        found: Any = shown(kind)
        for member in path:
            found = found[0] if isinstance(found, list) else found  # pyright: ignore[reportUnknownVariableType]
            found = getattr(found, member, UNSET)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(found, list):
            return [str(one) for one in found]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return str(found) if isinstance(found, float) else found

    return look


_EBS = ("ebs_info", "ebs_optimized_info")
_FIELDS: filters.Fields[Type] = {
    "auto-recovery-supported": _of("auto_recovery_supported"),
    "bare-metal": lambda kind: kind.metal,
    "burstable-performance-supported": lambda kind: kind.burstable,
    "current-generation": lambda kind: kind.current,
    "dedicated-hosts-supported": _of("dedicated_hosts_supported"),
    "ebs-info.attachment-limit-type": lambda kind: "shared",
    "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps": _of(*_EBS, "baseline_bandwidth_in_mbps"),
    "ebs-info.ebs-optimized-info.baseline-iops": _of(*_EBS, "baseline_iops"),
    "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps": _of(*_EBS, "baseline_throughput_in_m_bps"),
    "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps": _of(*_EBS, "maximum_bandwidth_in_mbps"),
    "ebs-info.ebs-optimized-info.maximum-iops": _of(*_EBS, "maximum_iops"),
    "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps": _of(*_EBS, "maximum_throughput_in_m_bps"),
    "ebs-info.ebs-optimized-support": _of("ebs_info", "ebs_optimized_support"),
    "ebs-info.encryption-support": lambda kind: "supported",
    "ebs-info.maximum-ebs-attachments": _of("ebs_info", "maximum_ebs_attachments"),
    "ebs-info.nvme-support": _of("ebs_info", "nvme_support"),
    "free-tier-eligible": lambda kind: kind.name in _FREE,
    "hibernation-supported": lambda kind: kind.hibernates,
    "hypervisor": _of("hypervisor"),
    "instance-storage-info.disk.count": _of("instance_storage_info", "disks", "count"),
    "instance-storage-info.disk.size-in-gb": _of("instance_storage_info", "disks", "size_in_gb"),
    "instance-storage-info.disk.type": _of("instance_storage_info", "disks", "type"),
    "instance-storage-info.encryption-support": _of("instance_storage_info", "encryption_support"),
    "instance-storage-info.nvme-support": _of("instance_storage_info", "nvme_support"),
    "instance-storage-info.total-size-in-gb": _of("instance_storage_info", "total_size_in_gb"),
    "instance-storage-supported": lambda kind: kind.disks is not None,
    "instance-type": lambda kind: kind.name,
    "memory-info.size-in-mib": lambda kind: kind.mib,
    "network-info.efa-supported": _of("network_info", "efa_supported"),
    "network-info.ena-support": lambda kind: kind.ena,
    "network-info.encryption-in-transit-supported": _of("network_info", "encryption_in_transit_supported"),
    "network-info.ipv4-addresses-per-interface": lambda kind: kind.addresses,
    "network-info.ipv6-addresses-per-interface": _of("network_info", "ipv6_addresses_per_interface"),
    "network-info.ipv6-supported": _of("network_info", "ipv6_supported"),
    "network-info.maximum-network-cards": lambda kind: 1,
    "network-info.maximum-network-interfaces": lambda kind: kind.interfaces,
    "network-info.network-performance": lambda kind: kind.network,
    "nitro-enclaves-support": _of("nitro_enclaves_support"),
    "nitro-tpm-support": _of("nitro_tpm_support"),
    "placement-group-info.supported-strategies": _strategies,
    "processor-info.supported-architecture": lambda kind: kind.architectures,
    "processor-info.sustained-clock-speed-in-ghz": lambda kind: str(kind.ghz),
    "supported-boot-mode": _boots,
    "supported-root-device-type": _of("supported_root_device_types"),
    "supported-usage-class": _of("supported_usage_classes"),
    "supported-virtualization-type": _of("supported_virtualization_types"),
    "vcpu-info.default-cores": lambda kind: kind.cores,
    "vcpu-info.default-threads-per-core": lambda kind: kind.threads,
    "vcpu-info.default-vcpus": lambda kind: kind.vcpus,
    "vcpu-info.valid-cores": _of("v_cpu_info", "valid_cores"),
    "vcpu-info.valid-threads-per-core": _of("v_cpu_info", "valid_threads_per_core"),
}
"""API_DescribeInstanceTypes: Filters."""
