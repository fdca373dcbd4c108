"""Sessions of users and roots, and who everybody is."""

from __future__ import annotations

import pytest
from tests.plugins.sts.sts_scenario import EVERYTHING, Sts, role_arn

from backtrail.testing import ACCOUNT
from backtrail_aws.iam import api as iam
from backtrail_aws.sts import api


def test_the_callers_identity_needs_nothing() -> None:
    """Root and user, each with its own id and ARN."""
    sts = Sts().given(api.GetCallerIdentity())
    assert (sts.answer.user_id, sts.answer.account, sts.answer.arn) == (
        ACCOUNT,
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
    )
    sts = Sts()
    sts.user("ann")
    sts.given(api.GetCallerIdentity())
    assert sts.answer.user_id.startswith("AIDA")
    assert sts.answer.arn == f"arn:aws:iam::{ACCOUNT}:user/ann"


def test_a_users_session_is_still_the_user() -> None:
    """GetSessionToken: 12 hours, the same user with a session context, and no further session of it."""
    sts = Sts().role("worker")
    sts.user("ann")
    sts.given(api.GetSessionToken())
    given = sts.answer.credentials
    assert (given.expiration - sts.now).total_seconds() == 43_200
    assert sts.record["readOnly"] is False
    sts.use(given.access_key_id).given(api.GetCallerIdentity())
    identity = sts.record["userIdentity"]
    assert (identity["type"], identity["userName"], identity["accessKeyId"]) == (
        "IAMUser",
        "ann",
        given.access_key_id,
    )
    assert identity["sessionContext"]["sessionIssuer"] == {}
    sts.when(api.GetSessionToken()).refused(
        "AccessDenied", "Cannot call GetSessionToken with session credentials"
    )
    sts.when(api.GetFederationToken(name="bob"))
    sts.refused("AccessDenied", "Cannot call GetFederationToken with session credentials")
    sts.when(api.AssumeRole(role_arn=role_arn("worker"), role_session_name="me", duration_seconds=3601))
    sts.refused("ValidationError", "role chaining")
    sts.given(api.AssumeRole(role_arn=role_arn("worker"), role_session_name="me"))
    sts.replays()


def test_the_roots_session_lasts_an_hour_at_most() -> None:
    """A longer wish is cut, not refused."""
    sts = Sts().given(api.GetSessionToken(duration_seconds=129_600))
    assert (sts.answer.credentials.expiration - sts.now).total_seconds() == 3600
    sts.given(api.GetFederationToken(name="bob", duration_seconds=7200))
    assert (sts.answer.credentials.expiration - sts.now).total_seconds() == 3600
    sts.replays()


def test_a_federated_user_has_a_name_of_its_own() -> None:
    """FederatedUser, issued by the user who asked; it may not assume roles."""
    sts = Sts().role("worker")
    sts.user("ann")
    sts.given(api.GetFederationToken(name="bob", duration_seconds=900, tags=[api.Tag(key="k", value="v")]))
    user, key = sts.answer.federated_user, sts.answer.credentials.access_key_id
    assert user.federated_user_id == f"{ACCOUNT}:bob"
    assert user.arn == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    assert sts.session(key).tags == {"k": "v"}
    sts.use(key).given(api.GetCallerIdentity())
    assert (sts.answer.user_id, sts.answer.arn) == (user.federated_user_id, user.arn)
    identity = sts.record["userIdentity"]
    assert identity["type"] == "FederatedUser"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "ann"
    sts.when(api.AssumeRole(role_arn=role_arn("worker"), role_session_name="me")).refused("AccessDenied")
    sts.replays()


