"""Which traffic is mirrored: https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-filters.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, filters, limits, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_watching import MirrorFilter, MirrorRule

MIRROR_FILTERS = Kind(
    "traffic-mirror-filter", "tmf", MirrorFilter, lambda state: state.watching.mirror_filters,
    code="InvalidTrafficMirrorFilterNotFound", noun="traffic mirror filter ID",
    cloudformation="AWS::EC2::TrafficMirrorFilter",
    parameters=("traffic_mirror_filter_id", "traffic_mirror_filter_ids"),
    created_by=("CreateTrafficMirrorFilter",),
)  # fmt: skip


@service.handle(token="client_token")
def create_traffic_mirror_filter(
    state: Ec2, call: Call[api.CreateTrafficMirrorFilter]
) -> api.CreateTrafficMirrorFilterResult:
    """A filter without rules: it lets nothing through."""
    params = call.params
    tags.check_new(params.tag_specifications, "traffic-mirror-filter")
    if len(state.watching.mirror_filters) >= call.quota("mirror_filters", limits.MIRROR_FILTERS_MAX):
        raise errors.limit("TrafficMirrorFilterLimitExceeded", "traffic mirror filters")
    made = MirrorFilter(
        id=call.new_id("tmf"), description=params.description,
        tags=tags.given(params.tag_specifications, "traffic-mirror-filter"),
    )  # fmt: skip
    return api.CreateTrafficMirrorFilterResult(
        traffic_mirror_filter=shown(made), client_token=params.client_token
    )


@service.project
def traffic_mirror_filter_created(
    state: Ec2, event: Event[api.CreateTrafficMirrorFilter, api.CreateTrafficMirrorFilterResult]
) -> None:
    """The filter is there."""
    made = told(event.result.traffic_mirror_filter, api.TrafficMirrorFilter())
    if isinstance(made.traffic_mirror_filter_id, UnsetType):
        return
    held = MIRROR_FILTERS.known(state, event, made.traffic_mirror_filter_id)
    held.description = event.params.description
    held.tags = tags.given(event.params.tag_specifications, "traffic-mirror-filter")


@service.handle
def delete_traffic_mirror_filter(
    state: Ec2, call: Call[api.DeleteTrafficMirrorFilter]
) -> api.DeleteTrafficMirrorFilterResult:
    """Refuse while a session has it."""
    held = MIRROR_FILTERS.find(state, call.params.traffic_mirror_filter_id)
    if any(one.filter == held.id for one in state.watching.mirror_sessions.values()):
        # evidence: page errors-overview.html (TrafficMirrorFilterInUse); words: guess
        raise Refusal(
            "TrafficMirrorFilterInUse", f"Traffic mirror filter {held.id} is in use and cannot be deleted."
        )
    return api.DeleteTrafficMirrorFilterResult(traffic_mirror_filter_id=held.id)


@service.project
def traffic_mirror_filter_deleted(
    state: Ec2, event: Event[api.DeleteTrafficMirrorFilter, api.DeleteTrafficMirrorFilterResult]
) -> None:
    """The filter is gone, with its rules."""
    held = state.watching.mirror_filters.pop(event.params.traffic_mirror_filter_id, None)
    for rule in held.rules if held is not None else ():
        state.watching.mirror_rules.pop(rule, None)


@service.handle
def modify_traffic_mirror_filter_network_services(
    state: Ec2, call: Call[api.ModifyTrafficMirrorFilterNetworkServices]
) -> api.ModifyTrafficMirrorFilterNetworkServicesResult:
    """Amazon's services whose traffic is mirrored: DNS alone."""
    params = call.params
    held = MIRROR_FILTERS.find(state, params.traffic_mirror_filter_id)
    for one in (*told(params.add_network_services, []), *told(params.remove_network_services, [])):
        if one != "amazon-dns":
            # evidence: page API_ModifyTrafficMirrorFilterNetworkServices (the values); words: guess
            raise errors.invalid(f"Value ({one}) for parameter networkService is invalid.")
    changed = MirrorFilter(
        id=held.id, arn=held.arn, tags=held.tags, description=held.description, rules=held.rules,
        services=_services(held, params),
    )  # fmt: skip
    return api.ModifyTrafficMirrorFilterNetworkServicesResult(traffic_mirror_filter=shown(changed))


def _services(held: MirrorFilter, params: api.ModifyTrafficMirrorFilterNetworkServices) -> list[str]:
    gone = told(params.remove_network_services, [])
    return sorted(
        {one for one in held.services if one not in gone} | set(told(params.add_network_services, []))
    )


@service.project
def traffic_mirror_filter_network_services_modified(
    state: Ec2,
    event: Event[
        api.ModifyTrafficMirrorFilterNetworkServices, api.ModifyTrafficMirrorFilterNetworkServicesResult
    ],
) -> None:
    """The services are others."""
    held = MIRROR_FILTERS.known(state, event, event.params.traffic_mirror_filter_id)
    held.services = _services(held, event.params)


# rules


