"""The policy simulator: the same evaluation that decides calls, on policies and keys that the call gives.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html. Nothing is asked of the
resources: their policy, their owner and all condition keys are what the parameters say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from backtrail import UNSET, Call, UnsetType, told
from backtrail.policy import (
    Decision,
    Keys,
    Kind,
    Outcome,
    Policies,
    Policy,
    Principal,
    Request,
    Who,
    evaluate,
    positions,
)
from backtrail_aws.iam import api, controls, errors, simulations
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.simulations import Source
from backtrail_aws.iam.state import Iam, service

_POLICY, _RESOURCE_POLICY = "IAM Policy", "Resource Policy"


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What is simulated, apart from action and resource."""

    principal: Principal
    identity: tuple[Source, ...]
    boundary: tuple[Source, ...] = ()
    resource: Source | None = None
    owner: str = ""
    scps: controls.Levels = ()
    context: Keys = Keys({})

    def policies(self) -> Policies:
        """All of them, ready to be evaluated. Raises `Refusal`."""
        return Policies(
            identity=tuple(one.compiled() for one in self.identity),
            boundary=tuple(one.compiled() for one in self.boundary),
            resource=self.resource.compiled() if self.resource is not None else None,
            scps=self.scps,
        )


@service.read
def simulate_principal_policy(
    state: Iam, call: Call[api.SimulatePrincipalPolicy]
) -> api.SimulatePrincipalPolicyResult:
    """What a user, group or role might do, with policies more or fewer."""
    params = call.params
    about = simulations.subject(state, params.policy_source_arn)
    held = simulations.without(simulations.sources(state, about), params.policy_exclusion_list)
    bounds = simulations.given(
        params.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList"
    )
    found = call.controls(about.account)
    simulation = Simulation(
        principal=_caller(params.caller_arn, simulations.principal(about), params.resource_policy),
        identity=(*held, *simulations.given(params.policy_input_list, "PolicyInputList")),
        boundary=tuple(bounds or simulations.boundaries(state, about)),
        resource=_resource(params.resource_policy),
        owner=_owner(params.resource_owner, about.account),
        scps=controls.compiled(found.scps) if found is not None else (),
        context=_context(params.context_entries),
    )
    results = list(_results(simulation, params.action_names, told(params.resource_arns, [])))
    page = listed({f"{number:06}": one for number, one in enumerate(results)}, params)
    return api.SimulatePrincipalPolicyResult(evaluation_results=page.items, **ends(page))


@service.read
def simulate_custom_policy(
    state: Iam, call: Call[api.SimulateCustomPolicy]
) -> api.SimulateCustomPolicyResult:
    """What somebody might do who has the given policies."""
    params = call.params
    nobody = Principal(who=Who.USER, account=call.account)
    levels = told(params.ordered_organization_policy_input_list, [])
    simulation = Simulation(
        principal=_caller(params.caller_arn, nobody, params.resource_policy),
        identity=tuple(simulations.given(params.policy_input_list, "PolicyInputList")),
        boundary=tuple(
            simulations.given(
                params.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList"
            )
        ),
        resource=_resource(params.resource_policy),
        owner=_owner(params.resource_owner, call.account),
        scps=tuple(_level(told(one.service_control_policy_input_list, [])) for one in levels),
        context=_context(params.context_entries),
    )
    results = list(_results(simulation, params.action_names, told(params.resource_arns, [])))
    page = listed({f"{number:06}": one for number, one in enumerate(results)}, params)
    return api.SimulateCustomPolicyResult(evaluation_results=page.items, **ends(page))


def _level(texts: Iterable[str]) -> tuple[Policy, ...]:
    return tuple(one.compiled() for one in simulations.given(texts, "ServiceControlPolicyInputList"))


def _caller(arn: str | UnsetType, subject: Principal, resource_policy: str | UnsetType) -> Principal:
    if not isinstance(arn, UnsetType):
        return simulations.caller(arn)
    if isinstance(resource_policy, str) and (subject.who is not Who.USER or not subject.arn):
        # evidence: page API_SimulatePrincipalPolicy (CallerArn is required then); words: guess
        raise errors.invalid_input("CallerArn is required when a resource policy is given.")
    return subject


def _resource(text: str | UnsetType) -> Source | None:
    return None if isinstance(text, UnsetType) else Source(id="ResourcePolicy", text=text)


def _owner(given: str | UnsetType, account: str) -> str:
    """The account that a resource is of: given as its number or its root's ARN."""
    if isinstance(given, UnsetType):
        return account
    return given.split(":")[4] if given.count(":") >= 5 else given


def _context(entries: list[api.ContextEntry] | UnsetType) -> Keys:
    """The condition keys that are given."""
    return Keys(
        {
            one.context_key_name: told(one.context_key_values, [])
            for one in told(entries, [])
            if not isinstance(one.context_key_name, UnsetType)
        }
    )


# results


def _results(
    simulation: Simulation, actions: Iterable[str], arns: list[str]
) -> Iterator[api.EvaluationResult]:
    policies = simulation.policies()
    for action in actions:
        if ":" not in action:
            # evidence: model; words: guess
            raise errors.invalid_input(f"Invalid Action Name: {action}")
        for resource in arns or ["*"]:
            yield _result(simulation, policies, action, resource)


