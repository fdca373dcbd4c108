"""Secrets: made, described, listed, changed, deleted and restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Noted, Params, UnsetType, field, told
from backtrail.trail.times import CommaTime
from backtrail_aws.secretsmanager import api, errors, limits, names, replication, tags, versions
from backtrail_aws.secretsmanager.state import CURRENT, Secret, Secrets, service

# create


@service.handle
def create_secret(state: Secrets, call: Call[api.CreateSecret]) -> api.CreateSecretResult:
    """A secret, with a first version where a value is given. An equal repeat is the same secret."""
    params = call.params
    names.check(params.name)
    versions.check_value(params.secret_string, params.secret_binary)
    tags.check(told(params.tags, []), {})
    old = state.secrets.get(params.name)
    if old is not None:
        if not isinstance(old.deleted, UnsetType):
            # evidence: https://github.com/redpanda-data/console/issues/1835
            raise errors.request(
                "You can't create this secret because a secret with this name is already scheduled for deletion."
            )
        version = old.versions.get(told(params.client_request_token, ""))
        if version is None or not versions.same(version, params.secret_string, params.secret_binary):
            raise errors.exists(params.name)
        return api.CreateSecretResult(arn=old.arn, name=old.name, version_id=version.id)
    if len(state.secrets) >= call.quota("secrets", limits.SECRETS_MAX):
        raise errors.too_many("You have reached the maximum number of secrets.")
    replicas = replication.asked(params.add_replica_regions, call.region)
    given = versions.is_given(params.secret_string, params.secret_binary)
    return api.CreateSecretResult(
        arn=names.arn_of(call, params.name), name=params.name,
        version_id=versions.token(call, params.client_request_token) if given else UNSET,
        replication_status=replication.shown(replicas, replicas) if replicas else UNSET,
    )  # fmt: skip


@service.project
def secret_created(state: Secrets, event: Event[api.CreateSecret, api.CreateSecretResult]) -> None:
    """The secret is there; its value, where the record's parts tell it."""
    params = event.params
    arn = told(event.result.arn, "")
    old = state.secrets.get(params.name)
    if old is not None and not isinstance(old.made, UnsetType) and old.arn == arn:
        return  # an equal repeat found it
    secret = Secret(
        name=params.name, arn=arn or event.arn("secretsmanager", f"secret:{params.name}"), made=event.time,
        changed=event.time, description=params.description, key=params.kms_key_id,
        tags=tags.plain(told(params.tags, [])), replicas=replication.asked(params.add_replica_regions, event.region),
    )  # fmt: skip
    forget(state, params.name)
    state.secrets[params.name] = secret
    version = told(event.result.version_id, UNSET)
    if isinstance(version, UnsetType) and versions.may_have_one(params.secret_string, params.secret_binary):
        version = params.client_request_token
    if isinstance(version, str):
        versions.add(secret, version, params.secret_string, params.secret_binary, event.time, [CURRENT])


# update


@service.handle(at=names.by_id)
def update_secret(state: Secrets, call: Call[api.UpdateSecret]) -> api.UpdateSecretResult:
    """Description, key and value: a value is a new version."""
    params = call.params
    secret = names.writable(state, params.secret_id)
    versions.check_value(params.secret_string, params.secret_binary)
    if not versions.is_given(params.secret_string, params.secret_binary):
        return api.UpdateSecretResult(arn=secret.arn, name=secret.name)
    identifier = versions.token(call, params.client_request_token)
    held = secret.versions.get(identifier)
    if held is not None and not versions.same(held, params.secret_string, params.secret_binary):
        raise errors.version_exists()
    return api.UpdateSecretResult(arn=secret.arn, name=secret.name, version_id=identifier)


@service.project(at=names.by_id)
def secret_updated(state: Secrets, event: Event[api.UpdateSecret, api.UpdateSecretResult]) -> None:
    """What was given is changed."""
    params = event.params
    secret = names.known(state, event, params.secret_id, event.result.arn)
    secret.description = told(params.description, secret.description)
    secret.key = told(params.kms_key_id, secret.key)
    secret.changed = event.time
    if isinstance(event.result.version_id, str) and event.result.version_id not in secret.versions:
        versions.add(
            secret, event.result.version_id, params.secret_string, params.secret_binary, event.time, [CURRENT]
        )


# delete and restore


