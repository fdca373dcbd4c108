"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call, told
from backtrail_aws.ecs import api
from backtrail_aws.ecs.state import Containers, cluster_arn, cluster_name, last, service


@service.authorization
def needs(state: Containers, call: Call[Any]) -> Iterator[Access]:
    """The action on the cluster, the service or the task definition that the call names."""
    yield Access(action=f"ecs:{call.action}", resources=_resources(call))


def _resources(call: Call[Any]) -> list[str]:
    params = call.params
    if isinstance(arn := getattr(params, "resource_arn", None), str):
        return [arn]
    cluster = cluster_name(getattr(params, "cluster", "default"))
    name = getattr(params, "service", None) or getattr(params, "service_name", None)
    if isinstance(name, str):
        return [call.arn("ecs", f"service/{cluster}/{last(name)}")]
    if isinstance(task := getattr(params, "task", None), str):
        return [call.arn("ecs", f"task/{cluster}/{last(task)}")]
    if isinstance(params, api.RunTask):
        return [call.arn("ecs", f"task-definition/{last(params.task_definition)}")]
    if isinstance(params, api.DescribeTasks):
        return [call.arn("ecs", f"task/{cluster}/{last(one)}") for one in params.tasks]
    if isinstance(family := getattr(params, "family", None), str):
        return [call.arn("ecs", f"task-definition/{family}:*")]
    if hasattr(params, "cluster") and call.action.endswith(("Cluster", "ClusterSettings")):
        return [cluster_arn(call, cluster)]
    if call.action == "DescribeServices":
        return [call.arn("ecs", f"service/{cluster}/{last(one)}") for one in params.services]
    if isinstance(params, api.DescribeClusters):
        return [cluster_arn(call, last(one)) for one in told(params.clusters, [])] or ["*"]
    return ["*"]
