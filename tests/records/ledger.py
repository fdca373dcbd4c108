"""The ledger of a real incident: what came to be and went, and when."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

MARGIN = timedelta(minutes=5)
"""How far before the first and after the last event a moment may lie."""


def rows(trails: Path) -> list[Row]:
    """What was created and deleted, when, by which event and whom."""
    found: list[Row] = json.loads((trails / "incident-a.ledger.json").read_text())
    assert len(found) == 108
    return found


def ended(ledger: list[Row], incident: list[Row]) -> list[Row]:
    """The rows, with the end of three secrets of which only the service's own record tells.

    Their DeleteSecret is not in the trail, so that the ledger, which is of calls, knows of no deletion.
    """
    ends = {
        record["additionalEventData"]["ARN"]: {"time": record["eventTime"], "eventID": record["eventID"]}
        for record in incident
        if record["eventName"] == "EndSecretVersionDelete"
    }
    whole = [row if row["deleted"] else {**row, "deleted": ends.get(row["id"])} for row in ledger]
    assert sum(row["deleted"] is None for row in ledger) - sum(row["deleted"] is None for row in whole) == 3
    return whole


def there(row: Row, moment: datetime) -> bool:
    """Whether a resource exists once all of a moment's second has happened."""
    deleted = _time(row, "deleted")
    return _time(row, "created") <= moment and not (deleted and deleted <= moment)


def moments(ledger: list[Row], seed: int) -> list[datetime]:
    """For each row a second before it came, one while it was there and one after it went; in order of time."""
    chance = random.Random(seed)
    times = [time for row in ledger for part in ("created", "deleted") if (time := _time(row, part))]
    begin, end = min(times) - MARGIN, max(times) + MARGIN
    return sorted({moment for row in ledger for moment in _around(row, begin, end, chance)})


def _around(row: Row, begin: datetime, end: datetime, chance: random.Random) -> Iterator[datetime]:
    created, deleted = _time(row, "created"), _time(row, "deleted")
    yield _between(begin, created, chance)
    yield _between(created, deleted or end, chance)
    if deleted:
        yield _between(deleted, end, chance)


def _between(first: datetime, last: datetime, chance: random.Random) -> datetime:
    """One of the seconds from the first on that are before the last."""
    return first + timedelta(seconds=chance.randrange(max(1, int((last - first).total_seconds()))))


def _time(row: Row, part: str) -> Any:
    event = row[part]
    return datetime.fromisoformat(event["time"]).astimezone(UTC) if event else None
