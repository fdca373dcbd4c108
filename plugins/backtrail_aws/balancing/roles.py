"""The role that Elastic Load Balancing acts by, made with an account's first load balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Call, Command, Params, UnsetType, field, told

PRINCIPAL = "elasticloadbalancing.amazonaws.com"
ROLE = "AWSServiceRoleForElasticLoadBalancing"
PATH = f"/aws-service-role/{PRINCIPAL}/"


class ListRoles(Params):
    """What is asked of IAM."""

    path_prefix: str = field(name="pathPrefix")


class Roles(Params):
    """What IAM answers."""

    roles: list[dict[str, Any]] | UnsetType = UNSET


class CreateServiceLinkedRole(Params):
    """What IAM is told."""

    aws_service_name: str = field(name="aWSServiceName")


def wanted(call: Call[Any]) -> Iterator[Command]:
    """What makes the role, where IAM is there and the role is not."""
    found = call.ask("iam", ListRoles(path_prefix=PATH), Roles)
    if found is not None and not told(found.roles, []):
        yield Command("iam", CreateServiceLinkedRole(aws_service_name=PRINCIPAL))


def refused(call: Call[Any]) -> str | None:
    """What a caller was told who may not make the role; None where nothing was refused."""
    denied = (one for one in call.firsts if one.error in ("AccessDenied", "AccessDeniedException"))
    first = next(denied, None)
    return first.message if first is not None else None
