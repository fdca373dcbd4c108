"""Security groups and their rules."""

from __future__ import annotations

import pytest

from backtrail import UNSET, Params
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, tcp, where


def ingress(group: str, *permissions: api.IpPermission, **more: object) -> api.AuthorizeSecurityGroupIngress:
    """Rules that let something in."""
    return api.AuthorizeSecurityGroupIngress(group_id=group, ip_permissions=list(permissions), **more)  # type: ignore[arg-type]


def from_group(group: str, port: int = 5432) -> api.IpPermission:
    """A permission for a port, from the members of a group."""
    pairs = [api.UserIdGroupPair(group_id=group)]
    return api.IpPermission(ip_protocol="tcp", from_port=port, to_port=port, user_id_group_pairs=pairs)


def shown(ec2: Ec2, group: str) -> api.SecurityGroup:
    """A group as it is described."""
    (found,) = ec2.did(api.DescribeSecurityGroups(group_ids=[group])).security_groups
    assert isinstance(found, api.SecurityGroup)
    return found


def test_a_new_group_lets_everything_out_and_nothing_in() -> None:
    """A group has one rule: everything may leave."""
    ec2 = Ec2()
    group = ec2.group(ec2.vpc(), tag_specifications=tagged("security-group", a="b"))
    found = shown(ec2, group)
    assert found.ip_permissions == []
    assert found.security_group_arn == f"arn:aws:ec2:us-east-1:123456789012:security-group/{group}"
    (rule,) = ec2.did(api.DescribeSecurityGroupRules(filters=where(group_id=group))).security_group_rules
    assert (rule.is_egress, rule.ip_protocol, rule.from_port, rule.cidr_ipv4) == (True, "-1", -1, "0.0.0.0/0")
    ec2.replays()


def test_names() -> None:
    """A name stands once in a VPC; some are reserved; a description is needed, in plain letters."""
    ec2 = Ec2()
    vpc, other = ec2.vpc(), ec2.vpc("10.1.0.0/16")
    ec2.group(vpc)
    ec2.group(other)

    def create(name: str, description: str = "d") -> Ec2:
        ec2.when(api.CreateSecurityGroup(group_name=name, description=description, vpc_id=vpc))
        return ec2

    create("web").refused(
        "InvalidGroup.Duplicate", f"The security group 'web' already exists for VPC '{vpc}'"
    )
    create("default").refused("InvalidParameterValue")
    create("sg-1").refused("InvalidParameterValue", "Value (sg-1) for parameter GroupName is invalid.")
    create("a", "").refused("MissingParameter")
    create("a", "käse").refused("InvalidParameterValue", "beyond ASCII")
    create("a", "a?").refused(
        "InvalidParameterValue", "Invalid security group description. Valid descriptions"
    )
    ec2.replays()


