"""Comparing two records of one call: their members and the forms of their values, never what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

NOT_OURS = {
    "eventVersion": "the era's",
    "tlsDetails": "the connection's",
    "vpcEndpointId": "the network's: nothing here goes through an endpoint of a VPC",
    "vpcEndpointAccountId": "the network's",
    "sessionCredentialFromConsole": "the console's",
    "sharedEventID": "of the copies that a delivery makes for each account; the log has one record",
}
"""Members that no call decides, and why."""

OLD = 6
"""The minor version before which records had less. 1.06 of 2018 has `readOnly` and `managementEvent` always."""

ALLOWED = [
    (r"s[t3].*", r"(resources|additionalEventData)( .*|\..*)", OLD, "older S3 records lack them"),
    (r".*", r"(eventCategory|managementEvent|readOnly|recipientAccountId|requestID) is not in .*", OLD,
     "of later versions"),
    (r"(iam|sts).*", r"event(ID|Type) is not in .*", OLD, "AWS's oldest samples, of 2014"),
    (r"iam.*", r"responseElements\.user\.userId is .* 'EXAMPLEUSERID'", OLD, "a sample's placeholder"),
    (r"sqs.*", r"(eventType|eventCategory|managementEvent|readOnly|recipientAccountId|resources) is not in .*", 7,
     "AWS's samples of SQS, of 2018, end at the event's id"),
    (r"s3.*", r"requestParameters\.\w+ is .*, really list .*", OLD, "1.03 to 1.05 wrote flags as lists of one"),
    (r"s3.*", r"requestParameters\.[Hh]ost .*", OLD, "1.05 wrote `host` as a list of one, samples leave it out"),
    (r"s3.*", r"requestParameters is .*, really NoneType .*", OLD, "the console's ListBuckets had none"),
    (r"s3.*", r"userAgent is .*", OLD, "the console's agent stood without brackets, as AWS's do today"),
    (r"sts.*", r"responseElements\.assumedRoleUser is not in the real one", None,
     "an AWS service's own AssumeRole shows it in 90 of 152 records, and not in 62"),
    (r"sts.*", r"responseElements\.credentials\.sessionToken is .*", None,
     "a secret: AWS shows it, publishers redact it, here it is sealed"),
]  # fmt: skip
"""Action, difference, the minor version of the real record below which it is allowed (None: always), why."""

_SHAPES = [
    (re.compile(r"arn:[\w-]+:\w[\w-]*:[\w-]*:(\d{12}|aws)?:.*", re.S), "arn"),
    (re.compile(r"A[A-Z]{3}[A-Z0-9]{12,17}(:.*)?"), "id"),
    (re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4},? .*"), "worded time"),
    (re.compile(r"\d{4}-\d\d-\d\dT.*"), "iso time"),
    (re.compile(r"[{\[].*", re.S), "json"),
    (re.compile(r"%7B.*", re.S), "encoded json"),
    (re.compile(r"\d{12}"), "account"),
    (re.compile(r""), "empty"),
]


def differences(real: Json, ours: Json) -> list[str]:
    """Members that only one of two records has, and values of another form, but for what may differ."""
    minor = int(str(real.get("eventVersion", "1.08")).partition(".")[2])
    name = f"{real['eventSource'].partition('.')[0]}:{real['eventName']}"
    return [text for text in _differences("", real, ours) if not _allowed(name, text, minor)]


def words(message: str) -> str:
    """A message without what it names: ARNs, quoted names, identifiers, numbers."""
    return _NAMED.sub("_", message)


_NAMED = re.compile(r"arn:\S+|'[^']*'|`[^`]*`|\"[^\"]*\"|\S*[\d/:_*-]\S*")


def _allowed(name: str, text: str, minor: int) -> bool:
    return any(
        re.fullmatch(action, name)
        and re.fullmatch(difference, text, re.S)
        and (below is None or minor < below)
        for action, difference, below, _ in ALLOWED
    )


def form(value: object) -> str:
    """What a value looks like, whatever it says."""
    if isinstance(value, str):
        return next((name for pattern, name in _SHAPES if pattern.fullmatch(value)), "text")
    return type(value).__name__


def _differences(path: str, real: Any, ours: Any) -> Iterator[str]:
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted({*real, *ours} - (set[str]() if path else NOT_OURS.keys())):
            where = f"{path}.{key}" if path else key
            if key not in ours:
                yield f"{where} is missing"
            elif key not in real:
                yield f"{where} is not in the real one"
            else:
                yield from _differences(where, real[key], ours[key])
    elif isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours):
            yield f"{path} has {len(ours)} items, really {len(real)}"
        for one, other in zip(real, ours, strict=False):
            yield from _differences(f"{path}[]", one, other)
    elif form(real) != form(ours):
        yield f"{path} is {form(ours)} {str(ours)[:60]!r}, really {form(real)} {str(real)[:60]!r}"
