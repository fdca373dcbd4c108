"""Repositories that others may pull from, or push to: by their policies."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.ecr.state import Registry, service


@service.exposes
def open_repositories(state: Registry, account: str, region: str) -> Iterator[Exposure]:
    """Each repository whose policy lets in somebody outside."""
    for one in state.repositories.values():
        yield from by_policy(
            one.policy, account, resource=one.arn, names=(one.name, one.arn), through="repository policy",
            actions=("SetRepositoryPolicy",),
        )  # fmt: skip
