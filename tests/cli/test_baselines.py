"""`import --baseline`: what responders have beside the trail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backtrail.folded import Folded
from backtrail.machine import Machine
from backtrail.observing import NotUnderstood, place_of, recognised
from backtrail.observing import record as observation
from backtrail_cli.server.running import registry

from .conftest import Ask, Run

ACCOUNT = "111122223333"
ALLOW: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


def person(name: str, **more: Any) -> dict[str, Any]:
    """A user as the AWS CLI prints one."""
    return {
        "Path": "/", "UserName": name, "UserId": f"AIDA{name.upper()}", "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "CreateDate": "2020-01-02T03:04:05+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [], **more,
    }  # fmt: skip


def details(*users: dict[str, Any]) -> dict[str, Any]:
    """What `aws iam get-account-authorization-details` prints of an account with these users."""
    profile = {
        "Path": "/", "InstanceProfileName": "web", "InstanceProfileId": "AIPAWEB", "Roles": [],
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "CreateDate": "2020-01-02T03:04:05+00:00",
    }  # fmt: skip
    return {
        "UserDetailList": [*users],
        "GroupDetailList": [
            {
                "Path": "/", "GroupName": "admins", "GroupId": "AGPAADMINS",
                "Arn": f"arn:aws:iam::{ACCOUNT}:group/admins", "CreateDate": "2020-01-02T03:04:05+00:00",
                "GroupPolicyList": [],
                "AttachedManagedPolicies": [
                    {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
                ],
            }
        ],
        "RoleDetailList": [
            {
                "Path": "/", "RoleName": "web", "RoleId": "AROAWEB", "Arn": f"arn:aws:iam::{ACCOUNT}:role/web",
                "CreateDate": "2020-01-02T03:04:05+00:00", "AssumeRolePolicyDocument": ALLOW,
                "InstanceProfileList": [profile],
                "RolePolicyList": [{"PolicyName": "in", "PolicyDocument": ALLOW}],
                "AttachedManagedPolicies": [{"PolicyName": "own", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/own"}],
                "Tags": [{"Key": "team", "Value": "web"}], "RoleLastUsed": {},
            }
        ],
        "Policies": [
            {
                "PolicyName": "own", "PolicyId": "ANPAOWN", "Arn": f"arn:aws:iam::{ACCOUNT}:policy/own", "Path": "/",
                "DefaultVersionId": "v2", "AttachmentCount": 1, "IsAttachable": True,
                "CreateDate": "2020-01-02T03:04:05+00:00", "UpdateDate": "2021-01-02T03:04:05+00:00",
                "PolicyVersionList": [
                    {"Document": ALLOW, "VersionId": "v2", "IsDefaultVersion": True},
                    {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": False},
                ],
            }
        ],
    }  # fmt: skip


def record(number: int, name: str, params: dict[str, Any], **more: Any) -> str:
    """A record of the trail."""
    return json.dumps(
        {
            "eventVersion": "1.08", "eventTime": f"2024-03-01T00:00:{number:02}Z", "eventSource": "iam.amazonaws.com",
            "eventName": name, "awsRegion": "us-east-1", "requestParameters": params, "responseElements": None,
            "eventID": f"00000000-0000-4000-8000-{number:012}", "recipientAccountId": ACCOUNT, "readOnly": False,
            "userIdentity": {"type": "Root", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root"}, **more,
        }
    )  # fmt: skip


def names(ask: Ask, kind: str, *more: str) -> list[str]:
    """The resources of one kind in `a.db`."""
    found = ask("state", "iam", "--log", "a.db", *more)["resources"]
    return sorted(one["id"] for one in found if one["type"] == f"AWS::IAM::{kind}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An account with one user, taken down before the trail begins."""
    path = tmp_path / "details.json"
    path.write_text(json.dumps(details(person("ada", GroupList=["admins"]))))
    return path


def test_what_was_observed_is_known_before_the_trail(ask: Ask, file: Path, tmp_path: Path) -> None:
    """Users, groups, roles and policies are there from the observation's time on; records change them from there."""
    answer = ask("import", "--baseline", file, "--observed-at", "2024-02-01", "--log", "a.db")
    assert (answer["new"], answer["rejected"]) == (1, 0)
    (tmp_path / "trail.jsonl").write_text(record(1, "DeleteRole", {"roleName": "web"}))
    ask("import", "trail.jsonl", "--log", "a.db")
    assert names(ask, "User") == ["ada"]
    assert names(ask, "Role") == []
    assert names(ask, "Role", "--at", "2024-02-15") == ["web"]
    assert names(ask, "ManagedPolicy") == ["own"]
    assert names(ask, "InstanceProfile") == ["web"]


