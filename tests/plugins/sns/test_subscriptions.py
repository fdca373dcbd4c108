"""Subscriptions: made, confirmed, changed, listed, ended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn, refuse

from backtrail import UNSET
from backtrail.call import Caller
from backtrail.facts import Facts
from backtrail.record import Identity
from backtrail.testing import ACCOUNT
from backtrail.trail.forms import HttpFacts
from backtrail_aws.sns import api

OTHER = "111122223333"
NOBODY = Caller(
    identity=Identity(type="AWSAccount", principal_id="", account_id="ANONYMOUS_PRINCIPAL"),
    account=ACCOUNT,
    anonymous=True,
)


def other() -> Caller:
    """The root of another account."""
    identity = Identity(type="Root", arn=f"arn:aws:iam::{OTHER}:root", account_id=OTHER, principal_id=OTHER)
    return Caller(identity=identity, account=OTHER)


def subscribe(**members: Any) -> api.Subscribe:
    """A Subscribe to topic `a`."""
    return api.Subscribe(topic_arn=arn("a"), **members)


def token_of(sns: Sns) -> str:
    """The only token that is out."""
    (token,) = sns.state().tokens
    return token


def test_a_queue_of_the_account_is_confirmed_at_once() -> None:
    """Its ARN is answered, and again for the same endpoint; other attributes are refused."""
    sns = Sns().topic("a").queue("q")
    one = sns.subscribe_queue("a", "q", RawMessageDelivery="True")
    assert one.startswith(f"{arn('a')}:")
    assert sns.subscribe_queue("a", "q") == one
    assert sns.subscribe_queue("a", "q", RawMessageDelivery="true") == one
    refuse(
        sns, subscribe(protocol="sqs", endpoint=queue_arn("q"), attributes={"RawMessageDelivery": "false"}),
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )  # fmt: skip
    found = sns.subscription_attributes(one)
    assert found["PendingConfirmation"] == "false"
    assert (found["ConfirmationWasAuthenticated"], found["RawMessageDelivery"]) == ("true", "true")
    assert (found["Owner"], found["Endpoint"], found["TopicArn"]) == (ACCOUNT, queue_arn("q"), arn("a"))
    assert sns.attributes("a")["SubscriptionsConfirmed"] == "1"
    sns.replays()


def test_mail_waits_for_its_confirmation() -> None:
    """SNS-04: only the confirmation mail is sent until the token comes back; then notifications are."""
    sns = Sns().topic("a", DisplayName="Jobs")
    assert sns.subscribe("a", "email", "me@example.com") == "pending confirmation"
    assert "confirmationToken" not in json.dumps(sns.record)
    sns.publish("a", "too early")
    (mail,) = sns.outbox()
    assert (mail.protocol, mail.to, mail.kind) == ("email", "me@example.com", "SubscriptionConfirmation")
    assert f"Token={mail.token}" in str(mail.link)
    sns.given(api.ListSubscriptionsByTopic(topic_arn=arn("a")))
    assert [one.subscription_arn for one in sns.answer.subscriptions] == ["PendingConfirmation"]
    assert sns.attributes("a")["SubscriptionsPending"] == "1"
    sns.given(api.ConfirmSubscription(topic_arn=arn("a"), token=str(mail.token)))
    confirmed = sns.answer.subscription_arn
    assert confirmed == sns.only("a").arn
    assert sns.record["requestParameters"]["token"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    sns.publish("a", "hello", subject="Re")
    notice = sns.outbox()[-1]
    assert (notice.subject, notice.body, notice.sender, notice.outcome) == (
        "Re",
        "hello",
        "Jobs",
        "delivered",
    )
    assert len(sns.outbox()) == 2
    found = sns.attributes("a")
    assert (found["SubscriptionsPending"], found["SubscriptionsConfirmed"]) == ("0", "1")
    sns.replays()


def test_a_pending_arn_is_told_on_request() -> None:
    """ReturnSubscriptionArn gives the ARN that the confirmation will give."""
    sns = Sns().topic("a")
    sns.given(subscribe(protocol="email", endpoint="me@example.com", return_subscription_arn=True))
    pending = sns.answer.subscription_arn
    assert sns.subscription_attributes(pending)["PendingConfirmation"] == "true"
    sns.given(api.ConfirmSubscription(topic_arn=arn("a"), token=token_of(sns)))
    assert sns.answer.subscription_arn == pending
    sns.given(api.ConfirmSubscription(topic_arn=arn("a"), token=token_of(sns)))
    assert sns.answer.subscription_arn == pending
    sns.replays()


def test_a_token_dies_after_two_days() -> None:
    """Then it confirms nothing, and the subscription that had no other is gone, by a record of the service's own."""
    sns = Sns().topic("a")
    sns.subscribe("a", "email", "me@example.com")
    token = token_of(sns)
    refuse(sns, api.ConfirmSubscription(topic_arn=arn("a"), token="wrong"), "InvalidParameter", "Token")
    sns.later(days=1, hours=23)
    sns.subscribe("a", "email", "me@example.com")
    sns.later(hours=2)
    refuse(sns, api.ConfirmSubscription(topic_arn=arn("a"), token=token), "InvalidParameter", "Token")
    assert sns.attributes("a")["SubscriptionsPending"] == "1"
    sns.later(days=2)
    assert sns.attributes("a")["SubscriptionsPending"] == "0"
    expired = [json.loads(entry.record) for entry in sns.log if b"ExpireConfirmation" in entry.record]
    assert [one["eventType"] for one in expired] == ["AwsServiceEvent"] * 2
    assert all(token.encode() not in entry.record for entry in sns.log)
    sns.replays()


