"""Bodies that nobody refers to: what a refused upload leaves goes at the next start, or when one sweeps."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

BODY = b"body " * 20_000
REFUSED = b"lost " * 20_000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with an object, and what an upload that failed left behind."""
    log = tmp_path / "account.db"
    server = BackgroundServer(Options(log=log, port=0)).start()
    try:
        s3 = client(server)
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=BODY)
        with pytest.raises(ClientError):
            s3.put_object(Bucket="bucket", Key="k", Body=REFUSED, IfNoneMatch="*")
    finally:
        server.stop()
    assert len(bodies(log)) == 2
    return log


def client(server: BackgroundServer) -> Any:
    """A client of S3."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("s3", endpoint_url=server.endpoint, config=Config(retries={"max_attempts": 0}))


def bodies(log: Path) -> list[Path]:
    """The bodies that are kept."""
    return [path for path in (log.parent / "account.blobs").glob("??/*") if path.is_file()]


def test_a_server_sweeps_behind_its_start(log: Path) -> None:
    """The refused body goes, the object stays, and the log verifies."""
    server = BackgroundServer(Options(log=log, port=0)).start()
    try:
        until = time.monotonic() + 60
        while len(bodies(log)) > 1 and time.monotonic() < until:
            time.sleep(0.02)
        assert len(bodies(log)) == 1
        assert client(server).get_object(Bucket="bucket", Key="k")["Body"].read() == BODY
    finally:
        server.stop()
    assert CliRunner().invoke(cli, ["verify", "--log", str(log)]).exit_code == 0


def test_a_sweep_tells_before_it_removes(log: Path) -> None:
    """Without `--remove` nothing is touched; with it what was told of is removed, and it is done."""

    def sweep(*more: str) -> Any:
        return json.loads(CliRunner().invoke(cli, ["sweep", "--json", "--log", str(log), *more]).output)

    told = sweep()
    assert (len(told["names"]), told["kept"], told["removed"]) == (1, 1, False)
    assert told["bytes"] >= len(REFUSED)
    assert len(bodies(log)) == 2
    assert sweep("--remove") == {**told, "removed": True}
    assert len(bodies(log)) == 1
    assert sweep()["names"] == []
    said = CliRunner().invoke(cli, ["sweep", "--log", str(log)]).output
    assert "Nothing to sweep" in said


def test_a_running_server_is_asked(log: Path) -> None:
    """The command finds the server that has the log; a body of a moment ago stays there."""
    server = BackgroundServer(Options(log=log, port=0)).start()
    try:
        with pytest.raises(ClientError):
            client(server).put_object(Bucket="bucket", Key="k", Body=REFUSED[::-1], IfNoneMatch="*")
        request = Request(f"{server.endpoint}/_backtrail/sweep", data=b'{"remove": true}', method="POST")
        with urlopen(request) as answer:
            told = json.load(answer)
        assert told["removed"] and len(bodies(log)) == 2
    finally:
        server.stop()


def test_there_must_be_a_log(tmp_path: Path) -> None:
    """A sweep makes none."""
    result = CliRunner().invoke(cli, ["sweep", "--log", str(tmp_path / "none.db")])

    assert result.exit_code == 2 and not list(tmp_path.iterdir())
