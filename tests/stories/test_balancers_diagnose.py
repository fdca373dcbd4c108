"""The book's troubles with load balancing: each story brings a symptom about, and `diagnose` names the cause."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .balancer_lab import BalancerLab

CHECK = {"Target": "TCP:80", "Interval": 30, "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 10}
HTTP = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[BalancerLab]:
    """A server on a log of its own."""
    made = BalancerLab(tmp_path / "balancers.db")
    yield made
    made.stop()


class Site:
    """A VPC with subnets in three zones, a group for load balancers, and one for instances that lets those in."""

    def __init__(self, lab: BalancerLab) -> None:
        self.lab, self.lb, self.classic = lab, lab.other("elbv2"), lab.other("elb")
        self.vpc = lab.vpc()
        self.subnets = [
            lab.subnet(self.vpc, f"10.0.{index}.0/24", zone=f"us-east-1{letter}")
            for index, letter in enumerate("abc")
        ]
        lab.gateway(self.vpc)
        self.outside, self.inside = lab.group(self.vpc, 80), lab.group(self.vpc)
        self.allow()

    def rule(self) -> dict[str, Any]:
        """The rule that lets load balancers in."""
        pairs = [{"GroupId": self.outside}]
        return {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": pairs}

    def allow(self) -> None:
        """Let load balancers in."""
        self.lab.ec2.authorize_security_group_ingress(GroupId=self.inside, IpPermissions=[self.rule()])

    def forbid(self) -> None:
        """Let them in no more."""
        self.lab.ec2.revoke_security_group_ingress(GroupId=self.inside, IpPermissions=[self.rule()])

    def balancer(self, kind: str = "application") -> str:
        """A load balancer in the first two zones, with its nodes."""
        made = self.lb.create_load_balancer(
            Name="web", Subnets=self.subnets[:2], SecurityGroups=[self.outside], Type=kind
        )
        self.lab.nodes(self.vpc, 2)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self, balancer: str, protocol: str = "HTTP", **more: Any) -> str:
        """A target group that it forwards to."""
        made = self.lb.create_target_group(Name="g", Protocol=protocol, Port=80, VpcId=self.vpc, **more)
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        self.lb.create_listener(LoadBalancerArn=balancer, Protocol=protocol, Port=80, DefaultActions=forward)
        return arn

    def target(self, group: str, zone: int) -> str:
        """An instance in a zone that is a target."""
        made = self.lab.instance(self.subnets[zone], self.inside)
        self.lb.register_targets(TargetGroupArn=group, Targets=[{"Id": made}])
        return made

    def health(self, group: str) -> dict[str, tuple[str, str]]:
        """State and reason, by target."""
        found = self.lb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {
            one["Target"]["Id"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason", ""))
            for one in found
        }

    def old(self, *subnets: str, **listener: Any) -> str:
        """A classic load balancer, with its nodes."""
        self.classic.create_load_balancer(
            LoadBalancerName="old", Listeners=[{**HTTP, **listener}], Subnets=list(subnets),
            SecurityGroups=[self.outside],
        )  # fmt: skip
        self.lab.nodes(self.vpc, len(subnets))
        return "old"

    def enrol(self, zone: int) -> str:
        """An instance in a zone that is registered with the classic load balancer."""
        made = self.lab.instance(self.subnets[zone], self.inside)
        self.classic.register_instances_with_load_balancer(
            LoadBalancerName="old", Instances=[{"InstanceId": made}]
        )
        return made

    def states(self) -> dict[str, tuple[str, str]]:
        """State and description, by instance of the classic load balancer."""
        found = self.classic.describe_instance_health(LoadBalancerName="old")["InstanceStates"]
        return {one["InstanceId"]: (one["State"], one["Description"]) for one in found}


@pytest.fixture
def site(lab: BalancerLab) -> Site:
    """A network to balance in."""
    return Site(lab)


def blamed(found: dict[str, Any], action: str) -> None:
    """The record that a finding names is one of this action."""
    assert found["record"]["action"] == action, found
    assert found["record"]["event_id"] and found["record"]["by"]


def test_zones_are_not_balanced(site: Site) -> None:
    """DIAG-06: one target here, two there, and cross-zone load balancing is off: a Network Load Balancer's default."""
    arn = site.balancer("network")
    group = site.group(arn, "TCP")
    site.target(group, 0)
    site.target(group, 1)
    assert "DIAG-06" not in site.lab.diagnose(arn)
    site.target(group, 1)

    found = site.lab.diagnose(arn)["DIAG-06"]

    assert "1 in us-east-1a, 2 in us-east-1b" in found["symptom"] and "cross-zone" in found["cause"]
    blamed(found, "CreateLoadBalancer")
    for value in ("true", "false"):
        attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": value}
        site.lb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])
        assert ("DIAG-06" in site.lab.diagnose(arn)) is (value == "false")
    blamed(site.lab.diagnose(arn)["DIAG-06"], "ModifyLoadBalancerAttributes")