def test_a_confirmed_subscription_outlives_its_token() -> None:
    """Two days later it is there, and no record says that anything ended."""
    sns = Sns().topic("a")
    sns.subscribe("a", "email", "me@example.com")
    sns.given(api.ConfirmSubscription(topic_arn=arn("a"), token=token_of(sns)))
    sns.later(days=3).given(api.ListSubscriptions())
    assert len(sns.answer.subscriptions) == 1
    assert "ExpireConfirmation" not in sns.names()
    sns.replays()


def test_an_endpoint_over_http_is_asked_to_confirm() -> None:
    """The message that is posted has a token and a link to where the client called."""
    sns = Sns().topic("a")
    facts = Facts(http=HttpFacts(host="127.0.0.1:4566"))
    sns.when(subscribe(protocol="http", endpoint="http://user:secret@127.0.0.1:9/x?y=1"), facts=facts)
    assert sns.answer.subscription_arn == "pending confirmation"
    (post,) = sns.posts
    envelope = post.envelope
    assert not isinstance(envelope, type(UNSET))
    assert (post.url, envelope.type) == ("http://user:secret@127.0.0.1:9/x?y=1", "SubscriptionConfirmation")
    link = str(envelope.link)
    assert link.startswith("http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:")
    assert "Version=2010-03-31" in link
    assert all(b"secret" not in entry.record for entry in sns.log)
    assert sns.record["requestParameters"]["endpoint"] == "http://user:****@127.0.0.1:9/x?y=1"
    sns.given(api.ListSubscriptions())
    assert sns.answer.subscriptions[0].endpoint == "http://user:****@127.0.0.1:9/x?y=1"
    sns.replays()


