"""History and labels: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html"""

from __future__ import annotations

import re

from backtrail import UNSET, BadToken, Call, Event, Refusal, UnsetType, page, told
from backtrail_aws.ssm import api, errors, limits, names, parameter_policies
from backtrail_aws.ssm.parameters import time, value_of
from backtrail_aws.ssm.state import Parameter, Ssm, Version, service

_LABEL = re.compile(r"(?!aws|ssm)[A-Za-z_.-][A-Za-z0-9_.-]{0,99}", re.I)


@service.read
def get_parameter_history(state: Ssm, call: Call[api.GetParameterHistory]) -> api.GetParameterHistoryResult:
    """All versions, oldest first."""
    params = call.params
    parameter = names.required(state, params.name, call.account)
    held = {f"{one.number:012d}": one for one in parameter.versions}
    most = told(params.max_results, limits.PARAMETER_LIST_PAGE[1])
    try:
        found = page(held, told(params.next_token, "") or None, most)
    except BadToken as error:
        raise errors.bad_token() from error
    decrypted = params.with_decryption is True
    return api.GetParameterHistoryResult(
        parameters=[_shown(call, parameter, one, decrypted) for one in found.items],
        next_token=found.next or UNSET,
    )


def _shown(
    call: Call[api.GetParameterHistory], parameter: Parameter, one: Version, decrypted: bool
) -> api.ParameterHistory:
    return api.ParameterHistory(
        name=parameter.name, type=one.type, key_id=one.key, last_modified_date=time(one.made),
        last_modified_user=told(one.user, "") or UNSET, description=one.description,
        value=value_of(call, parameter, one, decrypted), allowed_pattern=one.pattern, version=one.number,
        labels=list(one.labels), tier=told(one.tier, "Standard"), policies=parameter_policies.shown(one.policies),
        data_type=told(one.data_type, "text"),
    )  # fmt: skip


# labels


@service.handle
def label_parameter_version(
    state: Ssm, call: Call[api.LabelParameterVersion]
) -> api.LabelParameterVersionResult:
    """Labels of a version; a label that another version has moves. Those that none may be are told."""
    params = call.params
    parameter = names.required(state, params.name, call.account)
    version = _chosen(parameter, params.parameter_version)
    bad = [label for label in params.labels if _LABEL.fullmatch(label) is None]
    good = [label for label in params.labels if label not in bad]
    if len(set(version.labels) | set(good)) > limits.LABELS_MAX:
        # evidence: model; words: guess
        raise Refusal(
            "ParameterVersionLabelLimitExceeded",
            "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: "
            f"A parameter version can have maximum {limits.LABELS_MAX} labels.Move one or more labels to another "
            "version and try again.",
        )
    return api.LabelParameterVersionResult(invalid_labels=bad, parameter_version=version.number)


def _chosen(parameter: Parameter, number: int | UnsetType) -> Version:
    if isinstance(number, UnsetType) or number == 0:
        return names.selected(parameter, "")
    return names.selected(parameter, f":{number}")


@service.project
def parameter_version_labelled(
    state: Ssm, event: Event[api.LabelParameterVersion, api.LabelParameterVersionResult]
) -> None:
    """The version has the labels, and no other has them."""
    params = event.params
    parameter = state.parameter(event, names.split(params.name)[0])
    number = told(event.result.parameter_version, told(params.parameter_version, 0))
    version = _known(parameter, number)
    labels = [label for label in dict.fromkeys(params.labels) if _LABEL.fullmatch(label)]
    for other in parameter.versions:
        other.labels = [label for label in other.labels if label not in labels]
    version.labels = [*version.labels, *labels]


def _known(parameter: Parameter, number: int) -> Version:
    """In a fold: the version of a number (0: the newest), inferred where no record made it."""
    newest = parameter.current()
    if number == 0 and newest is not None:
        return newest
    for version in parameter.versions:
        if version.number == number:
            return version
    made = Version(number=number or 1)
    parameter.versions = sorted([*parameter.versions, made], key=lambda one: one.number)
    return made


@service.handle
def unlabel_parameter_version(
    state: Ssm, call: Call[api.UnlabelParameterVersion]
) -> api.UnlabelParameterVersionResult:
    """Labels that the version has go; the others are told."""
    params = call.params
    parameter = names.required(state, params.name, call.account)
    held = _chosen(parameter, params.parameter_version).labels
    return api.UnlabelParameterVersionResult(
        removed_labels=[label for label in params.labels if label in held],
        invalid_labels=[label for label in params.labels if label not in held],
    )


@service.project
def parameter_version_unlabelled(
    state: Ssm, event: Event[api.UnlabelParameterVersion, api.UnlabelParameterVersionResult]
) -> None:
    """The version has lost the labels."""
    params = event.params
    parameter = state.parameter(event, names.split(params.name)[0])
    version = _known(parameter, params.parameter_version)
    version.labels = [label for label in version.labels if label not in params.labels]
