"""What routes lead to: each kind of target says in its own file what it takes to lead there, and whether it is alive.

`route_targets.declare("nat_gateway_id", alive=…, check=…)`: a member of CreateRoute. A route whose target is not alive
is a blackhole (API_Route: State).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Route, RouteTable

Alive = Callable[[Ec2, RouteTable, str], bool]
Check = Callable[[Ec2, RouteTable, str], None]
More = Callable[[Ec2, str], Mapping[str, str]]


class Target(msgspec.Struct, frozen=True):
    """A kind of target: the member of a route that names it, and what is asked of it."""

    member: str
    prefix: str
    alive: Alive
    check: Check
    more: More | None = None


_TARGETS: list[Target] = []


def declare(member: str, *, alive: Alive, check: Check, prefix: str = "", more: More | None = None) -> None:
    """Declare a kind of target.

    alive(state, table, id): whether traffic gets there now. check(state, table, id) refuses, in EC2's words, what no
    route of the table may lead to. `prefix` (of ids) tells kinds of one member apart: `gateway_id` is an internet
    gateway, a VPN gateway, an endpoint. more(state, id): further members that answers show beside it (an instance's
    interface and owner).
    """
    _TARGETS.append(Target(member, prefix, alive, check, more))


def of(member: str, identifier: str) -> Target | None:
    """The kind of a target, None where no file declares it."""
    kind = identifier.rpartition("-")[0]
    return next(
        (one for one in _TARGETS if one.member == member and one.prefix in ("", kind)),
        None,
    )


def alive(state: Ec2, table: RouteTable, route: Route) -> bool:
    """Whether a route leads somewhere; a target that no file declares is taken to be alive."""
    if route.target == "local":
        return True
    target = of(route.via, route.target)
    return target is None or target.alive(state, table, route.target)


def more(state: Ec2, route: Route) -> Mapping[str, str]:
    """What answers show of a target beside its id."""
    target = of(route.via, route.target)
    return target.more(state, route.target) if target is not None and target.more is not None else {}
