"""Who cannot prove who he is is refused in the words of the service that he asks, and nothing is recorded as his."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

Client = Callable[..., Any]
Key = dict[str, str]
ASKED: dict[str, Callable[[Any], Any]] = {
    "s3": lambda s3: s3.list_buckets(),
    "sqs": lambda sqs: sqs.list_queues(),
    "iam": lambda iam: iam.list_users(),
    "sts": lambda sts: sts.get_caller_identity(),
}


@pytest.fixture
def key(client: Client) -> Key:
    """The key of a user who may do everything."""
    iam = client("iam")
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


def _refusals(client: Client, *services: str, **credentials: Any) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for service in services or ASKED:
        with pytest.raises(ClientError) as refused:
            ASKED[service](client(service, **credentials))
        response = refused.value.response
        found[service] = response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
    return found


def test_a_wrong_secret_is_refused(client: Client, key: Key) -> None:
    """A key made here works with its secret; with another one it is a signature that does not match."""
    for service, ask in ASKED.items():
        ask(client(service, **key))

    assert _refusals(client, key=key["key"], secret="guessed") == {
        "s3": ("SignatureDoesNotMatch", 403),
        "sqs": ("InvalidSignatureException", 400),
        "iam": ("SignatureDoesNotMatch", 403),
        "sts": ("SignatureDoesNotMatch", 403),
    }


STRANGER = {
    "s3": ("InvalidAccessKeyId", 403),
    "sqs": ("UnrecognizedClientException", 400),
    "iam": ("InvalidClientTokenId", 403),
    "sts": ("InvalidClientTokenId", 403),
}


def test_an_inactive_key_is_refused(client: Client, key: Key) -> None:
    """A key that was switched off is unknown, until it is switched on again."""
    iam = client("iam")
    iam.update_access_key(UserName="alice", AccessKeyId=key["key"], Status="Inactive")
    assert _refusals(client, **key) == STRANGER

    iam.update_access_key(UserName="alice", AccessKeyId=key["key"], Status="Active")
    client("sqs", **key).list_queues()


def test_a_deleted_key_never_becomes_root(client: Client, key: Key) -> None:
    """A key that the log once knew is refused, though a key it never heard of would be root."""
    client("iam").delete_access_key(UserName="alice", AccessKeyId=key["key"])

    assert _refusals(client, **key) == STRANGER
    assert _refusals(client, "s3", "sqs", key=key["key"], secret="guessed").items() <= STRANGER.items()


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_skewed_clock_is_refused(
    client: Client, key: Key, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature from a quarter of an hour ago, or from then on, is none."""
    from botocore import auth
    from botocore.crt import auth as faster

    now: Callable[..., datetime] = auth.get_current_datetime

    def skewed(**given: bool) -> datetime:
        return now(**given) + timedelta(minutes=minutes)

    for signer in (auth, faster):
        monkeypatch.setattr(signer, "get_current_datetime", skewed)
    # botocore would put its clock right after the first refusal, and ask again.
    assert _refusals(client, **key, config=_once()) == {
        "s3": ("RequestTimeTooSkewed", 403),
        "sqs": ("InvalidSignatureException", 400),
        "iam": ("SignatureDoesNotMatch", 403),
        "sts": ("SignatureDoesNotMatch", 403),
    }


def test_an_expired_session_is_refused(client: Client, server: BackgroundServer, key: Key) -> None:
    """A session's key is good for its time, and `ExpiredToken` afterwards."""
    made = client("sts", **key).get_session_token(DurationSeconds=900)["Credentials"]
    session = {
        "key": made["AccessKeyId"], "secret": made["SecretAccessKey"], "token": made["SessionToken"]
    }  # fmt: skip
    client("sqs", **session).list_queues()
    wrong = _refusals(client, "s3", **session | {"token": "another"})
    assert wrong == {"s3": ("InvalidToken", 400)}

    server.run(_advance(server, timedelta(seconds=901)))
    try:
        expired = _refusals(client, "s3", "sqs", "sts", **session)
    finally:
        server.run(_advance(server, timedelta(seconds=-901)))
    assert expired == {
        "s3": ("ExpiredToken", 400), "sqs": ("ExpiredTokenException", 400), "sts": ("ExpiredToken", 403)
    }  # fmt: skip


def test_a_presigned_url_is_good_for_its_time(client: Client, server: BackgroundServer, key: Key) -> None:
    """A URL works for who holds it, for as long as it says; with another method, path or signature it does not."""
    s3 = client("s3", **key, config=_once(signature_version="s3v4"))
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"abc")
    url: str = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"}, ExpiresIn=60)

    assert urlopen(url).read() == b"abc"
    assert _status(url.replace("/k?", "/other?")) == (403, "SignatureDoesNotMatch")
    assert _status(url[:-1] + ("0" if url[-1] != "0" else "1")) == (403, "SignatureDoesNotMatch")
    assert _status(url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"))[0] == 400

    server.run(_advance(server, timedelta(seconds=61)))
    try:
        assert _status(url) == (403, "AccessDenied")
    finally:
        server.run(_advance(server, timedelta(seconds=-61)))


@pytest.fixture(autouse=True)
def quiet(server: BackgroundServer, endpoint: str) -> Iterator[None]:
    """The clock stands where it stood."""
    before = server.engine.clock.advanced
    yield
    assert abs(server.engine.clock.advanced - before) < timedelta(seconds=1)


async def _advance(server: BackgroundServer, by: timedelta) -> None:
    clock = server.engine.clock
    clock._ahead += by  # back again afterwards, which a clock cannot otherwise do


def _status(url: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as refused:
        urlopen(url)
    with refused.value as answer:
        body = answer.read().decode()
    return refused.value.code, body.partition("<Code>")[2].partition("</Code>")[0]


def _once(**given: Any) -> Any:
    from botocore.config import Config

    return Config(retries={"total_max_attempts": 1}, **given)
