"""Network ACLs and their entries."""

from __future__ import annotations

import pytest

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where

HTTP = api.PortRange(from_=80, to=80)


def made(ec2: Ec2, vpc: str) -> str:
    """A new list's id."""
    return str(ec2.did(api.CreateNetworkAcl(vpc_id=vpc)).network_acl.network_acl_id)


def entry(acl: str, number: int = 100, **more: object) -> api.CreateNetworkAclEntry:
    """A rule that lets HTTP in."""
    given: dict[str, object] = {
        "protocol": "6", "rule_action": "allow", "egress": False, "cidr_block": "0.0.0.0/0", "port_range": HTTP, **more,
    }  # fmt: skip
    return api.CreateNetworkAclEntry(network_acl_id=acl, rule_number=number, **given)  # type: ignore[arg-type]


def test_a_new_list_denies_everything() -> None:
    """A list that somebody makes has the last rule alone; rules stand by number."""
    ec2 = Ec2()
    acl = made(ec2, ec2.vpc())
    assert [one.rule_number for one in ec2.answer.network_acl.entries] == [32767, 32767]
    ec2.given(entry(acl, 200, protocol="tcp"), entry(acl, 90))
    (shown,) = ec2.did(api.DescribeNetworkAcls(network_acl_ids=[acl])).network_acls
    inbound = [(one.rule_number, one.protocol) for one in shown.entries if not one.egress]
    assert inbound == [(90, "6"), (200, "6"), (32767, "-1")]
    ec2.replays()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"number": 0}, "InvalidParameterValue"),
        ({"number": 32767}, "InvalidParameterValue"),
        ({"rule_action": "maybe"}, "InvalidParameterValue"),
        ({"protocol": "telepathy"}, "InvalidParameterValue"),
        ({"cidr_block": "0.0.0.0/40"}, "InvalidParameterValue"),
        ({"port_range": api.PortRange(from_=9, to=1)}, "InvalidParameterValue"),
        ({"protocol": "icmp"}, "MissingParameter"),
    ],
)
def test_what_entries_are_refused_for(more: dict[str, object], code: str) -> None:
    """Numbers, actions, protocols, blocks and ports have their bounds."""
    ec2 = Ec2()
    acl = made(ec2, ec2.vpc())
    ec2.when(entry(acl, **more)).refused(code)  # type: ignore[arg-type]


def test_numbers_are_taken_once() -> None:
    """A number stands once each way; it is replaced and deleted by it."""
    ec2 = Ec2()
    acl = made(ec2, ec2.vpc())
    ec2.given(entry(acl), entry(acl, egress=True))
    ec2.when(entry(acl)).refused("NetworkAclEntryAlreadyExists", "identified by 100")
    replace = api.ReplaceNetworkAclEntry(
        network_acl_id=acl,
        rule_number=100,
        protocol="-1",
        rule_action="deny",
        egress=False,
        cidr_block="10.0.0.0/8",
    )
    ec2.given(replace)
    (shown,) = ec2.did(api.DescribeNetworkAcls(filters=where(**{"entry.cidr": "10.0.0.0/8"}))).network_acls
    assert shown.network_acl_id == acl
    ec2.given(api.DeleteNetworkAclEntry(network_acl_id=acl, rule_number=100, egress=False))
    ec2.when(replace).refused("InvalidNetworkAclEntry.NotFound")
    ec2.when(api.DeleteNetworkAclEntry(network_acl_id=acl, rule_number=100, egress=False))
    ec2.refused("InvalidNetworkAclEntry.NotFound").replays()


def test_a_list_has_twenty_rules_each_way() -> None:
    """The twenty-first is refused."""
    ec2 = Ec2()
    acl = made(ec2, ec2.vpc())
    for number in range(1, 21):
        ec2.given(entry(acl, number))
    ec2.when(entry(acl, 21)).refused("NetworkAclEntryLimitExceeded")
    ec2.given(entry(acl, 21, egress=True))


def test_a_subnet_is_under_one_list() -> None:
    """A subnet moves from list to list; a list over a subnet, and the default one, cannot be deleted."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    subnet, acl = ec2.subnet(vpc), made(ec2, vpc)

    def association() -> tuple[str, str]:
        found = ec2.did(
            api.DescribeNetworkAcls(filters=where(**{"association.subnet-id": subnet}))
        ).network_acls
        (one,) = [each for held in found for each in held.associations if each.subnet_id == subnet]
        return str(one.network_acl_association_id), str(one.network_acl_id)

    old, default = association()
    ec2.given(api.ReplaceNetworkAclAssociation(association_id=old, network_acl_id=acl))
    assert association()[1] == acl
    ec2.when(api.ReplaceNetworkAclAssociation(association_id=old, network_acl_id=default))
    ec2.refused("InvalidAssociationID.NotFound")
    ec2.when(api.DeleteNetworkAcl(network_acl_id=acl)).refused("DependencyViolation")
    ec2.when(api.DeleteNetworkAcl(network_acl_id=default)).refused(
        "InvalidParameterValue", "default network ACL"
    )
    ec2.given(api.ReplaceNetworkAclAssociation(association_id=association()[0], network_acl_id=default))
    ec2.given(api.DeleteNetworkAcl(network_acl_id=acl))
    ec2.when(api.DescribeNetworkAcls(network_acl_ids=[acl])).refused("InvalidNetworkAclID.NotFound").replays()
