"""Classic Load Balancers: what is refused, what instances are told of, what is the same again."""

from __future__ import annotations

from typing import Any

import pytest

import backtrail_aws.ec2
import backtrail_aws.elb
import backtrail_aws.iam
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.elb import api
from backtrail_aws.elb.faults import FailInstance, RecoverInstance
from backtrail_aws.elb.state import ClassicLoadBalancers
from backtrail_aws.iam.api import CreateServiceLinkedRole

HTTP = api.Listener(protocol="HTTP", load_balancer_port=80, instance_port=80)


class Site(Scenario):
    """A scenario with a classic load balancer in the first zone of the default VPC."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.elb, backtrail_aws.ec2, backtrail_aws.iam, service="elb")
        role = CreateServiceLinkedRole(aws_service_name="elasticloadbalancing.amazonaws.com")
        self.given(role, service="iam")
        found = self.did(ec2.DescribeSubnets(), "ec2").subnets
        self.subnets = [one.subnet_id for one in sorted(found, key=lambda one: one.availability_zone)]
        self.given(
            api.CreateLoadBalancer(
                load_balancer_name="web", listeners=[HTTP], availability_zones=["us-east-1a"]
            )
        )

    def did(self, call: Any, service: str | None = None) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call, service=service).answer

    def instance(self, zone: int = 0) -> str:
        """A registered instance."""
        launch = ec2.RunInstances(
            image_id="ami-0abcdef1234567890", instance_type="t2.micro", min_count=1, max_count=1,
            subnet_id=self.subnets[zone],
        )  # fmt: skip
        made = str(self.did(launch, "ec2").instances[0].instance_id)
        listed = [api.Instance(instance_id=made)]
        self.given(api.RegisterInstancesWithLoadBalancer(load_balancer_name="web", instances=listed))
        return made

    def health(self) -> dict[str, tuple[str, str, str]]:
        """State, reason code and description, by instance."""
        found = self.did(api.DescribeInstanceHealth(load_balancer_name="web")).instance_states
        return {one.instance_id: (one.state, one.reason_code, one.description) for one in found}

    @property
    def state(self) -> ClassicLoadBalancers:
        """What the plugin knows."""
        found: Any = self.machine.state(("elb", ACCOUNT, REGION))
        return found  # type: ignore[no-any-return]


IN_SERVICE = ("InService", "N/A", "N/A")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"load_balancer_name": "-a"}, "ValidationError"), ({"load_balancer_name": "a" * 33}, "ValidationError"),
        ({"scheme": "public"}, "InvalidScheme"), ({"availability_zones": []}, "ValidationError"),
        ({"availability_zones": ["us-east-1z"]}, "ValidationError"),
        ({"security_groups": ["sg-00000000000000000"]}, "InvalidSecurityGroup"),
        (
            {"listeners": [api.Listener(protocol="UDP", load_balancer_port=1, instance_port=1)]},
            "UnsupportedProtocol",
        ),
        (
            {"listeners": [api.Listener(protocol="SSL", load_balancer_port=1, instance_port=1)]},
            "InvalidConfigurationRequest",
        ),
        ({"load_balancer_name": "web"}, "DuplicateLoadBalancerName"),
    ],
)  # fmt: skip
def test_load_balancers_that_cannot_be(given: dict[str, Any], code: str) -> None:
    """Given what AWS refuses, then it is refused."""
    settings = {"load_balancer_name": "x", "listeners": [HTTP], "availability_zones": ["us-east-1b"]}
    site = Site()
    site.when(api.CreateLoadBalancer(**(settings | given))).refused(code)
    assert list(site.state.balancers) == ["web"]


def test_a_load_balancer_that_is_not_there() -> None:
    """Given no such name, then AWS's words say so, and only a deletion is no error."""
    site = Site()
    asked = api.DescribeInstanceHealth(load_balancer_name="none")
    site.when(asked).refused("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named 'none'")
    site.given(api.DeleteLoadBalancer(load_balancer_name="none"))


def test_an_instance_from_birth_to_end() -> None:
    """Given an instance, then each of its states has AWS's own words; terminated, it is registered no more."""
    site = Site()
    host = site.instance()
    assert site.health() == {host: IN_SERVICE}
    site.given(ec2.StopInstances(instance_ids=[host]), service="ec2")
    assert site.health() == {host: ("OutOfService", "Instance", "Instance is in stopped state.")}
    site.given(ec2.StartInstances(instance_ids=[host]), service="ec2")
    site.given(FailInstance(load_balancer_name="web", instance_id=host))
    assert site.health()[host][:2] == ("OutOfService", "Instance")
    site.given(RecoverInstance(load_balancer_name="web", instance_id=host))
    assert site.health() == {host: IN_SERVICE}
    site.given(ec2.TerminateInstances(instance_ids=[host]), service="ec2")
    assert site.health() == {}
    site.replays()


