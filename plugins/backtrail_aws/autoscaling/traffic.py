"""What a group is attached to: target groups, classic load balancers, other traffic sources.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/attach-load-balancer-asg.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UNSET, Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import api, errors, group_rules, health, limits, names, pages, targets
from backtrail_aws.autoscaling.state import Group, Member, Scaling, service

ELB, ELBV2, LATTICE = "elb", "elbv2", "vpc-lattice"
_STATE, _IN_SERVICE = "Added", "InService"


def kind_of(source: api.TrafficSourceIdentifier) -> str:
    """API_TrafficSourceIdentifier: the type, or what the identifier looks like."""
    if isinstance(source.type, str):
        return source.type
    if ":elasticloadbalancing:" in source.identifier:
        return ELBV2
    return LATTICE if source.identifier.startswith("arn:") else ELB


def attach(group: Group, sources: Sequence[api.TrafficSourceIdentifier]) -> None:
    """In a fold: a group is attached to sources of any kind."""
    for source in sources:
        kind = kind_of(source)
        if kind == ELBV2:
            _put(group, "target_group_arns", [source.identifier], gone=False)
        elif kind == ELB:
            _put(group, "load_balancer_names", [source.identifier], gone=False)
        elif all(one.identifier != source.identifier for one in group.sources):
            group.sources.append(source)


def detach(group: Group, sources: Sequence[api.TrafficSourceIdentifier]) -> None:
    """In a fold: a group is detached from them."""
    ids = [one.identifier for one in sources]
    _put(group, "target_group_arns", ids, gone=True)
    _put(group, "load_balancer_names", ids, gone=True)
    group.sources = [one for one in group.sources if one.identifier not in ids]


def _put(group: Group, member: str, ids: list[str], *, gone: bool) -> None:
    given: list[str] | UnsetType = getattr(group.shown, member)
    held = told(given, [])
    now = [one for one in held if one not in ids] if gone else list(dict.fromkeys([*held, *ids]))
    group.shown = members.changed(group.shown, **{member: now})


def _served(group: Group) -> list[Member]:
    return [one for one in group.members.values() if one.state in ("Pending", "Pending:Proceed", "InService")]


# target groups


@service.handle
def attach_load_balancer_target_groups(
    state: Scaling, call: Call[api.AttachLoadBalancerTargetGroups]
) -> None:
    """Target groups that are there."""
    group = names.found(state, call.params.auto_scaling_group_name)
    group_rules.check_target_groups(call, call.params.target_group_arns)
    if (
        len({*told(group.shown.target_group_arns, []), *call.params.target_group_arns})
        > limits.TARGET_GROUPS_MAX
    ):
        raise errors.too_many("target groups")


@service.project
def target_groups_attached(state: Scaling, event: Event[api.AttachLoadBalancerTargetGroups, None]) -> None:
    """The group is attached to them."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    _put(group, "target_group_arns", event.params.target_group_arns, gone=False)
    health.plan(state, group, event.time)


@service.react
def register_in_target_groups(
    state: Scaling, event: Event[api.AttachLoadBalancerTargetGroups, None]
) -> Iterator[Command]:
    """Its instances are registered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        yield from targets.registered(
            event, group, *_served(group), arns=event.params.target_group_arns, balancers=()
        )


@service.handle
def detach_load_balancer_target_groups(
    state: Scaling, call: Call[api.DetachLoadBalancerTargetGroups]
) -> None:
    """Target groups that it is attached to."""
    group = names.found(state, call.params.auto_scaling_group_name)
    _check_attached(told(group.shown.target_group_arns, []), call.params.target_group_arns, "target groups")


def _check_attached(held: list[str], wanted: list[str], what: str) -> None:
    if not set(wanted) <= set(held):
        # evidence: guess
        raise errors.invalid(f"Trying to remove {what.title()} that are not part of the group")


@service.project
def target_groups_detached(state: Scaling, event: Event[api.DetachLoadBalancerTargetGroups, None]) -> None:
    """It is attached to them no more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    _put(group, "target_group_arns", event.params.target_group_arns, gone=True)
    health.plan(state, group, event.time)