def test_classic_zones_are_not_balanced(site: Site) -> None:
    """DIAG-06: a classic load balancer that the API makes does not cross zones."""
    site.old(*site.subnets[:2])
    site.enrol(0)
    found = site.lab.diagnose("old")["DIAG-06"]
    assert "1 in us-east-1a, 0 in us-east-1b" in found["symptom"]
    blamed(found, "CreateLoadBalancer")
    crossing = {"CrossZoneLoadBalancing": {"Enabled": True}}
    site.classic.modify_load_balancer_attributes(LoadBalancerName="old", LoadBalancerAttributes=crossing)
    assert "DIAG-06" not in site.lab.diagnose("old")


def test_a_group_that_lets_no_check_in(site: Site) -> None:
    """DIAG-07, ELB-07: who took the rule away is named; with the rule the target is healthy again."""
    arn = site.balancer()
    group = site.group(arn)
    host = site.target(group, 0)
    assert site.health(group) == {host: ("healthy", "")}
    site.forbid()
    assert site.health(group) == {host: ("unhealthy", "Target.Timeout")}

    for resource in (arn, group, host):
        found = site.lab.diagnose(resource)["DIAG-07"]
        assert "no security group" in found["cause"] and "port 80" in found["cause"]
        blamed(found, "RevokeSecurityGroupIngress")

    site.allow()
    assert site.health(group) == {host: ("healthy", "")}
    assert "DIAG-07" not in site.lab.diagnose(arn)


def test_a_list_that_lets_no_check_in(site: Site) -> None:
    """DIAG-07: the network ACL of the targets' subnet is named, and who put it there."""
    arn = site.balancer()
    group = site.group(arn)
    host = site.target(group, 0)
    acl = site.lab.acl(site.subnets[0], (100, True, 0, 65535), (100, False, 443, 443))
    assert site.health(group)[host] == ("unhealthy", "Target.Timeout")
    found = site.lab.diagnose(arn)["DIAG-07"]
    assert acl in found["cause"]
    blamed(found, "ReplaceNetworkAclAssociation")


def test_checks_of_another_port_or_code(site: Site) -> None:
    """DIAG-07: the port of the checks is not the traffic's; the code is not the one that is wanted."""
    arn = site.balancer()
    group = site.group(arn)
    host = site.target(group, 0)
    site.lb.modify_target_group(TargetGroupArn=group, HealthCheckPort="8081")
    found = site.lab.diagnose(group)["DIAG-07"]
    assert "8081" in found["cause"] and "80;" in found["cause"]
    blamed(found, "ModifyTargetGroup")
    site.lb.modify_target_group(TargetGroupArn=group, HealthCheckPort="traffic-port")
    site.lab.fault("elbv2", "FailTarget", targetGroupArn=group, id=host, answer="503")
    assert site.health(group)[host] == ("unhealthy", "Target.ResponseCodeMismatch")
    found = site.lab.diagnose(group)["DIAG-07"]
    assert "[503]" in found["cause"]
    blamed(found, "FailTarget")
    site.lab.fault("elbv2", "RecoverTarget", targetGroupArn=group, id=host)
    assert site.health(group)[host] == ("healthy", "")


def test_a_classic_check_that_fails(site: Site) -> None:
    """DIAG-07: the group, the port, and what an instance answers, with the classic API's own words."""
    site.old(site.subnets[0])
    host = site.enrol(0)
    assert site.states() == {host: ("InService", "N/A")}
    site.forbid()
    assert site.states()[host][0] == "OutOfService" and "UnhealthyThreshold" in site.states()[host][1]
    blamed(site.lab.diagnose("old")["DIAG-07"], "RevokeSecurityGroupIngress")
    site.allow()
    site.classic.configure_health_check(LoadBalancerName="old", HealthCheck={**CHECK, "Target": "TCP:81"})
    blamed(site.lab.diagnose(host)["DIAG-07"], "ConfigureHealthCheck")
    site.classic.configure_health_check(LoadBalancerName="old", HealthCheck=CHECK)
    site.lab.fault("elb", "FailInstance", loadBalancerName="old", instanceId=host)
    blamed(site.lab.diagnose("old")["DIAG-07"], "FailInstance")
    site.lab.fault("elb", "RecoverInstance", loadBalancerName="old", instanceId=host)
    assert site.states() == {host: ("InService", "N/A")}


