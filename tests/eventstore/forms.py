"""Five records in every form in which records are delivered."""

from __future__ import annotations

import gzip
import json

from backtrail_eventstore import ImportReport

from .making import foreign, id_of


def balanced(report: ImportReport) -> ImportReport:
    """The report, after its counts were added up."""
    assert report.read == report.new + report.duplicate + report.rejected
    assert sum(report.by_code.values()) == report.rejected
    return report


RECORDS = [foreign(number) for number in range(5)]
TEXTS = [one.decode() for one in RECORDS]


def _event(text: str) -> dict[str, object]:
    return {"EventId": id_of(text.encode()), "EventName": "x", "CloudTrailEvent": text}


def _bridge(text: str) -> str:
    return (
        json.dumps({"version": "0", "id": "i", "detail-type": "t", "source": "aws.sqs"})[:-1]
        + f',"detail":{text}}}'
    )


FORMS: dict[str, tuple[str, bytes]] = {
    "trail file": ("a.json", b'{"Records":[' + b",".join(RECORDS) + b"]}"),
    "trail file, packed": ("a.json.gz", gzip.compress(b'{"Records":[' + b",".join(RECORDS) + b"]}")),
    "packed, whatever its name": ("a.json", gzip.compress(b'{"Records":[' + b",".join(RECORDS) + b"]}")),
    "two packed members": (
        "a.jsonl.gz",
        gzip.compress(RECORDS[0] + b"\n") + gzip.compress(b"\n".join(RECORDS[1:])),
    ),
    "lines": ("a.jsonl", b"\n".join(RECORDS) + b"\n"),
    "lines without the last end": ("a.jsonl", b"\n".join(RECORDS)),
    "lines with returns and gaps": ("a.jsonl", b"\r\n\r\n".join(RECORDS)),
    "lines, packed": ("a.jsonl.gz", gzip.compress(b"\n".join(RECORDS))),
    "lines in a file named json": ("a.json", b"\n".join(RECORDS)),
    "a byte order mark": ("a.json", b"\xef\xbb\xbf" + b'{"Records":[' + b",".join(RECORDS) + b"]}"),
    "UTF-16": ("a.json", "\n".join(TEXTS).encode("utf-16")),
    "UTF-16 of the other order": ("a.json", b"\xfe\xff" + "\n".join(TEXTS).encode("utf-16-be")),
    "array": ("a.json", b"[" + b",\n".join(RECORDS) + b"]"),
    "pretty-printed": (
        "a.json",
        json.dumps({"Records": [json.loads(one) for one in RECORDS]}, indent=4).encode(),
    ),
    "documents without ends": ("a.json", b"".join(RECORDS)),
    "trail files, one a line": ("a.jsonl", b"\n".join(b'{"Records":[%s]}' % one for one in RECORDS)),
    "LookupEvents": (
        "a.json",
        json.dumps({"NextToken": "n", "Events": [_event(one) for one in TEXTS]}).encode(),
    ),
    "LookupEvents' array": ("a.json", json.dumps([_event(one) for one in TEXTS]).encode()),
    "EventBridge": ("a.jsonl", "\n".join(_bridge(one) for one in TEXTS).encode()),
    "EventBridge' array": ("a.json", f"[{','.join(_bridge(one) for one in TEXTS)}]".encode()),
    "CloudWatch Logs, delivered": (
        "a.json",
        json.dumps(
            {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": one} for one in TEXTS]}
        ).encode(),
    ),
    "CloudWatch Logs, asked for": (
        "a.json",
        json.dumps({"events": [{"message": one} for one in TEXTS]}).encode(),
    ),
}


def without(name: str) -> bytes:
    """The first record less one member."""
    content = json.loads(RECORDS[0])
    del content[name]
    return json.dumps(content).encode()


def with_members(**members: object) -> bytes:
    """The first record with other members."""
    return json.dumps({**json.loads(RECORDS[0]), **members}).encode()
