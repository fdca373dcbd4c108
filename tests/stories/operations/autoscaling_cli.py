"""Auto Scaling by the AWS CLI: eight commands."""

from __future__ import annotations

from ..driving import Story, call, refused
from .autoscaling import WEB, group, made

STORIES = [
    Story(
        "autoscaling",
        "a group by the command line",
        [
            *made(),
            call("DescribeAutoScalingGroups", {"AutoScalingGroupNames": ["web"]}, {"AutoScalingGroups": [group()]}),
            refused("SetDesiredCapacity", WEB | {"DesiredCapacity": 99}, "ValidationError"),
            call("SuspendProcesses", WEB | {"ScalingProcesses": ["AZRebalance"]}),
            call(
                "PutScheduledUpdateGroupAction",
                WEB | {"ScheduledActionName": "morning", "Recurrence": "0 8 * * *", "MinSize": 0},
            ),
            call("DescribeTags", {}, {"Tags": []}),
            call("DeleteAutoScalingGroup", WEB),
        ],
    ),
]  # fmt: skip