def test_a_zone_is_enabled() -> None:
    """Given an instance in another zone, then it is the load balancer's fault, until that zone is enabled."""
    site = Site()
    host = site.instance(1)
    assert site.health()[host][:2] == ("OutOfService", "ELB")
    enable = api.EnableAvailabilityZonesForLoadBalancer(
        load_balancer_name="web", availability_zones=["us-east-1b"]
    )
    assert site.did(enable).availability_zones == ["us-east-1a", "us-east-1b"]
    assert site.health() == {host: IN_SERVICE}
    assert len(site.state.balancers["web"].interfaces) == 2
    only = api.DisableAvailabilityZonesForLoadBalancer(
        load_balancer_name="web", availability_zones=["us-east-1a", "us-east-1b"]
    )
    site.when(only).refused("InvalidConfigurationRequest")
    site.replays()


def test_thresholds_at_the_pace_of_aws() -> None:
    """ELB-03: healthy after 10 checks, unhealthy after exactly 2."""
    site = Site()
    site.turn("backtrail.pace", "aws")
    site.later(minutes=10)
    host = site.instance()
    check = api.HealthCheck(
        target="HTTP:80/", interval=30, timeout=5, unhealthy_threshold=2, healthy_threshold=10
    )
    site.given(api.ConfigureHealthCheck(load_balancer_name="web", health_check=check))
    site.later(seconds=60)
    assert "HealthyThreshold" in site.health()[host][2]
    site.later(seconds=240)
    assert site.health() == {host: IN_SERVICE}
    site.given(FailInstance(load_balancer_name="web", instance_id=host))
    site.later(seconds=50)
    assert site.health() == {host: IN_SERVICE}
    site.later(seconds=10)
    assert "UnhealthyThreshold" in site.health()[host][2]
    site.replays()


def test_connections_drain() -> None:
    """Given connection draining, then a deregistered instance serves on for as long, but is registered no more."""
    site = Site()
    host = site.instance()
    draining = api.LoadBalancerAttributes(
        connection_draining=api.ConnectionDraining(enabled=True, timeout=60)
    )
    site.given(api.ModifyLoadBalancerAttributes(load_balancer_name="web", load_balancer_attributes=draining))
    listed = [api.Instance(instance_id=host)]
    site.given(api.DeregisterInstancesFromLoadBalancer(load_balancer_name="web", instances=listed))
    assert site.health() == {}
    asked = api.DescribeInstanceHealth(load_balancer_name="web", instances=listed)
    (one,) = site.did(asked).instance_states
    assert (one.state, one.description) == ("InService", "Instance deregistration currently in progress.")
    site.later(seconds=60)
    (one,) = site.did(asked).instance_states
    assert one.description == "Instance is not currently registered with the LoadBalancer."
    site.replays()


def test_an_instance_of_another_vpc() -> None:
    """Given an instance elsewhere, and none at all, then neither is registered."""
    site = Site()
    vpc = site.did(ec2.CreateVpc(cidr_block="10.0.0.0/16"), "ec2").vpc.vpc_id
    subnet = site.did(ec2.CreateSubnet(vpc_id=vpc, cidr_block="10.0.0.0/24"), "ec2").subnet.subnet_id
    launch = ec2.RunInstances(
        image_id="ami-0abcdef1234567890", instance_type="t2.micro", min_count=1, max_count=1, subnet_id=subnet
    )
    host = site.did(launch, "ec2").instances[0].instance_id
    for identifier, words in ((host, "not in the same VPC"), ("i-00000000000000000", "Could not find")):
        listed = [api.Instance(instance_id=identifier)]
        asked = api.RegisterInstancesWithLoadBalancer(load_balancer_name="web", instances=listed)
        site.when(asked).refused("InvalidInstance", words)


def test_policies_of_ciphers() -> None:
    """Given AWS's own policy by reference, then a policy has all of its protocols and ciphers."""
    site = Site()
    reference = api.PolicyAttribute(
        attribute_name="Reference-Security-Policy", attribute_value="ELBSecurityPolicy-TLS-1-2-2017-01"
    )
    made = api.CreateLoadBalancerPolicy(
        load_balancer_name="web", policy_name="tls", policy_type_name="SSLNegotiationPolicyType",
        policy_attributes=[reference],
    )  # fmt: skip
    site.given(made)
    (shown,) = site.did(api.DescribeLoadBalancerPolicies(load_balancer_name="web")).policy_descriptions
    values = {one.attribute_name: one.attribute_value for one in shown.policy_attribute_descriptions}
    assert (values["Protocol-TLSv1.2"], values["Protocol-TLSv1"]) == ("true", "false")
    ready = site.did(api.DescribeLoadBalancerPolicies()).policy_descriptions
    assert "ELBSecurityPolicy-2016-08" in {one.policy_name for one in ready}
    site.replays()


def test_others_may_ask() -> None:
    """Given the declaration, then healths are told by reads that change nothing, so that any service may ask."""
    registry = Site().machine.registry
    for action in ("DescribeInstanceHealth", "TellTrouble"):
        handler = registry.handler("elb", action)
        assert handler is not None and handler.read_only
        assert ("elb", action) not in registry.projectors
