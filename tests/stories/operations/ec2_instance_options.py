"""EC2: options of instances; placement groups; key pairs."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

PROFILE = re.compile("AIPA[0-9A-Z]{17}")

PUBLIC = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0fTfKYuTWMkgXSEo6ZOGkW4dVNDcWCrgpHgD+jLu2x me"

STORIES = [
    Story(
        "ec2", "an instance's options are changed",
        [
            call(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call(
                "ModifyInstanceAttribute",
                {"InstanceId": Kept("instance"), "DisableApiTermination": {"Value": True}},
            ),
            refused("TerminateInstances", {"InstanceIds": [Kept("instance")]}, "OperationNotPermitted"),
            call(
                "ModifyInstanceAttribute",
                {"InstanceId": Kept("instance"), "DisableApiTermination": {"Value": False}},
            ),
            refused(
                "ModifyInstanceAttribute",
                {"InstanceId": Kept("instance"), "InstanceType": {"Value": "t3.small"}},
                "IncorrectInstanceState",
            ),
            call(
                "ModifyInstanceMetadataOptions",
                {"InstanceId": Kept("instance"), "HttpTokens": "required", "HttpPutResponseHopLimit": 2},
                {
                    "InstanceId": Kept("instance"),
                    "InstanceMetadataOptions": {
                        "State": "pending", "HttpTokens": "required", "HttpPutResponseHopLimit": 2,
                        "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled",
                        "InstanceMetadataTags": "disabled",
                    },
                },
            ),
            call(
                "DescribeInstanceCreditSpecifications",
                {"InstanceIds": [Kept("instance")]},
                {"InstanceCreditSpecifications": [{"InstanceId": Kept("instance"), "CpuCredits": "unlimited"}]},
            ),
            call(
                "ModifyInstanceCreditSpecification",
                {
                    "InstanceCreditSpecifications": [
                        {"InstanceId": Kept("instance"), "CpuCredits": "standard"},
                        {"InstanceId": "i-00000000000000000", "CpuCredits": "standard"},
                    ],
                },
                {
                    "SuccessfulInstanceCreditSpecifications": [{"InstanceId": Kept("instance")}],
                    "UnsuccessfulInstanceCreditSpecifications": [
                        {"InstanceId": of("i"), "Error": {"Code": "InvalidInstanceID.NotFound", "Message": str}},
                    ],
                },
            ),
            call(
                "CreatePlacementGroup",
                {"GroupName": "near", "Strategy": "partition", "PartitionCount": 2},
                {
                    "PlacementGroup": {
                        "GroupName": "near", "State": "available", "Strategy": "partition", "PartitionCount": 2,
                        "GroupId": of("pg"), "GroupArn": "arn:aws:ec2:us-east-1:123456789012:placement-group/near",
                    },
                },
            ),
            refused(
                "CreatePlacementGroup",
                {"GroupName": "near", "Strategy": "cluster"},
                "InvalidPlacementGroup.Duplicate",
            ),
            refused(
                "ModifyInstancePlacement",
                {"InstanceId": Kept("instance"), "GroupName": "near"},
                "IncorrectInstanceState",
            ),
            call(
                "StopInstances",
                {"InstanceIds": [Kept("instance")], "Force": True},
                {
                    "StoppingInstances": [
                        {
                            "InstanceId": Kept("instance"), "CurrentState": {"Code": 64, "Name": "stopping"},
                            "PreviousState": {"Code": 16, "Name": "running"},
                        },
                    ],
                },
            ),
            call(
                "ModifyInstanceAttribute",
                {"InstanceId": Kept("instance"), "InstanceType": {"Value": "t3.small"}},
            ),
            call(
                "ModifyInstancePlacement",
                {"InstanceId": Kept("instance"), "GroupName": "near"},
                {"Return": True},
            ),
            call(
                "DescribePlacementGroups",
                {"GroupNames": ["near"]},
                {
                    "PlacementGroups": [
                        {
                            "GroupName": "near", "State": "available", "Strategy": "partition", "PartitionCount": 2,
                            "GroupId": of("pg"),
                            "GroupArn": "arn:aws:ec2:us-east-1:123456789012:placement-group/near",
                        },
                    ],
                },
            ),
            refused("DeletePlacementGroup", {"GroupName": "near"}, "InvalidPlacementGroup.InUse"),
            call("ModifyInstanceAttribute", {"InstanceId": Kept("instance"), "SourceDestCheck": {"Value": False}}),
            call("ResetInstanceAttribute", {"InstanceId": Kept("instance"), "Attribute": "sourceDestCheck"}),
            call(
                "DescribeInstanceAttribute",
                {"InstanceId": Kept("instance"), "Attribute": "sourceDestCheck"},
                {"InstanceId": Kept("instance"), "SourceDestCheck": {"Value": True}},
            ),
            call(
                "GetPasswordData",
                {"InstanceId": Kept("instance")},
                {"InstanceId": Kept("instance"), "Timestamp": TIME, "PasswordData": ""},
            ),
            call(
                "DescribeInstanceTypeOfferings",
                {"Filters": [{"Name": "instance-type", "Values": ["t3.micro"]}]},
                {
                    "InstanceTypeOfferings": [
                        {"InstanceType": "t3.micro", "LocationType": "region", "Location": "us-east-1"},
                    ],
                },
            ),
            call("TerminateInstances", {"InstanceIds": [Kept("instance")]}, {"TerminatingInstances": [...]}),
            call("DeletePlacementGroup", {"GroupName": "near"}),
        ],
    ),
    Story(
        "ec2", "an instance is given a role",
        [
            call("iam:CreateInstanceProfile", {"InstanceProfileName": "web"}, {"InstanceProfile": ...}),
            call("iam:CreateInstanceProfile", {"InstanceProfileName": "other"}, {"InstanceProfile": ...}),
            call(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call(
                "AssociateIamInstanceProfile",
                {"InstanceId": Kept("instance"), "IamInstanceProfile": {"Name": "web"}},
                {
                    "IamInstanceProfileAssociation": {
                        "AssociationId": of("iip-assoc"), "InstanceId": Kept("instance"),
                        "IamInstanceProfile": {
                            "Arn": "arn:aws:iam::123456789012:instance-profile/web", "Id": PROFILE,
                        },
                        "State": "associating", "Timestamp": TIME,
                    },
                },
                keeps={
                    "association": "IamInstanceProfileAssociation.AssociationId",
                    "web": "IamInstanceProfileAssociation.IamInstanceProfile.Id",
                },
            ),
            refused(
                "AssociateIamInstanceProfile",
                {"InstanceId": Kept("instance"), "IamInstanceProfile": {"Name": "other"}},
                "IncorrectState",
            ),
            call(
                "DescribeIamInstanceProfileAssociations",
                {"AssociationIds": [Kept("association")]},
                {
                    "IamInstanceProfileAssociations": [
                        {
                            "AssociationId": Kept("association"), "InstanceId": Kept("instance"),
                            "IamInstanceProfile": {
                                "Arn": "arn:aws:iam::123456789012:instance-profile/web", "Id": Kept("web"),
                            },
                            "State": "associated",
                        },
                    ],
                },
            ),
            call(
                "ReplaceIamInstanceProfileAssociation",
                {"AssociationId": Kept("association"), "IamInstanceProfile": {"Name": "other"}},
                {
                    "IamInstanceProfileAssociation": {
                        "AssociationId": of("iip-assoc"), "InstanceId": Kept("instance"),
                        "IamInstanceProfile": {
                            "Arn": "arn:aws:iam::123456789012:instance-profile/other", "Id": PROFILE,
                        },
                        "State": "associating", "Timestamp": TIME,
                    },
                },
                keeps={
                    "replaced": "IamInstanceProfileAssociation.AssociationId",
                    "other": "IamInstanceProfileAssociation.IamInstanceProfile.Id",
                },
            ),
            call(
                "DisassociateIamInstanceProfile",
                {"AssociationId": Kept("replaced")},
                {
                    "IamInstanceProfileAssociation": {
                        "AssociationId": Kept("replaced"), "InstanceId": Kept("instance"),
                        "IamInstanceProfile": {
                            "Arn": "arn:aws:iam::123456789012:instance-profile/other", "Id": Kept("other"),
                        },
                        "State": "disassociating", "Timestamp": TIME,
                    },
                },
            ),
            call(
                "DescribeIamInstanceProfileAssociations",
                {"Filters": [{"Name": "instance-id", "Values": [Kept("instance")]}]},
                {"IamInstanceProfileAssociations": []},
            ),
        ],
    ),
    Story(
        "ec2", "a key pair is made, imported and deleted",
        [
            call(
                "CreateKeyPair",
                {"KeyName": "mine", "KeyType": "ed25519"},
                {"KeyPairId": of("key"), "KeyFingerprint": str, "KeyName": "mine", "KeyMaterial": str},
                keeps={"pair": "KeyPairId"},
            ),
            refused("CreateKeyPair", {"KeyName": "mine"}, "InvalidKeyPair.Duplicate"),
            call(
                "DescribeKeyPairs",
                {"KeyNames": ["mine"]},
                {"KeyPairs": [
                        {
                            "KeyPairId": Kept("pair"), "KeyFingerprint": str, "KeyName": "mine", "KeyType": "ed25519",
                            "Tags": [], "CreateTime": TIME,
                        },
                    ]},
            ),
            refused("DescribeKeyPairs", {"KeyNames": ["none"]}, "InvalidKeyPair.NotFound"),
            call(
                "ImportKeyPair",
                {
                    "KeyName": "other",
                    "PublicKeyMaterial": PUBLIC,
                },
                {"KeyFingerprint": str, "KeyName": "other", "KeyPairId": of("key")},
            ),
            call("DeleteKeyPair", {"KeyName": "mine"}, {"Return": True, "KeyPairId": Kept("pair")}),
            call("DeleteKeyPair", {"KeyName": "mine"}, {"Return": True}),
        ],
    ),
]  # fmt: skip
