"""A machine with Auto Scaling, EC2 and IAM, and short words for what its tests do most."""

from __future__ import annotations

from typing import Any

import msgspec

import backtrail_aws.autoscaling
import backtrail_aws.ec2
import backtrail_aws.iam
from backtrail import Params
from backtrail.testing import Scenario
from backtrail_aws.autoscaling import api
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.iam import api as iam

IMAGE = "ami-0abcdef1234567890"
NAME = "web"


class Lab(Scenario):
    """The three services, with the service-linked role and a launch configuration."""

    def __init__(self, *more: Any) -> None:
        super().__init__(backtrail_aws.autoscaling, backtrail_aws.ec2, backtrail_aws.iam, *more)
        self.given(iam.CreateServiceLinkedRole(aws_service_name="autoscaling.amazonaws.com"), service="iam")
        self.given(
            api.CreateLaunchConfiguration(
                launch_configuration_name="small", image_id=IMAGE, instance_type="t3.micro"
            )
        )
        found = self.ask(ec2.DescribeSubnets(), "ec2").subnets
        self.zones = {str(one.availability_zone): str(one.subnet_id) for one in found}

    def ask(self, params: Params, service: str = "autoscaling") -> Any:
        """The answer of a call that succeeds."""
        return self.given(params, service=service).answer

    def group(self, least: int = 1, most: int = 4, *zones: str, **more: Any) -> Lab:
        """A group of the default VPC's subnets in some zones."""
        subnets = ",".join(self.zones[one] for one in zones or ("us-east-1a", "us-east-1b"))
        given: dict[str, Any] = {"launch_configuration_name": "small"} | more
        told: dict[str, Any] = {key: one for key, one in given.items() if one is not None}
        self.given(
            api.CreateAutoScalingGroup(
                auto_scaling_group_name=NAME,
                min_size=least,
                max_size=most,
                vpc_zone_identifier=subnets,
                **told,
            )
        )
        return self

    @property
    def shown(self) -> api.AutoScalingGroup:
        """The group as it is shown."""
        groups: list[api.AutoScalingGroup] = self.ask(api.DescribeAutoScalingGroups()).auto_scaling_groups
        return groups[0]

    @property
    def ids(self) -> list[str]:
        """Its instances."""
        instances = self.shown.instances
        assert isinstance(instances, list)
        return [one.instance_id for one in instances]

    @property
    def states(self) -> dict[str, str]:
        """Its instances' states."""
        instances = self.shown.instances
        assert isinstance(instances, list)
        return {one.instance_id: one.lifecycle_state for one in instances}

    @property
    def activities(self) -> list[api.Activity]:
        """What it did: the newest first."""
        found: list[api.Activity] = self.ask(api.DescribeScalingActivities()).activities
        return found

    def run(self, identifier: str) -> Any:
        """An instance as EC2 shows it."""
        held = self.ask(ec2.DescribeInstances(instance_ids=[identifier]), "ec2")
        return held.reservations[0].instances[0]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The records of an action."""
        found = [msgspec.json.decode(one.record, type=dict[str, Any]) for one in self.log]
        return [one for one in found if one["eventName"] == name]
