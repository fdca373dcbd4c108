"""Policies: what they are attached to, what they bind, what they come to."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from backtrail.call import Call, Caller
from backtrail.record import Identity, Issuer, SessionContext
from backtrail.testing import ACCOUNT
from backtrail_aws.iam import api as iam
from backtrail_aws.iam import controls
from backtrail_aws.organizations import api
from backtrail_aws.sqs import api as sqs
from backtrail_aws.sts import api as sts

from .org_scenario import OTHER, RCP, SCP, Org, policy

FULL = "p-FullAWSAccess"


def test_enabling_a_type_opens_everything() -> None:
    """AWS's own policy is attached to root, units and accounts, and to what comes later."""
    org = Org().created()
    unit, member = org.unit_made("dev"), org.account_made()
    org.enabled()
    later = org.unit_made("later")
    org.root(api.ListTargetsForPolicy(policy_id=FULL))
    assert {one.target_id for one in org.answer.targets} == {org.root_id, unit, later, member, ACCOUNT}
    org.root(api.ListRoots())
    assert org.answer.roots[0].policy_types == [api.PolicyTypeSummary(type=SCP, status="ENABLED")]
    org(ACCOUNT, api.EnablePolicyType(root_id=org.root_id, policy_type=SCP))
    org.refused("PolicyTypeAlreadyEnabledException")
    org.root(api.DisablePolicyType(root_id=org.root_id, policy_type=SCP))
    assert org.organization.attached == {}
    org(ACCOUNT, api.AttachPolicy(policy_id=FULL, target_id=unit)).refused("PolicyTypeNotEnabledException")
    org.replays()


def test_the_life_of_a_policy() -> None:
    """Made, attached, changed, detached, deleted, each with its refusals."""
    org = Org().created().enabled()
    made = org.policy_made("no-queues", policy("Deny", "sqs:*"))
    org(ACCOUNT, api.CreatePolicy(name="no-queues", description="", content=policy("Deny", "*"), type=SCP))
    org.refused("DuplicatePolicyException")
    org.attached(made, org.root_id)
    org(ACCOUNT, api.AttachPolicy(policy_id=made, target_id=org.root_id))
    org.refused("DuplicatePolicyAttachmentException")
    org(ACCOUNT, api.DeletePolicy(policy_id=made)).refused("PolicyInUseException")
    org.root(api.UpdatePolicy(policy_id=made, name="none", content=policy("Deny", "sqs:Send*")))
    org.root(api.DescribePolicy(policy_id=made))
    assert org.answer.policy.policy_summary.name == "none"
    org.root(api.ListPoliciesForTarget(target_id=org.root_id, filter=SCP))
    assert [one.name for one in org.answer.policies] == ["none", "FullAWSAccess"]
    org.root(api.DetachPolicy(policy_id=made, target_id=org.root_id))
    org(ACCOUNT, api.DetachPolicy(policy_id=made, target_id=org.root_id)).refused(
        "PolicyNotAttachedException"
    )
    org(ACCOUNT, api.DetachPolicy(policy_id=FULL, target_id=org.root_id)).refused(
        "ConstraintViolationException"
    )
    org.root(api.DeletePolicy(policy_id=made))
    org(ACCOUNT, api.DescribePolicy(policy_id=made)).refused("PolicyNotFoundException")
    org(ACCOUNT, api.UpdatePolicy(policy_id=FULL, name="x")).refused("AccessDeniedException")
    org(ACCOUNT, api.AttachPolicy(policy_id=FULL, target_id=OTHER)).refused("TargetNotFoundException")
    org.root(api.ListPolicies(filter=SCP))
    assert [one.aws_managed for one in org.answer.policies] == [True]
    org.replays()


@pytest.mark.parametrize(
    ("type", "content"),
    [
        (SCP, "nonsense"),
        (SCP, "[]"),
        (SCP, "{}"),
        (SCP, policy("Perhaps", "*")),
        (SCP, policy("Allow", "*", Principal="*")),
        (RCP, policy("Deny", "*")),
        (RCP, policy("Allow", "*", Principal="*")),
        ("TAG_POLICY", "7"),
    ],
)
def test_contents_that_are_none(type: str, content: str) -> None:
    """What breaks the rules of its type is refused."""
    org = Org().created()
    org(ACCOUNT, api.CreatePolicy(name="x", description="", content=content, type=type))
    org.refused("MalformedPolicyDocumentException")