@service.handle(token="client_token")
def create_traffic_mirror_filter_rule(
    state: Ec2, call: Call[api.CreateTrafficMirrorFilterRule]
) -> api.CreateTrafficMirrorFilterRuleResult:
    """A rule whose number its direction does not have yet."""
    params = call.params
    tags.check_new(params.tag_specifications, "traffic-mirror-filter-rule")
    held = MIRROR_FILTERS.find(state, params.traffic_mirror_filter_id)
    for name, value, values in (
        ("trafficDirection", params.traffic_direction, ("ingress", "egress")),
        ("ruleAction", params.rule_action, ("accept", "reject")),
    ):
        if value not in values:
            # evidence: guess
            raise errors.invalid(f"Value ({value}) for parameter {name} is invalid.")
    same = [one for one in held.rules.values() if one.direction == params.traffic_direction]
    if any(one.number == params.rule_number for one in same):
        # evidence: page errors-overview.html (TrafficMirrorFilterRuleAlreadyExists); words: guess
        raise Refusal(
            "TrafficMirrorFilterRuleAlreadyExists", f"Rule number {params.rule_number} already exists."
        )
    if len(same) >= limits.MIRROR_RULES_MAX:
        raise errors.limit("TrafficMirrorFilterRuleLimitExceeded", "traffic mirror filter rules")
    cidrs.v4(params.destination_cidr_block, "destinationCidrBlock")
    cidrs.v4(params.source_cidr_block, "sourceCidrBlock")
    return api.CreateTrafficMirrorFilterRuleResult(
        traffic_mirror_filter_rule=_rule_shown(held.id, _rule(call.new_id("tmfr"), params)),
        client_token=params.client_token,
    )


def _rule(identifier: str, params: api.CreateTrafficMirrorFilterRule) -> MirrorRule:
    def ports(given: api.TrafficMirrorPortRangeRequest | UnsetType) -> tuple[int, int] | UnsetType:
        return (
            UNSET if isinstance(given, UnsetType) else (told(given.from_port, 0), told(given.to_port, 65535))
        )

    return MirrorRule(
        id=identifier, direction=params.traffic_direction, number=params.rule_number, action=params.rule_action,
        protocol=params.protocol, to=params.destination_cidr_block, source=params.source_cidr_block,
        to_ports=ports(params.destination_port_range), source_ports=ports(params.source_port_range),
        description=params.description,
    )  # fmt: skip


@service.project
def traffic_mirror_filter_rule_created(
    state: Ec2, event: Event[api.CreateTrafficMirrorFilterRule, api.CreateTrafficMirrorFilterRuleResult]
) -> None:
    """The filter has the rule."""
    made = told(event.result.traffic_mirror_filter_rule, api.TrafficMirrorFilterRule())
    if isinstance(made.traffic_mirror_filter_rule_id, UnsetType):
        return
    held = MIRROR_FILTERS.known(state, event, event.params.traffic_mirror_filter_id)
    held.rules[made.traffic_mirror_filter_rule_id] = _rule(made.traffic_mirror_filter_rule_id, event.params)
    state.watching.mirror_rules[made.traffic_mirror_filter_rule_id] = held.id


@service.handle
def delete_traffic_mirror_filter_rule(
    state: Ec2, call: Call[api.DeleteTrafficMirrorFilterRule]
) -> api.DeleteTrafficMirrorFilterRuleResult:
    """The rule must be there."""
    rule = call.params.traffic_mirror_filter_rule_id
    if rule not in state.watching.mirror_rules:
        raise errors.not_found(
            "InvalidTrafficMirrorFilterRuleNotFound", "traffic mirror filter rule ID", [rule]
        )
    return api.DeleteTrafficMirrorFilterRuleResult(traffic_mirror_filter_rule_id=rule)


@service.project
def traffic_mirror_filter_rule_deleted(
    state: Ec2, event: Event[api.DeleteTrafficMirrorFilterRule, api.DeleteTrafficMirrorFilterRuleResult]
) -> None:
    """The rule is gone."""
    rule = event.params.traffic_mirror_filter_rule_id
    held = state.watching.mirror_filters.get(state.watching.mirror_rules.pop(rule, ""))
    if held is not None:
        held.rules.pop(rule, None)


# describe


_FIELDS: filters.Fields[MirrorFilter] = {
    "description": lambda one: one.description,
    "traffic-mirror-filter-id": lambda one: one.id,
}
"""API_DescribeTrafficMirrorFilters: Filters."""


@service.read
def describe_traffic_mirror_filters(
    state: Ec2, call: Call[api.DescribeTrafficMirrorFilters]
) -> api.DescribeTrafficMirrorFiltersResult:
    """Filters, in the order of their ids."""
    page = filters.described(state, call, MIRROR_FILTERS, call.params.traffic_mirror_filter_ids, _FIELDS)
    return api.DescribeTrafficMirrorFiltersResult(
        traffic_mirror_filters=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(held: MirrorFilter) -> api.TrafficMirrorFilter:
    """A filter as answers show it."""
    rules = sorted(held.rules.values(), key=lambda one: one.number)
    return api.TrafficMirrorFilter(
        traffic_mirror_filter_id=held.id, description=held.description, tags=tags.shown(held.tags),
        network_services=held.services,
        ingress_filter_rules=[_rule_shown(held.id, one) for one in rules if one.direction == "ingress"],
        egress_filter_rules=[_rule_shown(held.id, one) for one in rules if one.direction == "egress"],
    )  # fmt: skip


def _rule_shown(owner: str, rule: MirrorRule) -> api.TrafficMirrorFilterRule:
    def ports(held: tuple[int, int] | UnsetType) -> api.TrafficMirrorPortRange | UnsetType:
        return (
            UNSET
            if isinstance(held, UnsetType)
            else api.TrafficMirrorPortRange(from_port=held[0], to_port=held[1])
        )

    return api.TrafficMirrorFilterRule(
        traffic_mirror_filter_rule_id=rule.id, traffic_mirror_filter_id=owner, traffic_direction=rule.direction,
        rule_number=rule.number, rule_action=rule.action, protocol=rule.protocol, destination_cidr_block=rule.to,
        source_cidr_block=rule.source, destination_port_range=ports(rule.to_ports),
        source_port_range=ports(rule.source_ports), description=rule.description,
    )  # fmt: skip
