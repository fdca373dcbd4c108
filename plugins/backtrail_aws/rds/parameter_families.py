"""What parameter groups of instances and of clusters have alike: a family, and AWS's own group of each."""

from __future__ import annotations

from collections.abc import MutableMapping

from backtrail_aws.rds import engines, errors, names
from backtrail_aws.rds.state import ParameterGroup


def required(groups: MutableMapping[str, ParameterGroup], identifier: str) -> ParameterGroup:
    """The group of a name or ARN, AWS's own ones among them. Raises `Refusal`."""
    found = names.find(groups, identifier) or own(identifier)
    if found is None:
        raise errors.no_parameter_group(identifier)
    return found


def own(name: str) -> ParameterGroup | None:
    """AWS's own group of a family; None where there is none of that name."""
    family = name.removeprefix("default.")
    known = (one.family(version) for one in engines.ENGINES.values() for version in one.versions.values())
    if family == name or family not in known:
        return None
    return ParameterGroup(id=name, family=family, description=f"Default parameter group for {family}")