def test_ten_policies_of_a_type_are_the_most() -> None:
    """The eleventh on one target is refused."""
    org = Org().created().enabled()
    for number in range(9):
        org.attached(org.policy_made(f"p{number}", policy("Deny", "x:y")), org.root_id)
    last = org.policy_made("last", policy("Deny", "x:y"))
    org(ACCOUNT, api.AttachPolicy(policy_id=last, target_id=org.root_id))
    org.refused("ConstraintViolationException", "maximum number of policies")


# binding


def test_a_deny_binds_every_principal_of_a_member() -> None:
    """Its root, its roles; not the management account. The message names kind and policy."""
    org = Org().created().enabled()
    member = org.account_made()
    key = org.inside(member)
    made = org.policy_made("no-queues", policy("Deny", "sqs:*"))
    org.attached(made, org.root_id)
    for caller in (key, member):
        org(caller, sqs.CreateQueue(queue_name="x")).refused(
            "AccessDenied",
            f"with an explicit deny in a service control policy: arn:aws:organizations::{ACCOUNT}:",
        )
        org(caller, iam.ListUsers()).works()
    org.root(sqs.CreateQueue(queue_name="x"))
    org.root(api.DetachPolicy(policy_id=made, target_id=org.root_id))
    org(member, sqs.CreateQueue(queue_name="x")).works()
    org.replays()


def test_something_must_be_allowed_at_every_level() -> None:
    """A unit that allows queues alone lets its accounts do nothing else, whatever lies above and below."""
    org = Org().created().enabled()
    member, unit = org.account_made(), org.unit_made("dev")
    org.attached(org.policy_made("queues", policy("Allow", "sqs:*")), unit)
    org.root(api.MoveAccount(account_id=member, source_parent_id=org.root_id, destination_parent_id=unit))
    org(member, iam.ListUsers()).works()
    org.root(api.DetachPolicy(policy_id=FULL, target_id=unit))
    org(member, sqs.ListQueues()).works()
    org(member, iam.ListUsers()).refused(
        "AccessDenied", "because no service control policy allows the iam:ListUsers action"
    )
    org.replays()


def test_an_account_that_left_is_free() -> None:
    """Only members are bound."""
    org = Org().created().enabled()
    member = org.account_made()
    org.attached(org.policy_made("none", policy("Deny", "*")), member)
    org(member, api.LeaveOrganization()).refused("AccessDeniedException")
    org.root(api.RemoveAccountFromOrganization(account_id=member))
    org(member, iam.ListUsers()).works()
    org.replays()


def test_a_resource_control_policy_binds_strangers() -> None:
    """Whoever reaches for a member's queue is bound, from outside, too; what lies elsewhere is not."""
    org = Org().created().enabled(RCP)
    member = org.account_made()
    queue = api_queue(org, member)
    org(OTHER, sqs.SendMessage(queue_url=queue, message_body="hello")).works()
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.organization.id}}
    content = policy("Deny", "sqs:*", Principal="*", Condition=outside)
    org.attached(org.policy_made("own", content, RCP), org.root_id)
    org(OTHER, sqs.SendMessage(queue_url=queue, message_body="hello")).refused(
        "AccessDenied", "with an explicit deny in a resource control policy"
    )
    org.root(sqs.SendMessage(queue_url=queue, message_body="hello"))
    org(ACCOUNT, api.DetachPolicy(policy_id="p-RCPFullAWSAccess", target_id=org.root_id))
    org.refused("ConstraintViolationException")
    org.replays()


def test_a_resource_control_policy_guards_some_services() -> None:
    """One that denies everything leaves the services alone that have none of them, and the management account."""
    org = Org().created().enabled(RCP)
    member = org.account_made()
    org.attached(org.policy_made("all", policy("Deny", "*", Principal="*"), RCP), org.root_id)
    org(member, iam.ListUsers()).works()
    org(member, sqs.CreateQueue(queue_name="x")).refused("AccessDenied", "resource control policy")
    org.root(sqs.CreateQueue(queue_name="x"))
    org.replays()


