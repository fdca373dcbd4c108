"""Who else may use a layer's version: AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy.

https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, Refusal, UnsetType, told
from backtrail.record import partition_of
from backtrail_aws.lambda_ import errors, layers, names, statements
from backtrail_aws.lambda_.api import (
    AddLayerVersionPermission,
    AddLayerVersionPermissionResult,
    GetLayerVersionPolicy,
    GetLayerVersionPolicyResult,
    RemoveLayerVersionPermission,
)
from backtrail_aws.lambda_.state import Functions, LayerVersion, service


@service.handle(at=names.by_layer)
def add_layer_version_permission(
    state: Functions, call: Call[AddLayerVersionPermission]
) -> AddLayerVersionPermissionResult:
    """The statement that the version's policy gets."""
    params = call.params
    version = _version(state, call, params.layer_name, params.version_number)
    statements.check_revision(version.policy, params.revision_id)
    if isinstance(params.organization_id, str) and params.principal != "*":
        # evidence: API page; words: guess
        raise errors.invalid("OrganizationId can only be provided when principal is *.")
    statement = _statement(version.arn, params, call.region)
    statements.check_new(version.policy, told(params.statement_id, ""), statement)
    return AddLayerVersionPermissionResult(statement=statement, revision_id=call.new_id("uuid", "policy"))


@service.project(at=names.by_layer)
def layer_version_permission_added(
    state: Functions, event: Event[AddLayerVersionPermission, AddLayerVersionPermissionResult]
) -> None:
    """The policy has the statement."""
    params = event.params
    version = layers.noticed_version(state, event, params.layer_name, params.version_number)
    statement = event.result.statement
    if isinstance(statement, UnsetType):
        try:
            statement = _statement(version.arn, params, event.region)
        except Refusal:  # AWS took a principal that is none here
            return
    revision = told(event.result.revision_id, event.new_id("uuid", "policy"))
    version.policy = statements.added(version.policy, told(params.statement_id, ""), statement, revision)


@service.handle(at=names.by_layer)
def remove_layer_version_permission(state: Functions, call: Call[RemoveLayerVersionPermission]) -> None:
    """Refuse a statement that is not there."""
    params = call.params
    version = _version(state, call, params.layer_name, params.version_number)
    policy = version.policy
    if policy is None or not any(one.sid == params.statement_id for one in policy.statements):
        # evidence: guess, after RemovePermission's
        raise errors.not_there(f"Statement {told(params.statement_id, '')} is not found in resource policy.")
    statements.check_revision(policy, params.revision_id)


@service.project(at=names.by_layer)
def layer_version_permission_removed(
    state: Functions, event: Event[RemoveLayerVersionPermission, None]
) -> None:
    """The policy has lost the statement."""
    params = event.params
    version = layers.noticed_version(state, event, params.layer_name, params.version_number)
    revision = event.new_id("uuid", "policy")
    version.policy = statements.removed(version.policy, told(params.statement_id, ""), revision)


@service.read(at=names.by_layer)
def get_layer_version_policy(
    state: Functions, call: Call[GetLayerVersionPolicy]
) -> GetLayerVersionPolicyResult:
    """A version's policy."""
    params = call.params
    version = _version(state, call, params.layer_name, params.version_number)
    if version.policy is None:
        # evidence: guess
        raise errors.not_there("No policy is associated with the given resource.")
    return GetLayerVersionPolicyResult(
        policy=statements.document(version.policy), revision_id=version.policy.revision
    )


def _version(state: Functions, call: Call[Any], layer: str, number: int) -> LayerVersion:
    named = names.layer(layer)
    found = state.layers.get(named.name)
    version = found.versions.get(number) if found is not None else None
    if version is None:
        arn = names.layer_arn(named.account or call.account, call.region, named.name, number)
        # evidence: guess
        raise errors.not_there(f"Layer version {arn} does not exist.")
    return version


def _statement(arn: str, params: AddLayerVersionPermission, region: str) -> str:
    organization = params.organization_id
    condition: statements.Json = {}
    if isinstance(organization, str):
        condition = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    return statements.text(
        statements.made(
            told(params.statement_id, ""),
            told(params.principal, ""),
            told(params.action, ""),
            arn,
            condition,
            partition_of(region),
        )
    )