@service.react
def deregister_from_target_groups(
    state: Scaling, event: Event[api.DetachLoadBalancerTargetGroups, None]
) -> Iterator[Command]:
    """Its instances are deregistered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        yield from targets.deregistered(
            event, group, *_served(group), arns=event.params.target_group_arns, balancers=()
        )


@service.read
def describe_load_balancer_target_groups(
    state: Scaling, call: Call[api.DescribeLoadBalancerTargetGroups]
) -> api.DescribeLoadBalancerTargetGroupsResult:
    """The target groups of a group."""
    group = names.found(state, call.params.auto_scaling_group_name)
    held = {one: one for one in told(group.shown.target_group_arns, [])}
    found, token = pages.paged(call.params, held, records=(100, 100))
    at = _shown_state(group)
    return api.DescribeLoadBalancerTargetGroupsResult(
        load_balancer_target_groups=[
            api.LoadBalancerTargetGroupState(load_balancer_target_group_arn=one, state=at) for one in found
        ],
        next_token=token,
    )


def _shown_state(group: Group) -> str:
    """InService as soon as an instance is registered: API_LoadBalancerTargetGroupState."""
    return _IN_SERVICE if _served(group) else _STATE


# classic load balancers


@service.handle
def attach_load_balancers(state: Scaling, call: Call[api.AttachLoadBalancers]) -> None:
    """Classic load balancers that are there."""
    group = names.found(state, call.params.auto_scaling_group_name)
    group_rules.check_load_balancers(call, call.params.load_balancer_names)
    held = {*told(group.shown.load_balancer_names, []), *call.params.load_balancer_names}
    if len(held) > limits.LOAD_BALANCERS_MAX:
        raise errors.too_many("load balancers")


@service.project
def load_balancers_attached(state: Scaling, event: Event[api.AttachLoadBalancers, None]) -> None:
    """The group is attached to them."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    _put(group, "load_balancer_names", event.params.load_balancer_names, gone=False)
    health.plan(state, group, event.time)


@service.react
def register_in_load_balancers(
    state: Scaling, event: Event[api.AttachLoadBalancers, None]
) -> Iterator[Command]:
    """Its instances are registered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        yield from targets.registered(
            event, group, *_served(group), arns=(), balancers=event.params.load_balancer_names
        )


@service.handle
def detach_load_balancers(state: Scaling, call: Call[api.DetachLoadBalancers]) -> None:
    """Classic load balancers that it is attached to."""
    group = names.found(state, call.params.auto_scaling_group_name)
    _check_attached(
        told(group.shown.load_balancer_names, []), call.params.load_balancer_names, "load balancers"
    )


@service.project
def load_balancers_detached(state: Scaling, event: Event[api.DetachLoadBalancers, None]) -> None:
    """It is attached to them no more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    _put(group, "load_balancer_names", event.params.load_balancer_names, gone=True)
    health.plan(state, group, event.time)


