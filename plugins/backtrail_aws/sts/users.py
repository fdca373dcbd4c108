"""Sessions of users and of the root: GetSessionToken, GetFederationToken, AssumeRoot, GetScopedCredentials.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Identity, Params, UnsetType, field, told
from backtrail.record import Issuer, WebIdFederation, partition_of
from backtrail_aws.sts import credentials, errors, limits, mfa, policies
from backtrail_aws.sts.api import (
    AssumeRoot,
    AssumeRootResult,
    FederatedUser,
    GetFederationToken,
    GetFederationTokenResult,
    GetScopedCredentials,
    GetScopedCredentialsResult,
    GetSessionToken,
    GetSessionTokenResult,
    ScopedSession,
)
from backtrail_aws.sts.roles import calling_session
from backtrail_aws.sts.state import Sessions, service

_MEMBER = re.compile(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?")


class DescribeOrganization(Params):
    """What Organizations is asked."""


class _Organization(Params):
    master_account_id: str | UnsetType = field(name="masterAccountId", default=UNSET)


class DescribeOrganizationResult(Params):
    """What Organizations answers."""

    organization: _Organization


class ListOrganizationsFeatures(Params):
    """What IAM is asked."""


class ListOrganizationsFeaturesResult(Params):
    """What IAM answers the management account of an organization."""

    enabled_features: list[str] = field(name="enabledFeatures")


# a user's own session


@service.handle
def get_session_token(state: Sessions, call: Call[GetSessionToken]) -> GetSessionTokenResult:
    """Temporary credentials of the caller, who must have long-term ones."""
    _long_term(state, call, "GetSessionToken")
    mfa.check(call, call.params.serial_number, call.params.token_code)
    seconds = _duration(call, call.params.duration_seconds)
    return GetSessionTokenResult(
        credentials=credentials.issued(call, seconds, call.params.minimum_session_token_size)
    )


@service.project
def session_token_given(state: Sessions, event: Event[GetSessionToken, GetSessionTokenResult]) -> None:
    """There is a session of the caller."""
    proved = isinstance(event.params.serial_number, str)
    context = credentials.context(
        event, mfa=proved, session_issuer=Issuer(), web_id_federation_data=WebIdFederation()
    )
    identity = msgspec.structs.replace(event.identity, session_context=context)
    credentials.opened(state, event, event.result.credentials, identity)


# federated users


@service.handle
def get_federation_token(state: Sessions, call: Call[GetFederationToken]) -> GetFederationTokenResult:
    """Credentials of a federated user, for a caller who has long-term ones."""
    params = call.params
    _long_term(state, call, "GetFederationToken")
    given = policies.check(params.policy, params.policy_arns, policies.as_map(params.tags), [])
    account = call.caller.account
    return GetFederationTokenResult(
        credentials=credentials.issued(
            call, _duration(call, params.duration_seconds), params.minimum_session_token_size
        ),
        federated_user=FederatedUser(
            federated_user_id=f"{account}:{params.name}",
            arn=f"arn:{partition_of(call.region)}:sts::{account}:federated-user/{params.name}",
        ),
        packed_policy_size=given.packed,
    )


@service.project
def federation_token_given(
    state: Sessions, event: Event[GetFederationToken, GetFederationTokenResult]
) -> None:
    """There is a session of the federated user."""
    params, asking, user = event.params, event.identity, event.result.federated_user
    issuer = Issuer(
        type=asking.type, principal_id=asking.principal_id, arn=asking.arn, account_id=asking.account_id,
        user_name=asking.user_name,
    )  # fmt: skip
    account = told(asking.account_id, event.account)
    identity = Identity(
        type="FederatedUser",
        principal_id=user.federated_user_id
        if not isinstance(user, UnsetType)
        else f"{account}:{params.name}",
        arn=user.arn if not isinstance(user, UnsetType) else UNSET,
        account_id=account,
        session_context=credentials.context(
            event, session_issuer=issuer, web_id_federation_data=WebIdFederation()
        ),
    )
    credentials.opened(
        state, event, event.result.credentials, identity,
        tags={tag.key: tag.value for tag in told(params.tags, [])},
        policies=[params.policy] if isinstance(params.policy, str) else [],
        policy_arns=[told(one.arn, "") for one in told(params.policy_arns, [])],
    )  # fmt: skip


# privileged root sessions


@service.read
def assume_root(state: Sessions, call: Call[AssumeRoot]) -> AssumeRootResult:
    """Credentials for one task as a member account's root, for the management account of an organization."""
    params = call.params
    member = _MEMBER.fullmatch(params.target_principal)
    arn = told(params.task_policy_arn, None)
    task = told(arn.arn, "") if arn is not None else ""
    if task.rpartition("/")[2] not in limits.ROOT_TASKS or ":iam::aws:policy/" not in task:
        # evidence: model (the five tasks); words: guess
        raise errors.invalid(f"The task policy {task} is not one of those that AssumeRoot allows.")
    if member is None:
        # evidence: guess
        raise errors.invalid(f"The target principal {params.target_principal} is not valid.")
    seconds = told(params.duration_seconds, limits.ASSUMED_ROOT_S)
    organization = call.ask("organizations", DescribeOrganization(), DescribeOrganizationResult)
    manager = organization.organization.master_account_id if organization is not None else UNSET
    if (
        call.caller.is_root
        or manager != call.caller.account
        or member.group(1) == manager
        or not _may_open(call, member.group(1))
    ):
        target = f"arn:{partition_of(call.region)}:iam::{member.group(1)}:root"
        raise errors.not_authorized(call.caller.arn, "AssumeRoot", target)
    return AssumeRootResult(
        credentials=credentials.issued(call, seconds, params.minimum_session_token_size),
        source_identity=told_source(state, call),
    )


