"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call
from backtrail.policy import Value
from backtrail_aws.rds import api, names, tags
from backtrail_aws.rds.state import Databases, service

_KINDS = (
    ("db_snapshot_identifier", "snapshot"), ("target_db_snapshot_identifier", "snapshot"),
    ("source_db_snapshot_identifier", "snapshot"),
    ("db_cluster_snapshot_identifier", "cluster-snapshot"),
    ("target_db_cluster_snapshot_identifier", "cluster-snapshot"),
    ("source_db_cluster_snapshot_identifier", "cluster-snapshot"), ("snapshot_identifier", "cluster-snapshot"),
    ("db_instance_identifier", "db"), ("source_db_instance_identifier", "db"),
    ("target_db_instance_identifier", "db"), ("db_cluster_identifier", "cluster"),
    ("target_db_cluster_identifier", "cluster"), ("source_db_cluster_identifier", "cluster"),
    ("db_parameter_group_name", "pg"), ("source_db_parameter_group_identifier", "pg"),
    ("target_db_parameter_group_identifier", "pg"), ("db_cluster_parameter_group_name", "cluster-pg"),
    ("source_db_cluster_parameter_group_identifier", "cluster-pg"),
    ("target_db_cluster_parameter_group_identifier", "cluster-pg"), ("db_subnet_group_name", "subgrp"),
    ("option_group_name", "og"), ("source_option_group_identifier", "og"),
    ("target_option_group_identifier", "og"), ("db_security_group_name", "secgrp"),
    ("global_cluster_identifier", "global-cluster"), ("export_task_identifier", "export"),
)  # fmt: skip
_ARNS = ("resource_name", "resource_arn", "resource_identifier", "source_arn")


@service.authorization
def needs(state: Databases, call: Call[Any]) -> Iterator[Access]:
    """The action on all that the call names; `*` where it names nothing."""
    resources: list[str] = []
    for member in _ARNS:
        value = getattr(call.params, member, None)
        if isinstance(value, str):
            resources.append(value)
    for member, kind in _KINDS:
        value = getattr(call.params, member, None)
        if isinstance(value, str):
            region = "" if kind == "global-cluster" else call.region
            resources.append(
                value
                if value.startswith("arn:")
                else call.arn("rds", f"{kind}:{value.lower()}", region=region)
            )
    context = _context(state, call, resources)
    yield Access(
        action=f"rds:{call.action}", resources=list(dict.fromkeys(resources)) or ["*"], context=context
    )


def _context(state: Databases, call: Call[Any], resources: list[str]) -> dict[str, Value]:
    context: dict[str, Value] = {}
    for arn in resources[:1]:
        parts = arn.split(":", 6)
        kind, name = parts[5:] if len(parts) == 7 else ("", "")
        if kind in tags.KINDS:
            held = getattr(state, tags.KINDS[kind][0]).get(name.lower())
            if held is not None:
                context |= {f"aws:ResourceTag/{key}": value for key, value in held.tags.items()}
    given = getattr(call.params, "tags", None)
    if isinstance(given, list):
        made = tags.plain([one for one in given if isinstance(one, api.Tag)])  # pyright: ignore[reportUnknownVariableType]
        context["aws:TagKeys"] = list(made)
        context |= {f"aws:RequestTag/{key}": value for key, value in made.items()}
    for member, key in (
        ("engine", "rds:DatabaseEngine"), ("db_instance_class", "rds:DatabaseClass"), ("db_name", "rds:DatabaseName"),
    ):  # fmt: skip
        value = getattr(call.params, member, None)
        if isinstance(value, str):
            context[key] = names.text(value)
    return context
