"""Instances: their life, changes, replicas, snapshots and what is restored from them."""

from __future__ import annotations

import pytest

from backtrail_aws.rds import api

from .rds_scenario import Rds


def test_an_instance_is_made_described_and_deleted() -> None:
    """Given an instance, when it is described, then it is available and its password is in no record."""
    aws = Rds()
    made = aws.made(vpc_security_group_ids=["sg-1"], tags=[api.Tag(key="a", value="b")])
    assert (made.db_instance_status, made.engine_version, made.backup_retention_period) == (
        "creating",
        "8.0.40",
        1,
    )
    record = aws.record
    assert record["requestParameters"]["masterUserPassword"] == "****"
    assert record["responseElements"]["dBInstanceIdentifier"] == "db"
    assert record["responseElements"]["pendingModifiedValues"] == {"masterUserPassword": "****"}
    assert "s3cr3t-pass" not in str(record)
    shown = aws.instance()
    assert shown.db_instance_status == "available"
    assert shown.endpoint.port == 3306  # type: ignore[union-attr]
    assert str(shown.endpoint.address).startswith("db.c")  # type: ignore[union-attr]
    assert shown.tag_list == [api.Tag(key="a", value="b")]
    aws.when(api.CreateDBInstance(
        db_instance_identifier="DB", engine="mysql", db_instance_class="db.t3.micro", allocated_storage=20,
        master_username="admin", master_user_password="s3cr3t-pass",
    )).refused("DBInstanceAlreadyExists")  # fmt: skip
    aws.when(api.DeleteDBInstance(db_instance_identifier="db")).refused("InvalidParameterCombination")
    gone = aws.did(api.DeleteDBInstance(db_instance_identifier="db", final_db_snapshot_identifier="last"))
    assert gone.db_instance.db_instance_status == "deleting"
    aws.when(api.DescribeDBInstances(db_instance_identifier="db")).refused("DBInstanceNotFound")
    assert aws.did(api.DescribeDBSnapshots()).db_snapshots[0].status == "available"
    aws.when(api.DeleteDBInstance(db_instance_identifier="db", skip_final_snapshot=True))
    aws.refused("DBInstanceNotFound")
    aws.replays()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"engine": "nosql"}, "InvalidParameterValue"),
        ({"engine_version": "4.1"}, "InvalidParameterCombination"),
        ({"db_instance_class": "t3"}, "InvalidParameterValue"),
        ({"master_user_password": "short"}, "InvalidParameterValue"),
        ({"master_user_password": "with a blank"}, "InvalidParameterValue"),
        ({"backup_retention_period": 36}, "InvalidParameterValue"),
        ({"port": 80}, "InvalidParameterValue"),
        ({"db_subnet_group_name": "none"}, "DBSubnetGroupNotFoundFault"),
        ({"db_parameter_group_name": "none"}, "DBParameterGroupNotFound"),
        ({"option_group_name": "none"}, "OptionGroupNotFoundFault"),
        ({"db_cluster_identifier": "none"}, "DBClusterNotFoundFault"),
        ({"db_instance_identifier": "1db"}, "InvalidParameterValue"),
        ({"license_model": "mine"}, "InvalidParameterCombination"),
    ],
)
def test_instances_that_cannot_be(given: dict[str, object], code: str) -> None:
    """What is wrong in the parameters is refused with the code that says so."""
    settings: dict[str, object] = {
        "db_instance_identifier": "db", "engine": "mysql", "db_instance_class": "db.t3.micro",
        "allocated_storage": 20, "master_username": "admin", "master_user_password": "s3cr3t-pass",
    }  # fmt: skip
    Rds().when(api.CreateDBInstance(**(settings | given))).refused(code)  # type: ignore[arg-type]


def test_a_change_waits_for_its_window_unless_it_is_applied_at_once() -> None:
    """Given a change of storage, when it is not applied at once, then it is pending until the window."""
    aws = Rds()
    aws.made(preferred_maintenance_window="wed:03:00-wed:03:30")
    aws.given(
        api.ModifyDBInstance(db_instance_identifier="db", allocated_storage=30, deletion_protection=True)
    )
    shown = aws.instance()
    assert (shown.allocated_storage, shown.deletion_protection) == (20, True)
    assert shown.pending_modified_values == api.PendingModifiedValues(allocated_storage=30)
    aws.later(days=7)
    assert aws.instance().allocated_storage == 30
    aws.when(api.DeleteDBInstance(db_instance_identifier="db", skip_final_snapshot=True))
    aws.refused("InvalidParameterCombination", "protected")
    at_once = api.ModifyDBInstance(
        db_instance_identifier="db", allocated_storage=40, apply_immediately=True, multi_az=True,
        deletion_protection=False, new_db_instance_identifier="new",
    )  # fmt: skip
    aws.given(at_once)
    shown = aws.instance("new")
    assert (shown.allocated_storage, shown.multi_az, shown.deletion_protection) == (40, True, False)
    aws.when(api.ModifyDBInstance(db_instance_identifier="new", allocated_storage=10))
    aws.refused("InvalidParameterCombination")
    aws.when(api.ModifyDBInstance(db_instance_identifier="new", engine_version="8.4"))
    aws.refused("InvalidParameterCombination", "AllowMajorVersionUpgrade")
    aws.replays()


