"""RDS's refusals, in its own words where they are known, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

_COMMON = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html"
CODES: dict[str, str] = dict.fromkeys(
    ("InvalidParameterCombination", "InvalidParameterValue", "MissingParameter"), _COMMON
)
"""Codes that the model lacks, with the page that has them."""


def value(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("InvalidParameterValue", message)


def combination(message: str) -> Refusal:
    """Parameters that do not go together."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("InvalidParameterCombination", message)


def missing(member: str) -> Refusal:
    """A parameter that must be there."""
    # evidence: page CommonErrors.html; words: guess
    return Refusal("MissingParameter", f"The request must contain the parameter {member}")


def identifier(member: str) -> Refusal:
    """An identifier that is none."""
    # evidence: guess
    return value(
        f"The parameter {member} is not a valid identifier. Identifiers must begin with a letter; must contain only "
        "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )


def no_instance(name: str) -> Refusal:
    """There is no such instance."""
    # evidence: model; words: guess
    return Refusal("DBInstanceNotFound", f"DBInstance {name} not found.", status=404)


def instance_exists() -> Refusal:
    """There is an instance of that name."""
    # evidence: model; words: guess
    return Refusal("DBInstanceAlreadyExists", "DB instance already exists")


def instance_state(message: str) -> Refusal:
    """The instance is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBInstanceState", message)


def no_cluster(name: str) -> Refusal:
    """There is no such cluster."""
    # evidence: model; words: guess
    return Refusal("DBClusterNotFoundFault", f"DBCluster {name} not found.", status=404)


def cluster_exists() -> Refusal:
    """There is a cluster of that name."""
    # evidence: model; words: guess
    return Refusal("DBClusterAlreadyExistsFault", "DB Cluster already exists")


def cluster_state(message: str) -> Refusal:
    """The cluster is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBClusterStateFault", message)


def no_snapshot(name: str) -> Refusal:
    """There is no such snapshot of an instance."""
    # evidence: model; words: guess
    return Refusal("DBSnapshotNotFound", f"DBSnapshot {name} not found.", status=404)


def snapshot_exists(name: str) -> Refusal:
    """There is a snapshot of that name."""
    # evidence: model; words: guess
    return Refusal(
        "DBSnapshotAlreadyExists",
        f"Cannot create the snapshot because a snapshot with the identifier {name} already exists.",
    )


def snapshot_state(message: str) -> Refusal:
    """The snapshot is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBSnapshotState", message)


def no_cluster_snapshot(name: str) -> Refusal:
    """There is no such snapshot of a cluster."""
    # evidence: model; words: guess
    return Refusal("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot not found: {name}", status=404)


def cluster_snapshot_exists(name: str) -> Refusal:
    """There is a cluster's snapshot of that name."""
    # evidence: model; words: guess
    return Refusal(
        "DBClusterSnapshotAlreadyExistsFault",
        f"Cannot create the cluster snapshot because one with the identifier {name} already exists.",
    )


def cluster_snapshot_state(message: str) -> Refusal:
    """The cluster's snapshot is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBClusterSnapshotStateFault", message)


def no_parameter_group(name: str) -> Refusal:
    """There is no such parameter group."""
    # evidence: model; words: guess
    return Refusal("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", status=404)


def parameter_group_exists(name: str) -> Refusal:
    """There is a parameter group of that name."""
    # evidence: model; words: guess
    return Refusal("DBParameterGroupAlreadyExists", f"Parameter group {name} already exists")


def parameter_group_state(message: str) -> Refusal:
    """The parameter group is in use, or AWS's own."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBParameterGroupState", message)


def no_subnet_group(name: str) -> Refusal:
    """There is no such subnet group."""
    # evidence: model; words: guess
    return Refusal("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.", status=404)


def subnet_group_exists(name: str) -> Refusal:
    """There is a subnet group of that name."""
    # evidence: model; words: guess
    return Refusal("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")


def subnet_group_used(name: str, by: str) -> Refusal:
    """The subnet group is in use."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidDBSubnetGroupStateFault",
        f"Cannot delete the subnet group '{name}' because at least one database instance: {by} is still using it.",
    )


def few_zones(zones: list[str]) -> Refusal:
    """The subnets lie in one zone."""
    # evidence: model; words: guess
    return Refusal(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
        f"{', '.join(zones)}. Add subnets to cover at least 2 AZs.",
    )


def bad_subnet(message: str) -> Refusal:
    """Subnets that are not there, or in several VPCs."""
    # evidence: model; words: each caller's
    return Refusal("InvalidSubnet", message)


def no_option_group(name: str) -> Refusal:
    """There is no such option group."""
    # evidence: model; words: guess
    return Refusal("OptionGroupNotFoundFault", f"Specified OptionGroupName: {name} not found.", status=404)


def option_group_exists(name: str) -> Refusal:
    """There is an option group of that name."""
    # evidence: model; words: guess
    return Refusal("OptionGroupAlreadyExistsFault", f"An option group named {name} already exists.")


def option_group_state(message: str) -> Refusal:
    """The option group is in use, or AWS's own."""
    # evidence: model; words: each caller's
    return Refusal("InvalidOptionGroupStateFault", message)


def no_security_group(name: str) -> Refusal:
    """There is no such security group of RDS's own."""
    # evidence: model; words: guess
    return Refusal("DBSecurityGroupNotFound", f"DBSecurityGroup {name} not found.", status=404)


def security_group_exists(name: str) -> Refusal:
    """There is a security group of that name."""
    # evidence: model; words: guess
    return Refusal("DBSecurityGroupAlreadyExists", f"DBSecurityGroup {name} already exists.")


def security_group_state(message: str) -> Refusal:
    """The security group is in use."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDBSecurityGroupState", message)


def authorized() -> Refusal:
    """The rule is there already."""
    # evidence: model; words: guess
    return Refusal("AuthorizationAlreadyExists", "The authorization already exists.")


def not_authorized() -> Refusal:
    """There is no such rule."""
    # evidence: model; words: guess
    return Refusal("AuthorizationNotFound", "The authorization was not found.", status=404)


def no_global(name: str) -> Refusal:
    """There is no such global cluster."""
    # evidence: model; words: guess
    return Refusal("GlobalClusterNotFoundFault", f"Global cluster {name} not found.", status=404)


def global_exists() -> Refusal:
    """There is a global cluster of that name."""
    # evidence: model; words: guess
    return Refusal("GlobalClusterAlreadyExistsFault", "Global cluster already exists.")


def global_state(message: str) -> Refusal:
    """The global cluster is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidGlobalClusterStateFault", message)


def no_export(name: str) -> Refusal:
    """There is no such export."""
    # evidence: model; words: guess
    return Refusal("ExportTaskNotFound", f"The export task {name} can't be found.", status=404)


def export_exists(name: str) -> Refusal:
    """There is an export of that name."""
    # evidence: model; words: guess
    return Refusal("ExportTaskAlreadyExists", f"The export task {name} already exists.")


def export_state(name: str) -> Refusal:
    """The export is over."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidExportTaskStateFault", f"You can't cancel the export task {name} that has completed."
    )


def no_backup(name: str) -> Refusal:
    """There is no such automated backup of an instance."""
    # evidence: model; words: guess
    return Refusal(
        "DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {name} not found.", status=404
    )


def no_cluster_backup(name: str) -> Refusal:
    """There is no such automated backup of a cluster."""
    # evidence: model; words: guess
    return Refusal(
        "DBClusterAutomatedBackupNotFoundFault", f"DBClusterAutomatedBackup {name} not found.", status=404
    )


def no_instance_role(role: str) -> Refusal:
    """The instance has no such role."""
    # evidence: model; words: guess
    return Refusal("DBInstanceRoleNotFound", f"Role ARN {role} cannot be found for DB Instance", status=404)


def instance_role_exists(role: str) -> Refusal:
    """The instance has that role."""
    # evidence: model; words: guess
    return Refusal("DBInstanceRoleAlreadyExists", f"Role ARN {role} is already associated with DB Instance")


def no_cluster_role(role: str) -> Refusal:
    """The cluster has no such role."""
    # evidence: model; words: guess
    return Refusal("DBClusterRoleNotFound", f"Role ARN {role} cannot be found for DB Cluster", status=404)


def cluster_role_exists(role: str) -> Refusal:
    """The cluster has that role."""
    # evidence: model; words: guess
    return Refusal("DBClusterRoleAlreadyExists", f"Role ARN {role} is already associated with DB Cluster")


def no_log_file(name: str) -> Refusal:
    """The instance has no such log file."""
    # evidence: model; words: guess
    return Refusal(
        "DBLogFileNotFoundFault", f"DBLog File: {name}, is not found on the DB instance", status=404
    )


def no_resource(arn: str) -> Refusal:
    """Nothing has that ARN that waits for maintenance, or streams."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundFault", f"The specified resource {arn} was not found.", status=404)


def too_many(code: str, what: str) -> Refusal:
    """A quota is reached."""
    # evidence: model (InstanceQuotaExceeded, SnapshotQuotaExceeded, ...); words: guess
    return Refusal(code, f"Cannot create more than the allowed number of {what}.")


def too_old() -> Refusal:
    """There are no automated backups to restore from."""
    # evidence: model; words: guess
    return Refusal(
        "PointInTimeRestoreNotEnabled", "Automated backups are not enabled for this database instance."
    )
