"""Load balancers, target groups, listeners, rules: what is refused, what is the same again, what changes what."""

from __future__ import annotations

from typing import Any

import pytest

import backtrail_aws.lambda_
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.elbv2 import api

from .elbv2_scenario import Site

NOT_FOUND = api.Action(
    type="fixed-response", fixed_response_config=api.FixedResponseActionConfig(status_code="404")
)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "-web"}, "ValidationError"), ({"name": "internal-web"}, "ValidationError"),
        ({"name": "w" * 33}, "ValidationError"), ({"type": "classic"}, "ValidationError"),
        ({"scheme": "public"}, "ValidationError"), ({"ip_address_type": "ipv6"}, "ValidationError"),
        ({"security_groups": ["sg-00000000000000000"]}, "InvalidConfigurationRequest"),
        ({"subnets": []}, "ValidationError"), ({"subnets": ["subnet-00000000000000000"]}, "SubnetNotFound"),
        ({"tags": [api.Tag(key="a"), api.Tag(key="a")]}, "DuplicateTagKeys"),
        ({"tags": [api.Tag(key="aws:a")]}, "ValidationError"),
    ],
)  # fmt: skip
def test_load_balancers_that_cannot_be(given: dict[str, Any], code: str) -> None:
    """Given what AWS refuses, then it is refused, and nothing is there."""
    site = Site()
    site.when(api.CreateLoadBalancer(**({"name": "web", "subnets": site.subnets[:2]} | given))).refused(code)
    assert not site.state.balancers


def test_two_subnets_in_one_zone() -> None:
    """Given another subnet in a zone, then a load balancer is not put into both."""
    site = Site()
    more = ec2.CreateSubnet(vpc_id=site.vpc, cidr_block="172.31.240.0/24", availability_zone="us-east-1a")
    other = site.did(more, "ec2").subnet.subnet_id
    site.when(api.CreateLoadBalancer(name="web", subnets=[site.subnets[0], other])).refused(
        "InvalidConfigurationRequest", "multiple subnets in the same Availability Zone"
    )


def test_a_vpc_without_a_gateway() -> None:
    """Given a VPC that the internet does not reach, then only an internal load balancer can be there."""
    site = Site()
    vpc = site.did(ec2.CreateVpc(cidr_block="10.0.0.0/16"), "ec2").vpc.vpc_id
    subnets = [
        site.did(
            ec2.CreateSubnet(
                vpc_id=vpc, cidr_block=f"10.0.{index}.0/24", availability_zone=f"us-east-1{letter}"
            ),
            "ec2",
        ).subnet.subnet_id
        for index, letter in enumerate("ab")
    ]
    site.when(api.CreateLoadBalancer(name="web", subnets=subnets)).refused(
        "InvalidSubnet", "no internet gateway"
    )
    arn = site.balancer(subnets=subnets, scheme="internal")
    (held,) = site.did(api.DescribeLoadBalancers()).load_balancers
    assert held.dns_name.startswith("internal-web-") and held.load_balancer_arn == arn
    site.replays()


def test_the_same_again_is_the_same() -> None:
    """Given equal settings, then no second load balancer, group, listener or rule is made."""
    site = Site()
    assert site.balancer() == site.balancer()
    assert len(site.commands) == 0
    group, arn = site.group(), site.balancer()
    assert site.group() == group
    listener = site.listener(arn, group)
    assert site.listener(arn, group) == listener
    condition = api.RuleCondition(field="host-header", values=["a.example.com"])
    rule = api.CreateRule(listener_arn=listener, priority=1, conditions=[condition], actions=[NOT_FOUND])
    assert site.did(rule).rules[0].rule_arn == site.did(rule).rules[0].rule_arn
    assert (len(site.state.balancers), len(site.state.groups), len(site.state.rules)) == (1, 1, 2)
    site.replays()


def test_quotas_are_the_accounts() -> None:
    """Given as many load balancers as an account may have, then one more is refused."""
    site = Site()
    for number in range(50):
        site.balancer(f"lb{number}")
    more = api.CreateLoadBalancer(name="more", subnets=site.subnets[:2])
    site.when(more).refused("TooManyLoadBalancers")
    page = site.did(api.DescribeLoadBalancers(page_size=30))
    rest = site.did(api.DescribeLoadBalancers(page_size=30, marker=page.next_marker))
    assert (len(page.load_balancers), len(rest.load_balancers)) == (30, 20)
    site.when(api.DescribeLoadBalancers(marker="?")).refused("ValidationError")


def test_what_listeners_forward_to() -> None:
    """Given groups of other protocols and of other load balancers, then listeners do not forward to them."""
    site = Site()
    arn, tcp = site.balancer(), site.group("tcp", protocol="TCP")
    forward = [api.Action(type="forward", target_group_arn=tcp)]
    asked = api.CreateListener(load_balancer_arn=arn, protocol="HTTP", port=80, default_actions=forward)
    site.when(asked).refused("IncompatibleProtocols")
    http = site.group("http")
    site.listener(arn, http)
    other = site.balancer("other")
    again = [api.Action(type="forward", target_group_arn=http)]
    asked = api.CreateListener(load_balancer_arn=other, protocol="HTTP", port=80, default_actions=again)
    site.when(asked).refused("TargetGroupAssociationLimit")
    network = site.balancer("net", type="network")
    fixed = api.CreateListener(
        load_balancer_arn=network, protocol="TCP", port=80, default_actions=[NOT_FOUND]
    )
    site.when(fixed).refused("InvalidLoadBalancerAction")
    http_there = api.CreateListener(
        load_balancer_arn=network, protocol="HTTP", port=80, default_actions=forward
    )
    site.when(http_there).refused("UnsupportedProtocol")
    site.listener(network, tcp, "TCP")
    site.replays()


