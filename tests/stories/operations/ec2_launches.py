"""EC2: launch templates, fleets and spot requests."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FLEET = re.compile(r"(?:fleet|sfr)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

STORIES = [
    Story(
        "ec2", "a launch template has versions",
        [
            call(
                "CreateLaunchTemplate",
                {
                    "LaunchTemplateName": "web", "VersionDescription": "one",
                    "LaunchTemplateData": {
                        "ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.small", "UserData": "aGVsbG8=",
                    },
                },
                {
                    "LaunchTemplate": {
                        "LaunchTemplateId": of("lt"), "LaunchTemplateName": "web", "CreateTime": TIME,
                        "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersionNumber": 1,
                        "LatestVersionNumber": 1, "Operator": {"Managed": False},
                    },
                },
                keeps={"template": "LaunchTemplate.LaunchTemplateId"},
            ),
            refused(
                "CreateLaunchTemplate",
                {
                    "LaunchTemplateName": "web",
                    "LaunchTemplateData": {
                        "ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.small", "UserData": "aGVsbG8=",
                    },
                },
                "InvalidLaunchTemplateName.AlreadyExistsException",
            ),
            call(
                "CreateLaunchTemplateVersion",
                {
                    "LaunchTemplateId": Kept("template"), "SourceVersion": "1", "VersionDescription": "two",
                    "LaunchTemplateData": {"InstanceType": "t3.large"},
                },
                {
                    "LaunchTemplateVersion": {
                        "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "VersionNumber": 2,
                        "VersionDescription": "two", "CreateTime": TIME,
                        "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersion": False,
                        "LaunchTemplateData": {
                            "ImageId": of("ami"), "InstanceType": "t3.large", "UserData": "aGVsbG8=",
                        },
                        "Operator": {"Managed": False},
                    },
                },
            ),
            call(
                "DescribeLaunchTemplates",
                {"LaunchTemplateNames": ["web"]},
                {
                    "LaunchTemplates": [
                        {
                            "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "CreateTime": TIME,
                            "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersionNumber": 1,
                            "LatestVersionNumber": 2, "Operator": {"Managed": False},
                        },
                    ],
                },
            ),
            call(
                "DescribeLaunchTemplateVersions",
                {"LaunchTemplateId": Kept("template"), "Versions": ["$Latest"]},
                {
                    "LaunchTemplateVersions": [
                        {
                            "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "VersionNumber": 2,
                            "VersionDescription": "two", "CreateTime": TIME,
                            "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersion": False,
                            "LaunchTemplateData": {
                                "ImageId": of("ami"), "InstanceType": "t3.large", "UserData": "aGVsbG8=",
                            },
                            "Operator": {"Managed": False},
                        },
                    ],
                },
            ),
            refused(
                "DescribeLaunchTemplateVersions",
                {"LaunchTemplateId": Kept("template"), "Versions": ["9"]},
                "InvalidLaunchTemplateId.VersionNotFound",
            ),
            call(
                "ModifyLaunchTemplate",
                {"LaunchTemplateName": "web", "DefaultVersion": "2"},
                {
                    "LaunchTemplate": {
                        "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "CreateTime": TIME,
                        "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersionNumber": 2,
                        "LatestVersionNumber": 2, "Operator": {"Managed": False},
                    },
                },
            ),
            call(
                "RunInstances",
                {"LaunchTemplate": {"LaunchTemplateName": "web"}, "MinCount": 1, "MaxCount": 1},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call("GetLaunchTemplateData", {"InstanceId": Kept("instance")}, {"LaunchTemplateData": ...}),
            refused(
                "DeleteLaunchTemplateVersions",
                {"LaunchTemplateId": Kept("template"), "Versions": ["2"]},
                "OperationNotPermitted",
            ),
            call(
                "DeleteLaunchTemplateVersions",
                {"LaunchTemplateId": Kept("template"), "Versions": ["1", "9"]},
                {
                    "SuccessfullyDeletedLaunchTemplateVersions": [
                        {"LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "VersionNumber": 1},
                    ],
                    "UnsuccessfullyDeletedLaunchTemplateVersions": [
                        {
                            "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "VersionNumber": 9,
                            "ResponseError": {"Code": "launchTemplateVersionDoesNotExist", "Message": str},
                        },
                    ],
                },
            ),
            call(
                "DeleteLaunchTemplate",
                {"LaunchTemplateId": Kept("template")},
                {
                    "LaunchTemplate": {
                        "LaunchTemplateId": Kept("template"), "LaunchTemplateName": "web", "CreateTime": TIME,
                        "CreatedBy": "arn:aws:iam::123456789012:root", "DefaultVersionNumber": 2,
                        "LatestVersionNumber": 2, "Operator": {"Managed": False},
                    },
                },
            ),
            refused(
                "DescribeLaunchTemplates",
                {"LaunchTemplateIds": [Kept("template")]},
                "InvalidLaunchTemplateId.NotFound",
            ),
        ],
    ),
    Story(
        "ec2", "a fleet keeps its size, another is instant",
        [
            call(
                "CreateLaunchTemplate",
                {
                    "LaunchTemplateName": "web",
                    "LaunchTemplateData": {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.small"},
                },
                {"LaunchTemplate": ...},
                keeps={"template": "LaunchTemplate.LaunchTemplateId"},
            ),
            call(
                "CreateFleet",
                {
                    "Type": "instant",
                    "LaunchTemplateConfigs": [
                        {
                            "LaunchTemplateSpecification": {
                                "LaunchTemplateId": Kept("template"), "Version": "$Latest",
                            },
                        },
                    ],
                    "TargetCapacitySpecification": {
                        "TotalTargetCapacity": 1, "DefaultTargetCapacityType": "on-demand",
                    },
                },
                {
                    "FleetId": FLEET, "Errors": [],
                    "Instances": [
                        {
                            "LaunchTemplateAndOverrides": {
                                "LaunchTemplateSpecification": {
                                    "LaunchTemplateId": Kept("template"), "Version": "$Latest",
                                },
                                "Overrides": {},
                            },
                            "Lifecycle": "on-demand", "InstanceIds": [of("i")], "InstanceType": "t3.small",
                            "AvailabilityZoneId": "use1-az1", "AvailabilityZone": "us-east-1a",
                            "SubnetId": of("subnet"),
                        },
                    ],
                },
            ),
            call(
                "CreateFleet",
                {
                    "Type": "maintain",
                    "LaunchTemplateConfigs": [
                        {"LaunchTemplateSpecification": {"LaunchTemplateId": Kept("template"), "Version": "1"}},
                    ],
                    "TargetCapacitySpecification": {
                        "TotalTargetCapacity": 2, "DefaultTargetCapacityType": "on-demand",
                    },
                },
                {"FleetId": FLEET},
                keeps={"fleet": "FleetId"},
            ),
            call(
                "DescribeFleets",
                {"FleetIds": [Kept("fleet")]},
                {
                    "Fleets": [
                        {
                            "ActivityStatus": "fulfilled", "CreateTime": TIME, "FleetId": Kept("fleet"),
                            "FleetState": "active", "ClientToken": UUID,
                            "ExcessCapacityTerminationPolicy": "termination", "FulfilledCapacity": 2.0,
                            "FulfilledOnDemandCapacity": 2.0,
                            "LaunchTemplateConfigs": [
                                {
                                    "LaunchTemplateSpecification": {
                                        "LaunchTemplateId": Kept("template"), "Version": "1",
                                    },
                                },
                            ],
                            "TargetCapacitySpecification": {
                                "TotalTargetCapacity": 2, "OnDemandTargetCapacity": 2, "SpotTargetCapacity": 0,
                                "DefaultTargetCapacityType": "on-demand",
                            },
                            "TerminateInstancesWithExpiration": False, "Type": "maintain",
                            "ReplaceUnhealthyInstances": False,
                            "SpotOptions": {
                                "AllocationStrategy": "lowest-price", "InstanceInterruptionBehavior": "terminate",
                                "InstancePoolsToUseCount": 1,
                            },
                            "OnDemandOptions": {"AllocationStrategy": "lowest-price"},
                        },
                    ],
                },
            ),
            call(
                "DescribeFleetInstances",
                {"FleetId": Kept("fleet")},
                {
                    "ActiveInstances": [
                        {"InstanceId": of("i"), "InstanceType": "t3.small", "InstanceHealth": "healthy"},
                        {"InstanceId": of("i"), "InstanceType": "t3.small", "InstanceHealth": "healthy"},
                    ],
                    "FleetId": Kept("fleet"),
                },
            ),
            call(
                "ModifyFleet",
                {"FleetId": Kept("fleet"), "TargetCapacitySpecification": {"TotalTargetCapacity": 1}},
                {"Return": True},
            ),
            call(
                "DescribeFleetHistory",
                {"FleetId": Kept("fleet"), "StartTime": "2020-01-01T00:00:00Z"},
                {"FleetId": Kept("fleet"), "HistoryRecords": [..., ...], "LastEvaluatedTime": TIME, "StartTime": TIME},
            ),
            call(
                "DeleteFleets",
                {
                    "FleetIds": [Kept("fleet"), "fleet-00000000-0000-0000-0000-000000000000"],
                    "TerminateInstances": True,
                },
                {
                    "SuccessfulFleetDeletions": [
                        {
                            "CurrentFleetState": "deleted_terminating", "PreviousFleetState": "active",
                            "FleetId": Kept("fleet"),
                        },
                    ],
                    "UnsuccessfulFleetDeletions": [
                        {
                            "Error": {
                                "Code": "fleetIdDoesNotExist",
                                "Message": "The fleet ID 'fleet-00000000-0000-0000-0000-000000000000' does not exist",
                            },
                            "FleetId": "fleet-00000000-0000-0000-0000-000000000000",
                        },
                    ],
                },
            ),
        ],
    ),
]  # fmt: skip
