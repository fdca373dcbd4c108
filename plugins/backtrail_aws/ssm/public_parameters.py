"""AWS's public parameters that name images: `/aws/service/ami-amazon-linux-latest/...` and their like.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html

Which image is the latest changes by the week. Here Amazon Linux's are EC2's public images, by name; any other name of
an image has an id that derives from it and the region: always the same, and no image that AWS has. Public parameters
that name no image are not known.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field, told
from backtrail.record import partition_of
from backtrail_aws.ssm.state import Parameter, Version

_IMAGE = re.compile(
    r"/aws/service/(ami-amazon-linux-latest/[a-z0-9_.-]+"
    r"|ami-windows-latest/[A-Za-z0-9_.-]+"
    r"|(ecs|eks)/optimized-ami/.+/image_id"
    r"|bottlerocket/.+/image_id"
    r"|canonical/ubuntu/.+/ami-id)"
)
_LINUX = "/aws/service/ami-amazon-linux-latest/"
_LISTED = (
    "al2023-ami-kernel-default-arm64", "al2023-ami-kernel-default-x86_64", "al2023-ami-minimal-kernel-default-arm64",
    "al2023-ami-minimal-kernel-default-x86_64", "amzn2-ami-hvm-arm64-gp2", "amzn2-ami-hvm-x86_64-gp2",
    "amzn2-ami-kernel-5.10-hvm-arm64-gp2", "amzn2-ami-kernel-5.10-hvm-x86_64-gp2",
)  # fmt: skip


class _Filter(Params):
    name: str
    values: list[str]


class DescribeImages(Params):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html"""

    filters: list[_Filter]


class _Image(Params):
    image_id: str = field(name="imageId")
    name: str | UnsetType = UNSET


class _Images(Params):
    images: list[_Image] | UnsetType = UNSET


def find(call: Call[Any], name: str) -> Parameter | None:
    """The public parameter of a name; None where it is none that is known here."""
    if _IMAGE.fullmatch(name) is None:
        return None
    region = call.region
    image = _latest(call, name.removeprefix(_LINUX)) if name.startswith(_LINUX) else None
    derived = f"ami-{hashlib.blake2b(f'{region}{name}'.encode()).hexdigest()[:17]}"
    kind = "aws:ec2:image" if name.startswith(_LINUX) else "text"
    version = Version(number=1, type="String", value=image or derived, data_type=kind, tier="Standard")
    arn = f"arn:{partition_of(region)}:ssm:{region}::parameter{name}"
    return Parameter(name=name, arn=arn, versions=[version])


def _latest(call: Call[Any], name: str) -> str | None:
    """The id of EC2's newest public image that a name of Amazon Linux's means."""
    newest = name.replace("kernel-default-", "kernel-*-").replace(
        "al2023-ami-kernel", "al2023-ami-2023.*-kernel"
    )
    newest = newest.replace("al2023-ami-minimal-kernel", "al2023-ami-minimal-2023.*-kernel").replace(
        "-hvm-", "-hvm-2.*-"
    )
    found = call.ask("ec2", DescribeImages(filters=[_Filter(name="name", values=[newest])]), _Images)
    images = told(found.images, []) if found is not None else []
    return max(images, key=lambda one: told(one.name, "")).image_id if images else None


def below(call: Call[Any], path: str) -> dict[str, Parameter]:
    """Those that a path of them lists: Amazon Linux's alone."""
    names = [f"{_LINUX}{one}" for one in _LISTED] if f"{_LINUX}".startswith(path.rstrip("/") + "/") else []
    return {name: found for name in names if (found := find(call, name)) is not None}
