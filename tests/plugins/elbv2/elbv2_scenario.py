"""Load balancers in a scenario with EC2 and IAM, in the default VPC."""

from __future__ import annotations

from typing import Any

import backtrail_aws.ec2
import backtrail_aws.elbv2
import backtrail_aws.iam
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.elbv2 import api
from backtrail_aws.elbv2.state import LoadBalancers
from backtrail_aws.iam.api import CreateServiceLinkedRole

ROLE = CreateServiceLinkedRole(aws_service_name="elasticloadbalancing.amazonaws.com")


class Site(Scenario):
    """A scenario with subnets of three zones."""

    def __init__(self, *more: Any) -> None:
        super().__init__(backtrail_aws.elbv2, backtrail_aws.ec2, backtrail_aws.iam, *more, service="elbv2")
        self.given(ROLE, service="iam")
        found = self.did(ec2.DescribeSubnets(), "ec2").subnets
        self.subnets = [one.subnet_id for one in sorted(found, key=lambda one: one.availability_zone)][:3]
        self.vpc = found[0].vpc_id

    def did(self, call: Any, service: str | None = None) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call, service=service).answer

    def balancer(self, name: str = "web", **given: Any) -> str:
        """A load balancer in two zones."""
        made = self.did(api.CreateLoadBalancer(name=name, **({"subnets": self.subnets[:2]} | given)))
        return str(made.load_balancers[0].load_balancer_arn)

    def group(self, name: str = "g", **given: Any) -> str:
        """A target group."""
        settings = {"protocol": "HTTP", "port": 80, "vpc_id": self.vpc}
        made = self.did(api.CreateTargetGroup(name=name, **(settings | given)))
        return str(made.target_groups[0].target_group_arn)

    def listener(self, balancer: str, group: str, protocol: str = "HTTP", port: int = 80) -> str:
        """A listener that forwards."""
        forward = api.Action(type="forward", target_group_arn=group)
        made = self.did(
            api.CreateListener(
                load_balancer_arn=balancer, protocol=protocol, port=port, default_actions=[forward]
            )
        )
        return str(made.listeners[0].listener_arn)

    def instance(self, zone: int = 0) -> str:
        """A running instance."""
        launch = ec2.RunInstances(
            image_id="ami-0abcdef1234567890", instance_type="t2.micro", min_count=1, max_count=1,
            subnet_id=self.subnets[zone],
        )  # fmt: skip
        return str(self.did(launch, "ec2").instances[0].instance_id)

    def register(self, group: str, *ids: str, **given: Any) -> None:
        """Targets."""
        targets = [api.TargetDescription(id=one, **given) for one in ids]
        self.given(api.RegisterTargets(target_group_arn=group, targets=targets))

    def health(self, group: str) -> dict[str, str]:
        """State, and the reason where there is one, by target."""
        found = self.did(api.DescribeTargetHealth(target_group_arn=group)).target_health_descriptions
        return {
            one.target.id: "/".join(
                text for text in (one.target_health.state, one.target_health.reason) if isinstance(text, str)
            )
            for one in found
        }

    @property
    def state(self) -> LoadBalancers:
        """What the plugin knows."""
        found: Any = self.machine.state(("elbv2", ACCOUNT, REGION))
        return found  # type: ignore[no-any-return]
