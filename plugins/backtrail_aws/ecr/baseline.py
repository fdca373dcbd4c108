"""What `aws ecr describe-repositories` printed."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.ecr import api
from backtrail_aws.ecr.state import Registry, service


@service.observed
def repositories_observed(
    state: Registry, event: Event[api.DescribeRepositories, api.DescribeRepositoriesResult]
) -> None:
    """There are these repositories."""
    listed.fold(
        service, state, event, "CreateRepository", event.result.repositories,
        state.repositories, lambda one: one.repository_name,
    )  # fmt: skip
