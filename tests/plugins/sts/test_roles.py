"""AssumeRole: who gets a session, for how long, and who it is then."""

from __future__ import annotations

import json

import pytest
from tests.plugins.sts.sts_scenario import TRUST, Sts, role_arn

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.iam import api as iam
from backtrail_aws.sts import api

OTHER = "111122223333"


def test_a_session_has_credentials_and_a_name() -> None:
    """Key, secret, token and expiry as AWS makes them; the ids name role and session."""
    sts = Sts().role("worker")
    role_id = sts.answer.role.role_id
    sts.given(api.AssumeRole(role_arn=role_arn("worker"), role_session_name="me"))
    given, user = sts.answer.credentials, sts.answer.assumed_role_user
    assert (given.access_key_id[:4], len(given.access_key_id), len(given.secret_access_key)) == (
        "ASIA",
        20,
        40,
    )
    assert given.session_token.startswith("IQoJb3JpZ2luX2VjE")
    assert len(given.session_token) > 400
    assert (given.expiration - sts.now).total_seconds() == 3600
    assert user.assumed_role_id == f"{role_id}:me"
    assert user.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/me"
    assert sts.answer.packed_policy_size is UNSET
    sts.replays()


def test_the_record_shows_the_key_and_no_secret() -> None:
    """The record has AWS's members; secret and token are nowhere but in the sealed part."""
    sts = Sts().role("worker")
    sts.assume("worker")
    given, entry = sts.answer.credentials, sts.log[-1]
    shown = sts.record["responseElements"]
    assert list(shown["credentials"]) == ["accessKeyId", "sessionToken", "expiration"]
    assert shown["credentials"]["accessKeyId"] == given.access_key_id
    assert list(shown) == ["credentials", "assumedRoleUser"]
    assert sts.record["readOnly"] is True
    assert sts.record["resources"][0]["ARN"] == role_arn("worker")
    for secret in (given.secret_access_key.encode(), given.session_token.encode()):
        assert secret not in entry.record
        assert secret not in (entry.note or b"")
        assert secret in (entry.sealed or b"")


def test_a_sessions_calls_show_who_it_is() -> None:
    """userIdentity is that of the session, with its issuer, its beginning and no second factor."""
    sts = Sts().role("worker", path="/deep/")
    role_id = sts.answer.role.role_id
    sts.given(api.AssumeRole(role_arn=role_arn("deep/worker"), role_session_name="me"))
    key = sts.answer.credentials.access_key_id
    sts.use(key).given(api.GetCallerIdentity())
    assert (sts.answer.user_id, sts.answer.account) == (f"{role_id}:me", ACCOUNT)
    assert sts.answer.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/me"
    assert sts.record["userIdentity"] == {
        "type": "AssumedRole",
        "principalId": f"{role_id}:me",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/me",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": role_arn("deep/worker"),
                "accountId": ACCOUNT,
                "userName": "worker",
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2024-01-01T00:00:03Z", "mfaAuthenticated": "false"},
        },
    }
    sts.replays()


def test_the_state_knows_who_asked() -> None:
    """Who asked for a session, with which key, in which record: through a chain of roles, too."""
    sts = Sts().role("one").role("two")
    own = sts.user("ann")
    first = sts.assume("one")
    event = sts.record["eventID"]
    session = sts.session(first)
    assert (session.by, session.by_key, session.by_event) == (f"arn:aws:iam::{ACCOUNT}:user/ann", own, event)
    second = sts.use(first).assume("two")
    assert sts.session(second).by == f"arn:aws:sts::{ACCOUNT}:assumed-role/one/me"
    assert sts.session(second).by_key == first
    sts.replays()