def test_links_lead_to_aws_for_who_calls_aws() -> None:
    """A client that calls AWS's own host, or a service, gets AWS's links."""
    sns = Sns().topic("a")
    sns.subscribe("a", "email", "me@example.com")
    assert str(sns.outbox()[0].link).startswith(
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&"
    )
    assert "Version" not in str(sns.outbox()[0].link)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("pigeon", "x", "Amazon SNS does not support this protocol string: pigeon"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        ("http", "http://a b", "Endpoint must match the specified protocol"),
        ("http", "http://[", "Endpoint must match the specified protocol"),
        ("email", "nobody", "Email address"),
        ("sms", "tel", "Invalid SMS endpoint: tel"),
        ("sqs", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "SQS endpoint ARN"),
        ("sqs", queue_arn("q.fifo"), "FIFO SQS Queues can not be subscribed to standard SNS topics"),
        ("lambda", queue_arn("q"), "Lambda endpoint ARN"),
        ("application", arn("a"), "Application endpoint arn invalid"),
        ("application", arn("endpoint/GCM/app/1"), "Endpoint does not exist"),
        ("firehose", "x", "Firehose endpoint ARN"),
        ("firehose", f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/s", "SubscriptionRoleArn"),
    ],
)  # fmt: skip
def test_endpoints_keep_the_rules_of_their_protocol(protocol: str, endpoint: str, message: str) -> None:
    """Each in AWS's words."""
    refuse(Sns().topic("a"), subscribe(protocol=protocol, endpoint=endpoint), "InvalidParameter", message)


def test_fifo_topics_take_queues_only() -> None:
    """Queues of either kind, and a hundred of them."""
    sns = Sns().topic("f.fifo")
    refuse(
        sns, api.Subscribe(topic_arn=arn("f.fifo"), protocol="sms", endpoint="+12025550100"), "InvalidParameter",
        "Invalid parameter: Invalid protocol type: sms",
    )  # fmt: skip
    for number in range(100):
        sns.subscribe_queue("f.fifo", f"q{number}.fifo" if number % 2 else f"q{number}")
    one_more = api.Subscribe(topic_arn=arn("f.fifo"), protocol="sqs", endpoint=queue_arn("q"))
    refuse(sns, one_more, "SubscriptionLimitExceeded")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Unknown", "x", "AttributeName"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]"),
        ("FilterPolicy", "no json", "FilterPolicy: failed to parse JSON."),
        ("FilterPolicyScope", "Header", "FilterPolicyScope: Invalid value [Header]"),
        ("RedrivePolicy", "x", "RedrivePolicy: failed to parse JSON."),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn":"x"}',
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        ("DeliveryPolicy", '{"x":1}', "DeliveryPolicy"),
        ("SubscriptionRoleArn", "x", "SubscriptionRoleArn"),
        ("ReplayPolicy", '{"PointType":"Timestamp"}', "ReplayPolicy"),
    ],
)
def test_subscription_attributes_keep_their_rules(name: str, value: str, words: str) -> None:
    """Refused by Subscribe and by SetSubscriptionAttributes, each in its form."""
    sns = Sns().topic("a").queue("q")
    call = subscribe(protocol="sqs", endpoint=queue_arn("q"), attributes={name: value})
    refuse(sns, call, "InvalidParameter", words)
    one = sns.subscribe_queue("a", "q")
    change = api.SetSubscriptionAttributes(subscription_arn=one, attribute_name=name, attribute_value=value)
    refuse(sns, change, "InvalidParameter", f"Invalid parameter: {words}")


def test_attributes_are_set_and_erased() -> None:
    """What is set is shown, with what follows from it."""
    sns = Sns().topic("a").queue("q")
    one = sns.subscribe_queue("a", "q")
    sns.set(one, "FilterPolicy", '{"k":["v"]}')
    found = sns.subscription_attributes(one)
    assert (found["FilterPolicy"], found["FilterPolicyScope"]) == ('{"k":["v"]}', "MessageAttributes")
    sns.set(one, "FilterPolicy", "{}").set(
        one, "RedrivePolicy", f'{{"deadLetterTargetArn":"{queue_arn("d")}"}}'
    )
    found = sns.subscription_attributes(one)
    assert "FilterPolicy" not in found
    assert json.loads(found["RedrivePolicy"]) == {"deadLetterTargetArn": queue_arn("d")}
    nested = api.SetSubscriptionAttributes(
        subscription_arn=one, attribute_name="FilterPolicy", attribute_value='{"a":{"b":["c"]}}'
    )
    refuse(sns, nested, "InvalidParameter", "does not support nested filter policy")
    sns.set(one, "FilterPolicyScope", "MessageBody").given(nested)
    sns.replays()


