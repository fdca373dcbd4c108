"""Instances and what they are made of, with boto3 over a socket."""

from __future__ import annotations

import base64
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization

AMAZON = [{"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}]


@pytest.fixture
def ec2(endpoint: str) -> Any:
    """A client of the server under test."""
    return client(endpoint)


def client(endpoint: str, region: str = "us-east-1") -> Any:
    """A client of a region."""
    return boto3.client(
        "ec2",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def refused(call: Any, code: str, **params: Any) -> str:
    """The message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return str(error["Message"])


def launched(ec2: Any, count: int = 1, **params: Any) -> list[str]:
    """New instances' ids."""
    given = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", **params}
    answer = ec2.run_instances(MinCount=count, MaxCount=count, **given)
    return [one["InstanceId"] for one in answer["Instances"]]


def the(ec2: Any, instance: str) -> Any:
    """An instance as DescribeInstances shows it."""
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def test_an_instance_lives_and_ends(ec2: Any) -> None:
    """Waiters see it run, stop, run again with another public address, and end with its disks."""
    image = ec2.describe_images(Owners=["amazon"], Filters=AMAZON)["Images"][0]["ImageId"]
    (instance,) = launched(ec2, ImageId=image, UserData="#!/bin/bash")
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=[instance])
    first = the(ec2, instance)
    assert first["MetadataOptions"]["HttpTokens"] == "required"
    data = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(data) == b"#!/bin/bash"
    (device,) = first["BlockDeviceMappings"]

    ec2.stop_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance])
    assert "PublicIpAddress" not in the(ec2, instance)
    ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.small"})
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"other"})
    ec2.start_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
    again = the(ec2, instance)
    assert again["PublicIpAddress"] != first["PublicIpAddress"]
    assert (again["PrivateIpAddress"], again["InstanceType"]) == (first["PrivateIpAddress"], "t3.small")

    ec2.terminate_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance])
    refused(ec2.describe_volumes, "InvalidVolume.NotFound", VolumeIds=[device["Ebs"]["VolumeId"]])


def test_keys_are_real(ec2: Any) -> None:
    """What CreateKeyPair answers is a private key, whose public half DescribeKeyPairs shows."""
    for kind in ("rsa", "ed25519"):
        made = ec2.create_key_pair(KeyName=kind, KeyType=kind)
        material = made["KeyMaterial"].encode()
        load = serialization.load_ssh_private_key if kind == "ed25519" else serialization.load_pem_private_key
        key = load(material + b"\n", None)
        public = key.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        (shown,) = ec2.describe_key_pairs(KeyNames=[kind], IncludePublicKey=True)["KeyPairs"]
        assert shown["PublicKey"].split()[:2] == public.decode().split()
        ec2.import_key_pair(KeyName=f"{kind}-2", PublicKeyMaterial=public)
    assert ec2.create_key_pair(KeyName="windows", KeyFormat="ppk")["KeyMaterial"].startswith(
        "PuTTY-User-Key-File"
    )
    assert (
        refused(ec2.create_key_pair, "InvalidKeyPair.Duplicate", KeyName="rsa")
        == "The keypair 'rsa' already exists."
    )
    (instance,) = launched(ec2, KeyName="rsa")
    ec2.delete_key_pair(KeyName="rsa")
    assert the(ec2, instance)["KeyName"] == "rsa"


def test_many_instances_come_in_pages(ec2: Any) -> None:
    """A paginator sees each instance once."""
    made = set(launched(ec2, 12))
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    seen = [one["InstanceId"] for page in pages for held in page["Reservations"] for one in held["Instances"]]
    assert len(pages) == 3
    assert (len(seen), set(seen)) == (12, made)


