"""Volumes, snapshots and images."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where
from .test_instances import launch, run

OTHER = "210987654321"


def asked(**given: Any) -> api.CreateVolume:
    """A request for a volume of 10 GiB."""
    return msgspec.structs.replace(api.CreateVolume(availability_zone="us-east-1a", size=10), **given)


def volume(ec2: Ec2, **given: Any) -> str:
    """A new volume's id."""
    return str(ec2.did(asked(**given)).volume_id)


@pytest.mark.parametrize(
    ("kind", "size", "iops"), [("gp2", 100, 300), ("gp2", 20, 100), ("gp2", 16384, 16000), ("gp3", 10, 3000)]
)
def test_iops_by_size(kind: str, size: int, iops: int) -> None:
    """Three a GiB for gp2, at least 100 and at most 16,000; 3,000 for gp3 of any size."""
    made = Ec2().did(api.CreateVolume(availability_zone="us-east-1a", size=size, volume_type=kind))

    assert made.iops == iops


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"volume_type": "gp2", "size": 16385}, "InvalidParameterValue"),
        ({"volume_type": "io1"}, "MissingParameter"),
        ({"volume_type": "io1", "iops": 501}, "InvalidParameterCombination"),
        ({"volume_type": "gp2", "iops": 500}, "InvalidParameterCombination"),
        ({"volume_type": "st1", "size": 100}, "InvalidParameterValue"),
        ({"volume_type": "gp3", "throughput": 1000}, "InvalidParameterCombination"),
        ({"volume_type": "gp9"}, "UnknownVolumeType"),
        ({"availability_zone": "nowhere"}, "InvalidZone.NotFound"),
        ({"snapshot_id": "snap-00000000"}, "InvalidSnapshot.NotFound"),
        ({"multi_attach_enabled": True}, "InvalidParameterCombination"),
    ],
)
def test_volumes_that_cannot_be(given: dict[str, Any], code: str) -> None:
    """Each in AWS's code."""
    ec2 = Ec2()

    ec2.when(asked(**given)).refused(code)


def test_attaching() -> None:
    """To one instance in the zone, under a free name; the root of a running one stays."""
    ec2 = Ec2()
    one, other = run(ec2, 2)
    made = volume(ec2)
    ec2.given(api.AttachVolume(volume_id=made, instance_id=one, device="/dev/sdf"))
    ec2.when(api.AttachVolume(volume_id=made, instance_id=other, device="/dev/sdf")).refused("VolumeInUse")
    ec2.when(api.AttachVolume(volume_id=volume(ec2), instance_id=one, device="/dev/sdf")).refused(
        "InvalidParameterValue", "already in use"
    )
    ec2.when(api.DeleteVolume(volume_id=made)).refused("VolumeInUse")
    far = volume(ec2, availability_zone="us-east-1b")
    ec2.when(api.AttachVolume(volume_id=far, instance_id=one, device="/dev/sdg")).refused(
        "InvalidVolume.ZoneMismatch"
    )
    held = (
        ec2.did(api.DescribeInstances(instance_ids=[one])).reservations[0].instances[0].block_device_mappings
    )
    first = next(device.ebs.volume_id for device in held if device.device_name == "/dev/xvda")
    ec2.when(api.DetachVolume(volume_id=first)).refused(
        "OperationNotPermitted", "Unable to detach root volume"
    )
    ec2.given(api.StopInstances(instance_ids=[one]), api.DetachVolume(volume_id=first))
    ec2.when(api.StartInstances(instance_ids=[one])).refused("IncorrectInstanceState")
    ec2.given(api.DetachVolume(volume_id=made))
    ec2.when(api.DetachVolume(volume_id=made)).refused("IncorrectState", "'available' state")
    ec2.replays()


