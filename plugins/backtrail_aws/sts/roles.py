"""AssumeRole: a session of a role, for who has credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Identity, UnsetType, told
from backtrail.record import Issuer, WebIdFederation
from backtrail_aws.sts import credentials, errors, mfa, policies, trust
from backtrail_aws.sts.api import (
    AssumedRoleUser,
    AssumeRole,
    AssumeRoleResult,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
)
from backtrail_aws.sts.state import Session, Sessions, service


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Beside an AssumeRole…: what marks the session that no record shows."""

    tags: dict[str, str] = {}
    transitive: list[str] = []
    source_identity: str | UnsetType = msgspec.field(name="sourceIdentity", default=UNSET)


@service.read
def assume_role(state: Sessions, call: Call[AssumeRole]) -> Answer[AssumeRoleResult]:
    """Credentials of a role that exists and trusts the caller."""
    params = call.params
    role = trust.role_of(call, params.role_arn)
    before = calling_session(state, call)
    if role is None or call.caller.identity.type == "FederatedUser" or not trust.trusts(role, call.caller):
        raise errors.not_authorized(
            call.caller.arn or credentials.asker(call.caller.identity), "AssumeRole", params.role_arn
        )
    if params.provided_contexts is not UNSET:
        raise errors.bad_context()
    seconds = trust.duration(role, params.duration_seconds, chained=before is not None)
    tags, transitive = policies.as_map(params.tags), told(params.transitive_tag_keys, [])
    given = policies.check(params.policy, params.policy_arns, tags, transitive, before)
    mfa.check(call, params.serial_number, params.token_code)
    source = _source_identity(params.source_identity, before)
    result = AssumeRoleResult(
        credentials=credentials.issued(call, seconds, params.minimum_session_token_size),
        assumed_role_user=user_of(role, params.role_session_name),
        packed_policy_size=given.packed,
        source_identity=source,
    )
    came_along = policies.incoming(before)
    recorded = msgspec.structs.replace(params, incoming_transitive_tags=came_along or UNSET)
    note = Begun(tags=given.tags, transitive=given.transitive, source_identity=source)
    return Answer(result, note=note, params=recorded)


@service.project
def role_assumed(state: Sessions, event: Event[AssumeRole, AssumeRoleResult]) -> None:
    """There is a session of the role."""
    params = event.params
    begun = event.note(Begun)
    tags = {tag.key: tag.value for tag in told(params.tags, [])}
    came_along = told(params.incoming_transitive_tags, {})
    begin(
        state, event, event.result.assumed_role_user,
        mfa=isinstance(params.serial_number, str),
        tags=begun.tags if begun is not None else {**came_along, **tags},
        transitive=begun.transitive if begun is not None else [*came_along, *told(params.transitive_tag_keys, [])],
        source_identity=event.result.source_identity,
    )  # fmt: skip


def user_of(role: trust.Role, session: str) -> AssumedRoleUser:
    """Who a session of a role is."""
    return AssumedRoleUser(assumed_role_id=f"{role.id}:{session}", arn=role.session_arn(session))


def calling_session(state: Sessions, call: Call[Any]) -> Session | None:
    """The session that a call is made with, None for long-term keys."""
    return state.sessions.get(told(call.caller.identity.access_key_id, ""))


def begin(
    state: Sessions,
    event: Event[AssumeRole, Any] | Event[AssumeRoleWithSAML, Any] | Event[AssumeRoleWithWebIdentity, Any],
    user: AssumedRoleUser | UnsetType,
    *,
    mfa: bool = False,
    provider: str | UnsetType = UNSET,
    tags: dict[str, str],
    transitive: list[str],
    source_identity: str | UnsetType,
) -> None:
    """Fold a session of a role."""
    params = event.params
    identity = _identity(event, params.role_arn, user, mfa, provider, source_identity)
    credentials.opened(
        state, event, event.result.credentials, identity,
        role=params.role_arn, source_identity=source_identity, tags=tags, transitive=transitive,
        policies=[params.policy] if isinstance(params.policy, str) else [],
        policy_arns=[told(one.arn, "") for one in told(params.policy_arns, [])],
    )  # fmt: skip


def _identity(
    event: Event[Any, Any], role_arn: str, user: AssumedRoleUser | UnsetType, mfa: bool,
    provider: str | UnsetType, source_identity: str | UnsetType,
) -> Identity:  # fmt: skip
    """The identity that the session's own calls will show."""
    account = trust.account_of(role_arn)
    user_id = user.assumed_role_id if not isinstance(user, UnsetType) else UNSET
    role_id = user_id.partition(":")[0] if isinstance(user_id, str) else UNSET
    issuer = Issuer(
        type="Role",
        principal_id=role_id,
        arn=role_arn,
        account_id=account,
        user_name=role_arn.rpartition("/")[2],
    )
    federation = WebIdFederation()
    if isinstance(provider, str):
        federation = WebIdFederation(federated_provider=provider, attributes={})
    return Identity(
        type="AssumedRole",
        principal_id=user_id,
        arn=user.arn
        if not isinstance(user, UnsetType)
        else trust.session_arn(role_arn, event.params.role_session_name),
        account_id=account,
        session_context=credentials.context(
            event,
            mfa=mfa,
            session_issuer=issuer,
            web_id_federation_data=federation,
            source_identity=source_identity,
        ),
    )


def _source_identity(asked: str | UnsetType, before: Session | None) -> str | UnsetType:
    """A source identity stays what it is through a chain of roles.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    earlier = before.source_identity if before is not None else UNSET
    if isinstance(earlier, UnsetType):
        return asked
    if isinstance(asked, str) and asked != earlier:
        # evidence: guess
        raise errors.denied(
            "The requested SourceIdentity does not match the source identity of the calling session."
        )
    return earlier
