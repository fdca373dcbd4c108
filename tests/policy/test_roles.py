"""Roles and sessions: who may assume them, and what sessions may do."""

from __future__ import annotations

import json

import pytest

from backtrail.testing import REGION

from .accounts import ACCOUNT, OTHER, Company, allow, deny, iam, managed, policy, s3, sqs, statement, sts, url

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"


@pytest.fixture
def company() -> Company:
    """An account with a queue."""
    return Company().root(sqs.CreateQueue(queue_name="work"))


def assume(**given: object) -> sts.AssumeRole:
    return sts.AssumeRole(role_arn=ROLE, role_session_name="s", **given)  # type: ignore[arg-type]


def test_a_trust_that_names_a_user_is_enough(company: Company) -> None:
    """Within an account, who is named by the trust policy needs no policy of their own."""
    key = company.user("eve")
    company.role("app", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"})
    company(key, assume()).works()
    company.replays()


def test_a_trust_in_the_account_must_be_given_on(company: Company) -> None:
    """Where the account is trusted, a user needs sts:AssumeRole of their own."""
    company.role("app", {"AWS": ACCOUNT})
    key, other = company.user("eve"), company.user("adam", own=allow("sts:AssumeRole", ROLE))
    company(key, assume()).is_denied(
        f"user/eve is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    )
    assert company.error is not None
    assert "because" not in company.error.message
    company(other, assume()).works()
    company.replays()


def test_an_identity_policy_does_not_open_a_role_that_trusts_others(company: Company) -> None:
    """A role's trust policy must allow, whatever the caller's policies say; the root is the exception here."""
    company.role("app", {"Service": "ec2.amazonaws.com"})
    key = company.user("eve", managed("AdministratorAccess"))
    company(key, assume()).is_denied("sts:AssumeRole")
    company("test", assume()).works()
    company.replays()


def test_conditions_of_a_trust_policy_hold(company: Company) -> None:
    """An external id, and a second factor, are asked for by conditions."""
    trust = allow("sts:AssumeRole", None, principal={"AWS": OTHER}, StringEquals={"sts:ExternalId": "secret"})
    company.role("app", trust)
    for given, works in (({}, False), ({"external_id": "wrong"}, False), ({"external_id": "secret"}, True)):
        company(OTHER, assume(**given))
        company.works() if works else company.is_denied()
    company.root(
        iam.UpdateAssumeRolePolicy(
            role_name="app",
            policy_document=json.dumps(
                allow(
                    "sts:AssumeRole",
                    None,
                    principal={"AWS": OTHER},
                    Bool={"aws:MultiFactorAuthPresent": "true"},
                )
            ),
        )
    )
    company(OTHER, assume()).is_denied()
    company.replays()


def test_session_tags_and_source_identities_need_their_own_actions(company: Company) -> None:
    """Tags need sts:TagSession and a source identity sts:SetSourceIdentity, from both sides."""
    company.role(
        "app",
        allow(
            ["sts:AssumeRole", "sts:TagSession"], None, principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}
        ),
    )
    key = company.user("eve")
    tags = [sts.Tag(key="team", value="red")]
    company(key, assume(tags=tags)).works()
    company(key, assume(source_identity="eve")).is_denied("sts:SetSourceIdentity")
    company.replays()


def test_only_the_roles_rights_count_while_it_is_assumed(company: Company) -> None:
    """A session may what its role may, and not what its user may."""
    company.role("app", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}, own=allow("sqs:ListQueues", "*"))
    key = company.user("eve", managed("AmazonS3FullAccess"))
    session = company.assume(key, ROLE)
    company(session, sqs.ListQueues()).works()
    company(session, s3.ListBuckets()).is_denied(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session is not authorized to perform: s3:ListAllMyBuckets because no"
    )
    company.replays()


def test_a_session_policy_narrows(company: Company) -> None:
    """A session may what both its role and its session policy allow; a managed one counts beside an inline one."""
    company.role("app", {"AWS": ACCOUNT}, own=allow("sqs:*", "*"))
    one = json.dumps(allow("sqs:ListQueues", "*"))
    session = company.assume("test", ROLE, policy=one)
    company(session, sqs.ListQueues()).works()
    company(session, sqs.PurgeQueue(queue_url=url("work"))).is_denied(
        "because no session policy allows the sqs:purgequeue action"
    )
    arn = sts.PolicyDescriptorType(arn=managed("AmazonSQSFullAccess"))
    session = company.assume("test", ROLE, policy=one, policy_arns=[arn])
    company(session, sqs.PurgeQueue(queue_url=url("work"))).works()
    session = company.assume("test", ROLE, policy_arns=[sts.PolicyDescriptorType(arn=managed("AWSDenyAll"))])
    company(session, sqs.ListQueues()).is_denied(
        f"an explicit deny in a session policy: {managed('AWSDenyAll')}"
    )
    company.replays()


