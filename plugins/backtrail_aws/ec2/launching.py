"""What a launch is about: the request with its launch template, the image, the type, and what speaks against it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec

from backtrail import UNSET, Call, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, images, instances, key_pairs, launch_templates, limits, type_data
from backtrail_aws.ec2.casting import cast, merged
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_images import Image
from backtrail_aws.ec2.type_data import Type

DEFAULT_TYPE = "m1.small"  # API_RunInstances
CAPACITY = service.option(
    "instance_capacity", 0, "How many instances run at most in each zone; 0: any number.", least=0
)
BUCKETS = {
    "standard_vcpus": ("a", "c", "d", "h", "i", "m", "r", "t", "z"), "f_vcpus": ("f",), "g_vcpus": ("g", "vt"),
    "inf_vcpus": ("inf",), "p_vcpus": ("p",), "trn_vcpus": ("trn",), "x_vcpus": ("x",),
}  # fmt: skip
"""ec2-on-demand-instances.html: the quotas of vCPUs, and which families each is for."""


# the request


def whole(state: Ec2, params: api.RunInstances) -> api.RunInstances:
    """The request with what its launch template says beside it. Raises `Refusal` where that is not there."""
    named = params.launch_template
    if isinstance(named, UnsetType):
        return params
    template = launch_templates.found(state, named)
    return with_template(params, launch_templates.version(template, named.version).data)


def as_folded(state: Ec2, params: api.RunInstances) -> api.RunInstances:
    """The same in a fold: a template that no record told of says nothing."""
    try:
        return whole(state, params)
    except Refusal:
        return params


def with_template(params: api.RunInstances, data: api.RequestLaunchTemplateData) -> api.RunInstances:
    """A request over a template: what the request says counts; volumes are matched by device, tags by key."""
    under = from_template(data)
    made = merged(under, params)
    return msgspec.structs.replace(
        made,
        block_device_mappings=_devices(under.block_device_mappings, params.block_device_mappings),
        tag_specifications=_joined(under.tag_specifications, params.tag_specifications),
    )


def from_template(data: api.RequestLaunchTemplateData) -> api.RunInstances:
    """A template's data in the words of a launch."""
    return cast(data, api.RunInstances, ramdisk_id=data.ram_disk_id, min_count=UNSET, max_count=UNSET)


def _devices(
    under: list[api.BlockDeviceMapping] | UnsetType, over: list[api.BlockDeviceMapping] | UnsetType
) -> list[api.BlockDeviceMapping] | UnsetType:
    held = {one.device_name: one for one in told(under, [])}
    for one in told(over, []):
        low = held.get(one.device_name)
        held[one.device_name] = merged(low, one) if low is not None else one
    return list(held.values()) or UNSET


def _joined(
    under: list[api.TagSpecification] | UnsetType, over: list[api.TagSpecification] | UnsetType
) -> list[api.TagSpecification] | UnsetType:
    return [*told(under, []), *told(over, [])] or UNSET


# image and type


def image_of(state: Ec2, call: Call[Any], params: api.RunInstances) -> Image:
    """The image to launch from. Raises `Refusal`."""
    if isinstance(params.image_id, UnsetType):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("MissingParameter", "The request must contain the parameter ImageId")
    image = images.usable(state, call, params.image_id)
    if image.alias == "aws-marketplace" and image.account != call.account:
        # evidence: page errors-overview.html (OptInRequired); words: guess
        raise Refusal(
            "OptInRequired",
            "In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please "
            f"visit https://aws.amazon.com/marketplace/pp?sku={image.products[0] if image.products else ''}",
            status=401,
        )
    return image


def type_of(params: api.RunInstances, image: Image) -> Type:
    """The instance type to launch, which fits the image. Raises `Refusal`."""
    name = told(params.instance_type, DEFAULT_TYPE)
    kind = type_data.types().get(name)
    if kind is None:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"Invalid value '{name}' for InstanceType.")
    if isinstance(image.architecture, str) and image.architecture not in kind.architectures:
        # evidence: record denied-calls RunInstances
        raise errors.invalid(
            f"The architecture '{','.join(reversed(kind.architectures))}' of the specified instance type does not "
            f"match the architecture '{image.architecture}' of the specified AMI. Specify an instance type "
            f"and an AMI that "
            "have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to "
            "discover the architecture of the instance type or AMI."
        )
    if image.virtualization == "paravirtual" and not kind.paravirtual:
        # evidence: page UserGuide/virtualization_types.html; words: guess
        raise errors.combination(
            "Non-Windows instances with a virtualization type of 'paravirtual' are currently not supported for this "
            "instance type."
        )
    if kind.nitro and image.ena is False:
        # evidence: page enhanced-networking-ena.html; words: guess
        raise errors.combination(
            "Enhanced networking with the Elastic Network Adapter (ENA) is required for the "
            f"'{name}' instance type. Ensure that you are using an AMI that is enabled for ENA."
        )
    if image.root_type == "instance-store" and kind.disks is None:
        # evidence: page UserGuide/RootDeviceStorage.html; words: guess
        raise errors.combination(
            f"The instance type '{name}' does not support an AMI with a root device of instance store."
        )
    return kind


