"""Contributor Insights rules: kept, switched on and off. Contributors are counted from no log events here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights.html
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from backtrail import UNSET, BadToken, Call, Event, known, page, told
from backtrail_aws.cloudwatch import api, errors, limits
from backtrail_aws.cloudwatch.state import CloudWatch, Rule, service

_SCHEMA = '{"Name": "CloudWatchLogRule", "Version": 1}'


@service.handle
def put_insight_rule(state: CloudWatch, call: Call[api.PutInsightRule]) -> None:
    """Refuse a definition that is none."""
    params = call.params
    parsed = _parsed(params.rule_definition)
    if parsed is None:
        # evidence: guess
        raise errors.value("RuleDefinition is not valid JSON.")
    for member in ("Schema", "Contribution"):
        if member not in parsed:
            # evidence: monitoring/ContributorInsights-RuleSyntax.html; words: guess
            raise errors.value(f"RuleDefinition must have the field {member}.")
    if told(params.rule_state, "ENABLED") not in ("ENABLED", "DISABLED"):
        # evidence: API_PutInsightRule; words: guess
        raise errors.value("RuleState must be ENABLED or DISABLED.")


def _parsed(definition: str) -> dict[str, Any] | None:
    try:
        found: object = msgspec.json.decode(definition)
    except msgspec.DecodeError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


@service.project
def insight_rule_put(state: CloudWatch, event: Event[api.PutInsightRule, None]) -> None:
    """The rule is what was put; tags are given when it is made."""
    params = event.params
    rule = known(
        state.rules,
        params.rule_name,
        event,
        lambda: Rule(
            name=params.rule_name, arn=event.arn("cloudwatch", f"insight-rule/{params.rule_name}"),
            tags={one.key: one.value for one in told(params.tags, [])},
        ),
    )  # fmt: skip
    rule.state, rule.definition = told(params.rule_state, "ENABLED"), params.rule_definition
    rule.transformed = params.apply_on_transformed_logs


@service.read
def describe_insight_rules(
    state: CloudWatch, call: Call[api.DescribeInsightRules]
) -> api.DescribeInsightRulesResult:
    """Rules by name."""
    limit = told(call.params.max_results, limits.RULES_LISTED_MAX)
    try:
        found = page(state.rules, told(call.params.next_token, "") or None, limit)
    except BadToken as error:
        raise errors.bad_token() from error
    return api.DescribeInsightRulesResult(
        next_token=found.next or UNSET,
        insight_rules=[
            api.InsightRule(
                name=one.name, state=one.state, schema=_schema(one), definition=told(one.definition, ""),
                managed_rule=False, apply_on_transformed_logs=one.transformed,
            )
            for one in found.items
        ],
    )  # fmt: skip


def _schema(rule: Rule) -> str:
    parsed = _parsed(told(rule.definition, "")) or {}
    return msgspec.json.encode(parsed["Schema"]).decode() if "Schema" in parsed else _SCHEMA


@service.handle
def delete_insight_rules(
    state: CloudWatch, call: Call[api.DeleteInsightRules]
) -> api.DeleteInsightRulesResult:
    """Those that are not there fail by themselves."""
    return api.DeleteInsightRulesResult(failures=_failures(state, call.params.rule_names))


@service.handle
def disable_insight_rules(
    state: CloudWatch, call: Call[api.DisableInsightRules]
) -> api.DisableInsightRulesResult:
    """Those that are not there fail by themselves."""
    return api.DisableInsightRulesResult(failures=_failures(state, call.params.rule_names))


@service.handle
def enable_insight_rules(
    state: CloudWatch, call: Call[api.EnableInsightRules]
) -> api.EnableInsightRulesResult:
    """Those that are not there fail by themselves."""
    return api.EnableInsightRulesResult(failures=_failures(state, call.params.rule_names))


def _failures(state: CloudWatch, names: list[str]) -> list[api.PartialFailure]:
    return [
        api.PartialFailure(
            failure_resource=name, exception_type="ResourceNotFoundException", failure_code="404",
            failure_description=f"Rule {name} does not exist",
        )
        for name in names
        if name not in state.rules
    ]  # fmt: skip


@service.project
def insight_rules_deleted(
    state: CloudWatch, event: Event[api.DeleteInsightRules, api.DeleteInsightRulesResult]
) -> None:
    """They are gone."""
    for name in event.params.rule_names:
        state.rules.pop(name, None)


@service.project
def insight_rules_disabled(
    state: CloudWatch, event: Event[api.DisableInsightRules, api.DisableInsightRulesResult]
) -> None:
    """They count no more."""
    _switch(state, event.params.rule_names, "DISABLED")


@service.project
def insight_rules_enabled(
    state: CloudWatch, event: Event[api.EnableInsightRules, api.EnableInsightRulesResult]
) -> None:
    """They count again."""
    _switch(state, event.params.rule_names, "ENABLED")


def _switch(state: CloudWatch, names: list[str], value: str) -> None:
    for name in names:
        rule = state.rules.get(name)
        if rule is not None:
            rule.state = value