def test_rules_have_ids() -> None:
    """Each peer of a permission is a rule of its own, with an id, an ARN and tags; the group shows them together."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    group, other = ec2.group(vpc), ec2.group(vpc, "db")
    made = ec2.did(
        ingress(
            group, tcp(80, "0.0.0.0/0", "10.0.0.9/8"), from_group(other),
            tag_specifications=tagged("security-group-rule", a="b"),
        )
    ).security_group_rules  # fmt: skip
    assert [(one.cidr_ipv4, one.from_port) for one in made[:2]] == [("0.0.0.0/0", 80), ("10.0.0.0/8", 80)]
    assert made[2].referenced_group_info.group_id == other
    assert made[2].referenced_group_info.user_id == "123456789012"
    assert {tag.value for one in made for tag in one.tags} == {"b"}
    permissions = shown(ec2, group).ip_permissions
    assert isinstance(permissions, list)
    assert [one.from_port for one in permissions] == [80, 5432]
    described = ec2.did(api.DescribeSecurityGroupRules(filters=where(**{"tag:a": "b"}))).security_group_rules
    assert {one.security_group_rule_id for one in described} == {one.security_group_rule_id for one in made}
    ec2.replays()


def test_a_rule_stands_once() -> None:
    """What a group allows already is refused, in the words of the rule; also twice in one call."""
    ec2 = Ec2()
    group = ec2.group(ec2.vpc())
    ec2.given(ingress(group, tcp(22, "0.0.0.0/0")))
    ec2.when(ingress(group, tcp(22, "0.0.0.0/0")))
    said = 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists'
    ec2.refused("InvalidPermission.Duplicate", said)
    ec2.when(ingress(group, tcp(23, "1.0.0.0/8"), tcp(23, "1.0.0.0/8"))).refused("InvalidParameterValue")
    everything = api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0")])
    ec2.when(api.AuthorizeSecurityGroupEgress(group_id=group, ip_permissions=[everything]))
    ec2.refused("InvalidPermission.Duplicate", '"peer: 0.0.0.0/0, ALL, ALLOW"').replays()


@pytest.mark.parametrize(
    ("permission", "code", "words"),
    [
        (tcp(70000, "0.0.0.0/0"), "InvalidPermission.Malformed", "TCP/UDP port (70000) out of range"),
        (tcp(90, "0.0.0.0/0", to=80), "InvalidParameterValue", "range"),
        (tcp(80, "0.0.0.0/33"), "InvalidParameterValue", "CIDR block 0.0.0.0/33 is malformed"),
        (tcp(80, "::/0"), "InvalidParameterValue", "malformed"),
        (from_group("sg-0123456789abcdef0"), "InvalidGroup.NotFound", "does not exist"),
        (
            api.IpPermission(ip_protocol="tcp", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0")]),
            "InvalidParameterValue", "Must specify both from and to ports with TCP/UDP.",
        ),
        (
            api.IpPermission(ip_protocol="smoke", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0")]),
            "InvalidParameterValue", "Unknown protocol",
        ),
        (
            api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0", description="a<b")]),
            "InvalidParameterValue", "Invalid rule description",
        ),
    ],
)  # fmt: skip
def test_what_rules_are_refused_for(permission: api.IpPermission, code: str, words: str) -> None:
    """Ports, blocks, peers, protocols and descriptions have their bounds."""
    ec2 = Ec2()
    ec2.when(ingress(ec2.group(ec2.vpc()), permission)).refused(code, words).replays()


def test_a_permission_without_a_peer_allows_nothing() -> None:
    """It succeeds, and makes no rule."""
    ec2 = Ec2()
    group = ec2.group(ec2.vpc())
    assert ec2.did(ingress(group, tcp(80))).security_group_rules == []
    assert shown(ec2, group).ip_permissions == []


def test_rules_of_one_member_each() -> None:
    """The old form of a call has one permission in members of its own; a name is one of the default VPC's groups."""
    ec2 = Ec2()
    group = str(ec2.did(api.CreateSecurityGroup(group_name="web", description="d")).group_id)
    ec2.given(
        api.AuthorizeSecurityGroupIngress(
            group_name="web", ip_protocol="tcp", from_port=80, to_port=80, cidr_ip="0.0.0.0/0"
        ),
        api.AuthorizeSecurityGroupIngress(
            group_name="web", ip_protocol="-1", source_security_group_name="default",
            source_security_group_owner_id="123456789012",
        ),
    )  # fmt: skip
    permissions = shown(ec2, group).ip_permissions
    assert isinstance(permissions, list)
    assert len(permissions) == 2
    ec2.given(api.DeleteSecurityGroup(group_name="web"))
    ec2.when(api.DescribeSecurityGroups(group_names=["web"])).refused(
        "InvalidGroup.NotFound", "'web'"
    ).replays()


def test_rules_are_revoked() -> None:
    """By permission or by id; what is not there is an error, but in the default VPC, which tells it back."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    group = ec2.group(vpc)
    ec2.given(ingress(group, tcp(22, "0.0.0.0/0"), tcp(80, "0.0.0.0/0")))

    def revoke(of: str, **given: object) -> api.RevokeSecurityGroupIngress:
        return api.RevokeSecurityGroupIngress(group_id=of, **given)  # type: ignore[arg-type]

    (gone,) = ec2.did(revoke(group, ip_permissions=[tcp(22, "0.0.0.0/0")])).revoked_security_group_rules
    assert (gone.from_port, gone.cidr_ipv4) == (22, "0.0.0.0/0")
    ec2.when(revoke(group, ip_permissions=[tcp(22, "0.0.0.0/0")]))
    ec2.refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group")
    ids = [
        str(one.security_group_rule_id)
        for one in ec2.did(api.DescribeSecurityGroupRules(filters=where(group_id=group))).security_group_rules
        if not one.is_egress
    ]
    ec2.given(revoke(group, security_group_rule_ids=ids))
    assert shown(ec2, group).ip_permissions == []
    ec2.when(revoke(group, security_group_rule_ids=ids)).refused("InvalidSecurityGroupRuleId.NotFound")

    default = str(ec2.did(api.CreateSecurityGroup(group_name="web", description="d")).group_id)
    answer = ec2.did(revoke(default, ip_permissions=[tcp(22, "0.0.0.0/0")]))
    assert [one.from_port for one in answer.unknown_ip_permissions] == [22]
    everything = api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0")])
    ec2.given(api.RevokeSecurityGroupEgress(group_id=group, ip_permissions=[everything]))
    assert shown(ec2, group).ip_permissions_egress == []
    ec2.replays()


def test_a_group_has_sixty_rules_each_way() -> None:
    """The sixty-first is refused; IPv6 is counted by itself."""
    ec2 = Ec2()
    group = ec2.group(ec2.vpc())
    ec2.given(ingress(group, *(tcp(port, "0.0.0.0/0") for port in range(1, 61))))
    ec2.when(ingress(group, tcp(99, "0.0.0.0/0")))
    ec2.refused(
        "RulesPerSecurityGroupLimitExceeded",
        "The maximum number of rules per security group has been reached.",
    )
    six = api.IpPermission(
        ip_protocol="tcp", from_port=80, to_port=80, ipv6_ranges=[api.Ipv6Range(cidr_ipv6="::/0")]
    )
    ec2.given(ingress(group, six))


def test_a_group_that_is_named_stays() -> None:
    """A group in another's rule cannot be deleted, nor can a default group."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    group, other = ec2.group(vpc), ec2.group(vpc, "db")
    ec2.given(ingress(group, from_group(other)), ingress(other, from_group(other)))
    after(ec2, api.DeleteSecurityGroup(group_id=other)).refused(
        "DependencyViolation", "has a dependent object"
    )
    ec2.given(api.DeleteSecurityGroup(group_id=group), api.DeleteSecurityGroup(group_id=other))
    (default,) = ec2.did(api.DescribeSecurityGroups(filters=where(vpc_id=vpc))).security_groups
    after(ec2, api.DeleteSecurityGroup(group_id=str(default.group_id))).refused("CannotDelete")
    after(ec2, api.DeleteSecurityGroup(group_id=group)).refused("InvalidGroup.NotFound", group)
    after(ec2, api.DeleteSecurityGroup(group_id="web")).refused(
        "InvalidGroupId.Malformed", 'Invalid id: "web"'
    )
    after(ec2, api.DeleteSecurityGroup()).refused("MissingParameter")
    ec2.replays()