def test_several_instances_share_a_volume() -> None:
    """One of io2 that allows it."""
    ec2 = Ec2()
    made = volume(ec2, volume_type="io2", iops=1000, multi_attach_enabled=True)
    for instance in run(ec2, 2):
        ec2.given(api.AttachVolume(volume_id=made, instance_id=instance, device="/dev/sdf"))
    assert len(ec2.did(api.DescribeVolumes(volume_ids=[made])).volumes[0].attachments) == 2
    ec2.when(api.DetachVolume(volume_id=made)).refused("MissingParameter")
    ec2.replays()


def test_modifying() -> None:
    """A volume grows and gets another type; it never shrinks."""
    ec2 = Ec2()
    made = volume(ec2, volume_type="gp2")
    ec2.given(api.ModifyVolume(volume_id=made, size=20, volume_type="gp3"))
    shown = ec2.did(api.DescribeVolumes(volume_ids=[made])).volumes[0]
    assert (shown.size, shown.volume_type, shown.iops) == (20, "gp3", 3000)
    ec2.when(api.ModifyVolume(volume_id=made, size=10)).refused("InvalidParameterValue", "smaller")
    ec2.when(api.DescribeVolumesModifications(volume_ids=[volume(ec2)])).refused(
        "InvalidVolumeModification.NotFound"
    )
    ec2.replays()


def test_encryption_by_default() -> None:
    """New volumes and copies are encrypted; snapshots of them, and volumes of these, too."""
    ec2 = Ec2()
    ec2.given(api.EnableEbsEncryptionByDefault())
    made = volume(ec2)
    snapshot = ec2.did(api.CreateSnapshot(volume_id=made))
    assert snapshot.encrypted is True
    ec2.given(api.DisableEbsEncryptionByDefault())
    restored = ec2.did(api.CreateVolume(availability_zone="us-east-1b", snapshot_id=snapshot.snapshot_id))
    assert (restored.encrypted, restored.size) == (True, 10)
    everyone = api.ModifySnapshotAttribute(
        snapshot_id=snapshot.snapshot_id,
        attribute="createVolumePermission",
        operation_type="add",
        group_names=["all"],
    )
    ec2.when(everyone).refused("OperationNotPermitted", "publicly")
    ec2.replays()


def test_sharing_with_another_account() -> None:
    """It sees what is shared with it, uses it, and no more when it is taken back."""
    ec2 = Ec2()
    snapshot = ec2.did(api.CreateSnapshot(volume_id=volume(ec2))).snapshot_id
    (instance,) = run(ec2)
    image = ec2.did(api.CreateImage(instance_id=instance, name="mine")).image_id
    permit = [api.CreateVolumePermission(user_id=OTHER)]
    share = api.CreateVolumePermissionModifications(add=permit)
    ec2.given(api.ModifySnapshotAttribute(snapshot_id=snapshot, create_volume_permission=share))
    launchers = api.LaunchPermissionModifications(add=[api.LaunchPermission(user_id=OTHER)])
    ec2.given(api.ModifyImageAttribute(image_id=image, launch_permission=launchers))

    use = api.CreateVolume(availability_zone="us-east-1a", snapshot_id=snapshot)
    ec2.when(use, account=OTHER)
    assert ec2.error is None
    ec2.when(api.DescribeImages(executable_users=["self"]), account=OTHER)
    assert [one.image_id for one in ec2.answer.images] == [image]
    ec2.when(launch(image_id=image), account=OTHER)
    assert ec2.error is None
    ec2.when(api.DeregisterImage(image_id=image), account=OTHER).refused("AuthFailure")
    ec2.given(api.ResetSnapshotAttribute(snapshot_id=snapshot, attribute="createVolumePermission"))
    back = api.CreateVolumePermissionModifications(remove=permit)
    ec2.given(api.ModifySnapshotAttribute(snapshot_id=snapshot, create_volume_permission=back))
    ec2.when(use, account=OTHER).refused("InvalidSnapshot.NotFound")
    ec2.replays()


