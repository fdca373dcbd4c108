"""Auto Scaling: launch configurations, groups and their instances; `autoscaling_parts.py` has the rest.

Groups that launch nothing by themselves keep these stories in step: what groups do is told in `test_auto_scaling.py`.
"""

from __future__ import annotations

import re
from typing import Any

from ..driving import TIME, Kept, Step, Story, call, refused

IMAGE = "ami-0abcdef1234567890"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def arn(kind: str, rest: str) -> re.Pattern[str]:
    """The ARN of something of Auto Scaling's."""
    return re.compile(f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:{kind}:{UUID}:{rest}")


def anything(*members: str) -> dict[str, Any]:
    """An answer with some members, whatever they are."""
    return dict.fromkeys(members, ...)


def group(name: str = "web", **more: Any) -> dict[str, Any]:
    """A group as it is shown."""
    return {
        "AutoScalingGroupName": name, "AutoScalingGroupARN": arn("autoScalingGroup", f"autoScalingGroupName/{name}"),
        "LaunchConfigurationName": "small", "MinSize": 0, "MaxSize": 2, "DesiredCapacity": 0, "DefaultCooldown": 300,
        "AvailabilityZones": ["us-east-1a"], "AvailabilityZoneIds": [re.compile("use1-az[0-9]")],
        "LoadBalancerNames": [], "TargetGroupARNs": [], "HealthCheckType": "EC2", "HealthCheckGracePeriod": 0,
        "Instances": [], "CreatedTime": TIME, "SuspendedProcesses": [], "VPCZoneIdentifier": "", "EnabledMetrics": [],
        "Tags": [], "TerminationPolicies": ["Default"], "NewInstancesProtectedFromScaleIn": False,
        "ServiceLinkedRoleARN": ROLE, "TrafficSources": [], "DeletionProtection": "none",
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "AvailabilityZoneImpairmentPolicy": {
            "ZonalShiftEnabled": False, "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy",
        },
        "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
    } | more  # fmt: skip


def made(name: str = "web", **more: Any) -> list[Step]:
    """A launch configuration and a group of it that wants nothing."""
    return [
        call(
            "CreateLaunchConfiguration",
            {"LaunchConfigurationName": "small", "ImageId": IMAGE, "InstanceType": "t3.micro"},
        ),
        call(
            "CreateAutoScalingGroup",
            {
                "AutoScalingGroupName": name, "LaunchConfigurationName": "small", "MinSize": 0, "MaxSize": 2,
                "AvailabilityZones": ["us-east-1a"],
            } | more,
        ),
    ]  # fmt: skip


def attached(name: str = "web") -> list[Step]:
    """An instance that joins the group."""
    launch = {
        "ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        "Placement": {"AvailabilityZone": "us-east-1a"},
    }  # fmt: skip
    return [
        call(
            "ec2:RunInstances", launch, anything("ReservationId", "OwnerId", "Groups", "Instances"),
            keeps={"instance": "Instances.0.InstanceId"},
        ),
        call("AttachInstances", {"AutoScalingGroupName": name, "InstanceIds": [Kept("instance")]}),
    ]  # fmt: skip


def activity(description: str, status: str = "InProgress", progress: int = 50) -> dict[str, Any]:
    """An activity as the call that begins it answers."""
    return {
        "ActivityId": re.compile(UUID), "AutoScalingGroupName": "web", "Description": re.compile(description),
        "Cause": re.compile("At .* in response to a user request.*"), "StartTime": TIME, "StatusCode": status,
        "Progress": progress, "Details": ..., "AutoScalingGroupARN": ...,
    }  # fmt: skip


WEB = {"AutoScalingGroupName": "web"}
HOOK = WEB | {"LifecycleHookName": "drain"}

STORIES = [
    Story(
        "autoscaling",
        "launch configurations",
        [
            call(
                "CreateLaunchConfiguration",
                {
                    "LaunchConfigurationName": "small", "ImageId": IMAGE, "InstanceType": "t3.micro",
                    "SecurityGroups": ["sg-0123456789abcdef0"], "UserData": "echo",
                    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9}}],
                },
            ),
            refused(
                "CreateLaunchConfiguration",
                {"LaunchConfigurationName": "small", "ImageId": IMAGE, "InstanceType": "t3.micro"},
                "AlreadyExists",
            ),
            refused("CreateLaunchConfiguration", {"LaunchConfigurationName": "none"}, "ValidationError"),
            call(
                "DescribeLaunchConfigurations",
                {"LaunchConfigurationNames": ["small"]},
                {
                    "LaunchConfigurations": [
                        {
                            "LaunchConfigurationName": "small",
                            "LaunchConfigurationARN": arn("launchConfiguration", "launchConfigurationName/small"),
                            "ImageId": IMAGE, "KeyName": "", "SecurityGroups": ["sg-0123456789abcdef0"],
                            "ClassicLinkVPCSecurityGroups": [], "UserData": "ZWNobw==", "InstanceType": "t3.micro",
                            "KernelId": "", "RamdiskId": "",
                            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9}}],
                            "InstanceMonitoring": {"Enabled": True}, "CreatedTime": TIME, "EbsOptimized": False,
                        }
                    ]
                },
            ),
            call("DeleteLaunchConfiguration", {"LaunchConfigurationName": "small"}),
            refused("DeleteLaunchConfiguration", {"LaunchConfigurationName": "small"}, "ValidationError"),
            call("DescribeLaunchConfigurations", {}, {"LaunchConfigurations": []}),
        ],
    ),
    Story(
        "autoscaling",
        "a group is made, changed, tagged and deleted",
        [
            *made(Tags=[{"Key": "team", "Value": "x", "PropagateAtLaunch": True}]),
            refused(
                "CreateAutoScalingGroup",
                WEB
                | {
                    "LaunchConfigurationName": "small", "MinSize": 0, "MaxSize": 2,
                    "AvailabilityZones": ["us-east-1a"],
                },
                "AlreadyExists",
            ),
            refused(
                "CreateAutoScalingGroup",
                {"AutoScalingGroupName": "x", "LaunchConfigurationName": "small", "MinSize": 0, "MaxSize": 2},
                "ValidationError",
            ),
            call(
                "UpdateAutoScalingGroup",
                WEB | {"MaxSize": 3, "HealthCheckGracePeriod": 60, "TerminationPolicies": ["OldestInstance"]},
            ),
            call("SetDesiredCapacity", WEB | {"DesiredCapacity": 0, "HonorCooldown": True}),
            refused("SetDesiredCapacity", WEB | {"DesiredCapacity": 99}, "ValidationError"),
            call("SuspendProcesses", WEB | {"ScalingProcesses": ["Launch"]}),
            call("EnableMetricsCollection", WEB | {"Metrics": ["GroupMinSize"], "Granularity": "1Minute"}),
            call(
                "CreateOrUpdateTags",
                {"Tags": [{"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "1"}]},
            ),
            call(
                "DescribeAutoScalingGroups",
                {"Filters": [{"Name": "tag:team", "Values": ["x"]}]},
                {
                    "AutoScalingGroups": [
                        group(
                            MaxSize=3, HealthCheckGracePeriod=60, TerminationPolicies=["OldestInstance"],
                            SuspendedProcesses=[
                                {"ProcessName": "Launch", "SuspensionReason": re.compile("User suspended at .*")}
                            ],
                            EnabledMetrics=[{"Metric": "GroupMinSize", "Granularity": "1Minute"}],
                            Tags=[
                                {
                                    "ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": key,
                                    "Value": value, "PropagateAtLaunch": True,
                                }
                                for key, value in (("a", "1"), ("team", "x"))
                            ],
                        )
                    ]
                },
            ),
            call(
                "DescribeTags",
                {"Filters": [{"Name": "key", "Values": ["a"]}], "MaxRecords": 1},
                {
                    "Tags": [
                        {
                            "ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "1",
                            "PropagateAtLaunch": True,
                        }
                    ]
                },
            ),
            call("DeleteTags", {"Tags": [{"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "a"}]}),
            call("ResumeProcesses", WEB),
            call("DisableMetricsCollection", WEB),
            call(
                "DescribeAccountLimits", {},
                {
                    "MaxNumberOfAutoScalingGroups": 500, "MaxNumberOfLaunchConfigurations": 200,
                    "NumberOfAutoScalingGroups": 1, "NumberOfLaunchConfigurations": 1,
                },
            ),
            refused("DeleteLaunchConfiguration", {"LaunchConfigurationName": "small"}, "ResourceInUse"),
            call("DescribeScalingActivities", WEB, {"Activities": []}),
            call("DeleteAutoScalingGroup", WEB),
            refused("DeleteAutoScalingGroup", WEB, "ValidationError"),
            call("DescribeAutoScalingGroups", {}, {"AutoScalingGroups": []}),
        ],
    ),
    Story(
        "autoscaling",
        "instances are attached, protected, set aside, detached, terminated",
        [
            *made(),
            *attached(),
            call(
                "DescribeAutoScalingInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "AutoScalingInstances": [
                        {
                            "InstanceId": Kept("instance"), "InstanceType": "t3.micro", "AutoScalingGroupName": "web",
                            "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": ..., "LifecycleState": "InService",
                            "HealthStatus": "HEALTHY", "ImageId": IMAGE, "ProtectedFromScaleIn": False,
                        }
                    ]
                },
            ),
            call(
                "SetInstanceProtection",
                WEB | {"InstanceIds": [Kept("instance")], "ProtectedFromScaleIn": True},
            ),
            call("SetInstanceHealth", {"InstanceId": Kept("instance"), "HealthStatus": "Healthy"}),
            refused("SetInstanceHealth", {"InstanceId": "i-0", "HealthStatus": "Healthy"}, "ValidationError"),
            call(
                "EnterStandby",
                WEB | {"InstanceIds": [Kept("instance")], "ShouldDecrementDesiredCapacity": True},
                {"Activities": [activity("Moving EC2 instance to Standby: i-.*")]},
            ),
            call(
                "ExitStandby",
                WEB | {"InstanceIds": [Kept("instance")]},
                {"Activities": [activity("Moving EC2 instance out of Standby: i-.*", "PreInService", 30)]},
            ),
            call(
                "DetachInstances",
                WEB | {"InstanceIds": [Kept("instance")], "ShouldDecrementDesiredCapacity": True},
                {"Activities": [activity("Detaching EC2 instance: i-.*")]},
            ),
            call(
                "DescribeScalingActivities", WEB | {"MaxRecords": 1},
                {
                    "Activities": [
                        activity("Detaching EC2 instance: i-.*", "Successful", 100) | {"EndTime": TIME}
                    ],
                    "NextToken": str,
                },
            ),
            *attached(),
            call("PutLifecycleHook", HOOK | {"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}),
            call(
                "TerminateInstanceInAutoScalingGroup",
                {"InstanceId": Kept("instance"), "ShouldDecrementDesiredCapacity": True},
                {"Activity": activity("Terminating EC2 instance: i-.*", progress=0)},
            ),
            call("RecordLifecycleActionHeartbeat", HOOK | {"InstanceId": Kept("instance")}),
            call(
                "CompleteLifecycleAction",
                HOOK | {"InstanceId": Kept("instance"), "LifecycleActionResult": "CONTINUE"},
            ),
            refused(
                "CompleteLifecycleAction",
                HOOK | {"InstanceId": Kept("instance"), "LifecycleActionResult": "CONTINUE"},
                "ValidationError",
            ),
            call("DeleteAutoScalingGroup", WEB | {"ForceDelete": True}),
        ],
    ),
]  # fmt: skip
