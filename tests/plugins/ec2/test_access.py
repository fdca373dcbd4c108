"""What calls need of policies."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.ec2
import backtrail_aws.iam
from backtrail.authorization import Iam
from backtrail.testing import Scenario
from backtrail_aws.ec2 import api
from backtrail_aws.iam import api as iam

from .ec2_scenario import Ec2, arn, tagged


class Company(Ec2):
    """EC2 with IAM, which decides."""

    def __init__(self) -> None:
        Scenario.__init__(self, backtrail_aws.ec2, backtrail_aws.iam, service="ec2")
        self.machine.iam = Iam.ENFORCE

    def user(self, name: str, *statements: dict[str, Any]) -> Company:
        """Call as a new user with these statements from here on."""
        self.given(iam.CreateUser(user_name=name), iam.CreateAccessKey(user_name=name), service="iam")
        key = str(self.answer.access_key.access_key_id)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            self.given(
                iam.PutUserPolicy(user_name=name, policy_name="p", policy_document=document), service="iam"
            )
        self.with_key(key)
        return self


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_denial_in_ec2s_words() -> None:
    """Who may not is told so, with the resource where there is one, as real records have it."""
    ec2 = Company()
    vpc = ec2.vpc()
    ec2.user("eve")
    head = (
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/eve is not "
    )
    ec2.when(api.DescribeVpcs()).refused(
        "UnauthorizedOperation",
        head + "authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the "
        "ec2:DescribeVpcs action",
    )
    assert ec2.error is not None
    assert ec2.error.status == 403
    assert ec2.record["errorCode"] == "Client.UnauthorizedOperation"
    assert ec2.record["requestParameters"] is not None
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("UnauthorizedOperation", f"on resource: {arn(f'vpc/{vpc}')}")
    ec2.when(api.DeleteVpc(vpc_id="vpc-1")).refused("UnauthorizedOperation", f"on resource: {arn('vpc/*')}")
    ec2.when(api.CreateSecurityGroup(group_name="a", description="d"))
    ec2.refused("UnauthorizedOperation", arn("security-group/*"))


def test_a_dry_run_says_whether_one_may() -> None:
    """Who may not is told that, and not that it would have succeeded."""
    ec2 = Company().user("ann", allow("ec2:CreateVpc"))
    ec2.when(api.CreateVpc(cidr_block="10.0.0.0/16", dry_run=True)).refused("DryRunOperation")
    ec2.when(api.DescribeVpcs(dry_run=True)).refused("UnauthorizedOperation")


def test_a_resource_is_named_by_its_tags() -> None:
    """A policy may look at the tags of what a call names."""
    ec2 = Company()
    mine, other = ec2.vpc(tag_specifications=tagged("vpc", team="red")), ec2.vpc("10.1.0.0/16")
    for number, key in enumerate(("ec2:ResourceTag/team", "aws:ResourceTag/team")):
        ec2.user(f"u{number}", allow("ec2:ModifyVpcAttribute", Condition={"StringEquals": {key: "red"}}))
        on = api.AttributeBooleanValue(value=True)
        ec2.given(api.ModifyVpcAttribute(vpc_id=mine, enable_dns_hostnames=on))
        ec2.when(api.ModifyVpcAttribute(vpc_id=other, enable_dns_hostnames=on)).refused(
            "UnauthorizedOperation"
        )
        ec2.with_key("test")


def test_tags_at_making_need_a_right_of_their_own() -> None:
    """Making with tags needs `ec2:CreateTags`, which may be bound to the making."""
    ec2 = Company().user("ann", allow("ec2:CreateVpc"))
    ec2.given(api.CreateVpc(cidr_block="10.0.0.0/16"))
    tags = tagged("vpc", team="red")
    ec2.when(api.CreateVpc(cidr_block="10.1.0.0/16", tag_specifications=tags)).refused(
        "UnauthorizedOperation"
    )
    ec2.with_key("test")
    bound = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    ec2.user("bob", allow("ec2:CreateVpc"), allow("ec2:CreateTags", Condition=bound))
    ec2.given(api.CreateVpc(cidr_block="10.1.0.0/16", tag_specifications=tags))
    vpc = str(ec2.answer.vpc.vpc_id)
    ec2.when(api.CreateTags(resources=[vpc], tags=[api.Tag(key="a", value="b")])).refused(
        "UnauthorizedOperation"
    )


def test_regions_and_request_tags() -> None:
    """A policy may look at the region and at the tags that a call brings."""
    ec2 = Company().user(
        "ann",
        allow("ec2:*", Condition={"StringEquals": {"ec2:Region": "us-east-1"}}),
        {
            "Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*",
            "Condition": {"Null": {"aws:RequestTag/team": "true"}},
        },
    )  # fmt: skip
    ec2.when(api.CreateVpc(cidr_block="10.0.0.0/16")).refused("UnauthorizedOperation", "explicit deny")
    ec2.given(api.CreateVpc(cidr_block="10.0.0.0/16", tag_specifications=tagged("vpc", team="red")))
    ec2.when(api.DescribeVpcs(), region="eu-west-1").refused("UnauthorizedOperation")
