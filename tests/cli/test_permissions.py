"""`can`, `why-denied`, `least`: who may what, by which statement, and who put it there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from .conftest import Ask, Run

ACCOUNT = "123456789012"
EVE = f"arn:aws:iam::{ACCOUNT}:user/eve"
STATEMENT = {"policy", "kind", "statement", "sid", "effect", "through", "put_by"}


def policy(effect: str, action: Any, resource: Any = "*", **more: Any) -> str:
    """A policy of one statement."""
    statement = {"Sid": "Only", "Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def _serving(path: Path) -> Iterator[BackgroundServer]:
    """A server of a log, for as long as it is asked."""
    server = BackgroundServer(Options(port=0, log=path)).start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of our own: eve may send to one queue through her group, and read one bucket; she tried more."""
    path = tmp_path_factory.mktemp("made") / "account.db"
    with _serving(path) as server:

        def client(service: str, key: str = "test", secret: str = "test") -> Any:
            return boto3.client(
                service, endpoint_url=server.endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
                region_name="us-east-1",
            )  # fmt: skip

        iam, sqs, s3 = client("iam"), client("sqs"), client("s3")
        url = sqs.create_queue(QueueName="work")["QueueUrl"]
        s3.create_bucket(Bucket="box")
        s3.put_object(Bucket="box", Key="k", Body=b"x")
        iam.create_user(UserName="eve")
        iam.create_group(GroupName="senders")
        arn = iam.create_policy(
            PolicyName="send",
            PolicyDocument=policy("Allow", "sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:work"),
        )["Policy"]["Arn"]
        iam.attach_group_policy(GroupName="senders", PolicyArn=arn)
        iam.add_user_to_group(GroupName="senders", UserName="eve")
        office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
        iam.put_user_policy(
            UserName="eve",
            PolicyName="office",
            PolicyDocument=policy("Allow", "s3:DeleteObject", Condition=office),
        )
        iam.put_user_policy(UserName="eve", PolicyName="read", PolicyDocument=policy("Allow", "s3:Get*"))
        principal = {"AWS": EVE}
        s3.put_bucket_policy(
            Bucket="box",
            Policy=policy("Deny", "s3:GetObject", "arn:aws:s3:::box/secret/*", Principal=principal),
        )
        given = iam.create_access_key(UserName="eve")["AccessKey"]
        eve = (given["AccessKeyId"], given["SecretAccessKey"])
        client("sqs", *eve).send_message(QueueUrl=url, MessageBody="hello")
        client("s3", *eve).get_object(Bucket="box", Key="k")
        attempts: list[Callable[[], Any]] = [
            lambda: client("sqs", *eve).purge_queue(QueueUrl=url),
            lambda: client("s3", *eve).get_object(Bucket="box", Key="secret/k"),
            lambda: client("s3", *eve).delete_object(Bucket="box", Key="a b"),
        ]
        for attempt in attempts:
            with pytest.raises(ClientError):
                attempt()
    return path


def actions(answer: dict[str, Any]) -> list[str]:
    """The actions of the records behind the first statement."""
    return [put["action"] for put in answer["statements"][0]["put_by"]]


