"""Off, watching, deciding; whom policies leave alone; what cannot be told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from backtrail import NotInTrail
from backtrail.authorization import Iam
from backtrail.call import Caller
from backtrail.machine import Machine
from backtrail.plugins import Registry

from ..core import frobnicator
from .accounts import ACCOUNT, Company, allow, iam, managed, s3, sqs, statement, sts, url


def test_policies_decide_from_the_beginning() -> None:
    """Without a word from its owner, a machine obeys policies."""
    assert Machine(Registry([])).iam is Iam.ENFORCE


def test_off_lets_everybody_do_everything() -> None:
    """A machine told so evaluates no policies."""
    company = Company(Iam.OFF)
    key = company.user("eve", managed("AWSDenyAll"))
    for call in (sqs.ListQueues(), s3.ListBuckets(), iam.ListUsers()):
        company(key, call).works()
    assert "note" not in company.record
    company.replays()


def test_watching_notes_what_would_have_been_denied() -> None:
    """AUDIT lets calls pass and leaves beside their records what it would have said; they fold like others."""
    company = Company(Iam.AUDIT)
    key = company.user("eve")
    company(key, sqs.CreateQueue(queue_name="work")).works()
    note = msgspec.json.decode(company.log[-1].note or b"null")
    assert note["denied"] == [
        f"AccessDenied: User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: sqs:createqueue on "
        f"resource: arn:aws:sqs:us-east-1:{ACCOUNT}:work because no identity-based policy allows the sqs:createqueue "
        "action"
    ]
    company(key, sqs.ListQueues()).works()
    assert company.answer.queue_urls
    company.root(sqs.ListQueues())
    assert company.log[-1].note is None
    company.replays()


def test_watching_keeps_the_rules_that_hold_without_policies() -> None:
    """AUDIT does not open a bucket to strangers."""
    company = Company(Iam.AUDIT).root(s3.CreateBucket(bucket="acme-files"))
    company(None, s3.ListObjectsV2(bucket="acme-files")).refused("AccessDenied", "Access Denied")


def test_principals_that_nobody_can_prove_are_left_alone() -> None:
    """A key that only a foreign record named is not held against policies."""
    company = Company()
    company.user("eve")
    identity = company.caller.identity
    eve = msgspec.structs.replace(
        identity, type="IAMUser", user_name="eve", arn=f"arn:aws:iam::{ACCOUNT}:user/eve"
    )
    stranger = Caller(identity=eve, account=ACCOUNT, verified=False)
    company.when(sqs.ListQueues(), service="sqs", caller=stranger)
    company.works()


def test_a_policy_that_nobody_knows_is_not_guessed() -> None:
    """Where only the text of one of AWS's policies could allow, the answer is not in the trail; a deny is certain."""
    from backtrail_aws.iam import aws_policies

    unknown = next(arn for arn, held in aws_policies.policies("aws").items() if not held.versions)
    company = Company()
    key = company.user("eve", unknown)
    company.with_key(key)
    with pytest.raises(NotInTrail, match=unknown.rpartition("/")[2]):
        company.when(sqs.ListQueues(), service="sqs")
    denial = json.dumps({"Version": "2012-10-17", "Statement": statement("Deny", "sqs:*", "*")})
    company.root(iam.PutUserPolicy(user_name="eve", policy_name="no", policy_document=denial))
    company(key, sqs.ListQueues()).is_denied("with an explicit deny")


def test_a_policy_that_cannot_be_evaluated_denies() -> None:
    """A queue's policy that is none denies all, and is logged."""
    company = Company().root(sqs.CreateQueue(queue_name="work"))
    queue: Any = company.machine.state(("sqs", ACCOUNT, "us-east-1"))
    queue.queues["work"].attributes["Policy"] = '{"Statement": {"Effect": "Perhaps"}}'
    with capture_logs() as logs:
        company("test", sqs.PurgeQueue(queue_url=url("work"))).is_denied("Access Denied")
    assert [line["event"] for line in logs] == ["a policy cannot be evaluated"]
    assert "an effect must be Allow or Deny" in logs[0]["reason"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            iam.CreateUser(user_name="x", path="/a/"),
            f"iam:CreateUser on resource: arn:aws:iam::{ACCOUNT}:user/a/x because",
        ),
        (
            iam.DeleteUser(user_name="eve"),
            "iam:DeleteUser on resource: user eve because no identity-based policy",
        ),
        (iam.GetUser(), "iam:GetUser on resource: user eve because"),
        (iam.GetRole(role_name="none"), "iam:GetRole on resource: role none because"),
        (
            iam.AddUserToGroup(group_name="g", user_name="eve"),
            "iam:AddUserToGroup on resource: group g because",
        ),
        (iam.ListUsers(), f"iam:ListUsers on resource: arn:aws:iam::{ACCOUNT}:user/ because"),
        (
            iam.ListRoles(path_prefix="/x/"),
            f"iam:ListRoles on resource: arn:aws:iam::{ACCOUNT}:role/x/ because",
        ),
        (iam.ListSAMLProviders(), f"on resource: arn:aws:iam::{ACCOUNT}:saml-provider/* because"),
        (iam.GetAccountAuthorizationDetails(), "iam:GetAccountAuthorizationDetails on resource: * because"),
        (
            iam.SetDefaultPolicyVersion(policy_arn=f"arn:aws:iam::{ACCOUNT}:policy/p", version_id="v2"),
            f"on resource: policy arn:aws:iam::{ACCOUNT}:policy/p version v2 because",
        ),
        (
            s3.ListBuckets(),
            "s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action",
        ),
        (
            sqs.ListQueues(),
            "sqs:listqueues because no identity-based policy allows the sqs:listqueues action",
        ),
        (
            sts.GetAccessKeyInfo(access_key_id="AKIAIOSFODNN7EXAMPLE"),
            "is not authorized to perform: sts:GetAccessKeyInfo",
        ),
    ],
)
def test_denials_are_worded_as_recorded(call: Any, words: str) -> None:
    """The words for each kind of resource, as real records have them."""
    company = Company()
    company(company.user("eve"), call).is_denied(words)
    assert company.record["requestParameters"] == ({} if isinstance(call, s3.ListBuckets) else None)
    assert company.record["errorCode"] == "AccessDenied"
    assert words in company.record["errorMessage"]


