"""What can be changed of an image: who may launch it, its description.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharing-amis.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, images
from backtrail_aws.ec2.images import IMAGES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_images import Image

_ACCOUNT = re.compile(r"\d{12}")
_ATTRIBUTES = (
    "description", "kernel", "ramdisk", "launchPermission", "productCodes", "blockDeviceMapping", "sriovNetSupport",
    "bootMode", "tpmSupport", "uefiData", "lastLaunchedTime", "imdsSupport", "deregistrationProtection",
)  # fmt: skip


# modify


@service.handle
def modify_image_attribute(state: Ec2, call: Call[api.ModifyImageAttribute]) -> Answer[None]:
    """Share an image, take it back, describe it, demand version 2 of the metadata service."""
    params = call.params
    images.owned(state, call, params.image_id)
    if params.attribute not in (UNSET, "description", "launchPermission", "productCodes", "imdsSupport"):
        raise bad_attribute(told(params.attribute, ""))
    added, removed = _permissions(params)
    for one in added + removed:
        if isinstance(one.user_id, str) and _ACCOUNT.fullmatch(one.user_id) is None:
            # evidence: page errors-overview.html (InvalidAMIAttributeItemValue); words: guess
            raise Refusal(
                "InvalidAMIAttributeItemValue", f'Invalid attribute item value "{one.user_id}" for userId'
            )
        if one.group not in (UNSET, "all"):
            # evidence: page errors-overview.html (InvalidAMIAttributeItemValue); words: guess
            raise Refusal(
                "InvalidAMIAttributeItemValue", f'Invalid attribute item value "{one.group}" for group'
            )
    changed = isinstance(params.description, api.AttributeValue) or isinstance(
        params.imds_support, api.AttributeValue
    )
    if not (changed or added or removed or isinstance(params.value, str) or told(params.product_codes, [])):
        raise no_attributes()
    return Answer(None, params=_recorded(params))


def _recorded(params: api.ModifyImageAttribute) -> api.ModifyImageAttribute:
    """The request as CloudTrail writes it: in one of the two ways, whichever was used."""
    added, removed = _permissions(params)
    permission: api.LaunchPermissionModifications | UnsetType = UNSET
    if added or removed:
        permission = api.LaunchPermissionModifications(add=added or UNSET, remove=removed or UNSET)
    given = {"description": params.description, "imds_support": params.imds_support}
    member = {"description": "description", "imdsSupport": "imds_support"}.get(told(params.attribute, ""))
    if member is not None and isinstance(params.value, str):
        given[member] = told(given[member], api.AttributeValue(value=params.value))
    return msgspec.structs.replace(
        params, attribute="launchPermission", launch_permission=permission, operation_type=UNSET, user_ids=UNSET,
        user_groups=UNSET, organization_arns=UNSET, organizational_unit_arns=UNSET, value=UNSET, **given,
    )  # fmt: skip


@service.project
def image_attribute_modified(state: Ec2, event: Event[api.ModifyImageAttribute, None]) -> None:
    """The image is otherwise from now on."""
    params = event.params
    image = IMAGES.known(state, event, params.image_id)
    added, removed = _permissions(params)
    image.permissions = [one for one in image.permissions if one not in removed and one not in added] + added
    if isinstance(params.description, api.AttributeValue):
        image.description = params.description.value
    elif params.attribute == "description":
        image.description = params.value
    if isinstance(params.imds_support, api.AttributeValue):
        image.imds = params.imds_support.value
    elif params.attribute == "imdsSupport":
        image.imds = params.value
    image.products += [one for one in told(params.product_codes, []) if one not in image.products]


def _added_to(event: Event[api.ModifyImageAttribute, None]) -> list[tuple[str, str]]:
    return _places(event, _permissions(event.params)[0])


def _removed_from(event: Event[api.ModifyImageAttribute, None]) -> list[tuple[str, str]]:
    return _places(event, _permissions(event.params)[1])


def _places(
    event: Event[api.ModifyImageAttribute, None], permissions: list[api.LaunchPermission]
) -> list[tuple[str, str]]:
    """Where the accounts are that are named, but for the owner's own."""
    named = dict.fromkeys(one.user_id for one in permissions if isinstance(one.user_id, str))
    return [(one, event.region) for one in named if _ACCOUNT.fullmatch(one) and one != event.account]


