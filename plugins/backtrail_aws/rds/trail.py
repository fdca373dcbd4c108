"""How CloudTrail writes RDS: the content of a result's only member, passwords as four stars.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/logging-using-cloudtrail.html and real records. AWS's own
maintenance tells nothing in parameters; some records lack what the model requires.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

_PASSWORDS = {
    "MasterUserPassword": (
        "CreateDBCluster", "CreateDBInstance", "ModifyDBCluster", "ModifyDBInstance",
    ),
    "TdeCredentialPassword": (
        "CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot",
        "RestoreDBInstanceToPointInTime",
    ),
}  # fmt: skip

TRAIL = Trail(
    form="unwrapped",
    starred=frozenset(f"{action}.{member}" for member, actions in _PASSWORDS.items() for action in actions),
    sealed=frozenset({
        "CopyDBClusterSnapshot.PreSignedUrl", "CopyDBSnapshot.PreSignedUrl", "CreateDBCluster.PreSignedUrl",
        "CreateDBInstanceReadReplica.PreSignedUrl",
    }),
    optional=frozenset({
        "ApplyPendingMaintenanceAction.*", "RemoveRoleFromDBInstance.FeatureName", "StartActivityStream.*",
        "StartExportTask.ExportTaskIdentifier",
    }),
)  # fmt: skip
"""RDS's declaration."""
