"""Copies of secrets in other regions: each change of the primary secret is sent to them, and is read there.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Noted, Params, Sealed, UnsetType, field, told
from backtrail_aws.secretsmanager import api, errors, names
from backtrail_aws.secretsmanager.state import Secret, Secrets, service

_KEY = (
    "alias/aws/secretsmanager"  # API_ReplicationStatusType, and the examples of replicate-secret-to-regions
)


def asked(regions: list[api.ReplicaRegionType] | UnsetType, own: str) -> dict[str, str]:
    """Region -> key, as a request asks for them. Raises `Refusal`."""
    found = {told(one.region, ""): told(one.kms_key_id, "") for one in told(regions, [])}
    if own in found:
        # evidence: guess
        raise errors.invalid("Invalid replica region.")
    return found


def shown(replicas: Mapping[str, str], new: Collection[str] = ()) -> list[api.ReplicationStatusType]:
    """Copies as answers show them; `new` are regions that a call has just asked for."""
    return [
        api.ReplicationStatusType(
            region=region, kms_key_id=key or _KEY, status="InProgress" if region in new else "InSync",
            status_message=UNSET if region in new else "Replication succeeded",
        )
        for region, key in replicas.items()
    ]  # fmt: skip


@service.handle(at=names.by_id)
def replicate_secret_to_regions(
    state: Secrets, call: Call[api.ReplicateSecretToRegions]
) -> api.ReplicateSecretToRegionsResult:
    """Copies in more regions."""
    secret = names.writable(state, call.params.secret_id)
    more = asked(call.params.add_replica_regions, call.region)
    return api.ReplicateSecretToRegionsResult(
        arn=secret.arn, replication_status=shown({**secret.replicas, **more}, more)
    )


@service.project(at=names.by_id)
def secret_replicated(
    state: Secrets, event: Event[api.ReplicateSecretToRegions, api.ReplicateSecretToRegionsResult]
) -> None:
    """The copies are there."""
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    for one in event.params.add_replica_regions:
        secret.replicas[told(one.region, "")] = told(one.kms_key_id, "")


@service.handle(at=names.by_id)
def remove_regions_from_replication(
    state: Secrets, call: Call[api.RemoveRegionsFromReplication]
) -> api.RemoveRegionsFromReplicationResult:
    """Fewer copies."""
    secret = names.writable(state, call.params.secret_id)
    kept = {one: key for one, key in secret.replicas.items() if one not in call.params.remove_replica_regions}
    return api.RemoveRegionsFromReplicationResult(arn=secret.arn, replication_status=shown(kept))


@service.project(at=names.by_id)
def regions_removed(
    state: Secrets, event: Event[api.RemoveRegionsFromReplication, api.RemoveRegionsFromReplicationResult]
) -> None:
    """The copies are gone."""
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    for region in event.params.remove_replica_regions:
        secret.replicas.pop(region, None)


def _gone(event: Event[api.RemoveRegionsFromReplication, Any]) -> list[tuple[str, str]]:
    """Where copies were."""
    account, _ = names.by_id(event)
    return [(account, region) for region in event.params.remove_replica_regions]


@service.project(at=_gone)
def copy_removed(
    state: Secrets, event: Event[api.RemoveRegionsFromReplication, api.RemoveRegionsFromReplicationResult]
) -> None:
    """A copy is gone from its own region."""
    found = names.find(state, told(event.result.arn, event.params.secret_id))
    if found is not None and not isinstance(found.primary, UnsetType):
        state.secrets.pop(found.name, None)


# what is sent to the regions of copies


class ReplicationSucceeded(Params):
    """The service's own action, in a copy's region: the secret as it is now."""

    secret_arn: Noted[str] | UnsetType = field(name="secretArn", default=UNSET)
    primary_region: Noted[str] | UnsetType = field(name="primaryRegion", default=UNSET)
    key: Noted[str] | UnsetType = field(name="kmsKeyId", default=UNSET)
    secret: Sealed[bytes] | UnsetType = field(name="secret", default=UNSET)


def _copies(state: Secrets, event: Event[Any, Any], identifier: str) -> Iterator[Command]:
    """What the regions of all copies are told after a change."""
    secret = names.find(state, identifier)
    if secret is None or not isinstance(secret.primary, UnsetType):
        return
    whole = msgspec.json.encode(secret)
    account = secret.arn.split(":")[4]
    for region, key in secret.replicas.items():
        yield Command(
            "secretsmanager",
            ReplicationSucceeded(
                secret_arn=secret.arn, primary_region=event.region, key=key or UNSET, secret=whole
            ),
            account=account, region=region,
        )  # fmt: skip


@service.react
def copies_begin(state: Secrets, event: Event[api.CreateSecret, api.CreateSecretResult]) -> Iterator[Command]:
    """Copies that were asked for at once."""
    yield from _copies(state, event, event.params.name)


@service.react(at=names.by_id)
def copies_are_added(state: Secrets, event: Event[api.ReplicateSecretToRegions, Any]) -> Iterator[Command]:
    """Copies that were asked for later."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_get_values(state: Secrets, event: Event[api.PutSecretValue, Any]) -> Iterator[Command]:
    """A new value."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_are_updated(state: Secrets, event: Event[api.UpdateSecret, Any]) -> Iterator[Command]:
    """A new value, or another description."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_get_labels(state: Secrets, event: Event[api.UpdateSecretVersionStage, Any]) -> Iterator[Command]:
    """Labels that have moved."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_get_tags(state: Secrets, event: Event[api.TagResource, Any]) -> Iterator[Command]:
    """Tags."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_lose_tags(state: Secrets, event: Event[api.UntagResource, Any]) -> Iterator[Command]:
    """Tags that are gone."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_get_policies(state: Secrets, event: Event[api.PutResourcePolicy, Any]) -> Iterator[Command]:
    """A resource policy."""
    yield from _copies(state, event, event.params.secret_id)


@service.react(at=names.by_id)
def copies_lose_policies(state: Secrets, event: Event[api.DeleteResourcePolicy, Any]) -> Iterator[Command]:
    """A resource policy that is gone."""
    yield from _copies(state, event, event.params.secret_id)


@service.handle(internal=True)
def replication_succeeded(state: Secrets, call: Call[ReplicationSucceeded]) -> Answer[None]:
    """Nothing stands in the way."""
    arn = told(call.params.secret_arn, "")
    return Answer(None, additional={"ARN": arn, "Name": names.name_of(arn)})


@service.project
def copy_replicated(state: Secrets, event: Event[ReplicationSucceeded, None]) -> None:
    """The copy is as its primary secret was then."""
    params = event.params
    if isinstance(params.secret, UnsetType):
        return
    copy = msgspec.json.decode(params.secret, type=Secret)
    parts = copy.arn.split(":")
    copy.arn = ":".join([*parts[:3], event.region, *parts[4:]])
    copy.primary, copy.key, copy.replicas = params.primary_region, params.key, {}
    copy.rotation.next = UNSET
    held = state.secrets.get(copy.name)
    if held is None or not isinstance(held.primary, UnsetType):
        state.secrets[copy.name] = copy
