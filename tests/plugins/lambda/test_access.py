"""What calls need of policies, and what the policies of functions and layers decide."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.iam
from backtrail.authorization import Iam
from backtrail.call import Caller
from backtrail.record import Identity
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.iam import api as iam
from backtrail_aws.lambda_ import api

from .function_scenario import ROLE, Lambda, arn, creation, zipped

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)


class Company(Lambda):
    """Lambda with IAM, which decides; with the role that functions have."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.iam)
        self.given(iam.CreateRole(role_name="runner", assume_role_policy_document=TRUST), service="iam")
        self.machine.iam = Iam.ENFORCE

    def user(self, *statements: dict[str, Any]) -> Company:
        """Call as a new user with these statements from here on."""
        self.given(iam.CreateUser(user_name="u"), iam.CreateAccessKey(user_name="u"), service="iam")
        key = str(self.answer.access_key.access_key_id)
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.given(iam.PutUserPolicy(user_name="u", policy_name="p", policy_document=document), service="iam")
        self.with_key(key)
        return self

    def as_service(self, source: str) -> Company:
        """Call as S3 for a bucket from here on."""
        who = Identity(type="AWSService", invoked_by="s3.amazonaws.com")
        self.caller = Caller(identity=who, account=ACCOUNT, service="s3.amazonaws.com", source_arn=source)
        return self


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_role_is_passed() -> None:
    """Who makes a function must also be allowed to pass its role, to Lambda."""
    company = Company().user(allow("lambda:*", "*"))
    company.when(creation()).refused("AccessDeniedException", "iam:PassRole")
    passing = allow(
        "iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    )
    allowed = Company().user(allow("lambda:*", "*"), passing)
    allowed.given(creation())


def test_an_invocation_is_of_one_function() -> None:
    """The action is lambda:InvokeFunction on the function's ARN, with the qualifier that was asked for."""
    company = Company()
    company.function()
    company.function("g")
    company.user(allow("lambda:InvokeFunction", arn()))
    assert company.invoke({}).status_code == 200
    company.when(api.Invoke(function_name="g")).refused(
        "AccessDeniedException", f"lambda:InvokeFunction on resource: {arn('g')}"
    )
    company.when(api.Invoke(function_name="f", qualifier="live")).refused(
        "AccessDeniedException", arn(qualifier="live")
    )
    company.when(api.ListFunctions()).refused("AccessDeniedException", "lambda:ListFunctions")


def test_a_service_needs_the_functions_policy() -> None:
    """S3 may invoke for the bucket that the statement names, and for no other."""
    company = Company()
    company.function()
    company.given(
        api.AddPermission(
            function_name="f", statement_id="s", action="lambda:InvokeFunction", principal="s3.amazonaws.com",
            source_arn="arn:aws:s3:::mine", source_account=ACCOUNT,
        )
    )  # fmt: skip
    company.as_service("arn:aws:s3:::mine").given(api.Invoke(function_name=arn(), invocation_type="Event"))
    company.as_service("arn:aws:s3:::other")
    company.when(api.Invoke(function_name=arn(), invocation_type="Event")).refused("AccessDeniedException")
    assert len(company.runs) == 1


def test_layers_are_shared_by_their_policy() -> None:
    """Another account uses a version that lets it, and no other one."""
    company = Company()
    content = api.LayerVersionContentInput(zip_file=zipped())
    for _ in range(2):
        company.given(api.PublishLayerVersion(layer_name="l", content=content))
    company.given(
        api.AddLayerVersionPermission(
            layer_name="l", version_number=1, statement_id="s", action="lambda:GetLayerVersion", principal="*"
        )
    )
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l"
    company.account = "111122223333"
    stranger = Identity(type="Root", account_id="111122223333", arn="arn:aws:iam::111122223333:root")
    company.as_(stranger, "111122223333")
    company.given(api.GetLayerVersionByArn(arn=f"{layer}:1"))
    company.when(api.GetLayerVersionByArn(arn=f"{layer}:2")).refused("AccessDeniedException")


def test_every_action_names_what_it_is_about() -> None:
    """No action is left without a need, and none needs what cannot be named."""
    from tests.plugins.test_conformance import filled

    from backtrail.machine import Request
    from backtrail_aws.lambda_ import access, service

    scenario = Lambda()
    from backtrail.trail import codec

    for name, handler in service.handlers.items():
        if handler.internal:
            continue
        params = codec.convert(filled(handler.params), handler.params)
        request = Request(
            service="lambda", action=name, params=params, account=ACCOUNT, region=REGION, time=scenario.now,
            event_id="e", request_id="r", caller=scenario.caller,
        )  # fmt: skip
        call = scenario.machine._call(request)  # pyright: ignore[reportPrivateUsage]
        needs = list(access.needs(scenario.state(), call))
        assert needs and needs[0].action.startswith("lambda:"), name
        assert all(resource for need in needs for resource in need.resources), name
