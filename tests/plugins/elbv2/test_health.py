"""How targets are: what the account is at that moment, and how long it takes until checks tell."""

from __future__ import annotations

import pytest

from backtrail import Params, field
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.elbv2 import api
from backtrail_aws.elbv2.faults import FailTarget, RecoverTarget

from .elbv2_scenario import Site


def test_a_group_that_nobody_uses() -> None:
    """Given a target of a group without a load balancer, then it gets no traffic; with a listener it does."""
    site = Site()
    group = site.group()
    host = site.instance()
    site.register(group, host)
    assert site.health(group) == {host: "unused/Target.NotInUse"}
    site.listener(site.balancer(), group)
    assert site.health(group) == {host: "healthy"}
    site.replays()


def test_an_instance_that_stops() -> None:
    """Given a target, when it is stopped it is in no state for traffic, and cannot be registered; started, it is."""
    site = Site()
    group = site.group()
    site.listener(site.balancer(), group)
    host = site.instance()
    site.register(group, host)
    site.given(ec2.StopInstances(instance_ids=[host]), service="ec2")
    assert site.health(group) == {host: "unused/Target.InvalidState"}
    again = api.RegisterTargets(target_group_arn=group, targets=[api.TargetDescription(id=host)])
    site.when(again).refused("InvalidTarget", "not in a running state")
    site.given(ec2.StartInstances(instance_ids=[host]), service="ec2")
    assert site.health(group) == {host: "healthy"}
    site.replays()


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("500", "unhealthy/Target.ResponseCodeMismatch"), ("timeout", "unhealthy/Target.Timeout"),
        ("refused", "unhealthy/Target.FailedHealthChecks"), ("200", "healthy"),
    ],
)  # fmt: skip
def test_faults_that_are_injected(answer: str, shown: str) -> None:
    """Given a target whose checks are made to meet something, then its health says so, until it has recovered."""
    site = Site()
    group = site.group()
    site.listener(site.balancer(), group)
    host = site.instance()
    site.register(group, host)
    site.given(FailTarget(target_group_arn=group, id=host, answer=answer))
    assert site.health(group) == {host: shown}
    site.given(RecoverTarget(target_group_arn=group, id=host))
    assert site.health(group) == {host: "healthy"}
    site.replays()


def test_checks_take_as_many_failures_as_thresholds_say() -> None:
    """ELB-03: at AWS's pace a target is healthy after 3 checks, unhealthy after 2, and healthy again after 3."""
    site = Site()
    site.turn("backtrail.pace", "aws")
    assert site.error is None
    group = site.group(
        healthy_threshold_count=3, unhealthy_threshold_count=2, health_check_interval_seconds=100
    )
    arn = site.balancer()
    site.listener(arn, group)
    host = site.instance()
    site.later(minutes=10)
    site.register(group, host)
    assert site.health(group) == {host: "initial/Elb.InitialHealthChecking"}
    site.later(seconds=290)
    assert site.health(group) == {host: "initial/Elb.InitialHealthChecking"}
    site.later(seconds=20)
    assert site.health(group) == {host: "healthy"}
    site.given(FailTarget(target_group_arn=group, id=host, answer="503"))
    site.later(seconds=190)
    assert site.health(group) == {host: "healthy"}
    site.later(seconds=20)
    assert site.health(group) == {host: "unhealthy/Target.ResponseCodeMismatch"}
    site.given(RecoverTarget(target_group_arn=group, id=host))
    site.later(seconds=290)
    assert site.health(group) == {host: "unhealthy/Target.ResponseCodeMismatch"}
    site.later(seconds=20)
    assert site.health(group) == {host: "healthy"}
    site.replays()


def test_a_balancer_is_provisioning_at_aws_pace() -> None:
    """Given AWS's pace, then a load balancer is provisioning for some minutes, and its targets are registered later."""
    site = Site()
    site.turn("backtrail.pace", "aws")
    group = site.group()
    arn = site.balancer()
    site.listener(arn, group)

    def status() -> str:
        found = site.did(api.DescribeLoadBalancers(load_balancer_arns=[arn]))
        return str(found.load_balancers[0].state.code)

    assert status() == "provisioning"
    host = site.instance()
    site.later(seconds=60)
    site.register(group, host)
    assert site.health(group) == {host: "initial/Elb.RegistrationInProgress"}
    site.later(minutes=2)
    assert status() == "active"


