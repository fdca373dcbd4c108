"""Images that everybody finds: Amazon's, Canonical's and others' own, by the names that people filter for.

Accounts: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/finding-an-ami.html, https://wiki.debian.org/Cloud/AmazonEC2Image,
https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/. Ids derive from region and name,
for the real ones
change with each release. Anything else that is launched by its id is taken for somebody's public image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache

from backtrail import UNSET, SortedMap, UnsetType, ids
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.state_images import Image

AMAZON, WINDOWS, ECS, EKS = "137112412989", "801119661308", "591542846629", "602401143452"
CANONICAL, DEBIAN, REDHAT, SUSE = "099720109477", "136693071363", "309956199498", "013907871322"
MARKETPLACE = "679593333241"

# whose, architecture, root device, GiB, type, what it is, its name
_LISTED = """
amazon x86_64 /dev/xvda 8 gp3 linux al2023-ami-2023.6.20250128.0-kernel-6.1-x86_64
amazon arm64 /dev/xvda 8 gp3 linux al2023-ami-2023.6.20250128.0-kernel-6.1-arm64
amazon x86_64 /dev/xvda 8 gp3 linux al2023-ami-2023.9.20250929.0-kernel-6.1-x86_64
amazon arm64 /dev/xvda 8 gp3 linux al2023-ami-2023.9.20250929.0-kernel-6.1-arm64
amazon x86_64 /dev/xvda 2 gp3 linux al2023-ami-minimal-2023.9.20250929.0-kernel-6.1-x86_64
amazon x86_64 /dev/xvda 8 gp2 linux amzn2-ami-hvm-2.0.20250123.4-x86_64-gp2
amazon arm64 /dev/xvda 8 gp2 linux amzn2-ami-hvm-2.0.20250123.4-arm64-gp2
amazon x86_64 /dev/xvda 8 gp2 linux amzn2-ami-kernel-5.10-hvm-2.0.20250123.4-x86_64-gp2
amazon arm64 /dev/xvda 8 gp2 linux amzn2-ami-kernel-5.10-hvm-2.0.20250123.4-arm64-gp2
amazon x86_64 /dev/xvda 8 gp2 linux amzn-ami-hvm-2018.03.0.20231218.0-x86_64-gp2
amazon x86_64 /dev/sda1 8 gp2 paravirtual amzn-ami-pv-2018.03.0.20231218.0-x86_64-ebs
amazon x86_64 /dev/sda1 10 instance-store paravirtual amzn-ami-pv-2018.03.0.20231218.0-x86_64-s3
amazon x86_64 /dev/xvda 8 standard nat amzn-ami-vpc-nat-2018.03.0.20231218.0-x86_64-ebs
ecs x86_64 /dev/xvda 30 gp2 linux amzn2-ami-ecs-hvm-2.0.20250201-x86_64-ebs
ecs x86_64 /dev/xvda 30 gp3 linux al2023-ami-ecs-hvm-2023.0.20250201-kernel-6.1-x86_64
eks x86_64 /dev/xvda 20 gp2 linux amazon-eks-node-1.31-v20250203
eks x86_64 /dev/xvda 20 gp3 linux amazon-eks-node-al2023-x86_64-standard-1.32-v20250203
windows x86_64 /dev/sda1 30 gp2 windows Windows_Server-2016-English-Full-Base-2025.01.15
windows x86_64 /dev/sda1 30 gp2 windows Windows_Server-2019-English-Full-Base-2025.01.15
windows x86_64 /dev/sda1 30 gp2 windows Windows_Server-2022-English-Full-Base-2025.01.15
windows x86_64 /dev/sda1 30 gp2 windows Windows_Server-2025-English-Full-Base-2025.01.15
canonical x86_64 /dev/sda1 8 gp2 linux ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20250111
canonical arm64 /dev/sda1 8 gp2 linux ubuntu/images/hvm-ssd/ubuntu-focal-20.04-arm64-server-20250111
canonical x86_64 /dev/sda1 8 gp2 linux ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20250112
canonical arm64 /dev/sda1 8 gp2 linux ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20250112
canonical x86_64 /dev/sda1 8 gp3 linux ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250115
canonical arm64 /dev/sda1 8 gp3 linux ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20250115
debian x86_64 /dev/xvda 8 gp3 linux debian-11-amd64-20250110-1989
debian x86_64 /dev/xvda 8 gp3 linux debian-12-amd64-20250115-1993
debian arm64 /dev/xvda 8 gp3 linux debian-12-arm64-20250115-1993
redhat x86_64 /dev/sda1 10 gp3 redhat RHEL-8.10.0_HVM-20250128-x86_64-0-Hourly2-GP3
redhat x86_64 /dev/sda1 10 gp3 redhat RHEL-9.5.0_HVM-20250128-x86_64-0-Hourly2-GP3
suse x86_64 /dev/sda1 10 gp3 suse suse-sles-15-sp6-v20250115-hvm-ssd-x86_64
marketplace x86_64 /dev/sda1 8 gp2 linux bitnami-wordpress-6.7.1-0-linux-debian-12-x86_64-hvm-ebs-nami
"""
_ACCOUNTS: dict[str, tuple[str, str | UnsetType]] = {
    "amazon": (AMAZON, "amazon"), "windows": (WINDOWS, "amazon"), "ecs": (ECS, "amazon"), "eks": (EKS, "amazon"),
    "canonical": (CANONICAL, UNSET), "debian": (DEBIAN, UNSET), "redhat": (REDHAT, UNSET), "suse": (SUSE, UNSET),
    "marketplace": (MARKETPLACE, "aws-marketplace"),
}  # fmt: skip
DETAILS: dict[str, tuple[str, str]] = {
    "linux": ("Linux/UNIX", "RunInstances"),
    "windows": ("Windows", "RunInstances:0002"),
    "redhat": ("Red Hat Enterprise Linux", "RunInstances:0010"),
    "suse": ("SUSE Linux", "RunInstances:000g"),
}
"""PlatformDetails and UsageOperation: AWSEC2/latest/UserGuide/billing-info-fields.html"""
_PRODUCT = "7d426cb7-9522-4dd7-a56b-55dd8cc1c8d0"
_CREATED = datetime(2025, 2, 1, tzinfo=UTC)


@cache
def of(region: str) -> Mapping[str, Image]:
    """A region's public images, by id."""
    return SortedMap({one.id: one for one in _images(region)})


