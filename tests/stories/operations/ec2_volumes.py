"""EC2: volumes and snapshots."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

KEY = re.compile(r"arn:aws:kms:us-east-1:123456789012:(?:key|alias)/.*")

STORIES = [
    Story(
        "ec2", "a volume is made, attached, changed and deleted",
        [
            refused(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "VolumeType": "gp2", "Size": 16385},
                "InvalidParameterValue",
            ),
            refused(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "VolumeType": "io1", "Size": 10},
                "MissingParameter",
            ),
            refused("CreateVolume", {"AvailabilityZone": "eu-west-1a", "Size": 10}, "InvalidZone.NotFound"),
            call(
                "CreateVolume",
                {
                    "AvailabilityZone": "us-east-1a", "Size": 100, "VolumeType": "gp2",
                    "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]}],
                },
                {
                    "AvailabilityZoneId": "use1-az1", "Iops": 300, "Tags": [{"Key": "Name", "Value": "data"}],
                    "VolumeType": "gp2", "MultiAttachEnabled": False, "Operator": {"Managed": False},
                    "VolumeId": of("vol"), "Size": 100, "SnapshotId": "", "AvailabilityZone": "us-east-1a",
                    "State": "creating", "CreateTime": TIME, "Attachments": [], "Encrypted": False,
                },
                keeps={"volume": "VolumeId"},
            ),
            call(
                "DescribeVolumes",
                {"VolumeIds": [Kept("volume")]},
                {
                    "Volumes": [
                        {
                            "AvailabilityZoneId": "use1-az1", "Iops": 300,
                            "Tags": [{"Key": "Name", "Value": "data"}], "VolumeType": "gp2",
                            "MultiAttachEnabled": False, "Operator": {"Managed": False}, "VolumeId": Kept("volume"),
                            "Size": 100, "SnapshotId": "", "AvailabilityZone": "us-east-1a", "State": "available",
                            "CreateTime": TIME, "Attachments": [], "Encrypted": False,
                        },
                    ],
                },
            ),
            call(
                "RunInstances",
                {
                    "ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
                    "Placement": {"AvailabilityZone": "us-east-1a"},
                },
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call(
                "AttachVolume",
                {"VolumeId": Kept("volume"), "InstanceId": Kept("instance"), "Device": "/dev/sdf"},
                {
                    "DeleteOnTermination": False, "VolumeId": Kept("volume"), "InstanceId": Kept("instance"),
                    "Device": "/dev/sdf", "State": "attaching", "AttachTime": TIME,
                },
            ),
            refused(
                "AttachVolume",
                {"VolumeId": Kept("volume"), "InstanceId": Kept("instance"), "Device": "/dev/sdg"},
                "VolumeInUse",
            ),
            refused("DeleteVolume", {"VolumeId": Kept("volume")}, "VolumeInUse"),
            call(
                "DescribeVolumes",
                {"Filters": [{"Name": "attachment.device", "Values": ["/dev/sdf"]}]},
                {
                    "Volumes": [
                        {
                            "AvailabilityZoneId": "use1-az1", "Iops": 300,
                            "Tags": [{"Key": "Name", "Value": "data"}], "VolumeType": "gp2",
                            "MultiAttachEnabled": False, "Operator": {"Managed": False}, "VolumeId": Kept("volume"),
                            "Size": 100, "SnapshotId": "", "AvailabilityZone": "us-east-1a", "State": "in-use",
                            "CreateTime": TIME,
                            "Attachments": [
                                {
                                    "DeleteOnTermination": False, "VolumeId": Kept("volume"),
                                    "InstanceId": Kept("instance"), "Device": "/dev/sdf", "State": "attached",
                                    "AttachTime": TIME,
                                },
                            ],
                            "Encrypted": False,
                        },
                    ],
                },
            ),
            call(
                "DescribeVolumeStatus",
                {"VolumeIds": [Kept("volume")]},
                {
                    "VolumeStatuses": [
                        {
                            "Actions": [], "AvailabilityZone": "us-east-1a", "Events": [],
                            "VolumeId": Kept("volume"),
                            "VolumeStatus": {
                                "Details": [
                                    {"Name": "io-enabled", "Status": "passed"},
                                    {"Name": "io-performance", "Status": "not-applicable"},
                                ],
                                "Status": "ok",
                            },
                            "AvailabilityZoneId": "use1-az1",
                        },
                    ],
                },
            ),
            call(
                "ModifyVolume",
                {"VolumeId": Kept("volume"), "VolumeType": "gp3", "Size": 200, "Iops": 4000},
                {
                    "VolumeModification": {
                        "VolumeId": Kept("volume"), "ModificationState": "modifying", "TargetSize": 200,
                        "TargetIops": 4000, "TargetVolumeType": "gp3", "TargetThroughput": 125,
                        "TargetMultiAttachEnabled": False, "OriginalSize": 100, "OriginalIops": 300,
                        "OriginalVolumeType": "gp2", "OriginalMultiAttachEnabled": False, "Progress": 0,
                        "StartTime": TIME,
                    },
                },
            ),
            call(
                "DescribeVolumesModifications",
                {"VolumeIds": [Kept("volume")]},
                {
                    "VolumesModifications": [
                        {
                            "VolumeId": Kept("volume"), "ModificationState": "completed", "TargetSize": 200,
                            "TargetIops": 4000, "TargetVolumeType": "gp3", "TargetThroughput": 125,
                            "TargetMultiAttachEnabled": False, "OriginalSize": 100, "OriginalIops": 300,
                            "OriginalVolumeType": "gp2", "OriginalMultiAttachEnabled": False, "Progress": 100,
                            "StartTime": TIME, "EndTime": TIME,
                        },
                    ],
                },
            ),
            refused("ModifyVolume", {"VolumeId": Kept("volume"), "Size": 100}, "InvalidParameterValue"),
            call(
                "DetachVolume",
                {"VolumeId": Kept("volume")},
                {
                    "DeleteOnTermination": False, "VolumeId": Kept("volume"), "InstanceId": Kept("instance"),
                    "Device": "/dev/sdf", "State": "detaching", "AttachTime": TIME,
                },
            ),
            refused("DetachVolume", {"VolumeId": Kept("volume")}, "IncorrectState"),
            call("DeleteVolume", {"VolumeId": Kept("volume")}),
            refused("DescribeVolumes", {"VolumeIds": [Kept("volume")]}, "InvalidVolume.NotFound"),
        ],
    ),
    Story(
        "ec2", "a snapshot is made, copied, shared, restored and deleted",
        [
            call(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "Size": 10},
                {
                    "AvailabilityZoneId": "use1-az1", "Iops": 100, "VolumeType": "gp2", "MultiAttachEnabled": False,
                    "Operator": {"Managed": False}, "VolumeId": of("vol"), "Size": 10, "SnapshotId": "",
                    "AvailabilityZone": "us-east-1a", "State": "creating", "CreateTime": TIME, "Attachments": [],
                    "Encrypted": False,
                },
                keeps={"volume": "VolumeId"},
            ),
            refused("CreateSnapshot", {"VolumeId": "vol-00000000000000000"}, "InvalidVolume.NotFound"),
            call(
                "CreateSnapshot",
                {
                    "VolumeId": Kept("volume"), "Description": "mine",
                    "TagSpecifications": [{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "s"}]}],
                },
                {
                    "Tags": [{"Key": "Name", "Value": "s"}], "SnapshotId": of("snap"), "VolumeId": Kept("volume"),
                    "State": "pending", "StartTime": TIME, "Progress": "", "OwnerId": "123456789012",
                    "Description": "mine", "VolumeSize": 10, "Encrypted": False,
                },
                keeps={"snapshot": "SnapshotId"},
            ),
            call(
                "DescribeSnapshots",
                {"SnapshotIds": [Kept("snapshot")]},
                {
                    "Snapshots": [
                        {
                            "Tags": [{"Key": "Name", "Value": "s"}], "StorageTier": "standard",
                            "TransferType": "standard", "CompletionTime": TIME, "FullSnapshotSizeInBytes": 0,
                            "SnapshotId": Kept("snapshot"), "VolumeId": Kept("volume"), "State": "completed",
                            "StartTime": TIME, "Progress": "100%", "OwnerId": "123456789012", "Description": "mine",
                            "VolumeSize": 10, "Encrypted": False,
                        },
                    ],
                },
            ),
            call(
                "CopySnapshot",
                {
                    "SourceRegion": "us-east-1", "SourceSnapshotId": Kept("snapshot"), "Description": "copy",
                    "Encrypted": True,
                },
                {"SnapshotId": of("snap")},
                keeps={"copy": "SnapshotId"},
            ),
            call(
                "DescribeSnapshots",
                {"SnapshotIds": [Kept("copy")]},
                {
                    "Snapshots": [
                        {
                            "StorageTier": "standard", "TransferType": "standard", "CompletionTime": TIME,
                            "FullSnapshotSizeInBytes": 0, "SnapshotId": Kept("copy"), "VolumeId": "vol-ffffffff",
                            "State": "completed", "StartTime": TIME, "Progress": "100%", "OwnerId": "123456789012",
                            "Description": "copy", "VolumeSize": 10, "Encrypted": True, "KmsKeyId": KEY,
                        },
                    ],
                },
            ),
            refused(
                "ModifySnapshotAttribute",
                {
                    "SnapshotId": Kept("copy"), "Attribute": "createVolumePermission", "OperationType": "add",
                    "GroupNames": ["all"],
                },
                "OperationNotPermitted",
            ),
            call(
                "ModifySnapshotAttribute",
                {
                    "SnapshotId": Kept("snapshot"), "Attribute": "createVolumePermission", "OperationType": "add",
                    "UserIds": ["111122223333"],
                },
            ),
            call(
                "DescribeSnapshotAttribute",
                {"SnapshotId": Kept("snapshot"), "Attribute": "createVolumePermission"},
                {"SnapshotId": Kept("snapshot"), "CreateVolumePermissions": [{"UserId": "111122223333"}]},
            ),
            call("ResetSnapshotAttribute", {"SnapshotId": Kept("snapshot"), "Attribute": "createVolumePermission"}),
            call(
                "DescribeSnapshotAttribute",
                {"SnapshotId": Kept("snapshot"), "Attribute": "createVolumePermission"},
                {"SnapshotId": Kept("snapshot"), "CreateVolumePermissions": []},
            ),
            refused(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1b", "SnapshotId": Kept("snapshot"), "Size": 5},
                "InvalidParameterValue",
            ),
            call(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1b", "SnapshotId": Kept("snapshot"), "VolumeType": "gp3"},
                {
                    "AvailabilityZoneId": "use1-az2", "Iops": 3000, "VolumeType": "gp3",
                    "MultiAttachEnabled": False, "Throughput": 125, "Operator": {"Managed": False},
                    "VolumeId": of("vol"), "Size": 10, "SnapshotId": Kept("snapshot"),
                    "AvailabilityZone": "us-east-1b", "State": "creating", "CreateTime": TIME, "Attachments": [],
                    "Encrypted": False,
                },
                keeps={"restored": "VolumeId"},
            ),
            call(
                "DescribeVolumeStatus",
                {"VolumeIds": [Kept("restored")]},
                {
                    "VolumeStatuses": [
                        {
                            "Actions": [], "AvailabilityZone": "us-east-1b", "Events": [],
                            "VolumeId": Kept("restored"),
                            "VolumeStatus": {
                                "Details": [
                                    {"Name": "io-enabled", "Status": "passed"},
                                    {"Name": "io-performance", "Status": "not-applicable"},
                                    {"Name": "initialization-state", "Status": "initializing"},
                                ],
                                "Status": "ok",
                            },
                            "InitializationStatusDetails": {"InitializationType": "default", "Progress": 0},
                            "AvailabilityZoneId": "use1-az2",
                        },
                    ],
                },
            ),
            call("DeleteSnapshot", {"SnapshotId": Kept("snapshot")}),
            refused("DeleteSnapshot", {"SnapshotId": Kept("snapshot")}, "InvalidSnapshot.NotFound"),
        ],
    ),
    Story(
        "ec2", "attributes of a volume; all volumes of an instance are kept at once",
        [
            call(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "Size": 1},
                {
                    "AvailabilityZoneId": "use1-az1", "Iops": 100, "VolumeType": "gp2", "MultiAttachEnabled": False,
                    "Operator": {"Managed": False}, "VolumeId": of("vol"), "Size": 1, "SnapshotId": "",
                    "AvailabilityZone": "us-east-1a", "State": "creating", "CreateTime": TIME, "Attachments": [],
                    "Encrypted": False,
                },
                keeps={"volume": "VolumeId"},
            ),
            call("ModifyVolumeAttribute", {"VolumeId": Kept("volume"), "AutoEnableIO": {"Value": True}}),
            call(
                "DescribeVolumeAttribute",
                {"VolumeId": Kept("volume"), "Attribute": "autoEnableIO"},
                {"AutoEnableIO": {"Value": True}, "VolumeId": Kept("volume")},
            ),
            call(
                "DescribeVolumeAttribute",
                {"VolumeId": Kept("volume"), "Attribute": "productCodes"},
                {"ProductCodes": [], "VolumeId": Kept("volume")},
            ),
            call("EnableVolumeIO", {"VolumeId": Kept("volume")}),
            call(
                "CreateSnapshots",
                {"InstanceSpecification": {"InstanceId": Kept("instance")}, "Description": "both"},
                {
                    "Snapshots": [
                        {
                            "Description": "both", "Tags": [], "Encrypted": False, "VolumeId": of("vol"),
                            "State": "pending", "VolumeSize": 8, "StartTime": TIME, "Progress": "",
                            "OwnerId": "123456789012", "SnapshotId": of("snap"),
                        },
                    ],
                },
            ),
        ],
    ),
    Story(
        "ec2", "new volumes are encrypted by default",
        [
            call("GetEbsEncryptionByDefault", {}, {"EbsEncryptionByDefault": False, "SseType": "none"}),
            call("EnableEbsEncryptionByDefault", {}, {"EbsEncryptionByDefault": True}),
            call("GetEbsEncryptionByDefault", {}, {"EbsEncryptionByDefault": True, "SseType": "none"}),
            call(
                "CreateVolume",
                {"AvailabilityZone": "us-east-1a", "Size": 10},
                {
                    "AvailabilityZoneId": "use1-az1", "Iops": 100, "VolumeType": "gp2", "MultiAttachEnabled": False,
                    "Operator": {"Managed": False}, "VolumeId": of("vol"), "Size": 10, "SnapshotId": "",
                    "AvailabilityZone": "us-east-1a", "State": "creating", "CreateTime": TIME, "Attachments": [],
                    "Encrypted": True, "KmsKeyId": KEY,
                },
            ),
            call("ModifyEbsDefaultKmsKeyId", {"KmsKeyId": "alias/mine"}, {"KmsKeyId": KEY}),
            call("GetEbsDefaultKmsKeyId", {}, {"KmsKeyId": KEY}),
            call("ResetEbsDefaultKmsKeyId", {}, {"KmsKeyId": "alias/aws/ebs"}),
            call("DisableEbsEncryptionByDefault", {}, {"EbsEncryptionByDefault": False}),
        ],
    ),
]  # fmt: skip
