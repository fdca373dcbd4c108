"""Records of real load balancers fold, whatever they leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.elb
import backtrail_aws.elbv2
from backtrail.machine import Folded
from backtrail.testing import ACCOUNT, REGION, Scenario

TRAILS = Path(__file__).resolve().parents[4] / "shared" / "trails"
HERE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
SOURCE = "elasticloadbalancing.amazonaws.com"


def foreign(name: str, params: Any, number: int, result: Any = None, source: str = SOURCE) -> bytes:
    """A record of AWS's."""
    record = {
        "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
        "eventTime": f"2023-07-10T11:54:{number:02}Z", "eventSource": source, "eventName": name,
        "awsRegion": REGION, "requestParameters": params, "responseElements": result, "apiVersion": "2015-12-01",
        "eventID": f"ff709962-49b6-494d-8198-cdf0f7e8e6{number:02}", "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    return json.dumps(record).encode()


def test_interfaces_are_found_by_their_description() -> None:
    """Given EC2's records of a real account, then a load balancer knows its interfaces, and which are gone."""
    site = Scenario(backtrail_aws.elbv2)
    arn = f"{HERE}:loadbalancer/app/web/0123456789abcdef"
    shown = {"loadBalancers": [{"loadBalancerArn": arn, "loadBalancerName": "web", "type": "application"}]}
    apply = site.machine.apply
    apply(foreign("CreateLoadBalancer", {"name": "web", "subnets": ["subnet-1"]}, 1, shown))
    made = {"subnetId": "subnet-1", "description": "ELB app/web/0123456789abcdef", "groupSet": {"items": []}}
    answer = {"networkInterface": {"networkInterfaceId": "eni-1", "subnetId": "subnet-1"}}
    apply(foreign("CreateNetworkInterface", made, 2, answer, "ec2.amazonaws.com"))
    state: Any = site.machine.state(("elbv2", ACCOUNT, REGION))
    assert state.balancers[arn].interfaces == {"subnet-1": "eni-1"}
    apply(foreign("DeleteNetworkInterface", {"networkInterfaceId": "eni-1"}, 3, None, "ec2.amazonaws.com"))
    assert state.balancers[arn].interfaces == {}
    assert not site.machine.folder.broken


def test_what_nobody_saw_made_is_inferred() -> None:
    """Given changes of unknown things, then they are there with what the records tell."""
    site = Scenario(backtrail_aws.elbv2)
    apply = site.machine.apply
    group = f"{HERE}:targetgroup/g/0123456789abcdef"
    targets = {"targetGroupArn": group, "targets": [{"id": "i-1"}]}
    assert apply(foreign("RegisterTargets", targets, 1)) is Folded.INFERRED
    rule = f"{HERE}:listener-rule/app/web/1/2/3"
    assert apply(foreign("ModifyRule", {"ruleArn": rule, "actions": []}, 2)) is Folded.INFERRED
    state: Any = site.machine.state(("elbv2", ACCOUNT, REGION))
    assert list(state.groups[group].targets) == ["i-1:"]
    assert state.rules[rule].listener == f"{HERE}:listener/app/web/1/2"
    apply(
        foreign(
            "TerminateInstances",
            {"instancesSet": {"items": [{"instanceId": "i-1"}]}},
            3,
            None,
            "ec2.amazonaws.com",
        )
    )
    assert state.groups[group].targets == {}


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the real trails are not here")
def test_every_record_of_the_real_trails_folds() -> None:
    """Nothing that succeeded is opaque or unreadable, of neither API."""
    site = Scenario(backtrail_aws.elb, backtrail_aws.elbv2)
    seen = 0
    for path in sorted(TRAILS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record.get("eventSource") != SOURCE or record.get("errorCode"):
                continue
            seen += 1
            folded = site.machine.apply(line.encode())
            assert not site.machine.folder.broken, site.machine.folder.broken
            reads = record["eventName"].startswith("Describe")
            wanted = (Folded.READ,) if reads else (Folded.PROJECTED, Folded.INFERRED)
            assert folded in wanted, (folded, line[:300], site.machine.folder.unread)
    assert seen > 70
