"""Types by what they have, instead of by name.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-attribute-based-instance-type-selection.html
"""

from __future__ import annotations

import fnmatch
from typing import Any

from backtrail import UNSET, Call, UnsetType, told
from backtrail_aws.ec2 import api, filters, type_data
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.type_data import Type

Requirements = api.InstanceRequirementsRequest | api.InstanceRequirements


def matching(wanted: Requirements) -> list[Type]:
    """The types that have all that is required, by name."""
    return [kind for kind in type_data.types().values() if _fits(kind, wanted)]


def _fits(kind: Type, wanted: Requirements) -> bool:
    return (
        _within(kind.vcpus, wanted.v_cpu_count)
        and _within(kind.mib, wanted.memory_mi_b)
        and _within(kind.mib / 1024 / kind.vcpus, wanted.memory_gi_b_per_v_cpu)
        and _within(kind.interfaces, wanted.network_interface_count)
        and _within(_disk(kind), wanted.total_local_storage_gb)
        and _within(kind.gpus.count if kind.gpus is not None else 0, wanted.accelerator_count)
        and _named(kind, wanted)
        and _wished(kind.metal, told(wanted.bare_metal, "excluded"))
        and _wished(kind.burstable, told(wanted.burstable_performance, "excluded"))
        and _wished(kind.disks is not None, told(wanted.local_storage, "included"))
        and _wished(kind.hibernates, "required" if wanted.require_hibernate_support is True else "included")
    )


def _disk(kind: Type) -> int:
    return kind.disks.size * kind.disks.count if kind.disks is not None else 0


def _within(value: float, bounds: Any) -> bool:
    """Whether a number lies in a range, where one is given."""
    if isinstance(bounds, UnsetType):
        return True
    least, most = bounds.min, bounds.max
    return (isinstance(least, UnsetType) or value >= least) and (isinstance(most, UnsetType) or value <= most)


def _wished(has: bool, wish: str) -> bool:
    """`included`, `required`, `excluded`"""
    return wish == "included" or has == (wish == "required")


def _named(kind: Type, wanted: Requirements) -> bool:
    """By maker, generation and name."""
    makers = {"Intel": "intel", "AMD": "amd", "AWS": "amazon-web-services"}
    generations = told(wanted.instance_generations, [])
    allowed, excluded = told(wanted.allowed_instance_types, []), told(wanted.excluded_instance_types, [])
    disks = told(wanted.local_storage_types, [])
    return (
        (not told(wanted.cpu_manufacturers, []) or makers[kind.maker] in told(wanted.cpu_manufacturers, []))
        and (not generations or ("current" if kind.current else "previous") in generations)
        and (not allowed or any(fnmatch.fnmatchcase(kind.name, one) for one in allowed))
        and not any(fnmatch.fnmatchcase(kind.name, one) for one in excluded)
        and (not disks or kind.disks is None or kind.disks.kind in disks)
    )


@service.read
def get_instance_types_from_instance_requirements(
    state: Ec2, call: Call[api.GetInstanceTypesFromInstanceRequirements]
) -> api.GetInstanceTypesFromInstanceRequirementsResult:
    """The names of the types that have what is required."""
    params = call.params
    held = {
        kind.name: kind
        for kind in matching(params.instance_requirements)
        if any(one in kind.architectures for one in params.architecture_types)
        and (kind.paravirtual or "hvm" in params.virtualization_types)
    }
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.GetInstanceTypesFromInstanceRequirementsResult(
        instance_types=[
            api.InstanceTypeInfoFromInstanceRequirements(instance_type=one.name) for one in page.items
        ],
        next_token=page.next or UNSET,
    )
