"""The policy simulator: what it decides, which statements it names, what it misses."""

from __future__ import annotations

import json
from typing import Any

import pytest

import backtrail_aws.iam
import backtrail_aws.organizations
from backtrail import UNSET
from backtrail.policy import positions
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api
from backtrail_aws.organizations import api as organizations

USER = f"arn:aws:iam::{ACCOUNT}:user/eve"
BUCKET = "arn:aws:s3:::box"


def policy(effect: str, action: Any, resource: Any = "*", **more: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def entry(key: str, *values: str) -> api.ContextEntry:
    """A condition key that is given."""
    return api.ContextEntry(context_key_name=key, context_key_values=list(values), context_key_type="string")


def simulate(iam: Scenario, *actions: str, **more: Any) -> list[api.EvaluationResult]:
    """The results of a simulation of eve."""
    source = more.pop("source", USER)
    iam.given(api.SimulatePrincipalPolicy(policy_source_arn=source, action_names=list(actions), **more))
    results: list[api.EvaluationResult] = iam.answer.evaluation_results
    return results


def custom(iam: Scenario, policies: list[str], *actions: str, **more: Any) -> list[api.EvaluationResult]:
    """The results of a simulation of given policies."""
    iam.given(api.SimulateCustomPolicy(policy_input_list=policies, action_names=list(actions), **more))
    results: list[api.EvaluationResult] = iam.answer.evaluation_results
    return results


@pytest.fixture
def eve(iam: Scenario) -> Scenario:
    """A user with a policy of her own, one of her group's, and one of AWS's."""
    return iam.given(
        api.CreateUser(user_name="eve"),
        api.CreateGroup(group_name="g"),
        api.AddUserToGroup(group_name="g", user_name="eve"),
        api.PutUserPolicy(user_name="eve", policy_name="own", policy_document=policy("Allow", "s3:Get*")),
        api.PutGroupPolicy(group_name="g", policy_name="team", policy_document=policy("Deny", "s3:Delete*")),
        api.AttachUserPolicy(user_name="eve", policy_arn="arn:aws:iam::aws:policy/AmazonSQSFullAccess"),
    )


def test_the_three_decisions(eve: Scenario) -> None:
    """Allowed, denied explicitly, denied because nothing allows; each with the statements that decided."""
    results = simulate(eve, "s3:GetObject", "s3:DeleteObject", "ec2:RunInstances", "sqs:SendMessage")
    assert [one.eval_decision for one in results] == ["allowed", "explicitDeny", "implicitDeny", "allowed"]
    named = [[one.source_policy_id for one in result.matched_statements or []] for result in results]
    assert named == [["user_eve_own"], ["group_g_team"], [], ["AmazonSQSFullAccess"]]
    assert results[0].resource_specific_results is UNSET
    assert eve.record["responseElements"] is None
    eve.replays()


def test_a_simulation_changes_nothing(eve: Scenario) -> None:
    """It is a read: it folds to nothing but its caller's access."""
    before = eve.machine.state(("iam", ACCOUNT, ""))
    text = repr(before)
    simulate(eve, "s3:GetObject")
    assert repr(eve.machine.state(("iam", ACCOUNT, ""))) == text
    assert eve.record["readOnly"] is True


def test_policies_more_and_fewer(eve: Scenario) -> None:
    """PolicyInputList adds, PolicyExclusionList takes away; a role and a group are simulated, too."""
    more = [policy("Allow", "ec2:*")]
    (result,) = simulate(eve, "ec2:RunInstances", policy_input_list=more)
    assert (result.eval_decision, result.matched_statements[0].source_policy_id) == (  # type: ignore[index]
        "allowed",
        "PolicyInputList.1",
    )
    inline = api.InlinePolicyIdentifierType(policy_name="team", attachment_type="Group", attachment_name="g")
    excluded = [
        api.PolicyIdentifier(inline_policy_identifier=inline),
        api.PolicyIdentifier(policy_arn="arn:aws:iam::aws:policy/AmazonSQSFullAccess"),
    ]
    results = simulate(eve, "s3:DeleteObject", "sqs:SendMessage", policy_exclusion_list=excluded)
    assert [one.eval_decision for one in results] == ["implicitDeny", "implicitDeny"]
    (result,) = simulate(eve, "s3:DeleteObject", source=f"arn:aws:iam::{ACCOUNT}:group/g")
    assert result.eval_decision == "explicitDeny"


def test_resources_one_by_one(iam: Scenario) -> None:
    """Each action on each resource is a result; what is missed stands with the resource."""
    text = policy("Allow", "s3:*", f"{BUCKET}/*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    arns = [f"{BUCKET}/a", "arn:aws:s3:::other/a"]
    one, other = custom(iam, [text], "s3:GetObject", resource_arns=arns)
    assert (one.eval_decision, one.eval_resource_name) == ("implicitDeny", arns[0])
    assert one.missing_context_values == []
    (special,) = one.resource_specific_results or []
    assert (special.eval_resource_decision, special.missing_context_values) == (
        "implicitDeny",
        ["aws:SourceIp"],
    )
    assert other.eval_decision == "implicitDeny"
    (result,) = custom(iam, [text.replace(f"{BUCKET}/*", "*")], "s3:GetObject")
    assert result.missing_context_values == ["aws:SourceIp"]
    given = [entry("aws:SourceIp", "203.0.113.7")]
    (result, _) = custom(iam, [text], "s3:GetObject", resource_arns=arns, context_entries=given)
    assert result.eval_decision == "allowed"


def test_only_from_the_office(eve: Scenario) -> None:
    """An explicit deny elsewhere, as the simulator tells it (IAM-07)."""
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    guard = policy("Deny", "*", Condition=elsewhere)
    for address, decision in (("198.51.100.7", "explicitDeny"), ("203.0.113.9", "allowed")):
        (result,) = simulate(
            eve, "s3:GetObject", policy_input_list=[guard], context_entries=[entry("aws:SourceIp", address)]
        )
        assert result.eval_decision == decision


def test_a_boundary_is_told_apart(eve: Scenario) -> None:
    """Whether the boundary allowed; one that is given stands in for the user's own."""
    boundary = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    eve.given(api.PutUserPermissionsBoundary(user_name="eve", permissions_boundary=boundary))
    outside, inside = simulate(eve, "s3:GetObject", "sqs:SendMessage")
    assert (outside.eval_decision, inside.eval_decision) == ("implicitDeny", "allowed")
    detail = outside.permissions_boundary_decision_detail
    assert not isinstance(detail, type(UNSET))
    assert detail.allowed_by_permissions_boundary is False
    wider = [policy("Allow", "*")]
    (result,) = simulate(eve, "s3:GetObject", permissions_boundary_policy_input_list=wider)
    assert result.eval_decision == "allowed"


def test_a_resource_policy_of_another_account(eve: Scenario) -> None:
    """Both sides must allow, and are told apart."""
    grant = policy("Allow", "s3:GetObject", f"{BUCKET}/*", Principal={"AWS": USER})
    (result,) = simulate(
        eve, "s3:GetObject", resource_arns=[f"{BUCKET}/k"], resource_policy=grant, resource_owner="444455556666",
        caller_arn=USER,
    )  # fmt: skip
    assert result.eval_decision == "allowed"
    assert result.eval_decision_details == {"IAM Policy": "allowed", "Resource Policy": "allowed"}
    (result,) = simulate(
        eve,
        "s3:PutObject",
        resource_arns=[f"{BUCKET}/k"],
        resource_policy=grant,
        resource_owner="444455556666",
    )
    assert result.eval_decision_details == {"IAM Policy": "implicitDeny", "Resource Policy": "implicitDeny"}
    (result,) = custom(
        eve, [policy("Allow", "ec2:*")], "s3:GetObject", resource_arns=[f"{BUCKET}/k"], resource_policy=grant,
        caller_arn=USER,
    )  # fmt: skip
    assert (result.eval_decision, result.matched_statements[0].source_policy_type) == (  # type: ignore[index]
        "allowed",
        "Resource Policy",
    )


def test_control_policies_are_told_apart() -> None:
    """Of the account's organization, or given level by level."""
    iam = Scenario(backtrail_aws.iam, backtrail_aws.organizations)
    (result,) = custom(
        iam,
        [policy("Allow", "*")],
        "s3:GetObject",
        ordered_organization_policy_input_list=[
            api.OrderedOrganizationPolicyType(service_control_policy_input_list=[policy("Allow", "*")]),
            api.OrderedOrganizationPolicyType(service_control_policy_input_list=[policy("Allow", "ec2:*")]),
        ],
    )
    assert result.eval_decision == "implicitDeny"
    assert result.organizations_decision_detail == api.OrganizationsDecisionDetail(
        allowed_by_organizations=False
    )
    iam.given(organizations.CreateOrganization(), service="organizations")
    iam.given(
        organizations.CreateAccount(email="a@example.com", account_name="a"),
        organizations.ListAccounts(),
        service="organizations",
    )
    (member,) = [one.id for one in iam.answer.accounts if one.id != ACCOUNT]
    iam.given(organizations.ListRoots(), service="organizations")
    root = iam.answer.roots[0].id
    iam.given(
        organizations.EnablePolicyType(root_id=root, policy_type="SERVICE_CONTROL_POLICY"),
        organizations.CreatePolicy(
            name="x", description="", content=policy("Deny", "s3:*"), type="SERVICE_CONTROL_POLICY"
        ),
        service="organizations",
    )
    made = iam.answer.policy.policy_summary.id
    iam.given(organizations.AttachPolicy(policy_id=made, target_id=member), service="organizations")
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    iam.with_key(member)
    call = api.SimulatePrincipalPolicy(
        policy_source_arn=role, action_names=["s3:GetObject", "sqs:ListQueues"]
    )
    iam.when(call, service="iam", account=member)
    assert iam.error is None
    told = [
        (one.eval_decision, one.organizations_decision_detail.allowed_by_organizations)
        for one in iam.answer.evaluation_results
    ]
    assert told == [("explicitDeny", False), ("allowed", True)]


def test_pages_of_results(iam: Scenario) -> None:
    """MaxItems and Marker lead through the results in their order."""
    actions = [f"s3:Get{number}" for number in range(5)]
    first = custom(iam, [policy("Allow", "s3:*")], *actions, max_items=3)
    rest = custom(iam, [policy("Allow", "s3:*")], *actions, max_items=3, marker=iam.answer.marker)
    assert [one.eval_action_name for one in [*first, *rest]] == actions
    assert iam.answer.is_truncated is False


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (api.SimulatePrincipalPolicy(policy_source_arn=f"{USER}x", action_names=["a:b"]), "NoSuchEntity"),
        (
            api.SimulatePrincipalPolicy(
                policy_source_arn=f"arn:aws:iam::{ACCOUNT}:mfa/x", action_names=["a:b"]
            ),
            "InvalidInput",
        ),
        (api.SimulateCustomPolicy(policy_input_list=["{"], action_names=["a:b"]), "InvalidInput"),
        (api.SimulateCustomPolicy(policy_input_list=["{}"], action_names=["nothing"]), "InvalidInput"),
        (
            api.SimulateCustomPolicy(policy_input_list=["{}"], action_names=["a:b"], resource_policy="{}"),
            "InvalidInput",
        ),
    ],
)
def test_simulations_that_cannot_be(iam: Scenario, call: Any, code: str) -> None:
    """What is nobody, no policy, no action, or lacks its caller."""
    iam.when(call).refused(code)