def check(state: Ec2, call: Call[Any], params: api.RunInstances, kind: Type) -> None:
    """Refuse what a launch cannot do, whatever it is launched into."""
    _check_counts(params)
    if isinstance(params.key_name, str) and params.key_name:
        key_pairs.named(state, params.key_name)
    check_user_data(params.user_data)
    if told(params.instance_initiated_shutdown_behavior, "stop") not in ("stop", "terminate"):
        # evidence: guess
        raise errors.invalid(
            f"Value ({params.instance_initiated_shutdown_behavior}) for parameter instanceInitiatedShutdownBehavior is "
            "invalid. Unknown shutdown behavior."
        )
    credit = told(params.credit_specification, None)
    if credit is not None and not kind.burstable:
        # evidence: page errors-overview.html (InstanceCreditSpecification.NotSupported); words: guess
        raise errors.combination(
            f"Instance type {kind.name} does not support the CreditSpecification parameter."
        )
    if credit is not None and credit.cpu_credits not in ("standard", "unlimited"):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidInstanceCreditSpecification", f"Invalid CPU credits: {credit.cpu_credits}")
    hibernation = told(params.hibernation_options, api.HibernationOptionsRequest())
    if hibernation.configured is True and not kind.hibernates:
        # evidence: page errors-overview.html (UnsupportedHibernationConfiguration); words: guess
        raise Refusal(
            "UnsupportedHibernationConfiguration", f"Hibernation is not supported for {kind.name} instances."
        )


def _check_counts(params: api.RunInstances) -> None:
    least, most = told(params.min_count, 1), told(params.max_count, 1)
    if least < 1:
        # evidence: guess
        raise errors.invalid(
            f"Value ({least}) for parameter minCount is invalid. Expected a positive integer."
        )
    if most < least:
        # evidence: guess
        raise errors.invalid(
            f"Value ({least}) for parameter minCount is invalid. minCount must be less than or equal to "
            f"maxCount ({most})."
        )


def check_user_data(data: str | UnsetType) -> None:
    """Refuse user data that is no base64, or too long when it is decoded."""
    if isinstance(data, UnsetType):
        return
    try:
        raw = base64.b64decode(data, validate=False)
    except binascii.Error as error:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid("Invalid BASE64 encoding of user data.") from error
    if len(raw) > limits.USER_DATA_MAX:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"User data is limited to {limits.USER_DATA_MAX} bytes")


# how many


def bucket_of(kind: Type) -> str:
    """The quota of vCPUs that a type counts under."""
    head = re.match(r"[a-z]+", kind.family)
    letters = head.group() if head is not None else ""
    return next((name for name, families in BUCKETS.items() if letters in families), "standard_vcpus")


def vcpus(state: Ec2, bucket: str) -> int:
    """The vCPUs of the instances that run under a quota."""
    found = 0
    for one in state.compute.instances.values():
        kind = type_data.types().get(told(one.type, ""))
        if kind is not None and one.state in ("pending", "running") and one.lifecycle != "spot":
            found += kind.vcpus if bucket_of(kind) == bucket else 0
    return found


def room(state: Ec2, call: Call[Any], kind: Type, least: int, most: int) -> int:
    """How many of the instances that are asked for the account's quota allows. Raises `Refusal` for too few."""
    bucket = bucket_of(kind)
    quota = call.quota(bucket, limits.QUOTAS[bucket])
    left = (quota - vcpus(state, bucket)) // kind.vcpus
    if left < least:
        # evidence: record incident-a RunInstances
        raise Refusal(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current vCPU limit of {quota} allows for the instance "
            "bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )
    return min(left, most)


def capacity(state: Ec2, call: Call[Any], kind: Type, zone: str, least: int, most: int) -> int:
    """How many of them AWS has hosts for. Raises `Refusal` for too few."""
    if zone in state.watching.zones_down:
        raise no_capacity(kind.name, zone)
    limit = call.option(CAPACITY)
    if not limit:
        return most
    there = sum(
        one.zone == zone and instances.state_of(call, one) in ("pending", "running")
        for one in state.compute.instances.values()
    )
    if limit - there < least:
        raise no_capacity(kind.name, zone)
    return min(limit - there, most)


def no_capacity(kind: str, zone: str) -> Refusal:
    """AWS has no more hosts of a type in a zone."""
    # evidence: page errors-overview.html; words: guess
    return Refusal(
        "InsufficientInstanceCapacity",
        f"We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our "
        f"system will be working on provisioning additional capacity. You can currently get {kind} capacity by not "
        "specifying an Availability Zone in your request or choosing another.",
        status=500,
    )
