"""Parameters: put, read, deleted, and gone by themselves.

https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backtrail import UNSET, Access, Call, Command, Event, Params, Refusal, Sealed, UnsetType, field, told
from backtrail.payload import HIDDEN
from backtrail.trail.times import SpacedTime
from backtrail_aws.ssm import (
    api,
    encryption,
    errors,
    limits,
    names,
    parameter_policies,
    public_parameters,
    tags,
)
from backtrail_aws.ssm.state import Parameter, Ssm, Version, service

_ADVANCED, _STANDARD, _EITHER = "Advanced", "Standard", "Intelligent-Tiering"
_TYPES = ("String", "StringList", "SecureString")
_DATA_TYPES = ("text", "aws:ec2:image", "aws:ssm:integration")
_SECRETS = "/aws/reference/secretsmanager/"


# put


@service.handle
def put_parameter(state: Ssm, call: Call[api.PutParameter]) -> api.PutParameterResult:
    """A new parameter, or a new version of one that may be overwritten."""
    params = call.params
    names.check(params.name)
    if params.overwrite is True and told(params.tags, []):
        # evidence: issue getmoto/moto#4283, which quotes AWS
        raise errors.validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    old = state.parameters.get(params.name)
    before = old.current() if old is not None else None
    if old is not None and params.overwrite is not True:
        raise errors.parameter_exists()
    tags.check(told(params.tags, []), {})
    kind = _type(params, before)
    tier = _tier(params, before)
    _check_value(params, kind, tier, before)
    if kind == "SecureString":
        key = params.key_id if told(params.key_id, "") else before.key if before else UNSET
        encryption.check(call, key, names.arn_of(call, params.name), "Encrypt")
    if old is None:
        _room(state, call, tier)
    else:
        _room_for_version(old)
    return api.PutParameterResult(version=before.number + 1 if before else 1, tier=tier)


def _type(params: api.PutParameter, before: Version | None) -> str:
    """The type, which an overwrite may change, and need not say."""
    kind = params.type if not isinstance(params.type, UnsetType) else before.type if before else UNSET
    if isinstance(kind, UnsetType):
        # evidence: guess
        raise errors.validation("A parameter type is required when you create a parameter.")
    if kind not in _TYPES:
        # evidence: model; words: guess
        raise Refusal("UnsupportedParameterType", f"{kind} is not a supported parameter type.")
    return kind


def _tier(params: api.PutParameter, before: Version | None) -> str:
    """Standard unless the parameter is, or needs to be and may be, an advanced one."""
    was = told(before.tier, _STANDARD) if before else _STANDARD
    asked = told(params.tier, was)
    if asked not in (_ADVANCED, _STANDARD, _EITHER):
        # evidence: guess
        raise errors.validation(f"{asked} is not a valid parameter tier.")
    if was == _ADVANCED:
        if params.tier == _STANDARD:
            # evidence: page API_PutParameter (the rule); words: guess
            raise errors.validation(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
                "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
                "parameter and recreate it as a standard parameter."
            )
        return _ADVANCED
    large = len(_size(params)) > limits.STANDARD_BYTES
    has_policies = told(params.policies, "") not in ("", "[]", "{}")
    if asked == _EITHER:
        return _ADVANCED if large or has_policies else _STANDARD
    return asked


def _size(params: api.PutParameter) -> bytes:
    return told(params.value, "").encode()


def _check_value(params: api.PutParameter, kind: str, tier: str, before: Version | None) -> None:
    value = told(params.value, "")
    most = limits.ADVANCED_BYTES if tier == _ADVANCED else limits.STANDARD_BYTES
    if len(_size(params)) > most:
        raise errors.too_large(most, tier == _ADVANCED)
    if not value:
        # evidence: guess
        raise errors.validation(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1."
        )
    if kind != "SecureString" and not isinstance(params.key_id, UnsetType) and params.key_id:
        # evidence: guess
        raise errors.validation("KeyId is required for SecureString type parameter only.")
    if kind == "StringList" and any(not item for item in value.split(",")):
        # evidence: guess
        raise errors.validation("The value of a StringList parameter can't have empty items.")
    _check_pattern(told(params.allowed_pattern, ""), value)
    if told(params.data_type, "text") not in _DATA_TYPES:
        # evidence: guess
        raise errors.validation(
            f"The following data type is not supported: {params.data_type} (Data type names are all lowercase.)"
        )
    parameter_policies.check(told(params.policies, ""), tier == _ADVANCED)


def _check_pattern(pattern: str, value: str) -> None:
    if not pattern:
        return
    try:
        fits = re.fullmatch(pattern, value) is not None
    except re.error as error:
        # evidence: model; words: guess
        raise Refusal(
            "InvalidAllowedPatternException", f"The allowed pattern {pattern} is not valid."
        ) from error
    if not fits:
        # evidence: model; words: guess
        raise Refusal(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


def _room(state: Ssm, call: Call[Any], tier: str) -> None:
    """Refuse one parameter too many. Counts only where the total could be too large."""
    name, default = (
        ("advanced", limits.ADVANCED_MAX) if tier == _ADVANCED else ("standard", limits.STANDARD_MAX)
    )
    most = call.quota(f"{name}-parameters", default)
    if len(state.parameters) < most:
        return
    newest = (one.current() for one in state.parameters.values())
    if sum(told(one.tier, _STANDARD) == tier for one in newest if one is not None) >= most:
        raise errors.too_many_parameters(name, most)


def _room_for_version(old: Parameter) -> None:
    if len(old.versions) >= limits.VERSIONS_MAX and old.versions[0].labels:
        # evidence: page API_PutParameter
        raise Refusal(
            "ParameterMaxVersionLimitExceeded",
            f"You attempted to create a new version of {old.name} by calling the PutParameter API with the overwrite "
            f"flag. Version {old.versions[0].number}, the oldest version, can't be deleted because it has a label "
            "associated with it. Move the label to another version of the parameter, and try again.",
        )


@service.project
def parameter_put(state: Ssm, event: Event[api.PutParameter, api.PutParameterResult]) -> None:
    """The parameter has a new version, the oldest being gone where there are too many."""
    params = event.params
    held = state.parameters.get(params.name)
    number = event.result.version
    if held is None or number == 1:
        _forget(state, params.name)
        arn = event.arn("ssm", f"parameter/{params.name.removeprefix('/')}")
        held = state.parameters[params.name] = Parameter(name=params.name, arn=arn)
        if number not in (1, UNSET):
            event.implied.append(params.name)
    before = held.current()
    made = _version(params, before, event)
    held.versions.append(made)
    del held.versions[: -limits.VERSIONS_MAX]
    held.tags.update(tags.plain(told(params.tags, [])))
    _plan(state, held, parameter_policies.expiration(told(made.policies, "")))


def _version(
    params: api.PutParameter, before: Version | None, event: Event[api.PutParameter, api.PutParameterResult]
) -> Version:
    """A new version: what it does not say stays as it was, but for the pattern, the policies and the description."""
    number = told(event.result.version, before.number + 1 if before else 1)
    kind = params.type if isinstance(params.type, str) else before.type if before else UNSET
    key = params.key_id if told(params.key_id, "") else before.key if before else UNSET
    if kind == "SecureString" and isinstance(key, UnsetType):
        key = encryption.DEFAULT
    policies = params.policies if isinstance(params.policies, str) else before.policies if before else UNSET
    tier = told(event.result.tier, told(params.tier, told(before.tier, _STANDARD) if before else _STANDARD))
    return Version(
        number=number, origin=event.id, type=kind, made=event.time,
        value=UNSET if params.value == HIDDEN else params.value,
        key=key if kind == "SecureString" else UNSET,
        user=told(event.identity.arn, ""), description=told(params.description, "") or UNSET,
        pattern=told(params.allowed_pattern, "") or UNSET, tier=_STANDARD if tier == _EITHER else tier,
        policies=policies, data_type=told(params.data_type, told(before.data_type, "text") if before else "text"),
    )  # fmt: skip


# read


class GetSecretValue(Params):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html"""

    secret_id: str = field(name="secretId")


