"""Clusters, services, task definitions and settings of ECS."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.ecs
from backtrail.machine import Folded
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.ecs import api

FARGATE: dict[str, Any] = {
    "requires_compatibilities": ["FARGATE"], "network_mode": "awsvpc", "cpu": "256", "memory": "512"
}  # fmt: skip
NETWORK = api.NetworkConfiguration(awsvpc_configuration=api.AwsVpcConfiguration(subnets=["subnet-1"]))


class Ecs(Scenario):
    """A scenario with ECS."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.ecs)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def registered(self, family: str = "web", **more: Any) -> str:
        """The ARN of a new revision."""
        variable = api.KeyValuePair(name="TOKEN", value="s3cr3t")
        container = api.ContainerDefinition(name="c", image="nginx", memory=128, environment=[variable])
        made = self.did(api.RegisterTaskDefinition(family=family, container_definitions=[container], **more))
        arn: str = made.task_definition.task_definition_arn
        return arn


def test_a_cluster_and_its_service() -> None:
    """Given a service, when it is scaled to nothing and deleted, then it is inactive and its cluster can go."""
    aws = Ecs()
    aws.when(api.CreateService(service_name="s", task_definition="web", desired_count=1))
    aws.refused("ClusterNotFoundException")
    made = aws.did(api.CreateCluster(tags=[api.Tag(key="a", value="b")])).cluster
    assert (made.cluster_name, made.status) == ("default", "ACTIVE")
    assert aws.did(api.CreateCluster()).cluster.cluster_arn == made.cluster_arn
    aws.when(api.CreateService(service_name="s", task_definition="web", desired_count=1))
    aws.refused("ClientException", "TaskDefinition not found.")
    arn = aws.registered(**FARGATE)
    assert arn.endswith("task-definition/web:1")
    assert "s3cr3t" not in str(aws.record)
    create = api.CreateService(
        service_name="s", task_definition="web", desired_count=2, launch_type="FARGATE",
            network_configuration=NETWORK,
    )  # fmt: skip
    service = aws.did(create).service
    assert (service.task_definition, service.running_count) == (arn, 0)
    aws.when(create).refused("InvalidParameterException")
    shown = aws.did(api.DescribeServices(services=["s", "none"]))
    assert [(one.running_count, len(one.deployments)) for one in shown.services] == [(2, 1)]
    assert [one.reason for one in shown.failures] == ["MISSING"]
    aws.when(api.DeleteService(service="s")).refused("InvalidParameterException")
    aws.when(api.DeleteCluster(cluster="default")).refused("ClusterContainsServicesException")
    aws.given(api.UpdateService(service="s", desired_count=0), api.DeleteService(service="s"))
    gone = aws.did(api.DescribeServices(services=["s"])).services[0]
    assert (gone.status, gone.running_count) == ("INACTIVE", 0)
    aws.when(api.UpdateService(service="s", desired_count=1)).refused("ServiceNotActiveException")
    assert aws.did(api.ListServices()).service_arns == []
    aws.given(api.DeleteCluster(cluster="default"))
    assert aws.did(api.ListClusters()).cluster_arns == []
    assert aws.did(api.DescribeClusters()).clusters[0].status == "INACTIVE"
    aws.replays()


def test_revisions_of_a_task_definition() -> None:
    """Each registration is a new revision; a deregistered one is inactive."""
    aws = Ecs()
    first, second = aws.registered(), aws.registered()
    assert second.endswith(":2")
    described = aws.did(api.DescribeTaskDefinition(task_definition="web"))
    container = described.task_definition.container_definitions[0]
    assert (described.task_definition.revision, container.environment[0].value) == (2, "s3cr3t")
    aws.given(api.DeregisterTaskDefinition(task_definition=first))
    assert aws.did(api.ListTaskDefinitions()).task_definition_arns == [second]
    assert aws.did(api.ListTaskDefinitions(status="INACTIVE")).task_definition_arns == [first]
    assert aws.did(api.ListTaskDefinitionFamilies()).families == ["web"]
    aws.when(api.DescribeTaskDefinition(task_definition="none")).refused("ClientException")
    aws.given(api.TagResource(resource_arn=second, tags=[api.Tag(key="a", value="b")]))
    assert aws.did(api.ListTagsForResource(resource_arn=second)).tags == [api.Tag(key="a", value="b")]
    aws.given(api.UntagResource(resource_arn=second, tag_keys=["a"]))
    aws.when(api.ListTagsForResource(resource_arn="arn:aws:ecs:us-east-1:1:cluster/x"))
    aws.refused("ResourceNotFoundException")
    aws.replays()


