"""Deliveries over HTTP, without the network: attempts, retries, and the end of them."""

from __future__ import annotations

import json

import msgspec
import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn

from backtrail import UNSET
from backtrail_aws.sns import api, envelopes
from backtrail_aws.sns.commands import DeliverHttp, Envelope
from backtrail_aws.sns.delivery_policies import Retries
from backtrail_aws.sns.signing import signer


def confirmed(**attributes: str) -> Sns:
    """A topic whose only subscription is confirmed and posts to this machine."""
    sns = Sns().topic("t").queue("dead")
    sns.subscribe("t", "http", "http://127.0.0.1:9/", **attributes)
    (token,) = sns.state().tokens
    sns.given(api.ConfirmSubscription(topic_arn=arn("t"), token=token))
    return sns


def published(sns: Sns) -> DeliverHttp:
    """Publish something; the delivery that follows."""
    sns.publish("t", "hello", subject="Re")
    (post,) = sns.posts
    return post


def attempts(sns: Sns) -> list[dict[str, object]]:
    """What the records tell of deliveries."""
    found = [json.loads(entry.record) for entry in sns.log]
    return [
        one["requestParameters"] or one["serviceEventDetails"]
        for one in found
        if one["eventName"] == "DeliverHttp"
    ]


def test_what_is_delivered_is_done() -> None:
    """A good answer ends it; the record shows where to, and nothing of the message."""
    sns = confirmed()
    post = published(sns)
    assert (post.type, post.attempt, post.raw) == ("Notification", 1, False)
    sns.posted(post, 200)
    assert sns.commands == []
    assert b"hello" not in sns.log[-1].record
    assert sns.state().waiting == {}
    sns.replays()


def test_a_failing_endpoint_is_tried_four_times() -> None:
    """By default three retries, 20 seconds apart; then the message goes to the dead-letter queue."""
    sns = confirmed(RedrivePolicy=f'{{"deadLetterTargetArn":"{queue_arn("dead")}"}}')
    post = published(sns)
    for attempt in range(1, 4):
        sns.posted(post, 503)
        assert len(sns.state().waiting) == 1
        sns.commands = []
        sns.later(seconds=17)
        assert sns.posts == []
        sns.later(seconds=3)
        (post,) = sns.posts
        assert post.attempt == attempt + 1
    sns.posted(post, 500, "Oops")
    assert (sns.state().waiting, len(sns.state().alarms)) == ({}, 0)
    (body,) = sns.bodies("dead")
    assert json.loads(body)["Message"] == "hello"
    assert sns.only("t").last_failure == "500: Oops"
    sns.replays()


@pytest.mark.parametrize(("status", "again"), [(429, True), (0, True), (302, False), (404, False)])
def test_only_passing_failures_are_tried_again(status: int, again: bool) -> None:
    """5xx, 429 and silence pass; every other answer is final."""
    sns = confirmed()
    sns.posted(published(sns), status)
    assert bool(sns.state().waiting) is again
    assert ("FailDelivery" in sns.names()) is not again


def test_a_host_that_is_not_allowed_is_final() -> None:
    """It was never sent; the record of the failure says why."""
    sns = confirmed()
    sns.posted(published(sns), 0, "example.com is no host that BACKTRAIL_HTTP_HOSTS allows", refused=True)
    assert sns.state().waiting == {}
    assert "BACKTRAIL_HTTP_HOSTS" in sns.only("t").last_failure
    sns.replays()


def test_retries_at_once_need_no_clock() -> None:
    """numNoDelayRetries: the next attempt follows from the one that failed."""
    sns = confirmed(DeliveryPolicy='{"healthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":2}}')
    sns.posted(published(sns), 500)
    (post,) = sns.posts
    assert (post.attempt, sns.state().waiting) == (2, {})


def test_no_alarm_rings_twice() -> None:
    """An alarm whose delivery or token nobody knows any more ends with its record: time goes on."""
    sns = confirmed()
    sns.posted(published(sns), 500)
    sns.state().waiting.clear()
    sns.state().tokens.clear()
    sns.subscribe("t", "email", "me@example.com")
    sns.state().tokens.clear()
    sns.later(days=3)
    assert sns.state().alarms.first() is None


