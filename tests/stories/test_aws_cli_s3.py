"""`aws s3`: files and folders to buckets, back and across; and `aws` as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from .aws_cli import AwsCli, Output

pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""The CLI leaves the files that it sends to the garbage collector."""

MIB = 1024 * 1024


@pytest.fixture
def aws(endpoint: str, tmp_path: Path) -> AwsCli:
    """The CLI, and in its folder a `tree` of three files."""
    for name, content in (
        ("a.txt", b"a"),
        ("sub/b.txt", b"bb"),
        ("sub/large", bytes(range(256)) * (9 * MIB // 256)),
    ):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (0, 0))  # S3 knows seconds: what is as new as its copy would be sent again
    return AwsCli(endpoint, tmp_path, ("test", "test"))


def done(output: Output) -> list[str]:
    """The lines of a command that succeeded."""
    assert output.code == 0, output.error
    return output.text.split("\r")[-1].splitlines() if output.text else []


def keys(aws: AwsCli, bucket: str) -> list[str]:
    """The keys of a bucket."""
    listed = aws("s3api", "list-objects-v2", "--bucket", bucket).answer
    return [one["Key"] for one in listed.get("Contents", [])]


def test_buckets_and_files(aws: AwsCli) -> None:
    """mb, cp up and down and from stdin's like, ls, mv, rm, rb."""
    tree = aws.folder / "tree"
    assert done(aws("s3", "mb", "s3://box")) == ["make_bucket: box"]
    assert done(aws("s3", "cp", "--no-progress", f"{tree}/a.txt", "s3://box/")) != []
    assert done(
        aws(
            "s3",
            "cp",
            "--no-progress",
            f"{tree}/sub/large",
            "s3://box/x/large",
            "--storage-class",
            "STANDARD_IA",
        )
    )
    head = aws("s3api", "head-object", "--bucket", "box", "--key", "x/large").answer
    assert (head["ContentLength"], head["StorageClass"], head["ETag"][-3:]) == (9 * MIB, "STANDARD_IA", '-2"')
    done(aws("s3", "cp", "--no-progress", "s3://box/x/large", f"{aws.folder}/back"))
    assert (aws.folder / "back").read_bytes() == (tree / "sub/large").read_bytes()
    assert [line.split()[-1] for line in done(aws("s3", "ls"))] == ["box"]
    assert [line.split()[-1] for line in done(aws("s3", "ls", "s3://box"))] == ["x/", "a.txt"]
    recursive = done(aws("s3", "ls", "s3://box", "--recursive", "--summarize"))
    assert recursive[-2:] == ["Total Objects: 2", f"   Total Size: {9 * MIB + 1}"]
    done(aws("s3", "mv", "--no-progress", "s3://box/x/large", "s3://box/y/large"))
    done(aws("s3", "mv", "--no-progress", f"{tree}/sub/b.txt", "s3://box/b.txt"))
    assert (keys(aws, "box"), (tree / "sub/b.txt").exists()) == (["a.txt", "b.txt", "y/large"], False)
    assert done(aws("s3", "rm", "s3://box/b.txt")) == ["delete: s3://box/b.txt"]
    refused = aws("s3", "rb", "s3://box")
    assert refused.code == 1 and "BucketNotEmpty" in refused.error
    assert done(aws("s3", "rb", "s3://box", "--force"))[-1] == "remove_bucket: box"
    assert done(aws("s3", "ls")) == []


def test_folders(aws: AwsCli) -> None:
    """sync only what is new, delete what is gone, filters, recursive copies from bucket to bucket, rm --recursive."""
    tree = aws.folder / "tree"
    done(aws("s3", "mb", "s3://box"))
    done(aws("s3", "mb", "s3://other"))
    assert len(done(aws("s3", "sync", "--no-progress", str(tree), "s3://box/t"))) == 3
    assert done(aws("s3", "sync", "--no-progress", str(tree), "s3://box/t")) == []
    (tree / "a.txt").unlink()
    (tree / "c.txt").write_bytes(b"ccc")
    done(aws("s3", "sync", "--no-progress", "--delete", str(tree), "s3://box/t"))
    assert keys(aws, "box") == ["t/c.txt", "t/sub/b.txt", "t/sub/large"]
    done(
        aws(
            "s3",
            "cp",
            "--no-progress",
            "--recursive",
            "--exclude",
            "*",
            "--include",
            "*.txt",
            "s3://box/t",
            "s3://other",
        )
    )
    assert keys(aws, "other") == ["c.txt", "sub/b.txt"]
    done(aws("s3", "sync", "--no-progress", "s3://other", str(aws.folder / "down")))
    assert (aws.folder / "down/sub/b.txt").read_bytes() == b"bb"
    assert len(done(aws("s3", "rm", "--recursive", "s3://box/t"))) == 3
    assert keys(aws, "box") == []


def test_a_presigned_url_and_a_website(aws: AwsCli) -> None:
    """`presign` gives a URL that anybody may use; `website` configures."""
    done(aws("s3", "mb", "s3://box"))
    done(aws("s3", "cp", "--no-progress", str(aws.folder / "tree/a.txt"), "s3://box/a.txt"))
    (url,) = done(aws("s3", "presign", "s3://box/a.txt", "--expires-in", "60"))
    with urlopen(url) as answer:
        assert answer.read() == b"a"
    done(aws("s3", "website", "s3://box", "--index-document", "index.html"))
    assert aws("s3api", "get-bucket-website", "--bucket", "box").answer == {
        "IndexDocument": {"Suffix": "index.html"}
    }


def test_waiters_and_pages_of_the_cli(aws: AwsCli) -> None:
    """`wait` ends with success; pages are put together, and `--max-items` gives a token to go on with."""
    done(aws("s3", "mb", "s3://box"))
    assert aws("s3api", "wait", "bucket-exists", "--bucket", "box").code == 0
    for number in range(5):
        assert aws("iam", "create-user", "--user-name", f"u{number}").code == 0
    assert len(aws("iam", "list-users", "--page-size", "2").answer["Users"]) == 5
    first = aws("iam", "list-users", "--max-items", "2").answer
    rest = aws("iam", "list-users", "--starting-token", first["NextToken"]).answer
    assert [user["UserName"] for user in first["Users"] + rest["Users"]] == [
        f"u{number}" for number in range(5)
    ]
    assert aws("iam", "wait", "user-exists", "--user-name", "u1").code == 0
    assert aws("sts", "get-caller-identity", "--query", "Account").answer == "123456789012"


def test_as_a_program(aws: AwsCli) -> None:
    """The `aws` that is installed, in processes of its own: a bucket, a queue, a role, a session, a refusal."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).parent / "aws"
        environment = {**os.environ, **aws.environment, **more}
        command = [str(program), "--endpoint-url", aws.endpoint, "--output", "json", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    source = str(aws.folder / "tree")
    assert run("s3", "mb", "s3://box").returncode == 0
    assert run("s3", "sync", source, "s3://box", "--only-show-errors").returncode == 0
    queue = json.loads(run("sqs", "create-queue", "--queue-name", "jobs").stdout)["QueueUrl"]
    sent = run("sqs", "send-message", "--queue-url", queue, "--message-body", "hello")
    assert json.loads(sent.stdout)["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    statement = '{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}'
    trust = f'{{"Version":"2012-10-17","Statement":[{statement}]}}'
    role = run("iam", "create-role", "--role-name", "r", "--assume-role-policy-document", trust)
    arn = json.loads(role.stdout)["Role"]["Arn"]
    session = json.loads(run("sts", "assume-role", "--role-arn", arn, "--role-session-name", "me").stdout)[
        "Credentials"
    ]
    who = run(
        "sts", "get-caller-identity", AWS_ACCESS_KEY_ID=session["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"], AWS_SESSION_TOKEN=session["SessionToken"],
    )  # fmt: skip
    assert json.loads(who.stdout)["Arn"] == "arn:aws:sts::123456789012:assumed-role/r/me"
    refused = run("s3api", "get-object", "--bucket", "box", "--key", "none", os.devnull)
    assert (refused.returncode, "NoSuchKey" in refused.stderr) == (255, True)
