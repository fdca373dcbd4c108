"""Sessions as units: which records are whose, and what came out of whom, whatever the order and however long."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

from backtrail.actors import Confidence, Lineage, Rule, Session
from backtrail_cli.lineages import Family

from .test_actors import ACCOUNT, assume, record, role, user


def family(records: Iterable[dict[str, Any]]) -> Family:
    """The sessions of some records."""
    lineage = Lineage()
    for one in records:
        lineage.learn(json.dumps(one).encode())
    return Family(lineage.sessions(), lineage.doubtful(), lineage.session_of_actor)


def named(found: Family, name: str) -> Session:
    """The one session of a name."""
    (one,) = [one for one in found.sessions if one.name == name]
    return one


def at(second: int) -> str:
    """A time."""
    return f"2026-03-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def chained(length: int) -> list[dict[str, Any]]:
    """eve assumes a role, that assumes the next, and so on."""
    made: list[dict[str, Any]] = []
    caller = user()
    for step in range(length):
        name, key = f"r{step}", f"ASIA{step:04}"
        made.append(assume(caller, name, "s", key, f"e{step}", eventTime=at(step)))
        caller = role(name, "s", key, at(step))
    return [*made, record(caller, eventID="last", eventTime=at(length), eventName="DeleteBucket")]


def test_a_chain_of_any_length_leads_to_the_one_who_began() -> None:
    """AWS bounds the time of a chain of roles, not its length: a hundred are a hundred steps, all certain."""
    records = chained(100)
    found = family(records)
    last = named(found, "r99/s")
    assert found.root(last) == ("user eve", Confidence.CERTAIN, "")
    assert len(found.path(last)) == 101
    assert {one.name for one in found.closure(found.of_actor("eve"))} == {
        "eve",
        *(f"r{n}/s" for n in range(100)),
    }


def test_the_chain_of_a_record_is_as_long() -> None:
    """`who` goes as far back as `sessions`."""
    from backtrail.actors import Sessions

    sessions = Sessions()
    records = chained(100)
    for one in records:
        sessions.learn(one)
    links = sessions.chain(records[-1])
    assert (len(links), links[-1].actor.name, links[-1].confidence) == (101, "eve", Confidence.CERTAIN)


def test_the_order_in_which_records_arrive_is_of_no_matter() -> None:
    """Shuffled, the same sessions have the same ids, keys, parents and counts."""
    records = [*chained(12), assume(user("bob"), "r3", "t", "ASIA9000", "e100", eventTime=at(50))]
    wanted = family(records).sessions
    for seed in range(5):
        mixed = list(records)
        random.Random(seed).shuffle(mixed)
        again = family(mixed).sessions
        assert [(one.id, one.keys, one.origin, one.records) for one in again] == [
            (one.id, one.keys, one.origin, one.records) for one in wanted
        ]


def test_times_out_of_order_change_no_link() -> None:
    """A call whose record says it was made before its session began (another host's clock) is that session's all the
    same."""
    records = [
        assume(user(), "one", "s", "ASIA1", "e1", eventTime=at(10)),
        record(role("one", "s", "ASIA1", at(10)), eventID="e2", eventTime=at(8)),
    ]
    found = family(records)
    one = named(found, "one/s")
    assert (one.records, one.first, found.root(one)[0]) == (1, at(8), "user eve")


def test_two_sessions_of_one_name_are_two() -> None:
    """The same role and name, begun at two times by two people: each record is its own session's, each leads to its
    own caller."""
    records = [
        assume(user("eve"), "one", "s", "ASIA1", "e1", eventTime=at(1)),
        assume(user("bob"), "one", "s", "ASIA2", "e2", eventTime=at(60)),
        record(role("one", "s", "ASIA1", at(1)), eventID="e3"),
        record(role("one", "s", "ASIA2", at(60)), eventID="e4"),
        record(role("one", "s", "ASIA2", at(60)), eventID="e5"),
    ]
    found = family(records)
    both = [one for one in found.sessions if one.name == "one/s"]
    assert [(one.records, found.root(one)[0]) for one in both] == [(1, "user eve"), (2, "user bob")]


def test_the_same_name_in_two_accounts_is_two() -> None:
    """A role of another account is another role."""
    other = role("one", "s", "ASIA2")
    other = json.loads(json.dumps(other).replace(ACCOUNT, "999999999999").replace("AROAone", "AROAother"))
    found = family([record(role("one", "s", "ASIA1")), record(other, eventID="e9")])
    assert {one.account for one in found.sessions} == {ACCOUNT, "999999999999"}


def test_a_circle_of_sessions_has_no_root() -> None:
    """Two sessions that seem to have given each other their keys lead to nobody, and say why."""
    one, two = role("one", "s", "ASIA1"), role("two", "s", "ASIA2")
    records = [assume(one, "two", "s", "ASIA2", "e1"), assume(two, "one", "s", "ASIA1", "e2")]
    found = family(records)
    who, sure, missing = found.root(named(found, "one/s"))
    assert (who, sure) == ("", Confidence.UNKNOWN)
    assert "circle" in missing
    assert len(found.path(named(found, "one/s"))) == 2
    assert len(found.closure([named(found, "one/s")])) == 2


def test_a_key_is_one_session_s() -> None:
    """A temporary key that two principals show proves nothing: it is neither's, and is said to be doubtful."""
    records = [
        record(role("one", "s", "ASIAX")),
        record(role("two", "s", "ASIAX"), eventID="e2"),
        record(role("three", "s", "ASIAY"), eventID="e3"),
    ]
    found = family(records)
    assert found.doubtful == ["ASIAX"]
    assert [key for one in found.sessions for key in one.keys] == ["ASIAY"]


BY_LAMBDA = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
MAKES = record(
    user(), eventName="CreateFunction20150331", eventID="made", responseElements={"functionName": "tidy"}
)


def test_a_function_s_session_leads_to_who_made_the_function() -> None:
    """Lambda assumed the role for it: likely, for another may have had the name before."""
    given = assume(BY_LAMBDA, "worker", "tidy", "ASIA1", "e1")
    found = family([MAKES, given, record(role("worker", "tidy", "ASIA1"), eventID="e2")])
    one = named(found, "worker/tidy")
    assert (one.origin.rule, one.origin.confidence) == (Rule.FUNCTION, Confidence.LIKELY)
    assert found.root(one)[0] == "user eve"


def test_without_lambda_s_record_a_name_is_a_hint() -> None:
    """Anybody may call a session as a function is called: only possible."""
    found = family([MAKES, record(role("worker", "tidy", "ASIA1"), eventID="e2")])
    origin = named(found, "worker/tidy").origin
    assert (origin.rule, origin.confidence) == (Rule.FUNCTION, Confidence.POSSIBLE)


def test_a_task_s_session_leads_to_who_ran_it() -> None:
    """ECS names a task's session after the task."""
    task = "0f0f0f0f0f0f4f0f8f0f0f0f0f0f0f0f"
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/main/{task}"
    ran = record(user(), eventName="RunTask", eventID="ran", responseElements={"tasks": [{"taskArn": arn}]})
    service = {"type": "AWSService", "invokedBy": "ecs-tasks.amazonaws.com"}
    given = assume(service, "worker", task, "ASIA1", "e1")
    found = family([ran, given, record(role("worker", task, "ASIA1"), eventID="e2")])
    one = named(found, f"worker/{task}")
    assert (one.origin.rule, one.origin.confidence, found.root(one)[0]) == (
        Rule.TASK,
        Confidence.CERTAIN,
        "user eve",
    )


def test_a_role_made_for_a_service_is_possibly_that_service_s() -> None:
    """A snapshot manager's role with `invokedBy`: only possible, for people may assume it; a service-linked one is
    likely."""
    for where, sure in (("service-role", Confidence.POSSIBLE), ("aws-service-role/dlm", Confidence.LIKELY)):
        identity = role("dlm", "dlm", "ASIA1", invokedBy="dlm.amazonaws.com")
        identity["sessionContext"]["sessionIssuer"]["arn"] = f"arn:aws:iam::{ACCOUNT}:role/{where}/dlm"
        origin = named(family([record(identity)]), "dlm/dlm").origin
        assert (origin.rule, origin.confidence, origin.behind) == (Rule.STATED, sure, "dlm.amazonaws.com")
        assert origin.missing and "ASIA1" in origin.missing


def test_a_masked_key_is_nothing_to_look_for() -> None:
    """What is missing is then named by the session."""
    found = family([record(role("one", "s", "ASIA****************"))])
    missing = named(found, "one/s").origin.missing
    assert missing is not None and missing.startswith("no record gave the session one/s")
