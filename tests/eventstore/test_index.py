"""Questions to the log: who did what, which records touch what, whose account it is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from backtrail import mentions
from backtrail.mentions import Declared, Verb
from backtrail.store import Entry
from backtrail_eventstore import Filters, SqliteStore, checkpoints, cursor, derived, import_trails
from backtrail_eventstore.words import arn_parts

from .making import ACCOUNT, START, entry, id_of, record

ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/builder"

CLUSTER = f"arn:aws:frobnicator:eu-west-1:{ACCOUNT}:widget-cluster/wc-main"


def call(number: int, source: str, action: str, **more: object) -> Entry:
    """A call of some service."""
    return Entry(record=record(number, action=action, eventSource=f"{source}.amazonaws.com", **more))  # type: ignore[arg-type]


STORY = [
    call(0, "iam", "CreateRole", params={"roleName": "builder"},
         responseElements={"role": {"arn": ROLE, "roleName": "builder"}}),
    call(1, "sts", "AssumeRole", params={"roleArn": ROLE, "roleSessionName": "s"}, readOnly=True,
         responseElements={"credentials": {"accessKeyId": "ASIAEXAMPLEEXAMPLE77"}}),
    call(2, "s3", "CreateBucket", params={"bucketName": "logs-bucket"}, region="us-east-1"),
    call(3, "s3", "PutObject", params={"bucketName": "logs-bucket", "key": "a/b.txt"},
         resources=[{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs-bucket/a/b.txt"}]),
    call(4, "s3", "DeleteBucket", params={"bucketName": "logs-bucket"}, errorCode="AccessDenied",
         errorMessage="Access Denied", sourceIPAddress="198.51.100.9"),
    call(5, "s3", "DeleteBucket", params={"bucketName": "logs-bucket"}),
    call(6, "frobnicator", "CreateWidgetCluster", params={"widgetClusterName": "wc-main"},
         responseElements={"widgetCluster": {"widgetClusterArn": CLUSTER}}),
    call(7, "iam", "DeleteRole", params={"roleName": "builder"}, account="210987654321"),
]  # fmt: skip


@pytest.fixture
async def story(store: SqliteStore) -> SqliteStore:
    """A log with a little story in it."""
    await store.append(STORY)
    return store


async def actions(store: SqliteStore, **filters: object) -> list[str]:
    """The actions that a question finds, newest first."""
    return [one.action for one in await store.index.events(Filters(**filters))]  # type: ignore[arg-type]


async def test_events_by_every_column(story: SqliteStore) -> None:
    """Each filter finds its records and no others; filters combine."""
    at = START + timedelta(milliseconds=21)
    assert await actions(story, source="iam.amazonaws.com") == ["DeleteRole", "CreateRole"]
    assert await actions(story, action="DeleteBucket") == ["DeleteBucket", "DeleteBucket"]
    assert await actions(story, account="210987654321") == ["DeleteRole"]
    assert await actions(story, region="us-east-1") == ["CreateBucket"]
    assert await actions(story, principal=f"arn:aws:iam::{ACCOUNT}:user/ada", action="AssumeRole") == [
        "AssumeRole"
    ]
    assert len(await actions(story, user="ada")) == 8
    assert len(await actions(story, access_key="AKIAEXAMPLEEXAMPLE12")) == 8
    assert await actions(story, error="AccessDenied") == ["DeleteBucket"]
    assert await actions(story, error="AccessDenied", failed=False) == []
    assert await actions(story, failed=True) == ["DeleteBucket"]
    assert await actions(story, read_only=True) == ["AssumeRole"]
    assert await actions(story, ip="198.51.100.9") == ["DeleteBucket"]
    assert await actions(story, since=at, until=at) == ["PutObject"]
    assert await actions(story, action="CreateBucket", source="iam.amazonaws.com") == []
    assert await actions(story, action="never heard of") == []


async def test_an_event_says_all(story: SqliteStore) -> None:
    """What the index knows of a record is the record's."""
    (found,) = await story.index.events(Filters(error="AccessDenied"))
    assert (found.seq, found.event_id) == (5, id_of(STORY[4]))
    assert found.time == START + timedelta(milliseconds=28)
    assert (found.source, found.account, found.region) == ("s3.amazonaws.com", ACCOUNT, "eu-west-1")
    assert (found.user, found.ip, found.read_only) == ("ada", "198.51.100.9", False)


@pytest.mark.parametrize("newest_first", [True, False])
async def test_pages(story: SqliteStore, newest_first: bool) -> None:
    """Pages follow each other without gap or overlap."""
    whole = await story.index.events(newest_first=newest_first)
    pages = await story.index.events(limit=3, newest_first=newest_first)
    while more := await story.index.events(limit=3, after=cursor(pages[-1]), newest_first=newest_first):
        pages += more
    assert pages == whole and len(whole) == 8


