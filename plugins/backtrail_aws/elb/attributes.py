"""Attributes: cross-zone load balancing, access logs, connection draining, idle timeout, desync mitigation.

https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_LoadBalancerAttributes.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.elb import access_logs, api, errors, limits, names
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service

_DESYNC = "elb.http.desyncmitigationmode"
_MODES = ("monitor", "defensive", "strictest")


@service.handle
def modify_load_balancer_attributes(
    state: ClassicLoadBalancers, call: Call[api.ModifyLoadBalancerAttributes]
) -> api.ModifyLoadBalancerAttributesResult:
    """Some attributes; a bucket for logs must let Elastic Load Balancing in."""
    held = names.balancer(state, call.params.load_balancer_name)
    given = call.params.load_balancer_attributes
    if isinstance(given.access_log, api.AccessLog):
        access_logs.check(call, given.access_log)
    if isinstance(given.connection_draining, api.ConnectionDraining):
        seconds = told(given.connection_draining.timeout, limits.DRAINING_DEFAULT_S)
        if given.connection_draining.enabled and not _within(seconds, limits.DRAINING_S):
            # evidence: page config-conn-drain.html; words: guess
            raise errors.configuration("ConnectionDraining timeout must be between 1 and 3600 seconds")
    idle = given.connection_settings
    if isinstance(idle, api.ConnectionSettings) and not _within(idle.idle_timeout, limits.IDLE_S):
        # evidence: page config-idle-timeout.html; words: guess
        raise errors.configuration("ConnectionSettings IdleTimeout must be between 1 and 4000 seconds")
    for one in told(given.additional_attributes, []):
        if one.key != _DESYNC or one.value not in _MODES:
            # evidence: page API_AdditionalAttribute; words: guess
            raise errors.configuration(f"Attribute {told(one.key, '')} cannot be {told(one.value, '')}")
    return api.ModifyLoadBalancerAttributesResult(
        load_balancer_name=held.name, load_balancer_attributes=given
    )


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


@service.project
def attributes_modified(
    state: ClassicLoadBalancers,
    event: Event[api.ModifyLoadBalancerAttributes, api.ModifyLoadBalancerAttributesResult],
) -> None:
    """The attributes are changed."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    given = event.params.load_balancer_attributes
    if isinstance(given.cross_zone_load_balancing, api.CrossZoneLoadBalancing):
        held.cross_zone = given.cross_zone_load_balancing.enabled
    if isinstance(given.access_log, api.AccessLog):
        held.log = given.access_log
    draining = given.connection_draining
    if isinstance(draining, api.ConnectionDraining):
        held.draining = told(draining.timeout, limits.DRAINING_DEFAULT_S) if draining.enabled else UNSET
    if isinstance(given.connection_settings, api.ConnectionSettings):
        held.idle = given.connection_settings.idle_timeout
    for one in told(given.additional_attributes, []):
        held.more[told(one.key, "")] = told(one.value, "")


@service.read
def describe_load_balancer_attributes(
    state: ClassicLoadBalancers, call: Call[api.DescribeLoadBalancerAttributes]
) -> api.DescribeLoadBalancerAttributesResult:
    """All attributes."""
    held = names.balancer(state, call.params.load_balancer_name)
    return api.DescribeLoadBalancerAttributesResult(load_balancer_attributes=shown_of(held))


def shown_of(held: Balancer) -> api.LoadBalancerAttributes:
    """A load balancer's attributes as answers show them."""
    drains = not isinstance(held.draining, UnsetType)
    return api.LoadBalancerAttributes(
        cross_zone_load_balancing=api.CrossZoneLoadBalancing(enabled=held.cross_zone),
        access_log=told(held.log, api.AccessLog(enabled=False)),
        connection_draining=api.ConnectionDraining(
            enabled=drains, timeout=told(held.draining, limits.DRAINING_DEFAULT_S)
        ),
        connection_settings=api.ConnectionSettings(idle_timeout=held.idle),
        additional_attributes=[
            api.AdditionalAttribute(key=key, value=value)
            for key, value in {_DESYNC: "defensive", **held.more}.items()
        ],
    )
