"""Clusters, node groups and access entries of EKS."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.eks
from backtrail.machine import Folded
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.eks import api

ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks"


class Eks(Scenario):
    """A scenario with EKS."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.eks)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def made(self, name: str = "c") -> Any:
        """A cluster."""
        network = api.VpcConfigRequest(subnet_ids=["subnet-1", "subnet-2"])
        return self.did(api.CreateCluster(name=name, role_arn=ROLE, resources_vpc_config=network)).cluster


def test_a_cluster_and_its_nodes() -> None:
    """Given a node group, when the cluster is deleted, then it is refused until the group is gone."""
    aws = Eks()
    assert aws.made().status == "CREATING"
    assert aws.record["requestParameters"]["clusterName"] == "c"
    shown = aws.did(api.DescribeCluster(name="c")).cluster
    assert (shown.status, shown.resources_vpc_config.endpoint_public_access) == ("ACTIVE", True)
    network = api.VpcConfigRequest(endpoint_public_access=False)
    update = aws.did(api.UpdateClusterConfig(name="c", resources_vpc_config=network)).update
    assert aws.did(api.DescribeUpdate(name="c", update_id=update.id)).update.status == "Successful"
    shown = aws.did(api.DescribeCluster(name="c")).cluster.resources_vpc_config
    assert (shown.endpoint_public_access, shown.subnet_ids) == (False, ["subnet-1", "subnet-2"])
    aws.when(api.UpdateClusterVersion(name="c", version="1.2")).refused("InvalidParameterException")
    create = api.CreateNodegroup(cluster_name="c", nodegroup_name="n", subnets=["subnet-1"], node_role=ROLE)
    aws.given(create).when(create).refused("ResourceInUseException")
    size = api.NodegroupScalingConfig(desired_size=5)
    aws.given(api.UpdateNodegroupConfig(cluster_name="c", nodegroup_name="n", scaling_config=size))
    group = aws.did(api.DescribeNodegroup(cluster_name="c", nodegroup_name="n")).nodegroup
    assert (group.scaling_config.desired_size, group.scaling_config.min_size, group.status) == (
        5,
        1,
        "ACTIVE",
    )
    aws.given(api.TagResource(resource_arn=group.nodegroup_arn, tags={"a": "b"}))
    assert aws.did(api.ListTagsForResource(resource_arn=group.nodegroup_arn)).tags == {"a": "b"}
    aws.when(api.DeleteCluster(name="c")).refused("ResourceInUseException")
    aws.given(api.DeleteNodegroup(cluster_name="c", nodegroup_name="n"), api.DeleteCluster(name="c"))
    aws.when(api.DescribeCluster(name="c")).refused("ResourceNotFoundException")
    assert aws.did(api.ListClusters()).clusters == []
    aws.replays()


def test_access_entries() -> None:
    """A principal has access until its entry is deleted."""
    aws = Eks()
    aws.made()
    entry = api.CreateAccessEntry(cluster_name="c", principal_arn=ROLE)
    assert aws.did(entry).access_entry.username == ROLE
    aws.when(entry).refused("ResourceInUseException")
    aws.given(api.UpdateAccessEntry(cluster_name="c", principal_arn=ROLE, kubernetes_groups=["admins"]))
    described = api.DescribeAccessEntry(cluster_name="c", principal_arn=ROLE)
    assert aws.did(described).access_entry.kubernetes_groups == ["admins"]
    assert aws.did(api.ListAccessEntries(cluster_name="c")).access_entries == [ROLE]
    aws.given(api.DeleteAccessEntry(cluster_name="c", principal_arn=ROLE))
    aws.when(described).refused("ResourceNotFoundException")
    aws.replays()


def test_a_cluster_of_the_documentation_folds() -> None:
    """A record as AWS shows it, with `clusterName` for `name`, makes the cluster."""
    aws = Eks()
    record = {
        "eventVersion": "1.05", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
        "eventTime": "2024-01-01T00:00:00Z", "eventSource": "eks.amazonaws.com", "eventName": "CreateCluster",
        "awsRegion": "us-east-1", "eventID": "00000000-0000-4000-8000-000000000001", "eventType": "AwsApiCall",
        "requestParameters": {"clusterName": "test", "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": ["a"]}},
        "responseElements": {"cluster": {"clusterName": "test", "status": "CREATING", "createdAt": 1527535003.208}},
        "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    assert aws.machine.apply(json.dumps(record).encode()) is Folded.PROJECTED
    assert aws.did(api.DescribeCluster(name="test")).cluster.role_arn == ROLE
