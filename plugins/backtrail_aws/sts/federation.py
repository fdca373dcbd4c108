"""AssumeRoleWithSAML and AssumeRoleWithWebIdentity: sessions for who has no AWS credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
Assertions and tokens are taken at their word as far as cryptography goes: signatures are not verified.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Identity, Params, UnsetType, field, told
from backtrail.policy import Value
from backtrail_aws.sts import credentials, errors, jwt, limits, policies, saml, trust
from backtrail_aws.sts.api import (
    AssumeRoleWithSAML,
    AssumeRoleWithSAMLResult,
    AssumeRoleWithWebIdentity,
    AssumeRoleWithWebIdentityResult,
)
from backtrail_aws.sts.roles import Begun, begin, user_of
from backtrail_aws.sts.state import Sessions, service

_KNOWN_HOSTS = (
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
)
"""Providers that need not be made in IAM: IAM UserGuide id_roles_providers_oidc.html"""


class GetSAMLProvider(Params):
    """What IAM is asked of SAML providers."""

    saml_provider_arn: str = field(name="sAMLProviderArn")


class GetSAMLProviderResult(Params):
    """What IAM answers."""

    saml_metadata_document: str | UnsetType = field(name="sAMLMetadataDocument", default=UNSET)


class GetOpenIDConnectProvider(Params):
    """What IAM is asked of OpenID Connect providers."""

    open_id_connect_provider_arn: str = field(name="openIDConnectProviderArn")


class GetOpenIDConnectProviderResult(Params):
    """What IAM answers."""

    client_id_list: list[str] | UnsetType = field(name="clientIDList", default=UNSET)


# SAML


@service.read
def assume_role_with_saml(
    state: Sessions, call: Call[AssumeRoleWithSAML]
) -> Answer[AssumeRoleWithSAMLResult]:
    """Credentials of a role that the assertion names together with its provider."""
    params, action = call.params, "AssumeRoleWithSAML"
    said = saml.read(told(params.saml_assertion, ""))
    role = trust.role_of(call, params.role_arn)
    _check_provider(call, said, params.principal_arn)
    _check_age(said, call.time)
    named = frozenset({params.role_arn, params.principal_arn})
    if role is None or named not in said.roles or not trust.trusts_provider(role, params.principal_arn):
        raise errors.not_authorized_federation(action)
    keys: dict[str, Value] = {
        "saml:aud": said.recipient, "saml:iss": said.issuer, "saml:sub": said.subject,
        "saml:sub_type": said.subject_type,
        "saml:namequalifier": said.name_qualifier(role.account, params.principal_arn),
    }  # fmt: skip
    _check_trust(call, role, action, params.principal_arn, said.session_name, said, keys)
    given = policies.check(params.policy, params.policy_arns, said.tags, said.transitive)
    seconds: float = trust.duration(role, params.duration_seconds)
    if said.session_ends is not None:
        seconds = min(seconds, (said.session_ends - call.time).total_seconds())
    qualifier = said.name_qualifier(role.account, params.principal_arn)
    result = AssumeRoleWithSAMLResult(
        credentials=credentials.issued(call, seconds, params.minimum_session_token_size),
        assumed_role_user=user_of(role, said.session_name),
        packed_policy_size=given.packed,
        subject=said.subject,
        subject_type=said.subject_type,
        issuer=said.issuer,
        audience=said.recipient,
        name_qualifier=qualifier,
        source_identity=said.source_identity,
    )
    identity = Identity(
        type="SAMLUser",
        principal_id=f"{qualifier}:{said.subject}",
        user_name=said.subject,
        identity_provider=qualifier,
    )
    recorded = msgspec.structs.replace(
        params, saml_assertion_id=said.id, role_session_name=said.session_name, source_identity=said.source_identity,
        principal_tags=said.tags or UNSET, transitive_tag_keys=said.transitive or UNSET,
    )  # fmt: skip
    note = Begun(tags=given.tags, transitive=given.transitive, source_identity=said.source_identity)
    return Answer(result, note=note, identity=identity, account=role.account, params=recorded)


@service.project
def role_assumed_with_saml(
    state: Sessions, event: Event[AssumeRoleWithSAML, AssumeRoleWithSAMLResult]
) -> None:
    """There is a session of the role."""
    params, result = event.params, event.result
    begin(
        state, event, result.assumed_role_user, provider=params.principal_arn,
        tags=told(params.principal_tags, {}), transitive=told(params.transitive_tag_keys, []),
        source_identity=told(result.source_identity, params.source_identity),
    )  # fmt: skip


def _check_provider(call: Call[Any], said: saml.Assertion, provider_arn: str) -> None:
    account = provider_arn.split(":")[4] if provider_arn.count(":") >= 5 else ""
    found = call.ask(
        "iam", GetSAMLProvider(saml_provider_arn=provider_arn), GetSAMLProviderResult, account=account
    )
    if not account or found is None:
        # evidence: troubleshoot_saml.html
        raise errors.bad_token("Specified provider doesn't exist")
    document = found.saml_metadata_document
    entity = saml.entity_of(document) if isinstance(document, str) else None
    if entity is not None and entity != said.issuer:
        # evidence: troubleshoot_saml.html
        raise errors.bad_token("Issuer not present in specified provider")


def _check_age(said: saml.Assertion, now: datetime) -> None:
    redeem = said.issued + timedelta(seconds=limits.REDEEM_S) if said.issued is not None else None
    if (redeem is not None and now >= redeem) or (said.ends is not None and now >= said.ends):
        # evidence: troubleshoot_saml.html
        raise errors.expired_token("Token must be redeemed within 5 minutes of issuance")
    if said.begins is not None and now < said.begins:
        # evidence: guess
        raise errors.bad_token("The assertion is not valid yet")
    if said.session_ends is not None and now >= said.session_ends:
        # evidence: guess
        raise errors.expired_token("The session of the assertion has ended")


# web identities


@service.read
def assume_role_with_web_identity(
    state: Sessions, call: Call[AssumeRoleWithWebIdentity]
) -> Answer[AssumeRoleWithWebIdentityResult]:
    """Credentials of a role that trusts the token's provider."""
    params, action = call.params, "AssumeRoleWithWebIdentity"
    text = told(params.web_identity_token, "")
    if isinstance(params.provider_id, str) and not jwt.looks_like(text):
        raise errors.provider_unreachable()
    said = jwt.read(text)
    role = trust.role_of(call, params.role_arn)
    if role is None:
        raise errors.not_authorized_federation(action)
    provider = _provider(call, role, said)
    _check_life(said, call.time)
    if not trust.trusts_provider(role, provider):
        raise errors.not_authorized_federation(action)
    keys: dict[str, Value] = {
        f"{said.host}:aud": said.audiences, f"{said.host}:sub": said.subject, f"{said.host}:iss": said.issuer
    }  # fmt: skip
    _check_trust(call, role, action, provider, params.role_session_name, said, keys)
    given = policies.check(params.policy, params.policy_arns, said.tags, said.transitive)
    result = AssumeRoleWithWebIdentityResult(
        credentials=credentials.issued(
            call, trust.duration(role, params.duration_seconds), params.minimum_session_token_size
        ),
        subject_from_web_identity_token=said.subject,
        assumed_role_user=user_of(role, params.role_session_name),
        packed_policy_size=given.packed,
        provider=provider,
        audience=said.audience,
        source_identity=said.source_identity,
    )
    identity = Identity(
        type="WebIdentityUser", principal_id=f"{provider}:{said.audience}:{said.subject}", user_name=said.subject,
        identity_provider=provider,
    )  # fmt: skip
    recorded = msgspec.structs.replace(
        params, principal_tags=said.tags or UNSET, transitive_tag_keys=said.transitive or UNSET
    )
    note = Begun(tags=given.tags, transitive=given.transitive, source_identity=said.source_identity)
    return Answer(result, note=note, identity=identity, account=role.account, params=recorded)


