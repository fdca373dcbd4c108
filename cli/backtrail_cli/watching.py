"""The watchers themselves as state: which trail logged what, from when to when, by the records of their own changes."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from backtrail.actors import actor
from backtrail_cli.chains import record_at
from backtrail_cli.screen import moment
from backtrail_eventstore import Event, Filters, SqliteStore, cursor

SOURCE = "cloudtrail.amazonaws.com"
ACTIONS = ("CreateTrail", "UpdateTrail", "PutEventSelectors", "StartLogging", "StopLogging", "DeleteTrail")
_PAGE = 500

# What `dataResources` and advanced selectors call the kinds,
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
KINDS = {
    "AWS::S3::Object": "S3 objects",
    "AWS::DynamoDB::Table": "DynamoDB items",
    "AWS::Lambda::Function": "Lambda invocations",
    "AWS::SQS::Queue": "SQS messages",
    "AWS::SNS::Topic": "SNS messages",
}


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """What a trail did from one change to the next. `logging` is None where no record tells: it began before the log.

    `management` is All, ReadOnly, WriteOnly or None; `data` says which resources of which kinds.
    """

    since: str
    until: str | None
    logging: bool | None
    management: str | None
    data: dict[str, list[str]]
    event_id: str
    action: str
    by: str


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One trail over time."""

    name: str
    account: str
    region: str
    multi_region: bool | None
    phases: list[Phase]

    def stopped(self) -> list[Phase]:
        """When it did not log, for certain."""
        return [phase for phase in self.phases if phase.logging is False]


class _State:
    """One trail while its changes are read."""

    def __init__(self, name: str, account: str, region: str) -> None:
        self.name, self.account, self.region = name, account, region
        self.multi_region: bool | None = None
        self.logging: bool | None = None
        self.management: str | None = None
        self.data: dict[str, list[str]] = {}
        self.phases: list[Phase] = []

    def change(self, action: str, params: dict[str, Any], answer: dict[str, Any]) -> None:
        """Take one change in."""
        if action in ("CreateTrail", "UpdateTrail"):
            told = answer.get("isMultiRegionTrail", params.get("isMultiRegionTrail"))
            self.multi_region = told if isinstance(told, bool) else self.multi_region
        if action == "CreateTrail":  # it does not log before StartLogging, and then all management events
            self.logging, self.management, self.data = False, "All", {}
        elif action == "StartLogging":
            self.logging = True
        elif action in ("StopLogging", "DeleteTrail"):
            self.logging = False
        elif action == "PutEventSelectors":
            self.management, self.data = _selected(params)

    def close(self, event: Event, by: str) -> None:
        """Begin a new phase with an event."""
        since = moment(event.time)
        if self.phases:
            self.phases[-1] = msgspec.structs.replace(self.phases[-1], until=since)
        self.phases.append(
            Phase(
                since=since,
                until=None,
                logging=self.logging,
                management=self.management,
                data=dict(self.data),
                event_id=event.event_id,
                action=event.action,
                by=by,
            )
        )


async def watches(store: SqliteStore) -> list[Watch]:
    """Every trail that the log tells of, with its phases in order."""
    changes: list[Event] = []
    for action in ACTIONS:
        after = None
        while True:
            wanted = Filters(source=SOURCE, action=action, failed=False)
            page = await store.index.events(wanted, limit=_PAGE, after=after, newest_first=False)
            changes += page
            if len(page) < _PAGE:
                break
            after = cursor(page[-1])
    states: dict[tuple[str, str, str], _State] = {}
    for event in sorted(changes, key=lambda one: (one.time, ACTIONS.index(one.action), one.seq)):
        record = await record_at(store, event.seq)
        params, answer = _object(record.get("requestParameters")), _object(record.get("responseElements"))
        told = params.get("name") or params.get("trailName")
        if not isinstance(told, str):
            continue
        name = told.rpartition("/")[2] if told.startswith("arn:") else told
        region = told.split(":")[3] if told.startswith("arn:") and told.count(":") >= 5 else event.region
        state = states.setdefault((event.account, region, name), _State(name, event.account, region))
        state.change(event.action, params, answer)
        state.close(event, actor(record).name)
    return [
        Watch(
            name=one.name,
            account=one.account,
            region=one.region,
            multi_region=one.multi_region,
            phases=one.phases,
        )
        for one in states.values()
    ]


def _selected(params: dict[str, Any]) -> tuple[str | None, dict[str, list[str]]]:
    """(management events, data resources by kind) of a PutEventSelectors."""
    management: str | None = None
    data: dict[str, list[str]] = {}
    for one in _objects(params.get("eventSelectors")):
        which = str(one.get("readWriteType") or "All")
        if one.get("includeManagementEvents", True):
            management = which
        for resource in _objects(one.get("dataResources")):
            kind = KINDS.get(str(resource.get("type")), str(resource.get("type")))
            values = [str(value) for value in cast("list[object]", resource.get("values") or [])]
            data.setdefault(kind, []).extend(values)
    for one in _objects(params.get("advancedEventSelectors")):
        fields = {str(field.get("field")): field for field in _objects(one.get("fieldSelectors"))}
        category = cast("list[str]", fields.get("eventCategory", {}).get("equals") or [])
        if "Management" in category:
            read = cast("list[str]", fields.get("readOnly", {}).get("equals") or [])
            management = {"true": "ReadOnly", "false": "WriteOnly"}.get(read[0] if read else "", "All")
        for kind in cast("list[str]", fields.get("resources.type", {}).get("equals") or []):
            arns = fields.get("resources.ARN", {})
            told = [cast("list[object]", arns.get(key) or []) for key in ("equals", "startsWith")]
            values = [str(value) for some in told for value in some]
            data.setdefault(KINDS.get(kind, kind), []).extend(values)
    return management, data


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [_object(one) for one in cast("list[object]", value)] if isinstance(value, list) else []
