"""Load balancers over a real socket: every operation of both APIs, by boto3 and by the AWS CLI; their interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .balancer_lab import BalancerLab
from .driving import Story
from .operations import elb, elbv2, elbv2_listeners
from .records import records

Client = Callable[..., Any]
STORIES: list[Story] = [*elb.STORIES, *elbv2.STORIES, *elbv2_listeners.STORIES]
IDS = [f"{story.service}: {story.name}" for story in STORIES]


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    ours = [one for one in written if one["eventSource"] == "elasticloadbalancing.amazonaws.com"]
    mine = [step for step in story.steps if step.service(story) == story.service]
    assert [(one["eventName"], "errorCode" in one) for one in ours] == [
        (step.action, step.code is not None) for step in mine
    ]
    version = "2012-06-01" if story.service == "elb" else "2015-12-01"
    assert {one["apiVersion"] for one in ours} == {version}


@pytest.mark.parametrize("story", [elb.STORIES[0], elbv2.STORIES[0]], ids=["elb", "elbv2"])
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


@pytest.mark.parametrize("service", ["elb", "elbv2"])
def test_no_operation_is_missing(service: str) -> None:
    """Every operation that the plugins serve is called with success in a story."""
    handlers = registry().services[service].handlers
    served = {action for action, handler in handlers.items() if not handler.internal}
    called = {
        step.action
        for story in STORIES
        for step in story.steps
        if step.code is None and step.service(story) == service
    }

    assert called == served


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[BalancerLab]:
    """A server on a log of its own."""
    made = BalancerLab(tmp_path / "balancers.db")
    yield made
    made.stop()


def test_nodes_are_interfaces_that_hold_subnets(lab: BalancerLab) -> None:
    """A node stands in each subnet, with the groups; neither can be deleted, nor may anybody touch the node."""
    lb = lab.other("elbv2")
    vpc = lab.vpc()
    subnets = [
        lab.subnet(vpc, f"10.0.{index}.0/24", zone=f"us-east-1{letter}") for index, letter in enumerate("ab")
    ]
    lab.gateway(vpc)
    group, other = lab.group(vpc, 80), lab.group(vpc, 443)
    made = lb.create_load_balancer(Name="web", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]

    found = lab.nodes(vpc, 2, group)

    assert {one["Description"] for one in found} == {f"ELB {arn.partition(':loadbalancer/')[2]}"}
    assert {one["RequesterId"] for one in found} == {"amazon-elb"}
    roles = lab.other("iam").list_roles(PathPrefix="/aws-service-role/elasticloadbalancing.amazonaws.com/")
    assert [one["RoleName"] for one in roles["Roles"]] == ["AWSServiceRoleForElasticLoadBalancing"]
    for call, given in (
        (lab.ec2.delete_subnet, {"SubnetId": subnets[0]}),
        (lab.ec2.delete_security_group, {"GroupId": group}),
        (lab.ec2.delete_network_interface, {"NetworkInterfaceId": found[0]["NetworkInterfaceId"]}),
    ):
        with pytest.raises(ClientError):
            call(**given)

    lb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[other])
    lab.nodes(vpc, 2, other)
    lab.ec2.delete_security_group(GroupId=group)
    lb.delete_load_balancer(LoadBalancerArn=arn)
    lab.nodes(vpc, 0)
    lab.ec2.delete_subnet(SubnetId=subnets[0])


def test_targets_leave_with_their_instances(lab: BalancerLab) -> None:
    """A terminated instance is in no target group and no classic load balancer any more."""
    lb, classic = lab.other("elbv2"), lab.other("elb")
    vpc = lab.vpc()
    subnet, _ = (lab.subnet(vpc, "10.0.1.0/24"), lab.gateway(vpc))
    host = lab.instance(subnet)
    group = lb.create_target_group(Name="g", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    lb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": host}])
    listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}
    classic.create_load_balancer(LoadBalancerName="old", Listeners=[listener], Subnets=[subnet])
    classic.register_instances_with_load_balancer(LoadBalancerName="old", Instances=[{"InstanceId": host}])

    lab.ec2.terminate_instances(InstanceIds=[host])

    healths = lb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    assert healths["TargetHealthDescriptions"] == []
    (old,) = classic.describe_load_balancers()["LoadBalancerDescriptions"]
    assert old["Instances"] == []
