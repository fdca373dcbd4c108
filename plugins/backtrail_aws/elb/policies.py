"""Policies: stickiness, ciphers, proxy protocol, trust in instances.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-sticky-sessions.html and its siblings
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.elb import api, errors, limits, listeners, names, policy_types
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, Policy, service

_APP, _LB = "AppCookieStickinessPolicyType", "LBCookieStickinessPolicyType"
_LISTENERS = (_APP, _LB, "SSLNegotiationPolicyType")
_SERVERS = ("ProxyProtocolPolicyType", "BackendServerAuthenticationPolicyType")


def _attributes(**given: str) -> list[api.PolicyAttribute]:
    return [api.PolicyAttribute(attribute_name=key, attribute_value=value) for key, value in given.items()]


def _check(state: ClassicLoadBalancers, call: Call[Any], balancer: str, name: str, policy: Policy) -> None:
    """Refuse another policy of a name, and one too many. Raises `Refusal`."""
    held = names.balancer(state, balancer)
    if name in held.policies and held.policies[name] != policy:
        raise errors.policy_exists(name)
    if len({*held.policies, name}) > limits.POLICIES_MAX:
        raise errors.too_many("TooManyPolicies", "policies")


def _put(
    state: ClassicLoadBalancers, event: Event[Any, Any], balancer: str, name: str, policy: Policy
) -> None:
    names.inferred(state, event, balancer).policies[name] = policy


def _app(params: api.CreateAppCookieStickinessPolicy) -> Policy:
    return Policy(type=_APP, attributes=_attributes(CookieName=params.cookie_name))


@service.handle
def create_app_cookie_stickiness_policy(
    state: ClassicLoadBalancers, call: Call[api.CreateAppCookieStickinessPolicy]
) -> None:
    """Sessions follow a cookie of the application's."""
    params = call.params
    _check(state, call, params.load_balancer_name, params.policy_name, _app(params))


@service.project
def app_cookie_policy_created(
    state: ClassicLoadBalancers, event: Event[api.CreateAppCookieStickinessPolicy, None]
) -> None:
    """The policy is there."""
    params = event.params
    _put(state, event, params.load_balancer_name, params.policy_name, _app(params))


def _lb(params: api.CreateLBCookieStickinessPolicy) -> Policy:
    period = told(params.cookie_expiration_period, 0)
    return Policy(type=_LB, attributes=_attributes(CookieExpirationPeriod=str(period)))


@service.handle
def create_lb_cookie_stickiness_policy(
    state: ClassicLoadBalancers, call: Call[api.CreateLBCookieStickinessPolicy]
) -> None:
    """Sessions follow a cookie of the load balancer's."""
    params = call.params
    _check(state, call, params.load_balancer_name, params.policy_name, _lb(params))


@service.project
def lb_cookie_policy_created(
    state: ClassicLoadBalancers, event: Event[api.CreateLBCookieStickinessPolicy, None]
) -> None:
    """The policy is there."""
    params = event.params
    _put(state, event, params.load_balancer_name, params.policy_name, _lb(params))


def _any(params: api.CreateLoadBalancerPolicy) -> Policy:
    given = told(params.policy_attributes, [])
    return Policy(type=params.policy_type_name, attributes=policy_types.whole(params.policy_type_name, given))


@service.handle
def create_load_balancer_policy(
    state: ClassicLoadBalancers, call: Call[api.CreateLoadBalancerPolicy]
) -> None:
    """A policy of any type, with the attributes that the type knows."""
    params = call.params
    policy_types.check(params.policy_type_name, told(params.policy_attributes, []))
    _check(state, call, params.load_balancer_name, params.policy_name, _any(params))


@service.project
def policy_created(state: ClassicLoadBalancers, event: Event[api.CreateLoadBalancerPolicy, None]) -> None:
    """The policy is there."""
    params = event.params
    _put(state, event, params.load_balancer_name, params.policy_name, _any(params))


