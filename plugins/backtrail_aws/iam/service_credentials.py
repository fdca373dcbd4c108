"""Users' credentials for single services: passwords (CodeCommit, Keyspaces) and API keys (Bedrock, CloudWatch Logs).

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_bedrock_cloudwatchlogs.html
"""

from __future__ import annotations

import base64
from datetime import timedelta

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, credential_errors, errors, implied, quotas
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.names import AnyCall, AnyEvent, user_meant, user_named
from backtrail_aws.iam.state import Iam, ServiceCredential, User, service

_WITH_PASSWORD = frozenset({"codecommit.amazonaws.com", "cassandra.amazonaws.com"})
_WITH_SECRET = frozenset({"bedrock.amazonaws.com", "logs.amazonaws.com"})
_SECRET_BYTES = 32
_ID_LENGTH = 20
"""ACCA and 16 letters: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredential.html"""


def _view(user: User, held: ServiceCredential) -> api.ServiceSpecificCredential:
    """A credential with its secret."""
    with_password = held.service in _WITH_PASSWORD
    return api.ServiceSpecificCredential(
        create_date=held.created,
        expiration_date=held.expires,
        service_name=held.service,
        service_user_name=held.user_name,
        service_password=held.secret if with_password else UNSET,
        service_credential_alias=held.alias,
        service_credential_secret=UNSET if with_password else held.secret,
        service_specific_credential_id=held.id,
        user_name=user.name or UNSET,
        status=held.status,
    )


def _metadata(user: User, held: ServiceCredential) -> api.ServiceSpecificCredentialMetadata:
    return api.ServiceSpecificCredentialMetadata(
        user_name=user.name or UNSET,
        status=held.status,
        service_user_name=held.user_name,
        service_credential_alias=held.alias,
        create_date=held.created,
        expiration_date=held.expires,
        service_specific_credential_id=held.id,
        service_name=held.service,
    )


def _label(call: AnyCall, user: User, ordinal: int) -> str:
    """`jane-at-123456789012`, the second `jane+1-at-123456789012`."""
    return f"{user.name}{f'+{ordinal}' if ordinal else ''}-at-{call.account}"


def _free_label(call: AnyCall, user: User) -> str:
    taken = {name for held in user.credentials.values() for name in (held.user_name, held.alias)}
    ordinal = 0
    while _label(call, user, ordinal) in taken:
        ordinal += 1
    return _label(call, user, ordinal)


def _secret(call: AnyCall, aws_service: str | UnsetType, label: str) -> str:
    """A password; for Bedrock an API key, which names the user: `ABSK` and base 64 of `alias:secret`."""
    secret = base64.b64encode(call.secret("service-credential", _SECRET_BYTES)).decode()
    if aws_service in _WITH_SECRET:
        return "ABSK" + base64.b64encode(f"{label}:{secret}".encode()).decode()
    return secret


@service.handle
def create_service_specific_credential(
    state: Iam, call: Call[api.CreateServiceSpecificCredential]
) -> api.CreateServiceSpecificCredentialResult:
    """Make a credential; the answer is the only one that shows its secret."""
    params = call.params
    user = user_named(state, params.user_name)
    with_secret = params.service_name in _WITH_SECRET
    if not with_secret and params.service_name not in _WITH_PASSWORD:
        raise credential_errors.unsupported_service(params.service_name)
    if params.credential_age_days is not UNSET and not with_secret:
        # evidence: model; words: guess
        raise errors.invalid_input(f"{params.service_name} does not support credential expiration.")
    held = [one for one in user.credentials.values() if one.service == params.service_name]
    quotas.check(call, "ServiceSpecificCredentialsPerUser", len(held))
    label, age = _free_label(call, user), params.credential_age_days
    made = ServiceCredential(
        id=call.new_id("ACCA")[:_ID_LENGTH],
        service=params.service_name,
        user_name=UNSET if with_secret else label,
        alias=label if with_secret else UNSET,
        secret=_secret(call, params.service_name, label),
        created=SpacedTime.of(call.time),
        expires=UNSET if age is UNSET else SpacedTime.of(call.time + timedelta(days=age)),
    )
    return api.CreateServiceSpecificCredentialResult(service_specific_credential=_view(user, made))


