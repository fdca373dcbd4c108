"""EC2: images."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

STORIES = [
    Story(
        "ec2", "an image is made of an instance, shared, copied and deregistered",
        [
            call(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            refused(
                "CreateImage",
                {"InstanceId": "i-00000000000000000", "Name": "mine"},
                "InvalidInstanceID.NotFound",
            ),
            call(
                "CreateImage",
                {
                    "InstanceId": Kept("instance"), "Name": "mine", "Description": "d",
                    "TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": "Name", "Value": "i"}]}],
                },
                {"ImageId": of("ami")},
                keeps={"image": "ImageId"},
            ),
            refused("CreateImage", {"InstanceId": Kept("instance"), "Name": "mine"}, "InvalidAMIName.Duplicate"),
            call(
                "DescribeImages",
                {"Owners": ["self"]},
                {
                    "Images": [
                        {
                            "PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances",
                            "BlockDeviceMappings": [
                                {
                                    "Ebs": {
                                        "DeleteOnTermination": True, "Iops": 3000, "SnapshotId": of("snap"),
                                        "VolumeSize": 8, "VolumeType": "gp3", "Throughput": 125, "Encrypted": False,
                                    },
                                    "DeviceName": "/dev/xvda",
                                },
                            ],
                            "Description": "d", "EnaSupport": True, "Hypervisor": "xen", "Name": "mine",
                            "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs", "SriovNetSupport": "simple",
                            "Tags": [{"Key": "Name", "Value": "i"}], "VirtualizationType": "hvm",
                            "SourceInstanceId": Kept("instance"), "DeregistrationProtection": "disabled",
                            "SourceImageId": of("ami"), "SourceImageRegion": "us-east-1", "FreeTierEligible": False,
                            "ImageId": Kept("image"), "ImageLocation": "123456789012/mine", "State": "available",
                            "OwnerId": "123456789012", "CreationDate": str, "Public": False,
                            "Architecture": "x86_64", "ImageType": "machine",
                        },
                    ],
                },
                keeps={"snapshot": "Images.0.BlockDeviceMappings.0.Ebs.SnapshotId"},
            ),
            call(
                "DescribeImages",
                {"Owners": ["self"], "Filters": [{"Name": "name", "Values": ["other*"]}]},
                {"Images": []},
            ),
            refused("DescribeImages", {"ImageIds": ["ami-nope"]}, "InvalidAMIID.Malformed"),
            refused("DeleteSnapshot", {"SnapshotId": Kept("snapshot")}, "InvalidSnapshot.InUse"),
            call(
                "ModifyImageAttribute",
                {"ImageId": Kept("image"), "LaunchPermission": {"Add": [{"UserId": "111122223333"}]}},
            ),
            call(
                "DescribeImageAttribute",
                {"ImageId": Kept("image"), "Attribute": "launchPermission"},
                {"ImageId": Kept("image"), "LaunchPermissions": [{"UserId": "111122223333"}]},
            ),
            call("ModifyImageAttribute", {"ImageId": Kept("image"), "Description": {"Value": "new"}}),
            call(
                "DescribeImageAttribute",
                {"ImageId": Kept("image"), "Attribute": "description"},
                {"Description": {"Value": "new"}, "ImageId": Kept("image")},
            ),
            call(
                "DescribeImageAttribute",
                {"ImageId": Kept("image"), "Attribute": "blockDeviceMapping"},
                {
                    "ImageId": Kept("image"),
                    "BlockDeviceMappings": [
                        {
                            "Ebs": {
                                "DeleteOnTermination": True, "Iops": 3000, "SnapshotId": Kept("snapshot"),
                                "VolumeSize": 8, "VolumeType": "gp3", "Throughput": 125, "Encrypted": False,
                            },
                            "DeviceName": "/dev/xvda",
                        },
                    ],
                },
            ),
            call("ResetImageAttribute", {"ImageId": Kept("image"), "Attribute": "launchPermission"}),
            call(
                "DescribeImageAttribute",
                {"ImageId": Kept("image"), "Attribute": "launchPermission"},
                {"ImageId": Kept("image"), "LaunchPermissions": []},
            ),
            call(
                "CopyImage",
                {"Name": "copy", "SourceImageId": Kept("image"), "SourceRegion": "us-east-1"},
                {"ImageId": of("ami")},
                keeps={"copy": "ImageId"},
            ),
            call(
                "DescribeImages",
                {"ImageIds": [Kept("copy")]},
                {
                    "Images": [
                        {
                            "PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances",
                            "BlockDeviceMappings": [
                                {
                                    "Ebs": {
                                        "DeleteOnTermination": True, "Iops": 3000, "SnapshotId": of("snap"),
                                        "VolumeSize": 8, "VolumeType": "gp3", "Throughput": 125, "Encrypted": False,
                                    },
                                    "DeviceName": "/dev/xvda",
                                },
                            ],
                            "Description": "new", "EnaSupport": True, "Hypervisor": "xen", "Name": "copy",
                            "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs", "SriovNetSupport": "simple",
                            "Tags": [], "VirtualizationType": "hvm", "DeregistrationProtection": "disabled",
                            "SourceImageId": Kept("image"), "SourceImageRegion": "us-east-1",
                            "FreeTierEligible": False, "ImageId": Kept("copy"),
                            "ImageLocation": "123456789012/copy", "State": "available", "OwnerId": "123456789012",
                            "CreationDate": str, "Public": False, "Architecture": "x86_64", "ImageType": "machine",
                        },
                    ],
                },
            ),
            call("DeregisterImage", {"ImageId": Kept("image")}, {"Return": True}),
            refused("DeregisterImage", {"ImageId": Kept("image")}, "InvalidAMIID.NotFound"),
            refused(
                "RunInstances",
                {"ImageId": Kept("image"), "MinCount": 1, "MaxCount": 1},
                "InvalidAMIID.NotFound",
            ),
            call("DeleteSnapshot", {"SnapshotId": Kept("snapshot")}),
        ],
    ),
    Story(
        "ec2", "an image is registered from a snapshot",
        [
            call(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "Size": 8},
                {
                    "AvailabilityZoneId": "use1-az1", "Iops": 100, "VolumeType": "gp2", "MultiAttachEnabled": False,
                    "Operator": {"Managed": False}, "VolumeId": of("vol"), "Size": 8, "SnapshotId": "",
                    "AvailabilityZone": "us-east-1a", "State": "creating", "CreateTime": TIME, "Attachments": [],
                    "Encrypted": False,
                },
                keeps={"volume": "VolumeId"},
            ),
            call(
                "CreateSnapshot",
                {"VolumeId": Kept("volume")},
                {
                    "Tags": [], "SnapshotId": of("snap"), "VolumeId": Kept("volume"), "State": "pending",
                    "StartTime": TIME, "Progress": "", "OwnerId": "123456789012", "Description": "",
                    "VolumeSize": 8, "Encrypted": False,
                },
                keeps={"snapshot": "SnapshotId"},
            ),
            refused("RegisterImage", {"Name": "own", "RootDeviceName": "/dev/xvda"}, "InvalidBlockDeviceMapping"),
            call(
                "RegisterImage",
                {
                    "Name": "own", "RootDeviceName": "/dev/xvda", "Architecture": "x86_64",
                    "VirtualizationType": "hvm", "EnaSupport": True,
                    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": Kept("snapshot")}}],
                },
                {"ImageId": of("ami")},
                keeps={"image": "ImageId"},
            ),
            call(
                "DescribeImages",
                {"ImageIds": [Kept("image")]},
                {
                    "Images": [
                        {
                            "PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances",
                            "BlockDeviceMappings": [
                                {"Ebs": {"SnapshotId": Kept("snapshot")}, "DeviceName": "/dev/xvda"},
                            ],
                            "EnaSupport": True, "Hypervisor": "xen", "Name": "own", "RootDeviceName": "/dev/xvda",
                            "RootDeviceType": "ebs", "Tags": [], "VirtualizationType": "hvm",
                            "DeregistrationProtection": "disabled", "FreeTierEligible": False,
                            "ImageId": Kept("image"), "ImageLocation": "123456789012/own", "State": "available",
                            "OwnerId": "123456789012", "CreationDate": str, "Public": False,
                            "Architecture": "x86_64", "ImageType": "machine",
                        },
                    ],
                },
            ),
            call(
                "DeregisterImage",
                {"ImageId": Kept("image"), "DeleteAssociatedSnapshots": True},
                {
                    "Return": True,
                    "DeleteSnapshotResults": [{"SnapshotId": Kept("snapshot"), "ReturnCode": "success"}],
                },
            ),
            refused("DescribeSnapshots", {"SnapshotIds": [Kept("snapshot")]}, "InvalidSnapshot.NotFound"),
        ],
    ),
]  # fmt: skip
