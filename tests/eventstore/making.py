"""Records and files made for these tests."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from backtrail.ids import event_id
from backtrail.store import Entry

ACCOUNT = "123456789012"
START = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
SECRET = b"correct horse battery staple"


def record(
    number: int,
    *,
    action: str = "CreateQueue",
    time: datetime | None = None,
    identifier: str | None = None,
    account: str = ACCOUNT,
    region: str = "eu-west-1",
    params: dict[str, object] | None = None,
    **more: object,
) -> bytes:
    """A record as this project writes it; the number makes its id and its time."""
    time = time or START + timedelta(milliseconds=number * 7)
    content: dict[str, object] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE123",
            "arn": f"arn:aws:iam::{account}:user/ada",
            "accountId": account,
            "accessKeyId": "AKIAEXAMPLEEXAMPLE12",
            "userName": "ada",
        },
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sqs.amazonaws.com",
        "eventName": action,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "a test",
        "requestParameters": params if params is not None else {"queueName": f"queue-{number}"},
        "responseElements": None,
        "requestID": f"r-{number}",
        "eventID": identifier or event_id(time, number),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        **more,
    }
    return msgspec.json.encode(content)


def entry(number: int, **more: object) -> Entry:
    """An entry with all its parts, its sealed part secret."""
    sealed = msgspec.json.encode({"params": {"password": SECRET.decode(), "n": number}})
    note = msgspec.json.encode({"params": {"keys": [f"key-{number}"]}})
    made = Entry(record=record(number), note=note, sealed=sealed, root=None)
    return msgspec.structs.replace(made, **more)


def entries(first: int, count: int) -> list[Entry]:
    """So many entries, one after the other."""
    return [entry(number) for number in range(first, first + count)]


def id_of(made: Entry | bytes) -> str:
    """The event id of a made entry or record."""
    data = made if isinstance(made, bytes) else made.record
    return str(json.loads(data)["eventID"])


def foreign(number: int, seed: int = 7, **more: object) -> bytes:
    """A record as CloudTrail delivers it: a random id, three to a second."""
    chance = random.Random(seed * 1_000_003 + number)
    text = f"{chance.getrandbits(128):032x}"
    identifier = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"
    time = START + timedelta(seconds=number // 3)
    return record(number, time=time, identifier=identifier, **more)  # type: ignore[arg-type]


def write_lines(path: Path, records: Iterable[bytes]) -> Path:
    """Records as JSON lines."""
    with path.open("wb") as file:
        file.writelines(one + b"\n" for one in records)
    return path


def write_trail(path: Path, records: Iterable[bytes]) -> Path:
    """Records as one of CloudTrail's files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b'{"Records":[' + b",".join(records) + b"]}"))
    return path
