"""Who a key is. Keys made here, keys that records name, and keys never heard of.

A key made here is that user or role session. A key that a record names without a secret here is that principal,
marked unverified. A key never heard of is root (so `test`/`test` just works) of the log's default account, or of
the account that the key spells when it is 12 digits. A key that the log ever knew never becomes root.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec

from backtrail.call import Caller, Credential
from backtrail.errors import Refusal
from backtrail.machine import Machine
from backtrail.record import Identity, decode_identity, partition_of

DEFAULT_ACCOUNT = "123456789012"
ACTIVE = "Active"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A caller, with the secret that proves it (None: nothing here can, so nothing is checked)."""

    caller: Caller
    secret: str | None = None
    token: str | None = None


class UnknownKey(Refusal):
    """The key was made here or named in a record, and is gone or inactive: AWS's code depends on the service."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidClientTokenId", "The security token included in the request is invalid.", status=403
        )


class ExpiredKey(Refusal):
    """The session is over: AWS's code depends on the service."""

    def __init__(self) -> None:
        super().__init__("ExpiredToken", "The security token included in the request is expired", status=403)


def default_account(machine: Machine) -> str:
    """The account whose log it is: its most frequent recipient."""
    accounts = {account: count for account, count in machine.principals.accounts.items() if account}
    return max(accounts, key=lambda account: (accounts[account], account)) if accounts else DEFAULT_ACCOUNT


def resolve(machine: Machine, access_key_id: str | None, region: str, now: datetime) -> Known:
    """Who calls with a key. Raises `UnknownKey`, `ExpiredKey`."""
    if access_key_id is None:
        return Known(caller=_anonymous())
    credential = machine.credential(access_key_id)
    if credential is not None:
        return _made_here(credential, access_key_id, now)
    named = machine.principals.keys.get(access_key_id)
    if named is not None:
        return Known(caller=_named(named, default_account(machine), region))
    account = (
        access_key_id if len(access_key_id) == 12 and access_key_id.isdigit() else default_account(machine)
    )
    return Known(caller=_root(account, access_key_id, region))


def _made_here(credential: Credential, access_key_id: str, now: datetime) -> Known:
    if credential.status != ACTIVE:
        raise UnknownKey
    if credential.expires is not None and now >= credential.expires:
        raise ExpiredKey
    caller = _caller(credential)
    return Known(caller=caller, secret=credential.secret, token=credential.token)


@lru_cache(4096)
def _root(account: str, access_key_id: str, region: str) -> Caller:
    arn = f"arn:{partition_of(region)}:iam::{account}:root"
    identity = Identity(
        type="Root", principal_id=account, arn=arn, account_id=account, access_key_id=access_key_id
    )  # fmt: skip
    return Caller(identity=identity, account=account)


@lru_cache(4096)
def _named(raw: str, default: str, region: str) -> Caller:
    identity = decode_identity(raw.encode())
    account = identity.account_id if isinstance(identity.account_id, str) else default
    return Caller(identity=identity, account=account, verified=identity.type == "Root")


@lru_cache(4096)
def _anonymous() -> Caller:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html"""
    identity = Identity(type="AWSAccount", principal_id="", account_id="ANONYMOUS_PRINCIPAL")
    return Caller(identity=identity, account="", anonymous=True)


_callers: dict[tuple[int, bool], tuple[Identity, Caller]] = {}


def _caller(credential: Credential) -> Caller:
    """One Caller per identity object, so that its JSON is made once (`writing.identity_bytes`)."""
    identity, verified = credential.identity, credential.secret is not None
    found = _callers.get((id(identity), verified))
    if found is not None and found[0] is identity:
        return found[1]
    if len(_callers) > 4096:
        _callers.clear()
    caller = Caller(
        identity=identity, account=credential.account, verified=verified, narrowing=credential.narrowing
    )
    _callers[(id(identity), verified)] = (identity, caller)
    return caller
