"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call
from backtrail_aws.eks.state import Clusters, service


@service.authorization
def needs(state: Clusters, call: Call[Any]) -> Iterator[Access]:
    """The action on the cluster or the node group that the call names."""
    params = call.params
    arn, group = getattr(params, "resource_arn", None), getattr(params, "nodegroup_name", None)
    cluster = getattr(params, "cluster_name", None) or getattr(params, "name", None)
    resource = "*"
    if isinstance(arn, str):
        resource = arn
    elif isinstance(group, str) and call.action != "CreateNodegroup":
        held = state.nodegroups.get(f"{cluster}/{group}")
        resource = held.arn if held is not None else call.arn("eks", f"nodegroup/{cluster}/{group}/*")
    elif isinstance(cluster, str):
        resource = call.arn("eks", f"cluster/{cluster}")
    yield Access(action=f"eks:{call.action}", resources=[resource])