@service.project
def role_assumed_with_web_identity(
    state: Sessions, event: Event[AssumeRoleWithWebIdentity, AssumeRoleWithWebIdentityResult]
) -> None:
    """There is a session of the role."""
    params, result = event.params, event.result
    begin(
        state, event, result.assumed_role_user, provider=told(result.provider, event.identity.identity_provider),
        tags=told(params.principal_tags, {}), transitive=told(params.transitive_tag_keys, []),
        source_identity=result.source_identity,
    )  # fmt: skip


def _provider(call: Call[Any], role: trust.Role, said: jwt.Token) -> str:
    """What names the token's provider: the ARN of the one in the role's account (measured), or a well-known host."""
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{said.host}"
    asked = GetOpenIDConnectProvider(open_id_connect_provider_arn=arn)
    found = call.ask("iam", asked, GetOpenIDConnectProviderResult, account=role.account)
    if found is None:
        if said.host in _KNOWN_HOSTS:
            return said.host
        # evidence: https://github.com/aws-actions/configure-aws-credentials/issues/721
        raise errors.bad_token(f"No OpenIDConnect provider found in your account for {said.issuer}")
    clients = found.client_id_list
    if not isinstance(clients, UnsetType) and not set(clients) & set(said.audiences):
        # evidence: guess
        raise errors.bad_token("Incorrect token audience")
    return arn


def _check_trust(
    call: Call[Any], role: trust.Role, action: str, provider: str, session_name: str,
    said: jwt.Token | saml.Assertion, keys: dict[str, Value],
) -> None:  # fmt: skip
    """What the role's trust policy says of somebody whom a provider vouches for, conditions and all."""
    context: dict[str, Value] = {
        **keys,
        "aws:FederatedProvider": provider,
        "sts:RoleSessionName": session_name,
        "sts:SourceIdentity": told(said.source_identity, None),
        "sts:TransitiveTagKeys": said.transitive,
        "aws:TagKeys": list(said.tags),
        **{f"aws:RequestTag/{key}": value for key, value in said.tags.items()},
    }
    wanted = [f"sts:{action}"]
    wanted += ["sts:TagSession"] if said.tags else []
    wanted += ["sts:SetSourceIdentity"] if isinstance(said.source_identity, str) else []
    for needed in wanted:
        if not call.allowed(needed, role.arn, **context):
            raise errors.not_authorized_federation(action)


def _check_life(said: jwt.Token, now: datetime) -> None:
    if now >= said.expires:
        # evidence: guess
        raise errors.expired_token(
            f"Token expired: current date/time {int(now.timestamp())} must be before the expiration date/time "
            f"{int(said.expires.timestamp())}"
        )
    if said.begins is not None and now < said.begins:
        # evidence: guess
        raise errors.rejected_claim("The token is not valid yet")
