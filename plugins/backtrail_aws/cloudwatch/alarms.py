"""Alarms on metrics: put, enabled and disabled, set by hand, deleted.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import re

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.errors import NotImplementedAction
from backtrail.record import partition_of
from backtrail_aws.cloudwatch import (
    api,
    changes,
    errors,
    expressions,
    limits,
    planning,
    points,
    queries,
    suppressing,
)
from backtrail_aws.cloudwatch.history import configured
from backtrail_aws.cloudwatch.judging import COMPARISONS
from backtrail_aws.cloudwatch.state import ALARM, INSUFFICIENT, OK, Alarm, CloudWatch, service

_STATES = (OK, ALARM, INSUFFICIENT)
_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|ec2|):.+")
_HERE = ("automate", "autoscaling", "lambda", "sns", "ssm", "swf")
"""Actions that are in the alarm's own region."""
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_ALONE = (
    ("MetricName", "metric_name"), ("Namespace", "namespace"), ("Dimensions", "dimensions"), ("Period", "period"),
    ("Statistic", "statistic"), ("ExtendedStatistic", "extended_statistic"), ("Unit", "unit"),
)  # fmt: skip
"""What cannot stand beside a list of metrics."""
INITIAL = "Unchecked: Initial alarm creation"
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html, its example."""


@service.handle
def put_metric_alarm(state: CloudWatch, call: Call[api.PutMetricAlarm]) -> None:
    """Refuse what AWS refuses; bands and PromQL are not here."""
    params = call.params
    check_name(params.alarm_name)
    if not isinstance(params.evaluation_criteria, UnsetType):
        raise NotImplementedAction("cloudwatch:PutMetricAlarm with EvaluationCriteria (PromQL)")
    if not isinstance(params.threshold_metric_id, UnsetType):
        if not isinstance(params.threshold, UnsetType):
            # evidence: https://github.com/aws-cloudformation/cfn-lint/pull/1306
            raise errors.validation("Threshold and ThresholdMetricId cannot both be set")
        raise NotImplementedAction("cloudwatch:PutMetricAlarm with ThresholdMetricId (anomaly detection)")
    if told(params.metrics, []):
        _check_metrics(params)
    else:
        _check_metric(params)
    _check_terms(params)
    instance = "InstanceId" in queries.dimensions(params.dimensions)
    check_actions(call, params, instance=instance or bool(told(params.metrics, [])))
    check_new(state, call, params.alarm_name, composite=False)


def check_name(name: str) -> None:
    """Refuse an alarm's name with spaces around it."""
    if name != name.strip():
        # evidence: record classroom-2017 27eb17b4-b2ae-4c59-94a7-93c5835f32f6
        raise errors.validation("AlarmName must not contain leading or trailing whitespace")


def check_new(
    state: CloudWatch, call: Call[api.PutMetricAlarm] | Call[api.PutCompositeAlarm], name: str, *, composite: bool
) -> None:  # fmt: skip
    """Refuse one alarm too many, and a name that an alarm of the other kind has."""
    found = state.alarms.get(name)
    if found is None:
        if len(state.alarms) >= call.quota("alarms", limits.ALARMS_MAX):
            # evidence: model; words: guess
            raise errors.too_many("The maximum limit of alarms has been exceeded.")
    elif found.given is not None and (found.composite is not None) != composite:
        # evidence: guess
        raise errors.validation(f"An alarm of another type exists with the name {name}.")


def _check_metric(params: api.PutMetricAlarm) -> None:
    if isinstance(params.metric_name, UnsetType):
        # evidence: https://github.com/aws-cloudformation/cfn-lint/pull/771
        raise errors.validation("MetricName must not be null")
    if isinstance(params.namespace, UnsetType):
        # evidence: guess, as of MetricName
        raise errors.validation("Namespace must not be null")
    if isinstance(params.period, UnsetType):
        # evidence: guess, as of MetricName
        raise errors.validation("Period must not be null")
    given = [one for one in (params.statistic, params.extended_statistic) if not isinstance(one, UnsetType)]
    if len(given) != 1:
        # evidence: guess
        raise errors.validation("Exactly one of Statistic or ExtendedStatistic must be set")
    if isinstance(params.extended_statistic, str) and not points.is_extended(params.extended_statistic):
        # evidence: guess
        raise errors.validation(
            f"The value {params.extended_statistic} for parameter ExtendedStatistic is not supported."
        )
    if isinstance(params.threshold, UnsetType):
        # evidence: guess
        raise errors.validation("Threshold must not be null")


def _check_metrics(params: api.PutMetricAlarm) -> None:
    for name, member in _ALONE:
        if not isinstance(getattr(params, member), UnsetType):
            # evidence: https://github.com/aws-cloudformation/cfn-lint/pull/1306
            raise errors.validation(f"{name} should not be set if list of Metrics is set.")
    asked = told(params.metrics, [])
    if sum(told(one.return_data, True) for one in asked) != 1:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/29894
        raise errors.validation("Exactly one element of the metrics list should return data.")
    check_queries(asked, "PutMetricAlarm")
    if len(queries.keys_of(asked)) > limits.ALARM_METRICS_MAX:
        # evidence: limits.py; words: guess
        raise errors.validation(f"An alarm can have at most {limits.ALARM_METRICS_MAX} metrics.")
    if isinstance(params.threshold, UnsetType):
        # evidence: guess
        raise errors.validation("Threshold must not be null")


