"""What calls need of policies: actions on parameters and documents as AWS names them."""

from __future__ import annotations

import json

import backtrail_aws.iam
from backtrail.authorization import Iam
from backtrail.call import Caller
from backtrail_aws.iam import api as iam
from backtrail_aws.ssm import api

from .ssm_scenario import ACCOUNT, REGION, Ssm

ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}"


def user(aws: Ssm, *statements: dict[str, object]) -> None:
    """Call as a user with a policy from here on, while policies are enforced."""
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.given(
        iam.CreateUser(user_name="u"),
        iam.PutUserPolicy(user_name="u", policy_name="p", policy_document=document),
        iam.CreateAccessKey(user_name="u"),
        service="iam",
    )
    credential = aws.machine.credential(str(aws.answer.access_key.access_key_id))
    assert credential is not None
    aws.machine.iam = Iam.ENFORCE
    aws.caller = Caller(identity=credential.identity, account=ACCOUNT)


def denial(action: str, resource: str) -> str:
    """A denial's words."""
    return (
        f"User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: ssm:{action} on resource: {ARN}:{resource} "
        f"because no identity-based policy allows the ssm:{action} action"
    )


def test_a_policy_on_a_path_decides() -> None:
    """Given a user who may read below a path, then another parameter is denied, in the words of real records."""
    aws = Ssm(backtrail_aws.iam)
    for name in ("/app/a", "/other"):
        aws.given(api.PutParameter(name=name, value="1", type="String"))
    user(aws, {"Effect": "Allow", "Action": "ssm:Get*", "Resource": f"{ARN}:parameter/app*"})
    aws.given(api.GetParameter(name="/app/a"), api.GetParametersByPath(path="/app"))
    call = api.GetParameters(names=["/app/a", "/other"])
    aws.when(call).refused("AccessDeniedException", denial("GetParameters", "parameter/other"))
    listed = api.DescribeInstanceInformation()
    aws.when(listed).refused("AccessDeniedException", denial("DescribeInstanceInformation", "*"))
    session = denial("StartSession", "document/SSM-SessionManagerRunShell")
    aws.when(api.StartSession(target="i-1")).refused("AccessDeniedException", session)


def test_conditions_on_parameters() -> None:
    """Given conditions on tags and on overwriting, then they hold."""
    aws = Ssm(backtrail_aws.iam)
    for name, tag in (("a", "x"), ("b", "y")):
        tags = [api.Tag(key="team", value=tag)]
        aws.given(api.PutParameter(name=name, value="1", type="String", tags=tags))
    every = f"{ARN}:parameter/*"
    tagged = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    overwrite = {"StringEquals": {"ssm:Overwrite": "false"}}
    user(
        aws,
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": every, "Condition": tagged},
        {"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": every, "Condition": overwrite},
    )
    aws.given(api.GetParameter(name="a"), api.PutParameter(name="c", value="1", type="String"))
    aws.when(api.GetParameter(name="b")).refused("AccessDeniedException")
    aws.when(api.PutParameter(name="c", value="1", overwrite=True)).refused("AccessDeniedException")
