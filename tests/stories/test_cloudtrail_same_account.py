"""A trail of everything, delivered by one server and imported into another log: the same account, member by member."""

from __future__ import annotations

import asyncio
import base64
import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backtrail.machine import Machine
from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry
from backtrail_eventstore import SqliteStore

from .rich_account import populate
from .same_state import LOST, Lost, differences, lost
from .trails import HOUR_S, Client, advance, keys, records, trail, until

SELECTORS = [
    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    *(
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [kind]},
            ]
        }
        for kind in ("AWS::S3::Object", "AWS::Lambda::Function")
    ),
]
REGIONS = ("us-east-1", "eu-west-1")
BEFORE: list[Lost] = [
    *lost(
        "backtrail.principals",
        "how many records there were, and reads among them",
        "accounts",
        "used",
        "accessed",
    ),
    *lost("backtrail", "the clock of one log is not another's", "ahead_s"),
    *lost("backtrail.principals", "whoever looked at what was delivered", "keys"),
    *lost("s3", "made before the trail began", "buckets.logs", "counts"),
    *lost(
        "cloudtrail",
        "made before it began itself",
        "trails.arn:aws:cloudtrail:us-east-1:123456789012:trail/audit",
    ),
]
"""What this trail cannot tell: it begins after its bucket, and ends before the one who reads it."""


def test_the_account_is_the_same_elsewhere(
    endpoint: str, client: Client, server: BackgroundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every member of every State but those declared as lost; each file is what the digests say."""
    s3, cloudtrail = trail(client, EnableLogFileValidation=True, IsMultiRegionTrail=True)
    cloudtrail.put_event_selectors(TrailName="audit", AdvancedEventSelectors=SELECTORS)
    populate(client)
    last = client("sqs").create_queue(QueueName="last")["QueueUrl"]
    advance(endpoint, HOUR_S)
    until(lambda: [one for one in records(s3) if last in json.dumps(one)])
    until(lambda: all(keys(s3, f"/CloudTrail-Digest/{region}/") for region in REGIONS))

    imported = elsewhere(endpoint, client, tmp_path, monkeypatch)

    apart = differences(server.engine.machine, imported, [*LOST, *BEFORE])
    assert apart == [], "\n".join(apart)


def elsewhere(endpoint: str, client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """What the delivered files fold to in another log, straight from the bucket, checked by their digests."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    found = [client("cloudtrail", region=region).list_public_keys()["PublicKeyList"] for region in REGIONS]
    (folder / "keys.json").write_text(json.dumps({"PublicKeyList": [*chain(*found)]}, default=printed))
    command = [
        "import",
        "s3://logs/AWSLogs/",
        "--endpoint-url",
        endpoint,
        "--public-keys",
        str(folder / "keys.json"),
    ]
    done = CliRunner().invoke(cli, [*command, "--log", str(folder / "other.db"), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["rejected"] == 0 and set(report["verdicts"]) <= {"verified", "no_digest"}
    return asyncio.run(folded(folder / "other.db"))


def printed(value: Any) -> str:
    """As the AWS CLI prints what JSON has no form of."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


async def folded(path: Path) -> Machine:
    """A log's records, folded."""
    machine = Machine(registry())
    async with SqliteStore.open(str(path), mode="read") as store:
        async for entries in store.replay():
            for entry in entries:
                machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
    assert not machine.folder.broken, machine.folder.broken
    return machine