def after(ec2: Ec2, call: Params) -> Ec2:
    """A scenario after one more call."""
    ec2.when(call)
    return ec2


def test_rules_are_changed_in_place() -> None:
    """A rule keeps its id and its kind of peer; descriptions are changed by permission or by id."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    group, other = ec2.group(vpc), ec2.group(vpc, "db")
    made = ec2.did(ingress(group, tcp(22, "0.0.0.0/0"), tcp(80, "0.0.0.0/0"))).security_group_rules
    rule = str(made[0].security_group_rule_id)

    def modify(**request: object) -> api.ModifySecurityGroupRules:
        change = api.SecurityGroupRuleRequest(**request)  # type: ignore[arg-type]
        update = api.SecurityGroupRuleUpdate(security_group_rule_id=rule, security_group_rule=change)
        return api.ModifySecurityGroupRules(group_id=group, security_group_rules=[update])

    after(ec2, modify(ip_protocol="tcp", from_port=1, to_port=2, referenced_group_id=other))
    ec2.refused(
        "InvalidParameterValue", "You may not specify a referenced group id for an existing IPv4 CIDR rule."
    )
    after(ec2, modify(ip_protocol="tcp", from_port=80, to_port=80, cidr_ipv4="0.0.0.0/0"))
    ec2.refused("InvalidPermission.Duplicate")
    ec2.given(
        modify(ip_protocol="tcp", from_port=2222, to_port=2222, cidr_ipv4="10.0.0.0/8", description="ssh")
    )
    (now,) = ec2.did(api.DescribeSecurityGroupRules(security_group_rule_ids=[rule])).security_group_rules
    assert (now.from_port, now.cidr_ipv4, now.description) == (2222, "10.0.0.0/8", "ssh")
    ec2.given(
        api.UpdateSecurityGroupRuleDescriptionsIngress(
            group_id=group, security_group_rule_descriptions=[
                api.SecurityGroupRuleDescription(security_group_rule_id=rule, description="by id")
            ],
        ),
        api.UpdateSecurityGroupRuleDescriptionsEgress(
            group_id=group, ip_permissions=[
                api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0", description="out")])
            ],
        ),
    )  # fmt: skip
    described = ec2.did(api.DescribeSecurityGroupRules(filters=where(group_id=group))).security_group_rules
    assert {one.description for one in described} == {"by id", "out", UNSET}
    ec2.replays()


def test_groups_are_found() -> None:
    """Filters look at groups and at their rules, each way."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    group = ec2.group(vpc)
    ec2.given(ingress(group, tcp(443, "192.0.2.0/24"), from_group(group)))
    for filters in (
        where(**{"ip-permission.cidr": "192.0.2.0/24"}),
        where(**{"ip-permission.from-port": "443", "group-name": "w*"}),
        where(**{"ip-permission.group-id": group}),
        where(**{"egress.ip-permission.cidr": "0.0.0.0/0", "vpc-id": vpc, "group-name": "web"}),
    ):
        found = ec2.did(api.DescribeSecurityGroups(filters=filters)).security_groups
        assert [one.group_id for one in found] == [group]
    assert ec2.did(api.DescribeStaleSecurityGroups(vpc_id=vpc)).stale_security_group_set == []
    assert ec2.did(api.DescribeSecurityGroupReferences(group_id=[group])).security_group_reference_set == []