def test_settings() -> None:
    """A principal's own setting holds before the account's, that before AWS's."""
    aws = Ecs()
    aws.given(api.PutAccountSettingDefault(name="awsvpcTrunking", value="enabled"))
    listed = api.ListAccountSettings(name="awsvpcTrunking", effective_settings=True, principal_arn="arn:x")
    assert [one.value for one in aws.did(listed).settings] == ["enabled"]
    aws.given(api.PutAccountSetting(name="awsvpcTrunking", value="disabled", principal_arn="arn:x"))
    assert [one.value for one in aws.did(listed).settings] == ["disabled"]
    aws.given(api.DeleteAccountSetting(name="awsvpcTrunking", principal_arn="arn:x"))
    assert [one.value for one in aws.did(listed).settings] == ["enabled"]
    aws.when(api.PutAccountSettingDefault(name="x", value="y")).refused("InvalidParameterException")
    aws.replays()


def test_a_service_that_nobody_saw_made() -> None:
    """Its cluster is inferred, too."""
    aws = Ecs()
    record = {
        "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
        "eventTime": "2024-01-01T00:00:00Z", "eventSource": "ecs.amazonaws.com", "eventName": "UpdateService",
        "awsRegion": "us-east-1", "requestParameters": {"cluster": "prod", "service": "s", "desiredCount": 3},
        "responseElements": None, "eventID": "00000000-0000-4000-8000-000000000001", "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    assert aws.machine.apply(json.dumps(record).encode()) is Folded.INFERRED
    assert aws.did(api.DescribeServices(cluster="prod", services=["s"])).services[0].desired_count == 3


def test_tasks_on_fargate() -> None:
    """Given tasks that ran, when one is stopped, then it is listed as stopped, and the other one goes on."""
    aws = Ecs()
    aws.given(api.CreateCluster())
    aws.registered(**FARGATE)
    run = api.RunTask(task_definition="web", count=2, launch_type="FARGATE", network_configuration=NETWORK)
    made = aws.did(run)
    first, second = (one.task_arn for one in made.tasks)
    assert [one.last_status for one in made.tasks] == ["PROVISIONING", "PROVISIONING"]
    shown = aws.did(api.DescribeTasks(tasks=[first, "none"]))
    assert [(one.last_status, one.containers[0].name) for one in shown.tasks] == [("RUNNING", "c")]
    assert [one.reason for one in shown.failures] == ["MISSING"]
    aws.when(api.DeleteCluster(cluster="default")).refused("ClusterContainsTasksException")
    aws.given(api.StopTask(task=first, reason="enough"))
    assert aws.did(api.ListTasks()).task_arns == [second]
    assert aws.did(api.ListTasks(desired_status="STOPPED")).task_arns == [first]
    ended = aws.did(api.DescribeTasks(tasks=[first])).tasks[0]
    assert (ended.last_status, ended.stopped_reason) == ("STOPPED", "enough")
    aws.when(api.StopTask(task="none")).refused("InvalidParameterException")
    aws.replays()


def test_tasks_that_cannot_run() -> None:
    """Given no container instance, when tasks are to run on instances or without a network, then they are refused."""
    aws = Ecs()
    aws.given(api.CreateCluster())
    aws.registered(**FARGATE)
    aws.when(api.RunTask(task_definition="web")).refused(
        "InvalidParameterException", "No Container Instances were found in your cluster."
    )
    aws.when(api.RunTask(task_definition="web", launch_type="FARGATE")).refused("InvalidParameterException")
    aws.when(api.RunTask(task_definition="web", count=11)).refused("InvalidParameterException")
    aws.when(api.RunTask(task_definition="none")).refused("ClientException")
    aws.replays()


def test_a_service_keeps_its_tasks() -> None:
    """Given a service of two tasks, when one is stopped or the service updated, then there are as many as desired."""
    aws = Ecs()
    aws.given(api.CreateCluster())
    aws.registered(**FARGATE)
    aws.given(
        api.CreateService(
            service_name="s", task_definition="web", desired_count=2, launch_type="FARGATE",
            network_configuration=NETWORK,
        )
    )  # fmt: skip
    before = aws.did(api.ListTasks(service_name="s")).task_arns
    assert len(before) == 2
    aws.given(api.StopTask(task=before[0]))
    after = aws.did(api.ListTasks(service_name="s")).task_arns
    assert len(after) == 2
    assert before[0] not in after
    aws.given(api.UpdateService(service="s", desired_count=3))
    assert len(aws.did(api.ListTasks(service_name="s")).task_arns) == 3
    aws.given(api.UpdateService(service="s", force_new_deployment=True))
    assert not set(aws.did(api.ListTasks(service_name="s")).task_arns) & set(after)
    counted = aws.did(api.DescribeClusters()).clusters[0]
    assert (counted.running_tasks_count, counted.active_services_count) == (3, 1)
    aws.given(api.UpdateService(service="s", desired_count=0), api.DeleteService(service="s"))
    assert aws.did(api.ListTasks()).task_arns == []
    aws.replays()
