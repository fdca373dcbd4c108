"""Anomaly detectors: kept. They are trained on nothing here, and bands are not drawn.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
"""

from __future__ import annotations

import hashlib

import msgspec

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.cloudwatch import api, errors, limits, points, queries, series
from backtrail_aws.cloudwatch.state import CloudWatch, service

_MATH = "METRIC_MATH"
_SINGLE = "SINGLE_METRIC"
Given = api.PutAnomalyDetector | api.DeleteAnomalyDetector


@service.handle
def put_anomaly_detector(
    state: CloudWatch, call: Call[api.PutAnomalyDetector]
) -> api.PutAnomalyDetectorResult:
    """On a metric and a statistic, or on queries of which one returns data."""
    key = _key(call.params)
    if key is None:
        # evidence: API_PutAnomalyDetector; words: guess
        raise errors.missing(
            "Namespace, MetricName and Stat, or MetricMathAnomalyDetector, must be specified."
        )
    single = _single(call.params)
    if single is not None and not points.is_statistic(told(single.stat, "")):
        # evidence: guess
        raise errors.value(f"The value {told(single.stat, '')} for parameter Stat is not supported.")
    return api.PutAnomalyDetectorResult(anomaly_detector_id=_id(call.arn("cloudwatch", "detector"), key))


def _single(given: Given) -> api.SingleMetricAnomalyDetector | None:
    if not isinstance(given.single_metric_anomaly_detector, UnsetType):
        return given.single_metric_anomaly_detector
    if not isinstance(given.metric_math_anomaly_detector, UnsetType):
        return None
    return api.SingleMetricAnomalyDetector(
        namespace=given.namespace, metric_name=given.metric_name, dimensions=given.dimensions, stat=given.stat
    )


def _key(given: Given) -> str | None:
    """What a detector is kept under; None where what is given is not enough."""
    if not isinstance(given.metric_math_anomaly_detector, UnsetType):
        asked = told(given.metric_math_anomaly_detector.metric_data_queries, [])
        return f"{_MATH}\0{msgspec.json.encode(asked).decode()}"
    single = _single(given)
    if single is None or any(
        isinstance(one, UnsetType) for one in (single.namespace, single.metric_name, single.stat)
    ):
        return None
    metric = series.key(
        told(single.namespace, ""), told(single.metric_name, ""), queries.dimensions(single.dimensions)
    )
    return f"{_SINGLE}\0{metric}\0{told(single.stat, '')}"


def _id(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\0{key}".encode()).hexdigest()[:32]


@service.project
def anomaly_detector_put(
    state: CloudWatch, event: Event[api.PutAnomalyDetector, api.PutAnomalyDetectorResult]
) -> None:
    """The detector is there."""
    params, key = event.params, _key(event.params)
    if key is None:
        return
    single = _single(params)
    state.detectors[key] = api.AnomalyDetector(
        anomaly_detector_id=_id(event.arn("cloudwatch", "detector"), key),
        namespace=single.namespace if single is not None else UNSET,
        metric_name=single.metric_name if single is not None else UNSET,
        dimensions=told(single.dimensions, []) if single is not None else UNSET,
        stat=single.stat if single is not None else UNSET,
        configuration=params.configuration, state_value="PENDING_TRAINING",
        metric_characteristics=params.metric_characteristics,
        single_metric_anomaly_detector=single if single is not None else UNSET,
        metric_math_anomaly_detector=params.metric_math_anomaly_detector,
    )  # fmt: skip


@service.handle
def delete_anomaly_detector(state: CloudWatch, call: Call[api.DeleteAnomalyDetector]) -> None:
    """Refuse one that is not there."""
    if _found(state, call.params) is None:
        # evidence: model; words: guess
        raise errors.no_detector()


def _found(state: CloudWatch, given: api.DeleteAnomalyDetector) -> str | None:
    if isinstance(given.anomaly_detector_id, str):
        wanted = given.anomaly_detector_id
        return next((key for key, one in state.detectors.items() if one.anomaly_detector_id == wanted), None)
    key = _key(given)
    return key if key in state.detectors else None


@service.project
def anomaly_detector_deleted(state: CloudWatch, event: Event[api.DeleteAnomalyDetector, None]) -> None:
    """It is gone."""
    key = _found(state, event.params)
    if key is not None:
        del state.detectors[key]


@service.read
def describe_anomaly_detectors(
    state: CloudWatch, call: Call[api.DescribeAnomalyDetectors]
) -> api.DescribeAnomalyDetectorsResult:
    """Detectors on single metrics, unless others are asked for."""
    params = call.params
    kinds = told(params.anomaly_detector_types, [_SINGLE])
    dimensions = queries.dimensions(params.dimensions)
    ids = told(params.anomaly_detector_ids, [])

    def keep(one: api.AnomalyDetector) -> bool:
        kind = _SINGLE if isinstance(one.metric_math_anomaly_detector, UnsetType) else _MATH
        return (
            kind in kinds
            and (not ids or one.anomaly_detector_id in ids)
            and (isinstance(params.namespace, UnsetType) or one.namespace == params.namespace)
            and (isinstance(params.metric_name, UnsetType) or one.metric_name == params.metric_name)
            and (not dimensions or queries.dimensions(one.dimensions) == dimensions)
        )

    limit = told(params.max_results, limits.DESCRIBED_MAX)
    try:
        found = page(state.detectors, told(params.next_token, "") or None, limit, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return api.DescribeAnomalyDetectorsResult(anomaly_detectors=found.items, next_token=found.next or UNSET)