def check_queries(asked: list[api.MetricDataQuery], action: str) -> None:
    """Refuse queries that are none: ids, metric or expression, statistics, periods, the expressions themselves."""
    where = "MetricDataQueries" if action == "GetMetricData" else "Metrics"
    seen: set[str] = set()
    for number, one in enumerate(asked, 1):
        if _ID.fullmatch(one.id) is None:
            # evidence: https://github.com/influxdata/telegraf/issues/5420
            raise errors.validation(
                f"The value {one.id} for parameter {where}.member.{number}.Id is not matching the expected pattern "
                "^[a-z][a-zA-Z0-9_]*$."
            )
        if one.id in seen:
            # evidence: guess
            raise errors.validation(f"The values for parameter Id in {where} are not unique.")
        seen.add(one.id)
        if isinstance(one.metric_stat, UnsetType) == isinstance(one.expression, UnsetType):
            # evidence: API_MetricDataQuery; words: guess
            raise errors.validation(
                f"Exactly one of {where}.member.{number}.MetricStat and {where}.member.{number}.Expression must be set."
            )
        if not isinstance(one.metric_stat, UnsetType):
            _check_stat(one.metric_stat, f"{where}.member.{number}.MetricStat")
    try:
        queries.order(asked)
    except expressions.NotHere as missing:
        raise NotImplementedAction(f"cloudwatch:{action} with {missing}") from missing
    except expressions.Wrong as wrong:
        # evidence: model; words: guess
        raise errors.validation(f"Error in expression: {wrong}") from wrong


def _check_stat(stat: api.MetricStat, where: str) -> None:
    if not points.is_statistic(stat.stat):
        # evidence: guess
        raise errors.validation(f"The value {stat.stat} for parameter {where}.Stat is not supported.")
    if not is_period(stat.period):
        # evidence: API_MetricStat; words: guess
        raise errors.validation(
            f"The value {stat.period} for parameter {where}.Period is not valid: Period must be 1, 5, 10, 20, 30, or a "
            "multiple of 60."
        )


def is_period(period_s: int) -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html"""
    return period_s in (1, 5, 10, 20, 30) or (period_s > 0 and period_s % 60 == 0)


def _check_terms(params: api.PutMetricAlarm) -> None:
    if isinstance(params.evaluation_periods, UnsetType):
        # evidence: guess, as of MetricName
        raise errors.validation("EvaluationPeriods must not be null")
    if params.comparison_operator not in COMPARISONS:
        # evidence: API_PutMetricAlarm: the others are for bands; words: guess
        raise errors.validation(
            f"The value {told(params.comparison_operator, 'null')} for parameter ComparisonOperator is not valid for "
            "alarms with a static threshold."
        )
    needed = told(params.datapoints_to_alarm, params.evaluation_periods)
    if needed > params.evaluation_periods:
        # evidence: https://github.com/hashicorp/terraform/issues/24070
        raise errors.validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    period = told(params.period, 0) or queries.period_of(told(params.metrics, []))
    if not is_period(period) or period in (1, 5):
        # evidence: API_PutMetricAlarm; words: guess
        raise errors.validation("Period must be 10, 20, 30 or a multiple of 60")
    most = limits.EVALUATED_SHORT_S if period < limits.HOUR else limits.EVALUATED_S
    if period * params.evaluation_periods > most:
        long = "a day" if most == limits.DAY else "7 days"
        # evidence: guess
        raise errors.validation(
            f"Metrics cannot be checked across more than {long} (EvaluationPeriods * Period must be <= {most})."
        )
    if told(params.treat_missing_data, "missing") not in ("breaching", "notBreaching", "ignore", "missing"):
        # evidence: guess
        raise errors.validation(
            "TreatMissingData was not one of the supported values: breaching, notBreaching, ignore or missing."
        )


def check_actions(
    call: Call[api.PutMetricAlarm] | Call[api.PutCompositeAlarm],
    params: api.PutMetricAlarm | api.PutCompositeAlarm,
    *,
    instance: bool,
) -> None:
    """Refuse actions that are no ARNs, of another region, too many; instances' actions without an instance."""
    for given in (params.ok_actions, params.alarm_actions, params.insufficient_data_actions):
        actions = told(given, [])
        if len(actions) > limits.ACTIONS_MAX:
            # evidence: limits.py; words: guess
            raise errors.validation(f"An alarm can have at most {limits.ACTIONS_MAX} actions for each state.")
        for action in actions:
            found = _ARN.fullmatch(action)
            if found is None:
                # evidence: guess
                raise errors.validation(f"Invalid arn syntax: {action}")
            partition = partition_of(call.region)
            if found[0].split(":", 2)[1] != partition:
                # evidence: https://github.com/aws/aws-cdk/issues/19765
                raise errors.validation(
                    f"Invalid partition {found[0].split(':', 2)[1]} specified. Only {partition} is supported."
                )
            if found[1] in _HERE and found[2] != call.region:
                # evidence: guess, after the words for partitions
                raise errors.validation(
                    f"Invalid region {found[2]} specified. Only {call.region} is supported."
                )
            if found[1] in ("automate", "swf") and not instance:
                # evidence: monitoring/UsingAlarmActions.html; words: guess
                raise errors.validation("EC2 actions require a metric with the dimension InstanceId.")


