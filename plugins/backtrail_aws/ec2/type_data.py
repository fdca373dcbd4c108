"""Instance types as data: `instance_types.json`, unfolded when a type is first asked for.

https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html (sizes, processors, network, EBS),
https://aws.amazon.com/ec2/pricing/on-demand/ (dollars an hour, Linux, us-east-1). Families that have a profile share
its network and EBS numbers by size; the others list theirs: `[vCPUs, GiB, network, interfaces, addresses, disks]`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


class Disks(msgspec.Struct, frozen=True):
    """Disks of the host that an instance has: GB each, how many, `ssd` or `hdd`."""

    size: int
    count: int
    kind: str = "ssd"


class Ebs(msgspec.Struct, frozen=True):
    """What a type gives to its volumes: Mbps and IOPS, always and at most."""

    base_mbps: int
    max_mbps: int
    base_iops: int
    max_iops: int


class Gpus(msgspec.Struct, frozen=True):
    """Graphics processors: name, maker, MiB each, how many."""

    name: str
    maker: str
    mib: int
    count: int


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """An instance type. `threads` is per core, `price` dollars an hour; `nitro` types have NVMe and need ENA."""

    name: str
    vcpus: int
    mib: int
    threads: int
    ghz: float
    maker: str
    architectures: tuple[str, ...]
    network: str
    interfaces: int
    addresses: int
    price: float
    nitro: bool
    metal: bool = False
    current: bool = True
    ena: str = "required"
    paravirtual: bool = False
    burstable: bool = False
    hibernates: bool = False
    clusters: bool = True
    disks: Disks | None = None
    ebs: Ebs | None = None
    gpus: Gpus | None = None

    @property
    def family(self) -> str:
        """What stands before the dot."""
        return self.name.partition(".")[0]

    @property
    def ebs_optimized(self) -> str:
        """Whether it is EBS-optimized: `default`, `supported` (where it is asked for), `unsupported`."""
        if self.nitro:
            return "default"
        small = self.family in ("t1", "t2", "m2") or self.name in ("m1.small", "m3.medium")
        return "unsupported" if small else "supported"

    @property
    def cores(self) -> int:
        """Physical ones, as far as the guest sees."""
        return max(self.vcpus // self.threads, 1)


class _Family(msgspec.Struct, frozen=True):
    maker: str
    ghz: float
    price: float
    like: str = ""
    mem: float = 0
    sizes: str = ""
    threads: int = 0
    types: dict[str, list[Any]] = {}
    disks: dict[str, list[Any]] = {}
    gpu: dict[str, tuple[str, int]] = {}
    prices: dict[str, float] = {}
    arch: str = ""
    ena: str = ""
    xen: int = 0
    previous: int = 0
    pv: int = 0
    burst: int = 0
    hibernate: int = 0
    cluster: int = 0


class _Data(msgspec.Struct, frozen=True):
    gpus: dict[str, tuple[str, int]]
    profiles: dict[str, dict[str, tuple[str, int, int, int, int, int, int]]]
    families: dict[str, _Family]


@cache
def types() -> dict[str, Type]:
    """All types by name, in order."""
    text = files("backtrail_aws.ec2").joinpath("instance_types.json").read_bytes()
    data = msgspec.json.decode(text, type=_Data)
    found = [one for name, family in data.families.items() for one in _of(name, family, data)]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def _of(name: str, family: _Family, data: _Data) -> list[Type]:
    if not family.like:
        return [_listed(name, size, row, family, data) for size, row in family.types.items()]
    sizes = family.sizes.split()
    largest = max(_vcpus(size) for size in sizes if size != "metal")
    return [_profiled(name, size, family, data, largest) for size in sizes]


def _profiled(name: str, size: str, family: _Family, data: _Data, largest: int) -> Type:
    network, interfaces, addresses, *ebs = data.profiles[family.like][size]
    vcpus = largest if size == "metal" else _vcpus(size)
    disks = family.disks.get(size)
    return Type(
        **_common(name, family, vcpus), name=f"{name}.{size}", mib=int(vcpus * family.mem * 1024),
        network=network, interfaces=interfaces, addresses=addresses, price=round(vcpus * family.price, 5),
        nitro=True, metal=size == "metal", hibernates=family.maker != "AWS" and size != "metal",
        disks=Disks(*disks) if disks else None, ebs=Ebs(*ebs),
    )  # fmt: skip


def _listed(name: str, size: str, row: list[Any], family: _Family, data: _Data) -> Type:
    vcpus, gib, network, interfaces, addresses, *disks = row
    ena = family.ena or ("unsupported" if family.xen else "required")
    chip = family.gpu.get(size)
    return Type(
        **_common(name, family, vcpus), name=f"{name}.{size}", mib=int(gib * 1024), network=network,
        interfaces=interfaces, addresses=addresses,
        price=_price(family, size, vcpus), nitro=not family.xen,
        current=not family.previous, ena=ena, paravirtual=bool(family.pv), burstable=bool(family.burst),
        hibernates=bool(family.hibernate), clusters=bool(family.cluster),
        disks=Disks(*disks[0]) if disks else None,
        gpus=Gpus(chip[0], *data.gpus[chip[0]], chip[1]) if chip else None,
    )  # fmt: skip


def _price(family: _Family, size: str, vcpus: int) -> float:
    """Dollars an hour: listed, or so much for each vCPU."""
    listed = family.prices.get(size)
    return round(vcpus * family.price, 5) if listed is None else listed


def _common(name: str, family: _Family, vcpus: int) -> dict[str, Any]:
    arm = family.maker == "AWS"
    hyper = not arm and vcpus > 1 and family.threads != 1 and name not in ("t2", "m1", "m2", "c1", "m3")
    return {
        "vcpus": vcpus, "threads": 2 if hyper else 1, "ghz": family.ghz, "maker": family.maker,
        "architectures": tuple(family.arch.split()) or (("arm64",) if arm else ("x86_64",)),
    }  # fmt: skip


def _vcpus(size: str) -> int:
    """By a size's name: `medium` has 1, `large` 2, `xlarge` 4, `2xlarge` 8."""
    if size in ("medium", "large"):
        return 1 if size == "medium" else 2
    return 4 * int(size.removesuffix("xlarge") or 1)
