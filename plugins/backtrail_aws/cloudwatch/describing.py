"""Alarms described: all of them, or those on one metric."""

from __future__ import annotations

from datetime import datetime

from backtrail import UNSET, BadToken, Call, UnsetType, page, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.cloudwatch import api, composites, errors, limits, queries, series
from backtrail_aws.cloudwatch.state import Alarm, CloudWatch, service

_METRIC, _COMPOSITE = "MetricAlarm", "CompositeAlarm"


@service.read
def describe_alarms(state: CloudWatch, call: Call[api.DescribeAlarms]) -> api.DescribeAlarmsResult:
    """By name, prefix, state, action, or kinship; metric alarms alone unless the type is said."""
    params = call.params
    if not isinstance(params.alarm_names, UnsetType) and not isinstance(params.alarm_name_prefix, UnsetType):
        # evidence: API_DescribeAlarms; words: guess
        raise errors.validation("AlarmNames and AlarmNamePrefix cannot both be specified.")
    names = _kin(state, params)
    if not isinstance(params.alarm_names, UnsetType):
        names = {*params.alarm_names} if names is None else names & {*params.alarm_names}
    kinds = told(params.alarm_types, [_METRIC] if names is None else [_METRIC, _COMPOSITE])

    def keep(alarm: Alarm) -> bool:
        return (
            (_COMPOSITE if alarm.composite is not None else _METRIC) in kinds
            and (names is None or alarm.name in names)
            and (isinstance(params.state_value, UnsetType) or alarm.state == params.state_value)
            and (isinstance(params.action_prefix, UnsetType) or _acts(alarm, params.action_prefix))
        )

    limit, after = told(params.max_records, limits.DESCRIBED_DEFAULT), told(params.next_token, "") or None
    prefix = told(params.alarm_name_prefix, "")
    try:
        found = page(state.alarms, after, limit, prefix=prefix, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return api.DescribeAlarmsResult(
        metric_alarms=[metric_alarm(one) for one in found.items if one.composite is None],
        composite_alarms=[composite_alarm(one) for one in found.items if one.composite is not None],
        next_token=found.next or UNSET,
    )


def _kin(state: CloudWatch, params: api.DescribeAlarms) -> set[str] | None:
    """The children of an alarm, or its parents; None where neither is asked for."""
    if isinstance(params.children_of_alarm_name, str):
        alarm = state.alarms.get(params.children_of_alarm_name)
        if alarm is None or alarm.composite is None:
            return set()
        return set(composites.rule_of(alarm.composite.alarm_rule)[1])
    if isinstance(params.parents_of_alarm_name, str):
        return set(state.parents.get(params.parents_of_alarm_name, []))
    return None


def _acts(alarm: Alarm, prefix: str) -> bool:
    given = alarm.given
    if given is None:
        return False
    several = (given.ok_actions, given.alarm_actions, given.insufficient_data_actions)
    return any(one.startswith(prefix) for each in several for one in told(each, []))


def metric_alarm(alarm: Alarm) -> api.MetricAlarm:
    """An alarm on a metric, or one of which no record told what it is on."""
    given = alarm.metric or api.PutMetricAlarm(alarm_name=alarm.name)
    of_one = not told(given.metrics, [])
    known = alarm.metric is not None
    return api.MetricAlarm(
        alarm_name=alarm.name, alarm_arn=alarm.arn, alarm_description=given.alarm_description,
        alarm_configuration_updated_timestamp=_time(alarm.configured), actions_enabled=alarm.enabled,
        ok_actions=_list(given.ok_actions, known), alarm_actions=_list(given.alarm_actions, known),
        insufficient_data_actions=_list(given.insufficient_data_actions, known), state_value=alarm.state,
        state_reason=alarm.reason, state_reason_data=alarm.data, state_updated_timestamp=_time(alarm.updated),
        metric_name=given.metric_name, namespace=given.namespace, statistic=given.statistic,
        extended_statistic=given.extended_statistic,
        dimensions=told(given.dimensions, []) if of_one and known else UNSET, period=given.period, unit=given.unit,
        evaluation_periods=given.evaluation_periods, datapoints_to_alarm=given.datapoints_to_alarm,
        threshold=given.threshold, comparison_operator=given.comparison_operator,
        treat_missing_data=given.treat_missing_data,
        evaluate_low_sample_count_percentile=given.evaluate_low_sample_count_percentile, metrics=given.metrics,
        threshold_metric_id=given.threshold_metric_id, evaluation_window=given.evaluation_window,
        warm_up_configuration=given.warm_up_configuration, evaluation_criteria=given.evaluation_criteria,
        evaluation_interval=given.evaluation_interval, action_configuration=given.action_configuration,
        state_transitioned_timestamp=_time(alarm.transitioned),
    )  # fmt: skip


def composite_alarm(alarm: Alarm) -> api.CompositeAlarm:
    """A composite alarm."""
    given = alarm.composite or api.PutCompositeAlarm(alarm_name=alarm.name, alarm_rule="")
    return api.CompositeAlarm(
        actions_enabled=alarm.enabled, alarm_actions=_list(given.alarm_actions, True), alarm_arn=alarm.arn,
        alarm_configuration_updated_timestamp=_time(alarm.configured), alarm_description=given.alarm_description,
        alarm_name=alarm.name, alarm_rule=given.alarm_rule,
        insufficient_data_actions=_list(given.insufficient_data_actions, True),
        ok_actions=_list(given.ok_actions, True), state_reason=alarm.reason, state_reason_data=alarm.data,
        state_updated_timestamp=_time(alarm.updated), state_value=alarm.state,
        state_transitioned_timestamp=_time(alarm.transitioned), actions_suppressed_by=alarm.suppressed or UNSET,
        actions_suppressed_reason=alarm.suppressed_why or UNSET, actions_suppressor=given.actions_suppressor,
        actions_suppressor_wait_period=given.actions_suppressor_wait_period,
        actions_suppressor_extension_period=given.actions_suppressor_extension_period,
        action_configuration=given.action_configuration,
    )  # fmt: skip


def _list(given: list[str] | UnsetType, known: bool) -> list[str] | UnsetType:
    return told(given, []) if known else UNSET


def _time(time: datetime | UnsetType) -> IsoMillisZ | UnsetType:
    return UNSET if isinstance(time, UnsetType) else IsoMillisZ.of(time)


@service.read
def describe_alarms_for_metric(
    state: CloudWatch, call: Call[api.DescribeAlarmsForMetric]
) -> api.DescribeAlarmsForMetricResult:
    """The alarms on one metric; those with expressions are not among them."""
    params = call.params
    key = series.key(params.namespace, params.metric_name, queries.dimensions(params.dimensions))
    found: list[api.MetricAlarm] = []
    for name in state.watched.get(key, []):
        alarm = state.alarms[name]
        given = alarm.metric
        if given is None or told(given.metrics, []):
            continue
        if all(
            isinstance(wanted := getattr(params, member), UnsetType) or getattr(given, member) == wanted
            for member in ("statistic", "extended_statistic", "period", "unit")
        ):
            found.append(metric_alarm(alarm))
    return api.DescribeAlarmsForMetricResult(metric_alarms=found)