class _Value(Params):
    arn: str | UnsetType = field(name="aRN", default=UNSET)
    name: str | UnsetType = UNSET
    secret_string: Sealed[str] | UnsetType = field(name="secretString", default=UNSET)


@service.read
def get_parameter(state: Ssm, call: Call[api.GetParameter]) -> api.GetParameterResult:
    """The newest version, or the one that is chosen by its number or label."""
    params = call.params
    return api.GetParameterResult(parameter=_read(state, call, params.name, params.with_decryption is True))


@service.read
def get_parameters(state: Ssm, call: Call[api.GetParameters]) -> api.GetParametersResult:
    """Those that there are; the others by name."""
    if len(set(call.params.names)) < len(call.params.names):
        # evidence: guess
        raise errors.validation("Duplicate parameter names are not allowed in the request.")
    found: list[api.Parameter] = []
    invalid: list[str] = []
    for name in call.params.names:
        try:
            found.append(_read(state, call, name, call.params.with_decryption is True))
        except Refusal as refused:
            if refused.code not in ("ParameterNotFound", "ParameterVersionNotFound"):
                raise
            invalid.append(name)
    return api.GetParametersResult(parameters=found, invalid_parameters=invalid)


def _read(state: Ssm, call: Call[Any], given: str, decrypted: bool) -> api.Parameter:
    if given.startswith(_SECRETS):
        return _secret(call, given, decrypted)
    name, selector = names.split(given)
    public = public_parameters.find(call, name)
    parameter = public if public is not None else names.required(state, name, call.account)
    return shown(call, parameter, names.selected(parameter, selector), decrypted, selector)


