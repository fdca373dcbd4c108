"""Listeners: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.elbv2 import (
    actions,
    api,
    balancers,
    certificates,
    errors,
    limits,
    names,
    pages,
    ssl_policies,
    tags,
)
from backtrail_aws.elbv2.state import Balancer, Listener, LoadBalancers, Rule, service

_PROTOCOLS = {
    "application": ("HTTP", "HTTPS"), "network": ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"),
    "gateway": ("GENEVE",),
}  # fmt: skip
_SECURE = ("HTTPS", "TLS")
_ALPN = ("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")


@service.handle
def create_listener(state: LoadBalancers, call: Call[api.CreateListener]) -> api.CreateListenerResult:
    """A port of a load balancer, and what happens there; again with equal settings, the one that there is."""
    params = call.params
    held = names.balancer(state, params.load_balancer_arn)
    given = tags.check(params.tags)
    made = _made(call, held)
    _check(state, call, held, made)
    same = [one for one in _of(state, held.arn).values() if one.shown.port == made.port]
    for one in same:
        if _clash(told(one.shown.protocol, ""), told(made.protocol, "")):
            if members.changed(one.shown, listener_arn=made.listener_arn) != made or one.tags != given:
                raise errors.listener_exists(held.arn)
            return api.CreateListenerResult(listeners=[one.shown])
    most = call.quota(f"listeners-per-{held.kind}-load-balancer", limits.LISTENERS_MAX)
    if held.kind != "gateway" and len(_of(state, held.arn)) >= most:
        raise errors.too_many("TooManyListeners", "listeners")
    return api.CreateListenerResult(listeners=[made])


def _clash(one: str, other: str) -> bool:
    """TCP and UDP listeners may have one port number."""
    return not ({one, other} <= {"TCP", "UDP"} and one != other)


def _of(state: LoadBalancers, balancer: str) -> Mapping[str, Listener]:
    return {one.arn: one for one in state.listeners.values() if one.balancer == balancer}


def _made(call: Call[api.CreateListener], held: Balancer) -> api.Listener:
    params = call.params
    protocol: Any = told(params.protocol, UNSET)
    secure = protocol in _SECURE
    return api.Listener(
        listener_arn=names.of_listener(call, held.arn), load_balancer_arn=held.arn, port=params.port,
        protocol=protocol, certificates=_default(params.certificates),
        ssl_policy=told(params.ssl_policy, ssl_policies.DEFAULT) if secure else params.ssl_policy,
        default_actions=actions.whole(params.default_actions), alpn_policy=params.alpn_policy,
        mutual_authentication=_mutual(params.mutual_authentication, protocol),
    )  # fmt: skip


def _default(given: list[api.Certificate] | UnsetType) -> list[api.Certificate] | UnsetType:
    return [api.Certificate(certificate_arn=one.certificate_arn) for one in told(given, [])] or UNSET


def _mutual(
    given: api.MutualAuthenticationAttributes | UnsetType, protocol: str | UnsetType
) -> api.MutualAuthenticationAttributes | UnsetType:
    if protocol != "HTTPS":
        return given
    return members.over(api.MutualAuthenticationAttributes(mode="off"), given)


def _check(state: LoadBalancers, call: Call[Any], held: Balancer, made: api.Listener) -> None:
    """Refuse a listener that cannot be. Raises `Refusal`."""
    protocol, port = told(made.protocol, ""), told(made.port, 0)
    if held.kind == "gateway":
        if protocol or port:
            # evidence: page API_CreateListener (Port: "You can't specify a port for a Gateway Load Balancer")
            raise errors.invalid("You cannot specify a port or a protocol for a Gateway Load Balancer")
    elif protocol not in _PROTOCOLS[held.kind]:
        # evidence: model; words: guess
        raise errors.unsupported(
            f"Protocol '{protocol}' is not supported for load balancers with type '{held.kind}'"
        )
    elif not limits.PORTS[0] <= port <= limits.PORTS[1]:
        # evidence: model; words: guess
        raise errors.invalid(f"Listener port '{port}' must be between 1 and 65535")
    _check_security(call, protocol, made)
    alpn = told(made.alpn_policy, [])
    if any(one not in _ALPN for one in alpn) or (alpn and protocol != "TLS"):
        # evidence: model; words: guess
        raise errors.invalid(f"ALPN policy '{', '.join(alpn)}' is not supported")
    actions.check(state, call, held, protocol, told(made.default_actions, []))


def _check_security(call: Call[Any], protocol: str, made: api.Listener) -> None:
    given = told(made.certificates, [])
    if protocol in _SECURE and not given:
        # evidence: page quoting AWS ("A certificate must be specified for HTTPS listeners")
        raise errors.invalid(f"A certificate must be specified for {protocol} listeners")
    if protocol not in _SECURE and given:
        # evidence: guess
        raise errors.invalid(f"A certificate cannot be specified for {protocol} listeners")
    if protocol not in _SECURE and isinstance(made.ssl_policy, str):
        # evidence: guess
        raise errors.invalid(f"An SSL policy cannot be specified for {protocol} listeners")
    if len(given) > 1:
        # evidence: page API_CreateListener (Certificates: "exactly one certificate"); words: guess
        raise errors.invalid("You must specify exactly one certificate")
    for one in given:
        certificates.check(call, told(one.certificate_arn, ""))
    if isinstance(made.ssl_policy, str):
        ssl_policies.check(made.ssl_policy)


@service.project
def listener_created(
    state: LoadBalancers, event: Event[api.CreateListener, api.CreateListenerResult]
) -> None:
    """The listener is there, with its default rule; one that was there already is as it was."""
    params = event.params
    shown = (told(event.result.listeners, []) or [api.Listener()])[0]
    arn = told(shown.listener_arn, names.of_listener(event, params.load_balancer_arn))
    held = state.listeners.get(arn)
    if held is not None and isinstance(held.shown.listener_arn, str):
        return
    names.known_balancer(state, event, params.load_balancer_arn)
    base = api.Listener(
        listener_arn=arn, load_balancer_arn=params.load_balancer_arn, port=params.port, protocol=params.protocol,
        certificates=_default(params.certificates), ssl_policy=params.ssl_policy,
        default_actions=actions.whole(params.default_actions), alpn_policy=params.alpn_policy,
        mutual_authentication=params.mutual_authentication,
    )  # fmt: skip
    state.listeners[arn] = Listener(
        arn=arn, balancer=params.load_balancer_arn, shown=members.over(base, shown),
        tags=tags.plain(params.tags),
    )  # fmt: skip
    rule = names.of_rule(event, arn)
    state.rules[rule] = Rule(
        arn=rule,
        listener=arn,
        shown=api.Rule(rule_arn=rule, priority="default", is_default=True, conditions=[]),
    )


@service.handle
def modify_listener(state: LoadBalancers, call: Call[api.ModifyListener]) -> api.ModifyListenerResult:
    """Another port, protocol, policy, certificate or default action."""
    params = call.params
    held = names.listener(state, params.listener_arn)
    owner = names.balancer(state, held.balancer)
    made = _changed(held, params)
    _check(state, call, owner, made)
    for one in _of(state, owner.arn).values():
        clash = _clash(told(one.shown.protocol, ""), told(made.protocol, ""))
        if one.arn != held.arn and one.shown.port == made.port and clash:
            raise errors.listener_exists(owner.arn)
    return api.ModifyListenerResult(listeners=[made])


def _changed(held: Listener, params: api.ModifyListener) -> api.Listener:
    """From a secure protocol to one that is not, certificates and policy are dropped (API_ModifyListener)."""
    made = members.changed(
        held.shown, port=params.port, protocol=params.protocol, ssl_policy=params.ssl_policy,
        certificates=_default(params.certificates), alpn_policy=params.alpn_policy,
        default_actions=actions.whole(told(params.default_actions, [])) or UNSET,
        mutual_authentication=params.mutual_authentication,
    )  # fmt: skip
    if isinstance(params.protocol, UnsetType):
        return made
    if params.protocol in _SECURE:
        return members.changed(
            made, ssl_policy=told(made.ssl_policy, ssl_policies.DEFAULT),
            mutual_authentication=_mutual(made.mutual_authentication, params.protocol),
        )  # fmt: skip
    return members.over(
        api.Listener(), made, without=("certificates", "ssl_policy", "mutual_authentication", "alpn_policy")
    )


@service.project
def listener_modified(
    state: LoadBalancers, event: Event[api.ModifyListener, api.ModifyListenerResult]
) -> None:
    """The listener is changed."""
    held = names.known_listener(state, event, event.params.listener_arn)
    made = _changed(held, event.params)
    answered = told(event.result.listeners, [])
    held.shown = members.over(made, answered[0] if answered else UNSET)


@service.handle
def delete_listener(state: LoadBalancers, call: Call[api.DeleteListener]) -> None:
    """A listener, with its rules."""
    names.listener(state, call.params.listener_arn)


@service.project
def listener_deleted(state: LoadBalancers, event: Event[api.DeleteListener, None]) -> None:
    """It is gone."""
    balancers.drop_listener(state, event.params.listener_arn)


@service.evidence
def listener_was_gone(state: LoadBalancers, event: Event[api.DeleteListener, None]) -> None:
    """A listener that could not be deleted because it is not there is not there."""
    if event.error in ("ListenerNotFound", "ListenerNotFoundException"):
        balancers.drop_listener(state, event.params.listener_arn)


@service.read
def describe_listeners(
    state: LoadBalancers, call: Call[api.DescribeListeners]
) -> api.DescribeListenersResult:
    """Those of a load balancer, or of some ARNs."""
    params = call.params
    if isinstance(params.load_balancer_arn, str):
        owner = names.balancer(state, params.load_balancer_arn)
        found, marker = pages.paged(params, _of(state, owner.arn))
        return api.DescribeListenersResult(listeners=[shown_of(one) for one in found], next_marker=marker)
    arns = pages.at_most(params.listener_arns, "listeners")
    if not arns:
        # evidence: guess
        raise errors.invalid("You must specify either listener ARNs or a load balancer ARN")
    return api.DescribeListenersResult(
        listeners=[shown_of(names.listener(state, arn)) for arn in dict.fromkeys(arns)]
    )


def shown_of(held: Listener) -> api.Listener:
    """A listener as answers show it."""
    return members.changed(held.shown, listener_arn=held.arn, load_balancer_arn=held.balancer)
