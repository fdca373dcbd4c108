"""`backtrail undo` of a night that touched everything: the plan, as commands, puts the account back as it was."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from ..stories.aws_cli import AwsCli
from ..stories.lambda_functions import ALLOW
from ..stories.rich_account import ACCOUNT, policy
from ..stories.trails import bucket_policy

Client = Callable[..., Any]
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:root"
HERS = policy("s3:GetObject", "arn:aws:s3:::files/*")
BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def trust(principal: str) -> str:
    """Who may assume a role."""
    document = json.loads(policy("sts:AssumeRole", "*", {"AWS": principal}))
    del document["Statement"][0]["Resource"]
    return json.dumps(document)


class Night:
    """An account that was set up, what mallory did to it, and what somebody else changed after that."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.names: dict[str, str] = {}

    def before(self) -> None:
        """As the owner set it up."""
        iam, s3, ec2, kms = (self.client(name) for name in ("iam", "s3", "ec2", "kms"))
        for name in ("files", "shared", "logs"):
            s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_policy(
            Bucket="shared", Policy=policy("s3:GetObject", "arn:aws:s3:::shared/*", {"AWS": OWN})
        )
        s3.put_bucket_policy(Bucket="logs", Policy=bucket_policy("logs"))
        s3.put_object(Bucket="files", Key="report", Body=b"x")
        iam.create_role(RoleName="ops", AssumeRolePolicyDocument=trust(OWN), Description="operations")
        iam.put_role_policy(RoleName="ops", PolicyName="in", PolicyDocument=ALLOW)
        iam.create_role(RoleName="old", AssumeRolePolicyDocument=trust(OWN))
        iam.attach_role_policy(RoleName="old", PolicyArn=ADMIN)
        self.names["policy"] = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.create_user(UserName="ann")
        self.names["key"] = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        self.names["group"] = group
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule("10.0.0.0/8", 443)])
        volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
        self.names["snapshot"] = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        self.names["used"], self.names["doomed"] = (
            kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)
        )
        self.names["queue"] = self.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        self.names["topic"] = self.client("sns").create_topic(Name="news")["TopicArn"]
        self.client("ssm").put_parameter(Name="/app", Value="good", Type="String")
        cloudtrail = self.client("cloudtrail")
        for name in ("audit", "second"):
            cloudtrail.create_trail(Name=name, S3BucketName="logs")
            cloudtrail.start_logging(Name=name)

    def mallory(self) -> None:
        """What she did, with a key that she had."""
        iam = self.client("iam")
        iam.create_user(UserName="mallory")
        iam.attach_user_policy(UserName="mallory", PolicyArn=ADMIN)
        key = iam.create_access_key(UserName="mallory")["AccessKey"]

        def hers(service: str) -> Any:
            return self.client(service, key=key["AccessKeyId"], secret=key["SecretAccessKey"])

        self._loosen(hers)
        self._persist(hers("iam"))
        ec2, kms, group = hers("ec2"), hers("kms"), self.names["group"]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule("0.0.0.0/0", 22)])
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule("10.0.0.0/8", 443)])
        ec2.modify_snapshot_attribute(
            SnapshotId=self.names["snapshot"],
            Attribute="createVolumePermission",
            OperationType="add",
            GroupNames=["all"],
        )
        kms.disable_key(KeyId=self.names["used"])
        kms.put_key_policy(KeyId=self.names["used"], PolicyName="default", Policy=policy("kms:*", "*"))
        kms.schedule_key_deletion(KeyId=self.names["doomed"], PendingWindowInDays=7)
        hers("cloudtrail").stop_logging(Name="audit")
        hers("cloudtrail").delete_trail(Name="second")
        sqs, sns, arn = hers("sqs"), hers("sns"), f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
        sqs.set_queue_attributes(QueueUrl=self.names["queue"], Attributes={"Policy": policy("sqs:*", arn)})
        sns.set_topic_attributes(
            TopicArn=self.names["topic"],
            AttributeName="Policy",
            AttributeValue=policy("sns:*", self.names["topic"]),
        )
        hers("ssm").put_parameter(Name="/app", Value="evil", Type="String", Overwrite=True)

    def _loosen(self, hers: Callable[[str], Any]) -> None:
        s3 = hers("s3")
        s3.delete_public_access_block(Bucket="files")
        s3.delete_public_access_block(Bucket="shared")
        s3.put_bucket_policy(Bucket="files", Policy=HERS)
        s3.put_bucket_policy(Bucket="shared", Policy=policy("s3:*", "arn:aws:s3:::shared/*"))
        s3.delete_object(Bucket="files", Key="report")
        s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Suspended"})

    def _persist(self, iam: Any) -> None:
        iam.update_assume_role_policy(RoleName="ops", PolicyDocument=trust("*"))
        iam.delete_role_policy(RoleName="ops", PolicyName="in")
        iam.detach_role_policy(RoleName="old", PolicyArn=ADMIN)
        iam.delete_role(RoleName="old")
        iam.create_policy_version(PolicyArn=self.names["policy"], PolicyDocument=ALLOW, SetAsDefault=True)
        iam.attach_user_policy(UserName="ann", PolicyArn=ADMIN)
        iam.put_user_policy(UserName="ann", PolicyName="x", PolicyDocument=ALLOW)
        iam.create_login_profile(UserName="ann", Password="Passw0rd!Passw0rd")
        iam.update_access_key(UserName="ann", AccessKeyId=self.names["key"], Status="Inactive")
        iam.create_user(UserName="eve")
        iam.create_access_key(UserName="eve")

    def after(self) -> None:
        """What somebody else made of it in the morning: one thing put right, one changed once more."""
        self.client("cloudtrail").start_logging(Name="audit")
        self.client("s3").put_bucket_policy(
            Bucket="shared", Policy=policy("s3:GetObjectVersion", "arn:aws:s3:::shared/*", {"AWS": OWN})
        )

    def seen(self) -> dict[str, Any]:
        """What an owner looks at."""
        iam, s3, ec2, kms = (self.client(name) for name in ("iam", "s3", "ec2", "kms"))
        group = ec2.describe_security_groups(GroupIds=[self.names["group"]])["SecurityGroups"][0]
        roles = {one["RoleName"]: one["AssumeRolePolicyDocument"] for one in iam.list_roles()["Roles"]}
        (key,) = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
        attribute = {"SnapshotId": self.names["snapshot"], "Attribute": "createVolumePermission"}
        queue = self.client("sqs").get_queue_attributes(QueueUrl=self.names["queue"], AttributeNames=["All"])
        return {
            "block": [
                s3.get_public_access_block(Bucket=one)["PublicAccessBlockConfiguration"]
                for one in ("files", "shared")
            ],
            "versioning": s3.get_bucket_versioning(Bucket="files").get("Status"),
            "report": s3.get_object(Bucket="files", Key="report")["Body"].read(),
            "roles": {name: roles.get(name) for name in ("ops", "old")},
            "inline": iam.list_role_policies(RoleName="ops")["PolicyNames"],
            "attached": [
                [
                    one["PolicyName"]
                    for one in iam.list_attached_role_policies(RoleName="old")["AttachedPolicies"]
                ],
                [
                    one["PolicyName"]
                    for one in iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"]
                ],
            ],
            "version": iam.get_policy(PolicyArn=self.names["policy"])["Policy"]["DefaultVersionId"],
            "versions": len(iam.list_policy_versions(PolicyArn=self.names["policy"])["Versions"]),
            "users": {one["UserName"] for one in iam.list_users()["Users"]} - {"mallory"},
            "key": key["Status"],
            "rules": group["IpPermissions"],
            "shared": ec2.describe_snapshot_attribute(**attribute)["CreateVolumePermissions"],
            "keys": [
                kms.describe_key(KeyId=self.names[one])["KeyMetadata"]["KeyState"]
                for one in ("used", "doomed")
            ],
            "key policy": json.loads(kms.get_key_policy(KeyId=self.names["used"])["Policy"]),
            "trails": sorted(one["Name"] for one in self.client("cloudtrail").describe_trails()["trailList"]),
            "logging": [
                self.client("cloudtrail").get_trail_status(Name=one)["IsLogging"]
                for one in ("audit", "second")
            ],
            "queue": queue["Attributes"].get("Policy"),
            "topic": self.client("sns").get_topic_attributes(TopicArn=self.names["topic"])["Attributes"][
                "Policy"
            ],
            "parameter": self.client("ssm").get_parameter(Name="/app")["Parameter"]["Value"],
        }


