"""Peering connections as answers show them."""

from __future__ import annotations

from backtrail import UNSET, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, tags
from backtrail_aws.ec2.state_gateways import Peering, PeerVpc

_MESSAGES = {
    "initiating-request": "Initiating Request to {}",
    "pending-acceptance": "Pending Acceptance by {}",
    "provisioning": "Provisioning",
    "active": "Active",
    "rejected": "Rejected",
    "expired": "Expired",
    "deleted": "Deleted by {}",
}


def shown(peering: Peering, code: str) -> api.VpcPeeringConnection:
    """A connection as answers show it."""
    return api.VpcPeeringConnection(
        accepter_vpc_info=_side_shown(peering.accepter, known=code in ("active", "provisioning")),
        requester_vpc_info=_side_shown(peering.requester, known=True),
        expiration_time=UNSET if isinstance(peering.expires, UnsetType) else IsoMillisZ.of(peering.expires),
        status=api.VpcPeeringConnectionStateReason(code=code, message=message(peering, code)),
        tags=tags.shown(peering.tags), vpc_peering_connection_id=peering.id,
    )  # fmt: skip


def message(peering: Peering, code: str) -> str:
    """What a status says beside its code."""
    if code == "failed":
        return "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
    who = peering.ended_by if code == "deleted" else peering.accepter.account
    return _MESSAGES[code].format(told(who, ""))


def _side_shown(side: PeerVpc, *, known: bool) -> api.VpcPeeringConnectionVpcInfo:
    """One side; the accepter's blocks are shown once it has accepted."""
    blocks = side.blocks if known else []
    return api.VpcPeeringConnectionVpcInfo(
        cidr_block=blocks[0] if blocks else UNSET,
        cidr_block_set=[api.CidrBlock(cidr_block=one) for one in blocks] or UNSET,
        ipv6_cidr_block_set=[api.Ipv6CidrBlock(ipv6_cidr_block=one) for one in side.ipv6_blocks] or UNSET,
        owner_id=side.account, vpc_id=side.vpc, region=side.region,
        peering_options=api.VpcPeeringConnectionOptionsDescription(
            allow_dns_resolution_from_remote_vpc=False,
            allow_egress_from_local_classic_link_to_remote_vpc=False,
            allow_egress_from_local_vpc_to_remote_classic_link=False,
        ) if known else UNSET,
    )  # fmt: skip
