"""Dashboards: one account's, whatever the region.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backtrail import UNSET, BadToken, Call, Event, UnsetType, known, page, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.cloudwatch import api, errors
from backtrail_aws.cloudwatch.state import CloudWatch, Dashboard, service

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_HOME = "us-east-1"
_LISTED_MAX = 1_000  # ours: API_ListDashboards has no number of its own


def home(call: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """Where an account's dashboards are kept: "All dashboards in your account are global"."""
    return call.account, _HOME


@service.handle(at=home)
def put_dashboard(state: CloudWatch, call: Call[api.PutDashboard]) -> api.PutDashboardResult:
    """Refuse a name that is none, and a body that is no dashboard."""
    params = call.params
    if _NAME.fullmatch(params.dashboard_name) is None:
        # evidence: https://github.com/aws/aws-cdk/issues/2976
        raise errors.value(
            f"The value {params.dashboard_name} for field DashboardName contains invalid characters. It can only "
            "contain alphanumerics, dash (-) and underscore (_)."
        )
    problem = _problem(params.dashboard_body)
    if problem:
        # evidence: model; words: guess
        raise errors.bad_dashboard(f"The dashboard body is invalid: {problem}")
    return api.PutDashboardResult(dashboard_validation_messages=[])


def _problem(body: str) -> str:
    """What is wrong with a body; "" for nothing that counts.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    try:
        parsed: object = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        return str(error)
    if not isinstance(parsed, dict):
        return "it must be an object"
    widgets: object = parsed.get("widgets")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(widgets, list):
        return "widgets must be a list"
    for number, widget in enumerate(widgets):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(widget, dict) or "type" not in widget or "properties" not in widget:
            return f"/widgets/{number} must have a type and properties"
    return ""


@service.project(at=home)
def dashboard_put(state: CloudWatch, event: Event[api.PutDashboard, api.PutDashboardResult]) -> None:
    """The dashboard is what was put."""
    params = event.params
    board = _known(state, event, params.dashboard_name)
    if isinstance(board.body, UnsetType):
        board.tags = {one.key: one.value for one in told(params.tags, [])}
    board.body, board.changed = params.dashboard_body, event.time


def arn_of(event: Call[Any] | Event[Any, Any], name: str) -> str:
    """The ARN of a dashboard, which has no region."""
    return event.arn("cloudwatch", f"dashboard/{name}", region="")


def _known(state: CloudWatch, event: Event[Any, Any], name: str) -> Dashboard:
    return known(state.dashboards, name, event, lambda: Dashboard(name=name, arn=arn_of(event, name)))


@service.read(at=home)
def get_dashboard(state: CloudWatch, call: Call[api.GetDashboard]) -> api.GetDashboardResult:
    """A dashboard, as it was put."""
    board = state.dashboards.get(call.params.dashboard_name)
    if board is None:
        raise errors.no_dashboard(call.params.dashboard_name)
    return api.GetDashboardResult(
        dashboard_arn=board.arn, dashboard_body=board.body, dashboard_name=board.name
    )


@service.read(at=home)
def list_dashboards(state: CloudWatch, call: Call[api.ListDashboards]) -> api.ListDashboardsResult:
    """Dashboards by name."""
    prefix = told(call.params.dashboard_name_prefix, "")
    try:
        found = page(state.dashboards, told(call.params.next_token, "") or None, _LISTED_MAX, prefix=prefix)
    except BadToken as error:
        raise errors.value("The NextToken value is invalid.") from error  # evidence: guess
    return api.ListDashboardsResult(
        dashboard_entries=[
            api.DashboardEntry(
                dashboard_name=one.name,
                dashboard_arn=one.arn,
                last_modified=UNSET if isinstance(one.changed, UnsetType) else IsoMillisZ.of(one.changed),
                size=UNSET if isinstance(one.body, UnsetType) else len(one.body.encode()),
            )
            for one in found.items
        ],
        next_token=found.next or UNSET,
    )


@service.handle(at=home)
def delete_dashboards(state: CloudWatch, call: Call[api.DeleteDashboards]) -> None:
    """Refuse where one is not there: then none goes."""
    for name in call.params.dashboard_names:
        if name not in state.dashboards:
            raise errors.no_dashboard(name)


@service.project(at=home)
def dashboards_deleted(state: CloudWatch, event: Event[api.DeleteDashboards, None]) -> None:
    """They are gone."""
    for name in event.params.dashboard_names:
        state.dashboards.pop(name, None)
