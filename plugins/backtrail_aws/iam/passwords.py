"""The account's password policy, and whether a password keeps it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from backtrail import UNSET, Call, Event, told
from backtrail_aws.iam import api, limits
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.state import Iam, LoginProfile, PasswordPolicy, service

_KINDS: dict[str, Callable[[str], bool]] = {
    "uppercase letter": lambda letter: "A" <= letter <= "Z",
    "lowercase letter": lambda letter: "a" <= letter <= "z",
    "number": lambda letter: "0" <= letter <= "9",
    "symbol": lambda letter: letter in limits.SYMBOLS,
}
_REMEMBERED = 24
"""The most that a policy may forbid to use again: the model."""


def hashed(user_id: str, password: str) -> str:
    """What a state keeps of a password: it may be compared, not read."""
    return hashlib.sha256(f"{user_id}\0{password}".encode()).hexdigest()


def remember(login: LoginProfile, new: str) -> None:
    """A new password; the one before it joins those that may be forbidden."""
    if login.hash is not UNSET:
        login.former = [login.hash, *login.former][: _REMEMBERED - 1]
    login.hash = new


def check(state: Iam, user: str, password: str) -> None:
    """Whether a password keeps the account's policy, or AWS's default. Raises `Refusal`."""
    policy = state.password_policy
    if policy is None:
        _check_default(user, password)
        return
    if len(password) < policy.minimum_length:
        raise errors.password_violation(f"Password should have a minimum length of {policy.minimum_length}")
    wanted = (policy.uppercase, policy.lowercase, policy.numbers, policy.symbols)
    for kind, needed in zip(_KINDS, wanted, strict=True):
        if needed and not any(map(_KINDS[kind], password)):
            raise errors.password_violation(f"Password should have at least one {kind}")


def check_new(state: Iam, login: LoginProfile, new: str) -> None:
    """Whether a password was not used lately. Raises `Refusal`."""
    policy = state.password_policy
    if policy is None or policy.remembered is UNSET:
        return
    used = [] if login.hash is UNSET else [login.hash]
    if new in [*used, *login.former][: policy.remembered]:
        raise errors.password_violation(
            f"Password was used before; the last {policy.remembered} passwords may not be used again"
        )


def _check_default(user: str, password: str) -> None:
    if len(password) < limits.DEFAULT_PASSWORD_LENGTH:
        raise errors.password_violation(
            f"Password should have a minimum length of {limits.DEFAULT_PASSWORD_LENGTH}"
        )
    kinds = sum(any(map(fits, password)) for fits in _KINDS.values())
    if kinds < limits.DEFAULT_PASSWORD_KINDS:
        raise errors.password_violation(
            "Password should have at least three of: uppercase letter, lowercase letter, number, symbol"
        )
    if password == user:
        raise errors.password_violation("Password should not be identical to the user name")


@service.handle
def update_account_password_policy(state: Iam, call: Call[api.UpdateAccountPasswordPolicy]) -> None:
    """Give the account a password policy; what is not said gets its default, not what it was before."""


@service.project
def account_password_policy_updated(state: Iam, event: Event[api.UpdateAccountPasswordPolicy, None]) -> None:
    """The account has this password policy."""
    params = event.params
    state.password_policy = PasswordPolicy(
        minimum_length=told(params.minimum_password_length, limits.MINIMUM_PASSWORD_LENGTH),
        symbols=told(params.require_symbols, False),
        numbers=told(params.require_numbers, False),
        uppercase=told(params.require_uppercase_characters, False),
        lowercase=told(params.require_lowercase_characters, False),
        change=told(params.allow_users_to_change_password, False),
        max_age_days=params.max_password_age,
        remembered=params.password_reuse_prevention,
        hard_expiry=params.hard_expiry,
    )


@service.read
def get_account_password_policy(
    state: Iam, call: Call[api.GetAccountPasswordPolicy]
) -> api.GetAccountPasswordPolicyResult:
    """The account's own password policy; the default one is none."""
    policy = state.password_policy
    if policy is None:
        raise errors.no_password_policy(call.account)
    return api.GetAccountPasswordPolicyResult(
        password_policy=api.PasswordPolicy(
            minimum_password_length=policy.minimum_length,
            require_symbols=policy.symbols,
            require_numbers=policy.numbers,
            require_uppercase_characters=policy.uppercase,
            require_lowercase_characters=policy.lowercase,
            allow_users_to_change_password=policy.change,
            expire_passwords=policy.max_age_days is not UNSET,
            max_password_age=policy.max_age_days,
            password_reuse_prevention=policy.remembered,
            hard_expiry=policy.hard_expiry,
        )
    )


@service.evidence
def account_password_policy_was_not_there(
    state: Iam, event: Event[api.GetAccountPasswordPolicy, None]
) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException":
        state.password_policy = None


@service.handle
def delete_account_password_policy(state: Iam, call: Call[api.DeleteAccountPasswordPolicy]) -> None:
    """Return to AWS's default password policy."""
    if state.password_policy is None:
        raise errors.no_password_policy(call.account)


@service.project
def account_password_policy_deleted(state: Iam, event: Event[api.DeleteAccountPasswordPolicy, None]) -> None:
    """The account has no password policy of its own."""
    state.password_policy = None
