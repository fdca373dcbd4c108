"""Clusters, global clusters, and groups of parameters, subnets, options and addresses."""

from __future__ import annotations

from typing import Any

import backtrail_aws.ec2
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.rds import api

from .rds_scenario import Rds


def cluster(name: str = "c", **given: Any) -> api.CreateDBCluster:
    """A call for an Aurora cluster."""
    return api.CreateDBCluster(
        db_cluster_identifier=name, engine="aurora-mysql", master_username="admin",
        master_user_password="s3cr3t-pass", **given,
    )  # fmt: skip


def member(name: str) -> api.CreateDBInstance:
    """A call for an instance of the cluster."""
    return api.CreateDBInstance(
        db_instance_identifier=name,
        engine="aurora-mysql",
        db_instance_class="db.r5.large",
        db_cluster_identifier="c",
    )


def test_a_clusters_life() -> None:
    """Given a cluster with two instances, when it fails over, then the reader writes; it goes only when empty."""
    aws = Rds()
    aws.when(cluster(port=1)).refused("InvalidParameterValue")
    made = aws.did(cluster(deletion_protection=True)).db_cluster
    assert (made.status, made.engine_mode, made.port) == ("creating", "provisioned", 3306)
    assert "s3cr3t-pass" not in str(aws.record)
    aws.when(cluster()).refused("DBClusterAlreadyExistsFault")
    aws.when(api.FailoverDBCluster(db_cluster_identifier="c")).refused("InvalidDBClusterStateFault")
    aws.given(member("c1"), member("c2"), api.FailoverDBCluster(db_cluster_identifier="c"))
    shown = aws.did(api.DescribeDBClusters(db_cluster_identifier="c")).db_clusters[0]
    writers = [(one.db_instance_identifier, one.is_cluster_writer) for one in shown.db_cluster_members]
    assert writers == [("c1", False), ("c2", True)]
    aws.given(api.StopDBCluster(db_cluster_identifier="c"))
    assert aws.instance("c1").db_instance_status == "stopped"
    aws.when(api.RebootDBCluster(db_cluster_identifier="c")).refused("InvalidDBClusterStateFault")
    aws.given(api.StartDBCluster(db_cluster_identifier="c"), api.RebootDBCluster(db_cluster_identifier="c"))
    delete = api.DeleteDBCluster(db_cluster_identifier="c", skip_final_snapshot=True)
    aws.when(delete).refused("InvalidParameterCombination", "protected")
    aws.given(
        api.ModifyDBCluster(db_cluster_identifier="c", deletion_protection=False, backup_retention_period=3)
    )
    aws.when(delete).refused("InvalidDBClusterStateFault", "still contains")
    role = "arn:aws:iam::123456789012:role/x"
    aws.given(api.AddRoleToDBCluster(db_cluster_identifier="c", role_arn=role))
    aws.given(api.RemoveRoleFromDBCluster(db_cluster_identifier="c", role_arn=role))
    aws.when(api.RemoveRoleFromDBCluster(db_cluster_identifier="c", role_arn=role))
    aws.refused("DBClusterRoleNotFound")
    for name in ("c1", "c2"):
        aws.given(api.DeleteDBInstance(db_instance_identifier=name))
    final = api.DeleteDBCluster(
        db_cluster_identifier="c", final_db_snapshot_identifier="last", delete_automated_backups=False
    )
    aws.given(final)
    backup = aws.did(api.DescribeDBClusterAutomatedBackups()).db_cluster_automated_backups[0]
    aws.given(api.DeleteDBClusterAutomatedBackup(db_cluster_resource_id=backup.db_cluster_resource_id))
    aws.given(api.RestoreDBClusterFromSnapshot(
        db_cluster_identifier="again", snapshot_identifier="last", engine="aurora-mysql"
    ))  # fmt: skip
    shown = aws.did(api.DescribeDBClusters(db_cluster_identifier="again")).db_clusters[0]
    assert (shown.master_username, shown.status) == ("admin", "available")
    aws.replays()


