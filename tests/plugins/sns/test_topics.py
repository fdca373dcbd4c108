"""Topics: made, found again, changed, tagged, permitted, listed, deleted."""

from __future__ import annotations

import json

import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn, refuse

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.sns import api


def test_a_topic_is_made_once() -> None:
    """The same name, attributes and tags give the same ARN; others are refused in AWS's words."""
    sns = Sns().topic("a", DisplayName="A")
    assert sns.answer.topic_arn == arn("a")
    sns.given(api.CreateTopic(name="a"))
    assert sns.answer.topic_arn == arn("a")
    sns.given(api.CreateTopic(name="a", attributes={"DisplayName": "A"}))
    refuse(
        sns,
        api.CreateTopic(name="a", attributes={"DisplayName": "B"}),
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )
    refuse(
        sns,
        api.CreateTopic(name="a", tags=[api.Tag(key="k", value="v")]),
        "InvalidParameter",
        "Invalid parameter: Tags Reason: Topic already exists with different tags",
    )
    sns.given(api.CreateTopic(name="b", tags=[api.Tag(key="k", value="v")]))
    sns.given(api.CreateTopic(name="b", tags=[api.Tag(key="k", value="v")]))
    sns.replays()


@pytest.mark.parametrize("name", ["", "a b", "a.fifo", "x" * 257, "é"])
def test_a_topics_name_keeps_its_rules(name: str) -> None:
    """Letters, digits, underscores and hyphens, up to 256; `.fifo` is for FIFO topics."""
    refuse(Sns(), api.CreateTopic(name=name), "InvalidParameter", "Invalid parameter: Topic Name")


def test_a_fifo_topics_name_ends_so() -> None:
    """A FIFO topic without the suffix is refused; with it, it shows what it is."""
    sns = Sns()
    refuse(sns, api.CreateTopic(name="a", attributes={"FifoTopic": "true"}), "InvalidParameter", "Topic Name")
    sns.topic("a.fifo")
    found = sns.attributes("a.fifo")
    assert (found["FifoTopic"], found["ContentBasedDeduplication"]) == ("true", "false")
    assert sns.state().fifo_topics == 1
    sns.given(api.DeleteTopic(topic_arn=arn("a.fifo")))
    assert sns.state().fifo_topics == 0
    sns.replays()


def test_a_new_topic_shows_its_defaults() -> None:
    """Policy, effective delivery policy and counts, as AWS shows them of a topic that nobody configured."""
    found = Sns().topic("a").attributes("a")
    policy = json.loads(found["Policy"])
    assert policy["Id"] == "__default_policy_ID"
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    assert policy["Statement"][0]["Resource"] == arn("a")
    retry = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert (retry["numRetries"], retry["minDelayTarget"], retry["backoffFunction"]) == (3, 20, "linear")
    counts = [found[f"Subscriptions{kind}"] for kind in ("Confirmed", "Pending", "Deleted")]
    assert (counts, found["Owner"], found["DisplayName"]) == (["0", "0", "0"], ACCOUNT, "")
    assert "KmsMasterKeyId" not in found


def test_attributes_are_set_and_erased() -> None:
    """What is set is shown; an empty value takes it back."""
    sns = Sns().topic("a")
    for name, value in {
        "DisplayName": "Jobs", "KmsMasterKeyId": "alias/k", "TracingConfig": "Active", "SignatureVersion": "2",
        "MaximumMessageSize": "1048576", "SQSSuccessFeedbackSampleRate": "50",
        "SQSFailureFeedbackRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "DeliveryPolicy": '{"http":{"defaultHealthyRetryPolicy":{"numRetries":5}}}',
    }.items():  # fmt: skip
        sns.given(api.SetTopicAttributes(topic_arn=arn("a"), attribute_name=name, attribute_value=value))
        assert sns.attributes("a")[name] == value
    effective = json.loads(sns.attributes("a")["EffectiveDeliveryPolicy"])["http"]
    assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 5
    sns.given(api.SetTopicAttributes(topic_arn=arn("a"), attribute_name="KmsMasterKeyId"))
    assert "KmsMasterKeyId" not in sns.attributes("a")
    sns.replays()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Unknown", "x"), ("FifoTopic", "true"), ("ContentBasedDeduplication", "true"), ("TracingConfig", "x"),
        ("SignatureVersion", "3"), ("MaximumMessageSize", "1023"), ("MaximumMessageSize", "1048577"),
        ("Policy", "no json"), ("Policy", "{}"), ("DisplayName", "x" * 101), ("SQSSuccessFeedbackSampleRate", "101"),
        ("SQSSuccessFeedbackRoleArn", "role"), ("DeliveryPolicy", "[]"), ("DeliveryPolicy", '{"http":{"x":1}}'),
        ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30}}}'),
        ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}'),
        ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"backoffFunction":"x"}}}'),
        ("DeliveryPolicy", '{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":0}}}'),
    ],
)  # fmt: skip
def test_attributes_keep_their_rules(name: str, value: str) -> None:
    """What a standard topic may not have is refused."""
    call = api.SetTopicAttributes(topic_arn=arn("a"), attribute_name=name, attribute_value=value)
    refuse(Sns().topic("a"), call, "InvalidParameter")


