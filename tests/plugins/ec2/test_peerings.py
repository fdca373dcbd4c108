"""VPC peering, in one account and between two."""

from __future__ import annotations

from backtrail.testing import ACCOUNT
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where

OTHER = "111122223333"


def asked(ec2: Ec2, one: str, other: str, **more: object) -> str:
    """A new request's id."""
    call = api.CreateVpcPeeringConnection(vpc_id=one, peer_vpc_id=other, **more)  # type: ignore[arg-type]
    made = ec2.did(call).vpc_peering_connection
    assert made.status.code == "initiating-request"
    return str(made.vpc_peering_connection_id)


def code(ec2: Ec2, name: str) -> str:
    """A connection's status."""
    ask = api.DescribeVpcPeeringConnections(vpc_peering_connection_ids=[name])
    (found,) = ec2.did(ask).vpc_peering_connections
    return str(found.status.code)


def test_a_peering_is_asked_for_accepted_and_deleted() -> None:
    """Given two VPCs, when they peer, then routes lead there until the connection is deleted."""
    ec2 = Ec2()
    one, two = ec2.vpc("10.0.0.0/16"), ec2.vpc("10.1.0.0/16")
    name = asked(ec2, one, two)
    assert code(ec2, name) == "pending-acceptance"
    again = ec2.did(api.CreateVpcPeeringConnection(vpc_id=one, peer_vpc_id=two)).vpc_peering_connection
    assert (again.vpc_peering_connection_id, again.status.code) == (name, "pending-acceptance")
    ec2.when(api.CreateVpcPeeringConnection(vpc_id=two, peer_vpc_id=one)).refused(
        "VpcPeeringConnectionAlreadyExists"
    )
    accept = api.AcceptVpcPeeringConnection(vpc_peering_connection_id=name)
    made = ec2.did(accept).vpc_peering_connection
    assert (made.status.code, made.accepter_vpc_info.cidr_block) == ("provisioning", "10.1.0.0/16")
    assert code(ec2, name) == "active"
    ec2.when(accept).refused("InvalidStateTransition")
    table = ec2.table(one)
    ec2.given(
        api.CreateRoute(
            route_table_id=table, destination_cidr_block="10.1.0.0/16", vpc_peering_connection_id=name
        )
    )
    ec2.given(api.DeleteVpcPeeringConnection(vpc_peering_connection_id=name))
    (route,) = [
        one
        for one in ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables[0].routes
        if one.vpc_peering_connection_id == name
    ]
    assert (route.state, code(ec2, name)) == ("blackhole", "deleted")
    ec2.replays()


def test_overlapping_blocks_and_time() -> None:
    """Given blocks that overlap, a request fails; given nobody answers, it expires after a week."""
    ec2 = Ec2()
    one, two, three = ec2.vpc("10.0.0.0/16"), ec2.vpc("10.0.0.0/20"), ec2.vpc("10.3.0.0/16")
    assert code(ec2, asked(ec2, one, two)) == "failed"
    late = asked(ec2, one, three)
    ec2.later(days=8)
    expired = ec2.did(api.DescribeVpcPeeringConnections(filters=where(status_code="expired")))
    assert not [one for one in expired.vpc_peering_connections if one.vpc_peering_connection_id != late]
    ec2.when(api.AcceptVpcPeeringConnection(vpc_peering_connection_id=late)).refused("InvalidStateTransition")
    again = asked(ec2, one, three)
    reject = api.RejectVpcPeeringConnection(vpc_peering_connection_id=again)
    assert ec2.did(reject).return_ is True
    assert code(ec2, again) == "rejected"
    wrong = api.DeleteVpcPeeringConnection(vpc_peering_connection_id="pcx-00000000000000000")
    ec2.when(wrong).refused("InvalidVpcPeeringConnectionID.NotFound")
    ec2.replays()


def test_the_accepters_side_is_the_accepters() -> None:
    """Given a request to another account, then its side has its own ARN, and who deletes it is told on both."""
    ec2 = Ec2()
    one = ec2.vpc("10.0.0.0/16")
    ec2.account = OTHER
    two = ec2.vpc("10.1.0.0/16")
    ec2.account = ACCOUNT
    name = asked(ec2, one, two, peer_owner_id=OTHER)
    for account in (ACCOUNT, OTHER):
        held = ec2.machine.state(("ec2", account, "us-east-1")).gateways.peerings[name]  # type: ignore[attr-defined]
        assert held.owner == account
    ec2.when(api.CreateVpcPeeringConnection(vpc_id=one, peer_vpc_id="vpc-00000000000000000")).refused(
        "InvalidVpcID.NotFound", "The vpc ID 'vpc-00000000000000000' does not exist"
    )
    ec2.given(api.DeleteVpcPeeringConnection(vpc_peering_connection_id=name))
    ec2.account = OTHER
    (found,) = ec2.did(api.DescribeVpcPeeringConnections()).vpc_peering_connections
    assert found.status.message == f"Deleted by {ACCOUNT}"
    ec2.replays()


def test_blocks_of_two_accounts_that_overlap() -> None:
    """Given two accounts' VPCs with one block, when one asks the other, then the request has failed on both sides."""
    ec2 = Ec2()
    one = ec2.vpc("10.0.0.0/16")
    ec2.account = OTHER
    two = ec2.vpc("10.0.0.0/16")
    ec2.account = ACCOUNT
    name = asked(ec2, one, two, peer_owner_id=OTHER)
    assert code(ec2, name) == "failed"
    ec2.account = OTHER
    assert code(ec2, name) == "failed"
    ec2.when(api.AcceptVpcPeeringConnection(vpc_peering_connection_id=name)).refused("InvalidStateTransition")
    ec2.replays()