def test_an_allow_is_traced_to_its_records(ask: Ask, made: Path) -> None:
    """The statement, its policy, through which group it counts, and the three records behind it, in order."""
    answer = ask("can", "eve", "sqs:SendMessage", "work", "--log", made)
    assert (answer["answer"], answer["principal"]) == ("allowed", EVE)
    assert answer["resource"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
    (statement,) = answer["statements"]
    assert set(statement) == STATEMENT
    assert (statement["sid"], statement["effect"], statement["statement"]) == ("Only", "Allow", 0)
    assert statement["through"] == f"arn:aws:iam::{ACCOUNT}:group/senders"
    assert actions(answer) == ["CreatePolicy", "AttachGroupPolicy", "AddUserToGroup"]
    assert {put["by"] for put in statement["put_by"]} == {f"arn:aws:iam::{ACCOUNT}:root"}


def test_a_deny_is_traced_to_the_resources_policy(ask: Ask, made: Path) -> None:
    """A bucket's policy denies what the user's own allows."""
    answer = ask("can", "eve", "s3:GetObject", "box/secret/x", "--log", made, code=1)
    assert (answer["answer"], answer["decision"]) == ("denied", "explicitDeny")
    assert answer["statements"][0]["kind"] == "resource-based policy"
    assert actions(answer) == ["PutBucketPolicy"]
    assert ask("can", "eve", "s3:GetObject", "box/k", "--log", made)["answer"] == "allowed"


def test_a_denial_without_statement_says_what_was_asked_for(ask: Ask, made: Path) -> None:
    """Nothing allows: no statement decided, and the keys that a condition asked for in vain are told."""
    answer = ask("can", "user/eve", "s3:DeleteObject", "box/k", "--log", made, code=1)
    assert (answer["decision"], answer["statements"]) == ("implicitDeny", [])
    assert answer["absent_keys"] == ["aws:sourceip"]
    given = ask(
        "can", EVE, "s3:DeleteObject", "box/k", "--context", "aws:SourceIp=203.0.113.9", "--log", made
    )
    assert actions(given) == ["PutUserPolicy"]


def test_root_and_services_are_asked_about_too(ask: Ask, made: Path) -> None:
    """The root may everything of its own; a service what a resource's policy lets it."""
    assert ask("can", "root", "sqs:PurgeQueue", "work", "--log", made)["answer"] == "allowed"
    denied = ask("can", "sns.amazonaws.com", "sqs:SendMessage", "work", "--log", made, code=1)
    assert denied["reason"].endswith("because no resource-based policy allows the sqs:SendMessage action")


def test_before_it_was_given_it_was_denied(run: Run, ask: Ask, made: Path) -> None:
    """As of the moment before the policy was attached, nothing allows."""
    events = ask("events", "--action", "AttachGroupPolicy", "--log", made)["events"]
    before = ask("events", "--action", "CreateGroup", "--log", made)["events"][0]["time"]
    assert before < events[0]["time"]
    answer = ask("can", "eve", "sqs:SendMessage", "work", "--at", before, "--log", made, code=1)
    assert answer["answer"] == "denied"
    shown = run("can", "eve", "sqs:SendMessage", "work", "--log", made).output
    assert "through arn:aws:iam::123456789012:group/senders" in shown
    assert "attached " in shown


def test_denials_of_our_own_are_explained(run: Run, ask: Ask, made: Path) -> None:
    """Evaluated again as of then: a statement that denied, and one where nothing allowed."""
    found = ask("events", "--error", "any", "--log", made)["events"]
    ids = {event["action"]: event["event_id"] for event in found}
    queue = ask("why-denied", ids["PurgeQueue"], "--log", made)
    (answer,) = queue["answers"]
    assert (answer["action"].lower(), answer["decision"]) == ("sqs:purgequeue", "implicitDeny")
    assert answer["resource"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
    bucket = ask("why-denied", ids["GetObject"], "--log", made)
    (answer,) = bucket["answers"]
    assert (answer["resource"], answer["decision"]) == ("arn:aws:s3:::box/secret/k", "explicitDeny")
    assert actions(answer) == ["PutBucketPolicy"]
    assert "PutBucketPolicy" in run("why-denied", ids["GetObject"], "--log", made).output


def test_a_resource_that_the_message_quotes_is_asked_about(ask: Ask, made: Path) -> None:
    """S3 puts the resource in quotation marks: the denial is explained for that object, not for any."""
    found = ask("events", "--action", "DeleteObject", "--log", made)["events"]
    (answer,) = ask("why-denied", found[0]["event_id"], "--log", made)["answers"]
    assert (answer["resource"], answer["decision"]) == ("arn:aws:s3:::box/a b", "implicitDeny")


def test_what_was_not_denied_is_said_so(run: Run, ask: Ask, made: Path) -> None:
    """An event that is not there, one that was answered; in JSON too."""
    gone = ask("why-denied", "nonsense", "--log", made, code=1)
    assert (gone["event_id"], gone["error"], gone["answers"]) == ("nonsense", None, [])
    assert "no event" in run("why-denied", "nonsense", "--log", made).output
    event = ask("events", "--action", "CreateUser", "--log", made)["events"][0]["event_id"]
    result = run("why-denied", event, "--log", made)
    assert (result.exit_code, "was not denied" in result.output) == (1, True)


def test_the_least_policy_is_enough(ask: Ask, made: Path) -> None:
    """What eve did, and no more, on the resources that she did it on."""
    answer = ask("least", "eve", "--log", made)
    assert answer["calls"] == 2
    assert answer["policy"]["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::box/k"]},
        {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Resource": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"],
        },
    ]
    assert answer["unresolved"] == []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (("can", "adam", "s3:GetObject"), "no user or role of this log is called 'adam'"),
        (("can", "evee", "s3:GetObject"), "did you mean eve"),
        (("can", "eve", "GetObject"), "is no action"),
        (("can", "eve", "s4:GetObject"), "AWS has no service 's4'"),
        (("can", "eve", "s3:GetObject", "nothing"), "no resource of this log is called"),
        (("can", "eve", "s3:GetObject", "--context", "x"), "is not KEY=VALUE"),
        (("can", "AKIAAAAAAAAAAAAAAAAA1", "s3:GetObject"), "no user or role"),
        (("can", "arn:aws:s3:::box", "s3:GetObject"), "is no user, role, session or root"),
        (("least", "adam"), "no user or role"),
    ],
)
def test_questions_that_make_no_sense_are_one_line(
    run: Run, made: Path, question: tuple[str, ...], words: str
) -> None:
    """Exit code 2, and what to write instead."""
    result = run(*question, "--log", made)
    assert result.exit_code == 2
    assert words in result.output


