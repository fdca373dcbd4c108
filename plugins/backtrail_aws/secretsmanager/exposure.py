"""Secrets that others may read: by their policies."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.secretsmanager.state import Secrets, service


@service.exposes
def open_secrets(state: Secrets, account: str, region: str) -> Iterator[Exposure]:
    """Each secret whose policy lets in somebody outside."""
    for secret in state.secrets.values():
        yield from by_policy(
            secret.policy, account, resource=secret.arn, names=(secret.name, secret.arn), through="secret's policy",
            actions=("PutResourcePolicy",),
        )  # fmt: skip