def test_cluster_snapshots_are_shared_and_copied() -> None:
    """A snapshot of a cluster has the life of an instance's."""
    aws = Rds()
    aws.given(cluster())
    aws.given(api.CreateDBClusterSnapshot(db_cluster_snapshot_identifier="s", db_cluster_identifier="c"))
    share = api.ModifyDBClusterSnapshotAttribute(
        db_cluster_snapshot_identifier="s", attribute_name="restore", values_to_add=["all"]
    )
    aws.given(share)
    told = aws.did(api.DescribeDBClusterSnapshotAttributes(db_cluster_snapshot_identifier="s"))
    attribute = told.db_cluster_snapshot_attributes_result.db_cluster_snapshot_attributes[0]
    assert attribute.attribute_values == ["all"]
    arn = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:s"
    copy = api.CopyDBClusterSnapshot(
        source_db_cluster_snapshot_identifier=arn, target_db_cluster_snapshot_identifier="copied"
    )
    aws.when(copy, account="222222222222")
    assert aws.error is None
    aws.given(copy, api.DeleteDBClusterSnapshot(db_cluster_snapshot_identifier="s"))
    found = aws.did(api.DescribeDBClusterSnapshots()).db_cluster_snapshots
    assert [one.db_cluster_snapshot_identifier for one in found] == ["copied"]
    aws.when(api.DeleteDBClusterSnapshot(db_cluster_snapshot_identifier="s"))
    aws.refused("DBClusterSnapshotNotFoundFault")
    aws.replays()


def test_a_global_cluster() -> None:
    """It has members, one of them writes; it goes only when empty and unprotected."""
    aws = Rds()
    aws.given(cluster("one"))
    source = "arn:aws:rds:us-east-1:123456789012:cluster:one"
    create = api.CreateGlobalCluster(global_cluster_identifier="g", source_db_cluster_identifier=source)
    aws.given(create).when(create).refused("GlobalClusterAlreadyExistsFault")
    aws.given(api.CreateDBCluster(
        db_cluster_identifier="two", engine="aurora-mysql", global_cluster_identifier="g"
    ))  # fmt: skip
    other = source.replace(":one", ":two")
    aws.given(api.FailoverGlobalCluster(global_cluster_identifier="g", target_db_cluster_identifier=other))
    shown = aws.did(api.DescribeGlobalClusters()).global_clusters[0]
    assert [one.is_writer for one in shown.global_cluster_members] == [False, True]
    aws.when(api.DeleteDBCluster(db_cluster_identifier="one", skip_final_snapshot=True))
    aws.refused("InvalidDBClusterStateFault")
    aws.given(api.ModifyGlobalCluster(global_cluster_identifier="g", deletion_protection=True))
    aws.when(api.DeleteGlobalCluster(global_cluster_identifier="g")).refused("InvalidParameterCombination")
    aws.given(api.ModifyGlobalCluster(global_cluster_identifier="g", deletion_protection=False))
    aws.when(api.DeleteGlobalCluster(global_cluster_identifier="g")).refused("InvalidGlobalClusterStateFault")
    for arn in (source, other):
        aws.given(api.RemoveFromGlobalCluster(global_cluster_identifier="g", db_cluster_identifier=arn))
    aws.given(api.DeleteGlobalCluster(global_cluster_identifier="g"))
    aws.when(api.DescribeGlobalClusters(global_cluster_identifier="g")).refused("GlobalClusterNotFoundFault")
    aws.replays()