@service.react
def deregister_from_load_balancers(
    state: Scaling, event: Event[api.DetachLoadBalancers, None]
) -> Iterator[Command]:
    """Its instances are deregistered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        yield from targets.deregistered(
            event, group, *_served(group), arns=(), balancers=event.params.load_balancer_names
        )


@service.read
def describe_load_balancers(
    state: Scaling, call: Call[api.DescribeLoadBalancers]
) -> api.DescribeLoadBalancersResult:
    """The classic load balancers of a group."""
    group = names.found(state, call.params.auto_scaling_group_name)
    held = {one: one for one in told(group.shown.load_balancer_names, [])}
    found, token = pages.paged(call.params, held, records=(100, 100))
    at = _shown_state(group)
    return api.DescribeLoadBalancersResult(
        load_balancers=[api.LoadBalancerState(load_balancer_name=one, state=at) for one in found],
        next_token=token,
    )


# traffic sources


def _parts(sources: list[api.TrafficSourceIdentifier]) -> tuple[list[str], list[str]]:
    arns = [one.identifier for one in sources if kind_of(one) == ELBV2]
    return arns, [one.identifier for one in sources if kind_of(one) == ELB]


@service.handle
def attach_traffic_sources(state: Scaling, call: Call[api.AttachTrafficSources]) -> None:
    """Sources of a known type that are there."""
    names.found(state, call.params.auto_scaling_group_name)
    for source in call.params.traffic_sources:
        if kind_of(source) not in (ELB, ELBV2, LATTICE):
            # evidence: page API_TrafficSourceIdentifier (Type); words: guess
            raise errors.invalid(f"Invalid traffic source type: {source.type}")
    arns, balancers = _parts(call.params.traffic_sources)
    group_rules.check_target_groups(call, arns)
    group_rules.check_load_balancers(call, balancers)


@service.project
def traffic_sources_attached(state: Scaling, event: Event[api.AttachTrafficSources, None]) -> None:
    """The group is attached to them."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    attach(group, event.params.traffic_sources)
    health.plan(state, group, event.time)


@service.react
def register_in_sources(state: Scaling, event: Event[api.AttachTrafficSources, None]) -> Iterator[Command]:
    """Its instances are registered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        arns, balancers = _parts(event.params.traffic_sources)
        yield from targets.registered(event, group, *_served(group), arns=arns, balancers=balancers)


@service.handle
def detach_traffic_sources(state: Scaling, call: Call[api.DetachTrafficSources]) -> None:
    """Sources that it is attached to."""
    group = names.found(state, call.params.auto_scaling_group_name)
    held = [one.identifier for one in sources_of(group)]
    _check_attached(held, [one.identifier for one in call.params.traffic_sources], "traffic sources")


@service.project
def traffic_sources_detached(state: Scaling, event: Event[api.DetachTrafficSources, None]) -> None:
    """It is attached to them no more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    detach(group, event.params.traffic_sources)
    health.plan(state, group, event.time)


@service.react
def deregister_from_sources(
    state: Scaling, event: Event[api.DetachTrafficSources, None]
) -> Iterator[Command]:
    """Its instances are deregistered."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        arns, balancers = _parts(event.params.traffic_sources)
        yield from targets.deregistered(event, group, *_served(group), arns=arns, balancers=balancers)


def sources_of(group: Group) -> list[api.TrafficSourceIdentifier]:
    """All that a group is attached to."""
    arns, balancers = told(group.shown.target_group_arns, []), told(group.shown.load_balancer_names, [])
    return [
        *(api.TrafficSourceIdentifier(identifier=one, type=ELBV2) for one in arns),
        *(api.TrafficSourceIdentifier(identifier=one, type=ELB) for one in balancers),
        *(api.TrafficSourceIdentifier(identifier=one.identifier, type=kind_of(one)) for one in group.sources),
    ]


@service.read
def describe_traffic_sources(
    state: Scaling, call: Call[api.DescribeTrafficSources]
) -> api.DescribeTrafficSourcesResult:
    """The sources of a group, of all types or of one."""
    group, wanted = names.found(state, call.params.auto_scaling_group_name), call.params.traffic_source_type
    held = {
        f"{number:04d}": one for number, one in enumerate(sources_of(group))
        if isinstance(wanted, UnsetType) or one.type == wanted
    }  # fmt: skip
    found, token = pages.paged(call.params, held)
    at = _shown_state(group)
    shown = [
        api.TrafficSourceState(
            identifier=one.identifier, type=one.type, state=at,
            traffic_source=one.identifier if one.type == LATTICE else UNSET,
        )
        for one in found
    ]  # fmt: skip
    return api.DescribeTrafficSourcesResult(traffic_sources=shown, next_token=token)
