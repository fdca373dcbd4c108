"""AWS's own managed policies: reference data for deciding and reading, never for folding.

`aws_policies.json` has, one a line, those that people attach first, with documents that allow what AWS's allow, some
of them in a short form (ReadOnlyAccess, SecurityAudit, ViewOnlyAccess, ...); versions, dates and ids are AWS's as far
as they were known in 2024. `aws_policy_names.txt` has the paths and names of others, whose documents are not here:
they can be attached, not read. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from backtrail import UNSET
from backtrail.ids import new_id
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam.names import PolicyArn, policy_arn
from backtrail_aws.iam.state import Policy, Version

_HERE = Path(__file__).parent


class _Row(msgspec.Struct, frozen=True):
    path: str
    version: str
    created: str
    updated: str
    description: str
    statements: list[object]
    id: str | None = None


def policy(arn: str) -> Policy | None:
    """The policy of that ARN, with its document where it is here; None for one that is not known."""
    parts = policy_arn(arn)
    return None if parts is None else policies(arn.split(":")[1]).get(arn)


def may_exist(parts: PolicyArn) -> bool:
    """Whether AWS may well have a policy that is not known here: it gives them no other paths."""
    return parts.path in ("/", "/service-role/", "/job-function/", "/aws-service-role/", "/root-task/")


@cache
def policies(partition: str) -> Mapping[str, Policy]:
    """All of AWS's policies that are known, by ARN."""
    rows = msgspec.json.decode((_HERE / "aws_policies.json").read_bytes(), type=list[_Row])
    made = [_policy(partition, row) for row in rows]
    made += [_named(partition, name) for name in (_HERE / "aws_policy_names.txt").read_text().split()]
    return {held.arn: held for held in made}


def _policy(partition: str, row: _Row) -> Policy:
    named = _named(partition, row.path)
    named.id = row.id or named.id
    named.created, named.updated = SpacedTime.read(row.created), SpacedTime.read(row.updated)
    named.description = row.description
    named.default, named.last = row.version, int(row.version[1:])
    document = json.dumps({"Version": "2012-10-17", "Statement": row.statements})
    named.versions = {row.version: Version(document=document, created=named.updated)}
    return named


def _named(partition: str, path: str) -> Policy:
    arn = f"arn:{partition}:iam::aws:policy/{path}"
    folder, _, name = f"/{path}".rpartition("/")
    return Policy(name=name, arn=arn, path=f"{folder}/", id=new_id(arn, "ANPA"), default=UNSET)
