"""Login profiles, password changes, and the account's password policy."""

from __future__ import annotations

import json

import pytest

from backtrail import UNSET, Identity
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api

GOOD, BETTER = "Correct-horse-1", "Battery-staple-2"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


def user(name: str) -> Identity:
    """The identity of a user who calls."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return Identity(type="IAMUser", principal_id="AIDAU", arn=arn, account_id=ACCOUNT, user_name=name)


def test_a_password_is_in_no_record(iam: Scenario) -> None:
    """CreateLoginProfile's record is as AWS's: neither its parameters nor its answer have the password."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.CreateLoginProfile(user_name="u", password=GOOD, password_reset_required=True),
    )
    assert GOOD.encode() not in iam.log[-1].record
    assert iam.record["requestParameters"] == {"userName": "u", "passwordResetRequired": True}
    assert iam.record["responseElements"]["loginProfile"] == {
        "userName": "u",
        "createDate": "Jan 1, 2024 12:00:02 AM",
        "passwordResetRequired": True,
    }
    iam.replays()


def test_the_life_of_a_login_profile(iam: Scenario) -> None:
    """A user has one password at most; it is read, changed and taken away."""
    iam.given(api.CreateUser(user_name="u"))
    iam.when(api.GetLoginProfile(user_name="u")).refused(
        "NoSuchEntity", "Login Profile for User u cannot be found."
    )
    iam.given(api.CreateLoginProfile(user_name="u", password=GOOD))
    iam.when(api.CreateLoginProfile(user_name="u", password=GOOD)).refused(
        "EntityAlreadyExists", "Login Profile for user u already exists."
    )
    iam.given(
        api.UpdateLoginProfile(user_name="u", password=BETTER, password_reset_required=True),
        api.GetLoginProfile(user_name="u"),
    )
    assert iam.answer.login_profile.password_reset_required is True
    iam.given(api.DeleteLoginProfile(user_name="u"))
    iam.when(api.DeleteLoginProfile(user_name="u")).refused("NoSuchEntity")
    iam.when(api.UpdateLoginProfile(user_name="u", password=GOOD)).refused("NoSuchEntity")
    iam.replays()


@pytest.mark.parametrize("password", ["Sh0rt-1", "onlyletters", "sevenlettersand1"])
def test_the_default_password_policy(iam: Scenario, password: str) -> None:
    """Without a policy of its own an account asks for eight characters of three kinds."""
    iam.given(api.CreateUser(user_name="u"))
    iam.when(api.CreateLoginProfile(user_name="u", password=password)).refused("PasswordPolicyViolation")


def test_a_password_policy(iam: Scenario) -> None:
    """What an update leaves out gets AWS's default, not what it was before."""
    iam.when(api.GetAccountPasswordPolicy()).refused(
        "NoSuchEntity", f"The Password Policy with domain name {ACCOUNT} cannot be found."
    )
    iam.given(
        api.UpdateAccountPasswordPolicy(
            minimum_password_length=14, require_symbols=True, max_password_age=90
        ),
        api.GetAccountPasswordPolicy(),
    )
    policy = iam.answer.password_policy
    assert (policy.minimum_password_length, policy.require_symbols, policy.expire_passwords) == (
        14,
        True,
        True,
    )
    iam.given(api.UpdateAccountPasswordPolicy(), api.GetAccountPasswordPolicy())
    assert iam.answer.password_policy == api.PasswordPolicy(
        minimum_password_length=6,
        require_symbols=False,
        require_numbers=False,
        require_uppercase_characters=False,
        require_lowercase_characters=False,
        allow_users_to_change_password=False,
        expire_passwords=False,
    )
    iam.given(api.DeleteAccountPasswordPolicy())
    iam.when(api.DeleteAccountPasswordPolicy()).refused("NoSuchEntity")
    iam.replays()


def test_a_password_policy_is_enforced(iam: Scenario) -> None:
    """Each rule of the account's policy refuses the password that breaks it."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.UpdateAccountPasswordPolicy(
            minimum_password_length=10,
            require_symbols=True,
            require_numbers=True,
            require_uppercase_characters=True,
            require_lowercase_characters=True,
        ),
    )
    for password, missing in {
        "Aa1-": "minimum length of 10",
        "aaaaaaaa1-": "uppercase letter",
        "AAAAAAAA1-": "lowercase letter",
        "AAAAaaaaa-": "number",
        "AAAAaaaaa1": "symbol",
    }.items():
        iam.when(api.CreateLoginProfile(user_name="u", password=password)).refused(
            "PasswordPolicyViolation", missing
        )
    iam.given(api.CreateLoginProfile(user_name="u", password="AAAAaaaa1-"))


def test_a_user_changes_its_password(iam: Scenario) -> None:
    """ChangePassword wants the old password, a new one that was not used lately, and a user."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.UpdateAccountPasswordPolicy(allow_users_to_change_password=True, password_reuse_prevention=2),
        api.CreateLoginProfile(user_name="u", password=GOOD, password_reset_required=True),
        api.AttachUserPolicy(user_name="u", policy_arn=EVERYTHING),
    )
    iam.when(api.ChangePassword(old_password=GOOD, new_password=BETTER)).refused("InvalidUserType")
    iam.as_(user("u"))
    iam.when(api.ChangePassword(old_password="wrong", new_password=BETTER)).refused("AccessDenied")
    iam.given(api.ChangePassword(old_password=GOOD, new_password=BETTER))
    assert iam.record["requestParameters"] is None
    for used in (GOOD, BETTER):
        iam.when(api.ChangePassword(old_password=BETTER, new_password=used)).refused(
            "PasswordPolicyViolation"
        )
    iam.given(
        api.ChangePassword(old_password=BETTER, new_password="Third-pass-3"),
        api.ChangePassword(old_password="Third-pass-3", new_password=GOOD),
        api.GetLoginProfile(),
    )
    assert iam.answer.login_profile.password_reset_required is False
    iam.replays()


def test_an_account_that_lets_nobody_change(iam: Scenario) -> None:
    """Where the policy allows no changes, only a password that must be reset may be changed."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.UpdateAccountPasswordPolicy(),
        api.CreateLoginProfile(user_name="u", password=GOOD, password_reset_required=True),
        api.AttachUserPolicy(user_name="u", policy_arn=EVERYTHING),
    )
    iam.as_(user("u")).given(api.ChangePassword(old_password=GOOD, new_password=BETTER))
    iam.when(api.ChangePassword(old_password=BETTER, new_password=GOOD)).refused("AccessDenied")
    iam.replays()


def test_a_sign_in_tells_when_a_password_was_used(iam: Scenario) -> None:
    """A ConsoleLogin that succeeded shows in GetUser; one that failed does not."""
    iam.given(api.CreateUser(user_name="u"))
    for second, result in (("10", "Success"), ("20", "Failure")):
        record = {
            "eventVersion": "1.08",
            "userIdentity": {"type": "IAMUser", "userName": "u", "accountId": ACCOUNT},
            "eventTime": f"2024-01-01T00:00:{second}Z",
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "awsRegion": "us-east-1",
            "requestParameters": None,
            "responseElements": {"ConsoleLogin": result},
            "eventID": f"00000000-0000-4000-8000-0000000000{second}",
            "eventType": "AwsConsoleSignIn",
            "recipientAccountId": ACCOUNT,
        }
        iam.machine.apply(json.dumps(record).encode())
    assert not iam.machine.folder.broken
    iam.given(api.GetUser(user_name="u"))
    assert iam.answer.user.password_last_used is not UNSET
    assert iam.answer.user.password_last_used.second == 10