def test_the_effective_policy_of_an_http_endpoint() -> None:
    """Its own policy goes before its topic's, unless the topic forbids that."""
    sns = Sns().topic("a", DeliveryPolicy='{"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}}')
    call = subscribe(protocol="http", endpoint="http://localhost:9/", return_subscription_arn=True)
    sns.given(call)
    one = sns.answer.subscription_arn

    def retries() -> int:
        effective = json.loads(sns.subscription_attributes(one)["EffectiveDeliveryPolicy"])
        return int(effective["healthyRetryPolicy"]["numRetries"])

    assert retries() == 7
    sns.set(one, "DeliveryPolicy", '{"healthyRetryPolicy":{"numRetries":2}}')
    assert retries() == 2
    forbidding = '{"http":{"defaultHealthyRetryPolicy":{"numRetries":7},"disableSubscriptionOverrides":true}}'
    sns.given(
        api.SetTopicAttributes(
            topic_arn=arn("a"), attribute_name="DeliveryPolicy", attribute_value=forbidding
        )
    )
    assert retries() == 7


def test_a_topic_has_200_filter_policies() -> None:
    """One more is refused with its own code; without a policy, subscriptions go on."""
    sns = Sns().topic("a")
    for number in range(200):
        sns.subscribe_queue("a", f"q{number}", FilterPolicy='{"k":["v"]}')
    call = subscribe(protocol="sqs", endpoint=queue_arn("x"), attributes={"FilterPolicy": '{"k":["v"]}'})
    refuse(sns, call, "FilterPolicyLimitExceeded")
    sns.subscribe_queue("a", "x")


def test_unsubscribing_is_idempotent() -> None:
    """Gone is gone; what is no subscription's ARN is refused."""
    sns = Sns().topic("a").queue("q")
    one = sns.subscribe_queue("a", "q")
    sns.given(api.Unsubscribe(subscription_arn=one), api.Unsubscribe(subscription_arn=one))
    refuse(
        sns, api.Unsubscribe(subscription_arn="PendingConfirmation"), "InvalidParameter",
        "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1",
    )  # fmt: skip
    refuse(sns, api.Unsubscribe(subscription_arn=arn("a")), "InvalidParameter", "SubscriptionId")
    found = sns.attributes("a")
    assert (found["SubscriptionsConfirmed"], found["SubscriptionsDeleted"]) == ("0", "1")
    sns.publish("a", "m")
    assert sns.bodies("q") == []
    sns.replays()


def test_a_stranger_who_unsubscribes_can_be_undone() -> None:
    """Who follows the link ends the subscription; a mail says how to restore it, within two days."""
    sns = Sns().topic("a")
    sns.subscribe("a", "email", "me@example.com")
    sns.when(api.ConfirmSubscription(topic_arn=arn("a"), token=token_of(sns)), caller=NOBODY)
    one = sns.answer.subscription_arn
    assert sns.subscription_attributes(one)["ConfirmationWasAuthenticated"] == "false"
    sns.when(api.Unsubscribe(subscription_arn=one), caller=NOBODY)
    assert sns.error is None
    goodbye = sns.outbox()[-1]
    assert goodbye.kind == "UnsubscribeConfirmation"
    sns.publish("a", "nobody hears this")
    assert sns.outbox()[-1] == goodbye
    sns.given(api.ConfirmSubscription(topic_arn=arn("a"), token=str(goodbye.token)))
    assert sns.answer.subscription_arn == one
    sns.publish("a", "back")
    assert sns.outbox()[-1].body == "back"
    sns.when(api.Unsubscribe(subscription_arn=one), caller=NOBODY).later(days=3)
    refuse(sns, api.ConfirmSubscription(topic_arn=arn("a"), token=str(goodbye.token)), "InvalidParameter")
    assert (sns.state().removed, sns.state().tokens) == ({}, {})
    sns.replays()


