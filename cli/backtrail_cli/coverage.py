"""What a log could have seen: said wherever the answer is "nothing"."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from backtrail_cli.logs import Span
from backtrail_cli.screen import counted, iso, moment, number
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
        return said


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
