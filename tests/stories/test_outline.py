"""RDS, ECS, ECR and EKS by boto3 over a socket: waiters, pages and errors as a client sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]

QUICK = {"Delay": 0, "MaxAttempts": 3}


def test_a_databases_life(client: Client) -> None:
    """Given an instance, when a client waits for it, for its snapshot and for its end, then each comes."""
    rds = client("rds")
    made = rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin1", MasterUserPassword="s3cr3t-pass", Tags=[{"Key": "a", "Value": "b"}],
    )["DBInstance"]  # fmt: skip
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig=QUICK)
    shown = rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]
    assert shown["Endpoint"]["Port"] == 5432 and shown["TagList"] == [{"Key": "a", "Value": "b"}]
    rds.create_db_snapshot(DBSnapshotIdentifier="s", DBInstanceIdentifier="db")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="s", WaiterConfig=QUICK)
    shared = rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="s", AttributeName="restore", ValuesToAdd=["222222222222"]
    )["DBSnapshotAttributesResult"]
    assert shared["DBSnapshotAttributes"][0]["AttributeValues"] == ["222222222222"]
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="db", WaiterConfig=QUICK)
    with pytest.raises(rds.exceptions.DBInstanceNotFoundFault):
        rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert made["DBInstanceArn"].endswith(":db:db")
    options = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="mysql", MaxRecords=20
    )
    assert sum(len(page["OrderableDBInstanceOptions"]) for page in options) > 20


def test_a_service_of_containers(client: Client) -> None:
    """A service is stable, then inactive."""
    ecs = client("ecs")
    ecs.create_cluster(clusterName="c")
    container: dict[str, Any] = {"name": "web", "image": "nginx", "memory": 128}
    ecs.register_task_definition(
        family="web", containerDefinitions=[container], networkMode="awsvpc", cpu="256", memory="512",
        requiresCompatibilities=["FARGATE"],
    )  # fmt: skip
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    where: dict[str, Any] = {"cluster": "c", "launchType": "FARGATE", "networkConfiguration": network}
    ecs.create_service(serviceName="s", taskDefinition="web", desiredCount=2, **where)
    ecs.get_waiter("services_stable").wait(cluster="c", services=["s"], WaiterConfig=QUICK)
    assert len(ecs.list_tasks(cluster="c", serviceName="s")["taskArns"]) == 2
    ran = ecs.run_task(taskDefinition="web", **where)["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_running").wait(cluster="c", tasks=[ran], WaiterConfig=QUICK)
    ecs.stop_task(cluster="c", task=ran)
    ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[ran], WaiterConfig=QUICK)
    ecs.delete_service(cluster="c", service="s", force=True)
    ecs.get_waiter("services_inactive").wait(cluster="c", services=["s"], WaiterConfig=QUICK)
    assert [arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]] == ["c"]
    with pytest.raises(ClientError) as caught:
        ecs.create_service(cluster="c", serviceName="t", taskDefinition="none", desiredCount=1)
    assert caught.value.response["Error"]["Message"] == "TaskDefinition not found."


def test_images(client: Client) -> None:
    """What was put is got."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="app")
    manifest = json.dumps({"schemaVersion": 2, "layers": []})
    ecr.put_image(repositoryName="app", imageManifest=manifest, imageTag="latest")
    got = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "latest"}])["images"]
    assert [one["imageManifest"] for one in got] == [manifest]
    assert ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    with pytest.raises(ecr.exceptions.RepositoryNotEmptyException):
        ecr.delete_repository(repositoryName="app")


def test_a_kubernetes_cluster(client: Client) -> None:
    """It is active when a client has waited, and gone after its end."""
    eks = client("eks")
    role = "arn:aws:iam::123456789012:role/eks"
    eks.create_cluster(name="c", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
    eks.get_waiter("cluster_active").wait(name="c", WaiterConfig=QUICK)
    eks.create_access_entry(clusterName="c", principalArn=role)
    assert eks.describe_access_entry(clusterName="c", principalArn=role)["accessEntry"]["username"] == role
    eks.create_nodegroup(clusterName="c", nodegroupName="n", subnets=["subnet-1"], nodeRole=role)
    eks.get_waiter("nodegroup_active").wait(clusterName="c", nodegroupName="n", WaiterConfig=QUICK)
    eks.delete_nodegroup(clusterName="c", nodegroupName="n")
    eks.get_waiter("nodegroup_deleted").wait(clusterName="c", nodegroupName="n", WaiterConfig=QUICK)
    eks.delete_cluster(name="c")
    eks.get_waiter("cluster_deleted").wait(name="c", WaiterConfig=QUICK)
