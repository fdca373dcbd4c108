"""Which action on which key a call needs, and what keys' policies and grants say.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Access, Call, ResourcePolicy, UnsetType, told
from backtrail.policy import Value
from backtrail.trail.jsons import is_object
from backtrail_aws.kms import api, ciphertexts, encryption, grants, names, tags
from backtrail_aws.kms.state import Grant, Key, Kms, service

_ANY = frozenset(
    {
        "ConnectCustomKeyStore", "CreateCustomKeyStore", "CreateKey", "DeleteCustomKeyStore", "DescribeCustomKeyStores",
        "DisconnectCustomKeyStore", "GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants",
        "UpdateCustomKeyStore",
    }
)  # fmt: skip
_ALIASES = frozenset({"CreateAlias", "DeleteAlias", "UpdateAlias"})
_GIVEN = {
    "encryption_algorithm": "kms:EncryptionAlgorithm", "signing_algorithm": "kms:SigningAlgorithm",
    "mac_algorithm": "kms:MacAlgorithm", "message_type": "kms:MessageType",
    "key_agreement_algorithm": "kms:KeyAgreementAlgorithm", "key_pair_spec": "kms:DataKeyPairSpec",
    "pending_window_in_days": "kms:ScheduleKeyDeletionPendingWindowInDays", "replica_region": "kms:ReplicaRegion",
    "primary_region": "kms:PrimaryRegion", "rotation_period_in_days": "kms:RotationPeriodInDays",
    "expiration_model": "kms:ExpirationModel", "wrapping_algorithm": "kms:WrappingAlgorithm",
    "wrapping_key_spec": "kms:WrappingKeySpec", "grantee_principal": "kms:GranteePrincipal",
    "retiring_principal": "kms:RetiringPrincipal", "grantee_service_principal": "kms:GranteeServicePrincipal",
    "bypass_policy_lockout_safety_check": "kms:BypassPolicyLockoutSafetyCheck",
}  # fmt: skip
"""https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""


@service.authorization
def needs(state: Kms, call: Call[Any]) -> Iterator[Access]:
    """The action on the key that the call names; on the alias too; on both keys of a ReEncrypt."""
    params = call.params
    if call.action in _ANY:
        yield Access(action=f"kms:{call.action}", resources=["*"], context=_context(call, state, None, None))
        if isinstance(params, api.CreateKey) and told(params.tags, []):
            context = _context(call, state, None, None)
            yield Access(action="kms:TagResource", resources=["*"], context=context)
        return
    if isinstance(params, api.ReEncrypt):
        yield from _re_encrypt(state, call)
        return
    if isinstance(params, api.RetireGrant) and _may_retire(state, call):
        return
    if call.action in _ALIASES:
        alias = call.arn("kms", str(getattr(params, "alias_name", "")))
        yield Access(
            action=f"kms:{call.action}", resources=[alias], context=_context(call, state, None, None)
        )
    for identifier in _identifiers(state, call):
        yield _on_key(
            state, call, f"kms:{call.action}", identifier, getattr(params, "encryption_context", UNSET)
        )


def _on_key(state: Kms, call: Call[Any], action: str, identifier: str, encryption_context: object) -> Access:
    key = names.find(state, call, identifier)
    resource = key.arn if key is not None else _unknown(call, identifier)
    context = _context(call, state, key, encryption_context)
    if "alias/" in identifier:
        context["kms:RequestAlias"] = "alias/" + identifier.partition("alias/")[2]
    return Access(action=action, resources=[resource], context=context)


def _re_encrypt(state: Kms, call: Call[api.ReEncrypt]) -> Iterator[Access]:
    params = call.params
    owner = encryption.source_account(call)
    own = (
        state
        if owner == names.owner(call, params.destination_key_id)[0]
        else call.own(service, owner, call.region)
    )
    source = encryption.key_of(own, call, told(params.ciphertext_blob, b""), params.source_key_id)
    if source is not None:
        yield _on_key(own, call, "kms:ReEncryptFrom", source.arn, params.source_encryption_context)
    yield _on_key(
        state, call, "kms:ReEncryptTo", params.destination_key_id, params.destination_encryption_context
    )


def _identifiers(state: Kms, call: Call[Any]) -> Iterator[str]:
    """What the call names keys by."""
    params = call.params
    if isinstance(params, api.Decrypt) and isinstance(params.key_id, UnsetType):
        found = ciphertexts.read(told(params.ciphertext_blob, b""))
        if found is not None:
            yield call.arn("kms", f"key/{found.key}", account=found.account)
        return
    if isinstance(params, api.RetireGrant) and isinstance(params.key_id, UnsetType):
        key, _ = grants.named(state, call)
        if key is not None:
            yield key.arn
        return
    if isinstance(params, api.DeleteAlias | api.UpdateAlias):
        alias = state.aliases.get(params.alias_name)
        if alias is not None and alias.key:
            yield alias.key
    for name in ("key_id", "target_key_id"):
        identifier = getattr(params, name, UNSET)
        if isinstance(identifier, str):
            yield identifier


def _may_retire(state: Kms, call: Call[api.RetireGrant]) -> bool:
    """Who is named by the grant needs nobody's leave: https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html"""
    if isinstance(call.params.grant_token, UnsetType) and isinstance(call.params.key_id, UnsetType):
        return True
    _, grant = grants.named(state, call)
    if grant is None:
        return False
    who = {call.caller.arn, call.caller.service or ""} - {""}
    return grant.retiring in who or (grant.grantee in who and "RetireGrant" in grant.operations)


