"""What a log could have seen: said wherever the answer is "nothing"."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec

from backtrail_cli.logs import Span
from backtrail_cli.screen import counted, iso, moment, number
from backtrail_cli.watching import Watch, watches
from backtrail_eventstore import Filters, SqliteStore

_MOST_NAMED = 6

_REGIONS = "select w.text from word w where id <> 0 and exists (select 1 from event e where e.region = w.id) order by 1"

# What a trail records only where its event selectors ask for it:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
_DATA = {
    "S3 objects": (
        "s3.amazonaws.com",
        ("GetObject", "PutObject", "DeleteObject", "DeleteObjects", "CopyObject"),
    ),
    "DynamoDB items": ("dynamodb.amazonaws.com", ("GetItem", "PutItem", "Query", "Scan", "UpdateItem")),
    "Lambda invocations": ("lambda.amazonaws.com", ("Invoke",)),
    "SQS messages": ("sqs.amazonaws.com", ("SendMessage", "ReceiveMessage", "DeleteMessage")),
}
_SWITCHES = ("StopLogging", "StartLogging", "DeleteTrail", "PutEventSelectors", "UpdateTrail")


class Coverage(msgspec.Struct, frozen=True):
    """What a log holds, and what it is blind for."""

    records: int
    first: str
    last: str
    accounts: list[str]
    regions: list[str]
    data_events: list[str]  # kinds of which there are some
    no_data_events: list[str]  # kinds of which there is none: not logged, or never happened
    switched: list[str]  # when trails were stopped, started or changed
    trails: list[Watch] = []  # each trail that the log tells of, and what it did when

    def sentences(self) -> list[str]:
        """For people."""
        said = [
            f"The log holds {counted(self.records, 'record')} of {_listed('account', self.accounts)} in "
            f"{_listed('region', self.regions)}, from {self.first} to {self.last}."
        ]
        if self.no_data_events:
            kinds = ", ".join(self.no_data_events)
            said.append(f"It has no data events of these kinds, so it cannot show them: {kinds}.")
        if self.switched:
            said.append(f"Logging was switched: {'; '.join(self.switched)}.")
        said += [text for one in self.trails for text in _of_trail(one)]
        return said


def _of_trail(watch: Watch) -> list[str]:
    """What one trail did not log, and which data it did."""
    named = f"Trail {watch.name} of {watch.account} in {watch.region}"
    said: list[str] = []
    for phase in watch.stopped():
        if phase.action == "StopLogging":
            until = f" to {phase.until}" if phase.until else ", to the end of the log"
            said.append(
                f"{named} was stopped from {phase.since}{until} (by {phase.by}, event {phase.event_id})."
            )
    for phase in watch.phases:
        if phase.action == "PutEventSelectors":
            until = f" to {phase.until}" if phase.until else " on"
            kinds = "; ".join(_kind(kind, names) for kind, names in phase.data.items()) or "no data events"
            some = f"{phase.management} management events" if phase.management else "no management events"
            said.append(f"{named} was set to {some} and {kinds} from {phase.since}{until}.")
    return said[:_MOST_NAMED]


def _kind(kind: str, names: list[str]) -> str:
    shown = [name for name in names if name]
    if not shown or any(name in ("arn:aws:s3", "arn:aws:lambda", "arn:aws:s3:::") for name in shown):
        return f"{kind} (all)"
    return f"{kind} ({', '.join(shown[:_MOST_NAMED])})"


async def coverage(store: SqliteStore, over: Span) -> Coverage:
    """What the log could have seen."""
    index = store.index
    recipients = await index.recipients()
    regions = await index.run(_regions)
    kinds = {kind: await _any(store, source, actions) for kind, (source, actions) in _DATA.items()}
    switched: list[tuple[Any, str]] = []
    for action in _SWITCHES:
        wanted = Filters(source="cloudtrail.amazonaws.com", action=action, failed=False)
        for event in await index.events(wanted, limit=_MOST_NAMED):
            switched.append(
                (event.time, f"{action} by {event.user or event.principal} at {moment(event.time)}")
            )
    return Coverage(
        records=store.head[0],
        first=iso(over.first),
        last=iso(over.last),
        accounts=list(recipients),
        regions=regions,
        data_events=[kind for kind, some in kinds.items() if some],
        no_data_events=[kind for kind, some in kinds.items() if not some],
        switched=[text for _, text in sorted(switched)][:_MOST_NAMED],
        trails=await watches(store),
    )


async def _any(store: SqliteStore, source: str, actions: tuple[str, ...]) -> bool:
    for action in actions:
        if await store.index.events(Filters(source=source, action=action), limit=1):
            return True
    return False


def _regions(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute(_REGIONS)]


def _listed(noun: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    shown = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{number(len(names))} {noun}s ({shown}{more})"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one account and region: its records, and the hours (UTC) in which there is none."""

    account: str
    region: str
    day: str
    records: int
    silent_hours: list[int]


_HOURS = (
    "select wa.text, wr.text, e.t / 3600000000 as hour, count(*) from event e join word wa on wa.id = e.account "
    "join word wr on wr.id = e.region group by e.account, e.region, hour"
)


async def days(store: SqliteStore, over: Span) -> list[Day]:
    """Every account, region and day that has a record; an hour counts as silent only within the log's span."""
    await store.index.refresh()
    counts = await store.index.run(lambda connection: connection.execute(_HOURS).fetchall())
    first, last = (int(time.timestamp()) // 3600 for time in (over.first, over.last))
    found: dict[tuple[str, str, int], dict[int, int]] = {}
    for account, region, hour, records in counts:
        found.setdefault((account, region, hour // 24), {})[hour % 24] = records
    return [
        Day(
            account=account,
            region=region,
            day=f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}",
            records=sum(hours.values()),
            silent_hours=[
                hour for hour in range(24) if hour not in hours and first <= day * 24 + hour <= last
            ],
        )
        for (account, region, day), hours in sorted(found.items())
    ]
