"""DescribeImages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import UNSET, Call, UnsetType, state_at, told
from backtrail.life import Phase
from backtrail_aws.ec2 import api, errors, filters, images, public_images, tags
from backtrail_aws.ec2.image_attributes import products
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_images import Image

CYCLE = {"pending": Phase(seconds=60, next="available")}


def state_of(call: Call[Any], image: Image) -> str:
    """`pending` for a moment, then `available`."""
    if isinstance(image.created, UnsetType):
        return "available"
    return state_at(CYCLE, "pending", image.created, call.time, pace=call.pace(image.created))


@service.read
def describe_images(state: Ec2, call: Call[api.DescribeImages]) -> api.DescribeImagesResult:
    """This account's images, those shared with it, and public ones; in the order of their ids."""
    params = call.params
    wanted = told(params.image_ids, [])
    if wanted and not isinstance(params.max_results, UnsetType):
        raise errors.page_with_ids("imagesSet")
    found: Iterable[Image]
    if wanted:
        found = [images.usable(state, call, one) for one in wanted]
    else:
        found = [
            *state.images.images.values(),
            *public_images.of(call.region).values(),
            *images.shared(state, call),
        ]
    keep = filters.tagged(params.filters, _fields(call))
    chosen = {
        one.id: one
        for one in found
        if _owned(call, one, told(params.owners, []))
        and _executable(call, one, told(params.executable_users, []))
    }
    page = filters.paged(call, chosen, keep, bounds=(1, 1000))
    return api.DescribeImagesResult(
        images=[shown(call, one) for one in page.items], next_token=page.next or UNSET
    )


def _owned(call: Call[Any], image: Image, owners: list[str]) -> bool:
    """Whether it belongs to one of those asked for: `self`, an account, Amazon's alias."""
    if not owners:
        return True
    return (
        image.account in owners
        or image.alias in owners
        or ("self" in owners and image.account == call.account)
    )


def _executable(call: Call[Any], image: Image, users: list[str]) -> bool:
    """Whether those asked for have explicit permission to launch it: `all`, `self`, an account."""
    if not users:
        return True
    groups = [one.group for one in image.permissions]
    accounts = [one.user_id for one in image.permissions]
    return any(
        (one == "all" and "all" in groups) or (call.account if one == "self" else one) in accounts
        for one in users
    )


def _fields(call: Call[Any]) -> filters.Fields[Image]:
    """API_DescribeImages: Filters."""

    def ebs(member: str) -> Any:
        def look(image: Image) -> filters.Value:
            values = [getattr(one.ebs, member, UNSET) for one in told(image.devices, [])]
            return [_text(one) for one in values if not isinstance(one, UnsetType)]

        return look

    return {
        "architecture": lambda image: image.architecture,
        "block-device-mapping.delete-on-termination": ebs("delete_on_termination"),
        "block-device-mapping.device-name": lambda image: [
            one.device_name for one in told(image.devices, [])
        ],
        "block-device-mapping.snapshot-id": ebs("snapshot_id"),
        "block-device-mapping.volume-size": ebs("volume_size"),
        "block-device-mapping.volume-type": ebs("volume_type"),
        "block-device-mapping.encrypted": ebs("encrypted"),
        "creation-date": lambda image: _created(image),
        "description": lambda image: image.description,
        "ena-support": lambda image: image.ena,
        "free-tier-eligible": lambda image: _free(image),
        "hypervisor": lambda image: "xen",
        "image-allowed": lambda image: True,
        "image-id": lambda image: image.id,
        "image-type": lambda image: "machine",
        "is-public": lambda image: image.public,
        "kernel-id": lambda image: image.kernel,
        "manifest-location": lambda image: image.location,
        "name": lambda image: image.name,
        "owner-alias": lambda image: image.alias,
        "owner-id": lambda image: image.account,
        "platform": lambda image: image.platform,
        "product-code": lambda image: image.products,
        "product-code.type": lambda image: "marketplace" if image.products else None,
        "ramdisk-id": lambda image: image.ramdisk,
        "root-device-name": lambda image: image.root_name,
        "root-device-type": lambda image: image.root_type,
        "source-image-id": lambda image: image.source_image,
        "source-image-region": lambda image: image.source_region,
        "source-instance-id": lambda image: image.source_instance,
        "state": lambda image: state_of(call, image),
        "state-reason-code": lambda image: None,
        "state-reason-message": lambda image: None,
        "sriov-net-support": lambda image: image.sriov,
        "virtualization-type": lambda image: image.virtualization,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _created(image: Image) -> str | UnsetType:
    if isinstance(image.created, UnsetType):
        return UNSET
    return image.created.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _free(image: Image) -> bool:
    """Amazon's own Linux and Windows, and Ubuntu: aws.amazon.com/free."""
    return image.account in (public_images.AMAZON, public_images.CANONICAL, public_images.WINDOWS)


def shown(call: Call[Any], image: Image) -> api.Image:
    """An image as answers show it."""
    known = not isinstance(image.account, UnsetType)
    return api.Image(
        image_id=image.id, name=image.name, description=image.description, image_location=image.location,
        owner_id=image.account, image_owner_alias=image.alias, public=image.public, state=state_of(call, image),
        architecture=image.architecture, image_type="machine", platform=image.platform, platform_details=image.details,
        usage_operation=image.usage, kernel_id=image.kernel, ramdisk_id=image.ramdisk,
        root_device_name=image.root_name, root_device_type=image.root_type, virtualization_type=image.virtualization,
        hypervisor="xen" if known else UNSET, ena_support=image.ena, sriov_net_support=image.sriov,
        boot_mode=image.boot_mode, tpm_support=image.tpm, imds_support=image.imds, creation_date=_created(image),
        block_device_mappings=image.devices, product_codes=products(image) or UNSET, tags=tags.shown(image.tags),
        source_instance_id=image.source_instance, source_image_id=image.source_image,
        source_image_region=image.source_region, free_tier_eligible=_free(image) if known else UNSET,
        deregistration_protection="disabled" if known else UNSET,
    )  # fmt: skip