def test_parameter_groups() -> None:
    """What is set is listed; a group in use stays."""
    aws = Rds()
    create = api.CreateDBParameterGroup(
        db_parameter_group_name="P", db_parameter_group_family="mysql8.0", description="d"
    )
    made = aws.did(create).db_parameter_group
    assert made.db_parameter_group_name == "p" and made.db_parameter_group_arn.endswith(":pg:p")
    aws.when(create).refused("DBParameterGroupAlreadyExists")
    value = api.Parameter(parameter_name="max_connections", parameter_value="10", apply_method="immediate")
    aws.given(api.ModifyDBParameterGroup(db_parameter_group_name="p", parameters=[value]))
    copy = api.CopyDBParameterGroup(
        source_db_parameter_group_identifier="p", target_db_parameter_group_identifier="q",
        target_db_parameter_group_description="copied",
    )  # fmt: skip
    aws.given(copy)
    found = aws.did(api.DescribeDBParameters(db_parameter_group_name="q")).parameters
    assert [(one.parameter_name, one.parameter_value) for one in found] == [("max_connections", "10")]
    aws.given(api.ResetDBParameterGroup(db_parameter_group_name="q", reset_all_parameters=True))
    assert aws.did(api.DescribeDBParameters(db_parameter_group_name="q")).parameters == []
    aws.made(db_parameter_group_name="p")
    aws.when(api.DeleteDBParameterGroup(db_parameter_group_name="p")).refused("InvalidDBParameterGroupState")
    aws.given(api.DeleteDBParameterGroup(db_parameter_group_name="q"))
    aws.when(api.DeleteDBParameterGroup(db_parameter_group_name="q")).refused("DBParameterGroupNotFound")
    own = aws.did(api.DescribeDBParameterGroups(db_parameter_group_name="default.mysql8.0"))
    assert own.db_parameter_groups[0].db_parameter_group_family == "mysql8.0"
    aws.given(api.CreateDBClusterParameterGroup(
        db_cluster_parameter_group_name="cp", db_parameter_group_family="aurora-mysql8.0", description="d"
    ))  # fmt: skip
    aws.given(api.ModifyDBClusterParameterGroup(db_cluster_parameter_group_name="cp", parameters=[value]))
    aws.given(cluster(db_cluster_parameter_group_name="cp"))
    aws.when(api.DeleteDBClusterParameterGroup(db_cluster_parameter_group_name="cp"))
    aws.refused("InvalidDBParameterGroupState")
    aws.replays()


def test_option_groups_and_security_groups() -> None:
    """Options and rules come and go."""
    aws = Rds()
    aws.given(api.CreateOptionGroup(
        option_group_name="o", engine_name="mysql", major_engine_version="8.0", option_group_description="d"
    ))  # fmt: skip
    aws.given(api.ModifyOptionGroup(
        option_group_name="o", options_to_include=[api.OptionConfiguration(option_name="MARIADB_AUDIT_PLUGIN")]
    ))  # fmt: skip
    shown = aws.did(api.DescribeOptionGroups(option_group_name="o")).option_groups_list[0]
    assert [one.option_name for one in shown.options] == ["MARIADB_AUDIT_PLUGIN"]
    aws.made(option_group_name="o")
    aws.when(api.DeleteOptionGroup(option_group_name="o")).refused("InvalidOptionGroupStateFault")
    aws.given(api.CreateDBSecurityGroup(db_security_group_name="s", db_security_group_description="d"))
    rule = api.AuthorizeDBSecurityGroupIngress(db_security_group_name="s", cidrip="0.0.0.0/0")
    aws.given(rule).when(rule).refused("AuthorizationAlreadyExists")
    revoke = api.RevokeDBSecurityGroupIngress(db_security_group_name="s", cidrip="0.0.0.0/0")
    aws.given(revoke).when(revoke).refused("AuthorizationNotFound")
    aws.given(api.DeleteDBSecurityGroup(db_security_group_name="s"))
    aws.when(api.DeleteDBSecurityGroup(db_security_group_name="s")).refused("DBSecurityGroupNotFound")
    aws.replays()