def test_an_instance_stops_starts_and_reboots() -> None:
    """Each in its state; a failover takes a standby."""
    aws = Rds()
    aws.made()
    aws.when(api.StartDBInstance(db_instance_identifier="db")).refused("InvalidDBInstanceState")
    aws.given(api.StopDBInstance(db_instance_identifier="db", db_snapshot_identifier="before"))
    assert aws.instance().db_instance_status == "stopped"
    aws.when(api.RebootDBInstance(db_instance_identifier="db")).refused("InvalidDBInstanceState")
    aws.given(api.StartDBInstance(db_instance_identifier="db"))
    aws.given(api.RebootDBInstance(db_instance_identifier="db"))
    aws.when(api.RebootDBInstance(db_instance_identifier="db", force_failover=True))
    aws.refused("InvalidParameterCombination")
    role = "arn:aws:iam::123456789012:role/import"
    add = api.AddRoleToDBInstance(db_instance_identifier="db", role_arn=role, feature_name="s3Import")
    aws.given(add).when(add).refused("DBInstanceRoleAlreadyExists")
    remove = api.RemoveRoleFromDBInstance(db_instance_identifier="db", role_arn=role, feature_name="s3Import")
    aws.given(remove).when(remove).refused("DBInstanceRoleNotFound")
    assert aws.did(api.DescribeDBLogFiles(db_instance_identifier="db")).describe_db_log_files == []
    aws.when(api.DownloadDBLogFilePortion(db_instance_identifier="db", log_file_name="x"))
    aws.refused("DBLogFileNotFoundFault")
    told = [one.message for one in aws.did(api.DescribeEvents()).events]
    assert told[0] == "DB instance created" and "DB instance stopped" in told
    aws.replays()


def test_a_replica_follows_its_source_until_it_is_promoted() -> None:
    """Given a replica, when it is promoted, then neither knows of the other."""
    aws = Rds()
    aws.made()
    create = api.CreateDBInstanceReadReplica(
        db_instance_identifier="copy", source_db_instance_identifier="db"
    )
    aws.given(create)
    assert aws.instance().read_replica_db_instance_identifiers == ["copy"]
    assert aws.instance("copy").read_replica_source_db_instance_identifier == "db"
    aws.when(api.StopDBInstance(db_instance_identifier="db")).refused("InvalidDBInstanceState")
    aws.given(api.PromoteReadReplica(db_instance_identifier="copy"))
    assert aws.instance().read_replica_db_instance_identifiers == []
    aws.when(api.PromoteReadReplica(db_instance_identifier="copy")).refused("InvalidDBInstanceState")
    aws.made("none", backup_retention_period=0)
    create = api.CreateDBInstanceReadReplica(db_instance_identifier="x", source_db_instance_identifier="none")
    aws.when(create).refused("InvalidDBInstanceState")
    aws.replays()


def test_snapshots_are_shared_copied_and_restored() -> None:
    """Given a snapshot, when it is shared, then the other account can restore it, and no one else."""
    aws = Rds()
    aws.made(copy_tags_to_snapshot=True, tags=[api.Tag(key="a", value="b")])
    aws.given(api.CreateDBSnapshot(db_snapshot_identifier="s1", db_instance_identifier="db"))
    again = api.CreateDBSnapshot(db_snapshot_identifier="s1", db_instance_identifier="db")
    aws.when(again).refused("DBSnapshotAlreadyExists")
    share = api.ModifyDBSnapshotAttribute(
        db_snapshot_identifier="s1", attribute_name="restore", values_to_add=["222222222222"]
    )
    shared = aws.did(share).db_snapshot_attributes_result.db_snapshot_attributes[0]
    assert shared.attribute_values == ["222222222222"]
    assert aws.record["responseElements"]["dBSnapshotAttributes"][0]["attributeValues"] == ["222222222222"]
    arn = aws.did(api.DescribeDBSnapshots(db_snapshot_identifier="s1")).db_snapshots[0].db_snapshot_arn
    restore = api.RestoreDBInstanceFromDBSnapshot(db_instance_identifier="r", db_snapshot_identifier=arn)
    for account, error in (("222222222222", None), ("333333333333", "DBSnapshotNotFound")):
        aws.when(restore, account=account)
        assert (aws.error.code if aws.error else None) == error
    aws.given(
        api.CopyDBSnapshot(
            source_db_snapshot_identifier=arn, target_db_snapshot_identifier="s2", copy_tags=True
        )
    )
    tags = aws.did(api.ListTagsForResource(resource_name=arn.replace("s1", "s2"))).tag_list
    assert tags == [api.Tag(key="a", value="b")]
    aws.given(restore)
    assert aws.instance("r").master_username == "admin"
    aws.given(api.DeleteDBSnapshot(db_snapshot_identifier="s1"))
    aws.when(api.DeleteDBSnapshot(db_snapshot_identifier="s1")).refused("DBSnapshotNotFound")
    aws.replays()


def test_backups_outlive_their_instance_where_that_is_wanted() -> None:
    """Given kept backups, when the instance is gone, then it can be restored from them until they are deleted."""
    aws = Rds()
    made = aws.made()
    aws.given(api.DeleteDBInstance(
        db_instance_identifier="db", skip_final_snapshot=True, delete_automated_backups=False
    ))  # fmt: skip
    kept = aws.did(api.DescribeDBInstanceAutomatedBackups()).db_instance_automated_backups
    assert [(one.status, one.dbi_resource_id) for one in kept] == [("retained", made.dbi_resource_id)]
    aws.given(api.RestoreDBInstanceToPointInTime(
        target_db_instance_identifier="again", source_dbi_resource_id=made.dbi_resource_id,
        use_latest_restorable_time=True,
    ))  # fmt: skip
    assert aws.instance("again").engine == "mysql"
    aws.given(api.DeleteDBInstanceAutomatedBackup(dbi_resource_id=made.dbi_resource_id))
    aws.when(api.DeleteDBInstanceAutomatedBackup(dbi_resource_id=made.dbi_resource_id))
    aws.refused("DBInstanceAutomatedBackupNotFound")
    aws.replays()
