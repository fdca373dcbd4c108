"""`import s3://…` and `replay s3://…`: trails from a bucket, here one of our own server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backtrail_cli import aws_access
from backtrail_eventstore.buckets import Access, Bucket, Got, Listed

from ..eventstore.digesting import BUCKET, Delivered
from ..eventstore.making import ACCOUNT, foreign
from .conftest import Ask, Run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """What CloudTrail delivered."""
    return Delivered(tmp_path_factory.mktemp("bucket"))


Client = Callable[..., Any]


@pytest.fixture(autouse=True)
def credentials(endpoint: str, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials but those of a user of the server's account, whose signatures it verifies."""
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL_S3",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    iam = client("iam")
    iam.create_user(UserName="auditor")
    iam.attach_user_policy(UserName="auditor", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def fill(client: Client, made: Delivered) -> Any:
    """Put what was delivered into the bucket, a digest with its signature."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for path in [*made.logs, *made.digests]:
        signature = made.signatures.get(path.name)
        s3.put_object(
            Bucket=BUCKET,
            Key=path.relative_to(made.root).as_posix(),
            Body=path.read_bytes(),
            Metadata={}
            if signature is None
            else {"signature": signature, "signature-algorithm": "SHA256withRSA"},
        )
    return s3


def test_a_bucket_is_imported(
    run: Run,
    ask: Ask,
    made: Delivered,
    client: Client,
    endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every log file comes in, and each digest is verified: the last one's signature stands with its object."""
    fill(client, made)
    (tmp_path / "keys.json").write_bytes(made.public_keys())
    url = f"s3://{BUCKET}/AWSLogs/"
    command = ("import", url, "--endpoint-url", endpoint, "--public-keys", "keys.json", "--log", "a.db")
    answer = ask(*command)
    assert (answer["files"], answer["new"], answer["rejected"]) == (9, 30, 0)
    assert answer["verdicts"] == {"verified": 9}
    inputs = ask("verify", "--log", "a.db")["inputs"]
    assert f"s3://{BUCKET}/{made.logs[0].relative_to(made.root).as_posix()}" in [
        one["file"] for one in inputs
    ]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    refused = run("import", url, "--endpoint-url", endpoint, "--log", "b.db")
    assert (refused.exit_code, "SignatureDoesNotMatch" in refused.stderr) == (2, True)


def test_what_was_taken_is_not_fetched_again(
    ask: Ask, made: Delivered, client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days that are over are not even listed; of others only what is new is fetched."""
    s3 = fill(client, made)
    today = f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{datetime.now(UTC):%Y/%m/%d}/"
    s3.put_object(Bucket=BUCKET, Key=f"{today}a.json", Body=foreign(100))
    command = ("import", f"s3://{BUCKET}/AWSLogs/", "--endpoint-url", endpoint, "--log", "a.db")
    assert ask(*command)["new"] == 31
    s3.put_object(Bucket=BUCKET, Key=f"{today}b.json", Body=foreign(101))
    s3.put_object(Bucket=BUCKET, Key=f"{today}c.txt", Body=b"x")
    fetched: list[str] = []
    listed: list[str] = []
    get, pages = Bucket.get, Bucket.pages

    def getting(bucket: Bucket, key: str) -> Got:
        fetched.append(key)
        return get(bucket, key)

    def listing(bucket: Bucket, prefix: str) -> Iterator[tuple[list[str], list[Listed]]]:
        listed.append(prefix)
        return pages(bucket, prefix)

    monkeypatch.setattr(Bucket, "get", getting)
    monkeypatch.setattr(Bucket, "pages", listing)
    answer = ask(*command)
    assert (answer["read"], answer["new"], answer["duplicate"]) == (2, 1, 1)
    assert answer["ignored"] == [f"s3://{BUCKET}/{today}c.txt"]
    assert fetched == [f"{today}b.json"]
    assert today in listed
    assert not [prefix for prefix in listed if prefix.endswith("/2024/05/06/")]


def test_a_bucket_is_replayed(
    ask: Ask, made: Delivered, client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint may come from the environment; one object is a source as well; odd keys are quoted."""
    s3 = fill(client, made)
    s3.put_object(Bucket=BUCKET, Key="odd/a b+c&d=ü%41.json", Body=foreign(100))
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert ask("replay", f"s3://{BUCKET}/AWSLogs/{ACCOUNT}/CloudTrail/")["records"] == 30
    assert ask("replay", f"s3://{BUCKET}/odd/")["records"] == 1
    one = made.logs[0].relative_to(made.root).as_posix()
    assert ask("replay", f"s3://{BUCKET}/{one}")["records"] == 5


def test_many_objects_come_in_pages(
    ask: Ask, client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a listing holds."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    monkeypatch.setattr("backtrail_eventstore.buckets.PAGE_KEYS", 10)
    for number in range(33):
        s3.put_object(Bucket=BUCKET, Key=f"a/{number:04}.json", Body=foreign(number))
    assert ask("replay", f"s3://{BUCKET}/a/", "--endpoint-url", endpoint)["records"] == 33


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("s3://no-such-bucket/", "NoSuchBucket"),
        ("s3:///x", "names no bucket"),
        (f"s3://{BUCKET}/", "there are no CloudTrail records in"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    run: Run, client: Client, endpoint: str, source: str, said: str
) -> None:
    """Exit code 2, and S3's own words."""
    client("s3").create_bucket(Bucket=BUCKET)
    result = run("import", source, "--endpoint-url", endpoint, "--log", "a.db")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_an_endpoint_that_is_not_there_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts."""
    monkeypatch.setattr("backtrail_eventstore.buckets._WAIT_S", 0)
    result = run("import", "s3://b/", "--endpoint-url", "http://127.0.0.1:9", "--log", "a.db")
    assert (result.exit_code, "does not answer" in result.stderr) == (2, True)


def test_profiles_are_read(tmp_path: Path, run: Run) -> None:
    """A named profile goes before the environment; one that is not there is said so."""
    (tmp_path / "config").write_text(
        "[profile audit]\nregion = eu-west-1\nendpoint_url = http://x\n[profile sso]\n"
    )
    (tmp_path / "credentials").write_text("[audit]\naws_access_key_id = A\naws_secret_access_key = b\n")
    assert aws_access.find(profile="audit") == Access(
        endpoint="http://x", region="eu-west-1", key="A", secret="b"
    )
    assert aws_access.find("http://y", region="us-west-2").key.startswith("AKIA")
    for name, said in (("none", "there is no profile none"), ("sso", "export-credentials")):
        result = run("import", "s3://b/", "--profile", name, "--log", "a.db")
        assert (result.exit_code, said in result.stderr) == (2, True)