def _may_open(call: Call[AssumeRoot], member: str) -> bool:
    """Whether sessions of members' roots are enabled, and the account is a member, as far as anybody here knows.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
    """
    features = call.ask("iam", ListOrganizationsFeatures(), ListOrganizationsFeaturesResult)
    if features is not None and "RootSessions" not in features.enabled_features:
        return False
    controls = call.controls(member)
    return controls is None or controls.manager == call.caller.account


@service.project
def root_assumed(state: Sessions, event: Event[AssumeRoot, AssumeRootResult]) -> None:
    """There is a privileged session of a member account's root."""
    member = _MEMBER.fullmatch(event.params.target_principal)
    account = member.group(1) if member is not None else event.params.target_principal
    context = credentials.context(
        event, session_issuer=Issuer(), web_id_federation_data=WebIdFederation(), assumed_root="true"
    )
    identity = Identity(
        type="Root", principal_id=account, arn=f"arn:{partition_of(event.region)}:iam::{account}:root",
        account_id=account, session_context=context,
    )  # fmt: skip
    task = event.params.task_policy_arn
    credentials.opened(
        state, event, event.result.credentials, identity,
        policy_arns=[told(task.arn, "")] if not isinstance(task, UnsetType) else [],
        source_identity=event.result.source_identity,
    )  # fmt: skip


# sessions scoped down


@service.read
def get_scoped_credentials(state: Sessions, call: Call[GetScopedCredentials]) -> GetScopedCredentialsResult:
    """Credentials of the same session with less permission or a shorter life."""
    params, session = call.params, calling_session(state, call)
    if session is None:
        raise errors.no_session()
    if params.policy is UNSET and params.duration_seconds is UNSET:
        # evidence: model (documentation); words: guess
        raise errors.invalid("A request must provide at least one of Policy or DurationSeconds.")
    given = policies.check(params.policy, UNSET, {}, [])
    left = (
        (session.expires - call.time).total_seconds() if not isinstance(session.expires, UnsetType) else 0.0
    )
    seconds = told(params.duration_seconds, int(left))
    if seconds > left:
        raise errors.over_session()
    identity = session.identity
    return GetScopedCredentialsResult(
        credentials=credentials.issued(call, seconds, params.minimum_session_token_size),
        session_info=ScopedSession(
            scoped_session_id=told(identity.principal_id, ""), arn=told(identity.arn, "")
        ),
        scoped_policies_count=len([*filter(None, session.policies), *given.policies]),
        source_identity=session.source_identity,
    )


@service.project
def credentials_scoped(
    state: Sessions, event: Event[GetScopedCredentials, GetScopedCredentialsResult]
) -> None:
    """There is a further session of the same identity."""
    before = state.sessions.get(told(event.identity.access_key_id, ""))
    own = [event.params.policy] if isinstance(event.params.policy, str) else []
    identity = before.identity if before is not None else event.identity
    more: dict[str, Any] = {}
    if before is not None:
        more = {
            "role": before.role, "source_identity": before.source_identity, "tags": dict(before.tags),
            "transitive": list(before.transitive), "policy_arns": list(before.policy_arns),
        }  # fmt: skip
    earlier = before.policies if before is not None else []
    if before is not None and before.policy_arns and not earlier:
        earlier = [""]  # the first of the policies joins the ARNs; these narrow further
    credentials.opened(state, event, event.result.credentials, identity, policies=[*earlier, *own], **more)


# within


def told_source(state: Sessions, call: Call[Any]) -> str | UnsetType:
    """The source identity that the calling session has."""
    session = calling_session(state, call)
    return session.source_identity if session is not None else UNSET


def _long_term(state: Sessions, call: Call[Any], action: str) -> None:
    identity = call.caller.identity
    if identity.type not in ("IAMUser", "Root") or identity.session_context is not UNSET:
        raise errors.session_credentials(action)
    if calling_session(state, call) is not None:
        raise errors.session_credentials(action)


def _duration(call: Call[Any], asked: int | UnsetType) -> int:
    """Of the root, an hour at most: a longer wish is cut without a word."""
    if call.caller.is_root:
        return min(told(asked, limits.ROOT_TOKEN_S), limits.ROOT_TOKEN_S)
    return told(asked, limits.TOKEN_S)