@service.handle
def delete_load_balancer_policy(
    state: ClassicLoadBalancers, call: Call[api.DeleteLoadBalancerPolicy]
) -> None:
    """One that no listener and no instance port uses; that it is not there is no error."""
    held = names.balancer(state, call.params.load_balancer_name)
    name = call.params.policy_name
    used = [one.policies for one in held.listeners.values()] + list(held.backend.values())
    if any(name in one for one in used):
        # evidence: page API_DeleteLoadBalancerPolicy ("must not be enabled for any listeners"); words: guess
        raise errors.configuration(f"Policy {name} is in use and cannot be deleted.")


@service.project
def policy_deleted(state: ClassicLoadBalancers, event: Event[api.DeleteLoadBalancerPolicy, None]) -> None:
    """The policy is gone."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    held.policies.pop(event.params.policy_name, None)


# where they are used


def _usable(held: Balancer, given: Sequence[str], types: Sequence[str]) -> None:
    for name in given:
        policy = held.policies.get(name)
        if policy is None and name not in policy_types.SAMPLES:
            raise errors.no_policy(name)
        if policy is not None and policy.type not in types:
            # evidence: model; words: guess
            raise errors.configuration(f"Policy {name} of type {policy.type} cannot be used here.")


@service.handle
def set_load_balancer_policies_of_listener(
    state: ClassicLoadBalancers, call: Call[api.SetLoadBalancerPoliciesOfListener]
) -> None:
    """The policies of a listener, in place of those that it had; none to have none."""
    params = call.params
    held = names.balancer(state, params.load_balancer_name)
    listeners.at(held, params.load_balancer_port)
    _usable(held, params.policy_names, _LISTENERS)


@service.project
def policies_of_listener_set(
    state: ClassicLoadBalancers, event: Event[api.SetLoadBalancerPoliciesOfListener, None]
) -> None:
    """The listener has those policies."""
    params = event.params
    held = names.inferred(state, event, params.load_balancer_name)
    listener = held.listeners.get(str(params.load_balancer_port))
    if listener is not None:
        listener.policies = list(params.policy_names)


@service.handle
def set_load_balancer_policies_for_backend_server(
    state: ClassicLoadBalancers, call: Call[api.SetLoadBalancerPoliciesForBackendServer]
) -> None:
    """The policies of an instance port, in place of those that it had; none to have none."""
    params = call.params
    held = names.balancer(state, params.load_balancer_name)
    if all(one.shown.instance_port != params.instance_port for one in held.listeners.values()):
        # evidence: model; words: guess
        raise errors.configuration(f"No listener sends to instance port {params.instance_port}.")
    _usable(held, params.policy_names, _SERVERS)


@service.project
def policies_for_backend_server_set(
    state: ClassicLoadBalancers, event: Event[api.SetLoadBalancerPoliciesForBackendServer, None]
) -> None:
    """The port has those policies."""
    params = event.params
    held = names.inferred(state, event, params.load_balancer_name)
    if params.policy_names:
        held.backend[str(params.instance_port)] = list(params.policy_names)
    else:
        held.backend.pop(str(params.instance_port), None)


# described


@service.read
def describe_load_balancer_policies(
    state: ClassicLoadBalancers, call: Call[api.DescribeLoadBalancerPolicies]
) -> api.DescribeLoadBalancerPoliciesResult:
    """The policies of a load balancer; without one, those that AWS has ready."""
    params = call.params
    if isinstance(params.load_balancer_name, UnsetType):
        known = {name: policy_types.sample(name) for name in policy_types.SAMPLES}
    else:
        known = dict(names.balancer(state, params.load_balancer_name).policies)
        for listener in names.balancer(state, params.load_balancer_name).listeners.values():
            for name in listener.policies:
                if name in policy_types.SAMPLES:
                    known.setdefault(name, policy_types.sample(name))
    wanted = told(params.policy_names, []) or list(known)
    for name in wanted:
        if name not in known:
            raise errors.no_policy(name)
    return api.DescribeLoadBalancerPoliciesResult(
        policy_descriptions=[_shown(name, known[name]) for name in wanted]
    )


def _shown(name: str, policy: Policy) -> api.PolicyDescription:
    return api.PolicyDescription(
        policy_name=name, policy_type_name=policy.type,
        policy_attribute_descriptions=[
            api.PolicyAttributeDescription(
                attribute_name=one.attribute_name, attribute_value=one.attribute_value
            )
            for one in policy.attributes
        ],
    )  # fmt: skip