def _result(simulation: Simulation, policies: Policies, action: str, resource: str) -> api.EvaluationResult:
    request = Request(
        principal=simulation.principal, action=action, resource=resource, context=simulation.context,
        account=simulation.owner,
    )  # fmt: skip
    decision = evaluate(request, policies)
    missing = sorted(_missing(simulation, policies, request))
    matched = [_statement(simulation, *found) for found in _named(decision)]
    boundary = (
        UNSET if not policies.boundary
        else api.PermissionsBoundaryDecisionDetail(
            allowed_by_permissions_boundary=_alone(request, policies.boundary, Kind.BOUNDARY) == "allowed"
        )
    )  # fmt: skip
    details = _details(request, policies, simulation)
    special = (
        UNSET if resource == "*"
        else [
            api.ResourceSpecificResult(
                eval_resource_name=resource, eval_resource_decision=decision.outcome.value,
                matched_statements=matched, missing_context_values=missing, eval_decision_details=details,
                permissions_boundary_decision_detail=boundary,
            )
        ]
    )  # fmt: skip
    return api.EvaluationResult(
        eval_action_name=action,
        eval_resource_name=resource,
        eval_decision=decision.outcome.value,
        matched_statements=matched,
        missing_context_values=missing if resource == "*" else [],
        organizations_decision_detail=_organizations(request, policies),
        permissions_boundary_decision_detail=boundary,
        eval_decision_details=details,
        resource_specific_results=special,
    )


def _named(decision: Decision) -> Iterator[tuple[str, Kind, int]]:
    """The statements that decided: of one that is denied those that deny, or none."""
    if decision.outcome is Outcome.IMPLICIT_DENY:
        return
    for found in decision.found:
        if found.kind in (Kind.IDENTITY, Kind.RESOURCE, Kind.BOUNDARY):
            yield found.policy.id, found.kind, found.statement.index


def _statement(simulation: Simulation, id: str, kind: Kind, index: int) -> api.Statement:
    start, end = positions.spans(_text(simulation, id))[index]
    return api.Statement(
        source_policy_id=id,
        source_policy_type=_RESOURCE_POLICY if kind is Kind.RESOURCE else _POLICY,
        start_position=api.Position(line=start.line, column=start.column),
        end_position=api.Position(line=end.line, column=end.column),
    )


def _text(simulation: Simulation, id: str) -> str:
    held = [*simulation.identity, *simulation.boundary]
    if simulation.resource is not None:
        held.append(simulation.resource)
    return {one.id: one.text for one in held}[id]


def _missing(simulation: Simulation, policies: Policies, request: Request) -> set[str]:
    """The condition keys that statements about the action and the resource ask for, and that were not given."""
    asked: set[str] = set()
    resource = () if policies.resource is None else (policies.resource,)
    for policy in (*policies.identity, *policies.boundary, *resource):
        if policy.document is None:
            continue
        named = positions.keys(_text(simulation, policy.id))
        for statement in policy.document.about(request.action):
            if statement.covers(request.resource, request.context) or request.resource == "*":
                asked |= set(named[statement.index])
    return {key for key in asked if request.context.get(key.lower()) is None}


def _alone(request: Request, held: tuple[Policy, ...], kind: Kind) -> str:
    """What some identity policies would decide alone."""
    alone = evaluate(
        Request(
            principal=request.principal, action=request.action, resource=request.resource,
            context=request.context, account=request.principal.account,
        ),
        Policies(identity=held),
    )  # fmt: skip
    return alone.outcome.value


def _organizations(request: Request, policies: Policies) -> api.OrganizationsDecisionDetail | UnsetType:
    if not policies.scps:
        return UNSET
    allowed = all(_alone(request, level, Kind.SCP) == "allowed" for level in policies.scps)
    return api.OrganizationsDecisionDetail(allowed_by_organizations=allowed)


def _details(request: Request, policies: Policies, simulation: Simulation) -> dict[str, str] | UnsetType:
    """How each kind of policies decides, where caller and resource are of two accounts."""
    if request.account in ("", request.principal.account) or simulation.resource is None:
        return UNSET
    stranger = Principal(who=Who.OUTSIDER, arn=request.principal.arn, account=request.principal.account)
    by_resource = evaluate(
        msgspec.structs.replace(request, principal=stranger), Policies(resource=policies.resource)
    )
    return {
        _POLICY: _alone(request, policies.identity, Kind.IDENTITY),
        _RESOURCE_POLICY: by_resource.outcome.value,
    }


# condition keys


@service.read
def get_context_keys_for_custom_policy(
    state: Iam, call: Call[api.GetContextKeysForCustomPolicy]
) -> api.GetContextKeysForCustomPolicyResult:
    """The condition keys that some policies ask for."""
    given = simulations.given(call.params.policy_input_list, "PolicyInputList")
    return api.GetContextKeysForCustomPolicyResult(context_key_names=_keys(given))


@service.read
def get_context_keys_for_principal_policy(
    state: Iam, call: Call[api.GetContextKeysForPrincipalPolicy]
) -> api.GetContextKeysForPrincipalPolicyResult:
    """The condition keys that a user's, group's or role's policies ask for, and further ones."""
    about = simulations.subject(state, call.params.policy_source_arn)
    held = [
        *simulations.sources(state, about),
        *simulations.given(call.params.policy_input_list, "PolicyInputList"),
    ]
    return api.GetContextKeysForPrincipalPolicyResult(context_key_names=_keys(held))


def _keys(held: Iterable[Source]) -> list[str]:
    found: dict[str, str] = {}
    for source in held:
        source.compiled()
        for named in positions.keys(source.text):
            for key in named:
                found.setdefault(key.lower(), key)
    return [found[key] for key in sorted(found)]