def test_an_instance_at_once() -> None:
    """Snapshots of all its volumes, or all but the root."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    ec2.given(api.AttachVolume(volume_id=volume(ec2), instance_id=instance, device="/dev/sdf"))
    whole = api.InstanceSpecification(instance_id=instance)
    assert len(ec2.did(api.CreateSnapshots(instance_specification=whole)).snapshots) == 2
    part = api.InstanceSpecification(instance_id=instance, exclude_boot_volume=True)
    assert len(ec2.did(api.CreateSnapshots(instance_specification=part)).snapshots) == 1
    ec2.replays()


def test_images() -> None:
    """Made of an instance with snapshots of its disks; launched, described, copied, deregistered."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    image = ec2.did(api.CreateImage(instance_id=instance, name="mine")).image_id
    (shown,) = ec2.did(api.DescribeImages(owners=["self"])).images
    assert (shown.state, shown.source_instance_id, shown.public) == ("available", instance, False)
    snapshot = shown.block_device_mappings[0].ebs.snapshot_id
    ec2.when(api.DeleteSnapshot(snapshot_id=snapshot)).refused("InvalidSnapshot.InUse", f"in use by {image}")
    ec2.when(api.CreateImage(instance_id=instance, name="mine")).refused(
        "InvalidAMIName.Duplicate", f"AMI name mine is already in use by AMI {image}"
    )
    ec2.when(api.CreateImage(instance_id=instance, name="?")).refused("InvalidAMIName.Malformed")
    run(ec2, image_id=image)
    ec2.given(api.DeregisterImage(image_id=image, delete_associated_snapshots=True))
    assert ec2.did(api.DescribeSnapshots(owner_ids=["self"])).snapshots == []
    ec2.when(launch(image_id=image)).refused(
        "InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist"
    )
    ec2.replays()


def test_public_images() -> None:
    """Amazon's are found by name; nobody else may change them; any well-formed id can be launched."""
    ec2 = Ec2()
    found = ec2.did(
        api.DescribeImages(owners=["amazon"], filters=where(name="amzn2-ami-hvm-2.0.*-x86_64-gp2"))
    ).images
    assert [one.image_owner_alias for one in found] == ["amazon"]
    ec2.when(api.DeregisterImage(image_id=found[0].image_id)).refused("AuthFailure")
    ec2.when(api.DeregisterImage(image_id="ami-00000000")).refused("InvalidAMIID.NotFound")
    (paid,) = ec2.did(api.DescribeImages(owners=["aws-marketplace"])).images
    ec2.when(launch(image_id=paid.image_id)).refused("OptInRequired")
    stored = ec2.did(api.DescribeImages(filters=where(root_device_type="instance-store"))).images[0]
    ec2.when(launch(image_id=stored.image_id)).refused("InvalidParameterCombination", "paravirtual")
    (instance,) = run(ec2, image_id=stored.image_id, instance_type="m1.small")
    ec2.when(api.StopInstances(instance_ids=[instance])).refused("UnsupportedOperation")
    ec2.replays()


def test_registering() -> None:
    """An image of a snapshot, with its attributes one by one."""
    ec2 = Ec2()
    snapshot = ec2.did(api.CreateSnapshot(volume_id=volume(ec2))).snapshot_id
    ebs = api.EbsBlockDevice(snapshot_id=snapshot)
    call = api.RegisterImage(
        name="mine", root_device_name="/dev/xvda", architecture="x86_64", virtualization_type="hvm", ena_support=True,
        block_device_mappings=[api.BlockDeviceMapping(device_name="/dev/xvda", ebs=ebs)],
    )  # fmt: skip
    image = ec2.did(call).image_id
    ec2.given(api.ModifyImageAttribute(image_id=image, description=api.AttributeValue(value="new")))
    shown = ec2.did(api.DescribeImageAttribute(image_id=image, attribute="description")).description
    assert shown.value == "new"
    ec2.given(api.ModifyImageAttribute(image_id=image, operation_type="add", user_groups=["all"]))
    assert ec2.did(api.DescribeImages(image_ids=[image])).images[0].public is True
    ec2.given(api.ResetImageAttribute(image_id=image, attribute="launchPermission"))
    assert ec2.did(api.DescribeImages(image_ids=[image])).images[0].public is False
    run(ec2, image_id=image)
    ec2.replays()
