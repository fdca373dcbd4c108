"""What is wrong with a resource, and which records made it so: the book's troubleshooting tables, asked of the state.

Internal questions, which `backtrail reach` and `backtrail diagnose` ask of a folded log. They are no API of AWS's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Call, Params, UnsetType, told
from backtrail.troubles import Finding, TellTrouble, TellTroubleResult
from backtrail_aws.ec2 import api, kinds, reach
from backtrail_aws.ec2.diagnosis_failures import of_failures
from backtrail_aws.ec2.diagnosis_instances import of_instance
from backtrail_aws.ec2.diagnosis_networks import of_nat, of_peering, of_subnet, of_table
from backtrail_aws.ec2.diagnosis_storage import of_volume
from backtrail_aws.ec2.diagnosis_vpns import of_vpn
from backtrail_aws.ec2.insights import world_of
from backtrail_aws.ec2.reach_parts import ANY_PORT, World
from backtrail_aws.ec2.state import Ec2, service


class TellReach(Params):
    """Whether packets get from one end to another: ids, ARNs or addresses.

    Of a destination that has no interface here (a database), `subnet` says where it is, `groups` its security groups,
    `public` whether it has a public address.
    """

    source: str
    destination: str
    protocol: str = "tcp"
    port: int | UnsetType = UNSET
    address: str | UnsetType = UNSET
    subnet: str | UnsetType = UNSET
    groups: list[str] = []
    public: bool = False


class TellReachResult(Params):
    """`missing` names an end that is not there; `steps` is the way, `why` what stops the packets."""

    found: bool
    missing: str = ""
    steps: list[api.PathComponent] = []
    back: list[api.PathComponent] = []
    why: list[api.Explanation] = []


@service.read(internal=True)
def tell_reach(state: Ec2, call: Call[TellReach]) -> TellReachResult:
    """The answer of an analysis, without one being made."""
    params, world = call.params, world_of(state, call)
    begin = reach.place(world, world.home, params.source)
    if isinstance(params.subnet, UnsetType):
        end = reach.place(world, world.home, params.destination, begin)
    else:
        end = reach.assumed(world, params.destination, params.subnet, params.groups, public=params.public)
    if begin is not None and begin.kind == "ip":
        begin = reach.place(world, world.home, params.source, end)
    if begin is None or end is None:
        return TellReachResult(found=False, missing=params.source if begin is None else params.destination)
    ports = ANY_PORT if isinstance(params.port, UnsetType) else (params.port, params.port)
    question = reach.Question(
        begin=begin,
        end=end,
        protocol=params.protocol,
        ports=ports,
        source_ip=told(params.address, ""),
        v6=True,
    )
    found = reach.analyse(world, question)
    return TellReachResult(found=found.found, steps=found.forward, back=found.back, why=found.explanations)


Ask = Callable[[World, str, list[int]], Iterator[Finding]]

_ASKED: dict[str, Ask] = {
    "i": of_instance,
    "eni": of_instance,
    "subnet": of_subnet,
    "nat": of_nat,
    "rtb": of_table,
    "pcx": of_peering,
    "vgw": of_vpn,
    "vpn": of_vpn,
    "vol": of_volume,
}
"""By the prefix of the resource's id."""


@service.read(internal=True)
def tell_trouble(state: Ec2, call: Call[TellTrouble]) -> TellTroubleResult:
    """All that the rules find, in the order of the tables."""
    world, resource = world_of(state, call), call.params.resource.rpartition("/")[2]
    ask = _ASKED.get(resource.rpartition("-")[0])
    found = list(ask(world, resource, call.params.ports)) if ask is not None else []
    found += of_failures(world, resource, call.params.failures)
    unique = {msgspec.json.encode(one): one for one in found}
    ordered = sorted(unique.values(), key=lambda one: one.rule)
    return TellTroubleResult(known=_is_there(state, resource), findings=ordered)


def _is_there(state: Ec2, resource: str) -> bool:
    kind: Any = kinds.of_id(resource)
    return kind is not None and kind.get(state, resource) is not None