async def test_who_touched_a_resource(story: SqliteStore) -> None:
    """Creation, uses, refused attempts and deletion of a resource, by time, also for services without a plugin."""
    touches = await story.index.touching("logs-bucket", newest_first=False)
    assert [(one.action, one.verb) for one in touches if one.verb is not Verb.TOUCHED] == [
        ("CreateBucket", Verb.CREATED), ("DeleteBucket", Verb.REFUSED), ("DeleteBucket", Verb.DELETED),
    ]  # fmt: skip
    who = await story.index.who("logs-bucket", Verb.DELETED)
    assert who is not None and (who.seq, who.user) == (6, "ada")
    created = await story.index.who("wc-main", Verb.CREATED)
    assert created is not None and created.source == "frobnicator.amazonaws.com"
    assert await story.index.who("logs-bucket", Verb.CREATED) != await story.index.who(
        "wc-main", Verb.CREATED
    )
    assert await story.index.who("nothing", Verb.DELETED) is None
    assert [one.action for one in await story.index.history("builder")] == ["CreateRole", "DeleteRole"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("builder", "CreateRole"),
        (ROLE, "CreateRole"),
        ("role/path/builder", "CreateRole"),
        ("wc-main", "CreateWidgetCluster"),
        ("widget-cluster/wc-main", "CreateWidgetCluster"),
        (CLUSTER, "CreateWidgetCluster"),
        ("logs-bucket/a/b.txt", "PutObject"),
        ("arn:aws:s3:::logs-bucket/a/b.txt", "PutObject"),
        ("arn:aws:s3:::logs-bucket", "CreateBucket"),
        ("logs-bucket/*", "PutObject"),
        ("arn:aws:s3:::logs-bucket/a/*", "PutObject"),
    ],
)
async def test_how_people_name_things(story: SqliteStore, name: str, found: str) -> None:
    """A bare name, an ARN, its resource part, `bucket/key` and a prefix all find the record."""
    touches = await story.index.touching(name)
    assert found in [one.action for one in touches]


async def test_a_record_is_told_once(story: SqliteStore) -> None:
    """A record that names a resource in several spellings is one touch for each verb."""
    touches = await story.index.touching(ROLE)
    assert len({(one.seq, one.verb) for one in touches}) == len(touches)


async def test_touches_in_pages(store: SqliteStore) -> None:
    """A resource with many touches is read page by page."""
    await store.append(
        [call(n, "s3", "GetObject", params={"bucketName": "b-1", "key": "k"}) for n in range(25)]
    )
    pages = await store.index.touching("b-1", [Verb.TOUCHED], limit=10)
    while more := await store.index.touching("b-1", [Verb.TOUCHED], limit=10, after=cursor(pages[-1])):
        pages += more
    assert [one.seq for one in pages] == list(range(25, 0, -1))


async def test_what_the_note_names_is_found(store: SqliteStore) -> None:
    """What CloudTrail leaves out and the note keeps is indexed as well."""
    note = json.dumps({"wholeParams": {"bucketName": "noted-bucket"}}).encode()
    made = call(0, "s3", "DeleteBucket", requestParameters=None)
    await store.append([Entry(record=made.record, note=note)])
    who = await store.index.who("noted-bucket", Verb.DELETED)
    assert who is not None and who.seq == 1


async def test_who_gave_a_key(story: SqliteStore) -> None:
    """The record that gave an access key to somebody is found by the key."""
    assert await story.index.issuers(["ASIAEXAMPLEEXAMPLE77"]) == [2]
    assert await story.index.issuers(["ASIAOTHER"]) == []


async def test_the_most_frequent_recipient(store: SqliteStore) -> None:
    """The account that most records belong to, counted as the log grows; none in an empty log."""
    assert await store.index.most_frequent_recipient() is None
    await store.append([call(n, "s3", "X", account="111111111111") for n in range(2)])
    assert await store.index.most_frequent_recipient() == "111111111111"
    await store.append([call(n, "s3", "X", account="222222222222") for n in range(2, 5)])
    assert await store.index.most_frequent_recipient() == "222222222222"
    assert await store.index.recipients() == {"222222222222": 3, "111111111111": 2}


async def test_a_plugins_own_word(store: SqliteStore) -> None:
    """A declaration says what the general rules cannot know."""
    store.index.declare(
        {("frobnicator.amazonaws.com", "Twiddle"): Declared(deleted=("requestParameters.thing",), only=True)}
    )
    await store.append([call(0, "frobnicator", "Twiddle", params={"thing": "thing-1"})])
    assert await store.index.who("thing-1", Verb.DELETED) is not None


async def test_the_index_may_be_deleted(path: Path) -> None:
    """Answers and order are the same after the derived file was deleted, damaged, or of another version or log."""
    async with SqliteStore.open(str(path)) as store:
        await store.append(STORY)
        expected = await store.index.touching("logs-bucket"), await store.index.events()
    index = path.with_name("account.index.db")

    def change(statement: str) -> None:
        with sqlite3.connect(index) as connection:
            connection.execute(statement)
        connection.close()

    def cut(size: int) -> None:
        index.write_bytes(index.read_bytes()[:size])

    spoils: list[Callable[[], None]] = [
        index.unlink,
        partial(cut, 0),
        partial(cut, 5000),
        partial(change, "update mark set value = 99 where name = 'version'"),
        partial(change, "update mark set value = 'other' where name = 'log'"),
        partial(change, "update mark set value = x'00' where name = 'hash'"),
    ]
    for spoil in spoils:
        spoil()
        async with SqliteStore.open(str(path), mode="read") as store:
            assert (await store.index.touching("logs-bucket"), await store.index.events()) == expected