def test_a_volume_moves_between_instances(ec2: Any) -> None:
    """Attached to one at a time, in its zone; a snapshot of it makes another, also in another region."""
    one, other = launched(ec2, 2)
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10, VolumeType="gp3")["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume])
    refused(ec2.attach_volume, "VolumeInUse", VolumeId=volume, InstanceId=other, Device="/dev/sdf")
    ec2.detach_volume(VolumeId=volume)
    ec2.attach_volume(VolumeId=volume, InstanceId=other, Device="/dev/sdf")
    elsewhere = ec2.create_volume(AvailabilityZone="us-east-1b", Size=1)["VolumeId"]
    refused(
        ec2.attach_volume, "InvalidVolume.ZoneMismatch", VolumeId=elsewhere, InstanceId=one, Device="/dev/sdg"
    )

    snapshot = ec2.create_snapshot(VolumeId=volume, Description="mine")["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot])
    refused(
        ec2.create_volume, "InvalidParameterValue", AvailabilityZone="us-east-1b", SnapshotId=snapshot, Size=5
    )
    restored = ec2.create_volume(AvailabilityZone="us-east-1b", SnapshotId=snapshot)
    assert restored["Size"] == 10
    ec2.modify_volume(VolumeId=volume, Size=20)
    (modified,) = ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"]
    assert (modified["OriginalSize"], modified["TargetSize"]) == (10, 20)


def test_an_image_is_regional_and_can_be_copied(ec2: Any, endpoint: str) -> None:
    """What an instance became is launched again, elsewhere only as a copy; deregistered, no more."""
    (instance,) = launched(ec2)
    image = ec2.create_image(InstanceId=instance, Name="mine")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image])
    launched(ec2, ImageId=image)
    west = client(endpoint, "us-west-2")
    refused(west.run_instances, "InvalidAMIID.NotFound", ImageId=image, MinCount=1, MaxCount=1)
    copy = west.copy_image(Name="mine", SourceImageId=image, SourceRegion="us-east-1")["ImageId"]
    launched(west, ImageId=copy)
    (held,) = west.describe_images(Owners=["self"])["Images"]
    snapshot = held["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    refused(west.delete_snapshot, "InvalidSnapshot.InUse", SnapshotId=snapshot)
    west.deregister_image(ImageId=copy)
    west.delete_snapshot(SnapshotId=snapshot)
    refused(west.run_instances, "InvalidAMIID.NotFound", ImageId=copy, MinCount=1, MaxCount=1)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    assert image in [one["ImageId"] for one in ec2.describe_images(ExecutableUsers=["all"])["Images"]]


def test_a_template_launches(ec2: Any) -> None:
    """A launch takes the latest version where it is told to, and says the rest itself."""
    data = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.small", "UserData": "aGVsbG8="}
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]
    ec2.create_launch_template_version(
        LaunchTemplateName="web", SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
    )
    for version, kind in (("$Default", "t3.small"), ("$Latest", "t3.large"), ("1", "t3.small")):
        answer = ec2.run_instances(
            MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "web", "Version": version}
        )
        assert answer["Instances"][0]["InstanceType"] == kind
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
    assert [one["VersionNumber"] for one in versions["LaunchTemplateVersions"]] == [2, 1]
    copied = ec2.get_launch_template_data(InstanceId=answer["Instances"][0]["InstanceId"])[
        "LaunchTemplateData"
    ]
    assert (copied["UserData"], copied["InstanceType"]) == ("aGVsbG8=", "t3.small")


def test_fleets_really_launch(ec2: Any) -> None:
    """An instant fleet answers with its instances; one that keeps its size replaces what ends."""
    data = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.small"}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "$Latest"}}]
    target = {"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "on-demand"}
    fleet = ec2.create_fleet(
        Type="instant", LaunchTemplateConfigs=configs, TargetCapacitySpecification=target
    )
    made = [name for one in fleet["Instances"] for name in one["InstanceIds"]]
    assert (len(made), fleet["Errors"]) == (2, [])
    assert {"Key": "aws:ec2:fleet-id", "Value": fleet["FleetId"]} in the(ec2, made[0])["Tags"]

    kept = ec2.create_fleet(
        Type="maintain", LaunchTemplateConfigs=configs, TargetCapacitySpecification=target
    )["FleetId"]
    first = ec2.describe_fleet_instances(FleetId=kept)["ActiveInstances"]
    ec2.terminate_instances(InstanceIds=[first[0]["InstanceId"]])
    assert len(ec2.describe_fleet_instances(FleetId=kept)["ActiveInstances"]) == 2
    ec2.delete_fleets(FleetIds=[kept], TerminateInstances=True)
    assert ec2.describe_fleet_instances(FleetId=kept)["ActiveInstances"] == []


def test_a_spot_request_is_fulfilled(ec2: Any) -> None:
    """A waiter sees it; cancelled, its instance goes on."""
    launch = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "m5.large"}
    (request,) = ec2.request_spot_instances(LaunchSpecification=launch)["SpotInstanceRequests"]
    named = [request["SpotInstanceRequestId"]]
    ec2.get_waiter("spot_instance_request_fulfilled").wait(SpotInstanceRequestIds=named)
    (shown,) = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=named)["SpotInstanceRequests"]
    assert the(ec2, shown["InstanceId"])["InstanceLifecycle"] == "spot"
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=named)
    assert the(ec2, shown["InstanceId"])["State"]["Name"] == "running"


