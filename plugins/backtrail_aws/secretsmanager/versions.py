"""Values of secrets, their versions and labels.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backtrail import UNSET, BadToken, Call, Event, Params, UnsetType, page, told
from backtrail.trail.times import CommaTime
from backtrail_aws.secretsmanager import api, errors, limits, names
from backtrail_aws.secretsmanager.state import CURRENT, PENDING, PREVIOUS, Secret, Secrets, Version, service

Text = str | UnsetType
Binary = bytes | UnsetType


# what requests have alike


def is_given(text: Text, binary: Binary) -> bool:
    """Whether a request brings a value."""
    return not (isinstance(text, UnsetType) and isinstance(binary, UnsetType))


def may_have_one(text: Text, binary: Binary) -> bool:
    """Whether a record may be of a request that brought a value: where none is told, it may be sealed away."""
    return not is_given(text, binary)


def check_value(text: Text, binary: Binary) -> None:
    """Refuse two values, and one that is too large."""
    if not isinstance(text, UnsetType) and not isinstance(binary, UnsetType):
        # evidence: guess
        raise errors.invalid(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    size = len(text.encode()) if isinstance(text, str) else len(binary) if isinstance(binary, bytes) else 0
    if size > limits.VALUE_MAX_BYTES:
        # evidence: reference_limits.html (the size); words: guess
        raise errors.invalid(
            f"The secret value must have length less than or equal to {limits.VALUE_MAX_BYTES}."
        )


def token(call: Call[Any], given: str | UnsetType) -> str:
    """The version's id: the request's token."""
    return told(given, "") or call.new_id("uuid", "version")


def same(version: Version, text: Text, binary: Binary) -> bool:
    """Whether a version has this value."""
    return (version.text, version.binary) == (text, binary)


def add(
    secret: Secret, identifier: str, text: Text, binary: Binary, at: datetime, stages: Sequence[str]
) -> None:
    """In a fold: a new version with its labels; the one that was current becomes the previous one."""
    secret.versions[identifier] = Version(id=identifier, text=text, binary=binary, made=at)
    secret.changed = at
    for stage in stages:
        move(secret, stage, identifier)
    _prune(secret)


def move(secret: Secret, stage: str, to: str | None) -> None:
    """In a fold: a label is another version's, or nobody's."""
    old = secret.stages.get(stage)
    if to is None:
        secret.stages.pop(stage, None)
        return
    secret.stages[stage] = to
    if stage == CURRENT and old is not None and old != to:
        secret.stages[PREVIOUS] = old


def _prune(secret: Secret) -> None:
    """Versions without a label go when there are too many (getting-started.html#term_version)."""
    labelled = set(secret.stages.values())
    for identifier in list(secret.versions):
        if len(secret.versions) <= limits.VERSIONS_MAX:
            return
        if identifier not in labelled:
            del secret.versions[identifier]


# put


@service.handle(at=names.by_id)
def put_secret_value(state: Secrets, call: Call[api.PutSecretValue]) -> api.PutSecretValueResult:
    """A new version; an equal repeat is the same one."""
    params = call.params
    secret = names.writable(state, params.secret_id)
    check_value(params.secret_string, params.secret_binary)
    if not is_given(params.secret_string, params.secret_binary):
        # evidence: guess
        raise errors.request("You must provide either SecretString or SecretBinary.")
    identifier, stages = token(call, params.client_request_token), told(params.version_stages, [CURRENT])
    held = secret.versions.get(identifier)
    if held is not None and is_given(held.text, held.binary):
        if not same(held, params.secret_string, params.secret_binary):
            raise errors.version_exists()
        stages = secret.of(identifier)
    elif len(set(secret.stages) | set(stages)) > limits.LABELS_MAX:
        raise errors.too_many("You can't attach more staging labels to this secret.")
    return api.PutSecretValueResult(
        arn=secret.arn, name=secret.name, version_id=identifier, version_stages=stages
    )


@service.project(at=names.by_id)
def secret_value_put(state: Secrets, event: Event[api.PutSecretValue, api.PutSecretValueResult]) -> None:
    """The version is there, with its labels."""
    params = event.params
    secret = names.known(state, event, params.secret_id, event.result.arn)
    identifier = told(event.result.version_id, told(params.client_request_token, event.id))
    held = secret.versions.get(identifier)
    if held is not None and is_given(held.text, held.binary):
        return
    stages = told(params.version_stages, [CURRENT])
    add(secret, identifier, params.secret_string, params.secret_binary, event.time, stages)


# get


def chosen(secret: Secret, version: str | UnsetType, stage: str | UnsetType) -> Version:
    """The version that a request means. Raises `Refusal`."""
    if isinstance(version, UnsetType):
        label = told(stage, CURRENT)
        found = secret.versions.get(secret.stages.get(label, ""))
        if found is None or not is_given(found.text, found.binary):
            raise errors.no_value(f"staging label: {label}")
        return found
    held = secret.versions.get(version)
    if held is None:
        raise errors.no_value(f"VersionId: {version}")
    if not isinstance(stage, UnsetType) and secret.stages.get(stage) != version:
        # evidence: guess
        raise errors.request("You provided a VersionStage that is not associated to the provided VersionId.")
    if not is_given(held.text, held.binary):
        raise errors.no_value(f"VersionId: {version}")
    return held


_KEYS_OF_AWS = (UNSET, "", "alias/aws/secretsmanager")


def check_key(call: Call[Any], secret: Secret) -> None:
    """Refuse another account's caller where the key is one that AWS manages: only its own account may use it."""
    caller, owner = call.caller, secret.arn.split(":")[4]
    if secret.key in _KEYS_OF_AWS and caller.service is None and caller.account not in ("", owner):
        # evidence: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
        # words: guess
        raise errors.request(
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key."
        )


@service.read(at=names.by_id)
def get_secret_value(state: Secrets, call: Call[api.GetSecretValue]) -> api.GetSecretValueResult:
    """The current value, or another version's."""
    secret = names.alive(state, call.params.secret_id)
    check_key(call, secret)
    held = chosen(secret, call.params.version_id, call.params.version_stage)
    return api.GetSecretValueResult(
        arn=secret.arn, name=secret.name, version_id=held.id, secret_binary=held.binary, secret_string=held.text,
        version_stages=secret.of(held.id),
        created_date=UNSET if isinstance(held.made, UnsetType) else CommaTime.of(held.made),
    )  # fmt: skip


@service.project(at=names.by_id)
def secret_value_got(state: Secrets, event: Event[api.GetSecretValue, api.GetSecretValueResult]) -> None:
    """Whoever reads a secret leaves a day (API_DescribeSecret: LastAccessedDate)."""
    day = event.time.replace(hour=0, minute=0, second=0, microsecond=0)
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    secret.accessed = day
    version = event.params.version_id
    if isinstance(version, UnsetType):
        version = secret.stages.get(told(event.params.version_stage, CURRENT), "")
    held = secret.versions.get(version)
    if held is not None:
        held.accessed = day


# labels


@service.handle(at=names.by_id)
def update_secret_version_stage(
    state: Secrets, call: Call[api.UpdateSecretVersionStage]
) -> api.UpdateSecretVersionStageResult:
    """A label moves from the version that has it, which must be named."""
    params = call.params
    secret = names.writable(state, params.secret_id)
    has, to, away = (
        secret.stages.get(params.version_stage),
        params.move_to_version_id,
        params.remove_from_version_id,
    )
    for version in (to, away):
        if isinstance(version, str) and version not in secret.versions:
            raise errors.no_value(f"VersionId: {version}")
    if isinstance(away, str) and has != away:
        # evidence: guess
        raise errors.invalid(
            f"The parameter RemoveFromVersionId is invalid. Staging label {params.version_stage} is not attached to "
            f"version {away}."
        )
    if isinstance(away, UnsetType) and has is not None and has != to:
        # evidence: guess
        raise errors.invalid(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {params.version_stage} is currently "
            f"attached to version {has}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if isinstance(to, UnsetType) and params.version_stage == CURRENT:
        # evidence: guess
        raise errors.invalid(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
        )
    return api.UpdateSecretVersionStageResult(arn=secret.arn, name=secret.name)


@service.project(at=names.by_id)
def secret_version_stage_updated(
    state: Secrets, event: Event[api.UpdateSecretVersionStage, api.UpdateSecretVersionStageResult]
) -> None:
    """The label is another version's, or nobody's."""
    params = event.params
    secret = names.known(state, event, params.secret_id, event.result.arn)
    to = params.move_to_version_id
    if isinstance(to, str):
        secret.versions.setdefault(to, Version(id=to))
    move(secret, params.version_stage, to if isinstance(to, str) else None)
    if params.version_stage == CURRENT and secret.stages.get(PENDING) == to:
        secret.rotation.last = event.time  # a rotation's last step ends with this
    secret.changed = event.time


# list


@service.read(at=names.by_id)
def list_secret_version_ids(
    state: Secrets, call: Call[api.ListSecretVersionIds]
) -> api.ListSecretVersionIdsResult:
    """Versions with labels; with IncludeDeprecated all."""
    secret = names.required(state, call.params.secret_id)
    labelled = set(secret.stages.values())
    everything = call.params.include_deprecated is True
    held = {key: secret.versions[key] for key in sorted(secret.versions) if everything or key in labelled}
    try:
        found = page(
            held, told(call.params.next_token, "") or None, told(call.params.max_results, limits.PAGE[1])
        )
    except BadToken as error:
        raise errors.bad_token() from error
    return api.ListSecretVersionIdsResult(
        versions=[_listed(secret, one) for one in found.items], next_token=found.next or UNSET, arn=secret.arn,
        name=secret.name,
    )  # fmt: skip


def _listed(secret: Secret, version: Version) -> api.SecretVersionsListEntry:
    return api.SecretVersionsListEntry(
        version_id=version.id, version_stages=secret.of(version.id) or UNSET,
        last_accessed_date=UNSET if isinstance(version.accessed, UnsetType) else CommaTime.of(version.accessed),
        created_date=UNSET if isinstance(version.made, UnsetType) else CommaTime.of(version.made),
        kms_key_ids=["DefaultEncryptionKey"] if isinstance(secret.key, UnsetType) else [secret.key],
    )  # fmt: skip


# what the service does by itself


class SecretVersionDeletion(Params):
    """The service's own action: a version without labels goes, since there are too many."""


@service.project
def secret_version_deleted(state: Secrets, event: Event[SecretVersionDeletion, None]) -> None:
    """The version is gone; AWS's records name it in `additionalEventData`. Ours go with the value that is put."""
    told_arn, version = event.additional.get("ARN"), event.additional.get("VersionId")
    if isinstance(told_arn, str) and isinstance(version, str):
        secret = names.known(state, event, told_arn, told_arn)
        if version not in secret.stages.values():
            secret.versions.pop(version, None)
