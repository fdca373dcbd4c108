"""Who else may invoke a function: AddPermission, RemovePermission, GetPolicy.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, Refusal, UnsetType, told
from backtrail.record import partition_of
from backtrail_aws.lambda_ import directory, errors, names, statements
from backtrail_aws.lambda_.api import (
    AddPermission,
    AddPermissionResult,
    GetPolicy,
    GetPolicyResult,
    RemovePermission,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, service


@service.handle(at=names.by_function)
def add_permission(state: Functions, call: Call[AddPermission]) -> AddPermissionResult:
    """The statement that the policy of a function, a version or an alias gets."""
    params = call.params
    function, qualifier = _subject(state, call, params.qualifier)
    policy = function.policies.get(qualifier)
    statements.check_revision(policy, params.revision_id)
    statement = _statement(function, qualifier, params, call.region)
    statements.check_new(policy, told(params.statement_id, ""), statement)
    return AddPermissionResult(statement=statement)


@service.project(at=names.by_function)
def permission_added(state: Functions, event: Event[AddPermission, AddPermissionResult]) -> None:
    """The policy has the statement. One that no record tells in full is not made up."""
    params = event.params
    function = directory.noticed(state, event)
    statement = event.result.statement
    if isinstance(statement, UnsetType):
        if isinstance(params.principal, UnsetType) or isinstance(params.statement_id, UnsetType):
            return
        try:
            statement = _statement(function, directory.event_qualifier(event), params, event.region)
        except Refusal:  # AWS took a principal that is none here
            return
    key = _key(directory.event_qualifier(event))
    function.policies[key] = statements.added(
        function.policies.get(key), told(params.statement_id, ""), statement, event.new_id("uuid", "policy")
    )


@service.handle(at=names.by_function)
def remove_permission(state: Functions, call: Call[RemovePermission]) -> None:
    """Refuse a statement that is not there."""
    params = call.params
    function, qualifier = _subject(state, call, params.qualifier)
    policy = function.policies.get(qualifier)
    if policy is None:
        # evidence: model; words: guess
        raise errors.not_there("No policy is associated with the given resource.")
    if not any(one.sid == params.statement_id for one in policy.statements):
        # evidence: model; words: guess
        raise errors.not_there(f"Statement {told(params.statement_id, '')} is not found in resource policy.")
    statements.check_revision(policy, params.revision_id)


@service.project(at=names.by_function)
def permission_removed(state: Functions, event: Event[RemovePermission, None]) -> None:
    """The policy has lost the statement; without any, there is none."""
    function = directory.noticed(state, event)
    key = _key(directory.event_qualifier(event))
    sid = told(event.params.statement_id, "")
    left = statements.removed(function.policies.get(key), sid, event.new_id("uuid", "policy"))
    if left is None:
        function.policies.pop(key, None)
    else:
        function.policies[key] = left


@service.read(at=names.by_function)
def get_policy(state: Functions, call: Call[GetPolicy]) -> GetPolicyResult:
    """The policy of a function, a version or an alias."""
    try:
        function, qualifier = _subject(state, call, call.params.qualifier)
    except Refusal as refusal:
        raise (errors.no_resource() if refusal.status == 404 else refusal) from refusal
    policy = function.policies.get(qualifier)
    if policy is None:
        raise errors.no_resource()
    return GetPolicyResult(policy=statements.document(policy), revision_id=policy.revision)


def _subject(state: Functions, call: Call[Any], given: str | UnsetType) -> tuple[Function, str]:
    function, qualifier = directory.called(state, call, given)
    directory.check_qualifier(function, qualifier)
    if qualifier == LATEST:
        # evidence: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html; words: guess
        raise errors.invalid("We currently do not support adding policies for $LATEST.")
    return function, qualifier


def _key(qualifier: str) -> str:
    return "" if qualifier == LATEST else qualifier


def _statement(function: Function, qualifier: str, params: AddPermission, region: str) -> str:
    conditions: statements.Json = {}
    equals: dict[str, str] = {}
    if isinstance(params.source_account, str):
        equals["AWS:SourceAccount"] = params.source_account
    if isinstance(params.event_source_token, str):
        equals["lambda:EventSourceToken"] = params.event_source_token
    if isinstance(params.function_url_auth_type, str):
        equals["lambda:FunctionUrlAuthType"] = params.function_url_auth_type
    if isinstance(params.principal_org_id, str):
        equals["aws:PrincipalOrgID"] = params.principal_org_id
    if equals:
        conditions["StringEquals"] = equals
    if isinstance(params.source_arn, str):
        conditions["ArnLike"] = {"AWS:SourceArn": params.source_arn}
    if isinstance(params.invoked_via_function_url, bool):
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": str(params.invoked_via_function_url).lower()}
    resource = f"{function.arn}:{qualifier}" if qualifier else function.arn
    statement = statements.made(
        told(params.statement_id, ""), told(params.principal, ""), told(params.action, ""), resource, conditions,
        partition_of(region),
    )  # fmt: skip
    return statements.text(statement)