def test_what_does_not_exist_is_denied() -> None:
    """A role that is not there, or has another path, is not distinguished from one that may not be assumed."""
    sts = Sts().role("worker", path="/deep/")
    sts.user("ann")
    for name in ("none", "worker"):
        sts.when(api.AssumeRole(role_arn=role_arn(name), role_session_name="me"))
        sts.refused(
            "AccessDenied",
            f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole "
            f"on resource: {role_arn(name)}",
        )
        assert sts.record["requestParameters"] is None
    sts.when(api.AssumeRole(role_arn=f"arn:aws:iam::{ACCOUNT}:user/ann", role_session_name="me"))
    sts.refused("ValidationError", "Request ARN is invalid")
    sts.replays()


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, True),
        ({"AWS": [OTHER, "arn:aws:iam::444455556666:root"]}, True),
        ({"AWS": "*"}, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
    ],
)
def test_another_account_must_be_named_by_the_trust_policy(principal: object, allowed: bool) -> None:
    """Across accounts, the role's trust policy decides; the session is of the role's account."""
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )
    sts = Sts().role("shared", trust)
    call = api.AssumeRole(role_arn=role_arn("shared"), role_session_name="guest")
    sts.user("guest", OTHER)
    sts.when(call, account=OTHER)
    if allowed:
        assert sts.session(sts.answer.credentials.access_key_id).account == ACCOUNT
    else:
        sts.refused("AccessDenied")
    sts.replays()


def test_a_session_ends_when_the_role_lets_it() -> None:
    """Up to the role's MaxSessionDuration; an hour for a session of a session."""
    sts = Sts().role("long", max_session_duration=7200).role("short")
    sts.given(api.AssumeRole(role_arn=role_arn("long"), role_session_name="me", duration_seconds=7200))
    sts.when(api.AssumeRole(role_arn=role_arn("short"), role_session_name="me", duration_seconds=3601))
    sts.refused("ValidationError", "exceeds the MaxSessionDuration set for this role")
    sts.use(sts.assume("short"))
    sts.when(api.AssumeRole(role_arn=role_arn("long"), role_session_name="me", duration_seconds=3601))
    sts.refused("ValidationError", "exceeds the 1 hour session limit for roles assumed by role chaining")
    sts.replays()


def test_a_credential_proves_itself_until_it_expires() -> None:
    """The machine knows secret and token of a session, and when it is over."""
    sts = Sts().role("worker")
    key = sts.assume("worker", duration_seconds=900)
    given = sts.answer.credentials
    credential = sts.machine.credential(key)
    assert credential is not None
    assert (credential.secret, credential.token) == (given.secret_access_key, given.session_token)
    from backtrail.identity import ExpiredKey, resolve

    assert resolve(sts.machine, key, "us-east-1", sts.now).caller.arn.endswith("worker/me")
    with pytest.raises(ExpiredKey):
        resolve(sts.machine, key, "us-east-1", credential.expires or sts.now)
    assert sts.machine.credential("ASIANEVERHEARDOF0000") is None


def test_tags_travel_with_the_transitive_ones() -> None:
    """A transitive tag comes along a chain and cannot be set anew; the record says what came along."""
    sts = Sts().role("one").role("two")
    tags = [api.Tag(key="team", value="a"), api.Tag(key="task", value="b")]
    first = sts.assume("one", tags=tags, transitive_tag_keys=["team"])
    assert 0 < sts.answer.packed_policy_size < 20
    assert sts.session(first).tags == {"team": "a", "task": "b"}
    second = sts.use(first).assume("two", tags=[api.Tag(key="more", value="c")])
    assert sts.session(second).tags == {"team": "a", "more": "c"}
    assert sts.session(second).transitive == ["team"]
    assert sts.record["requestParameters"]["incomingTransitiveTags"] == {"team": "a"}
    sts.when(
        api.AssumeRole(
            role_arn=role_arn("two"), role_session_name="me", tags=[api.Tag(key="TEAM", value="x")]
        )
    )
    sts.refused("ValidationError", "transitive")
    sts.replays()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"tags": [api.Tag(key="a", value=""), api.Tag(key="A", value="")]}, "ValidationError"),
        ({"tags": [api.Tag(key="aws:a", value="")]}, "ValidationError"),
        ({"tags": [api.Tag(key=f"k{n}", value="") for n in range(51)]}, "ValidationError"),
        ({"transitive_tag_keys": ["none"]}, "ValidationError"),
        ({"policy": "{"}, "MalformedPolicyDocument"),
        ({"policy": "{}"}, "MalformedPolicyDocument"),
        ({"policy": '{"Version": "2020-01-01", "Statement": [{}]}'}, "MalformedPolicyDocument"),
        ({"policy": '{"Statement": [{"Sid": "' + "x" * 2048 + '"}]}'}, "PackedPolicyTooLarge"),
        ({"policy_arns": [api.PolicyDescriptorType(arn="nonsense")]}, "ValidationError"),
        (
            {"policy_arns": [api.PolicyDescriptorType(arn="arn:aws:iam::aws:policy/A")] * 11},
            "ValidationError",
        ),
        ({"provided_contexts": [api.ProvidedContext(context_assertion="abcd")]}, "InvalidContextAssertion"),
        ({"serial_number": "arn:aws:iam::123456789012:mfa/x"}, "AccessDenied"),
        ({"serial_number": "arn:aws:iam::123456789012:mfa/x", "token_code": "000000"}, "AccessDenied"),
    ],
)
def test_bad_wishes_are_refused(more: dict[str, object], code: str) -> None:
    """Tags, policies, contexts and second factors have their rules."""
    sts = Sts().role("worker")
    sts.user("ann")
    sts.when(api.AssumeRole(role_arn=role_arn("worker"), role_session_name="me", **more)).refused(code)  # type: ignore[arg-type]