def test_a_session_can_be_scoped_down() -> None:
    """The same identity under a new key: a shorter life, one policy more, and never a longer life."""
    sts = Sts().role("worker")
    sts.when(api.GetScopedCredentials(duration_seconds=60)).refused("InvalidSubjectCredentials")
    key = sts.assume("worker", tags=[api.Tag(key="k", value="v")])
    arn = sts.answer.assumed_role_user.arn
    sts.use(key).when(api.GetScopedCredentials()).refused("ValidationError")
    sts.when(api.GetScopedCredentials(duration_seconds=3601)).refused("InsufficientSessionLifetime")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
    sts.given(api.GetScopedCredentials(duration_seconds=60, policy=policy))
    assert (sts.answer.session_info.arn, sts.answer.scoped_policies_count) == (arn, 1)
    scoped = sts.answer.credentials.access_key_id
    assert sts.answer.credentials.secret_access_key.encode() not in sts.log[-1].record
    assert (sts.session(scoped).policies, sts.session(scoped).tags) == ([policy], {"k": "v"})
    sts.use(scoped).given(api.GetCallerIdentity())
    assert sts.answer.arn == arn
    sts.replays()


def test_assuming_the_root_takes_an_organization() -> None:
    """Without one, or for another task than the five, it is refused."""
    task = api.PolicyDescriptorType(arn="arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy")
    sts = Sts()
    sts.user("ann")
    sts.when(api.AssumeRoot(target_principal="111122223333", task_policy_arn=task))
    sts.refused("AccessDenied", "sts:AssumeRoot on resource: arn:aws:iam::111122223333:root")
    other = api.PolicyDescriptorType(arn="arn:aws:iam::aws:policy/AdministratorAccess")
    sts.when(api.AssumeRoot(target_principal="111122223333", task_policy_arn=other)).refused(
        "ValidationError"
    )
    sts.when(api.AssumeRoot(target_principal="somebody-else", task_policy_arn=task)).refused(
        "ValidationError"
    )
    sts.replays()


def test_a_management_account_assumes_its_members_roots() -> None:
    """With an organization, its management account gets a session of a member's root."""
    from tests.plugins.sts.organization import Organizations

    import backtrail_aws.iam
    import backtrail_aws.sts
    from backtrail.testing import Scenario

    sts = Scenario(backtrail_aws.sts, backtrail_aws.iam, Organizations())
    for call in (
        iam.CreateUser(user_name="ann"),
        iam.AttachUserPolicy(user_name="ann", policy_arn=EVERYTHING),
        iam.CreateAccessKey(user_name="ann"),
    ):
        sts.given(call, service="iam")
    sts.with_key(sts.answer.access_key.access_key_id)
    task = api.PolicyDescriptorType(arn="arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy")
    sts.given(api.AssumeRoot(target_principal="111122223333", task_policy_arn=task))
    key = sts.answer.credentials.access_key_id
    assert (sts.answer.credentials.expiration - sts.now).total_seconds() == 900
    credential = sts.machine.credential(key)
    assert credential is not None
    sts.as_(credential.identity, credential.account).given(api.GetCallerIdentity())
    identity = sts.record["userIdentity"]
    assert (identity["type"], identity["accountId"]) == ("Root", "111122223333")
    assert identity["sessionContext"]["assumedRoot"] == "true"
    sts.replays()


def test_keys_tell_their_account() -> None:
    """A session's and a user's key; of a key that nobody knows nothing can be told."""
    from backtrail import NotInTrail

    sts = Sts().role("worker")
    own = sts.user("ann")
    session = sts.assume("worker")
    for key in (own, session):
        sts.given(api.GetAccessKeyInfo(access_key_id=key))
        assert sts.answer.account == ACCOUNT
    with pytest.raises(NotInTrail):
        sts.when(api.GetAccessKeyInfo(access_key_id="AKIANEVERHEARDOF0000"))


def test_what_was_never_given_out_is_refused() -> None:
    """Encoded messages, and tokens for other clouds."""
    sts = Sts()
    sts.when(api.DecodeAuthorizationMessage(encoded_message="x")).refused(
        "InvalidAuthorizationMessageException"
    )
    sts.when(api.GetWebIdentityToken(audience=["a"], signing_algorithm="RS256"))
    sts.refused("OutboundWebIdentityFederationDisabledException")
