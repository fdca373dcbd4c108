"""Grants: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Answer, Call, Event, UnsetType, told
from backtrail.ids import new_id
from backtrail_aws.kms import api, errors, keys, limits, metadata, names, paging, specs, using
from backtrail_aws.kms.state import SYMMETRIC, Grant, Key, Kms, service

_ALWAYS = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})
_SYMMETRIC = frozenset(
    {
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
        "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
    }
)  # fmt: skip
_BY_USAGE = {
    specs.ENCRYPT: frozenset({"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"}),
    specs.SIGN: frozenset({"Sign", "Verify", "GetPublicKey"}),
    specs.MAC: frozenset({"GenerateMac", "VerifyMac"}),
    specs.AGREE: frozenset({"DeriveSharedSecret", "GetPublicKey"}),
}
"""https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations"""


@service.handle(at=names.by_key)
def create_grant(state: Kms, call: Call[api.CreateGrant]) -> Answer[api.CreateGrantResult]:
    """A grant; one with a name that an equal one has is that one, under another token."""
    params = call.params
    key = using.check(state, call, names.by_id(state, call, params.key_id), "")
    _check(key, params)
    using.dry(call)
    made = _grant(call, params, "")
    old = next((one for one in key.grants.values() if _same(one, made)), None)
    if old is None and len(key.grants) >= call.quota("grants", limits.GRANTS_MAX):
        raise errors.too_many("The key has the maximum number of grants.")
    token = (
        old.token if old is not None and isinstance(old.token, str) else call.secret_text("grant token", 200)
    )
    result = api.CreateGrantResult(grant_token=token, grant_id=old.id if old is not None else made.id)
    return Answer(result, resources=keys.about(key))


def _check(key: Key, params: api.CreateGrant) -> None:
    if isinstance(params.grantee_principal, UnsetType) == isinstance(
        params.grantee_service_principal, UnsetType
    ):
        # evidence: page API_CreateGrant; words: guess
        raise errors.validation(
            "Either GranteePrincipal or GranteeServicePrincipal must be specified, but not both."
        )
    if isinstance(key.spec, UnsetType):
        return
    fit = _SYMMETRIC if key.spec == SYMMETRIC else _BY_USAGE.get(told(key.usage, ""), frozenset())
    unfit = [one for one in told(params.operations, []) if one not in fit | _ALWAYS]
    if unfit:
        # evidence: page API_CreateGrant (the operations of each kind of key); words: guess
        raise errors.validation(f"Grant operations {unfit} are not valid for {key.arn}.")
    constraints = params.constraints
    bound = isinstance(constraints, api.GrantConstraints) and (
        bool(told(constraints.encryption_context_equals, {}))
        or bool(told(constraints.encryption_context_subset, {}))
    )
    if bound and key.spec != SYMMETRIC:
        # evidence: page API_GrantConstraints; words: guess
        raise errors.validation("Encryption context constraints are for symmetric encryption keys alone.")


def _grant(where: Call[Any] | Event[Any, Any], params: api.CreateGrant, token: str) -> Grant:
    constraints = params.constraints if isinstance(params.constraints, api.GrantConstraints) else None
    account = (
        where.caller.account if isinstance(where, Call) else told(where.identity.account_id, where.account)
    )
    return Grant(
        id=new_id(where.event_id if isinstance(where, Call) else where.id, "hex64", "grant"), token=token or UNSET,
        grantee=told(params.grantee_principal, told(params.grantee_service_principal, "")),
        retiring=told(params.retiring_principal, told(params.retiring_service_principal, "")),
        operations=list(told(params.operations, [])), name=params.name, made=where.time,
        issuer=f"arn:aws:iam::{account}:root",
        subset=constraints.encryption_context_subset if constraints else UNSET,
        equals=constraints.encryption_context_equals if constraints else UNSET,
        source=constraints.source_arn if constraints else UNSET,
    )  # fmt: skip


def _same(one: Grant, other: Grant) -> bool:
    """Whether two grants are one: by a name, and all else equal."""
    if isinstance(one.name, UnsetType) or one.name != other.name:
        return False
    return (one.grantee, one.retiring, set(one.operations), one.subset, one.equals, one.source) == (
        other.grantee, other.retiring, set(other.operations), other.subset, other.equals, other.source,
    )  # fmt: skip


@service.project(at=names.by_key)
def grant_created(state: Kms, event: Event[api.CreateGrant, api.CreateGrantResult]) -> None:
    """The key has the grant."""
    key = state.known(event, event.params.key_id)
    made = _grant(event, event.params, told(event.result.grant_token, ""))
    made.id = told(event.result.grant_id, made.id)
    key.grants.setdefault(made.id, made)


# revoke and retire


@service.handle(at=names.by_key)
def revoke_grant(state: Kms, call: Call[api.RevokeGrant]) -> Answer[None]:
    """The grant ends, by whoever may say so."""
    key = names.by_id(state, call, call.params.key_id)
    if call.params.grant_id not in key.grants:
        raise errors.no_grant()
    using.dry(call)
    return Answer(None, resources=keys.about(key))


@service.project(at=names.by_key)
def grant_revoked(state: Kms, event: Event[api.RevokeGrant, None]) -> None:
    """The key has not the grant."""
    state.known(event, event.params.key_id).grants.pop(event.params.grant_id, None)


@service.handle(at=names.by_key)
def retire_grant(state: Kms, call: Call[api.RetireGrant]) -> Answer[None]:
    """The same, by who was given it, and by token or id."""
    key, grant = named(state, call)
    if key is None or grant is None:
        raise errors.bad_grant_token() if isinstance(call.params.grant_token, str) else errors.no_grant()
    using.dry(call)
    return Answer(None, additional={"grantId": grant.id}, resources=keys.about(key))


def named(state: Kms, call: Call[api.RetireGrant]) -> tuple[Key | None, Grant | None]:
    """The grant that is to be retired, and its key."""
    params = call.params
    if isinstance(params.grant_token, str):
        for key in state.keys.values():
            for grant in key.grants.values():
                if grant.token == params.grant_token:
                    return key, grant
        return None, None
    if isinstance(params.key_id, UnsetType) or isinstance(params.grant_id, UnsetType):
        # evidence: page API_RetireGrant; words: guess
        raise errors.validation("Either a grant token, or a key ID and a grant ID must be specified.")
    found = names.required(state, call, params.key_id)
    return found, found.grants.get(params.grant_id)


@service.project(at=names.by_key)
def grant_retired(state: Kms, event: Event[api.RetireGrant, None]) -> None:
    """No key has the grant. A record that has no parameters names it beside them."""
    name = told(event.params.grant_id, "") or str(event.additional.get("grantId") or "")
    for key in state.keys.values():
        key.grants.pop(name, None)


# list


@service.read(at=names.by_key)
def list_grants(state: Kms, call: Call[api.ListGrants]) -> Answer[api.ListGrantsResult]:
    """The grants of a key."""
    params = call.params
    key = names.by_id(state, call, params.key_id)
    grantee = told(params.grantee_principal, told(params.grantee_service_principal, ""))
    wanted = {
        name: _shown(key, one)
        for name, one in key.grants.items()
        if grantee in ("", one.grantee) and told(params.grant_id, name) == name
    }
    found = paging.cut(wanted, params.marker, params.limit, limits.GRANTS_PAGE_DEFAULT)
    result = api.ListGrantsResult(
        grants=found.items, next_marker=found.next or UNSET, truncated=found.next is not None
    )
    return Answer(result, resources=keys.about(key))


@service.read
def list_retirable_grants(state: Kms, call: Call[api.ListRetirableGrants]) -> api.ListRetirableGrantsResult:
    """The grants that somebody may retire, of all keys."""
    params = call.params
    who = told(params.retiring_principal, told(params.retiring_service_principal, ""))
    wanted = {
        name: _shown(key, one)
        for key in state.keys.values()
        for name, one in key.grants.items()
        if one.retiring == who
    }
    found = paging.cut(wanted, params.marker, params.limit, limits.GRANTS_PAGE_DEFAULT)
    return api.ListRetirableGrantsResult(
        grants=found.items, next_marker=found.next or UNSET, truncated=found.next is not None
    )


def _shown(key: Key, one: Grant) -> api.GrantListEntry:
    service_grantee, service_retiring = _is_service(one.grantee), _is_service(one.retiring)
    bound = api.GrantConstraints(
        encryption_context_subset=one.subset, encryption_context_equals=one.equals, source_arn=one.source
    )
    return api.GrantListEntry(
        key_id=key.arn, grant_id=one.id, name=told(one.name, ""), creation_date=metadata.at(one.made),
        grantee_principal=UNSET if service_grantee else one.grantee,
        grantee_service_principal=one.grantee if service_grantee else UNSET,
        retiring_principal=UNSET if service_retiring or not one.retiring else one.retiring,
        retiring_service_principal=one.retiring if service_retiring else UNSET,
        issuing_account=one.issuer, operations=one.operations,
        constraints=UNSET if bound == api.GrantConstraints() else bound,
    )  # fmt: skip


def _is_service(principal: str) -> bool:
    return principal.endswith(".amazonaws.com") and not principal.startswith("arn:")
