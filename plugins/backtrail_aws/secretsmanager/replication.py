"""Copies of secrets in other regions: which there are. A copy's value is not served in its region yet.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.secretsmanager import api, errors, names
from backtrail_aws.secretsmanager.state import Secrets, service


def asked(regions: list[api.ReplicaRegionType] | UnsetType, own: str) -> dict[str, str]:
    """Region -> key, as a request asks for them. Raises `Refusal`."""
    found = {told(one.region, ""): told(one.kms_key_id, "") for one in told(regions, [])}
    if own in found:
        # evidence: guess
        raise errors.invalid("Invalid replica region.")
    return found


def shown(replicas: Mapping[str, str]) -> list[api.ReplicationStatusType]:
    """Copies as answers show them."""
    return [
        api.ReplicationStatusType(
            region=region, kms_key_id=key or UNSET, status="InSync", status_message="Replication succeeded"
        )
        for region, key in replicas.items()
    ]


@service.handle(at=names.by_id)
def replicate_secret_to_regions(
    state: Secrets, call: Call[api.ReplicateSecretToRegions]
) -> api.ReplicateSecretToRegionsResult:
    """Copies in more regions."""
    secret = names.alive(state, call.params.secret_id)
    more = asked(call.params.add_replica_regions, call.region)
    return api.ReplicateSecretToRegionsResult(
        arn=secret.arn, replication_status=shown({**secret.replicas, **more})
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
    secret = names.alive(state, call.params.secret_id)
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