@service.project(at=_added_to)
def image_shared(state: Ec2, event: Event[api.ModifyImageAttribute, None]) -> None:
    """Accounts that may launch it know of it."""
    state.images.shared[event.params.image_id] = event.account


@service.project(at=_removed_from)
def image_unshared(state: Ec2, event: Event[api.ModifyImageAttribute, None]) -> None:
    """Accounts that may not launch it any more forget it."""
    state.images.shared.pop(event.params.image_id, None)


def _permissions(
    params: api.ModifyImageAttribute,
) -> tuple[list[api.LaunchPermission], list[api.LaunchPermission]]:
    """Who is added, who is removed; a request says it in one of two ways."""
    change = params.launch_permission
    if isinstance(change, api.LaunchPermissionModifications):
        return list(told(change.add, [])), list(told(change.remove, []))
    named = [api.LaunchPermission(user_id=one) for one in told(params.user_ids, [])]
    named += [api.LaunchPermission(group=one) for one in told(params.user_groups, [])]
    named += [api.LaunchPermission(organization_arn=one) for one in told(params.organization_arns, [])]
    named += [
        api.LaunchPermission(organizational_unit_arn=one) for one in told(params.organizational_unit_arns, [])
    ]
    return ([], named) if params.operation_type == "remove" else (named, [])


@service.handle
def reset_image_attribute(state: Ec2, call: Call[api.ResetImageAttribute]) -> None:
    """Nobody but its owner may launch the image any more."""
    images.owned(state, call, call.params.image_id)
    if told(call.params.attribute, "") != "launchPermission":
        raise bad_attribute(told(call.params.attribute, ""))


@service.project
def image_attribute_reset(state: Ec2, event: Event[api.ResetImageAttribute, None]) -> None:
    """It is private."""
    IMAGES.known(state, event, event.params.image_id).permissions = []


# describe


@service.read
def describe_image_attribute(
    state: Ec2, call: Call[api.DescribeImageAttribute]
) -> api.DescribeImageAttributeResult:
    """One attribute of an image."""
    wanted = told(call.params.attribute, "")
    if wanted not in _ATTRIBUTES:
        raise bad_attribute(wanted)
    image = images.listed(state, call, call.params.image_id) or images.owned(
        state, call, call.params.image_id
    )
    if image.account not in (call.account, UNSET) and wanted in ("launchPermission", "blockDeviceMapping"):
        raise images.not_yours(image.id)
    return api.DescribeImageAttributeResult(image_id=image.id, **_shown(image, wanted))


def _shown(image: Image, wanted: str) -> dict[str, Any]:
    plain = {
        "description": ("description", image.description), "kernel": ("kernel_id", image.kernel),
        "ramdisk": ("ramdisk_id", image.ramdisk), "sriovNetSupport": ("sriov_net_support", image.sriov),
        "bootMode": ("boot_mode", image.boot_mode), "tpmSupport": ("tpm_support", image.tpm),
        "uefiData": ("uefi_data", image.uefi_data), "imdsSupport": ("imds_support", image.imds),
        "deregistrationProtection": ("deregistration_protection", "disabled"),
        "lastLaunchedTime": (
            "last_launched_time",
            UNSET if isinstance(image.launched, UnsetType) else image.launched.strftime("%Y-%m-%dT%H:%M:%SZ"),
        ),
    }  # fmt: skip
    if wanted in plain:
        member, value = plain[wanted]
        return {member: api.AttributeValue(value=value)}
    if wanted == "launchPermission":
        return {"launch_permissions": list(image.permissions)}
    if wanted == "productCodes":
        return {"product_codes": products(image)}
    return {"block_device_mappings": told(image.devices, [])}


def products(image: Image) -> list[api.ProductCode]:
    """An image's product codes."""
    return [api.ProductCode(product_code_id=one, product_code_type="marketplace") for one in image.products]


def bad_attribute(name: str) -> Refusal:
    """An attribute that images do not have."""
    # evidence: guess
    return errors.invalid(f"Value ({name}) for parameter attribute is invalid. Unknown attribute.")


def no_attributes() -> Refusal:
    """Nothing is to be changed."""
    # evidence: page errors-overview.html; words: guess
    return errors.combination("No attributes specified.")