@service.project
def metric_alarm_put(state: CloudWatch, event: Event[api.PutMetricAlarm, None]) -> None:
    """A new alarm is INSUFFICIENT_DATA; one that was there keeps its state, its tags, and nothing else."""
    params = event.params
    alarm = put(state, event, params.alarm_name, params.tags)
    alarm.metric, alarm.composite = msgspec.structs.replace(params, tags=UNSET), None
    alarm.enabled = told(params.actions_enabled, True)
    planning.watch(state, alarm)
    planning.plan(state, alarm, event.time)
    changes.plan_policies(state, alarm, event.time)
    configured(state, event, alarm)


def put(
    state: CloudWatch, event: Event[api.PutMetricAlarm, None] | Event[api.PutCompositeAlarm, None], name: str,
    tags: list[api.Tag] | UnsetType,
) -> Alarm:  # fmt: skip
    """The alarm of a name, new or as it was, put now."""
    alarm = state.alarms.get(name)
    if alarm is None:
        alarm = state.alarms[name] = Alarm(name=name, arn=event.arn("cloudwatch", f"alarm:{name}"))
        alarm.reason, alarm.updated, alarm.transitioned = INITIAL, event.time, event.time
        alarm.tags = {one.key: one.value for one in told(tags, [])}
    else:
        planning.forget(state, alarm)
    alarm.configured, alarm.set_by = event.time, event.id
    return alarm


@service.handle
def delete_alarms(state: CloudWatch, call: Call[api.DeleteAlarms]) -> None:
    """Names of alarms that are not there are passed over; refuse one that a composite alarm depends on."""
    names = call.params.alarm_names
    composites = [name for name in names if (one := state.alarms.get(name)) and one.composite is not None]
    if len(composites) > 1:
        # evidence: API_DeleteAlarms; words: guess
        raise errors.validation("At most one composite alarm can be deleted at a time.")
    needed = [one for one in names if one in state.alarms and set(state.parents.get(one, [])) - set(names)]
    if needed:
        raise errors.depended_on(needed)


@service.project
def alarms_deleted(state: CloudWatch, event: Event[api.DeleteAlarms, None]) -> None:
    """They are gone; their history stays."""
    for name in event.params.alarm_names:
        alarm = state.alarms.pop(name, None)
        if alarm is not None:
            planning.forget(state, alarm)
            suppressing.leave(state, name)
            configured(state, event, alarm, gone=True)


@service.handle
def enable_alarm_actions(state: CloudWatch, call: Call[api.EnableAlarmActions]) -> None:
    """Names of alarms that are not there are passed over."""


@service.handle
def disable_alarm_actions(state: CloudWatch, call: Call[api.DisableAlarmActions]) -> None:
    """Names of alarms that are not there are passed over."""


@service.project
def alarm_actions_enabled(state: CloudWatch, event: Event[api.EnableAlarmActions, None]) -> None:
    """Changes of state have their actions from here on."""
    _able(state, event, event.params.alarm_names, enabled=True)


@service.project
def alarm_actions_disabled(state: CloudWatch, event: Event[api.DisableAlarmActions, None]) -> None:
    """Changes of state have no actions from here on."""
    _able(state, event, event.params.alarm_names, enabled=False)


def _able(
    state: CloudWatch,
    event: Event[api.EnableAlarmActions, None] | Event[api.DisableAlarmActions, None],
    names: list[str],
    *,
    enabled: bool,
) -> None:
    for name in names:
        alarm = state.alarms.get(name)
        if alarm is not None and alarm.enabled != enabled:
            alarm.enabled, alarm.configured = enabled, event.time
            changes.plan_policies(state, alarm, event.time)
            configured(state, event, alarm)


@service.handle
def set_alarm_state(state: CloudWatch, call: Call[api.SetAlarmState]) -> None:
    """Until the alarm is looked at next. Refuse an alarm that is not there, and data that are no JSON."""
    params = call.params
    if params.alarm_name not in state.alarms:
        raise errors.no_alarm(params.alarm_name)
    if isinstance(params.state_reason_data, str):
        try:
            msgspec.json.decode(params.state_reason_data)
        except msgspec.DecodeError as error:
            # evidence: model; words: guess
            raise errors.bad_format("StateReasonData is not valid JSON.") from error


@service.project
def alarm_state_set(state: CloudWatch, event: Event[api.SetAlarmState, None]) -> None:
    """The alarm is as it was told to be."""
    params = event.params
    alarm = state.known(event, params.alarm_name)
    changes.become(state, event, alarm, params.state_value, params.state_reason, params.state_reason_data)