def bucket_policy(bucket: str) -> str:
    """What lets Elastic Load Balancing put logs into a bucket."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*",
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_logs_that_show_whose_requests_they_are(site: Site) -> None:
    """DIAG-08: access logs are off; DIAG-10: they are on, but the bucket's policy was deleted since, and by whom."""
    arn, s3 = site.balancer(), site.lab.other("s3")
    found = site.lab.diagnose(arn)["DIAG-08"]
    assert "X-Forwarded-For" in found["fix"]
    blamed(found, "CreateLoadBalancer")
    s3.create_bucket(Bucket="logs-of-mine")
    attributes = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs-of-mine"},
    ]
    with pytest.raises(ClientError) as refusal:
        site.lb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    assert refusal.value.response["Error"]["Code"] == "InvalidConfigurationRequest"
    s3.put_bucket_policy(Bucket="logs-of-mine", Policy=bucket_policy("logs-of-mine"))
    site.lb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    assert site.lab.diagnose(arn) == {}
    s3.delete_bucket_policy(Bucket="logs-of-mine")
    found = site.lab.diagnose(arn)
    assert list(found) == ["DIAG-10"] and "logs-of-mine" in found["DIAG-10"]["cause"]
    blamed(found["DIAG-10"], "DeleteBucketPolicy")


def test_classic_logs(site: Site) -> None:
    """DIAG-08 and 10: the same of a classic load balancer, whose region's account the bucket lets in."""
    site.old(site.subnets[0])
    s3 = site.lab.other("s3")
    blamed(site.lab.diagnose("old")["DIAG-08"], "CreateLoadBalancer")
    s3.create_bucket(Bucket="logs-of-old")
    statement = {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::127311923021:root"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs-of-old/AWSLogs/*",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="logs-of-old", Policy=policy)
    site.classic.modify_load_balancer_attributes(
        LoadBalancerName="old",
        LoadBalancerAttributes={
            "AccessLog": {"Enabled": True, "S3BucketName": "logs-of-old", "EmitInterval": 60}
        },
    )
    assert site.lab.diagnose("old") == {}
    s3.delete_bucket(Bucket="logs-of-old")
    blamed(site.lab.diagnose("old")["DIAG-10"], "DeleteBucket")


def test_a_zone_that_is_not_enabled(site: Site) -> None:
    """DIAG-09, ELB-08: the target's zone is not the load balancer's; with its subnet it is."""
    arn = site.balancer()
    group = site.group(arn)
    host = site.target(group, 2)
    assert site.health(group) == {host: ("unused", "Target.NotInUse")}
    found = site.lab.diagnose(host)["DIAG-09"]
    assert "us-east-1c" in found["cause"] and site.subnets[2] in found["fix"]
    blamed(found, "CreateLoadBalancer")
    site.lb.set_subnets(LoadBalancerArn=arn, Subnets=site.subnets)
    site.lab.nodes(site.vpc, 3)
    assert site.health(group) == {host: ("healthy", "")}
    assert "DIAG-09" not in site.lab.diagnose(arn)
    site.lb.set_subnets(LoadBalancerArn=arn, Subnets=site.subnets[:2])
    blamed(site.lab.diagnose(arn)["DIAG-09"], "SetSubnets")


def test_a_classic_zone_that_is_not_enabled(site: Site) -> None:
    """DIAG-09: OutOfService with the classic API's words, and the record that took the subnet away."""
    site.old(*site.subnets[:2])
    host = site.enrol(1)
    site.classic.detach_load_balancer_from_subnets(LoadBalancerName="old", Subnets=[site.subnets[1]])
    assert "is not configured to route traffic to" in site.states()[host][1]
    found = site.lab.diagnose("old")["DIAG-09"]
    assert site.subnets[1] in found["fix"]
    blamed(found, "DetachLoadBalancerFromSubnets")


def test_an_instance_of_another_vpc(site: Site) -> None:
    """DIAG-09: it is refused, and whoever asks about the refused record is told why."""
    group = site.group(site.balancer())
    elsewhere = site.lab.vpc("10.9.0.0/16")
    host = site.lab.instance(site.lab.subnet(elsewhere, "10.9.1.0/24"))
    with pytest.raises(ClientError) as refusal:
        site.lb.register_targets(TargetGroupArn=group, Targets=[{"Id": host}])
    assert refusal.value.response["Error"]["Code"] == "InvalidTarget"
    assert site.vpc in site.lab.diagnose(host)["DIAG-09"]["cause"]
