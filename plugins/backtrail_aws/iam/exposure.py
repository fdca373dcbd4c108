"""Roles that others may assume: by their trust policies."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.iam.state import Iam, service

ACTIONS = ("CreateRole", "UpdateAssumeRolePolicy")


@service.exposes
def open_roles(state: Iam, account: str, region: str) -> Iterator[Exposure]:
    """Each role that somebody outside may assume: another account, everybody, whoever signs in at a provider."""
    for role in state.roles.values():
        yield from by_policy(
            role.trust, account, resource=role.arn, names=(role.name, role.arn), through="trust policy",
            actions=ACTIONS,
        )  # fmt: skip
