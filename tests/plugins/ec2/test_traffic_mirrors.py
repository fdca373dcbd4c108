"""Traffic mirrors: targets, filters and their rules, sessions."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged


def interface(ec2: Ec2, subnet: str) -> str:
    """A new interface's id."""
    made = ec2.did(api.CreateNetworkInterface(subnet_id=subnet)).network_interface
    return str(made.network_interface_id)


def test_a_session_holds_its_target_and_its_filter() -> None:
    """Given two interfaces, when one is mirrored to the other, then target and filter stay while the session does."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())
    source, sink = interface(ec2, subnet), interface(ec2, subnet)
    tags = tagged("traffic-mirror-target", Name="t")
    made = ec2.did(api.CreateTrafficMirrorTarget(network_interface_id=sink, tag_specifications=tags))
    target = str(made.traffic_mirror_target.traffic_mirror_target_id)
    kept = ec2.did(api.CreateTrafficMirrorFilter(description="web")).traffic_mirror_filter
    name = str(kept.traffic_mirror_filter_id)
    rule = api.CreateTrafficMirrorFilterRule(
        traffic_mirror_filter_id=name, traffic_direction="ingress", rule_number=100, rule_action="accept", protocol=6,
        destination_port_range=api.TrafficMirrorPortRangeRequest(from_port=80, to_port=80),
        destination_cidr_block="0.0.0.0/0", source_cidr_block="10.0.0.0/8",
    )  # fmt: skip
    rule_id = ec2.did(rule).traffic_mirror_filter_rule.traffic_mirror_filter_rule_id
    ec2.when(rule).refused("TrafficMirrorFilterRuleAlreadyExists")
    ec2.given(
        api.ModifyTrafficMirrorFilterNetworkServices(
            traffic_mirror_filter_id=name, add_network_services=["amazon-dns"]
        )
    )
    (found,) = ec2.did(api.DescribeTrafficMirrorFilters()).traffic_mirror_filters
    assert [one.rule_number for one in found.ingress_filter_rules] == [100]
    assert found.network_services == ["amazon-dns"]
    asked = api.CreateTrafficMirrorSession(
        network_interface_id=source,
        traffic_mirror_target_id=target,
        traffic_mirror_filter_id=name,
        session_number=1,
    )
    session = ec2.did(asked).traffic_mirror_session.traffic_mirror_session_id
    ec2.when(asked).refused("InvalidParameterValue")
    ec2.when(api.DeleteTrafficMirrorFilter(traffic_mirror_filter_id=name)).refused("TrafficMirrorFilterInUse")
    ec2.when(api.DeleteTrafficMirrorTarget(traffic_mirror_target_id=target)).refused(
        "TrafficMirrorTargetInUseException"
    )
    (held,) = ec2.did(api.DescribeTrafficMirrorSessions()).traffic_mirror_sessions
    assert (held.network_interface_id, held.session_number) == (source, 1)
    ec2.given(api.DeleteTrafficMirrorSession(traffic_mirror_session_id=session))
    ec2.given(api.DeleteTrafficMirrorFilterRule(traffic_mirror_filter_rule_id=rule_id))
    ec2.given(api.DeleteTrafficMirrorFilter(traffic_mirror_filter_id=name))
    (shown,) = ec2.did(api.DescribeTrafficMirrorTargets()).traffic_mirror_targets
    assert (shown.type, shown.network_interface_id) == ("network-interface", sink)
    ec2.given(api.DeleteTrafficMirrorTarget(traffic_mirror_target_id=target))
    ec2.when(api.DescribeTrafficMirrorTargets(traffic_mirror_target_ids=[target])).refused(
        "InvalidTrafficMirrorTargetNoFound"
    )
    ec2.replays()
