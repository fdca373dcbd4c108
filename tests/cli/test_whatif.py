"""`backtrail whatif`: presets on an incident of the project's own making, whose policies are all known.

A build server's key leaks. From the office mara (with a second factor), web (without) and the build server itself
work; mara works from home once; a stranger uses the build server's key from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run

ACCOUNT, OFFICE, BUILD, HOME, STRANGER = (
    "111122223333",
    "198.51.100.7",
    "198.51.100.80",
    "192.0.2.9",
    "203.0.113.66",
)
ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
}


def user(name: str, *, mfa: bool | None = None) -> dict[str, Any]:
    """A user's identity: with its own key, or in a session with or without a second factor."""
    who: dict[str, Any] = {
        "type": "IAMUser",
        "principalId": f"AIDAEXAMPLE{name.upper():A<9}"[:20],
        "accountId": ACCOUNT,
        "userName": name,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accessKeyId": f"AKIAEXAMPLE{name.upper():A<9}"[:20],
    }
    if mfa is not None:
        attributes = {"creationDate": "2024-05-01T08:00:00Z", "mfaAuthenticated": str(mfa).lower()}
        who |= {
            "accessKeyId": f"ASIAEXAMPLE{name.upper():A<9}"[:20],
            "sessionContext": {"attributes": attributes},
        }
    return who


MARA, WEB, CI = user("mara", mfa=True), user("web", mfa=False), user("ci")
ROOT = {
    "type": "Root",
    "principalId": ACCOUNT,
    "accountId": ACCOUNT,
    "arn": f"arn:aws:iam::{ACCOUNT}:root",
    "accessKeyId": "",
    "sessionContext": {"attributes": {"creationDate": "2024-05-01T07:00:00Z", "mfaAuthenticated": "true"}},
}
NOBODY = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}