def test_a_baseline_is_taken_once(ask: Ask, file: Path) -> None:
    """The same file at the same time is known again; at another time it is another observation."""
    command = ("import", "--baseline", file, "--log", "a.db", "--observed-at")
    assert ask(*command, "2024-02-01")["new"] == 1
    again = ask(*command, "2024-02-01")
    assert (again["new"], again["duplicate"]) == (0, 1)
    assert ask(*command, "2024-02-02")["new"] == 1


def test_who_is_not_in_the_list_is_gone(ask: Ask, file: Path, tmp_path: Path) -> None:
    """A list that is whole says who is not there; one that is empty says nothing."""
    ask("import", "--baseline", file, "--observed-at", "2024-02-01", "--log", "a.db")
    later = details(person("bob")) | {"RoleDetailList": []}
    (tmp_path / "later.json").write_text(json.dumps(later))
    ask("import", "--baseline", "later.json", "--observed-at", "2024-02-05", "--log", "a.db")
    assert names(ask, "User") == ["bob"]
    assert names(ask, "Role") == ["web"]
    assert names(ask, "User", "--at", "2024-02-03") == ["ada"]


def test_a_page_of_a_list_ends_nobody(ask: Ask, file: Path, tmp_path: Path) -> None:
    """What goes on does not say who is missing."""
    ask("import", "--baseline", file, "--observed-at", "2024-02-01", "--log", "a.db")
    (tmp_path / "page.json").write_text(
        json.dumps(details(person("bob")) | {"IsTruncated": True, "Marker": "m"})
    )
    ask("import", "--baseline", "page.json", "--observed-at", "2024-02-05", "--log", "a.db")
    assert names(ask, "User") == ["ada", "bob"]


def test_the_record_says_what_it_is(ask: Ask, file: Path) -> None:
    """It is no event of CloudTrail's: its type, agent and file say so; the log's origin as well."""
    ask("import", "--baseline", file, "--observed-at", "2024-02-01", "--log", "a.db")
    (event,) = ask("events", "--log", "a.db")["events"]
    assert event["action"] == "GetAccountAuthorizationDetails"
    ask("export", "--jsonl", "lines.jsonl", "--log", "a.db")
    line = json.loads(Path("lines.jsonl").read_text().splitlines()[1])
    assert (line["origin"], line["record"]["eventType"]) == ("baseline", "BacktrailBaseline")
    assert line["record"]["additionalEventData"]["file"] == "details.json"
    assert ask("import", "lines.jsonl", "--log", "b.db")["new"] == 1
    assert ask("replay", "lines.jsonl", "--log", "c.db")["folded"]["projected"] == 1


def test_documents_are_the_policies(file: Path) -> None:
    """Policies that the CLI prints parsed decide as those of records do: they survive as texts."""
    given = json.loads(file.read_text())
    plugins = registry()
    observed = recognised(given, plugins)
    moment = datetime(2024, 2, 1, tzinfo=UTC)
    _, entry = observation(given, observed, moment, ACCOUNT, "us-east-1", "x", b"x")
    machine = Machine(plugins)
    machine.apply(entry.record, entry.note)
    iam: Any = machine.state(("iam", ACCOUNT, ""))
    role, policy = iam.roles["web"], iam.policies["own"]
    assert json.loads(role.trust) == json.loads(role.inline["in"]) == ALLOW
    assert (policy.default, policy.last, json.loads(policy.versions["v2"].document)) == ("v2", 2, ALLOW)
    assert iam.members.of("ada") == ["admins"]
    assert role.tags == {"team": "web"}
    assert iam.profile_roles.of("web") == ["web"]
    assert role.implied_by == ""
    assert not machine.folder.broken


def test_buckets_are_known_by_a_list(ask: Ask, tmp_path: Path) -> None:
    """A list of buckets does not tell whose they are: --account does."""
    listed = {
        "Buckets": [{"Name": "old-bucket", "CreationDate": "2019-05-06T07:08:09+00:00"}],
        "Owner": {"ID": "x"},
    }
    (tmp_path / "buckets.json").write_text(json.dumps(listed))
    command = ("import", "--baseline", "buckets.json", "--observed-at", "2024-02-01", "--log", "a.db")
    assert ask(*command, code=1)["by_code"] == {"no_baseline": 1}
    assert ask(*command, "--account", ACCOUNT)["new"] == 1
    (bucket,) = ask("state", "s3", "--log", "a.db")["resources"]
    assert bucket["id"] == "old-bucket"


