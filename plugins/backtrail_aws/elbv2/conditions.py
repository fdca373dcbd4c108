"""When a rule fits a request: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backtrail import UNSET, UnsetType, told
from backtrail_aws.elbv2 import api, errors, limits

_CONFIGS: dict[str, str] = {
    "host-header": "host_header_config", "path-pattern": "path_pattern_config", "http-header": "http_header_config",
    "query-string": "query_string_config", "http-request-method": "http_request_method_config",
    "source-ip": "source_ip_config",
}  # fmt: skip
_PLAIN: dict[str, Any] = {
    "host-header": api.HostHeaderConditionConfig,
    "path-pattern": api.PathPatternConditionConfig,
}
"""Fields whose values may stand in the condition itself."""


def check(conditions: Sequence[api.RuleCondition]) -> None:
    """Refuse conditions that cannot be. Raises `Refusal`."""
    if not conditions:
        # evidence: guess
        raise errors.invalid("A rule must have at least one condition")
    count = 0
    for one in conditions:
        field = told(one.field, "")
        if field not in _CONFIGS:
            # evidence: guess
            raise errors.invalid(
                f"Condition field '{field}' must be one of '[{', '.join(sorted(_CONFIGS))}]'"
            )
        values = values_of(one)
        if not values:
            # evidence: guess
            raise errors.invalid("A condition value must be specified")
        count += len(values)
        if any(isinstance(value, str) and len(value) > 128 for value in values):
            # evidence: page API_RuleCondition; words: guess
            raise errors.invalid("Condition values cannot be longer than '128' characters")
    if count > limits.CONDITION_VALUES_MAX:
        # evidence: page quoting AWS ("A rule can only have '5' condition values")
        raise errors.invalid(
            f"A rule can only have '{limits.CONDITION_VALUES_MAX}' condition values and regex values"
        )


def values_of(condition: api.RuleCondition) -> list[Any]:
    """What a condition compares with."""
    own: list[str] = told(condition.values, []) or told(condition.regex_values, [])
    config: Any = getattr(condition, _CONFIGS.get(told(condition.field, ""), "host_header_config"))
    if own or isinstance(config, UnsetType):
        return [*own]
    for given in (config.values, getattr(config, "regex_values", UNSET)):
        if isinstance(given, list) and given:
            return [*given]  # pyright: ignore[reportUnknownVariableType]
    return []


def whole(conditions: Sequence[api.RuleCondition]) -> list[api.RuleCondition]:
    """Conditions as answers show them: values of hosts and paths stand in both places."""
    return [_whole(one) for one in conditions]


def _whole(condition: api.RuleCondition) -> api.RuleCondition:
    field = told(condition.field, "")
    if field not in _PLAIN:
        return condition
    config: Any = getattr(condition, _CONFIGS[field])
    if not isinstance(config, UnsetType):
        return msgspec.structs.replace(condition, values=config.values, regex_values=config.regex_values)
    made = _PLAIN[field](values=condition.values, regex_values=condition.regex_values)
    return msgspec.structs.replace(condition, **{_CONFIGS[field]: made})
