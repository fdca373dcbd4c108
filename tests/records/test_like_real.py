"""Our records, beside real ones: each real call of the served services is decided again, as of its moment.

Where the decision ends as AWS's did, our record of it is compared; where it cannot (the bucket is older than the
trail), our record of the outcome that AWS recorded. What may differ: identifiers, times, hosts, tlsDetails, members
that the caller left out, and `ALLOWED`, each with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from .again import Again, again
from .comparing import differences, words

FILES = {
    "incident-a": 340,
    "techniques": 12,
    "production-a": 200,
    "production-b": 790,
    "denied-calls": 20,
    "classroom-2017": 11,
    "docs-examples": 10,
    "custodian": 2,
}
"""The real trails and AWS's own samples, and how many records of each must at least be compared."""
INVENTED = {
    "12345678-1234-1234-1234-123456789012": "written by hand by whoever published production-a: no host, no resources",
}
UNTOLD = "An unknown error occurred"
"""CloudTrail's message where it has none (measured: GetSessionToken refused for its MFA code)."""


@pytest.mark.parametrize(("file", "least"), FILES.items())
def test_our_records_look_like_the_real_ones(trails: Path, file: str, least: int) -> None:
    """The same members and value forms, whichever way the call ended."""
    lines = (trails / f"{file}.jsonl").read_bytes().splitlines()

    compared, different = compare(again(lines))

    assert not different, "\n".join(f"{key}: {text}" for key, text in sorted(different.items())[:40])
    assert compared.total() >= least


def test_our_refusals_have_the_real_words(trails: Path) -> None:
    """Where AWS and we refuse a call with one code, the messages are the same but for what they name."""
    different: dict[str, str] = {}
    compared: Counter[str] = Counter()
    for file in FILES:
        for one in again((trails / f"{file}.jsonl").read_bytes().splitlines()):
            code = one.real.get("errorCode")
            if not (one.agrees and code) or one.real.get("eventID") in INVENTED:
                continue
            compared[f"{one.name} {code}"] += 1
            real, ours = one.real.get("errorMessage", ""), one.ours.get("errorMessage", "")
            if words(real) not in (words(ours), UNTOLD):
                different.setdefault(f"{one.name} {code} {one.real['eventID']}", f"{ours!r}, really {real!r}")

    assert not different, "\n".join(f"{key}: {text}" for key, text in sorted(different.items()))
    assert compared.total() > 20


OWN = Path(__file__).parent / "own_records.jsonl"


def test_our_records_look_as_documented() -> None:
    """The same rule where no real trail is there, on records of our own making in the shape that AWS documents.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html,
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html
    """
    made = list(again(OWN.read_bytes().splitlines()))

    compared, different = compare(made)

    assert not different, "\n".join(f"{key}: {text}" for key, text in sorted(different.items()))
    assert compared.total() == len(OWN.read_bytes().splitlines())
    assert {one.name for one in made if not one.agrees} == {
        "iam:CreateLoginProfile"
    }  # no record tells a password
    assert {name.split(":")[0] for name in compared} == {"iam", "s3", "sqs", "sts"}


def compare(made: Iterable[Again]) -> tuple[Counter[str], dict[str, str]]:
    """How many records of each action were compared, and what differs."""
    compared: Counter[str] = Counter()
    different: dict[str, str] = {}
    for one in made:
        if one.real.get("eventID") in INVENTED:
            continue
        compared[one.name] += 1
        if found := differences(one.real, one.ours):
            different[f"{one.name} {one.real.get('eventID')}"] = "; ".join(found[:6])
    return compared, different


def test_a_difference_is_found() -> None:
    """A member too few, one too many, and a time of another form are told; a changed identifier is not."""
    real = json.loads(OWN.read_bytes().splitlines()[0])
    ours = json.loads(json.dumps(real))
    ours["eventID"], ours["requestID"] = "other", "other"
    assert differences(real, ours) == []

    del ours["requestParameters"]["userName"]
    ours["requestParameters"]["name"] = "x"
    ours["responseElements"]["user"]["createDate"] = "2026-03-02T10:00:00Z"

    assert [text.partition(" ")[0] for text in differences(real, ours)] == [
        "requestParameters.name",
        "requestParameters.userName",
        "responseElements.user.createDate",
    ]