def test_everybody_manages_themselves() -> None:
    """The policy by which users manage their own keys: ${aws:username} in the resource."""
    company = Company()
    own = allow("iam:*AccessKey*", f"arn:aws:iam::{ACCOUNT}:user/" + "${aws:username}")
    key = company.user("eve", own=own)
    company.user("adam")
    company(key, iam.CreateAccessKey()).works()
    company(key, iam.ListAccessKeys(user_name="eve")).works()
    company(key, iam.ListAccessKeys(user_name="adam")).is_denied("user adam")
    company.replays()


def test_boundaries_of_those_who_are_made_are_keys() -> None:
    """iam:PermissionsBoundary lets a delegate make only users with a boundary, and change only those."""
    boundary = managed("AmazonSQSFullAccess")
    own = allow(
        ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy"],
        "*",
        StringEquals={"iam:PermissionsBoundary": boundary},
    )
    company = Company()
    key = company.user("delegate", own=own)
    company(key, iam.CreateUser(user_name="free")).is_denied()
    company(key, iam.CreateUser(user_name="bound", permissions_boundary=boundary)).works()
    company(key, iam.AttachUserPolicy(user_name="bound", policy_arn=managed("AdministratorAccess"))).works()
    company(
        key, iam.AttachUserPolicy(user_name="delegate", policy_arn=managed("AdministratorAccess"))
    ).is_denied()
    company.replays()


def test_deleted_groups_and_versions_count_at_once() -> None:
    """A changed default version, a member removed: the next call knows."""
    company = Company()
    key = company.user("eve")
    company.root(iam.CreatePolicy(policy_name="p", policy_document=json.dumps(allow("sqs:*", "*"))))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    company.root(iam.CreateGroup(group_name="g"), iam.AttachGroupPolicy(group_name="g", policy_arn=arn))
    company.root(iam.AddUserToGroup(group_name="g", user_name="eve"))
    company(key, sqs.ListQueues()).works()
    company.root(
        iam.CreatePolicyVersion(
            policy_arn=arn, policy_document=json.dumps(allow("s3:*", "*")), set_as_default=True
        )
    )
    company(key, sqs.ListQueues()).is_denied()
    company.root(iam.SetDefaultPolicyVersion(policy_arn=arn, version_id="v1"))
    company(key, sqs.ListQueues()).works()
    company.root(iam.RemoveUserFromGroup(group_name="g", user_name="eve"))
    company(key, sqs.ListQueues()).is_denied()
    company.replays()


def test_awss_own_policies_are_everybodys() -> None:
    """To read one of AWS's policies is no call to another account."""
    company = Company()
    key = company.user("eve", own=allow("iam:GetPolicy", "arn:aws:iam::aws:policy/*"))
    get = iam.GetPolicy(policy_arn=managed("AdministratorAccess"))
    company(key, get).works()
    company.root(get)


def test_what_is_no_role_is_no_denial() -> None:
    """AssumeRole of something else is refused for what it is."""
    company = Company()
    arn = f"arn:aws:iam::{ACCOUNT}:user/eve"
    company(company.user("eve"), sts.AssumeRole(role_arn=arn, role_session_name="x1")).refused(
        "ValidationError"
    )


def test_a_service_that_declares_nothing_is_guarded_by_the_names_of_its_actions() -> None:
    """Who may nothing may not call a service of one's own either; the action of its name, on everything, opens it."""
    company = Company()
    company.machine.registry.add(frobnicator)
    key = company.user("eve")
    create = frobnicator.CreateWidget(name="a")
    company.with_key(key).when(create, service="frobnicator")
    company.is_denied("frobnicator:CreateWidget on resource: * because no identity-based policy allows")
    document = json.dumps(allow("frobnicator:*", "*"))
    company.root(iam.PutUserPolicy(user_name="eve", policy_name="own", policy_document=document))
    company.with_key(key).when(create, service="frobnicator")
    company.works()