def test_what_is_not_there_is_not_found() -> None:
    """An unknown topic, a short ARN, an ARN of another region or service: each in AWS's words."""
    sns = Sns()
    refuse(sns, api.GetTopicAttributes(topic_arn=arn("no")), "NotFound", "Topic does not exist")
    refuse(
        sns, api.GetTopicAttributes(topic_arn="x"), "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    )  # fmt: skip
    elsewhere = arn("a").replace("us-east-1", "eu-west-1")
    refuse(
        sns, api.GetTopicAttributes(topic_arn=elsewhere), "InvalidParameter", "Invalid parameter: TopicArn"
    )
    refuse(sns, api.Publish(topic_arn=queue_arn("a"), message="m"), "InvalidParameter")
    refuse(sns, api.Publish(topic_arn=arn("no"), message="m"), "NotFound")
    refuse(sns, api.Subscribe(topic_arn=arn("no"), protocol="sms", endpoint="+12025550100"), "NotFound")


def test_deleting_is_idempotent_and_takes_the_subscriptions() -> None:
    """A topic that is gone may be deleted again; its subscriptions vanish; publishing to it fails."""
    sns = Sns().topic("a").queue("q")
    one = sns.subscribe_queue("a", "q")
    sns.given(api.DeleteTopic(topic_arn=arn("a")), api.DeleteTopic(topic_arn=arn("a")))
    refuse(sns, api.Publish(topic_arn=arn("a"), message="m"), "NotFound", "Topic does not exist")
    refuse(sns, api.GetSubscriptionAttributes(subscription_arn=one), "NotFound")
    sns.given(api.ListSubscriptions())
    assert sns.answer.subscriptions == []
    assert sns.state().places == {}
    sns.replays()


def test_topics_are_listed_by_the_hundred() -> None:
    """Three pages of 250 topics, in the order of their names; a foreign token is refused."""
    sns = Sns()
    sns.given(*[api.CreateTopic(name=f"t{number:03}") for number in range(250)])
    names: list[str] = []
    token: object = UNSET
    sizes: list[int] = []
    while True:
        sns.given(api.ListTopics(next_token=token))  # type: ignore[arg-type]
        sizes.append(len(sns.answer.topics))
        names += [topic.topic_arn.rpartition(":")[2] for topic in sns.answer.topics]
        token = sns.answer.next_token
        if token is UNSET:
            break
    assert (sizes, names) == ([100, 100, 50], [f"t{number:03}" for number in range(250)])
    refuse(sns, api.ListTopics(next_token="x"), "InvalidParameter", "NextToken")


def test_tags_are_kept() -> None:
    """Tags are added, replaced, removed, listed; fifty at most; none of AWS's own."""
    sns = Sns().topic("a")
    sns.given(
        api.TagResource(
            resource_arn=arn("a"), tags=[api.Tag(key="a", value="1"), api.Tag(key="b", value="2")]
        )
    )
    sns.given(api.TagResource(resource_arn=arn("a"), tags=[api.Tag(key="a", value="3")]))
    sns.given(api.UntagResource(resource_arn=arn("a"), tag_keys=["b", "c"]))
    sns.given(api.ListTagsForResource(resource_arn=arn("a")))
    assert sns.answer.tags == [api.Tag(key="a", value="3")]
    many = [api.Tag(key=str(number), value="") for number in range(51)]
    refuse(sns, api.TagResource(resource_arn=arn("a"), tags=many), "TagLimitExceeded")
    mine = [api.Tag(key="aws:x", value="")]
    refuse(sns, api.TagResource(resource_arn=arn("a"), tags=mine), "InvalidParameter")
    refuse(sns, api.TagResource(resource_arn=arn("no"), tags=many[:1]), "ResourceNotFound")
    sns.replays()


def test_permissions_are_statements_of_the_policy() -> None:
    """AddPermission adds a statement to the default policy; its label is unique; RemovePermission takes it away."""
    sns = Sns().topic("a")
    grant = api.AddPermission(
        topic_arn=arn("a"), label="l", aws_account_id=["111122223333"], action_name=["Publish", "Subscribe"]
    )
    sns.given(grant)
    statements = json.loads(sns.attributes("a")["Policy"])["Statement"]
    assert [statement["Sid"] for statement in statements] == ["__default_statement_ID", "l"]
    assert statements[1]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statements[1]["Action"] == ["SNS:Publish", "SNS:Subscribe"]
    refuse(sns, grant, "InvalidParameter")
    bad = api.AddPermission(
        topic_arn=arn("a"), label="m", aws_account_id=["111122223333"], action_name=["Fly"]
    )
    refuse(sns, bad, "InvalidParameter", "out of service scope")
    sns.given(api.RemovePermission(topic_arn=arn("a"), label="l"))
    assert len(json.loads(sns.attributes("a")["Policy"])["Statement"]) == 1
    sns.replays()


def test_a_data_protection_policy_is_kept() -> None:
    """It comes back as it was put, and must be a policy."""
    policy = '{"Name":"p","Version":"2021-06-01","Statement":[{"Sid":"s"}]}'
    sns = Sns()
    sns.given(api.CreateTopic(name="a", data_protection_policy=policy))
    sns.given(api.GetDataProtectionPolicy(resource_arn=arn("a")))
    assert sns.answer.data_protection_policy == policy
    refuse(
        sns,
        api.PutDataProtectionPolicy(resource_arn=arn("a"), data_protection_policy="x"),
        "InvalidParameter",
    )
    sns.given(api.PutDataProtectionPolicy(resource_arn=arn("a"), data_protection_policy=""))
    sns.given(api.GetDataProtectionPolicy(resource_arn=arn("a")))
    assert sns.answer.data_protection_policy is UNSET
    sns.replays()


def test_quotas_hold() -> None:
    """A thousand FIFO topics, and no more, however many standard ones there are."""
    sns = Sns()
    sns.machine.registry.services["sns"].quotas["fifo_topics"] = 1
    try:
        sns.topic("a").topic("b").topic("c.fifo")
        refuse(sns, api.CreateTopic(name="d.fifo", attributes={"FifoTopic": "true"}), "TopicLimitExceeded")
    finally:
        sns.machine.registry.services["sns"].quotas["fifo_topics"] = 1_000
