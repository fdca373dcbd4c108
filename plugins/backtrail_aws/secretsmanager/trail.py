"""How CloudTrail writes Secrets Manager: values are nowhere in a record, and of an answer often its ARN alone.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html; real records of CreateSecret
and PutSecretValue show `arn` alone, those of PutResourcePolicy `arn` and `name`, those of DeleteSecret `aRN`. What
others show is taken to be the same as for those of their kind.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime

_SHORT = ("CreateSecret", "PutSecretValue", "UpdateSecret")
_LONG = (
    "CancelRotateSecret", "DeleteResourcePolicy", "PutResourcePolicy", "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret", "StopReplicationToReplica",
    "UpdateSecretVersionStage",
)  # fmt: skip

TRAIL = Trail(
    time=CommaTime,
    sealed=frozenset(
        {
            "CreateSecret.SecretBinary",
            "CreateSecret.SecretString",
            "GetRandomPasswordResult.RandomPassword",
            "GetSecretValueResult.SecretBinary",
            "GetSecretValueResult.SecretString",
            "PutSecretValue.RotationToken",
            "PutSecretValue.SecretBinary",
            "PutSecretValue.SecretString",
            "SecretValueEntry.SecretBinary",
            "SecretValueEntry.SecretString",
            "UpdateSecret.SecretBinary",
            "UpdateSecret.SecretString",
        }
    ),
    noted=frozenset(
        {
            "CreateSecretResult.Name",
            "CreateSecretResult.ReplicationStatus",
            "CreateSecretResult.VersionId",
            "PutSecretValueResult.Name",
            "PutSecretValueResult.VersionId",
            "PutSecretValueResult.VersionStages",
            "UpdateSecretResult.Name",
            "UpdateSecretResult.VersionId",
        }
    ),
    renamed={f"{name}Result.ARN": "arn" for name in (*_SHORT, *_LONG)},
)
"""Secrets Manager's declaration."""