def test_a_boundary_limits_what_policies_give(company: Company) -> None:
    """Who has a boundary may what both it and the policies allow."""
    key = company.user("eve", managed("AdministratorAccess"))
    company.root(
        iam.PutUserPermissionsBoundary(user_name="eve", permissions_boundary=managed("AmazonSQSFullAccess"))
    )
    company(key, sqs.ListQueues()).works()
    company(key, s3.ListBuckets()).is_denied(
        "s3:ListAllMyBuckets because no permissions boundary allows the s3:ListAllMyBuckets action"
    )
    company.root(iam.DeleteUserPermissionsBoundary(user_name="eve"))
    company(key, s3.ListBuckets()).works()
    company.replays()


def test_a_users_session_may_what_the_user_may_but_not_call_iam(company: Company) -> None:
    """GetSessionToken gives the user's rights, less IAM without a second factor."""
    key = company.user("eve", managed("AdministratorAccess"))
    company(key, sts.GetSessionToken()).works()
    session = company.answer.credentials.access_key_id
    company(session, sqs.ListQueues()).works()
    company(session, iam.ListUsers()).refused("InvalidClientTokenId")
    company.replays()


def test_a_federated_user_may_what_both_user_and_policy_allow(company: Company) -> None:
    """Without a policy of its own, a federated user may nothing."""
    key = company.user("eve", own=allow(["sqs:*", "sts:GetFederationToken"], "*"))
    company(key, sts.GetFederationToken(name="guest")).works()
    company(company.answer.credentials.access_key_id, sqs.ListQueues()).is_denied(
        "because no session policy allows"
    )
    given = json.dumps(allow(["sqs:ListQueues", "s3:*"], "*"))
    company(key, sts.GetFederationToken(name="guest", policy=given)).works()
    session = company.answer.credentials.access_key_id
    company(session, sqs.ListQueues()).works()
    company(session, s3.ListBuckets()).is_denied("federated-user/guest is not authorized to perform")
    company.replays()


def test_tags_of_sessions_and_roles_are_keys(company: Company) -> None:
    """aws:PrincipalTag is the role's tag, or the session's where both have it; names are the same in all letters."""
    own = allow("sqs:PurgeQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:" + "${aws:PrincipalTag/Team, 'none'}")
    company.role("app", {"AWS": ACCOUNT}, own=own)
    company.root(iam.TagRole(role_name="app", tags=[iam.Tag(key="team", value="work")]))
    purge = sqs.PurgeQueue(queue_url=url("work"))
    company(company.assume("test", ROLE, "a"), purge).works()
    company.later(seconds=61)
    tags = [sts.Tag(key="TEAM", value="play")]
    company(company.assume("test", ROLE, "b", tags=tags), purge).is_denied()
    company.replays()


def test_detaching_cuts_sessions_off_at_once_and_a_deny_of_old_sessions_too(company: Company) -> None:
    """What revokes sessions in AWS's console, a deny of those that began before, does so here."""
    company.role("app", {"AWS": ACCOUNT}, own=allow("sqs:*", "*"))
    session = company.assume("test", ROLE)
    company(session, sqs.ListQueues()).works()
    now = company.later(minutes=5).now.strftime("%Y-%m-%dT%H:%M:%SZ")
    revoked = deny("*", "*", DateLessThan={"aws:TokenIssueTime": now})
    company.root(
        iam.PutRolePolicy(role_name="app", policy_name="revoked", policy_document=json.dumps(revoked))
    )
    company(session, sqs.ListQueues()).is_denied("with an explicit deny in an identity-based policy")
    company(company.assume("test", ROLE), sqs.ListQueues()).works()
    company.replays()


def test_giving_a_role_to_a_server_needs_pass_role(company: Company) -> None:
    """AddRoleToInstanceProfile needs iam:PassRole on the role, for EC2."""
    company.role("app", {"Service": "ec2.amazonaws.com"})
    company.root(iam.CreateInstanceProfile(instance_profile_name="app"))
    add = iam.AddRoleToInstanceProfile(instance_profile_name="app", role_name="app")
    key = company.user("eve", own=allow("iam:AddRoleToInstanceProfile", "*"))
    company(key, add).is_denied(f"iam:PassRole on resource: {ROLE} because no identity-based policy allows")
    passing = statement(
        "Allow", "iam:PassRole", ROLE, StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}
    )
    company.root(
        iam.PutUserPolicy(user_name="eve", policy_name="pass", policy_document=json.dumps(policy(passing)))
    )
    company(key, add).works()
    company.replays()


def test_a_session_scoped_down_keeps_to_each_of_its_policies(company: Company) -> None:
    """GetScopedCredentials narrows what the session's managed policies left, and narrows again."""
    company.role("app", {"AWS": ACCOUNT}, own=allow(["sqs:*", "s3:*"], "*"))
    arn = sts.PolicyDescriptorType(arn=managed("AmazonSQSFullAccess"))
    session = company.assume("test", ROLE, policy_arns=[arn])
    for action in ("sqs:*", "sqs:ListQueues"):
        company(session, sts.GetScopedCredentials(policy=json.dumps(allow([action, "s3:*"], "*")))).works()
        session = company.answer.credentials.access_key_id
    company(session, sqs.ListQueues()).works()
    company(session, s3.ListBuckets()).is_denied("because no session policy allows")
    company(session, sqs.PurgeQueue(queue_url=url("work"))).is_denied("because no session policy allows")
    company.replays()