def _images(region: str) -> Iterator[Image]:
    for line in _LISTED.strip().splitlines():
        maker, architecture, root, gib, volume, kind, name = line.split(None, 6)
        account, alias = _ACCOUNTS[maker]
        stored = volume == "instance-store"
        details, usage = DETAILS.get(kind, DETAILS["linux"])
        pv = kind == "paravirtual"
        identifier = ids.new_id(region, "ami", name)
        yield Image(
            id=identifier, arn=f"arn:aws:ec2:{region}::image/{identifier}", name=name, description=name,
            account=account,
            alias=alias, location=f"{alias if isinstance(alias, str) else account}/{name}",
            architecture=architecture, platform="windows" if kind == "windows" else UNSET, details=details, usage=usage,
            root_name=root, root_type="instance-store" if stored else "ebs",
            virtualization="paravirtual" if pv else "hvm",
            ena=not pv, sriov=UNSET if pv else "simple", kernel=ids.new_id("", "aki", name) if pv else UNSET,
            boot_mode="uefi" if architecture == "arm64" else ("uefi-preferred" if "al2023" in name else UNSET),
            imds="v2.0" if "al2023" in name else UNSET, created=_CREATED,
            products=[_PRODUCT] if maker == "marketplace" else [],
            devices=[] if stored else [_root(region, name, root, int(gib), volume)],
            permissions=[api.LaunchPermission(group="all")],
        )  # fmt: skip


def _root(region: str, name: str, root: str, gib: int, volume: str) -> api.BlockDeviceMapping:
    ebs = api.EbsBlockDevice(
        delete_on_termination=True, snapshot_id=ids.new_id(region, "snap", name), volume_size=gib,
        volume_type=volume, encrypted=False, iops=3000 if volume == "gp3" else UNSET,
        throughput=125 if volume == "gp3" else UNSET,
    )  # fmt: skip
    return api.BlockDeviceMapping(device_name=root, ebs=ebs)