def story() -> Iterator[dict[str, Any]]:
    """The records, a second apart."""
    numbers = count()

    def record(
        who: dict[str, Any], ip: str, service: str, name: str, params: Any, answer: Any = None, **more: Any
    ) -> dict[str, Any]:
        number = next(numbers)
        return {
            "eventVersion": "1.08",
            "userIdentity": who,
            "eventTime": f"2024-05-01T09:{number // 60:02}:{number % 60:02}Z",
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": ip,
            "userAgent": "aws-cli/2",
            "requestParameters": params,
            "responseElements": answer,
            "requestID": f"r{number}",
            "eventID": f"00000000-0000-4000-8000-{number:012}",
            "readOnly": name.startswith(("Get", "List", "Describe")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT,
            **more,
        }

    for name, who in (("mara", MARA), ("web", WEB), ("ci", CI)):
        told = {"path": "/", "userName": name, "userId": who["principalId"], "arn": who["arn"]}
        yield record(ROOT, OFFICE, "iam", "CreateUser", {"userName": name}, {"user": told})
        policy = {"userName": name, "policyName": "all", "policyDocument": ALLOW_ALL}
        yield record(ROOT, OFFICE, "iam", "PutUserPolicy", policy)
    for bucket in ("site", "secret"):
        yield record(
            MARA, OFFICE, "s3", "CreateBucket", {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com"}
        )
    site = {"bucketName": "site", "Host": "site.s3.amazonaws.com", "bucketPolicy": PUBLIC, "policy": ""}
    yield record(WEB, OFFICE, "s3", "PutBucketPolicy", site)
    yield record(
        NOBODY,
        HOME,
        "s3",
        "GetObject",
        {"bucketName": "site", "Host": "site.s3.amazonaws.com", "key": "index.html"},
    )
    yield record(CI, BUILD, "sqs", "ListQueues", None)
    yield record(MARA, HOME, "cloudtrail", "UpdateTrail", {"name": "main"}, {"name": "main"})
    # the stranger
    yield record(CI, STRANGER, "iam", "ListUsers", None)
    yield record(CI, STRANGER, "cloudtrail", "StopLogging", {"name": "main"})
    secret = {"bucketName": "secret", "Host": "secret.s3.amazonaws.com", "bucketPolicy": PUBLIC, "policy": ""}
    yield record(CI, STRANGER, "s3", "PutBucketPolicy", secret)
    door = {
        "path": "/",
        "userName": "door",
        "userId": "AIDAEXAMPLEDOORAAAAA",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/door",
    }
    yield record(CI, STRANGER, "iam", "CreateUser", {"userName": "door"}, {"user": door})
    yield record(CI, STRANGER, "frobnicator", "DestroyEverything", {"name": "all"})
    # mara cleans up
    yield record(MARA, OFFICE, "iam", "DeleteUser", {"userName": "door"})
    yield record(MARA, OFFICE, "cloudtrail", "StartLogging", {"name": "main"})


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of the story."""
    from click.testing import CliRunner

    from backtrail_cli.group import cli

    folder = tmp_path_factory.mktemp("leaked")
    (folder / "story.jsonl").write_text("".join(json.dumps(one) + "\n" for one in story()))
    path = folder / "leaked.db"
    result = CliRunner().invoke(
        cli, ["import", str(folder / "story.jsonl"), "--log", str(path)], prog_name="backtrail"
    )
    assert result.exit_code == 0, result.output
    return path


def columns(answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What is stopped of the actor's calls, and what is broken of everybody else's."""
    by_id = {one["event_id"]: one for one in answer["changed"]}

    def side(name: str) -> list[str]:
        return [f"{by_id[one]['service']}:{by_id[one]['action']}" for one in answer[name]]

    return side("blocked"), side("broken")


THEIRS = [
    "iam:ListUsers",
    "cloudtrail:StopLogging",
    "s3:PutBucketPolicy",
    "iam:CreateUser",
    "frobnicator:DestroyEverything",
]


@pytest.mark.parametrize(
    ("rule", "stopped", "broken"),
    [
        (["--preset", "deny-stop-logging"], ["cloudtrail:StopLogging"], ["cloudtrail:UpdateTrail"]),
        (
            ["--preset", "outside-addresses=198.51.100.0/24"],
            THEIRS,
            ["s3:GetObject", "cloudtrail:UpdateTrail"],
        ),
        (["--preset", "require-mfa"], THEIRS, ["s3:PutBucketPolicy", "sqs:ListQueues"]),
        (["--preset", "block-public-access"], ["s3:PutBucketPolicy"], ["s3:PutBucketPolicy", "s3:GetObject"]),
        (["--deny", "iam:CreateUser", "--at", "2024-05-01 09:00:10"], ["iam:CreateUser"], []),
        (["--deny", "frobnicator:*"], ["frobnicator:DestroyEverything"], []),
    ],
)
def test_both_columns_of_each_rule_are_right(
    ask: Ask, leaked: Path, rule: list[str], stopped: list[str], broken: list[str]
) -> None:
    """What it stops of the stranger's calls, and what it breaks of everybody else's."""
    assert columns(ask("whatif", *rule, "--actor", STRANGER, "--log", leaked)) == (stopped, broken)


def test_cleaning_up_what_never_was_is_not_broken(ask: Ask, leaked: Path) -> None:
    """mara's DeleteUser fails, for there is no such user: it is needless, not broken."""
    answer = ask(
        "whatif",
        "--deny",
        "iam:CreateUser",
        "--at",
        "2024-05-01 09:00:10",
        "--actor",
        STRANGER,
        "--log",
        leaked,
    )
    (needless,) = [one for one in answer["changed"] if one["needless"]]
    assert (needless["action"], needless["outcome"], needless["who"]) == ("DeleteUser", "fails", "mara")
    assert needless["because"] == answer["blocked"][0]


def test_an_event_taken_out_takes_what_hung_on_it(ask: Ask, case: Path) -> None:
    """Without the policy that the thief attached, the back door may not assume the role, by the policies themselves."""
    attached = next(
        one["event_id"]
        for one in ask("events", "--action", "AttachUserPolicy", "--actor", "ci-deploy", "--log", case)[
            "events"
        ]
    )
    answer = ask("whatif", "--without", attached, "--actor", "ci-deploy", "--log", case)
    told = {(one["action"], one["outcome"]) for one in answer["changed"]}
    assert {("AttachUserPolicy", "gone"), ("AssumeRole", "blocked"), ("DeleteObject", "gone")} <= told
    assert answer["broken"] == []
    kept = [one for one in answer["diff"] if one["id"] == "kestrel-access-logs"]
    assert [one["what"] for one in kept] == ["added"]  # the bucket that was deleted is there at the end


def test_versions_keep_what_was_deleted(ask: Ask, case: Path) -> None:
    """Nothing fails; deletions answer with a marker, and the objects are there at the end."""
    answer = ask("whatif", "--versioning", "kestrel-payroll", "--log", case)
    assert {one["outcome"] for one in answer["changed"]} == {"otherwise"}
    assert {one["action"] for one in answer["changed"]} == {"PutObject", "DeleteObject", "GetObject"} or {
        one["action"] for one in answer["changed"]
    } >= {"PutObject", "DeleteObject"}
    assert [one["id"] for one in answer["diff"]] == ["kestrel-payroll"]


def test_a_policy_is_attached_to_one_principal(ask: Ask, leaked: Path, tmp_path: Path) -> None:
    """A denial narrows the one user alone; conditions are evaluated with what the records tell."""
    statement = {
        "Effect": "Deny",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    (tmp_path / "narrow.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    answer = ask(
        "whatif", "--attach-policy", f"ci={tmp_path / 'narrow.json'}", "--actor", STRANGER, "--log", leaked
    )
    assert columns(answer) == (["iam:ListUsers", "iam:CreateUser"], [])
    other = ask(
        "whatif", "--attach-policy", f"web={tmp_path / 'narrow.json'}", "--actor", STRANGER, "--log", leaked
    )
    assert columns(other) == ([], [])


def test_an_scp_denies_everybody(ask: Ask, leaked: Path, tmp_path: Path) -> None:
    """Beside FullAWSAccess; a condition on what no record tells is unknown, and changes nothing."""
    certain = {"Effect": "Deny", "Action": "iam:DeleteUser", "Resource": "*"}
    unsure = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    }
    (tmp_path / "scp.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [certain, unsure]}))
    answer = ask("whatif", "--scp", tmp_path / "scp.json", "--log", leaked)
    assert [one["action"] for one in answer["changed"]] == ["DeleteUser"]
    assert sum(answer["unknown"].values()) == 5
    assert "aws:principalorgid" in next(iter(answer["unknown"]))


def test_a_file_of_ones_own_changes_the_account(ask: Ask, case: Path, tmp_path: Path) -> None:
    """`change(account)` calls as the root, at the moment."""
    (tmp_path / "own.py").write_text(
        "def change(account):\n    account.call('iam', 'DeleteUserPolicy', userName='ci-deploy', policyName='deploy')\n"
    )
    answer = ask(
        "whatif",
        "--apply",
        tmp_path / "own.py",
        "--at",
        "2024-03-14 02:00",
        "--actor",
        "ci-deploy",
        "--log",
        case,
    )
    assert {one["outcome"] for one in answer["changed"] if one["of_actor"]} <= {"blocked", "gone"}
    assert len(answer["blocked"]) == 39
    assert answer["broken"] == []


def test_exit_codes_are_for_ci(run: Run, leaked: Path) -> None:
    """1 when the rule stops nothing of the actor's, breaks others' calls, or changes anything, as asked for."""
    common = ["--actor", STRANGER, "--log", leaked]
    assert (
        run(
            "whatif",
            "--deny",
            "frobnicator:*",
            *common,
            "--fail-on",
            "nothing-blocked",
            "--fail-on",
            "broken",
        ).exit_code
        == 0
    )
    assert run("whatif", "--deny", "s3:DeleteBucket", *common, "--fail-on", "nothing-blocked").exit_code == 1
    assert run("whatif", "--preset", "require-mfa", *common, "--fail-on", "broken").exit_code == 1
    assert run("whatif", "--deny", "frobnicator:*", *common, "--fail-on", "any").exit_code == 1


def test_people_see_both_columns(run: Run, leaked: Path) -> None:
    """Side by side, with how many of how many, and the first divergence."""
    text = run("whatif", "--preset", "deny-stop-logging", "--actor", STRANGER, "--log", leaked).stdout
    assert "stopped of 203.0.113.66's: 1 of 5" in text
    assert "broken of everybody else's: 1 of 14" in text
    assert "First at 2024-05-01 09:00:11Z: cloudtrail:UpdateTrail by mara" in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "say what is to be otherwise"),
        (["--deny", "CreateRole"], "is no action"),
        (["--preset", "magic"], "there is no preset 'magic'"),
        (["--preset", "outside-addresses=here"], "outside-addresses"),
        (["--without", "00000000-0000-4000-8000-999999999999"], "the log has no event"),
        (["--attach-policy", "ci"], "PRINCIPAL=FILE"),
        (
            ["--attach-policy", "nobody=arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "tells of a user or role 'nobody'",
        ),
        (["--versioning", "no-such-bucket"], "there is no bucket no-such-bucket"),
        (["--preset", "block-public-access=yes"], "takes no value"),
        (["--preset", "outside-addresses"], "needs the addresses"),
        (["--scp", "/dev/null"], "is not a file|is no JSON"),
        (["--deny", "s3:*", "--actor", "nobody-at-all"], "no session of this log is meant"),
        (["--deny", "s3:*", "--at", "2030-01-01"], "lies after the last record"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, leaked: Path, wrong: list[str], said: str) -> None:
    """Exit code 2 and what to do."""
    result = run("whatif", *wrong, "--log", leaked)
    assert result.exit_code == 2
    assert re.search(said, result.stderr)
    assert result.stderr.count("\n") == 1