def test_a_dry_run_and_a_token(ec2: Any) -> None:
    """A dry run launches nothing; a token launches once."""
    params: dict[str, Any] = {"ImageId": "ami-0123456789abcdef0", "MinCount": 1, "MaxCount": 1}
    refused(ec2.run_instances, "DryRunOperation", DryRun=True, **params)
    one = ec2.run_instances(ClientToken="once", **params)
    two = ec2.run_instances(ClientToken="once", **params)
    assert one["Instances"][0]["InstanceId"] == two["Instances"][0]["InstanceId"]
    refused(ec2.run_instances, "IdempotentParameterMismatch", ClientToken="once", **{**params, "MaxCount": 2})


def test_what_else_can_be_asked_of_an_instance(ec2: Any) -> None:
    """Each further action of instances, answered in its own form."""
    (instance,) = launched(ec2, KeyName=ec2.create_key_pair(KeyName="mine")["KeyName"])
    ids = [instance]
    assert ec2.get_console_output(InstanceId=instance)["InstanceId"] == instance
    assert ec2.get_password_data(InstanceId=instance)["PasswordData"] == ""
    refused(ec2.get_instance_uefi_data, "UnsupportedOperation", InstanceId=instance)
    assert (
        ec2.monitor_instances(InstanceIds=ids)["InstanceMonitorings"][0]["Monitoring"]["State"] == "pending"
    )
    assert ec2.unmonitor_instances(InstanceIds=ids)["InstanceMonitorings"][0]["InstanceId"] == instance
    ec2.reboot_instances(InstanceIds=ids)
    for attribute in (
        "instanceType", "kernel", "ramdisk", "disableApiTermination", "instanceInitiatedShutdownBehavior",
        "rootDeviceName", "blockDeviceMapping", "productCodes", "sourceDestCheck", "groupSet", "ebsOptimized",
        "sriovNetSupport", "enaSupport", "enclaveOptions", "disableApiStop",
    ):  # fmt: skip
        assert (
            ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute)["InstanceId"]
            == instance
        )
    ec2.modify_instance_attribute(InstanceId=instance, Attribute="disableApiTermination", Value="true")
    refused(ec2.terminate_instances, "OperationNotPermitted", InstanceIds=ids)
    ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
    ec2.reset_instance_attribute(InstanceId=instance, Attribute="sourceDestCheck")
    credit = ec2.describe_instance_credit_specifications(InstanceIds=ids)["InstanceCreditSpecifications"]
    assert credit == [{"InstanceId": instance, "CpuCredits": "unlimited"}]
    changed = ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": instance, "CpuCredits": "standard"}]
    )
    assert len(changed["SuccessfulInstanceCreditSpecifications"]) == 1
    ec2.create_placement_group(GroupName="spread", Strategy="spread")
    ec2.stop_instances(InstanceIds=ids)
    ec2.modify_instance_placement(InstanceId=instance, GroupName="spread")
    assert the(ec2, instance)["Placement"]["GroupName"] == "spread"
    assert ec2.describe_placement_groups(GroupNames=["spread"])["PlacementGroups"][0]["State"] == "available"
    refused(ec2.delete_placement_group, "InvalidPlacementGroup.InUse", GroupName="spread")
    assert ec2.describe_instance_status(InstanceIds=ids, IncludeAllInstances=True)["InstanceStatuses"]