def test_who_asked_for_a_signature_is_unsubscribed_by_its_owners_only() -> None:
    """AuthenticateOnUnsubscribe: neither nobody nor another account ends it; nor may nobody ask for it."""
    sns = Sns().topic("a")
    sns.subscribe("a", "email", "me@example.com")
    call = api.ConfirmSubscription(
        topic_arn=arn("a"), token=token_of(sns), authenticate_on_unsubscribe="true"
    )
    sns.when(call, caller=NOBODY).refused("AuthorizationError")
    sns.given(call)
    one = sns.answer.subscription_arn
    sns.when(api.Unsubscribe(subscription_arn=one), caller=NOBODY).refused("AuthorizationError")
    sns.when(api.Unsubscribe(subscription_arn=one), caller=other()).refused("AuthorizationError")
    sns.given(api.Unsubscribe(subscription_arn=one)).replays()


def test_another_accounts_queue_must_agree() -> None:
    """The topic's owner subscribes another's queue: the queue gets the token. Its own owner needs none."""
    sns = Sns().topic("a")
    sns.when(
        api_queue("theirs"), service="sqs", caller=other(), account=OTHER
    )  # fmt: skip
    assert sns.subscribe("a", "sqs", queue_arn("theirs", OTHER)) == "pending confirmation"
    asked = [json.loads(entry.record) for entry in sns.log][-1]
    assert (asked["eventName"], asked["recipientAccountId"]) == ("SendMessage", OTHER)
    sns.when(subscribe(protocol="sqs", endpoint=queue_arn("mine", OTHER)), caller=other(), account=OTHER)
    mine = sns.answer.subscription_arn
    assert mine.startswith(arn("a"))
    sns.when(api.ListSubscriptions(), caller=other(), account=OTHER)
    assert [one.subscription_arn for one in sns.answer.subscriptions] == [mine]
    sns.given(api.ListSubscriptions())
    assert [one.endpoint for one in sns.answer.subscriptions] == [queue_arn("theirs", OTHER)]
    sns.given(api.ListSubscriptionsByTopic(topic_arn=arn("a")))
    assert len(sns.answer.subscriptions) == 2
    sns.when(api.Unsubscribe(subscription_arn=mine), caller=other(), account=OTHER)
    sns.when(api.ListSubscriptions(), caller=other(), account=OTHER)
    assert sns.answer.subscriptions == []
    sns.replays()


def test_subscriptions_are_listed_by_the_hundred() -> None:
    """Two pages of 150, of the account and of the topic."""
    sns = Sns().topic("a").topic("b")
    for number in range(150):
        sns.subscribe_queue("a", f"q{number}")
    sns.subscribe_queue("b", "q")
    sns.given(api.ListSubscriptionsByTopic(topic_arn=arn("a")))
    first = [one.subscription_arn for one in sns.answer.subscriptions]
    sns.given(api.ListSubscriptionsByTopic(topic_arn=arn("a"), next_token=sns.answer.next_token))
    second = [one.subscription_arn for one in sns.answer.subscriptions]
    assert (len(first), len(set(first + second)), sns.answer.next_token) == (100, 150, UNSET)
    sns.given(api.ListSubscriptions())
    assert len(sns.answer.subscriptions) == 100
    sns.given(api.ListSubscriptions(next_token=sns.answer.next_token))
    assert len(sns.answer.subscriptions) == 51


def api_queue(name: str) -> Any:
    """A CreateQueue."""
    from backtrail_aws.sqs.api import CreateQueue

    return CreateQueue(queue_name=name)