def _secret(call: Call[Any], name: str, decrypted: bool) -> api.Parameter:
    """A secret, read as a parameter: integration-ps-secretsmanager.html."""
    if not decrypted:
        # evidence: integration-ps-secretsmanager.html (the rule); words: guess
        raise errors.validation(
            f"WithDecryption flag must be True for retrieving a Secret Manager secret: {name}"
        )
    secret = name.removeprefix(_SECRETS)
    found = call.ask("secretsmanager", GetSecretValue(secret_id=secret), _Value)
    if found is None or isinstance(found.arn, UnsetType):
        raise errors.no_parameter()
    call.require(Access(action="secretsmanager:GetSecretValue", resources=[found.arn]))
    return api.Parameter(
        name=name, type="SecureString", value=found.secret_string, version=0, arn=found.arn, data_type="text",
        last_modified_date=SpacedTime.of(call.time),
    )  # fmt: skip


def shown(
    call: Call[Any], parameter: Parameter, version: Version, decrypted: bool, selector: str = ""
) -> api.Parameter:
    """A parameter as a read answers it."""
    return api.Parameter(
        name=parameter.name, type=version.type, value=value_of(call, parameter, version, decrypted),
        version=version.number, selector=selector or UNSET, last_modified_date=time(version.made),
        arn=parameter.arn, data_type=told(version.data_type, "text"),
    )  # fmt: skip


def value_of(call: Call[Any], parameter: Parameter, version: Version, decrypted: bool) -> str | UnsetType:
    """The value; of a SecureString that is not to be decrypted something that nobody can read."""
    if version.type != "SecureString":
        return version.value
    if decrypted:
        encryption.check(call, version.key, parameter.arn, "Decrypt")
        return version.value
    sealed = hashlib.blake2b(f"{version.origin}/{parameter.arn}/{version.number}".encode()).digest()
    return base64.b64encode(b"\x01\x02\x02\x00" + sealed).decode()


def time(at: datetime | UnsetType) -> SpacedTime | UnsetType:
    """A time as records and answers have it."""
    return UNSET if isinstance(at, UnsetType) else SpacedTime.of(at)


# delete


@service.handle
def delete_parameter(state: Ssm, call: Call[api.DeleteParameter]) -> None:
    """What is not there is an error."""
    if call.params.name not in state.parameters:
        raise errors.no_parameter()


@service.project
def parameter_deleted(state: Ssm, event: Event[api.DeleteParameter, None]) -> None:
    """The parameter is gone, with its versions."""
    _forget(state, event.params.name)


@service.evidence
def parameter_not_found(state: Ssm, event: Event[api.DeleteParameter, None]) -> None:
    """What cannot be deleted because it is not there is not there."""
    if event.error == "ParameterNotFound":
        _forget(state, event.params.name)


@service.handle
def delete_parameters(state: Ssm, call: Call[api.DeleteParameters]) -> api.DeleteParametersResult:
    """Those that there are; the others by name."""
    given = list(dict.fromkeys(call.params.names))
    return api.DeleteParametersResult(
        deleted_parameters=[name for name in given if name in state.parameters],
        invalid_parameters=[name for name in given if name not in state.parameters],
    )


@service.project
def parameters_deleted(state: Ssm, event: Event[api.DeleteParameters, api.DeleteParametersResult]) -> None:
    """They are gone."""
    for name in event.params.names:
        _forget(state, name)


def _forget(state: Ssm, name: str) -> None:
    gone = state.parameters.pop(name, None)
    if gone is not None:
        _plan(state, gone, UNSET)


# expiration


def _plan(state: Ssm, parameter: Parameter, at: datetime | UnsetType) -> None:
    if not isinstance(parameter.expires, UnsetType):
        state.due.pop(_due(parameter.expires, parameter.name), None)
    parameter.expires = at
    if not isinstance(at, UnsetType):
        state.due[_due(at, parameter.name)] = parameter.name


def _due(at: datetime, name: str) -> str:
    return f"{at:%Y%m%d%H%M%S%f}/{name}"


def _next(state: Ssm) -> datetime | None:
    first = state.due.first()
    held = state.parameters.get(state.due[first]) if first is not None else None
    return held.expires if held is not None and not isinstance(held.expires, UnsetType) else None


@service.timer(_next)
def time_came(state: Ssm, now: datetime) -> Iterator[Command]:
    """Parameters go whose policy says so."""
    for due, name in state.due.items():
        if due.partition("/")[0] > f"{now:%Y%m%d%H%M%S%f}":
            return
        yield Command("ssm", api.DeleteParameter(name=name))