async def test_the_index_resumes_and_is_shared(path: Path) -> None:
    """Writer and readers extend one index, each from where the last one stopped."""
    async with SqliteStore.open(str(path)) as writer, SqliteStore.open(str(path), mode="read") as reader:
        for number in range(0, 40, 2):
            await writer.append([entry(number), entry(number + 1)])
            for store in (reader, writer) if number % 4 else (writer, reader):
                assert len(await store.index.events(limit=1000)) == number + 2
        assert len([one async for some in reader.replay() for one in some]) == 40


async def test_an_index_that_breaks_in_use(path: Path) -> None:
    """Damage that only a question meets costs the index, not the answer."""
    async with SqliteStore.open(str(path)) as store:
        await store.append([entry(number) for number in range(300)])
        await store.index.refresh()
    index = path.with_name("account.index.db")
    data = bytearray(index.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 100] = b"\xff" * 100
    index.write_bytes(data)
    async with SqliteStore.open(str(path), mode="read") as store:
        assert len(await store.index.events(limit=1000)) == 300
        assert len(await store.index.touching("queue-7")) == 1


async def test_a_record_that_breaks_a_rule(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record whose mentions cannot be read is an event all the same, and is reported."""
    real = mentions.mentions

    def broken(content: dict[str, object], declared: object) -> list[mentions.Mention]:
        if content["eventName"] == "Broken":
            raise TypeError("made for this test")
        return real(content)

    monkeypatch.setattr(mentions, "mentions", broken)
    await store.append([entry(0), call(1, "s3", "Broken"), entry(2)])
    assert await store.index.unread() == [(2, "TypeError: made for this test")]
    assert len(await store.index.events()) == 3
    assert len(await store.index.touching("queue-2")) == 1


async def test_the_index_grows_while_nobody_writes(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the log is idle, the index catches up by itself."""
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.01)
    await store.append([entry(number) for number in range(250)])
    for _ in range(200):
        await asyncio.sleep(0.02)
        if await store.index.run(derived.position, "audit") == 250:
            break
    else:
        pytest.fail("the index did not catch up")


async def test_the_ledger_of_a_real_incident(store: SqliteStore, trails: Path) -> None:
    """Asked who created and who deleted each of its resources, a real incident's log names the right events."""
    await import_trails(store, [trails / "incident-a.jsonl"])
    ledger = json.loads((trails / "incident-a.ledger.json").read_bytes())
    wrong: list[str] = []
    for row in ledger if isinstance(ledger, list) else ledger["resources"]:
        history = await store.index.history(row["id"])
        named = {(one.event_id, one.verb) for one in history}
        for what, verb in (("created", Verb.CREATED), ("deleted", Verb.DELETED)):
            if row[what] and (row[what]["eventID"], verb) not in named:
                wrong.append(f"{row['type']} {row['id']} {what}")
    assert wrong == []


def test_arn_parts() -> None:
    """An ARN's resource part and its last segment; nothing of what is no ARN."""
    assert arn_parts("arn:aws:iam::1:role/a/b") == ("role/a/b", "b")
    assert arn_parts("arn:aws:sns:r:1:topic") == ("topic", "topic")
    assert arn_parts("arn:aws:lambda:r:1:function:f:7") == ("function:f:7", "7")
    assert arn_parts("arn:aws:s3:::bucket/") == ("bucket/", None)
    assert arn_parts("arn:short") == arn_parts("bucket/key") == (None, None)


async def test_a_replay_of_what_is_worth_it(story: SqliteStore) -> None:
    """Only those entries come of which source and action say that they are wanted, in fold order."""
    asked: list[tuple[str, str]] = []

    def worth(source: str, action: str) -> bool:
        asked.append((source, action))
        return source == "s3.amazonaws.com"

    async def seqs(after: int, batch: int) -> list[int]:
        return [one.seq async for some in story.replay(after=after, batch=batch, worth=worth) for one in some]

    whole = [one.seq async for some in story.replay() for one in some]
    assert await seqs(0, 1000) == [3, 4, 5, 6] == [seq for seq in whole if seq in (3, 4, 5, 6)]
    assert asked.count(("iam.amazonaws.com", "CreateRole")) == 1
    assert await seqs(0, 1) == [3, 4, 5, 6]
    assert await seqs(4, 2) == [5, 6]
    assert await seqs(8, 2) == []


async def test_distance(story: SqliteStore) -> None:
    """How far a moment lies from an entry is counted, but no further than somebody cares."""
    assert await story.index.distance(0, None, 100) == len(STORY)
    assert await story.index.distance(3, None, 100) == len(STORY) - 3
    assert await story.index.distance(0, None, 2) == 2
    assert await story.index.distance(len(STORY), None, 2) == 0