def _unknown(call: Call[Any], identifier: str) -> str:
    if identifier.startswith("arn:"):
        return identifier
    return call.arn("kms", identifier if identifier.startswith("alias/") else f"key/{identifier}")


def _context(call: Call[Any], state: Kms, key: Key | None, given: object) -> dict[str, Value]:
    params = call.params
    context: dict[str, Value] = {"kms:CallerAccount": call.caller.account}
    by = call.caller.identity.invoked_by
    if isinstance(by, str) and by.endswith(".amazonaws.com"):
        context["kms:ViaService"] = f"{by.removesuffix('.amazonaws.com')}.{call.region}.amazonaws.com"
    if is_object(given):
        pairs = {name: str(value) for name, value in given.items()}
        context |= {f"kms:EncryptionContext:{name}": value for name, value in pairs.items()}
        context["kms:EncryptionContextKeys"] = list(pairs)
    if key is not None:
        context |= _of_key(state, key)
    elif isinstance(params, api.CreateKey):
        context |= _of_new(params)
    for name, condition in _GIVEN.items():
        value = getattr(params, name, UNSET)
        if isinstance(value, str | int):
            context[condition] = value
    if isinstance(params, api.CreateGrant):
        context |= _of_grant(call, params)
    if isinstance(params, api.CreateKey | api.ReplicateKey | api.TagResource) and isinstance(
        params.tags, list
    ):
        made = tags.plain(params.tags)
        context["aws:TagKeys"] = list(made)
        context |= {f"aws:RequestTag/{name}": value for name, value in made.items()}
    elif isinstance(params, api.UntagResource):
        context["aws:TagKeys"] = list(params.tag_keys)
    return context


def _of_key(state: Kms, key: Key) -> dict[str, Value]:
    held: dict[str, Value] = {
        "kms:ResourceAliases": [one.name for one in names.aliases_of(state, key)],
        "kms:MultiRegion": key.multi_region,
    }
    told_of = {"kms:KeySpec": key.spec, "kms:KeyUsage": key.usage, "kms:KeyOrigin": key.origin}
    return held | {name: value for name, value in told_of.items() if isinstance(value, str)}


def _of_new(params: api.CreateKey) -> dict[str, Value]:
    return {
        "kms:KeySpec": told(params.key_spec, told(params.customer_master_key_spec, "SYMMETRIC_DEFAULT")),
        "kms:KeyUsage": told(params.key_usage, "ENCRYPT_DECRYPT"),
        "kms:KeyOrigin": told(params.origin, "AWS_KMS"),
        "kms:MultiRegion": params.multi_region is True,
    }


def _of_grant(call: Call[Any], params: api.CreateGrant) -> dict[str, Value]:
    held: dict[str, Value] = {
        "kms:GrantOperations": list(told(params.operations, [])),
        "kms:GrantIsForAWSResource": call.caller.service is not None
        or isinstance(call.caller.identity.invoked_by, str),
    }
    constraints = params.constraints
    if isinstance(constraints, api.GrantConstraints):
        equal = not isinstance(constraints.encryption_context_equals, UnsetType)
        held["kms:GrantConstraintType"] = "EncryptionContextEquals" if equal else "EncryptionContextSubset"
    return held


# policies and grants


@service.policies
def policies_of(state: Kms, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A key's policy, without which nothing is allowed, and what its grants add to it."""
    parts = arn.split(":", 5)
    account = parts[4] if len(parts) == 6 else ""
    if not account or parts[5].startswith("alias/"):
        return ResourcePolicy(account=account) if account else None
    name = parts[5].removeprefix("key/")
    key = state.keys.get(name)
    if key is None:
        key = names.find(state, call, arn) if parts[3] == call.region else None
    if key is None:
        return ResourcePolicy(account=account)
    return ResourcePolicy(account=account, document=_document(key), must_allow=True, tags=key.tags)


def _document(key: Key) -> str | UnsetType:
    if not key.grants or isinstance(key.policy, UnsetType):
        return key.policy
    policy = json.loads(key.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    made = [_statement(one) for one in key.grants.values() if one.grantee]
    return json.dumps({**policy, "Statement": [*statements, *made]})


def _statement(grant: Grant) -> dict[str, Any]:
    """A grant as a statement of a policy."""
    service_principal = grant.grantee.endswith(".amazonaws.com") and not grant.grantee.startswith("arn:")
    equal = {
        f"kms:EncryptionContext:{name}": value
        for name, value in {**told(grant.subset, {}), **told(grant.equals, {})}.items()
    }
    conditions: dict[str, dict[str, Any]] = {}
    if equal:
        conditions["StringEquals"] = equal
    if not isinstance(grant.equals, UnsetType):
        conditions["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": list(grant.equals)}
    if isinstance(grant.source, str):
        conditions["ArnLike"] = {"aws:SourceArn": grant.source}
    made: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service" if service_principal else "AWS": grant.grantee},
        "Action": [f"kms:{one}" for one in grant.operations],
        "Resource": "*",
    }
    return made | ({"Condition": conditions} if conditions else {})