@service.handle(at=names.by_id)
def delete_secret(state: Secrets, call: Call[api.DeleteSecret]) -> api.DeleteSecretResult:
    """After a window, or at once; at once it is no error that there is none."""
    params = call.params
    days, force = params.recovery_window_in_days, params.force_delete_without_recovery is True
    if force and not isinstance(days, UnsetType):
        # evidence: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html; words: guess
        raise errors.invalid(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    least, most = limits.RECOVERY_DAYS
    if not isinstance(days, UnsetType) and not least <= days <= most:
        # evidence: the same page; words: guess
        raise errors.invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    found = names.find(state, params.secret_id)
    at = call.time if force else call.time + timedelta(days=told(days, limits.RECOVERY_DEFAULT))
    if found is None:
        if not force:
            raise errors.no_secret()
        return api.DeleteSecretResult(
            arn=_unknown_arn(call), name=params.secret_id, deletion_date=CommaTime.of(at)
        )
    if not isinstance(found.deleted, UnsetType) and not force:
        raise errors.deleted()
    names.check_writable(found)
    if found.replicas:
        # evidence: https://github.com/gruntwork-io/cloud-nuke/issues/435
        raise errors.invalid(
            f"You can't delete secret {found.arn} that still has replica regions [{', '.join(found.replicas)}]."
        )
    return api.DeleteSecretResult(arn=found.arn, name=found.name, deletion_date=CommaTime.of(at))


def _unknown_arn(call: Call[api.DeleteSecret]) -> str:
    name = call.params.secret_id
    return name if name.startswith("arn:") else names.arn_of(call, name)


@service.project(at=names.by_id)
def secret_deleted(state: Secrets, event: Event[api.DeleteSecret, api.DeleteSecretResult]) -> None:
    """The secret is to be deleted; where no recovery was wanted it is gone."""
    params = event.params
    if params.force_delete_without_recovery is True:
        found = names.find(state, params.secret_id) or names.find(state, told(event.result.arn, ""))
        if found is not None:
            forget(state, found.name)
        return
    secret = names.known(state, event, params.secret_id, event.result.arn)
    days = told(params.recovery_window_in_days, limits.RECOVERY_DEFAULT)
    secret.deleted, secret.gone_at = event.time, event.time + timedelta(days=days)
    state.due[_due(secret.gone_at, secret.name)] = secret.name


def _due(at: datetime, name: str) -> str:
    return f"{at:%Y%m%d%H%M%S%f}/{name}"


def forget(state: Secrets, name: str) -> None:
    """In a fold: a secret is not there."""
    secret = state.secrets.pop(name, None)
    if secret is not None and not isinstance(secret.gone_at, UnsetType):
        state.due.pop(_due(secret.gone_at, name), None)


@service.handle(at=names.by_id)
def restore_secret(state: Secrets, call: Call[api.RestoreSecret]) -> api.RestoreSecretResult:
    """One that is not to be deleted is no error."""
    secret = names.required(state, call.params.secret_id)
    return api.RestoreSecretResult(arn=secret.arn, name=secret.name)


@service.project(at=names.by_id)
def secret_restored(state: Secrets, event: Event[api.RestoreSecret, api.RestoreSecretResult]) -> None:
    """The secret stays."""
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    if not isinstance(secret.gone_at, UnsetType):
        state.due.pop(_due(secret.gone_at, secret.name), None)
    secret.deleted = secret.gone_at = UNSET


@service.evidence(at=names.by_id)
def secret_was_gone(state: Secrets, event: Event[api.DeleteSecret, None]) -> None:
    """A secret that could not be deleted because it is not there is not there."""
    found = names.find(state, event.params.secret_id)
    if event.error == "ResourceNotFoundException" and found is not None:
        forget(state, found.name)


# what time does


class StartSecretVersionDelete(Params):
    """The service's own action: a secret's values are being deleted."""

    secret_arn: Noted[str] | UnsetType = field(name="secretArn", default=UNSET)


class EndSecretVersionDelete(Params):
    """The service's own action: a secret's recovery window has ended, or was not wanted."""

    secret_arn: Noted[str] | UnsetType = field(name="secretArn", default=UNSET)


@service.react(at=names.by_id)
def deletion_follows(
    state: Secrets, event: Event[api.DeleteSecret, api.DeleteSecretResult]
) -> Iterator[Command]:
    """What is deleted at once is deleted in the two steps that a trail shows."""
    if event.params.force_delete_without_recovery is True and isinstance(event.result.arn, str):
        yield Command("secretsmanager", StartSecretVersionDelete(secret_arn=event.result.arn))
        yield Command("secretsmanager", EndSecretVersionDelete(secret_arn=event.result.arn))


def next_due(state: Secrets) -> datetime | None:
    """When the next secret is to go, or to be rotated."""
    first = state.due.first()
    if first is None:
        return None
    return datetime.strptime(f"{first.partition('/')[0]}+0000", "%Y%m%d%H%M%S%f%z")


def deletions(state: Secrets, now: datetime) -> Iterator[Command]:
    """The end of every secret whose window has ended by now."""
    for due, name in state.due.items():
        if due.partition("/")[0] > f"{now:%Y%m%d%H%M%S%f}":
            return
        secret = state.secrets.get(name)
        if (
            secret is not None
            and not isinstance(secret.gone_at, UnsetType)
            and _due(secret.gone_at, name) == due
        ):
            yield Command("secretsmanager", StartSecretVersionDelete(secret_arn=secret.arn))
            yield Command("secretsmanager", EndSecretVersionDelete(secret_arn=secret.arn))


@service.handle(internal=True)
def start_secret_version_delete(state: Secrets, call: Call[StartSecretVersionDelete]) -> Answer[None]:
    """Nothing stands in the way."""
    return _about(told(call.params.secret_arn, ""))


@service.project
def secret_version_delete_started(state: Secrets, event: Event[StartSecretVersionDelete, None]) -> None:
    """Whoever looks still finds that it is to be deleted."""
    secret = _named(state, event)
    if secret is not None and isinstance(secret.deleted, UnsetType):
        secret.deleted = event.time


@service.handle(internal=True)
def end_secret_version_delete(state: Secrets, call: Call[EndSecretVersionDelete]) -> Answer[None]:
    """What was to be deleted is."""
    return _about(told(call.params.secret_arn, ""))


def _about(arn: str) -> Answer[None]:
    """As a real trail has it: the secret is named in `additionalEventData` alone."""
    return Answer(None, additional={"ARN": arn, "Name": names.name_of(arn)})


@service.project
def secret_version_delete_ended(state: Secrets, event: Event[EndSecretVersionDelete, None]) -> None:
    """The secret is gone; not one of its name that was made since."""
    secret = _named(state, event)
    if secret is not None:
        forget(state, secret.name)


def _named(
    state: Secrets, event: Event[StartSecretVersionDelete, None] | Event[EndSecretVersionDelete, None]
) -> Secret | None:
    """The secret of such a record: AWS's own name it in `additionalEventData`."""
    arn = told(event.params.secret_arn, "") or str(event.additional.get("ARN") or "")
    found = names.find(state, arn)
    return found if found is not None and found.arn == arn else None


# describe and list


@service.read(at=names.by_id)
def describe_secret(state: Secrets, call: Call[api.DescribeSecret]) -> api.DescribeSecretResult:
    """All but the value; also of a secret that is to be deleted."""
    secret = names.required(state, call.params.secret_id)
    return api.DescribeSecretResult(
        **_common(secret, call.region), version_ids_to_stages=_stages(secret) or UNSET,
        replication_status=replication.shown(secret.replicas) if secret.replicas else UNSET,
    )  # fmt: skip


def listed(secret: Secret, region: str) -> api.SecretListEntry:
    """A secret as a list shows it."""
    return api.SecretListEntry(**_common(secret, region), secret_versions_to_stages=_stages(secret) or UNSET)


def _stages(secret: Secret) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stage, version in secret.stages.items():
        found.setdefault(version, []).append(stage)
    return found


def _common(secret: Secret, region: str) -> dict[str, Any]:
    """The members that a description and a list have alike."""
    rotation = secret.rotation
    rules = api.RotationRulesType(
        automatically_after_days=rotation.days, duration=rotation.duration, schedule_expression=rotation.schedule
    )  # fmt: skip
    return {
        "arn": secret.arn,
        "name": secret.name,
        "description": told(secret.description, "") or UNSET,
        "kms_key_id": secret.key,
        "rotation_enabled": rotation.enabled if rotation.begun else UNSET,
        "rotation_lambda_arn": rotation.function,
        "rotation_rules": rules if rules != api.RotationRulesType() else UNSET,
        "last_rotated_date": _time(rotation.last),
        "next_rotation_date": _time(rotation.next) if rotation.enabled else UNSET,
        "last_changed_date": _time(secret.changed),
        "last_accessed_date": _time(secret.accessed),
        "deleted_date": _time(secret.deleted),
        "created_date": _time(secret.made),
        "primary_region": secret.primary
        if isinstance(secret.primary, str)
        else region
        if secret.replicas
        else UNSET,
        "tags": [api.Tag(key=key, value=value) for key, value in secret.tags.items()],
    }


def _time(at: datetime | UnsetType) -> CommaTime | UnsetType:
    return UNSET if isinstance(at, UnsetType) else CommaTime.of(at)
