"""Metric filters: kept, listed and tested. What they count is `metric_values`'."""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, Event, SortedMap, UnsetType, page, told
from backtrail_aws.logs import api, directory, errors, limits, patterns
from backtrail_aws.logs.api import (
    DeleteMetricFilter,
    DescribeMetricFilters,
    DescribeMetricFiltersResult,
    MetricFilterMatchRecord,
    PutMetricFilter,
    TestMetricFilter,
    TestMetricFilterResult,
)
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import LogGroup, Logs, service


@service.handle
def put_metric_filter(state: Logs, call: Call[PutMetricFilter]) -> None:
    """Refuse patterns that are none, dimensions that the pattern cannot find, and one filter too many."""
    params = call.params
    pattern = patterns.of(params.filter_pattern)
    for one in params.metric_transformations:
        dimensions = told(one.dimensions, {})
        if dimensions and not pattern.finds_values:
            raise errors.no_dimensions()
        if len(dimensions) > limits.DIMENSIONS_MAX:
            # evidence: page API_MetricTransformation; words: guess
            raise errors.invalid(f"A metric filter can have at most {limits.DIMENSIONS_MAX} dimensions.")
        if dimensions and one.default_value is not UNSET:
            # evidence: page API_MetricTransformation; words: guess
            raise errors.invalid("A metric filter with dimensions cannot have a default value.")
    group = directory.group(state, params.log_group_name)
    if params.filter_name not in group.metric_filters:
        if len(group.metric_filters) >= limits.METRIC_FILTERS_MAX:
            raise errors.limit_exceeded()
        check_regexes(group, pattern)


@service.project
def metric_filter_put(state: Logs, event: Event[PutMetricFilter, None]) -> None:
    """The group has the filter; one of that name is replaced."""
    params = event.params
    group = directory.noticed(state, params.log_group_name, event)
    old = group.metric_filters.get(params.filter_name)
    group.metric_filters[params.filter_name] = api.MetricFilter(
        filter_name=params.filter_name,
        filter_pattern=params.filter_pattern,
        metric_transformations=params.metric_transformations,
        creation_time=old.creation_time if old is not None else millis(event.time),
        log_group_name=params.log_group_name,
        apply_on_transformed_logs=told(params.apply_on_transformed_logs, False),
        field_selection_criteria=params.field_selection_criteria,
        emit_system_field_dimensions=params.emit_system_field_dimensions,
    )


@service.read
def describe_metric_filters(state: Logs, call: Call[DescribeMetricFilters]) -> DescribeMetricFiltersResult:
    """Filters by name: of one group, or of all, or those for one metric."""
    params = call.params
    if (params.metric_name is UNSET) != (params.metric_namespace is UNSET):
        # evidence: page API_DescribeMetricFilters; words: guess
        raise errors.invalid("metricName and metricNamespace must be specified together.")
    if isinstance(params.log_group_name, str):
        group = directory.group(state, params.log_group_name)
        filters, prefix = group.metric_filters, told(params.filter_name_prefix, "")
    else:
        filters, prefix = _all(state), ""

    def keep(one: api.MetricFilter) -> bool:
        return params.metric_name is UNSET or any(
            (each.metric_name, each.metric_namespace) == (params.metric_name, params.metric_namespace)
            for each in told(one.metric_transformations, [])
        )

    limit, token = told(params.limit, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        found = page(filters, token, limit, prefix=prefix, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeMetricFiltersResult(metric_filters=found.items, next_token=found.next or UNSET)


@service.handle
def delete_metric_filter(state: Logs, call: Call[DeleteMetricFilter]) -> None:
    """Refuse what is not there."""
    group = directory.group(state, call.params.log_group_name)
    if call.params.filter_name not in group.metric_filters:
        raise errors.not_there("metric filter")


@service.project
def metric_filter_deleted(state: Logs, event: Event[DeleteMetricFilter, None]) -> None:
    """The filter is gone."""
    group = directory.noticed(state, event.params.log_group_name, event)
    group.metric_filters.pop(event.params.filter_name, None)


@service.read
def test_metric_filter(state: Logs, call: Call[TestMetricFilter]) -> TestMetricFilterResult:
    """The messages that match, numbered from 1, with what the pattern finds in them."""
    pattern = patterns.of(call.params.filter_pattern)
    return TestMetricFilterResult(
        matches=[
            MetricFilterMatchRecord(
                event_number=number, event_message=message, extracted_values=pattern.extracted(message)
            )
            for number, message in enumerate(told(call.params.log_event_messages, []), 1)
            if pattern.matches(message)
        ]
    )


def check_regexes(group: LogGroup, pattern: patterns.Pattern) -> None:
    """Refuse one filter with regular expressions too many."""
    if not pattern.regexes:
        return
    texts = [one.filter_pattern for one in group.metric_filters.values()]
    texts += [one.filter_pattern for one in group.subscriptions.values()]
    if sum(map(_has_regex, texts)) >= limits.REGEX_FILTERS_MAX:
        raise errors.limit_exceeded()


def _has_regex(text: str | UnsetType) -> bool:
    pattern = patterns.told(text) if isinstance(text, str) else None
    return pattern is not None and pattern.regexes > 0


def _all(state: Logs) -> SortedMap[str, api.MetricFilter]:
    """The filters of all groups, by name and then by group."""
    return SortedMap(
        {
            f"{name}\0{group.name}": one
            for group in state.groups.values()
            for name, one in group.metric_filters.items()
        }
    )
