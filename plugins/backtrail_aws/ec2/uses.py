"""What keeps a resource in use: told by the resources that use it, asked before it is deleted.

A file that knows a use declares it: `@uses.of("subnet") def interfaces_in(state, subnet): ...` says whether any of its
resources uses the one of that id.
"""

from __future__ import annotations

from collections.abc import Callable

from backtrail_aws.ec2.state import Ec2

Use = Callable[[Ec2, str], bool]

_USES: dict[str, list[Use]] = {}


def of(kind: str) -> Callable[[Use], Use]:
    """Declare a use of a kind of resource (by its name: `subnet`)."""

    def declare(use: Use) -> Use:
        _USES.setdefault(kind, []).append(use)
        return use

    return declare


def used(state: Ec2, kind: str, identifier: str) -> bool:
    """Whether anything uses a resource."""
    return any(use(state, identifier) for use in _USES.get(kind, ()))