def test_keys_that_policies_ask_for(eve: Scenario) -> None:
    """Those of conditions, and variables, each once, in order."""
    text = policy(
        "Allow",
        "s3:*",
        "arn:aws:s3:::box/${aws:username}/${aws:PrincipalTag/team, 'none'}/${*}",
        Condition={
            "StringLike": {"s3:prefix": ["${AWS:UserName}/*"]},
            "Bool": {"aws:SecureTransport": "true"},
        },
    )
    keys = ["aws:PrincipalTag/team", "aws:SecureTransport", "aws:username", "s3:prefix"]
    eve.given(api.GetContextKeysForCustomPolicy(policy_input_list=[text]))
    assert eve.answer.context_key_names == keys
    eve.given(api.PutUserPolicy(user_name="eve", policy_name="own", policy_document=text))
    eve.given(api.GetContextKeysForPrincipalPolicy(policy_source_arn=USER))
    assert eve.answer.context_key_names == keys


def test_positions_are_those_of_awss_example() -> None:
    """Lines and columns as AWS's command line reference shows them, of one statement and of a list."""
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}'
    assert positions.spans(text) == ((positions.Position(1, 38), positions.Position(1, len(text))),)
    statement = {"Sid": "x", "Effect": "Allow", "Action": ["a:b"], "Resource": "*"}
    pretty = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 2}, indent=4)
    first, second = positions.spans(pretty)
    assert first == (positions.Position(3, 19), positions.Position(11, 10))
    assert second[0] == positions.Position(11, 11)
