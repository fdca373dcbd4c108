"""Parameters by path and by filters.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backtrail import UNSET, BadToken, Call, Page, Refusal, UnsetType, page, told
from backtrail_aws.ssm import api, errors, limits, parameter_policies, public_parameters
from backtrail_aws.ssm.parameters import shown, time
from backtrail_aws.ssm.state import Parameter, Ssm, service

_PATH = re.compile(r"/([A-Za-z0-9_.-]+/?)*")
_TAG = "tag:"
_OPTIONS = {
    "Name": ("BeginsWith", "Equals", "Contains"),
    "Path": ("Recursive", "OneLevel"),
}
_FIELDS: dict[str, Callable[[Parameter], str]] = {
    "Name": lambda one: one.name,
    "Type": lambda one: told(_newest(one, "type"), ""),
    "KeyId": lambda one: told(_newest(one, "key"), ""),
    "Tier": lambda one: told(_newest(one, "tier"), "Standard"),
    "DataType": lambda one: told(_newest(one, "data_type"), "text"),
}
"""API_ParameterStringFilter: Key, those that one value answers."""

Keep = Callable[[Parameter], bool]


def _newest(parameter: Parameter, attribute: str) -> str | UnsetType:
    version = parameter.current()
    found: object = getattr(version, attribute) if version is not None else UNSET
    return found if isinstance(found, str) else UNSET


@service.read
def describe_parameters(state: Ssm, call: Call[api.DescribeParameters]) -> api.DescribeParametersResult:
    """All but the values, of those that the filters keep."""
    params = call.params
    old, new = told(params.filters, []), told(params.parameter_filters, [])
    if old and new:
        # evidence: guess
        raise errors.validation("You can use either Filters or ParameterFilters in a single request.")
    filters = new or [
        api.ParameterStringFilter(key=one.key, option="BeginsWith" if one.key == "Name" else UNSET, values=one.values)
        for one in old
    ]  # fmt: skip
    keep = _keep(filters, described=True)
    if params.shared is True:
        return api.DescribeParametersResult(parameters=[])  # nobody shares any here
    found = _page(
        state.parameters, params.next_token, told(params.max_results, limits.PARAMETER_LIST_PAGE[1]), keep
    )
    return api.DescribeParametersResult(
        parameters=[_described(one) for one in found.items], next_token=found.next or UNSET
    )


def _described(parameter: Parameter) -> api.ParameterMetadata:
    one = parameter.current()
    if one is None:
        return api.ParameterMetadata(name=parameter.name, arn=parameter.arn)
    return api.ParameterMetadata(
        name=parameter.name, arn=parameter.arn, type=one.type, key_id=one.key, last_modified_date=time(one.made),
        last_modified_user=told(one.user, "") or UNSET, description=one.description, allowed_pattern=one.pattern,
        version=one.number, tier=told(one.tier, "Standard"), policies=parameter_policies.shown(one.policies),
        data_type=told(one.data_type, "text"),
    )  # fmt: skip


@service.read
def get_parameters_by_path(state: Ssm, call: Call[api.GetParametersByPath]) -> api.GetParametersByPathResult:
    """The parameters below a path: one level, or all."""
    params = call.params
    if _PATH.fullmatch(params.path) is None:
        raise errors.bad_path()
    base = params.path.rstrip("/") + "/"
    below = _path([base], params.recursive is True)
    more = _keep(told(params.parameter_filters, []), described=False)
    most = told(params.max_results, limits.PARAMETER_PAGE[1])
    public = public_parameters.below(call, params.path) if base.startswith("/aws/") else None
    found = _page(
        public or state.parameters, params.next_token, most,
        lambda one: below(one) and more(one) and one.current() is not None,
        prefix=base if base != "/" else "",
    )  # fmt: skip
    decrypted = params.with_decryption is True
    shown_ones = [shown(call, one, version, decrypted) for one in found.items if (version := one.current())]
    return api.GetParametersByPathResult(parameters=shown_ones, next_token=found.next or UNSET)


def _page(
    held: Mapping[str, Parameter], token: str | UnsetType, most: int, keep: Keep, *, prefix: str = ""
) -> Page[Parameter]:
    try:
        return page(held, told(token, "") or None, most, keep=keep, prefix=prefix)
    except BadToken as error:
        raise errors.bad_token() from error


# filters


def _keep(filters: Sequence[api.ParameterStringFilter], *, described: bool) -> Keep:
    keys = [one.key for one in filters]
    if len(set(keys)) < len(keys):
        # evidence: guess
        raise errors.validation("The following filters are duplicated in the request.")
    tests = [_test(one, described) for one in filters]
    return lambda parameter: all(test(parameter) for test in tests)


def _test(one: api.ParameterStringFilter, described: bool) -> Keep:
    values = told(one.values, [])
    option = told(one.option, "OneLevel" if one.key == "Path" else "Equals")
    _check(one.key, option, values, described)
    if one.key == "Path":
        return _path([value.rstrip("/") + "/" for value in values], option == "Recursive")
    if one.key == "Label":
        return lambda parameter: any(
            label in values for version in parameter.versions for label in version.labels
        )
    if one.key.startswith(_TAG):
        key = one.key.removeprefix(_TAG)
        return lambda parameter: key in parameter.tags and (not values or parameter.tags[key] in values)
    return _compared(_FIELDS[one.key], option, values)


def _check(key: str, option: str, values: Sequence[str], described: bool) -> None:
    only_here = key in ("Name", "Path", "Tier", "DataType") or key.startswith(_TAG)
    if not (key in _FIELDS or key in ("Path", "Label") or key.startswith(_TAG)) or (
        only_here and not described
    ):
        # evidence: model; words: guess
        raise errors.bad_filter(
            f"The following filter key is not valid: {key}. Valid filter keys include: "
            + ("[Path, Name, Type, KeyId, Tier, DataType]." if described else "[Type, KeyId, Label].")
        )
    allowed = _OPTIONS.get(key, ("Equals", "BeginsWith"))
    if option not in allowed:
        # evidence: model; words: guess
        raise Refusal(
            "InvalidFilterOption",
            f"The following filter option is not valid: {option}. Valid options include: [{', '.join(allowed)}].",
        )
    if not values and not key.startswith(_TAG):
        # evidence: model; words: guess
        raise Refusal(
            "InvalidFilterValue", f"The following filter values are missing : null for filter key {key}."
        )
    if key == "Path" and any(_PATH.fullmatch(value) is None for value in values):
        raise errors.bad_path()


def _compared(read: Callable[[Parameter], str], option: str, values: Sequence[str]) -> Keep:
    tests: dict[str, Callable[[str, str], bool]] = {
        "Equals": lambda text, value: text == value,
        "BeginsWith": lambda text, value: text.startswith(value) or text.startswith(f"/{value}"),
        "Contains": lambda text, value: value in text,
    }
    test = tests[option]

    def keep(parameter: Parameter) -> bool:
        text = read(parameter)
        return any(test(text, value) for value in values)

    return keep


def _path(bases: Sequence[str], deep: bool) -> Keep:
    """Below one of the paths (each with a slash at its end). A name without a slash stands below `/`."""

    def keep(parameter: Parameter) -> bool:
        name: Any = parameter.name if parameter.name.startswith("/") else f"/{parameter.name}"
        return any(name.startswith(base) and (deep or "/" not in name[len(base) :]) for base in bases)

    return keep
