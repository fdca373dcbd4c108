"""What a listener or a rule does with requests.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backtrail import UNSET, Call, UnsetType, members, told
from backtrail_aws.elbv2 import api, errors, limits, names, uses
from backtrail_aws.elbv2.state import Balancer, LoadBalancers

FINAL = ("forward", "redirect", "fixed-response")
FIRST = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
_LAYER_4 = {
    "TCP": ("TCP", "TCP_UDP"), "UDP": ("UDP", "TCP_UDP"), "TLS": ("TCP", "TLS"), "TCP_UDP": ("TCP_UDP",),
    "QUIC": ("QUIC", "TCP_QUIC"), "TCP_QUIC": ("TCP_QUIC",),
}  # fmt: skip
"""Which target groups a listener of a Network Load Balancer forwards to (load-balancer-listeners.html)."""


def check(
    state: LoadBalancers, call: Call[Any], balancer: Balancer, protocol: str, actions: Sequence[api.Action]
) -> None:
    """Refuse actions that cannot be: of no type, without an end, to groups that do not fit. Raises `Refusal`."""
    ends = [one for one in actions if one.type in FINAL]
    for one in actions:
        if one.type not in (*FINAL, *FIRST):
            # evidence: guess
            raise errors.invalid(f"'{one.type}' is not a valid action type")
        if balancer.kind != "application" and one.type != "forward":
            # evidence: model; words: guess
            raise errors.action(
                f"Action type '{one.type}' is not supported for load balancers with type '{balancer.kind}'"
            )
        _check_config(one)
    if len(ends) != 1:
        # evidence: page API_CreateListener (DefaultActions); words: guess
        raise errors.action("You must specify exactly one forward, redirect or fixed-response action")
    if len(actions) > 1 and any(isinstance(one.order, UnsetType) for one in actions):
        # evidence: guess
        raise errors.action("You must specify an order for each action when there are several")
    for one in actions:
        if one.type in FIRST and protocol != "HTTPS":
            # evidence: guess
            raise errors.action(f"Actions of type '{one.type}' are supported only on HTTPS listeners")
    _check_groups(state, balancer, protocol, actions)


def _check_config(action: api.Action) -> None:
    needed: dict[str, object] = {
        "redirect": action.redirect_config, "fixed-response": action.fixed_response_config,
        "authenticate-oidc": action.authenticate_oidc_config, "jwt-validation": action.jwt_validation_config,
        "authenticate-cognito": action.authenticate_cognito_config,
    }  # fmt: skip
    if action.type in needed and isinstance(needed[action.type], UnsetType):
        # evidence: guess
        raise errors.invalid(f"You must specify the configuration of an action with type '{action.type}'")
    if action.type == "forward" and not list(uses.forwarded([action])):
        # evidence: guess
        raise errors.invalid("You must specify a target group for an action with type 'forward'")
    redirect, fixed = action.redirect_config, action.fixed_response_config
    if isinstance(redirect, api.RedirectActionConfig) and redirect.status_code not in (
        "HTTP_301",
        "HTTP_302",
    ):
        # evidence: model; words: guess
        raise errors.invalid(f"'{redirect.status_code}' is not a valid redirect status code")
    if isinstance(fixed, api.FixedResponseActionConfig) and not (
        len(fixed.status_code) == 3 and fixed.status_code[0] in "245" and fixed.status_code.isdigit()
    ):
        # evidence: page API_FixedResponseActionConfig (StatusCode); words: guess
        raise errors.invalid(f"'{fixed.status_code}' is not a valid fixed-response status code")


def _check_groups(
    state: LoadBalancers, balancer: Balancer, protocol: str, actions: Sequence[api.Action]
) -> None:
    wanted = list(dict.fromkeys(uses.forwarded(actions)))
    most = limits.GROUPS_PER_ACTION_MAX if balancer.kind == "application" else 1
    if len(wanted) > most:
        # evidence: page load-balancer-limits.html; words: guess
        raise errors.too_many("TooManyUniqueTargetGroupsPerLoadBalancer", "target groups per action")
    for arn in wanted:
        group = names.group(state, arn)
        other = [one for one in uses.balancers_of(state, arn) if one.arn != balancer.arn]
        if other and balancer.kind == "application":
            raise errors.group_taken(arn)
        given = told(group.shown.protocol, "HTTP")
        fits = ("HTTP", "HTTPS") if balancer.kind == "application" else _LAYER_4.get(protocol, ("GENEVE",))
        if group.shown.target_type != "lambda" and given not in fits:
            raise errors.incompatible(protocol, given)
        vpc = balancer.shown.vpc_id
        if isinstance(vpc, str) and isinstance(group.shown.vpc_id, str) and group.shown.vpc_id != vpc:
            # evidence: guess
            raise errors.configuration(
                f"The target group '{arn}' and the load balancer '{balancer.arn}' must be in the same VPC"
            )
    if (
        len(wanted) + len(uses.of_balancer(state, balancer.arn) - set(wanted))
        > limits.GROUPS_PER_BALANCER_MAX
    ):
        raise errors.too_many("TooManyUniqueTargetGroupsPerLoadBalancer", "target groups per load balancer")


def whole(actions: Sequence[api.Action]) -> list[api.Action]:
    """Actions as answers show them: in order, with all that is left out, without secrets."""
    made = [_whole(one) for one in actions]
    return sorted(made, key=lambda one: told(one.order, 0))


def _whole(action: api.Action) -> api.Action:
    if action.type == "forward":
        return _forward(action)
    if isinstance(action.redirect_config, api.RedirectActionConfig):
        given = action.redirect_config
        base = api.RedirectActionConfig(
            protocol="#{protocol}", port="#{port}", host="#{host}", path="/#{path}", query="#{query}",
            status_code=given.status_code,
        )  # fmt: skip
        return msgspec.structs.replace(action, redirect_config=members.over(base, given))
    if isinstance(action.authenticate_oidc_config, api.AuthenticateOidcActionConfig):
        base_oidc = msgspec.structs.replace(
            action.authenticate_oidc_config, client_secret=UNSET, use_existing_client_secret=UNSET
        )
        return msgspec.structs.replace(action, authenticate_oidc_config=_session(base_oidc))
    if isinstance(action.authenticate_cognito_config, api.AuthenticateCognitoActionConfig):
        return msgspec.structs.replace(
            action, authenticate_cognito_config=_session(action.authenticate_cognito_config)
        )
    return action


def _session(config: Any) -> Any:
    """API_AuthenticateOidcActionConfig: what a session is by default."""
    return msgspec.structs.replace(
        config, session_cookie_name=told(config.session_cookie_name, "AWSELBAuthSessionCookie"),
        scope=told(config.scope, "openid"), session_timeout=told(config.session_timeout, 604_800),
        on_unauthenticated_request=told(config.on_unauthenticated_request, "authenticate"),
    )  # fmt: skip


def _forward(action: api.Action) -> api.Action:
    config = told(action.forward_config, api.ForwardActionConfig())
    tuples = told(config.target_groups, []) or [
        api.TargetGroupTuple(target_group_arn=action.target_group_arn)
    ]
    weighed = [
        msgspec.structs.replace(one, weight=told(one.weight, 1 if len(tuples) == 1 else 0)) for one in tuples
    ]
    sticky = told(config.target_group_stickiness_config, api.TargetGroupStickinessConfig(enabled=False))
    return msgspec.structs.replace(
        action, target_group_arn=weighed[0].target_group_arn if len(weighed) == 1 else UNSET,
        forward_config=api.ForwardActionConfig(target_groups=weighed, target_group_stickiness_config=sticky),
    )  # fmt: skip
