"""Which action on which function, layer or mapping a call needs, and what their own policies say.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import UNSET, Access, Call, ResourcePolicy, UnsetType, told
from backtrail.policy import Value
from backtrail_aws.lambda_ import names, statements
from backtrail_aws.lambda_.api import CreateFunction, UpdateFunctionConfiguration, VpcConfig
from backtrail_aws.lambda_.state import Function, Functions, service

_ACTIONS: Final = {
    "GetLayerVersionByArn": "GetLayerVersion",
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
_OF_NOTHING: Final = frozenset(
    {
        "CreateCodeSigningConfig", "CreateEventSourceMapping", "GetAccountSettings", "ListCodeSigningConfigs",
        "ListEventSourceMappings", "ListFunctions", "ListLayers", "ListLayerVersions",
    }
)  # fmt: skip
"""Actions that name no resource of theirs."""
_OF_MAPPING: Final = ("CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping")
_OF_CODE: Final = ("CreateFunction", "UpdateFunctionConfiguration")


@service.authorization
def needs(state: Functions, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names; the role is passed, and layers are read, where a function gets them."""
    action, params = call.action, call.params
    name = _ACTIONS.get(action, action)
    resource = _resource(call)
    shown = "" if resource == "*" else None
    yield Access(action=f"lambda:{name}", resources=[resource], context=_context(state, call), shown=shown)
    if action not in _OF_CODE:
        return
    if isinstance(params.role, str):
        passed = {"iam:PassedToService": service.principal}
        yield Access(action="iam:PassRole", resources=[params.role], context=passed)
    for layer in told(params.layers, []):
        yield Access(action="lambda:GetLayerVersion", resources=[layer])


@service.policies
def policies_of(state: Functions, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """The policy of a function, a version, an alias, or a layer's version. Nothing else has one."""
    parts = arn.split(":")
    if len(parts) < 7:
        return None
    account, kind, name = parts[4:7]
    rest = parts[7] if len(parts) > 7 else ""
    if kind == "layer":
        layer = state.layers.get(name)
        version = layer.versions.get(int(rest)) if layer is not None and rest.isdecimal() else None
        policy = version.policy if version is not None else None
        return ResourcePolicy(account=account, document=statements.document(policy) if policy else None)
    function = state.functions.get(name) if kind == "function" else None
    if function is None:
        return ResourcePolicy(account=account)
    return ResourcePolicy(account=account, document=_document(function, rest), tags=function.tags)


def _document(function: Function, qualifier: str) -> str | UnsetType | None:
    """A policy's text; unknown of a function that nobody saw being made."""
    policy = function.policies.get("" if qualifier == names.LATEST else qualifier)
    if policy is None:
        return UNSET if function.latest.config.role is UNSET else None
    return statements.document(policy)


def _resource(call: Call[Any]) -> str:
    """The ARN of what a call is about."""
    action, params = call.action, call.params
    if action in _OF_NOTHING:
        return "*"
    for member in ("arn", "resource", "code_signing_config_arn"):
        found = getattr(params, member, None)
        if isinstance(found, str) and not hasattr(params, "function_name"):
            return found
    if isinstance(uuid := getattr(params, "uuid", None), str):
        return call.arn("lambda", f"event-source-mapping:{uuid}")
    if isinstance(layer := getattr(params, "layer_name", None), str):
        named = names.layer(layer)
        number = getattr(params, "version_number", 0)
        return names.layer_arn(named.account or call.account, call.region, named.name, number)
    named_function = names.function(params.function_name)
    given = getattr(params, "qualifier", "")
    qualifier = (given if isinstance(given, str) else "") or named_function.qualifier
    return names.arn_of(call, named_function, qualifier)


def _context(state: Functions, call: Call[Any]) -> dict[str, Value]:
    """The keys that the service adds."""
    params = call.params
    context: dict[str, Value] = {}
    tags: dict[str, str] = told(getattr(params, "tags", UNSET), {})
    keys: list[str] = told(getattr(params, "tag_keys", UNSET), list(tags))
    if keys:
        context["aws:TagKeys"] = keys
        context |= {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if call.action in _OF_MAPPING:
        context |= _mapped(state, call)
    if call.action == "AddPermission" and isinstance(params.principal, str):
        context["lambda:Principal"] = params.principal
    if isinstance(url := getattr(params, "auth_type", getattr(params, "function_url_auth_type", None)), str):
        context["lambda:FunctionUrlAuthType"] = url
    if call.action in _OF_CODE:
        context |= _configured(params)
    return context


def _mapped(state: Functions, call: Call[Any]) -> dict[str, Value]:
    """The function that a mapping invokes."""
    params = call.params
    if isinstance(name := getattr(params, "function_name", None), str):
        named = names.function(name)
        return {"lambda:FunctionArn": names.arn_of(call, named, named.qualifier)}
    mapping = state.mappings.get(params.uuid)
    arn = mapping.config.function_arn if mapping is not None else UNSET
    return {"lambda:FunctionArn": arn} if isinstance(arn, str) else {}


def _configured(params: CreateFunction | UpdateFunctionConfiguration) -> dict[str, Value]:
    """Layers, network and code signing of a function."""
    context: dict[str, Value] = {}
    layers: list[str] | UnsetType = params.layers
    if not isinstance(layers, UnsetType):
        context["lambda:Layer"] = layers
    vpc: VpcConfig | UnsetType = params.vpc_config
    if not isinstance(vpc, UnsetType):
        context["lambda:SubnetIds"] = told(vpc.subnet_ids, [])
        context["lambda:SecurityGroupIds"] = told(vpc.security_group_ids, [])
    if isinstance(arn := getattr(params, "code_signing_config_arn", None), str):
        context["lambda:CodeSigningConfigArn"] = arn
    return context
