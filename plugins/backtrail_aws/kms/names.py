"""How requests name a key: by id, by ARN, by an alias, or by an alias's ARN.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, UnsetType
from backtrail.ids import new_id
from backtrail_aws.kms import errors
from backtrail_aws.kms.state import SYMMETRIC, Alias, Key, Kms, Material

_ARN = re.compile(r"arn:[a-z-]+:kms:([a-z0-9-]+):(\d{12}):(key|alias)/(.+)")
_ID = re.compile(r"(mrk-)?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
OWN = "alias/aws/"
MANAGED = frozenset(
    f"{OWN}{name}"
    for name in (
        "acm", "backup", "cloud9", "codeartifact", "codecommit", "connect", "dms", "dynamodb", "ebs",
        "elasticfilesystem", "es", "fsx", "glue", "kafka", "kinesis", "kinesisvideo", "lambda", "lex", "lightsail",
        "mq", "qldb", "rds", "redshift", "s3", "secretsmanager", "ses", "sns", "sqs", "ssm", "workmail", "xray",
    )
)  # fmt: skip
"""Aliases of the keys that AWS services make in an account: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk"""


def by_key(where: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """Where a key lives that a request names: an ARN says whose it is."""
    return owner(where, getattr(where.params, "key_id", None))


def owner(where: Call[Any] | Event[Any, Any], identifier: object) -> tuple[str, str]:
    """The same, of anything that names a key."""
    parts = identifier.split(":", 5) if isinstance(identifier, str) else []
    if len(parts) == 6 and parts[2] == "kms" and parts[4]:
        return parts[4], where.region
    return where.account, where.region


def find(state: Kms, call: Call[Any], identifier: str) -> Key | None:
    """The key that a request names; None where there is none. AWS's own are there once somebody asks for them."""
    match = _ARN.fullmatch(identifier)
    if match is not None and match[1] != call.region:
        return None
    account = match[2] if match else call.account
    name = f"{'alias/' if match[3] == 'alias' else ''}{match[4]}" if match else identifier
    if name.startswith("alias/"):
        alias = state.aliases.get(name)
        if alias is not None:
            return state.keys.get(alias.key)
        return managed(call, account, name) if name in MANAGED else None
    found = state.keys.get(name)
    return found if found is not None else _own(call, account, name)


def _own(call: Call[Any], account: str, name: str) -> Key | None:
    """One of AWS's keys by its id."""
    for alias in sorted(MANAGED):
        if managed_id(account, call.region, alias) == name:
            return managed(call, account, alias)
    return None


def managed_id(account: str, region: str, alias: str) -> str:
    """The id of the key that AWS keeps for a service in an account and region."""
    return new_id(f"{account}/{region}", "uuid", alias)


def managed(call: Call[Any], account: str, alias: str) -> Key:
    """The key that AWS keeps for a service: its policy lets the service in, for those who may use the service.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    name = managed_id(account, call.region, alias)
    arn = call.arn("kms", f"key/{name}", account=account)
    service = alias.removeprefix(OWN)
    return Key(
        id=name, arn=arn, usage="ENCRYPT_DECRYPT", spec=SYMMETRIC, origin="AWS_KMS", manager="AWS",
        description=f"Default key that protects my {service} data when no other key is defined",
        materials=[Material(id=new_id(arn, "hex64", "material"))], policy=_managed_policy(call, account, service),
    )  # fmt: skip


def _managed_policy(call: Call[Any], account: str, service: str) -> str:
    via = f"{service}.{call.region}.amazonaws.com"
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt",'
        '"kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*",'
        f'"Condition":{{"StringEquals":{{"kms:ViaService":"{via}","kms:CallerAccount":"{account}"}}}}}},'
        f'{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["kms:Describe*",'
        '"kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}]}'
    )


def required(state: Kms, call: Call[Any], identifier: str) -> Key:
    """The key that a request names. Raises `Refusal`."""
    found = find(state, call, identifier)
    if found is not None:
        return found
    if identifier.startswith("arn:"):
        match = _ARN.fullmatch(identifier)
        if match is None:
            raise errors.bad_arn(identifier)
        if match[1] != call.region:
            raise errors.wrong_region(match[1])
        raise errors.no_alias(identifier) if match[3] == "alias" else errors.no_key(identifier)
    if identifier.startswith("alias/"):
        raise errors.no_alias(call.arn("kms", identifier))
    if _ID.fullmatch(identifier) is None:
        raise errors.no_such(identifier)
    raise errors.no_key(call.arn("kms", f"key/{identifier}"))


def by_id(state: Kms, call: Call[Any], identifier: str) -> Key:
    """The same, for actions that take no alias. Raises `Refusal`."""
    if identifier.startswith("alias/"):
        # evidence: guess
        raise errors.no_such(identifier)
    if ":alias/" in identifier:
        raise errors.bad_arn(identifier)
    return required(state, call, identifier)


def customers(state: Kms, call: Call[Any], identifier: str) -> Key:
    """The same, for actions on keys that customers manage. Raises `Refusal`."""
    key = by_id(state, call, identifier)
    if key.manager == "AWS":
        # evidence: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk; words: guess
        raise errors.denied(
            f"User: {call.caller.arn} is not authorized to perform: kms:{call.action} on resource: {key.arn}"
        )
    return key


def living(key: Key) -> Key:
    """A key that is not to be deleted. Raises `Refusal`."""
    if not isinstance(key.gone_at, UnsetType) or key.waits_for_replicas:
        raise errors.state(key.arn, "pending deletion")
    return key


def aliases_of(state: Kms, key: Key) -> list[Alias]:
    """The aliases of a key."""
    return [one for one in state.aliases.values() if one.key == key.id]