@service.project
def service_specific_credential_created(
    state: Iam,
    event: Event[api.CreateServiceSpecificCredential, api.CreateServiceSpecificCredentialResult],
) -> None:
    """The user has this credential. A record without an answer does not tell its id."""
    made = event.result.service_specific_credential
    user = implied.user(state, event, event.params.user_name)
    if made is UNSET or made.service_specific_credential_id is UNSET:
        return
    user.credentials[made.service_specific_credential_id] = ServiceCredential(
        id=made.service_specific_credential_id,
        service=event.params.service_name,
        user_name=made.service_user_name,
        alias=made.service_credential_alias,
        secret=_told_secret(made),
        created=SpacedTime.of(event.time),
        expires=made.expiration_date,
    )


def _told_secret(made: api.ServiceSpecificCredential) -> str | UnsetType:
    return made.service_credential_secret if made.service_password is UNSET else made.service_password


@service.read
def list_service_specific_credentials(
    state: Iam, call: Call[api.ListServiceSpecificCredentials]
) -> api.ListServiceSpecificCredentialsResult:
    """A user's credentials, or everybody's, without their secrets."""
    params = call.params
    if params.all_users is True and params.user_name is not UNSET:
        # evidence: model; words: guess
        raise errors.invalid_input("UserName and AllUsers cannot be specified together.")
    users = state.users.values() if params.all_users is True else [user_meant(state, call, params.user_name)]
    found = {
        held.id: _metadata(user, held)
        for user in users
        for held in user.credentials.values()
        if params.service_name is UNSET or held.service == params.service_name
    }
    page = listed(found, params)
    return api.ListServiceSpecificCredentialsResult(service_specific_credentials=page.items, **ends(page))


def _credential(user: User, credential: str) -> ServiceCredential:
    if credential not in user.credentials:
        raise credential_errors.no_service_credential(credential)
    return user.credentials[credential]


def _inferred(state: Iam, event: AnyEvent, name: str | UnsetType, credential: str) -> ServiceCredential:
    """A user's credential in a fold: there, since a record used it."""
    user = implied.owner(state, event, name)
    held = {} if user is None else user.credentials
    return held.setdefault(credential, ServiceCredential(id=credential))


@service.handle
def reset_service_specific_credential(
    state: Iam, call: Call[api.ResetServiceSpecificCredential]
) -> api.ResetServiceSpecificCredentialResult:
    """Give a credential another secret."""
    user = user_meant(state, call, call.params.user_name)
    held = _credential(user, call.params.service_specific_credential_id)
    label = held.alias if held.user_name is UNSET else held.user_name
    fresh = ServiceCredential(
        id=held.id,
        service=held.service,
        user_name=held.user_name,
        alias=held.alias,
        secret=_secret(call, held.service, "" if label is UNSET else label),
        status=held.status,
        created=held.created,
        expires=held.expires,
    )
    return api.ResetServiceSpecificCredentialResult(service_specific_credential=_view(user, fresh))


@service.project
def service_specific_credential_reset(
    state: Iam,
    event: Event[api.ResetServiceSpecificCredential, api.ResetServiceSpecificCredentialResult],
) -> None:
    """The credential has this secret."""
    made = event.result.service_specific_credential
    held = _inferred(state, event, event.params.user_name, event.params.service_specific_credential_id)
    held.secret = UNSET if made is UNSET else _told_secret(made)


@service.handle
def update_service_specific_credential(state: Iam, call: Call[api.UpdateServiceSpecificCredential]) -> None:
    """Make a credential active or inactive."""
    user = user_meant(state, call, call.params.user_name)
    _credential(user, call.params.service_specific_credential_id)


@service.project
def service_specific_credential_updated(
    state: Iam, event: Event[api.UpdateServiceSpecificCredential, None]
) -> None:
    """The credential has this status."""
    params = event.params
    held = _inferred(state, event, params.user_name, params.service_specific_credential_id)
    held.status = params.status


@service.handle
def delete_service_specific_credential(state: Iam, call: Call[api.DeleteServiceSpecificCredential]) -> None:
    """Delete a credential."""
    user = user_meant(state, call, call.params.user_name)
    _credential(user, call.params.service_specific_credential_id)


@service.project
def service_specific_credential_deleted(
    state: Iam, event: Event[api.DeleteServiceSpecificCredential, None]
) -> None:
    """The credential is gone."""
    user = implied.owner(state, event, event.params.user_name)
    if user is not None:
        user.credentials.pop(event.params.service_specific_credential_id, None)