def test_what_else_can_be_asked_of_storage(ec2: Any) -> None:
    """Each further action of volumes, snapshots and images, answered in its own form."""
    (instance,) = launched(ec2)
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    assert (
        ec2.describe_volume_status(VolumeIds=[volume])["VolumeStatuses"][0]["VolumeStatus"]["Status"] == "ok"
    )
    ec2.modify_volume_attribute(VolumeId=volume, AutoEnableIO={"Value": True})
    shown = ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")
    assert shown["AutoEnableIO"] == {"Value": True}
    ec2.enable_volume_io(VolumeId=volume)
    assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    key = ec2.modify_ebs_default_kms_key_id(KmsKeyId="alias/mine")["KmsKeyId"]
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert ec2.disable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    made = ec2.create_snapshots(InstanceSpecification={"InstanceId": instance})["Snapshots"]
    snapshot = made[0]["SnapshotId"]
    share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "OperationType": "add"}
    ec2.modify_snapshot_attribute(**share, UserIds=["210987654321"])
    asked = {"SnapshotId": snapshot, "Attribute": "createVolumePermission"}
    assert ec2.describe_snapshot_attribute(**asked)["CreateVolumePermissions"] == [{"UserId": "210987654321"}]
    ec2.reset_snapshot_attribute(**asked)
    assert ec2.describe_snapshot_attribute(**asked)["CreateVolumePermissions"] == []
    copied = ec2.copy_snapshot(SourceRegion="us-east-1", SourceSnapshotId=snapshot)["SnapshotId"]
    assert len(ec2.describe_snapshots(SnapshotIds=[copied])["Snapshots"]) == 1
    image = ec2.register_image(
        Name="mine", RootDeviceName="/dev/xvda", Architecture="x86_64", VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
    )["ImageId"]  # fmt: skip
    ec2.modify_image_attribute(ImageId=image, Attribute="description", Value="new")
    for attribute in ("description", "launchPermission", "blockDeviceMapping", "productCodes", "bootMode"):
        assert ec2.describe_image_attribute(ImageId=image, Attribute=attribute)["ImageId"] == image
    assert ec2.describe_image_attribute(ImageId=image, Attribute="description")["Description"] == {
        "Value": "new"
    }
    ec2.modify_image_attribute(ImageId=image, OperationType="add", UserIds=["210987654321"])
    ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    assert (
        ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []
    )


def test_what_else_can_be_bought(ec2: Any) -> None:
    """Types, prices, reserved instances, hosts, spot fleets: each answered in its own form."""
    types = ec2.get_paginator("describe_instance_types").paginate(
        Filters=[{"Name": "vcpu-info.default-vcpus", "Values": ["2"]}]
    )
    assert len([one for page in types for one in page["InstanceTypes"]]) > 60
    offered = ec2.describe_instance_type_offerings(
        Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
    )
    assert len(offered["InstanceTypeOfferings"]) == 1
    assert ec2.describe_spot_price_history(InstanceTypes=["m5.large"], MaxResults=5)["NextToken"]
    offering = ec2.describe_reserved_instances_offerings(InstanceType="m5.large", MaxResults=1)
    wanted = offering["ReservedInstancesOfferings"][0]["ReservedInstancesOfferingId"]
    bought = ec2.purchase_reserved_instances_offering(ReservedInstancesOfferingId=wanted, InstanceCount=1)
    held = ec2.describe_reserved_instances(ReservedInstancesIds=[bought["ReservedInstancesId"]])
    assert held["ReservedInstances"][0]["State"] == "active"
    hosts = ec2.allocate_hosts(AvailabilityZone="us-east-1a", InstanceType="m5.large", Quantity=1)["HostIds"]
    ec2.modify_hosts(HostIds=hosts, AutoPlacement="off")
    assert ec2.describe_hosts(HostIds=hosts)["Hosts"][0]["AutoPlacement"] == "off"
    assert ec2.release_hosts(HostIds=hosts)["Successful"] == hosts
    config = {
        "IamFleetRole": "arn:aws:iam::123456789012:role/fleet", "TargetCapacity": 1,
        "LaunchSpecifications": [{"ImageId": "ami-0123456789abcdef0", "InstanceType": "m5.large"}],
    }  # fmt: skip
    fleet = ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]
    assert ec2.describe_spot_fleet_requests()["SpotFleetRequestConfigs"][0]["SpotFleetRequestId"] == fleet
    ec2.modify_spot_fleet_request(SpotFleetRequestId=fleet, TargetCapacity=2)
    ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[fleet], TerminateInstances=True)
    assert ec2.describe_spot_fleet_instances(SpotFleetRequestId=fleet)["SpotFleetRequestId"] == fleet
    history = ec2.describe_spot_fleet_request_history(
        SpotFleetRequestId=fleet, StartTime="2020-01-01T00:00:00Z"
    )
    assert history["HistoryRecords"]
