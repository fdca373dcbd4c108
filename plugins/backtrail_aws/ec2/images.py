"""Machine images: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIs.html

Nobody can list all public images. An id of the right form that nobody registered here, and that is not another
region's image of this account, is taken for somebody's public image: an instance of it can be launched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.record import arn as arn_of
from backtrail_aws.ec2 import api, errors, public_images, regions, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_images import Image

_NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")  # API_CreateImage


class _Images(Kind[Image]):
    """Images have no account in their ARN, and word what is not there unlike others."""

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[Image]:
        """This account's images of some ids, and those that records told of."""
        wanted = list(dict.fromkeys(identifiers))
        check_form(wanted)
        if lost := [one for one in wanted if one not in state.images.images]:
            raise unknown(lost)
        return [state.images.images[one] for one in wanted]

    def arn(self, where: Call[Any] | Event[Any, Any], identifier: str) -> str:
        """`arn:aws:ec2:us-east-1::image/ami-1`"""
        return arn_of("ec2", where.region, "", f"image/{identifier}")


IMAGES = _Images(
    "image", "ami", Image, lambda state: state.images.images, code="InvalidAMIID.NotFound", noun="image id",
    malformed="InvalidAMIID.Malformed", parameters=("image_id",),
    created_by=("CreateImage", "RegisterImage", "CopyImage"),
)  # fmt: skip


def check_form(identifiers: Iterable[str]) -> None:
    """Refuse an id that no image can have."""
    for one in identifiers:
        if not IMAGES.fits(one):
            # evidence: https://github.com/hashicorp/terraform/issues/22172
            raise Refusal("InvalidAMIID.Malformed", f'Invalid id: "{one}" (expecting "ami-...")')


def unknown(identifiers: list[str]) -> Refusal:
    """Images that are not there."""
    # evidence: https://github.com/aws/aws-sdk/issues/97 (the plural: guess)
    if len(identifiers) == 1:
        return Refusal("InvalidAMIID.NotFound", f"The image id '[{identifiers[0]}]' does not exist")
    return Refusal("InvalidAMIID.NotFound", f"The image ids '[{', '.join(identifiers)}]' do not exist")


def not_yours(identifier: str) -> Refusal:
    """An image that somebody else may change, but not the caller."""
    # evidence: page errors-overview.html (AuthFailure); words: guess
    return Refusal("AuthFailure", f"Not authorized for image:{identifier}", status=403)


# use


def usable(state: Ec2, call: Call[Any], identifier: str) -> Image:
    """The image that an instance may be launched from. Raises `Refusal`."""
    check_form([identifier])
    found = listed(state, call, identifier)
    if found is not None:
        return found
    if identifier in state.images.gone or _elsewhere(call, identifier):
        raise unknown([identifier])
    return Image(id=identifier, arn=IMAGES.arn(call, identifier))


def listed(state: Ec2, call: Call[Any], identifier: str) -> Image | None:
    """An image that is known here: this account's, one that is shared with it, a public one."""
    found = state.images.images.get(identifier)
    if found is None:
        found = public_images.of(call.region).get(identifier)
    return found or _shared(state, call, identifier)


def shared(state: Ec2, call: Call[Any]) -> list[Image]:
    """Other accounts' images that this one may launch."""
    found = [_shared(state, call, identifier) for identifier in state.images.shared]
    return [one for one in found if one is not None]


def _shared(state: Ec2, call: Call[Any], identifier: str) -> Image | None:
    owner = state.images.shared.get(identifier)
    if owner is None:
        return None
    return call.own(service, owner, call.region).images.images.get(identifier)


def _elsewhere(call: Call[Any], identifier: str) -> bool:
    """Whether it is this account's image in another region: images are regional."""
    return any(
        identifier in call.own(service, call.account, name).images.images
        for name, region in regions.REGIONS.items()
        if name != call.region and not region.opt_in
    )


def owned(state: Ec2, call: Call[Any], identifier: str) -> Image:
    """An image that the caller's account may change. Raises `Refusal`."""
    check_form([identifier])
    found = state.images.images.get(identifier)
    if found is not None and found.account in (call.account, UNSET):
        return found
    if listed(state, call, identifier) is not None:
        raise not_yours(identifier)
    raise unknown([identifier])


def check_name(state: Ec2, call: Call[Any], name: str | UnsetType) -> str:
    """The name that a new image may have. Raises `Refusal`."""
    if isinstance(name, UnsetType):
        raise errors.missing("Name")
    if _NAME.fullmatch(name) is None:
        # evidence: page errors-overview.html (InvalidAMIName.Malformed), API_CreateImage (the rule); words: guess
        raise Refusal(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', "
            "'-', '/' and '_'",
        )
    for one in state.images.images.values():
        if one.name == name and one.account == call.account:
            # evidence: https://github.com/wazuh/wazuh-virtual-machines/issues/654
            raise Refusal("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {one.id}")
    return name


# deregister


@service.handle
def deregister_image(state: Ec2, call: Call[api.DeregisterImage]) -> api.DeregisterImageResult:
    """Its snapshots stay, unless they are to go with it; instances run on."""
    image = owned(state, call, call.params.image_id)
    deleted: list[api.DeleteSnapshotReturnCode] | UnsetType = UNSET
    if call.params.delete_associated_snapshots is True:
        deleted = [
            api.DeleteSnapshotReturnCode(snapshot_id=one, return_code=_deletion(state, image, one))
            for one in snapshots_of(image)
        ]
    return api.DeregisterImageResult(return_=True, delete_snapshot_results=deleted)


def _deletion(state: Ec2, image: Image, snapshot: str) -> str:
    """What comes of deleting a snapshot with its image: API_DeleteSnapshotReturnCode."""
    others = (one for one in state.images.images.values() if one.id != image.id)
    if any(snapshot in snapshots_of(one) for one in others):
        return "skipped"
    return "success" if snapshot in state.storage.snapshots else "missing-permissions"


@service.project
def image_deregistered(state: Ec2, event: Event[api.DeregisterImage, api.DeregisterImageResult]) -> None:
    """The image is gone, and nobody may launch it any more."""
    image = state.images.images.pop(event.params.image_id, None)
    state.images.gone[event.params.image_id] = True
    if image is None or event.params.delete_associated_snapshots is not True:
        return
    for snapshot in snapshots_of(image):
        if not any(snapshot in snapshots_of(one) for one in state.images.images.values()):
            state.storage.snapshots.pop(snapshot, None)


@service.evidence
def image_was_gone(state: Ec2, event: Event[api.DeregisterImage, None]) -> None:
    """An image that could not be deregistered because it is not there is not there."""
    if event.error == "Client.InvalidAMIID.NotFound":
        state.images.images.pop(event.params.image_id, None)


def snapshots_of(image: Image) -> list[str]:
    """The snapshots that an image is made of."""
    return [
        one.ebs.snapshot_id
        for one in told(image.devices, [])
        if isinstance(one.ebs, api.EbsBlockDevice) and isinstance(one.ebs.snapshot_id, str)
    ]


def put(state: Ec2, event: Event[Any, Any], image: Image, specifications: tags.Specifications) -> None:
    """In a fold: there is this image."""
    image.arn = IMAGES.arn(event, image.id)
    image.tags = {**image.tags, **tags.given(specifications, "image")}
    state.images.images[image.id] = image
    state.images.gone.pop(image.id, None)