def test_a_subnet_group_needs_two_zones_of_one_vpc() -> None:
    """Given EC2's subnets, when a group covers one zone, then it is refused; an instance is where its group is."""
    aws = Rds(backtrail_aws.ec2)
    aws.given(ec2.DescribeSubnets(), service="ec2")
    subnets = aws.answer.subnets
    ids = [one.subnet_id for one in subnets]

    def group(*chosen: str) -> api.CreateDBSubnetGroup:
        return api.CreateDBSubnetGroup(
            db_subnet_group_name="G", db_subnet_group_description="d", subnet_ids=list(chosen)
        )

    aws.when(group(ids[0])).refused("DBSubnetGroupDoesNotCoverEnoughAZs", "at least 2 AZs")
    aws.when(group("subnet-0123456789abcdef0")).refused("InvalidSubnet")
    made = aws.did(group(*ids[:2])).db_subnet_group
    assert (made.db_subnet_group_name, made.vpc_id) == ("g", subnets[0].vpc_id)
    aws.made(db_subnet_group_name="g", multi_az=True)
    shown = aws.instance()
    zones = {one.availability_zone for one in subnets[:2]}
    assert {shown.availability_zone, shown.secondary_availability_zone} == zones
    aws.when(api.DeleteDBSubnetGroup(db_subnet_group_name="g")).refused("InvalidDBSubnetGroupStateFault")
    first = shown.availability_zone
    aws.given(api.RebootDBInstance(db_instance_identifier="db", force_failover=True))
    assert aws.instance().secondary_availability_zone == first
    aws.given(api.ModifyDBSubnetGroup(db_subnet_group_name="g", subnet_ids=ids[:3]))
    assert len(aws.did(api.DescribeDBSubnetGroups()).db_subnet_groups[0].subnets) == 3
    aws.made("other")
    assert aws.instance("other").db_subnet_group.db_subnet_group_name == "default"  # type: ignore[union-attr]
    aws.replays()


def test_exports_streams_and_what_can_be_ordered() -> None:
    """Tasks run to their end; a stream starts and stops; versions and classes are listed."""
    aws = Rds()
    aws.made()
    aws.given(api.CreateDBSnapshot(db_snapshot_identifier="s", db_instance_identifier="db"))
    start = api.StartExportTask(
        export_task_identifier="e", source_arn="arn:aws:rds:us-east-1:123456789012:snapshot:s",
        s3_bucket_name="b", iam_role_arn="arn:aws:iam::123456789012:role/x", kms_key_id="k",
    )  # fmt: skip
    assert aws.did(start).status == "STARTING"
    aws.when(start).refused("ExportTaskAlreadyExists")
    assert aws.did(api.DescribeExportTasks()).export_tasks[0].status == "COMPLETE"
    aws.when(api.CancelExportTask(export_task_identifier="e")).refused("InvalidExportTaskStateFault")
    aws.given(cluster())
    arn = "arn:aws:rds:us-east-1:123456789012:cluster:c"
    aws.given(api.StartActivityStream(resource_arn=arn, mode="async", kms_key_id="k"))
    shown = aws.did(api.DescribeDBClusters(db_cluster_identifier="c")).db_clusters[0]
    assert (shown.activity_stream_status, shown.activity_stream_mode) == ("started", "async")
    aws.given(api.StopActivityStream(resource_arn=arn))
    aws.when(api.ModifyActivityStream(resource_arn=arn)).refused("InvalidDBInstanceState")
    page = aws.did(api.DescribeOrderableDBInstanceOptions(engine="mysql", max_records=20))
    assert len(page.orderable_db_instance_options) == 20 and isinstance(page.marker, str)
    aws.when(api.DescribeDBInstances(max_records=5)).refused("InvalidParameterValue")
    versions = aws.did(api.DescribeDBEngineVersions(engine="mysql", default_only=True)).db_engine_versions
    assert [one.db_parameter_group_family for one in versions] == ["mysql8.0"]
    assert aws.did(api.DescribePendingMaintenanceActions()).pending_maintenance_actions == []
    aws.when(api.ApplyPendingMaintenanceAction(
        resource_identifier=arn, apply_action="system-update", opt_in_type="immediate"
    )).refused("ResourceNotFoundFault")  # fmt: skip
    aws.replays()