def api_queue(org: Org, account: str) -> str:
    """The URL of a queue of an account that everybody may send to."""
    arn = f"arn:aws:sqs:us-east-1:{account}:open"
    content = policy("Allow", "sqs:SendMessage", Principal="*", Resource=arn)
    org(account, sqs.CreateQueue(queue_name="open", attributes={"Policy": content})).works()
    url: str = org.answer.queue_url
    return url


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("aws:PrincipalOrgID", "{org}", True),
        ("aws:PrincipalOrgID", "o-other", False),
        ("aws:PrincipalOrgPaths", "{org}/{root}/*", True),
        ("aws:PrincipalOrgPaths", "{org}/{root}/ou-none/*", False),
        ("aws:ResourceOrgID", "{org}", True),
        ("aws:ResourceOrgPaths", "{org}/{root}/", True),
    ],
)
def test_keys_of_organizations(key: str, value: str, allowed: bool) -> None:
    """A queue's policy that lets in whoever is of the organization."""
    org = Org().created()
    first, second = org.account_made("one"), org.account_made("two")
    text = value.format(org=org.organization.id, root=org.root_id)
    operator = "ForAnyValue:StringLike" if key.endswith("Paths") else "StringEquals"
    content = policy(
        "Allow",
        "sqs:SendMessage",
        Principal="*",
        Resource=f"arn:aws:sqs:us-east-1:{first}:open",
        Condition={operator: {key: text}},
    )
    org(first, sqs.CreateQueue(queue_name="open", attributes={"Policy": content})).works()
    org(second, sqs.SendMessage(queue_url=org.answer.queue_url, message_body="x"))
    assert (org.error is None) is allowed


def test_a_service_linked_role_is_not_bound() -> None:
    """SCPs leave services' own roles alone."""
    org = Org().created().enabled()
    member = org.account_made()
    org.attached(org.policy_made("none", policy("Deny", "*")), org.root_id)
    create = iam.CreateServiceLinkedRole(aws_service_name="autoscaling.amazonaws.com")
    org(member, create).refused("AccessDenied")
    role = (
        f"arn:aws:iam::{member}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    )
    issuer = Issuer(type="Role", arn=role, account_id=member, principal_id="AROAX", user_name="x")
    session = Identity(
        type="AssumedRole",
        arn=f"arn:aws:sts::{member}:assumed-role/AWSServiceRoleForAutoScaling/x",
        account_id=member,
        session_context=SessionContext(session_issuer=issuer),
    )
    caller = Caller(identity=session, account=member)
    org.when(sts.GetCallerIdentity(), service="sts", caller=caller, account=member)
    org.works()
    other = msgspec_replace(session, role.replace("aws-service-role", "own"))
    bound = [
        bool(controls.of(_call(org, Caller(identity=who, account=member))).scps) for who in (session, other)
    ]
    assert bound == [False, True]


def msgspec_replace(identity: Identity, role: str) -> Identity:
    """The same session, of another role."""
    context = identity.session_context
    assert isinstance(context, SessionContext)
    issuer = msgspec.structs.replace(context.session_issuer, arn=role)  # type: ignore[type-var]
    return msgspec.structs.replace(
        identity, session_context=msgspec.structs.replace(context, session_issuer=issuer)
    )


def _call(org: Org, caller: Caller) -> Call[Any]:
    """A call of somebody, not yet decided."""
    return Call(
        org.machine, service="iam", params=iam.ListUsers(), account="", region="us-east-1", time=org.now,
        event_id="", request_id="", caller=caller,
    )  # fmt: skip


# merging


def test_effective_policies_are_merged() -> None:
    """From the root down: assigned, appended, removed."""
    org = Org().created().enabled("TAG_POLICY")
    member, unit = org.account_made(), org.unit_made("dev")
    org.root(api.MoveAccount(account_id=member, source_parent_id=org.root_id, destination_parent_id=unit))
    describe = api.DescribeEffectivePolicy(policy_type="TAG_POLICY", target_id=member)
    org(ACCOUNT, describe).refused("EffectivePolicyNotFoundException")
    above = {"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["1", "2"]}}}}
    below = {"tags": {"cost": {"tag_value": {"@@append": ["3"], "@@remove": ["1"]}}}}
    org.attached(org.policy_made("above", json.dumps(above), "TAG_POLICY"), org.root_id)
    org.attached(org.policy_made("below", json.dumps(below), "TAG_POLICY"), unit)
    org.root(describe)
    merged = json.loads(org.answer.effective_policy.policy_content)
    assert merged == {"tags": {"cost": {"tag_key": "Cost", "tag_value": ["2", "3"]}}}
    org(member, api.DescribeEffectivePolicy(policy_type="TAG_POLICY")).works()
    org(ACCOUNT, api.DescribeEffectivePolicy(policy_type=SCP)).refused("InvalidInputException")
    org.replays()
