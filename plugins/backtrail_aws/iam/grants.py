"""Which services a policy opens, and which of somebody's policies do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from backtrail import UNSET, Call, names
from backtrail.trail.jsons import is_list, is_object
from backtrail_aws.iam import api, errors, simulations
from backtrail_aws.iam.listing import ends, named
from backtrail_aws.iam.simulations import Source
from backtrail_aws.iam.state import Iam, service

_NAMESPACE = re.compile(r"[\w-]+")


@cache
def services() -> dict[str, str]:
    """Every service that AWS has: its prefix in policies, and its name."""
    found: dict[str, str] = {}
    for row in names.table().values():
        found.setdefault(row.iam, row.service_id)
    return found


@lru_cache(maxsize=256)
def opened(text: str) -> frozenset[str]:
    """The prefixes of the services of which a policy allows an action. Denials are left aside, as AWS does."""
    found: object = json.loads(text)
    held = found.get("Statement") if is_object(found) else None
    statements: list[object] = list(held) if is_list(held) else [held]
    open_ones: set[str] = set()
    for statement in statements:
        if is_object(statement) and statement.get("Effect") == "Allow":
            open_ones |= set(_opened(statement.get("Action"), statement.get("NotAction")))
    return frozenset(open_ones)


def _opened(actions: object, others: object) -> Iterator[str]:
    if others is not None:
        closed = {text.partition(":")[0].lower() for text in _texts(others) if text.endswith(":*")}
        yield from (prefix for prefix in services() if prefix not in closed)
        return
    for text in _texts(actions):
        pattern = text.partition(":")[0].lower()
        if "*" in pattern or "?" in pattern:
            yield from (prefix for prefix in services() if fnmatchcase(prefix, pattern))
        elif pattern in services():
            yield pattern


def _texts(value: object) -> list[str]:
    texts: list[object] = list(value) if is_list(value) else [value]
    return [text for text in texts if isinstance(text, str)]


@service.read
def list_policies_granting_service_access(
    state: Iam, call: Call[api.ListPoliciesGrantingServiceAccess]
) -> api.ListPoliciesGrantingServiceAccessResult:
    """The policies of a user, group or role that open some services, service by service."""
    params = call.params
    about = simulations.subject(state, params.arn)
    for namespace in params.service_namespaces:
        if not _NAMESPACE.fullmatch(namespace):
            # evidence: model; words: guess
            raise errors.invalid_input(f"Invalid service namespace: {namespace}")
    held = list(simulations.sources(state, about))
    page = named(sorted(set(params.service_namespaces)), _Whole(params))
    entries = [
        api.ListPoliciesGrantingServiceAccessEntry(
            service_namespace=namespace,
            policies=[_view(one) for one in held if namespace in opened(one.text)],
        )
        for namespace in page.items
    ]
    return api.ListPoliciesGrantingServiceAccessResult(policies_granting_service_access=entries, **ends(page))


class _Whole:
    """A list's parameters that have no MaxItems."""

    def __init__(self, params: api.ListPoliciesGrantingServiceAccess) -> None:
        self.marker, self.max_items = params.marker, UNSET


def _view(source: Source) -> api.PolicyGrantingServiceAccess:
    if source.arn:
        return api.PolicyGrantingServiceAccess(
            policy_name=source.id, policy_type="MANAGED", policy_arn=source.arn
        )
    return api.PolicyGrantingServiceAccess(
        policy_name=source.name,
        policy_type="INLINE",
        entity_type=source.kind.upper(),
        entity_name=source.owner,
    )