def test_session_policies_are_kept() -> None:
    """The state has what narrows a session, for whoever evaluates it."""
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    )
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    sts = Sts().role("worker")
    key = sts.assume("worker", policy=policy, policy_arns=[api.PolicyDescriptorType(arn=arn)])
    assert (sts.session(key).policies, sts.session(key).policy_arns) == ([policy], [arn])
    assert sts.answer.packed_policy_size > 0
    sts.replays()


def test_a_source_identity_stays_through_a_chain() -> None:
    """Once set it is shown in every identity after it, and cannot become another."""
    sts = Sts().role("one").role("two")
    first = sts.assume("one", source_identity="ann")
    assert sts.answer.source_identity == "ann"
    second = sts.use(first).assume("two")
    assert sts.answer.source_identity == "ann"
    sts.when(api.AssumeRole(role_arn=role_arn("two"), role_session_name="me", source_identity="bob"))
    sts.refused("AccessDenied")
    sts.use(second).given(api.GetCallerIdentity())
    assert sts.record["userIdentity"]["sessionContext"]["sourceIdentity"] == "ann"
    sts.replays()


def test_a_second_factor_is_checked_and_shown() -> None:
    """A user's device and its code, asked of IAM: mfaAuthenticated is true."""
    from backtrail_aws.iam import totp

    sts = Sts().role("worker")
    sts.given(iam.CreateVirtualMFADevice(virtual_mfa_device_name="phone"), service="iam")
    device = sts.answer.virtual_mfa_device
    seed = device.base32_string_seed
    seed = seed.decode() if isinstance(seed, bytes) else str(seed)
    key = sts.user("ann")
    sts.with_key("test")
    step = totp.step_at(sts.now)
    codes = [totp.code(seed, step), totp.code(seed, step + 1)]
    enable = iam.EnableMFADevice(
        user_name="ann",
        serial_number=device.serial_number,
        authentication_code1=codes[0],
        authentication_code2=codes[1],
    )
    sts.given(enable, service="iam").later(minutes=5)
    sts.use(key)
    code = totp.code(seed, totp.step_at(sts.now))
    made = sts.assume("worker", serial_number=device.serial_number, token_code=code)
    assert code.encode() not in sts.log[-1].record
    sts.use(made).given(api.GetCallerIdentity())
    assert sts.record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    sts.replays()


def test_a_token_is_as_long_as_asked() -> None:
    """MinimumSessionTokenSize is kept."""
    sts = Sts().role("worker")
    sts.assume("worker", minimum_session_token_size=3000)
    assert len(sts.answer.credentials.session_token) >= 3000


def test_the_root_is_not_asked_for_trust_in_its_own_account() -> None:
    """Keys that nobody knows are the root's: such a caller may assume every role of the account."""
    nobody = TRUST.replace(ACCOUNT, "444455556666")
    Sts().role("worker", nobody).assume("worker")