def rule(cidr: str, port: int) -> dict[str, Any]:
    """A rule of a security group."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


class Scene:
    """A server on a log, its clients, and the night."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.server = BackgroundServer(Options(port=0, log=log)).start()
        self.made: list[Any] = []
        self.night = Night(self.client)

    def client(self, service: str, *, key: str = "test", secret: str = "test") -> Any:
        """A client of the server."""
        made = boto3.client(
            service, endpoint_url=self.server.endpoint, region_name="us-east-1", aws_access_key_id=key,
            aws_secret_access_key=secret,
        )  # fmt: skip
        self.made.append(made)
        return made

    def close(self) -> None:
        """Stop."""
        for one in self.made:
            one.close()
        self.server.stop()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The night is over."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    made = Scene(tmp_path / "a.db")
    yield made
    made.close()


def planned(log: Path, *more: str) -> list[dict[str, Any]]:
    """The plan."""
    done = CliRunner().invoke(cli, ["undo", "--actor", "mallory", "--log", str(log), "--json", *more])
    steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return steps


def test_the_plan_puts_the_account_back(scene: Scene, tmp_path: Path) -> None:
    """Every step is proved, and as the AWS CLI's commands they do what they say."""
    night = scene.night
    night.before()
    expected = night.seen()
    night.mallory()
    night.after()

    steps = planned(scene.log)

    by_cls: dict[str, set[str]] = {}
    for one in steps:
        by_cls.setdefault(one["cls"], set()).add(one["did"])
    assert by_cls.keys() == {
        "from the record", "from before", "changed since", "nothing left to do", "no inverse known",
    }  # fmt: skip
    assert by_cls["no inverse known"] == {"ssm:PutParameter"}  # what it held before is encrypted
    assert by_cls["changed since"] == {"s3:PutBucketPolicy"}
    assert by_cls["nothing left to do"] == {"cloudtrail:StopLogging"}
    (changed,) = (one for one in steps if one["cls"] == "changed since")
    assert changed["note"].startswith("PutBucketPolicy by root 123456789012 at ")
    assert changed["params"]["bucketName"] == "shared"
    wanted = [one for one in steps if one["cls"].startswith("from")]
    assert not [one for one in wanted if one["proved"] != "done"], [
        one for one in wanted if one["proved"] != "done"
    ]

    run(scene, tmp_path)

    assert night.seen() == expected | {"parameter": "evil"}
    with pytest.raises(Exception, match="NoSuchBucketPolicy"):
        scene.client("s3").get_bucket_policy(Bucket="files")
    assert "GetObjectVersion" in scene.client("s3").get_bucket_policy(Bucket="shared")["Policy"]


def run(scene: Scene, folder: Path) -> None:
    """The plan as a script, command by command."""
    text = CliRunner().invoke(cli, ["undo", "--actor", "mallory", "--log", str(scene.log), "--shell"]).stdout
    aws = AwsCli(scene.server.endpoint, folder, ("test", "test"))
    for line in text.splitlines():
        if line.startswith("aws "):
            done = aws(*shlex.split(line)[1:])
            assert done.code == 0, f"{line}: {done.error}"


def test_force_overwrites(scene: Scene) -> None:
    """With --force also what somebody else has changed since is put back, and proved."""
    scene.night.before()
    scene.night.mallory()
    scene.night.after()

    steps = planned(scene.log, "--force")

    assert "changed since" not in {one["cls"] for one in steps}
    (shared,) = (one for one in steps if one["action"] == "PutBucketPolicy")
    assert (shared["cls"], shared["proved"]) == ("from before", "done")
    assert OWN in shared["params"]["bucketPolicy"]