# foreign trails


def test_a_shipped_incident_is_asked(ask: Ask, case: Path) -> None:
    """What stood before the trail began is unknown; what a record gave is allowed, and traced to it."""
    answer = ask("can", "mara", "s3:GetObject", "kestrel-access-logs/x", "--log", case)
    assert answer["answer"] == "allowed"
    assert actions(answer) == ["AttachUserPolicy"]


def test_a_real_trail_is_asked(ask: Ask, run: Run, trails: Path, tmp_path: Path) -> None:
    """Allowed, denied and unknown, as of any moment; the denial of a real record agrees with AWS's."""
    log = tmp_path / "case.db"
    run("import", trails / "incident-a.jsonl", "--log", log)
    role = "stratus-red-team-ec2-steal-credentials-role"
    allowed = ask("can", role, "ec2:DescribeInstances", "--at", "2023-07-10T12:00:00", "--log", log)
    assert (allowed["answer"], actions(allowed)) == ("allowed", ["PutRolePolicy"])
    assert allowed["statements"][0]["put_by"][0]["by"].endswith(":user/bert-jan")
    denied = ask("can", role, "iam:CreateUser", "--at", "2023-07-10T12:00:00", "--log", log, code=1)
    assert denied["answer"] == "denied"
    unknown = ask("can", "bert-jan", "s3:GetObject", "--log", log, code=1)
    assert unknown["answer"] == "unknown"
    assert "had before the first record" in unknown["missing"][0]
    (left,) = ask("events", "--action", "LeaveOrganization", "--log", log)["events"]
    (answer,) = ask("why-denied", left["event_id"], "--log", log)["answers"]
    assert (answer["answer"], answer["action"]) == ("denied", "organizations:LeaveOrganization")
    least = ask("least", role, "--log", log)
    assert least["calls"] > 0