def test_targets_drain_for_as_long_as_the_group_says() -> None:
    """Given a delay of a minute, then a deregistered target drains for that long, and is registered no more after."""
    site = Site()
    group = site.group()
    site.listener(site.balancer(), group)
    host = site.instance()
    site.register(group, host)
    delay = api.TargetGroupAttribute(key="deregistration_delay.timeout_seconds", value="60")
    site.given(api.ModifyTargetGroupAttributes(target_group_arn=group, attributes=[delay]))
    leave = api.DeregisterTargets(target_group_arn=group, targets=[api.TargetDescription(id=host)])
    site.given(leave)
    assert site.health(group) == {host: "draining/Target.DeregistrationInProgress"}
    site.later(seconds=60)
    assert site.health(group) == {}
    asked = api.DescribeTargetHealth(target_group_arn=group, targets=[api.TargetDescription(id=host)])
    (one,) = site.did(asked).target_health_descriptions
    assert (one.target_health.state, one.target_health.reason) == ("unused", "Target.NotRegistered")
    site.register(group, host)
    assert site.health(group) == {host: "healthy"}
    site.replays()


def test_a_code_that_is_not_two_hundred() -> None:
    """Given a matcher that 200 does not fit, then targets that answer with 200 are unhealthy."""
    site = Site()
    group = site.group(matcher=api.Matcher(http_code="301-302"))
    site.listener(site.balancer(), group)
    host = site.instance()
    site.register(group, host)
    assert site.health(group) == {host: "unhealthy/Target.ResponseCodeMismatch"}


def test_targets_that_are_addresses() -> None:
    """Given an address of an instance, one that nobody has, and one outside, then only the first is healthy."""
    site = Site()
    group = site.group(target_type="ip")
    site.listener(site.balancer(), group)
    host = site.instance()
    shown = site.did(ec2.DescribeInstances(instance_ids=[host]), "ec2").reservations[0].instances[0]
    address = shown.private_ip_address
    prefix = address.rpartition(".")[0]
    nobody = f"{prefix}.200" if not address.endswith(".200") else f"{prefix}.201"
    site.register(group, address, nobody)
    assert site.health(group) == {address: "healthy", nobody: "unhealthy/Target.Timeout"}
    outside = api.RegisterTargets(target_group_arn=group, targets=[api.TargetDescription(id="8.8.8.8")])
    site.when(outside).refused("InvalidTarget")
    wrong = api.RegisterTargets(target_group_arn=group, targets=[api.TargetDescription(id="x")])
    site.when(wrong).refused("InvalidTarget", "not a valid IPv4 address")


def test_network_balancers_check_from_the_zone_of_the_target() -> None:
    """Given a Network Load Balancer, then failed checks say no more than that they failed; TCP asks for no code."""
    site = Site()
    group = site.group(protocol="TCP")
    arn = site.balancer(type="network")
    site.listener(arn, group, "TCP")
    host = site.instance(1)
    site.register(group, host)
    assert site.health(group) == {host: "healthy"}
    site.given(FailTarget(target_group_arn=group, id=host, answer="503"))
    assert site.health(group) == {host: "healthy"}
    site.given(FailTarget(target_group_arn=group, id=host, answer="timeout"))
    assert site.health(group) == {host: "unhealthy/Target.FailedHealthChecks"}
    site.replays()


def test_a_balancer_behind_another() -> None:
    """Given a target group of a load balancer, then it is healthy where that one listens on the port."""
    site = Site()
    inner = site.balancer("inner", scheme="internal")
    group = site.group(protocol="TCP", target_type="alb")
    site.listener(site.balancer("outer", type="network"), group, "TCP")
    site.register(group, inner)
    assert site.health(group) == {inner: "unhealthy/Target.FailedHealthChecks"}
    site.listener(inner, site.group("http"))
    assert site.health(group) == {inner: "healthy"}


class DescribeTargetHealth(Params):
    """What another service asks."""

    target_group_arn: str = field(name="targetGroupArn")


def test_others_may_ask() -> None:
    """Given the declaration, then healths are told by reads that change nothing, so that any service may ask."""
    site = Site()
    for service, action in (("elbv2", "DescribeTargetHealth"), ("elbv2", "TellTrouble")):
        handler = site.machine.registry.handler(service, action)
        assert handler is not None and handler.read_only
        assert (service, action) not in site.machine.registry.projectors