def test_weights_and_redirects() -> None:
    """Given a forward to two groups and a redirect, then answers show all that was left out."""
    site = Site()
    arn = site.balancer()
    blue, green = site.group("blue"), site.group("green")
    weighed = api.ForwardActionConfig(
        target_groups=[
            api.TargetGroupTuple(target_group_arn=blue, weight=9),
            api.TargetGroupTuple(target_group_arn=green, weight=1),
        ]
    )
    both = [api.Action(type="forward", forward_config=weighed)]
    made = site.did(
        api.CreateListener(load_balancer_arn=arn, protocol="HTTP", port=80, default_actions=both)
    ).listeners[0]
    assert [one.weight for one in made.default_actions[0].forward_config.target_groups] == [9, 1]
    for group in (blue, green):
        site.when(api.DeleteTargetGroup(target_group_arn=group)).refused("ResourceInUse")
    away = api.Action(
        type="redirect", redirect_config=api.RedirectActionConfig(protocol="HTTPS", status_code="HTTP_301")
    )
    changed = site.did(api.ModifyListener(listener_arn=made.listener_arn, default_actions=[away])).listeners[
        0
    ]
    shown = changed.default_actions[0].redirect_config
    assert (shown.protocol, shown.host, shown.path) == ("HTTPS", "#{host}", "/#{path}")
    site.given(api.DeleteTargetGroup(target_group_arn=blue))
    site.replays()


def test_rules_change_places() -> None:
    """Given two rules, then they may swap priorities, and are listed in their order; the default one stays last."""
    site = Site()
    listener = site.listener(site.balancer(), site.group())
    arns: list[str] = []
    for number, path in enumerate(("/a", "/b"), 1):
        condition = api.RuleCondition(field="path-pattern", values=[path])
        rule = api.CreateRule(
            listener_arn=listener, priority=number, conditions=[condition], actions=[NOT_FOUND]
        )
        arns.append(site.did(rule).rules[0].rule_arn)
    swap = [
        api.RulePriorityPair(rule_arn=arns[0], priority=2), api.RulePriorityPair(rule_arn=arns[1], priority=1)
    ]  # fmt: skip
    site.given(api.SetRulePriorities(rule_priorities=swap))
    listed = site.did(api.DescribeRules(listener_arn=listener)).rules
    assert [one.rule_arn for one in listed][:2] == arns[::-1]
    assert listed[2].priority == "default"
    taken = [api.RulePriorityPair(rule_arn=arns[0], priority=1)]
    site.when(api.SetRulePriorities(rule_priorities=taken)).refused("PriorityInUse")
    site.when(api.ModifyRule(rule_arn=listed[2].rule_arn, actions=[NOT_FOUND])).refused(
        "OperationNotPermitted"
    )
    site.given(api.DeleteListener(listener_arn=listener))
    assert not site.state.rules
    site.replays()


def test_a_network_balancer_keeps_its_subnets() -> None:
    """Given no security groups, then a Network Load Balancer gets more zones, none fewer, and no groups at all."""
    site = Site()
    arn = site.balancer(type="network")
    fewer = api.SetSubnets(load_balancer_arn=arn, subnets=site.subnets[:1])
    site.when(fewer).refused("InvalidConfigurationRequest")
    site.given(api.SetSubnets(load_balancer_arn=arn, subnets=site.subnets))
    assert [command.action for command in site.commands] == ["CreateNetworkInterface"]
    grouped = api.SetSecurityGroups(load_balancer_arn=arn, security_groups=["sg-00000000000000000"])
    site.when(grouped).refused("InvalidConfigurationRequest")
    assert len(site.state.balancers[arn].interfaces) == 3
    site.replays()


def test_a_function_must_let_it_in() -> None:
    """Given a function of which no policy says that it may be invoked, then it is no target."""
    site = Site(backtrail_aws.lambda_)
    made = site.did(api.CreateTargetGroup(name="fn", target_type="lambda")).target_groups[0]
    assert (made.health_check_enabled, made.health_check_interval_seconds) == (False, 35)
    function = "arn:aws:lambda:us-east-1:123456789012:function:none"
    asked = api.RegisterTargets(
        target_group_arn=made.target_group_arn, targets=[api.TargetDescription(id=function)]
    )
    site.when(asked).refused("AccessDenied", "elasticloadbalancing principal")
    port = api.CreateTargetGroup(name="x", target_type="lambda", port=80)
    site.when(port).refused("ValidationError")


def test_a_gateway() -> None:
    """Given a Gateway Load Balancer, then it has neither a name in the DNS nor ports, and forwards GENEVE."""
    site = Site()
    arn = site.balancer("gw", type="gateway", subnets=site.subnets[:1])
    (held,) = site.did(api.DescribeLoadBalancers()).load_balancers
    assert (held.type, isinstance(held.dns_name, str)) == ("gateway", False)
    group = site.group("appliances", protocol="GENEVE", port=6081)
    forward = [api.Action(type="forward", target_group_arn=group)]
    site.given(api.CreateListener(load_balancer_arn=arn, default_actions=forward))
    site.replays()