def test_who_unsubscribes_gets_no_more_attempts() -> None:
    """A delivery whose subscription is gone is not tried again."""
    sns = confirmed()
    post = published(sns)
    sns.given(api.Unsubscribe(subscription_arn=sns.only("t").arn))
    sns.posted(post, 500)
    assert sns.state().waiting == {}
    sns.replays()


def test_the_confirmation_is_tried_again_too() -> None:
    """An endpoint that is not up yet is asked again."""
    sns = Sns().topic("t")
    sns.subscribe("t", "http", "http://127.0.0.1:9/")
    (post,) = sns.posts
    sns.posted(post, 0, "refused").later(seconds=20)
    (again,) = sns.posts
    assert (again.type, again.attempt) == ("SubscriptionConfirmation", 2)
    sns.replays()


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        ("linear", [5, 33, 62, 90, 118, 147, 175, 203, 232, 260]),
        ("arithmetic", [5, 11, 22, 39, 62, 90, 124, 163, 209, 260]),
        ("exponential", [5, 6, 7, 9, 12, 21, 37, 68, 132, 260]),
        ("geometric", [5, 8, 12, 19, 29, 45, 70, 108, 168, 260]),
    ],
)
def test_backoff_grows_from_least_to_greatest(backoff: str, delays: list[int]) -> None:
    """AWS's example: ten retries from 5 to 260 seconds, by each of the four functions."""
    retries = Retries(least_s=5, most_s=260, total=10, immediate=0, at_least=0, at_most=0, backoff=backoff)
    found = [retries.delay_s(attempt) for attempt in range(1, 12)]
    assert found[10] is None
    rounded = [round(one) for one in found[:10] if one is not None]
    assert (rounded[0], rounded[-1]) == (5, 260)
    assert rounded == sorted(rounded)
    assert rounded == pytest.approx(delays, abs=6)


def test_the_phases_of_a_policy() -> None:
    """AWS's example: 3 at once, 2 after a second, 10 growing, 35 after a minute."""
    retries = Retries(
        least_s=1, most_s=60, total=50, immediate=3, at_least=2, at_most=35, backoff="exponential"
    )
    delays = [retries.delay_s(attempt) for attempt in range(1, 51)]
    assert delays[:5] == [0, 0, 0, 1, 1]
    assert (delays[5], delays[14]) == (1, 60)
    assert delays[15:] == [60] * 35


def test_signatures_can_be_verified() -> None:
    """By the certificate's key, with SHA-1 or SHA-256; the key depends on the seed alone."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    envelope = Envelope(
        type="Notification",
        message_id="i",
        topic_arn=arn("t"),
        message="m",
        timestamp="now",
        base="",
        subject="s",
    )
    text = envelopes.string_to_sign(envelope)
    assert (
        text
        == f"Message\nm\nMessageId\ni\nSubject\ns\nTimestamp\nnow\nTopicArn\n{arn('t')}\nType\nNotification\n"
    )
    made = signer(b"seed")
    key = x509.load_pem_x509_certificate(made.pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048
    for version, algorithm in (("1", hashes.SHA1()), ("2", hashes.SHA256())):
        signature = msgspec.json.decode(f'"{made.sign(text, version)}"', type=bytes)
        key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm)
    signer.cache_clear()
    assert signer(b"seed").pem == made.pem


def test_a_confirmation_signs_its_token() -> None:
    """The string to sign of a confirmation has its link and its token."""
    sns = Sns().topic("t")
    sns.subscribe("t", "http", "http://127.0.0.1:9/")
    envelope = sns.posts[0].envelope
    assert isinstance(envelope, Envelope)
    text = envelopes.string_to_sign(envelope)
    assert f"\nSubscribeURL\n{envelope.link}\n" in text and f"\nToken\n{envelope.token}\n" in text
    assert "\nSubject\n" not in text
    body = json.loads(envelopes.rendered(envelope, "x"))
    assert list(body) == [
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertURL",
    ]  # fmt: skip
    assert envelope.subject is UNSET
