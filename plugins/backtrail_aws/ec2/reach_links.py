"""Which VPCs are linked at all: by peerings and transit gateways, whatever their routes say."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UnsetType, told
from backtrail_aws.ec2.reach_parts import Place, Where, World

_Spot = tuple[Where, str]
"""A VPC, or a transit gateway, where it is."""


def connected(world: World, begin: Place, end: Place) -> bool:
    """Whether a chain of peerings and transit gateways leads from one interface's VPC to another's."""
    if begin.kind != "interface" or end.kind != "interface" or not begin.vpc or not end.vpc:
        return True
    seen: set[_Spot] = set()
    ahead: list[_Spot] = [(begin.where, begin.vpc)]
    while ahead:
        spot = ahead.pop()
        if spot == (end.where, end.vpc):
            return True
        if spot not in seen:
            seen.add(spot)
            ahead += _beside(world, *spot)
    return False


def _beside(world: World, where: Where, name: str) -> Iterator[_Spot]:
    gateways = world.state(where).gateways
    for peering in gateways.peerings.values():
        for mine, other in ((peering.requester, peering.accepter), (peering.accepter, peering.requester)):
            if mine.vpc == name:
                yield (told(other.account, where[0]), told(other.region, where[1])), told(other.vpc, "")
    for one in gateways.transit.attachments.values():
        if one.resource == name:
            yield where, told(one.gateway, "")
        elif one.gateway == name and one.kind == "vpc":
            yield (told(one.resource_owner, where[0]), where[1]), told(one.resource, "")
        elif one.gateway == name and not isinstance(one.peer, UnsetType):
            gateway, account, region = one.peer
            yield (account, region), gateway