def test_what_is_no_baseline_is_named(run: Run, ask: Ask, tmp_path: Path) -> None:
    """An answer that no plugin takes, something else, a broken file: each is rejected with a reason."""
    (tmp_path / "a.json").write_text(json.dumps({"Findings": [], "detectorId": "x"}))
    (tmp_path / "b.json").write_text("[]")
    (tmp_path / "c.json").write_text("{")
    answer = ask("import", "--baseline", "a.json", "b.json", "c.json", "--log", "a.db", code=1)
    assert answer["by_code"] == {"no_baseline": 2, "not_json": 1}
    reasons = [one["reason"] for one in answer["rejections"]]
    assert "Findings, detectorId" in reasons[0]
    for option in (("--account", ACCOUNT), ("--observed-at", "2024-01-01")):
        result = run("import", "a.json", *option, "--log", "a.db")
        assert (result.exit_code, "go with --baseline" in result.stderr) == (2, True)
    result = run("import", "--baseline", "a.json", "--account", "12", "--log", "a.db")
    assert (result.exit_code, "give its 12 digits" in result.stderr) == (2, True)


def test_ordinary_reads_stay_reads() -> None:
    """An answer without all its lists is no baseline, and no plugin's read changes its class."""
    plugins = registry()
    with pytest.raises(NotUnderstood):
        recognised({"PolicyDetailList": []}, plugins)
    assert ("iam", "GetAccountAuthorizationDetails") not in plugins.projectors


NETWORK: dict[str, dict[str, Any]] = {
    "vpcs": {
        "Vpcs": [
            {
                "OwnerId": ACCOUNT, "VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.1.0.0/16", "IsDefault": False,
                "State": "available", "InstanceTenancy": "default", "Tags": [{"Key": "Name", "Value": "main"}],
                "CidrBlockAssociationSet": [
                    {
                        "AssociationId": "vpc-cidr-assoc-1", "CidrBlock": "10.1.0.0/16",
                        "CidrBlockState": {"State": "associated"},
                    }
                ],
            }
        ]
    },
    "subnets": {
        "Subnets": [
            {
                "OwnerId": ACCOUNT, "SubnetId": "subnet-0123456789abcdef0", "VpcId": "vpc-0123456789abcdef0",
                "CidrBlock": "10.1.1.0/24", "AvailabilityZone": "eu-west-1b", "State": "available",
            }
        ]
    },
    "groups": {
        "SecurityGroups": [
            {
                "OwnerId": ACCOUNT, "GroupId": "sg-0123456789abcdef0", "GroupName": "web", "Description": "open",
                "VpcId": "vpc-0123456789abcdef0",
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
                ],
                "IpPermissionsEgress": [],
            }
        ]
    },
    "instances": {
        "Reservations": [
            {
                "OwnerId": ACCOUNT, "ReservationId": "r-0123456789abcdef0", "Groups": [],
                "Instances": [
                    {
                        "InstanceId": "i-0123456789abcdef0", "ImageId": "ami-0123456789abcdef0",
                        "InstanceType": "t3.micro", "LaunchTime": "2023-01-02T03:04:05+00:00",
                        "Placement": {"AvailabilityZone": "eu-west-1b"}, "State": {"Code": 80, "Name": "stopped"},
                        "SubnetId": "subnet-0123456789abcdef0", "VpcId": "vpc-0123456789abcdef0",
                        "SecurityGroups": [{"GroupId": "sg-0123456789abcdef0", "GroupName": "web"}],
                    }
                ],
            }
        ]
    },
}  # fmt: skip


def test_a_network_is_known_by_what_describe_printed(tmp_path: Path) -> None:
    """VPCs, subnets, groups with their rules, instances; the region is that of their zones, or the option's."""
    plugins = registry()
    machine = Machine(plugins)
    moment = datetime(2024, 2, 1, tzinfo=UTC)
    for name, given in NETWORK.items():
        account, _ = place_of(given)
        assert account == ACCOUNT
        _, entry = observation(
            given, recognised(given, plugins), moment, ACCOUNT, "eu-west-1", name, json.dumps(given).encode()
        )
        assert machine.apply(entry.record, entry.note) in (Folded.PROJECTED, Folded.INFERRED)
    assert not machine.folder.broken
    assert place_of(NETWORK["subnets"]) == (ACCOUNT, "eu-west-1")
    ec2: Any = machine.state(("ec2", ACCOUNT, "eu-west-1"))
    vpc, subnet = ec2.network.vpcs["vpc-0123456789abcdef0"], ec2.network.subnets["subnet-0123456789abcdef0"]
    assert (vpc.cidr, vpc.tags) == ("10.1.0.0/16", {"Name": "main"})
    assert (subnet.vpc, subnet.cidr, subnet.zone) == (vpc.id, "10.1.1.0/24", "eu-west-1b")
    group = ec2.network.security_groups["sg-0123456789abcdef0"]
    (rule,) = [ec2.network.rules[one] for one in group.ingress.values()]
    assert (group.name, group.rules_known, rule.cidr, rule.from_port) == ("web", True, "0.0.0.0/0", 443)
    instance = ec2.compute.instances["i-0123456789abcdef0"]
    assert (instance.state, instance.type, instance.groups) == ("stopped", "t3.micro", [group.id])
    machine.reload()
