"""Auto Scaling: what belongs to groups: hooks, policies, schedules, load balancers, refreshes, warm pools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..driving import TIME, Kept, Made, Story, call, refused
from .autoscaling import ACCOUNT, HOOK, IMAGE, UUID, WEB, anything, arn, attached, made

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"


def later(hours: int) -> Made:
    """A time to come."""

    def make(kept: Mapping[str, Any]) -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    return Made(make)


STORIES = [
    Story(
        "autoscaling",
        "hooks and notifications",
        [
            *made(),
            call(
                "PutLifecycleHook",
                HOOK | {"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 600},
            ),
            refused("PutLifecycleHook", WEB | {"LifecycleHookName": "other"}, "ValidationError"),
            call(
                "DescribeLifecycleHooks", WEB,
                {
                    "LifecycleHooks": [
                        HOOK | {
                            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 600,
                            "GlobalTimeout": 60_000, "DefaultResult": "ABANDON",
                        }
                    ]
                },
            ),
            call("DeleteLifecycleHook", HOOK),
            refused("DeleteLifecycleHook", HOOK, "ValidationError"),
            call(
                "PutNotificationConfiguration",
                WEB | {"TopicARN": TOPIC, "NotificationTypes": ["autoscaling:EC2_INSTANCE_LAUNCH"]},
            ),
            call(
                "DescribeNotificationConfigurations",
                {"AutoScalingGroupNames": ["web"]},
                {
                    "NotificationConfigurations": [
                        WEB | {"TopicARN": TOPIC, "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH"}
                    ]
                },
            ),
            call("DeleteNotificationConfiguration", WEB | {"TopicARN": TOPIC}),
            refused("DeleteNotificationConfiguration", WEB | {"TopicARN": TOPIC}, "ValidationError"),
        ],
    ),
    Story(
        "autoscaling",
        "policies",
        [
            *made(MaxSize=0),
            call(
                "PutScalingPolicy",
                WEB | {"PolicyName": "out", "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1},
                {"PolicyARN": arn("scalingPolicy", "autoScalingGroupName/web:policyName/out"), "Alarms": []},
                keeps={"policy": "PolicyARN"},
            ),
            refused("PutScalingPolicy", WEB | {"PolicyName": "none"}, "ValidationError"),
            call("ExecutePolicy", {"PolicyName": Kept("policy"), "HonorCooldown": True}),
            call(
                "DescribePolicies",
                {"PolicyNames": [Kept("policy")]},
                {
                    "ScalingPolicies": [
                        WEB | {
                            "PolicyName": "out", "PolicyARN": Kept("policy"), "PolicyType": "SimpleScaling",
                            "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "StepAdjustments": [],
                            "Alarms": [], "Enabled": True,
                        }
                    ]
                },
            ),
            call(
                "PutScalingPolicy",
                WEB | {
                    "PolicyName": "plan", "PolicyType": "PredictiveScaling",
                    "PredictiveScalingConfiguration": {
                        "MetricSpecifications": [
                            {
                                "TargetValue": 40.0,
                                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"},
                            }
                        ]
                    },
                },
                {"PolicyARN": arn("scalingPolicy", "autoScalingGroupName/web:policyName/plan"), "Alarms": []},
            ),
            call(
                "GetPredictiveScalingForecast",
                WEB | {"PolicyName": "plan", "StartTime": later(0), "EndTime": later(24)},
                {
                    "LoadForecast": [
                        {
                            "Timestamps": [], "Values": [],
                            "MetricSpecification": {
                                "TargetValue": 40.0,
                                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"},
                            },
                        }
                    ],
                    "CapacityForecast": {"Timestamps": [], "Values": []}, "UpdateTime": TIME,
                },
            ),
            call("DeletePolicy", {"PolicyName": Kept("policy")}),
            refused("DeletePolicy", {"PolicyName": Kept("policy")}, "ValidationError"),
        ],
    ),
    Story(
        "autoscaling",
        "scheduled actions",
        [
            *made(),
            call(
                "PutScheduledUpdateGroupAction",
                WEB
                | {
                    "ScheduledActionName": "morning", "Recurrence": "0 8 * * *", "MinSize": 0,
                    "TimeZone": "Asia/Tokyo",
                },
            ),
            refused("PutScheduledUpdateGroupAction", WEB | {"ScheduledActionName": "x"}, "ValidationError"),
            call(
                "BatchPutScheduledUpdateGroupAction",
                WEB | {
                    "ScheduledUpdateGroupActions": [
                        {"ScheduledActionName": "once", "StartTime": later(50), "MaxSize": 4},
                        {"ScheduledActionName": "odd", "Recurrence": "odd", "MaxSize": 4},
                    ]
                },
                {
                    "FailedScheduledUpdateGroupActions": [
                        {"ScheduledActionName": "odd", "ErrorCode": "ValidationError", "ErrorMessage": str}
                    ]
                },
            ),
            call(
                "DescribeScheduledActions", WEB,
                {
                    "ScheduledUpdateGroupActions": [
                        WEB | {
                            "ScheduledActionName": "morning", "StartTime": TIME, "Time": TIME, "MinSize": 0,
                            "ScheduledActionARN": arn(
                                "scheduledUpdateGroupAction", "autoScalingGroupName/web:scheduledActionName/morning"
                            ),
                            "Recurrence": "0 8 * * *", "TimeZone": "Asia/Tokyo",
                        },
                        WEB | {
                            "ScheduledActionName": "once", "StartTime": TIME, "Time": TIME, "MaxSize": 4,
                            "ScheduledActionARN": ...,
                        },
                    ]
                },
            ),
            call("DeleteScheduledAction", WEB | {"ScheduledActionName": "morning"}),
            refused("DeleteScheduledAction", WEB | {"ScheduledActionName": "morning"}, "ValidationError"),
            call(
                "BatchDeleteScheduledAction",
                WEB | {"ScheduledActionNames": ["once", "odd"]},
                {
                    "FailedScheduledActions": [
                        {"ScheduledActionName": "odd", "ErrorCode": "ValidationError", "ErrorMessage": str}
                    ]
                },
            ),
        ],
    ),
    Story(
        "autoscaling",
        "load balancers and other traffic sources",
        [
            *made(),
            call("ec2:DescribeVpcs", {}, anything("Vpcs"), keeps={"vpc": "Vpcs.0.VpcId"}),
            call(
                "elbv2:CreateTargetGroup",
                {"Name": "t", "Protocol": "HTTP", "Port": 80, "VpcId": Kept("vpc")}, anything("TargetGroups"),
                keeps={"targets": "TargetGroups.0.TargetGroupArn"},
            ),
            call(
                "elb:CreateLoadBalancer",
                {
                    "LoadBalancerName": "classic", "AvailabilityZones": ["us-east-1a"],
                    "Listeners": [{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
                },
                anything("DNSName"),
            ),
            call("AttachLoadBalancerTargetGroups", WEB | {"TargetGroupARNs": [Kept("targets")]}),
            refused(
                "AttachLoadBalancerTargetGroups",
                WEB | {
                    "TargetGroupARNs": [
                        f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/odd/0123456789abcdef"
                    ]
                },
                "ValidationError",
            ),
            call("AttachLoadBalancers", WEB | {"LoadBalancerNames": ["classic"]}),
            call(
                "DescribeLoadBalancerTargetGroups", WEB,
                {
                    "LoadBalancerTargetGroups": [
                        {"LoadBalancerTargetGroupARN": Kept("targets"), "State": "Added"}
                    ]
                },
            ),
            call(
                "DescribeLoadBalancers", WEB,
                {"LoadBalancers": [{"LoadBalancerName": "classic", "State": "Added"}]},
            ),
            call(
                "DescribeTrafficSources", WEB | {"TrafficSourceType": "elbv2"},
                {"TrafficSources": [{"Identifier": Kept("targets"), "Type": "elbv2", "State": "Added"}]},
            ),
            call("DetachLoadBalancerTargetGroups", WEB | {"TargetGroupARNs": [Kept("targets")]}),
            call("DetachLoadBalancers", WEB | {"LoadBalancerNames": ["classic"]}),
            refused("DetachLoadBalancers", WEB | {"LoadBalancerNames": ["classic"]}, "ValidationError"),
            call("AttachTrafficSources", WEB | {"TrafficSources": [{"Identifier": Kept("targets"), "Type": "elbv2"}]}),
            call("DetachTrafficSources", WEB | {"TrafficSources": [{"Identifier": Kept("targets")}]}),
            call("DescribeTrafficSources", WEB, {"TrafficSources": []}),
        ],
    ),
    Story(
        "autoscaling",
        "refreshes and warm pools",
        [
            *made(),
            *attached(),
            call(
                "ec2:CreateLaunchTemplate",
                {
                    "LaunchTemplateName": "tmpl",
                    "LaunchTemplateData": {"ImageId": IMAGE, "InstanceType": "t3.small"},
                },
                anything("LaunchTemplate"),
            ),
            call("SuspendProcesses", WEB | {"ScalingProcesses": ["Launch"]}),
            refused("CancelInstanceRefresh", WEB, "ActiveInstanceRefreshNotFound"),
            call(
                "StartInstanceRefresh",
                WEB | {
                    "DesiredConfiguration": {"LaunchTemplate": {"LaunchTemplateName": "tmpl", "Version": "1"}},
                    "Preferences": {"MinHealthyPercentage": 50},
                },
                {"InstanceRefreshId": re.compile(UUID)}, keeps={"refresh": "InstanceRefreshId"},
            ),
            refused("StartInstanceRefresh", WEB, "InstanceRefreshInProgress"),
            call(
                "DescribeInstanceRefreshes", WEB,
                {
                    "InstanceRefreshes": [
                        WEB | {
                            "InstanceRefreshId": Kept("refresh"), "Status": "InProgress", "StartTime": TIME,
                            "PercentageComplete": 0, "InstancesToUpdate": 1, "Strategy": "Rolling",
                            "Preferences": {
                                "MinHealthyPercentage": 50, "MaxHealthyPercentage": 100, "SkipMatching": False,
                                "AutoRollback": False, "ScaleInProtectedInstances": "Ignore",
                                "StandbyInstances": "Ignore",
                            },
                            "DesiredConfiguration": {
                                "LaunchTemplate": {"LaunchTemplateName": "tmpl", "Version": "1"},
                            },
                        }
                    ]
                },
            ),
            call("RollbackInstanceRefresh", WEB, {"InstanceRefreshId": Kept("refresh")}),
            call("CancelInstanceRefresh", WEB, {"InstanceRefreshId": Kept("refresh")}),
            call("PutWarmPool", WEB | {"MinSize": 1, "PoolState": "Running"}),
            call(
                "DescribeWarmPool", WEB,
                {"WarmPoolConfiguration": {"MinSize": 1, "PoolState": "Running"}, "Instances": []},
            ),
            call("DeleteWarmPool", WEB | {"ForceDelete": True}),
            refused("DeleteWarmPool", WEB, "ValidationError"),
            call(
                "LaunchInstances", WEB | {"RequestedCapacity": 1, "ClientToken": "once"},
                {
                    "AutoScalingGroupName": "web", "ClientToken": "once", "Errors": [],
                    "Instances": [
                        {
                            "InstanceType": "t3.micro", "MarketType": "on-demand", "AvailabilityZone": "us-east-1a",
                            "InstanceIds": [re.compile("i-[0-9a-f]{17}")],
                        }
                    ],
                },
            ),
        ],
    ),
    Story(
        "autoscaling",
        "what there is to choose from",
        [
            call(
                "DescribeAdjustmentTypes", {},
                {
                    "AdjustmentTypes": [
                        {"AdjustmentType": one}
                        for one in ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")
                    ]
                },
            ),
            call(
                "DescribeAutoScalingNotificationTypes", {},
                {"AutoScalingNotificationTypes": ["autoscaling:EC2_INSTANCE_LAUNCH", ...]},
            ),
            call(
                "DescribeLifecycleHookTypes", {},
                {
                    "LifecycleHookTypes": [
                        "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING",
                    ]
                },
            ),
            call(
                "DescribeMetricCollectionTypes", {},
                {
                    "Metrics": [{"Metric": "GroupAndWarmPoolDesiredCapacity"}, ...],
                    "Granularities": [{"Granularity": "1Minute"}],
                },
            ),
            call("DescribeScalingProcessTypes", {}, {"Processes": [{"ProcessName": "AZRebalance"}, ...]}),
            call("DescribeTerminationPolicyTypes", {}, {"TerminationPolicyTypes": ["AllocationStrategy", ...]}),
            call("PutAccountSetting", {"Name": "setting", "Value": "on"}),
            call("DescribeAccountSettings", {}, {"Settings": [{"Name": "setting", "Value": "on"}]}),
        ],
    ),
]  # fmt: skip
